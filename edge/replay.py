"""A recording through the whole pipeline: messages, audit and tracks into files that the user names.

Deterministic: the same scene, recording and options give the same bytes. Times run from the first frame; the
clock of the machine is read only to say how fast it went.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from edge.measure.audit import Entry, entries
from edge.measure.facts import Fact, Seen
from edge.measure.footfall import Crossing
from edge.measure.geometry import People
from edge.measure.groups import Group
from edge.measure.identity import Row, idf1
from edge.measure.places import Ground, Places
from edge.measure.queues import Wait
from edge.measure.score import compare
from edge.measure.windows import Closed, Windows
from edge.messages import Epoch, Window, encode, stamp
from edge.pipeline import parcels
from edge.plan import Plan, PlanError, Sensor, digest, parse
from edge.privacy import Door
from edge.recording import Track, allow, write_audit, write_tracks
from edge.report import report as report
from edge.scene import SENSOR, Scene, SceneError, check_picture, drawn, place_names, plan_table, truth_rules
from edge.scene import parse as parse_scene
from edge.sight.camera import recorded
from edge.sight.eye import Eye
from edge.truth import Walks, read

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
EPOCH: Epoch = "00000000"
Input = Literal["clip", "truth"]


class Played(NamedTuple):
    """What came of a recording, in seconds from its first frame."""

    facts: list[Fact]
    waits: list[Wait]
    seen: list[Seen]
    duration: float
    tracks: list[Track]
    frames: int
    people: list[Row]
    """Everybody in every frame, to see whether numbers are kept."""
    staffed: list[Fact]
    """The same facts with staff, where the scene has staff zones."""


def replay(
    scene_path: str | Path,
    out: str | Path | None,
    *,
    input: Input | None = None,
    audit: str | Path | None = None,
    tracks: str | Path | None = None,
    detector: Literal["blobs", "onnx"] | None = None,
    model: str | Path | None = None,
    fps: float | None = None,
    start: datetime | None = None,
) -> None:
    """Write the messages of a scene as JSON lines to `out` (None: standard output), and its audit and tracks.

    `input`: the clip (default where there is one) or the truth file. `fps`: take only the frames nearest to this
    rate. `start`: the time of the first frame, cut to whole seconds. SceneError where the scene or its files
    cannot be used, CameraError where the clip cannot be read.
    """
    scene, root = load(scene_path)
    source = input or ("clip" if scene.clip else "truth")
    if tracks and source == "truth":
        raise SceneError("tracks: only a clip has tracks")
    plan = plan_of(scene, detector, model, fps)
    recording = _recording(scene, root, source)
    if source == "truth":
        played = _play_truth(scene, recording)
    else:
        played = _play_clip(scene, recording, plan.sensors[0], model, fps)
    first = int((start or FIRST).timestamp())
    _write(out, b"".join(encode(message) + b"\n" for message in messages(plan, played, first)))
    if audit:
        write_audit(Path(audit), recording, _entries(scene, played, truth=source == "truth"))
    if tracks:
        write_tracks(Path(tracks), recording, played.tracks)


def measure(
    scene_path: str | Path,
    *,
    detector: Literal["blobs", "onnx"] | None = None,
    model: str | Path | None = None,
    fps: float | None = None,
) -> dict[str, Any]:
    """How far the clip of a scene, seen by the product with its defaults, is from the scene's truth."""
    scene, root = load(scene_path)
    if not scene.clip or not scene.truth:
        raise SceneError("clip, truth: measure needs both")
    plan = plan_of(scene, detector, model, fps)
    real = _entries(scene, _play_truth(scene, _recording(scene, root, "truth")), truth=True)
    began = time.perf_counter()
    played = _play_clip(scene, _recording(scene, root, "clip"), plan.sensors[0], model, fps)
    took = time.perf_counter() - began
    head = {"scene": scene.name, "detector": plan.sensors[0].detector, "frames": played.frames}
    speed = {"seconds": round(took, 2), "frames_per_s": round(played.frames / took, 1)}
    identity = idf1(_sightings(scene, root, played.people), played.people)
    with_staff = _crossings(scene, played.staffed)
    more: dict[str, Any] = {"idf1": None if identity is None else round(identity, 4), "groups": _groups(played)}
    more |= {"lines_with_staff": with_staff} if with_staff else {}
    return head | speed | more | compare(real, _entries(scene, played, truth=False))


