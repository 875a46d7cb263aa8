"""The hub as a process against a real broker: killed, restarted, fed twice; nothing lost and nothing doubled."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from edge.deliver.mqtt import Broker as Address
from edge.deliver.mqtt import Connection, Down, Received, Up
from edge.messages import Ack, Resume, decode, encode
from edge.topics import topic
from hub.client import Hub, HubAway
from hub.intake.ingest import SUBSCRIPTIONS, Ingest
from hub.serve.live import Board
from hub.sites import Site
from hub.storage.store import Store
from tests.commands import done

SITES = {"s001": Site(id="s001", name="High Street", timezone="Europe/Berlin")}


class Device(threading.Thread):
    """Follows the edge's side of the protocol: sends in order, goes back without progress, deletes on ack only."""

    def __init__(self, port, shop, messages, resume=1):
        super().__init__(daemon=True)
        self.topic, self.first = topic(shop.site, shop.device, "w"), resume
        self.held = dict(messages)
        self.epoch, self.halt, self.acks = shop.epoch, threading.Event(), []
        self.connection = Connection(
            Address(port=port), f"test-{shop.device}", subscriptions=[(topic(shop.site, shop.device, "ack"), 1)]
        )

    def run(self):
        self.connection.start()
        sent, progress = 0, 0.0
        while not self.halt.is_set() and self.held:
            if not self.connection.events.empty():
                event = self.connection.events.get()
                if isinstance(event, Received):
                    ack = decode("ack", event.payload)
                    assert isinstance(ack, Ack)
                    self.acks.append(ack.upto)
                    for seq in [seq for seq in self.held if seq <= ack.upto]:
                        del self.held[seq]
                    progress = time.monotonic()
                elif isinstance(event, Up | Down):
                    progress = 0.0
                continue
            if time.monotonic() - progress > 2.0:
                first = min(self.held)
                sent, progress = first - 1, time.monotonic()
                self.connection.publish(
                    self.topic, encode(Resume(v=1, epoch=self.epoch, first=max(first, self.first)))
                )
            ready = [seq for seq in self.held if seq > sent][:1]
            if (
                ready
                and ready[0] - min(self.held, default=ready[0]) < 100
                and self.connection.publish(self.topic, self.held[ready[0]])
            ):
                sent = ready[0]
            else:
                time.sleep(0.002)
        self.connection.stop()


def messages(shop, n):
    end = int(time.time()) // 300 * 300
    return {
        seq: encode(shop.window(end - 300 * (seq % 500), shop.count(end - 300 * (seq % 500), 1), seq=seq))
        for seq in range(1, n + 1)
    }


def config(path, port, http=0):
    path.joinpath("hub.toml").write_text(
        f'state_dir = "{path}"\n[broker]\nport = {port}\n[http]\nport = {http}\n'
        '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
    )
    return path / "hub.toml"


def start(settings, largest=None):
    limits = (resource.RLIMIT_FSIZE, (largest, largest))
    limited = (lambda: resource.setrlimit(*limits)) if largest else None
    command = [sys.executable, "-m", "hub", "run", "--config", str(settings)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=limited)


