"""Who is who from one look to the next: boxes in, tracks out, by motion alone.

A track is a constant-velocity Kalman filter a coordinate (centre x, head y, width, height), with real time
between looks, so that any frame rate and any pause is right. The head, and a height that changes slowly, are
followed instead of the middle, because whoever stands behind something hides the feet. Boxes and tracks are
paired by overlap and distance together, the surest boxes first, then the doubtful ones. No appearance is ever
compared: somebody who leaves and comes back is somebody new.
"""

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.sight.detection import Boxes, overlaps

Floats = NDArray[np.float64]

# Scores: a box may continue a track from DOUBTFUL on, start one from BIRTH on.
SURE, DOUBTFUL, BIRTH = 0.4, 0.1, 0.5
# A track is somebody after two boxes; it is given up FORGET_S after the last one.
CONFIRMED, FORGET_S = 2, 2.0
# People are about 1.7 m, so lengths in metres become box heights.
PERSON_M, ACCELERATION_M_S2, WALK_M_S, RUN_M_S = 1.7, 0.8, 1.0, 2.5
# How far from where it is expected a box may lie, in box heights, at once; and how unlike its height may be.
NEAR, UNLIKE = 0.35, 0.6
WORST_SURE, WORST_DOUBTFUL = 0.8, 0.5
# A box's place is right to this share of its height, its size to less: feet are hidden more often than heads.
NOISE = np.array([0.05, 0.05, 0.07, 0.07])
# The size of a person changes slowly. Whoever is out of sight is expected to slow down within this time.
SIZE_CHANGE, SLOW_S = 0.03, 1.5
# What lies farther off than so many standard deviations pulls no harder than that: half of a hidden person, or two
# people taken for one.
CALM = 2.0
APART = 9.0


class Tracks(NamedTuple):
    """People being followed, as arrays of equal length; `state` is centre x, top y, w, h; `speed` a second of it."""

    ids: NDArray[np.int64]
    state: Floats
    speed: Floats
    doubt: Floats  # (N, 4, 3): variance of state, covariance, variance of speed
    hits: NDArray[np.int64]
    last: Floats  # when a box was last found for it
    born: Floats  # (N, 2) middle of the head where it was first seen
    roamed: Floats  # how far it has been from there, in box heights

    def pick(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Tracks":
        """The tracks of these rows."""
        picked: list[NDArray[Any]] = [column[rows] for column in self]
        return Tracks(*picked)

    @property
    def boxes(self) -> Floats:
        """x1, y1, x2, y2 of each track."""
        return np.column_stack(
            [
                self.state[:, 0] - self.state[:, 2] / 2,
                self.state[:, 1],
                self.state[:, 0] + self.state[:, 2] / 2,
                self.state[:, 1] + self.state[:, 3],
            ]
        )


def nobody() -> Tracks:
    """No tracks."""
    return Tracks(
        np.zeros(0, np.int64),
        np.zeros((0, 4)),
        np.zeros((0, 4)),
        np.zeros((0, 4, 3)),
        np.zeros(0, np.int64),
        np.zeros(0),
        np.zeros((0, 2)),
        np.zeros(0),
    )


class Tracker:
    """The tracks of one camera. Their ids live in memory only: from `lot`, a source of random numbers of up to 62
    bits, in a running device; without it numbered from 1, so that a recording gives the same again."""

    def __init__(self, lot: Callable[[], int] | None = None) -> None:
        self._tracks = nobody()
        self._at: float | None = None
        self._id = lot or count(1).__next__

    def step(self, at: float, boxes: Boxes) -> Tracks:
        """The people known after the boxes (x1, y1, x2, y2, score) of a look at `at` seconds.

        Only who was found at least twice; `last == at` where this very look found them, the others are where
        they are expected. A look that is not later than the one before moves nobody.
        """
        gap = 0.0 if self._at is None else max(at - self._at, 0.0)
        tracks = moved(self._tracks, gap)
        self._at = at
        boxes = boxes[boxes[:, 4] >= DOUBTFUL]
        tracks, free = _continued(tracks, at, boxes)
        fade = np.where(tracks.last == at, 1.0, np.exp(-gap / SLOW_S))[:, None]
        tracks = tracks._replace(speed=tracks.speed * fade)
        alive = (at - tracks.last <= FORGET_S) & ((tracks.hits >= CONFIRMED) | (tracks.last == at))
        fresh = self._births(at, boxes[free & (boxes[:, 4] >= BIRTH)])
        self._tracks = Tracks(*(np.concatenate(pair) for pair in zip(tracks.pick(alive), fresh, strict=True)))
        return self._tracks.pick(self._tracks.hits >= CONFIRMED)

    def expected(self, at: float) -> Tracks:
        """The people where they are expected at `at`, without a look and without learning anything."""
        known = self._tracks.pick(self._tracks.hits >= CONFIRMED)
        return moved(known, 0.0 if self._at is None else max(at - self._at, 0.0))

    @property
    def alive(self) -> bool:
        """Whether anybody is being followed, be it after one box only."""
        return len(self._tracks.ids) > 0

    def _births(self, at: float, boxes: Boxes) -> Tracks:
        n, state = len(boxes), _measured(boxes)
        ids = np.array([self._id() for _ in range(n)], dtype=np.int64)
        height = np.maximum(state[:, 3:], 1.0)
        doubt = np.zeros((n, 4, 3))
        doubt[:, :, 0] = (NOISE * height) ** 2
        doubt[:, :, 2] = (WALK_M_S / PERSON_M * height) ** 2 * [1.0, 1.0, 0.05, 0.05]
        return Tracks(
            ids,
            state,
            np.zeros((n, 4)),
            doubt,
            np.ones(n, np.int64),
            np.full(n, at),
            state[:, :2].copy(),
            np.zeros(n),
        )


def moved(tracks: Tracks, dt: float) -> Tracks:
    """The tracks `dt` seconds later, at constant speed, with the doubt that unknown acceleration adds."""
    height = np.maximum(tracks.state[:, 3:], 1.0)
    q = (ACCELERATION_M_S2 / PERSON_M * height) ** 2 * [1.0, 1.0, SIZE_CHANGE, SIZE_CHANGE]
    place, both, speed = tracks.doubt[..., 0], tracks.doubt[..., 1], tracks.doubt[..., 2]
    doubt = np.stack(
        [
            place + 2 * both * dt + speed * dt**2 + q * dt**4 / 4,
            both + speed * dt + q * dt**3 / 2,
            speed + q * dt**2,
        ],
        axis=-1,
    )
    state = tracks.state + tracks.speed * dt
    state[:, 2:] = np.maximum(state[:, 2:], 2.0)
    return tracks._replace(state=state, doubt=doubt)


def _measured(boxes: Boxes) -> Floats:
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 1], boxes[:, 2:4] - boxes[:, :2]])


