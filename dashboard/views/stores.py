"""The Stores page: the stores that a person may see, beside each other, without a ranking that chance could turn."""

from html import escape

import streamlit as st

from dashboard import looks
from dashboard.data import Rows
from dashboard.stores.beside import line, scores_of
from dashboard.stores.funnel import funnel, funnel_alt, points
from dashboard.stores.spread import alike
from dashboard.stores.weeks import by_week, card, highest, key
from dashboard.views.drawn import chart
from dashboard.views.entrance import Visit, say, visit
from dashboard.views.heading import banners
from dashboard.views.period import Period, period, span_words

LENGTHS, MOST = (28, 56, 182), 12
COLUMNS = ("store", "visitors", "observed", "score", "drawn", "answers", "place", "standing")
# This page shows every store, so the choice of one would say the wrong thing.
_ALL = "<style>.st-key-site { display: none; }</style>"


def page() -> None:
    """The page; drawn anew when somebody chooses something."""
    st.html(looks.STYLE + _ALL)
    seen = visit()
    if seen is None:
        return
    words = seen.words
    chosen = period(seen, 56, LENGTHS)
    found = seen.ask_all("stores", **chosen.params)
    if not found.known:
        say(found.state, words)
        return
    title = f'<div class="in-head"><h1>{escape(words("page.stores"))}</h1>'
    st.html(f'{title}<span class="day">{escape(span_words(seen, chosen))}</span></div>')
    banners(seen, found)
    if len(seen.sites) == 1:
        st.html(looks.text(words("stores.one", name=seen.sites[0]["name"])))
    scores = scores_of(found.rows)
    score = scores[0] if scores else None
    if len(scores) > 1:
        score = st.selectbox(
            words("stores.pick"), scores, format_func=lambda one: words.named("score", one), key="score"
        )
    rows = [row for row in found.rows if row["score"] == score]
    shown = _page(seen, rows)
    _weeks(seen, chosen, rows, shown)
    _table(seen, shown)
    if score is not None:
        _funnel(seen, rows, score)
        _alike(seen, chosen, score)


def _page(seen: Visit, rows: Rows) -> Rows:
    """The stores of the chosen part of the list, by name."""
    ordered = sorted(rows, key=lambda row: (row["name"], row["site"]))
    if len(ordered) <= MOST:
        return ordered
    starts = list(range(0, len(ordered), MOST))

    def named(start: int) -> str:
        return seen.words("stores.part_of", first=start + 1, last=min(start + MOST, len(ordered)), n=len(ordered))

    start = st.selectbox(seen.words("stores.which"), starts, format_func=named, key="part")
    return ordered[start : start + MOST]


def _weeks(seen: Visit, chosen: Period, rows: Rows, shown: Rows) -> None:
    words = seen.words
    st.html(looks.section(words("stores.weeks")))
    days = seen.ask_all("store_days", **chosen.params)
    if not days.known:
        st.html(looks.text(words("stores.missing", why=words(f"tile.{days.state}"))))
        return
    weeks = by_week(days.rows)
    top = highest(weeks.values())
    cards = "".join(card(row, weeks.get(row["site"], []), top, words) for row in shown)
    st.html(f'<div class="in-tiles in-cards">{cards}</div>')
    st.html(key(words))
    st.html(looks.text(words("stores.same_axis", top=top)))


def _table(seen: Visit, shown: Rows) -> None:
    words = seen.words
    st.html(looks.section(words("stores.beside")))
    heads = [words(f"stores.col.{name}") for name in COLUMNS]
    st.html(looks.table(heads, (line(row, words) for row in shown)))
    st.html(looks.text(words("stores.note")))


def _funnel(seen: Visit, rows: Rows, score: str) -> None:
    words = seen.words
    found = points(rows, score, words)
    if len(found) < 2:
        return
    st.html(looks.section(words("stores.funnel")))
    with st.container(key="chart"):
        chart(funnel, found, score, words, alt=funnel_alt(found, words), key="funnel")
    st.html(looks.text(funnel_alt(found, words)))


def _alike(seen: Visit, chosen: Period, score: str) -> None:
    words = seen.words
    st.html(looks.section(words("stores.alike")))
    found = seen.ask_all("consistency", **chosen.params)
    if not found.known:
        st.html(looks.text(words("stores.missing", why=words(f"tile.{found.state}"))))
        return
    for about, said in alike(found.rows, score, words):
        st.html(looks.text(said, about + ":"))
