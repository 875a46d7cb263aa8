"""What a device says about itself: the status message with its sensors, its counters and the places it watches."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from edge.measure.geometry import area
from edge.measure.plane import Floor
from edge.messages import Place, Sensor, Status, stamp
from edge.plan import Plan, Point, digest

Metres = tuple[tuple[float, float], ...]


class Health:
    """The parts of a status that do not change while a device runs, and how the rest is laid over them."""

    def __init__(self, plan: Plan, epoch: str, version: str) -> None:
        self._plan, self._epoch, self._version = plan, epoch, version
        self._digest, self._places = digest(plan), places(plan)

    def status(
        self,
        at: float,
        *,
        state: Any = "online",
        clock: Any = "unsynced",
        held: int = 0,
        counters: Mapping[str, int] | None = None,
        sensors: Iterable[tuple[str, Any, float | None]] = (),
    ) -> Status:
        """The status at `at`; `sensors` are (id, state, when it last looked), of which the hub gets whole minutes."""
        kinds = {sensor.id: sensor.kind for sensor in self._plan.sensors}
        return Status(
            v=1,
            state=state,
            at=stamp(at),
            epoch=self._epoch,
            version=self._version,
            plan=self._digest,
            level=self._plan.level,
            clock=clock,
            held=held,
            counters=dict(counters or {}),
            sensors=tuple(
                Sensor(
                    id=name, kind=kinds[name], state=seen_as, seen=None if seen is None else stamp(seen // 60 * 60)
                )
                for name, seen_as, seen in sensors
            ),
            places=self._places,
        )


def places(plan: Plan) -> tuple[Place, ...]:
    """All places of a plan, with area and outline in metres where the floor of their sensor is known."""
    found = [
        _place(line.id, "line", line.role, line.sensor, None, _metres(plan, line.sensor, (line.a, line.b)))
        for line in plan.lines
    ]
    found += [
        _place(zone.id, "zone", zone.role, zone.sensor, None, _metres(plan, zone.sensor, zone.polygon))
        for zone in plan.zones
    ]
    found += [
        _place(queue.id, "queue", "queue", queue.sensor, queue.promise_s, _metres(plan, queue.sensor, queue.polygon))
        for queue in plan.queues
    ]
    return tuple(found)


def _place(name: str, kind: Any, role: Any, sensor: str, promise_s: int | None, outline: Metres | None) -> Place:
    area_m2 = round(min(area(outline), 1e6), 2) if outline and len(outline) > 2 else None
    return Place(
        id=name, kind=kind, role=role, sensor=sensor, promise_s=promise_s, area_m2=area_m2, outline_m=outline
    )


def _metres(plan: Plan, sensor_id: str, points: tuple[Point, ...]) -> Metres | None:
    sensor = next(sensor for sensor in plan.sensors if sensor.id == sensor_id)
    if sensor.kind != "camera":
        return tuple((round(x, 2), round(y, 2)) for x, y in points)  # a radio plan is drawn in metres
    if not sensor.floor:
        return None
    on_floor = Floor(sensor.floor).metres(np.array(points, dtype=np.float64))
    if not np.isfinite(on_floor).all():
        return None  # a corner at or above the horizon has no place on the floor
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in on_floor)
