"""The empty shop as one fixed camera shows it, learned pixel by pixel, and what differs from it.

A pixel has a mean and a variance, and beside them a candidate: another colour that has lately been there. A
candidate becomes the background once it has stayed long enough, and that is a matter of time in each pixel of
its own, so that one place can be learned within a second and the place beside it not at all.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.detection import Image

Mask = NDArray[np.uint8]
Singles = NDArray[np.float32]
Truths = NDArray[np.bool_]

# Squared distances, summed over the colours: what a still pixel's noise may be, and how many times that differs.
FIRST_NOISE, LEAST_NOISE, MOST_NOISE, DIFFERS = 15.0, 4.0, 75.0, 16.0
# A shadow keeps the floor's colour and at least half of its light.
DARKEST = 0.5
# What stays for so long is background; in the first minutes what stays for this share of the time so far.
STAYS_S, SOON_S, SHARE, AT_ONCE_S = 150.0, 10.0, 0.4, 0.7
# The light changes slowly within this time; more of the picture than this at once is a lamp.
DRIFT_S, LIGHT, LAMP_S = 60.0, 0.6, 3.0
FOLLOW = 0.2


class Background:
    """The background of one camera, begun with its first picture."""

    def __init__(self, at: float, image: Image) -> None:
        self._mean = image.astype(np.float32)
        rows, columns = image.shape[:2]
        self._noise = np.full((rows, columns), FIRST_NOISE, np.float32)
        self._other = self._mean.copy()
        self._age = np.zeros((rows, columns), np.float32)
        self._began = self._learned = at
        self._looks = 1

    @property
    def image(self) -> Image:
        """The empty shop."""
        return np.asarray(np.clip(self._mean, 0, 255), dtype=np.uint8)

    def differs(self, image: Image) -> Mask:
        """1 where something stands that is neither background nor the shadow of something."""
        now = image.astype(np.float32)
        away = _squared(now, self._mean)
        found = away > DIFFERS * self._noise
        rows, columns = found.nonzero()
        seen, empty = now[rows, columns], self._mean[rows, columns]
        share = (seen * empty).sum(1) / np.maximum((empty * empty).sum(1), 1.0)
        rest = ((share[:, None] * empty - seen) ** 2).sum(1)
        shadow = (share >= DARKEST) & (share <= 1.0) & (rest < DIFFERS * self._noise[rows, columns] * share**2)
        found[rows[shadow], columns[shadow]] = False
        return cast(Mask, found.astype(np.uint8))

    def learn(self, at: float, image: Image, kept: Truths, holes: Truths) -> None:
        """Learn a picture: never where people are `kept`, within a second where somebody has left `holes`."""
        dt, now = float(min(max(at - self._learned, 0.0), 5.0)), image.astype(np.float32)
        self._learned, self._looks = at, self._looks + 1
        away = _squared(now, self._mean)
        known = away < DIFFERS * self._noise
        rate = max(1.0 / self._looks, min(dt / DRIFT_S, 0.5))
        step = np.where(known & ~kept, np.float32(rate), np.float32(0))
        self._mean += step[..., None] * (now - self._mean)
        self._noise = np.clip(self._noise + step * (away - self._noise), LEAST_NOISE, MOST_NOISE)
        self._wait(now, known, dt)
        stays = LAMP_S if np.count_nonzero(known) < (1 - LIGHT) * known.size else self._stays(at)
        due = (~kept & (self._age >= stays)) | (holes & (self._age >= AT_ONCE_S))
        self._mean[due], self._noise[due], self._age[due] = self._other[due], FIRST_NOISE, 0.0

    def _wait(self, now: Singles, known: Truths, dt: float) -> None:
        """How long each pixel's candidate has been there."""
        same = _squared(now, self._other) < DIFFERS * np.maximum(self._noise, FIRST_NOISE)
        self._age = np.where(known, np.maximum(self._age - dt, 0), np.where(same, self._age + np.float32(dt), 0))
        pull = np.where(same, np.float32(FOLLOW), np.float32(1)) * ~known
        self._other += pull[..., None] * (now - self._other)

    def _stays(self, at: float) -> float:
        return min(STAYS_S, max(SOON_S, SHARE * (at - self._began)))


def _squared(a: Singles, b: Singles) -> Singles:
    away = cv2.subtract(a, b)
    return cast(Singles, cv2.transform(cv2.multiply(away, away), np.ones((1, 3), np.float32)))
