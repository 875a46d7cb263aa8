"""The Queue and staff page: how long people wait, which hours are hard, and how many tills the next week wants."""

from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.heat import shown_hours
from dashboard.queues import figures, model, roster, trend
from dashboard.queues.grid import MEASURES, Grid, grid, grid_html, text_of, worst
from dashboard.shades import DOTTED, HATCH, ramp
from dashboard.tiles import Tile, unanswered
from dashboard.times import span
from dashboard.trust import percent
from dashboard.views.drawn import chart
from dashboard.views.entrance import Visit, visit
from dashboard.views.heading import banners, top
from dashboard.views.period import Period, ask, period, span_words

LENGTHS = (7, 28, 56)
COLUMNS = ("place", "p50", "p90", "within", "n", "left", "served", "tills", "coverage")
MOST_GAPS = 5


def page() -> None:
    """The page; it looks back and ahead, so it is drawn anew when somebody chooses something."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None or top(seen) is None:
        return
    places = seen.ask("places")
    names = sorted(row["place"] for row in places.rows if row["kind"] == "queue")
    if places.known and not names:
        st.html(looks.state(seen.words("queues.none.head"), seen.words("queues.none.text")))
        return
    left, right = st.columns(2)
    with left:
        chosen = period(seen, 28, LENGTHS)
    with right:
        place = st.selectbox(seen.words("queues.pick"), names, key="queue") if names else ""
    st.html(looks.text(span_words(seen, chosen)))
    waits, totals = ask(seen, "waits", chosen), ask(seen, "queue_totals", chosen)
    banners(seen, places, waits, totals)
    st.html(looks.tiles(_tiles(seen, str(place), waits, totals)))
    if len(names) > 1:
        _all(seen, names, waits, totals)
    _grid(seen, str(place), chosen)
    _trend(seen, str(place), chosen)
    _ahead(seen)


def _tiles(seen: Visit, place: str, waits: Answer, totals: Answer) -> list[Tile]:
    words = seen.words
    made = []
    for of, build in (("wait", figures.wait_tile), ("wait", figures.promise_tile), ("service", figures.service_tile)):
        row = next((row for row in waits.rows if row["place"] == place and row["of"] == of), None)
        made.append(build(row, words))
    if not waits.known:
        made = [unanswered(tile.title, waits.state, words) for tile in made]
    total = next((row for row in totals.rows if row["place"] == place), None)
    summed = [figures.left_tile(total, words), figures.served_tile(total, words)]
    if not totals.known:
        summed = [unanswered(tile.title, totals.state, words) for tile in summed]
    return [*made[:2], *summed, *made[2:]]


def _all(seen: Visit, names: list[str], waits: Answer, totals: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("queues.all")))
    heads = [words(f"queues.col.{name}") for name in COLUMNS]
    st.html(looks.table(heads, figures.queue_lines(names, waits.rows, totals.rows, words)))
    if len(names) > figures.MOST_QUEUES:
        st.html(looks.text(words("queues.more", n=len(names) - figures.MOST_QUEUES)))


def _grid(seen: Visit, place: str, chosen: Period) -> None:
    words = seen.words
    st.html(looks.section(words("queues.grid")))
    found = ask(seen, "queue_grid", chosen)
    if not found.known:
        st.html(looks.text(words(f"tile.{found.state}")))
        return
    measure = st.selectbox(
        words("queues.by"), MEASURES, format_func=lambda name: words(f"queues.by_{name}"), key="measure"
    )
    shown = grid(found.rows, place, measure, shown_hours(seen.site))
    if not any(cell.value is not None for cell in shown.cells.values()):
        st.html(looks.text(words("queues.grid_none")))
        return
    st.html(grid_html(shown, words))
    low, high = shown.ends
    there = {cell.state for cell in shown.cells.values()}
    signs = {"withheld": DOTTED, "missing": HATCH}
    legend = [(ramp(), words("queues.low_high", low=low, high=high))]
    legend += [(look, words(f"queues.legend_{state}")) for state, look in signs.items() if state in there]
    st.html(looks.legend(legend))
    _grid_words(seen, shown)


def _grid_words(seen: Visit, shown: Grid) -> None:
    words, measure = seen.words, shown.measure
    hours = [
        words(
            "queues.grid_hour",
            day=words(f"weekday.{day}"),
            hour=f"{hour:02d}:00",
            value=text_of(cell, measure, words),
        )
        for day, hour, cell in worst(shown)
    ]
    key = "queues.grid_worst" if measure == "p90_s" else f"queues.grid_worst_{measure}"
    st.html(looks.text(" ".join((words(key, list="; ".join(hours)), words("queues.grid_note")))))
    with st.expander(words("queues.grid_table")):
        lines = [
            [words(f"weekday.{day}"), f"{hour:02d}:00", text_of(cell, measure, words)]
            for (day, hour), cell in sorted(shown.cells.items())
        ]
        st.html(looks.table([words(f"queues.col.{name}") for name in ("weekday", "hour", "value")], lines))


def _trend(seen: Visit, place: str, chosen: Period) -> None:
    words = seen.words
    st.html(looks.section(words("queues.trend")))
    found = ask(seen, "stays", chosen)
    if not found.known:
        st.html(looks.text(words(f"tile.{found.state}")))
        return
    days = trend.by_day(found.rows, place, seen.site)
    said = trend.trend_alt(days, place, words)
    if any(day.within is not None for day in days):
        with st.container(key="chart"):
            chart(trend.trend_chart, days, words, alt=said, key="trend")
    st.html(looks.text(said))


def _ahead(seen: Visit) -> None:
    words = seen.words
    st.html(looks.section(words("queues.roster")))
    found = seen.ask("staffing", day=seen.site["day"].isoformat())
    if not found.known:
        st.html(looks.text(words(f"tile.{found.state}")))
    else:
        _roster(seen, found.rows)
    _what_if(seen, found.rows)


def _roster(seen: Visit, rows: list[dict[str, Any]]) -> None:
    words, hours = seen.words, roster.hours(rows)
    if not any(one.need is not None for one in hours):
        why = next((one.reason for one in hours if one.reason), None)
        known = words.named("queues.why", why)
        st.html(looks.text(words("queues.roster_why", why=known) if why else words("queues.roster_none")))
        return
    short = roster.gaps(hours)
    compared = any(one.there is not None for one in hours)
    lines = [roster.gap_text(gap, words) for gap in short[:MOST_GAPS]]
    if len(short) > MOST_GAPS:
        lines.append(words("queues.gaps_more", n=len(short) - MOST_GAPS))
    if compared and not short:
        lines.append(words("queues.gaps_none"))
    lines.append(words("queues.against_planned" if compared else "queues.against_nothing"))
    for line in lines:
        st.html(looks.text(line))
    st.html(roster.roster_html(hours, words))
    first = next(row for row in rows if row["need"] is not None)
    promise = span(first["promise_s"]) if first["promise_s"] else "–"
    st.html(looks.text(words("queues.roster_note", level=percent(first["level"]), promise=promise)))


def _what_if(seen: Visit, rows: list[dict[str, Any]]) -> None:
    words, start = seen.words, model.given(rows)
    st.html(looks.section(words("queues.whatif")))
    st.html(looks.text(words("queues.whatif_measured" if start.measured else "queues.whatif_example")))
    left, right = st.columns(2)
    with left:
        tills = st.slider(words("queues.slide_tills"), 1, max(12, start.tills + 4), start.tills, key="tills")
        service = st.slider(
            words("queues.slide_service"), 10, max(300, start.service_s), max(10, start.service_s), key="service"
        )
    with right:
        most = max(200, 2 * start.arrivals_h)
        arrivals = st.slider(words("queues.slide_arrivals"), 1, most, start.arrivals_h, key="arrivals")
        promise = st.slider(
            words("queues.slide_promise"), 30, max(600, start.promise_s), max(30, start.promise_s), 10, key="promise"
        )
    st.html(looks.tiles(model.model_tiles(arrivals, service, tills, promise, words)))
