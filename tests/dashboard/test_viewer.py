"""What a signed-in person may see is narrowed in the data layer, whatever the page asks."""

import time
from collections.abc import Iterator

import pytest

from dashboard.data import Reads
from dashboard.viewer import Permitted, Viewer
from dashboard.writing import Written
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


def test_what_is_written_carries_the_name_and_the_next_question_knows_it(reads: Reads, made: Shop) -> None:
    seen = Permitted(reads, Viewer("ann", frozenset({"s002"})))
    assert seen.ask("devices", site="s002").rows
    made.rows["devices"] = []
    assert seen.write("acknowledgement", "a1", "s002", 0, {"alert": "a1"}) == Written("written", 1)
    assert made.written == [("acknowledgement/a1", 1, {"alert": "a1"}, "ann")]
    assert not seen.ask("devices", site="s002").rows
    assert seen.write("acknowledgement", "a1", "s002", 0, {"alert": "a1"}).state == "conflict"


def test_nobody_writes_about_a_store_out_of_sight_or_without_the_right(reads: Reads, made: Shop) -> None:
    body = {"alert": "a1"}
    assert (
        Permitted(reads, Viewer("ann", frozenset({"s002"}))).write("action", "a", "s001", 0, body).state == "refused"
    )
    assert (
        Permitted(reads, Viewer("bob", None, may_write=False)).write("action", "a", "s001", 0, body).state
        == "refused"
    )
    assert made.written == []


def test_what_the_hub_does_not_take_is_said(made: Shop) -> None:
    with served(made) as url, Hub(url, TOKEN) as hub:
        seen = Permitted(Reads(hub), Viewer())
        made.failing.add("write")
        assert seen.write("action", "a", "s001", 0, {}) == Written("failed", why="body.note: too long")
        made.refused.add("write")
        assert seen.write("action", "a", "s001", 0, {}).state == "refused"
    with Hub(url, TOKEN, timeout=1) as hub:
        assert Permitted(Reads(hub), Viewer()).write("action", "a", "s001", 0, {}).state == "away"
