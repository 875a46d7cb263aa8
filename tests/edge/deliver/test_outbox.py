import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.deliver.disk import BALLAST, OutboxError, writable
from edge.deliver.outbox import Outbox
from edge.plan import Outbox as Limits
from tests.conftest import ROOT

DISK_MB = 40


def payload(epoch: str, seq: int) -> bytes:
    return f"{epoch} {seq}".encode()


@pytest.fixture
def box(box_dir: Path) -> Iterator[Outbox]:
    made = Outbox(Limits(dir=str(box_dir)))
    yield made
    made.close()


def test_numbers_run_from_one_without_gaps(box: Outbox) -> None:
    assert [box.put(payload, 0.0) for _ in range(3)] == [1, 2, 3]
    assert box.put_many([payload] * 3, 0.0) == 6
    rows = box.batch(None, 100)
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all(row.payload == payload(box.epoch, row.seq) for row in rows)
    assert [row.seq for row in box.batch((rows[1].order, 2), 2)] == [3, 4]


def test_a_message_that_cannot_be_made_takes_no_number(box: Outbox) -> None:
    def broken(epoch: str, seq: int) -> bytes:
        raise ZeroDivisionError

    box.put(payload, 0.0)
    with pytest.raises(ZeroDivisionError):
        box.put_many([payload, broken], 0.0)
    assert box.put(payload, 0.0) == 2
    assert box.held == 2


def test_an_ack_deletes_up_to_it_once(box: Outbox) -> None:
    box.put_many([payload] * 5, 0.0)
    assert box.ack(box.epoch, 3) == 3
    assert box.ack(box.epoch, 3) == 0
    assert box.ack("00000000", 5) == 0
    assert [row.seq for row in box.batch(None, 9)] == [4, 5]
    assert box.held == 2
    assert box.alarms == 0


@pytest.mark.parametrize(("upto", "sent"), [(6, None), (4, 3), (10**15, 5), (1, 0)])
def test_an_ack_above_what_was_sent_deletes_nothing(box: Outbox, upto: int, sent: int | None) -> None:
    box.put_many([payload] * 5, 0.0)
    assert box.ack(box.epoch, upto, sent) == 0
    assert box.alarms == 1
    assert box.held == 5


def test_every_start_has_its_epoch_and_old_rows_go_first(box_dir: Path) -> None:
    first = Outbox(Limits(dir=str(box_dir)))
    first.put_many([payload] * 2, 0.0)
    first.close()
    second = Outbox(Limits(dir=str(box_dir)))
    second.put(payload, 0.0)
    assert second.epoch != first.epoch
    assert [(row.epoch, row.seq) for row in second.batch(None, 9)] == [
        (first.epoch, 1),
        (first.epoch, 2),
        (second.epoch, 1),
    ]
    assert [(held.epoch, held.first) for held in second.epochs()] == [(first.epoch, 1), (second.epoch, 1)]
    second.ack(first.epoch, 2)
    assert [held.epoch for held in second.epochs()] == [second.epoch]
    second.close()


def lives(box_dir: Path, count: int, rows: int = 2) -> list[str]:
    """The epochs of this many starts, each acknowledged whole."""
    epochs = []
    for _ in range(count):
        box = Outbox(Limits(dir=str(box_dir)))
        box.put_many([payload] * rows, 0.0)
        box.ack(box.epoch, rows)
        epochs.append(box.epoch)
        box.close()
    return epochs


def test_epochs_acknowledged_whole_are_remembered_for_a_hub_that_forgets(box_dir: Path) -> None:
    epochs = lives(box_dir, 3)
    box = Outbox(Limits(dir=str(box_dir)))
    assert [(held.epoch, held.first) for held in box.past()] == [(epoch, 3) for epoch in epochs]
    assert [held.epoch for held in box.epochs()] == [box.epoch]
    assert box.ack(epochs[0], 2) == 0
    assert box.alarms == 0
    box.put(payload, 0.0)
    box.close()
    again = Outbox(Limits(dir=str(box_dir)))
    assert again.ack(box.epoch, 1) == 1
    # Finished in this life already, and not only from the next start on.
    assert [held.epoch for held in again.past()] == [*epochs, box.epoch]
    again.close()


