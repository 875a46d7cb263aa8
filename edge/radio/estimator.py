"""The choice of the rule that turns sightings into zones."""

from collections.abc import Iterable
from typing import Protocol

from msgspec.structs import replace

from edge.plan import Plan
from edge.radio.adverts import Sighting
from edge.radio.floor import radio_zones, read_scanners
from edge.radio.grid import Grid
from edge.radio.position import Guess, Strongest
from edge.radio.survey import read_survey


class Estimator(Protocol):
    """What a rule must do; `scanner` is a name of the scanners' file, a silent one is told by its place there."""

    def listen(self, at: float, scanner: str) -> bool: ...

    def hear(self, sighting: Sighting) -> None: ...

    def step(self, at: float) -> list[Guess]: ...

    def silent(self, at: float) -> list[int]: ...


def estimator(
    plan: Plan, sensor: str | None, tags: int, scanners: Iterable[str], survey: Iterable[str] | None = None
) -> Estimator:
    """The estimator for one radio sensor (None: for all at once) from the lines of its files; PlanError.

    A scanners' file that names zones says that the zones follow the scanners: then the strongest one tells.
    Else, and with zones drawn in metres, all scanners together tell, better so with a survey.
    """
    # The whole visit is no place of its own.
    plan = replace(plan, zones=tuple(zone for zone in plan.zones if not zone.whole))
    stand = read_scanners(scanners, plan, sensor)
    zones = radio_zones(plan, sensor)
    if stand.named or not zones:
        return Strongest(stand, tags)
    return Grid(stand, zones, tags, read_survey(survey, stand) if survey is not None else None)
