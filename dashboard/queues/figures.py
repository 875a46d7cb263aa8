"""_Rows of `waits` and `queue_totals` -> the tiles and the table of queues: value, interval, n, or why none."""

from typing import Any

from dashboard.tiles import Tile, Tone
from dashboard.times import MISSING, span
from dashboard.trust import percent
from dashboard.words import Words

_Rows = list[dict[str, Any]]
_LEAST, _FEW, MOST_QUEUES = 10, 30, 50


def wait_tile(row: dict[str, Any] | None, words: Words) -> Tile:
    """How long one waits: nine in ten and the half, from published windows."""
    title = words("queues.wait")
    if not row or not row["n"]:
        return Tile(title, badge=("grey", words("queues.no_waits")))
    lines = [words("waits.median", p50=span(row["p50_s"])), words("queues.n_waits", n=row["n"]), *_cut(row, words)]
    faint = _faint(row["n"], words)
    return Tile(title, span(row["p90_s"]), badge=faint, lines=(words("queues.p90"), *lines), faded=bool(faint))


def promise_tile(row: dict[str, Any] | None, words: Words) -> Tile:
    """The share of waits within the promise, with its interval; withheld below 10 waits."""
    title = words("queues.within")
    if not row or not row["n"]:
        return Tile(title, badge=("grey", words("queues.no_waits")))
    if row["within"] is None or row["promise_s"] is None:
        return Tile(title, badge=("grey", words("queues.no_promise")))
    lines = (words("queue.promise", promise=span(row["promise_s"])), words("queues.n_waits", n=row["n"]))
    if row["n"] < _LEAST:
        return Tile(title, badge=("grey", words("queues.withheld", n=row["n"])), lines=lines[:1])
    faint = _faint(row["n"], words)
    interval = _between(row["within_low"], row["within_high"], words)
    return Tile(title, percent(row["within"]), badge=faint, lines=(interval, *lines), faded=bool(faint))


def left_tile(row: dict[str, Any] | None, words: Words) -> Tile:
    """The share of those who joined that went unserved, with its interval."""
    title = words("queues.left")
    if not row or row["state"] is None:
        return Tile(title, badge=("grey", words("queues.no_left")))
    if row["state"] == "withheld":
        return Tile(title, badge=("grey", words("queues.withheld_joined")))
    faint: tuple[Tone, str] | None = ("grey", words("queues.few")) if row["state"] == "few" else None
    lines = (_between(row["left_low"], row["left_high"], words), words("queues.n_joined", n=row["joined"]))
    value = _fine(row["left"], row["left_low"], row["left_high"])
    return Tile(title, value, badge=faint, lines=lines, faded=bool(faint))


def served_tile(row: dict[str, Any] | None, words: Words) -> Tile:
    """People served in an hour of use, by how many tills."""
    title = words("queues.throughput")
    if not row or row["served_h"] is None:
        return Tile(title, badge=("grey", words("queues.no_served")))
    lines = [words("queues.busy", hours=round(row["busy_h"]))]
    if row["tills_open"] is not None:
        lines.insert(0, words("queues.tills", n=f"{row['tills_open']:.1f}"))
    if row["served_till_h"] is not None:
        lines.insert(0, words("queues.per_till", n=round(row["served_till_h"])))
    return Tile(title, str(round(row["served_h"])), words("queues.an_hour"), lines=tuple(lines))


def service_tile(row: dict[str, Any] | None, words: Words) -> Tile:
    """How long serving takes."""
    title = words("queues.service")
    if not row or not row["n"]:
        return Tile(title, badge=("grey", words("queues.no_service")))
    faint = _faint(row["n"], words)
    lines = (words("queues.served_p90", p90=span(row["p90_s"])), words("queues.n_services", n=row["n"]))
    return Tile(title, span(row["p50_s"]), badge=faint, lines=(words("queues.half"), *lines), faded=bool(faint))


def queue_lines(places: list[str], waits: _Rows, totals: _Rows, words: Words) -> list[list[str]]:
    """A line a queue: wait p50, p90, within with its interval, n, left with its interval, served, tills, observed."""
    waited = {row["place"]: row for row in waits if row["of"] == "wait"}
    summed = {row["place"]: row for row in totals}
    lines = []
    for place in places[:MOST_QUEUES]:
        wait, total = waited.get(place, {}), summed.get(place, {})
        enough = (wait.get("n") or 0) >= _LEAST
        lines.append(
            [
                place,
                _span(wait.get("p50_s")),
                _span(wait.get("p90_s")),
                _share(wait, "within") if enough else MISSING,
                _plain(wait.get("n")),
                _share(total, "left"),
                _plain(total.get("served_h")),
                MISSING if total.get("tills_open") is None else f"{total['tills_open']:.1f}",
                MISSING if total.get("coverage") is None else percent(total["coverage"]),
            ]
        )
    return lines


def _between(low: float, high: float, words: Words) -> str:
    """'81 % to 92 % (95 % interval)'."""
    ends = _ends(low, high)
    return words("queues.interval", low=ends[0], high=ends[1])


def _share(row: dict[str, Any], name: str) -> str:
    if row.get(name) is None:
        return MISSING
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{_fine(row[name], low, high)} ({' – '.join(_ends(low, high))})"


def _fine(share: float, low: float, high: float) -> str:
    """A share, as finely as its interval is told."""
    return f"{100 * share:.1f}\u00a0%" if percent(low) == percent(high) else percent(share)


def _ends(low: float, high: float) -> tuple[str, str]:
    """Both ends in percent, with a decimal where whole ones would look alike."""
    if percent(low) != percent(high):
        return percent(low), percent(high)
    return f"{100 * low:.1f}\u00a0%", f"{100 * high:.1f}\u00a0%"


def _span(seconds: float | None) -> str:
    return MISSING if seconds is None else span(seconds)


def _plain(value: float | None) -> str:
    return MISSING if value is None else str(round(value))


def _faint(n: int, words: Words) -> tuple[Tone, str] | None:
    return ("grey", words("queues.few")) if n < _FEW else None


def _cut(row: dict[str, Any], words: Words) -> list[str]:
    return [words("waits.cut", cut=row["cut"])] if row["cut"] else []
