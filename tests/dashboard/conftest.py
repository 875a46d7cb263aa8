"""What the tests of pages share: a dashboard that is set up, and a page before a shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.viewer import Viewer
from dashboard.views import entrance
from tests.dashboard.hub_rows import TOKEN, Shop, served
from tests.dashboard.looking import LANGUAGE, URL, Look, Opened, view, words


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A dashboard with its token that remembers nothing of another test."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    monkeypatch.setenv("INSTORE_DASHBOARD__HUB__TOKEN_FILE", str(token))
    monkeypatch.setenv("INSTORE_DASHBOARD__HUB__TIMEOUT_S", "3")
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def opened(fresh: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Opened:
    """The page, not yet run. Settings stay until the test ends: a page can be run again after its hub is gone."""

    @contextmanager
    def opening(
        shown: Shop,
        page: str | None = None,
        *,
        language: str | None = None,
        viewer: Viewer | None = None,
        **address: str,
    ) -> Iterator[AppTest]:
        if language:
            monkeypatch.setenv(LANGUAGE, language)
        if viewer:
            monkeypatch.setattr(entrance, "looking", lambda _: viewer)
        test = view(page or request.module.PAGE)
        for name, value in address.items():
            test.query_params[name] = value
        with served(shown) as url:
            monkeypatch.setenv(URL, url)
            yield test

    return opening


@pytest.fixture
def look(opened: Opened) -> Look:
    """What a page says that is opened so."""

    def seen(shown: Shop, page: str | None = None, **how: Any) -> str:
        with opened(shown, page, **how) as test:
            return words(test)

    return seen
