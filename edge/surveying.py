"""The calibration walk of an installer: a tag, ten minutes, and what accuracy may be expected of it.

The installer stands at a dozen spots or, better, walks along aisles there and back at an even pace. What is written
is what the scanners hear of the installer's own tag, into a file that the installer names.
"""

import math
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, NamedTuple

from edge.plan import Plan, PlanError, Point, Radio, Sensor, Zone
from edge.radio.adverts import Heard, Quiet, sighting
from edge.radio.floor import Scanners, floor_zones, read_scanners, zone_of
from edge.radio.gateways import adverts as gateway_adverts
from edge.radio.layout import flaws
from edge.radio.rehearsal import Rehearsed, rehearse, spots
from edge.radio.scanner import adverts as scanner_adverts
from edge.radio.tags import Tags, allow

HEADING = "x_m,y_m,scanner,t_s,rssi_dbm,zone\n"
_BAR, _Z = 20, 1.96
Say = Callable[[str], None]


class Walk(NamedTuple):
    """How many spots, the seconds stood at each and those to walk there; or the corners `along` which to walk there
    and back, so many metres a second, with so many seconds to turn at each.
    """

    number: int = 12
    stand_s: float = 30.0
    walk_s: float = 20.0
    along: tuple[Point, ...] = ()
    pace_mps: float = 0.5
    turn_s: float = 5.0


class Stage(NamedTuple):
    """A spot or, where `end` is another, a straight way: recorded for `lasts_s` after `wait_s`."""

    begin: Point
    end: Point
    wait_s: float
    lasts_s: float

    def place(self, second: float) -> Point:
        """Where one is in that second of it, in steps of a second."""
        (x, y), (to_x, to_y) = self.begin, self.end
        share = min(1.0, (math.floor(second) + 0.5) / self.lasts_s) if self.begin != self.end else 0.0
        return x + (to_x - x) * share, y + (to_y - y) * share


def corners(text: str) -> tuple[Point, ...]:
    """The points in a text like `18,8.5 0.5,8.5`, in metres; PlanError where one is none."""
    try:
        found = tuple((float(x), float(y)) for x, y in (corner.split(",") for corner in text.split()))
    except ValueError:
        raise PlanError("--along: expected corners with a space between, each as x,y in metres") from None
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in found):
        raise PlanError("--along: a corner must be in metres")
    return found


def stages(walk: Walk, zones: tuple[Zone, ...]) -> list[Stage]:
    """The spots spread over the zones or, with `along`, each way there and then back; PlanError without any."""
    if not walk.along:
        found = [Stage(spot, spot, walk.walk_s, walk.stand_s) for spot in spots(zones, walk.number)]
        if not found:
            raise PlanError("zones: none is drawn for this sensor, so there is no spot to stand at")
        return found
    there = [(a, b) for a, b in pairwise(walk.along) if a != b]
    if not there or walk.pace_mps <= 0:
        raise PlanError("--along: name two different points or more, and a pace above nothing")
    ways = there + [(b, a) for a, b in reversed(there)]
    waits = [walk.walk_s] + [walk.turn_s] * (len(ways) - 1)
    return [Stage(a, b, wait, math.dist(a, b) / walk.pace_mps) for (a, b), wait in zip(ways, waits, strict=True)]


def survey(plan: Plan, sensor: str | None, tag: str, out: Path, walk: Walk, stop: threading.Event, say: Say) -> bool:
    """Leads along the spots or ways, writes what is heard of `tag` there to `out` and says what to expect; False if
    stopped.

    PlanError names what is missing; RadioError where the feed cannot be opened.
    """
    one, radio = _sensor(plan, sensor)
    zones = floor_zones(plan, one.id)
    stand = read_scanners(_lines(radio.scanners), zones, {zone.id for zone in plan.zones})
    course = stages(walk, zones)
    for wrong in flaws(stand, zones):
        say(f"{wrong}\n")
    feed = scanner_adverts(one, stop) if one.kind == "scanner" else gateway_adverts(radio, stop)
    leading = _Leading(allow({tag: "trolley"}), stand, zones, say)
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADING)
        for number, stage in enumerate(course, 1):
            say(_told(stage, f"{number} of {len(course)}", zones))
            if not leading.lead(feed, stage, file):
                return False
    say(_promise(out, stand, zones))
    return True


