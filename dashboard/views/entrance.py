"""What every page does first: language, hub, viewer, store. Whatever is in the way is said in words."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import streamlit as st

from dashboard import looks
from dashboard.data import Answer, Rows, reads, settings, utc
from dashboard.viewer import Permitted
from dashboard.views.door import looking
from dashboard.words import Words, language_of
from dashboard.writing import Written
from edge.settings import SettingsError

REFRESH_S = 5.0
DAY_S = 86_400.0


class Visit(NamedTuple):
    """A page being looked at: what the person may read, the language, the store's row of `sites`, and the time.

    `sites` are the rows of all stores that the person may see.
    """

    reads: Permitted
    words: Words
    site: dict[str, Any]
    at: float
    sites: Rows

    def ask(self, question: str, days: int | None = None, **params: str) -> Answer:
        """The answer for this store; with `days` over the business day and the days before it: 0 is today alone."""
        if days is not None:
            params["start"] = utc(self.site["day_start"] - days * DAY_S)
            params["end"] = utc(self.site["day_end"])
        return self.reads.ask(question, site=self.site["site"], **params)

    def ask_all(self, question: str, **params: str) -> Answer:
        """The answer over all stores that the person may see."""
        return self.reads.ask_all(question, [row["site"] for row in self.sites], **params)

    def write(self, kind: str, id: str, version: int, body: Mapping[str, Any]) -> Written:
        """Write a document about this store."""
        return self.reads.write(kind, id, self.site["site"], version, body)

    @property
    def away(self) -> bool:
        """Whether the hub does not answer, so that everything shown is the last known."""
        return self.reads.pulse().state == "away"


def spoken() -> Words:
    """The catalogue in the language of the settings or of the browser; English while the settings are unusable."""
    try:
        return Words(language_of(settings().page.language, st.context.locale))
    except SettingsError:
        return Words()


def visit() -> Visit | None:
    """The visit, or None after the page has said why there is nothing to show."""
    words = spoken()
    try:
        looks_at = looking(words)
        if looks_at is None:
            return None
        found = Permitted(reads(settings()), looks_at)
    except SettingsError as error:
        say("settings", words, why=str(error))
        return None
    sites = found.sites()
    if not sites.known:
        say(sites.state, words)
        return None
    if not sites.rows:
        say("no_site", words)
        return None
    return Visit(found, words, _picked(sites.rows, words), time.time(), sites.rows)


def say(state: str, words: Words, **values: str) -> None:
    """A whole page in words instead of numbers."""
    st.html(looks.state(words(f"{state}.head"), words(f"{state}.text", **values)))


def _picked(sites: list[dict[str, Any]], words: Words) -> dict[str, Any]:
    """The store chosen; the address of the page remembers it. Only stores of the hub's answer can be chosen."""
    by_id = {row["site"]: row for row in sites}
    if len(by_id) == 1:
        return sites[0]
    wanted = st.query_params.get("site")
    index = list(by_id).index(wanted) if wanted in by_id else 0
    chosen = st.selectbox(
        words("site"), list(by_id), index=index, format_func=lambda site: by_id[site]["name"], key="site"
    )
    if chosen != wanted:
        st.query_params["site"] = chosen
    return by_id[chosen]
