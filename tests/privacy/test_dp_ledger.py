"""The ledger of level dp: never over its budget, whatever happens to the process, the disk or the file."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from edge.budget import ALL, SHARES, Charge
from edge.deliver import ledger as module
from edge.deliver.disk import OutboxError
from edge.deliver.journal import line, read
from edge.deliver.ledger import Ledger
from tests.conftest import ROOT

LIMIT, SHARE = Fraction(2), Fraction(1, 2)
DAY_S, HOUR_S = 86_400, 3600
T0 = 20_000 * DAY_S


def opened(directory: Path, now: float, *, known: int = 0, published: int = 0, limit: Fraction = LIMIT) -> Ledger:
    day = int(now // DAY_S * DAY_S)
    return Ledger(str(directory), limit, now, (day, day + DAY_S), known=known, published=published)


def hour(end: int, share: str = "entries", epsilon: Fraction = SHARE) -> Charge:
    return Charge(share, (end - 1) // DAY_S * DAY_S, end - HOUR_S, end, epsilon)


class Spending:
    """What was drawn, and what it cost each day, reckoned from the definition and not from the ledger's own sums."""

    def __init__(self) -> None:
        self.drawn: list[Charge] = []
        self.dearest = Fraction(0)
        self._days: dict[int, dict[str, list[Charge]]] = defaultdict(lambda: {share: [] for share in SHARES})

    def draw(self, charge: Charge) -> None:
        self.drawn.append(charge)
        self._days[charge.day][charge.share].append(charge)
        self.dearest = max(self.dearest, self._cost(charge.day))

    def _cost(self, day: int) -> Fraction:
        """What a visit pays that is in the dearest moment of every share: windows that overlap add up."""
        total = Fraction(0)
        for own in self._days[day].values():
            total += max((sum(o.epsilon for o in own if o.start <= one.start < o.end) for one in own), default=0)
        return total


class Disk:
    """Which bytes of the ledger would still be there after a power cut: those that fsync has seen, by path."""

    def __init__(self, patch: pytest.MonkeyPatch, *, syncs: bool = True) -> None:
        self._safe: dict[int, bytes] = {}
        self._fsync, self._syncs = os.fsync, syncs
        patch.setattr(module.os, "fsync", self.fsync)

    def fsync(self, file: int) -> None:
        self._fsync(file)
        if self._syncs and not Path(f"/proc/self/fd/{file}").is_dir():
            self._safe[os.fstat(file).st_ino] = Path(f"/proc/self/fd/{file}").read_bytes()

    def cut(self, path: Path) -> None:
        if path.exists():
            path.write_bytes(self._safe.get(path.stat().st_ino, b""))


class Life(RuleBasedStateMachine):
    """A device at level dp, its days, its kills and its accidents. `syncs`: whether fsync does anything."""

    syncs = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.patch = pytest.MonkeyPatch()
        self.disk = Disk(self.patch, syncs=self.syncs)
        self.now = T0 + 1800
        self.known = self.published = 0
        self.spending = Spending()
        self.ledger = self.open()
        self.copy: bytes | None = None

    def teardown(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)

    @property
    def path(self) -> Path:
        return self.folder / "ledger"

    @property
    def behind(self) -> bool:
        """Whether the clock was set back: a file that is lost as well is one accident too many."""
        return any(charge.end > self.now for charge in self.spending.drawn)

    def open(self) -> Ledger:
        return opened(self.folder, self.now, known=self.known, published=self.published)

    def spend(self, charge: Charge) -> None:
        if self.ledger.charge(charge):
            self.spending.draw(charge)

    @rule(hours=st.integers(1, 30), stored=st.booleans())
    def hours_pass(self, hours: int, stored: bool) -> None:
        for _ in range(hours):
            self.now = self.now // HOUR_S * HOUR_S + HOUR_S
            for share in SHARES[:3]:
                self.spend(hour(self.now, share))
            if self.now % DAY_S == 0:
                self.spend(Charge("stays", self.now - DAY_S, self.now - DAY_S, self.now, SHARE))
        if stored:  # else killed before the outbox had what was drawn
            self.known, self.published = self.ledger.mark, self.now

    @rule(share=st.sampled_from(SHARES), back=st.integers(0, 40), hours=st.integers(1, 24), of=st.integers(1, 8))
    def something_odd_is_asked_for(self, share: str, back: int, hours: int, of: int) -> None:
        end = self.now // HOUR_S * HOUR_S - back * HOUR_S
        day = (end - 1) // DAY_S * DAY_S
        self.spend(Charge(share, day, max(day, end - hours * HOUR_S), end, Fraction(of, 4)))

    @rule(minutes=st.integers(0, 90))
    def killed(self, minutes: int) -> None:
        self.now += 60 * minutes
        self.ledger = self.open()

    @rule()
    def power_cut(self) -> None:
        self.disk.cut(self.path)
        self.ledger = self.open()

    @rule(keep=st.integers(1, 30))
    def torn(self, keep: int) -> None:
        charge = hour(self.now // HOUR_S * HOUR_S)
        with self.path.open("ab") as file:
            file.write(line(self.ledger.mark + 1, charge)[:-keep])
        self.ledger = self.open()

    @precondition(lambda self: self.known and not self.behind)
    @rule()
    def removed(self) -> None:
        self.path.unlink()
        self.ledger = self.open()

    @precondition(lambda self: self.known == self.ledger.mark)
    @rule()
    def copied(self) -> None:
        self.copy = self.path.read_bytes()

    @precondition(lambda self: self.copy is not None and self.known == self.ledger.mark and not self.behind)
    @rule()
    def put_back(self) -> None:
        assert self.copy is not None
        self.path.write_bytes(self.copy)
        self.ledger = self.open()

    @precondition(lambda self: self.path.stat().st_size and not self.behind)
    @rule(at=st.integers(0, 10_000))
    def damaged(self, at: int) -> None:
        found = bytearray(self.path.read_bytes())
        found[at % len(found)] ^= 1
        self.path.write_bytes(bytes(found))
        self.ledger = self.open()

    @rule(hours=st.integers(1, 50), anew=st.booleans())
    def clock_set_back(self, hours: int, anew: bool) -> None:
        self.now -= hours * HOUR_S
        if anew:
            self.ledger = self.open()

    @invariant()
    def never_over_budget(self) -> None:
        assert self.spending.dearest <= LIMIT


class Unsynced(Life):
    syncs = False


def lives(machine: type[Life], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), print_blob=False, phases=[Phase.generate],
        ),
    )  # fmt: skip


