"""The survey's map of strength and the Bayes filter over the floor."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.plan import Plan, PlanError, Radio, Sensor, Zone
from edge.radio.adverts import Sighting
from edge.radio.estimator import estimator, placing
from edge.radio.filter import Filter
from edge.radio.floor import Scanners
from edge.radio.grid import Grid, over_floor
from edge.radio.position import LAG_S
from edge.radio.squares import squares
from edge.radio.strength import FALL, P0_DBM, Rooms, field, walled
from edge.radio.survey import Survey, read_survey
from edge.radio.votes import Zones

HALVES = (
    Zone(id="left", sensor="radio", polygon=((0, 0), (5, 0), (5, 10), (0, 10))),
    Zone(id="right", sensor="radio", polygon=((5, 0), (10, 0), (10, 10), (5, 10))),
)
FOUR = Scanners(
    ("a", "b", "c", "d"),
    np.array([[0, 0, 1.2], [10, 0, 1.2], [0, 10, 1.2], [10, 10, 1.2]], float),
    ("left", "right", "left", "right"),
    (1, 2, 3, 4),
)


def grid(zones: tuple[Zone, ...] = HALVES, tags: int = 1, survey: Survey | None = None) -> Filter:
    return over_floor(FOUR, squares(FOUR, zones, survey), tags, survey)


def strength(x: float, y: float, p0: float = P0_DBM, fall: float = FALL) -> dict[str, float]:
    far = np.maximum(1.0, np.hypot(FOUR.xyz[:, 0] - x, FOUR.xyz[:, 1] - y))
    return dict(zip(FOUR.names, (p0 - 10 * fall * np.log10(far)).tolist(), strict=True))


def hear(judge: Filter, t: float, tag: int, x: float, y: float, noise: np.random.Generator | None = None) -> None:
    for name, level in strength(x, y).items():
        judge.hear(Sighting(t, name, tag, level + (noise.normal(0, 4) if noise else 0.0), False))


def test_a_walk_across_the_floor_each_second_told_three_later() -> None:
    judge, noise, right = grid(tags=2), np.random.default_rng(3), 0
    for t in range(90):
        hear(judge, t + 0.5, 1, 1 + 8 * t / 90, 5, noise)
        guesses = judge.step(t + 1.0)
        assert len(guesses) == (t >= 2)
        for guess in guesses:
            assert (guess.tag, guess.at) == (1, t + 1.0 - LAG_S)
            right += guess.zone == ("left" if guess.at < 45 else "right")
    assert right >= 82


def test_the_probability_is_a_share_and_low_at_the_border() -> None:
    judge = grid(tags=2)
    for t in range(20):
        hear(judge, t + 0.5, 0, 1, 5)
        hear(judge, t + 0.5, 1, 5, 5)
        guesses = judge.step(t + 1.0)
    sure, torn = guesses
    assert sure.zone == "left"
    assert 0.75 < sure.probability <= 1.0
    assert 0.4 < torn.probability < 0.65


def test_outside_all_zones_is_an_answer() -> None:
    judge = grid(HALVES[:1])
    for t in range(20):
        hear(judge, t + 0.5, 0, 9, 5)
        guesses = judge.step(t + 1.0)
    assert guesses[0].zone is None


def test_a_tag_that_is_gone_starts_from_anywhere_again() -> None:
    judge = grid()
    for t in range(20):
        hear(judge, t + 0.5, 0, 1, 5)
        judge.step(t + 1.0)
    assert judge._off.any()
    assert [len(judge.step(20.0 + t)) for t in (29, 31)] == [1, 0]
    assert not judge._off.any()
    assert judge._memory._row[0] == -1


def test_a_dead_scanner_does_not_pull_and_is_told() -> None:
    judge = grid()
    for t in range(60):
        for name, level in strength(2, 5).items():
            if name != "a" or t < 5:
                judge.hear(Sighting(t + 0.5, name, 0, level, False))
        guesses = judge.step(t + 1.0)
    assert guesses[0].zone == "left"
    assert judge.silent(60.0) == [0]


def test_a_tag_that_is_weaker_than_all_others_is_found_all_the_same() -> None:
    judge = grid()
    for t in range(120):
        for name, level in strength(3, 5).items():
            judge.hear(Sighting(t + 0.5, name, 0, level - 6, False))
        guesses = judge.step(t + 1.0)
    assert guesses[0].zone == "left"
    assert -9 < judge._off[0].mean() < -3


def test_a_slow_tag_is_answered_for_later_and_no_second_is_passed_over() -> None:
    judge, at = grid(), []
    for t in range(120):
        if t % 4 == 0:
            hear(judge, t + 0.5, 0, 2, 5)
        at += [guess.at for guess in judge.step(t + 1.0)]
    assert sorted(set(at)) == [float(t) for t in range(116)]
    assert at[-1] == 120 - 5


def test_a_large_floor_has_larger_squares_and_loses_no_weight() -> None:
    hall = (Zone(id="hall", sensor="radio", polygon=((0, 0), (300, 0), (300, 200), (0, 200))),)
    floor = squares(FOUR._replace(xyz=FOUR.xyz * 25), hall, None)
    assert len(floor.centres) <= 3200
    judge = over_floor(FOUR, floor, 1, None)
    weight = np.zeros((1, len(floor.centres)), dtype=np.float32)
    weight[0, 0] = 1
    for _ in range(20):
        weight = judge.places.move(weight)
        assert weight.sum() == pytest.approx(1, abs=0.01)
        weight /= weight.sum()


def test_a_zone_drawn_far_beyond_the_scanners_ends_where_nobody_hears() -> None:
    wide = (Zone(id="all", sensor="radio", polygon=((-500, -500), (500, -500), (500, 500), (-500, 500))),)
    floor = squares(FOUR, wide, None)
    assert floor.cell == 0.8
    assert floor.centres.min() > -8
    far = (Zone(id="far", sensor="radio", polygon=((50, 0), (60, 0), (60, 10), (50, 10))),)
    assert "far" in squares(FOUR, far, None).rooms.spots


def test_memory_does_not_grow_with_ten_thousand_sightings_a_second() -> None:
    judge = grid(tags=500)
    for second in range(5):
        if second == 2:
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
        for n in range(10_000):
            judge.hear(Sighting(second + n / 10_000, "abcd"[n % 4], n % 500, -60.0, False))
        judge.step(second + 1.0)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 12), st.sampled_from("abcdz"), st.integers(0, 2), st.floats(-120, -0.1)), max_size=60
    )
)
def test_whatever_is_heard_every_answer_is_a_probability(heard: list[tuple[float, str, int, float]]) -> None:
    judge, due = grid(tags=3), sorted(heard)
    for second in range(1, 18):
        while due and due[0][0] < second:
            at, name, tag, level = due.pop(0)
            judge.hear(Sighting(at, name, tag, level, False))
        for guess in judge.step(float(second)):
            assert 0 < guess.probability <= 1
            assert guess.zone in (None, "left", "right")
            assert guess.at <= second - LAG_S


def rows(levels: dict[tuple[int, int], dict[str, float]]) -> list[str]:
    return [
        "x_m,y_m,scanner,rssi_dbm",
        *(f"{x},{y},{name},{level}" for (x, y), said in levels.items() for name, level in said.items()),
    ]


def test_a_survey_finds_the_path_loss_back() -> None:
    spots = [(1, 2), (4, 8), (9, 1), (6, 5), (2, 7), (8, 9)]
    survey = read_survey(rows({spot: strength(*spot, p0=-50, fall=3) for spot in spots}), FOUR)
    found = field(FOUR, np.array([[3.0, 3.0], [7.0, 6.0]]), survey).mean
    for i, spot in enumerate([(3, 3), (7, 6)]):
        np.testing.assert_allclose(found[:, i], list(strength(*spot, p0=-50, fall=3).values()), atol=0.5)


def test_the_map_bends_to_a_survey_and_is_surer_near_it() -> None:
    spots = [(1, 2), (4, 8), (9, 1), (6, 5)]
    said = {spot: strength(*spot) for spot in spots}
    for one in said.values():
        one["a"] -= 10
    mean, variance, *_ = field(FOUR, np.array([[6.0, 5.0], [60.0, 60.0]]), read_survey(rows(said), FOUR))
    assert mean[0, 0] < strength(6, 5)["a"] - 3
    assert variance[0, 0] < variance[0, 1]


def test_a_survey_that_cannot_be_used_says_why() -> None:
    heading = "x_m,y_m,scanner,rssi_dbm"
    with pytest.raises(PlanError, match=r"radio\.survey: no line with a strength"):
        read_survey([heading, "1,1,zz,-50", "1,1,a,5"], FOUR)
    with pytest.raises(PlanError, match=r"radio\.survey: the column rssi_dbm is missing"):
        read_survey(["x_m,y_m,scanner", "1,1,a"], FOUR)


def test_lines_of_a_survey_that_say_nothing_are_counted() -> None:
    lines = ["zone;rssi_dbm;x_m;note;scanner;y_m", "in;-50;1;;A;2", ";-50;x;;a;2", "in;nan;1;;a;2", "in;0;1;;a;2"]
    survey = read_survey([*lines, "in;-60;1;;zz;2", "out;-70;;;b;"], FOUR)
    assert survey.unused == {"no place": 1, "no usable strength": 2, "unknown scanner": 1}
    assert survey.spots.tolist() == [[1, 2]]
    assert survey.at == ("in",)
    assert survey.zones == ("in", "out")
    assert survey.levels[0, 0] == -50
    assert np.isnan(survey.levels[0, 1:]).all()
    assert survey.heard.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]


def test_a_survey_of_thousands_of_spots_is_joined() -> None:
    places = np.random.default_rng(1).uniform(0, 10, (3000, 2))
    survey = read_survey(["x_m,y_m,scanner,rssi_dbm", *(f"{x},{y},a,{-50 - x:.1f}" for x, y in places)], FOUR)
    assert len(survey.spots) <= 150
    assert survey.n.sum() == 3000
    np.testing.assert_allclose(survey.levels[:, 0], -50 - survey.spots[:, 0], atol=0.1)


def test_a_scanner_that_the_survey_did_not_hear_keeps_its_path_loss() -> None:
    spots = [(1, 2), (4, 8), (9, 1), (6, 5), (2, 7)]
    said = {spot: {n: v for n, v in strength(*spot).items() if n != "c"} for spot in spots}
    mean, variance, *_ = field(FOUR, np.array([[1.0, 9.0], [9.0, 1.0]]), read_survey(rows(said), FOUR))
    assert mean[2, 0] > mean[2, 1] + 10
    assert (variance[2] > variance[0] + 20).all()


def test_walls_are_found_where_they_are_and_nowhere_else() -> None:
    spots = [(1, 2), (4, 8), (9, 1), (6, 5), (2, 7), (8, 8), (7, 2), (3, 3)]
    rooms = Rooms((), tuple("left" if x < 5 else "right" for x, _ in spots), FOUR.zones)
    said = {spot: strength(*spot) for spot in spots}
    assert not walled(FOUR, read_survey(rows(said), FOUR), rooms)
    for spot, level in said.items():
        for name, zone in zip(FOUR.names, FOUR.zones, strict=True):
            level[name] -= 7 * (zone != ("left" if spot[0] < 5 else "right"))
    assert walled(FOUR, read_survey(rows(said), FOUR), rooms)


def plan() -> Plan:
    return Plan(
        site="s", device="d", timezone="UTC", level="standard", sensors=(Sensor(id="radio", kind="gateway"),),
        zones=HALVES, radio=Radio(scanners=""),
    )  # fmt: skip


def test_what_is_known_chooses_the_rule() -> None:
    bare = ["scanner,x_m,y_m,z_m", "a,1,1,2", "b,9,9,2"]
    named = ["scanner,x_m,y_m,z_m,zone", "a,1,1,2,left", "b,9,9,2,right"]
    spots = ["x_m,y_m,scanner,rssi_dbm,zone", *(f"{x},{x},a,-50,{'left' if x < 5 else 'right'}" for x in range(9))]
    sounds = ["scanner,rssi_dbm,zone", "a,-50,left", "b,-50,right"]
    assert isinstance(estimator(plan(), "radio", 1, bare).places, Grid)
    assert isinstance(estimator(plan(), "radio", 1, named).places, Zones)
    assert isinstance(estimator(plan(), "radio", 1, named, spots).places, Grid)
    assert isinstance(placing((), (), 1, bare, spots).places, Grid)
    assert isinstance(placing((), (), 1, bare, sounds).places, Zones)
    assert isinstance(placing((), (), 1, named).places, Zones)
    with pytest.raises(PlanError, match="zones: neither"):
        placing((), (), 1, bare)
