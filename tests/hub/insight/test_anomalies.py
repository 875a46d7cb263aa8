"""Strange stretches: planted ones are found and named, a quiet shop has few, an event is no fault."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.insight.anomalies import Episode, episodes, shared
from hub.insight.forecast import History

MONDAY = date(2026, 1, 5)
DAY = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 120.0, 0.0)


def shop(days: int, seed: int) -> np.ndarray:
    """People by hour of a shop that opens from 8 to 20 and is half as full again on weekends."""
    week = np.where(np.arange(days) % 7 >= 5, 1.5, 1.0)
    return np.random.default_rng(seed).poisson(week[:, None] * DAY).astype(float)


def found(counts: np.ndarray) -> list[Episode]:
    return episodes(History(MONDAY, counts), frozenset())


def test_a_quiet_shop_has_hardly_any() -> None:
    said = [len(found(shop(84, seed))) for seed in range(5)]
    assert sum(said) / (5 * 12) <= 0.2


@pytest.mark.parametrize(
    ("kind", "start", "hours", "factor"),
    [("high", 10, 3, 4.0), ("low", 9, 8, 0.0), ("low", 8, 12, 0.5), ("high", 8, 12, 2.0), ("low", 0, 48, 0.6)],
)
def test_more_or_fewer_people_than_usual_are_found_and_named(
    kind: str, start: int, hours: int, factor: float
) -> None:
    counts = shop(70, 1)
    flat = counts.ravel()
    at = 60 * 24 + start
    flat[at : at + hours] = np.round(flat[at : at + hours] * factor)
    near = [e for e in found(counts) if e.start < at + hours + 6 and e.end > at]
    assert [e.kind for e in near] == ["stuck" if factor == 0.0 else kind]
    assert near[0].ratio == pytest.approx(factor, rel=0.1, abs=0.1)


def test_a_stuck_counter_and_a_hole() -> None:
    counts = shop(70, 2)
    counts[60, 10:16] = 117.0
    counts[65, 9:13] = np.nan
    said = [(e.kind, e.start) for e in found(counts) if e.start >= 60 * 24]
    assert said == [("stuck", 60 * 24 + 13), ("missing", 65 * 24 + 9)]
    (hole,) = [e for e in found(counts) if e.kind == "missing"]
    assert np.isnan(hole.ratio)
    assert hole.end == 65 * 24 + 13


def test_closed_hours_are_not_strange() -> None:
    counts = shop(70, 3)
    counts[60:, :8] = np.nan
    assert not [e for e in found(counts) if e.kind in ("missing", "stuck")]


def test_a_holiday_that_is_known_is_no_episode() -> None:
    counts = shop(70, 4)
    counts[63] = shop(70, 5)[62]  # a Monday like a Sunday
    assert [e for e in found(counts) if e.start // 24 == 63]
    said = episodes(History(MONDAY, counts), {date(2026, 3, 9)})
    assert not [e for e in said if e.start // 24 == 63]


def test_what_the_others_saw_too_was_the_day() -> None:
    mine = Episode(100, 110, "high", 2.0)
    seen = [Episode(105, 120, "high", 1.7)]
    assert shared(mine, [seen, seen, []])
    assert not shared(mine, [seen, []])
    assert not shared(mine, [])
    assert not shared(mine, [[Episode(105, 120, "low", 0.4)]])
    assert not shared(mine, [[Episode(110, 120, "high", 2.0)]])
    stuck = Episode(100, 110, "stuck", 1.0)
    assert not shared(stuck, [[stuck]])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 70), st.floats(0, 1))
def test_nothing_breaks_and_episodes_are_apart(seed: int, days: int, holes: float) -> None:
    counts = shop(days, seed)
    counts[np.random.default_rng(seed).random(counts.shape) < holes] = np.nan
    said = found(counts)
    assert all(0 <= e.start < e.end <= counts.size for e in said)
    assert all(later.start >= before.end for before, later in pairwise(said))


def test_only_the_past_judges() -> None:
    counts = shop(70, 6)
    counts[50, 10:13] *= 4
    before = [e for e in found(counts[:60]) if e.end < 59 * 24]
    assert before == [e for e in found(counts) if e.end < 59 * 24]


def test_planted_faults_on_a_real_street(shared_data: Path) -> None:
    lines = (shared_data / "footfall/auckland_2023_with_faults.csv").read_text(encoding="utf-8").splitlines()[1:]
    listed = json.loads((shared_data / "footfall/auckland_2023_faults.json").read_text(encoding="utf-8"))
    sensor = "205 Queen Street"
    values = [line.rsplit(",", 1)[1] for line in lines if line.startswith(sensor)]
    first = date(2023, 2, 1)
    assert len(values) % 24 == 0
    counts = np.array([float(value) if value else np.nan for value in values]).reshape(-1, 24)
    said = episodes(History(first, counts), frozenset())
    hits = 0
    faults = [fault for fault in listed if fault["sensor"] == sensor]
    for fault in faults:
        day = (date.fromisoformat(fault["start_local"][:10]) - first).days
        start = day * 24 + int(fault["start_local"][11:13])
        hits += any(e.start < start + fault["hours"] + 6 and e.end > start for e in said)
    assert hits >= 0.8 * len(faults)
    assert len(said) <= len(faults) + 1.2 * len(counts) / 7
