"""Everything that can be had of a device from outside: each topic, payload and property, what is retained, what the
broker writes down of its clients, every file in the device's folders.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.messages import Ack, Window, decode, encode
from simulators.broker import free_port, mosquitto

_SETTINGS = """listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
max_queued_messages 100000
log_dest file {folder}/broker.log
log_type all
connection_messages true
sys_interval 1
{user}"""


class Listener:
    """A client that hears all topics, the broker's own too. As `hub` it says of each window that it has it."""

    def __init__(self, port: int, *, hub: bool = False) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self._hub = hub
        self._client = Client(
            CallbackAPIVersion.VERSION2, "hub" if hub else "listener", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_connect = lambda client, *_: client.subscribe([("#", _all()), ("$SYS/#", _all())])
        self._client.on_message = self._on
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait(self, whether: Any, seconds: float = 30.0) -> bool:
        """Whether this became true of what was heard within some seconds."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if whether(list(self.heard)):
                return True
            time.sleep(0.05)
        return False

    def _on(self, client: Client, _: Any, message: MQTTMessage) -> None:
        told = message.properties.json() if message.properties else {}
        properties = repr(told).encode() if told else b""
        self.heard.append((message.topic, bytes(message.payload) + properties, message.retain))
        if self._hub and message.topic.endswith("/w"):
            said = decode("w", bytes(message.payload))
            if isinstance(said, Window):
                done = encode(Ack(epoch=said.epoch, upto=said.seq))
                client.publish(message.topic.removesuffix("w") + "ack", done, qos=1)


def _all() -> Any:
    return SubscribeOptions(qos=1)


@contextmanager
def logged_broker(folder: Path) -> Iterator[int]:
    """The port of a mosquitto that writes down all it knows in `folder`."""
    port = free_port()
    user = "user root\n" if Path("/proc/self").stat().st_uid == 0 else ""
    settings = folder / "broker.conf"
    settings.write_text(_SETTINGS.format(port=port, folder=folder, user=user), encoding="utf-8")
    process = subprocess.Popen(
        [mosquitto() or "mosquitto", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            if (folder / "broker.log").exists() and b"running" in (folder / "broker.log").read_bytes():
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def files(*folders: Path) -> dict[str, bytes]:
    """The content of every file below some folders, and its name."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[str(path)] = path.read_bytes()
    return found
