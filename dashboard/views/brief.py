"""The Brief page: yesterday and the week, at most three findings each, or that nothing stands out; as a file too."""

from collections.abc import Callable
from datetime import date, timedelta

import streamlit as st

from dashboard import looks
from dashboard.brief import drawn
from dashboard.brief.paper import Paper, Part, paper
from dashboard.brief.told import finding_html
from dashboard.report import Kind, gathered, lacking, made
from dashboard.tiles import date_words
from dashboard.views.drawn import chart
from dashboard.views.entrance import Visit, visit
from dashboard.views.heading import banners, top

BACK = 28
_MIME: dict[Kind, str] = {"html": "text/html", "pdf": "application/pdf"}


def page() -> None:
    """The page; drawn anew when somebody chooses something."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None or top(seen) is None:
        return
    day = _day(seen)
    brief, counted = gathered(seen.ask, seen.site, day)
    banners(seen, brief, counted)
    found = paper(seen.site, day, brief, counted, seen.words)
    for part in found.parts:
        _part(seen, part)
    st.html(looks.section(seen.words("brief.chart")))
    if any(bar["n"] is not None for bar in found.bars):
        with st.container(key="chart"):
            chart(drawn.chart, found.bars, seen.words, alt=found.alt, key="days")
    st.html(looks.text(found.alt))
    st.html(looks.section(seen.words("brief.quality")))
    for line in found.quality:
        st.html(looks.text(line))
    st.html(looks.text(seen.words("brief.how")))
    _downloads(seen, found)


def _day(seen: Visit) -> date:
    """The chosen day, yesterday at first; what stands in the address counts only where it is a choice."""
    choices = [seen.site["day"] - timedelta(days=back) for back in range(1, BACK + 1)]
    wanted = st.query_params.get("day", "")
    index = next((n for n, day in enumerate(choices) if day.isoformat() == wanted), 0)
    chosen: date = st.selectbox(
        seen.words("brief.pick"),
        choices,
        index=index,
        format_func=lambda day: date_words({"day": day}, seen.words),
        key="day",
    )
    if chosen.isoformat() != wanted and (wanted or chosen != choices[0]):
        st.query_params["day"] = chosen.isoformat()
    return chosen


def _part(seen: Visit, part: Part) -> None:
    words = seen.words
    st.html(looks.section(part.title))
    st.html(looks.text(part.visitors))
    if part.silence:
        st.html(looks.text(part.silence))
    for number, one in enumerate(part.findings, start=1):
        st.html(finding_html(number, one, f"{one.page[0]}?site={seen.site['site']}", words))


def _downloads(seen: Visit, found: Paper) -> None:
    """The same as a file, made when somebody clicks and not before."""
    words, lacks = seen.words, lacking()
    if lacks == "extra":
        st.html(looks.text(words("brief.no_download")))
        return
    kinds: tuple[Kind, ...] = ("html",) if lacks else ("html", "pdf")
    for kind, column in zip(kinds, st.columns(4), strict=False):
        with column:
            name = f"{found.site}-{found.day.isoformat()}.{kind}"
            label = words(f"brief.download_{kind}")
            st.download_button(
                label, _file(kind, seen, found), name, _MIME[kind], key=f"download-{kind}", on_click="ignore"
            )
    if lacks:
        st.html(looks.text(words("brief.no_pdf")))


def _file(kind: Kind, seen: Visit, found: Paper) -> Callable[[], bytes]:
    return lambda: made(kind, found, seen.at, seen.words)