def _continued(tracks: Tracks, at: float, boxes: Boxes) -> tuple[Tracks, NDArray[np.bool_]]:
    """The tracks after the boxes that fit them, and which boxes fit none."""
    free = np.ones(len(boxes), dtype=np.bool_)
    if not len(boxes) or not len(tracks.ids):
        return tracks, free
    price = _price(tracks, at, boxes)
    sure = boxes[:, 4] >= SURE
    rows, columns = paired(np.where(sure[None], price, APART), WORST_SURE)
    price[rows] = APART
    price[tracks.hits < CONFIRMED] = APART
    more = paired(np.where(sure[None], APART, price), WORST_DOUBTFUL)
    rows, columns = np.concatenate([rows, more[0]]), np.concatenate([columns, more[1]])
    free[columns] = False
    return _corrected(tracks, rows, at, boxes[columns]), free


def _price(tracks: Tracks, at: float, boxes: Boxes) -> Floats:
    """What pairing each track with each box costs: 0 the same place and size, APART impossible."""
    found = _measured(boxes)
    height = np.maximum(tracks.state[:, 3], 1.0)
    dx = found[None, :, 0] - tracks.state[:, 0, None]
    dy = (found[None, :, 1] + 0.5 * found[None, :, 3]) - (tracks.state[:, 1] + 0.5 * tracks.state[:, 3])[:, None]
    away = np.sqrt(dx * dx + dy * dy) / height[:, None]
    reach = NEAR + RUN_M_S / PERSON_M * 0.6 * np.maximum(at - tracks.last, 0.0)
    unlike = np.abs(np.log(np.maximum(found[None, :, 3], 1.0)) - np.log(height)[:, None])
    rows, columns = np.nonzero((away < reach[:, None]) & (unlike < UNLIKE))
    price = np.full(away.shape, APART)
    # Most pairs are out of reach; the overlap is worked out for the others only.
    common = overlaps(tracks.boxes[rows], boxes[columns])
    price[rows, columns] = 0.5 * (1.0 - common) + 0.5 * away[rows, columns] / reach[rows]
    return price


def paired(price: Floats, worst: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns paired cheapest first, each used once, none above `worst`.

    Greedy on purpose: where people are close together it was measured to be no worse than the optimal sum.
    """
    rows, columns = np.nonzero(price < worst)
    order = np.argsort(price[rows, columns], kind="stable")
    taken: tuple[set[int], set[int]] = set(), set()
    pairs = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in taken[0] and column not in taken[1]:
            taken[0].add(row)
            taken[1].add(column)
            pairs.append((row, column))
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _corrected(tracks: Tracks, rows: NDArray[np.int64], at: float, boxes: Boxes) -> Tracks:
    """The tracks after the Kalman correction of `rows` by their boxes; a doubtful box pulls half as much."""
    state, speed, doubt = tracks.state.copy(), tracks.speed.copy(), tracks.doubt.copy()
    hits, last = tracks.hits.copy(), tracks.last.copy()
    noise = (NOISE * np.maximum(state[rows, 3:], 1.0)) ** 2 * np.where(boxes[:, 4:] < SURE, 4.0, 1.0)
    p, c, v = (doubt[rows, :, i] for i in range(3))
    off = _measured(boxes) - state[rows]
    gain, gain_speed = p / (p + noise), c / (p + noise)
    calm = np.minimum(1.0, CALM / np.maximum(np.abs(off) / np.sqrt(p + noise), 1e-9))
    gain, gain_speed = gain * calm, gain_speed * calm
    state[rows] += gain * off
    speed[rows] += gain_speed * off
    doubt[rows] = np.stack([p - gain * p, c - gain * c, v - gain_speed * c], axis=-1)
    hits[rows] += 1
    last[rows] = at
    away = np.hypot(*(state[rows, :2] - tracks.born[rows]).T) / np.maximum(state[rows, 3], 1.0)
    roamed = tracks.roamed.copy()
    roamed[rows] = np.maximum(roamed[rows], away)
    return tracks._replace(state=state, speed=speed, doubt=doubt, hits=hits, last=last, roamed=roamed)
