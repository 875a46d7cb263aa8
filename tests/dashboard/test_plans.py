"""The plan editor's pure parts: metres and pixels, corners as text, versions, pictures."""

import base64
import json
import struct
import tomllib
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.floor.picture import picture
from dashboard.setup import corners, floors
from dashboard.setup.places import added, addresses, changed, removed
from dashboard.setup.plans import Outline, outlines, redrawn
from dashboard.setup.versions import BadPlan, checked, file, versions
from edge.plan import digest, parse
from edge.toml import text

FLOOR = [[120, 400, 0.0, 0.0], [640, 410, 4.2, 0.0], [600, 160, 4.1, 9.8], [180, 150, 0.2, 9.9]]
PLAN: dict[str, Any] = {
    "site": "s001",
    "device": "cam-01",
    "timezone": "Europe/Berlin",
    "level": "standard",
    "sensors": [
        {"id": "ceiling", "kind": "camera", "source_file": "/etc/instore/url", "floor": FLOOR},
        {"id": "blind", "kind": "camera", "source_file": "/etc/instore/url2"},
    ],
    "lines": [{"id": "door", "sensor": "ceiling", "a": [180, 350], "b": [560, 350]}],
    "zones": [{"id": "centre", "sensor": "blind", "polygon": [[300, 190], [520, 190], [540, 330]]}],
    "queues": [
        {
            "id": "till",
            "sensor": "ceiling",
            "polygon": [[250, 200], [360, 200], [360, 420], [250, 420]],
            "service": [[320, 380], [360, 380], [360, 420], [320, 420]],
            "promise_s": 180,
        }
    ],
}


def test_every_part_of_every_place_is_an_outline() -> None:
    found = [(one.kind, one.place, one.part, one.points is not None) for one in outlines(PLAN)]
    assert found == [
        ("lines", "door", "ends", True),
        ("zones", "centre", "polygon", False),
        ("queues", "till", "polygon", True),
        ("queues", "till", "service", True),
    ]


def test_drawing_what_is_there_changes_nothing_but_rounding() -> None:
    for one in outlines(PLAN):
        if one.points:
            again = {(o.place, o.part): o.points for o in outlines(redrawn(PLAN, one))}[one.place, one.part]
            assert np.allclose(again, one.points, atol=0.02), one


coordinate = some.floats(0.3, 3.9)


@given(some.lists(some.tuples(coordinate, some.floats(0.3, 9.0)), min_size=3, max_size=8))
def test_what_is_drawn_in_metres_comes_back_in_metres(points: list[tuple[float, float]]) -> None:
    drawn = Outline("queues", "till", "polygon", "ceiling", tuple(points))
    back = next(o for o in outlines(redrawn(PLAN, drawn)) if (o.place, o.part) == ("till", "polygon"))
    assert np.allclose(back.points or (), points, atol=0.05)


def test_the_plan_given_is_never_changed() -> None:
    before = text(PLAN)
    redrawn(PLAN, Outline("lines", "door", "ends", "ceiling", ((1.0, 1.0), (2.0, 2.0))))
    added(PLAN, "zones", "new", "ceiling", (2.0, 4.0))
    changed(PLAN, "queues", "till", promise_s=None)
    removed(PLAN, "queues", "till")
    assert text(PLAN) == before


def test_a_camera_without_a_floor_cannot_be_drawn_on() -> None:
    with pytest.raises(ValueError, match="no floor"):
        added(PLAN, "zones", "new", "blind", (2.0, 4.0))


def test_what_lies_beyond_the_horizon_is_nowhere_on_the_floor() -> None:
    sky = {**PLAN, "lines": [{"id": "door", "sensor": "ceiling", "a": [180, 350], "b": [300, -2000]}]}
    assert outlines(sky)[0].points is None
    behind = Outline("queues", "till", "polygon", "ceiling", ((1.0, 1.0), (2.0, 2.0), (2.0, -500.0)))
    with pytest.raises(ValueError, match="cannot see there"):
        redrawn(PLAN, behind)


def test_a_new_place_makes_a_plan_that_a_device_takes() -> None:
    for kind in ("lines", "zones", "queues"):
        parse(added(PLAN, kind, "new", "ceiling", (2.0, 5.0)))


