"""A shop at level dp on the pages: numbers below zero, durations without a mean, nothing live."""

import re
import time
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.dashboard.hub_rows import TOKEN, Shop, served, shop, text, utc


def noisy(entries: int) -> Shop:
    """A shop whose numbers are all this low, as noise can make them at night."""
    made = shop(time.time())
    made.rows["visitors"] = [row | {"entries": entries, "exits": -1} for row in made.rows["visitors"]]
    made.rows["usual"] = [
        row | dict.fromkeys(("low", "mid", "high", "so_far_low", "so_far_mid", "so_far_high"), float(entries))
        for row in made.rows["usual"]
    ]
    hour_ago = utc(time.time() - 3500)  # the hour that lasts is told when it is over
    made.rows["devices"] = [row | {"level": "dp", "last_end": hour_ago} for row in made.rows["devices"]]
    empty = dict.fromkeys(("cut", "p50_s", "p90_s", "mean_s", "within"))
    for name in ("stays", "waits"):
        made.rows[name] = [row | empty | {"n": -7} for row in made.rows[name]]
    made.rows["waits"] = [row | dict.fromkeys(("within_low", "within_high")) for row in made.rows["waits"]]
    made.rows["load"] = []
    made.live = {"in_store": {"value": 0, "provisional": True, "as_of": text(hour_ago)}, "places": []}
    return made


@pytest.mark.parametrize("page", ["now", "health"])
@pytest.mark.parametrize("entries", [-3, 0])
def test_pages_stand_numbers_below_zero(
    page: str, entries: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    monkeypatch.setenv("INSTORE_DASHBOARD__HUB__TOKEN_FILE", str(token))
    st.cache_resource.clear()
    with served(noisy(entries)) as url:
        monkeypatch.setenv("INSTORE_DASHBOARD__HUB__URL", url)
        test = AppTest.from_string(f"from dashboard.views import {page}; {page}.page()")
        test.run(timeout=60)
        assert not test.exception
        said = " ".join(unescape(re.sub(r"<[^>]*>", " ", element.value)) for element in test.html)
    assert not re.search(r"\bnan\b|\binf\b|-0\b", said)
    assert not re.search(r"Not up to date|Numbers stopped|no new counts| old\b", said)
    st.cache_resource.clear()
