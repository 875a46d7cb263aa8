"""Calls of survey tools: signed, new, once, small; anything else changes nothing and says nothing of the shop."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from edge.settings import SettingsError
from hub.intake.taking import Taking
from hub.intake.webhooks import LARGEST, Guard, Webhook, signed, signed_as_typeform
from hub.serve.api import serving
from hub.serve.webhooks import Hooks, add_webhooks
from hub.settings import Http
from hub.storage import room

NOW = datetime(2026, 6, 10, 18, 0, tzinfo=UTC).timestamp()
SECRET = "a-secret-of-the-shop"
OWN = (
    'source = "own"\nid = "id"\nsite = { column = "site" }\nchannel = { constant = "qr" }\n'
    'time = { column = "at" }\nnps = { column = "nps" }\ncomment = "said"\n'
)
TYPEFORM = (files("hub.intake") / "mappings" / "typeform_webhook.toml").read_text(encoding="utf-8")
MAPPINGS = {"own": OWN, "typeform": TYPEFORM.replace('"s01"', '"s001"'), "bare": OWN.replace('id = "id"\n', "")}
ANSWER = {"id": "1", "site": "s001", "at": "2026-06-10T17:00:00Z", "nps": 9, "said": "jo@example.com is kind"}


def hooks(hub: Any, folder: Path, secret: str = SECRET, **more: Any) -> Hooks:
    (folder / "secret").write_text(secret + "\n")
    said = {"secret_file": str(folder / "secret"), "mapping": "own", "name": "own"} | more
    form = said | {"name": "form", "kind": "typeform", "mapping": "typeform"}
    return Hooks((Webhook(**said), Webhook(**form)), Taking(MAPPINGS), hub.store, clock=lambda: NOW)


@pytest.fixture
def client(hub: Any, tmp_path: Path) -> Iterator[httpx.Client]:
    app = FastAPI()
    add_webhooks(app, hooks(hub, tmp_path))
    with (
        serving(app, Http(port=0)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/v1/webhooks", timeout=30) as made,
    ):
        yield made


def call(client: httpx.Client, body: Any, at: float = NOW, name: str = "own", **more: str) -> httpx.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(at))
    headers = {"x-instore-timestamp": stamp, "x-instore-signature": signed(SECRET.encode(), stamp, data)}
    return client.post(f"/{name}", content=data, headers=headers | more)


def stored(hub: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = hub.rows("SELECT id, site, nps, comment FROM answer ORDER BY id")
    return rows


def test_a_signed_call_is_an_answer_once(client: httpx.Client, hub: Any) -> None:
    reply = call(client, ANSWER)
    assert reply.status_code == 200
    assert reply.json() == {"stored": {"added": 1, "changed": 0, "same": 0, "unknown_site": 0}}
    assert stored(hub) == [{"id": "1", "site": "s001", "nps": 9, "comment": "[e-mail] is kind"}]
    again = call(client, ANSWER)
    assert (again.status_code, again.json()) == (409, {"error": "replayed"})
    later = call(client, ANSWER, NOW + 1)  # the tool's own second try: signed anew
    assert later.json()["stored"]["same"] == 1
    assert len(stored(hub)) == 1


def test_a_call_on_a_full_disk_may_come_again(
    client: httpx.Client, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LEAST", 2**62)
    assert call(client, ANSWER).status_code == 503
    assert stored(hub) == []
    monkeypatch.undo()
    assert call(client, ANSWER).status_code == 200
    assert len(stored(hub)) == 1


@pytest.mark.parametrize(
    ("at", "more", "said"),
    [
        (NOW, {"x-instore-signature": ""}, "signature"),
        (NOW, {"x-instore-signature": "sha256=" + "0" * 64}, "signature"),
        (NOW, {"x-instore-timestamp": str(int(NOW) + 1)}, "signature"),
        (NOW - 301, {}, "timestamp"),
        (NOW + 301, {}, "timestamp"),
    ],
)
def test_a_call_that_is_not_signed_or_old_is_refused(
    client: httpx.Client, hub: Any, at: float, more: dict[str, str], said: str
) -> None:
    reply = call(client, ANSWER, at, **more)
    assert (reply.status_code, reply.json()) == (401, {"error": said})
    assert stored(hub) == []


def test_a_body_changed_under_way_is_refused(client: httpx.Client, hub: Any) -> None:
    data = json.dumps(ANSWER).encode()
    signature = signed(SECRET.encode(), str(int(NOW)), data)
    headers = {"x-instore-timestamp": str(int(NOW)), "x-instore-signature": signature}
    assert client.post("/own", content=data.replace(b"9", b"1"), headers=headers).status_code == 401
    assert client.post("/own", content=data, headers=headers).status_code == 200


def test_an_unknown_name_is_told_like_a_wrong_signature(client: httpx.Client) -> None:
    wrong = call(client, ANSWER, **{"x-instore-signature": "sha256=x"})
    unknown = call(client, ANSWER, name="nobody")
    assert (unknown.status_code, unknown.json()) == (wrong.status_code, wrong.json())


def test_what_cannot_be_read_is_named_and_nothing_is_half_taken(
    client: httpx.Client, hub: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "instore")
    reply = call(client, [ANSWER, ANSWER | {"id": "2", "nps": "S3CRET"}])
    assert reply.status_code == 422
    assert reply.json()["error"].startswith("record 2, column 'nps': not on the scale")
    assert stored(hub) == []
    assert call(client, b"x" * (LARGEST + 1)).status_code == 413
    assert "S3CRET" not in caplog.text + reply.text
    assert SECRET not in caplog.text


def form(submitted: str, token: str = "t1", **hidden: str) -> bytes:
    answers = [{"type": "number", "number": 10, "field": {"id": "a", "type": "nps", "ref": "nps"}}]
    answers += [{"type": "number", "number": n, "field": {"id": r, "ref": r}} for r, n in (("csat", 5), ("ces", 7))]
    answers += [{"type": "text", "text": "ok", "field": {"id": "c", "ref": "comment"}}]
    response = {"token": token, "submitted_at": submitted, "hidden": {"store_id": "S01"} | hidden, "answers": answers}
    return json.dumps({"event_id": "e", "event_type": "form_response", "form_response": response}).encode()


def test_typeform_calls_are_known_by_their_signature_and_repeats_by_their_token(
    client: httpx.Client, hub: Any
) -> None:
    def send(body: bytes, secret: str = SECRET) -> httpx.Response:
        digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        return client.post("/form", content=body, headers={"Typeform-Signature": f"sha256={digest}"})

    body = form("2026-06-10T17:00:00Z")
    assert send(body).json()["stored"]["added"] == 1
    assert send(body).json()["stored"] == {"added": 0, "changed": 0, "same": 1, "unknown_site": 0}
    assert send(body, "another-secret-of-a-thief").status_code == 401
    assert send(form("2026-06-01T17:00:00Z", "t2")).json() == {"error": "timestamp"}
    assert send(form("2026-06-11T17:00:00Z", "t3")).json() == {"error": "timestamp"}
    assert send(b'{"form_response": 1}').json() == {"error": "timestamp"}
    assert [row["id"] for row in stored(hub)] == ["t1"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"secret": "short"}, r"webhooks\[0\].secret_file: fewer than 16"),
        ({"mapping": "nope"}, r"webhooks\[0\].mapping: must exist"),
        ({"mapping": "bare"}, r"webhooks\[0\].mapping: must exist and name an id"),
        ({"name": "form"}, r"webhooks\[1\].name: used twice"),
        ({"secret_file": "/nowhere/S3CRET"}, r"webhooks\[0\].secret_file: the file cannot be read"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(hub: Any, tmp_path: Path, more: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        hooks(hub, tmp_path, **more)
    assert "S3CRET" not in str(caught.value)


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(-400, 400))
def test_only_the_very_body_signed_with_the_secret_gets_in(body: bytes, other: bytes, late: int) -> None:
    guard, stamp = Guard("instore", SECRET.encode()), str(int(NOW))
    headers = {"x-instore-timestamp": stamp, "x-instore-signature": signed(SECRET.encode(), stamp, body)}
    if body != other:
        assert guard.refused(headers, other, NOW + late) == "signature"
    wanted = None if abs(late) <= 300 else "timestamp"
    assert guard.refused(headers, body, NOW + late) == wanted
    assert guard.refused(headers, body, NOW + late) == (wanted or "replayed")


@given(st.dictionaries(st.sampled_from(["x-instore-timestamp", "x-instore-signature"]), st.text()), st.binary())
def test_whatever_is_sent_without_the_secret_is_refused(headers: dict[str, str], body: bytes) -> None:
    assert Guard("instore", SECRET.encode()).refused(headers, body, NOW) == "signature"
    assert Guard("typeform", SECRET.encode()).refused({"typeform-signature": "x"} | headers, body, NOW) == "signature"


def test_what_a_guard_remembers_is_forgotten_in_time() -> None:
    guard = Guard("instore", SECRET.encode())
    for second in range(0, 5000, 10):
        stamp = str(int(NOW) + second)
        assert (
            guard.refused(
                {"x-instore-timestamp": stamp, "x-instore-signature": signed(SECRET.encode(), stamp, b"")},
                b"",
                NOW + second,
            )
            is None
        )
    assert len(guard._seen) == len(guard._order) <= 62
    assert signed_as_typeform(b"a", b"b") != signed_as_typeform(b"a", b"c")
