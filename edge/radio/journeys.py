"""From coming in to going out: the whole visit of a tag, and the moment it begins.

A visit begins when a tag is heard in the shop's zones for five seconds, at the first of them. It ends when the tag is
out of hearing for two minutes, is put into the park, stands still for ten, or after four hours; its length is up to
the last moment at which it was heard in a zone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edge.measure.dwell import Visit
from edge.measure.facts import SETTLE_S
from edge.measure.heard import Came
from edge.plan import TagRole
from edge.radio.position import LAG_S, Guess
from edge.radio.readings import LONGEST_S
from edge.radio.stays import KNOWN_S, MIN_STAY_S, UNSEEN_S

SURE_S, AWAY_S = 5.0, 5.0


@dataclass
class _Journey:
    start: float
    end: float
    heard: float
    early: bool
    """It was there when we began."""
    door: bool
    again: bool
    """After a rest: it may be the same person, who came in before."""
    sure: bool = False
    parked: float | None = None


class _Rest(NamedTuple):
    """A trolley whose last visit ended by a rest: since when, and when it was last heard."""

    since: float
    heard: float


class Journeys:
    """The visits of the tags of one radio sensor; badges have none."""

    def __init__(
        self, source: str, roles: Sequence[TagRole], zones: Collection[str], park: Collection[str], whole: str | None
    ) -> None:
        """`zones` are those of the shop without the park; `whole` is the place of whole visits, None: they are not
        told.
        """
        self._source, self._roles, self._whole = source, roles, whole
        self._zones, self._park = frozenset(zones), frozenset(park)
        self._open: dict[int, _Journey] = {}
        self._parked: dict[int, float] = {}
        self._rested: dict[int, _Rest] = {}
        self._began: float | None = None
        self.over: list[tuple[int, bool]] = []
        """The tags whose visit ended with the last step, and whether what follows may be the same person's."""

    @property
    def known(self) -> set[int]:
        """The tags of visits that last, or that ended by a rest and may go on."""
        return self._open.keys() | self._rested.keys()

    @property
    def there(self) -> int:
        """How many visits last."""
        return sum(journey.sure for journey in self._open.values())

    def step(self, at: float, guesses: Iterable[Guess], still: Mapping[int, float]) -> list[Came | Visit]:
        """Who came in, and the visits that are over; `still` are the tags at rest and since when."""
        self._began = at if self._began is None else self._began
        self.over, found = [], list[Came | Visit]()
        for tag in still.keys() & self._open.keys():
            self._rested[tag] = _Rest(at, self._open[tag].heard)
            found += self._end(tag, at, min(self._open[tag].end, still[tag]), cut=True, known=True)
        for guess in guesses:
            if guess.tag in self._rested:
                self._rested[guess.tag] = self._rested[guess.tag]._replace(heard=guess.heard)
            if self._roles[guess.tag] != "staff" and guess.tag not in still:
                found += self._follow(guess, at)
        for tag, journey in list(self._open.items()):
            if at - journey.heard > KNOWN_S:
                found += self._end(tag, at, journey.end, cut=False, known=False)
            elif at - journey.start > LONGEST_S:
                found += self._end(tag, at, journey.end, cut=True, known=False)
        self._parked = {tag: heard for tag, heard in self._parked.items() if at - heard <= KNOWN_S}
        self._rested = {
            tag: rest
            for tag, rest in self._rested.items()
            if at - rest.heard <= KNOWN_S and at - rest.since <= LONGEST_S
        }
        return found

    def close(self, at: float) -> list[Came | Visit]:
        """The visits that last at the end, cut."""
        return [
            fact for tag in list(self._open) for fact in self._end(tag, at, self._open[tag].end, cut=True, known=True)
        ]

    def _follow(self, guess: Guess, at: float) -> list[Came | Visit]:
        tag, inside = guess.tag, guess.zone in self._zones
        if guess.zone in self._park and self._roles[tag] in ("trolley", "basket"):
            return self._stand(guess, at)
        journey = self._open.get(tag)
        if journey is None:
            if not inside:
                return []
            early = self._began is not None and at - self._began < UNSEEN_S
            journey = _Journey(at, at, guess.heard, early, tag not in self._parked, tag in self._rested)
            self._open[tag] = journey
        journey.heard, journey.parked = guess.heard, None
        if inside:
            journey.end = max(journey.end, min(guess.heard, at))
        if journey.sure:
            return []
        if at - journey.end > AWAY_S:
            del self._open[tag]
        elif inside and journey.end - journey.start >= SURE_S:
            journey.sure = True
            self._parked.pop(tag, None)
            if not (journey.early or journey.again):
                return [Came(journey.start, self._source, journey.door)]
        return []

    def _stand(self, guess: Guess, at: float) -> list[Came | Visit]:
        """A trolley in the park: after ten seconds it is nobody's."""
        journey = self._open.get(guess.tag)
        if journey is None:
            self._parked[guess.tag] = guess.heard
            return []
        journey.heard = guess.heard
        journey.parked = at if journey.parked is None else journey.parked
        if at - journey.parked < MIN_STAY_S:
            return []
        self._parked[guess.tag] = guess.heard
        self._rested.pop(guess.tag, None)
        return self._end(guess.tag, at, journey.end, cut=False, known=False)

    def _end(self, tag: int, at: float, end: float, *, cut: bool, known: bool) -> list[Came | Visit]:
        journey = self._open.pop(tag)
        self.over.append((tag, known))
        length = end - journey.start
        if not journey.sure or self._whole is None or length < SURE_S:
            return []
        # An end that is known only now moves the whole visit forward, as in edge/radio/stays.py.
        late = max(end, at - (SETTLE_S - LAG_S))
        return [Visit(late, self._whole, late - length, cut or journey.early, journey.again)]
