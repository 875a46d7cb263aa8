"""Alerts from live values to the table, the webhook and the question; acknowledged, in quiet hours, restarted."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from edge.messages import Live, stamp
from edge.settings import SettingsError
from hub.client import Hub, Refused, Unanswered
from hub.intake.sorting import Heard
from hub.intake.webhooks import Guard
from hub.serve import access
from hub.serve.access import Access
from hub.serve.alerts import Alerting
from hub.serve.api import application, serving
from hub.serve.calls import Caller
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.serve.ringing import Bells
from hub.settings import Http
from hub.storage import retention

NOON = 1781085600.0  # 2026-06-10T10:00:00Z, noon in Berlin
SECRET = "a secret of some length"


class Spoken:
    """The broker's end of what is said."""

    def __init__(self) -> None:
        self.connected, self.kept = True, dict[str, dict[str, Any]]()
        self.said = 0

    def say(self, name: str, payload: bytes) -> bool:
        if self.connected:
            self.kept[name] = json.loads(payload)
            self.said += 1
        return self.connected


class Listener:
    """An address on this machine that takes calls; `status` is what it answers."""

    def __init__(self, server: HTTPServer) -> None:
        self.url, self.status = f"http://127.0.0.1:{server.server_port}/hook", 200
        self.calls: list[tuple[dict[str, str], bytes]] = []

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(said["rule"], said["state"]) for said in (json.loads(body) for _, body in self.calls)]


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            made.calls.append(({k.lower(): v for k, v in self.headers.items()}, content))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    made = Listener(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


class House:
    """A hub with a clock set by hand, alerts that need no time, and a till whose device says when it is over."""

    def __init__(self, hub: Any, folder: Path, listener: Listener) -> None:
        self.store, self.folder, self.now, self.ticks = hub.store, folder, NOON, 0.0
        (folder / "key").write_text(SECRET)
        self.settings = Alerting(
            open_after_s=0,
            close_after_s=0,
            mqtt=True,
            quiet=("22:00", "07:00"),
            webhook_url=listener.url,
            webhook_secret_file=str(folder / "key"),
        )
        self.spoken = Spoken()
        self.start()

    def start(self) -> None:
        """As after a restart: nothing but the database is known."""
        self.board = Board()
        clock: Callable[[], float] = lambda: self.now  # noqa: E731
        self.bells = Bells(self.settings, self.store, self.board, self.spoken, clock=clock)
        self.caller = Caller(self.settings, self.store, clock=clock, ticks=lambda: self.ticks)

    def turn(self, alert: str | None = None, seconds: float = 1.0) -> None:
        """Some time goes by, then the till says how it is (or nothing), and all look once."""
        self.now += seconds
        if alert:
            about = {"v": 1, "level": "strict", "at": stamp(self.now), "place": "till_a", "queue": None}
            about |= {"occupancy": None, "tills_open": None, "alert": alert}
            self.board.hear(Heard("s001", "cam-01", Live(**about), False))
        self.bells.turn()
        self.caller.turn(self.bells.quiet)

    def rows(self) -> list[dict[str, Any]]:
        return self.store.ask("alerts", {"site": "s001"}).to_pylist()  # type: ignore[no-any-return]

    def acknowledge(self, alert: str, by: str | None = "Anna", site: str = "s001") -> int:
        tokens = self.folder / "tokens.json"
        token = access.create(tokens, f"page-{self.now}", ["s001", "s002"], False, "now", may_write=True)
        desk = Desk(self.store, Access(tokens), Board(), clock=lambda: self.now)
        with serving(application(desk), Http(port=0)) as port, Hub(f"http://127.0.0.1:{port}", token) as page:
            return page.write("acknowledgement", "k1", site=site, version=0, body={"alert": alert}, by=by)


@pytest.fixture
def house(hub: Any, tmp_path: Path, listener: Listener) -> Iterator[House]:
    made = House(hub, tmp_path, listener)
    yield made
    made.caller.close()


TOPIC = "instore/v1/s001/alert/over-till_a"


def test_it_is_written_said_and_called_when_it_opens_and_closes(house: House, listener: Listener) -> None:
    house.turn("over")
    (row,) = house.rows()
    assert (row["rule"], row["place"], row["severity"], row["closed_at"]) == ("over", "till_a", "warning", None)
    assert row["opened_at"].timestamp() == house.now
    assert house.spoken.kept[TOPIC]["state"] == "open"
    house.turn("over")
    house.turn("ok")
    assert house.rows()[0]["closed_at"].timestamp() == house.now
    assert (house.spoken.kept[TOPIC]["state"], house.spoken.said) == ("closed", 2)
    assert listener.told == [("over", "open"), ("over", "closed")]
    house.turn("ok")
    assert (len(listener.calls), house.spoken.said) == (2, 2), "each is told once"


def test_a_call_is_signed_as_those_are_that_the_hub_takes(house: House, listener: Listener) -> None:
    house.turn("over")
    ((headers, content),) = listener.calls
    guard = Guard("instore", SECRET.encode())
    assert guard.refused(headers, content + b" ", house.now) == "signature"
    assert guard.refused(headers, content, house.now + 999) == "timestamp"
    assert guard.refused(headers, content, house.now) is None
    assert json.loads(content) == house.spoken.kept[TOPIC]


def test_nothing_told_is_about_a_person(house: House, listener: Listener) -> None:
    house.turn("over")
    house.acknowledge(house.rows()[0]["id"], by="Anna Musterfrau")
    house.turn("over")
    house.turn("ok")
    told = json.dumps([house.spoken.kept, [body.decode() for _, body in listener.calls]])
    assert "Anna" not in told
    assert set(house.spoken.kept[TOPIC]) == {
        *("v", "site", "id", "rule", "place", "severity", "state", "silent"),
        *("opened_at", "closed_at", "value", "limit", "unit"),
    }


def test_one_that_somebody_has_seen_is_silent_until_it_closes(house: House) -> None:
    house.turn("over")
    assert house.spoken.kept[TOPIC]["silent"] is False
    assert house.acknowledge(house.rows()[0]["id"]) == 1
    house.turn("over")
    assert house.spoken.kept[TOPIC]["silent"] is True
    assert house.rows()[0]["acknowledged_by"] == "Anna"
    house.turn("ok")
    house.turn("over")
    assert house.spoken.kept[TOPIC]["silent"] is False, "the next one is another"
    assert [row["acknowledged_by"] for row in house.rows()] == [None, "Anna"]


@pytest.mark.parametrize("which", ["closed", "unknown", "of another site"])
def test_what_is_not_open_cannot_be_acknowledged(house: House, which: str) -> None:
    house.turn("over")
    name, site = house.rows()[0]["id"], "s001"
    if which == "closed":
        house.turn("ok")
    elif which == "unknown":
        name = "over-till_a-1"
    else:
        site = "s002"
    with pytest.raises(Unanswered, match=r"^alert: none that is open at this site$"):
        house.acknowledge(name, site=site)
    assert house.store.rows("SELECT 1 FROM document").num_rows == 0
    assert house.rows()[0]["acknowledged_at"] is None


def test_it_survives_a_restart_and_is_told_once(house: House, listener: Listener) -> None:
    house.turn("over")
    before = house.rows()
    house.start()
    house.turn("over")
    assert house.rows() == before
    house.start()
    house.turn("ok")
    assert len(house.rows()) == 1
    assert house.rows()[0]["closed_at"] is not None
    assert listener.told == [("over", "open"), ("over", "closed")]


def test_what_closed_just_before_the_end_is_said_after_it(house: House) -> None:
    house.turn("over")
    house.spoken.connected = False
    house.turn("ok")
    assert house.spoken.kept[TOPIC]["state"] == "open"
    house.start()
    house.spoken.connected = True
    house.turn()
    assert house.spoken.kept[TOPIC]["state"] == "closed"


def test_a_broker_that_comes_back_is_told_anew(house: House) -> None:
    house.turn("over")
    house.spoken.connected = False
    house.turn("over")
    house.spoken.connected = True
    house.spoken.kept.clear()
    house.turn("over")
    assert house.spoken.kept[TOPIC]["state"] == "open"


def test_a_call_that_fails_is_made_again_later_and_later(house: House, listener: Listener) -> None:
    listener.status = 500
    house.turn("over")
    pauses = []
    for _ in range(10):
        before, start = len(listener.calls), house.ticks
        while len(listener.calls) == before:
            house.ticks += 0.5
            house.caller.turn(house.bells.quiet)
        pauses.append(house.ticks - start)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    listener.status = 204
    house.ticks += 300
    house.turn("ok")
    house.turn("ok")
    assert listener.told[-2:] == [("over", "open"), ("over", "closed")], "in order, though it is over by now"
    assert len(listener.calls) == 13


def test_what_could_not_be_told_is_told_after_a_restart(house: House, listener: Listener) -> None:
    listener.status = 500
    house.turn("over")
    house.turn("ok")
    listener.status = 200
    listener.calls.clear()
    house.start()
    house.turn()
    house.turn()
    assert listener.told == [("over", "open"), ("over", "closed")]


def test_after_a_day_it_is_given_up(house: House, listener: Listener) -> None:
    listener.status = 500
    house.turn("over")
    listener.calls.clear()
    house.start()
    house.turn("over", seconds=90_000)
    assert listener.calls == []
    assert house.store.rows("SELECT told FROM alert").to_pylist() == [{"told": "closed"}]


def night(house: House) -> None:
    """From now on it is 22:30, and the shop never closes."""
    site = house.store.sites["s001"]
    house.store.sites["s001"] = type(site)(id="s001", name="x", timezone=site.timezone, opens="00:00", closes="00:00")
    house.now = NOON + 10.5 * 3600


def test_in_quiet_hours_nobody_is_called_but_pages_know(house: House, listener: Listener) -> None:
    night(house)
    house.turn("over")
    assert len(house.rows()) == 1
    assert house.spoken.kept[TOPIC]["silent"] is True
    house.turn("ok")
    assert listener.calls == []
    house.turn("over")
    house.turn("over", seconds=8 * 3600)
    assert listener.told == [], "06:30"
    house.turn("over", seconds=3600)
    assert listener.told == [("over", "open")], "what is still open in the morning is told then"
    assert house.spoken.kept[TOPIC]["silent"] is False


def test_what_was_seen_in_quiet_hours_is_not_told_in_the_morning(house: House, listener: Listener) -> None:
    night(house)
    house.turn("over")
    house.acknowledge(house.rows()[0]["id"])
    house.turn("over", seconds=9.5 * 3600)
    assert listener.told == []


def test_while_the_shop_is_closed_nothing_opens(house: House) -> None:
    house.now = NOON + 9 * 3600
    house.turn("over")
    assert house.rows() == []


def test_a_silent_device_is_told(house: House, hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.status(NOON), "status"), at=NOON)
    house.turn()
    assert house.rows() == []
    house.turn(seconds=700)
    assert [(row["rule"], row["place"], row["limit"], row["unit"]) for row in house.rows()] == [
        ("silent", "cam-01", 600.0, "s")
    ]
    hub.take(shop.raw(shop.status(house.now), "status"), at=house.now)
    house.turn(seconds=40)
    assert house.rows()[0]["closed_at"] is not None


