"""Charts on the page: what Altair makes of the same rows is made once and serves every viewer and refresh.

Building a chart and checking it against the grammar's schema takes a good part of a second, sending it a few
milliseconds; a page that refreshes every five seconds must not build it anew. Tests check the charts.
"""

from collections.abc import Callable
from typing import Any

import altair
import streamlit as st
from altair.utils import schemapi

from dashboard.words import Words

schemapi.disable_debug_mode()


def chart(make: Callable[..., altair.TopLevelMixin], *rows: Any, alt: str, key: str) -> None:
    """Show what `make` draws of the rows, with its words; `rows` must be values that can be compared."""
    name = f"{make.__module__}.{make.__qualname__}"
    st.vega_lite_chart(_spec(name, make, *rows), width="stretch", theme=None, alt=alt, key=key)


@st.cache_data(max_entries=400, show_spinner=False, hash_funcs={Words: lambda words: words.language})
def _spec(name: str, _make: Callable[..., altair.TopLevelMixin], *rows: Any) -> dict[str, Any]:
    found: dict[str, Any] = _make(*rows).to_dict(validate=False)
    return found
