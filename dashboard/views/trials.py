"""Trials: their verdicts, and a planner that draws a calendar by lot and saves it."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.drivers.trials import METRICS, TRIAL_COLUMNS, calendar_html, plan_text, trial_body, trial_lines
from dashboard.views.actions import say_written
from dashboard.views.entrance import Visit

_SAID = "trials-said"
_WEEKS = (4, 6, 8, 10, 12, 16)


def trials_part(seen: Visit) -> None:
    """The verdicts, and for whoever may write the planner."""
    words = seen.words
    st.html(looks.section(words("drivers.trials")))
    say_written(seen, _SAID)
    found = seen.ask("trials")
    if not found.known:
        st.html(looks.text(words(f"tile.{found.state}")))
    elif found.rows:
        heads = [words(f"drivers.col.{column}") for column in TRIAL_COLUMNS]
        st.html(looks.table(heads, trial_lines(found.rows, words)))
    else:
        st.html(looks.text(words("drivers.trials_none")))
    if not seen.reads.viewer.may_write:
        st.html(looks.text(words("drivers.read_only")))
        return
    with st.expander(words("drivers.planner")):
        _planner(seen)


def _planner(seen: Visit) -> None:
    words, tomorrow = seen.words, seen.site["day"] + timedelta(days=1)
    st.html(looks.text(words("drivers.planner_note")))
    name = st.text_input(words("drivers.trial_name"), max_chars=200, key="trial-name")
    left, middle, right = st.columns(3)
    metric = left.selectbox(
        words("drivers.metric"), METRICS, format_func=lambda one: words(f"drivers.metric.{one}"), key="trial-metric"
    )
    first = middle.date_input(
        words("drivers.first"), value=tomorrow, min_value=tomorrow, format="YYYY-MM-DD", key="trial-first"
    )
    weeks = right.selectbox(words("drivers.weeks"), _WEEKS, index=2, key="trial-weeks")
    if not isinstance(first, date):
        return
    asked = (str(metric), first.isoformat(), str(weeks))
    st.button(words("drivers.draw"), on_click=_drawn, args=(asked,), key="trial-draw")
    if st.session_state.get("trial-asked") != asked:
        return
    plan = seen.ask("trial_plan", metric=asked[0], day=asked[1], weeks=asked[2])
    if not plan.known or not plan.rows:
        st.html(looks.text(words("tile.failed" if plan.known else f"tile.{plan.state}")))
        return
    for line in plan_text(plan.rows, asked[0], words):
        st.html(looks.text(line))
    st.html(calendar_html(plan.rows, words))
    if st.button(words("drivers.save_trial"), type="primary", key="trial-save"):
        _save(seen, name, asked, plan.rows)


def _drawn(asked: tuple[str, str, str]) -> None:
    st.session_state["trial-asked"] = asked


def _save(seen: Visit, name: str, asked: tuple[str, str, str], rows: list[dict[str, Any]]) -> None:
    if not name.strip():
        st.html(looks.banner(seen.words("drivers.missing_name")))
        return
    body = trial_body(name, asked[0], rows, int(asked[2]))
    # The lot is the same for the same shop, metric, day and weeks: so is the document that keeps it.
    document = f"{asked[0].replace('_', '-')}-{asked[1]}-{asked[2]}w"
    st.session_state[_SAID] = seen.reads.write("trial", document, seen.site["site"], 0, body)
    st.session_state.pop("trial-asked", None)
    st.rerun()
