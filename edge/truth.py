"""Truth files: who was where, as somebody marked it by hand."""

import csv
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from edge.measure.geometry import HEIGHT_M, People, people
from edge.scene import SceneError, Truth

Sample = tuple[float, int, float, float, float]
"""t in seconds, id, x, y, height."""
Box = tuple[float, int, float, float, float, float]
"""t in seconds, id, left, top, width, height."""
DP3T_HZ = 5.0
T = TypeVar("T")


class Walks(Struct, frozen=True):
    """Everybody's samples in the order of time and how many seconds the truth covers."""

    moments: list[People]
    duration: float


def read(text: str, truth: Truth, key: str = "truth") -> Walks:
    """The walks in the text of a truth file; SceneError naming the key where it is not of its format.

    `frame` 0 of boxes is `truth.first_frame`; frames before it and from `frames` on are left out.
    """
    samples = sorted(_read(_FORMATS[truth.format], text, truth, key))
    if not samples and not truth.frames:
        raise SceneError(f"{key}.file: nobody in it")
    length = truth.frames / truth.fps if truth.frames and truth.fps else samples[-1][0]
    return Walks(list(moments(samples)), length)


def read_boxes(text: str, truth: Truth) -> list[Box]:
    """The boxes of a truth file of that format; SceneError where it is not."""
    return _read(_rectangles, text, truth, "truth")


def moments(samples: list[Sample]) -> Iterator[People]:
    """The samples, sorted, as one People a moment; where an id stands there twice at a time, one after the other."""
    rows: list[tuple[int, float, float, float]] = []
    at, seen = 0.0, set[int]()
    for t, track, x, y, height in samples:
        if rows and (t != at or track in seen):
            yield people(at, rows)
            rows, seen = [], set()
        at = t
        seen.add(track)
        rows.append((track, x, y, height))
    if rows:
        yield people(at, rows)


def _read(format: Callable[[str, Truth], Iterator[T]], text: str, truth: Truth, key: str) -> list[T]:
    try:
        return list(format(text, truth))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, msgspec.DecodeError):
        raise SceneError(f"{key}.file: not in the format {truth.format}") from None


def _boxes(text: str, truth: Truth) -> Iterator[Sample]:
    for t, track, x, y, w, h in _rectangles(text, truth):
        yield t, track, x + w / 2, y + h, h


def _rectangles(text: str, truth: Truth) -> Iterator[Box]:
    fps, frames = truth.fps or 0.0, truth.frames or 0
    for row in csv.DictReader(text.splitlines()):
        frame = int(row["frame"]) - truth.first_frame
        if 0 <= frame < frames:
            x, y, w, h = (float(row[key]) for key in "xywh")
            yield frame / fps, int(row["id"]), x, y, w, h


def _points(text: str, _: Truth) -> Iterator[Sample]:
    for row in csv.DictReader(text.splitlines()):
        yield float(row["t"]), int(row["id"]), float(row["x"]), float(row["y"]), HEIGHT_M


def _dp3t(text: str, _: Truth) -> Iterator[Sample]:
    tracks: dict[str, Any] = msgspec.json.decode(text)
    for track, path in tracks.items():
        if track != "datetime":
            for i, point in enumerate(path):
                if point is not None:
                    yield i / DP3T_HZ, int(track), float(point[0]), float(point[1]), HEIGHT_M


_FORMATS = {"boxes": _boxes, "points": _points, "dp3t": _dp3t}
