"""Every command of instore-hub but `run`."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable
from importlib import resources

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from edge import daemon
from edge.settings import unit
from edge.topics import split, topic
from hub import errands, importing
from hub.check import check, running
from hub.client import HubAway, Refused, Unanswered
from hub.enroll import handout
from hub.enroll.registry import EnrollError, Registry
from hub.errands import Errand
from hub.intake.taking import Refusal
from hub.serve import access
from hub.serve.access import Access, Grant
from hub.serve.denied import Denied
from hub.serve.desk import Desk
from hub.serve.live import Board, text
from hub.serve.parameters import PARAMETERS
from hub.settings import Settings, read
from hub.storage import lake
from hub.storage.store import Store, StoreBusy, StoreError

_RIGHTS = {"may_import": "import", "may_read_comments": "comments", "may_write": "write"}

_LOG = logging.getLogger("instore.hub")


def obey(given: argparse.Namespace) -> int:
    """The exit code of a command; what it was given is as hub.arguments reads it."""
    if given.command == "config":
        sample = resources.files("hub").joinpath("hub.sample.toml")
        print(unit("hub") if given.unit else sample.read_text(encoding="utf-8"), end="")
        return daemon.OK
    try:
        return _COMMANDS[given.command](read(given.config), given)
    except (EnrollError, access.TokenError, Refusal, Denied, HubAway, Refused, Unanswered) as error:
        _LOG.error("%s", error)
    return daemon.FAILED


def _check(settings: Settings, given: argparse.Namespace) -> int:
    found = check(settings)
    for finding in found:
        print(f"{finding.what:<10} {'ok' if finding.well else 'FAIL':<5} {finding.said}")
    return daemon.OK if all(finding.well for finding in found) else daemon.FAILED


def _store(settings: Settings) -> Store:
    return Store(settings.database, settings.by_id, time.time())


def _export(settings: Settings, given: argparse.Namespace) -> int:
    params = {name: said for name in PARAMETERS if (said := getattr(given, name)) is not None}
    try:
        with _store(settings) as store:
            desk = Desk(store, Access(settings.tokens), Board())
            everything = Grant("export", frozenset({access.EVERY_SITE}))
            found = desk.answer(everything, given.question, list(params.items()))
    except StoreBusy:
        with running(settings, given.token_file) as hub:
            found = hub.ask(given.question, **params)
    if given.out and given.out.suffix == ".parquet":
        pyarrow.parquet.write_table(found, given.out)
    else:
        pyarrow.csv.write_csv(_flat(found), given.out or sys.stdout.buffer)
    return daemon.OK


def _flat(found: pa.Table) -> pa.Table:
    """The table with lists and structures as JSON text, which CSV has no other place for, and no text that a
    spreadsheet would take for a formula: such a one gets an apostrophe, which spreadsheets do not show.
    """
    for i, field in enumerate(found.schema):
        if pa.types.is_nested(field.type):
            values = [None if v is None else json.dumps(v) for v in found.column(i).to_pylist()]
        elif pa.types.is_string(field.type):
            values = [f"'{v}" if v and v[0] in "=+-@\t\r＝＋－＠" else v for v in found.column(i).to_pylist()]
        else:
            continue
        found = found.set_column(i, field.name, pa.array(values, pa.string()))
    return found


def _token(settings: Settings, given: argparse.Namespace) -> int:
    if given.what == "list":
        for row in access.listed(settings.tokens):
            rights = ", ".join(["read", *(word for right, word in _RIGHTS.items() if row[right])])
            print(f"{row['name']:<24} {','.join(row['sites']):<32} {rights:<30} {row['created']}")
    elif given.what == "revoke":
        access.revoke(settings.tokens, given.name)
    else:
        sites = given.sites.split(",")
        unknown = set(sites) - set(settings.by_id) - {access.EVERY_SITE}
        if unknown:
            raise access.TokenError("--sites: not all of them are in the settings")
        made = (settings.tokens, given.name, sites, given.may_import, text(time.time()))
        print(access.create(*made, may_read_comments=given.comments, may_write=given.write))
    return daemon.OK


def _quarantine(settings: Settings, given: argparse.Namespace) -> int:
    return _done(settings, Errand(given.what))


def _done(settings: Settings, errand: Errand) -> int:
    for line in errands.run(settings, errand):
        print(line)
    return daemon.OK


def _rebuild(settings: Settings, given: argparse.Namespace) -> int:
    if settings.database.exists():
        raise StoreError("there is a database; move it away first")
    with _store(settings) as store:
        found = lake.rebuild(store, given.lake or settings.lake)
    for name, rows in sorted(found.items()):
        print(f"{name:<18} {rows}")
    return daemon.OK


def _forget(settings: Settings, given: argparse.Namespace) -> int:
    return _done(settings, Errand("forget", given.site))


def _enroll(settings: Settings, given: argparse.Namespace) -> int:
    registry = Registry(settings.authority, time.time())
    if given.hub:
        said = handout.hub(registry, given.out)
    elif given.broker:
        said = handout.broker(registry, given.broker, given.out)
    elif given.site not in settings.by_id or split(topic(given.site, given.device or "", "w")) is None:
        raise EnrollError("give SITE and DEVICE: a site of the settings and a name as in the device's plan")
    elif given.revoke:
        said = handout.revoke(registry, given.site, given.device, given.out)
    else:
        said = handout.device(registry, given.site, given.device, given.out)
    print(said, end="")
    return daemon.OK


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "check": _check,
    "import": importing.obey,
    "export": _export,
    "token": _token,
    "quarantine": _quarantine,
    "rebuild": _rebuild,
    "forget": _forget,
    "enroll": _enroll,
}
