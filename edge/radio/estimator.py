"""The choice of the rule that turns sightings into zones."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from edge.plan import Plan, PlanError, Zone
from edge.radio.adverts import Sighting
from edge.radio.floor import floor_zones, read_scanners
from edge.radio.grid import Grid
from edge.radio.position import Guess
from edge.radio.squares import squares
from edge.radio.strength import walled
from edge.radio.survey import read_survey
from edge.radio.votes import Votes

# Fewer spots than this are no survey of a floor.
_FEWEST_SPOTS = 3
# With so many spots a zone its walls are known well from the spots alone.
_MANY_SPOTS = 5


class Estimator(Protocol):
    """What a rule must do; `scanner` is a name of the scanners' file, a silent one is told by its place there."""

    def listen(self, at: float, scanner: str) -> bool: ...

    def hear(self, sighting: Sighting) -> None: ...

    def step(self, at: float) -> list[Guess]: ...

    def silent(self, at: float) -> list[int]: ...


def estimator(
    plan: Plan, sensor: str | None, tags: int, scanners: Iterable[str], survey: Iterable[str] | None = None
) -> Estimator:
    """The estimator for one radio sensor (None: for all at once) from the lines of its files; PlanError."""
    zones = floor_zones(plan, sensor)
    return placing(zones, {zone.id for zone in plan.zones}, tags, scanners, survey)


def placing(
    zones: Sequence[Zone],
    others: Collection[str],
    tags: int,
    scanners: Iterable[str],
    survey: Iterable[str] | None = None,
) -> Estimator:
    """The rule that suits what is known.

    A survey with spots, or zones drawn in metres: all scanners together tell (Grid). A survey that names zones only:
    the zones by their sound; a scanners' file with zones, and no survey: the scanners by their own zone (Votes).
    PlanError where nothing tells what the zones are.
    """
    stand = read_scanners(scanners, zones, others)
    known = read_survey(survey, stand) if survey is not None else None
    drawn = any(len(zone.polygon) > 2 for zone in zones)
    if known is not None and len(known.spots) >= _FEWEST_SPOTS and (drawn or any(known.at)):
        floor = squares(stand, zones, known)
        sparse = not drawn and len(known.spots) < _MANY_SPOTS * len(known.zones)
        # Where the nearest spot is behind a wall it tells the wrong room; how the room sounds tells the right one.
        if sparse and walled(stand, known, floor.rooms):
            return Votes(stand, tags, known)
        return Grid(stand, floor, tags, known)
    if known is not None and known.zones:
        return Votes(stand, tags, known)
    if drawn and not stand.named:
        return Grid(stand, squares(stand, zones, None), tags, None)
    if any(stand.zones):
        return Votes(stand, tags, None)
    raise PlanError("zones: neither the plan nor the survey nor the scanners' file says what zones there are")
