"""The Voice page: what customers say, how sure that is, where it lies apart, and how their answers come in."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.upkeep import Cell
from dashboard.views.drawn import chart
from dashboard.views.entrance import REFRESH_S, Visit, visit
from dashboard.views.heading import banners, top
from dashboard.views.period import Period, ask, period, span_words
from dashboard.views.wizard import wizard
from dashboard.voice import asked, comments, groups, scores, spread, trend

LENGTHS = (7, 28, 56, 182)


def page() -> None:
    """The page; it looks back, so it is drawn anew when somebody chooses something."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None:
        return
    # A shop without sensors may ask its customers all the same.
    if top(seen) is None and seen.reads.pulse().state != "fresh":
        return
    chosen = period(seen, 56, LENGTHS)
    st.html(looks.text(span_words(seen, chosen)))
    found, by = ask(seen, "scores", chosen), ask(seen, "scores_by", chosen)
    banners(seen, found, by)
    if _scores(seen, found):
        _weeks(seen, by)
        _groups(seen, by)
        _heard(seen, chosen)
        _written(seen, chosen)
    _pressed(seen)
    wizard(seen)


def table(seen: Visit, columns: Sequence[str], lines: list[list[Cell]], group: str = "voice") -> None:
    """A table whose headings are words of a page."""
    st.html(looks.table([seen.words(f"{group}.col.{column}") for column in columns], lines))


def told(seen: Visit, answer: Answer, none: str) -> bool:
    """Whether there are rows to show; else why there are none has been said."""
    if not answer.known:
        st.html(looks.text(seen.words(f"tile.{answer.state}")))
    elif not answer.rows:
        st.html(looks.text(seen.words(none)))
    return answer.known and bool(answer.rows)


def _scores(seen: Visit, found: Answer) -> bool:
    words = seen.words
    st.html(looks.section(words("voice.title")))
    if not found.known:
        st.html(looks.text(words(f"tile.{found.state}")))
        return True
    tiles = scores.score_tiles(found.rows, words)
    if not tiles:
        st.html(looks.state(words("voice.none.head"), words("voice.none.text")))
        return False
    st.html(looks.tiles(tiles))
    with st.expander(words("voice.spread"), expanded=False):
        for row in found.rows:
            _spread(seen, row)
    return True


def _spread(seen: Visit, row: dict[str, object]) -> None:
    name, shares = seen.words.named("voice.name", row["score"]), spread.spread(row)
    if not shares:
        st.html(looks.text(seen.words("voice.spread_none", score=name)))
        return
    st.html(spread.spread_html(name, shares, seen.words))
    if sides := spread.sides(shares, seen.words):
        st.html(looks.legend(sides))


def _weeks(seen: Visit, by: Answer) -> None:
    st.html(looks.section(seen.words("voice.trend")))
    if not told(seen, by, "voice.groups_none"):
        return
    score = _pick(seen, groups.scores_of(by.rows), "trend-score")
    weeks = groups.weeks(by.rows, score)
    said = trend.trend_alt(weeks, score, seen.words)
    if any(week.value is not None for week in weeks):
        with st.container(key="chart"):
            chart(trend.trend_chart, weeks, score, seen.words, alt=said, key="trend")
    st.html(looks.text(said))


def _pick(seen: Visit, known: list[str], key: str) -> str:
    return str(
        st.selectbox(
            seen.words("voice.pick"), known, key=key, format_func=lambda name: seen.words.named("voice.name", name)
        )
    )


def _groups(seen: Visit, by: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("voice.groups")))
    if not told(seen, by, "voice.groups_none"):
        return
    left, right = st.columns(2)
    with left:
        kind = st.selectbox(
            words("voice.by"), groups.KINDS, key="kind", format_func=lambda name: words(f"voice.by.{name}")
        )
    with right:
        score = _pick(seen, groups.scores_of(by.rows), "group-score")
    lines = groups.group_lines(by.rows, str(kind), score, words)
    if not lines:
        st.html(looks.text(words("voice.groups_none")))
        return
    table(seen, groups.COLUMNS, lines)
    st.html(looks.text(words("voice.groups_note")))


def _heard(seen: Visit, chosen: Period) -> None:
    words = seen.words
    found = ask(seen, "weighted", chosen)
    st.html(looks.section(words("voice.weighted")))
    if told(seen, found, "voice.weighted_none"):
        table(seen, asked.WEIGHTED_COLUMNS, asked.weighted_lines(found.rows, words))
        st.html(looks.text(words("voice.weighted_note")))
    found = ask(seen, "response", chosen)
    st.html(looks.section(words("voice.response")))
    if not told(seen, found, "voice.response_none"):
        return
    st.html(looks.text(asked.response_all(found.rows, words)))
    if bars := asked.response_bars(found.rows):
        with st.container(key="chart-response"):
            chart(asked.response_chart, bars, words, alt=words("voice.response_alt"), key="response")
    if lines := asked.response_lines(found.rows, words):
        with st.expander(words("voice.table")):
            table(seen, ("hour", "answers", "visitors", "rate"), lines)


def _written(seen: Visit, chosen: Period) -> None:
    words = seen.words
    st.html(looks.section(words("voice.themes")))
    found = [ask(seen, name, chosen) for name in ("themes", "words")]
    shapes: tuple[tuple[tuple[str, ...], Callable[[list[dict[str, object]]], list[list[Cell]]]], ...] = (
        (comments.THEME_COLUMNS, lambda rows: comments.theme_lines(rows, words)),
        (comments.WORD_COLUMNS, comments.word_lines),
    )
    if all(answer.known and not answer.rows for answer in found):
        st.html(looks.text(words("voice.themes_none")))
    else:
        for place, answer, (columns, lines) in zip(st.columns(2), found, shapes, strict=True):
            with place:
                if told(seen, answer, "voice.themes_none"):
                    table(seen, columns, lines(answer.rows))
    _comments(seen, chosen)


def _comments(seen: Visit, chosen: Period) -> None:
    words = seen.words
    st.html(looks.section(words("voice.comments")))
    if not seen.reads.viewer.may_read_comments:
        st.html(looks.text(words("voice.comments_right")))
        return
    found = ask(seen, "comments", chosen)
    if not told(seen, found, "voice.comments_none"):
        return
    st.html(looks.text(words("voice.comments_note")))
    with st.expander(words("voice.comments")):
        st.html(f'<div class="in-prose">{comments.comments_html(found.rows, words)}</div>')
    if len(found.rows) > comments.MOST_COMMENTS:
        st.html(looks.text(words("voice.comments_more", n=len(found.rows) - comments.MOST_COMMENTS)))


def _pressed(seen: Visit) -> None:
    st.html(looks.section(seen.words("voice.kiosk")))
    _presses(seen)


@st.fragment(run_every=REFRESH_S)
def _presses(seen: Visit) -> None:
    found = seen.ask("kiosk")
    if told(seen, found, "voice.kiosk_none"):
        table(seen, comments.PRESS_COLUMNS, comments.press_lines(found.rows, seen.words))
