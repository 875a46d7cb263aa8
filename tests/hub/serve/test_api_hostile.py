"""HTTP that nobody well would send: other paths, SQL in every parameter, strange headers, other sites' tokens."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from hub.intake.sorting import sort
from hub.serve import access
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.serve.questions import QUESTIONS
from hub.settings import Http
from hub.storage.store import Store
from tests.hub.conftest import SITES, Shop

NOW = 1781114400.0
RIGHT = {"site": "s001", "start": "2026-06-09T18:00:00Z", "end": "2026-06-10T18:00:00Z", "day": "2026-06-10"}
RIGHT |= {"kind": "action", "metric": "entries", "weeks": "8"}
RIGHT |= {"first": "2026-06-01", "last": "2026-06-10"}
INJECTED = (
    "s001' OR '1'='1",
    "s001'; DROP TABLE value_count; --",
    "s001' UNION SELECT payload FROM quarantine --",
    "$site",
    "s001\x00",
    "s001\\",
    "%",
    "s00_",
    "read_csv('/etc/passwd')",
    "s001/../s002",
    "ＳＯＯ１",
)
PATHS = (
    "/v1/questions/../../../etc/passwd",
    "/v1/questions/..%2f..%2fschema",
    "/v1/questions/%2e%2e/%2e%2e/tokens.json",
    "/v1/questions/sites%00",
    "/v1/questions/sites.sql",
    "/v1/questions/kpi%2Fsites",
    "//v1/questions/sites",
    "/v1//questions/sites",
    "/tokens.json",
    "/hub.duckdb",
    "/static/../hub.duckdb",
    "/.git/config",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A hub with three shops, one of which has data, and readers of two."""
    folder, shop = tmp_path_factory.mktemp("served"), Shop()
    tokens, cursors = folder / "tokens.json", dict[Any, Any]()
    made = {site: access.create(tokens, site, [site], False, "now") for site in ("s001", "s002")}
    with Store(folder / "hub.duckdb", SITES, NOW) as store:
        raw = [shop.raw(shop.status(), "status"), shop.raw(shop.window(NOW - 300, shop.count(NOW - 300, 7)))]
        store.commit(sort(raw, cursors, SITES, NOW), cursors, NOW)
        desk = Desk(store, Access(tokens), Board(), clock=lambda: NOW)
        with serving(application(desk), Http(port=0)) as port:
            yield SimpleNamespace(url=f"http://127.0.0.1:{port}", tokens=made, store=store)


@pytest.fixture
def client(served: SimpleNamespace) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {served.tokens['s001']}"}
    with httpx.Client(base_url=served.url, headers=headers) as made:
        yield made


def needs(name: str) -> dict[str, str]:
    return {key: RIGHT[key] for key in QUESTIONS[name].needs}


@pytest.mark.parametrize("name", QUESTIONS)
def test_sql_in_a_parameter_is_a_value_that_nothing_has(
    client: httpx.Client, served: SimpleNamespace, name: str
) -> None:
    for key in QUESTIONS[name].needs:
        for text in INJECTED:
            reply = client.get(f"/v1/questions/{name}", params=needs(name) | {key: text})
            assert reply.status_code == (403 if key == "site" else 422), (name, key, text)
    assert served.store.rows("SELECT count(*) AS n FROM value_count").to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("name", [name for name in QUESTIONS if "site" in QUESTIONS[name].needs])
def test_no_question_is_answered_for_another_s_site(served: SimpleNamespace, name: str) -> None:
    stranger = {"Authorization": f"Bearer {served.tokens['s002']}"}
    reply = httpx.get(f"{served.url}/v1/questions/{name}", params=needs(name), headers=stranger)
    assert (reply.status_code, reply.json()) == (403, {"error": "no such site for this token"})


def test_live_and_the_list_of_sites_show_one_s_own_only(served: SimpleNamespace) -> None:
    stranger = {"Authorization": f"Bearer {served.tokens['s002']}"}
    for site in ("s001", "s003", "", "*", *INJECTED):
        reply = httpx.get(f"{served.url}/v1/live", params={"site": site}, headers=stranger)
        assert (reply.status_code, reply.json()) == (403, {"error": "no such site for this token"})
    assert httpx.get(f"{served.url}/v1/live", params={"site": "s002"}, headers=stranger).status_code == 200
    rows = httpx.get(f"{served.url}/v1/questions/sites", headers=stranger).json()["rows"]
    assert [row[0] for row in rows] == ["s002"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_is_answered_to_a_wrong_token(client: httpx.Client, name: str) -> None:
    for token in ("x", "Bearer", "a" * 43, "' OR 1=1 --", "*"):
        reply = client.get(f"/v1/questions/{name}", params=needs(name), headers={"Authorization": f"Bearer {token}"})
        assert reply.status_code == 401, token


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file(client: httpx.Client, path: str) -> None:
    request = client.build_request("GET", client.base_url)
    request.url = request.url.copy_with(raw_path=path.encode())
    reply = client.send(request)
    assert reply.status_code == 404, path
    assert set(reply.json()) == {"error"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_do_nothing(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/v1/questions/sites").status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/vnd.apache.arrow.stream" + ";q=1" * 500},
        {"Accept": "\xff\xfe"},
        {"X-Forwarded-For": "' OR 1=1 --", "X-Forwarded-Proto": "gopher", "Forwarded": "for=" + "x" * 3000},
        {"Host": "evil.example"},
        {"Range": "bytes=0-999999999999", "If-None-Match": "*", "Cookie": "a=b; " * 500 + "c=d"},
        {"Authorization-": "Bearer x", "Expect": "100-continue", "Upgrade": "h2c"},
    ],
)
def test_strange_headers_change_no_answer(client: httpx.Client, headers: dict[str, str]) -> None:
    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
    reply = client.get("/v1/questions/sites", headers=raw)
    assert reply.status_code in (200, 400)
    assert client.get("/health").status_code == 200


def test_a_very_long_query_is_refused_and_the_hub_lives(client: httpx.Client) -> None:
    for params in ({"site": "s" * 60_000}, {"x" * 60_000: "1"}, {f"k{i}": "v" for i in range(5000)}):
        try:
            assert client.get("/v1/questions/devices", params=params).status_code in (400, 403, 414, 422, 431)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            continue  # the server may hang up on what is larger than it reads
    many = client.get("/v1/questions/devices?" + "&".join(["site=s001"] * 2000))
    assert (many.status_code, many.json()) == (422, {"error": "site: given twice"})
    assert client.get("/health").status_code == 200
