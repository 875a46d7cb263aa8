"""The hub's database is lost, put back from a copy, or built from the nightly export; a device's card is put back.

What is gone is gone, but never in silence: every number of every epoch is stored or in a recorded gap, no window is
there twice, and the devices go on by themselves.
"""

import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from device import SITE
from test_chaos import Plan, Shop, kill

from edge.deliver.mqtt import Broker as Address
from edge.deliver.mqtt import Connection
from hub.intake.epochs import SILENT_S
from hub.intake.ingest import SUBSCRIPTIONS, Ingest
from hub.serve.live import Board
from hub.sites import Site
from hub.storage.store import Store
from simulators.broker import Broker
from tests.commands import done

MOST, RATE = 6000, 30.0  # more than any test waits for: the device makes windows until it is told that it is enough
NUMBERS = "SELECT device, epoch, list(seq ORDER BY seq) AS seqs FROM value_count GROUP BY ALL"
MISSING = """SELECT sum(number - upto) AS n FROM epoch_told JOIN ingest_cursor USING (site, device, epoch)
WHERE number > upto"""
TWICE = "SELECT count(*) - count(DISTINCT (device, place, start_at)) AS n FROM value_count"


class Outcome:
    """What the database says at the end of a run."""

    def __init__(self, folder: Path) -> None:
        sites = {SITE: Site(id=SITE, name="Chaos", timezone="Europe/Berlin")}
        with Store(folder / "hub.duckdb", sites, time.time()) as store:
            found = store.rows(NUMBERS).to_pylist()
            self.stored = {(row["device"], row["epoch"]): row["seqs"] for row in found}
            self.gaps: dict[tuple[str, str], set[int]] = {}
            for row in store.rows("SELECT device, epoch, first, last FROM gap").to_pylist():
                self.gaps.setdefault((row["device"], row["epoch"]), set()).update(
                    range(row["first"], row["last"] + 1)
                )
            self.twice = store.rows(TWICE).to_pylist()[0]["n"]
            observed = store.rows("SELECT coalesce(sum(observed_s), 0) AS s FROM count_15").to_pylist()[0]["s"]
            self.observed = int(observed) // 300

    @property
    def windows(self) -> int:
        return sum(len(seqs) for seqs in self.stored.values())

    @property
    def lost(self) -> int:
        return sum(len(seqs) for seqs in self.gaps.values())

    def check(self) -> None:
        """Nothing twice, and of every epoch each number up to the last known one is stored or a gap, never both."""
        assert self.twice == 0
        assert self.observed == self.windows
        for source in self.stored.keys() | self.gaps.keys():
            stored, gone = self.stored.get(source, []), self.gaps.get(source, set())
            assert len(stored) == len(set(stored))
            assert not gone & set(stored)
            known = gone | set(stored)
            assert known == set(range(1, max(known) + 1)), source


