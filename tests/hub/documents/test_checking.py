"""What may be written: every kind, its bounds, and that an error names the key and never the value."""

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.toml import text
from hub.documents.checking import DocumentError, checked, largest
from hub.documents.kinds import KINDS
from tests.hub.documents.samples import FLOOR, PLAN, SAMPLES, TRIAL


def said(kind: str, body: Any) -> str:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(DocumentError) as error:
        checked(kind, "s001", data)
    return str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_right_is_kept_with_every_key_and_says_the_same_again(kind: str) -> None:
    kept = checked(kind, "s001", json.dumps(SAMPLES[kind]).encode())
    found = json.loads(kept)
    assert found.items() >= SAMPLES[kind].items()
    assert checked(kind, "s001", kept.encode()) == kept


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_key_and_a_missing_one_are_named(kind: str) -> None:
    assert said(kind, SAMPLES[kind] | {"colour": "hunter2"}) == "colour: unknown key"
    key = next(iter(SAMPLES[kind]))
    assert said(kind, {k: v for k, v in SAMPLES[kind].items() if k != key}) == f"{key}: missing"


@pytest.mark.parametrize(
    ("kind", "change", "fault"),
    [
        ("action", {"what": "x" * 201}, "what: expected `str` of length <= 200"),
        ("action", {"what": ""}, "what: expected `str` of length >= 1"),
        ("action", {"owner": "hunter2" * 20}, "owner: expected `str` of length <= 80"),
        ("action", {"state": "hunter2"}, "state: not one of the values allowed"),
        ("action", {"due": "2026-02-30"}, "due: invalid RFC3339 encoded date"),
        ("action", {"trial": "UPPER"}, "trial: expected `str` matching regex"),
        ("trial", {"weeks": 3}, "weeks: an even number"),
        ("trial", {"on": TRIAL["on"][1:]}, "on: not the days that this seed draws"),
        ("trial", {"seed": 7}, "on: not the days that this seed draws"),
        ("trial", {"metric": "entries", "place": "door"}, "place: only for wait_p90 and within"),
        ("trial", {"first": "9999-12-30", "on": []}, "first: no calendar begins here"),
        ("count", {"end": "2026-06-10T09:00:00Z"}, "end: after start, and at most 12 hours later"),
        ("count", {"end": "2026-06-12T09:00:00Z"}, "end: after start, and at most 12 hours later"),
        ("count", {"start": "2026-06-10T09:00:00"}, "start: expected `datetime` with a timezone"),
        ("count", {"entries": -1}, "entries: expected `int` >= 0"),
        ("correction", {"exits_low": 1.2}, "exits_factor: between exits_low and exits_high"),
        ("correction", {"entries_factor": 0}, "entries_factor: expected `float` > 0.0"),
        ("plan", {"toml": 'site = "s001"\ndevice = =\n'}, "toml: not TOML at line 2"),
        ("plan", {"toml": PLAN + "\n[[queues]]\n"}, "toml: queues[0].id: missing"),
        ("plan", {"toml": PLAN.replace("s001", "s002")}, "toml: its site and device are not those"),
        ("plan", {"device": "cam-02"}, "toml: its site and device are not those"),
        (
            "plan",
            {"toml": PLAN.replace("cam.url", "rtsp://u:hunter2@h/").replace("source_file", "source")},
            "toml: sensors[0].source: may hold",
        ),
        ("floor", {"image": "hunter2!"}, "image: not base64"),
        ("floor", {"image": base64.b64encode(b"<svg onload=hunter2>").decode()}, "image: neither PNG nor JPEG"),
        ("floor", {"image": base64.b64encode(b"\xff\xd8\xff" + bytes(2_000_000)).decode()}, "image: more than"),
        ("floor", {"zones": [FLOOR["zones"][0]] * 2}, "zones: an id is used twice"),
        (
            "floor",
            {"zones": [{"id": "a", "polygon": [[0, 0], [1, 1]]}]},
            "zones[0].polygon: expected `array` of length >= 3",
        ),
        ("floor", {"metres_per_pixel": "hunter2"}, "metres_per_pixel: expected `float`, got `str`"),
        ("acknowledgement", {"alert": "<b>"}, "alert: expected `str` matching regex"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(kind: str, change: dict[str, Any], fault: str) -> None:
    found = said(kind, SAMPLES[kind] | change)
    assert found.startswith(fault)
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "body: not JSON"),
        (b"{", "body: not JSON"),
        (b'{"what": "x"} hunter2', "body: not JSON at byte 1"),
        (b'{"what": "\xff"}', "body: not JSON"),
        (b'{"what": "\\ud800"}', "body: not JSON"),
        (b"[" * 100_000, "body: "),
        (b"[]", "body: expected `object`, got `array`"),
        (b"null", "body: expected `object`, got `null`"),
    ],
)
def test_what_is_no_json_object_is_told(data: bytes, fault: str) -> None:
    assert said("action", data).startswith(fault)


def test_tags_of_a_plan_stay_on_the_device() -> None:
    table = msgspec.toml.decode(PLAN)
    table["radio"] = {"scanners": "s.csv", "tags": {"0a0b0c0d0e0f": "loyalty"}}
    assert said("plan", SAMPLES["plan"] | {"toml": text(table)}).startswith("toml: radio.tags: ")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a\x00b\x1b[31m\u202e", "日本 Ω यह 🛒", "'; DROP TABLE x"]
)
def test_names_of_every_script_are_kept_as_text(name: str) -> None:
    kept = checked("action", "s001", json.dumps(SAMPLES["action"] | {"what": name, "owner": name}).encode())
    assert (json.loads(kept)["what"], json.loads(kept)["owner"]) == (name, name)


@given(
    st.sampled_from(list(KINDS)),
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), lambda v: st.dictionaries(st.text(), v)).map(
        msgspec.json.encode
    ),
)
def test_whatever_comes_is_kept_or_told(kind: str, data: bytes) -> None:
    said = ""
    try:
        assert len(checked(kind, "s001", data)) < largest(kind)
    except DocumentError as error:
        said = str(error)
    assert len(said) < 250
