from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.identity import Row, assigned, idf1

WALK: list[Row] = [(frame, 1, 10.0 * frame, 50.0, 40.0) for frame in range(10)]


def named(track: int, rows: list[Row]) -> list[Row]:
    return [(frame, track, x, y, h) for frame, _, x, y, h in rows]


def test_kept_lost_and_swapped_numbers() -> None:
    assert idf1(WALK, named(7, WALK)) == 1.0
    assert idf1(WALK, named(7, WALK[:6]) + named(8, WALK[6:])) == pytest.approx(12 / 20)
    assert idf1(WALK, []) == 0.0
    assert idf1([], []) is None
    assert idf1(WALK, [(f, 1, x + 15, y, h) for f, _, x, y, h in WALK]) == 0.0
    other = [(f, 2, x, y + 100, h) for f, _, x, y, h in WALK]
    half = named(5, WALK[:5]) + named(5, other[5:]) + named(6, other[:5]) + named(6, WALK[5:])
    assert idf1(WALK + other, half) == pytest.approx(0.5)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_assignment_is_the_best_of_all(n: int, m: int, random: np.random.Generator) -> None:
    gain = np.array([[random.random() if random.random() < 0.7 else 0.0 for _ in range(m)] for _ in range(n)])
    rows, columns = assigned(gain)
    assert len(set(rows)) == len(rows) == len(set(columns)) == min(n, m)
    wide = gain if n <= m else gain.T
    best = max(sum(wide[i, j] for i, j in enumerate(p)) for p in permutations(range(wide.shape[1]), wide.shape[0]))
    assert gain[rows, columns].sum() == pytest.approx(best)
