"""What the hub answered -> the brief, as values: the page, the report and the mail all say these very sentences."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from dashboard.brief import days, drawn
from dashboard.brief.told import Told, told
from dashboard.data import Answer
from dashboard.tiles import date_words
from dashboard.words import Words

Rows = list[dict[str, Any]]
CHART_DAYS = 28


class Part(NamedTuple):
    """The day or the week: its findings or the sentence that says why there are none, and the visitors beside it."""

    title: str
    visitors: str
    findings: tuple[Told, ...]
    silence: str


class Paper(NamedTuple):
    """The whole brief. `bars` and `alt` are the chart of visitors by day and its words; `quality` is a note."""

    store: str
    site: str
    notice: str | None
    title: str
    day: date
    parts: tuple[Part, ...]
    quality: tuple[str, ...]
    bars: Rows
    alt: str


def paper(site: dict[str, Any], day: date, brief: Answer, counted: Answer, words: Words) -> Paper:
    """The brief of a store's business day. `counted`: the answer to `days` over the nine weeks up to that day."""
    quality = _quality(day, counted, words)
    bars = drawn.bars(counted.rows, day, CHART_DAYS, words) if counted.known else []
    return Paper(
        store=site["name"],
        site=site["site"],
        notice=site["notice"],
        title=words("brief.title", day=date_words({"day": day}, words)),
        day=day,
        parts=tuple(_part(of, many, site, day, brief, counted, words) for of, many in (("day", 1), ("week", 7))),
        quality=quality,
        bars=bars,
        alt=drawn.alt_text(bars, words),
    )


def _part(of: str, many: int, site: dict[str, Any], day: date, brief: Answer, counted: Answer, words: Words) -> Part:
    rows = sorted((row for row in brief.rows if row["span"] == of), key=lambda row: row["rank"])[:3]
    seen = days.seen(counted.rows, day, many)
    first = (day - timedelta(days=many - 1)).isoformat()
    dates = date_words({"day": day}, words) if many == 1 else words("period.span", first=first, last=day.isoformat())
    return Part(
        title=words(f"brief.{of}", dates=dates),
        visitors=_visitors(of, counted, seen, words),
        findings=tuple(told(row, site["timezone"], words) for row in rows),
        silence="" if rows else _silence(of, brief, seen, counted.known, words),
    )


def _visitors(of: str, counted: Answer, seen: days.Seen, words: Words) -> str:
    if counted.known:
        return days.visitors_line(of, seen, words)
    return words("brief.missing", why=words(f"tile.{counted.state}"))


def _silence(of: str, brief: Answer, seen: days.Seen, known: bool, words: Words) -> str:
    if not brief.known:
        return words("brief.no_findings", why=words(f"tile.{brief.state}"))
    return words(f"brief.{of}_unseen" if known and seen.visitors is None else f"brief.{of}_quiet")


def _quality(day: date, counted: Answer, words: Words) -> tuple[str, ...]:
    """What must be known about the numbers: how much was observed, and whether there is enough to compare with."""
    if not counted.known:
        return (words("brief.quality_unknown", why=words(f"tile.{counted.state}")),)
    week = [row for row in counted.rows if day - timedelta(days=6) <= row["day"] <= day]
    poor = [row["day"] for row in week if row["entries"] is None or (row["coverage"] or 0.0) < days.SURE]
    poor += [one for n in range(7) if (one := day - timedelta(days=n)) not in {row["day"] for row in week}]
    said = [words("brief.quality_good")]
    if poor:
        named = ", ".join(one.isoformat() for one in sorted(poor))
        said = [words("brief.quality_poor", n=len(poor), days=named)]
    known = days.before(counted.rows, day)
    if known < days.FEW:
        said.append(words("brief.quality_few", n=known))
    return tuple(said)
