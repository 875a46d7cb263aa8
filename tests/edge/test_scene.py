import json
from typing import Any

import pytest

from edge import plan
from edge.scene import SceneError, parse, place_names, plan_table
from edge.truth import read

SCENE: dict[str, Any] = {
    "name": "Shop Ä 1",
    "clip": "clips/a.mp4",
    "width": 100,
    "height": 80,
    "fps": 25,
    "notes": {"made": "by hand"},
    "truth": {"file": "truth/a.csv", "format": "boxes", "fps": 25, "frames": 50, "first_frame": 10},
    "lines": [{"id": "Door", "a": [10, 10], "b": [90, 10], "hysteresis": 4}],
    "zones": [{"id": "door", "polygon": [[-800, -800], [900, -800], [900, 900], [-800, 900]]}],
    "queues": [{"id": "T 1", "polygon": [[0, 0], [9, 0], [9, 9]], "service": [[0, 0], [5, 0], [5, 5]]}],
    "floor": [[0, 0, 0, 0], [10, 0, 1, 0], [10, 10, 1, 1], [0, 10, 0, 1]],
    "ignore": [[[0, 0], [5, 0], [5, 5]]],
    "view": "overhead",
}


def scene(**changes: Any) -> bytes:
    return json.dumps({k: v for k, v in (SCENE | changes).items() if v is not None}).encode()


def test_a_plan_that_plays_the_clip() -> None:
    table = plan_table(parse(scene()), "/clips/a.mp4")
    made = plan.parse(table)
    assert (made.site, made.device, made.level) == ("replay", "shop-1", "standard")
    assert made.sensors[0].loop
    assert made.sensors[0].source == "/clips/a.mp4"
    assert made.sensors[0].view == "overhead"
    assert [p.id for p in (*made.lines, *made.zones, *made.queues)] == ["door", "door-2", "t-1"]
    assert place_names(parse(scene())) == {
        ("line", "Door"): "door",
        ("zone", "door"): "door-2",
        ("queue", "T 1"): "t-1",
    }


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": None}, "name: missing"),
        ({"fps": None}, "fps: missing"),
        ({"fps": 0}, "fps: "),
        ({"clip": None, "truth": None}, "clip: missing"),
        ({"lines": [{"id": "a", "a": [1, 1], "b": [1, 1]}]}, r"lines\[0\].b: "),
        ({"lines": [{"id": "a", "a": [-9, 1], "b": [-1, 1]}]}, r"lines\[0\]: wholly outside"),
        ({"lines": [{"id": "a", "a": [1, 1], "b": [1, 2]}] * 2}, r"lines\[1\].id: used twice"),
        (
            {"zones": [{"id": "a", "polygon": [[0, 0], [9, 9], [9, 0], [0, 9]]}]},
            r"zones\[0\].polygon: .* crosses itself",
        ),
        (
            {"queues": [{"id": "q", "polygon": [[0, 0], [9, 0], [9, 9]], "service": [[0, 0], [5, 5], [9, 9]]}]},
            r"queues\[0\].service: all corners lie on one line",
        ),
        ({"ignore": [[[0, 0], [5, 0], [0, 0]]]}, r"ignore\[0\]: fewer than three different corners"),
        ({"zones": [{"id": "a", "polygon": [[200, 0], [209, 0], [209, 9]]}]}, r"zones\[0\].polygon: wholly outside"),
        ({"ignore": [[[200, 0], [209, 0], [209, 9]]]}, r"ignore\[0\]: wholly outside"),
        ({"floor": [[0, 0, 0, 0]]}, "floor: at least 4"),
        ({"truth": {"file": "x", "format": "boxes"}}, r"truth.fps: missing"),
        ({"truth": {"file": "secret", "format": "secret"}}, r"truth.format: not one of"),
    ],
)
def test_errors_name_the_key_and_no_value(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(SceneError, match=text) as caught:
        parse(scene(**changes))
    assert "secret" not in str(caught.value)


def test_no_json() -> None:
    with pytest.raises(SceneError, match="no JSON"):
        parse(b"{")


def test_frames_of_a_truth_are_shifted_and_bounded() -> None:
    truth = parse(scene()).truth
    assert truth
    walks = read("frame,id,x,y,w,h\n9,1,0,0,2,4\n10,1,0,0,2,4\n59,1,2,0,2,4\n60,1,4,0,2,4\n", truth)
    assert [(m.at, *m.xy[0].tolist(), float(m.height[0])) for m in walks.moments] == [(0, 1, 4, 4), (1.96, 3, 4, 4)]
    assert walks.duration == 2.0


@pytest.mark.parametrize("text", ["", "t,id,x,y\n0,1,2", "t,id,x,y\n0,a,2,3\n", "x\n1\n"])
def test_a_truth_in_another_format(text: str) -> None:
    made = parse(scene(truth={"file": "x", "format": "points"})).truth
    assert made
    with pytest.raises(SceneError, match=r"truth\.file: "):
        read(text, made)
