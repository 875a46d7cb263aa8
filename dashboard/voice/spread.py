"""How the answers to a score are spread, as a small table with bars."""

from html import escape
from typing import Any, NamedTuple

from dashboard.looks import BLUE, INK, MUTED, ORANGE
from dashboard.trust import percent
from dashboard.words import Words


class Share(NamedTuple):
    """An answer that was given `n` times; `side` is good, middle or bad where the score says so, else plain."""

    answer: str
    n: int
    share: float
    side: str


def spread(row: dict[str, Any]) -> tuple[Share, ...]:
    """How the answers are spread, the lowest first, those between that nobody gave too; empty where not told."""
    counts = {int(part["answer"]): part["n"] for part in row["distribution"]}
    total = sum(counts.values())
    if not total:
        return ()
    steps = range(11) if row["score"] == "nps" else range(min(1, *counts), max(*counts, 1) + 1)
    return tuple(
        Share(str(step), counts.get(step, 0), counts.get(step, 0) / total, _side(row["score"], step))
        for step in steps
    )


def _side(score: str, step: int) -> str:
    if score != "nps":
        return "plain"
    return "good" if step >= 9 else "bad" if step <= 6 else "middle"


_COLOURS = {"good": BLUE, "middle": "#7C8894", "bad": ORANGE, "plain": BLUE}


def spread_html(title: str, shares: tuple[Share, ...], words: Words) -> str:
    """The spread as a small table with bars: answer, bar, how many and which share."""
    most = max(share.share for share in shares)
    lines = "".join(_bar(share, most) for share in shares)
    heads = "".join(f'<th scope="col">{escape(words(f"voice.col.{name}"))}</th>' for name in ("answer", "bar", "n"))
    return (
        f'<table class="in-table" style="background:#fff"><caption style="text-align:left;color:{INK};'
        f'font-weight:600;padding:.4rem .9rem">{escape(title)}</caption><tr>{heads}</tr>{lines}</table>'
    )


def _bar(share: Share, most: float) -> str:
    cell = 'style="padding:.15rem .9rem;border:0"'
    wide = f"width:{max(0.0, round(100 * share.share / most, 1))}%;min-width:{2 if share.n else 0}px"
    return (
        f'<tr><td {cell}>{escape(share.answer)}</td><td {cell[:-1]};width:65%"><div aria-hidden="true" '
        f'style="{wide};height:.85rem;border-radius:2px;background:{_COLOURS[share.side]}"></div></td>'
        f'<td {cell[:-1]};color:{MUTED}">{share.n} ({escape(percent(share.share))})</td></tr>'
    )


def sides(shares: tuple[Share, ...], words: Words) -> list[tuple[str, str]]:
    """The legend of an NPS spread with the share of each side; empty for other scores."""
    if not shares or shares[0].side == "plain":
        return []
    total = {side: sum(share.n for share in shares if share.side == side) for side in ("good", "middle", "bad")}
    whole = sum(total.values())
    return [(_COLOURS[side], words(f"voice.{side}", share=percent(n / whole))) for side, n in total.items()]
