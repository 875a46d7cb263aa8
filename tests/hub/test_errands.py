"""What the owner asks of a hub that runs: by a file in its folder, done once, and never when nobody waits for it."""

import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub import errands
from hub.errands import Done, Errand
from hub.intake.sorting import Raw, sort
from hub.settings import Settings
from hub.sites import Site
from hub.storage.store import Store
from tests.commands import done

SITE = Site(id="s001", name="High Street", timezone="Europe/Berlin")
SECRET = b"what a broken device may have put here"


class Running:
    """The part of a running hub that does errands."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(state_dir=str(folder), sites=(SITE,))
        self.config = folder / "hub.toml"
        site = '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
        self.config.write_text(f'state_dir = "{folder}"\n{site}')
        self.store = Store(self.settings.database, self.settings.by_id, time.time())
        self.end = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        while not self.end.wait(0.05):
            errands.serve(self.settings, self.store)

    def take(self, *raw: Raw) -> None:
        cursors, at = self.store.cursors(), time.time()
        self.store.commit(sort(raw, cursors, self.store.sites, at), cursors, at)

    def left(self) -> list[str]:
        return [path.name for path in (Path(self.settings.state_dir) / "errands").iterdir()]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.end.set()
    if made.thread.is_alive():
        made.thread.join()
    made.store.close()


def ask(running: Running, errand: Errand) -> tuple[str, ...]:
    """The lines of the answer. (A second store of this process would not find the database held.)"""
    found = errands.ask(running.settings, errand)
    assert found
    assert found.fault is None
    return found.lines


def test_a_running_hub_lists_retries_drops_and_forgets(running: Running, shop: Any) -> None:
    now = int(time.time()) // 300 * 300
    stranger = type(shop)(site="s002")
    running.take(
        shop.raw(shop.window(now, shop.count(now, 4))),
        Raw("instore/v1/s001/cam-01/w", SECRET),
        stranger.raw(stranger.window(now, stranger.count(now, 7))),
    )
    running.thread.start()
    said = done("hub", "quarantine", "list", "--config", running.config)
    assert said.returncode == 0, said.stderr
    assert [line.split("  ")[-1] for line in said.stdout.splitlines()] == [
        "format: not JSON of this contract",
        "unknown site",
    ]
    assert SECRET.decode() not in said.stdout + said.stderr
    running.store.sites["s002"] = msgspec.structs.replace(SITE, id="s002")
    assert ask(running, Errand("retry")) == ("1 taken, 1 left",)
    assert ask(running, Errand("drop")) == ("1 dropped",)
    assert ask(running, Errand("list")) == ()
    assert "value_count        1" in ask(running, Errand("forget", "s001"))
    assert running.store.rows("SELECT site FROM value_count").to_pylist() == [{"site": "s002"}]
    assert running.left() == []


def test_the_file_is_its_owner_s_only(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "FETCH_S", 0.3)
    modes: list[int] = []

    def look(seconds: float) -> None:
        modes.extend(stat.S_IMODE(path.stat().st_mode) for path in running.config.parent.glob("errands/*.asked"))
        threading.Event().wait(seconds)

    monkeypatch.setattr(errands.time, "sleep", look)
    assert errands.ask(running.settings, Errand("drop")) is None
    assert set(modes) == {0o600}
    assert stat.S_IMODE((running.config.parent / "errands").stat().st_mode) == 0o700


def test_what_nobody_fetches_is_withdrawn_and_never_done(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "FETCH_S", 0.3)
    running.take(Raw("instore/v1/s001/cam-01/w", SECRET))
    said = done("hub", "quarantine", "drop", "--config", running.config)
    assert said.returncode == 1
    assert "does not answer" in said.stderr
    assert errands.ask(running.settings, Errand("drop")) is None
    assert running.left() == []
    errands.serve(running.settings, running.store)
    assert running.store.rows("SELECT count(*) AS n FROM quarantine").to_pylist() == [{"n": 1}]


def test_what_was_asked_of_a_hub_long_ago_is_not_done(running: Running) -> None:
    """Such as by somebody who was killed while they waited."""
    running.take(Raw("instore/v1/s001/cam-01/w", SECRET))
    folder = running.config.parent / "errands"
    folder.mkdir()
    for name, age in (("old.asked", 60.0), ("old.done", 2 * errands.DONE_S)):
        (folder / name).write_bytes(msgspec.json.encode(Errand("drop")))
        os.utime(folder / name, (time.time() - age,) * 2)
    errands.serve(running.settings, running.store)
    assert running.left() == []
    assert running.store.rows("SELECT count(*) AS n FROM quarantine").to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("asked", [b"", b"[" * 5000, b'{"what":"sql"}', b'{"what":"drop","of":"all"}', b"\xff"])
def test_what_cannot_be_understood_is_said(running: Running, asked: bytes) -> None:
    folder = running.config.parent / "errands"
    folder.mkdir()
    (folder / "x.asked").write_bytes(asked)
    errands.serve(running.settings, running.store)
    found = msgspec.json.decode((folder / "x.done").read_bytes(), type=Done)
    assert "another version" in (found.fault or "")
