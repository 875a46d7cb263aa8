"""What a device says that it sends is what it sends: made from the schema, held against the real door."""

import re
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from playwright.sync_api import sync_playwright

from edge import agent, leaflet, sign, told
from edge.fields import ABOUT_ITSELF, ENVELOPE, WORDS
from edge.measure.windows import Windows
from edge.messages import Live, Message, Status, Window, encode
from edge.plan import Level, Plan, parse
from edge.privacy import Door
from edge.toml import text
from edge.values import AnyValue
from simulators.facts import days, facts
from simulators.shop import Shop, plan_table
from tests.commands import done
from tests.conftest import ROOT

LEVELS: tuple[Level, ...] = get_args(Level)
LANGUAGES = ("en", "de")


def plan(level: Level = "standard", **more: Any) -> Plan:
    return parse(plan_table(Shop()) | {"level": level} | more)


def with_tags() -> Plan:
    table = plan_table(Shop())
    table["sensors"] = [*table["sensors"], {"id": "tags", "kind": "gateway"}]
    table["zones"] = [*table["zones"], {"id": "aisle", "sensor": "tags", "polygon": [[0, 0], [5, 0], [5, 5]]}]
    return parse(table | {"radio": {"scanners": "scanners.csv", "tags_file": "tags.csv"}})


def fields_of(message: Any) -> set[str]:
    """Every field name in a message as it stands on the wire."""
    if isinstance(message, dict):
        return set(message) | set().union(*(fields_of(value) for value in message.values()))
    return set().union(*(fields_of(one) for one in message)) if isinstance(message, list) else set()


def test_every_field_of_the_schema_is_explained() -> None:
    kinds = [*get_args(Message), *get_args(AnyValue)]
    names = {name for kind in kinds for name in kind.__struct_fields__} - {"upto"}
    assert names <= set(WORDS), "the words of a new field are missing"
    assert set(WORDS) <= names | set(ABOUT_ITSELF), "words for a field that is no more"
    assert all(words and words != name for name, words in WORDS.items())


@pytest.mark.parametrize("level", LEVELS)
def test_every_kind_is_sent_or_not_sent_at_every_level(level: Level) -> None:
    made = plan(level)
    kinds = {kind.__name__.lower() for kind in get_args(AnyValue)} | {"live"}
    assert {one.name for one in told.sent(made)} | {
        k.__name__.lower() for k, _, r in told._KINDS if level not in r
    } == kinds
    assert len(told.sent(made)) + len(told.not_sent(made)) == len(kinds)
    page = leaflet.page_text(made, "1")
    for one in told.sent(made):
        assert all(f"  {name}: {WORDS[name]}" in page for name in one.fields)
    assert all(f"  {name}:" in page for name in (*ENVELOPE, *ABOUT_ITSELF))


@pytest.mark.parametrize("level", LEVELS)
def test_what_the_door_lets_out_is_on_the_page(level: Level, tmp_path: Path) -> None:
    """A busy day through the real program: no kind and no field leaves that the page does not name."""
    table = plan_table(Shop()) | {"level": level, "outbox": {"dir": str(tmp_path)}}
    made = parse(table)
    left, seen = set[str](), set[str]()
    for window in released(made):
        left |= {type(value).__name__.lower() for value in window}
        seen |= {name for value in window for name in value.__struct_fields__ if getattr(value, name) is not None}
    page = {one.name: one for one in told.sent(made)}
    assert left <= set(page)
    assert left >= {"count", "stat"} if level == "dp" else left >= {"count", "load"}
    assert seen <= {name for one in page.values() for name in one.fields} | set(ENVELOPE) | {"kind"}


def released(made: Plan) -> list[tuple[AnyValue, ...]]:
    """What leaves of one simulated day."""
    day = next(days(Shop(), date(2026, 11, 20), 1))
    found = facts(Shop(), day)
    windows, door = Windows(made, found[0].at), Door(made)
    closed = [window for fact in found for window in windows.add(fact)]
    closed += windows.tick(found[-1].at + 86_400.0)
    return [out for window in closed if (out := door.release(window))]


