"""Recorded readings through the estimator, for judging it: which zone each tag was in at each second."""

import csv
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edge.plan import Plan, PlanError
from edge.radio.adverts import Sighting, pack, sighting
from edge.radio.dialects import scanner_name
from edge.radio.estimator import Estimator, estimator
from edge.radio.tags import Tags, allow, spell

HEADING = ["t_s", "scanner", "tag", "rssi_dbm"]


class Placed(NamedTuple):
    """One line of the audit: where a tag was at `t_s` seconds of the recording, and how surely."""

    t_s: float
    tag: str
    zone: str | None
    probability: float


def replay_adverts(
    events: Iterable[str], plan: Plan, scanners: Iterable[str], survey: Iterable[str] | None = None
) -> Iterator[Placed]:
    """The zone of each listed tag at each whole second of a recording with the columns t_s,scanner,tag,rssi_dbm.

    Readings must come in order of time. A tag that is not in the plan's `radio.tags` gives nothing. The last
    seconds are answered too: the estimator is stepped on until it has said where the tags were at the end.
    PlanError names the line that cannot be read.
    """
    listed = list(plan.radio.tags) if plan.radio else []
    tags = allow(plan.radio.tags if plan.radio else {})
    judge = estimator(plan, None, len(tags.roles), scanners, survey)
    tick: int | None = None
    last = -math.inf
    for event in _readings(events, tags):
        last = max(last, event.at)
        tick = int(event.at) + 1 if tick is None else tick
        while event.at >= tick:
            yield from _step(judge, tick, listed, last)
            tick += 1
        judge.hear(event)
    while tick is not None and tick <= last + 4:
        yield from _step(judge, tick, listed, last)
        tick += 1


def _step(judge: Estimator, tick: int, listed: list[str], last: float) -> Iterator[Placed]:
    for guess in judge.step(float(tick)):
        if 0 <= guess.at <= last:
            yield Placed(guess.at, listed[guess.tag], guess.zone, round(guess.probability, 3))


def _readings(events: Iterable[str], tags: Tags) -> Iterator[Sighting]:
    for number, row in enumerate(csv.reader(events), 1):
        if not row or (number == 1 and [cell.strip() for cell in row[:4]] == HEADING):
            continue
        where = f"events line {number}"
        if len(row) < 4:
            raise PlanError(f"{where}: expected t_s,scanner,tag,rssi_dbm")
        try:
            at, rssi = float(row[0]), float(row[3])
        except ValueError:
            raise PlanError(f"{where}: t_s and rssi_dbm must be numbers") from None
        if not math.isfinite(at) or not 0 <= at < 1e9:
            raise PlanError(f"{where}: t_s must be seconds of the recording")
        if found := sighting(at, scanner_name(row[1]), _advert(row[2]), rssi, tags):
            yield found


def _advert(tag: str) -> bytes:
    """The advertisement of a tag as a recording names it."""
    key = spell(tag)
    if key is None:
        return b""
    if key[:1] == b"a":
        return pack(key[1:])
    return pack(name=key[1:]) if key[:1] == b"n" else pack(manufacturer={0: b"\xbe\xac" + key[1:].ljust(20, b"\0")})
