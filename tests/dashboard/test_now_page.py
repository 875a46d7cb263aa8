"""What the Now page says of tills, the next hours and alerts, and the display on the wall."""

import re
import time
from html import unescape
from typing import Any

import pytest

from dashboard.data import PULSE_S, Reads
from dashboard.now import ahead
from dashboard.now.alerts import figure, still_open
from dashboard.now.takings import conversion_tile
from dashboard.words import Words
from hub.client import Hub
from tests.dashboard.hub_rows import TOKEN, Shop, served, shop, utc
from tests.dashboard.looking import Look, Opened, words
from tests.dashboard.rows_now import alert, forecast, sold, with_more

EN = Words("en")
PAGE = "now"


def full() -> Shop:
    at = time.time()
    return with_more(shop(at), at)


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "Bought, today 30 % of visitors 33 sales, 110 visitors over 4 hours with both counts",
        "30 visitors expected 21 to 45 in 8 of 10 cases",
        "Last week such forecasts missed by 14 % of all visitors.",
        "Act now Wait over the promise: till_a, 6 min 50 s (limit 3 min), since",
        "Fault Sensor not working: cam-02, since",
    ):
        assert part in said, part
    assert len(re.findall("visitors expected", said)) == 2
    assert "No alert is open" not in said


def test_nothing_came_in_is_said(look: Look) -> None:
    said = look(shop(time.time()))
    assert "Bought, today – no sales yet today" in said
    assert "Alerts: No alert is open." in said


def test_what_the_hub_does_not_answer_is_said_and_the_rest_stays(look: Look) -> None:
    made = full()
    made.failing = {"sales", "forecast", "alerts"}
    said = look(made)
    assert "Bought, today – the hub could not answer" in said
    assert "The forecast is missing: the hub could not answer." in said
    assert "Alerts cannot be shown: the hub could not answer." in said
    assert "as usual" in said


@pytest.mark.parametrize(
    ("other", "value", "badge"),
    [
        ({"converting": None, "converting_visitors": None}, "–", "visitors of these hours were not counted"),
        ({"converting": 3, "converting_visitors": 9}, "–", "too few visitors to say (9, at least 10)"),
        ({"converting": 3, "converting_visitors": 10}, "30 %", "few visitors: take it lightly"),
        ({"converting": 31, "converting_visitors": 30}, "–", "more sales than visitors: one count is wrong"),
        ({"transactions": None}, "–", "no sales yet today"),
    ],
)
def test_conversion_is_said_only_where_it_is_known(other: dict[str, Any], value: str, badge: str) -> None:
    made = shop(time.time())
    tile = conversion_tile([sold(made, **other)], made.rows["sites"][0]["day"], EN)
    assert tile.value.replace("\u00a0", " ") == value
    assert tile.badge
    assert tile.badge[1] == badge


def test_another_days_sales_are_not_todays() -> None:
    made = shop(time.time())
    row = sold(made)
    tile = conversion_tile([row | {"day": row["day"].replace(year=2020)}], row["day"], EN)
    assert tile.value == "–"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"low": None, "high": None, "reason": "too few weeks for a band"}, "too few weeks for a range"),
        (
            {"low": None, "middle": None, "high": None, "reason": "counted on fewer than 14 days before"},
            "No forecast: the doors were counted on too few days so far.",
        ),
        ({"error": None}, "How well such forecasts do is not known yet"),
    ],
)
def test_a_forecast_says_its_doubt(look: Look, other: dict[str, Any], said: str) -> None:
    made, at = shop(time.time()), time.time()
    made.rows["forecast"] = forecast(made, at, **other)
    assert said in look(made)


def test_an_hour_nearly_over_is_not_coming() -> None:
    at = time.time()
    made = shop(at)
    rows = forecast(made, at)
    for row in rows:
        row |= {"start": row["start"].timestamp(), "end": row["end"].timestamp()}
    hour = at // 3600 * 3600
    site = made.rows["sites"][0] | {"opens": None}
    assert [row["start"] for row in ahead.coming(rows, site, hour + 600)] == [hour, hour + 3600]
    assert [row["start"] for row in ahead.coming(rows, site, hour + 2400)] == [hour + 3600, hour + 7200]
    shut = made.rows["sites"][0] | {"opens": "01:00", "closes": "02:00"}
    assert ahead.doubt(ahead.coming(rows, shut, hour), EN) == "The store is closed in the next two hours."


def test_open_alerts_come_by_what_is_left_to_do() -> None:
    at = 1e9
    rows = [
        alert("seen", at, acknowledged_at=at),
        alert("fault", at, severity="fault"),
        alert("closed", at, closed_at=at),
        alert("act", at),
    ]
    for row in rows:
        row["opened_at"] = at
    assert [row["id"] for row in still_open(rows)] == ["act", "fault", "seen"]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(None, "s", "–"), (90.0, "s", "1 min 30 s"), (0.5, "share", "50 %"), (7.0, "people", "7")],
)
def test_a_figure_has_its_unit(value: float | None, unit: str, said: str) -> None:
    assert figure(value, unit).replace("\u00a0", " ") == said


def pressed(made: Shop, opened: Opened) -> str:
    """What the page says after somebody has seen the first alert."""
    with opened(made) as test:
        test.run(timeout=30)
        test.button[0].click()
        return words(test)


def test_who_has_seen_an_alert_says_so(opened: Opened) -> None:
    made = full()
    said = pressed(made, opened)
    assert made.written == [("acknowledgement/a1", 1, {"alert": "a1"}, "")]
    assert "Noted that you have seen it." in said


@pytest.mark.parametrize(
    ("hub", "said"),
    [
        ({"refused": {"write"}}, "You may not do that"),
        ({"failing": {"write"}}, "Not noted: body.note: too long"),
        ({"written": [("acknowledgement/a1", 1, {}, "bob")]}, "Somebody else has already said so."),
    ],
)
def test_what_comes_of_it_is_said(opened: Opened, hub: dict[str, Any], said: str) -> None:
    made = full()
    for name, value in hub.items():
        setattr(made, name, value)
    assert said in pressed(made, opened)


def test_an_alert_somebody_has_seen_has_no_button(opened: Opened) -> None:
    made = full()
    made.rows["alerts"] = [alert("a1", time.time(), acknowledged_at=utc(time.time()), acknowledged_by="<b>Ann</b>")]
    with opened(made) as test:
        assert "seen by <b>Ann</b> at" in words(test)
        assert not test.button


def test_the_wall_says_the_same_in_one_screen(opened: Opened) -> None:
    with opened(full(), wall="1") as test:
        said = words(test)
        (body,) = [one.value for one in test.html if one.value.startswith('<div class="in-wall')]
    for part in ("Harbour Street", "Live", "Nothing needs you right now.", "2 alerts open", "about 30 visitors"):
        assert part in said, part
    assert body.count('<section class="tile') == 6
    assert "Leave wall display" in unescape(body)


def test_the_forecast_is_not_asked_with_every_window() -> None:
    class Hand:
        at = 1000.0

        def __call__(self) -> float:
            return self.at

    made, clock = full(), Hand()
    with served(made) as url, Hub(url, TOKEN) as hub:
        reads = Reads(hub, clock)
        for _ in range(3):
            made.version += 1
            clock.at += PULSE_S
            reads.ask("forecast", site="s001", day="2026-11-28")
        assert made.asked.count("forecast") == 1
        clock.at += 600
        reads.ask("forecast", site="s001", day="2026-11-28")
        assert made.asked.count("forecast") == 2
