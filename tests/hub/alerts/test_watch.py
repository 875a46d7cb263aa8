"""When an alert opens and closes: two levels, a time for each, and whatever the clock does."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.serve.alerts import FORGET_S, Alert, Alerting, Reading, Watch

NOW = 1781085600.0
SETTINGS = Alerting(open_after_s=60, close_after_s=120)


def reading(above: bool, below: bool | None = None, place: str | None = "till_a", **other: Any) -> Reading:
    levels = {"above": above, "below": not above if below is None else below}
    return Reading("s001", "wait", place, "warning", 200.0, 180.0, "s", **levels, **other)


def watch(*alerts: Alert) -> Watch:
    return Watch(alerts, NOW, SETTINGS)


def opened(one: Watch, at: float = NOW) -> Alert:
    one.take([reading(True)], at)
    (alert,) = one.take([reading(True)], at + 60)
    return alert


def test_it_opens_after_its_time_and_not_before() -> None:
    one = watch()
    assert one.take([reading(True)], NOW) == []
    assert one.take([reading(True)], NOW + 59) == []
    (alert,) = one.take([reading(True)], NOW + 60)
    assert (alert.key, alert.opened_at, alert.closed_at) == (("s001", "wait", "till_a"), NOW + 60, None)
    assert alert.id == f"wait-till_a-{round((NOW + 60) * 1000)}"
    assert one.open == (alert,)
    assert one.take([reading(True)], NOW + 3000) == [], "it opens once"


def test_a_moment_below_the_level_begins_the_time_anew() -> None:
    one = watch()
    one.take([reading(True)], NOW)
    one.take([reading(False)], NOW + 50)
    assert one.take([reading(True)], NOW + 60) == []
    assert len(one.take([reading(True)], NOW + 120)) == 1


def test_it_closes_at_the_lower_level_after_its_time() -> None:
    one = watch()
    alert = opened(one)
    assert one.take([reading(False, below=False)], NOW + 100) == []
    assert one.take([reading(False, below=False)], NOW + 900) == [], "between the levels nothing changes"
    assert one.take([reading(False)], NOW + 1000) == []
    assert one.take([reading(False)], NOW + 1119) == []
    (closed,) = one.take([reading(False)], NOW + 1120)
    assert (closed.id, closed.closed_at, one.open) == (alert.id, NOW + 1120, ())


def test_while_the_shop_is_closed_nothing_opens() -> None:
    one = watch()
    for n in range(10):
        assert one.take([reading(True, may_open=False)], NOW + 60 * n) == []


def test_what_is_not_heard_of_any_more_closes() -> None:
    one = watch()
    alert = opened(one)
    assert one.take([], NOW + 60 + FORGET_S) == []
    assert [closed.id for closed in one.take([], NOW + 61 + FORGET_S)] == [alert.id]


def test_it_survives_a_restart() -> None:
    alert = opened(watch())
    one = Watch([alert], NOW + 5000, SETTINGS)
    assert one.take([reading(True)], NOW + 5001) == []
    assert one.open == (alert,)
    one.take([reading(False)], NOW + 5002)
    assert [closed.id for closed in one.take([reading(False)], NOW + 5122)] == [alert.id]


def test_a_clock_that_is_set_back_opens_and_closes_nothing() -> None:
    one = watch()
    alert = opened(one)
    one.take([reading(False)], NOW + 100)
    back = NOW - 86_400
    assert one.take([reading(False)], back) == []
    assert one.take([reading(False)], back + 119) == []
    (closed,) = one.take([reading(False)], back + 120)
    assert closed.closed_at == alert.opened_at, "never before it opened"


def test_a_clock_that_is_set_back_does_not_forget() -> None:
    one = watch()
    opened(one)
    assert one.take([], NOW - 86_400) == []
    assert one.take([], NOW - 86_400 + FORGET_S) == []
    assert len(one.take([], NOW - 86_400 + FORGET_S + 1)) == 1, "an hour by the clock as it is now"


def test_places_are_told_apart() -> None:
    one = watch()
    for at in (NOW, NOW + 60):
        one.take([reading(True), reading(True, place="till_b"), reading(True, place=None)], at)
    assert {alert.place for alert in one.open} == {"till_a", "till_b", None}


STEPS = st.lists(
    st.tuples(st.floats(-500, 500), st.sampled_from(["above", "between", "below", "unheard"])), max_size=40
)


@given(STEPS)
def test_whatever_comes_one_is_open_at_most_and_each_closes_once(steps: list[tuple[float, str]]) -> None:
    one, at, openings, closings = watch(), NOW, list[str](), list[str]()
    for forward, level in steps:
        at += forward
        heard = [] if level == "unheard" else [reading(level == "above", level == "below")]
        for alert in one.take(heard, at):
            (openings if alert.closed_at is None else closings).append(alert.id)
            assert alert.closed_at is None or alert.closed_at >= alert.opened_at
        assert len(one.open) == len(openings) - len(closings) <= 1
    assert closings == openings[: len(closings)]


@given(st.lists(st.floats(1, 59), min_size=1, max_size=30))
def test_what_flickers_faster_than_its_time_never_opens(gaps: list[float]) -> None:
    one, at = watch(), NOW
    for n, gap in enumerate(gaps):
        assert one.take([reading(n % 2 == 0)], at) == []
        at += gap
