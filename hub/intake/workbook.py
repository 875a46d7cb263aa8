"""Survey files of Excel workbooks: the first sheet, read with the standard library and with limits on every size."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

import pyarrow as pa

from hub.intake.sheets import Sheet, SurveyError, named

LARGEST, WIDEST, MOST_CELLS = 96_000_000, 1000, 5_000_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(data: bytes) -> Sheet:
    """The first sheet of a workbook: row 1 has the headers, numbers and dates come as the numbers they are.

    SurveyError for anything that is no such workbook, is broken, or would grow beyond the limits when unpacked.
    """
    try:
        archive = zipfile.ZipFile(pa.BufferReader(data))
        parts = {part.filename: part for part in archive.infolist()}
        shared = _shared(_xml(data, parts["xl/sharedStrings.xml"])) if "xl/sharedStrings.xml" in parts else []
        grid = list(_grid(_xml(data, parts[_first_sheet(data, parts)]), shared))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError, IndexError, struct.error, zlib.error):
        raise SurveyError("the workbook is broken or holds no sheet (half a file?)") from None
    if not grid:
        raise SurveyError("row 1: the sheet is empty")
    header = grid[0][1]
    rows = [(at, _fitted(at, cells, len(header))) for at, cells in grid[1:]]
    return Sheet(reader="xlsx", columns=named(header), rows=tuple(rows), unit="row")


def _fitted(at: int, cells: list[str], width: int) -> list[str]:
    if any(cell.strip() for cell in cells[width:]):
        raise SurveyError(f"row {at}, column {width + 1}: more columns than the header has")
    return cells[:width] + [""] * (width - len(cells))


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> bytes:
    """The bytes of a part, never more than the limit: the size a bomb states about itself is not believed."""
    names = struct.unpack_from("<HH", data, part.header_offset + 26)
    begin = part.header_offset + 30 + sum(names)
    raw = data[begin : begin + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        out = raw
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        out = zlib.decompressobj(-15).decompress(raw, LARGEST + 1)
    else:
        raise zipfile.BadZipFile
    if len(out) > LARGEST:
        raise SurveyError("the workbook is too large when unpacked")
    if zlib.crc32(out) != part.CRC:
        raise zipfile.BadZipFile
    return out


def _xml(data: bytes, part: zipfile.ZipInfo) -> ElementTree.Element:
    text = _unpacked(data, part)
    # Neither Excel nor a form service writes a document type; entities are how XML is made to explode.
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SurveyError("the workbook holds XML that no spreadsheet writes")
    return ElementTree.fromstring(text)


def _first_sheet(data: bytes, parts: dict[str, zipfile.ZipInfo]) -> str:
    first = _xml(data, parts["xl/workbook.xml"]).find(f"{_MAIN}sheets/{_MAIN}sheet")
    wanted = first.get(_RELATION) if first is not None else None
    for relation in _xml(data, parts["xl/_rels/workbook.xml.rels"]):
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError("sheet")


def _shared(root: ElementTree.Element) -> list[str]:
    return [_text(item) for item in root.iter(f"{_MAIN}si")]


def _text(item: ElementTree.Element) -> str:
    """All runs of a rich text in a row, without the phonetic readings some languages add."""
    runs = item.findall(f"{_MAIN}t") + item.findall(f"{_MAIN}r/{_MAIN}t")
    return "".join(run.text or "" for run in runs)


def _grid(root: ElementTree.Element, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    cells = 0
    for at, row in enumerate(root.iter(f"{_MAIN}row"), start=1):
        line: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
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
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return _text(inline) if inline is not None else ""
    if kind == "s":
        return shared[int(value)]
    if kind == "b":
        return "true" if value == "1" else "false"
    return "" if kind == "e" else value
