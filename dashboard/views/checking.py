"""What the Data health page says of doors: balance, strange hours, counts by hand and corrections."""

from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.doors import checks, corrections, days
from dashboard.views.counting import OPEN, SAID
from dashboard.views.entrance import Visit
from dashboard.views.period import ask, last

MOST = 60
_DOORS = ("door", "in", "out", "imbalance", "over", "meaning")
_DAYS = ("day", "door", "in", "out", "day_imbalance", "drift", "coverage")
_STRANGE = ("door", "start", "end", "kind", "ratio", "whose")
_POOLED = ("door", "way", "counts", "counted", "measured", "error", "verdict")
_COUNTS = ("door", "at", "way", "counted", "measured", "error")
_KEPT = ("door", "in_factor", "out_factor", "since", "beside", "state", "by")
Lines = list[list[str | tuple[str, str]]]


def balance(seen: Visit) -> None:
    """In and out by door over two weeks, and the store's drift."""
    words, found = seen.words, ask(seen, "health_days", last(seen, 14))
    st.html(looks.section(words("doors.title")))
    if _unknown(seen, found):
        return
    there = days.doors(found.rows)
    if not there:
        st.html(looks.text(words("doors.none")))
        return
    _table(seen, "doors.col", _DOORS, days.door_lines(there, words))
    st.html(looks.text(days.drift_words(found.rows, words)))
    with st.expander(words("doors.days")):
        _table(seen, "doors.col", _DAYS, days.day_lines(found.rows, words))


def strange(seen: Visit) -> None:
    """Hours unlike the same hours of the weeks before, and whose fault they look like."""
    words, found = seen.words, ask(seen, "anomalies", last(seen, 28))
    st.html(looks.section(words("strange.title")))
    if _unknown(seen, found):
        return
    lines = days.strange_lines(found.rows, seen.site["timezone"], seen.at, words)
    if lines:
        _table(seen, "strange.col", _STRANGE, lines)
    else:
        st.html(looks.text(words("strange.none")))


def counted(seen: Visit) -> None:
    """Counts by hand beside what sensors told of the same windows, and the corrections that people keep."""
    words, found = seen.words, ask(seen, "count_check", last(seen, 56))
    st.html(looks.section(words("count.title")))
    if said := st.session_state.pop(SAID, None):
        st.html(looks.text(words(said)))
    st.html(looks.text(words("count.about")))
    if st.button(words("count.open"), key="count-open"):
        st.session_state[OPEN] = True
        st.rerun()
    if _unknown(seen, found):
        return
    if not found.rows:
        st.html(looks.text(words("count.none")))
    else:
        if pooled := checks.door_lines(found.rows, words):
            _table(seen, "count.col", _POOLED, pooled)
        with st.expander(words("count.every")):
            lines = checks.count_lines(found.rows, seen.site["timezone"], seen.at, words)
            _table(seen, "count.col", _COUNTS, lines)
        st.html(looks.text(words("count.formula")))
    _corrections(seen, found.rows)


def _corrections(seen: Visit, rows: list[dict[str, Any]]) -> None:
    words, found = seen.words, seen.ask("documents", kind="correction")
    st.html(looks.section(words("count.corrections")))
    if _unknown(seen, found):
        return
    st.html(looks.text(words("count.silent")))
    kept = corrections.corrections(found.rows)
    if kept:
        measured = ask(seen, "health_days", last(seen, 56)).rows
        _table(seen, "count.col", _KEPT, [corrections.line(one, measured, words) for one in kept])
    else:
        st.html(looks.text(words("count.no_corrections")))
    for one in kept:
        _decide(seen, one)
    for device, place in sorted({(row["device"], row["place"]) for row in rows}):
        _propose(seen, rows, device, place, kept)


def _propose(seen: Visit, rows: list[dict[str, Any]], device: str, place: str, kept: list[corrections.Kept]) -> None:
    words, found = seen.words, checks.proposal(rows, device, place, seen.site["day"])
    if found.body is None:
        st.html(looks.text(words(f"count.why.{found.reason}", place=place)))
        return
    name = f"{device}-{place}"[:64]
    mine = next((one for one in kept if one.id == name), None)
    if mine and mine.state != "withdrawn" and mine.body.get("based_on") == found.body["based_on"]:
        return
    if seen.reads.viewer.may_write and st.button(words("count.propose", place=place), key=f"propose-{name}"):
        _write(seen, name, mine.version if mine else 0, found.body)


def _decide(seen: Visit, one: corrections.Kept) -> None:
    words, place = seen.words, one.body["place"]
    if not seen.reads.viewer.may_write:
        return
    if one.state == "proposed" and st.button(words("count.accept", place=place), key=f"accept-{one.id}"):
        _write(seen, one.id, one.version, one.body | {"state": "accepted"})
    if one.state != "withdrawn" and st.button(words("count.withdraw", place=place), key=f"withdraw-{one.id}"):
        _write(seen, one.id, one.version, one.body | {"state": "withdrawn"})


def _write(seen: Visit, name: str, version: int, body: dict[str, Any]) -> None:
    written = seen.reads.write("correction", name, seen.site["site"], version, body)
    if written.state == "written":
        st.rerun()
    st.html(looks.banner(seen.words(f"count.not.{written.state}", why=written.why)))


def _unknown(seen: Visit, found: Answer) -> bool:
    if not found.known:
        st.html(looks.text(seen.words(f"tile.{found.state}")))
    return not found.known


def _table(seen: Visit, group: str, columns: tuple[str, ...], lines: Lines) -> None:
    st.html(looks.table([seen.words(f"{group}.{name}") for name in columns], lines[:MOST]))
    if len(lines) > MOST:
        st.html(looks.text(seen.words("doors.more", n=len(lines) - MOST)))
