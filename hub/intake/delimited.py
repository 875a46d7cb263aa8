"""Survey files of delimited text: bytes to rows of cells, whatever the encoding and the delimiter."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from hub.intake import dialects
from hub.intake.dialects import Row
from hub.intake.sheets import Sheet, SurveyError

_DELIMITERS = ",;\t|"
_LOOKED_AT = 50  # rows by which a delimiter is told
_SEP = re.compile(r'"?sep=(.)"?\n', re.IGNORECASE)  # Excel writes such a line over a table and reads it again


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
    if b"\x00" in data[:4]:
        # Two bytes a letter without a mark: where the empty byte stands says which comes first.
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", errors="replace")
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
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    told = _SEP.match(text)
    delimiter = told[1] if told else _delimiter(text)
    rows = _all_rows(text[told.end() :] if told else text, delimiter, 2 if told else 1)
    if not rows:
        raise SurveyError("the file is empty")
    found = dialects.sheet(rows, reader)
    if text.endswith("\n"):
        return found
    return replace(found, doubts=("the last line has no end: is the file whole?",))


def _all_rows(text: str, delimiter: str, begins: int) -> list[Row]:
    try:
        return list(_rows(text, delimiter, begins))
    except SurveyError:
        # Some programs put a backslash before a quote where CSV wants it twice.
        if '\\"' not in text:
            raise
        return list(_rows(text, delimiter, begins, slashed=True))


def _rows(text: str, delimiter: str, begins: int, *, slashed: bool = False) -> Iterator[Row]:
    """The rows with the line each begins on. Only real line ends split: a free text may hold other separators."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    escape = "\\" if slashed else None
    parsed = csv.reader(lines, delimiter=delimiter, strict=True, escapechar=escape, doublequote=not slashed)
    over = begins - 1
    while True:
        try:
            cells = next(parsed)
        except StopIteration:
            return
        except csv.Error:
            raise SurveyError(f"line {begins}: a quoted text is broken or never ends (half a file?)") from None
        if cells:
            yield begins, cells
        begins = parsed.line_num + 1 + over


def _delimiter(text: str) -> str:
    """The delimiter by which the first rows have the most columns, and all of them as many; else the header's most
    frequent one.
    """
    line = text.partition("\n")[0]
    bare = re.sub(r'"[^"]*"', "", line)
    likely = [delimiter for delimiter in _DELIMITERS if delimiter in bare]
    even = {delimiter: width for delimiter in likely if (width := _even(text, delimiter)) > 1}
    if even:
        return max(even, key=lambda delimiter: even[delimiter])
    return max(_DELIMITERS, key=bare.count)


def _even(text: str, delimiter: str) -> int:
    """How many columns the first rows have where nearly all have as many; else 0."""
    try:
        widths = [len(cells) for _, cells in islice(_rows(text, delimiter, 1), _LOOKED_AT)]
    except SurveyError:
        return 0
    (width, often), *_ = Counter(widths).most_common(1)
    return width if often >= 0.9 * len(widths) else 0
