"""The survey's map of strength and the Bayes filter over the floor."""

import numpy as np
import pytest

from edge.plan import Plan, PlanError, Radio, Sensor, Zone
from edge.radio.adverts import Sighting
from edge.radio.estimator import estimator
from edge.radio.floor import Scanners
from edge.radio.grid import Grid
from edge.radio.position import Strongest
from edge.radio.survey import FALL, P0_DBM, field, read_survey

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


def strength(x: float, y: float, p0: float = P0_DBM, fall: float = FALL) -> dict[str, float]:
    far = np.maximum(1.0, np.hypot(FOUR.xyz[:, 0] - x, FOUR.xyz[:, 1] - y))
    return dict(zip(FOUR.names, (p0 - 10 * fall * np.log10(far)).tolist(), strict=True))


def hear(judge: Grid, t: float, tag: int, x: float, y: float, noise: np.random.Generator | None = None) -> None:
    for name, level in strength(x, y).items():
        judge.hear(Sighting(t, name, tag, level + (noise.normal(0, 4) if noise else 0.0), False))


def test_a_walk_across_the_floor() -> None:
    judge, noise, right = Grid(FOUR, HALVES, 2, None), np.random.default_rng(3), 0
    for t in range(90):
        hear(judge, t + 0.5, 1, 1 + 8 * t / 90, 5, noise)
        (guess,) = judge.step(t + 1.0)
        assert guess.tag == 1
        right += guess.zone == ("left" if t < 45 else "right")
    assert right >= 80


def test_the_probability_is_a_share_and_low_at_the_border() -> None:
    judge = Grid(FOUR, HALVES, 2, None)
    for t in range(20):
        hear(judge, t + 0.5, 0, 1, 5)
        hear(judge, t + 0.5, 1, 5, 5)
        sure, torn = judge.step(t + 1.0)
    assert sure.zone == "left"
    assert 0.75 < sure.probability <= 1.0
    assert 0.4 < torn.probability < 0.65


def test_outside_all_zones_is_an_answer() -> None:
    judge = Grid(FOUR, HALVES[:1], 1, None)
    for t in range(20):
        hear(judge, t + 0.5, 0, 9, 5)
        (guess,) = judge.step(t + 1.0)
    assert guess.zone is None


def test_a_tag_that_is_gone_starts_from_anywhere_again() -> None:
    judge = Grid(FOUR, HALVES, 1, None)
    for t in range(20):
        hear(judge, t + 0.5, 0, 1, 5)
        judge.step(t + 1.0)
    assert [len(judge.step(20.0 + t)) for t in (29, 31)] == [1, 0]
    assert np.ptp(judge._weight) == 0


def test_a_dead_scanner_does_not_pull_and_is_told() -> None:
    judge = Grid(FOUR, HALVES, 1, None)
    for t in range(60):
        for name, level in strength(2, 5).items():
            if name != "a" or t < 5:
                judge.hear(Sighting(t + 0.5, name, 0, level, False))
        (guess,) = judge.step(t + 1.0)
    assert guess.zone == "left"
    assert judge.silent(60.0) == [0]


def test_a_large_floor_has_larger_squares_and_loses_no_weight() -> None:
    hall = (Zone(id="hall", sensor="radio", polygon=((0, 0), (300, 0), (300, 200), (0, 200))),)
    judge = Grid(FOUR, hall, 1, None)
    assert judge._weight[0].size <= 3200
    hear(judge, 0.5, 0, 5, 5)
    judge.step(1.0)
    for _ in range(20):
        assert judge._move(judge._weight).sum() == pytest.approx(1, abs=1e-4)


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
    mean, variance = field(FOUR, np.array([[6.0, 5.0], [60.0, 60.0]]), read_survey(rows(said), FOUR))
    assert mean[0, 0] < strength(6, 5)["a"] - 4
    assert variance[0, 0] < variance[0, 1]


def test_a_survey_that_cannot_be_used() -> None:
    assert read_survey(["x_m,y_m,scanner,rssi_dbm", "1,1,zz,-50", "1,1,a,5"], FOUR).spots.shape == (0, 2)
    for bad in ("1,x,a,-50", "1,1,a", "nan,1,a,-50"):
        with pytest.raises(PlanError, match=r"radio\.survey line 2"):
            read_survey(["x_m,y_m,scanner,rssi_dbm", bad], FOUR)


def test_the_scanners_file_chooses_the_rule() -> None:
    plan = Plan(
        site="s",
        device="d",
        timezone="UTC",
        level="standard",
        sensors=(Sensor(id="radio", kind="gateway"),),
        zones=HALVES,
        radio=Radio(scanners=""),
    )
    assert isinstance(estimator(plan, "radio", 1, ["a,1,1,2"]), Grid)
    assert isinstance(estimator(plan, "radio", 1, ["a,1,1,2,left"]), Strongest)
