"""What the driver and a runner say to each other: jobs as JSON in, tracks and crossings as CSV out.

A runner is one small script beside this one that wraps one package's trackers; it runs in that package's own
environment, so nothing is imported here but numpy. A runner is started as `python RUNNER.py JOBS ANSWERS`.
"""

import csv
import importlib.metadata
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

Boxes = np.ndarray[Any, np.dtype[np.float64]]
"""Rows of x1, y1, x2, y2, score in pixels."""
Row = tuple[int, float, float, float, float]
"""id, x1, y1, x2, y2."""
Event = tuple[float, str, str]
"""Seconds, line, direction: `+` ends where (bx-ax)(py-ay)-(by-ay)(px-ax) > 0."""
# The first looks allocate and compile; they are not timed.
WARM_UP = 20


class Line(NamedTuple):
    """A line from a to b in pixels."""

    id: str
    a: tuple[float, float]
    b: tuple[float, float]


class Clip(NamedTuple):
    """What is looked at: numbers of frames of a recording of `fps`, `rate` of them a second."""

    frames: list[int]
    fps: float
    rate: float
    width: int
    height: int


class Follower(Protocol):
    """One tracker. Only `step` is timed: the boxes are brought into its own form before."""

    def given(self, at: float, boxes: Boxes) -> Any:
        """The boxes of a look at `at` seconds in the form that `step` takes."""

    def step(self, given: Any) -> Any:
        """What the tracker makes of them, in its own form."""

    def rows(self, told: Any) -> Iterable[Row]:
        """The tracks in what it told that a box of this very look belongs to."""


class Counter(Protocol):
    """A package's own line counter."""

    def step(self, at: float, told: Any) -> Iterable[Event]:
        """The crossings found with this look, from what the tracker told."""


Followers = Mapping[str, Callable[[Clip], Follower]]
Counters = Mapping[str, Callable[[Clip, list[Line]], Counter]]


def serve(packages: Iterable[str], followers: Followers, counters: Counters | None = None) -> None:
    """Do the jobs in the file named first and write the answers and the versions to the one named second."""
    jobs = json.loads(Path(sys.argv[1]).read_text())
    answers = [_done(job, followers, counters or {}) for job in jobs]
    versions = {name: importlib.metadata.version(name) for name in packages}
    versions |= {"numpy": np.__version__, "python": platform.python_version()}
    Path(sys.argv[2]).write_text(json.dumps({"versions": versions, "answers": answers}))


def by_frame(path: Path) -> dict[int, Boxes]:
    """The boxes of a file with the columns frame,x1,y1,x2,y2,score."""
    with path.open() as file:
        next(file)
        table = np.array([[float(cell) for cell in row] for row in csv.reader(file)])
    return {int(frame): table[table[:, 0] == frame, 1:] for frame in np.unique(table[:, 0])}


def _done(job: dict[str, Any], followers: Followers, counters: Counters) -> dict[str, float]:
    clip = Clip(*job["clip"])
    seen, nobody = by_frame(Path(job["boxes"])), np.zeros((0, 5))
    follower = followers[job["tracker"]](clip)
    counter = counters[job["counter"]](clip, [Line(*line) for line in job["lines"]]) if job.get("counter") else None
    tracks, events, spent = list[tuple[float, ...]](), list[Event](), list[float]()
    for frame in clip.frames:
        at = frame / clip.fps
        given = follower.given(at, seen.get(frame, nobody))
        start = time.thread_time()
        told = follower.step(given)
        spent.append(time.thread_time() - start)
        tracks += [(frame, int(i), x1, y1, x2 - x1, y2 - y1) for i, x1, y1, x2, y2 in follower.rows(told)]
        events += counter.step(at, told) if counter else ()
    _write(job.get("tracks"), "frame,id,x,y,w,h", tracks)
    _write(job.get("events"), "t,line,dir", events)
    followed = sum(row[0] >= clip.frames[WARM_UP] for row in tracks) / len(clip.frames[WARM_UP:])
    return {"ms": 1000 * statistics.median(spent[WARM_UP:]), "followed": followed}


def _write(path: str | None, head: str, rows: Iterable[tuple[object, ...]]) -> None:
    if path:
        Path(path).write_text("\n".join([head, *(",".join(map(str, row)) for row in rows), ""]))