def test_the_past_is_bounded_by_age_and_number(box_dir: Path) -> None:
    epochs = lives(box_dir, 103)
    with contextlib.closing(sqlite3.connect(box_dir / "outbox.sqlite")) as db, db:
        db.execute("update past set ended = ended - 31 * 86400 where epoch = ?", (epochs[50],))
    box = Outbox(Limits(dir=str(box_dir)))
    assert [held.epoch for held in box.past()] == [epoch for epoch in epochs[3:] if epoch != epochs[50]]
    box.close()


def test_starts_that_said_nothing_leave_nothing(box_dir: Path) -> None:
    for _ in range(3):
        Outbox(Limits(dir=str(box_dir))).close()
    box = Outbox(Limits(dir=str(box_dir)))
    assert box.past() == []
    box.close()


def test_the_caps_drop_the_oldest_and_count(box_dir: Path) -> None:
    box = Outbox(Limits(dir=str(box_dir), max_rows=100, max_age_h=1.0))
    box.put_many([payload] * 130, 0.0)
    assert box.dropped >= 30
    assert box.held == 130 - box.dropped <= 100
    assert box.epochs()[0].first == box.dropped + 1
    box.put(payload, 7200.0)
    assert box.held == 1
    assert box.dropped == 130
    assert box.epochs()[0].first == 131
    box.close()


def test_the_cap_of_bytes_holds(box_dir: Path) -> None:
    box = Outbox(Limits(dir=str(box_dir), max_bytes=1_000_000))
    for _ in range(30):
        box.put(lambda epoch, seq: b"x" * 50_000, 0.0)
    assert box.held == 20
    assert box.dropped == 10
    box.close()


def test_kept_values_are_taken_once(box: Outbox) -> None:
    assert box.take("sums") is None
    box.save("sums", b"1")
    box.save("sums", b"2")
    assert box.load("sums") == b"2"
    assert box.take("sums") == b"2"
    assert box.take("sums") is None
    box.put_many([payload], 0.0, {"published": b"300"})
    assert box.load("published") == b"300"


