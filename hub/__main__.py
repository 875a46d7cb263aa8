"""instore-hub: run, check, config, import, export, token, quarantine, rebuild, forget, enroll."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from edge import daemon
from edge.settings import SettingsError, secret, unit
from edge.topics import split, topic
from hub.arguments import parser
from hub.check import check, reached
from hub.client import Hub, HubAway, Refused, Unanswered
from hub.enroll import handout
from hub.enroll.registry import EnrollError, Registry
from hub.intake.sorting import sort_again
from hub.intake.surveys import report_text
from hub.intake.taking import Refusal, Taking
from hub.running import forget_old, mappings, run
from hub.serve import access
from hub.serve.access import Access, Grant
from hub.serve.api import Denied, Desk
from hub.serve.live import Board, text
from hub.settings import Settings, read
from hub.storage import lake, retention
from hub.storage.store import Store, StoreBusy, StoreError

_LOG = logging.getLogger("instore.hub")


def main(argv: list[str] | None = None) -> int:
    """The exit code: 0 well, 1 failed, 2 used wrongly, 78 the configuration is wrong."""
    given = parser().parse_args(argv)
    daemon.logs(verbose=given.verbose, as_json=given.log == "json")
    return daemon.guarded(lambda: _obey(given))


def _obey(given: argparse.Namespace) -> int:
    if given.command == "config":
        sample = resources.files("hub").joinpath("hub.sample.toml")
        print(unit("hub") if given.unit else sample.read_text(encoding="utf-8"), end="")
        return daemon.OK
    try:
        return int(_COMMANDS[given.command](read(given.config), given))
    except (StoreError, EnrollError, access.TokenError, Refusal, Denied, HubAway, Refused, Unanswered) as error:
        _LOG.error("%s", error)
    except OSError as error:
        _LOG.error("%s: %s", error.filename or given.command, error.strerror)
    except duckdb.Error as error:
        # Its words may quote what is stored; where it happened is for whoever asks with -v.
        _LOG.error("the database failed (%s): damaged, or its disk is", type(error).__name__)
        _LOG.debug("there", exc_info=error)
    return daemon.FAILED


def _run(settings: Settings, given: argparse.Namespace) -> int:
    daemon.harden()
    return run(settings, daemon.stopping())


def _check(settings: Settings, given: argparse.Namespace) -> int:
    found = check(settings)
    for finding in found:
        print(f"{finding.what:<10} {'ok' if finding.well else 'FAIL':<5} {finding.said}")
    return daemon.OK if all(finding.well for finding in found) else daemon.FAILED


def _store(settings: Settings) -> Store:
    return Store(settings.database, settings.by_id, time.time())


def _import(settings: Settings, given: argparse.Namespace) -> int:
    taking = Taking(mappings(settings))
    data = given.file.read_bytes()
    if given.dry_run:
        report = dict(taking.read(given.mapping, given.file.name, data).report)
    else:
        try:
            with _store(settings) as store:
                report = taking.take(store, given.mapping, given.file.name, data, lambda site: True)
        except StoreBusy:
            with _running(settings, given) as hub:
                report = hub.add_answers(given.mapping, given.file.name, data)
    print(json.dumps(report, default=str) if given.json else report_text(report))
    return daemon.OK


def _running(settings: Settings, given: argparse.Namespace) -> Hub:
    token = secret(given.token_file, "--token-file")
    if token is None:
        raise SettingsError("--token-file: the hub is running; give the file with a token for it")
    return reached(settings, token, timeout=120)


def _export(settings: Settings, given: argparse.Namespace) -> int:
    wanted = ("site", "start", "end", "day")
    params = {name: getattr(given, name) for name in wanted if getattr(given, name) is not None}
    try:
        with _store(settings) as store:
            desk = Desk(store, Access(settings.tokens), Board())
            everything = Grant("export", frozenset({access.EVERY_SITE}))
            found = desk.answer(everything, given.question, list(params.items()))
    except StoreBusy:
        with _running(settings, given) as hub:
            found = hub.ask(given.question, **params)
    if given.out and given.out.suffix == ".parquet":
        pyarrow.parquet.write_table(found, given.out)
    else:
        pyarrow.csv.write_csv(_flat(found), given.out or sys.stdout.buffer)
    return daemon.OK


def _flat(found: pa.Table) -> pa.Table:
    """The table with lists and structures as JSON text, which CSV has no other place for."""
    for i, field in enumerate(found.schema):
        if pa.types.is_nested(field.type):
            values = [None if v is None else json.dumps(v) for v in found.column(i).to_pylist()]
            found = found.set_column(i, field.name, pa.array(values, pa.string()))
    return found


def _token(settings: Settings, given: argparse.Namespace) -> int:
    if given.what == "list":
        for row in access.listed(settings.tokens):
            rights = "read, import" if row["may_import"] else "read"
            print(f"{row['name']:<24} {','.join(row['sites']):<32} {rights:<13} {row['created']}")
    elif given.what == "revoke":
        access.revoke(settings.tokens, given.name)
    else:
        sites = given.sites.split(",")
        unknown = set(sites) - set(settings.by_id) - {access.EVERY_SITE}
        if unknown:
            raise access.TokenError("--sites: not all of them are in the settings")
        print(access.create(settings.tokens, given.name, sites, given.may_import, text(time.time())))
    return daemon.OK


def _quarantine(settings: Settings, given: argparse.Namespace) -> int:
    with _store(settings) as store:
        found = store.rows("SELECT * FROM quarantine ORDER BY received_at").to_pylist()
        if given.what == "list":
            for row in found:
                print(f"{row['received_at']:%Y-%m-%dT%H:%M:%SZ}  {row['size']:>6} B  {row['topic']}  {row['reason']}")
        elif given.what == "drop":
            with store.write() as connection:
                connection.execute("DELETE FROM quarantine")
            print(f"{len(found)} dropped")
        else:
            again = sort_again(found, settings.by_id, time.time())
            store.restore(again, time.time())
            print(f"{len(again.windows)} taken, {len(again.bad)} left")
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
    with _store(settings) as store:
        if given.site:
            with store.write() as connection:
                gone = retention.forget_site(connection, given.site)
        else:
            gone = forget_old(settings, store, time.time())
        if settings.lake.exists():
            lake.export(store, settings.lake, time.time())
    for name, rows in sorted(gone.items()):
        print(f"{name:<18} {rows}")
    return daemon.OK


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
    "run": _run,
    "check": _check,
    "import": _import,
    "export": _export,
    "token": _token,
    "quarantine": _quarantine,
    "rebuild": _rebuild,
    "forget": _forget,
    "enroll": _enroll,
}


if __name__ == "__main__":
    sys.exit(main())