def test_values_are_put_and_taken_out() -> None:
    assert changed(PLAN, "queues", "till", promise_s=120)["queues"][0]["promise_s"] == 120
    assert "promise_s" not in changed(PLAN, "queues", "till", promise_s=None)["queues"][0]
    assert removed(PLAN, "zones", "centre")["zones"] == []


def test_an_address_is_found_before_it_leaves() -> None:
    bare = {**PLAN, "sensors": [{"id": "c", "kind": "camera", "source": "rtsp://u:secret@10.0.0.1/x"}]}
    assert addresses(bare) == ["sensors[0].source"]
    with pytest.raises(BadPlan) as fault:
        checked(text(bare), "s001", "cam-01")
    assert (fault.value.key, fault.value.values) == ("setup.address", {"place": "sensors[0].source"})
    assert "secret" not in str(fault.value)


@pytest.mark.parametrize(
    ("toml", "site", "key"),
    [
        ("= 3", "s001", "setup.bad_plan"),
        ("site = 's001'", "s001", "setup.bad_plan"),
        (text(PLAN), "s002", "setup.foreign_plan"),
        (text({**PLAN, "colour": "blue"}), "s001", "setup.bad_plan"),
    ],
)
def test_what_is_no_plan_for_this_device_is_refused(toml: str, site: str, key: str) -> None:
    with pytest.raises(BadPlan) as fault:
        checked(toml, site, "cam-01")
    assert fault.value.key == key


def test_the_version_that_runs_is_told_by_the_devices_digest() -> None:
    other = changed(PLAN, "queues", "till", promise_s=60)
    rows = [
        {"version": n, "at": 1.0 * n, "by": None, "body": body}
        for n, body in ((1, _body(PLAN)), (2, _body(other)), (3, _body({**PLAN, "device": "cam-02"}, "cam-02")))
    ]
    found = versions(rows, "cam-01", digest(parse(PLAN)))
    assert [(one.number, one.running) for one in found] == [(2, False), (1, True)]


def _body(plan: dict[str, Any], device: str = "cam-01") -> str:
    return json.dumps({"device": device, "toml": text(plan), "note": ""})


def test_the_file_is_the_plan_with_its_version_in_front() -> None:
    written = file(PLAN, 7)
    assert written.startswith("# s001/cam-01, version 7\n")
    assert parse(tomllib.loads(written)) == parse(PLAN)


@given(some.lists(some.tuples(some.floats(-900, 900), some.floats(-900, 900)), max_size=20))
def test_corners_survive_being_written(points: list[tuple[float, float]]) -> None:
    assert np.allclose(corners.read(corners.written(tuple(points))), points, atol=0.0051)


@pytest.mark.parametrize(
    ("written", "line"), [("1, 2\nx, 3", "2"), ("1", "1"), ("1,2,3", "1"), ("1e3, 2", "1"), ("nan, 1", "1")]
)
def test_a_line_that_is_no_corner_is_named(written: str, line: str) -> None:
    with pytest.raises(ValueError, match=f"^{line}$"):
        corners.read(written)


def png(wide: int, high: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\xcc" * wide for _ in range(high)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_lies_where_its_scale_says() -> None:
    body = {"image": base64.b64encode(png(400, 200)).decode(), "metres_per_pixel": 0.05, "origin_px": [20, 40]}
    found = picture([{"at": 1.0, "body": json.dumps(body)}])
    assert found is not None
    assert np.allclose(found.box, (-1.0, -2.0, 20.0, 10.0))
    assert floors.shown_box([], found) == (-2.0, -3.0, 22.0, 12.0)


@given(some.binary(max_size=200))
def test_no_bytes_break_the_reading_of_a_picture(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        found = floors.size_of(start + data)
        assert found is None or min(found) > 0


def test_what_is_no_picture_is_none() -> None:
    assert floors.size_of(b"<svg/>") is None
    assert floors.size_of(png(4, 3)) == (4, 3)
    assert floors.size_of(png(4, 3) + b"x" * floors.LARGEST) is None
    for body in ({}, {"image": "%%%"}, {"image": "aGVsbG8="}, {"image": None}):
        assert picture([{"at": 1.0, "body": json.dumps(body)}]) is None
