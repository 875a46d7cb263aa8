"""The top of every page: store, day, trust line, and what must be known about the numbers below."""

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.tiles import Tone, date_words
from dashboard.times import clock_zone
from dashboard.today import so_far
from dashboard.trust import Trust, shown, trust, trust_parts
from dashboard.views.door import sign_out
from dashboard.views.entrance import Visit, say


def top(seen: Visit, other: str = "health") -> Trust | None:
    """The top of a page that looks back: store, day and trust line; None after the page has said why it is empty."""
    devices, sensors, visitors = seen.ask("devices"), seen.ask("sensors"), seen.ask("visitors", 0)
    if not devices.known:
        say(devices.state, seen.words)
        return None
    known = trust(devices.rows, sensors.rows, seen.at)
    head(seen, known, so_far(visitors.rows, seen.site, known.until).share, other)
    if not devices.rows:
        say("empty", seen.words)
        return None
    banners(seen, devices, sensors)
    return known


def head_only(seen: Visit, other: str = "health") -> None:
    """The top of a page that shows no measured numbers: it stands also where no device has reported yet."""
    devices, sensors, visitors = seen.ask("devices"), seen.ask("sensors"), seen.ask("visitors", 0)
    known = trust(devices.rows, sensors.rows, seen.at)
    head(seen, known, so_far(visitors.rows, seen.site, known.until).share, other)
    banners(seen, devices, sensors)


def head(seen: Visit, known: Trust, share: float | None, other: str) -> None:
    """The top of a page: store, day, trust line; `other` names the page that the link leads to."""
    tone, word = standing(seen, known)
    found = looks.Head(
        name=seen.site["name"],
        day=date_words(seen.site, seen.words),
        notice=seen.site["notice"],
        tone=tone,
        standing=word,
        parts=trust_line(seen, known, share),
        links=_links(seen, other),
        who=seen.words("sign_in.as", name=seen.reads.viewer.name) if seen.reads.viewer.name else "",
    )
    st.html(looks.head(found))


def standing(seen: Visit, known: Trust) -> tuple[Tone, str]:
    """How far the numbers can be trusted, as a tone with its word."""
    found = shown(known, seen.site, seen.at, away=seen.away)
    tones: dict[str, Tone] = {"live": "good", "stale": "act", "away": "act", "blind": "act"}
    return tones.get(found, "grey"), seen.words(f"trust.{found}")


def trust_line(seen: Visit, known: Trust, share: float | None) -> list[str]:
    """What stands behind that word: data until when, sensors, how much of today was observed."""
    return trust_parts(known, seen.site, share, seen.at, seen.words)


def _links(seen: Visit, other: str) -> list[tuple[str, str]]:
    page = (f"{'./' if other == 'now' else other}?site={seen.site['site']}", seen.words(f"page.{other}"))
    out = sign_out()
    return [page, (out, seen.words("sign_in.out"))] if out else [page]


def banners(seen: Visit, *answers: Answer) -> None:
    """What must be known about the numbers below: the last known ones, or not all of them."""
    states = {answer.state for answer in answers}
    if "old" in states or "away" in states:
        heard = seen.reads.heard or seen.at
        st.html(looks.banner(seen.words("old.banner", time=clock_zone(heard, seen.site["timezone"]))))
    for state in ("failed", "refused"):
        if state in states:
            st.html(looks.banner(seen.words(f"part_{state}.banner")))
