"""Which zone each tag is in, from all scanners together: a Bayes filter over squares of the floor.

Each second every tag's probability spreads as far as one walks, and is weighed with how well what each scanner
heard fits each square. The weights have long tails (Student-t), because a body in the way costs 10 dB, and count
only half, because readings that follow each other are not independent. Tags are reckoned together.
"""

import numpy as np
from numpy.typing import NDArray

from edge.measure.geometry import inside
from edge.plan import Zone
from edge.radio.adverts import Sighting
from edge.radio.floor import Scanners
from edge.radio.position import LAG_S, Guess
from edge.radio.readings import Readings
from edge.radio.survey import Survey, field

CELL_M, MOST_CELLS = 0.8, 3000
WALK_M = 1.0
SPREAD_DB, TAILS, TEMPER, MOST_READINGS = 8.0, 4.0, 0.5, 4
# A share of every second's weight that may be anywhere: it lets a filter that is lost find back.
LOST = 1e-4
WEAKEST = 120


class Grid:
    """One tag's place as probabilities over the floor; the answer of a step at `at` is about `at` - 3 s."""

    def __init__(self, scanners: Scanners, zones: tuple[Zone, ...], tags: int, survey: Survey | None) -> None:
        self._names: tuple[str | None, ...] = (None, *(zone.id for zone in zones))
        self._readings = Readings(scanners.names, tags, 1)
        self._since = np.nan
        columns, rows, cell = _squares(scanners, zones)
        self._walk = _spread(columns, cell), _spread(rows, cell)
        centres = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        self._share = _shares(centres, cell, zones)
        self._fit = _fits(*field(scanners, centres, survey))
        self._weight = np.full((tags, len(rows), len(columns)), 1 / len(centres), dtype=np.float32)

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
        """A guess for each tag in hearing, about the moment `at` - 3 s; to be called once a second."""
        self._since = np.fmin(self._since, at)
        there = self._readings.present(at)
        self._weight[~there] = 1 / self._weight[0].size
        tags = np.flatnonzero(there)
        if not len(tags):
            return []
        means, n = self._readings.means(int(at), 1)
        weight = self._weigh(self._move(self._weight[tags]), means[tags], n[tags])
        self._weight[tags] = weight.reshape(self._weight[tags].shape)
        shares = weight @ self._share
        best = shares.argmax(axis=1)
        return [
            Guess(int(tag), at - LAG_S, self._names[zone], min(1.0, float(share)), float(heard))
            for tag, zone, share, heard in zip(
                tags, best, shares.max(axis=1), self._readings.heard[tags], strict=True
            )
        ]

    def _move(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        across, along = self._walk
        moved = along @ weight @ across.T
        return moved.reshape(len(weight), -1).astype(np.float32, copy=False)

    def _weigh(
        self, weight: NDArray[np.float32], means: NDArray[np.float64], n: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        level = np.nan_to_num(-means, nan=0).round().astype(np.intp)
        counts = (TEMPER * np.minimum(n, MOST_READINGS)).astype(np.float32)
        log = np.log(weight + np.float32(LOST / weight.shape[1]))
        for scanner in np.flatnonzero(n.sum(axis=0)):
            heard = np.flatnonzero(n[:, scanner])
            log[heard] += counts[heard, scanner, None] * self._fit[scanner, level[heard, scanner]]
        found: NDArray[np.float32] = np.exp(log - log.max(axis=1, keepdims=True))
        found /= found.sum(axis=1, keepdims=True)
        return found


def _squares(scanners: Scanners, zones: tuple[Zone, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Centres of columns and rows of squares over all zones and scanners; larger squares on a large floor."""
    points = np.vstack([scanners.xyz[:, :2], *(np.array(zone.polygon) for zone in zones)])
    low, high = points.min(axis=0), points.max(axis=0)
    cell = max(CELL_M, float(np.sqrt(np.prod(high - low) / MOST_CELLS)))
    columns, rows = (
        low[i] + (np.arange(max(1, int(np.ceil((high[i] - low[i]) / cell)))) + 0.5) * cell for i in (0, 1)
    )
    return columns, rows, cell


def _spread(centres: NDArray[np.float64], cell: float) -> NDArray[np.float32]:
    """How weight moves along one axis in a second: [to, from], a Gaussian cut at three sigma; none is lost."""
    far = np.abs(centres[:, None] - centres[None])
    # A square that is large against the step still lets something through to its neighbour.
    sigma = max(WALK_M, cell / 2)
    moved = np.where(far <= 3 * sigma, np.exp(-((far / sigma) ** 2) / 2), 0.0)
    moves: NDArray[np.float32] = (moved / moved.sum(axis=0)).astype(np.float32)
    return moves


def _shares(centres: NDArray[np.float64], cell: float, zones: tuple[Zone, ...]) -> NDArray[np.float32]:
    """The share of each square in no zone (column 0) and in each zone, from nine points in it.

    A point in two zones belongs to the earlier one.
    """
    steps = [(i * cell / 3, j * cell / 3) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    shares = np.zeros((len(centres), len(zones) + 1))
    for step in steps:
        points, free = centres + np.array(step), np.ones(len(centres), dtype=np.bool_)
        for k, zone in enumerate(zones, 1):
            found = inside(points, zone.polygon) & free
            shares[:, k] += found
            free &= ~found
        shares[:, 0] += free
    return (shares / len(steps)).astype(np.float32)


def _fits(mean: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float32]:
    """Log likelihood by scanner, strength (-dBm, whole) and square: Student-t around the expected strength."""
    scale = np.sqrt(SPREAD_DB**2 + variance)[:, None]
    off = (-np.arange(WEAKEST + 1.0)[None, :, None] - mean[:, None]) / scale
    fits: NDArray[np.float64] = -(TAILS + 1) / 2 * np.log1p(off**2 / TAILS) - np.log(scale)
    return fits.astype(np.float32)
