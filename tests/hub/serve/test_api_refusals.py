"""The HTTP side against whatever is sent to it: an answer or a refusal that says why, never a failure of its own."""

import time

import httpx
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.client import ARROW
from hub.serve import access
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.serve.questions import QUESTIONS
from hub.settings import Http

NOW = 1781114400.0
RIGHT = {
    "site": "s001",
    "start": "2026-06-09T18:00:00Z",
    "end": "2026-06-10T18:00:00Z",
    "day": "2026-06-10",
    "kind": "action",
    "metric": "entries",
    "weeks": "8",
}
ROWS = {"sites": 3, "stores": 3, "drivers": 6, "drivers_all": 6, "weighted": 1, "response": 1}
ROWS |= {"forecast": 8 * 24, "staffing": 7 * 11, "trial_plan": 8 * 7}
WRONG = {
    "start": [
        "",
        "x",
        "1781114400",
        "2026-06-09",
        "2026-06-09T18:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
    ],
    "end": ["", "x", "2026-06-09T18:00:00Z", "2026-06-01T00:00:00Z", "2199-12-31T23:59:59Z", "1e9", "\x00"],
    "day": ["", "x", "2026-13-01", "20260610T00", "0001-01-01", "9999-12-31", "2026-06-10T00:00:00Z"],
}


@pytest.fixture
def client(hub, tmp_path):
    """A client of a hub with an empty database, with a token for everything."""
    tokens = tmp_path / "tokens.json"
    token = access.create(tokens, "all", [access.EVERY_SITE], False, "now", may_read_comments=True)
    desk = Desk(hub.store, Access(tokens), Board(), clock=lambda: NOW)
    with (
        serving(application(desk), Http(port=0)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}) as made,
    ):
        yield made


def asked(client, name, **params):
    return client.get(f"/v1/questions/{name}", params={key: params[key] for key in QUESTIONS[name].needs})


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_answers_on_an_empty_database_in_both_shapes(client, name):
    params = {key: RIGHT[key] for key in QUESTIONS[name].needs}
    plain = client.get(f"/v1/questions/{name}", params=params)
    assert plain.status_code == 200
    said = plain.json()
    assert len(said["rows"]) == ROWS.get(name, 0)
    arrow = client.get(f"/v1/questions/{name}", params=params, headers={"Accept": ARROW})
    with pa.ipc.open_stream(arrow.content) as stream:
        assert stream.read_all().column_names == said["columns"]


def test_a_parameter_of_a_wrong_kind_is_422_and_named(client):
    for name, question in QUESTIONS.items():
        for key in question.needs:
            for text in WRONG.get(key, []):
                reply = asked(client, name, **(RIGHT | {key: text}))
                assert reply.status_code == 422, (name, key, text)
                assert reply.json()["error"].split(":")[0] in (key, "end")
            missing = client.get(f"/v1/questions/{name}", params={k: RIGHT[k] for k in question.needs if k != key})
            assert (missing.status_code, missing.json()) == (422, {"error": f"{key}: missing"})


def test_an_unknown_question_and_an_unknown_path_are_404_in_json(client):
    for path in ("/v1/questions/nope", "/v1/questions/in_store", "/v1/nope", "/nope", "/docs", "/redoc"):
        reply = client.get(path)
        assert reply.status_code == 404, path
        assert set(reply.json()) == {"error"}
    reply = client.post("/v1/questions/sites")
    assert (reply.status_code, set(reply.json())) == (405, {"error"})


def test_an_answer_on_a_kept_connection_is_not_held_back(client):
    """Head and body are two packets: the second must not wait 40 ms for the reader to confirm the first."""
    took = []
    for _ in range(20):
        began = time.perf_counter()
        assert client.get("/v1/version").status_code == 200
        took.append(time.perf_counter() - began)
    assert min(took) < 0.03


def test_files_without_the_right_or_the_taker_are_refused(client):
    reply = client.post("/v1/answers", params={"mapping": "instore"}, content=b"x")
    assert (reply.status_code, reply.json()) == (403, {"error": "this token may not import"})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(QUESTIONS)),
    params=st.dictionaries(st.sampled_from([*RIGHT, "sql", "now"]), st.text(max_size=30), max_size=4),
    right=st.sets(st.sampled_from(list(RIGHT))),
)
def test_nothing_that_is_asked_makes_the_hub_fail(client, name, params, right):
    params |= {key: RIGHT[key] for key in right}
    reply = client.get(f"/v1/questions/{name}", params=params)
    assert reply.status_code in (200, 403, 422)
    assert (reply.status_code == 200) == ("rows" in reply.json())
    live = client.get("/v1/live", params=params)
    assert live.status_code in (200, 403)
