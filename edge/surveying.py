"""The calibration walk of an installer: a tag, a dozen spots, ten minutes, and what accuracy may be expected of it.

What is written is what the scanners hear of the installer's own tag, into a file that the installer names.
"""

import math
import threading
from collections.abc import Callable, Iterator
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
    """How many spots, the seconds stood at each and those to walk there."""

    number: int = 12
    stand_s: float = 30.0
    walk_s: float = 20.0


def survey(plan: Plan, sensor: str | None, tag: str, out: Path, walk: Walk, stop: threading.Event, say: Say) -> bool:
    """Leads along the spots, writes what is heard of `tag` there to `out` and says what to expect; False if stopped.

    PlanError names what is missing; RadioError where the feed cannot be opened.
    """
    one, radio = _sensor(plan, sensor)
    zones = floor_zones(plan, one.id)
    stand = read_scanners(_lines(radio.scanners), zones, {zone.id for zone in plan.zones})
    places = spots(zones, walk.number)
    if not places:
        raise PlanError("zones: none is drawn for this sensor, so there is no spot to stand at")
    for wrong in flaws(stand, zones):
        say(f"{wrong}\n")
    feed = scanner_adverts(one, stop) if one.kind == "scanner" else gateway_adverts(radio, stop)
    leading = _Leading(allow({tag: "trolley"}), stand, walk, say)
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADING)
        for number, spot in enumerate(places, 1):
            zone = zone_of(spot, zones) or ""
            say(f"Spot {number} of {len(places)}: x {spot[0]:.1f} m, y {spot[1]:.1f} m, {zone}\n")
            if not leading.stand(feed, spot, zone, file):
                return False
    say(_promise(out, stand, zones))
    return True


class _Leading:
    """One spot after the other from one feed; time is that of the feed."""

    def __init__(self, tags: Tags, stand: Scanners, walk: Walk, say: Say) -> None:
        self._tags, self._known, self._walk, self._say = tags, set(stand.names), walk, say

    def stand(self, feed: Iterator[Heard | Quiet], spot: Point, zone: str, file: IO[str]) -> bool:
        """Waits for the walk, then writes what is heard at the spot; False where the feed ended before that."""
        begin: float | None = None
        heard: dict[str, int] = {}
        told = -1
        for item in feed:
            begin = item.at + self._walk.walk_s if begin is None else begin
            if item.at >= begin + self._walk.stand_s:
                self._say(self._bar(self._walk.stand_s, heard) + "\n")
                if not heard:
                    self._say("The tag was not heard here: is it on, and is it the one named with --tag?\n")
                file.flush()
                return True
            if item.at < begin:
                continue
            if isinstance(item, Heard) and item.scanner in self._known:
                found = sighting(item.at, item.scanner, item.data, item.rssi, self._tags, item.smoothed)
                if found:
                    heard[item.scanner] = heard.get(item.scanner, 0) + 1
                    row = f"{spot[0]:.2f},{spot[1]:.2f},{item.scanner},{item.at - begin:.2f},{item.rssi:g},{zone}"
                    file.write(row + "\n")
            if int(item.at - begin) > told:
                told = int(item.at - begin)
                self._say(self._bar(item.at - begin, heard) + "\r")
        return False

    def _bar(self, stood: float, heard: dict[str, int]) -> str:
        full = round(_BAR * min(1.0, stood / self._walk.stand_s)) if self._walk.stand_s else _BAR
        return (
            f"[{'#' * full}{'.' * (_BAR - full)}] {stood:3.0f} of {self._walk.stand_s:.0f} s,"
            f" {len(heard)} of {len(self._known)} scanners, {sum(heard.values())} readings"
        )


def _promise(out: Path, stand: Scanners, zones: tuple[Zone, ...]) -> str:
    found = rehearse(out.read_text(encoding="utf-8").splitlines(), stand, zones)
    if not found:
        return "Too few spots were heard to say what to expect.\n"
    share, low, high = _interval(found)
    weak = [f"x {r.spot[0]:.1f} y {r.spot[1]:.1f} ({r.zone})" for r in found if r.right < r.seconds / 2]
    lines = [
        f"Expect the right zone in about {share:.0%} of seconds ({low:.0%} to {high:.0%}) of a tag that rests:"
        f" each of {len(found)} spots was told by the other ones. One that walks is told some 5 to 10 points worse.",
        *([f"Mostly told wrong: {', '.join(weak)}. More spots there, or larger zones, help."] if weak else []),
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
