"""The wire contract, version 1: every message a device and the hub exchange.

The rule that must hold: what is not named here does not exist on the wire. Both ends decode with these
types, refuse unknown fields, and check the bounds. The published form of every message is pinned by
tests/golden; a golden file is never edited, a change adds version 2 and the reader takes both.

Times are whole seconds in UTC, written with Z. Windows are half-open, [start, end).
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from edge.values import COUNT_S, STAY_S, Amount, AnyValue, At, Count, Flow, Heat, K, Load, Name, Quality, Stat, Text

MAX_BYTES = 65_536
MAX_VALUES = 256
LONGEST_S = 40 * 86_400

Epoch = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}$")]
PlanDigest = Annotated[str, Meta(pattern=r"^[0-9a-f]{12}$")]
Level = Literal["strict", "standard", "dp"]
Clock = Literal["ntp", "unsynced", "manual"]


class BadMessage(Exception):
    """What arrived is no message of this contract; `reason` is short and holds no value of the payload."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that one device has to say about the windows that ended at `end`. Topic .../w."""

    v: Literal[1]
    site: Name
    device: Name
    epoch: Epoch
    seq: Annotated[int, Meta(ge=1, le=2**53)]
    level: Level
    plan: PlanDigest
    end: At
    clock: Clock
    values: Annotated[tuple[AnyValue, ...], Meta(max_length=MAX_VALUES)]


