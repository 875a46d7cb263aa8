from edge.measure.dwell import Present
from edge.measure.facts import Seen
from edge.measure.live import LiveView
from edge.measure.queues import Served
from edge.messages import Live
from edge.plan import Plan, parse

T0 = 1_800_000_000
BOX = [[0, 0], [9, 0], [9, 9]]


def plan() -> Plan:
    return parse(
        {
            "site": "s",
            "device": "d",
            "timezone": "UTC",
            "level": "standard",
            "sensors": [{"id": "cam", "kind": "camera", "source": "x"}],
            "zones": [
                {"id": "shelf", "sensor": "cam", "polygon": BOX, "limit": 6},
                {"id": "office", "sensor": "cam", "polygon": BOX, "role": "staff"},
            ],
            "queues": [{"id": "till", "sensor": "cam", "polygon": BOX, "service": BOX, "alert_length": 3}],
        }
    )


def told(view: LiveView, at: float) -> dict[str, Live]:
    return {live.place: live for live in view.tick(at)}


def test_queues_every_ten_seconds_and_zones_every_minute() -> None:
    view = LiveView(plan())
    due = [sorted(told(view, T0 + second)) for second in range(121)]
    assert due[0] == ["shelf", "till"]
    assert [second for second, places in enumerate(due) if "till" in places] == list(range(0, 121, 10))
    assert [second for second, places in enumerate(due) if "shelf" in places] == [0, 60, 120]
    assert not any("office" in places for places in due)


def test_a_tick_that_comes_late_is_not_lost_and_not_doubled() -> None:
    view = LiveView(plan())
    view.tick(T0 + 1.0)
    assert [len(view.tick(T0 + at)) for at in (9.9, 11.5, 12.5, 25.0)] == [0, 1, 0, 1]


def test_the_waiting_are_those_who_are_not_served() -> None:
    view = LiveView(plan())
    for at, people, serving in ((T0, 5, 1), (T0 + 10, 4, 1), (T0 + 20, 0, 0)):
        view.add(Seen(at, "cam"))
        view.add(Present(at, "till", people, serving))
        view.add(Present(at, "shelf", 7, 0))
        now = told(view, at)
        till = now["till"]
        assert till.queue == max(0, people - serving)
        assert till.alert == ("over" if people - serving > 3 else "ok")
        assert till.tills_open == serving
        if "shelf" in now:
            assert (now["shelf"].occupancy, now["shelf"].alert, now["shelf"].queue) == (7, "over", None)


def test_a_till_stays_open_for_five_minutes_after_a_service() -> None:
    view = LiveView(plan())
    view.add(Served(T0, "till", 9.0, False))
    for at, tills in ((T0 + 300, 1), (T0 + 310, 0)):
        view.add(Seen(at, "cam"))
        view.add(Present(at, "till", 0, 0))
        assert told(view, at)["till"].tills_open == tills


def test_a_silent_sensor_knows_nothing() -> None:
    view = LiveView(plan())
    view.add(Seen(T0, "cam"))
    view.add(Present(T0, "till", 9, 0))
    assert told(view, T0 + 10)["till"].alert == "over"
    gone = told(view, T0 + 20)["till"]
    assert (gone.alert, gone.queue, gone.occupancy, gone.tills_open) == ("unknown", None, None, None)
    view.add(Seen(T0 + 29, "cam"))
    assert told(view, T0 + 30)["till"].alert == "unknown", "it looks, but nobody has counted for long"
