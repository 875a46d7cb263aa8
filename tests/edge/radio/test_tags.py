"""The allow-list: spellings, roles, errors that name the place and never the tag."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.plan import PlanError
from edge.radio.tags import Tags, allow, spell

# A machine under load draws slowly; that is no fault of what is drawn.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
UUID = "fda50693a4e24fb1afcfc6eb07647825"


@pytest.mark.parametrize(
    "spelled", ["aabbccddeeff", "AA:BB:CC:DD:EE:FF", "aa-bb-cc-dd-ee-ff", "AABB.CCDD.EEFF", " aa bb cc dd ee ff "]
)
def test_an_address_in_any_spelling(spelled: str) -> None:
    assert spell(spelled) == b"a" + bytes.fromhex("aabbccddeeff")


@pytest.mark.parametrize(
    ("spelled", "key"),
    [
        ("FDA50693-A4E2-4FB1-AFCF-C6EB07647825", b"b" + bytes.fromhex(UUID)),
        ("{fda50693-a4e2-4fb1-afcf-c6eb07647825}", b"b" + bytes.fromhex(UUID)),
        (f"{UUID},1,258", b"b" + bytes.fromhex(UUID + "00010102")),
        (f"{UUID} , 1 , 258 ", b"b" + bytes.fromhex(UUID + "00010102")),
        (f"{UUID}00010102", b"b" + bytes.fromhex(UUID + "00010102")),
        ("T1", b"nt1"),
        ("trolley-07", b"ntrolley-07"),
        (f"{UUID},1", None),
        (f"{UUID},1,65536", None),
        (f"{UUID},1,x", None),
        ("aabbccddeeff,1,2", None),
        ("aa:bb:cc:dd:ee", None),
        ("aabbccddee", None),
        ("aabbccddeef", None),
        ("aabbccddeeffgg:", None),
        ("", None),
        ("ä", None),
        ("x" * 33, None),
    ],
)
def test_other_spellings(spelled: str, key: bytes | None) -> None:
    assert spell(spelled) == key


def test_the_list_of_plan_and_file() -> None:
    tags = allow(
        {"T1": "trolley"},
        ["tag,role", "", "# ours", "AA:BB:CC:DD:EE:FF,staff", f"{UUID},1,2, Basket", f'"{UUID}",loyalty'],
    )
    assert tags.roles == ("trolley", "staff", "basket", "loyalty")
    spelled = (b"nt1", b"a" + bytes.fromhex("aabbccddeeff"), b"b" + bytes.fromhex(UUID + "00010002"))
    assert [tags.index(key) for key in (*spelled, b"b" + bytes.fromhex(UUID))] == [0, 1, 2, 3]
    assert allow({}).index(b"nt1") is None


KEYS = st.one_of(
    st.binary(min_size=6, max_size=6).map(lambda b: b"a" + b),
    st.binary(min_size=16, max_size=16).map(lambda b: b"b" + b),
    st.binary(min_size=20, max_size=20).map(lambda b: b"b" + b),
    st.text("ab-", min_size=1, max_size=32).map(lambda s: b"n" + s.encode()),
    st.sampled_from([b"a" + bytes(6), b"b" + bytes(16), b"b" + bytes(20), b"b" + bytes(12) + b"\1" * 8, b"n"]),
)


@given(st.lists(KEYS, unique=True, max_size=30), KEYS)
def test_the_numbers_know_every_key_and_no_other(keys: list[bytes], other: bytes) -> None:
    tags = Tags(keys, ["trolley"] * len(keys))
    assert [tags.index(key) for key in keys] == list(range(len(keys)))
    assert tags.index(other) == (keys.index(other) if other in keys else None)
    tags.forget()
    assert all(tags.index(key) is None for key in keys if any(key[1:]))


def test_what_is_forgotten_is_overwritten() -> None:
    tags = allow({"AA:BB:CC:DD:EE:FF": "staff"})
    held = [value for value in vars(tags).values() if hasattr(value, "tobytes")]
    assert any(bytes.fromhex("ffeeddccbbaa") in value.tobytes() for value in held)
    tags.forget()
    assert not any(value.any() for value in held)


@pytest.mark.parametrize(
    ("listed", "lines", "said"),
    [
        ({"aabbccddeeff": "staff", "AA:BB:CC:DD:EE:FF": "staff"}, [], "radio.tags entry 2: the same tag"),
        ({"aabbccddeeff": "staff"}, ["aa-bb-cc-dd-ee-ff,trolley"], "radio.tags_file line 1: the same tag"),
        ({}, ["tag,role", "aabbccddee,staff"], "radio.tags_file line 2: not an address"),
        ({}, ["aabbccddeeff,boss"], "radio.tags_file line 1: the role"),
        ({}, ["aabbccddeeff"], "radio.tags_file line 1"),
    ],
)
def test_errors_name_the_place_and_not_the_tag(listed: dict, lines: list[str], said: str) -> None:
    with pytest.raises(PlanError) as error:
        allow(listed, lines)
    assert str(error.value).startswith(said)
    assert "aabb" not in str(error.value).lower()


@CALM
@given(st.text(max_size=60))
def test_no_text_raises_but_plan_errors(text: str) -> None:
    spell(text)
    with contextlib.suppress(PlanError):
        allow({}, [text.replace("\r", "").replace("\n", "")])
