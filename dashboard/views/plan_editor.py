"""The plan editor: a device's places drawn in metres over the floor plan, saved as versions that the device loads."""

from importlib.resources import files

import streamlit as st

from dashboard import looks
from dashboard.floor.picture import Picture
from dashboard.setup import corners, floors
from dashboard.setup.places import added, changed, removed
from dashboard.setup.plans import PARTS, Kind, Outline, Table, outlines, redrawn
from dashboard.setup.versions import BadPlan, Version, checked, file, versions
from dashboard.times import MISSING, moment
from dashboard.views.drafts import Draft, say_written, written
from dashboard.views.entrance import Visit
from dashboard.views.floor_picture import picture_of_floor
from edge.toml import text

_PARTS = files("dashboard") / "setup"
_DRAWING = st.components.v2.component(
    "instore_drawing",
    html='<svg role="group"></svg>',
    css=(_PARTS / "drawing.css").read_text(encoding="utf-8"),
    js=(_PARTS / "drawing.js").read_text(encoding="utf-8"),
)
_NUMBERS = {"lines": (), "zones": ("limit",), "queues": ("promise_s", "alert_length")}


def editor(seen: Visit) -> None:
    """Picture, device, places, and the versions of its plan."""
    say_written()
    picture = picture_of_floor(seen)
    devices = seen.ask("devices")
    names = [row["device"] for row in devices.rows]
    if not names:
        st.html(looks.text(seen.words("empty.text")))
        return
    device = st.selectbox(seen.words("setup.device"), names, key="plan-device")
    runs = next(row["plan"] for row in devices.rows if row["device"] == device)
    found = seen.ask("documents", kind="plan", history="1")
    if not found.known:
        st.html(looks.text(seen.words(f"tile.{found.state}")))
        return
    known = versions(found.rows, device, runs)
    draft = Draft(seen, device, known[0] if known else None)
    if draft.table is None:
        _first(seen, draft)
    else:
        _edit(seen, draft, draft.table, picture)
        _save(seen, draft)
    _versions(seen, device, known)


def _first(seen: Visit, draft: Draft) -> None:
    st.html(looks.text(seen.words("setup.no_plan")))
    given = st.file_uploader(seen.words("setup.upload_plan"), type=["toml"], max_upload_size=1)
    if given is None or not seen.reads.viewer.may_write:
        return
    try:
        draft.put(checked(given.getvalue().decode("utf-8", "replace"), draft.site, draft.device))
    except BadPlan as fault:
        st.html(looks.banner(seen.words(fault.key, **fault.values)))
    else:
        st.rerun()


def _edit(seen: Visit, draft: Draft, plan: Table, picture: Picture | None) -> None:
    words, drawn = seen.words, outlines(plan)
    if drawn:
        places = list(dict.fromkeys((outline.kind, outline.place) for outline in drawn))
        chosen, part = st.columns(2)
        kind, place = chosen.selectbox(
            words("setup.place"),
            places,
            format_func=lambda one: f"{one[1]} ({words(f'setup.kind.{one[0]}')})",
            key=f"place-{draft.device}",
        )
        which = part.selectbox(
            words("setup.part"), PARTS[kind], format_func=lambda one: words(f"setup.part.{one}"), key=f"part-{place}"
        )
        own = next(one for one in drawn if (one.kind, one.place, one.part) == (kind, place, which))
        _draw(seen, draft, plan, own, drawn, picture)
        if seen.reads.viewer.may_write:
            _values(seen, draft, plan, own)
    else:
        st.html(looks.text(words("setup.no_place")))
    if seen.reads.viewer.may_write:
        _add(seen, draft, plan, floors.shown_box(drawn, picture))


def _draw(
    seen: Visit, draft: Draft, plan: Table, own: Outline, drawn: list[Outline], picture: Picture | None
) -> None:
    words = seen.words
    if own.points is None:
        st.html(looks.text(words("setup.no_floor", sensor=own.sensor)))
        return
    turn = st.session_state.get("plan-turn", 0)
    canvas, listed = st.columns([3, 1])
    with canvas:
        data = {
            "box": floors.shown_box(drawn, picture),
            "image": picture.address if picture else None,
            "image_box": picture.box if picture else None,
            "points": own.points,
            "closed": own.part != "ends",
            "others": [
                {"name": one.place, "points": one.points, "closed": one.part != "ends"}
                for one in drawn
                if one.points and one != own
            ],
            "words": words("setup.corner"),
            "alt": words("setup.drawing", place=own.place),
        }
        key = f"drawing-{draft.device}-{own.place}-{own.part}-{turn}"
        moved = _DRAWING(key=key, data=data, on_points_change=lambda: None).points
        st.html(looks.text(words("setup.how")))
    now = corners.written(own.points)
    with listed:
        typed = st.text_area(words("setup.corners"), now, height=260, key=f"{key}-{now}")
    if not seen.reads.viewer.may_write:
        return
    # What was drawn is kept by the component: it counts once, when it is new.
    drawn_anew = moved is not None and moved != st.session_state.get(f"{key}-took")
    if drawn_anew or typed.strip() != now:
        st.session_state[f"{key}-took"] = moved
        _redraw(seen, draft, plan, own, corners.written(moved) if drawn_anew else typed)


