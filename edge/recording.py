"""What a replay writes about single people of a recording: the audit and the tracks.

Nothing but the commands `replay` and `measure` may import this: a running device has no way to write such lines.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from edge.measure.audit import Entry, WithStaff, to_line
from edge.scene import SceneError

Track = tuple[int, int, float, float, float, float]
"""Frame, id, and the box as left, top, width, height in px."""


def allow(recording: Path, key: str) -> None:
    """SceneError unless the recording is a regular file: a live camera must not be followed person by person."""
    device = any(hop.parts[1:2] in (("dev",), ("proc",)) for hop in _hops(recording))
    if not device and not recording.exists():
        raise SceneError(f"{key}: no such file")
    if device or not recording.is_file():
        raise SceneError(f"{key}: not a regular file; single people are written for recordings only")


def _hops(path: Path) -> Iterator[Path]:
    # /dev/stdin may lead to a regular file of ours, but to something else in the child that decodes it.
    yield (path := path.absolute())
    while path.is_symlink():
        yield (path := path.parent / path.readlink())


def write_audit(path: Path, recording: Path, entries: Iterable[Entry | WithStaff]) -> None:
    """The entries as JSON lines in a file that the user named."""
    allow(recording, "clip")
    path.write_bytes(b"".join(to_line(entry) for entry in entries))


def write_tracks(path: Path, recording: Path, tracks: Iterable[Track]) -> None:
    """The boxes in the MOT format: frame,id,x,y,w,h,score,-1,-1,-1; the frame counts from 0."""
    allow(recording, "clip")
    rows = (f"{f},{i},{x:.1f},{y:.1f},{w:.1f},{h:.1f},1,-1,-1,-1\n" for f, i, x, y, w, h in tracks)
    path.write_text("".join(rows), encoding="ascii")
