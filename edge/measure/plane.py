"""From a picture's pixels to the floor's metres and back: the plane that fits points known in both."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Known = tuple[tuple[float, float, float, float], ...]


class Floor:
    """Picture pixels to floor metres by the plane that fits the plan's points [x_px, y_px, x_m, y_m].

    `residual_m` is the root mean square distance between the given and the fitted metres: 0 for exactly four
    points, and with more of them the honest measure of a calibration. ValueError where the points fix no plane.
    """

    def __init__(self, points: Known) -> None:
        if len(points) < 4:
            raise ValueError("floor: at least 4 points are needed")
        table = np.array(points, dtype=np.float64)
        self._matrix = _plane(table[:, :2], table[:, 2:])
        off = self.metres(table[:, :2]) - table[:, 2:]
        self.residual_m = float(np.sqrt((off**2).sum(axis=1).mean()))

    def metres(self, xy: Floats) -> Floats:
        """(N, 2) metres on the floor of (N, 2) pixels; not a number at or above the horizon."""
        flat = np.column_stack([xy, np.ones(len(xy))]) @ self._matrix.T
        metres: Floats = flat[:, :2] / np.where(flat[:, 2:] > 1e-9, flat[:, 2:], np.nan)
        return metres


def picture(points: Known) -> Floor:
    """The way back, for the same points: metres on the floor to pixels, under the name `metres`."""
    return Floor(tuple((x_m, y_m, x_px, y_px) for x_px, y_px, x_m, y_m in points))


def _plane(pixels: Floats, metres: Floats) -> Floats:
    """The 3 x 3 homography by direct linear transform on normalised points, positive on the side of the points."""
    scale_a, scale_b = _normal(pixels), _normal(metres)
    p, q = (np.column_stack([xy, np.ones(len(xy))]) @ m.T for xy, m in ((pixels, scale_a), (metres, scale_b)))
    none = np.zeros_like(p)
    rows = np.vstack([np.hstack([p, none, -q[:, :1] * p]), np.hstack([none, p, -q[:, 1:2] * p])])
    _, size, vectors = np.linalg.svd(rows)
    if size[7] < 1e-6 * size[0]:
        raise ValueError("floor: the points lie on a line or are given twice")
    matrix: Floats = np.linalg.inv(scale_b) @ vectors[-1].reshape(3, 3) @ scale_a
    depth = np.column_stack([pixels, np.ones(len(pixels))]) @ matrix[2]
    if depth.min() * depth.max() <= 0:
        raise ValueError("floor: the points contradict each other")
    matrix *= np.sign(depth[0]) / np.abs(depth).max()
    return matrix


def _normal(xy: Floats) -> Floats:
    """The matrix that takes points to their middle and to a mean distance of 1 from it."""
    middle = xy.mean(axis=0)
    spread = max(float(np.hypot(*(xy - middle).T).mean()), 1e-12)
    return np.array([[1 / spread, 0, -middle[0] / spread], [0, 1 / spread, -middle[1] / spread], [0, 0, 1]])
