"""What a camera of the shop sees at a moment: the scenery, people as upright figures, shadows, light and noise."""

import math
from functools import lru_cache

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from simulators.scenery import Colour, Quad, corners_px, counter, floor_texture, goods, table, wall
from simulators.shop import COUNTER, Camera, Floats, project
from simulators.walks import Figure

Image = NDArray[np.uint8]
Box = tuple[float, float, float, float]
Outline = list[tuple[float, float]]

_SKIN = ((150, 175, 215), (120, 150, 195), (75, 105, 150), (50, 75, 110))
_HAIR = ((35, 40, 48), (50, 75, 110), (95, 120, 150), (120, 120, 125))
_NOISE_SD = 3.0
_ROUND = [(math.cos(i * math.pi / 6), math.sin(i * math.pi / 6)) for i in range(12)]


class Clothes(Struct, frozen=True):
    """Colours (BGR) and weave of one person, drawn from the `look` seed."""

    coat: Colour
    sleeves: Colour
    trousers: Colour
    skin: Colour
    hair: Colour
    width: float
    weave: tuple[float, ...]


class Picture:
    """Draws one camera's pictures; the same figures at the same time always give the same pixels."""

    def __init__(self, camera: Camera, seed: int = 1) -> None:
        self.camera = camera
        self.back = _floor(camera)
        self.wall = _paint(camera, self.back, wall())
        _paint(camera, self.back, table())
        self.counter = _paint(camera, self.back, counter())
        self.empty = self.back.copy()
        self.noise = _noise(seed, camera)
        self.seed = seed

    def draw(self, at: float, figures: list[Figure]) -> tuple[Image, dict[int, Box]]:
        """The picture at `at` and, for everybody in it, the box (x, y, width, height) of the whole figure in px.

        Boxes are amodal: a half hidden person has the box of a whole one, cut only by the picture's edge.
        """
        image = self.empty.copy()
        boxes: dict[int, Box] = {}
        for group, cover in self._layers(figures):
            for person in sorted(group, key=lambda f: f.y):
                if box := _figure(image, self.camera, person):
                    boxes[person.id] = box
            if group and cover is not None:
                cv2.copyTo(self.back, cover, image)
        return self._light(at, image), boxes

    def _layers(self, figures: list[Figure]) -> list[tuple[list[Figure], Image | None]]:
        outside = [f for f in figures if f.y < 0]
        behind = [f for f in figures if 0 <= f.y < COUNTER[2] and f.x > COUNTER[0] - 0.5]
        hidden = {f.id for f in (*outside, *behind)}
        return [(outside, self.wall), (behind, self.counter), ([f for f in figures if f.id not in hidden], None)]

    def _light(self, at: float, image: Image) -> Image:
        """Slow drift of the light (minutes), the lamps' flicker and the sensor's noise."""
        gain = 1.0 + 0.035 * math.sin(at / 410.0 + self.seed) + 0.02 * math.sin(at / 97.0)
        rng = np.random.default_rng([self.seed, int(at * 100)])
        rows, columns = image.shape[:2]
        y, x = (int(v) for v in rng.integers(0, 64, 2))
        grain = self.noise[int(rng.integers(len(self.noise)))][y : y + rows, x : x + columns]
        flicker = float(rng.normal(0.0, 0.4))
        return np.asarray(cv2.addWeighted(image, gain, grain, 1.0, flicker - 128.0), dtype=np.uint8)


def _noise(seed: int, camera: Camera) -> list[Image]:
    rng = np.random.default_rng(seed)
    shape = (camera.height + 64, camera.width + 64, 3)
    return [np.clip(rng.normal(128.0, _NOISE_SD, shape), 0, 255).astype(np.uint8) for _ in range(4)]


def _floor(camera: Camera) -> Image:
    texture, metres = floor_texture()
    per_m = texture.shape[1] / (metres[1, 0] - metres[0, 0])
    marks = np.array([[camera.x - 1.0, 0.0], [camera.x + 1.0, 0.0], [camera.x + 1.0, 2.5], [camera.x - 1.0, 2.5]])
    source = (marks - metres[0]) * per_m
    target = project(camera, np.column_stack([marks, np.zeros(4)]))[0]
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    warped = cv2.warpPerspective(texture, matrix, (camera.width, camera.height), flags=cv2.INTER_AREA)
    warped[warped.sum(axis=2) == 0] = (96, 98, 100)
    return np.asarray(warped, dtype=np.uint8)


