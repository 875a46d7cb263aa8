"""The empty shop as a camera sees it: floor, walls, counter, tables. Painted once for each camera."""

import numpy as np
from numpy.typing import NDArray

from simulators.shop import COUNTER, DOORWAY, FLOOR, Camera, Floats, project

Quad = tuple[tuple[float, float, float], ...]
Colour = tuple[int, int, int]

_WALL_Z, _DOOR_Z = 3.0, 2.4
TABLE = (8.0, 13.0, 6.5, 7.2, 0.5)
_SHELF_BACK = (6.6, 12.0, 1.9)


def wall() -> list[tuple[Quad, Colour, int]]:
    """The south wall around the doorway, with shelves, as (corners, colour, texture seed), far things first."""
    x0, x1 = DOORWAY
    parts = [
        (_upright(-2.0, x0, 0.0, 0.0, _WALL_Z), (198, 204, 206), 11),
        (_upright(x1, FLOOR[0] + 2.0, 0.0, 0.0, _WALL_Z), (196, 202, 205), 12),
        (_upright(x0, x1, 0.0, _DOOR_Z, _WALL_Z), (186, 192, 196), 13),
    ]
    left, right, top = _SHELF_BACK
    for i in range(4):
        low = top / 4 * i
        parts.append((_upright(left, right, 0.02, low + 0.04, low + top / 4 - 0.06), (120, 132, 148), 20 + i))
    parts.append((_upright(0.6, 2.4, 0.02, 0.3, 1.7), (92, 118, 150), 31))
    return parts


def counter() -> list[tuple[Quad, Colour, int]]:
    """The till counter: its top and the side that customers see."""
    x0, x1, y0, y1, z = COUNTER
    return [
        (((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)), (128, 140, 152), 41),
        (_upright(x0, x1, y1, 0.0, z), (84, 98, 116), 42),
    ]


def table() -> list[tuple[Quad, Colour, int]]:
    """A low table with goods at the lower edge of camera-2's picture."""
    x0, x1, y0, y1, z = TABLE
    return [
        (((x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)), (110, 128, 150), 51),
    ]


def _upright(x0: float, x1: float, y: float, z0: float, z1: float) -> Quad:
    return ((x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1))


def floor_texture(per_m: int = 40) -> tuple[NDArray[np.uint8], Floats]:
    """Tiles seen from above and the metres of the texture's four corners; it reaches over the pavement."""
    rng = np.random.default_rng(5)
    x0, x1, y0, y1 = -4.0, 20.0, -6.0, 10.0
    rows, columns = int((y1 - y0) * per_m), int((x1 - x0) * per_m)
    y = y0 + (np.arange(rows) + 0.5)[:, None] / per_m
    x = x0 + (np.arange(columns) + 0.5)[None, :] / per_m
    tile = rng.normal(0.0, 4.0, (int(y1 - y0) * 2 + 1, int(x1 - x0) * 2 + 1))
    grey = 150.0 + tile[((y - y0) * 2).astype(int), ((x - x0) * 2).astype(int)]
    joints = (np.abs((x * 2) % 1 - 0.5) > 0.47) | (np.abs((y * 2) % 1 - 0.5) > 0.47)
    grey = grey - 14.0 * joints + rng.normal(0.0, 3.0, (rows, columns))
    grey = np.where(y < 0, grey * 0.8 - 6.0, grey)
    tinted = np.stack([grey * 0.94, grey, grey * 1.03], axis=2)
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return np.clip(tinted, 0, 255).astype(np.uint8), corners


def goods(seed: int, rows: int = 64, columns: int = 256) -> NDArray[np.float64]:
    """Relative brightness (rows, columns, 3) of a surface with goods or posters on it, about 1."""
    rng = np.random.default_rng(seed)
    if seed < 20:
        return np.asarray(1.0 + rng.normal(0.0, 0.015, (rows, columns, 1)) * np.ones(3))
    blocks = rng.uniform(0.65, 1.35, (rows // 16, columns // 8, 3))
    wide = np.kron(blocks, np.ones((16, 8, 1)))
    return np.asarray(wide * (1.0 + rng.normal(0.0, 0.04, (rows, columns, 1))))


def corners_px(camera: Camera, quad: Quad) -> Floats:
    """(4,2) picture px of a quad's corners."""
    return project(camera, np.array(quad))[0]
