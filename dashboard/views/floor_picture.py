"""The picture of the floor plan: shown under what is drawn, and put there by who may."""

import base64
from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.floor.picture import Picture, picture
from dashboard.setup import floors
from dashboard.setup.versions import body_of
from dashboard.views.drafts import written
from dashboard.views.entrance import Visit


def picture_of_floor(seen: Visit) -> Picture | None:
    """The newest picture, None where there is none; who may write can put one there."""
    words = seen.words
    found = seen.ask("documents", kind="floor")
    newest = max(found.rows, key=lambda row: row["at"] or 0.0, default=None)
    shown = picture(found.rows)
    if shown is None:
        st.html(looks.text(words("setup.no_picture")))
    if not seen.reads.viewer.may_write:
        return shown
    with st.expander(words("setup.picture")):
        given = st.file_uploader(
            words("setup.picture"), type=["png", "jpg", "jpeg"], max_upload_size=2, label_visibility="collapsed"
        )
        left, top, wide = st.columns(3)
        x = left.number_input(words("setup.left"), -1000.0, 1000.0, 0.0, 0.1)
        y = top.number_input(words("setup.top"), -1000.0, 1000.0, 0.0, 0.1)
        width = wide.number_input(words("setup.scale"), 1.0, 1000.0, 20.0, 0.1)
        if given and st.button(words("setup.save_picture")):
            _save_picture(seen, given.getvalue(), (x, y, width), newest)
    return shown


def _save_picture(seen: Visit, data: bytes, where: tuple[float, float, float], newest: dict[str, Any] | None) -> None:
    size = floors.size_of(data)
    if size is None:
        st.html(looks.banner(seen.words("setup.bad_picture")))
        return
    scale = where[2] / size[0]
    body = {
        "name": "floor",
        "image": base64.b64encode(data).decode(),
        "metres_per_pixel": scale,
        "origin_px": [-where[0] / scale, -where[1] / scale],
        "zones": body_of(newest).get("zones", []) if newest else [],
    }
    if written(seen, "floor", newest["id"] if newest else "floor", newest["version"] if newest else 0, body):
        st.rerun()
