"""Tables that people hand over as text: columns found by their names, in whatever order and with whatever else."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from edge.plan import PlanError

_DELIMITERS = ",;\t"


def rows(
    lines: Iterable[str], where: str, needed: Sequence[str], wanted: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells of the columns `needed` and `wanted`, "" where there is none) of each line of a table.

    The first line that is neither empty nor a comment (#) is the heading if it names one of the columns; without
    one, cells count by their place. PlanError: a needed column is missing. Extra columns are passed over, a line
    that is too short has empty cells.
    """
    names = [*needed, *wanted]
    places: list[int] | None = None
    delimiter = ","
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("\ufeff")
        if not text or text.startswith("#"):
            continue
        if places is None:
            delimiter = max(_DELIMITERS, key=text.count)
            places, is_heading = _places(_cells(text, delimiter), names, len(needed), where)
            if is_heading:
                continue
        cells = _cells(text, delimiter)
        yield number, [cells[place] if 0 <= place < len(cells) else "" for place in places]


def _cells(text: str, delimiter: str) -> list[str]:
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter))]
    except csv.Error:
        return []


def _places(cells: list[str], names: list[str], needed: int, where: str) -> tuple[list[int], bool]:
    """Where each column stands (-1: nowhere), and whether the line was a heading."""
    heading = [cell.lower() for cell in cells]
    if not set(heading) & set(names):
        return list(range(len(names))), False
    for name in names[:needed]:
        if name not in heading:
            raise PlanError(f"{where}: the column {name} is missing")
    return [heading.index(name) if name in heading else -1 for name in names], True
