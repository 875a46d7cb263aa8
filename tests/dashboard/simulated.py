"""Simulated shops behind a real broker and a real hub, to look at pages with: one command, until Ctrl-C.

    python -m tests.dashboard.simulated --folder DIR [--shops 3] [--weeks 8] [--port 8501]

It prints the hub's address, the token's file and the dashboard's address.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from edge.measure.days import business_day
from hub.client import Hub, HubAway
from simulators.broker import Broker, free_port
from simulators.demo import lively_zone
from simulators.processes import Processes

DAY_STARTS = "04:00"
_HUB = 'state_dir = "{state}"\n[broker]\nport = {broker}\n[http]\nport = {http}\n'
_SITE = """[[sites]]
id = "{site}"
name = "{name}"
timezone = "{zone}"
day_starts = "04:00"
opens = "08:00"
closes = "22:00"
notice = "Simulated shop: nobody here is real"
"""
NAMES = ("Harbour Street", "Old Market", "Station Hall", "Riverside", "North Gate", "University", "Airport")


class Chain(NamedTuple):
    """Where the simulated shops are: the hub's address, a token's file for all of them, their ids, their zone."""

    url: str
    token_file: Path
    sites: tuple[str, ...]
    zone: str
    programs: Processes
    folder: Path
    broker_port: int

    @property
    def hub(self) -> Hub:
        """A client of the hub."""
        return Hub(self.url, self.token_file.read_text(encoding="utf-8").strip())


@contextmanager
def chain(
    folder: Path, count: int = 1, weeks: int = 4, rights: tuple[str, ...] = ("--import",), more: str = ""
) -> Iterator[Chain]:
    """Shops s001 on with weeks of history until now, over facts, windows, door, outbox and wire.

    `more` is added to the hub's settings.
    """
    now = datetime.now(UTC)
    zone, http = lively_zone(now), free_port()
    programs, sites = Processes(folder), tuple(f"s{number:03}" for number in range(1, count + 1))
    with Broker() as broker:
        try:
            settings = folder / "hub.toml"
            shown = [_SITE.format(site=s, name=NAMES[i % len(NAMES)], zone=zone) for i, s in enumerate(sites)]
            made = _HUB.format(state=folder / "hub", broker=broker.port, http=http)
            settings.write_text(made + "".join(shown) + more)
            config = ("--config", str(settings))
            token = folder / "token"
            command = ("instore-hub", "token", "create", "all", "--sites", ",".join(sites), *rights, *config)
            programs.run("token", *command, stdout=token)
            programs.start("hub", "instore-hub", "run", *config)
            found = Chain(f"http://127.0.0.1:{http}", token, sites, zone, programs, folder, broker.port)
            _shops(found, now, weeks, broker.port)
            yield found
        finally:
            programs.stop()


def _shops(found: Chain, now: datetime, weeks: int, port: int) -> None:
    today = business_day(now.timestamp(), found.zone, DAY_STARTS)
    days = ("--day", (today - timedelta(weeks=weeks)).isoformat(), "--days", str(7 * weeks + 1))
    for number, site in enumerate(found.sites):
        own = (
            "--seed",
            str(7 + number),
            "--site",
            site,
            "--timezone",
            found.zone,
            "--visits",
            str(500 - 90 * number),
        )
        shop = ("instore-sim", "shop", *own, *days, "--until", now.isoformat(), "--as")
        plan = found.folder / f"{site}.toml"
        found.programs.run("plan", "instore-sim", "shop", *own, "--as", "plan", stdout=plan)
        with plan.open("a") as file:
            file.write(f'\n[broker]\nport = {port}\n[outbox]\ndir = "{found.folder}/{site}-edge"\n')
        backfill = ("instore-edge", "backfill", "--config", str(plan), "-")
        found.programs.pipe("facts", (*shop, "facts"), "backfill", backfill)
        found.programs.start(f"edge-{site}", "instore-edge", "run", "--config", str(plan))
        for kind, mapping in (("answers", "instore"), ("sales", "sales")):
            file = found.folder / f"{site}-{kind}.csv"
            found.programs.run(kind, *shop, kind, stdout=file)
            _take(found.hub, mapping, file)
    _settle(found)


def _take(hub: Hub, mapping: str, file: Path) -> None:
    with hub:
        while True:  # the hub's HTTP side is there a moment after its MQTT side
            try:
                hub.add_answers(mapping, file.name, file.read_bytes())
                return
            except HubAway:
                time.sleep(0.2)


def _settle(found: Chain, seconds: float = 120.0) -> None:
    """Until every device's newest window has come."""
    limit = time.monotonic() + seconds
    with found.hub as hub:
        for site in found.sites:
            while time.monotonic() < limit:
                ends = hub.ask("devices", site=site).to_pylist()
                if ends and all(row["last_end"] and row["held"] == 0 for row in ends):
                    break
                time.sleep(0.3)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--shops", type=int, default=3)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


def main() -> int:
    """Run the shops and a dashboard until SIGINT or SIGTERM."""
    given, stop = _arguments(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    given.folder.mkdir(parents=True)
    with chain(given.folder, given.shops, given.weeks, ("--import", "--comments", "--write")) as found:
        port = given.port or free_port()
        settings = given.folder / "dashboard.toml"
        hub = f'[hub]\nurl = "{found.url}"\ntoken_file = "{found.token_file}"\n'
        settings.write_text(f"{hub}[http]\nport = {port}\n")
        found.programs.start("dashboard", "instore-dashboard", "run", "--config", str(settings))
        sys.stdout.write(f"hub {found.url}, token {found.token_file}, dashboard http://127.0.0.1:{port}\n")
        sys.stdout.flush()
        while not stop.wait(0.5):
            found.programs.check()
    return 0


if __name__ == "__main__":
    sys.exit(main())
