"""instore-hub: run, check, config, import, export, token, quarantine, forget."""

import argparse
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from edge import daemon
from edge.deliver.mqtt import Connection
from edge.settings import SettingsError, secret
from hub.check import check, url
from hub.client import Hub, HubAway, Refused, Unanswered
from hub.intake.ingest import SESSION_S, SUBSCRIPTIONS, Ingest
from hub.intake.sorting import sort_again
from hub.intake.surveys import report_text
from hub.intake.taking import Refusal, Taking
from hub.serve import access
from hub.serve.access import Access, Grant
from hub.serve.api import Denied, Desk, application, serving
from hub.serve.live import Board, text
from hub.settings import Settings, read
from hub.storage import answers, retention
from hub.storage.store import Store, StoreBusy, StoreError

DAY_S = 86_400

_LOG = logging.getLogger("instore.hub")


def main(argv: list[str] | None = None) -> int:
    """The exit code: 0 well, 1 failed, 2 used wrongly, 78 the configuration is wrong."""
    given = _arguments().parse_args(argv)
    daemon.logs(verbose=given.verbose, as_json=given.log == "json")
    return daemon.guarded(lambda: _obey(given))


def _obey(given: argparse.Namespace) -> int:
    if given.command == "config":
        print(resources.files("hub").joinpath("hub.sample.toml").read_text(encoding="utf-8"), end="")
        return daemon.OK
    try:
        return int(_COMMANDS[given.command](read(given.config), given))
    except (StoreError, access.TokenError, Refusal, Denied, HubAway, Refused, Unanswered) as error:
        _LOG.error("%s", error)
    except OSError as error:
        _LOG.error("%s: %s", error.filename or given.command, error.strerror)
    return daemon.FAILED


def run(settings: Settings, stop: threading.Event) -> int:
    """Run the hub until `stop` is set; 1 where it cannot go on, for the service manager to start it anew."""
    broken = threading.Event()

    def failed() -> None:
        broken.set()
        stop.set()

    with ExitStack() as open_things:
        store = open_things.enter_context(Store(settings.database, settings.by_id, time.time()))
        connection = Connection(
            settings.broker, settings.client_id, subscriptions=SUBSCRIPTIONS, session_s=SESSION_S, manual_ack=True
        )
        board = Board()
        ingest = Ingest(store, connection, board, failed=failed)
        taking = Taking(mappings(settings))
        desk = Desk(store, Access(settings.tokens), board, ingest, taking, failed=failed)
        port = open_things.enter_context(serving(application(desk), settings.http))
        connection.start()
        open_things.callback(connection.stop)
        ingest.start(stop)
        open_things.callback(ingest.join)
        open_things.callback(stop.set)
        daemon.notify("READY=1")
        _LOG.info("ready: %d sites, http port %d", len(settings.sites), port)
        _keep(settings, store, ingest, stop)
        daemon.notify("STOPPING=1")
    return daemon.FAILED if broken.is_set() else daemon.OK


def _keep(settings: Settings, store: Store, ingest: Ingest, stop: threading.Event) -> None:
    """Forget what is old once a day, and tell the service manager that work goes on."""
    forgotten, turns = 0.0, -1
    while not stop.is_set():
        at = time.time()
        if at - forgotten >= DAY_S:
            gone = _forget_old(settings, store, at)
            _LOG.info("forgotten by age: %d rows", sum(gone.values()))
            forgotten = at
        if ingest.turns != turns:
            turns = ingest.turns
            daemon.notify("WATCHDOG=1")
        stop.wait(5)


def _forget_old(settings: Settings, store: Store, at: float) -> dict[str, int]:
    kept = settings.retention
    with store.write() as connection:
        gone = retention.forget_old(connection, at, kept.windows_days, kept.quarantine_days)
        said = answers.forget_old(connection, at, kept.comments_days, kept.scores_days)
    return gone | said


def mappings(settings: Settings) -> dict[str, str]:
    """The texts of the survey mappings by name: those shipped, and over them those in mappings_dir."""
    folders: list[Any] = [resources.files("hub.intake").joinpath("mappings")]
    if settings.mappings_dir:
        folders.append(Path(settings.mappings_dir))
    try:
        files = [entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(".toml")]
        return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in files}
    except OSError as error:
        raise SettingsError(f"mappings_dir: cannot be read ({type(error).__name__})") from None


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
    return Hub(url(settings), token, timeout=120, ca_file=settings.http.cert_file)


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


def _forget(settings: Settings, given: argparse.Namespace) -> int:
    with _store(settings) as store:
        if given.site:
            with store.write() as connection:
                gone = retention.forget_site(connection, given.site)
        else:
            gone = _forget_old(settings, store, time.time())
    for name, rows in sorted(gone.items()):
        print(f"{name:<18} {rows}")
    return daemon.OK


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "run": _run,
    "check": _check,
    "import": _import,
    "export": _export,
    "token": _token,
    "quarantine": _quarantine,
    "forget": _forget,
}


def _arguments() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("instore-hub", description="The hub of Instore: stores windows, answers questions.")
    top.add_argument("--version", action="version", version=version("instore"))
    top.set_defaults(config=None, verbose=False, log="text")
    commands = _common(top).add_subparsers(dest="command", required=True)
    _add(commands, "run", "run until stopped")
    _add(commands, "check", "try broker, database and tokens once; exit 0 or 1")
    _add(commands, "config", "print a commented sample of the settings")
    taken = _add(commands, "import", "take a file of survey answers; a running hub is handed it over HTTP")
    taken.add_argument("file", type=Path)
    taken.add_argument("--mapping", required=True, help="name of the mapping that says what the columns mean")
    taken.add_argument("--dry-run", action="store_true", help="only report what would be taken")
    taken.add_argument("--json", action="store_true", help="the report as JSON")
    given = _add(commands, "export", "the answer to a question as CSV or Parquet")
    given.add_argument("question")
    for name in ("site", "start", "end", "day"):
        given.add_argument(f"--{name}")
    given.add_argument("--out", type=Path, help="file to write, .csv or .parquet (default CSV on stdout)")
    for parser in (taken, given):
        parser.add_argument("--token-file", help="file with a token, needed while the hub is running")
    token = _add(commands, "token", "readers' tokens").add_subparsers(dest="what", required=True)
    create = _add(token, "create", "make a token; it is printed this once")
    create.add_argument("name")
    create.add_argument("--sites", required=True, help="site ids with commas between, or *")
    create.add_argument("--import", dest="may_import", action="store_true", help="it may also import answers")
    _add(token, "list", "names, sites and rights")
    _add(token, "revoke", "make a token worthless at once").add_argument("name")
    aside = _add(commands, "quarantine", "messages that could not be taken (while the hub is stopped)")
    aside.add_argument("what", choices=("list", "retry", "drop"))
    forget = _add(commands, "forget", "delete data (while the hub is stopped)")
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("--site", help="everything of one site")
    which.add_argument("--old", action="store_true", help="what is older than the settings keep")
    return top


def _add(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=words)
    return _common(made)


def _common(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser with the flags that may stand before or after a command; what was not given sets nothing there."""
    absent, where = argparse.SUPPRESS, "settings file (default /etc/instore/hub.toml, then ./hub.toml)"
    parser.add_argument("--config", type=Path, default=absent, help=where)
    parser.add_argument("-v", "--verbose", action="store_true", default=absent, help="log more")
    parser.add_argument("--log", choices=("text", "json"), default=absent, help="form of the log lines on stderr")
    return parser


if __name__ == "__main__":
    sys.exit(main())
