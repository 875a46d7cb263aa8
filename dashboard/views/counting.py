"""A guided count by hand: choose a door, count two windows of five minutes, look at them, save them."""

import time
from importlib.resources import files
from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.doors.rounds import Round, Window, begun, document, taps_of, windows_of
from dashboard.times import clock, clock_zone
from dashboard.views.entrance import Visit

_PARTS = files("dashboard") / "doors"
_BUTTONS = "".join(
    f'<div><button class="more {way}" type="button"><span></span><b>0</b></button>'
    f'<button class="less {way}" type="button"></button></div>'
    for way in ("in", "out")
)
_TALLY = st.components.v2.component(
    "instore_tally",
    html=f'<div class="tally"><p class="told" role="status"></p><p class="left" role="timer"></p>'
    f'<div class="ways">{_BUTTONS}</div></div>',
    css=(_PARTS / "tally.css").read_text(encoding="utf-8"),
    js=(_PARTS / "tally.js").read_text(encoding="utf-8"),
)
OPEN, _ROUND, _DONE, SAID = "counting", "counting-round", "counting-done", "counting-said"
_WORDS = ("wait", "count", "ended", "in", "out", "less_in", "less_out")
_SKEW_S = 5.0


def counting(seen: Visit) -> None:
    """The count in the place of the page, until it is saved, given up or left."""
    found: Round | None = st.session_state.get(_ROUND)
    if found is None or found.site != seen.site["site"]:
        _choose(seen)
    elif st.session_state.get(_DONE) or time.time() >= found.end:
        _review(seen, found)
    else:
        _count(seen, found)


def door_rows(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that can be counted at, by name."""
    return sorted((row for row in places if row["kind"] == "line"), key=lambda row: row["place"])


def _choose(seen: Visit) -> None:
    words, rows = seen.words, door_rows(seen.ask("places").rows)
    st.html(looks.section(words("count.title")))
    st.html(looks.text(words("count.about")))
    st.html(looks.text(words("count.how")))
    if not rows:
        st.html(looks.text(words("count.no_door")))
    else:
        by_name = {row["place"]: row for row in rows}
        place = st.selectbox(words("count.pick"), list(by_name), key="count-door")
        device = by_name[place]["device"]
        for row in seen.ask("devices").rows:
            if row["device"] == device and abs(row["skew_s"] or 0.0) >= _SKEW_S:
                skew = f"{row['skew_s']:+.0f}"
                st.html(looks.banner(words("count.skew", device=device, skew=skew)))
        if st.button(words("count.start"), type="primary", key="count-start"):
            st.session_state[_ROUND] = begun(seen.site["site"], device, place, time.time())
            st.session_state[_DONE] = False
            st.rerun()
    if st.button(words("count.back"), key="count-back"):
        _leave()


@st.fragment
def _count(seen: Visit, found: Round) -> None:
    """A fragment: a tap draws this part anew and nothing else; the browser keeps the number by itself."""
    words, zone = seen.words, seen.site["timezone"]
    at = words("count.at", place=found.place, start=clock(found.start, zone), end=clock_zone(found.end, zone))
    st.html(looks.section(at))
    said = {name: words(f"count.{name}") for name in _WORDS}
    data = {"id": found.id, "start": found.start, "window_s": 300, "windows": 2, "now": time.time(), "words": said}
    kept = taps_of(found, (st.session_state.get(f"tally-{found.id}") or {}).get("tally"))
    told = _TALLY(key=f"tally-{found.id}", data=data | {"taps": kept}, on_tally_change=lambda: None).tally
    _keep(found, told)
    left, right = st.columns(2)
    with left:
        if st.button(words("count.finish"), key="count-finish", width="stretch"):
            if windows_of(found, [], time.time()):
                st.session_state[_DONE] = True
                st.rerun()
            st.html(looks.text(words("count.too_soon")))
    with right:
        if st.button(words("count.discard"), key="count-discard", width="stretch"):
            _leave()
    if told and told.get("ended"):
        st.session_state[_DONE] = True
        st.rerun()


def _keep(found: Round, told: Any) -> None:
    """The taps outlive the drawn part: a page left and come back to goes on with them."""
    taps = taps_of(found, told)
    if taps or found.id not in st.session_state:
        st.session_state[found.id] = taps


def _review(seen: Visit, found: Round) -> None:
    words, zone = seen.words, seen.site["timezone"]
    counted = windows_of(found, st.session_state.get(found.id, []), time.time())
    st.html(looks.section(words("count.result")))
    heads = [words(f"count.{name}") for name in ("col.window", "in", "out")]
    lines = [[clock(one.start, zone), str(one.entries), str(one.exits)] for one in counted]
    st.html(looks.table(heads, lines))
    note = st.text_input(words("count.note"), max_chars=500, key="count-note")
    if not seen.reads.viewer.may_write:
        st.html(looks.text(words("count.may_not")))
    elif st.button(words("count.save"), type="primary", key="count-save"):
        _save(seen, found, counted, note)
    if st.button(words("count.discard"), key="count-discard"):
        _leave()


def _save(seen: Visit, found: Round, counted: list[Window], note: str) -> None:
    for window in counted:
        name, body = document(found, window, note)
        written = seen.reads.write("count", name, found.site, 0, body)
        if written.state != "written":
            st.html(looks.banner(seen.words(f"count.not.{written.state}", why=written.why)))
            return
    st.session_state[SAID] = "count.saved"
    _leave()


def _leave() -> None:
    for key in (OPEN, _ROUND, _DONE):
        st.session_state.pop(key, None)
    st.rerun()
