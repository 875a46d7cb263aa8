"""A simulated day from facts to a reader's table, through real processes, a real broker and a hub that is killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from edge.measure.facts import from_line
from edge.measure.footfall import Crossing
from edge.measure.queues import Left, Served
from hub.client import Hub, HubAway, Refused
from simulators.broker import Broker, free_port
from tests import commands

SHOP = ("--seed", "11", "--site", "s001", "--timezone", "Asia/Kathmandu", "--visits", "420")
SETTINGS = """state_dir = "{root}/hub"
[broker]
port = {broker}
[http]
port = {http}
[[sites]]
id = "s001"
name = "Test shop"
timezone = "Asia/Kathmandu"
day_starts = "04:00"
opens = "08:00"
closes = "22:00"
"""


class House:
    """Broker, hub and device of one shop, as processes over one folder."""

    def __init__(self, root: Path, broker: Broker) -> None:
        self.root, self.broker, self.http = root, broker, free_port()
        self.running: list[subprocess.Popen[bytes]] = []
        (root / "hub.toml").write_text(
            SETTINGS.format(root=root, broker=broker.port, http=self.http), encoding="utf-8"
        )
        plan = self.done("simulators", "shop", "--as", "plan", *SHOP, "--source", "http://127.0.0.1:9")
        edge = f'\n[broker]\nport = {broker.port}\n[outbox]\ndir = "{root}/edge"\n'
        (root / "edge.toml").write_text(plan.decode() + edge, encoding="utf-8")
        made = self.done(
            "hub", "token", "create", "test", "--sites", "s001", "--import", "--config", f"{root}/hub.toml"
        )
        (root / "token").write_bytes(made)
        self.hub = Hub(f"http://127.0.0.1:{self.http}", made.decode().strip())

    def done(self, program: str, *words: str) -> bytes:
        """What a command that ends by itself says on stdout; it must end well."""
        found = commands.done(program, *words)
        assert found.returncode == 0, found.stderr[-2000:]
        return found.stdout.encode()

    def start(self, program: str) -> subprocess.Popen[bytes]:
        name = {"hub": "hub", "edge": "edge"}[program]
        with (self.root / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", program, "run", "--config", str(self.root / f"{name}.toml")]
            self.running.append(subprocess.Popen(command, stderr=log, stdout=log))
        return self.running[-1]

    def stop(self) -> None:
        self.hub.close()
        for process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            process.wait(20)


@pytest.fixture
def house(tmp_path: Path, own_broker: Broker) -> Iterator[House]:
    found = House(tmp_path, own_broker)
    yield found
    found.stop()


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            if true():
                return
        except (HubAway, Refused):
            pass
        time.sleep(0.2)
    pytest.fail(f"not within {seconds:.0f} s: {what}")


def test_a_day_from_facts_to_the_reader_with_a_hub_killed_on_the_way(house: House) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date()
    day = ("--day", yesterday.isoformat(), "--days", "1")
    facts = house.done("simulators", "shop", "--as", "facts", *SHOP, *day)
    (house.root / "facts.jsonl").write_bytes(facts)
    house.done("edge", "backfill", "--config", str(house.root / "edge.toml"), str(house.root / "facts.jsonl"))
    true = [from_line(line) for line in facts.splitlines()]

    hub = house.start("hub")
    house.start("edge")
    # Somewhere in the stream the hub is killed as by a power cut, and the broker with what it held in memory.
    until(lambda: any(row["last_end"] for row in rows(house, "devices", site="s001")), 60, "a window in the hub")
    hub.send_signal(signal.SIGKILL)
    hub.wait()
    house.broker.kill()
    house.broker.start()
    house.start("hub")

    start, end = span(yesterday)
    until(lambda: total(house, "entries", start, end) == crossings(true, "-"), 90, "all entries of the day")
    assert total(house, "exits", start, end) == crossings(true, "+")
    load = [row for row in rows(house, "load", site="s001", start=start, end=end) if row["place"] == "tills"]
    assert sum(row["served"] or 0 for row in load) == sum(isinstance(fact, Served) for fact in true)
    left = sum(isinstance(fact, Left) and not fact.cut for fact in true)
    assert sum(row["abandoned"] or 0 for row in load) == left
    waits_are_those_of_the_shop(house, true, start, end)
    assert rows(house, "gaps", site="s001", start=start, end=end) == []
    assert rows(house, "quarantine", site="s001") == []


def waits_are_those_of_the_shop(house: House, true: list[object], start: datetime, end: datetime) -> None:
    """Percentiles come from bins, and the last few waits of a day may be withheld: so within a bin's width."""
    waited = sorted(fact.waited for fact in true if isinstance(fact, Served))
    row = next(row for row in rows(house, "waits", site="s001", start=start, end=end) if row["of"] == "wait")
    assert len(waited) - 5 < row["n"] <= len(waited)
    p90 = waited[int(0.9 * len(waited))]
    assert 0.75 * p90 <= row["p90_s"] <= 1.35 * p90
    within = sum(wait <= 180 for wait in waited) / len(waited)
    assert row["within_low"] <= row["within"] <= row["within_high"]
    assert abs(row["within"] - within) < 0.03


def test_answers_reach_the_reader_while_the_hub_runs(house: House) -> None:
    house.start("hub")
    until(lambda: house.hub.health()["ok"], 30, "a healthy hub")
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    answers = house.root / "answers.csv"
    answers.write_bytes(house.done("simulators", "shop", "--as", "answers", *SHOP, "--day", day.isoformat()))
    command = ("import", str(answers), "--mapping", "instore", "--token-file", str(house.root / "token"))
    house.done("hub", *command, "--config", str(house.root / "hub.toml"))
    house.done("hub", *command, "--config", str(house.root / "hub.toml"))  # a second time changes nothing
    start, end = span(day)
    nps = next(row for row in rows(house, "scores", site="s001", start=start, end=end) if row["score"] == "nps")
    told = [int(line.split(",")[4]) for line in answers.read_text(encoding="utf-8").splitlines()[1:]]
    assert nps["n"] == len(told)
    assert nps["value"] == pytest.approx(100 * sum((t >= 9) - (t <= 6) for t in told) / len(told))
    assert nps["low"] < nps["value"] < nps["high"]


def rows(house: House, question: str, **params: object) -> list[dict[str, object]]:
    return house.hub.ask(question, **params).to_pylist()  # type: ignore[arg-type,no-any-return]


def span(day: date) -> tuple[datetime, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=1, minutes=45)  # 04:00 in Kathmandu
    return start, start + timedelta(days=1)


def total(house: House, column: str, start: datetime, end: datetime) -> int:
    return sum(row[column] or 0 for row in rows(house, "visitors", site="s001", start=start, end=end))  # type: ignore[misc]


def crossings(facts: list[object], direction: str) -> int:
    return sum(isinstance(f, Crossing) and f.line == "door" and f.direction == direction for f in facts)
