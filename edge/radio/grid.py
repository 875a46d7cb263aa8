"""The floor in squares as the places of the filter: how a tag walks over them, and what walls hold back."""

import numpy as np
from numpy.typing import NDArray

from edge.radio.filter import Filter, Weights
from edge.radio.floor import Scanners
from edge.radio.likelihood import Likelihood
from edge.radio.squares import Squares
from edge.radio.strength import field
from edge.radio.survey import Survey

_WALK_M = 0.8
# Of what would walk from room to room if there were no walls.
_THROUGH = 0.2
# A share of every second's weight that may be anywhere: it lets a filter that is lost find back.
_LOST = 1e-4


def over_floor(scanners: Scanners, squares: Squares, tags: int, survey: Survey | None) -> Filter:
    """The filter over a floor: from all scanners together, by a survey with spots or by path loss alone."""
    found = field(scanners, squares.centres, survey, squares.rooms)
    return Filter(scanners, tags, Grid(squares, found.walls), Likelihood(found))


class Grid:
    """Squares of a floor; `walled` says that their zones are rooms with walls."""

    def __init__(self, squares: Squares, walled: bool) -> None:
        self.size, self.names = len(squares.centres), squares.names
        self._shares, self._walled = squares.shares, walled
        self._walk = _spread(squares.columns, squares.cell), _spread(squares.rows, squares.cell)

    def move(self, weight: Weights) -> Weights:
        """Weight after a second's walk; a little of it may be anywhere."""
        across, along = self._walk
        plane = weight.reshape(len(weight), len(along), len(across))
        moved: Weights = np.matmul(np.matmul(along, plane), across).reshape(weight.shape)
        moved += np.float32(_LOST) * weight.mean(axis=1, keepdims=True)
        return moved

    def held(self, before: Weights, moved: Weights) -> Weights | None:
        """By what the weight of each square is taken: walls let through only a part of a free walk."""
        if not self._walled:
            return None
        was, free = before @ self._shares, moved @ self._shares
        factor = (was + np.float32(_THROUGH) * (free - was)) / np.maximum(free, np.float32(1e-9))
        held: Weights = factor @ self._shares.T
        return held

    def by_name(self, weight: Weights) -> Weights:
        """The weight of each zone, that of none first."""
        named: Weights = weight @ self._shares
        return named


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
