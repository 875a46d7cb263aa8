"""What of a batch is taken, and that no message whatever stops the ones behind it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages import Resume, encode
from hub.intake.cursors import Cursor, Trail
from hub.intake.sorting import Raw, sort
from hub.sites import Site

NOW = 1781114400.0
SITES = {"s001": Site(id="s001", name="High Street", timezone="Europe/Berlin")}
TOPIC = "instore/v1/s001/cam-01/w"


def poison(shop):
    good = json.loads(encode(shop.window(NOW, shop.count(NOW, 1), seq=2)))
    value = good["values"][0]
    return {
        "not JSON": b"\xff\xfe{]",
        "empty": b"",
        "epoch not UTF-8": json.dumps(good).encode().replace(b'"0000000a"', b'"0000\xff\xfe0a"'),
        "deep": b"[" * 50_000,
        "too large": b" " * 70_000,
        "another's name": json.dumps(good | {"device": "cam-02"}).encode(),
        "unknown field": json.dumps(good | {"mac": "x"}).encode(),
        "future": json.dumps(good | {"end": "2026-06-10T18:10:00Z", "values": []}).encode(),
        "too old": json.dumps(good | {"end": "2025-04-10T18:10:00Z", "values": []}).encode(),
        "absurd count": json.dumps(good | {"values": [value | {"entries": 10**7}]}).encode(),
        "below zero": json.dumps(good | {"values": [value | {"entries": -1}]}).encode(),
        "half a message": encode(shop.window(NOW, shop.count(NOW, 1), seq=2))[:-20],
        "wrong version": json.dumps(good | {"v": 2}).encode(),
    }


@pytest.mark.parametrize("kind", range(13))
def test_poison_is_set_aside_with_a_reason_and_the_rest_goes_on(shop, kind):
    name, payload = list(poison(shop).items())[kind]
    before, after = (shop.window(NOW, shop.count(NOW, n), seq=n) for n in (1, 3))
    cursors: dict = {}
    batch = sort([Raw(TOPIC, encode(before)), Raw(TOPIC, payload), Raw(TOPIC, encode(after))], cursors, SITES, NOW)
    assert [w.seq for w in batch.windows] == [1, 3]
    assert len(batch.bad) == 1, name
    assert batch.bad[0].reason
    assert batch.bad[0].payload == payload[:65_536]
    # One that does not say who it is came between 1 and 3, so it was 2.
    assert cursors["s001", "cam-01", shop.epoch].upto == 3
    identified = name not in ("not JSON", "empty", "epoch not UTF-8", "deep", "too large")
    if identified:
        assert not sort([Raw(TOPIC, payload)], cursors, SITES, NOW).bad


def test_only_what_came_in_between_fills_a_hole(shop):
    """Numbers of nobody's are believed where order proves them, and nowhere else."""
    windows = {n: Raw(TOPIC, encode(shop.window(NOW, shop.count(NOW, n), seq=n))) for n in range(1, 9)}
    junk, resume = Raw(TOPIC, b"junk"), shop.raw(Resume(v=1, epoch=shop.epoch, first=2))
    other = Raw("instore/v1/s001/cam-02/w", b"junk")
    damaged = Raw(TOPIC, windows[3].payload[:-20])
    for came, upto in (
        ([windows[1], junk, junk, windows[4]], 4),
        ([windows[1], junk, windows[4]], 1),
        ([windows[1], junk, damaged, windows[4]], 4),
        ([windows[1], other, windows[3]], 1),
        ([windows[1], junk, windows[2], windows[4]], 2),
        ([resume, junk, windows[3]], 3),
        ([junk, windows[3]], 0),
        ([windows[1], junk, resume, windows[3]], 1),
    ):
        cursors: dict = {}
        sort(came, cursors, SITES, NOW)
        assert cursors["s001", "cam-01", shop.epoch].upto == upto


def test_a_hole_is_known_also_where_a_batch_ends_beside_it(shop):
    cursors, trail = {}, Trail()
    for said in (shop.window(NOW, shop.count(NOW, 1), seq=1), None, shop.window(NOW, shop.count(NOW, 3), seq=3)):
        sort([Raw(TOPIC, encode(said) if said else b"junk")], cursors, SITES, NOW, trail)
    assert cursors["s001", "cam-01", shop.epoch].upto == 3


def test_an_unknown_site_is_set_aside_and_confirmed(shop):
    other = type(shop)(site="s999")
    cursors: dict = {}
    batch = sort([other.raw(other.window(NOW, other.count(NOW, 1)))], cursors, SITES, NOW)
    assert [(b.site, b.reason) for b in batch.bad] == [(None, "unknown site")]
    assert cursors["s999", "cam-01", other.epoch].upto == 1


def test_a_resume_moves_the_cursor_and_counts_the_loss(shop):
    cursors = {("s001", "cam-01", shop.epoch): Cursor(3, [6])}
    batch = sort([shop.raw(Resume(v=1, epoch=shop.epoch, first=9))], cursors, SITES, NOW)
    assert [(run.first, run.last) for run in batch.lost] == [(4, 5), (7, 8)]
    assert cursors["s001", "cam-01", shop.epoch].upto == 8


def test_repeats_write_nothing_and_are_confirmed(shop):
    raw, cursors = shop.raw(shop.window(NOW, shop.count(NOW, 1))), {}
    sort([raw], cursors, SITES, NOW)
    batch = sort([raw, raw], cursors, SITES, NOW)
    assert batch.empty
    assert batch.repeats == 2
    assert batch.touched


@given(st.binary(max_size=300), st.sampled_from(["w", "live", "status", "ack", "cmd", ""]))
def test_no_bytes_on_no_topic_stop_the_stream(payload, leaf):
    cursors: dict = {}
    batch = sort([Raw(f"instore/v1/s001/cam-01/{leaf}", payload)], cursors, SITES, NOW)
    # Not even a broken live message may be written anywhere.
    assert (len(batch.bad), batch.ignored) == ((0, 1) if leaf == "live" else (1, 0))
