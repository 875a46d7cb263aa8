"""The period that a page looks at, chosen by the person and remembered in the page's address."""

from typing import NamedTuple

import streamlit as st

from dashboard.data import Answer, utc
from dashboard.times import local, wall_minutes
from dashboard.views.entrance import DAY_S, Visit

LENGTHS = (1, 7, 28, 56, 182)


class Period(NamedTuple):
    """Whole business days [start, end), Unix seconds, up to and with today; `days` are those before today."""

    days: int
    start: float
    end: float

    @property
    def params(self) -> dict[str, str]:
        """As the hub's questions take it."""
        return {"start": utc(self.start), "end": utc(self.end)}


def period(seen: Visit, usual: int = 28, lengths: tuple[int, ...] = LENGTHS) -> Period:
    """The chosen period; what a stranger writes into the address counts only where it is one of the choices."""
    wanted = st.query_params.get("days", "")
    index = lengths.index(int(wanted)) if wanted in map(str, lengths) else lengths.index(usual)
    chosen = st.selectbox(
        seen.words("period"),
        lengths,
        index=index,
        format_func=lambda days: seen.words(f"period.{days}"),
        key="period",
    )
    if str(chosen) != wanted and (wanted or chosen != usual):
        st.query_params["days"] = str(chosen)
    return last(seen, chosen)


def last(seen: Visit, days: int) -> Period:
    """Today and so many business days before it."""
    return Period(days, seen.site["day_start"] - days * DAY_S, seen.site["day_end"])


def before(found: Period) -> Period:
    """The period of the same length that ended where this one begins."""
    return Period(found.days, found.start - (found.end - found.start), found.start)


def span_words(seen: Visit, found: Period) -> str:
    """'2026-11-02 to 2026-11-29' on the store's calendar, both days included."""
    zone, early = seen.site["timezone"], 60.0 * (wall_minutes(seen.site["day_starts"]) or 0)
    # A business day that ends at four in the morning is named by the day on which it began.
    first, last = (f"{local(at - early, zone):%Y-%m-%d}" for at in (found.start, found.end - 1.0))
    days = {"first": first, "last": last}
    return seen.words("period.span", **days)


def ask(seen: Visit, question: str, found: Period) -> Answer:
    """The answer for this store and period."""
    return seen.reads.ask(question, site=seen.site["site"], **found.params)