def load(scene_path: str | Path) -> tuple[Scene, Path]:
    """(the scene, the folder that its relative paths start from: the one above the scene file's own folder)."""
    path = Path(scene_path)
    try:
        return parse_scene(path.read_bytes()), path.resolve().parent.parent
    except OSError as error:
        raise SceneError(f"file: cannot be read ({type(error).__name__})") from None


def plan_of(
    scene: Scene, detector: Literal["blobs", "onnx"] | None, model: str | Path | None, fps: float | None
) -> Plan:
    """The plan under which a recording is replayed; a model means the network unless the detector is named."""
    try:
        plan = parse(plan_table(scene, scene.clip or "truth"))
    except PlanError as error:
        raise SceneError(str(error)) from None
    chosen = detector or ("onnx" if model else "blobs")
    if chosen == "onnx" and not model:
        raise SceneError("model: missing, needed with the detector onnx")
    rate = min(fps or scene.fps or 5.0, scene.fps or 60.0, 60.0)
    sensor = msgspec.structs.replace(plan.sensors[0], detector=chosen, loop=False, fps=rate)
    return msgspec.structs.replace(plan, sensors=(sensor,))


def messages(plan: Plan, played: Played, first: int) -> Iterator[Window]:
    """The messages of a recording whose first frame was at `first`, Unix seconds."""
    windows, door = Windows(plan, opened=float(first)), Door(plan)
    # A truth's own rules may settle later than a device's; in the order of time nothing comes late.
    facts = sorted([*played.facts, *played.seen], key=lambda fact: fact.at)
    closed = (window for fact in facts for window in windows.add(_shifted(fact, first)))
    for seq, (end, values) in enumerate(_released(door, closed, windows), start=1):
        yield Window(
            v=1,
            site=plan.site,
            device=plan.device,
            epoch=EPOCH,
            seq=seq,
            level=plan.level,
            plan=digest(plan),
            end=stamp(end),
            clock="manual",
            values=values,
        )


def _released(door: Door, closed: Iterable[Closed], windows: Windows) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for window in chain(closed, _finished(windows)):
        for values in parcels(door.release(window) or ()):
            yield window.end, values


def _finished(windows: Windows) -> Iterator[Closed]:
    yield from windows.finish()


def _shifted(fact: Fact, first: int) -> Fact:
    moved: dict[str, float] = {"at": fact.at + first}
    for name in ("start", "since"):
        if (value := getattr(fact, name, None)) is not None:
            moved[name] = value + first
    return msgspec.structs.replace(fact, **moved)


def _play_truth(scene: Scene, recording: Path) -> Played:
    assert scene.truth
    walks = _walks(scene, recording)
    # The truth's own rules know no staff zones: its staff is named by id.
    known = frozenset(scene.staff_ids + scene.ignore_ids)
    places = Places(*drawn(scene, staff=False), truth_rules(scene), staff=known)
    facts, waits = list[Fact](), list[Wait]()
    for people in walks.moments:
        facts += places.step(people)
        waits += places.waits
    facts += places.close(walks.duration)
    seen = [Seen(walks.duration, SENSOR, 0.0)]
    return Played(facts, waits + places.waits, seen, walks.duration, [], len(walks.moments), [], [])


def _walks(scene: Scene, recording: Path) -> Walks:
    assert scene.truth
    try:
        return read(recording.read_text(encoding="utf-8-sig"), scene.truth)
    except (OSError, UnicodeDecodeError) as error:
        raise SceneError(f"truth.file: cannot be read ({type(error).__name__})") from None


