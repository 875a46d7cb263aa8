"""Scanners on the floor."""

import numpy as np
import pytest

from edge.plan import Plan, PlanError, Radio, Sensor, Zone
from edge.radio.floor import radio_zones, read_scanners

PLAN = Plan(
    site="s",
    device="d",
    timezone="UTC",
    level="standard",
    sensors=(Sensor(id="gate", kind="gateway"), Sensor(id="cam", kind="camera", source="x")),
    zones=(
        Zone(id="left", sensor="gate", polygon=((0, 0), (5, 0), (5, 10), (0, 10))),
        Zone(id="right", sensor="gate", polygon=((5, 0), (10, 0), (10, 10), (5, 10))),
        Zone(id="seen", sensor="cam", polygon=((0, 0), (640, 0), (640, 480), (0, 480))),
    ),
    radio=Radio(scanners=""),
)


def test_a_scanner_stands_in_the_zone_that_holds_it_or_that_its_line_names() -> None:
    lines = ["scanner,x_m,y_m,z_m,zone", "A,1,1,2.5", "", "# b", "b,6,1,2.5,left", "c,50,1,2.5,", "d,6,1,2.5,seen"]
    scanners = read_scanners(lines, radio_zones(PLAN, "gate"), {"seen"})
    assert scanners.names == ("a", "b", "c", "d")
    assert scanners.zones == ("left", "left", None, None)
    assert scanners.lines == (2, 5, 6, 7)
    np.testing.assert_array_equal(scanners.xyz[0], [1, 1, 2.5])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["a,1,1,1", "A,2,2,2"], "radio.scanners line 2: this scanner stands on an earlier line"),
        (["a,1,1"], "radio.scanners line 1: expected"),
        (["a,1,x,1"], "radio.scanners line 1: x_m"),
        (["a,1,nan,1"], "radio.scanners line 1: x_m"),
        (["a,1,1,1,nowhere"], "radio.scanners line 1: zone"),
        ([], "radio.scanners: no scanner"),
    ],
)
def test_errors_name_the_line(lines: list[str], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        read_scanners(lines, radio_zones(PLAN))
