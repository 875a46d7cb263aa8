"""Where each tag is, as probabilities over places that it moves between: a Bayes filter for squares and for zones.

Each second the probability moves on as a tag may move, and is weighed with how well what each scanner heard fits each
place. Each place keeps its own belief of how much stronger than expected the tag would be if it were there, because
tags differ by 10 dB and whoever carries one damps it (a Rao-Blackwellised filter: Doucet and others, 2000). What is
said of a second also weighs what was heard in the three after it. Tags are reckoned together.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.radio.adverts import Sighting
from edge.radio.floor import Scanners
from edge.radio.memory import Memory
from edge.radio.position import LONGEST_LAG, Choice, Guess, Lags
from edge.radio.readings import Readings

Floats = NDArray[np.float64]
Weights = NDArray[np.float32]
# Probabilities below this are none.
_LEAST = np.float32(1e-30)
# So many tags are reckoned at a time: more would not fit into a processor's cache.
_BLOCK = 64


class Second(NamedTuple):
    """What was heard in a second, by tag and scanner: mean dBm, number, whether a scanner that works missed the tag
    lately; by scanner whether it works.
    """

    means: Floats
    n: Floats
    missed: NDArray[np.bool_]
    working: NDArray[np.bool_]


class Belief(NamedTuple):
    """By tag and place the probability, and how much stronger than expected the tag would be there in dB; by tag the
    variance of that; by tag and scanner what else it hears more than expected.
    """

    known: Weights
    above: Weights
    doubt: Weights
    off: Floats


class Places(Protocol):
    """What a tag may be in, and how it moves between them in a second (the same forwards and backwards)."""

    size: int

    @property
    def names(self) -> tuple[str | None, ...]: ...

    def move(self, weight: Weights) -> Weights: ...

    def held(self, before: Weights, moved: Weights) -> Weights | None:
        """By what walls take what moved; None where none stand."""
        ...

    def by_name(self, weight: Weights) -> Weights: ...


class Sound(Protocol):
    """How well what was heard fits each place: 1 where best, and what is then known, not yet of sum 1.

    `strength_db` is how far a tag may be from the strength expected of it, `quiet_s` for how long a scanner must not
    hear a tag to have missed it.
    """

    strength_db: float
    quiet_s: int

    def weigh(self, before: Belief, second: Second) -> tuple[Weights, Belief]: ...


class Filter:
    """The place of each tag; the answer of a step at `at` is about `at` - 3 s."""

    def __init__(self, scanners: Scanners, tags: int, places: Places, sound: Sound) -> None:
        self._readings = Readings(scanners.names, tags, sound.quiet_s)
        self._since = np.nan
        self._quiet_s = sound.quiet_s
        self.places, self._sound = places, sound
        self._memory = Memory(tags, LONGEST_LAG + 1, places.size)
        self._doubt = np.full((tags, 1), sound.strength_db**2, dtype=np.float32)
        self._off = np.zeros((tags, len(scanners.names)))
        self._lags, self._choice = Lags(tags), Choice(places.names, tags)

    def listen(self, at: float, scanner: str) -> bool:
        """Notes that a scanner works; False where it does not stand on this floor."""
        return self._readings.listen(at, scanner)

    def hear(self, sighting: Sighting) -> None:
        """Takes in one sighting of a second that is still to be stepped over."""
        self._readings.hear(sighting)

    def silent(self, at: float) -> list[int]:
        """The scanners, by their place in the file, that passed on nothing for 30 s; they weigh nothing."""
        return self._readings.silent(at, self._since)

    def step(self, at: float) -> list[Guess]:
        """A guess for each tag in hearing, about the moment `at` - 3 s or, of one heard seldom, up to `at` - 5 s; to
        be called once a second. A tag that came just now is told once that moment is one at which it was heard.
        """
        self._since = np.fmin(self._since, at)
        there = self._readings.present(at)
        second = self._second(at)
        self._lags.step(second.n, there)
        self._choice.forget(~there)
        self._doubt[~there], self._off[~there] = self._sound.strength_db**2, 0
        rows, tags = self._memory.turn(there), np.flatnonzero(there)
        found: list[Guess] = []
        for start in range(0, len(tags), _BLOCK):
            some, own = tags[start : start + _BLOCK], rows[start : start + _BLOCK]
            self._weigh(some, own, Second(second.means[some], second.n[some], second.missed[some], second.working))
            found += self._tell(at, some, own)
        return found

    def _second(self, at: float) -> Second:
        means, n = self._readings.means(int(at), 1)
        working = self._readings.working(at)
        _, lately = self._readings.means(int(at), self._quiet_s)
        return Second(means, n, (lately == 0) & working, working)

    def _weigh(self, tags: NDArray[np.intp], rows: NDArray[np.intp], second: Second) -> None:
        """Moves what is known of these tags on by a second, and weighs it with what was heard in it."""
        before = self._memory.known(rows, 1)
        moved = self.places.move(before)
        carried = self.places.move(before * self._memory.above[rows])
        above: Weights = np.divide(carried, np.maximum(moved, _LEAST), dtype=np.float32)
        expected = Belief(moved, above, self._doubt[tags], self._off[tags])
        fits, after = self._sound.weigh(expected, second)
        known = after.known
        if (held := self.places.held(before, moved)) is not None:
            known, fits = known * held, fits * held
        known /= known.sum(axis=1, keepdims=True)
        self._memory.keep(rows, known, fits)
        self._memory.above[rows], self._doubt[tags], self._off[tags] = after.above, after.doubt, after.off

    def _tell(self, at: float, tags: NDArray[np.intp], rows: NDArray[np.intp]) -> list[Guess]:
        lags, age = self._lags.steps[tags], at - np.floor(self._readings.first[tags])
        due = np.flatnonzero(age >= lags)
        back = np.minimum(lags, age - 1).astype(int)[due]
        shares = self.places.by_name(self._looked_back(rows[due], back))
        return self._choice.guesses(tags[due], at - lags[due], shares, self._readings.heard[tags[due]])

    def _looked_back(self, rows: NDArray[np.intp], back: NDArray[np.int64]) -> Weights:
        """What is known now of each row's second `back` seconds ago: what was known then, times how well that goes
        with all that was heard since.
        """
        found, later = self._memory.known(rows, 0), np.ones((len(rows), self.places.size), dtype=np.float32)
        for step in range(1, int(back.max(initial=0)) + 1):
            deep = np.flatnonzero(back >= step)
            later[deep] = self.places.move(later[deep] * self._memory.fits(rows[deep], step - 1))
            ends = np.flatnonzero(back == step)
            found[ends] = self._memory.known(rows[ends], step) * later[ends]
        found /= found.sum(axis=1, keepdims=True)
        return found
