"""What the tills counted: rows of a file and a mapping become hours of sales, or weeks of loyalty cards."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
from msgspec import Meta, Struct

from edge.values import Name
from hub.intake import readers
from hub.intake.columns import Header, MappingError, Source, When, checked_source, converted
from hub.intake.letters import Encoding
from hub.intake.moments import Moment, moment
from hub.intake.naming import name_in
from hub.intake.sheets import Sheet, SurveyError, plain
from hub.intake.tally import first, stored_line

# Largest value and whether it must be whole; sales may be below zero in an hour of returns.
_LIMITS = {
    "transactions": (1_000_000, True),
    "sales": (1e9, False),
    "returns": (1_000_000, True),
    "labour_hours": (10_000, False),
    "planned_hours": (10_000, False),
    "cards": (100_000_000, True),
    "again": (100_000_000, True),
}
_NUMBERS = {"sales": tuple(_LIMITS)[:5], "cards": tuple(_LIMITS)[5:]}
_NUMBER = {".": re.compile(r"[+-]?\d{1,12}(\.\d+)?"), ",": re.compile(r"[+-]?\d{1,12}(,\d+)?")}
_MISSING = {"", "n/a", "na", "-", "null", "none"}
_TABLES = {"sales": ("sale", "hour_at", pa.timestamp("us", tz="UTC")), "cards": ("card_week", "week", pa.date32())}


class SalesMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a file of sales needs to be read: `kind` sales has a row an hour, cards a row a week.

    `time` is when the hour begins, or any day of the week. `repeats`: rows of the same site and hour, such as one a
    till, are an error or added up. The others are columns; what a file does not have stays as it was told before.
    """

    kind: Literal["sales", "cards"]
    source: Name
    site: Source
    time: When
    reader: Literal["csv", "xlsx", "json", "ndjson"] | None = None
    encoding: Encoding | None = None
    decimal: Literal[".", ","] = "."
    repeats: Literal["refuse", "add"] = "refuse"
    transactions: Header | None = None
    sales: Header | None = None
    returns: Header | None = None
    labour_hours: Header | None = None
    planned_hours: Header | None = None
    cards: Header | None = None
    again: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None

    @property
    def numbers(self) -> dict[str, str]:
        """The columns that the mapping names, by what they hold."""
        return {name: column for name in _NUMBERS[self.kind] if (column := getattr(self, name)) is not None}


@dataclass(frozen=True)
class Sales:
    """The rows of a file for the table `name`, and the report on every row of the file."""

    name: str
    rows: pa.Table
    report: dict[str, object]

    def first(self) -> list[dict[str, Any]]:
        """The first rows as they are stored, for somebody who looks before storing; what is empty is left out."""
        return first(self.rows)


def load(text: str) -> SalesMapping:
    """The mapping in a TOML text; MappingError names the key at fault."""
    mapping = converted(text, SalesMapping)
    checked_source("site", mapping.site)
    if not mapping.numbers:
        raise MappingError(f"{', '.join(_NUMBERS[mapping.kind])}: at least one is needed")
    foreign = [name for name in _LIMITS if getattr(mapping, name) and name not in mapping.numbers]
    if foreign:
        raise MappingError(f"{foreign[0]}: not with this kind")
    return mapping


def read(name: str, data: bytes, mapping: SalesMapping) -> Sales:
    """The hours or weeks in a file's bytes; a time that the clocks skipped or showed twice is left out and counted.

    SurveyError names the line and column of the first fault, and then nothing of the file is taken.
    """
    sheet = readers.read(data, mapping.reader, mapping.encoding)
    found: dict[tuple[str, Any], dict[str, float | None]] = {}
    excluded: Counter[str] = Counter()
    read_row = _Row(sheet, mapping)
    for place, cells in sheet.rows:
        verdict = read_row.row(place, cells)
        if isinstance(verdict, str):
            excluded[verdict] += 1
            continue
        key, numbers = verdict
        if key not in found:
            found[key] = numbers
        elif mapping.repeats == "add":
            found[key] = {n: _sum(found[key][n], numbers[n]) for n in numbers}
        else:
            raise SurveyError(f"{sheet.unit} {place}: this site and time stand twice in the file")
    table, column, kind = _TABLES[mapping.kind]
    rows = [{"site": s, column: at, "source": mapping.source, **numbers} for (s, at), numbers in found.items()]
    report = {
        "file": name,
        "source": mapping.source,
        "reader": sheet.reader,
        "rows_in_file": len(sheet.rows),
        "rows_taken": len(sheet.rows) - excluded.total(),
        "excluded": dict(sorted(excluded.items())),
        "first": str(min((at for _, at in found), default=None)),
        "last": str(max((at for _, at in found), default=None)),
        "by_site": _totals(found),
    }
    return Sales(table, pa.Table.from_pylist(rows, schema=_schema(mapping.kind, column, kind)), report)


