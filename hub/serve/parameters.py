"""What a question may be asked with: what each parameter means, and how its text becomes a value."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from hub.documents.kinds import KINDS
from hub.documents.lot import SCALES

Values = dict[str, Any]
_SITE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_MOST_SITES = 5000


class BadQuestion(Exception):
    """A question cannot be asked like this; the text names the parameter and what is expected."""


class Parameter(NamedTuple):
    """What it means, its JSON schema, and how its name and text become a value (BadQuestion where they do not)."""

    about: str
    schema: Mapping[str, Any]
    read: Callable[[str, str], Any]


def read(needs: tuple[str, ...], optional: tuple[str, ...], raw: Iterable[tuple[str, str]]) -> Values:
    """The typed parameters from a request's text; BadQuestion names the one that is wrong, unknown or missing."""
    found = dict[str, str]()
    for key, text in raw:
        if key not in needs and key not in optional:
            raise BadQuestion(f"{key[:40]}: unknown parameter")
        if key in found:
            raise BadQuestion(f"{key}: given twice")
        found[key] = text
    for key in needs:
        if key not in found:
            raise BadQuestion(f"{key}: missing")
    return {key: PARAMETERS[key].read(key, text) for key, text in found.items()}


def _time(key: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None or not 1970 < found.year < 2200:
            raise ValueError
    except ValueError:
        raise BadQuestion(f"{key}: a time with its zone, such as 2026-01-05T09:00:00Z") from None
    return found


def _date(key: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
        if not 1970 < found.year < 2200:
            raise ValueError
    except ValueError:
        raise BadQuestion(f"{key}: a date, such as 2026-01-05") from None
    return found


def _kind(key: str, text: str) -> str:
    if text not in KINDS:
        raise BadQuestion(f"{key}: one of {', '.join(KINDS)}")
    return text


def _flag(key: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise BadQuestion(f"{key}: 1 or 0")
    return text == "1"


def _metric(key: str, text: str) -> str:
    if text not in SCALES:
        raise BadQuestion(f"{key}: one of {', '.join(SCALES)}")
    return text


def _weeks(key: str, text: str) -> int:
    if text not in map(str, range(2, 53, 2)):
        raise BadQuestion(f"{key}: an even number from 2 to 52")
    return int(text)


def _place(key: str, text: str) -> str:
    if not _SITE.fullmatch(text):
        raise BadQuestion(f"{key}: id of a place")
    return text


def _names(key: str, text: str) -> tuple[str, ...]:
    found = text.split(",")
    if len(found) > _MOST_SITES or len(set(found)) < len(found) or not all(map(_SITE.fullmatch, found)):
        raise BadQuestion(f"{key}: ids of sites with commas between, each once, such as s001,s002")
    return tuple(found)


PARAMETERS: Mapping[str, Parameter] = {
    "site": Parameter("id of a site of the token", {"type": "string"}, lambda _, text: text),
    "sites": Parameter(
        "ids of sites with commas between: only these of the token's sites; all of them without it",
        {"type": "string"},
        _names,
    ),
    "start": Parameter(
        "RFC 3339 with a zone; the first moment that counts", {"type": "string", "format": "date-time"}, _time
    ),
    "end": Parameter(
        "RFC 3339 with a zone; the first moment that no longer counts",
        {"type": "string", "format": "date-time"},
        _time,
    ),
    "day": Parameter("a business day", {"type": "string", "format": "date"}, _date),
    "metric": Parameter("what a trial is judged by", {"type": "string", "enum": list(SCALES)}, _metric),
    "weeks": Parameter("even number of weeks", {"type": "string", "enum": [*map(str, range(2, 53, 2))]}, _weeks),
    "place": Parameter("id of a queue: only its waits", {"type": "string"}, _place),
    "kind": Parameter("kind of what people write", {"type": "string", "enum": list(KINDS)}, _kind),
    "history": Parameter("1: every version; 0: the newest of each", {"type": "string", "enum": ["0", "1"]}, _flag),
}
