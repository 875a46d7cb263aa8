"""The HTTP side with a real server and the real client: who may read what, what is refused and how."""

import json
from datetime import UTC, datetime

import httpx
import pyarrow as pa
import pytest

from edge.messages import Live, stamp
from hub.client import Hub, HubAway, Refused, Unanswered
from hub.intake.sorting import Heard
from hub.intake.taking import Taking
from hub.serve import access
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.settings import Http

NOW = 1781114400.0
SPAN = {"start": datetime.fromtimestamp(NOW - 86_400, UTC), "end": datetime.fromtimestamp(NOW, UTC)}
MAPPING = """
source = "test"
reader = "csv"
id = "id"
[time]
column = "at"
[site]
column = "site"
[channel]
constant = "qr"
[nps]
column = "nps"
"""


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def tokens(tmp_path):
    return tmp_path / "tokens.json"


@pytest.fixture
def desk(hub, board, tokens):
    return Desk(hub.store, Access(tokens), board, None, Taking({"test": MAPPING}), clock=lambda: NOW)


@pytest.fixture
def url(desk):
    with serving(application(desk), Http(port=0)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def reader(url, tokens):
    with Hub(url, access.create(tokens, "reader", ["s001"], False, "now")) as made:
        yield made


def test_a_question_comes_back_as_the_same_table(hub, shop, reader):
    hub.take(shop.raw(shop.status(), "status"), shop.raw(shop.window(NOW - 900, shop.count(NOW - 900, 12))))
    found = reader.ask("visitors", site="s001", **SPAN)
    assert found.column("entries").to_pylist() == [12]
    assert found.schema.field("start").type == pa.timestamp("us", tz="UTC")
    assert reader.ask("sites").column("site").to_pylist() == ["s001"]
    assert str(reader.ask("sites").column("day")[0]) == "2026-06-10"


def test_json_is_the_other_shape(hub, shop, url, tokens):
    hub.take(shop.raw(shop.status(), "status"))
    token = access.create(tokens, "curl", ["*"], False, "now")
    reply = httpx.get(
        f"{url}/v1/questions/devices", params={"site": "s001"}, headers={"Authorization": f"Bearer {token}"}
    )
    said = reply.json()
    row = dict(zip(said["columns"], said["rows"][0], strict=True))
    assert (row["device"], row["at"], row["last_end"]) == ("cam-01", "2026-06-10T18:00:00Z", None)


@pytest.mark.parametrize("path", ["/v1/version", "/v1/live?site=s001", "/v1/questions/sites", "/v1/questions/nope"])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer \t'--"])
def test_without_a_token_nothing_is_said(url, tokens, path, header):
    access.create(tokens, "someone", ["*"], False, "now")
    reply = httpx.get(url + path, headers={} if header is None else {"Authorization": header})
    assert reply.status_code == 401
    assert set(reply.json()) == {"error"}


def test_another_site_is_as_unknown_as_none(reader):
    said = []
    for site in ("s002", "nowhere", "", "s001'--", "*"):
        with pytest.raises(Refused) as error:
            reader.ask("devices", site=site)
        said.append(str(error.value))
    assert len(set(said)) == 1
    with pytest.raises(Refused):
        reader.live("s002")


@pytest.mark.parametrize(
    "name", ["nope", "../schema", "sites;drop table site", "in_store", "rollup_clear", "sites%27", "SITES", ""]
)
def test_only_named_questions_can_be_asked(reader, url, tokens, name):
    with pytest.raises(Unanswered):
        reader.ask(name)
    token = access.create(tokens, "raw", ["*"], False, "now")
    reply = httpx.get(f"{url}/v1/questions/{name}", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 404
    assert "error" in reply.json()


def test_a_wrong_parameter_is_an_error_that_names_it(reader):
    with pytest.raises(Unanswered, match="colour: unknown"):
        reader.ask("devices", site="s001", colour="red")
    with pytest.raises(Unanswered, match="start: missing"):
        reader.ask("visitors", site="s001")
    with pytest.raises(ValueError, match="zone"):
        reader.ask("visitors", site="s001", start=datetime(2026, 1, 1), end=SPAN["end"])  # noqa: DTZ001


def test_the_version_grows_with_what_is_written(hub, shop, reader):
    before = reader.version()
    hub.take(shop.raw(shop.status(), "status"))
    assert reader.version() == before + 1


def test_live_is_the_newest_and_old_values_tell_their_age(hub, shop, board, reader):
    def live(at, queue):
        return Live(
            v=1, level="standard", at=stamp(at), place="till_a", queue=queue, occupancy=None, tills_open=1, alert="ok"
        )

    hub.take(shop.raw(shop.status(), "status"), shop.raw(shop.window(NOW - 300, shop.count(NOW - 300, 9, 2))))
    for at, queue in ((NOW - 30, 4), (NOW - 60, 9)):
        board.hear(Heard("s001", "cam-01", live(at, queue), False))
    said = reader.live("s001")
    assert said["in_store"] == {"value": 7, "provisional": True, "as_of": "2026-06-10T17:55:00Z"}
    assert [(p["place"], p["kind"], p["queue"], p["age_s"]) for p in said["places"]] == [("till_a", "queue", 4, 30)]
    assert not any("live" in row["t"] for row in hub.rows("SELECT table_name AS t FROM duckdb_tables()"))


def test_live_of_an_empty_shop_is_null_and_not_zero(reader):
    assert reader.live("s001")["in_store"] == {"value": None, "provisional": True, "as_of": None}
    assert reader.live("s001")["places"] == []


def test_health_needs_no_token_and_says_nothing_of_a_shop(url):
    with Hub(url, "") as nobody:
        said = nobody.health()
    assert said["ok"] is True
    assert "s001" not in json.dumps(said)


def test_a_token_made_or_revoked_while_the_hub_runs_counts_at_once(url, tokens):
    token = access.create(tokens, "late", ["s001"], False, "now")
    with Hub(url, token) as hub:
        hub.version()
        access.revoke(tokens, "late")
        with pytest.raises(Refused):
            hub.version()


def test_no_token_can_be_read_from_the_file(tokens):
    token = access.create(tokens, "a", ["s001"], False, "now")
    assert token not in tokens.read_text()
    assert tokens.stat().st_mode & 0o777 == 0o600
    with pytest.raises(access.TokenError):
        access.create(tokens, "a", ["s001"], False, "now")
    with pytest.raises(access.TokenError):
        access.create(tokens, "a b;--", ["s001"], False, "now")


def test_answers_are_taken_once_and_only_with_the_right(hub, reader, url, tokens):
    data = b"id,at,site,nps\n1,2026-06-10T10:00:00Z,s001,9\n2,2026-06-10T11:00:00Z,s001,3\n"
    with pytest.raises(Refused):
        reader.add_answers("test", "a.csv", data)
    with Hub(url, access.create(tokens, "importer", ["s001"], True, "now")) as importer:
        assert importer.add_answers("test", "a.csv", data)["rows_scored"] == 2
        importer.add_answers("test", "a.csv", data)
        with pytest.raises(Unanswered, match="mapping"):
            importer.add_answers("../../etc/passwd", "a.csv", data)
        with pytest.raises(Unanswered, match="site"):
            importer.add_answers("test", "a.csv", data.replace(b"s001", b"s002"))
    assert hub.rows("SELECT count(*) AS n FROM answer") == [{"n": 2}]
    assert reader.ask("scores", site="s001", **SPAN).column("n").to_pylist() == [2]


def test_a_hub_that_is_away_is_away_and_names_no_address():
    with Hub("http://127.0.0.1:9", "secret-token", timeout=1) as hub, pytest.raises(HubAway) as error:
        hub.version()
    assert "127.0.0.1" not in str(error.value)
    assert "secret" not in str(error.value)


def test_something_else_at_the_address_is_no_hub(url):
    with Hub(url + "/v1/questions/x?", "t") as hub, pytest.raises((Unanswered, Refused)):
        hub.version()