class Trouble(Shop):
    """A shop with one device whose parts are stopped, copied and put back."""

    def deliver(self, more: int) -> None:
        """Wait until the hub has acknowledged so many windows more."""
        wanted, limit = self.acknowledged() + more, time.monotonic() + 40
        while self.acknowledged() < wanted:
            assert self.hub.poll() is None
            assert time.monotonic() < limit
            time.sleep(0.1)

    def make(self, more: int) -> None:
        """Wait until the device has made so many windows more."""
        wanted, limit = remembered(self.folder / "cam-0") + more, time.monotonic() + 40
        while remembered(self.folder / "cam-0") < wanted:
            assert time.monotonic() < limit
            time.sleep(0.1)

    def acknowledged(self) -> int:
        """How many windows the device has made and holds no more."""
        card = self.folder / "cam-0"
        if not (card / "outbox.sqlite").exists():
            return 0
        with closing(sqlite3.connect(card / "outbox.sqlite", timeout=10)) as db, suppress(sqlite3.OperationalError):
            made = db.execute("SELECT value FROM kept WHERE name = 'made'").fetchone()
            return int(made[0]) - int(db.execute("SELECT count(*) FROM rows").fetchone()[0]) if made else 0
        return 0

    def stop_hub(self) -> None:
        self.hub.terminate()
        assert self.hub.wait(30) == 0, (self.folder / "hub.log").read_text()

    def restart_device(self) -> None:
        """Twice, so that all that is left of the first life is what the outbox remembers."""
        for _ in range(2):
            kill(self.devices["cam-0"])
            self.devices["cam-0"] = self.start_device("cam-0")
            self.deliver(30)

    def finish(self) -> None:
        (self.folder / "cam-0/enough").touch()
        super().finish()

    def files(self) -> list[Path]:
        return list(self.folder.glob("hub.duckdb*"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Trouble]:
    with Broker() as broker:
        made = Trouble(Plan(broker.kind, "safe", 1, 1, MOST, RATE, 0), tmp_path, broker)
        try:
            made.deliver(40)
            yield made
        finally:
            made.end()


def lose(shop: Trouble, copy: Path) -> None:
    """The disk is new and empty."""
    shop.restart_device()
    shop.stop_hub()
    for file in shop.files():
        file.unlink()


def put_back(shop: Trouble, copy: Path) -> None:
    """A copy of some seconds ago, made while the hub stood still."""
    shop.stop_hub()
    copy.mkdir()
    for file in shop.files():
        shutil.copy2(file, copy)
    shop.hub = shop.start_hub()
    shop.deliver(30)
    shop.restart_device()
    shop.stop_hub()
    for file in shop.files():
        file.unlink()
    for file in copy.iterdir():
        shutil.copy2(file, shop.folder)


def rebuild(shop: Trouble, copy: Path) -> None:
    """The nightly export, which a start of the hub writes too, and what came after it is not in it."""
    shop.stop_hub()
    before, limit = copies(shop.folder), time.monotonic() + 40
    shop.hub = shop.start_hub()
    while copies(shop.folder) == before:
        assert time.monotonic() < limit
        time.sleep(0.1)
    shop.deliver(30)
    shop.restart_device()
    shop.stop_hub()
    for file in shop.files():
        file.unlink()
    assert done("hub", "rebuild", "--config", shop.folder / "hub.toml").returncode == 0


def copies(folder: Path) -> int:
    """How often the hub has said that the copy is up to date."""
    return (folder / "hub.log").read_text(encoding="utf-8").count("the copy is up to date")


@pytest.mark.parametrize("disaster", [lose, put_back, rebuild], ids=["lost", "older copy", "nightly export"])
def test_what_the_hub_forgot_is_a_recorded_gap(disaster: object, shop: Trouble, tmp_path: Path) -> None:
    disaster(shop, tmp_path / "copy")  # type: ignore[operator]
    shop.hub = shop.start_hub()
    shop.deliver(30)
    shop.finish()
    found = Outcome(shop.folder)
    found.check()
    assert found.lost > 0, "nothing was lost: the disaster was none"
    assert found.windows + found.lost == remembered(shop.folder / "cam-0")


def remembered(card: Path) -> int:
    """How many windows the device with this outbox has made."""
    with closing(sqlite3.connect(card / "outbox.sqlite")) as db:
        return int(db.execute("SELECT value FROM kept WHERE name = 'made'").fetchone()[0])


def remember(card: Path, made: int) -> None:
    """The world went on: what was counted before the card was put back is not counted again after it."""
    with closing(sqlite3.connect(card / "outbox.sqlite")) as db, db:
        db.execute("UPDATE kept SET value = ? WHERE name = 'made'", (str(made).encode(),))


def test_a_card_put_back_while_the_hub_was_away(shop: Trouble, tmp_path: Path) -> None:
    """The card of that time brings rows that the hub has and numbers that were given before: neither may collide."""
    card, copy = shop.folder / "cam-0", tmp_path / "copy"
    shop.stop_hub()
    shop.make(30)
    kill(shop.devices["cam-0"])
    shutil.copytree(card, copy)
    shop.devices["cam-0"] = shop.start_device("cam-0")
    shop.make(120)  # more than a sender lets fly, so that some of them are on this card alone
    kill(shop.devices["cam-0"])
    before, made = remembered(copy), remembered(card)
    assert before < made
    shutil.rmtree(card)
    shutil.copytree(copy, card)
    remember(card, made)
    shop.devices["cam-0"] = shop.start_device("cam-0")
    shop.hub = shop.start_hub()
    shop.deliver(30)
    shop.finish()
    found = Outcome(shop.folder)
    found.check()
    # Gone is what was on the card alone, and nobody says yet that it will never come: its hours have no coverage.
    whole = remembered(card)
    assert whole - (made - before) <= found.windows <= whole
    assert found.lost == 0
    told = an_hour_later(shop)
    found = Outcome(shop.folder)
    found.check()
    assert 0 < found.lost == told <= made - before


def an_hour_later(shop: Trouble) -> int:
    """The device starts once more, and a hub with its clock ahead hears it; how many numbers had never come."""
    site = Site(id=SITE, name="Chaos", timezone="Europe/Berlin")
    with Store(shop.folder / "hub.duckdb", {SITE: site}, time.time()) as store:
        told = int(store.rows(MISSING).to_pylist()[0]["n"])
        later, stop = lambda: time.time() + SILENT_S, threading.Event()
        connection = Connection(Address(port=shop.broker.port), "later", subscriptions=SUBSCRIPTIONS, manual_ack=True)
        ingest = Ingest(store, connection, Board(), clock=later)
        connection.start()
        ingest.start(stop)
        (shop.folder / "cam-0/enough").unlink()
        device = shop.start_device("cam-0")
        try:
            limit = time.monotonic() + 30
            while not store.rows("SELECT 1 FROM gap").num_rows and time.monotonic() < limit:
                time.sleep(0.05)
        finally:
            kill(device)
            stop.set()
            ingest.join()
            connection.stop()
    return told
