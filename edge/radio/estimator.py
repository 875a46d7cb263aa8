"""The choice of the rule that turns sightings into zones."""

from collections.abc import Iterable
from typing import Protocol

from edge.plan import Plan
from edge.radio.adverts import Sighting
from edge.radio.floor import read_scanners
from edge.radio.position import Guess, Strongest


class Estimator(Protocol):
    """What a rule must do; `scanner` is a name of the scanners' file, a silent one is told by its place there."""

    def listen(self, at: float, scanner: str) -> bool: ...

    def hear(self, sighting: Sighting) -> None: ...

    def step(self, at: float) -> list[Guess]: ...

    def silent(self, at: float) -> list[int]: ...


def estimator(plan: Plan, sensor: str | None, tags: int, scanners: Iterable[str]) -> Estimator:
    """The estimator for one radio sensor (None: for all at once) from the lines of its files; PlanError."""
    return Strongest(read_scanners(scanners, plan, sensor), tags)
