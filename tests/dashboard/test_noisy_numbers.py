"""A shop at level dp on the pages: numbers below zero, durations without a mean, nothing live."""

import re
import time
from html import unescape

import pytest

from tests.dashboard.hub_rows import Shop, shop, text, utc
from tests.dashboard.looking import Opened


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
def test_pages_stand_numbers_below_zero(opened: Opened, page: str, entries: int) -> None:
    with opened(noisy(entries), page) as test:
        test.run(timeout=60)
        assert not test.exception
        said = " ".join(unescape(re.sub(r"<[^>]*>", " ", element.value)) for element in test.html)
    assert not re.search(r"\bnan\b|\binf\b|-0\b", said)
    assert not re.search(r"Not up to date|Numbers stopped|no new counts| old\b", said)
