"""The contract both ways: what we write is what the golden files say, and what they say is what we read."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages import Ack, BadMessage, Live, Message, Place, Resume, Sensor, Status, Window, decode, encode, stamp
from edge.topics import split, topic
from edge.values import Count, Flow, Heat, Load, Quality, Stat

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 5, hour, minute, tzinfo=UTC)


COUNTS = (
    Count(
        place="door",
        start=at(10, 10),
        observed_s=300,
        withheld=None,
        revision=0,
        entries=12,
        exits=9,
        groups=None,
        passers=None,
    ),
    Count(
        place="street",
        start=at(10, 10),
        observed_s=0,
        withheld=None,
        revision=0,
        entries=None,
        exits=None,
        groups=None,
        passers=None,
    ),
)
STAYS = (
    Load(
        place="till-a",
        start=at(10),
        observed_s=897,
        withheld=None,
        revision=0,
        mean=2.5,
        max=6,
        joined=14,
        served=11,
        abandoned=1,
        tills_open=1.0,
    ),
    Load(
        place="centre",
        start=at(10),
        observed_s=900,
        withheld=None,
        revision=1,
        mean=3.0,
        max=7,
        joined=None,
        served=None,
        abandoned=None,
        tills_open=None,
    ),
    Stat(
        place="till-a",
        start=at(9, 45),
        observed_s=1790,
        withheld=None,
        revision=0,
        of="wait",
        n=6,
        cut=1,
        sum_s=512,
        bins=(0, 0, 0, 0, 0, 1, 1, 2, 1, 1, *[0] * 12),
    ),
    Stat(
        place="centre",
        start=at(10),
        observed_s=900,
        withheld="n<5",
        revision=0,
        of="dwell",
        n=None,
        cut=None,
        sum_s=None,
        bins=None,
    ),
)
DAY = (
    Flow(place="centre", start=at(4), observed_s=86_000, withheld=None, revision=0, to="till-a", n=35),
    Heat(
        place="ceiling-1",
        start=at(4),
        observed_s=86_000,
        withheld=None,
        revision=0,
        cells=((0, 1, 3600), (2, 1, 120)),
        cell_m=1.0,
    ),
    Quality(
        place="ceiling-1",
        start=at(4),
        observed_s=86_000,
        withheld=None,
        revision=0,
        looked=0.98,
        model="blobs",
        tag_n=None,
        camera_n=None,
        matched=None,
    ),
)

NOISY = (
    Count(
        place="door",
        start=datetime(2026, 1, 6, 3, tzinfo=UTC),
        observed_s=3600,
        withheld=None,
        revision=0,
        entries=-2,
        exits=3,
        groups=None,
        passers=None,
    ),
    Stat(
        place="centre",
        start=at(4),
        observed_s=86_400,
        withheld=None,
        revision=0,
        of="dwell",
        n=22,
        cut=None,
        sum_s=None,
        bins=(-7, 4, 0, 2, 9, 13, -3, 20, 1, -8, 0, 0, 5, -6, 0, 2, -1, 0, 0, -9, 0, 0),
    ),
)


def window(end: datetime, values: tuple[Count | Load | Stat | Flow | Heat | Quality, ...]) -> Window:
    return Window(
        v=1,
        site="s001",
        device="cam-01",
        epoch="9f3c2a71",
        seq=123456,
        level="standard",
        plan="0c1d2e3f4a5b",
        end=end,
        clock="ntp",
        values=values,
    )


MESSAGES: dict[str, tuple[str, Message]] = {
    "window_counts": ("w", window(at(10, 15), COUNTS)),
    "window_stays": ("w", window(at(10, 15), STAYS)),
    "window_day": ("w", window(datetime(2026, 1, 6, 4, tzinfo=UTC), DAY)),
    "window_noisy": ("w", msgspec.structs.replace(window(datetime(2026, 1, 6, 4, tzinfo=UTC), NOISY), level="dp")),
    "resume": ("w", Resume(v=1, epoch="9f3c2a71", first=123400)),
    "live": (
        "live",
        Live(
            v=1,
            level="standard",
            at=at(10, 15),
            place="till-a",
            queue=4,
            occupancy=None,
            tills_open=1,
            alert="over",
        ),
    ),
    "status": (
        "status",
        Status(
            v=1,
            state="online",
            at=at(10, 15),
            epoch="9f3c2a71",
            version="0.1.0",
            plan="0c1d2e3f4a5b",
            level="standard",
            clock="ntp",
            held=3,
            counters={"dropped": 0, "late": 2},
            sensors=(Sensor(id="ceiling-1", kind="camera", state="ok", seen=at(10, 14)),),
            places=(
                Place(
                    id="till-a",
                    kind="queue",
                    role="queue",
                    sensor="ceiling-1",
                    promise_s=180,
                    area_m2=8.5,
                    outline_m=((0.0, 0.0), (4.25, 0.0), (4.25, 2.0), (0.0, 2.0)),
                ),
            ),
        ),
    ),
    "ack": ("ack", Ack(epoch="9f3c2a71", upto=123456)),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_written_as_pinned(name: str) -> None:
    assert encode(MESSAGES[name][1]) == (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("name", MESSAGES)
def test_read_as_pinned(name: str) -> None:
    leaf, message = MESSAGES[name]
    assert decode(leaf, (GOLDEN / f"{name}.json").read_bytes()) == message


def test_every_golden_file_has_a_message() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(MESSAGES)


BAD = {
    "not JSON": (b"{", "format"),
    "not UTF-8": (b'"\xff\xfe"', "format"),
    "a name that is not UTF-8": (
        encode(window(at(10, 15), COUNTS)).replace(b'"door"', b'"d\xff\xfer"'),
        "format: not JSON of this contract",
    ),
    "too large": (b" " * 70_000, "size"),
    "deep": (b"[" * 5000, "format"),
    "unknown field": (encode(window(at(10, 15), COUNTS)).replace(b'"v":1', b'"v":1,"mac":"x"'), "format"),
    "unknown field in a value": (
        encode(window(at(10, 15), COUNTS)).replace(b'"entries"', b'"track":1,"entries"'),
        "format",
    ),
    "other version": (encode(window(at(10, 15), COUNTS)).replace(b'"v":1', b'"v":2'), "format: $.v"),
    "fraction of a second": (encode(window(at(10, 15), COUNTS)).replace(b"10:15:00Z", b"10:15:00.5Z"), "time: end"),
    "another zone": (encode(window(at(10, 15), COUNTS)).replace(b"10:15:00Z", b"11:15:00+01:00"), "time: end"),
    "not aligned": (encode(window(at(10, 16), ())), "alignment: end"),
    "count of ten minutes": (encode(window(at(10, 20), COUNTS)), "length: values[0]"),
    "load in the middle": (encode(window(at(10, 20), STAYS)), "length: values[0]"),
    "looked longer than it took": (
        encode(window(at(10, 15), (msgspec.structs.replace(COUNTS[0], observed_s=301),))),
        "observed: values[0]",
    ),
    "below zero": (
        encode(window(at(10, 15), (msgspec.structs.replace(COUNTS[0], entries=-1),))),
        "below zero: values[0]",
    ),
    "withheld but said": (
        encode(window(at(10, 15), (msgspec.structs.replace(COUNTS[0], withheld="n<5"),))),
        "withheld: values[0]",
    ),
    "four stays": (
        encode(window(at(10, 15), (msgspec.structs.replace(STAYS[2], n=4, bins=(4, *[0] * 21)),))),  # type: ignore[arg-type]
        "stat: values[0]",
    ),
    "bins that do not add up": (
        encode(window(at(10, 15), (msgspec.structs.replace(STAYS[2], n=7),))),
        "stat: values[0]",
    ),
    "said twice": (encode(window(at(10, 15), (COUNTS[0], COUNTS[0]))), "repeated: values[1]"),
    "a name of a person": (
        encode(window(at(10, 15), COUNTS)).replace(b'"door"', b'"Emma Smith"'),
        "format: $.values[0].place",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_the_place_and_without_the_value(name: str) -> None:
    payload, reason = BAD[name]
    with pytest.raises(BadMessage) as caught:
        decode("w", payload)
    assert caught.value.reason.startswith(reason)
    assert "Emma" not in caught.value.reason


def test_noise_may_go_below_zero_at_level_dp_only() -> None:
    hour = msgspec.structs.replace(COUNTS[0], start=at(9, 15), entries=-3, groups=None)
    noisy = msgspec.structs.replace(window(at(10, 15), (hour,)), level="dp")
    assert decode("w", encode(noisy)) == noisy


@given(st.binary(max_size=300), st.sampled_from(["w", "live", "status", "ack", "cmd"]))
def test_any_bytes_are_a_message_or_bad(payload: bytes, leaf: str) -> None:
    with contextlib.suppress(BadMessage):
        decode(leaf, payload)


@given(st.integers(0, 100_000), st.integers(0, 100_000), st.integers(0, 300), st.integers(1, 2**53))
def test_what_is_written_is_read_again(entries: int, exits: int, observed: int, seq: int) -> None:
    value = msgspec.structs.replace(COUNTS[0], entries=entries, exits=exits, observed_s=observed)
    message = msgspec.structs.replace(window(at(10, 15), (value,)), seq=seq)
    assert decode("w", encode(message)) == message


def test_topics() -> None:
    assert topic("s001", "cam-01", "w") == "instore/v1/s001/cam-01/w"
    assert split("instore/v1/s001/cam-01/w") == ("s001", "cam-01", "w")
    assert topic("+", "+", "status") == "instore/v1/+/+/status"
    for bad in (
        "instore/v1/s001/w",
        "instore/v2/a/b/w",
        "instore/v1/A/b/w",
        "instore/v1/a/b/w/x",
        "instore/v1/a/b/w\n",
    ):
        assert split(bad) is None


def test_stamp_cuts_fractions() -> None:
    assert stamp(at(10).timestamp() + 0.9) == at(10)
