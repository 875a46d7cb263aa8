"""The Now page: can I trust this, do I have to do something, how is today, are people happy."""

from typing import NamedTuple

import streamlit as st

from dashboard import looks
from dashboard.advice import Seen, advice
from dashboard.charts import day_alt, day_chart, day_legend, day_plot
from dashboard.data import Answer
from dashboard.queueing import Queue, queues
from dashboard.tiles import (
    Tile,
    queue_tile,
    score_tile,
    store_tile,
    unanswered,
    visitors_tile,
    waits_tile,
)
from dashboard.today import Band, Today, band_by, so_far
from dashboard.trust import Trust, trust
from dashboard.views.drawn import chart
from dashboard.views.entrance import REFRESH_S, Visit, say, visit
from dashboard.views.heading import banners, head


class Answers(NamedTuple):
    """Everything the page asks."""

    devices: Answer
    sensors: Answer
    places: Answer
    visitors: Answer
    usual: Answer
    live: Answer
    stays: Answer
    waits: Answer
    scores: Answer


class Day(NamedTuple):
    """What the answers come to."""

    trust: Trust
    today: Today
    band: Band | None
    queues: list[Queue]


def page() -> None:
    """The page, refreshed every few seconds; a refresh with nothing new asks the hub one number."""
    st.html(looks.STYLE)
    _refreshed()


@st.fragment(run_every=REFRESH_S)
def _refreshed() -> None:
    seen = visit()
    if seen is None:
        return
    asked = _asked(seen)
    if not asked.devices.known:
        say(asked.devices.state, seen.words)
        return
    day = _day(seen, asked)
    head(seen, day.trust, day.today.share, "health")
    if not asked.devices.rows:
        say("empty", seen.words)
        return
    banners(seen, *asked)
    given = advice(
        Seen(day.trust, day.queues, asked.stays.rows, day.today, day.band, seen.site["timezone"], seen.at, seen.away),
        seen.words,
    )
    st.html(looks.advice_box(given.weight, seen.words(f"advice.{given.weight}"), given.text))
    st.html(looks.tiles(_tiles(seen, asked, day)))
    _chart(seen, asked, day)


def _asked(seen: Visit) -> Answers:
    return Answers(
        devices=seen.ask("devices"),
        sensors=seen.ask("sensors"),
        places=seen.ask("places"),
        visitors=seen.ask("visitors", 0),
        usual=seen.ask("usual", day=seen.site["day"].isoformat()),
        live=seen.reads.live(seen.site["site"]),
        stays=seen.ask("stays", 0),
        waits=seen.ask("waits", 7),
        scores=seen.ask("scores", 6),
    )


def _day(seen: Visit, asked: Answers) -> Day:
    known = trust(asked.devices.rows, asked.sensors.rows, seen.at)
    until = known.until
    live = asked.live.rows[0] if asked.live.rows else {}
    waited = seen.at - (asked.live.at or seen.at)
    return Day(
        trust=known,
        today=so_far(asked.visitors.rows, seen.site, until),
        band=band_by(asked.usual.rows, seen.site, until) if until is not None else None,
        queues=queues(asked.places.rows, live.get("places") or [], asked.waits.rows, waited),
    )


def _tiles(seen: Visit, asked: Answers, day: Day) -> list[Tile]:
    site, words, at = seen.site, seen.words, seen.at

    def either(answer: Answer, key: str, tile: Tile) -> Tile:
        return tile if answer.known else unanswered(words(key), answer.state, words)

    live = asked.live.rows[0] if asked.live.rows else {}
    return [
        either(
            asked.visitors,
            "tile.visitors",
            visitors_tile(day.today, day.band, day.trust, site, at, words),
        ),
        either(asked.live, "tile.store", store_tile(live, site, asked.devices.rows, at, words)),
        either(asked.live, "tile.queue", queue_tile(day.queues, words)),
        either(asked.stays, "tile.waits", waits_tile(asked.stays.rows, site, at, words)),
        either(asked.scores, "tile.score", score_tile(asked.scores.rows, words)),
    ]


def _chart(seen: Visit, asked: Answers, day: Day) -> None:
    plot = day_plot(asked.visitors.rows, asked.usual.rows, seen.site, day.trust.until, seen.words)
    st.html(looks.section(seen.words("chart.title")))
    if not (plot.bars or plot.band or plot.gaps):
        st.html(looks.text(seen.words("chart.empty")))
        return
    with st.container(key="chart"):
        chart(day_chart, plot, seen.words, alt=day_alt(plot, seen.words), key="day")
        st.html(looks.legend(day_legend(plot, seen.words)))
