"""What is said of zones that scanners cannot tell apart."""

from pathlib import Path

import numpy as np

from edge.check import check
from edge.plan import Broker, Outbox, Plan, Radio, Sensor, Zone
from edge.radio.floor import Scanners
from edge.radio.layout import flaws, lacks
from edge.radio.survey import read_survey


def squares_of(metres: float, n: int = 3) -> list[Zone]:
    return [
        Zone(id=f"z{i}{j}", sensor="r", polygon=tuple((metres * (i + a), metres * (j + b)) for a, b in CORNERS))
        for i in range(n)
        for j in range(n)
    ]


CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def stand(n: int, named: bool = False) -> Scanners:
    places = np.column_stack([np.linspace(1, 15, n), np.linspace(1, 15, n), np.full(n, 2.5)])
    return Scanners(tuple(f"s{i}" for i in range(n)), places, (None,) * n, tuple(range(2, n + 2)), named)


def test_a_zone_for_each_scanner_is_too_small_and_six_zones_for_twelve_scanners_are_not() -> None:
    zones = squares_of(5.5)
    found = flaws(stand(9), zones)
    assert len(found) == 9
    assert found[0].startswith("zone z00: 30 m2 with one scanner for 30 m2 cannot be told")
    assert flaws(stand(9), zones[:1]) == []
    assert flaws(stand(12), squares_of(7.5, 2)) == []


def test_scanners_that_stand_elsewhere_and_too_few_of_them_are_told() -> None:
    far = stand(8)._replace(xyz=stand(8).xyz * 100)
    assert flaws(far, squares_of(20, 2)) == ["8 scanners stand more than 10 m from all zones: is all in metres?"]
    assert "fewer than three scanners" in flaws(stand(2), squares_of(20, 1))[-1]
    assert flaws(stand(2, named=True), []) == []


def test_a_scanner_that_the_survey_never_heard_is_told_by_its_line() -> None:
    survey = read_survey(["x_m,y_m,scanner,rssi_dbm", "1,1,s0,-50", "1,1,s2,-50"], stand(3))
    assert lacks(stand(3), survey) == ["the survey did not hear the scanner on line 3 of radio.scanners"]
    assert lacks(stand(3), None) == []


def test_check_tells_a_layout_that_cannot_work_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    lines = [f"s{i},{1 + i},{1 + i},2.5" for i in range(9)]
    (tmp_path / "scanners.csv").write_text("\n".join(lines), encoding="utf-8")
    plan = Plan(
        site="s", device="d", timezone="UTC", level="standard", sensors=(Sensor(id="r", kind="gateway"),),
        zones=tuple(squares_of(5.5)), broker=Broker(port=1), outbox=Outbox(dir=str(tmp_path / "outbox")),
        radio=Radio(scanners=str(tmp_path / "scanners.csv"), gateway_port=1),
    )  # fmt: skip
    found = [one for one in check(plan, timeout=0.2) if one.what == "zones of r"]
    assert len(found) == 9
    assert not any(one.ok for one in found)
    (tmp_path / "scanners.csv").unlink()
    (one,) = (one for one in check(plan, timeout=0.2) if one.what == "zones of r")
    assert one.note.startswith("radio.scanners: cannot be read")