def report_text(report: Mapping[str, Any]) -> str:
    """The report as lines for a person: rows, reasons and the sums of each site."""
    lines = [
        f"{report['file']}: {report['rows_in_file']} rows, {report['rows_taken']} taken "
        f"({report['source']}, read as {report['reader']})"
    ]
    lines += [f"  left out {count:6d}  {reason}" for reason, count in report["excluded"].items()]
    if report["by_site"]:
        lines.append(f"  from {report['first']} to {report['last']}")
    lines += stored_line(report)
    for site, sums in report["by_site"].items():
        lines.append(f"  {site:12s} " + ", ".join(f"{name} {value:g}" for name, value in sums.items()))
    return "\n".join(lines)


class _Row:
    """Reads one row after the other by the places the mapping's columns have in this sheet."""

    def __init__(self, sheet: Sheet, mapping: SalesMapping) -> None:
        self.unit, self.mapping = sheet.unit, mapping
        self.time = sheet.locate("time.column", mapping.time.column)
        self.site = sheet.locate("site.column", mapping.site.column) if mapping.site.column else None
        self.numbers = {name: sheet.locate(name, column) for name, column in mapping.numbers.items()}
        self.zone = ZoneInfo(mapping.time.zone) if mapping.time.zone not in (None, "file") else None

    def row(self, place: int, cells: Sequence[str]) -> tuple[tuple[str, Any], dict[str, float | None]] | str:
        """The site and hour (or week) of a row with its numbers, or the reason why it does not count."""
        texts = [plain(cell) for cell in cells]
        site = name_in(self.mapping.site, texts[self.site] if self.site is not None else "")
        if site is None:
            return "unknown_site"
        when = self._moment(place, texts[self.time])
        if when.doubt:
            return "time_in_clock_gap" if when.doubt == "gap" else "hour_that_the_clocks_showed_twice"
        numbers = {name: self._number(place, name, texts[column]) for name, column in self.numbers.items()}
        if all(value is None for value in numbers.values()):
            return "empty"
        return (site, self._at(place, when)), numbers

    def _moment(self, place: int, text: str) -> Moment:
        try:
            found = moment(text, self.mapping.time, self.zone)
        except ValueError:
            raise SurveyError("time.zone: needed, the file's times have no offset") from None
        if found is None or found.day is None:
            raise self._fault(place, self.mapping.time.column, "no time in the mapping's format")
        return found

    def _at(self, place: int, when: Moment) -> Any:
        if self.mapping.kind == "cards":
            assert when.day is not None
            return when.day - timedelta(days=when.day.weekday())
        at = when.at
        if at is None or at.minute % 15 or at.second or at.microsecond:
            raise self._fault(place, self.mapping.time.column, "not the beginning of an hour")
        return at.astimezone(UTC)

    def _number(self, place: int, name: str, text: str) -> float | None:
        if text.casefold() in _MISSING:
            return None
        most, whole = _LIMITS[name]
        if not _NUMBER[self.mapping.decimal].fullmatch(text):
            raise self._fault(place, self.mapping.numbers[name], "no number (thousands marked, or another decimal?)")
        value = float(text.replace(",", "."))
        least = -most if name == "sales" else 0
        if not least <= value <= most or (whole and value != int(value)):
            raise self._fault(place, self.mapping.numbers[name], f"no {name} can be like this (columns shifted?)")
        return value

    def _fault(self, place: int, column: str, said: str) -> SurveyError:
        return SurveyError(f"{self.unit} {place}, column '{column}': {said}")


def _sum(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else one + other


def _totals(found: Mapping[tuple[str, Any], Mapping[str, float | None]]) -> dict[str, dict[str, float]]:
    sums: dict[str, Counter[str]] = {}
    for (site, _), numbers in found.items():
        sums.setdefault(site, Counter()).update({name: value for name, value in numbers.items() if value is not None})
        sums[site]["rows"] += 1
    return {site: dict(sorted(total.items())) for site, total in sorted(sums.items())}


def _schema(kind: str, column: str, type_: Any) -> pa.Schema:
    numbers = [(name, pa.int64() if _LIMITS[name][1] else pa.float64()) for name in _NUMBERS[kind]]
    return pa.schema([("site", pa.string()), (column, type_), ("source", pa.string()), *numbers])


def is_sales(text: str) -> bool:
    """Whether a mapping's text is one of sales or cards; any other is one of a survey."""
    try:
        return msgspec.toml.decode(text).get("kind") in _TABLES
    except (msgspec.DecodeError, AttributeError):
        return False
