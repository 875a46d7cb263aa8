"""Devices, broker and hub are killed at random; then every window is counted: none lost, none twice.

The same run with a device that deletes on the broker's word must lose some, or the kills prove nothing.
The long form by hand:

    python tests/chaos/test_chaos.py --broker mosquitto --devices 4 --windows 2500 --kills 24 --seeds 1,2,3,4,5
    python tests/chaos/test_chaos.py --design naive ...
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from device import SITE, entries

from hub.sites import Site
from hub.storage.store import Store
from simulators.broker import Broker, mosquitto
from tests.conftest import need

HERE = Path(__file__).resolve().parent
PATIENCE_S = 150.0


class Plan(NamedTuple):
    """What is run; `rate` is windows a second and device."""

    broker: str
    design: str
    seed: int
    devices: int
    windows: int
    rate: float
    kills: int


class Outcome(NamedTuple):
    """What was left in the database."""

    lost: int
    doubled: int
    entries_missing: int
    gaps: int
    kills: dict[str, int]


class Shop:
    """The processes of one run."""

    def __init__(self, plan: Plan, folder: Path, broker: Broker) -> None:
        self.plan, self.folder, self.broker = plan, folder, broker
        site = f'[[sites]]\nid = "{SITE}"\nname = "Chaos"\ntimezone = "Europe/Berlin"\n'
        text = f'state_dir = "{folder}"\n[broker]\nport = {broker.port}\n[http]\nport = 0\n{site}'
        (folder / "hub.toml").write_text(text, encoding="utf-8")
        self.hub = self.start_hub()
        self.devices = {f"cam-{i}": self.start_device(f"cam-{i}") for i in range(plan.devices)}

    def start_hub(self) -> subprocess.Popen[bytes]:
        return self._start("hub", ["-m", "hub", "run", "--config", str(self.folder / "hub.toml")])

    def start_device(self, name: str) -> subprocess.Popen[bytes]:
        plan, place = self.plan, str(self.folder / name)
        words = [str(self.broker.port), place, name, str(plan.windows), str(plan.rate), plan.design]
        return self._start(name, [str(HERE / "device.py"), *words])

    def _start(self, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, *words], cwd=HERE.parents[1], stdout=log, stderr=log)

    def kill(self, what: str, chance: random.Random) -> None:
        """Kill one thing as a power cut does and start it anew a little later."""
        if what in ("hub", "both"):
            kill(self.hub)
            time.sleep(chance.uniform(0.2, 1.0))
        if what in ("broker", "both"):
            self.broker.kill()
            time.sleep(chance.uniform(0.0, 0.4))
            self.broker.start()
        if what in ("hub", "both"):
            self.hub = self.start_hub()
        if what == "device":
            name = chance.choice(sorted(self.devices))
            if self.devices[name].poll() is None:
                kill(self.devices[name])
                self.devices[name] = self.start_device(name)

    def finish(self) -> None:
        """Wait until every device holds nothing more, and stop the hub in order."""
        limit = time.monotonic() + PATIENCE_S
        for name, process in self.devices.items():
            assert process.wait(max(1.0, limit - time.monotonic())) == 0, (self.folder / f"{name}.log").read_text()
        if self.plan.design == "naive":
            time.sleep(6.0)  # what the broker still holds must have its chance
        self.hub.terminate()
        # A hub that was just started anew may be ended before it listens to signals.
        assert self.hub.wait(30) in (0, -signal.SIGTERM), (self.folder / "hub.log").read_text()

    def end(self) -> None:
        for process in (self.hub, *self.devices.values()):
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def run(plan: Plan) -> Outcome:
    """Run it; what is missing and what is there twice."""
    chance, done = random.Random(plan.seed), dict.fromkeys(("hub", "broker", "both", "device"), 0)
    # Every kind of kill occurs; which and when is up to the seed.
    whats = [*list(done) * 3, *(chance.choice(list(done)) for _ in range(plan.kills))][: plan.kills]
    chance.shuffle(whats)
    folder = tempfile.TemporaryDirectory(prefix="instore-chaos-")
    with folder as name, Broker(kind=plan.broker) as broker:  # type: ignore[arg-type]
        shop = Shop(plan, Path(name), broker)
        try:
            pause = plan.windows / plan.rate / max(1, plan.kills)
            time.sleep(3.0)
            for what in whats:
                time.sleep(chance.uniform(0.3, 1.7) * pause)
                shop.kill(what, chance)
                done[what] += 1
            shop.finish()
        finally:
            shop.end()
        return counted(plan, Path(name), done)


def counted(plan: Plan, folder: Path, kills: dict[str, int]) -> Outcome:
    """The windows in the database against those that were made."""
    site = Site(id=SITE, name="Chaos", timezone="Europe/Berlin")
    with Store(folder / "hub.duckdb", {SITE: site}, time.time()) as store:
        by_number = store.rows("SELECT count(*) AS n, count(DISTINCT (device, epoch, seq)) AS d FROM value_count")
        by_window = store.rows("SELECT count(DISTINCT (device, place, start_at)) AS d FROM value_count")
        sums = store.rows("SELECT coalesce(sum(entries), 0) AS s FROM count_15").to_pylist()[0]["s"]
        gaps = store.rows("SELECT count(*) AS n FROM gap").to_pylist()[0]["n"]
        numbers, windows = by_number.to_pylist()[0], by_window.to_pylist()[0]
    made, total = plan.devices * plan.windows, plan.devices * sum(entries(i) for i in range(plan.windows))
    doubled = numbers["n"] - min(numbers["d"], windows["d"])
    return Outcome(made - windows["d"], doubled, total - int(sums), gaps, kills)


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_nothing_is_lost_and_nothing_doubled(kind: str) -> None:
    need(kind == "iotcore" or mosquitto(), "mosquitto")
    found = run(Plan(kind, "safe", seed=1, devices=2, windows=400, rate=40, kills=6))
    assert found[:4] == (0, 0, 0, 0), found


def test_a_device_that_trusts_the_broker_loses_windows() -> None:
    kind = "mosquitto" if mosquitto() else "iotcore"
    found = run(Plan(kind, "naive", seed=1, devices=2, windows=400, rate=40, kills=6))
    assert found.lost > 0, found


def main() -> None:
    """The long form."""
    asked = argparse.ArgumentParser(description="Kill devices, broker and hub at random and count every window.")
    asked.add_argument("--broker", choices=("mosquitto", "iotcore"), default="mosquitto")
    asked.add_argument("--design", choices=("safe", "naive"), default="safe")
    asked.add_argument("--devices", type=int, default=4)
    asked.add_argument("--windows", type=int, default=2500, help="of each device")
    asked.add_argument("--rate", type=float, default=40.0, help="windows a second and device")
    asked.add_argument("--kills", type=int, default=24)
    asked.add_argument("--seeds", default="1,2,3,4,5")
    given = asked.parse_args()
    for seed in map(int, given.seeds.split(",")):
        began = time.monotonic()
        plan = Plan(given.broker, given.design, seed, given.devices, given.windows, given.rate, given.kills)
        found = run(plan)
        print(
            f"{given.broker} {given.design} seed {seed}: of {given.devices * given.windows} lost {found.lost},"
            f" doubled {found.doubled}, entries missing {found.entries_missing}, gaps {found.gaps},"
            f" kills {found.kills}, {time.monotonic() - began:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
