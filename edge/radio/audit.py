"""Recorded readings through the estimator, for judging it: which zone each tag was in at each second."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from edge.plan import PlanError
from edge.radio.adverts import WEAKEST_DBM, Sighting
from edge.radio.columns import rows
from edge.radio.dialects import scanner_name
from edge.radio.filter import Filter
from edge.radio.position import LAG_S, LONGEST_LAG
from edge.radio.tags import spell

COLUMNS = ("t_s", "scanner", "tag", "rssi_dbm")
# So many readings are put in order of time at once; of a longer recording, what is further out of order is left out.
_SORTED = 2_000_000
# A pause after which nobody is in hearing any more: the seconds in it are not stepped through.
_PAUSE_S = 60
_FARTHEST_S = 1e12
_STRANGER = -1


class Placed(NamedTuple):
    """One line of the audit: where a tag was at `t_s` seconds of the recording, and how surely."""

    t_s: float
    tag: str
    zone: str | None
    probability: float


def heading() -> str:
    """The two first lines of an audit; the first states the lag."""
    return (
        f"# lag_s={LAG_S:g}: the line for t_s was known at t_s + {LAG_S:g} s"
        f" (up to {LONGEST_LAG} s for a tag heard less often than once in 1.3 s)\nt_s,tag,zone,probability\n"
    )


def line(placed: Placed) -> str:
    """A line of the audit; no zone, or nobody knows which, is `unknown`."""
    tag, zone = (_quoted(text) for text in (placed.tag, placed.zone or "unknown"))
    return f"{placed.t_s:.0f},{tag},{zone},{placed.probability:.3f}\n"


def replay_adverts(
    events: Iterable[str], judge: Filter, scanners: Sequence[str], tags: Sequence[str], counts: Counter[str]
) -> Iterator[Placed]:
    """The zone of each listed tag at each whole second in which it was in hearing.

    `events` are lines with the columns t_s,scanner,tag,rssi_dbm in any order of time; `scanners` the names as
    compared, `tags` the listed ones in the order that `judge` counts them in. What cannot be used is left out and
    counted in `counts` by its reason. A pause of the recording is passed over. The last seconds are answered too: the
    estimator is stepped on until it has said where the tags were at the end. PlanError: a tag is listed twice, or a
    column is missing.
    """
    keys: dict[str | bytes, int] = {}
    for index, tag in enumerate(tags):
        if keys.setdefault(_key(tag), index) != index:
            raise PlanError(f"radio.tags entry {index + 1}: the same tag as an earlier one")
    clock = _Clock(judge, tags, counts)
    for batch in _batches(events, keys, scanners, counts):
        for reading in batch:
            yield from clock.take(reading)
    yield from clock.end()


class _Reading(NamedTuple):
    """One line of a recording; `tag` is its place in the list, or -1 for a tag that is not listed."""

    at: float
    scanner: str
    tag: int
    rssi_dbm: float


class _Clock:
    """Steps the estimator once for every whole second that the recording passes."""

    def __init__(self, judge: Filter, names: Sequence[str], counts: Counter[str]) -> None:
        self._judge, self._names, self._counts = judge, names, counts
        self._tick: int | None = None
        self._last = -math.inf
        self._told: dict[int, float] = {}

    def take(self, reading: _Reading) -> Iterator[Placed]:
        if self._tick is None:
            self._tick = math.floor(reading.at) + 1
        if reading.at < self._tick - 1:
            self._counts["too far out of order"] += 1
            return
        yield from self._until(min(math.floor(reading.at), self._tick + _PAUSE_S))
        if reading.at > self._tick + _PAUSE_S:
            self._counts["pauses"] += 1
        self._tick = max(self._tick, math.floor(reading.at) + 1)
        self._last = reading.at
        if reading.tag == _STRANGER:
            self._judge.listen(reading.at, reading.scanner)
        else:
            self._judge.hear(Sighting(*reading, smoothed=False))

    def end(self) -> Iterator[Placed]:
        if self._tick is not None:
            yield from self._until(self._tick + LONGEST_LAG)

    def _until(self, second: int) -> Iterator[Placed]:
        assert self._tick is not None
        while self._tick <= second:
            for guess in self._judge.step(float(self._tick)):
                if self._told.get(guess.tag, -math.inf) < guess.at <= self._last:
                    self._told[guess.tag] = guess.at
                    yield Placed(guess.at, self._names[guess.tag], guess.zone, round(guess.probability, 3))
            for scanner in self._judge.silent(float(self._tick)):
                self._counts[f"seconds in which scanner {scanner + 1} of radio.scanners was silent"] += 1
            self._tick += 1


def _batches(
    events: Iterable[str], keys: Mapping[str | bytes, int], scanners: Sequence[str], counts: Counter[str]
) -> Iterator[Iterator[_Reading]]:
    """The readings in order of time, so many at once; kept as numbers, so that memory stays bounded."""
    column = {name: i for i, name in enumerate(scanners)}
    at, code, rssi = array("d"), array("q"), array("f")
    for _, (t_s, scanner, tag, dbm) in rows(events, "events", COLUMNS):
        seconds, strength, place = _number(t_s), _number(dbm), column.get(scanner_name(scanner))
        if not abs(seconds) <= _FARTHEST_S or not tag:
            counts["no usable time or tag"] += 1
        elif place is None:
            counts["unknown scanner"] += 1
        elif not WEAKEST_DBM <= strength < 0:
            counts["no usable strength"] += 1
        else:
            # A stranger's advertisement still shows that the scanner works.
            index = keys.get(_key(tag), _STRANGER)
            counts["tag not listed" if index == _STRANGER else "readings"] += 1
            at.append(seconds)
            code.append((index + 1) * len(scanners) + place)
            rssi.append(strength)
        if len(at) >= _SORTED:
            yield _sorted(at, code, rssi, scanners)
            at, code, rssi = array("d"), array("q"), array("f")
    yield _sorted(at, code, rssi, scanners)


def _sorted(
    at: "array[float]", code: "array[int]", rssi: "array[float]", scanners: Sequence[str]
) -> Iterator[_Reading]:
    order = np.argsort(np.frombuffer(at, np.float64), kind="stable") if at else ()
    for i in order:
        tag, place = divmod(code[i], len(scanners))
        yield _Reading(at[i], scanners[place], tag - 1, rssi[i])


@lru_cache(maxsize=4096)
def _key(tag: str) -> str | bytes:
    """A tag as compared: the same in whatever case and with whatever separators an address is spelled."""
    return spell(tag) or tag.strip().lower()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _quoted(text: str) -> str:
    """A cell of a CSV."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
