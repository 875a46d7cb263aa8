"""The Drivers and actions page: what goes with the score, what could not be told, and what is done about it."""

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.drivers import effects
from dashboard.drivers.chart import effect_alt, effect_chart
from dashboard.drivers.chart import effects as drawable
from dashboard.upkeep import Cell
from dashboard.views.actions import actions_part
from dashboard.views.drawn import chart
from dashboard.views.entrance import Visit, visit
from dashboard.views.heading import banners, top
from dashboard.views.period import ask, period, span_words
from dashboard.views.trials import trials_part

LENGTHS = (28, 56, 182)


def page() -> None:
    """The page; it looks back, so it is drawn anew when somebody chooses something."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None or top(seen) is None:
        return
    chosen = period(seen, 56, LENGTHS)
    st.html(looks.text(span_words(seen, chosen)))
    found = ask(seen, "drivers", chosen)
    banners(seen, found)
    _effects(seen, found)
    actions_part(seen)
    trials_part(seen)


def _table(seen: Visit, columns: tuple[str, ...], lines: list[list[Cell]]) -> None:
    st.html(looks.table([seen.words(f"drivers.col.{column}") for column in columns], lines))


def _effects(seen: Visit, found: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("drivers.title")))
    if not found.known or not found.rows:
        st.html(looks.text(words("drivers.none" if found.known else f"tile.{found.state}")))
        return
    drawn = drawable(found.rows, words)
    if drawn:
        with st.container(key="chart"):
            chart(effect_chart, drawn, words, alt=effect_alt(drawn, words), key="effects")
        _table(seen, effects.EFFECT_COLUMNS, effects.effect_lines(found.rows, words))
    else:
        st.html(looks.text(words("drivers.no_effect")))
    st.html(looks.section(words("drivers.untold")))
    untold = effects.untold_lines(found.rows, words)
    if untold:
        _table(seen, effects.UNTOLD_COLUMNS, untold)
    else:
        st.html(looks.text(words("drivers.untold_none")))
    st.html(looks.section(words("drivers.meter")))
    first = found.rows[0]
    meter = effects.meter(found.rows, words)
    st.html(meter or looks.text(words("drivers.meter_none", answers=first["answers"], days=first["days"])))
    with st.expander(words("drivers.method")):
        st.html(looks.text(words("drivers.method_text")))
