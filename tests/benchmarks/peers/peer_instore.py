"""Runs the tracker of this checkout; it has no settings."""

from collections.abc import Iterable
from typing import NamedTuple

from exchange import Boxes, Clip, Row, serve

from edge.sight.tracking import Tracker, Tracks


class Look(NamedTuple):
    """When, and what was found."""

    at: float
    boxes: Boxes


class Ours:
    """The tracker, told the time of each look."""

    def __init__(self, clip: Clip) -> None:
        del clip
        self._tracker, self._at = Tracker(), 0.0

    def given(self, at: float, boxes: Boxes) -> Look:
        return Look(at, boxes)

    def step(self, given: Look) -> Tracks:
        self._at = given.at
        return self._tracker.step(given.at, given.boxes)

    def rows(self, told: Tracks) -> Iterable[Row]:
        here = told.pick(told.last == self._at)
        return [(i, *box) for i, box in zip(here.ids.tolist(), here.boxes.tolist(), strict=True)]


if __name__ == "__main__":
    serve(["instore"], {"instore": Ours})
