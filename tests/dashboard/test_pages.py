"""Both pages in every state, against a real HTTP server, through Streamlit's own test runner."""

import re
import socket
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.data import PULSE_S
from tests.dashboard.hub_rows import live, served, shop, utc
from tests.dashboard.looking import URL, Look, Opened, emptied, markup, view, words

APP = Path(__file__).resolve().parents[2] / "dashboard/app.py"
PAGES = ("now", "health")


@pytest.mark.usefixtures("fresh")
def test_the_app_opens_on_now_with_its_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(shop(time.time())) as url:
        monkeypatch.setenv(URL, url)
        said = words(AppTest.from_file(str(APP)))
    assert "Harbour Street" in said
    assert "Visitors today" in said


def test_now_full(look: Look) -> None:
    said = look(shop(time.time()), "now")
    for part in (
        "Simulated shop",
        "Live data until",
        "3 of 3 sensors working",
        "100 % of today observed",
        "privacy level: standard",
    ):
        assert part in said
    for part in (
        "Nothing needs you right now.",
        "as usual",
        "provisional",
        "within the promise",
        "+38 NPS",
        "+29 to +47",
    ):
        assert part in said
    assert "half waited up to 52 s" in said
    assert "212 answers in 7 days" in said


def test_now_full_has_a_chart_with_its_words(opened: Opened) -> None:
    with opened(shop(time.time()), "now") as test:
        test.run(timeout=30)
        (chart,) = test.get("vega_lite_chart")
    assert "Bar chart of today's visitors" in chart.proto.alt


def test_health_full(look: Look) -> None:
    made = shop(time.time())
    gap = {"device": "cam-02", "epoch": "0a0b0c0d", "first": 41, "last": 52, "at": utc(time.time()), "reason": "full"}
    made.rows["gaps"] = [gap]
    made.rows["quarantine"] = [{"reason": "format: $.values", "n": 3, "last": utc(time.time())}]
    said = look(made, "health")
    for part in (
        "cam-01 online",
        "entrance cam-01 camera working",
        "4 h without data",
        "cam-02 12",
        "format: $.values 3",
    ):
        assert part in said
    assert "No picture and no trace of a person leaves a device." in said


@pytest.mark.parametrize("page", PAGES)
def test_empty_says_what_to_do_next(look: Look, page: str) -> None:
    said = look(emptied(), page)
    assert "No data yet" in said
    assert "instore-edge run" in said
    assert not re.search(r"\b0\b", said)


def test_before_the_first_window_the_tile_says_when_it_comes(look: Look) -> None:
    made = emptied()
    full = shop(time.time())
    for name in ("devices", "sensors", "places"):
        made.rows[name] = full.rows[name]
    for row in made.rows["devices"]:
        row["last_end"] = None
    said = look(made, "now")
    # From 14:00 to 15:00 UTC the shop's zone is Etc/GMT, which is called so and not UTC+n.
    assert re.search(r"Visitors today – first count at \d\d:\d[05] (UTC|GMT)", said)
    assert "Starting" in said
    assert "In store – not known" in said


def test_first_day_has_nothing_to_compare_with(look: Look) -> None:
    made = shop(time.time())
    for name in ("usual", "stays", "waits", "scores"):
        made.rows[name] = []
    said = look(made, "now")
    assert "nothing to compare with yet: the first" in said
    assert "expected wait not known" in said
    assert "Wait, newest window – no published window yet today" in said
    assert "What customers say – no answers in 7 days" in said


