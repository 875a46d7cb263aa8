"""Recorded readings through the estimator."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.plan import PlanError, Zone
from edge.radio.audit import Placed, heading, line, replay_adverts
from edge.radio.estimator import placing

SCANNERS = ["scanner,x_m,y_m,z_m", "a,1,1,2", "b,9,1,2"]
TAGS = ["T1", "aa:bb:cc:dd:ee:ff"]
HALVES = (
    Zone(id="left", sensor="radio", polygon=((-5, -5), (5, -5), (5, 15), (-5, 15))),
    Zone(id="right", sensor="radio", polygon=((5, -5), (15, -5), (15, 15), (5, 15))),
)
HEADING = "t_s,scanner,tag,rssi_dbm"


def placed(events: list[str], counts: Counter[str] | None = None) -> list[Placed]:
    judge = placing(HALVES, (), len(TAGS), SCANNERS)
    return list(replay_adverts(events, judge, ["a", "b"], TAGS, Counter() if counts is None else counts))


def walk(tag: str = "T1", start: int = 0, end: int = 20) -> list[str]:
    return [f"{t}.2,{s},{tag},{-60 - 25 * (s == 'b')}" for t in range(start, end) for s in "ab"]


def test_each_second_of_each_listed_tag_and_nothing_of_others() -> None:
    rows = [
        f"{t}.2,{s},{tag},{-60 - 25 * (s == far)}"
        for t in range(20)
        for s in "ab"
        for tag, far in (("T1", "b"), ("AABBCCDDEEFF", "a"), ("stranger", "a"), ("112233445566", "b"))
    ]
    counts: Counter[str] = Counter()
    found = placed([HEADING, *rows], counts)
    assert {(p.tag, p.zone) for p in found} == {("T1", "left"), ("aa:bb:cc:dd:ee:ff", "right")}
    assert [p.t_s for p in found if p.tag == "T1"] == [float(t) for t in range(20)]
    assert all(0.4 < p.probability <= 1 for p in found)
    assert counts == {"readings": 80, "tag not listed": 80}


def test_columns_in_any_order_with_others_a_mark_and_windows_line_ends() -> None:
    plain = placed([HEADING, *walk()])
    assert placed(walk()) == plain
    turned = [";".join([r[3], "x", r[2], r[0], r[1]]) + "\r\n" for r in (row.split(",") for row in walk())]
    assert placed(["\ufeffRSSI_dBm;note;tag;t_s;scanner\r\n", "# a remark", "", *turned]) == plain


def test_times_out_of_order_are_put_in_order() -> None:
    assert placed([HEADING, *reversed(walk())]) == placed([HEADING, *walk()])


def test_what_cannot_be_used_is_counted_and_changes_nothing() -> None:
    bad = [
        "5.1,zz,T1,-50",
        "5.1,a,T1,0",
        "5.1,a,T1,nan",
        "5.1,a,T1,-300",
        "x,a,T1,-50",
        "1e30,a,T1,-50",
        "5.1,a,,-50",
    ]
    counts: Counter[str] = Counter()
    assert placed([HEADING, *walk(), *bad, "5.1", '"'], counts) == placed([HEADING, *walk()])
    assert counts == {"readings": 40, "unknown scanner": 1, "no usable strength": 3, "no usable time or tag": 5}


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(PlanError, match="events: the column tag is missing"):
        placed(["t_s,scanner,rssi_dbm", "1,a,-50"])


def test_a_tag_listed_twice_is_an_error_however_it_is_spelled() -> None:
    with pytest.raises(PlanError, match=r"radio\.tags entry 2: the same tag"):
        list(
            replay_adverts(
                [], placing(HALVES, (), 2, SCANNERS), ["a"], ["aabbccddeeff", "AA-BB-CC-DD-EE-FF"], Counter()
            )
        )


def test_a_pause_of_years_is_passed_over_and_what_was_before_is_forgotten() -> None:
    later = 1_700_000_000
    counts: Counter[str] = Counter()
    found = placed([HEADING, *walk(), *walk("T1", later, later + 20)], counts)
    assert counts["pauses"] == 1
    assert {p.t_s for p in found if p.t_s >= later} == {float(t) for t in range(later, later + 20)}
    assert max(p.t_s for p in found if p.t_s < later) < 60


def test_an_answer_rests_on_nothing_later_than_the_lag() -> None:
    events = [HEADING, *walk("T1", 0, 30)]
    whole = {p.t_s: p for p in placed(events)}
    for cut in (8, 15):
        part = {p.t_s: p for p in placed([e for e in events if e == HEADING or float(e.split(",")[0]) < cut])}
        assert all(part[t] == whole[t] for t in part if t <= cut - 3)


def test_the_lag_stands_in_the_first_line_and_unknown_is_a_word() -> None:
    assert heading().startswith("# lag_s=3:")
    assert heading().endswith("\nt_s,tag,zone,probability\n")
    assert line(Placed(1_700_000_000.0, "T1", None, 0.51234)) == "1700000000,T1,unknown,0.512\n"
    assert line(Placed(1.0, 'T,"1', "hall", 1.0)) == '1,"T,""1",hall,1.000\n'


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=20))
def test_any_text_is_survived(lines: list[str]) -> None:
    judge = placing(HALVES, (), 2, SCANNERS)
    for one in replay_adverts([HEADING, *lines], judge, ["a", "b"], TAGS, Counter()):
        assert 0 <= one.probability <= 1


def test_zones_of_a_real_room(shared_data: Path) -> None:
    folder = shared_data / "beacon/tetam_openplan"
    quadrants = [
        Zone(id=f"q{i}{j}", sensor="radio", polygon=((x, y), (x + 15, y), (x + 15, y + 15), (x, y + 15)))
        for i, x in enumerate((-4.67, 10.33))
        for j, y in enumerate((-6.18, 8.82))
    ]
    right = of = 0
    for name in ("with", "without"):
        with (folder / f"track_rectangular_{name}_rotation.csv").open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        where = {
            round(float(r["t_s"])): f"q{int(float(r['x_m']) >= 10.33)}{int(float(r['y_m']) >= 8.82)}" for r in rows
        }
        events = [HEADING, *(f"{r['t_s']},{r['scanner']},T1,{r['rssi_dbm']}" for r in rows)]
        scanners = (folder / "scanners.csv").read_text(encoding="utf-8").splitlines()
        names = [text.split(",")[0] for text in scanners[1:]]
        judge = placing(quadrants, (), 1, scanners)
        said = {round(p.t_s): p.zone for p in replay_adverts(events, judge, names, ["T1"], Counter())}
        right += sum(said.get(t) == zone for t, zone in where.items())
        of += len(where)
    assert right / of >= 0.65
