"""What a device says about itself: looks to the minute, places in metres, and nothing that looks once it has gone."""

import math
import time
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.health import Health, places
from edge.messages import Status, decode, encode
from edge.plan import Plan, parse

FLOOR = [[0, 0, 0, 0], [100, 0, 4, 0], [100, 100, 4, 4], [0, 100, 0, 4]]


def plan(floor: list[list[float]]) -> Plan:
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [{"id": "cam", "kind": "camera", "source": "x", "floor": floor}],
            "lines": [{"id": "door", "sensor": "cam", "a": [0, 0], "b": [50, 0]}],
            "zones": [{"id": "shelf", "sensor": "cam", "polygon": [[0, 0], [50, 0], [50, 25], [0, 25]]}],
        }
    )


@given(st.floats(1.7e9, 2e9))
def test_the_last_look_is_told_to_the_minute(seen: float) -> None:
    """A finer time would tell when somebody walked past, where a camera looks for movement."""
    status = Health(plan([]), "0123abcd", "1").status(seen + 5, sensors=[("cam", "ok", seen)])
    told = status.sensors[0].seen
    assert told is not None
    assert told.timestamp() % 60 == 0
    assert 0 <= seen - told.timestamp() < 60


def test_a_sensor_that_never_looked_says_so_and_the_status_is_one_of_the_contract() -> None:
    status = Health(plan(FLOOR), "0123abcd", "1").status(1.8e9, sensors=[("cam", "starting", None)])
    assert status.sensors[0].seen is None
    assert decode("status", encode(status)) == status


def test_places_have_metres_where_the_floor_is_known_and_none_where_it_is_not() -> None:
    door, shelf = places(plan(FLOOR))
    assert door.area_m2 is None
    assert door.outline_m is not None
    assert math.dist(*door.outline_m) == 2.0
    assert shelf.area_m2 == 2.0
    assert [place.outline_m for place in places(plan([]))] == [None, None]


STUCK = """
import sys, time
from edge.sight.eye import Eye
look, looks = Eye.look, []
def slow(self, at, image):
    looks.append(at)
    time.sleep(9 if len(looks) > 10 else 0)
    return look(self, at, image)
Eye.look = slow
from edge.__main__ import main
sys.exit(main())
"""


def test_a_device_that_has_gone_looks_at_nothing_also_where_a_picture_held_it_up(
    network_cameras: Callable[[], Any], device: Callable[..., Any]
) -> None:
    sensor = {"id": "cam", "kind": "camera", "source": network_cameras().source, "fps": 5}
    running = device({"sensors": [sensor]}, program=("-c", STUCK))
    running.until(lambda: running.states() == {"cam": "ok"}, 30)
    time.sleep(4)  # now it is held up
    assert running.stop() == 0
    last = [status for status in running.statuses() if isinstance(status, Status)][-1]
    assert last.state == "offline"
    assert [sensor.state for sensor in last.sensors] == ["dead"]
