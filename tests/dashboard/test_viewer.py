"""What a signed-in person may see is narrowed in the data layer, whatever the page asks."""

import time
from collections.abc import Iterator

import pytest

from dashboard.data import Reads
from dashboard.viewer import Permitted, Viewer
from hub.client import Hub
from tests.dashboard.hub_rows import TOKEN, Shop, served, shop


@pytest.fixture
def made() -> Shop:
    found = shop(time.time())
    found.rows["sites"].append(found.rows["sites"][0] | {"site": "s002", "name": "Old Market"})
    return found


@pytest.fixture
def reads(made: Shop) -> Iterator[Reads]:
    with served(made) as url, Hub(url, TOKEN) as hub:
        yield Reads(hub)


def test_a_person_of_one_store_sees_that_store_alone(reads: Reads, made: Shop) -> None:
    seen = Permitted(reads, Viewer("ann", frozenset({"s002"})))
    assert [row["site"] for row in seen.sites().rows] == ["s002"]
    made.asked.clear()
    assert seen.ask("devices", site="s001").state == "refused"
    assert seen.live("s001").state == "refused"
    assert seen.ask_all("devices", ["s001"]).state == "refused"
    assert not {"devices", "live"} & set(made.asked)
    assert seen.ask("devices", site="s002").state == "fresh"


def test_an_answer_kept_for_one_person_is_not_shown_to_another(reads: Reads) -> None:
    assert Permitted(reads, Viewer()).ask("devices", site="s001").rows
    assert not Permitted(reads, Viewer("ann", frozenset({"s002"}))).ask("devices", site="s001").rows


def test_comments_need_their_own_right(reads: Reads, made: Shop) -> None:
    made.asked.clear()
    assert (
        Permitted(reads, Viewer("bob", None, may_read_comments=False)).ask("comments", site="s001").state == "refused"
    )
    assert "comments" not in made.asked
