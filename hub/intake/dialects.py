"""Which vendor's header rows a table has, and the names of its columns by them."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from hub.intake.sheets import Sheet, SurveyError, clean, named

Row = tuple[int, list[str]]
VENDORS = ("qualtrics", "surveymonkey", "limesurvey")
_IMPORT_ID = re.compile(r'\{\s*"ImportId"\s*:')
_CODE = re.compile(r"([\w\[\]-]+)\.(?: (.*)|$)", re.DOTALL)
_STAMPS = ("startdate", "enddate", "recordeddate")  # columns of every Qualtrics export, and never words below


def sheet(rows: Sequence[Row], reader: str | None, plain: str = "csv", unit: str = "line") -> Sheet:
    """The sheet in the rows of a table, header rows first; a vendor that is named as `reader` must have written it.

    `plain` is what a table with one row of headers is called.
    """
    head = [cells for _, cells in rows[:3]]
    kind = _dialect(head)
    if reader in VENDORS and not (kind == reader or (kind is None and _could_be(reader, head))):
        raise SurveyError(f"{unit} 1: the header rows are not those of {reader}")
    vendor = None if reader == plain else reader or kind
    heads = 1 if vendor is None else _heads(vendor, head)
    if len(rows) < heads:
        raise SurveyError(f"{unit} {len(rows)}: the file ends within its header rows")
    width = _width([cells for _, cells in rows])
    header = [fitted(unit, line, cells, width) for line, cells in rows[:heads]]
    body = tuple((line, fitted(unit, line, cells, width)) for line, cells in rows[heads:])
    names, zone = _names(vendor, header)
    return Sheet(
        reader=vendor if vendor and plain == "csv" else plain, columns=names, rows=body, zone=zone, unit=unit
    )


def _width(rows: list[list[str]]) -> int:
    """How many columns there are. One without any text at the right end is only a trailing separator.

    A header cell may be empty and its column full: the further answers to one question.
    """
    wide = len(rows[0])
    spare = wide > 1 and not any(len(cells) >= wide and cells[wide - 1].strip() for cells in rows)
    return wide - 1 if spare else wide


def fitted(unit: str, line: int, cells: list[str], width: int) -> list[str]:
    """The cells of a row in a table of this width; SurveyError where there are fewer, or more with a text in them."""
    if len(cells) < width:
        raise SurveyError(f"{unit} {line}: {len(cells)} of {width} columns (half a file, or another delimiter?)")
    if any(cell.strip() for cell in cells[width:]):
        raise SurveyError(f"{unit} {line}, column {width + 1}: more columns than the header has")
    return cells[:width]


def _dialect(head: Sequence[list[str]]) -> str | None:
    """The vendor that the first rows show; None for a table with one row of headers that could be anybody's."""
    first, second = head[0], head[1] if len(head) > 1 else []
    if (len(head) > 2 and _import_ids(head[2])) or _legacy(first, second) or _worded(first, second):
        return "qualtrics"
    if _respondents(first) and second and (_words(second[0]) or "Response" in second):
        return "surveymonkey"
    if all(_CODE.fullmatch(name.strip()) for name in first if name.strip()):
        return "limesurvey"
    return None


def _could_be(reader: str, head: Sequence[list[str]]) -> bool:
    """Whether a table without the vendor's usual marks can still be its: fewer header rows, another language."""
    first, second = head[0], head[1] if len(head) > 1 else []
    names = {clean(name).casefold() for name in first}
    if reader == "qualtrics":
        return "responseid" in names and bool(names & set(_STAMPS))
    if reader == "surveymonkey":
        return _respondents(first) or bool(second and _words(second[0]) and len(first) == len(second))
    return bool(names & {"submitdate", "lastpage", "startlanguage"})


def _heads(vendor: str, head: Sequence[list[str]]) -> int:
    first, second = head[0], head[1] if len(head) > 1 else []
    if vendor == "qualtrics":
        if len(head) > 2 and _import_ids(head[2]):
            return 3
        return 2 if _legacy(first, second) or _worded(first, second) else 1
    return 2 if vendor == "surveymonkey" and bool(second) and (_words(second[0]) or "Response" in second) else 1


def _legacy(first: list[str], second: list[str]) -> bool:
    return first[0] == "V1" and bool(second) and second[0].casefold() == "responseid"


def _worded(first: list[str], second: list[str]) -> bool:
    """Whether the second row says in words what the first says in Qualtrics' short names."""
    below = {clean(name).casefold(): text for name, text in zip(first, second, strict=False)}
    return "responseid" in below and any(_words(below[stamp]) for stamp in _STAMPS if below.get(stamp))


def _words(text: str) -> bool:
    return not re.search(r"\d", text)


def _respondents(first: list[str]) -> bool:
    return clean(first[0]).replace(" ", "").casefold() == "respondentid"


def _import_ids(cells: list[str]) -> bool:
    return bool(_IMPORT_ID.match(cells[0].strip()))


def _names(vendor: str | None, header: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    """The names of the columns in this dialect, and the zone of its times where the header states it."""
    if vendor == "surveymonkey" and len(header) == 2:
        return _questions(*header), None
    if vendor == "limesurvey":
        codes = [found.groups() if (found := _CODE.fullmatch(name.strip())) else (name, name) for name in header[0]]
        return named([code for code, _ in codes], [text or code for code, text in codes], header[0]), None
    if vendor == "qualtrics" and len(header) == 3:
        return _imported(header)
    return named(*header), None


def _questions(first: list[str], second: list[str]) -> tuple[tuple[str, ...], ...]:
    """A question stands once over its answers and is carried to the right: `question`, or `question | answer`.

    A question with one column answers to its own text too, whatever stands below it.
    """
    carried = list(_carried(first))
    whole = [q if a.strip() in {"", "Response", q} else f"{q} | {a}" for q, a in zip(carried, second, strict=True)]
    return named(whole, second, [q if carried.count(q) == 1 else "" for q in carried])


def _carried(first: list[str]) -> Iterator[str]:
    question = ""
    for name in first:
        question = name.strip() or question
        yield question


def _imported(header: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    try:
        told = [msgspec.json.decode(cell, type=dict[str, object]) if cell.strip() else {} for cell in header[2]]
    except msgspec.DecodeError:
        raise SurveyError("line 3: the third header row is broken") from None
    zones = {str(cell["timeZone"]) for cell in told if "timeZone" in cell}
    ids = [str(cell.get("ImportId", "")) for cell in told]
    return named(header[0], header[1], ids), zones.pop() if len(zones) == 1 else None
