"""What the owner does with the hub's data on its own machine, also while the hub runs and holds the database.

A running hub is asked by a file in its folder, where only its owner may write: there is no right over the network for
what deletes, and no way there for what was set aside. A file that nobody fetched in time is withdrawn.
"""

import logging
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hub import private
from hub.settings import Settings
from hub.storage import alerts, answers, documents, lake, quarantine, retention
from hub.storage.store import Store, StoreBusy, StoreError

FETCH_S, DONE_S, _LOOK_S = 5.0, 600.0, 0.1

_LOG = logging.getLogger("instore.hub")


class Errand(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done: with messages set aside, or forgetting a site or (without one) what is old."""

    what: Literal["list", "retry", "drop", "forget"]
    site: str | None = None


class Done(Struct, frozen=True, forbid_unknown_fields=True):
    """The lines to print, or why it could not be done."""

    lines: tuple[str, ...] = ()
    fault: str | None = None


def run(settings: Settings, errand: Errand) -> tuple[str, ...]:
    """Do it, or have the hub do it that holds the database; the lines to print. StoreError where neither can be."""
    try:
        with Store(settings.database, settings.by_id, time.time()) as store:
            return _do(settings, store, errand, time.time())
    except StoreBusy as busy:
        found = ask(settings, errand)
        if found is None:
            raise StoreBusy(f"{busy} If so, it does not answer now") from None
    if found.fault:
        raise StoreError(found.fault)
    return found.lines


def ask(settings: Settings, errand: Errand) -> Done | None:
    """The running hub's answer; None where nobody fetched the errand in time, or it was not done in time."""
    asked = _folder(settings) / f"{secrets.token_hex(8)}.asked"
    private.write(asked, msgspec.json.encode(errand))
    done, began = asked.with_suffix(".done"), time.monotonic()
    while not done.exists():
        waited = time.monotonic() - began
        if waited > FETCH_S and asked.exists():
            asked.unlink(missing_ok=True)
            return None
        if waited > DONE_S:
            return None
        time.sleep(_LOOK_S)
    found = msgspec.json.decode(done.read_bytes(), type=Done)
    done.unlink()
    return found


def serve(settings: Settings, store: Store) -> None:
    """Do what was asked for by file since the last look. What nobody waits for any more is left undone."""
    at = time.time()
    for path in sorted(_folder(settings).glob("*.asked")):
        taken = path.with_suffix(".taken")
        with suppress(FileNotFoundError):  # withdrawn at this moment
            path.rename(taken)
            if at - taken.stat().st_mtime <= FETCH_S:
                private.write(path.with_suffix(".done"), msgspec.json.encode(_answer(settings, store, taken)))
            taken.unlink()
    for path in _folder(settings).glob("*.done"):
        with suppress(FileNotFoundError):
            if at - path.stat().st_mtime > DONE_S:
                path.unlink()


def _do(settings: Settings, store: Store, errand: Errand, at: float) -> tuple[str, ...]:
    """Do it with this store at the moment `at`; the lines to print."""
    if errand.what == "list":
        return tuple(map(_line, store.rows(quarantine.LIST).to_pylist()))
    if errand.what == "retry":
        return ("{} taken, {} left".format(*store.restore(at)),)
    if errand.what == "drop":
        with store.write() as connection:
            return (f"{quarantine.drop(connection)} dropped",)
    gone = forget_old(settings, store, at) if errand.site is None else _forget_site(store, errand.site)
    if settings.lake.exists():
        lake.export(store, settings.lake, at)
    return tuple(f"{name:<18} {rows}" for name, rows in sorted(gone.items()))


def forget_old(settings: Settings, store: Store, at: float) -> dict[str, int]:
    """Delete what is older than the settings keep; table -> rows."""
    kept = settings.retention
    with store.write() as connection:
        gone = retention.forget_old(connection, at, kept.windows_days, kept.quarantine_days, kept.daily_days)
        said = answers.forget_old(connection, at, kept.comments_days, kept.scores_days)
        written = documents.forget_old(connection, at, kept.documents_days)
        rung = alerts.forget_old(connection, at, kept.documents_days)
    return gone | said | written | rung


def _folder(settings: Settings) -> Path:
    return Path(settings.state_dir) / "errands"


def _answer(settings: Settings, store: Store, asked: Path) -> Done:
    try:
        errand = msgspec.json.decode(asked.read_bytes(), type=Errand)
        lines = _do(settings, store, errand, time.time())
    except msgspec.DecodeError:
        return Done(fault="the hub does not understand this: it is of another version")
    except PermissionError:
        return Done(fault="the hub may not read this: ask as the user that it runs as")
    except OSError as error:
        return Done(fault=f"lake_dir: the copy could not be brought up to date ({type(error).__name__})")
    _LOG.info("done on the owner's word: %s", errand.what)
    return Done(lines)


def _forget_site(store: Store, site: str) -> dict[str, int]:
    with store.write() as connection:
        return retention.forget_site(connection, site)


def _line(row: dict[str, Any]) -> str:
    return f"{row['received_at']:%Y-%m-%dT%H:%M:%SZ}  {row['size']:>6} B  {row['topic']}  {row['reason']}"
