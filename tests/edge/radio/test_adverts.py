"""Advertisements: tables of real-looking bytes, and no bytes that raise."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.radio.adverts import Sighting, ibeacon, identity, pack, sighting, structures
from edge.radio.tags import Tags, allow

# A machine under load draws slowly; that is no fault of what is drawn.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
UUID = "fda50693a4e24fb1afcfc6eb07647825"
IBEACON = "02011a1aff4c000215" + UUID + "00010002c5"
ALTBEACON = "0201061bff1801beac" + UUID + "00010002c500"
EDDYSTONE_UID = "0201060303aafe1716aafe00e7" + "0102030405060708090a" + "0b0c0d0e0f10" + "0000"
EDDYSTONE_URL = "0201060303aafe0d16aafe10eb006578616d706c65"
EDDYSTONE_TLM = "0201060303aafe1116aafe20000bb8158000000100000100"
PHONE = "02011a020a0c0aff4c001005031c1cb3ab"
ADDRESS = pack(bytes.fromhex("aabbccddeeff")).hex()

TAGS = allow(
    {
        f"{UUID},1,2": "trolley",
        "0102030405060708090a0b0c0d0e0f10": "basket",
        "AA:BB:CC:DD:EE:FF": "staff",
        "T1": "loyalty",
    }
)


@pytest.mark.parametrize(
    ("advert", "tag"),
    [
        (IBEACON, 0),
        (ALTBEACON, 0),
        (EDDYSTONE_UID, 1),
        (ADDRESS, 2),
        (ADDRESS + "0201060303aafe", 2),
        (ADDRESS + IBEACON, 0),
        ("0209" + "54", None),
        ("03095431", 3),
        ("03085431", 3),
        (IBEACON + "0000", 0),
        (EDDYSTONE_URL, None),
        (EDDYSTONE_TLM, None),
        (PHONE, None),
        ("", None),
        ("00", None),
        (IBEACON[:-2], None),
        (IBEACON[:-4] + "03", None),
        ("05ff4c000215", None),
        ("02011a1aff4c000215" + UUID + "00010003c5", None),
        ("1aff4d000215" + UUID + "00010002c5", None),
        ("ff", None),
        (ADDRESS + "ff", None),
    ],
)
def test_the_tag_in_an_advertisement(advert: str, tag: int | None) -> None:
    found = sighting(5.0, "till", bytes.fromhex(advert), -70, TAGS)
    assert found == (None if tag is None else Sighting(5.0, "till", tag, -70.0, False))


@pytest.mark.parametrize(
    ("rssi", "heard"),
    [(-1, True), (-120, True), (0, False), (20, False), (127, False), (-121, False), (float("nan"), False)],
)
def test_a_strength_that_cannot_be_is_no_sighting(rssi: float, heard: bool) -> None:
    assert (sighting(0.0, "till", bytes.fromhex(IBEACON), rssi, TAGS) is not None) == heard


def test_the_uuid_alone_names_a_tag_and_the_exact_identity_goes_before() -> None:
    tags = allow({UUID: "trolley", f"{UUID},1,2": "staff"})
    exact = sighting(0.0, "a", bytes.fromhex(IBEACON), -60, tags)
    other = sighting(0.0, "a", pack(manufacturer=ibeacon(bytes.fromhex(UUID) + b"\0\1\0\7")), -60, tags)
    assert exact is not None
    assert other is not None
    assert (exact.tag, other.tag) == (1, 0)


def test_a_sighting_holds_no_address() -> None:
    found = sighting(0.0, "a", bytes.fromhex(ADDRESS), -60, TAGS)
    assert "aabbccddeeff" not in repr(found)
    assert all(not isinstance(field, bytes) for field in found or ())


@CALM
@given(st.binary(max_size=80), st.floats())
def test_no_bytes_raise(data: bytes, rssi: float) -> None:
    assert sighting(0.0, "a", data, rssi, Tags()) is None
    identity(data)


@CALM
@given(st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=40)), max_size=5))
def test_structures_come_back_as_they_were_written(parts: list[tuple[int, bytes]]) -> None:
    data = b"".join(bytes((len(c) + 1, kind)) + c for kind, c in parts)
    assert list(structures(data)) == parts


@CALM
@given(st.binary(min_size=6, max_size=6), st.binary(min_size=20, max_size=20), st.binary(max_size=20))
def test_packed_parts_are_found_again(address: bytes, beacon: bytes, name: bytes) -> None:
    traits = identity(pack(address, ibeacon(beacon), None, name))
    assert traits is not None
    assert (traits.address, traits.beacon, traits.name or b"") == (address, beacon, name)


def test_what_does_not_fit_is_left_out() -> None:
    assert pack(b"short", {0: b"x" * 253}, {0xFEAA: b"x" * 253}, b"n" * 255) == b""
