"""The floor of the simulated shop as a scene of points: measured by the rules of the product without an error."""

import json
from pathlib import Path

from edge.replay import measure
from tests.commands import done


def test_points_of_the_shop_are_a_scene_that_measures_itself(tmp_path: Path) -> None:
    flags = ["--as", "points", "--day", "2026-03-06", "--visits", "900", "--seconds", "300", "--out", str(tmp_path)]
    scene = Path(done("simulators", "shop", *flags).stdout.strip())
    assert scene == tmp_path / "scenes/s001-floor.json"
    measured = measure(scene)
    assert (measured["frames"], measured["hota"]) == (1500, 1.0)
    assert measured["lines"]["true"] > 10
    assert measured["lines"]["gross"] == 0
    assert measured["zones"]["shelves"]["occupancy_mae"] == 0
    queue = measured["queues"]["tills"]
    assert (queue["served_measured"], queue["wait_mae_s"], queue["length_mae"]) == (queue["served_true"], 0, 0)
    assert json.loads(scene.read_text())["staff_ids"], "a cashier is at work"


def test_points_need_a_folder() -> None:
    said = done("simulators", "shop", "--as", "points")
    assert said.returncode == 2
    assert "--out" in said.stderr
