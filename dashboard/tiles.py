"""Rows of the hub -> the tiles of the Now page: a value, what it means, and in words what is missing."""

from typing import Any, Literal, NamedTuple

from dashboard.queueing import Queue, newest_waits
from dashboard.times import MISSING, about, ago, clock, clock_zone, next_mark, span
from dashboard.today import ENOUGH, FEW_DAYS, Band, Today, verdict
from dashboard.trust import FRESH_LIVE_S, Trust, percent, stale_s
from dashboard.words import Words

Rows = list[dict[str, Any]]
Tone = Literal["good", "act", "grey"]


class Gauge(NamedTuple):
    """A value on a bar from `bottom` to `top`, beside its range (low, high); every part in the value's unit."""

    value: float
    low: float
    high: float
    bottom: float
    top: float


class Tile(NamedTuple):
    """One tile. `badge`: a tone with its word; `faded`: the value is shown but must not be taken for now."""

    title: str
    value: str = MISSING
    unit: str = ""
    badge: tuple[Tone, str] | None = None
    lines: tuple[str, ...] = ()
    gauge: Gauge | None = None
    faded: bool = False


def unanswered(title: str, state: str, words: Words) -> Tile:
    """The tile of a question that brought no rows: 'failed', 'refused' or 'away'."""
    return Tile(title, badge=("grey", words(f"tile.{state}")))


def visitors_tile(
    today: Today, band: Band | None, known: Trust, site: dict[str, Any], at: float, words: Words
) -> Tile:
    """Visitors of the business day so far against what is usual by now; says when the first count will be there."""
    title, zone = words("tile.visitors"), site["timezone"]
    if known.until is None or known.until <= site["day_start"]:
        first = clock_zone(next_mark(at), zone)
        late = known.standing == "stale"
        badge: tuple[Tone, str] = ("grey", words("visitors.later") if late else words("visitors.first", time=first))
        return Tile(title, badge=badge)
    if today.entries is None:
        return Tile(title, badge=("grey", words("visitors.none")))
    weekday = words(f"weekday.{site['day'].weekday()}")
    lines: list[str] = []
    if band is None:
        lines.append(words("visitors.no_usual", weekday=weekday))
    else:
        lines.append(words("visitors.usual", low=round(band.low), high=round(band.high)))
        few = "visitors.few_days" if band.days < FEW_DAYS else "visitors.days"
        lines.append(words(few, days=band.days, weekday=weekday))
    if _partial(today):
        lines.append(words("visitors.no_compare"))
    stale = known.standing == "stale"
    return Tile(
        title,
        value=str(today.entries),
        badge=("grey", words("tile.old", age=span(at - known.until))) if stale else _compared(today, band, words),
        lines=tuple(lines),
        gauge=None if _partial(today) else _band_gauge(today.entries, band),
        faded=stale,
    )


def _compared(today: Today, band: Band | None, words: Words) -> tuple[Tone, str] | None:
    if _partial(today):
        return "grey", words("visitors.partial", share=percent(today.share or 0.0))
    kind = verdict(today, band)
    if kind is None:
        return None
    return ("good" if kind == "as_usual" else "act"), words(f"visitors.{kind}")


def _partial(today: Today) -> bool:
    return today.share is not None and today.share < ENOUGH


def _band_gauge(entries: int, band: Band | None) -> Gauge | None:
    if band is None:
        return None
    return Gauge(entries, band.low, band.high, 0.0, max(entries, band.high, 1.0) * 1.25)


def store_tile(live: dict[str, Any], site: dict[str, Any], devices: Rows, at: float, words: Words) -> Tile:
    """People in the store by the hub's running count, provisional until the day is closed, and in its zones now."""
    found, title = live.get("in_store") or {}, words("tile.store")
    zones = _zone_lines(live.get("places") or [], words)
    if found.get("value") is None:
        return Tile(title, badge=("grey", words("store.unknown")), lines=zones)
    since = found.get("as_of")
    lines = [words("store.provisional" if found.get("provisional") else "store.final")]
    if since is not None:
        lines.append(words("store.as_of", time=clock_zone(since, site["timezone"])))
    age = 0.0 if since is None else at - since
    old = age > stale_s(devices)
    badge: tuple[Tone, str] | None = ("grey", words("tile.old", age=span(age))) if old else None
    return Tile(title, str(found["value"]), badge=badge, lines=(*zones, *lines), faded=old)


def _zone_lines(places: Rows, words: Words) -> tuple[str, ...]:
    """The fullest zones right now, as the range that an occupancy rounded to 5 stands for."""
    seen = [row for row in places if row.get("occupancy") is not None and (row.get("age_s") or 0) <= FRESH_LIVE_S]
    seen.sort(key=lambda row: (-row["occupancy"], row["place"]))
    return tuple(
        words("store.zone", place=row["place"], low=max(0, row["occupancy"] - 2), high=row["occupancy"] + 2)
        for row in seen[:3]
    )


def queue_tile(found: list[Queue], words: Words) -> Tile:
    """The worst queue now with its expected wait against the promise; the others in a line each."""
    title = words("tile.queue")
    if not found:
        return Tile(title, badge=("grey", words("queue.none")))
    worst, others = found[0], tuple(_queue_line(queue, words) for queue in found[1:4])
    if not worst.fresh:
        last: tuple[str, ...] = ()
        if worst.length is not None and worst.age_s is not None:
            last = (f"{worst.place}: " + words("queue.last", n=worst.length, age=ago(worst.age_s, words)),)
        return Tile(title, badge=("grey", words("queue.unknown")), lines=last + others)
    if worst.length is None:
        badge: tuple[Tone, str] = ("act", words("queue.limit")) if worst.over else ("good", words("queue.under"))
        return Tile(title, badge=badge, lines=(words("queue.alert_only", place=worst.place), *others))
    lines = [_expectation(worst, words)]
    if worst.promise_s:
        lines[0] += ", " + words("queue.promise", promise=span(worst.promise_s))
    unit = words("queue.waiting", place=worst.place)
    return Tile(title, str(worst.length), unit, _queue_badge(worst, words), (*lines, *others))


