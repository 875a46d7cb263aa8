"""How well people are both found and kept apart: HOTA (Luiten et al. 2021) of tracks against a truth with ids.

For every overlap from 0.05 to 0.95 people and tracks are matched moment by moment, pairs that go together over the
whole sequence first. HOTA is the mean of sqrt(DetA x AssA): DetA says how many were found, AssA whether under one
number. Two boxes overlap by their IoU; two points by how near they are, nothing from 2 m on.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.measure.identity import assigned

FAR_M = 2.0
Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Row = Sequence[float]
"""Frame, id, and a place: x and y of a point, or left, top, width and height of a box."""
ALPHAS = np.linspace(0.05, 0.95, 19)


class Moment(NamedTuple):
    """The ids of a truth (A,) and of tracks (B,) at one moment and how much each two overlap (A, B), 0 to 1."""

    real: Ids
    mine: Ids
    overlap: Floats


class Hota(NamedTuple):
    """HOTA with its two parts, each from 0 to 1."""

    hota: float
    found: float
    kept: float


def hota(sequence: Iterable[Moment]) -> Hota | None:
    """HOTA of a sequence; None where neither the truth nor the tracks hold anybody."""
    moments = _numbered(list(sequence))
    seen = [np.bincount(_ids(moments, side)) for side in (0, 1)]
    if not seen[0].sum() and not seen[1].sum():
        return None
    matches = _matches(moments, _alike(moments, seen), (len(ALPHAS), len(seen[0]), len(seen[1])))
    hits = matches.sum((1, 2))
    found = hits / (seen[0].sum() + seen[1].sum() - hits)
    union = np.maximum(seen[0][:, None] + seen[1] - matches, 1)
    kept = (matches * matches / union).sum((1, 2)) / np.maximum(hits, 1)
    return Hota(float(np.sqrt(found * kept).mean()), float(found.mean()), float(kept.mean()))


def paired(truth: Iterable[Row], found: Iterable[Row], overlap: Callable[[Floats, Floats], Floats]) -> list[Moment]:
    """The rows of a truth and of tracks, each frame, id and a place, frame by frame; `overlap` compares places."""
    frames: dict[int, tuple[list[Row], list[Row]]] = {}
    for side, given in enumerate((truth, found)):
        for row in given:
            frames.setdefault(int(row[0]), ([], []))[side].append(row)
    return [_moment(*frames[frame], overlap) for frame in sorted(frames)]


def boxes_overlap(a: Floats, b: Floats) -> Floats:
    """(A, B) intersection over union of boxes (A, 4) and (B, 4): left, top, width, height."""
    low = np.maximum(a[:, None, :2], b[:, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[:, :2] + b[:, 2:])
    shared = np.clip(high - low, 0.0, None).prod(axis=2)
    union = a[:, None, 2:].prod(axis=2) + b[:, 2:].prod(axis=1) - shared
    return np.asarray(shared / np.maximum(union, 1e-12))


def points_overlap(a: Floats, b: Floats) -> Floats:
    """(A, B) nearness of points (A, 2) and (B, 2) in metres: 1 at the same place, 0 from 2 m on."""
    away = np.hypot(a[:, None, 0] - b[:, 0], a[:, None, 1] - b[:, 1])
    return np.asarray(np.clip(1.0 - away / FAR_M, 0.0, None))


def _moment(real: list[Row], mine: list[Row], overlap: Callable[[Floats, Floats], Floats]) -> Moment:
    ids = [np.array([row[1] for row in some], dtype=np.int64) for some in (real, mine)]
    if not real or not mine:
        return Moment(ids[0], ids[1], np.zeros((len(real), len(mine))))
    return Moment(ids[0], ids[1], overlap(*(np.array([row[2:6] for row in some]) for some in (real, mine))))


def _ids(moments: list[Moment], side: int) -> Ids:
    """All ids of the truth (side 0) or of the tracks (1), one after the other."""
    return np.array([name for moment in moments for name in moment[side]], dtype=np.int64)


def _numbered(moments: list[Moment]) -> list[Moment]:
    """The same with ids that count from 0."""
    known = [np.unique(_ids(moments, side)) for side in (0, 1)]
    return [Moment(np.searchsorted(known[0], m[0]), np.searchsorted(known[1], m[1]), m[2]) for m in moments]


def _alike(moments: list[Moment], seen: list[NDArray[np.intp]]) -> Floats:
    """(people, tracks) how much of their time each two spend on each other, whatever the overlap."""
    together = np.zeros((len(seen[0]), len(seen[1])))
    for real, mine, overlap in moments:
        rivals = overlap.sum(axis=0) + overlap.sum(axis=1)[:, None] - overlap
        together[np.ix_(real, mine)] += np.divide(overlap, rivals, out=np.zeros_like(overlap), where=rivals > 0)
    return np.asarray(together / np.maximum(seen[0][:, None] + seen[1] - together, 1e-12))


def _matches(moments: list[Moment], alike: Floats, shape: tuple[int, int, int]) -> Floats:
    """(alphas, people, tracks) in how many moments each two were matched."""
    matches = np.zeros(shape)
    for real, mine, overlap in moments:
        rows, columns = assigned(alike[np.ix_(real, mine)] * overlap)
        near = overlap[rows, columns] >= ALPHAS[:, None] - 1e-9
        matches[:, real[rows], mine[columns]] += near
    return matches
