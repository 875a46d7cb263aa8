"""Which zone each tag is in, from all scanners together: a Bayes filter over squares of the floor.

Each second every tag's probability spreads as far as one walks, and is weighed with how well what each scanner
heard fits each square. The weights have long tails (Student-t), because a body in the way costs 10 dB, and count
only half, because readings that follow each other are not independent. What is said of a second also weighs what was
heard in the three after it. Tags are reckoned together.
"""

import numpy as np
from numpy.typing import NDArray

from edge.radio.adverts import Sighting
from edge.radio.floor import Scanners
from edge.radio.memory import Memory
from edge.radio.position import LONGEST_LAG, Choice, Guess, Lags
from edge.radio.readings import Readings
from edge.radio.squares import Squares
from edge.radio.strength import field
from edge.radio.survey import Survey

Weights = NDArray[np.float32]
_WALK_M = 0.8
_SPREAD_DB, _TAILS, _TEMPER, _MOST_READINGS = 6.5, 6.0, 0.5, 4
# The map's own doubt counts a third: all of it would make spots far from the survey fit anything.
_DOUBT = 0.3
# Of what would walk from room to room if there were no walls.
_THROUGH = 0.2
# A share of every second's weight that may be anywhere: it lets a filter that is lost find back.
_LOST = 1e-4
_WEAKEST = 120
# How fast a tag's own offset, and that of each scanner for it, are learnt from what does not fit.
_LEARN_TAG, _LEARN_SCANNER, _MOST_OFF_DB = 0.02, 0.01, 15.0
# Unheard for three seconds by a scanner that works: the least chance, the edge of hearing, and what it counts.
_QUIET_S, _MISSED, _EDGE_DB, _QUIET_TEMPER = 3, 0.1, 4.0, 0.25


# So many tags are reckoned at a time: more would not fit into a processor's cache.
_BLOCK = 64


class Grid:
    """One tag's place as probabilities over the floor; the answer of a step at `at` is about `at` - 3 s."""

    def __init__(self, scanners: Scanners, squares: Squares, tags: int, survey: Survey | None) -> None:
        self._readings = Readings(scanners.names, tags, _QUIET_S)
        self._since = np.nan
        self._squares = squares
        self._walk = _spread(squares.columns, squares.cell), _spread(squares.rows, squares.cell)
        found = field(scanners, squares.centres, survey, squares.rooms)
        self._mean = found.mean.T.astype(np.float32)
        self._fit = _fits(found.mean, found.variance)
        self._quiet = _quiet(found.mean, found.deaf)
        self._walls = squares.shares if found.walls else None
        self._memory = Memory(tags, LONGEST_LAG + 1, len(squares.centres))
        self._off = np.zeros((tags, len(scanners.names)))
        self._lags, self._choice = Lags(tags), Choice(squares.names, tags)

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
        means, n = self._readings.means(int(at), 1)
        unheard = self._unheard(n, at)
        self._lags.step(n, there)
        self._off[~there] = 0
        self._choice.forget(~there)
        rows, tags = self._memory.turn(there), np.flatnonzero(there)
        found: list[Guess] = []
        for start in range(0, len(tags), _BLOCK):
            some, own = tags[start : start + _BLOCK], rows[start : start + _BLOCK]
            self._weigh(some, own, means[some], n[some], unheard[some])
            found += self._tell(at, some, own)
        return found

    def _weigh(
        self,
        tags: NDArray[np.intp],
        rows: NDArray[np.intp],
        means: NDArray[np.float64],
        n: NDArray[np.float64],
        unheard: Weights,
    ) -> None:
        """Moves what is known of these tags on by a second, and weighs it with what was heard in it."""
        before = self._memory.known(rows, 1)
        known = self._move(before)
        fits = self._fitting(means - self._off[tags], n, unheard)
        if self._walls is not None:
            fits *= _held_back(before @ self._walls, known @ self._walls) @ self._walls.T
        known *= fits
        known /= known.sum(axis=1, keepdims=True)
        self._memory.keep(rows, known, fits)
        self._learn(tags, means, n, known)

    def _tell(self, at: float, tags: NDArray[np.intp], rows: NDArray[np.intp]) -> list[Guess]:
        lags = self._lags.steps[tags]
        age = at - np.floor(self._readings.first[tags])
        due = np.flatnonzero(age >= lags)
        back = np.minimum(lags, age - 1).astype(int)[due]
        shares = self._looked_back(rows[due], back) @ self._squares.shares
        when, heard = at - lags[due], self._readings.heard[tags[due]]
        return self._choice.guesses(tags[due], when, shares, heard)

    def _looked_back(self, rows: NDArray[np.intp], back: NDArray[np.int64]) -> Weights:
        """What is known now of each row's second `back` seconds ago: what was known then, times how well that goes
        with all that was heard since.
        """
        found, later = self._memory.known(rows, 0), np.ones((len(rows), len(self._mean)), dtype=np.float32)
        for step in range(1, int(back.max(initial=0)) + 1):
            deep = np.flatnonzero(back >= step)
            later[deep] = self._move(later[deep] * self._memory.fits(rows[deep], step - 1))
            ends = np.flatnonzero(back == step)
            found[ends] = self._memory.known(rows[ends], step) * later[ends]
        found /= found.sum(axis=1, keepdims=True)
        return found

    def _move(self, weight: Weights) -> Weights:
        """Weight after a second's walk (the same forwards and backwards); a little of it may be anywhere."""
        across, along = self._walk
        plane = weight.reshape(len(weight), len(along), len(across))
        moved: Weights = np.matmul(np.matmul(along, plane), across).reshape(weight.shape)
        moved += np.float32(_LOST) * weight.mean(axis=1, keepdims=True)
        return moved

    def _unheard(self, n: NDArray[np.float64], at: float) -> Weights:
        """How often (tags, scanners) each tag went unheard this second, where a scanner works and heard nothing."""
        _, lately = self._readings.means(int(at), _QUIET_S)
        missed = (lately == 0) & self._readings.working(at)
        often = np.minimum(n.max(axis=1, keepdims=True), _MOST_READINGS)
        return np.where(missed, often, 0.0).astype(np.float32)

    def _fitting(self, means: NDArray[np.float64], n: NDArray[np.float64], unheard: Weights) -> Weights:
        """How well what was heard in this second fits each square, 1 where best."""
        level = np.clip(np.nan_to_num(-means, nan=0), 0, _WEAKEST).round().astype(np.intp)
        counts = (_TEMPER * np.minimum(n, _MOST_READINGS)).astype(np.float32)
        log = unheard @ self._quiet if unheard.any() else np.zeros((len(n), len(self._mean)), dtype=np.float32)
        for scanner in np.flatnonzero(n.sum(axis=0)):
            heard = np.flatnonzero(n[:, scanner])
            log[heard] += counts[heard, scanner, None] * self._fit[scanner, level[heard, scanner]]
        log -= log.max(axis=1, keepdims=True)
        fitting: Weights = np.exp(log)
        return fitting

    def _learn(
        self, tags: NDArray[np.intp], means: NDArray[np.float64], n: NDArray[np.float64], known: Weights
    ) -> None:
        """Learns a tag's own offset and, more slowly, each scanner's, from what was not expected where it seems to
        be: tags differ in strength, a body carries one, and a map grows old.
        """
        heard = n > 0
        off = np.where(heard, np.nan_to_num(means) - known @ self._mean - self._off[tags], 0.0)
        common = off.sum(axis=1, keepdims=True) / np.maximum(heard.sum(axis=1, keepdims=True), 1)
        learnt = self._off[tags] + _LEARN_TAG * common + _LEARN_SCANNER * off
        self._off[tags] = np.clip(learnt, -_MOST_OFF_DB, _MOST_OFF_DB)


