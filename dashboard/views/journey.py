"""The Journey page: how many get how far, how long it takes, what they say, where it hurts, their ways."""

from html import escape

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.journey import moments, pains, stages, ways
from dashboard.upkeep import Cell
from dashboard.views.drawn import chart
from dashboard.views.entrance import Visit, visit
from dashboard.views.heading import banners, top
from dashboard.views.period import ask, period, span_words

LENGTHS = (7, 28, 56)


def page() -> None:
    """The page; it looks back, so it is drawn anew when somebody chooses something."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None or top(seen) is None:
        return
    chosen = period(seen, 28, LENGTHS)
    st.html(looks.text(span_words(seen, chosen)))
    found, hurts, flows = (ask(seen, name, chosen) for name in ("journey", "pains", "flows"))
    banners(seen, found, hurts, flows)
    known = ways.ways(flows.rows)
    _stages(seen, found)
    _picked(seen, found, hurts, known)
    _pains(seen, hurts)
    _moments(seen, ask(seen, "bad_moments", chosen))
    _ways(seen, flows, known)


def _table(seen: Visit, columns: tuple[str, ...], lines: list[list[Cell]]) -> None:
    st.html(looks.table([seen.words(f"journey.col.{column}") for column in columns], lines))


def _told(seen: Visit, title: str, answer: Answer, none: str) -> bool:
    """Whether there is something to show under this heading; else why not has been said."""
    st.html(looks.section(seen.words(title)))
    if not answer.known:
        st.html(looks.text(seen.words(f"tile.{answer.state}")))
    elif not answer.rows:
        st.html(looks.text(seen.words(none)))
    return answer.known and bool(answer.rows)


def _stages(seen: Visit, found: Answer) -> None:
    words = seen.words
    if not _told(seen, "journey.title", found, "journey.none"):
        return
    if bars := stages.stage_bars(found.rows, words):
        said = words("journey.bars_alt", list="; ".join(f"{name} {people}" for name, people in bars))
        with st.container(key="chart"):
            chart(stages.stage_chart, bars, words, alt=said, key="stages")
    _table(seen, stages.STAGE_COLUMNS, stages.stage_lines(found.rows, words))
    st.html(looks.text(words("journey.note")))


def _picked(seen: Visit, found: Answer, hurts: Answer, known: list[ways.Way]) -> None:
    words = seen.words
    by_key = {stages.key_of(row): row for row in found.rows}
    if not by_key:
        return
    st.html(looks.section(words("journey.pick")))
    wanted = st.query_params.get("stage", "")
    chosen = st.selectbox(
        words("journey.col.stage"),
        list(by_key),
        index=list(by_key).index(wanted) if wanted in by_key else 0,
        format_func=lambda key: stages.name_of(by_key[key], words),
        key="stage",
    )
    if chosen != wanted and (wanted or chosen != next(iter(by_key))):
        st.query_params["stage"] = str(chosen)
    row = by_key[str(chosen)]
    _table(seen, stages.STAGE_COLUMNS, stages.stage_lines([row], words))
    mine = [one for one in hurts.rows if one["stage"] == row["stage"] and not pains.pleases(one)]
    if mine:
        _table(seen, pains.PAIN_COLUMNS, pains.pain_lines(mine, words))
    elif hurts.known:
        st.html(looks.text(words("journey.no_pain")))
    near = [way for way in known if row["place"] in (way.place, way.to)]
    if near:
        _table(seen, ways.WAY_COLUMNS, ways.way_lines(near, words))
    other = "queue" if row["stage"] in ("queue", "till") else "voice"
    address = f"{'queues' if other == 'queue' else other}?site={seen.site['site']}"
    label = escape(words(f"journey.link.{other}"))
    st.html(f'<p class="in-text"><a href="{escape(address)}" target="_self">{label}</a></p>')


def _pains(seen: Visit, hurts: Answer) -> None:
    if not _told(seen, "journey.pains", hurts, "journey.pains_none"):
        return
    hurting = [row for row in hurts.rows if not pains.pleases(row)]
    pleasing = [row for row in hurts.rows if pains.pleases(row)]
    if hurting:
        _table(seen, pains.PAIN_COLUMNS, pains.pain_lines(hurting, seen.words))
    else:
        st.html(looks.text(seen.words("journey.pains_none")))
    st.html(looks.text(seen.words("journey.pains_note")))
    if pleasing:
        st.html(looks.section(seen.words("journey.pleases")))
        _table(seen, pains.PAIN_COLUMNS, pains.pain_lines(pleasing, seen.words))


def _moments(seen: Visit, found: Answer) -> None:
    words = seen.words
    if not _told(seen, "journey.moments_title", found, "journey.moments_none"):
        return
    days = moments.moments(found.rows)
    said = moments.moment_text(days, words)
    st.html(looks.text(said))
    if missing := moments.unmeasured(found.rows, words):
        st.html(looks.text(words("journey.moments_missing", list=missing)))
    if days:
        with st.container(key="chart-moments"):
            chart(moments.moment_chart, days, words, alt=said, key="moments")
    with st.expander(words("voice.table")):
        _table(seen, moments.MOMENT_COLUMNS, moments.moment_lines(found.rows, words))


def _ways(seen: Visit, flows: Answer, known: list[ways.Way]) -> None:
    words = seen.words
    if not _told(seen, "journey.ways", flows, "journey.ways_none"):
        return
    if not known:
        st.html(looks.text(words("journey.ways_none")))
        return
    said = ways.sankey_alt(known, words)
    with st.container(key="chart-ways"):
        option, tall = ways.sankey(known), ways.height(known)
        st.echarts_chart(option, height=tall, theme=None, renderer="svg", alt=said, key="ways")
    st.html(looks.text(words("journey.ways_note")))
    if len(known) > ways.MOST:
        st.html(looks.text(words("journey.ways_more", n=len(known) - ways.MOST)))
    with st.expander(words("voice.table")):
        _table(seen, ways.WAY_COLUMNS, ways.way_lines(known, words))
