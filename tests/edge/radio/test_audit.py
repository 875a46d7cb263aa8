"""Recorded readings through the estimator."""

import csv
from pathlib import Path

import pytest

from edge.plan import Plan, PlanError, Radio, Sensor, Zone
from edge.radio.audit import Placed, replay_adverts

SCANNERS = ["scanner,x_m,y_m,z_m", "a,1,1,2", "b,9,1,2"]


def plan(*zones: Zone, tags: dict | None = None) -> Plan:
    return Plan(
        site="s",
        device="d",
        timezone="UTC",
        level="standard",
        sensors=(Sensor(id="radio", kind="gateway"),),
        zones=zones,
        radio=Radio(scanners="", tags=tags or {"T1": "trolley", "aa:bb:cc:dd:ee:ff": "basket"}),
    )


HALVES = (
    Zone(id="left", sensor="radio", polygon=((-5, -5), (5, -5), (5, 15), (-5, 15))),
    Zone(id="right", sensor="radio", polygon=((5, -5), (15, -5), (15, 15), (5, 15))),
)


def test_each_second_of_each_listed_tag_and_nothing_of_others() -> None:
    rows = [
        f"{t}.2,{s},{tag},{-60 - 25 * (s == far)}"
        for t in range(20)
        for s in "ab"
        for tag, far in (("T1", "b"), ("AABBCCDDEEFF", "a"), ("stranger", "a"), ("112233445566", "b"))
    ]
    placed = list(replay_adverts(["t_s,scanner,tag,rssi_dbm", *rows], plan(*HALVES), SCANNERS))
    assert {(p.tag, p.zone) for p in placed} == {("T1", "left"), ("aa:bb:cc:dd:ee:ff", "right")}
    assert [p.t_s for p in placed if p.tag == "T1"] == [float(t) for t in range(20)]
    assert all(isinstance(p, Placed) and 0.4 < p.probability <= 1 for p in placed)


@pytest.mark.parametrize(
    ("row", "said"), [("1,a,T1", "line 2: expected"), ("x,a,T1,-50", "line 2: t_s"), ("-1,a,T1,-50", "line 2: t_s")]
)
def test_errors_name_the_line(row: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        list(replay_adverts(["0,a,T1,-50", row], plan(*HALVES), SCANNERS))


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
        events = (f"{r['t_s']},{r['scanner']},T1,{r['rssi_dbm']}" for r in rows)
        scanners = (folder / "scanners.csv").read_text(encoding="utf-8").splitlines()
        said = {round(p.t_s): p.zone for p in replay_adverts(events, plan(*quadrants), scanners)}
        right += sum(said.get(t) == zone for t, zone in where.items())
        of += len(where)
    assert right / of >= 0.65