def _redraw(seen: Visit, draft: Draft, plan: Table, own: Outline, typed: str) -> None:
    try:
        found = redrawn(plan, own._replace(points=corners.read(typed)))
        draft.put(checked(text(found), draft.site, draft.device))
    except BadPlan as fault:
        st.html(looks.banner(seen.words(fault.key, **fault.values)))
    except ValueError as fault:
        st.html(looks.banner(seen.words("setup.bad_corners", line=str(fault))))
    else:
        st.rerun()


def _values(seen: Visit, draft: Draft, plan: Table, own: Outline) -> None:
    words = seen.words
    place = next(one for one in plan[own.kind] if one["id"] == own.place)
    for name, column in zip(_NUMBERS[own.kind], st.columns(2), strict=False):
        held = int(place.get(name) or 0)
        wanted = column.number_input(words(f"setup.{name}"), 0, 7200, held, key=f"{draft.device}-{own.place}-{name}")
        if wanted != held:
            draft.put(changed(plan, own.kind, own.place, **{name: wanted or None}))
            st.rerun()
    first, second = st.columns(2)
    if own.kind == "lines" and first.button(words("setup.entry"), key=f"swap-{own.place}"):
        draft.put(changed(plan, "lines", own.place, entry="-" if place.get("entry", "+") == "+" else "+"))
        st.rerun()
    if second.button(words("setup.remove", place=own.place), key=f"remove-{own.place}"):
        draft.put(removed(plan, own.kind, own.place))
        st.rerun()


_KINDS: tuple[Kind, ...] = ("lines", "zones", "queues")


def _add(seen: Visit, draft: Draft, plan: Table, box: tuple[float, float, float, float]) -> None:
    words = seen.words
    with st.expander(words("setup.new")), st.form("new-place"):
        kind = st.selectbox(words("setup.new_kind"), _KINDS, format_func=lambda one: words(f"setup.kind.{one}"))
        place = st.text_input(words("setup.new_id"), max_chars=32)
        sensor = st.selectbox(words("setup.new_sensor"), [one["id"] for one in plan["sensors"]])
        if st.form_submit_button(words("setup.add")):
            try:
                middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
                fresh = added(plan, kind, place, sensor, middle)
                draft.put(checked(text(fresh), draft.site, draft.device))
            except BadPlan as fault:
                st.html(looks.banner(words("setup.not_added", why=fault.values.get("why", ""))))
            except ValueError:
                st.html(looks.banner(words("setup.no_floor", sensor=sensor)))
            else:
                st.session_state[f"place-{draft.device}-wanted"] = place
                st.rerun()


def _save(seen: Visit, draft: Draft) -> None:
    words = seen.words
    if not draft.unsaved or draft.table is None:
        return
    st.html(looks.banner(words("setup.unsaved")))
    note = st.text_input(words("setup.note"), max_chars=200)
    save, back = st.columns(2)
    if save.button(words("setup.save_plan"), type="primary"):
        body = {"device": draft.device, "toml": text(draft.table), "note": note}
        if written(seen, "plan", draft.device, draft.base, body):
            draft.drop()
            st.rerun()
    if back.button(words("setup.discard")):
        draft.drop()
        st.rerun()


def _versions(seen: Visit, device: str, known: list[Version]) -> None:
    if not known:
        return
    words, zone = seen.words, seen.site["timezone"]
    heads = [words(f"setup.{name}") for name in ("version", "when", "by", "note")]
    lines = [
        [
            ("good", f"{one.number} – {words('setup.running')}") if one.running else str(one.number),
            moment(one.at, zone, seen.at),
            one.by or MISSING,
            one.note or MISSING,
        ]
        for one in known[:20]
    ]
    st.html(looks.table(heads, lines))
    newest = known[0]
    try:
        table = checked(newest.toml, seen.site["site"], device)
    except BadPlan:
        return
    name = f"{table['site']}-{table['device']}-{newest.number}.toml"
    label = words("setup.download", version=newest.number)
    st.download_button(label, file(table, newest.number), name, "application/toml")
