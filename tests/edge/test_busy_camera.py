"""A processor too slow for its camera: the newest frame is looked at, never an old one, and the share is told."""

import queue
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from edge.measure.facts import Fact, Seen
from edge.measure.windows import Windows
from edge.plan import parse
from edge.sensing import Sensing
from edge.sight.eye import Eye
from edge.values import Quality

pytestmark = pytest.mark.alone
TURN_S, FOR_S = 0.35, 10.0


def test_the_newest_frame_wins_and_the_window_says_what_share_was_looked_at(
    network_cameras: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    look, ages = Eye.look, list[float]()
    served = network_cameras()
    served.dated = True

    def slowly(self: Eye, at: float, image: Any) -> Any:
        taken = round(float(image[4:12, 4:12].mean()))
        ages.append((int(time.time() * 10) - taken) % 250 / 10)
        until = time.monotonic() + TURN_S
        while time.monotonic() < until:
            pass
        return look(self, at, image)

    monkeypatch.setattr(Eye, "look", slowly)
    camera = {"id": "cam", "kind": "camera", "source": served.source, "fps": 10}
    site = {"site": "s", "device": "d", "timezone": "UTC", "level": "standard"}
    plan = parse(site | {"sensors": [camera]})
    stop, facts = threading.Event(), queue.Queue[Fact]()
    sensing, lags, looks = Sensing(plan, plan.sensors[0], facts, stop), list[float](), list[Fact]()
    sensing.start()
    try:
        looks.append(facts.get(timeout=20))
        while time.time() < looks[0].at + FOR_S:
            fact = facts.get(timeout=5)
            if isinstance(fact, Seen):
                lags.append(time.time() - fact.at)
                looks.append(fact)
    finally:
        stop.set()
        sensing.join(10)
    assert len(lags) > 10
    third = len(lags) // 3
    assert statistics.median(ages[-third:]) < 1.0, "what is looked at is new, by the picture's own date"
    # Were they queued, each look would be later than the one before: by the end more than 6 s.
    assert statistics.median(lags[-third:]) < TURN_S + 0.7
    windows = Windows(plan, looks[0].at)
    closed = [window for fact in looks for window in windows.add(fact)]
    closed += windows.tick(looks[-1].at + 2 * 86_400)
    told = [value.looked for window in closed for value in window.values if isinstance(value, Quality)]
    (looked,) = [share for share in told if share]
    share = len(looks) / ((looks[-1].at - looks[0].at) * plan.sensors[0].fps)
    assert looked == pytest.approx(share, abs=0.05)
    assert 0.1 < share <= 1 / (TURN_S * plan.sensors[0].fps) + 0.05
