"""Rows of `drivers` -> tables of adjusted effects, what could not be told, and how much data there is."""

from html import escape
from typing import Any

from dashboard.drivers.amounts import signed
from dashboard.looks import GREY, SERIES
from dashboard.times import MISSING
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
EFFECT_COLUMNS = ("condition", "effect", "verdict", "group")
UNTOLD_COLUMNS = ("condition", "verdict", "why")
TOLD = ("driver", "nothing seen")


def label(row: dict[str, Any], words: Words) -> str:
    """A condition with its natural unit."""
    unit = words.named("drivers.unit", row["unit"])
    return words("drivers.label", name=words.named("drivers.condition", row["condition"]), unit=unit)


def effect_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a condition with an effect: effect and interval, verdict, and what it moves with."""
    return [
        [label(row, words), _points(row, words), _verdict(row, words), _together(row, words)]
        for row in rows
        if row["verdict"] in TOLD and row["effect"] is not None
    ]


def _points(row: dict[str, Any], words: Words) -> str:
    """'−4.5 (−6.1 to −2.9) points'; a dash where there is no effect."""
    if row["effect"] is None:
        return MISSING
    said = signed(row["effect"])
    if row["low"] is not None and row["high"] is not None:
        said += f" ({words('voice.span', low=signed(row['low']), high=signed(row['high']))})"
    return words("drivers.points", value=said)


def _verdict(row: dict[str, Any], words: Words) -> Cell:
    return ("good" if row["verdict"] == "driver" else "grey"), words.named("drivers.verdict", row["verdict"])


def _together(row: dict[str, Any], words: Words) -> Cell:
    others = ", ".join(words.named("drivers.condition", other) for other in row["with_others"] or ())
    if not others:
        return words("drivers.alone")
    key = {True: "drivers.group_found", False: "drivers.group_not"}.get(row["together"], "drivers.group")
    return words(key, others=others)


def untold_lines(rows: _Rows, words: Words) -> list[list[Cell]]:
    """A line a condition of which nothing can be said, with the reason."""
    return [
        [
            words.named("drivers.condition", row["condition"]),
            ("grey", words.named("drivers.verdict", row["verdict"])),
            _why(row, words),
        ]
        for row in rows
        if row["verdict"] not in TOLD
    ]


def _why(row: dict[str, Any], words: Words) -> str:
    if row["verdict"] == "cannot tell these apart":
        return str(_together(row, words))
    return words.named("drivers.reason", row["reason"]) if row["reason"] else MISSING


def meter(rows: _Rows, words: Words) -> str:
    """How much there is of each thing a fit needs, as bars of HTML; empty where the hub does not say."""
    needed = next((row["needed"] for row in rows if row.get("needed")), None) or []
    return "".join(_bar(words.named("drivers.needed", one["what"]), one["n"], one["least"], words) for one in needed)


def _bar(name: str, n: int, least: int, words: Words) -> str:
    full = n >= least
    wide = 100 if full or not least else round(100 * n / least)
    colour = SERIES[0] if full else GREY
    said = words("drivers.enough" if full else "drivers.short", n=n, least=least)
    return (
        f'<div class="in-text" style="margin:.25rem 0"><strong>{escape(name)}</strong> {escape(said)}'
        f'<div aria-hidden="true" style="background:#E9EDF1;height:.5rem;border-radius:4px;max-width:26rem">'
        f'<div style="background:{colour};'
        f'height:.5rem;border-radius:4px;width:{wide}%"></div></div></div>'
    )
