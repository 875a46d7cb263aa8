"""Survey files of Excel workbooks: the first sheet, read with the standard library and with limits on every size."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa

from hub.intake import dialects
from hub.intake.sheets import Sheet, SurveyError

LARGEST, WIDEST, MOST_CELLS = 96_000_000, 1000, 5_000_000
_CHUNK = 1 << 18
_MOST_ROWS, _MOST_INSIDE = 1_048_576, 100_000  # of a sheet; elements within one row or text, of which few have 1,000
_RELATION = re.compile(r"\{.*/relationships\}id")
_BOMB = "the workbook is too large when unpacked"


def read(data: bytes, reader: str | None = None) -> Sheet:
    """The first sheet of a workbook: row 1 has the headers, numbers and dates come as the numbers they are.

    The vendors' two header rows are known as in CSV. SurveyError for anything that is no such workbook, is broken, or
    would grow beyond the limits when unpacked.
    """
    try:
        archive = zipfile.ZipFile(pa.BufferReader(data))
        parts = {part.filename: part for part in archive.infolist()}
        shared = list(_shared(data, parts["xl/sharedStrings.xml"])) if "xl/sharedStrings.xml" in parts else []
        grid = list(_grid(data, parts[_first_sheet(data, parts)], shared))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError, IndexError, struct.error, zlib.error):
        raise SurveyError("the workbook is broken or holds no sheet (half a file?)") from None
    if not grid:
        raise SurveyError("row 1: the sheet is empty")
    width = len(grid[0][1])
    rows = [(at, cells + [""] * (width - len(cells))) for at, cells in grid]
    return dialects.sheet(rows, reader, plain="xlsx", unit="row")


def _pieces(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part's bytes, piece by piece, never more than the limit: what a bomb says of its size is not believed."""
    names = struct.unpack_from("<HH", data, part.header_offset + 26)
    begin = part.header_offset + 30 + sum(names)
    raw = data[begin : begin + part.compress_size]
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile
    if part.compress_type == zipfile.ZIP_STORED:
        yield from (raw[at : at + _CHUNK] for at in range(0, len(raw), _CHUNK))
        return
    packed, size, check = zlib.decompressobj(-15), 0, 0
    while not packed.eof and (out := packed.decompress(raw, _CHUNK)):
        raw, size, check = packed.unconsumed_tail, size + len(out), zlib.crc32(out, check)
        if size > LARGEST:
            raise SurveyError(_BOMB)
        yield out
    if check != part.CRC:
        raise zipfile.BadZipFile


def _elements(data: bytes, part: zipfile.ZipInfo, wanted: str = "") -> Iterator[ElementTree.Element]:
    """Each element of a name (or each) in a part, as soon as it is whole; what was given away is forgotten."""
    parser: Any = ElementTree.XMLPullParser(("start", "end"))
    opened = list[ElementTree.Element]()
    before, inside = b"", 0
    for piece in _pieces(data, part):
        # Neither Excel nor a form service writes a document type; entities are how XML is made to explode.
        seen = before + piece
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or (not before and piece[:2] in (b"\xff\xfe", b"\xfe\xff")):
            raise SurveyError("the workbook holds XML that no spreadsheet writes")
        before = piece[-16:]
        parser.feed(piece)
        for event, element in parser.read_events():
            if event == "start":
                opened.append(element)
                inside += 1
                if inside > _MOST_INSIDE:
                    raise SurveyError(_BOMB)
                continue
            opened.pop()
            if wanted in ("", _name(element)):
                yield element
                inside = 0
                if opened:
                    opened[-1].clear()
    parser.close()


def _name(element: ElementTree.Element) -> str:
    """An element's name without its namespace, of which there are two kinds."""
    return str(element.tag).rpartition("}")[2]


def _first_sheet(data: bytes, parts: dict[str, zipfile.ZipInfo]) -> str:
    if any(
        found.get("date1904") in ("1", "true") for found in _elements(data, parts["xl/workbook.xml"], "workbookPr")
    ):
        raise SurveyError("the workbook counts its days from 1904: save it with the 1900 date system")
    sheets = list(_elements(data, parts["xl/workbook.xml"], "sheet"))
    wanted = next((value for key, value in sheets[0].attrib.items() if _RELATION.fullmatch(key)), None)
    for relation in _elements(data, parts["xl/_rels/workbook.xml.rels"]):
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError("sheet")


def _shared(data: bytes, part: zipfile.ZipInfo) -> Iterator[str]:
    yield from (_text(item) for item in _elements(data, part, "si"))


def _text(item: ElementTree.Element) -> str:
    """All runs of a rich text in a row, without the phonetic readings some languages add."""
    runs = [run for run in item if _name(run) == "t"]
    runs += [run for rich in item if _name(rich) == "r" for run in rich if _name(run) == "t"]
    return "".join(run.text or "" for run in runs)


def _grid(data: bytes, part: zipfile.ZipInfo, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    cells = 0
    for at, row in enumerate(_elements(data, part, "row"), start=1):
        if at > _MOST_ROWS:
            raise SurveyError(_BOMB)
        line: list[str] = []
        for cell in row:
            column = _column(cell.get("r"), len(line))
            if column >= WIDEST:
                raise SurveyError(f"row {at}: more than {WIDEST} columns")
            line += [""] * (column - len(line)) + [_value(cell, shared)]
        cells += len(line)
        if cells > MOST_CELLS:
            raise SurveyError("the sheet has too many cells")
        if any(part.strip() for part in line):
            yield int(row.get("r", at)), line


def _column(reference: str | None, following: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference or "")
    if not letters:
        return following
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return max(number - 1, following)


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    inside = {_name(part): part for part in cell}
    kind, value = cell.get("t", "n"), (inside["v"].text or "") if "v" in inside else ""
    if kind == "inlineStr":
        return _text(inside["is"]) if "is" in inside else ""
    if kind == "s":
        return shared[int(value)]
    if kind == "b":
        return "true" if value == "1" else "false"
    return "" if kind == "e" else value
