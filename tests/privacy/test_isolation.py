"""What gateways hear stays on the device: nobody but the edge program can read it, and no broker keeps it.

Two real brokers: the one for gateways with the settings that `instore-edge config --gateways` writes, and the shop's
own with what `instore-hub enroll` hands out. Each identity there is tries to read every topic.
"""

import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.plan import PlanError, Radio
from edge.radio.adverts import Heard
from edge.radio.gateways import adverts
from simulators.broker import free_port, mosquitto
from tests.commands import done
from tests.conftest import need
from tests.hub.enroll.test_enroll import Received, Shop, is_up, until

PASSWORD = "correct horse"
ADDRESSES = [f"C0FFEE0000{i:02X}" for i in range(20)]
TOPICS = [
    "home/door/BTtoMQTT/{}",
    "espresense/devices/{}/door",
    "ruuvi/gw/{}",
]
HEARD = b'{"id":"C0:FF:EE:00:00:01","mac":"c0ffee000001","rssi":-60}'


class GatewayBroker:
    """The broker for gateways; `careless`, as somebody would set it up who only wants it to work."""

    def __init__(self, folder: Path, *, careless: bool = False) -> None:
        self.folder, self.lan, self.local = folder, free_port(), free_port()
        assert done("edge", "config", "--gateways", folder).returncode == 0
        tool = shutil.which("mosquitto_passwd")
        need(tool, "mosquitto_passwd")
        assert tool
        subprocess.run([tool, "-b", "-c", str(folder / "gateways.passwd"), "gateway", PASSWORD], check=True)
        text = (folder / "gateways.conf").read_text()
        text = text.replace("listener 1885", f"listener {self.lan} 127.0.0.1").replace("1884", str(self.local))
        if careless:
            text = text.replace("allow_anonymous false", "allow_anonymous true").replace(
                "persistence false", f"persistence true\npersistence_location {folder}/\nautosave_interval 1"
            )
            (folder / "gateways.acl").write_text("topic readwrite #\nuser gateway\ntopic readwrite #\n")
        if os.geteuid() == 0:
            text += "user root\n"
        (folder / "test.conf").write_text(text)
        (folder / "gateways.passwd").chmod(0o600)
        with (folder / "log").open("wb") as log:
            command = [mosquitto() or "mosquitto", "-c", str(folder / "test.conf")]
            self.process = subprocess.Popen(command, stderr=log, cwd=folder)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.local)) == 0:
                    return
            assert self.process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[GatewayBroker]:
    need(mosquitto(), "mosquitto")
    made = GatewayBroker(tmp_path)
    yield made
    made.close()


