"""The Set-up page: the store and its promises, floor plan and places, sources, people, and what is kept."""

import streamlit as st

from dashboard import looks
from dashboard.data import settings
from dashboard.times import MISSING, moment, span
from dashboard.users import people
from dashboard.views import plan_editor
from dashboard.views.entrance import Visit, visit
from dashboard.views.heading import head_only
from edge.settings import SettingsError

_KEPT = ("windows", "daily", "scores", "comments", "quarantine")


def page() -> None:
    """The page; it does not refresh itself, for somebody is drawing on it."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None:
        return
    head_only(seen)
    if not seen.reads.viewer.may_write:
        st.html(looks.text(seen.words("setup.read_only")))
    names = ("store", "plan", "sources", "people", "kept")
    tabs = st.tabs([seen.words(f"setup.{name}") for name in names])
    for tab, part in zip(tabs, (_store, plan_editor.editor, _sources, _people, _kept), strict=True):
        with tab:
            part(seen)


def _store(seen: Visit) -> None:
    words, site = seen.words, seen.site
    hours = f"{site['opens']} – {site['closes']}" if site.get("opens") else MISSING
    shown = {
        "id": site["site"],
        "name": site["name"],
        "timezone": site["timezone"],
        "hours": hours,
        "day_starts": site["day_starts"],
        "notice": site["notice"] or MISSING,
    }
    lines = [[words(f"setup.{key}"), str(value)] for key, value in shown.items()]
    st.html(looks.table([words("setup.field"), words("setup.value")], lines))
    st.html(looks.text(words("setup.hub_settings")))
    st.html(looks.section(words("setup.promises")))
    places = seen.ask("places")
    queues = [row for row in places.rows if row["kind"] == "queue"]
    if not places.known:
        st.html(looks.text(words(f"tile.{places.state}")))
    elif not queues:
        st.html(looks.text(words("setup.no_queue")))
    for row in queues:
        promise = span(row["promise_s"]) if row["promise_s"] else None
        key = "setup.promise" if promise else "setup.no_promise"
        st.html(looks.text(words(key, place=row["place"], promise=promise)))


def _sources(seen: Visit) -> None:
    words = seen.words
    sensors = seen.ask("sensors")
    st.html(looks.section(words("setup.beacons")))
    scanners = [row for row in sensors.rows if row["kind"] != "camera"]
    if not sensors.known:
        st.html(looks.text(words(f"tile.{sensors.state}")))
    elif scanners:
        heads = [words("col.sensor"), words("col.device"), words("col.state")]
        st.html(
            looks.table(
                heads, [[row["sensor"], row["device"], words.named("state", row["state"])] for row in scanners]
            )
        )
    else:
        st.html(looks.text(words("setup.no_beacons")))
    st.html(looks.text(words("setup.survey")))
    st.html(looks.section(words("setup.mappings")))
    _mappings(seen)


def _mappings(seen: Visit) -> None:
    words = seen.words
    found = seen.reads.mappings()
    if not found.known:
        st.html(looks.text(words("setup.no_mappings")))
        return
    zone = seen.site["timezone"]
    heads = [words(f"setup.{name}") for name in ("mapping", "source", "last", "rows")]
    lines = [
        [row["name"], row["source"] or MISSING, _last(row, zone, seen.at), str(row["rows"] or MISSING)]
        for row in found.rows
    ]
    st.html(looks.table(heads, lines))


def _last(row: dict[str, object], zone: str, now: float) -> str:
    at = row.get("last_at")
    return moment(at, zone, now) if isinstance(at, float) else str(row.get("last_day") or MISSING)


def _people(seen: Visit) -> None:
    words = seen.words
    found = settings().sign_in
    if found.kind == "none":
        st.html(looks.text(words("setup.open_people")))
        return
    if seen.reads.viewer.sites is not None:
        st.html(looks.text(words("setup.people_hidden")))
        return
    try:
        known = people(found.users_file or "").people
    except SettingsError as error:
        st.html(looks.text(str(error)))
        return
    heads = [words("setup.name"), words("setup.sites"), words("setup.rights")]
    lines = [
        [
            one.name,
            words("setup.every") if "*" in one.sites else ", ".join(one.sites),
            ", ".join(words(f"right.{right}") for right in one.rights) or MISSING,
        ]
        for one in known
    ]
    st.html(looks.table(heads, lines))
    st.html(looks.text(words("setup.people_how")))


def _kept(seen: Visit) -> None:
    words = seen.words
    found = seen.reads.kept()
    if not found.rows:
        st.html(looks.text(words("setup.kept_unknown")))
    else:
        days = found.rows[0]
        names = {"daily": "days"}
        lines = [
            [words(f"setup.kept_{names.get(key, key)}"), words("setup.days", n=days[f"{key}_days"])]
            for key in _KEPT
            if f"{key}_days" in days
        ]
        st.html(looks.table([words("setup.what"), words("setup.how_long")], lines))
    st.html(looks.text(words("setup.kept_how")))