def test_one_process_has_it_and_only_its_user_reads_it(box: Outbox, box_dir: Path) -> None:
    with pytest.raises(OutboxError, match="another process"):
        Outbox(Limits(dir=str(box_dir)))
    assert writable(box_dir) == "in use by a running device"
    assert stat.S_IMODE((box_dir / "outbox.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE(box_dir.stat().st_mode) == 0o700


def test_a_directory_that_cannot_be_made_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxError, match=r"outbox\.dir"):
        Outbox(Limits(dir=str(tmp_path / "file" / "below")))


def test_a_damaged_database_is_set_aside(box_dir: Path) -> None:
    box_dir.mkdir()
    (box_dir / "outbox.sqlite").write_bytes(b"no database at all" * 1000)
    box = Outbox(Limits(dir=str(box_dir)))
    assert box.alarms == 1
    assert box.put(payload, 0.0) == 1
    box.close()
    assert (box_dir / "damaged-outbox.sqlite").read_bytes().startswith(b"no database")


WRITER = """
import sys
from edge.deliver.outbox import Outbox
from edge.plan import Outbox as Limits
from tests.conftest import ROOT, need
box = Outbox(Limits(dir=sys.argv[1]))
while True:
    seq = box.put(lambda epoch, seq: b"%d" % seq, 0.0)
    print(box.epoch, seq, flush=True)
"""


def test_kill_9_loses_nothing_that_put_returned_from(box_dir: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(box_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(200)]
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.readlines()
    epoch, last = said[-1].split() if said[-1].endswith("\n") else said[-2].split()
    box = Outbox(Limits(dir=str(box_dir)))
    rows = box.batch(None, 10**6)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert {row.epoch for row in rows} == {epoch}
    assert int(last) <= len(rows) <= int(last) + 1
    box.close()


def fill_up(disk: Path) -> Path:
    """Use every byte that is left."""
    path = disk / f"log-of-somebody-else-{len(list(disk.iterdir()))}"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return path


def large(epoch: str, seq: int) -> bytes:
    return b"%d " % seq + b"x" * 4000


def test_on_a_full_disk_messages_are_stored_and_deleted_all_the_same(small_disk: Path) -> None:
    box = Outbox(Limits(dir=str(small_disk / "outbox")))
    for _ in range(50):
        box.put(large, 0.0)
    other = fill_up(small_disk)
    last = box.put_many([large] * 450, 0.0)
    assert (last, box.held, box.dropped) == (500, 500, 0)
    assert box.ack(box.epoch, 460) == 460
    assert [row.seq for row in box.batch(None, 1000)] == list(range(461, 501))
    assert not (small_disk / "outbox/ballast").exists()
    other.unlink()
    box.put(large, 0.0)
    assert (small_disk / "outbox/ballast").stat().st_size == BALLAST
    box.close()


def test_when_the_last_room_is_used_up_the_oldest_make_room_and_are_counted(small_disk: Path) -> None:
    box = Outbox(Limits(dir=str(small_disk / "outbox")))
    fill_up(small_disk)
    box.put(large, 0.0)
    fill_up(small_disk)  # whoever fills the disk does not stop
    for _ in range(5999):
        last = box.put(large, 0.0)
    kept = [row.seq for row in box.batch(None, 10_000)]
    assert last == 6000
    assert kept == list(range(kept[0], 6001))
    assert box.dropped == 6000 - len(kept) > 1000
    assert box.held == len(kept)
    assert box.ack(box.epoch, 6000) > 0
    assert box.held == 0
    box.close()


FILLED = """
import os, sys
from pathlib import Path
from edge.deliver.outbox import Outbox
from edge.plan import Outbox as Limits
from tests.edge.deliver.test_outbox import fill_up, large
folder = Path(sys.argv[1])
box = Outbox(Limits(dir=str(folder)))
box.put_many([large] * 10, 0.0)
fill_up(folder.parent)
for _ in range(400):
    box.put(large, 0.0)
fill_up(folder.parent)
if sys.argv[2] == "clean":
    box.close()
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("end", ["clean", "killed"])
def test_a_start_on_a_full_disk_goes_on_with_what_is_there(small_disk: Path, end: str) -> None:
    folder = small_disk / "outbox"
    subprocess.run([sys.executable, "-c", FILLED, str(folder), end], check=False, cwd=ROOT)
    fill_up(small_disk)
    again = Outbox(Limits(dir=str(folder)))
    assert again.held == 410
    for _ in range(1000):
        again.put(large, 0.0)
    rows = again.batch(None, 10_000)
    assert (rows[-1].epoch, rows[-1].seq) == (again.epoch, 1000)
    assert len(rows) + again.dropped == 1410
    assert again.ack(again.epoch, 1000) > 0
    again.close()


def test_what_does_not_fit_at_all_is_an_error_that_stores_nothing(box: Outbox) -> None:
    # SQLite says "database or disk is full" the same way when its page limit is reached.
    (pages,) = box._db.execute("pragma page_count").fetchone()
    box._db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(OutboxError, match="cannot be written"):
        box.put_many([lambda epoch, seq: b"x" * 100_000] * 10, 0.0)
    assert box.held == 0
    box._db.execute("pragma max_page_count = 1000000")
    assert box.put(payload, 0.0) == 1


def test_the_log_is_synchronised_to_disk(box: Outbox) -> None:
    assert box._db.execute("pragma synchronous").fetchone() == (2,)
    assert box._db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert isinstance(box._db, sqlite3.Connection)
