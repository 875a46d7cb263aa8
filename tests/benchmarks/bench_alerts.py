"""How long it takes from a device's live value to the alert at the broker, and what watching costs.

    python -m tests.benchmarks.bench_alerts

A whole hub in this process and a real broker on this machine; the alert needs no time (open_after_s = 0), so that the
way alone is measured. Then the processor time of a second of watching 1, 10 and 100 shops of 4 devices.
"""

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from edge.deliver.mqtt import Broker, Received
from edge.messages import Live, Sensor, Status, encode, stamp
from hub import running
from hub.intake.sorting import Heard, Raw, sort
from hub.serve.alerts import Alerting
from hub.serve.live import Board
from hub.serve.ringing import LOOK_S, TURN_S, Bells
from hub.settings import Http, Settings
from hub.sites import Site
from hub.storage.store import Store
from simulators import broker
from tests.hub.alerts.test_over_mqtt import NEVER_CLOSES, Ear
from tests.hub.conftest import PLACES

ROUNDS = 60


def latencies() -> list[float]:
    """Seconds from publishing a live value to hearing of the alert that it opens or closes."""
    found, stop = [], threading.Event()
    with tempfile.TemporaryDirectory() as folder, broker.Broker() as there:
        alerts = Alerting(open_after_s=0, close_after_s=0, mqtt=True)
        settings = Settings(
            state_dir=folder,
            broker=Broker(port=there.port),
            http=Http(port=0),
            alerts=alerts,
            sites=(NEVER_CLOSES,),
        )
        thread = threading.Thread(target=running.run, args=(settings, stop))
        thread.start()
        ear, chance = Ear(there.port, "ear"), random.Random(1)
        time.sleep(5)  # subscribed, and all of it loaded
        for n in range(ROUNDS):
            level, state = ("over", "open") if n % 2 == 0 else ("ok", "closed")
            time.sleep(1.0 + chance.random())  # stamps are whole seconds, and an older one is let go
            began = time.monotonic()
            ear.live(level)
            ear.until(Received, state)
            found.append(time.monotonic() - began)
        ear.connection.stop()
        stop.set()
        thread.join()
    return found


class Nobody:
    """A broker that keeps nothing."""

    connected = True

    def say(self, name: str, payload: bytes) -> bool:
        return True


def cost(shops: int) -> float:
    """Seconds of processor time for a second of watching so many shops with 4 devices of 3 places each."""
    sites = {f"s{n:03}": Site(id=f"s{n:03}", name="x", timezone="Europe/Berlin") for n in range(shops)}
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "hub.duckdb", sites, time.time()) as store:
        board, at, cursors = Board(), time.time(), store.cursors()
        raw = []
        for site in sites:
            for device in range(4):
                places = tuple(type(p)(**{**_fields(p), "id": f"{p.id}{device}"}) for p in PLACES)
                sensor = Sensor(id="c", kind="camera", state="ok", seen=None)
                head = {"v": 1, "state": "online", "at": stamp(at), "epoch": "0000000a", "version": "0", "held": 0}
                head |= {"plan": "0123456789ab", "level": "standard", "clock": "ntp", "counters": {}}
                status = Status(**head, sensors=(sensor,), places=places)
                raw.append(Raw(f"instore/v1/{site}/d{device}/status", encode(status), True))
                for place in places:
                    said = {"v": 1, "level": "standard", "at": stamp(at), "place": place.id, "queue": 3}
                    live = Live(**said, occupancy=None, tills_open=1, alert="ok")
                    board.hear(Heard(site, f"d{device}", live, False))
        store.commit(sort(raw, cursors, sites, at), cursors, at)
        bells, turns = Bells(Alerting(mqtt=True), store, board, Nobody()), round(LOOK_S / TURN_S)
        bells.turn()
        began = time.process_time()
        bells._shops.clear()  # one look at each shop, and the turns until the next
        for _ in range(turns):
            bells.turn()
        return (time.process_time() - began) / LOOK_S


def _fields(place: object) -> dict[str, object]:
    return {name: getattr(place, name) for name in place.__struct_fields__}  # type: ignore[attr-defined]


if __name__ == "__main__":
    times = sorted(latencies())
    half, most = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(
        json.dumps({"rounds": ROUNDS, "p50_s": round(half, 3), "p95_s": round(most, 3), "max_s": round(times[-1], 3)})
    )
    for n in (1, 10, 100):
        print(json.dumps({"shops": n, "share_of_a_core": round(cost(n), 4)}))
    sys.stdout.flush()