class Party:
    """Somebody who connects and reads all that they are let."""

    def __init__(self, port: int, user: str | None = None, password: str | None = None) -> None:
        self.heard: queue.Queue[MQTTMessage] = queue.Queue()
        self.answer: queue.Queue[ReasonCode] = queue.Queue()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if user:
            self.client.username_pw_set(user, password)
        self.client.on_connect = self._connected
        self.client.on_message = lambda client, _, message: self.heard.put(message)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _connected(
        self, client: Client, _: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if not reason.is_failure:
            client.subscribe(
                [(topic, 0) for topic in ("#", "home/#", "espresense/#", "ruuvi/#", "home/+/BTtoMQTT/+")]
            )
        self.answer.put(reason)

    def say(self, *, retain: bool = False) -> None:
        for address in ADDRESSES:
            for topic in TOPICS:
                self.client.publish(topic.format(address), HEARD, retain=retain)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def party(port: int, user: str | None = None, password: str | None = None) -> Iterator[Party]:
    made = Party(port, user, password)
    try:
        yield made
    finally:
        made.close()


def eavesdropped(brokers: GatewayBroker) -> set[str]:
    """Who else got to read what a gateway says: as nobody, as the hub, as a device, as another gateway."""
    tries = {"nobody": (None, None), "hub": ("instore-hub", "x"), "device": ("s001.cam-2", "x")}
    got = set()
    with party(brokers.lan, "gateway", PASSWORD) as gateway, party(brokers.lan, "gateway", PASSWORD) as other:
        assert not gateway.answer.get(timeout=10).is_failure
        assert not other.answer.get(timeout=10).is_failure
        spies = {name: Party(brokers.lan, *how) for name, how in tries.items()} | {"another gateway": other}
        time.sleep(0.5)
        gateway.say()
        time.sleep(1.0)
        got = {name for name, spy in spies.items() if not spy.heard.empty()}
        for name in tries:
            spies[name].close()
    return got


def kept(folder: Path) -> list[str]:
    """The files of a broker that hold an address, its log among them."""
    needles = [form for a in ADDRESSES for form in (a.encode(), a.lower().encode(), bytes.fromhex(a))]
    return [p.name for p in folder.iterdir() if p.is_file() and any(n in p.read_bytes() for n in needles)]


def test_the_edge_program_hears_the_gateways(gateways: GatewayBroker) -> None:
    stop, heard = threading.Event(), []
    feed = adverts(Radio(scanners="x", gateway_port=gateways.local), stop)
    with party(gateways.lan, "gateway", PASSWORD) as gateway:
        gateway.answer.get(timeout=10)
        limit = time.monotonic() + 15
        for item in feed:
            if isinstance(item, Heard):
                heard.append(item)
            else:
                gateway.say()
            if len({one.scanner for one in heard}) == 2 or time.monotonic() > limit:
                stop.set()
    assert {one.scanner for one in heard} == {"door", "gw"}


def test_nobody_else_can(gateways: GatewayBroker) -> None:
    assert eavesdropped(gateways) == set()
    with party(gateways.local) as late:
        late.answer.get(timeout=10)
        time.sleep(0.5)
        assert late.heard.empty(), "nothing waits for whoever comes later"


def test_the_way_in_of_gateways_is_no_way_in_for_others(gateways: GatewayBroker) -> None:
    for user, password in ((None, None), ("instore-hub", "x"), ("gateway", "wrong")):
        with party(gateways.lan, user, password) as stranger:
            assert stranger.answer.get(timeout=10).is_failure


@pytest.mark.parametrize("kill", [False, True])
def test_the_broker_keeps_nothing(gateways: GatewayBroker, kill: bool) -> None:
    with party(gateways.local) as reader, party(gateways.lan, "gateway", PASSWORD) as gateway:
        reader.answer.get(timeout=10)
        gateway.answer.get(timeout=10)
        gateway.say()
        assert reader.heard.get(timeout=10)
        if kill:
            gateways.process.kill()
    gateways.close()
    assert kept(gateways.folder) == []


def test_a_careless_broker_would_be_caught(tmp_path: Path) -> None:
    need(mosquitto(), "mosquitto")
    careless = GatewayBroker(tmp_path, careless=True)
    try:
        assert {"nobody", "another gateway"} <= eavesdropped(careless)
        with party(careless.lan) as gateway:
            gateway.answer.get(timeout=10)
            gateway.say(retain=True)
            gateway.heard.get(timeout=10)
    finally:
        careless.close()
    assert kept(tmp_path)


def test_the_reader_s_way_in_is_on_this_machine_alone(gateways: GatewayBroker) -> None:
    rows = [*Path("/proc/net/tcp").read_text().split("\n"), *Path("/proc/net/tcp6").read_text().split("\n")]
    port = f"{gateways.local:04X}"
    assert [row.split()[1] for row in rows if " 0A " in row and f":{port} " in row] == [f"0100007F:{port}"]


def test_no_bridge_leads_out(gateways: GatewayBroker) -> None:
    lines = (gateways.folder / "gateways.conf").read_text().splitlines()
    words = {line.split()[0] for line in lines if line.strip()}
    assert not {word for word in words if word.startswith(("connection", "bridge", "address", "cleansession"))} - {
        "connection_messages"
    }


@pytest.mark.parametrize("host", ["10.0.0.1", "shop.example", "0.0.0.0", "::", "169.254.0.1"])
def test_the_edge_program_reads_from_this_machine_alone(host: str) -> None:
    with pytest.raises(PlanError, match="must be this machine"):
        next(adverts(Radio(scanners="x", gateway_host=host), threading.Event()))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    need(mosquitto(), "mosquitto")
    made = Shop(tmp_path_factory.mktemp("enrolled"))
    assert made.enroll("--broker", "127.0.0.1", "localhost") == 0
    assert made.enroll("--hub") == 0
    for device in ("cam-1", "cam-2"):
        assert made.enroll("s001", device) == 0
    made.start()
    yield made
    made.stop()


def told(shop: Shop, speaker: str = "s001.cam-1") -> dict[str, list[str]]:
    """What the hub and another device hear when a device says raw gateway topics at the shop's broker."""
    everything = tuple((topic, 1) for topic in ("#", "home/#", "espresense/#", "ruuvi/#", "+/+/BTtoMQTT/+"))
    hub_like = (*everything, ("instore/v1/+/+/w", 1))
    with (
        shop.connected("instore-hub", subscriptions=hub_like) as hub,
        shop.connected("s001.cam-2", subscriptions=everything) as other,
        shop.connected(speaker) as device,
    ):
        for one in (hub, other, device):
            until(one, is_up)
        for topic in TOPICS:
            device.publish(topic.format(ADDRESSES[0]), HEARD, retain=True)
        device.publish("instore/v1/s001/cam-1/w", b"own")
        heard: dict[str, list[str]] = {"hub": [], "other": []}
        limit = time.monotonic() + 10
        while "instore/v1/s001/cam-1/w" not in heard["hub"]:
            assert time.monotonic() < limit, "the hub hears what is for it"
            time.sleep(0.5)
            for name, one in (("hub", hub), ("other", other)):
                while not one.events.empty():
                    event = one.events.get_nowait()
                    heard[name] += [event.topic] if isinstance(event, Received) else []
    return {name: [topic for topic in topics if not topic.startswith("instore/")] for name, topics in heard.items()}


def test_no_identity_at_the_shop_s_broker_reads_or_says_raw_topics(shop: Shop) -> None:
    assert told(shop) == {"hub": [], "other": []}


def test_an_acl_that_let_them_would_be_caught(tmp_path: Path) -> None:
    need(mosquitto(), "mosquitto")
    careless = Shop(tmp_path)
    assert careless.enroll("--broker", "127.0.0.1", "localhost") == 0
    assert careless.enroll("--hub") == 0
    for device in ("cam-1", "cam-2"):
        assert careless.enroll("s001", device) == 0
    acl = careless.out / "broker" / "acl"
    acl.write_text(acl.read_text().replace("\ntopic read ", "\ntopic readwrite #\ntopic read "))
    careless.start()
    try:
        found = told(careless)
        assert found["hub"]
        assert found["other"]
    finally:
        careless.stop()