def _expectation(queue: Queue, words: Words) -> str:
    if queue.tills_open == 0:
        return words("queue.no_till")
    if queue.expected_s is None:
        return words("queue.no_expected")
    return words("queue.expected", wait=about(queue.expected_s) if queue.expected_s else "0 min")


def _queue_badge(queue: Queue, words: Words) -> tuple[Tone, str] | None:
    late = queue.expected_s is not None and queue.promise_s is not None and queue.expected_s > queue.promise_s
    if queue.over:
        return "act", words("queue.over" if late else "queue.no_till" if queue.tills_open == 0 else "queue.limit")
    if queue.expected_s is not None and queue.promise_s is not None:
        return "good", words("queue.within")
    return None


def _queue_line(queue: Queue, words: Words) -> str:
    if not queue.fresh:
        return words("queue.other", place=queue.place, n=words("queue.unknown"))
    if queue.length is None:
        return words("queue.other", place=queue.place, n=words("queue.limit" if queue.over else "queue.under"))
    return words("queue.other", place=queue.place, n=f"{queue.length}, {_expectation(queue, words)}")


def waits_tile(stays: Rows, site: dict[str, Any], at: float, words: Words) -> Tile:
    """p90 and p50 of the newest published wait window of the queue that did worst, with the window's age."""
    found, title = newest_waits(stays), words("tile.waits")
    if not found:
        return Tile(title, badge=("grey", words("waits.none")), lines=(words("waits.why"),))
    row, zone = found[0], site["timezone"]
    lines = [words("waits.p90", place=row["place"]), words("waits.median", p50=span(row["p50_s"]))]
    badge: tuple[Tone, str] | None = None
    if row["promise_s"] and row["within"] is not None:
        kept = row["p90_s"] is None or row["p90_s"] <= row["promise_s"]
        badge = ("good" if kept else "act"), words("queue.within" if kept else "queue.over")
        lines.append(words("waits.promise", within=percent(row["within"]), promise=span(row["promise_s"])))
    age = ago(at - row["end"], words)
    lines.append(
        words("waits.window", start=clock(row["start"], zone), end=clock(row["end"], zone), n=row["n"], age=age)
    )
    if row["cut"]:
        lines.append(words("waits.cut", cut=row["cut"]))
    # A window of few shoppers is long, so its age alone does not make it stale; two hours do.
    old = at - row["end"] > 7200
    value = MISSING if row["p90_s"] is None else span(row["p90_s"])
    return Tile(title, value, "", badge, tuple(lines), faded=old)


def score_tile(scores: Rows, words: Words) -> Tile:
    """The score of the last 7 days with n and interval: greyed below 30 answers, withheld below 10."""
    title = words("tile.score")
    known = [row for row in scores if row["n"] or row["state"] == "withheld"]
    if not known:
        return Tile(title, badge=("grey", words("score.none")))
    order = {"ok": 0, "few": 1, "withheld": 2}
    rank = {"nps": 0, "csat": 1, "ces": 2}
    known.sort(key=lambda row: (order.get(row["state"], 3), rank.get(row["score"], 3)))
    first, others = known[0], tuple(_score_line(row, words) for row in known[1:3])
    if first["value"] is None or first["state"] == "withheld":
        return Tile(title, badge=("grey", _too_few(first, words)), lines=others)
    few = first["state"] == "few"
    lines = [words("score.n", n=first["n"])]
    if first["low"] is not None and first["high"] is not None:
        low, high = number(first["score"], first["low"]), number(first["score"], first["high"])
        lines.insert(0, words("score.interval", low=low, high=high))
    return Tile(
        title,
        number(first["score"], first["value"]),
        words.named("score", first["score"]),
        ("grey", words("score.few")) if few else None,
        (*lines, *others),
        _score_gauge(first),
        few,
    )


def _too_few(row: dict[str, Any], words: Words) -> str:
    return words("score.withheld", n=row["n"]) if row["n"] else words("score.hidden")


def _score_line(row: dict[str, Any], words: Words) -> str:
    name = words.named("score", row["score"])
    if row["value"] is None or row["state"] == "withheld":
        return f"{name}: {_too_few(row, words)}"
    return f"{name}: {number(row['score'], row['value'])} (n {row['n']})"


def number(score: str, value: float) -> str:
    """A score as people write it: NPS with its sign, satisfaction in per cent of a share, effort to a tenth."""
    if score == "nps":
        return f"{value:+.0f}".replace("-", "\N{MINUS SIGN}") if round(value) else "0"
    return percent(value) if score == "csat" else f"{value:.1f}"


def _score_gauge(row: dict[str, Any]) -> Gauge | None:
    if row["low"] is None or row["high"] is None:
        return None
    bottom, top = {"nps": (-100.0, 100.0), "csat": (0.0, 1.0)}.get(row["score"], (1.0, 7.0))
    return Gauge(row["value"], row["low"], row["high"], bottom, top)


def date_words(site: dict[str, Any], words: Words) -> str:
    """'Sunday 2026-11-22', the site's business day."""
    day = site["day"]
    return f"{words(f'weekday.{day.weekday()}')} {day.isoformat()}"