class Resume(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing of this epoch below `first` will come again. Topic .../w, on every connect and go-back."""

    v: Literal[1]
    epoch: Epoch
    first: Annotated[int, Meta(ge=1, le=2**53)]


class Live(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place right now: `queue` counts the waiting, `occupancy` is rounded to 5. Topic .../live."""

    v: Literal[1]
    level: Level
    at: At
    place: Name
    queue: Annotated[int, Meta(ge=0, le=1000)] | None
    occupancy: Annotated[int, Meta(ge=0, le=10_000, multiple_of=5)] | None
    tills_open: Annotated[int, Meta(ge=0, le=100)] | None
    alert: Literal["over", "ok", "unknown"]


class Sensor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of one sensor; `seen` is when it last looked, to the whole minute."""

    id: Name
    kind: Literal["camera", "scanner", "gateway"]
    state: Literal["starting", "ok", "dead", "frozen", "dark", "covered", "moved"]
    seen: At | None


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line, zone or queue as the plan draws it; area and outline in metres where the floor is known."""

    id: Name
    kind: Literal["line", "zone", "queue"]
    role: Literal["door", "passing", "area", "staff", "queue"]
    sensor: Name
    promise_s: Amount | None
    area_m2: Annotated[float, Meta(ge=0, le=1e6)] | None
    outline_m: Annotated[tuple[tuple[float, float], ...], Meta(max_length=64)] | None


class Status(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a device is and what it watches. Topic .../status, retained; the will says `offline`."""

    v: Literal[1]
    state: Literal["online", "offline"]
    at: At
    epoch: Epoch
    version: Text
    plan: PlanDigest
    level: Level
    clock: Clock
    held: Amount
    counters: Annotated[dict[Name, Amount], Meta(max_length=64)]
    sensors: Annotated[tuple[Sensor, ...], Meta(max_length=64)]
    places: Annotated[tuple[Place, ...], Meta(max_length=MAX_VALUES)]


class Ack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hub has committed everything of `epoch` up to and with `upto`. Topic .../ack."""

    epoch: Epoch
    upto: Annotated[int, Meta(ge=0, le=2**53)]


Message = Window | Resume | Live | Status | Ack

_ENCODER = msgspec.json.Encoder()
_WINDOW = msgspec.json.Decoder(Window)
_RESUME = msgspec.json.Decoder(Resume)
_OTHERS: dict[str, msgspec.json.Decoder[Live] | msgspec.json.Decoder[Status] | msgspec.json.Decoder[Ack]] = {
    "live": msgspec.json.Decoder(Live),
    "status": msgspec.json.Decoder(Status),
    "ack": msgspec.json.Decoder(Ack),
}


def stamp(at: float) -> datetime:
    """The wire's form of a Unix time in seconds; a fraction of a second is cut off."""
    return datetime.fromtimestamp(int(at), UTC)


def encode(message: Message) -> bytes:
    """The bytes of a message; the same message always gives the same bytes."""
    return _ENCODER.encode(message)


def decode(leaf: str, payload: bytes) -> Message:
    """The message in a payload that came on a topic ending in `leaf`; else BadMessage with the reason."""
    if len(payload) > MAX_BYTES:
        raise BadMessage("size")
    try:
        if leaf != "w":
            return _checked(_OTHERS[leaf].decode(payload))
        return _checked(_resume(payload) or _WINDOW.decode(payload))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError) as error:
        raise BadMessage(f"format: {_place(error)}") from None


def _resume(payload: bytes) -> Resume | None:
    # A Resume is short and has `first`, which no Window has; only then is the second decoder worth its time.
    return _RESUME.decode(payload) if len(payload) < 200 and b'"first"' in payload else None


def _place(error: Exception) -> str:
    """Where in the payload the fault is, without the value that stands there."""
    found = re.search(r"`(\$[^`]*)`$", str(error))
    return found[1][:80] if found else "not JSON of this contract"


def _checked(message: Message) -> Message:
    if isinstance(message, Window):
        _check_window(message)
    elif isinstance(message, Status):
        _whole("at", message.at)
        for sensor in message.sensors:
            if sensor.seen is not None:
                _whole("seen", sensor.seen)
    elif isinstance(message, Live):
        _whole("at", message.at)
        if message.level == "dp":
            raise BadMessage("level: live")
    return message


def _whole(field: str, at: datetime) -> int:
    """Unix seconds of a wire time; BadMessage unless it is a whole second in UTC."""
    if at.microsecond or at.utcoffset():
        raise BadMessage(f"time: {field}")
    return int(at.timestamp())


def _check_window(window: Window) -> None:
    end, noisy, seen = _whole("end", window.end), window.level == "dp", set()
    if end % COUNT_S:
        raise BadMessage("alignment: end")
    for i, value in enumerate(window.values):
        if fault := _span_fault(value, end, noisy) or _field_fault(value, noisy):
            raise BadMessage(fault.format(f"values[{i}]"))
        key = (type(value), value.place, getattr(value, "of", None), getattr(value, "to", None))
        if key in seen:
            raise BadMessage(f"repeated: values[{i}]")
        seen.add(key)


_EXACT = (Count, Load)
_NOISY_COUNT_S = 4 * STAY_S  # a shorter count drowns in its noise
_CARRIED = {"place", "start", "observed_s", "withheld", "revision", "of", "to", "cell_m"}
_MEASURED = {
    kind: tuple(name for name in kind.__struct_fields__ if name not in _CARRIED)
    for kind in (Count, Load, Stat, Flow, Heat, Quality)
}


def _span_fault(value: AnyValue, end: int, noisy: bool) -> str | None:
    """What is wrong with a value's stretch of time, {} for where it stands: written only when it is needed."""
    if value.start.microsecond or value.start.utcoffset():
        return "time: {}.start"
    start = int(value.start.timestamp())
    length, step = end - start, COUNT_S if isinstance(value, Count) and not noisy else STAY_S
    longest = LONGEST_S if not isinstance(value, _EXACT) else _NOISY_COUNT_S if noisy else step
    if not step <= length <= longest:
        return "length: {}"
    if start % step or end % step:
        return "alignment: {}"
    return "observed: {}" if value.observed_s > length else None


def _field_fault(value: AnyValue, noisy: bool) -> str | None:
    measured = [getattr(value, name) for name in _MEASURED[type(value)]]
    if value.withheld and any(field is not None for field in measured):
        return "withheld: {}"
    if noisy:
        return _noisy_fault(value)
    if [field for field in measured if isinstance(field, int) and field < 0]:
        return "below zero: {}"
    if isinstance(value, Stat) and not value.withheld:
        if value.n is None or value.cut is None or value.sum_s is None or value.bins is None:
            return "missing: {}"
        if value.n < K or value.cut > value.n or min(value.bins) < 0 or sum(value.bins) != value.n:
            return "stat: {}"
    return None


def _noisy_fault(value: AnyValue) -> str | None:
    """At level dp only these kinds exist, and nothing exact stands beside the noise."""
    match value:
        case Count(groups=None) | Quality(tag_n=None, camera_n=None, matched=None):
            return None
        case Stat(cut=None, sum_s=None, n=n, bins=bins):
            return None if n == (None if bins is None else sum(bins)) else "stat: {}"
    return "level: {}"