def _sightings(scene: Scene, root: Path, looked: list[Row]) -> list[Row]:
    """Everybody of the truth in the frames that were looked at."""
    assert scene.fps
    frames = {row[0] for row in looked}
    moments = _walks(scene, _recording(scene, root, "truth")).moments
    return [row for people in moments for row in _rows(round(people.at * scene.fps), people) if row[0] in frames]


def _rows(frame: int, people: People) -> Iterator[Row]:
    for i in people.observed.nonzero()[0].tolist():
        yield frame, int(people.ids[i]), float(people.xy[i, 0]), float(people.xy[i, 1]), float(people.height[i])


def _groups(played: Played) -> int:
    return sum(isinstance(fact, Group) for fact in played.facts)


def _crossings(scene: Scene, facts: list[Fact]) -> dict[str, int]:
    """Crossings by line and direction."""
    names = {name: place[1] for place, name in place_names(scene).items()}
    found = Counter(f"{names[f.line]} {f.direction}" for f in facts if isinstance(f, Crossing))
    return dict(sorted(found.items()))


def _play_clip(scene: Scene, recording: Path, sensor: Sensor, model: str | Path | None, fps: float | None) -> Played:
    assert scene.fps
    eye = _eye(sensor, model)
    ground = Ground(SENSOR, eye.floor.metres, sensor.floor) if eye.floor else None
    places, everybody = Places(*drawn(scene), ground=ground), Places(*drawn(scene, staff=False))
    has_staff = any(zone.role == "staff" for zone in scene.zones)
    facts, waits, seen, tracks = list[Fact](), list[Wait](), list[Seen](), list[Track]()
    rows, staffed = list[Row](), list[Fact]()
    index = frames = 0
    for index, image in recorded(str(recording), scene.fps, fps):
        if not frames:
            check_picture(scene, image.shape[1], image.shape[0])
        frames += 1
        at = index / scene.fps
        people = eye.look(at, image)
        facts += places.step(people)
        staffed += everybody.step(people) if has_staff else ()
        rows += _rows(index, people)
        waits += places.waits
        seen.append(Seen(at, SENSOR))
        tracks += _tracks(index, eye)
    duration = (index + 1) / scene.fps
    facts += places.close(duration)
    staffed += everybody.close(duration) if has_staff else ()
    return Played(facts, waits + places.waits, seen, duration, tracks, frames, rows, staffed)


def _tracks(index: int, eye: Eye) -> Iterator[Track]:
    for track, box, observed in zip(*eye.boxes, strict=True):
        if observed:
            left, top, right, bottom = box.tolist()
            yield index, int(track), left, top, right - left, bottom - top


def _eye(sensor: Sensor, model: str | Path | None) -> Eye:
    try:
        network = Path(model).read_bytes() if model else None
    except OSError as error:
        raise SceneError(f"model: cannot be read ({type(error).__name__})") from None
    try:
        return Eye(sensor, network)
    except ValueError as error:
        raise SceneError(f"model: {error}") from None


def _recording(scene: Scene, root: Path, source: Input) -> Path:
    """The regular file that a replay reads; only such may be followed person by person."""
    name = scene.clip if source == "clip" else scene.truth and scene.truth.file
    if not name:
        raise SceneError(f"{source}: missing in the scene")
    allow(root / name, "clip" if source == "clip" else "truth.file")
    return root / name


def _entries(scene: Scene, played: Played, *, truth: bool) -> list[Entry]:
    back = {("zone", zone.id) for zone in scene.zones if zone.role == "staff"}
    names = {name: place for place, name in place_names(scene).items() if place not in back}
    return entries(played.facts, played.waits, played.duration, names, empty=truth)


def _write(out: str | Path | None, text: bytes) -> None:
    if out is None or str(out) == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        Path(out).write_bytes(text)
