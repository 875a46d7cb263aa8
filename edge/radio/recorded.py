"""A recording of advertisements on disk through the estimator, into an audit that the user names.

Nothing but the command `replay` may load this: a running device has no way to write such lines.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from edge.measure.geometry import flaw
from edge.plan import PlanError, Polygon, TagRole, Zone, fault
from edge.plan import parse as parse_plan
from edge.radio.audit import heading, line, replay_adverts
from edge.radio.estimator import placing
from edge.radio.floor import Scanners, floor_zones, read_scanners
from edge.radio.layout import flaws, lacks
from edge.radio.survey import read_survey
from edge.radio.tags import ROLES
from edge.recording import allow
from edge.settings import table

_UNNAMED = "recording"


class _Place(msgspec.Struct):
    """A zone of a recording's plan; without a polygon the survey or the scanners' file says where it is."""

    id: str
    polygon: Polygon = ()


class _Radio(msgspec.Struct):
    scanners: str
    tags: dict[str, TagRole]
    survey: str | None = None


class _Recording(msgspec.Struct):
    """What the plan of a recording must say; a device's whole plan will do as well."""

    radio: _Radio
    zones: tuple[_Place, ...] = ()


class _Files(msgspec.Struct):
    radio: _Radio
    zones: tuple[Zone, ...]
    others: frozenset[str]


def replay_recorded(events: str | Path, plan: str | Path, audit: str | Path | None) -> str:
    """Write the audit of a recording to `audit` (None: standard output); the report of what was used and what not.

    Paths in the plan are relative to its folder. PlanError names the key, file and line that cannot be used,
    SceneError a recording that is no regular file.
    """
    root, found = Path(plan).resolve().parent, _read_plan(Path(plan))
    allow(Path(events), "adverts")
    scanners = _lines(root, found.radio.scanners, "radio.scanners")
    survey = _lines(root, found.radio.survey, "radio.survey") if found.radio.survey else None
    stand = read_scanners(scanners, found.zones, found.others)
    judge = placing(found.zones, found.others, len(found.radio.tags), scanners, survey)
    counts: Counter[str] = Counter()
    with _opened(Path(events)) as lines, _written(audit) as out:
        out.write(heading())
        for placed in replay_adverts(lines, judge, stand.names, list(found.radio.tags), counts):
            out.write(line(placed))
    return _report(counts, stand, found.zones, survey)


def _read_plan(path: Path) -> _Files:
    given = table(path, "", {})
    if "sensors" in given:
        plan = parse_plan(given)
        found = _converted(given)
        return _Files(found.radio, floor_zones(plan), frozenset(zone.id for zone in plan.zones))
    found = _converted(given)
    zones = tuple(Zone(id=one.id, sensor=_UNNAMED, polygon=one.polygon) for one in found.zones)
    ids = [zone.id for zone in zones]
    for i, zone in enumerate(zones):
        if not zone.id or zone.id in ids[:i]:
            raise PlanError(f"zones[{i}].id: an id is missing or used twice")
        if zone.polygon and (wrong := flaw(zone.polygon)):
            raise PlanError(f"zones[{i}].polygon: {wrong}")
    return _Files(found.radio, zones, frozenset())


def _converted(given: dict[str, Any]) -> _Recording:
    try:
        found = msgspec.convert(given, _Recording)
    except msgspec.ValidationError as error:
        raise PlanError(fault(str(error))) from None
    if not found.radio.tags:
        raise PlanError(f"radio.tags: name at least one tag and its role ({', '.join(ROLES)})")
    return found


def _report(counts: Counter[str], stand: Scanners, zones: tuple[Zone, ...], survey: list[str] | None) -> str:
    said = [f"{what}: {count}" for what, count in sorted(counts.items())]
    if survey is not None:
        known = read_survey(survey, stand)
        said += [f"survey, lines left out, {why}: {count}" for why, count in known.unused.items()]
        said += lacks(stand, known)
    return "".join(f"{one}\n" for one in [*said, *flaws(stand, zones)])


def _lines(root: Path, name: str, key: str) -> list[str]:
    try:
        return (root / name).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise PlanError(f"{key}: cannot be read ({type(error).__name__})") from None


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield _cut(file)


def _cut(file: IO[str]) -> Iterator[str]:
    """The lines of a file, none longer than any line of a recording needs to be: the rest of it is another line."""
    while text := file.readline(4096):
        yield text


@contextmanager
def _written(path: str | Path | None) -> Iterator[IO[str]]:
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    with Path(path).open("w", encoding="utf-8", newline="") as out:
        yield out
