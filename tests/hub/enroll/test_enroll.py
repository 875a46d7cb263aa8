"""`instore-hub enroll` and a real mosquitto with what it wrote: who gets in, and what each may say and hear."""

import os
import queue
import socket
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from edge.deliver.mqtt import Broker, Connection, Down, Event, Received, Refused, Up
from hub.__main__ import main
from hub.intake.ingest import SUBSCRIPTIONS
from simulators.broker import free_port, mosquitto
from tests.conftest import need

SITES = '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
DEVICES = (("s001", "cam-1"), ("s001", "cam-2"))


class Shop:
    """A hub's folder, what it handed out, and a broker that runs on it."""

    def __init__(self, folder: Path) -> None:
        self.out, self.port = folder / "enrolled", free_port()
        self._settings = folder / "hub.toml"
        self._settings.write_text(f'state_dir = "{folder}/state"\n{SITES}', encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def enroll(self, *words: str) -> int:
        return main(["enroll", "--config", str(self._settings), *words, "--out", str(self.out)])

    def start(self) -> None:
        folder = self.out / "broker"
        conf = (folder / "instore.conf").read_text(encoding="utf-8")
        conf = conf.replace("/etc/mosquitto/instore", str(folder)).replace("8883", f"{self.port} 127.0.0.1")
        conf = conf.replace("/var/lib/mosquitto/", f"{folder}/").replace("persistence true", "persistence false")
        if os.geteuid() == 0:
            conf += "user root\n"  # else it steps down to a user who cannot read a test's folder
        (folder / "test.conf").write_text(conf, encoding="utf-8")
        found = mosquitto()
        assert found
        self._process = subprocess.Popen([found, "-c", str(folder / "test.conf")], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            self._process.poll()
            assert self._process.returncode is None, "mosquitto does not take its settings"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def broker(self, name: str) -> Broker:
        """The address as the settings that were handed out name it, with the files where they lie."""
        text = (self.out / name / "broker.toml").read_text(encoding="utf-8")
        table = tomllib.loads(text.replace("/etc/instore/tls", str(self.out / name)))["broker"]
        return msgspec.convert(table | {"port": self.port}, Broker)

    @contextmanager
    def connected(self, name: str, **more: object) -> Iterator[Connection]:
        made = Connection(self.broker(name), str(more.pop("client_id", name)), **more)  # type: ignore[arg-type]
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    need(mosquitto(), "mosquitto")
    made = Shop(tmp_path_factory.mktemp("enrolled"))
    assert made.enroll("--broker", "127.0.0.1", "localhost") == 0
    assert made.enroll("--hub") == 0
    for site, device in DEVICES:
        assert made.enroll(site, device) == 0
    made.start()
    yield made
    made.stop()


def until(connection: Connection, wanted: Callable[[Event], bool], seconds: float = 10.0) -> Event:
    """The first event that is wanted; queue.Empty where none comes in time."""
    end = time.monotonic() + seconds
    while True:
        event = connection.events.get(timeout=max(0.0, end - time.monotonic()))
        if wanted(event):
            return event


def is_up(event: Event) -> bool:
    return isinstance(event, Up)


def test_a_device_is_heard_by_the_hub_and_hears_it(shop: Shop) -> None:
    own_ack = (("instore/v1/s001/cam-1/ack", 0),)
    with (
        shop.connected("instore-hub", subscriptions=SUBSCRIPTIONS) as hub,
        shop.connected("s001.cam-1", subscriptions=own_ack) as device,
    ):
        until(hub, is_up)
        until(device, is_up)
        device.publish("instore/v1/s001/cam-1/w", b"said")
        heard = until(hub, lambda event: isinstance(event, Received))
        assert isinstance(heard, Received)
        assert (heard.topic, heard.payload) == ("instore/v1/s001/cam-1/w", b"said")
        hub.publish("instore/v1/s001/cam-1/ack", b"committed", qos=0)
        assert isinstance(until(device, lambda event: isinstance(event, Received)), Received)


@pytest.mark.parametrize(
    "topic",
    [
        "instore/v1/s001/cam-2/w",
        "instore/v1/s001/cam-2/status",
        "instore/v1/s001/cam-1/ack",
        "instore/v1/s001/cam-1/cmd",
        "elsewhere",
    ],
)
def test_a_device_says_nothing_for_another(shop: Shop, topic: str) -> None:
    with shop.connected("instore-hub", subscriptions=SUBSCRIPTIONS) as hub, shop.connected("s001.cam-1") as device:
        until(hub, is_up)
        until(device, is_up)
        device.publish(topic, b"forged")
        refused = until(device, lambda event: isinstance(event, Refused))
        assert isinstance(refused, Refused)
        assert "uthoriz" in refused.reason
        device.publish("instore/v1/s001/cam-1/w", b"own")
        heard = until(hub, lambda event: isinstance(event, Received))
        assert isinstance(heard, Received)
        assert heard.payload == b"own"


def test_a_device_hears_nothing_of_another(shop: Shop) -> None:
    curious = (("#", 1), ("instore/v1/s001/cam-2/w", 1), ("instore/v1/s001/cam-2/ack", 1))
    with shop.connected("s001.cam-1", subscriptions=curious) as device, shop.connected("s001.cam-2") as other:
        until(device, is_up)
        until(other, is_up)
        other.publish("instore/v1/s001/cam-2/w", b"private")
        other.publish("instore/v1/s001/cam-2/status", b"private", retain=True)
        with pytest.raises(queue.Empty):
            until(device, lambda event: isinstance(event, Received), seconds=1.5)


def test_nobody_gets_in_without_a_certificate(shop: Shop) -> None:
    bare = msgspec.structs.replace(shop.broker("s001.cam-1"), cert_file=None, key_file=None)
    made = Connection(bare, "s001.cam-1")
    made.start()
    try:
        assert isinstance(until(made, lambda event: isinstance(event, Up | Down)), Down)
    finally:
        made.stop()


def test_nobody_gets_in_with_a_certificate_of_another_authority(shop: Shop, tmp_path: Path) -> None:
    stranger = Shop(tmp_path)
    assert stranger.enroll("s001", "cam-1") == 0
    stranger.port = shop.port
    own = stranger.broker("s001.cam-1")
    mixed = msgspec.structs.replace(own, ca_file=shop.broker("s001.cam-1").ca_file)
    made = Connection(mixed, "s001.cam-1")
    made.start()
    try:
        assert isinstance(until(made, lambda event: isinstance(event, Up | Down)), Down)
    finally:
        made.stop()


def test_a_device_cannot_throw_the_hub_out_by_taking_its_name(shop: Shop) -> None:
    with shop.connected("instore-hub", subscriptions=SUBSCRIPTIONS, session_s=60) as hub:
        until(hub, is_up)
        with shop.connected("s001.cam-1", client_id="instore-hub") as device:
            until(device, is_up)
            with pytest.raises(queue.Empty):
                until(hub, lambda event: isinstance(event, Down), seconds=1.5)


def test_what_is_too_large_is_cut_off(shop: Shop) -> None:
    with shop.connected("instore-hub", subscriptions=SUBSCRIPTIONS) as hub, shop.connected("s001.cam-1") as device:
        until(hub, is_up)
        until(device, is_up)
        device.publish("instore/v1/s001/cam-1/w", b"x" * 70_000)
        assert isinstance(until(device, lambda event: isinstance(event, Down)), Down)
        with pytest.raises(queue.Empty):
            until(hub, lambda event: isinstance(event, Received) and event.topic.endswith("/w"), seconds=1.0)


def test_a_revoked_device_gets_in_no_more(tmp_path: Path) -> None:
    need(mosquitto(), "mosquitto")
    shop = Shop(tmp_path)
    assert shop.enroll("--broker", "127.0.0.1") == 0
    assert shop.enroll("s001", "cam-1") == 0
    assert shop.enroll("s001", "cam-2") == 0
    assert shop.enroll("s001", "cam-1", "--revoke") == 0
    shop.start()
    try:
        with shop.connected("s001.cam-2") as well, shop.connected("s001.cam-1") as lost:
            until(well, is_up)
            assert isinstance(until(lost, lambda event: isinstance(event, Up | Down)), Down)
    finally:
        shop.stop()


def test_a_device_enrolled_again_is_let_in_with_its_new_certificate_only(tmp_path: Path) -> None:
    need(mosquitto(), "mosquitto")
    shop = Shop(tmp_path)
    assert shop.enroll("--broker", "127.0.0.1") == 0
    assert shop.enroll("s001", "cam-1") == 0
    stolen = tmp_path / "stolen"
    (shop.out / "s001.cam-1").rename(stolen)
    assert shop.enroll("s001", "cam-1") == 0
    shop.start()
    try:
        fresh = shop.broker("s001.cam-1")
        old = msgspec.structs.replace(
            fresh, cert_file=str(stolen / "s001.cam-1.crt"), key_file=str(stolen / "s001.cam-1.key")
        )
        for broker, wanted in ((fresh, Up), (old, Down)):
            made = Connection(broker, "s001.cam-1")
            made.start()
            assert isinstance(until(made, lambda event: isinstance(event, Up | Down)), wanted)
            made.stop()
    finally:
        shop.stop()


def test_keys_are_the_owners_only(shop: Shop) -> None:
    keys = [*shop.out.rglob("*.key"), *(shop.out.parent / "state").rglob("ca.key")]
    assert len(keys) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)


@pytest.mark.parametrize(
    "words", [("s002", "cam-1"), ("s001", "Cam 1"), ("s001", "+"), ("s001",), (), ("s001", "cam-9", "--revoke")]
)
def test_who_cannot_be_enrolled_is_refused(
    tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert Shop(tmp_path).enroll(*words) == 1
    assert "device" in capsys.readouterr().err
