"""The choice of the rule that turns sightings into zones."""

from collections.abc import Collection, Iterable, Sequence

from edge.plan import Plan, PlanError, Zone
from edge.radio.filter import Filter
from edge.radio.floor import floor_zones, read_scanners
from edge.radio.grid import over_floor
from edge.radio.squares import squares
from edge.radio.strength import walled
from edge.radio.survey import read_survey
from edge.radio.votes import over_zones

# Fewer spots than this are no survey of a floor.
_FEWEST_SPOTS = 3
# With so many spots a zone its walls are known well from the spots alone.
_MANY_SPOTS = 5


def estimator(
    plan: Plan, sensor: str | None, tags: int, scanners: Iterable[str], survey: Iterable[str] | None = None
) -> Filter:
    """The estimator for one radio sensor (None: for all at once) from the lines of its files; PlanError."""
    zones = floor_zones(plan, sensor)
    return placing(zones, {zone.id for zone in plan.zones}, tags, scanners, survey)


def placing(
    zones: Sequence[Zone],
    others: Collection[str],
    tags: int,
    scanners: Iterable[str],
    survey: Iterable[str] | None = None,
) -> Filter:
    """The rule that suits what is known.

    A survey with spots, or zones drawn in metres: all scanners together tell. A survey that names zones only:
    the zones by their sound; a scanners' file with zones, and no survey: the scanners by their own zone.
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
            return over_zones(stand, tags, known)
        return over_floor(stand, floor, tags, known)
    if known is not None and known.zones:
        return over_zones(stand, tags, known)
    if drawn and not stand.named:
        return over_floor(stand, squares(stand, zones, None), tags, None)
    if any(stand.zones):
        return over_zones(stand, tags, None)
    raise PlanError("zones: neither the plan nor the survey nor the scanners' file says what zones there are")