def _held_back(before: Weights, after: Weights) -> Weights:
    """By what the weight in each room (tags, rooms) is taken: walls let through only a part of a free walk."""
    held: Weights = before + np.float32(_THROUGH) * (after - before)
    factor: Weights = np.divide(held, np.maximum(after, np.float32(1e-9)), dtype=np.float32)
    return factor


def _spread(centres: NDArray[np.float64], cell: float) -> Weights:
    """How weight moves along one axis in a second, the same there and back: a Gaussian cut at three sigma; what would
    leave the floor stays at its edge.
    """
    far = np.abs(centres[:, None] - centres[None])
    # A square that is large against the step still lets something through to its neighbour.
    sigma = max(_WALK_M, cell / 2)
    moved = np.where(far <= 3 * sigma, np.exp(-((far / sigma) ** 2) / 2), 0.0)
    moved /= moved.sum(axis=0).max()
    moved += np.diag(1 - moved.sum(axis=0))
    return moved.astype(np.float32)


def _fits(mean: NDArray[np.float64], variance: NDArray[np.float64]) -> Weights:
    """Log likelihood by scanner, strength (-dBm, whole) and square: Student-t around the expected strength."""
    scale = np.sqrt(_SPREAD_DB**2 + _DOUBT * variance)[:, None]
    off = (-np.arange(_WEAKEST + 1.0)[None, :, None] - mean[:, None]) / scale
    fits: NDArray[np.float64] = -(_TAILS + 1) / 2 * np.log1p(off**2 / _TAILS) - np.log(scale)
    return fits.astype(np.float32)


def _quiet(mean: NDArray[np.float64], deaf: float) -> Weights:
    """Log likelihood, by scanner and square, that an advertisement goes unheard, tempered."""
    heard = (1 - _MISSED) / (1 + np.exp(-(mean - deaf) / _EDGE_DB))
    quiet: NDArray[np.float64] = _QUIET_TEMPER * np.log1p(-heard)
    return quiet.astype(np.float32)
