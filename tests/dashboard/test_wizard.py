"""Survey files taken in by the page, in a real browser on a real hub; and who may hand in what."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.handing import Files, Handed, handed
from hub.client import Hub, HubAway, Refused, Unanswered
from tests.dashboard.asking import asking, decide, decided, survey, upload
from tests.dashboard.serving import browsing


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Hub]]:
    with asking(tmp_path_factory.mktemp("asking")) as found:
        yield found


def test_a_file_is_tried_then_taken_and_its_score_stands_on_the_page(house: tuple[str, Hub], chromium: str) -> None:
    url, hub = house
    with browsing(chromium) as page:
        page.goto(f"{url}/voice?site=s001")
        page.get_by_role("heading", name="Take in a survey file").wait_for(timeout=90_000)
        upload(page, "till survey.csv", survey(40, faults=True))
        page.get_by_text("are yours to decide").or_(page.get_by_text("is yours to decide")).wait_for(timeout=60_000)
        page.get_by_role("button", name="Try it").click()
        page.get_by_text("Nothing was stored. The hub says: mapping:").wait_for(timeout=60_000)
        decide(page)
        page.get_by_role("button", name="Try it").click()
        # The fault is named by its line and column, and the value stays unsaid.
        said = page.get_by_text("Nothing was stored. The hub says:")
        expect(said).to_contain_text("line 8", timeout=60_000)
        expect(said).to_contain_text("how likely are you to recommend us?", ignore_case=True)
        expect(said).not_to_contain_text("lots")
        assert not hub.ask("scores", site="s001", start="2026-01-01T00:00:00Z", end="2028-01-01T00:00:00Z").num_rows
        page.reload()
        page.get_by_role("heading", name="Take in a survey file").wait_for(timeout=90_000)
        upload(page, "till survey.csv", survey(40))
        decide(page)
        page.get_by_role("button", name="Try it").click()
        page.get_by_text("40 rows, 40 of them count").wait_for(timeout=60_000)
        page.get_by_text("Would be stored: new 40").wait_for(timeout=60_000)
        assert page.get_by_text("The first 20 rows as they would be stored").count() == 1
        page.get_by_role("button", name="Import", exact=True).click()
        page.get_by_text("The file is taken in.").wait_for(timeout=60_000)
        tile = page.locator(".in-tile", has_text="NPS")
        expect(tile).to_contain_text("+40", timeout=60_000)
        expect(tile).to_contain_text("40 answers")
        assert [row["source"] for row in hub.mappings() if row["name"] == "till-survey"] == ["asked"]


def person(hub: Hub, sites: frozenset[str] | None, may: bool = True) -> Files:
    def send(call: Callable[[Hub], Any]) -> Handed:
        return handed(lambda: call(hub))

    return Files(send, may, sites)


def answers(hub: Hub, site: str) -> int:
    found = hub.ask("scores", site=site, start="2025-06-01T00:00:00Z", end="2027-06-01T00:00:00Z").to_pylist()
    return sum(row["n"] for row in found)


def test_nobody_hands_in_for_a_store_out_of_sight(house: tuple[str, Hub]) -> None:
    _, hub = house
    data = survey(30)
    every, ann, ben = (person(hub, sites) for sites in (None, frozenset({"s001"}), frozenset({"s002"})))
    toml = decided(every.suggest("f.csv", data).said, "s002").replace('"asked"', '"market"')
    assert every.keep("market", toml, {}).state == "done"
    assert ann.rehearse("market", "f.csv", data).state == "stores"
    assert ann.take("market", "f.csv", data).state == "stores"
    assert answers(hub, "s002") == 0
    assert ben.take("market", "f.csv", data).said["stored"]["added"] == 30
    assert answers(hub, "s002") == 30
    assert every.take("market", "f.csv", data).said["stored"]["same"] == 30


def test_a_mapping_of_all_stores_is_not_one_persons_to_change_or_read(house: tuple[str, Hub]) -> None:
    _, hub = house
    few, every = person(hub, frozenset({"s001"})), person(hub, None)
    toml = decided(every.suggest("f.csv", survey(30)).said)
    assert every.keep("shared", toml, {}).state == "done"
    known = {row["name"]: row["own"] for row in hub.mappings()}
    assert few.keep("shared", toml.replace("asked", "other"), known).state == "taken"
    assert few.mapping("shared").state == "refused"
    assert every.mapping("shared").said == toml
    assert few.keep("new-one", toml, known).state == "done"
    assert every.keep("instore", toml, known).state == "taken"
    assert every.keep("shared", toml.replace("asked", "again"), known).said["source"] == "again"


def test_nothing_is_handed_in_without_the_right(house: tuple[str, Hub]) -> None:
    _, hub = house
    files, before = person(hub, None, may=False), hub.mappings()
    tried = (files.take("instore", "f", b""), files.rehearse("instore", "f", b""), files.keep("never", "", {}))
    assert {one.state for one in (*tried, files.suggest("f", b""), files.mapping("instore"))} == {"refused"}
    assert hub.mappings() == before


@pytest.mark.parametrize(
    ("fault", "state"),
    [(HubAway("x"), "away"), (Refused("x"), "refused"), (Unanswered("line 7, column 'a': bad"), "failed")],
)
def test_what_the_hub_does_not_take_is_said(fault: Exception, state: str) -> None:
    def call() -> None:
        raise fault

    found = handed(call)
    assert found.state == state
    assert found.why == ("line 7, column 'a': bad" if state == "failed" else "")
    with Hub("http://127.0.0.1:9", "x", timeout=0.5) as hub:
        assert handed(lambda: hub.suggest("f", b"")).state == "away"
