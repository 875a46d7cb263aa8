"""What tills would do by the model: the sliders' figures -> a sentence. The formula is the hub's."""

from typing import Any, NamedTuple

from dashboard.tiles import Tile
from dashboard.times import span
from dashboard.trust import percent
from dashboard.words import Words
from hub.insight.staffing import tills_needed, waiting

Rows = list[dict[str, Any]]
LEVEL = 0.9


class Given(NamedTuple):
    """What the sliders begin with; `measured` False: an example, for nothing is known."""

    arrivals_h: int
    service_s: int
    tills: int
    promise_s: int
    measured: bool


def given(rows: Rows) -> Given:
    """The busiest hour of the week to come; an example where there is none."""
    known = [row for row in rows if row["arrivals"] is not None and row["service_s"] is not None and row["need"]]
    if not known:
        return Given(60, 60, 2, 180, False)
    busiest = max(known, key=lambda row: row["arrivals"])
    there = busiest["planned"] if busiest["planned"] is not None else busiest["usual_open"]
    tills = max(1, round(there)) if there else busiest["need"]
    service, promise = max(1, round(busiest["service_s"])), busiest["promise_s"]
    return Given(max(1, round(busiest["arrivals"])), service, tills, round(promise or 180), True)


def model_tiles(arrivals_h: float, service_s: float, tills: int, promise_s: float, words: Words) -> list[Tile]:
    """What these tills would do, and how many keep the promise for nine in ten."""
    found, need = (
        waiting(arrivals_h, service_s, tills, promise_s),
        tills_needed(arrivals_h, service_s, promise_s, LEVEL),
    )
    needed = Tile(
        words("queues.model_need"),
        "–" if need is None else str(need),
        badge=("good", words("queues.enough")) if need and need <= tills else ("act", words("queues.too_few")),
        lines=(words("queues.model_level", level=percent(LEVEL)),),
    )
    if found is None:
        why = (words("queues.model_endless"),)
        return [needed, Tile(words("queues.model_within"), badge=("act", words("queues.too_few")), lines=why)]
    return [
        needed,
        Tile(
            words("queues.model_within"),
            percent(found.within),
            lines=(words("queue.promise", promise=span(promise_s)),),
        ),
        Tile(
            words("queues.model_mean"),
            span(found.mean_s),
            lines=(words("queues.model_share", share=percent(found.share)),),
        ),
        Tile(words("queues.model_busy"), percent(found.busy), lines=(words("queues.model_busy_line"),)),
    ]
