"""A mapping to begin with: what the columns of a survey file look like, written as TOML for its owner to finish.

Nothing is decided that the file leaves open: where two columns could be meant, both are named and neither is taken.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.intake import readers
from hub.intake.columns import When
from hub.intake.moments import NEVER, moment
from hub.intake.personal import is_personal
from hub.intake.sheets import Sheet, plain
from hub.intake.steps import step

_UTC = ZoneInfo("UTC")
_ENOUGH = 0.9  # of the cells that are filled
_MOST_SITES = 200
_KNOWN = {"AM", "PM", "UTC", "GMT"}
_WORDS = {
    "nps": r"recommend|weiterempfehl|recommand|recomend|consigli|raccomand|aanbevel|anbefal|rekommend|suosit|polec"
    r"|doporu|tavsiye|порекоменд|勧め|すすめ|推荐|추천|(?<![a-z])(?:nps|ltr)(?![a-z])",
    "csat": r"satisf|zufrieden|content|happy|soddisf|tevreden|tilfreds|nöjd|tyytyväi|zadowol|spokojen|memnun"
    r"|удовлетвор|満足|满意|만족|\brate\b|\brating\b|(?<![a-z])[co]sat(?![a-z])",
    "ces": r"eas[ey]|effort|leicht|einfach|facil|fácil|makkelijk|enkel|\blätt|\bnemt\b|helppo|łatw|snadn|kolay|легк"
    r"|簡単|容易|\bces\b",
    "site": r"store|shop|site|branch|filial|location|magasin|boutique|tienda|sucursal|negozio|winkel|butik|myymäl"
    r"|sklep|pobočk|mağaza|магазин|店舗|门店|매장|unit|experiencepoint",
    "comment": r"comment|kommentar|anything else|tell us|feedback|verbatim|bemerkung|anmerkung|noch etwas|remar[kq]"
    r"|observa|osservazion|opmerking|uwagi|poznám|yorum|комментар|コメント|ご意見|评论|의견",
    "id": r"^#$|\bid\b|(?:response|feedback) ?id|respondent ?id|survey ?id|token|^key$",
    "time": r"time|date|submitted|recorded|zeit|datum|fecha|heure|horodat|temporal|cronologic|tijd|tidsst|tidpunkt"
    r"|aikaleima|czas|zaman|время|日時|タイムスタンプ|时间|^when$|^tst$",
}
_NOT_AN_ANSWER = r"start|landed|created|duration|total_time|network|collector|\bip\b"
_FORMATS = (
    *("iso", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"),
    *("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %I:%M:%S %p"),
    *("%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M"),
    *("%d-%b-%Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "excel", "unix"),
)


class _Column(NamedTuple):
    name: str  # as a mapping would write it
    names: tuple[str, ...]
    cells: Sequence[str]  # the filled ones

    def says(self, what: str) -> bool:
        return any(re.search(_WORDS[what], name) and not re.search(_NOT_AN_ANSWER, name) for name in self.names)

    def holds(self, right: Callable[[str], bool]) -> bool:
        return bool(self.cells) and sum(map(right, self.cells)) >= _ENOUGH * len(self.cells)

    def numbers(self) -> set[int]:
        return {number for cell in self.cells if (number := step(cell)) is not None}


def suggest(name: str, data: bytes, reader: str | None = None) -> str:
    """A mapping in TOML for a survey file, with what its owner must decide marked `?`.

    Of the answers nothing is repeated but the names of the shops and the steps of a scale in words. SurveyError where
    the file cannot be read.
    """
    sheet = readers.read(data, reader)
    columns = _columns(sheet)
    lines = [
        f"# A mapping for files like {json.dumps(name)}, by the looks of one. Finish what is marked ?, then try",
        "# instore-hub import FILE --mapping NAME --dry-run",
        'source = "?"                 # a name for this survey',
        f"reader = {json.dumps(sheet.reader)}",
        *_chosen(
            "id",
            [c for c in columns if c.says("id") and len(set(c.cells)) >= _ENOUGH * len(sheet.rows) > 0],
            _one("id"),
        ),
        *_chosen("comment", [c for c in columns if c.says("comment") and _wordy(c)], _one("comment")),
        f"personal = {json.dumps([c.name for c in columns if is_personal(c.names)], ensure_ascii=False)}",
        *("", "[channel]", 'constant = "?"               # kiosk, qr or email'),
        *_chosen("site", [c for c in columns if _is_site(c)], _site),
        *_chosen("time", _times(columns), lambda c: _time(c, sheet)),
        *_scores(columns),
    ]
    return "\n".join(lines) + "\n"


def _columns(sheet: Sheet) -> list[_Column]:
    found = []
    for i, names in enumerate(sheet.columns):
        cells = [text for _, row in sheet.rows if (text := plain(row[i]))]
        first = [other[0] for other in sheet.columns if other]
        written = names[0] if names and names[0] and first.count(names[0]) == 1 else f"#{i + 1}"
        found.append(_Column(written, names, cells))
    return found


def _scores(columns: list[_Column]) -> list[str]:
    open_ended = [c for c in columns if c.holds(lambda cell: step(cell) is not None)]
    wide = [c for c in open_ended if max(c.numbers()) <= 10 and not c.says("csat") and not c.says("ces")]
    lines = _chosen(
        "nps", [c for c in wide if c.says("nps")] or [c for c in wide if 10 in c.numbers()], _scale("nps")
    )
    for key in ("csat", "ces"):
        lines += _chosen(key, [c for c in columns if c.says(key) and 1 < len(set(c.cells)) <= 11], _scale(key))
    return lines


def _chosen(key: str, found: list[_Column], write: Callable[[_Column], list[str]]) -> list[str]:
    """The lines for the one column that is meant; where it is none or several, a line that says so."""
    if len(found) == 1:
        return write(found[0])
    if found:
        these = ", ".join(json.dumps(c.name, ensure_ascii=False) for c in found[:6])
        return [f"# ? {key}: {len(found)} columns look like it: {these}. Name the one that is meant."]
    return [f"# ? {key}: no column looks like it."]


def _one(key: str) -> Callable[[_Column], list[str]]:
    return lambda column: [f"{key} = {_text(column.name)}"]


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _site(column: _Column) -> list[str]:
    names = ", ".join(f'{_text(cell)} = "?"' for cell in sorted(set(column.cells)))
    note = "# the hub's id of each shop; a text that is not here does not count"
    return ["", "[site]", f"column = {_text(column.name)}", f"values = {{ {names} }}  {note}"]


def _is_site(column: _Column) -> bool:
    other = is_personal(column.names) or any(column.says(key) for key in ("nps", "csat", "ces", "comment"))
    return column.says("site") and not other and 0 < len(set(column.cells)) <= _MOST_SITES


def _times(columns: list[_Column]) -> list[_Column]:
    """The columns of times; when an answer was begun only where nothing says when it was given."""
    named = [c for c in columns if any(re.search(_WORDS["time"], name) for name in c.names) and _formats(c)]
    return [c for c in named if c.says("time")] or named


def _letters(column: _Column) -> list[str]:
    """The last words of the cells that can only be letters for a zone, such as CET."""
    last = {cell.rpartition(" ")[2] for cell in column.cells[:500]}
    return sorted(word for word in last if re.fullmatch(r"[A-Z]{2,5}", word) and word not in _KNOWN)


def _formats(column: _Column) -> list[str]:
    """The formats in which every cell is a time; more than one where no cell tells day and month apart."""
    sample, zones = column.cells[:500], dict.fromkeys(_letters(column), "+00:00")
    found = [
        form
        for form in _FORMATS
        if sample
        and all(
            moment(cell, When(column="x", format=form, abbreviations=zones), _UTC) not in (None, NEVER)
            for cell in sample
        )
    ]
    return ["iso"] if "iso" in found else found


def _time(column: _Column, sheet: Sheet) -> list[str]:
    found = _formats(column)
    lines = ["", "[time]", f"column = {_text(column.name)}", f"format = {_text(found[0])}"]
    if len(found) > 1:
        lines[-1] = f'format = "?"                 # these all fit: {", ".join(found)}'
    if letters := _letters(column):
        offsets = ", ".join(f'{word} = "?"' for word in letters)
        return [*lines, f"abbreviations = {{ {offsets} }}   # the offset of each, such as +01:00"]
    if sheet.zone:
        return [*lines, 'zone = "file"                # the export names it']
    offset = re.compile(r"(?:Z|UTC|(?:GMT|[+-]\d\d:?\d\d)(?:[+-]\d+)?)$")
    return (
        lines
        if found == ["unix"] or column.holds(lambda cell: bool(offset.search(cell)))
        else [*lines, 'zone = "?"                   # such as Europe/Berlin']
    )


def _scale(key: str) -> Callable[[_Column], list[str]]:
    return lambda column: ["", f"[{key}]", f"column = {_text(column.name)}", *_steps(key, column)]


def _steps(key: str, column: _Column) -> list[str]:
    numbers = column.numbers()
    if not column.holds(lambda cell: step(cell) is not None):
        labels = ", ".join(f"{_text(cell)} = ?" for cell in sorted(set(column.cells)))
        return [f"labels = {{ {labels} }}  # the number of each, the best is the highest"]
    if key == "nps":
        return []
    lowest = min(numbers, default=1)
    usual = 5 if key == "csat" else 7
    steps = max(max(numbers, default=0) - min(lowest, 1) + 1, 2)
    said = [f"lowest = {min(lowest, 1)}"] if lowest == 0 else []
    if steps != usual:
        said.append(f"scale = {steps}                   # ? seen up to {max(numbers, default=0)}")
    return [*said, "# reversed = true            # where the lowest number is the best"]


def _wordy(column: _Column) -> bool:
    return any(" " in cell for cell in column.cells)
