"""The report of `measure`: what it says besides the errors, from a small clip of the simulator with known truth."""

import json
from datetime import date
from pathlib import Path

import pytest

from edge.replay import measure, report
from simulators.shop import Shop, camera, plan_table
from simulators.shoppers import simulate
from simulators.stream import write_clip


@pytest.fixture(scope="module")
def tills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of the camera over the tills at noon, with the staff zone drawn in."""
    shop = Shop(visits=900.0)
    start = simulate(shop, date(2026, 3, 5)).opens + 4.2 * 3600
    path = write_clip(tmp_path_factory.mktemp("clip"), "tills", shop, camera("camera-2"), start, 20.0, 4.0)
    scene = json.loads(path.read_text())
    staff = next(zone for zone in plan_table(shop)["zones"] if zone["role"] == "staff")
    scene["zones"].append({"id": "back", "polygon": staff["polygon"], "role": "staff"})
    # A line before the counter that only a cashier crosses.
    scene["lines"] = [{"id": "counter", "a": [300, 60], "b": [300, 200], "hysteresis": 4}]
    path.write_text(json.dumps(scene))
    return path


def test_the_report_has_every_figure(tills: Path, yolox: Path) -> None:
    measured = measure(tills, model=yolox)
    assert measured["frames"] == 80
    assert 0.3 < measured["idf1"] <= 1.0
    assert measured["groups"] >= 0
    queue = measured["queues"]["tills"]
    assert set(queue) >= {"served_true", "wait_mae_s", "length_mae", "wait_little_s"}
    assert queue["length_mae"] <= 1.5
    assert "back" not in measured["zones"], "a staff zone has no figures"
    table = report(measured)
    assert "idf1" in table
    assert "queue tills" in table