def test_no_life_of_a_device_spends_more_than_its_budget() -> None:
    """Each life has some 10 to 20 days; INSTORE_LIVES=300 by hand gives thousands."""
    lives(Life, examples=int(os.environ.get("INSTORE_LIVES", "30")), steps=30)


def test_the_same_lives_find_a_ledger_that_is_not_synced() -> None:
    with pytest.raises(AssertionError):
        lives(Unsynced, examples=100, steps=30)


def test_a_thousand_random_days_cost_a_day_at_most_its_budget_and_nothing_is_withheld_without_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.os, "fsync", lambda file: None)  # what a power cut does is tested above
    chance, spending, asked = random.Random(5), Spending(), 0
    ledger = opened(tmp_path, T0)
    for number in range(1000):
        day = T0 + number * DAY_S
        for end in range(day + HOUR_S, day + DAY_S + 1, HOUR_S * chance.randint(3, 12)):
            if chance.random() < 0.01:
                ledger = opened(tmp_path, end - chance.randint(0, 3000), known=ledger.mark, published=end - HOUR_S)
            charge = hour(end, chance.choice(SHARES))
            asked += 1
            if ledger.charge(charge):
                spending.draw(charge)
    assert spending.dearest <= LIMIT
    assert len(spending.drawn) == asked


PROGRAM = """
import sys
from fractions import Fraction
from pathlib import Path
from edge.budget import Charge
from edge.deliver.ledger import Ledger
folder, first = sys.argv[1], int(sys.argv[2])
day = first // 86400 * 86400
ledger = Ledger(folder, Fraction(2), first, (day, day + 86400), known=0, published=0)
for end in range(first + 3600, first + 3600 * 100000, 3600):
    start_of_day = (end - 1) // 86400 * 86400
    if ledger.charge(Charge("entries", start_of_day, end - 3600, end, Fraction(1, 2))):
        sys.stdout.write(f"{end}\\n")
        sys.stdout.flush()
"""


def test_what_was_drawn_before_a_kill_is_never_drawn_again(tmp_path: Path) -> None:
    """Each process begins 5 hours before the end of the last window that the one before was heard to draw."""
    heard: list[int] = []
    first = T0
    for turn in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path), str(first)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert process.stdout
        with process.stdout as out:
            said = [int(out.readline()) for _ in range(3 + 7 * turn)]
            process.send_signal(signal.SIGKILL)
            said += [int(one) for one in out.read().splitlines(keepends=True) if one.endswith("\n")]
        process.wait()
        heard += said
        first = said[-1] - 5 * HOUR_S
    assert len(heard) == len(set(heard))
    ended = {charge.end for charge in read((tmp_path / "ledger").read_bytes()).charges}
    assert set(heard) <= ended