def end(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.communicate(timeout=30)
    return process.returncode


def stored(path):
    with Store(path / "hub.duckdb", SITES, time.time()) as store:
        return store.rows("SELECT seq FROM value_count ORDER BY seq").column(0).to_pylist(), store.cursors()


def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(tmp_path, broker, shop):
    n, settings = 1500, config(tmp_path, broker.port)
    device = Device(broker.port, shop, messages(shop, n))
    device.start()
    try:
        left = []
        while device.held and len(left) < 3:
            process, before = start(settings), len(device.held)
            until(lambda before=before: len(device.held) < before - 150, 90)
            end(process, signal.SIGKILL)
            left.append(len(device.held))
        process = start(settings)
        device.join(timeout=120)
        assert not device.held
        assert end(process) == 0
    finally:
        device.halt.set()
        device.join(timeout=10)
    seqs, cursors = stored(tmp_path)
    assert seqs == list(range(1, n + 1))
    assert cursors["s001", "cam-01", shop.epoch].upto == n
    assert sum(0 < held < n for held in left) >= 2


def test_a_full_disk_ends_the_hub_and_loses_nothing(tmp_path, own_broker, shop):
    """A limit to the size of files stands for the disk: what is not written is not acknowledged."""
    n, settings = 3000, config(tmp_path, own_broker.port)
    process = start(settings)
    until(lambda: (tmp_path / "hub.duckdb").exists())
    time.sleep(2.0)
    assert end(process) == 0
    device = Device(own_broker.port, shop, messages(shop, n))
    process = start(settings, largest=200_000)
    device.start()
    try:
        said = process.communicate(timeout=90)[1]
        assert process.returncode == 1, said
        assert 0 < len(device.held) <= n
        assert b"ingest ends" in said or b"database" in said
        process = start(settings)
        device.join(timeout=90)
        assert not device.held
        assert end(process) == 0
    finally:
        device.halt.set()
        device.join(timeout=10)
    assert stored(tmp_path)[0] == list(range(1, n + 1))


@contextmanager
def ingest(path, port, name):
    board, stop = Board(), threading.Event()
    with Store(path / "hub.duckdb", SITES, time.time()) as store:
        connection = Connection(Address(port=port), name, subscriptions=SUBSCRIPTIONS, session_s=600, manual_ack=True)
        made = Ingest(store, connection, board)
        connection.start()
        made.start(stop)
        try:
            yield made, store, board
        finally:
            stop.set()
            made.join()
            connection.stop()


def until(true, seconds=60):
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_the_database_is_lost_and_the_loss_is_known(tmp_path, shared_broker, shop):
    """The device has deleted 1..500 long ago; a new hub must say that it never had them, and go on."""
    kept = {seq: m for seq, m in messages(shop, 600).items() if seq > 500}
    with ingest(tmp_path, shared_broker, "hub-lost") as (_, store, _):
        device = Device(shared_broker, shop, kept, resume=501)
        device.start()
        device.join(timeout=30)
        assert not device.held
        assert store.rows("SELECT first, last FROM gap").to_pylist() == [{"first": 1, "last": 500}]
        assert store.rows("SELECT count(*) AS n FROM value_count").to_pylist() == [{"n": 100}]


def test_poison_does_not_hold_up_what_follows(tmp_path, quiet_broker, shop):
    given = messages(shop, 200)
    bad = {seq: json.dumps(json.loads(given[seq]) | {"v": 9}).encode() for seq in range(10, 200, 20)}
    with ingest(tmp_path, quiet_broker, "hub-poison") as (made, store, _):
        device = Device(quiet_broker, type(shop)(device="cam-07"), given | bad)
        given = {s: m.replace(b'"cam-01"', b'"cam-07"') for s, m in (given | bad).items()}
        device.held = given
        device.start()
        device.join(timeout=30)
        assert not device.held
        assert made.bad == len(bad)
        assert store.rows("SELECT count(*) AS n FROM value_count").to_pylist() == [{"n": 200 - len(bad)}]
        assert store.rows("SELECT sum(n) AS n FROM quarantine_tally").to_pylist() == [{"n": len(bad)}]


def test_what_the_database_refuses_is_set_aside_alone(tmp_path, quiet_broker, shop):
    given = {s: m.replace(b'"cam-01"', b'"cam-08"') for s, m in messages(shop, 50).items()}
    with ingest(tmp_path, quiet_broker, "hub-refuse") as (made, store, _):
        with store.write() as connection:
            connection.execute("DROP TABLE count_15")
            connection.execute("CREATE TABLE count_15 AS SELECT 1 AS other")
        device = Device(quiet_broker, type(shop)(device="cam-08"), given)
        device.start()
        device.join(timeout=60)
        assert not device.held
        assert made.alive
        found = store.rows("SELECT reason, n FROM quarantine_tally").to_pylist()
        assert [row["n"] for row in found] == [50]
        assert found[0]["reason"].startswith("cannot be stored")


def test_status_and_live_arrive_and_live_is_never_stored(tmp_path, shared_broker, shop):
    sender = Connection(Address(port=shared_broker), "test-status")
    with ingest(tmp_path, shared_broker, "hub-status") as (made, store, board):
        until(lambda: made.connected)
        sender.start()
        until(lambda: sender.connected)
        time.sleep(0.3)
        sender.publish(topic("s001", "cam-09", "status"), encode(shop.status(time.time())), retain=True)
        live = {"v": 1, "level": "standard", "at": "2026-01-01T00:00:00Z", "place": "till_a", "queue": 3}
        live |= {"occupancy": None, "tills_open": None, "alert": "ok"}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sender.publish(topic("s001", "cam-09", "live"), json.dumps(live | {"at": now}).encode(), qos=0)
        until(lambda: board.places("s001", {}, time.time()))
        until(lambda: store.rows("SELECT 1 FROM device WHERE device = 'cam-09'").num_rows)
        sender.publish(topic("s001", "cam-09", "status"), b"", retain=True)
        time.sleep(0.2)
        sender.stop()


def test_a_running_hub_answers_and_stops_well(tmp_path, shared_broker):
    http = 18_000 + os.getpid() % 2000
    process = start(config(tmp_path, shared_broker, http))
    try:
        with Hub(f"http://127.0.0.1:{http}", "") as hub:

            def well():
                try:
                    return hub.health()["ok"]
                except HubAway:
                    return False

            until(well)
    finally:
        assert end(process) == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[http]\nhost = "0.0.0.0"\n', "http.host"),
        ("sites = []\n", "sites"),
        ('[broker]\nhots = "secret-host"\n', "broker.hots"),
        ('[[sites]]\nid = "s1"\nname = "S"\ntimezone = "Mars/Crater"\n', "sites[0].timezone"),
        ('[[sites]]\nid = "S 1"\nname = "S"\ntimezone = "UTC"\n', "sites[0].id"),
    ],
)
def test_bad_settings_end_with_78_and_name_the_key_only(tmp_path, text, key):
    path = tmp_path / "hub.toml"
    site = "" if "sites" in text else '[[sites]]\nid = "s001"\nname = "S"\ntimezone = "UTC"\n'
    path.write_text(text + site)
    said = done("hub", "--config", path, "run")
    assert said.returncode == 78
    assert key in said.stderr
    assert "secret" not in said.stderr
    assert "Mars" not in said.stderr
