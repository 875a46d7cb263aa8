"""Documents of kind correction -> what stands beside the counts; the counts themselves stay as they were measured."""

import json
from typing import Any, NamedTuple

from dashboard.words import Words

Rows = list[dict[str, Any]]
Cell = str | tuple[str, str]


class Kept(NamedTuple):
    """The newest version of a door's correction."""

    id: str
    version: int
    body: dict[str, Any]
    by: str | None

    @property
    def state(self) -> str:
        """proposed, accepted or withdrawn."""
        return str(self.body["state"])


def corrections(documents: Rows) -> list[Kept]:
    """Those that can be read, by door."""
    found = []
    for row in documents:
        body = json.loads(row["body"])
        if isinstance(body, dict) and {"place", "state", "from", "entries_factor", "exits_factor"} <= body.keys():
            found.append(Kept(row["id"], row["version"], body, row["by"]))
    return sorted(found, key=lambda kept: kept.id)


def line(kept: Kept, days: Rows, words: Words) -> list[Cell]:
    """Door, both factors with their intervals, since when, what it would make of the entries, state, by whom."""
    body = kept.body
    tone = {"accepted": "good", "withdrawn": "grey"}.get(kept.state, "grey")
    return [
        str(body["place"]),
        _factor(body, "entries"),
        _factor(body, "exits"),
        str(body["from"]),
        beside(kept, days, words),
        (tone, words.named("count.state", kept.state)),
        kept.by or words("count.unnamed"),
    ]


def beside(kept: Kept, days: Rows, words: Words) -> str:
    """'1234, corrected about 1300 (1250 to 1360)': entries of the days since; a dash where none was counted."""
    body = kept.body
    mine = [
        row["entries"]
        for row in days
        if (row["device"], row["place"]) == (body.get("device"), body["place"])
        and row["day"].isoformat() >= body["from"]
    ]
    counted = [entries for entries in mine if entries is not None]
    if not counted or kept.state == "withdrawn":
        return "–"
    total = sum(counted)
    about, low, high = (round(total * body[f"entries_{part}"]) for part in ("factor", "low", "high"))
    return words("count.beside", n=total, about=about, low=low, high=high, days=len(counted))


def _factor(body: dict[str, Any], way: str) -> str:
    factor, low, high = (body[f"{way}_{part}"] for part in ("factor", "low", "high"))
    return "1" if factor == low == high == 1 else f"{factor:.2f} ({low:.2f} – {high:.2f})"
