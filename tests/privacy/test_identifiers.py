"""Attacks 1 and 2: two simulated days with 2,000 known devices and known visitors; nothing of them anywhere outside.

The device is the real one: recorded facts through `backfill`, then `run` in a process of its own with the gateways'
raw feed at its own broker, a real broker towards the hub that writes down whatever it knows, and at the end a kill.
"""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.agent import backfill
from edge.measure.facts import to_line
from edge.plan import parse
from edge.toml import text
from simulators.broker import Broker, mosquitto
from tests.conftest import need
from tests.privacy.capture import Listener, files, logged_broker
from tests.privacy.devices import Device, camera_facts, devices, radio_facts, topic_and_payload
from tests.privacy.spellings import Search, of_address, of_bytes, of_name, of_uuid

DEVICES, KNOWN, VISITORS = 2000, 40, 40
# Eight or more characters without a space, a digit among them, and no time: what an address, a uuid, a hash, a token
# or a number of somebody looks like, and what names of sensors and places do not.
ID_LIKE = re.compile(r"(?=.*\d)[0-9A-Za-z+/=_.:-]{8,}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MOST_ALIKE, LARGE = 20, 2**31
SECRET = "s3cret-of-the-camera"


class Captured(NamedTuple):
    """All that could be had, by where it was found, and who was there."""

    texts: dict[str, bytes]
    heard: list[tuple[str, bytes, bool]]
    everybody: list[Device]
    numbers: list[int]
    search: Search


def table(folder: Path, port: int, gateway_port: int) -> dict[str, Any]:
    zones = [
        {"id": "left", "sensor": "radio", "polygon": [[-5, -5], [5, -5], [5, 15], [-5, 15]]},
        {"id": "right", "sensor": "radio", "polygon": [[5, -5], [15, -5], [15, 15], [5, 15]]},
        {"id": "shelf", "sensor": "cam", "polygon": [[0, 1], [6, 1], [6, 5], [0, 5]]},
    ]
    queue = {"id": "till", "sensor": "cam", "polygon": [[0, 6], [6, 6], [6, 11], [0, 11]]}
    return {
        "site": "s001",
        "device": "all-01",
        "timezone": "UTC",
        "level": "standard",
        "sensors": [
            {"id": "cam", "kind": "camera", "source": f"rtsp://shop:{SECRET}@127.0.0.1:9/x", "fps": 2},
            {"id": "radio", "kind": "gateway"},
        ],
        "lines": [{"id": "door", "sensor": "cam", "a": [0, 0], "b": [6, 0]}],
        "zones": zones,
        "queues": [{**queue, "service": [[0, 9], [6, 9], [6, 11], [0, 11]]}],
        "radio": {
            "scanners": str(folder / "scanners.csv"),
            "tags_file": str(folder / "tags.csv"),
            "gateway_port": gateway_port,
        },
        "broker": {"port": port},
        "outbox": {"dir": str(folder / "device" / "state")},
    }


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Captured:
    need(mosquitto(), "mosquitto")
    rng, folder = np.random.default_rng(1), tmp_path_factory.mktemp("captured")
    for name in ("device/state", "device/tmp", "broker"):
        (folder / name).mkdir(parents=True)
    everybody = devices(rng, DEVICES, KNOWN)
    (folder / "scanners.csv").write_text("scanner,x_m,y_m,z_m\ngate-a,1,1,2\ngate-b,9,1,2\n", encoding="utf-8")
    lines = ["tag,role", *(device.listed for device in everybody if device.role)]
    (folder / "tags.csv").write_text("\n".join(lines), encoding="utf-8")
    numbers = [int(number) for number in rng.integers(2**61, 2**62, VISITORS)]
    with Broker() as gateways, logged_broker(folder / "broker") as port:
        plan = table(folder, port, gateways.port)
        done = _backfilled(plan, rng, everybody, numbers)
        assert done["messages"] > 300
        texts = files(folder / "device")
        heard, log = _run(folder, plan, gateways.port, everybody, done["messages"])
    for topic, payload, kept in heard:
        where = f"{topic} {'retained' if kept else 'sent'}"
        texts[where] = texts.get(where, b"") + topic.encode() + b"\n" + payload + b"\n"
    texts |= {f"after {name}": content for name, content in files(folder / "broker", folder / "device").items()}
    texts["log"] = log
    return Captured(texts, heard, everybody, numbers, Search(wanted(everybody, numbers)))


def wanted(everybody: list[Device], numbers: list[int]) -> Iterator[bytes]:
    """All that must be nowhere."""
    for one in everybody:
        yield from (*of_address(one.address), *of_uuid(one.uuid), *of_bytes(one.irk), *of_name(one.name))
    for number in numbers:
        yield from of_bytes(number.to_bytes(8, "big"))
    yield SECRET.encode()


def _backfilled(plan: dict[str, Any], rng: np.random.Generator, everybody: list[Device], numbers: list[int]) -> Any:
    watched, now = parse(plan), time.time()
    days = [now // 86_400 * 86_400 - 86_400 * i + 6 * 3600 for i in (2, 1)]
    stated = radio_facts(watched, rng, everybody, days)
    stated += [fact for day in days for fact in camera_facts(watched, numbers, day)]
    return backfill(watched, (to_line(fact) for fact in sorted(stated, key=lambda fact: fact.at)))


def _run(
    folder: Path, plan: dict[str, Any], gateway_port: int, everybody: list[Device], messages: int
) -> tuple[list[tuple[str, bytes, bool]], bytes]:
    """What is heard of the running device until it is killed and its will and what is retained were read; its log."""
    settings = folder / "edge.toml"
    settings.write_text(text(plan), encoding="utf-8")
    listener = Listener(plan["broker"]["port"], hub=True)
    surroundings = os.environ | {"HOME": str(folder / "device"), "TMPDIR": str(folder / "device" / "tmp")}
    surroundings["PYTHONPATH"] = str(Path(__file__).parents[2])
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge", "-v", "run", "--config", str(settings)],
            cwd=folder / "device", env=surroundings, stderr=log, stdout=log,
        )  # fmt: skip
        try:
            assert listener.wait(lambda heard: any(topic.endswith("/status") for topic, _, _ in heard))
            _advertise(gateway_port, everybody)
            assert listener.wait(lambda heard: len([1 for t, _, _ in heard if t.endswith("/w")]) > messages)
            assert listener.wait(lambda heard: any(topic.endswith("/live") for topic, _, _ in heard))
            process.send_signal(signal.SIGKILL)
        finally:
            process.kill()
            process.wait()
    assert listener.wait(lambda heard: any(b'"offline"' in payload for _, payload, _ in heard)), "the will"
    late = Listener(plan["broker"]["port"])
    assert late.wait(lambda heard: any(topic.endswith("/status") and kept for topic, _, kept in heard))
    late.end()
    listener.end()
    return listener.heard + late.heard, (folder / "log").read_bytes()


def _advertise(port: int, everybody: list[Device]) -> None:
    """Every device once, on the broker that only this device and its gateways reach."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for i, device in enumerate(everybody):
        said = client.publish(*topic_and_payload(device, "gate-a", -50, i % 3))
    said.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def hits(captured: Captured, texts: dict[str, bytes]) -> set[str]:
    """Where any identifier stands in any spelling."""
    return {where for where, content in texts.items() if captured.search.found(content)}


def test_what_was_captured_is_all_there_is(captured: Captured) -> None:
    topics = {topic for topic, _, _ in captured.heard}
    assert {f"instore/v1/s001/all-01/{leaf}" for leaf in ("w", "status", "live")} <= topics
    assert any(topic.startswith("$SYS/") for topic in topics)
    kinds = b"".join(payload for topic, payload, _ in captured.heard if topic.endswith("/w"))
    for place in (b'"left"', b'"right"', b'"shelf"', b'"till"', b'"door"'):
        assert place in kinds
    assert kinds.count(b'"kind":"stat"') > kinds.count(b'"withheld":"n<5"') > 0
    assert (
        b"instore-s001-all-01" in captured.texts[next(name for name in captured.texts if name.endswith("broker.log"))]
    )
    assert any(name.endswith(".sqlite") for name in captured.texts)
    assert b"watching with 2 sensors" in captured.texts["log"]


def test_no_identifier_in_any_spelling(captured: Captured) -> None:
    assert hits(captured, captured.texts) == set()


@pytest.mark.parametrize(
    "leak",
    [
        lambda one: one.address.hex(":").upper().encode(),
        lambda one: b'{"mac":"' + one.address[::-1].hex("-").encode() + b'"}',
        lambda one: hashlib.sha256(one.address.hex().encode()).hexdigest()[:12].encode(),
        lambda one: hashlib.md5(one.address).hexdigest().upper().encode(),
        lambda one: base64.b64encode(hashlib.blake2b(one.address.hex(":").encode()).digest()),
        lambda one: str(int.from_bytes(one.address, "little")).encode(),
        lambda one: base64.urlsafe_b64encode(one.uuid),
        lambda one: repr(list(one.address)).encode(),
        lambda one: f"{one.uuid.hex()[:8]}-{one.uuid.hex()[8:12]}-{one.uuid.hex()[12:]}".encode(),
        lambda one: one.irk,
        lambda one: hashlib.sha1(one.name.encode()).digest(),
        lambda one: one.name.upper().encode(),
    ],
)
def test_the_attack_finds_what_leaks(captured: Captured, leak: Any) -> None:
    somebody = captured.everybody[1234]
    for content in (leak(somebody), b"a log line about " + leak(somebody) + b" and its stay"):
        assert hits(captured, {"planted": content}) == {"planted"}


def test_the_attack_finds_a_track_number(captured: Captured) -> None:
    assert hits(captured, {"planted": b'{"track":%d}' % captured.numbers[7]})


def alike(messages: list[tuple[str, bytes]]) -> dict[str, set[str]]:
    """The values that look like an identifier, by field; parts of topics are fields too."""
    found: dict[str, set[str]] = {}

    def look(where: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                look(f"{where}.{key}", inner)
                look(f"{where} key", key)
        elif isinstance(value, list):
            for inner in value:
                look(f"{where}[]", inner)
        elif (isinstance(value, str) and ID_LIKE.fullmatch(value) and not TIME.fullmatch(value)) or (
            isinstance(value, int) and value >= LARGE
        ):
            found.setdefault(where, set()).add(str(value))

    for topic, payload in messages:
        leaf = topic.rpartition("/")[2]
        for i, part in enumerate(topic.split("/")):
            look(f"topic {i}", part)
        look(leaf, json.loads(payload))
    return found


def published(captured: Captured) -> list[tuple[str, bytes]]:
    """Our messages, without the properties that the listener wrote behind them."""
    decoder = json.JSONDecoder()
    ours = [(topic, payload.decode()) for topic, payload, _ in captured.heard if topic.startswith("instore/")]
    return [(topic, json.dumps(decoder.raw_decode(payload)[0]).encode()) for topic, payload in ours]


def test_no_field_has_twenty_values_like_identifiers(captured: Captured) -> None:
    assert {where for where, values in alike(published(captured)).items() if len(values) >= MOST_ALIKE} == set()


def test_times_of_windows_are_whole_windows(captured: Captured) -> None:
    for topic, payload in published(captured):
        if topic.endswith("/w") and b'"values"' in payload:
            message = json.loads(payload)
            times = [message["end"], *(value["start"] for value in message["values"])]
            assert all(TIME.fullmatch(at) and int(at[14:16]) % 5 == 0 and at[17:19] == "00" for at in times)


def test_the_attack_finds_a_field_of_identifiers(captured: Captured) -> None:
    tokens = [one.uuid.hex() for one in captured.everybody[:MOST_ALIKE]]
    planted = [("instore/v1/s001/all-01/w", json.dumps({"values": [{"visit": token}]}).encode()) for token in tokens]
    assert alike(published(captured) + planted)["w.values[].visit"] == set(tokens)
