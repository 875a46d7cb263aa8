"""A recording through the whole pipeline: messages, audit and tracks into files that the user names.

Deterministic: the same scene, recording and options give the same bytes. Times run from the first frame; the
clock of the machine is read only to say how fast it went.
"""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from edge.measure.hota import Hota, boxes_overlap, hota, paired, points_overlap
from edge.measure.identity import Row, idf1
from edge.measure.places import Ground
from edge.measure.score import compare
from edge.messages import encode
from edge.plan import Plan, PlanError, Sensor, parse
from edge.played import Played, Playing, audited, groups, messages, play_truth, play_walks, rows, tick, with_staff
from edge.radio.recorded import replay_recorded as replay_recorded
from edge.recording import Track, allow, write_audit, write_tracks
from edge.report import report as report
from edge.scene import SENSOR, Scene, SceneError, Truth, check_picture, plan_table
from edge.scene import parse as parse_scene
from edge.sight.camera import recorded
from edge.sight.eye import Eye
from edge.truth import Walks, read, read_boxes

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
Input = Literal["clip", "truth", "positions"]
Detector = Literal["blobs", "onnx"]


class _Watched(NamedTuple):
    """A clip as it was played, the boxes of its tracks, and the numbers of the frames that were looked at."""

    played: Played
    tracks: list[Track]
    frames: list[int]


def replay(
    scene_path: str | Path,
    out: str | Path | None,
    *,
    input: Input | None = None,
    audit: str | Path | None = None,
    tracks: str | Path | None = None,
    detector: Detector | None = None,
    model: str | Path | None = None,
    fps: float | None = None,
    start: datetime | None = None,
) -> None:
    """Write the messages of a scene as JSON lines to `out` (None: standard output), and its audit and tracks.

    `input`: the clip (default where there is one) or the truth file, or `positions`: those of the scene, else the
    truth's own, under the rules of the product. `fps`: take only the frames nearest to this rate. `start`: the
    time of the first frame, cut to whole seconds. SceneError where the scene or its files
    cannot be used, CameraError where the clip cannot be read.
    """
    scene, root = load(scene_path)
    source = input or ("clip" if scene.clip else "truth")
    if tracks and source != "clip":
        raise SceneError("tracks: only a clip has tracks")
    plan = plan_of(scene, detector, model, fps)
    recording = _recording(scene, root, source)
    first = int((start or FIRST).timestamp())
    if source == "clip":
        watched = _watch(scene, recording, plan.sensors[0], model, fps, first)
    elif source == "truth":
        watched = _Watched(play_truth(scene, _walks(scene.truth, recording)), [], [])
    else:
        watched = _walked(scene, recording, first)
    played = watched.played
    _write(out, b"".join(encode(message) + b"\n" for message in messages(plan, played, first)))
    if audit:
        lines = [*audited(scene, played, truth=source != "clip"), *with_staff(scene, played)]
        write_audit(Path(audit), recording, lines)
    if tracks:
        write_tracks(Path(tracks), recording, watched.tracks)


def measure(
    scene_path: str | Path,
    *,
    detector: Detector | None = None,
    model: str | Path | None = None,
    fps: float | None = None,
) -> dict[str, Any]:
    """How far a scene, as the product measures it with its defaults, is from the scene's truth.

    Measured is its clip; where it has none, its `positions`, and without those the positions of the truth itself.
    """
    scene, root = load(scene_path)
    if not scene.truth:
        raise SceneError("truth: missing, measure needs it")
    plan = plan_of(scene, detector, model, fps)
    truth = _recording(scene, root, "truth")
    real = audited(scene, play_truth(scene, _walks(scene.truth, truth)), truth=True)
    began, figures = time.perf_counter(), dict[str, Any]()
    if scene.clip:
        watched = _watch(scene, _recording(scene, root, "clip"), plan.sensors[0], model, fps, int(FIRST.timestamp()))
        figures = {"detector": plan.sensors[0].detector, "frames": len(watched.frames)}
        numbers = _numbers_of_clip(scene, truth, watched)
    else:
        watched = _walked(scene, _recording(scene, root, "positions"), int(FIRST.timestamp()))
        figures = {"detector": "positions", "frames": len(watched.frames)}
        numbers = _numbers_of_points(_walks(scene.truth, truth), watched.played, scene.units == "metres")
    took = time.perf_counter() - began
    played = watched.played
    figures |= {"seconds": round(took, 2), "frames_per_s": round(figures["frames"] / took, 1)}
    staffed = {f"{row.place} {row.what}": row.n for row in with_staff(scene, played)}
    more: dict[str, Any] = {"with_staff": staffed} if staffed else {}
    measured = compare(real, audited(scene, played, truth=not scene.clip))
    return {"scene": scene.name} | figures | numbers | {"groups": groups(played)} | more | measured


