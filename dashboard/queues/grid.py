"""_Rows of `queue_grid` -> a grid of weekday by hour. Withheld and missing are patterns and words, never a shade."""

from html import escape
from typing import Any, Literal, NamedTuple

from dashboard.shades import ink_on, shade
from dashboard.times import span
from dashboard.trust import percent
from dashboard.words import Words

_Rows = list[dict[str, Any]]
Measure = Literal["p90_s", "within", "left", "tills_open"]
MEASURES: tuple[Measure, ...] = ("p90_s", "within", "left", "tills_open")
_State = Literal["value", "withheld", "missing", "none"]
_LEAST = 10


class Cell(NamedTuple):
    """An hour of a weekday: its value where its state is 'value'; how many people it rests on; its interval."""

    state: _State
    value: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None


class Grid(NamedTuple):
    """Seven weekdays (Monday first) of one queue over the hours that are shown."""

    measure: Measure
    hours: range
    cells: dict[tuple[int, int], Cell]

    def at(self, weekday: int, hour: int) -> Cell:
        """The cell; an hour that nobody told of is 'none'."""
        return self.cells.get((weekday, hour), Cell("none"))

    @property
    def span(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        values = [cell.value for cell in self.cells.values() if cell.value is not None]
        return (min(values), max(values)) if values else (0.0, 0.0)

    @property
    def ends(self) -> tuple[str, str]:
        """The same as text."""
        low, high = self.span
        return _value_text(low, self.measure), _value_text(high, self.measure)


def grid(rows: _Rows, place: str, measure: Measure, hours: range) -> Grid:
    """The grid of one queue and measure. Shares and percentiles of fewer than 10 people are withheld."""
    mine = [row for row in rows if row["place"] == place and row["hour"] in hours]
    return Grid(measure, hours, {(row["weekday"], row["hour"]): _cell(row, measure) for row in mine})


def _cell(row: dict[str, Any], measure: Measure) -> Cell:
    if not row["coverage"]:
        return Cell("missing")
    if measure == "tills_open":
        found = row["tills_open"]
        return Cell("none") if found is None else Cell("value", found)
    if measure == "left":
        return _left(row)
    n, value = row["n"], row[measure]
    if not n or value is None:
        return Cell("none")
    interval = (row["within_low"], row["within_high"]) if measure == "within" else (None, None)
    return Cell("withheld", n=n) if n < _LEAST else Cell("value", value, n, *interval)


def _left(row: dict[str, Any]) -> Cell:
    joined, share = row["joined"], row["abandoned"]
    if not joined or share is None:
        return Cell("none")
    if joined < _LEAST:
        return Cell("withheld", n=joined)
    return Cell("value", share, joined, row["abandoned_low"], row["abandoned_high"])


def worst(found: Grid, most: int = 3) -> list[tuple[int, int, Cell]]:
    """The hours that customers feel the most: the longest waits, the smallest shares within the promise."""
    told = [(day, hour, cell) for (day, hour), cell in found.cells.items() if cell.value is not None]
    sign = 1.0 if found.measure == "within" else -1.0
    return sorted(told, key=lambda one: (sign * (one[2].value or 0.0), one[0], one[1]))[:most]


def text_of(cell: Cell, measure: Measure, words: Words) -> str:
    """A cell in words: its value with interval and n, or its state."""
    if cell.value is None:
        return words(f"queues.cell_{cell.state}", n=cell.n)
    said = _value_text(cell.value, measure)
    if cell.low is not None and cell.high is not None:
        said += " " + words("queues.cell_interval", low=percent(cell.low), high=percent(cell.high))
    return said if measure == "tills_open" else words("queues.cell_n", value=said, n=cell.n)


def _value_text(value: float, measure: Measure) -> str:
    """'4 min', '87 %' or '1.5'."""
    return span(value) if measure == "p90_s" else f"{value:.1f}" if measure == "tills_open" else percent(value)


def grid_html(found: Grid, words: Words) -> str:
    """The grid; every cell says its hour and value to a mouse, the whole has its alt text, a table stands beside."""
    low, high = found.span
    cells = ["<b></b>", *(f"<b>{hour:02d}</b>" for hour in found.hours)]
    for day in range(7):
        cells.append(f"<b>{escape(words(f'weekday.{day}')[:2])}</b>")
        cells += [_html(found.at(day, hour), day, hour, found, (low, high), words) for hour in found.hours]
    told = sum(cell.value is not None for cell in found.cells.values())
    label = words("queues.grid_alt", measure=words(f"queues.by_{found.measure}"), n=told)
    columns = f"grid-template-columns: 2rem repeat({len(found.hours)}, minmax(0, 1fr))"
    return f'<div class="in-heat" role="img" aria-label="{escape(label)}" style="{columns}">{"".join(cells)}</div>'


def _html(cell: Cell, day: int, hour: int, found: Grid, ends: tuple[float, float], words: Words) -> str:
    said = words(
        "heat.cell", day=words(f"weekday.{day}"), hour=f"{hour:02d}:00", word=text_of(cell, found.measure, words)
    )
    if cell.value is None:
        return f'<i class="in-{cell.state}" title="{escape(said)}"></i>'
    colour = shade(cell.value, *ends)
    short = escape(_short(cell.value, found.measure))
    return (
        f'<i class="in-shade" style="background:{colour};color:{ink_on(colour)}" title="{escape(said)}">{short}</i>'
    )


def _short(value: float, measure: Measure) -> str:
    if measure == "p90_s":
        return f"{value / 60:.1f}" if value < 570 else f"{value / 60:.0f}"
    return f"{value:.1f}" if measure == "tills_open" else f"{100 * value:.0f}"
