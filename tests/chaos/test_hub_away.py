"""The hub is away for long, and the broker that holds what devices sent meanwhile is killed too: nothing is lost.

python tests/chaos/test_hub_away.py --away 600
python tests/chaos/test_hub_away.py --away 600 --design naive
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from test_chaos import Outcome, Plan, Shop, counted, kill

from simulators.broker import Broker, Kind, mosquitto
from tests.conftest import need


def run(plan: Plan, away: float) -> Outcome:
    """Hub killed, broker killed in the middle of its absence, hub back; what is missing and what is there twice."""
    kind: Kind = "mosquitto" if plan.broker == "mosquitto" else "iotcore"
    with tempfile.TemporaryDirectory(prefix="instore-away-") as name, Broker(kind=kind) as broker:
        shop = Shop(plan, Path(name), broker)
        try:
            time.sleep(3.0)
            kill(shop.hub)
            time.sleep(away / 2)
            broker.kill()
            broker.start()
            time.sleep(away / 2)
            shop.hub = shop.start_hub()
            shop.finish()
        finally:
            shop.end()
        return counted(plan, Path(name), {"hub": 1, "broker": 1})


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_hub_away_and_broker_killed(kind: str) -> None:
    need(kind == "iotcore" or mosquitto(), "mosquitto")
    found = run(Plan(kind, "safe", seed=1, devices=2, windows=300, rate=40, kills=0), away=8.0)
    assert found[:4] == (0, 0, 0, 0), found


def main() -> None:
    """The long form."""
    asked = argparse.ArgumentParser(description="Take the hub away, kill the broker meanwhile, count every window.")
    asked.add_argument("--broker", choices=("mosquitto", "iotcore"), default="mosquitto")
    asked.add_argument("--design", choices=("safe", "naive"), default="safe")
    asked.add_argument("--away", type=float, default=600.0, help="seconds without the hub")
    asked.add_argument("--devices", type=int, default=4)
    asked.add_argument("--rate", type=float, default=4.0, help="windows a second and device")
    given = asked.parse_args()
    windows = round((given.away + 10) * given.rate)
    plan = Plan(given.broker, given.design, 1, given.devices, windows, given.rate, 0)
    found = run(plan, given.away)
    print(
        f"{given.broker} {given.design}: hub away {given.away:g} s, of {given.devices * windows} lost {found.lost},"
        f" doubled {found.doubled}, entries missing {found.entries_missing}, gaps {found.gaps}"
    )


if __name__ == "__main__":
    main()
