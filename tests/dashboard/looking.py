"""How the tests look at one page without a browser: it runs in Streamlit's own test runner."""

import re
from contextlib import AbstractContextManager
from html import unescape
from time import time
from typing import Protocol, TypeVar

from streamlit.testing.v1 import AppTest

from dashboard.viewer import Viewer
from tests.dashboard.hub_rows import Shop, shop

URL = "INSTORE_DASHBOARD__HUB__URL"
LANGUAGE = "INSTORE_DASHBOARD__PAGE__LANGUAGE"

Shown = TypeVar("Shown", covariant=True)


class Showing(Protocol[Shown]):
    """Shows a page while `shown` is served.

    `page` is its name in dashboard.views, else PAGE of the test's module; `viewer` is who looks at it, and `address`
    holds its query parameters.
    """

    def __call__(
        self,
        shown: Shop,
        page: str | None = None,
        *,
        language: str | None = None,
        viewer: Viewer | None = None,
        **address: str,
    ) -> Shown: ...


Opened = Showing[AbstractContextManager[AppTest]]
Look = Showing[str]


def view(page: str) -> AppTest:
    """The page of this name in dashboard.views, not yet run."""
    return AppTest.from_string(f"from dashboard.views import {page}; {page}.page()")


def words(test: AppTest) -> str:
    """What the page says, without its markup; a page never raises and never shows a traceback."""
    test.run(timeout=30)
    assert not test.exception
    return plain(" ".join(element.value for element in test.html if not element.value.startswith("<style>")))


def markup(test: AppTest) -> str:
    """The HTML of the page as it was run last."""
    return "".join(element.value for element in test.html)


def plain(text: str) -> str:
    """The text without its markup, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).replace("\u00a0", " ").split())


def emptied() -> Shop:
    """A shop that is set up and of which nothing has been told."""
    made = shop(time())
    for name in set(made.rows) - {"sites"}:
        made.rows[name] = []
    made.live = {"in_store": {"value": None, "provisional": True, "as_of": None}, "places": []}
    return made
