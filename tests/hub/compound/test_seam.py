"""Compound questions go the same way as the others: the same rights, the same refusals, over HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pyarrow as pa
import pytest

from hub.client import ARROW
from hub.compound.inquiry import Compound, Inquiry
from hub.serve import access, asking, parameters, questions
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.serve.parameters import BadQuestion
from hub.serve.questions import QUESTIONS, Question
from hub.settings import Http

NOW = 1781085600.0


@pytest.fixture
def ask(hub: Any, tmp_path: Any) -> Iterator[Any]:
    """Questions over HTTP with a token for two of the three sites."""
    token = access.create(tmp_path / "tokens.json", "reader", ["s001", "s003"], False, "now")
    desk = Desk(hub.store, Access(tmp_path / "tokens.json"), Board(), clock=lambda: NOW)
    with serving(application(desk), Http(port=0)) as port:

        def asked(name: str, accept: str = "application/json", **params: str) -> Any:
            headers = {"Authorization": f"Bearer {token}", "Accept": accept}
            return httpx.get(f"http://127.0.0.1:{port}/v1/questions/{name}", params=params, headers=headers)

        yield asked


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question over all sites: which ones its maker was given."""

    def make(inquiry: Inquiry) -> pa.Table:
        found = [inquiry.ask("places", site).num_rows for site in inquiry.sites]
        return pa.table({"site": [site.id for site in inquiry.sites], "places": pa.array(found, pa.int64())})

    one = Compound("a site", (), make, optional=("sites",))
    monkeypatch.setitem(QUESTIONS, "everywhere", Question(one.about, one.needs, optional=one.optional, make=one.make))


def test_it_is_answered_as_json_and_as_arrow(ask: Any) -> None:
    reply = ask("forecast", site="s001", day="2026-06-10")
    assert reply.status_code == 200
    assert len(reply.json()["rows"]) == 8 * 24
    with pa.ipc.open_stream(ask("forecast", ARROW, site="s001", day="2026-06-10").content) as stream:
        assert stream.read_all().num_rows == 8 * 24


def test_a_foreign_site_is_refused_as_one_that_does_not_exist(ask: Any) -> None:
    foreign, absent = (ask("forecast", site=site, day="2026-06-10") for site in ("s002", "s999"))
    assert foreign.status_code == absent.status_code == 403
    assert foreign.json() == absent.json()


@pytest.mark.usefixtures("everywhere")
def test_all_sites_are_those_of_the_token(ask: Any) -> None:
    assert [row[0] for row in ask("everywhere").json()["rows"]] == ["s001", "s003"]


@pytest.mark.usefixtures("everywhere")
@pytest.mark.parametrize(
    ("sites", "seen"),
    [("s003", ["s003"]), ("s003,s001", ["s001", "s003"]), ("s002", []), ("s002,s001", ["s001"]), ("s999", [])],
)
def test_sites_narrow_and_never_widen(ask: Any, sites: str, seen: list[str]) -> None:
    assert [row[0] for row in ask("everywhere", sites=sites).json()["rows"]] == seen


@pytest.mark.parametrize("text", ["", "s001,", "s001,s001", "S001", "s001 ,s002", "*", "s001;s002"])
def test_a_list_of_sites_is_ids_each_once(text: str) -> None:
    with pytest.raises(BadQuestion, match=r"^sites: ids of sites"):
        parameters.read((), ("sites",), [("sites", text)])


def test_what_people_wrote_is_part_of_no_other_answer(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(inquiry: Inquiry) -> pa.Table:
        return inquiry.ask("comments", inquiry.site, start=None, end=None)

    monkeypatch.setitem(QUESTIONS, "sneaky", Question("a comment", ("site",), make=make))
    with pytest.raises(ValueError, match="part of no other answer"):
        asking.answer(hub.store, "sneaky", questions.parse("sneaky", [("site", "s001")]), hub.store.sites, NOW)
