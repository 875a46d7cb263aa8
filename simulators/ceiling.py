"""A camera under the ceiling that looks straight down on a doorway: people as heads and shoulders, with known truth.

Drawn without any perspective but the one that matters there: whoever is away from the middle leans outwards.
"""

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Singles = NDArray[np.float32]
Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]

COLUMNS, ROWS, PER_M = 480, 360, 90.0
CAMERA_M, SHOULDERS_M, HEAD_M = 3.6, 1.4, 1.65
NOISE, TILE_M = 3.0, 0.5
HAIR, TROUSERS = (45, 50, 60), (70, 55, 45)


class Walker(Struct, frozen=True, kw_only=True):
    """Somebody who walks straight from one point to another, in metres of the picture's floor, y downwards.

    `stay` is how long the walker stands half-way; `trolley`: pushes one.
    """

    starts: float
    way: tuple[float, float, float, float]
    speed: float = 1.1
    stay: float = 0.0
    coat: Colour = (60, 60, 150)
    trolley: bool = False

    def place(self, at: float) -> tuple[float, float, float] | None:
        """x, y in metres and the heading in radians; None before the start and after the end."""
        x0, y0, x1, y1 = self.way
        length = math.hypot(x1 - x0, y1 - y0)
        gone, half = (at - self.starts) * self.speed, length / 2
        if gone > half:
            gone = max(half, gone - self.stay * self.speed)
        if not 0 <= gone <= length:
            return None
        part = gone / length
        return x0 + part * (x1 - x0), y0 + part * (y1 - y0), math.atan2(y1 - y0, x1 - x0)


class Ceiling:
    """Draws the pictures of one such camera; the same walkers at the same time always give the same pixels."""

    def __init__(self, walkers: list[Walker], seed: int = 1) -> None:
        self._walkers, self._seed = walkers, seed
        self._y, self._x = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
        rng = np.random.default_rng(seed)
        tiles = rng.normal(135, 6, (32, 32))
        step = PER_M * TILE_M
        floor = tiles[(self._y // step).astype(int), (self._x // step).astype(int)]
        joints = ((self._x % step) < 1.5) | ((self._y % step) < 1.5)
        self._floor = np.repeat((floor - 18 * joints)[:, :, None], 3, axis=2)

    def draw(self, at: float) -> tuple[Image, dict[int, Box]]:
        """The picture at `at` and the box (x, y, width, height) in px of everybody whose middle is in it."""
        image, boxes = self._floor.copy(), dict[int, Box]()
        for number, walker in enumerate(self._walkers):
            place = walker.place(at)
            if place and (box := self._person(image, walker, *place)):
                boxes[number] = box
        noise = np.random.default_rng([self._seed, int(at * 100)]).normal(0, NOISE, image.shape)
        return np.clip(image + noise, 0, 255).astype(np.uint8), boxes

    def _person(self, image: NDArray[np.float64], walker: Walker, x: float, y: float, way: float) -> Box | None:
        self._ellipse(image, x, y, 0.0, way, (0.42, 0.42), None)
        if walker.trolley:
            ahead = (x + 0.75 * math.cos(way), y + 0.75 * math.sin(way))
            self._ellipse(image, *ahead, 0.9, way, (0.28, 0.45), (150, 150, 155))
        swing = 0.14 * math.sin(2 * math.pi * (x + y) / 0.75)
        for side in (-1, 1):
            foot = (x + side * swing * math.cos(way), y + side * swing * math.sin(way))
            self._ellipse(image, *foot, 0.1, way, (0.08, 0.14), (35, 35, 40))
        for z in np.arange(0.3, SHOULDERS_M, 0.1):
            self._ellipse(image, x, y, float(z), way, (0.13 + 0.06 * z, 0.10), walker.coat if z > 0.8 else TROUSERS)
        shoulders = self._ellipse(image, x, y, SHOULDERS_M, way, (0.24, 0.13), walker.coat)
        self._ellipse(image, x, y, HEAD_M, way, (0.10, 0.12), HAIR)
        if not len(shoulders):
            return None
        top, left = shoulders.min(axis=0)
        bottom, right = shoulders.max(axis=0)
        return float(left), float(top), float(right - left + 1), float(bottom - top + 1)

    def _ellipse(
        self,
        image: NDArray[np.float64],
        x: float,
        y: float,
        z: float,
        way: float,
        half: tuple[float, float],
        colour: Colour | None,
    ) -> NDArray[np.intp]:
        """Fills an ellipse at the height z, broad across the way; a shadow without colour. Returns its pixels."""
        grows = CAMERA_M / (CAMERA_M - z)
        u = COLUMNS / 2 + (x * PER_M - COLUMNS / 2) * grows
        v = ROWS / 2 + (y * PER_M - ROWS / 2) * grows
        along = (self._x - u) * math.cos(way) + (self._y - v) * math.sin(way)
        across = (self._y - v) * math.cos(way) - (self._x - u) * math.sin(way)
        reach = (across / (half[0] * PER_M * grows)) ** 2 + (along / (half[1] * PER_M * grows)) ** 2
        inside = reach <= 1
        if colour is None:
            image[inside] *= (0.72 + 0.28 * reach[inside])[:, None]
        else:
            image[inside] = colour
        return np.argwhere(inside)
