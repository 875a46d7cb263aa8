"""The Now page: can I trust this, do I have to do something, how is today, are people happy."""

from typing import NamedTuple

import streamlit as st

from dashboard import looks
from dashboard.advice import Advice, Seen, advice
from dashboard.charts import day_alt, day_chart, day_legend, day_plot
from dashboard.data import Answer
from dashboard.now import ahead
from dashboard.now.alerts import still_open
from dashboard.now.takings import conversion_tile
from dashboard.now.wall import STYLE, Wall, link, wall
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
from dashboard.views.alarms import no_alerts, open_alerts
from dashboard.views.drawn import chart
from dashboard.views.entrance import REFRESH_S, Visit, say, visit
from dashboard.views.heading import banners, head, standing, trust_line


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
    sales: Answer
    forecast: Answer
    alerts: Answer


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
    if st.query_params.get("wall") == "1" and asked.devices.rows:
        _wall(seen, asked, day)
        return
    head(seen, day.trust, day.today.share, "health")
    if not asked.devices.rows:
        say("empty", seen.words)
        return
    # The newer parts say for themselves what is missing, so that a hub that does not know them needs no banner.
    banners(seen, *asked[:-2])
    given = _advice(seen, asked, day)
    st.html(looks.advice_box(given.weight, seen.words(f"advice.{given.weight}"), given.text))
    many = open_alerts(seen, asked.alerts)
    st.html(looks.tiles(_tiles(seen, asked, day)))
    _ahead(seen, asked.forecast)
    _chart(seen, asked, day)
    if not many:
        no_alerts(seen, asked.alerts)
    st.html(link(_address(seen) + "&wall=1", seen.words("wall.open")))


def _address(seen: Visit) -> str:
    return f"./?site={seen.site['site']}"


def _advice(seen: Visit, asked: Answers, day: Day) -> Advice:
    known = Seen(
        day.trust, day.queues, asked.stays.rows, day.today, day.band, seen.site["timezone"], seen.at, seen.away
    )
    return advice(known, seen.words)


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
        sales=seen.ask("sales", 0),
        forecast=seen.ask("forecast", day=seen.site["day"].isoformat()),
        alerts=seen.ask("alerts"),
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
        either(asked.sales, "tile.conversion", conversion_tile(asked.sales.rows, site["day"], words)),
    ]


def _ahead(seen: Visit, answer: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("ahead.title")))
    if not answer.known:
        st.html(looks.text(words("ahead.failed", why=words(f"tile.{answer.state}"))))
        return
    rows = ahead.coming(answer.rows, seen.site, seen.at)
    found = ahead.hours(rows, seen.site, words)
    if any(one.people != "–" for one in found):
        st.html(looks.tiles(Tile(one.time, one.people, words("ahead.visitors"), lines=(one.range,)) for one in found))
    st.html(looks.text(ahead.doubt(rows, words)))


def _wall(seen: Visit, asked: Answers, day: Day) -> None:
    words, site = seen.words, seen.site
    given = _advice(seen, asked, day)
    foot = []
    if asked.forecast.known:
        rows = ahead.coming(asked.forecast.rows, site, seen.at)
        foot.append(ahead.sentence(rows, site, words))
    if many := len(still_open(asked.alerts.rows)):
        foot.insert(0, words("alerts.wall_one") if many == 1 else words("alerts.wall", n=many))
    st.html(STYLE)
    st.html(
        wall(
            Wall(
                name=site["name"],
                notice=site["notice"],
                standing=standing(seen, day.trust),
                parts=trust_line(seen, day.trust, day.today.share)[:2],
                advice=(given.weight, given.text),
                tiles=_tiles(seen, asked, day),
                foot=foot,
                close=(_address(seen), words("wall.close")),
            )
        )
    )


def _chart(seen: Visit, asked: Answers, day: Day) -> None:
    plot = day_plot(asked.visitors.rows, asked.usual.rows, seen.site, day.trust.until, seen.words)
    st.html(looks.section(seen.words("chart.title")))
    if not (plot.bars or plot.band or plot.gaps):
        st.html(looks.text(seen.words("chart.empty")))
        return
    with st.container(key="chart"):
        chart(day_chart, plot, seen.words, alt=day_alt(plot, seen.words), key="day")
        st.html(looks.legend(day_legend(plot, seen.words)))
