"""HOTA on cases worked out by hand, and against what TrackEval 1.0 says of random tracks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.hota import Moment, boxes_overlap, hota, points_overlap

BOX = np.array([[10.0, 10.0, 20.0, 40.0], [100.0, 10.0, 20.0, 40.0]])


def sequence(*moments: tuple[list[int], list[int], list[list[float]]]) -> list[Moment]:
    return [
        Moment(np.array(real, int), np.array(mine, int), np.array(overlap, float).reshape(len(real), len(mine)))
        for real, mine, overlap in moments
    ]


def test_nobody_and_perfection() -> None:
    assert hota([]) is None
    assert hota(sequence(([], [], []))) is None
    assert hota(sequence(*[([4, 9], [70, 30], [[1, 0], [0, 1]])] * 5)) == (1.0, 1.0, 1.0)
    assert hota(sequence(([1], [], []))) == (0.0, 0.0, 0.0)
    assert hota(sequence(([], [1], []))) == (0.0, 0.0, 0.0)


def test_a_number_lost_half_way() -> None:
    """All found: DetA 1. 5 of 10 matches under each of two numbers: AssA = 5 / (10 + 5 - 5)."""
    halves = [([1], [7], [[1.0]])] * 5 + [([1], [8], [[1.0]])] * 5
    found = hota(sequence(*halves))
    assert found == pytest.approx((math.sqrt(0.5), 1.0, 0.5))


def test_one_of_two_never_found() -> None:
    found = hota(sequence(*[([1, 2], [7], [[1.0], [0.0]])] * 4))
    assert found == pytest.approx((math.sqrt(0.5), 0.5, 1.0))


def test_an_overlap_of_a_half_is_good_up_to_its_alpha() -> None:
    """10 of the 19 overlaps asked for are at most 0.5."""
    found = hota(sequence(*[([1], [7], [[0.5]])] * 3))
    assert found == pytest.approx((10 / 19, 10 / 19, 10 / 19))


def test_the_whole_sequence_decides_who_is_matched() -> None:
    """A stranger overlaps more for one moment; the partner of the nine others keeps the match."""
    usual = [([1], [7], [[0.9]])] * 9
    found = hota(sequence(*usual, ([1], [7, 8], [[0.6, 0.7]])))
    assert found is not None
    assert found.kept * 19 == pytest.approx(12 * 1.0 + 6 * 9 / 11), "9 of 10 and 10 of 1 after 0.6: 9/(10+10-9)"


def test_what_trackeval_says_of_the_same_random_tracks() -> None:
    """HOTA, DetA and AssA of TrackEval 1.0.0 for these numbers, computed once beside this code."""
    rng = np.random.default_rng(3)
    moments = []
    for _ in range(40):
        a, b = int(rng.integers(0, 5)), int(rng.integers(0, 6))
        real, mine = rng.choice(5, a, replace=False), rng.choice(7, b, replace=False)
        moments.append(Moment(real, mine, rng.random((a, b))))
    assert hota(moments) == pytest.approx((0.16931731268595931, 0.31495475961362746, 0.09244129036937877), abs=1e-12)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_names_and_order_of_people_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    moments, turned = [], []
    for _ in range(12):
        real, mine = rng.permutation(4)[: rng.integers(0, 5)], rng.permutation(5)[: rng.integers(0, 6)]
        overlap = rng.random((len(real), len(mine)))
        moments.append(Moment(real, mine, overlap))
        turned.append(Moment(real[::-1] * 10, mine[::-1] + 100, overlap[::-1, ::-1]))
    a, b = hota(moments), hota(turned)
    assert (a is None) == (b is None)
    if a and b:
        assert a == pytest.approx(b)
        assert all(0.0 <= part <= 1.0 for part in a)


def test_overlaps() -> None:
    shifted = BOX + np.array([10.0, 0.0, 0.0, 0.0])
    assert boxes_overlap(BOX, shifted) == pytest.approx(np.array([[1 / 3, 0], [0, 1 / 3]]))
    assert boxes_overlap(BOX, BOX[:0]).shape == (2, 0)
    near = points_overlap(np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0]]))
    assert near == pytest.approx(np.array([[1.0, 0.5, 0.0]]))
