"""The alerts on the Now page: what is open, and the button that says that somebody has seen it."""

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.now.alerts import MOST, Alert, alert_html, still_open, told
from dashboard.views.entrance import Visit

_SAID = "alert-said"


def open_alerts(seen: Visit, answer: Answer) -> int:
    """Draw what is open, in front of the tiles; how many that are. Nothing is drawn where none is."""
    rows = still_open(answer.rows)
    if rows:
        st.html(looks.section(seen.words("alerts.title")))
    for row in rows[:MOST]:
        _alert(seen, told(row, seen.site["timezone"], seen.at, seen.words))
    if len(rows) > MOST:
        st.html(looks.text(seen.words("alerts.more", n=len(rows) - MOST)))
    if said := st.session_state.pop(_SAID, None):
        st.html(looks.banner(said) if said != seen.words("alerts.written") else looks.text(said))
    return len(rows)


def no_alerts(seen: Visit, answer: Answer) -> None:
    """Say that none is open, or why nobody knows."""
    words = seen.words
    said = words("alerts.none") if answer.known else words("alerts.failed", why=words(f"tile.{answer.state}"))
    st.html(looks.text(said, words("alerts.title") + ":"))


def _alert(seen: Visit, one: Alert) -> None:
    words = seen.words
    st.html(alert_html(one))
    if not one.seen and seen.reads.viewer.may_write:
        label = words("alerts.see", place=one.place)
        st.button(label, key=f"see-{one.id}", on_click=_acknowledge, args=(seen, one.id))


def _acknowledge(seen: Visit, alert: str) -> None:
    """Write down that this person has seen it; the id of the alert is the id of the document."""
    found = seen.reads.write("acknowledgement", alert, seen.site["site"], 0, {"alert": alert})
    key = "failed_write" if found.state == "failed" else found.state
    st.session_state[_SAID] = seen.words(f"alerts.{key}", why=found.why)
