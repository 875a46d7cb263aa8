"""The strongest scanner with hysteresis, and the memory behind it."""

import tracemalloc

import numpy as np

from edge.radio.adverts import Sighting
from edge.radio.floor import Scanners
from edge.radio.position import LAG_S, Strongest
from edge.radio.readings import Readings

TWO = Scanners(("a", "b"), np.array([[0, 0, 2], [9, 0, 2]], float), ("left", "right"), (1, 2))


def follow(levels: list[tuple[float | None, float | None]], tags: int = 1) -> list[str | None]:
    """The zone said in each second, from the strength at a and b in each second; "-" where nothing is said."""
    judge, said = Strongest(TWO, tags), []
    for t, pair in enumerate(levels):
        for name, level in zip("ab", pair, strict=True):
            if level is not None:
                judge.hear(Sighting(t + 0.5, name, 0, level, False))
        guesses = judge.step(t + 1.0)
        assert all(guess.at == t + 1.0 - LAG_S and 0 < guess.probability < 1 for guess in guesses)
        said.append(guesses[0].zone if guesses else "-")
    return said


def test_the_first_to_hear_it_holds_it() -> None:
    assert follow([(None, None), (-70, None), (-70, -90)]) == ["-", "left", "left"]


def test_a_challenger_must_be_four_decibel_stronger_for_two_seconds() -> None:
    assert follow([(-70, -80)] * 3 + [(-70, -67)] * 10)[-1] == "left"
    said = follow([(-70, -80)] * 3 + [(-70, -60)] * 6)
    assert said[3] == "left"
    assert said[-1] == "right"
    assert follow([(-70, -80)] * 3 + [(-70, -45)] + [(-70, -90)] * 6)[-1] == "left"


def test_a_tag_not_heard_for_thirty_seconds_is_gone_and_can_come_back() -> None:
    said = follow([(-70, None)] + [(None, None)] * 32 + [(None, -70)])
    assert said[29] == "left"
    assert said[32] == "-"
    assert said[33] == "right"


def test_a_dead_scanner_holds_nothing_for_long_and_is_reported() -> None:
    judge = Strongest(TWO, 1)
    for t in range(60):
        if t < 10:
            judge.hear(Sighting(t + 0.5, "a", 0, -50, False))
        judge.hear(Sighting(t + 0.5, "b", 0, -80, False))
        guesses = judge.step(t + 1.0)
        assert judge.silent(t + 1.0) == ([0] if t + 1 > 39.5 else [])
    assert guesses[0].zone == "right"


def test_a_scanner_that_never_spoke_is_silent_after_thirty_seconds() -> None:
    judge = Strongest(TWO, 1)
    judge.step(100.0)
    assert judge.silent(130.0) == []
    assert judge.silent(131.0) == [0, 1]


def test_a_sighting_from_nowhere_or_from_long_ago_changes_nothing() -> None:
    judge = Strongest(TWO, 1)
    judge.hear(Sighting(100.5, "c", 0, -50, False))
    assert judge.step(101.0) == []
    assert not judge.listen(101.0, "c")
    readings = Readings(("a",), 1, 3)
    readings.hear(Sighting(100.5, "a", 0, -50, False))
    readings.hear(Sighting(90.5, "a", 0, -10, False))
    assert readings.means(101, 3)[0][0, 0] == -50


def test_a_tag_is_forgotten_after_four_hours_at_most() -> None:
    readings = Readings(("a",), 1, 3)
    for t in range(0, 4 * 3600 + 60, 10):
        readings.hear(Sighting(float(t), "a", 0, -50, False))
        there = readings.present(float(t))[0]
        assert there == (t <= 4 * 3600 or readings.first[0] >= 4 * 3600)
    assert readings.first[0] > 4 * 3600


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    readings = Readings(("a", "b"), 2, 3)
    readings.hear(Sighting(5.0, "a", 1, -50, False))
    assert readings.present(6.0).tolist() == [False, True]
    assert not readings.present(40.0).any()
    assert not readings._sum.any()
    assert not readings._n.any()
    assert np.isnan(readings.heard).all()


def test_memory_does_not_grow_with_ten_thousand_sightings_a_second() -> None:
    judge = Strongest(TWO, 500)
    for n in range(10_000):
        judge.hear(Sighting(n / 10_000, "ab"[n % 2], n % 500, -60.0, False))
    judge.step(1.0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(10_000, 20_000):
        judge.hear(Sighting(n / 10_000, "ab"[n % 2], n % 500, -60.0, False))
        if n % 10_000 == 9_999:
            judge.step(float(n // 10_000 + 1))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 50_000
