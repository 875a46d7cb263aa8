"""The command `import`: a file of answers or sales into the database, or over HTTP into the running hub."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from edge import daemon
from hub.check import running
from hub.intake import nested, suggesting
from hub.intake.sales import Sales
from hub.intake.sheets import SurveyError
from hub.intake.surveys import Progress as Watched
from hub.intake.surveys import Survey
from hub.intake.taking import Refusal, Taking, report_text
from hub.office import mappings
from hub.settings import Settings
from hub.storage.store import Store, StoreBusy


def obey(settings: Settings, given: argparse.Namespace) -> int:
    """The exit code. The file is read here with a bar of progress, or handed over to the hub where that runs."""
    data = _read(given)
    if given.suggest:
        try:
            sys.stdout.write(suggesting.suggest(given.file.name, data))
        except SurveyError as error:
            raise Refusal(str(error)) from None
        return daemon.OK
    if given.mapping is None:
        raise Refusal("--mapping: give one, or --suggest to begin one")
    taking = Taking(mappings(settings))
    report: dict[str, Any]
    if given.dry_run or given.preview:
        found = _watched(taking, given, data)
        report = dict(found.report)
        if given.preview:
            report["preview"] = found.first()
    else:
        report = _stored(settings, taking, given, data)
    _print(report, as_json=given.json)
    return daemon.OK


def _stored(settings: Settings, taking: Taking, given: argparse.Namespace, data: bytes) -> dict[str, Any]:
    try:
        with Store(settings.database, settings.by_id, time.time()) as store:
            return taking.put(store, _watched(taking, given, data), lambda site: True)
    except StoreBusy:
        with (
            running(settings, given.token_file) as hub,
            Console(stderr=True).status("the hub reads the file"),
        ):
            return hub.add_answers(given.mapping, given.file.name, data)


def _watched(taking: Taking, given: argparse.Namespace, data: bytes) -> Survey | Sales:
    with _bar() as progress:
        return taking.read(given.mapping, given.file.name, data, progress)


def _read(given: argparse.Namespace) -> bytes:
    data: bytes = given.file.read_bytes()
    if not given.details:
        return data
    try:
        return nested.with_details(data, given.details.read_bytes())
    except SurveyError as error:
        raise Refusal(str(error)) from None


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report, default=str) + "\n")
        return
    sys.stdout.write(report_text(report) + "\n")
    for row in report.get("preview", []):
        sys.stdout.write("  " + ", ".join(f"{key} {value}" for key, value in row.items()) + "\n")


@contextmanager
def _bar() -> Iterator[Watched]:
    """A bar on stderr where somebody looks; nothing in a log."""
    parts = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as shown:
        task = shown.add_task("reading", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
