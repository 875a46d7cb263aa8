"""Who looks at the page: everybody on this machine, or who has signed in with a password or at a provider."""

import time
from html import escape

import streamlit as st

from dashboard import looks
from dashboard.data import settings
from dashboard.gate import COOKIE, SIGN_OUT
from dashboard.people import viewer
from dashboard.proof import recognised
from dashboard.signing import SignInTable
from dashboard.users import people
from dashboard.viewer import Viewer
from dashboard.words import Words

OUT = {"password": SIGN_OUT, "oidc": "/auth/logout"}


def looking(words: Words) -> Viewer | None:
    """The viewer, or None after the page has said why there is none; SettingsError names an unusable key."""
    found = settings().sign_in
    if found.kind == "none":
        return Viewer()
    return _with_password(found, words) if found.kind == "password" else _at_provider(found, words)


def sign_out() -> str | None:
    """The address that ends the session; None where nobody signs in."""
    return OUT.get(settings().sign_in.kind)


def _with_password(found: SignInTable, words: Words) -> Viewer | None:
    # The door in front has let this connection in; who may come in can have changed since.
    person = recognised(people(found.users_file or ""), st.context.cookies.get(COOKIE), time.time())
    if person:
        return viewer(person)
    _say("needed", words, SIGN_OUT, "sign_in.enter")
    return None


def _at_provider(found: SignInTable, words: Words) -> Viewer | None:
    if not st.user.is_logged_in:
        _say("needed", words)
        st.button(words("sign_in.provider"), on_click=st.login, type="primary")
        return None
    claims = st.user.to_dict()
    # An address that its provider has not proven is a claim that anybody could make.
    name = claims.get("email") if claims.get("email_verified", True) is True else None
    person = people(found.users_file or "").named(str(name)) if name else None
    if person:
        return viewer(person)
    _say("stranger", words, OUT["oidc"], "sign_in.out")
    return None


def _say(state: str, words: Words, address: str | None = None, label: str = "") -> None:
    st.html(looks.state(words(f"{state}.head"), words(f"{state}.text")))
    if address:
        st.html(f'<p class="in-text"><a href="{address}" target="_self">{escape(words(label))}</a></p>')
