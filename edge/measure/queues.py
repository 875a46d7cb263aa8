"""Waiting, being served and giving up.

A person waits from the start of a stay in the queue's polygon to the start of a stay in its service polygon.
Service counts when it starts from 1 s before to 1 s after the queue stay, in hundredths of a second.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.measure.dwell import Stay, Stays
from edge.measure.geometry import People
from edge.measure.returns import Returns

SLACK_S = 1.0
_Counts = Callable[[int, str, str], bool]


class Joined(Struct, frozen=True, tag="joined"):
    """Somebody began to wait at `at`."""

    at: float
    queue: str


class Served(Struct, frozen=True, tag="served", omit_defaults=True):
    """Service of somebody who had waited `waited` seconds began at `at`; `cut`: the joining was not seen.

    Here and below, `again`: of somebody who is known to have been in this queue before.
    """

    at: float
    queue: str
    waited: float
    cut: bool
    again: bool = False


class Done(Struct, frozen=True, tag="done", omit_defaults=True):
    """A service that took `took` seconds ended at `at`; `cut`: its start or end was not seen."""

    at: float
    queue: str
    took: float
    cut: bool
    again: bool = False


class Left(Struct, frozen=True, tag="left", omit_defaults=True):
    """Somebody gave up at `at` after `waited` seconds; `cut`: we lost sight instead of seeing the way out."""

    at: float
    queue: str
    waited: float
    cut: bool
    again: bool = False


News = Joined | Served | Done | Left


class Wait(Struct, frozen=True):
    """One stay in a queue as a whole, in seconds; `served` and `service_end` are None where nobody served."""

    queue: str
    start: float
    served: float | None
    service_end: float | None
    end: float


class QueueRules(Struct, frozen=True, kw_only=True):
    """When time in a queue is waiting and when time at the till is service, in seconds."""

    max_gap_s: float = 10.0
    min_stay_s: float = 8.0
    service_gap_s: float = 1.0
    """Shorter than `max_gap_s`: two glimpses of somebody passing the till are no service."""
    service_s: float = 2.0


@dataclass(slots=True, eq=False)
class _Case:
    """One person's stay in the queue and what has been said about it."""

    stay: Stay
    services: list[Stay]
    again: bool = False
    joined: bool = False
    served: bool = False
    done: bool = False


class Waiting:
    """One queue: who waits, who is served, who gave up."""

    def __init__(self, queue: str, rules: QueueRules, counts: _Counts | None = None) -> None:
        """With `counts` only those durations are told of which it says so, asked (track, queue, kind)."""
        self._queue, self._rules, self._counts = queue, rules, counts
        self._stays, self._services = Stays(rules.max_gap_s), Stays(rules.service_gap_s)
        self._returns = Returns()
        self._lately: list[Stay] = []
        self._cases: list[_Case] = []
        self.ended: list[Wait] = []
        """The waits that ended with the last step; no longer kept than that."""
        self.gone: list[Stay] = []
        """Their stays."""

    def step(self, people: People, within: NDArray[np.bool_], serving: NDArray[np.bool_]) -> list[News]:
        """What became certain now; `within` and `serving` (N,) say who is in which polygon; staff are in none."""
        self._returns.step(people.at, people.ids.tolist())
        begun, _ = self._stays.step(people, within)
        services, _ = self._services.step(people, serving)
        self._lately += services
        self._cases += [_Case(stay, [s for s in self._lately if s.track == stay.track]) for stay in begun]
        for case in self._cases:
            case.services += [s for s in services if s.track == case.stay.track and s not in case.services]
        return self._settle(people.at)

    def forget(self, track: int) -> None:
        """Drop a stay that is not over as if it had never begun: it was no customer's."""
        self._stays.forget(track)
        self._services.forget(track)
        self._lately = [service for service in self._lately if service.track != track]
        self._cases = [case for case in self._cases if case.stay.track != track]

    def close(self) -> list[News]:
        """What is left at the end: those still waiting count as lost from sight."""
        self._stays.close()
        self._services.close()
        return self._settle(math.inf)

    def _settle(self, now: float) -> list[News]:
        news = [item for case in self._cases for item in self._news(case, now)]
        over = [case for case in self._cases if self._over(case, now)]
        self.ended = [wait for case in over if (wait := self._wait(case))]
        self.gone = [case.stay for case in over if case.stay.length >= self._rules.min_stay_s]
        self._cases = [case for case in self._cases if case not in over]
        self._lately = [s for s in self._lately if not s.over or now - s.start <= SLACK_S + 0.1]
        return news

    def _news(self, case: _Case, now: float) -> Iterator[News]:
        stay = case.stay
        if stay.length < self._rules.min_stay_s:
            return
        if not case.joined:
            case.joined, case.again = True, self._returns.again(stay.track, stay.end)
            yield Joined(stay.start, self._queue)
        served = self._served(case)
        if served and not case.served:
            case.served = True
            first = served[0]
            if self._tells(stay, "wait"):
                yield Served(
                    first.start, self._queue, max(0.0, first.start - stay.start), not stay.entered, case.again
                )
        if served and not case.done and self._finished(served[-1], now):
            case.done = True
            first, last = served[0], served[-1]
            cut = not (first.entered and last.left)
            if self._tells(stay, "service"):
                yield Done(last.end, self._queue, last.end - first.start, cut, case.again)
        if not served and self._over(case, now) and self._tells(stay, "left"):
            yield Left(stay.end, self._queue, stay.length, not stay.left, case.again)

    def _tells(self, stay: Stay, kind: str) -> bool:
        return self._counts is None or self._counts(stay.track, self._queue, kind)

    def _served(self, case: _Case) -> list[Stay]:
        """The services that belong to the stay, oldest first."""
        return [s for s in case.services if s.length >= self._rules.service_s and _belongs(s, case.stay)]

    def _finished(self, service: Stay, now: float) -> bool:
        """Whether somebody is gone from the till for good, and not only out of sight or a step aside."""
        return service.over and now - service.end > self._rules.max_gap_s

    def _over(self, case: _Case, now: float) -> bool:
        """Whether nothing about the stay can change any more."""
        over = case.stay.over and now - case.stay.end > SLACK_S + 0.1
        return over and all(s.over for s in case.services if _belongs(s, case.stay))

    def _wait(self, case: _Case) -> Wait | None:
        stay, served = case.stay, self._served(case)
        if stay.length < self._rules.min_stay_s:
            return None
        start, end = (served[0].start, served[-1].end) if served else (None, None)
        return Wait(self._queue, stay.start, start, end, stay.end)


def _belongs(service: Stay, stay: Stay) -> bool:
    start = round(service.start, 2)
    return round(stay.start, 2) - SLACK_S <= start <= round(stay.end, 2) + SLACK_S