def load(scene_path: str | Path) -> tuple[Scene, Path]:
    """(the scene, the folder that its relative paths start from: the one above the scene file's own folder)."""
    path = Path(scene_path)
    try:
        return parse_scene(path.read_bytes()), path.resolve().parent.parent
    except OSError as error:
        raise SceneError(f"file: cannot be read ({type(error).__name__})") from None


def plan_of(scene: Scene, detector: Detector | None, model: str | Path | None, fps: float | None) -> Plan:
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


def _watch(
    scene: Scene, recording: Path, sensor: Sensor, model: str | Path | None, fps: float | None, first: int
) -> _Watched:
    assert scene.fps
    eye = _eye(sensor, model)
    ground = Ground(SENSOR, eye.floor.metres, sensor.floor) if eye.floor else None
    playing, tracks, frames = Playing(scene, ground=ground, first=first), list[Track](), list[int]()
    for index, image in recorded(str(recording), scene.fps, fps):
        if not frames:
            check_picture(scene, image.shape[1], image.shape[0])
        frames.append(index)
        playing.step(eye.look(index / scene.fps, image), index)
        tracks += _tracks(index, eye)
    return _Watched(playing.end((frames[-1] + 1 if frames else 1) / scene.fps), tracks, frames)


def _walked(scene: Scene, recording: Path, first: int) -> _Watched:
    """Positions as a tracker would have found them; those of the truth itself know who is staff."""
    walks = _walks(scene.positions or scene.truth, recording, "positions" if scene.positions else "truth")
    played = play_walks(scene, walks, named=not scene.positions, first=first)
    return _Watched(played, [], [tick(people.at) for people in walks.moments])


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


def _numbers_of_clip(scene: Scene, truth: Path, watched: _Watched) -> dict[str, Any]:
    """Whether people keep their numbers in the frames that were looked at; HOTA where the truth has boxes."""
    assert scene.truth
    assert scene.fps
    rate, looked = scene.fps, set(watched.frames)
    moments = _walks(scene.truth, truth).moments
    real = [row for people in moments for row in rows(round(people.at * rate), people) if row[0] in looked]
    figures = _idf1(real, watched.played.people)
    if scene.truth.format != "boxes":
        return figures
    boxes = [(round(t * rate), *rest) for t, *rest in read_boxes(_text(truth), scene.truth)]
    return figures | _hota(hota(paired([b for b in boxes if b[0] in looked], watched.tracks, boxes_overlap)))


def _numbers_of_points(truth: Walks, played: Played, metres: bool) -> dict[str, Any]:
    """Whether people keep their numbers; HOTA of points is for metres."""
    real = [row for people in truth.moments for row in rows(tick(people.at), people)]
    figures = _idf1(real, played.people)
    return figures | (_hota(hota(paired(real, played.people, points_overlap))) if metres else {})


def _idf1(real: list[Row], mine: list[Row]) -> dict[str, Any]:
    found = idf1(real, mine)
    return {"idf1": None if found is None else round(found, 4)}


def _hota(found: Hota | None) -> dict[str, Any]:
    keys = ("hota", "deta", "assa")
    return dict.fromkeys(keys) if found is None else {k: round(v, 4) for k, v in zip(keys, found, strict=True)}


def _walks(truth: Truth | None, recording: Path, key: str = "truth") -> Walks:
    assert truth
    return read(_text(recording, key), truth, key)


def _text(recording: Path, key: str = "truth") -> str:
    try:
        return recording.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SceneError(f"{key}.file: cannot be read ({type(error).__name__})") from None


def _recording(scene: Scene, root: Path, source: Input) -> Path:
    """The regular file that a replay reads; only such may be followed person by person."""
    if source == "clip":
        key, name = "clip", scene.clip
    elif source == "positions" and scene.positions:
        key, name = "positions.file", scene.positions.file
    else:
        key, name = "truth.file", scene.truth.file if scene.truth else None
    if not name:
        raise SceneError(f"{source}: missing in the scene")
    allow(root / name, key)
    return root / name


def _write(out: str | Path | None, text: bytes) -> None:
    if out is None or str(out) == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        Path(out).write_bytes(text)