def _told(stage: Stage, number: str, zones: tuple[Zone, ...]) -> str:
    if stage.begin == stage.end:
        return f"Spot {number}: {_at(stage.begin)}, {zone_of(stage.begin, zones) or 'in no zone'}\n"
    return (
        f"Way {number}: be at {_at(stage.begin)} in {stage.wait_s:.0f} s, then walk evenly to {_at(stage.end)},"
        f" where you arrive when the bar is full\n"
    )


def _at(point: Point) -> str:
    return f"x {point[0]:.1f} m, y {point[1]:.1f} m"


class _Leading:
    """One stage after the other from one feed; time is that of the feed."""

    def __init__(self, tags: Tags, stand: Scanners, zones: tuple[Zone, ...], say: Say) -> None:
        self._tags, self._known, self._zones, self._say = tags, set(stand.names), zones, say

    def lead(self, feed: Iterator[Heard | Quiet], stage: Stage, file: IO[str]) -> bool:
        """Waits until it begins, then writes what is heard in it; False where the feed ended before that."""
        begin: float | None = None
        heard: dict[str, int] = {}
        told = -math.inf
        for item in feed:
            begin = item.at + stage.wait_s if begin is None else begin
            passed = item.at - begin
            if passed >= stage.lasts_s:
                self._say(self._bar(stage.lasts_s, stage, heard) + "\n")
                if not heard:
                    self._say("The tag was not heard here: is it on, and is it the one named with --tag?\n")
                file.flush()
                return True
            if passed >= 0 and isinstance(item, Heard) and item.scanner in self._known:
                found = sighting(item.at, item.scanner, item.data, item.rssi, self._tags, item.smoothed)
                if found:
                    heard[item.scanner] = heard.get(item.scanner, 0) + 1
                    file.write(self._row(stage, item, passed))
            if math.floor(passed) > told:
                told = math.floor(passed)
                self._say(self._bar(passed, stage, heard) + "\r")
        return False

    def _row(self, stage: Stage, item: Heard, second: float) -> str:
        x, y = stage.place(second)
        zone = zone_of((x, y), self._zones) or ""
        return f"{x:.2f},{y:.2f},{item.scanner},{second:.2f},{item.rssi:g},{zone}\n"

    def _bar(self, passed: float, stage: Stage, heard: dict[str, int]) -> str:
        if passed < 0:
            return f"[{'.' * _BAR}] begins in {math.ceil(-passed):.0f} s{' ' * 30}"
        full = round(_BAR * min(1.0, passed / stage.lasts_s)) if stage.lasts_s else _BAR
        return (
            f"[{'#' * full}{'.' * (_BAR - full)}] {passed:3.0f} of {stage.lasts_s:.0f} s,"
            f" {len(heard)} of {len(self._known)} scanners, {sum(heard.values())} readings"
        )


def _promise(out: Path, stand: Scanners, zones: tuple[Zone, ...]) -> str:
    found = rehearse(out.read_text(encoding="utf-8").splitlines(), stand, zones)
    if not found:
        return "Too little was heard to say what to expect.\n"
    share, low, high = _interval(found)
    rests = all(r.begin == r.end for r in found)
    weak = [_at(r.begin) if rests else f"{_at(r.begin)} to {_at(r.end)}" for r in found if r.right < r.seconds / 2]
    lines = [
        f"Expect the right zone in about {share:.0%} of seconds ({low:.0%} to {high:.0%}) of a tag that"
        f" {'rests' if rests else 'walks'}: each of {len(found)} {'spots' if rests else 'ways'} was told by the other"
        f" ones.{' One that walks is told some 5 to 10 points worse.' if rests else ''}",
        *([f"Mostly told wrong: {'; '.join(weak)}. More of it there, or larger zones, help."] if weak else []),
    ]
    return "".join(f"{line}\n" for line in lines)


def _interval(found: list[Rehearsed]) -> tuple[float, float, float]:
    """(share, ends of its Wilson interval): seconds of one spot are one piece of evidence, so n is the spots."""
    n = len(found)
    share = sum(r.right / r.seconds for r in found if r.seconds) / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return share, max(0.0, centre - half), min(1.0, centre + half)


def _sensor(plan: Plan, sensor: str | None) -> tuple[Sensor, Radio]:
    able = [one for one in plan.sensors if one.kind != "camera" and sensor in (None, one.id)]
    if plan.radio is None or not able:
        raise PlanError("sensors: no scanner or gateway, or none of this name")
    if len(able) > 1:
        raise PlanError("sensors: more than one hears tags; name one with --sensor")
    return able[0], plan.radio


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"radio.scanners: cannot be read ({type(error).__name__})") from None
