"""Rows of the question `days` -> visitors of a day or a week in words, and how well the days were observed."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from dashboard.trust import percent
from dashboard.words import Words

Rows = list[dict[str, Any]]
SURE = 0.9
FEW = 28  # days to compare with, below which only large changes can be told


class Seen(NamedTuple):
    """Visitors of some days and how much of the time was observed; None where nothing was."""

    visitors: int | None
    share: float | None


def seen(days: Rows, last: date, many: int) -> Seen:
    """The `many` days that end with `last`; a day without a row was not observed."""
    found = [row for row in days if last - timedelta(days=many - 1) <= row["day"] <= last]
    counted = [row["entries"] for row in found if row["entries"] is not None]
    shares = sum(row["coverage"] or 0.0 for row in found)
    return Seen(sum(counted) if counted else None, shares / many if found else None)


def before(days: Rows, last: date) -> int:
    """How many days before `last` were observed well enough to be compared with."""
    return sum(row["day"] < last and row["entries"] is not None and (row["coverage"] or 0.0) >= SURE for row in days)


def visitors_line(of: str, found: Seen, words: Words) -> str:
    """The visitors of `of` ('day' or 'week') in words; 'at least' where too much was not observed."""
    if found.visitors is None or found.share is None:
        return words(f"brief.{of}_blind")
    key = "visitors" if found.share >= SURE else "at_least"
    return words(f"brief.{of}_{key}", n=found.visitors, share=percent(min(1.0, found.share)))
