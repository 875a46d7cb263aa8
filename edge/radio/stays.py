"""Stays of people with a tag: guesses of a zone, second by second, become visits and head counts.

Facts carry the time they are about. A stay is certain 10 s after its end, because a tag that is back by then
never left; with the 3 s that a guess looks back that is inside the 15 s for which windows stay open.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from edge.measure.dwell import Present, Visit
from edge.measure.facts import SETTLE_S
from edge.plan import TagRole
from edge.radio.position import LAG_S, Guess
from edge.radio.readings import LONGEST_S

UNSEEN_S = 30.0
MIN_STAY_S = 10.0
REST_S = 1800.0
KNOWN_S = 120.0
_NONE: Mapping[int, float] = MappingProxyType({})


@dataclass
class _Stay:
    zone: str | None
    start: float
    end: float
    cut: bool


@dataclass
class _Path:
    """The last two stays of one tag: where it is, and where it was until it is certain that it left."""

    now: _Stay
    before: _Stay | None = None


@dataclass
class _Known:
    """Where one tag has stayed since it came into hearing; whoever comes back within two minutes is the same.

    After four hours it is somebody new, as for the readings.
    """

    first: float
    last: float
    zones: set[str] = field(default_factory=set)


class Stays:
    """Visits in zones from guesses; staff tags leave no trace in it, and no tag is kept for longer than 120 s.

    With `staff` it is those of badges, and of nobody else.
    """

    def __init__(self, roles: Sequence[TagRole], zones: Collection[str], *, staff: bool = False) -> None:
        self._roles, self._staff = roles, staff
        self._zones = sorted(zones)
        self._paths: dict[int, _Path] = {}
        self._known: dict[int, _Known] = {}
        self._began: float | None = None
        self.ended: list[tuple[int, str, float, float]] = []
        """The stays that ended with the last step: tag, zone, start and end as they were."""

    def step(self, at: float, guesses: Iterable[Guess], still: Mapping[int, float] = _NONE) -> list[Visit | Present]:
        """The visits that became certain, and who is where now; `at` is the moment the guesses are about.

        A tag without a guess has gone out of hearing: its stay ends, cut, when it was last heard. The trolleys that
        are `still` are nobody's since the moment that is given, until they move.
        """
        self._began = at if self._began is None else self._began
        self.ended, visits = [], list[Visit]()
        mine = {guess.tag: guess for guess in guesses if (self._roles[guess.tag] == "staff") is self._staff}
        here = {tag: guess for tag, guess in mine.items() if tag not in still}
        for tag in still.keys() & self._paths.keys():
            visits += self._leave(tag, at, still[tag])
        for tag in [tag for tag in self._paths if tag not in here]:
            visits += self._leave(tag, at)
        for guess in mine.values():
            self._known.setdefault(guess.tag, _Known(at, at)).last = guess.heard
        for guess in here.values():
            visits += self._move(guess, at)
        self._known = {
            tag: known
            for tag, known in self._known.items()
            if at - known.last <= KNOWN_S and at - known.first <= LONGEST_S
        }
        return [*visits, *self._present(at)]

    def close(self, at: float) -> list[Visit | Present]:
        """What is still open at the end, cut."""
        return [visit for tag in list(self._paths) for visit in self._leave(tag, at)]

    def part(self, tag: int) -> None:
        """Whoever has this tag from now on is somebody else."""
        self._known.pop(tag, None)

    def _move(self, guess: Guess, at: float) -> list[Visit]:
        path = self._paths.get(guess.tag)
        if path is None:
            # Whoever is there as we begin came before we looked.
            early = self._began is not None and at - self._began < UNSEEN_S
            self._paths[guess.tag] = _Path(_Stay(guess.zone, at, at, early))
            return []
        done: list[Visit] = []
        if path.before is not None and at - path.before.end >= MIN_STAY_S:
            done, path.before = self._visit(guess.tag, path.before, at), None
        now = path.now
        if guess.zone == now.zone:
            now.end = max(now.end, min(guess.heard, at))
        elif path.before is not None and path.before.zone == guess.zone:
            path.before.end, path.now, path.before = at, path.before, None
        else:
            if path.before is None:
                now.end, path.before = at, now
            path.now = _Stay(guess.zone, at, at, False)
        return done

    def _leave(self, tag: int, at: float, since: float = math.inf) -> list[Visit]:
        path = self._paths.pop(tag)
        path.now.cut, path.now.end = True, min(path.now.end, since)
        before = self._visit(tag, path.before, at) if path.before else []
        return before + self._visit(tag, path.now, at)

    def _visit(self, tag: int, stay: _Stay, at: float) -> list[Visit]:
        """The visit of a stay; none where it was too short, in no zone, or a trolley at rest.

        An end that is known only now and lies further back than windows stay open moves the whole stay
        forward: how long it was is kept exactly, when it was is off by seconds.
        """
        long = stay.end - stay.start
        if stay.zone not in self._zones or long < MIN_STAY_S or self._rests(tag, stay):
            return []
        end = max(stay.end, at - (SETTLE_S - LAG_S))
        known = self._known.setdefault(tag, _Known(at, at))
        again = stay.zone in known.zones
        known.zones.add(stay.zone)
        self.ended.append((tag, stay.zone, stay.start, stay.end))
        return [Visit(at=end, zone=stay.zone, start=end - long, cut=stay.cut, again=again)]

    def _rests(self, tag: int, stay: _Stay) -> bool:
        """Whether a trolley or basket stands parked: half an hour in one zone is nobody's stay."""
        return self._roles[tag] in ("trolley", "basket") and stay.end - stay.start > REST_S

    def _present(self, at: float) -> list[Present]:
        there = Counter(p.now.zone for tag, p in self._paths.items() if not self._rests(tag, p.now))
        return [Present(at=at, place=zone, people=there[zone], serving=0) for zone in self._zones]