def test_a_wait_over_the_promise_is_told(house: House, hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.status(NOON), "status"), shop.raw(shop.window(NOON, shop.stat(NOON, {12: 9}))), at=NOON)
    house.turn()
    (row,) = house.rows()
    assert (row["rule"], row["place"], row["limit"], row["unit"]) == ("wait", "till_a", 180.0, "s")
    assert row["value"] == pytest.approx(408)


def test_they_go_with_their_site(house: House) -> None:
    house.turn("over")
    with house.store.write() as connection:
        assert retention.forget_site(connection, "s001")["alert"] == 1
    assert house.rows() == []


def test_a_reader_of_another_site_sees_none(house: House) -> None:
    house.turn("over")
    tokens = house.folder / "tokens.json"
    token = access.create(tokens, "other", ["s002"], False, "now")
    with (
        serving(application(Desk(house.store, Access(tokens), Board())), Http(port=0)) as port,
        Hub(f"http://127.0.0.1:{port}", token) as reader,
    ):
        assert reader.ask("alerts", site="s002").num_rows == 0
        with pytest.raises(Refused):
            reader.ask("alerts", site="s001")


def test_a_short_secret_is_named_by_its_key(house: House) -> None:
    (house.folder / "key").write_text("short")
    with pytest.raises(SettingsError, match=r"^alerts\.webhook_secret_file: fewer than 16"):
        Caller(house.settings, house.store)
