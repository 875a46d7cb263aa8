"""What the page's way of importing asks for: trying a file, a mapping to begin with, mappings that are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from hub.client import Hub, Refused, Unanswered
from hub.intake.taking import Taking
from hub.serve import access
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.files import Files
from hub.serve.live import Board
from hub.serve.mappings import Mappings
from hub.settings import Http
from hub.sites import Site
from hub.storage import room
from hub.storage.store import Store
from tests.hub.serve.test_api import MAPPING

NOW = 1781114400.0
SITES = {name: Site(id=name, name=name, timezone="Europe/Berlin") for name in ("s001", "s002")}
HEAD = "id,at,site,nps\n"
OTHER = MAPPING.replace('"test"', '"other"')


def rows(n: int, site: str = "s001", first: int = 0) -> bytes:
    lines = [f"r{first + i},2026-06-0{i % 9 + 1}T10:00:00Z,{site},{i % 11}\n" for i in range(n)]
    return (HEAD + "".join(lines)).encode()


class Served:
    """A hub with a folder of mappings, and its readers."""

    def __init__(self, url: str, store: Store, folder: Path) -> None:
        self.url, self.store, self.folder = url, store, folder

    def hub(self, name: str, sites: list[str], may_import: bool = True) -> Hub:
        return Hub(self.url, access.create(self.folder / "tokens.json", name, sites, may_import, "now"))

    def answers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.store.rows("SELECT site, id, nps FROM answer ORDER BY id").to_pylist()
        return found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Store(tmp_path / "hub.duckdb", SITES, NOW) as store:
        known = Mappings({"test": MAPPING}, tmp_path / "mappings", frozenset({"till"}))
        taking = Taking(known)
        files = Files(store, taking, known)
        desk = Desk(store, Access(tmp_path / "tokens.json"), Board(), files=files, clock=lambda: NOW)
        with serving(application(desk), Http(port=0)) as port:
            yield Served(f"http://127.0.0.1:{port}", store, tmp_path)


@pytest.mark.parametrize("how", [{"dry_run": True}, {"preview": True}])
def test_trying_a_file_tells_what_would_be_stored_and_stores_nothing(served: Served, how: dict[str, bool]) -> None:
    with served.hub("page", ["s001"]) as hub:
        tried = hub.add_answers("test", "f.csv", rows(30), **how)
        assert served.answers() == []
        assert tried["would_store"] == {"added": 30, "changed": 0, "same": 0, "unknown_site": 0}
        assert tried["nps"]["n"] == 30
        assert "stored" not in tried
        taken = hub.add_answers("test", "f.csv", rows(30))
        assert taken["stored"] == tried["would_store"]
        assert len(served.answers()) == 30
        assert hub.add_answers("test", "f.csv", rows(31), **how)["would_store"] == {
            "added": 1,
            "changed": 0,
            "same": 30,
            "unknown_site": 0,
        }
        if "preview" in how:
            assert len(tried["preview"]) == 20
            assert tried["preview"][0] == {
                "source": "test",
                "id": "r0",
                "site": "s001",
                "at": "2026-06-01T10:00:00+00:00",
                "day": "2026-06-01",
                "channel": "qr",
                "lag_from_s": 0,
                "lag_to_s": 3600,
                "nps": 0,
            }


def test_a_try_is_refused_where_the_file_would_be(served: Served) -> None:
    with served.hub("page", ["s001"]) as hub:
        for how in ({}, {"dry_run": True}, {"preview": True}):
            with pytest.raises(Unanswered, match="a site that this token may not write"):
                hub.add_answers("test", "f.csv", rows(3, "s002"), **how)
            with pytest.raises(Unanswered, match="line 2, column 'nps': not on the scale"):
                hub.add_answers("test", "f.csv", (HEAD + "a,2026-06-01T10:00:00Z,s001,77\n").encode(), **how)
    token = access.create(served.folder / "tokens.json", "flags", ["s001"], True, "now")
    said = httpx.post(
        f"{served.url}/v1/answers?mapping=test&name=f&dry_run=perhaps",
        content=rows(3),
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (said.status_code, said.json()["error"]) == (422, "dry_run: 1 or 0")
    assert served.answers() == []


def test_an_answer_of_another_site_cannot_be_taken_over_by_its_id(served: Served) -> None:
    with served.hub("two", ["s002"]) as theirs, served.hub("one", ["s001"]) as mine:
        theirs.add_answers("test", "f.csv", rows(10, "s002"))
        before = served.answers()
        for how in ({}, {"dry_run": True}):
            with pytest.raises(Unanswered, match="id: an answer of a site that this token may not write"):
                mine.add_answers("test", "f.csv", rows(10, "s001", first=9), **how)
        assert served.answers() == before


def test_a_mapping_is_suggested_kept_listed_and_used(served: Served) -> None:
    with served.hub("page", ["s001"]) as hub:
        begun = hub.suggest("my shops.csv", rows(40))
        assert '[nps]\ncolumn = "nps"' in begun
        with pytest.raises(Unanswered, match="mapping: "):
            hub.save_mapping("mine", begun)  # not finished: nothing was guessed
        done = begun.replace('source = "?"', 'source = "mine"').replace('"s001" = "?"', '"s001" = "s001"')
        done = done.replace('constant = "?"', 'constant = "qr"')
        assert hub.save_mapping("mine", done) == {"name": "mine", "kind": "survey", "source": "mine"}
        assert hub.mapping("mine") == done
        assert hub.add_answers("mine", "f.csv", rows(40))["stored"]["added"] == 40
        listed = {row["name"]: row for row in hub.mappings()}
        assert listed["test"]["own"] is False
        assert (listed["test"]["last_at"], listed["test"]["rows"]) == (None, None)
        assert (listed["mine"]["own"], listed["mine"]["rows"]) == (True, 40)
        assert listed["mine"]["last_at"].startswith(listed["mine"]["last_day"])
    assert (served.folder / "mappings/mine.toml").stat().st_mode & 0o777 == 0o600
    assert Mappings({}, served.folder / "mappings")["mine"] == done


def test_of_few_answers_only_the_day_is_told_and_of_other_sites_nothing(served: Served) -> None:
    with served.hub("one", ["s001"]) as one, served.hub("two", ["s002"]) as two:
        two.add_answers("test", "f.csv", rows(9, "s002", first=100))
        assert one.mappings()[0]["last_day"] is None
        one.add_answers("test", "f.csv", rows(4))
        (told,) = one.mappings()
        assert (told["last_at"], told["rows"]) == (None, None)
        assert told["last_day"]
        one.add_answers("test", "f.csv", rows(5, first=10))
        assert one.mappings()[0]["rows"] == 5


HOSTILE = ("../../etc/passwd", "..", "a/b", "A", "a.toml", "%2e%2e%2fx", "", "a" * 65, "ä", "con\x00", "-a", "a b")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_the_folder(served: Served, name: str) -> None:
    token = access.create(served.folder / "tokens.json", "wild", ["s001"], True, "now")
    before = sorted(path for path in served.folder.rglob("*") if path.is_file())
    for escaped in {quote(name), quote(name, safe="").replace(".", "%2E"), quote(quote(name, safe=""))}:
        said = httpx.put(
            f"{served.url}/v1/mappings/{escaped}",
            content=OTHER,
            headers={"Authorization": f"Bearer {token}"},
            follow_redirects=True,
        )
        assert said.status_code in (400, 404, 405, 422), said.text
    with Hub(served.url, token) as hub, pytest.raises(Unanswered):
        hub.save_mapping(name, OTHER)
    assert sorted(path for path in served.folder.rglob("*") if path.is_file()) == before


def test_what_the_settings_rely_on_is_not_replaced(served: Served) -> None:
    with served.hub("page", ["s001"]) as hub:
        for name in ("test", "till"):  # one that is shipped, one that a webhook or a button uses
            with pytest.raises(Unanswered, match="a mapping of the hub's settings has it"):
                hub.save_mapping(name, OTHER)
        assert hub.mapping("test") == MAPPING
        with pytest.raises(Unanswered, match="no such mapping"):
            hub.mapping("till")


BROKEN = {
    "not TOML: line 1": "a = = 1",
    "source: missing": MAPPING.replace('source = "test"', ""),
    "hidden: unknown key": "hidden = 1\n" + MAPPING,
    "site.pattern: a repeated group": MAPPING.replace('column = "site"', 'column = "site"\npattern = "^((a+)+)$"'),
    "transactions, sales": 'kind = "sales"\nsource = "x"\nsite = { constant = "s001" }\ntime = { column = "t" }\n',
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_mapping_is_not_kept_and_its_key_is_named(served: Served, said: str) -> None:
    with served.hub("page", ["s001"]) as hub, pytest.raises(Unanswered, match=f"^mapping: .*{said}"):
        hub.save_mapping("mine", BROKEN[said])
    assert not (served.folder / "mappings").exists()


def test_a_mapping_that_is_too_large_or_no_text_is_refused(served: Served) -> None:
    with served.hub("page", ["s001"]) as hub, pytest.raises(Unanswered, match="more than 64000 bytes"):
        hub.save_mapping("mine", MAPPING + "#" * 64_000)
    token = access.create(served.folder / "tokens.json", "bytes", ["s001"], True, "now")
    said = httpx.put(
        f"{served.url}/v1/mappings/mine", content=b"\xff\xfe\x00", headers={"Authorization": f"Bearer {token}"}
    )
    assert (said.status_code, said.json()["error"]) == (422, "mapping: not UTF-8")


def test_without_the_right_to_import_nothing_of_this_answers(served: Served) -> None:
    with served.hub("reader", ["*"], may_import=False) as hub:
        for asked in (
            lambda: hub.mappings(),
            lambda: hub.mapping("test"),
            lambda: hub.save_mapping("mine", OTHER),
            lambda: hub.suggest("f", rows(3)),
            lambda: hub.add_answers("test", "f", rows(3), dry_run=True),
        ):
            with pytest.raises(Refused, match="this token may not import"):
                asked()
    assert httpx.get(f"{served.url}/v1/mappings").status_code == 401
    assert served.answers() == []


def test_on_a_full_disk_a_file_can_be_tried_and_is_not_taken(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST", 2**62)
    with served.hub("page", ["s001"]) as hub:
        assert hub.add_answers("test", "f.csv", rows(3), dry_run=True)["would_store"]["added"] == 3
        with pytest.raises(Unanswered, match="the disk is full"):
            hub.add_answers("test", "f.csv", rows(3))
        assert served.answers() == []
        monkeypatch.undo()
        assert hub.add_answers("test", "f.csv", rows(3))["stored"]["added"] == 3