@pytest.mark.parametrize(
    "accident",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes().splitlines(keepends=True)[0]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"entries", b"exits", 1)),
        lambda path: path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[::2])),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\0" * 100 + b"\n" + path.read_bytes()),
    ],
    ids=["removed", "older", "edited", "a line less", "emptied", "garbage"],
)
def test_an_accident_to_the_file_ends_the_day_and_the_next_is_as_usual(tmp_path: Path, accident: Any) -> None:
    ledger = opened(tmp_path, T0)
    assert all(ledger.charge(hour(T0 + i * HOUR_S)) for i in (1, 2, 3))
    known = ledger.mark
    accident(tmp_path / "ledger")
    now = T0 + 4 * HOUR_S - 60
    for _ in range(2):  # also the second start after the accident
        ledger = opened(tmp_path, now, known=known, published=T0 + 3 * HOUR_S)
        assert not any(ledger.charge(hour(T0 + i * HOUR_S)) for i in range(1, 25))
        known = ledger.mark
    assert ledger.charge(hour(T0 + 25 * HOUR_S))


def test_a_torn_line_counts_until_now_and_no_longer(tmp_path: Path) -> None:
    ledger = opened(tmp_path, T0)
    assert ledger.charge(hour(T0 + HOUR_S))
    with (tmp_path / "ledger").open("ab") as file:
        file.write(line(2, hour(T0 + 2 * HOUR_S))[:-4])
    for _ in range(2):
        ledger = opened(tmp_path, T0 + 2 * HOUR_S + 5, known=1, published=T0 + HOUR_S)
        assert not ledger.charge(hour(T0 + 2 * HOUR_S))
        assert not ledger.charge(hour(T0 + 3 * HOUR_S))  # it had begun when the line was torn
    assert ledger.charge(hour(T0 + 4 * HOUR_S))


def test_a_device_that_told_exact_numbers_today_begins_tomorrow(tmp_path: Path) -> None:
    ledger = opened(tmp_path, T0 + 5 * HOUR_S, published=T0 + 5 * HOUR_S)
    assert not any(ledger.charge(hour(T0 + i * HOUR_S)) for i in range(1, 25))
    assert ledger.charge(hour(T0 + 25 * HOUR_S))


def test_another_budget_in_the_middle_of_a_day_buys_nothing_twice(tmp_path: Path) -> None:
    assert opened(tmp_path, T0).charge(hour(T0 + HOUR_S, epsilon=Fraction(1)))
    low = opened(tmp_path, T0 + HOUR_S, limit=Fraction(1))
    assert not low.charge(hour(T0 + 2 * HOUR_S, "exits", Fraction(1, 4)))
    high = opened(tmp_path, T0 + HOUR_S, limit=Fraction(3, 2))
    assert high.charge(hour(T0 + 2 * HOUR_S, "exits"))
    assert not high.charge(hour(T0 + 2 * HOUR_S, "passers", Fraction(1, 100)))


def test_what_cannot_be_written_is_not_spent_and_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened(tmp_path, T0)

    def no_room(file: int, text: bytes, at: int) -> int:
        os.write(file, text)
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "pwrite", no_room)
        assert ledger.charge(hour(T0 + HOUR_S, "passers", Fraction(1, 1024))) is None
    assert ledger.charge(hour(T0 + 2 * HOUR_S, "exits"))
    page = read((tmp_path / "ledger").read_bytes())
    assert [charge.end for charge in page.charges] == [T0 + 2 * HOUR_S]
    assert not page.torn
    assert not page.damaged


def test_a_file_that_is_taken_away_while_it_runs_pays_for_nothing(tmp_path: Path) -> None:
    ledger = opened(tmp_path, T0)
    assert ledger.charge(hour(T0 + HOUR_S))
    (tmp_path / "ledger").write_bytes(b"")
    assert ledger.charge(hour(T0 + 2 * HOUR_S)) is None
    (tmp_path / "ledger").unlink()
    assert ledger.charge(hour(T0 + 3 * HOUR_S)) is None


def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    with pytest.raises(OutboxError, match=r"^outbox.dir: the ledger cannot be written"):
        opened(tmp_path, T0)


def test_the_lines_say_what_was_spent_and_nothing_else(tmp_path: Path) -> None:
    ledger = opened(tmp_path, T0)
    ledger.charge(hour(T0 + HOUR_S))
    text = (tmp_path / "ledger").read_text()
    assert text.startswith(f"1 entries {T0} {T0} {T0 + HOUR_S} 1/2 ")
    assert (tmp_path / "ledger").stat().st_mode & 0o777 == 0o600
    assert ALL not in text


def test_the_file_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.os, "fsync", lambda file: None)
    ledger = opened(tmp_path, T0)
    for i in range(1, module.MOST_LINES + 50):
        assert ledger.charge(hour(T0 + i * HOUR_S))
    now = T0 + (module.MOST_LINES + 50) * HOUR_S
    again = opened(tmp_path, now, known=ledger.mark, published=now - HOUR_S)
    assert again.mark == ledger.mark
    assert len(read((tmp_path / "ledger").read_bytes()).charges) == module.MOST_LINES
    assert again.charge(hour(now + HOUR_S))
