"""The empty shop as one fixed camera shows it, learned pixel by pixel, and what differs from it.

A pixel has a mean and a variance, and beside them a candidate: another colour that has lately been there. A
candidate becomes the background once it has stayed long enough, and that is a matter of time in each pixel of
its own, so that one place can be learned within a second and the place beside it not at all.
"""

from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sight.detection import Image

Mask = NDArray[np.uint8]
Singles = NDArray[np.float32]
Truths = NDArray[np.bool_]
Places = NDArray[np.intp]

# Squared distances, summed over the colours: what a still pixel's noise may be, and how many times that differs.
FIRST_NOISE, LEAST_NOISE, MOST_NOISE, DIFFERS = 15.0, 4.0, 75.0, 16.0
# What differs by this many times more differs clearly: no light or shadow at its faint end.
CLEAR = 4.0
# A shadow keeps the floor's colour and at least half of its light.
DARKEST = 0.5
# What stays for so long is background; in the first minutes what stays for this share of the time so far.
STAYS_S, SOON_S, SHARE, AT_ONCE_S = 150.0, 10.0, 0.4, 0.7
# The light changes slowly within this time; more of the picture than this at once is a lamp.
DRIFT_S, LIGHT, LAMP_S = 60.0, 0.6, 3.0
FOLLOW = 0.2
ONES = np.ones((1, 3), np.float32)


class Difference(NamedTuple):
    """Where a picture differs from the empty shop, as masks of 0 and 1 of the picture's size."""

    mask: Mask
    """Neither background nor the shadow of something."""
    clear: Mask
    """The part of it that differs clearly."""
    shade: Mask
    """What could be the shadow of something, or a grey shirt before a white wall."""


class Background:
    """The background of one camera, begun with its first picture."""

    def __init__(self, at: float, image: Image) -> None:
        self._mean = image.astype(np.float32)
        rows, columns = image.shape[:2]
        self._noise = np.full((rows, columns), FIRST_NOISE, np.float32)
        self._other = self._mean.copy()
        self._age = np.zeros((rows, columns), np.float32)
        self._now, self._away = self._mean, np.zeros((rows, columns), np.float32)
        self.guessed = np.zeros((rows, columns), np.uint8)
        """1 where the background has never been seen and is only assumed."""
        self._began = self._learned = at
        self._looks = 1

    @property
    def image(self) -> Image:
        """The empty shop."""
        return cv2.convertScaleAbs(self._mean).astype(np.uint8, copy=False)

    def differs(self, image: Image) -> Difference:
        """What stands in a picture that is neither background nor the shadow of something."""
        self._now = image.astype(np.float32)
        self._away = _squared(self._now, self._mean)
        limit = DIFFERS * self._noise
        found = (self._away > limit).ravel()
        some = np.flatnonzero(found)
        dark = some[self._shaded(some)]
        found[dark] = False
        shade = np.zeros(limit.shape, np.uint8)
        shade.ravel()[dark] = 1
        mask = cast(Mask, found.reshape(limit.shape).view(np.uint8))
        clear = (self._away > CLEAR * limit).view(np.uint8)
        return Difference(mask, cast(Mask, clear & mask), shade)

    def learn(self, at: float, kept: Truths, holes: Truths) -> None:
        """Learn the picture last compared: never where people are `kept`, within a second in `holes` they left."""
        dt = float(min(max(at - self._learned, 0.0), 5.0))
        self._learned, self._looks = at, self._looks + 1
        known = self._away < DIFFERS * self._noise
        rate = max(1.0 / self._looks, min(dt / DRIFT_S, 0.5))
        calm = (known & ~kept).view(np.uint8)
        cv2.accumulateWeighted(self._now, self._mean, rate, calm)
        cv2.accumulateWeighted(self._away, self._noise, rate, calm)
        np.clip(self._noise, LEAST_NOISE, MOST_NOISE, out=self._noise)
        odd = np.flatnonzero(~known.ravel())
        self._wait(odd, dt)
        stays = LAMP_S if odd.size > LIGHT * known.size else self._stays(at)
        self._adopt(odd, stays, kept, holes)

    def guess(self, where: Mask) -> None:
        """Forget what is behind `where`, a mask of 0 and 1, and assume what is around it there."""
        around = cv2.inpaint(self.image, where, 3, cv2.INPAINT_TELEA)
        self._mean[where > 0], self._noise[where > 0] = around[where > 0], FIRST_NOISE
        self._age[where > 0], self.guessed[where > 0] = 0.0, 1

    def _shaded(self, some: Places) -> Truths:
        """Which of the pixels are the background with less light: its colour, but darker."""
        seen, empty = self._now.reshape(-1, 3)[some], self._mean.reshape(-1, 3)[some]
        share = np.einsum("ij,ij->i", seen, empty) / np.maximum(np.einsum("ij,ij->i", empty, empty), 1.0)
        rest = share[:, None] * empty - seen
        plain = np.einsum("ij,ij->i", rest, rest) < DIFFERS * self._noise.ravel()[some] * share**2
        return cast(Truths, (share >= DARKEST) & (share <= 1.0) & plain)

    def _wait(self, odd: Places, dt: float) -> None:
        """How long each pixel's candidate has been there."""
        now, other, age = self._now.reshape(-1, 3)[odd], self._other.reshape(-1, 3), self._age.ravel()
        away = now - other[odd]
        same = np.einsum("ij,ij->i", away, away) < DIFFERS * np.maximum(self._noise.ravel()[odd], FIRST_NOISE)
        waited = np.where(same, age[odd] + np.float32(dt), np.float32(0))
        np.maximum(age - np.float32(dt), 0, out=age)
        age[odd] = waited
        other[odd] += np.where(same, np.float32(FOLLOW), np.float32(1))[:, None] * away

    def _adopt(self, odd: Places, stays: float, kept: Truths, holes: Truths) -> None:
        """Candidates that have stayed long enough become the background."""
        age = self._age.ravel()[odd]
        due = odd[(~kept.ravel()[odd] & (age >= stays)) | (holes.ravel()[odd] & (age >= AT_ONCE_S))]
        self._mean.reshape(-1, 3)[due] = self._other.reshape(-1, 3)[due]
        self._noise.ravel()[due], self._age.ravel()[due], self.guessed.ravel()[due] = FIRST_NOISE, 0.0, 0

    def _stays(self, at: float) -> float:
        return min(STAYS_S, max(SOON_S, SHARE * (at - self._began)))


def _squared(a: Singles, b: Singles) -> Singles:
    away = cv2.subtract(a, b)
    return cast(Singles, cv2.transform(cv2.multiply(away, away), ONES))
