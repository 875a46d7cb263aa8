"""Survey files of delimited text: plain CSV and the vendors' two and three header rows."""

import csv
import re
from collections.abc import Iterator, Sequence

import msgspec

from hub.intake.sheets import Sheet, SurveyError, named

Row = tuple[int, list[str]]


def text_of(data: bytes, encoding: str | None) -> str:
    """The text of a file: as told, else by its byte order mark, else UTF-8, else Windows 1252.

    A byte that Windows 1252 does not know becomes a replacement sign; old exports hold such bytes in free text.
    SurveyError where some lines are UTF-8 and others are not: read as either, one of them would come out wrong.
    """
    if encoding:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise SurveyError(f"encoding: the file is not {encoding}") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse_mixed(data)
        return data.decode("cp1252", errors="replace")


def _refuse_mixed(data: bytes) -> None:
    """SurveyError naming the first line that is no UTF-8, in a file that has lines with letters of UTF-8 as well."""
    other, encoded = 0, False
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            encoded = True
        except UnicodeDecodeError:
            other = other or number
    if other and encoded:
        raise SurveyError(f"line {other}: not in the encoding of the other lines (give `encoding`, or mend the file)")


def read(text: str, reader: str | None) -> Sheet:
    """The sheet in a delimited text; the dialect shows in its header rows and must be `reader` where one is given."""
    rows = list(_rows(text))
    if not rows:
        raise SurveyError("the file is empty")
    width = _width([cells for _, cells in rows])
    kind = _dialect([cells for _, cells in rows[:3]])
    if reader not in (None, "csv", kind):
        raise SurveyError(f"line 1: the header rows are not those of {reader}")
    kind = reader or kind
    heads = {"qualtrics": 2 + (len(rows) > 2 and _import_ids(rows[2][1])), "surveymonkey": 2}.get(kind, 1)
    if len(rows) < heads:
        raise SurveyError(f"line {len(rows)}: the file ends within its header rows")
    header = [_fitted(line, cells, width) for line, cells in rows[:heads]]
    body = tuple((line, _fitted(line, cells, width)) for line, cells in rows[heads:])
    names, zone = _names(kind, header)
    return Sheet(reader=kind, columns=names, rows=body, zone=zone)


def _rows(text: str) -> Iterator[Row]:
    """The rows with the line each begins on. Only real line ends split: a free text may hold other separators."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text.replace("\r\n", "\n").replace("\r", "\n"))
    parsed = csv.reader(lines, delimiter=_delimiter(lines[0] if lines else ""), strict=True)
    begins = 1
    while True:
        try:
            cells = next(parsed)
        except StopIteration:
            return
        except csv.Error:
            raise SurveyError(f"line {begins}: a quoted text is broken or never ends (half a file?)") from None
        if cells:
            yield begins, cells
        begins = parsed.line_num + 1


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",;\t|", key=bare.count)


def _width(rows: list[list[str]]) -> int:
    """How many columns there are. One without any text at the right end is only a trailing separator.

    A header cell may be empty and its column full: the further answers to one question.
    """
    wide = len(rows[0])
    spare = wide > 1 and not any(len(cells) >= wide and cells[wide - 1].strip() for cells in rows)
    return wide - 1 if spare else wide


def _fitted(line: int, cells: list[str], width: int) -> list[str]:
    if len(cells) < width:
        raise SurveyError(f"line {line}: {len(cells)} of {width} columns (half a file, or another delimiter?)")
    if any(cell.strip() for cell in cells[width:]):
        raise SurveyError(f"line {line}, column {width + 1}: more columns than the header has")
    return cells[:width]


def _dialect(head: Sequence[list[str]]) -> str:
    if len(head) > 2 and _import_ids(head[2]):
        return "qualtrics"
    first, second = head[0], head[1] if len(head) > 1 else []
    if first[0] == "V1" and second and second[0] in {"ResponseID", "ResponseId"}:
        return "qualtrics"
    if "Response" in second and first[0].replace(" ", "").casefold() == "respondentid":
        return "surveymonkey"
    if all(re.match(r"\w+\. ", name) for name in first):
        return "limesurvey"
    return "csv"


def _import_ids(cells: list[str]) -> bool:
    return cells[0].startswith('{"ImportId"')


def _names(kind: str, header: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    """The names of the columns in this dialect, and the zone of its times where the header states it."""
    if kind == "surveymonkey":
        return _questions(*header), None
    if kind == "limesurvey":
        codes = [name.split(". ", 1) for name in header[0]]
        return named([code[0] for code in codes], [code[-1] for code in codes], header[0]), None
    if kind == "qualtrics" and len(header) == 3:
        return _imported(header)
    return named(*header), None


def _questions(first: list[str], second: list[str]) -> tuple[tuple[str, ...], ...]:
    """A question stands once over its answers and is carried to the right: `question`, or `question | answer`."""
    carried, question = [], ""
    for name in first:
        question = name.strip() or question
        carried.append(question)
    whole = [q if a.strip() in {"", "Response", q} else f"{q} | {a}" for q, a in zip(carried, second, strict=True)]
    return named(whole, second)


def _imported(header: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    try:
        told = [msgspec.json.decode(cell, type=dict[str, object]) for cell in header[2]]
    except msgspec.DecodeError:
        raise SurveyError("line 3: the third header row is broken") from None
    zones = {str(cell["timeZone"]) for cell in told if "timeZone" in cell}
    ids = [str(cell.get("ImportId", "")) for cell in told]
    return named(header[0], header[1], ids), zones.pop() if len(zones) == 1 else None
