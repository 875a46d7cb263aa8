"""What people write goes over HTTP into versions, and comes back by the question; who may not, or errs, is told."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from hub.client import Conflict, Hub, Refused, Unanswered
from hub.serve import access
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.settings import Http
from hub.storage import documents, lake, retention, room
from hub.storage.store import Store
from tests.hub.documents.samples import SAMPLES

NOW = 1781114400.0
DAY_S = 86_400
ACTION = SAMPLES["action"]


class Served:
    """A hub that takes documents; its clock is set by hand."""

    def __init__(self, hub: Any, folder: Path) -> None:
        self.store, self.folder, self.now, self.url = hub.store, folder, NOW, ""
        self.desk = Desk(hub.store, Access(folder / "tokens.json"), Board(), clock=lambda: self.now)

    def token(self, name: str, *sites: str, **rights: bool) -> str:
        return access.create(self.folder / "tokens.json", name, list(sites), False, "now", **rights)


@pytest.fixture
def served(hub: Any, tmp_path: Path) -> Iterator[Served]:
    made = Served(hub, tmp_path)
    with serving(application(made.desk), Http(port=0)) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@pytest.fixture
def writer(served: Served) -> Iterator[Hub]:
    with Hub(served.url, served.token("writer", "s001", may_write=True)) as made:
        yield made


def rows(hub: Hub, kind: str = "action", **more: str) -> list[dict[str, Any]]:
    return hub.ask("documents", site="s001", kind=kind, **more).to_pylist()  # type: ignore[no-any-return]


def put(served: Served, token: str, kind: str = "action", id: str = "a1", **other: Any) -> httpx.Response:
    given = {"params": {"site": "s001", "version": "0"}, "json": ACTION} | other
    headers = {"Authorization": f"Bearer {token}"} | given.pop("headers", {})
    return httpx.put(f"{served.url}/v1/documents/{kind}/{id}", headers=headers, **given)


# An acknowledgement needs an alert: see tests/hub/alerts.
@pytest.mark.parametrize("kind", sorted(SAMPLES.keys() - {"acknowledgement"}))
def test_every_kind_is_kept_and_read(writer: Hub, kind: str) -> None:
    assert writer.write(kind, "a1", site="s001", version=0, body=SAMPLES[kind], by="Anna") == 1
    (row,) = rows(writer, kind)
    assert (row["kind"], row["id"], row["version"], row["by"]) == (kind, "a1", 1, "Anna")
    assert row["at"].timestamp() == NOW


def test_every_version_is_kept_and_the_newest_is_read(writer: Hub, served: Served) -> None:
    for n, state in enumerate(("open", "doing", "done")):
        served.now = NOW + n
        writer.write("action", "a1", site="s001", version=n, body=ACTION | {"state": state}, by=f"person {n}")
    writer.write("action", "a2", site="s001", version=0, body=ACTION)
    assert [(r["id"], r["version"], r["by"]) for r in rows(writer)] == [("a1", 3, "person 2"), ("a2", 1, None)]
    assert [(r["id"], r["version"]) for r in rows(writer, history="1")] == [
        ("a1", 1),
        ("a1", 2),
        ("a1", 3),
        ("a2", 1),
    ]
    assert '"state":"open"' in rows(writer, history="1")[0]["body"]
    assert rows(writer, history="0") == rows(writer)


@pytest.mark.parametrize(("version", "newest"), [(0, 2), (1, 2), (3, 2)])
def test_a_version_that_is_not_the_newest_is_refused(writer: Hub, version: int, newest: int) -> None:
    for n in range(2):
        writer.write("action", "a1", site="s001", version=n, body=ACTION)
    with pytest.raises(Conflict) as error:
        writer.write("action", "a1", site="s001", version=version, body=ACTION)
    assert error.value.version == newest
    assert len(rows(writer, history="1")) == 2


def test_of_many_who_replace_one_version_at_once_one_does(writer: Hub) -> None:
    done, late = list[int](), list[int]()

    def write() -> None:
        try:
            done.append(writer.write("action", "a1", site="s001", version=0, body=ACTION))
        except Conflict as error:
            late.append(error.version)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done, late) == ([1], [1] * 7)
    assert len(rows(writer, history="1")) == 1


def test_a_clock_that_is_set_back_turns_no_order_round(writer: Hub, served: Served) -> None:
    writer.write("action", "a1", site="s001", version=0, body=ACTION)
    served.now = NOW - DAY_S
    assert writer.write("action", "a1", site="s001", version=1, body=ACTION) == 2
    assert [row["at"].timestamp() for row in rows(writer, history="1")] == [NOW, NOW]


def test_another_sites_token_hears_what_it_would_hear_of_no_site(served: Served) -> None:
    token = served.token("other", "s002", may_write=True)
    foreign, absent = (put(served, token, params={"site": site, "version": "0"}) for site in ("s001", "s999"))
    assert foreign.status_code == absent.status_code == 403
    assert foreign.json() == absent.json()
    with Hub(served.url, token) as hub, pytest.raises(Refused):
        rows(hub)


def test_what_is_one_sites_is_no_others(writer: Hub, served: Served) -> None:
    with Hub(served.url, served.token("both", "*", may_write=True)) as both:
        both.write("action", "a1", site="s002", version=0, body=ACTION)
        assert rows(both) == []
        assert writer.write("action", "a1", site="s001", version=0, body=ACTION) == 1


def test_a_token_that_only_reads_does_not_write(served: Served) -> None:
    reply = put(served, served.token("reader", "s001"))
    assert (reply.status_code, reply.json()["error"]) == (403, "this token may not write")
    assert put(served, "none").status_code == 401


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"kind": "nonsense"}, 404, "no such kind"),
        ({"id": "UPPER"}, 422, "id: up to 64"),
        ({"id": "a" * 65}, 422, "id: up to 64"),
        ({"params": {"site": "s001"}}, 422, "version: the number"),
        ({"params": {"site": "s001", "version": "-1"}}, 422, "version: the number"),
        ({"params": {"site": "s001", "version": "0", "x": "1"}}, 422, "x: unknown parameter"),
        ({"json": ACTION | {"colour": 1}}, 422, "colour: unknown key"),
        ({"headers": {"X-Instore-By": "%ff"}}, 422, "X-Instore-By: not"),
        ({"headers": {"X-Instore-By": "x" * 81}}, 422, "X-Instore-By: 1 to 80"),
        ({"json": {"what": "x" * 3_000_000}}, 413, "the file has more than"),
        ({"kind": "floor", "json": {"image": "x" * 3_000_000}}, 413, "the file has more than"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    served: Served, given: dict[str, Any], status: int, said: str
) -> None:
    reply = put(served, served.token("writer2", "s001", may_write=True), **given)
    assert (reply.status_code, reply.json()["error"][: len(said)]) == (status, said)
    assert served.store.rows("SELECT 1 FROM document").num_rows == 0


def test_names_of_every_script_come_back_as_they_were(writer: Hub) -> None:
    for n, name in enumerate(["<img src=x onerror=1>", "日本 Ω 🛒", "O'Neil; DROP", "a\x00b\u202e"]):
        writer.write("action", f"a{n}", site="s001", version=0, body=ACTION | {"owner": name}, by=name)
        assert rows(writer)[n]["by"] == name


def test_the_client_tells_bad_names_before_it_asks(writer: Hub) -> None:
    with pytest.raises(Unanswered, match="id: up to 64"):
        writer.write("action", "../x", site="s001", version=0, body={})


def test_on_a_full_disk_nothing_is_written(writer: Hub, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST", 2**62)
    with pytest.raises(Unanswered, match="the disk is full"):
        writer.write("action", "a1", site="s001", version=0, body=ACTION)
    assert rows(writer) == []


def test_there_is_a_most(writer: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST", 1)
    writer.write("action", "a1", site="s001", version=0, body=ACTION)
    with pytest.raises(Unanswered, match="id: there are 1"):
        writer.write("action", "a2", site="s001", version=0, body=ACTION)
    assert writer.write("action", "a1", site="s001", version=1, body=ACTION) == 2


def test_of_a_floor_the_last_thirty_versions_are_kept(hub: Any) -> None:
    for n in range(33):
        with hub.store.write() as connection:
            documents.put(connection, "s001", "floor", "f", n, at=NOW, by=None, body="{}")
    assert [row["version"] for row in hub.rows("SELECT version FROM document")] == list(range(4, 34))


def test_names_and_replaced_versions_go_after_their_time(hub: Any) -> None:
    def put(kind: str, id: str, version: int, days: int) -> None:
        with hub.store.write() as connection:
            documents.put(connection, "s001", kind, id, version, at=NOW - days * DAY_S, by="Anna", body="{}")

    for version, days in enumerate((900, 800, 10)):
        put("plan", "p", version, days)
    put("action", "old", 0, 800)
    put("correction", "old", 0, 800)
    put("action", "new", 0, 700)
    with hub.store.write() as connection:
        assert documents.forget_old(connection, NOW, 760) == {"document": 2}
    left = hub.rows('SELECT kind, id, version, "by" FROM document ORDER BY ALL')
    assert [tuple(row.values()) for row in left] == [
        ("action", "new", 1, "Anna"),
        ("correction", "old", 1, None),
        ("plan", "p", 2, None),
        ("plan", "p", 3, "Anna"),
    ]


def test_they_go_with_their_site(writer: Hub, served: Served) -> None:
    writer.write("action", "a1", site="s001", version=0, body=ACTION)
    with served.store.write() as connection:
        assert retention.forget_site(connection, "s001")["document"] == 1
    assert rows(writer) == []


def test_they_are_in_the_copy(writer: Hub, served: Served, tmp_path: Path) -> None:
    writer.write("action", "a1", site="s001", version=0, body=ACTION, by="日本")
    lake.export(served.store, tmp_path / "lake", NOW)
    with Store(tmp_path / "new.duckdb", served.store.sites, NOW) as store:
        assert lake.rebuild(store, tmp_path / "lake")["document"] == 1
        text = "SELECT * FROM document"
        assert store.rows(text).to_pylist() == served.store.rows(text).to_pylist()


def test_the_name_travels_encoded(served: Served) -> None:
    token = served.token("page", "s001", may_write=True)
    assert put(served, token, headers={"X-Instore-By": quote("Zoë 日")}).json() == {"version": 1}
    assert served.store.rows('SELECT "by" FROM document').to_pylist() == [{"by": "Zoë 日"}]
