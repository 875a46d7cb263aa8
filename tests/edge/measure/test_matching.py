"""Entries with a tag against those the cameras counted: pairs, chance, and the recall that comes out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.matching import BEFORE_S, MATCH_S, Matched, Matching, corrected, total
from hub.insight import tagged

MOMENTS = st.lists(st.floats(0, 600, allow_nan=False), max_size=30)


def settled(tags, cameras, start=0.0, end=600.0) -> Matched:
    matching = Matching()
    for at in tags:
        matching.tag(at)
    for at in cameras:
        matching.camera(at)
    return matching.settle(start, end)


def test_each_entry_of_a_camera_is_matched_once_the_closest_first() -> None:
    assert settled([100.0, 104.0], [103.0]).matched == 1
    assert settled([100.0, 104.0], [103.0, 97.0]).matched == 2
    assert settled([100.0], [100.0 + MATCH_S]).matched == 1
    assert settled([100.0], [100.1 + MATCH_S]).matched == 0


def test_two_who_come_in_at_the_same_moment_are_two() -> None:
    assert settled([100.0, 100.0], [100.0, 100.0]).matched == 2


def test_over_the_edge_of_five_minutes_nobody_is_matched_twice() -> None:
    matching = Matching()
    for at in (299.0, 301.0):
        matching.tag(at)
    matching.camera(300.0)
    assert [matching.settle(0.0, 300.0).matched, matching.settle(300.0, 600.0).matched] == [1, 0]


def test_chance_is_tried_where_nobody_with_a_tag_came() -> None:
    found = settled([500.0], [500.0 - BEFORE_S[0], 500.0])
    assert (found.matched, found.hits, found.trials) == (1, 1, len(BEFORE_S))


def test_what_is_old_is_forgotten() -> None:
    matching = Matching()
    for at in range(0, 3000, 5):
        matching.tag(float(at))
        matching.camera(float(at))
        if at and at % 300 == 0:
            matching.settle(at - 300.0, float(at))
    assert len(matching._cameras) < 100
    assert len(matching._tags) < 100
    assert matching._taken <= set(matching._cameras)


@settings(deadline=None)
@given(MOMENTS, MOMENTS)
def test_no_more_are_matched_than_there_are(tags: list[float], cameras: list[float]) -> None:
    found = settled(tags, cameras)
    inside = sum(0 <= at < 600 for at in tags)
    assert found.tags == inside
    assert 0 <= found.matched <= min(inside, len(cameras))
    assert 0 <= found.hits <= found.trials == inside * len(BEFORE_S)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 99), st.integers(0, 1000))
def test_corrected_is_a_number_of_people(matched: int, tags: int, hits: int, most: int) -> None:
    found = corrected(min(matched, tags), tags, hits, 100, most)
    assert 0 <= found <= min(tags, most)
    assert corrected(min(matched, tags), tags, 0, 0, 1000) == min(matched, tags)


def test_all_hits_leave_nothing_sure() -> None:
    assert corrected(5, 5, 8, 8, 100) == 0


@pytest.mark.parametrize(("recall", "an_hour"), [(0.95, 40), (0.8, 40), (0.95, 120), (0.6, 120), (0.0, 120)])
def test_the_recall_that_comes_out_is_the_true_one(recall: float, an_hour: int) -> None:
    rng = np.random.default_rng(7)
    tags = sure = 0
    for _ in range(60):
        came = np.sort(rng.uniform(0, 36_000, an_hour * 10))
        tagged_ones = rng.random(len(came)) < 0.1
        seen = rng.random(len(came)) < recall
        radio = came[tagged_ones] + rng.normal(-2, 1.5, tagged_ones.sum())
        found = settled(radio.tolist(), came[seen].tolist(), -100.0, 40_000.0)
        tags += found.tags
        sure += corrected(found.matched, found.tags, found.hits, found.trials, int(seen.sum()))
    assert sure / tags == pytest.approx(recall, abs=0.03)


def test_a_sum_of_what_is_not_known_is_not_known() -> None:
    assert (total([1, 2]), total([1, None]), total([])) == (3, None, 0)


def test_the_hub_reckons_with_the_same_seconds() -> None:
    assert tagged.MATCH_S == MATCH_S
