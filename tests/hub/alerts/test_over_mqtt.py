"""A whole hub and a real broker: a live value becomes an alert that the broker keeps, also over a restart."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.deliver.mqtt import Broker, Connection, Received, Up
from edge.messages import Live, encode, stamp
from edge.topics import topic
from hub import running
from hub.serve.alerts import Alerting
from hub.settings import Http, Settings
from hub.sites import Site

NEVER_CLOSES = Site(id="s001", name="High Street", timezone="Europe/Berlin", opens="00:00", closes="00:00")


class Ear:
    """Hears what the broker keeps about alerts, and speaks as a device."""

    def __init__(self, port: int, name: str) -> None:
        self.connection = Connection(Broker(port=port), name, subscriptions=(("instore/v1/+/alert/+", 1),))
        self.connection.start()
        self.until(Up)

    def until(self, kind: Any, state: str | None = None, seconds: float = 60) -> Any:
        """The next event of this kind, or the next alert in this state."""
        limit = time.monotonic() + seconds
        while True:
            event = self.connection.events.get(timeout=max(0.01, limit - time.monotonic()))
            if isinstance(event, kind) and (state is None or json.loads(event.payload)["state"] == state):
                return event

    def live(self, alert: str) -> None:
        said = {"v": 1, "level": "strict", "at": stamp(time.time()), "place": "till_a", "queue": None}
        live = Live(**said, occupancy=None, tills_open=None, alert=alert)  # type: ignore[arg-type]
        self.connection.publish(topic("s001", "cam-01", "live"), encode(live), qos=0)


@contextmanager
def hub(folder: Path, port: int, ear: Ear, level: str) -> Iterator[None]:
    """A hub that runs for the length of the block, while the device says `level` twice a second."""
    alerts = Alerting(open_after_s=0, close_after_s=0, mqtt=True)
    made = {"state_dir": str(folder), "broker": Broker(port=port), "http": Http(port=0), "alerts": alerts}
    settings = Settings(sites=(NEVER_CLOSES,), **made)  # type: ignore[arg-type]
    stop, ended = threading.Event(), list[int]()
    thread = threading.Thread(target=lambda: ended.append(running.run(settings, stop)))
    thread.start()
    speak = threading.Thread(target=lambda: [ear.live(level) for _ in iter(lambda: stop.wait(0.5), True)])
    speak.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        speak.join()
    assert ended == [0]


def test_a_live_value_becomes_an_alert_that_outlives_the_hub(tmp_path: Path, quiet_broker: int) -> None:
    ear = Ear(quiet_broker, "ear-1")
    try:
        with hub(tmp_path, quiet_broker, ear, "over"):
            said: Received = ear.until(Received, "open")
            assert said.topic == "instore/v1/s001/alert/over-till_a"
        late = Ear(quiet_broker, "ear-2")
        kept: Received = late.until(Received)
        assert (kept.retain, json.loads(kept.payload)) == (True, json.loads(said.payload))
        late.connection.stop()
        with hub(tmp_path, quiet_broker, ear, "ok"):
            closed = json.loads(ear.until(Received, "closed").payload)
        assert closed["id"] == json.loads(said.payload)["id"]
    finally:
        ear.connection.stop()