@pytest.mark.parametrize("page", PAGES)
def test_stale_is_named_and_greyed(look: Look, page: str) -> None:
    now = time.time()
    made = shop(now, data_until=now // 300 * 300 - 2400)
    made.live["places"] = [live("till_a", 3, 1, now, age=2400)]
    said = look(made, page)
    assert "Not up to date data until" in said
    assert "the newest count is" in said
    if page == "now":
        assert "Numbers stopped at" in said
        assert re.search(r"not measured now till_a: last known 3, \d\d min ago", said)
        assert "as usual" not in said
    else:
        assert "online, no new counts" in said


def test_a_partly_observed_day_is_at_least(look: Look) -> None:
    made = shop(time.time())
    for row in made.rows["visitors"]:
        if 600 <= row["minute"] < 720:
            row.update(entries=None, exits=None, coverage=0.0)
    said = look(made, "now")
    assert re.search(r"at least: \d\d % of the day so far observed", said)
    assert "as usual" not in said
    assert "not observed" in said


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_sensor_is_said(look: Look, page: str) -> None:
    made = shop(time.time())
    made.rows["sensors"][2]["state"] = "dark"
    said = look(made, page)
    assert "2 of 3 sensors working" in said
    assert ("floor is dark: look at it" if page == "now" else "floor cam-02 camera dark") in said


def test_a_long_queue_asks_for_a_till(look: Look) -> None:
    now = time.time()
    made = shop(now)
    made.live["places"] = [live("till_a", 6, 1, now, "over"), live("till_b", 1, 1, now)]
    said = look(made, "now")
    assert "Queue at till_a is 6 long, expected wait about 5 min, promise 3 min: open another till." in said


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"n": 17, "state": "few", "value": 12.0}, "+12 NPS few answers: take it lightly"),
        ({"n": 7, "state": "withheld", "value": None}, "– too few answers to score (7, at least 10)"),
        ({"n": None, "state": "withheld", "value": None}, "– too few answers to score (at least 10)"),
    ],
)
def test_few_answers(look: Look, row: dict[str, object], expected: str) -> None:
    made = shop(time.time())
    made.rows["scores"] = [made.rows["scores"][0] | {"low": None, "high": None} | row]
    assert expected in look(made, "now")


@pytest.mark.parametrize("page", PAGES)
def test_no_site(look: Look, page: str) -> None:
    made = emptied()
    made.rows["sites"] = []
    assert look(made, page).startswith("No store yet")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("question", ["sites", "devices"])
def test_no_permission(look: Look, page: str, question: str) -> None:
    made = shop(time.time())
    made.refused = {question}
    assert "No permission" in look(made, page)


def test_one_failing_question_leaves_the_rest(look: Look) -> None:
    made = shop(time.time())
    made.failing, made.refused = {"scores"}, {"stays"}
    said = look(made, "now")
    assert "What customers say – the hub could not answer" in said
    assert "Wait, newest window – no permission" in said
    assert "as usual" in said


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("page", PAGES)
def test_hub_away_from_the_start(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv(URL, f"http://127.0.0.1:{port}")
    said = words(view(page))
    assert said.startswith("The hub cannot be reached")


@pytest.mark.parametrize("page", PAGES)
def test_hub_going_away_leaves_the_last_known_values(opened: Opened, page: str) -> None:
    with opened(shop(time.time()), page) as test:
        assert "Live" in words(test)
    time.sleep(PULSE_S + 0.1)
    said = words(test)
    assert "Hub away" in said
    assert "The hub has not answered since" in said
    if page == "health":
        assert "cam-01 online" in said
    else:
        assert re.search(r"Visitors today \d+", said)
        assert "The hub does not answer, so there is no advice." in said


@pytest.mark.usefixtures("fresh")
def test_no_token_file_is_said_without_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTORE_DASHBOARD__HUB__TOKEN_FILE", "/nowhere/at-all")
    said = words(view("now"))
    assert "The dashboard is not set up hub.token_file" in said
    assert "/nowhere" not in said


def test_names_from_data_are_escaped(opened: Opened) -> None:
    made = shop(time.time())
    made.rows["sites"][0]["name"] = "<img src=x onerror=alert(1)>"
    made.rows["devices"][0]["version"] = "<script>"
    for page in PAGES:
        with opened(made, page) as test:
            test.run(timeout=30)
            bodies = markup(test)
        assert "<img" not in bodies
        assert "<script" not in bodies


def test_a_second_store_is_chosen_and_no_other(look: Look) -> None:
    made = shop(time.time())
    made.rows["sites"].append(made.rows["sites"][0] | {"site": "s002", "name": "Hill Road"})
    assert look(made, "now", site="s002").startswith("Hill Road")
    assert look(made, "now", site="s666").startswith("Harbour Street")


def test_german(look: Look) -> None:
    assert "Gerade ist nichts zu tun." in look(shop(time.time()), "now", language="de")
    assert "Geltende Datenschutzstufe" in look(shop(time.time()), "health", language="de")
