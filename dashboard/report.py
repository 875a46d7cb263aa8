"""The brief as a file, made without a browser: for `instore-dashboard report`, and for the page's downloads."""

import argparse
import sys
import time
from collections.abc import Callable
from ctypes.util import find_library
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from dashboard.brief import drawn, sheet
from dashboard.brief.mail import mail
from dashboard.brief.paper import Paper, paper
from dashboard.data import Answer, Reads, utc
from dashboard.settings import Settings, connected
from dashboard.words import Words, language_of
from edge.settings import SettingsError, secret

Kind = Literal["html", "pdf", "eml"]
KINDS: dict[str, Kind] = {".html": "html", ".pdf": "pdf", ".eml": "eml"}
_DAYS, _DAY_S, _HOUR_S = 63, 86_400.0, 3600.0
_EXTRA = "pip install 'instore[report]'"
_PANGO = "the system's library Pango is missing: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class ReportError(Exception):
    """No report can be made here; the text names the package that is missing."""


def gathered(ask: Callable[..., Answer], site: dict[str, Any], day: date) -> tuple[Answer, Answer]:
    """What the brief of a business day is made from: the answers to `brief` and `days`."""
    begins = site["day_start"] - (site["day"] - day).days * _DAY_S
    # The clock may have been put forward or back in between.
    span = {"start": utc(begins - _DAYS * _DAY_S - _HOUR_S), "end": utc(begins + _DAY_S + _HOUR_S)}
    brief = ask("brief", day=day.isoformat())
    if brief.state == "away":  # a hub that is busy answers late, and then keeps what it has worked out
        brief = ask("brief", day=day.isoformat())
    return brief, ask("days", **span)


def made(kind: Kind, found: Paper, at: float, words: Words) -> bytes:
    """The report as a file of this kind; ReportError where a package is missing."""
    chart = drawn.chart(found.bars, words) if any(bar["n"] is not None for bar in found.bars) else None
    try:
        pictures = import_module("dashboard.pictures")
    except ModuleNotFoundError:
        raise ReportError(f"vl-convert-python is missing: {_EXTRA}") from None
    if kind == "eml":
        return mail(found, pictures.png(chart) if chart else None, at, words)
    document = sheet.html(found, pictures.svg(chart) if chart else "", words)
    return document.encode() if kind == "html" else _printed(document)


def _printed(document: str) -> bytes:
    try:
        printed = import_module("dashboard.printed")
    except ModuleNotFoundError:
        raise ReportError(f"weasyprint is missing: {_EXTRA}") from None
    except OSError:
        raise ReportError(_PANGO) from None
    return bytes(printed.pdf(document))


@cache
def lacking() -> Literal["extra", "pango"] | None:
    """What this machine lacks for a PDF; 'extra' also for every other kind."""
    if find_spec("vl_convert") is None or find_spec("weasyprint") is None:
        return "extra"
    return None if find_library("pango-1.0") else "pango"


def obey(given: argparse.Namespace, settings: Settings) -> int:
    """Write the report; 0, 1 (the hub does not answer, a package is missing), 2 (used wrongly)."""
    kind = KINDS.get(Path(given.out).suffix.lower())
    if kind is None:
        return _refused(f"--out: ends with {', '.join(KINDS)}", 2)
    token = secret(settings.hub.token_file, "hub.token_file")
    if token is None:
        raise SettingsError("hub.token_file: missing")
    words = Words(given.language or language_of(settings.page.language, None))
    with connected(settings.hub, token) as hub:
        found = _paper(Reads(hub), given.site, given.day, words)
    if not isinstance(found, Paper):
        return _refused(*found)
    try:
        Path(given.out).write_bytes(made(kind, found, time.time(), words))
    except ReportError as error:
        return _refused(str(error), 1)
    except OSError as error:
        return _refused(f"--out: {error.strerror or 'cannot be written'}", 1)
    return 0


def _paper(reads: Reads, site: str, day: date | None, words: Words) -> Paper | tuple[str, int]:
    """The brief, or why there is none and the exit code for that."""
    sites = reads.ask("sites")
    if not sites.known:
        return _why("sites", sites), 1
    row = next((row for row in sites.rows if row["site"] == site), None)
    if row is None:
        return "--site: no such store for this token", 1
    day = day or row["day"] - timedelta(days=1)
    if day >= row["day"]:
        return "--day: that day is not over", 2
    brief, counted = gathered(lambda question, **params: reads.ask(question, site=site, **params), row, day)
    for name, answer in (("brief", brief), ("days", counted)):
        if answer.state != "fresh":
            return _why(name, answer), 1
    return paper(row, day, brief, counted, words)


def _why(question: str, answer: Answer) -> str:
    said = {"away": "cannot be reached", "refused": "does not accept the token"}.get(answer.state, "gave no answer")
    return f"the hub {said} ({question})"


def _refused(said: str, code: int) -> int:
    print(f"instore-dashboard: {said}", file=sys.stderr)
    return code
