"""A device at level dp is killed, again and again, between its ledger and its outbox: nothing is drawn twice."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.deliver.journal import read
from edge.deliver.outbox import Outbox
from edge.messages import Window, decode
from edge.plan import Outbox as Limits
from edge.values import Count
from tests.conftest import ROOT
from tests.privacy.noisy import HOUR_S

KILLS = 4
# Hours pass in a moment; between the ledger and the outbox there is time to be killed. After a kill the device
# measures the same hour once more, as one does whose clock was set back a little.
PROGRAM = """
import sys, time
from edge.deliver.outbox import Outbox
from edge.measure.facts import Seen
from edge.measure.footfall import Crossing
from edge.pipeline import Pipeline
from tests.privacy.noisy import HOUR_S, T0, plan
shop = plan(outbox={"dir": sys.argv[1]})
outbox = Outbox(shop.outbox)
start = int(outbox.load("published") or T0)
pipeline = Pipeline(shop, outbox, start, start, lambda: "ntp")
print("ready", flush=True)
for end in range(start + HOUR_S, start + 10000 * HOUR_S, HOUR_S):
    pipeline.add(Crossing(end - 1800.0, "door", "+"))
    pipeline.add(Seen(end + 20.0, "cam", since=end - 3580.0))
    time.sleep(0.03)
    pipeline.store(end)
"""


def lives(folder: Path) -> None:
    chance = random.Random(4)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        with process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0.2, 0.5))
            process.send_signal(signal.SIGKILL)


def told(folder: Path) -> list[tuple[int, int | None, str | None]]:
    """(end, entries, why withheld) of every hour in the outbox."""
    outbox = Outbox(Limits(dir=str(folder)))
    try:
        windows = [decode("w", row.payload) for row in outbox.batch(None, 10_000)]
    finally:
        outbox.close()
    found: list[tuple[int, int | None, str | None]] = []
    for window in windows:
        assert isinstance(window, Window)
        counts = [value for value in window.values if isinstance(value, Count)]
        found += [(int(window.end.timestamp()), value.entries, value.withheld) for value in counts]
    return found


def test_a_killed_device_tells_each_hour_once_and_what_was_paid_for_and_lost_is_withheld(tmp_path: Path) -> None:
    lives(tmp_path)
    hours = told(tmp_path)
    assert len({end for end, _, _ in hours}) == len(hours) > KILLS
    page = read((tmp_path / "ledger").read_bytes())
    paid = {charge.end for charge in page.charges if charge.share == "entries"}
    assert len(paid) == len([charge for charge in page.charges if charge.share == "entries"])
    drawn = {end for end, entries, _ in hours if entries is not None}
    assert drawn <= paid
    lost = [end for end, _, why in hours if why == "budget"]
    assert lost  # at least one kill came between the two
    assert set(lost) <= paid
    assert {end - HOUR_S for end in lost} <= {end for end, _, _ in hours} | {min(end for end, _, _ in hours) - HOUR_S}


def test_planted_a_device_that_forgets_its_ledger_draws_the_same_hour_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgets = 'import pathlib\npathlib.Path(sys.argv[1], "ledger").unlink(missing_ok=True)\n'
    forgets += "import edge.pipeline\nedge.pipeline._number = lambda outbox, name: 0\n"
    monkeypatch.setattr(f"{__name__}.PROGRAM", PROGRAM.replace("shop = plan", forgets + "shop = plan"))
    lives(tmp_path)
    assert not [end for end, _, why in told(tmp_path) if why == "budget"]
