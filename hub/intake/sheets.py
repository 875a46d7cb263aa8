"""A survey file as a table of texts, whatever it was: headers with all their names, and rows with their place."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SPACES = dict.fromkeys((160, 8199, 8201, 8239), " ") | dict.fromkeys((0x200B, 0x200E, 0x200F, 0xFEFF))


class SurveyError(Exception):
    """A file cannot be taken in, and nothing of it was; the text names line and column, never a value."""


@dataclass(frozen=True)
class Sheet:
    """The rows of a survey file. Every column answers to one or more names; `unit` is what the row numbers count.

    `doubts` are what somebody should look at again, in words.
    """

    reader: str
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[int, Sequence[str]], ...]
    unit: str = "line"
    zone: str | None = None
    doubts: tuple[str, ...] = ()

    def locate(self, key: str, column: str) -> int:
        """The index of the column that a mapping's `key` names by text, second name or position (`#3`).

        SurveyError where there is none, or more than one that a name could mean.
        """
        wanted = clean(column).casefold()
        for level in range(max(map(len, self.columns), default=0)):
            found = [i for i, names in enumerate(self.columns) if names[level : level + 1] == (wanted,)]
            if len(found) > 1:
                places = ", ".join(f"#{i + 1}" for i in found[:6])
                raise SurveyError(f"{key}: {len(found)} columns have this header ({places}); name it by position")
            if found:
                return found[0]
        position = re.fullmatch(r"#(\d+)", wanted)
        if position and 1 <= int(position[1]) <= len(self.columns):
            return int(position[1]) - 1
        raise SurveyError(f"{key}: the file has no such column")


def plain(cell: str) -> str:
    """A cell without outer space, every kind of space an ordinary one, and without signs that nobody sees."""
    return cell.translate(_SPACES).strip()


def clean(header: str) -> str:
    """A header without markup, no-break spaces and doubled space, so that it can be typed into a mapping."""
    return " ".join(html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", header)).split())


def named(*rows: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The names of each column, from one or more header rows of equal length, most important first."""
    return tuple(tuple(clean(name).casefold() for name in names) for names in zip(*rows, strict=True))


def records(
    reader: str, unit: str, items: Sequence[tuple[int, Mapping[str, str]]], titles: Mapping[str, str] | None = None
) -> Sheet:
    """A sheet of records that name their own fields; a field a record lacks is empty. `titles` are second names."""
    names = list(dict.fromkeys(name for _, item in items for name in item))
    if not names:
        raise SurveyError("the file has no answers in it")
    return Sheet(
        reader=reader,
        columns=named(names, [(titles or {}).get(name, name) for name in names]),
        rows=tuple((at, [item.get(name, "") for name in names]) for at, item in items),
        unit=unit,
    )
