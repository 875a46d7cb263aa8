"""The Data health page: what sends, what was observed, what was lost or refused, and which privacy level holds."""

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.heat import calendar_html, calendars, heat_legend
from dashboard.today import so_far
from dashboard.trust import trust
from dashboard.upkeep import device_lines, gap_lines, privacy_lines, quarantine_lines, sensor_lines
from dashboard.views.checking import balance, counted, strange
from dashboard.views.counting import OPEN, counting
from dashboard.views.entrance import REFRESH_S, Visit, say, visit
from dashboard.views.heading import banners, head, top

DEVICES = ("device", "state", "seen", "until", "held", "dropped", "clock", "version")


def page() -> None:
    """The page, refreshed more slowly than Now: nobody acts on it by the second."""
    st.html(looks.STYLE)
    if st.session_state.get(OPEN):
        _counting()
    else:
        _refreshed()


def _counting() -> None:
    """A count by hand in the place of the page, which would refresh itself under the person's thumb."""
    seen = visit()
    if seen is not None and top(seen, "now") is not None:
        counting(seen)


@st.fragment(run_every=2 * REFRESH_S)
def _refreshed() -> None:
    seen = visit()
    if seen is None:
        return
    devices, sensors = seen.ask("devices"), seen.ask("sensors")
    if not devices.known:
        say(devices.state, seen.words)
        return
    visitors, coverage = seen.ask("visitors", 0), seen.ask("coverage", 6)
    gaps, quarantine = seen.ask("gaps", 6), seen.ask("quarantine")
    known = trust(devices.rows, sensors.rows, seen.at)
    head(seen, known, so_far(visitors.rows, seen.site, known.until).share, "now")
    if not devices.rows:
        say("empty", seen.words)
        return
    banners(seen, devices, sensors, visitors, coverage, gaps, quarantine)
    zone, words = seen.site["timezone"], seen.words
    _table(seen, "devices", devices, device_lines(devices.rows, zone, seen.at, words), DEVICES)
    lines = sensor_lines(sensors.rows, devices.rows, seen.at, words)
    _table(seen, "sensors", sensors, lines, ("sensor", "device", "kind", "state", "seen"))
    _calendars(seen, coverage, sensors)
    balance(seen)
    strange(seen)
    counted(seen)
    _table(seen, "gaps", gaps, gap_lines(gaps.rows, zone, seen.at), ("device", "lost", "at", "reason"))
    lines = quarantine_lines(quarantine.rows, zone, seen.at)
    _table(seen, "quarantine", quarantine, lines, ("reason", "n", "last"))
    _privacy(seen, devices)


def _table(
    seen: Visit, name: str, answer: Answer, lines: list[list[str | tuple[str, str]]], columns: tuple[str, ...]
) -> None:
    words = seen.words
    st.html(looks.section(words(f"health.{name}")))
    if not answer.known:
        st.html(looks.text(words(f"tile.{answer.state}")))
    elif not lines:
        st.html(looks.text(words(f"none.{name}")))
    else:
        st.html(looks.table([words(f"col.{column}") for column in columns], lines))


def _calendars(seen: Visit, coverage: Answer, sensors: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("health.coverage")))
    if not coverage.known:
        st.html(looks.text(words(f"tile.{coverage.state}")))
        return
    found = calendars(coverage.rows, sensors.rows, seen.site, seen.at)
    if not coverage.rows or not found:
        st.html(looks.text(words("none.coverage")))
        return
    for calendar in found:
        st.html(calendar_html(calendar, seen.site, words))
    st.html(looks.legend(heat_legend(found, words)))


def _privacy(seen: Visit, devices: Answer) -> None:
    st.html(looks.section(seen.words("health.privacy")))
    for names, sentence in privacy_lines(devices.rows, seen.words):
        st.html(looks.text(sentence, strong=names))
    if not any(row["level"] for row in devices.rows):
        st.html(looks.text(seen.words("none.privacy")))
