"""Bluetooth advertisements: from bytes to a sighting of a known tag. The address ends here.

An advertisement is a row of structures: one byte of length, one of type, then the content (Bluetooth Core
Supplement, part A). A feed puts the sender's address in front as a structure of type 0x1B, so that one row of
bytes carries all there is. Whatever is malformed, too short or not on the allow-list gives None, never an error.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from edge.radio.tags import Tags, Traits, find

_MANUFACTURER, _SERVICE, _ADDRESS, _NAMES = 0xFF, 0x16, 0x1B, (0x08, 0x09)
_APPLE, EDDYSTONE = 0x004C, 0xFEAA
WEAKEST_DBM = -120.0
Fault = Literal["strength", "malformed", "stranger"]


class Heard(NamedTuple):
    """One advertisement at one scanner; `smoothed`: the strength is an average made by the scanner."""

    at: float
    scanner: str
    data: bytes
    rssi: float
    smoothed: bool = False


class Quiet(NamedTuple):
    """Time passes and nothing was heard; `up` says whether the feed itself works."""

    at: float
    up: bool


class Sighting(NamedTuple):
    """A known tag at a scanner; `tag` is its index in the allow-list."""

    at: float
    scanner: str
    tag: int
    rssi_dbm: float
    smoothed: bool


class Layout(NamedTuple):
    """Where a format keeps its identity: `magic` at `offset` of a structure, the identity from `start` on."""

    kind: int
    offset: int
    magic: bytes
    start: int
    size: int


LAYOUTS = (
    Layout(_MANUFACTURER, 0, b"\x4c\x00\x02\x15", 4, 20),  # iBeacon: uuid, major, minor
    Layout(_MANUFACTURER, 2, b"\xbe\xac", 4, 20),  # AltBeacon: the same 20 bytes, any maker
    Layout(_SERVICE, 0, b"\xaa\xfe\x00", 4, 16),  # Eddystone UID: namespace, instance
)


def sighting(
    at: float, scanner: str, data: bytes, rssi: float, tags: Tags, smoothed: bool = False
) -> Sighting | None:
    """The sighting in an advertisement, or None where it is malformed, of a stranger or of impossible strength.

    Receivers report faults as 0 dBm and above; below -120 dBm nothing can be heard.
    """
    found = judged(Heard(at, scanner, data, rssi, smoothed), tags)
    return found if isinstance(found, Sighting) else None


def judged(heard: Heard, tags: Tags) -> Sighting | Fault:
    """The sighting in an advertisement, or why there is none."""
    if not WEAKEST_DBM <= heard.rssi < 0:
        return "strength"
    if (traits := identity(heard.data)) is None:
        return "malformed"
    if (tag := find(tags, traits)) is None:
        return "stranger"
    return Sighting(heard.at, heard.scanner, tag, float(heard.rssi), heard.smoothed)


def identity(data: bytes) -> Traits | None:
    """What an advertisement shows of itself; None where it is malformed. Of several, the first counts."""
    address = beacon = name = None
    for kind, content in structures(data):
        if kind < 0:
            return None
        if kind == _ADDRESS:
            if address is None and len(content) == 7:
                address = content[5::-1]
        elif kind in _NAMES:
            name = name or content
        elif beacon is None:
            beacon = _beacon(kind, content)
    return Traits(address, beacon, name)


def structures(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, content) of each structure; a type of -1 ends a row that is cut off. A length of 0 is padding."""
    here = 0
    while here < len(data) and data[here]:
        following = here + 1 + data[here]
        if following > len(data):
            yield -1, b""
            return
        yield data[here + 1], data[here + 2 : following]
        here = following


def pack(
    address: bytes | None = None,
    manufacturer: Mapping[int, bytes] | None = None,
    services: Mapping[int, bytes] | None = None,
    name: bytes = b"",
) -> bytes:
    """The bytes of an advertisement from its parts, as feeds give them that do not pass on the bytes.

    `address` is 6 bytes as written; `manufacturer` is by company, `services` by 16-bit number. What does not
    fit into a structure (254 bytes) is left out.
    """
    parts = [(_ADDRESS, address[::-1] + b"\x00")] if address is not None and len(address) == 6 else []
    parts += [(_MANUFACTURER, c.to_bytes(2, "little") + content) for c, content in (manufacturer or {}).items()]
    parts += [(_SERVICE, n.to_bytes(2, "little") + content) for n, content in (services or {}).items()]
    parts += [(_NAMES[1], name)] if name else []
    return b"".join(bytes((len(c) + 1, kind)) + c for kind, c in parts if len(c) <= 254)


def ibeacon(identity: bytes) -> dict[int, bytes]:
    """The manufacturer part of an iBeacon with these 20 bytes of uuid, major and minor, for `pack`."""
    return {_APPLE: b"\x02\x15" + identity + b"\xc5"}


def _beacon(kind: int, content: bytes) -> bytes | None:
    for layout in LAYOUTS:
        if kind == layout.kind and content.startswith(layout.magic, layout.offset):
            found = content[layout.start : layout.start + layout.size]
            return found if len(found) == layout.size else None
    return None