def _paint(camera: Camera, image: Image, parts: list[tuple[Quad, Colour, int]]) -> Image:
    """Paints the parts into the picture and returns the mask of what they cover."""
    covered = np.zeros(image.shape[:2], dtype=np.uint8)
    size = (camera.width, camera.height)
    for quad, colour, seed in parts:
        texture = np.clip(goods(seed) * np.array(colour), 0, 255).astype(np.uint8)
        rows, columns = texture.shape[:2]
        source = np.array([[0, rows], [columns, rows], [columns, 0], [0, 0]], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(source, corners_px(camera, quad).astype(np.float32))
        warped = cv2.warpPerspective(texture, matrix, size, flags=cv2.INTER_AREA)
        mask = cv2.warpPerspective(np.full((rows, columns), 255, np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
        cv2.copyTo(warped, mask, image)
        covered |= np.asarray(mask, dtype=np.uint8)
    return covered


@lru_cache(maxsize=4096)
def clothes(look: int) -> Clothes:
    """What somebody wears; staff and shoppers alike."""
    rng = np.random.default_rng(look)
    value = float(rng.choice([45.0, 70.0, 100.0, 185.0, 215.0], p=[0.28, 0.27, 0.2, 0.15, 0.1]))
    coat = np.clip(value + rng.normal(0, 30, 3), 18, 245)
    trousers = np.clip(rng.choice([40.0, 65.0, 95.0]) + rng.normal(0, 10, 3) + (14, 4, 0), 15, 235)
    return Clothes(
        coat=_colour(coat),
        sleeves=_colour(coat * 0.82),
        trousers=_colour(trousers),
        skin=_SKIN[int(rng.integers(len(_SKIN)))],
        hair=_HAIR[int(rng.integers(len(_HAIR)))],
        width=float(rng.uniform(0.42, 0.52)),
        weave=tuple(rng.normal(0.0, 0.09, 12).tolist()),
    )


def _colour(values: Floats) -> Colour:
    return (int(values[0]), int(values[1]), int(values[2]))


class _Body:
    """Turns body coordinates (metres to the right, share of the height) into px for one figure."""

    def __init__(self, camera: Camera, person: Figure) -> None:
        ends, depth = project(camera, np.array([[person.x, person.y, 0.0], [person.x, person.y, person.height]]))
        self.foot, self.depth = ends[0], float(depth.min())
        self.up = ends[1] - ends[0]
        self.length = max(math.hypot(*self.up), 1e-6)
        self.scale = camera.focal / max(float(depth.mean()), 0.05)
        self.right = np.array([-self.up[1], self.up[0]]) / self.length * self.scale

    def outside(self, camera: Camera) -> bool:
        """Whether the figure is behind the lens or certainly not in the picture."""
        x, y, reach = float(self.foot[0]), float(self.foot[1]), self.length + self.scale
        beyond = x + reach < 0 or y + reach < 0 or x - reach > camera.width or y - reach > camera.height
        return self.depth < 0.5 or beyond


def _figure(image: Image, camera: Camera, person: Figure) -> Box | None:
    """Draws one person with shadow; returns the box, or None where nothing of it is in the picture."""
    body = _Body(camera, person)
    if body.outside(camera):
        return None
    parts = _parts(body, person)
    flat = np.array([point for outline, _ in parts for point in outline])
    px = body.foot + flat[:, :1] * body.right + flat[:, 1:] * body.up
    low, high = px.min(axis=0), px.max(axis=0)
    x0, y0 = max(int(low[0]) - 3, 0), max(int(low[1]) - 3, 0)
    x1, y1 = min(int(high[0]) + 4, camera.width), min(int(high[1]) + 4, camera.height)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    _shadow(image, body)
    patch, mask = np.zeros((y1 - y0, x1 - x0, 3), np.uint8), np.zeros((y1 - y0, x1 - x0), np.uint8)
    corners, first = np.round((px - (x0, y0)) * 8).astype(np.int32), 0
    for outline, colour in parts:
        shape = corners[first : first + len(outline)]
        cv2.fillPoly(patch, [shape], colour, cv2.LINE_8, 3)
        cv2.fillPoly(mask, [shape], 255, cv2.LINE_8, 3)
        first += len(outline)
    _blend(image[y0:y1, x0:x1], _shade(patch, person), mask)
    left, top = max(float(low[0]), 0.0), max(float(low[1]), 0.0)
    return (left, top, min(float(high[0]), camera.width) - left, min(float(high[1]), camera.height) - top)


def _parts(body: _Body, person: Figure) -> list[tuple[Outline, Colour]]:
    """Outlines in body coordinates from back to front: legs, coat, arms, head, hair."""
    wear = clothes(person.look)
    step = math.sin(person.stride * 2 * math.pi / 1.4) if person.walking else 0.12
    # Seen from the side a stride opens the legs; seen from the front one foot lifts.
    open_, lift = 0.26 * abs(math.cos(person.heading)), 0.045 * abs(math.sin(person.heading))
    half = wear.width / 2 * (0.72 + 0.28 * abs(math.sin(person.heading)))
    found: list[tuple[Outline, Colour]] = []
    for side in (-1.0, 1.0):
        foot, v = side * (0.07 + open_ * step), max(0.0, side * step * lift)
        found.append((_block(side * 0.10, 0.085, 0.50, foot, 0.07, v), wear.trousers))
        found.append((_block(foot, 0.08, v + 0.045, foot, 0.08, v), (28, 30, 34)))
    shoulders = [(-half, 0.79), (-half * 0.6, 0.835), (half * 0.6, 0.835), (half, 0.79)]
    found.append(([*shoulders, (half * 0.88, 0.44), (-half * 0.88, 0.44)], wear.coat))
    for side in (-1.0, 1.0):
        swing = side * half - side * step * open_ * 0.5
        found.append((_block(side * half, 0.045, 0.79, swing, 0.04, 0.45), wear.sleeves))
    # A head does not shorten when seen from above: its height is in metres of the picture plane.
    per_m = body.scale / body.length
    found.append(([(0.085 * c, 0.905 + 0.115 * per_m * s) for c, s in _ROUND], wear.skin))
    found.append(([(0.092 * c, 0.945 + 0.085 * per_m * s) for c, s in _ROUND], wear.hair))
    return found


def _block(x: float, half: float, v: float, x_low: float, half_low: float, v_low: float) -> Outline:
    return [(x - half, v), (x + half, v), (x_low + half_low, v_low), (x_low - half_low, v_low)]


def _shade(patch: Image, person: Figure) -> Image:
    """Light from one side and the weave of the cloth."""
    rows, columns = patch.shape[:2]
    weave = _weave(person.look)
    shade = cv2.resize(weave, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(patch, cv2.merge([shade] * 3), dtype=cv2.CV_8U), dtype=np.uint8)


@lru_cache(maxsize=4096)
def _weave(look: int) -> NDArray[np.float32]:
    across = np.linspace(1.14, 0.80, 8, dtype=np.float32)
    bands = 1.0 + np.array(clothes(look).weave, dtype=np.float32)
    return np.asarray(bands[:, None] * across[None, :], dtype=np.float32)


def _blend(target: Image, patch: Image, mask: Image) -> None:
    alpha = cv2.merge([cv2.GaussianBlur(mask, (3, 3), 0.7)] * 3)
    over = cv2.multiply(cv2.GaussianBlur(patch, (3, 3), 0.5), alpha, scale=1 / 255)
    cv2.add(cv2.multiply(target, cv2.bitwise_not(alpha), scale=1 / 255), over, dst=target)


@lru_cache(maxsize=1)
def _soft() -> NDArray[np.float32]:
    y, x = np.mgrid[-1:1:48j, -1:1:48j]
    return np.asarray(1.0 - np.clip(1.0 - np.hypot(x, y), 0, 1) ** 1.2 * 0.42, dtype=np.float32)


def _shadow(image: Image, body: _Body) -> None:
    """A soft dark patch around the feet, as diffuse ceiling lamps make it."""
    wide, high = int(body.scale * 0.9), int(body.scale * 0.45)
    x0, y0 = int(body.foot[0] - wide / 2), int(body.foot[1] - high / 2)
    rows, columns = image.shape[:2]
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + wide, columns), min(y0 + high, rows)
    if right - left < 2 or bottom - top < 2:
        return
    light = cv2.resize(_soft(), (wide, high))[top - y0 : bottom - y0, left - x0 : right - x0]
    part = image[top:bottom, left:right]
    cv2.multiply(part, cv2.merge([light] * 3), dst=part, dtype=cv2.CV_8U)