def test_thresholds_on_the_page_are_those_of_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {one.name: f"{one.every}; {one.rule}" for one in told.sent(plan())}
    assert re.search(r"\b5 min\b", rules["count"])
    assert "from 5 people on" in rules["stat"]
    assert "15 min" in rules["stat"]
    assert "from 10 on, to 5" in rules["flow"]
    assert "10 visits" in rules["heat"]
    assert "60 s" in rules["heat"]
    code = (
        "import edge.values, edge.privacy\nedge.values.K, edge.privacy.CELL = 7, 13\nfrom edge import told, leaflet\n"
    )
    code += "from simulators.shop import Shop, plan_table\nfrom edge.plan import parse\n"
    code += "print(leaflet.page_text(parse(plan_table(Shop())), '1'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "from 7 people on" in done.stdout
    assert "from 13 on" in done.stdout


def test_the_page_names_the_plan_s_places_and_no_address() -> None:
    made = plan(sensors=[one | {"source": "rtsp://user:hunter2@10.0.0.7/x"} for one in plan_table(Shop())["sensors"]])
    for page in (leaflet.page_text(made, "1"), leaflet.page_html(made, "1"), leaflet.sign_text(made)):
        assert "hunter2" not in page
        assert "10.0.0.7" not in page
    page = leaflet.page_text(made, "1")
    assert all(place in page for place in ("line door", "zone promo", "queue tills", "zone staff (staff"))
    assert "standard: counts" in page
    assert "epsilon" in leaflet.page_text(plan("dp"), "1")


@pytest.mark.parametrize("level", LEVELS)
def test_the_sign_says_only_what_is_there(level: Level) -> None:
    cameras = sign.signs(plan(level))
    assert tuple(one.language for one in cameras) == LANGUAGES
    assert [("tag" in s, "Funkmarken" in s) for s in (sign.as_text(one) for one in cameras)] == [(False, False)] * 2
    assert [("chance" in sign.as_text(one), "zufällig" in sign.as_text(one)) for one in cameras] == [
        (level == "dp", False),
        (False, level == "dp"),
    ]
    english, german = (sign.as_text(one) for one in sign.signs(with_tags()))
    assert "Radio tags" in english
    assert "Funkmarken" in german
    assert all("____" in text for text in (english, german))


@pytest.mark.parametrize("words", [(), ("--html",), ("--sign",), ("--sign", "--html")])
def test_the_command_prints_each(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "edge.toml").write_text(text(plan_table(Shop())))
    found = done("edge", "privacy", *words, "--config", tmp_path / "edge.toml")
    assert found.returncode == 0
    out = found.stdout
    assert ("<!doctype html>" in out) == ("--html" in words)
    assert ("counted" in out) == ("--sign" in words)


def test_the_pages_ask_for_nothing_and_print_on_one_sheet(chromium: str, tmp_path: Path) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, page_of in {"page": lambda p: leaflet.page_html(p, "1"), "sign": leaflet.sign_html}.items():
            file = tmp_path / f"{name}.html"
            file.write_text(page_of(with_tags()), encoding="utf-8")
            page = browser.new_page(viewport={"width": 390, "height": 800})
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(file.as_uri())
            assert asked == [file.as_uri()]
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            printed = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, name
        browser.close()


def test_every_message_carries_the_level() -> None:
    for kind in (Window, Live, Status):
        assert kind.__struct_config__.forbid_unknown_fields
        required = [name for name in kind.__struct_fields__ if name not in kind.__struct_defaults__]
        assert "level" in required
    status = agent.Health(plan("strict"), "0a1b2c3d", "1").status(time.time())
    assert b'"level":"strict"' in encode(status)


def test_a_change_of_level_is_logged(tmp_path: Path, shared_broker: int, caplog: pytest.LogCaptureFixture) -> None:
    stop = threading.Event()
    stop.set()
    logged = []
    for level in ("standard", "standard", "strict"):
        table = plan_table(Shop(), "http://127.0.0.1:9") | {"level": level, "outbox": {"dir": str(tmp_path)}}
        caplog.clear()
        assert agent.run(parse(table | {"broker": {"port": shared_broker}}), stop) == 0
        logged.append([text for text in caplog.messages if "level" in text and "changed" in text])
    assert logged == [[], [], ["the privacy level changed from standard to strict"]]
