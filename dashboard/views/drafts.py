"""A plan that somebody draws on, until it is saved or given up; and what came of saving."""

from typing import Any

import streamlit as st

from dashboard import looks
from dashboard.setup.plans import Table
from dashboard.setup.versions import BadPlan, Version, checked
from dashboard.views.entrance import Visit

_SAID = "setup-said"


def say_written() -> None:
    """What the last run of the page has saved."""
    if said := st.session_state.pop(_SAID, None):
        st.html(looks.banner(said, tone="good"))


def written(seen: Visit, kind: str, name: str, version: int, body: dict[str, Any]) -> bool:
    """Whether it was saved; the page says so, or why not."""
    done = seen.write(kind, name, version, body)
    if done.version is not None:
        st.session_state[_SAID] = seen.words(f"setup.saved_{kind}", version=done.version)
    elif done.state == "conflict":
        st.html(looks.banner(seen.words("setup.conflict")))
    else:
        st.html(looks.banner(seen.words("setup.failed", why=done.why or seen.words(f"tile.{done.state}"))))
    return done.version is not None


class Draft:
    """The plan as it stands on the page, kept for this person's visit until it is saved or given up."""

    def __init__(self, seen: Visit, device: str, newest: Version | None) -> None:
        self.site, self.device, self.newest = seen.site["site"], device, newest
        self._key = f"draft-{self.site}-{device}"

    @property
    def table(self) -> Table | None:
        """What is on the page; else the newest version; None where there is neither."""
        own = st.session_state.get(self._key)
        if own is not None or self.newest is None:
            return own
        try:
            return checked(self.newest.toml, self.site, self.device)
        except BadPlan:
            return None

    @property
    def unsaved(self) -> bool:
        """Whether something differs from the newest version."""
        return self._key in st.session_state

    @property
    def base(self) -> int:
        """The version that this draft began with."""
        return int(st.session_state.get(f"{self._key}-base", self.newest.number if self.newest else 0))

    def put(self, table: Table) -> None:
        """Keep a changed plan."""
        st.session_state.setdefault(f"{self._key}-base", self.base)
        st.session_state[self._key] = table

    def drop(self) -> None:
        """Back to the newest version."""
        for key in (self._key, f"{self._key}-base"):
            st.session_state.pop(key, None)
