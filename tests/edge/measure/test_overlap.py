"""Two cameras that see the same doorway, each at its own rate: every place counts once, by its owner."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.measure.facts import Fact, Seen
from edge.measure.geometry import people
from edge.measure.places import Places
from edge.measure.windows import Windows
from edge.plan import PlanError, parse
from edge.values import Count, Load, Stat

T0 = 1_800_000_000 // 900 * 900
BOX = [[0, 0], [4, 0], [4, 8], [0, 8]]


def table(**changes: Any) -> dict[str, Any]:
    return {
        "site": "s",
        "device": "d",
        "timezone": "UTC",
        "level": "standard",
        "sensors": [
            {"id": "one", "kind": "camera", "source": "x", "fps": 5},
            {"id": "two", "kind": "camera", "source": "y", "fps": 3},
        ],
        "lines": [{"id": "door", "sensor": "one", "a": [0, 4], "b": [8, 4]}],
        "zones": [{"id": "left", "sensor": "one", "polygon": BOX}, {"id": "same", "sensor": "two", "polygon": BOX}],
    } | changes


def test_a_place_has_one_owner() -> None:
    twice = [{"id": "door", "sensor": name, "a": [0, 4], "b": [8, 4]} for name in ("one", "two")]
    with pytest.raises(PlanError, match="used twice"):
        parse(table(lines=twice))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(5, 250), st.floats(1, 7)), min_size=1, max_size=12),
    st.sampled_from([2.0, 3.0, 5.0]),
    st.sampled_from([2.5, 7.0]),
)
def test_two_cameras_on_one_doorway_count_once(
    walkers: list[tuple[float, float]], first_rate: float, second_rate: float
) -> None:
    plan = parse(table())
    streams: list[Fact] = []
    for sensor, rate, offset in (("one", first_rate, 0), ("two", second_rate, 500)):
        places = Places(
            [line for line in plan.lines if line.sensor == sensor],
            [zone for zone in plan.zones if zone.sensor == sensor],
            [],
        )
        for at in np.arange(T0, T0 + 320, 1 / rate).tolist():
            rows = [(i + offset, x, (at - T0 - when) * 1.2 + 4, 1.7) for i, (when, x) in enumerate(walkers)]
            streams += places.step(people(at, [row for row in rows if 0 < row[2] < 8]))
            streams.append(Seen(at, sensor))
        streams += places.close(T0 + 320)
    windows = Windows(plan, T0)
    closed = [w for fact in sorted(streams, key=lambda fact: fact.at) for w in windows.add(fact)] + windows.finish()
    counts = [v for w in closed for v in w.values if isinstance(v, Count)]
    assert {v.place for v in counts} == {"door"}
    assert sum((v.entries or 0) + (v.exits or 0) for v in counts) == len(walkers)
    loads = [v for v in closed[-1].values if isinstance(v, Load)]
    assert sorted(v.place for v in loads) == ["left", "same"], "two places of two names, never one sum"
    stays = {v.place: v.n for v in closed[-1].values if isinstance(v, Stat)}
    assert stays["left"] == stays["same"]
    assert windows.unknown == windows.late == 0
