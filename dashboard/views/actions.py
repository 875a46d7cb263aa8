"""The list of actions: who does what about a finding, until when, and what came of it."""

from datetime import date
from secrets import token_hex
from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.drivers.actions import ACTION_COLUMNS, STATES, Action, action_lines, actions, day_of, written
from dashboard.views.entrance import Visit
from dashboard.writing import Written

_SAID = "actions-said"


def actions_part(seen: Visit) -> None:
    """The list, and for whoever may write the forms to add and change."""
    words = seen.words
    st.html(looks.section(words("drivers.actions")))
    say_written(seen, _SAID)
    found = seen.ask("documents", kind="action")
    if not found.known:
        st.html(looks.text(words(f"tile.{found.state}")))
        return
    known = actions(found.rows)
    if known:
        heads = [words(f"drivers.col.{column}") for column in ACTION_COLUMNS]
        st.html(looks.table(heads, action_lines(known, seen.site["day"], words)))
    else:
        st.html(looks.text(words("drivers.actions_none")))
    if not seen.reads.viewer.may_write:
        st.html(looks.text(words("drivers.read_only")))
        return
    with st.expander(words("drivers.add")):
        _add(seen)
    if known:
        with st.expander(words("drivers.change")):
            _change(seen, known)


def say_written(seen: Visit, key: str) -> None:
    """What came of the last writing, once."""
    said: Written | None = st.session_state.pop(key, None)
    if said:
        tone = "good" if said.state == "written" else "act"
        st.html(looks.banner(seen.words(f"drivers.{said.state}", why=said.why), tone=tone))


def _add(seen: Visit) -> None:
    words = seen.words
    with st.form("action-add", clear_on_submit=True, border=False):
        what = st.text_input(words("drivers.what"), max_chars=200)
        why = st.text_input(words("drivers.why"), max_chars=500)
        owner = st.text_input(words("drivers.owner"), max_chars=80)
        due = st.date_input(words("drivers.due"), value=None, format="YYYY-MM-DD")
        sent = st.form_submit_button(words("drivers.save"))
    if sent and not what.strip():
        st.html(looks.banner(words("drivers.missing_what")))
    elif sent:
        _write(seen, f"action-{token_hex(6)}", 0, written(what, why, owner, _day(due)))


def _change(seen: Visit, known: list[Action]) -> None:
    words, by_id = seen.words, {one.id: one for one in known}
    picked = st.selectbox(
        words("drivers.pick"),
        list(by_id),
        format_func=lambda name: str(by_id[name].body.get("what", name)),
        key="action-pick",
    )
    one = by_id[str(picked)]
    body, mark = one.body, f"{one.id}-{one.version}"
    state = str(body.get("state", "open"))
    with st.form(f"action-{mark}", border=False):
        new = st.selectbox(
            words("drivers.new_state"),
            STATES,
            index=STATES.index(state) if state in STATES else 0,
            format_func=lambda name: words(f"drivers.state.{name}"),
        )
        owner = st.text_input(words("drivers.owner"), value=str(body.get("owner") or ""), max_chars=80)
        due = st.date_input(words("drivers.due"), value=day_of(body.get("due")), format="YYYY-MM-DD")
        verdict = st.text_input(words("drivers.verdict"), value=str(body.get("verdict") or ""), max_chars=500)
        sent = st.form_submit_button(words("drivers.save"))
    if sent:
        told = written(str(body.get("what", "")), str(body.get("why") or ""), owner, _day(due), body)
        _write(seen, one.id, one.version, told | {"state": new, "verdict": verdict.strip() or None})


def _day(found: Any) -> date | None:
    return found if isinstance(found, date) else None


def _write(seen: Visit, name: str, version: int, body: dict[str, Any]) -> None:
    st.session_state[_SAID] = seen.reads.write("action", name, seen.site["site"], version, body)
    st.rerun()
