"""A row of the question `brief` -> a finding in words: what it is, how sure, where it is shown, what to try."""

from html import escape
from typing import Any, NamedTuple

from dashboard.tiles import number
from dashboard.times import clock, local, span
from dashboard.trust import percent
from dashboard.words import Words

# Pages by the hub's word for what shows a finding; a word nobody foresaw leads to Now, the first page.
PAGES = {"now": "./", "queue": "queues", "voice": "voice", "drivers": "drivers", "health": "health"}


class Told(NamedTuple):
    """A finding. `figures`: interval, n and the like, a few words each; `page`: (address, name) of what shows it."""

    text: str
    figures: tuple[str, ...]
    advice: str
    page: tuple[str, str]


def told(row: dict[str, Any], zone: str, words: Words) -> Told:
    """One finding in words; a code that nobody foresaw is said with its name and figures."""
    known = row["code"] in _SAID and (row["effect"] is not None or row["code"] == "sensor_fault")
    values = _SAID[row["code"]](row, zone, words) if known else {"code": row["code"]}
    key = f"brief.code.{row['code']}" if known else "brief.code.unknown"
    if row["code"] == "sensor_fault" and row["effect"] is None:
        key += "_none"
    evidence = row["evidence"] if row["evidence"] in PAGES else "now"
    return Told(
        text=words(key, **values),
        figures=_figures(row, words),
        advice=words.named("brief.try", row["try"]),
        page=(PAGES[evidence], words(f"brief.page.{evidence}")),
    )


def _figures(row: dict[str, Any], words: Words) -> tuple[str, ...]:
    found = []
    if row["low"] is not None and row["high"] is not None:
        low, high = (_change(row[name], row["unit"]) for name in ("low", "high"))
        found.append(words("brief.interval", low=low, high=high, unit=words.named("brief.unit", row["unit"])))
    if row["n"] is not None:
        found.append(words("brief.n", n=row["n"]))
    if row["certainty"] is not None and row["certainty"] < 1:
        chance = 1 - row["certainty"]
        low = chance < 0.005
        found.append(words("brief.chance_low") if low else words("brief.chance", share=percent(chance)))
    if row["coverage"] is not None and row["code"] != "coverage_lost":
        found.append(words("brief.coverage", share=percent(row["coverage"])))
    return tuple(found)


def _change(value: float, unit: str) -> str:
    """A change with its sign: a ratio in per cent of the usual, a share in percentage points, a score in points."""
    if unit in ("ratio", "share"):
        return _signed(100 * (value - 1 if unit == "ratio" else value))
    return _signed(value, 1 if abs(value) < 10 else 0)


def _signed(value: float, digits: int = 0) -> str:
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _people(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    usual, effect = row["usual"] or 0.0, row["effect"]
    return {"share": percent(abs(effect - 1)), "now": str(round(usual * effect)), "usual": str(round(usual))}


def _share(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    usual = row["usual"] or 0.0
    now = min(1.0, max(0.0, usual + row["effect"]))
    return {"place": row["place"] or "", "now": percent(now), "usual": percent(usual)}


def _theme(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    return _share(row, zone, words) | {"place": words.named("brief.theme", row["place"])}


def _hour(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    begins = local(row["start"], zone)
    times = {"start": clock(row["start"], zone), "end": clock(row["end"], zone)}
    return _share(row, zone, words) | times | {"weekday": words(f"weekday.{begins.weekday()}")}


def _score(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    usual = row["usual"] or 0.0
    now = number("nps", min(100.0, max(-100.0, usual + row["effect"])))
    return {"points": f"{abs(row['effect']):.0f}", "now": now, "usual": number("nps", usual)}


def _driver(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    condition = words.named("brief.condition", row["place"])
    return {"condition": condition, "points": _change(row["effect"], "points")}


def _fault(row: dict[str, Any], zone: str, words: Words) -> dict[str, str]:
    times = {"start": clock(row["start"], zone), "end": clock(row["end"], zone)}
    ratio = "" if row["effect"] is None else f"{row['effect']:.1f}"
    return {"place": row["place"] or "", "hours": span(row["end"] - row["start"]), "ratio": ratio} | times


_SAID = {
    "visitors_high": _people,
    "visitors_low": _people,
    "waits_late": _share,
    "abandoned": _share,
    "understaffed": _hour,
    "score_up": _score,
    "score_down": _score,
    "driver": _driver,
    "theme_up": _theme,
    "conversion_up": _share,
    "conversion_down": _share,
    "sensor_fault": _fault,
    "coverage_lost": _share,
}


def finding_html(number: int, one: Told, address: str, words: Words) -> str:
    """A finding on the page: what it is, how sure, what to try, and the way to the page that shows it."""
    advice, label = words("brief.try", what=one.advice), words("brief.see", page=one.page[1])
    return (
        f'<section class="in-finding"><div class="what">{number}. {escape(one.text)}</div>'
        f'<div class="line">{escape(" · ".join(one.figures))}</div><div class="try">{escape(advice)}</div>'
        f'<a href="{escape(address)}" target="_self">{escape(label)}</a></section>'
    )
