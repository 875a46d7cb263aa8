"""The allow-list: the only tags that may be heard at all, and what each of them is tied to.

A key says what an advertisement shows of itself: b"a" and the address, b"b" and the 16 bytes of a uuid or
the 20 of uuid, major and minor, or b"n" and a name. Nothing else of a tag is kept, and nothing of any other. Keys are
kept as numbers in one array, which can be overwritten; Python's own bytes and texts cannot.
"""

import csv
import re
import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, get_args

import numpy as np

from edge.plan import PlanError, TagRole

ROLES: tuple[TagRole, ...] = get_args(TagRole)

_SEPARATORS = str.maketrans("", "", ":-._ {}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# A key of up to 32 bytes as four numbers, after one that says its kind and length.
_NUMBERS, _BYTES, _WORDS = 5, 32, struct.Struct(">4Q")
# So many hexadecimal digits are a mistyped address rather than a name.
_HEX_LIKE = 8


class Tags:
    """The roles of the allowed tags, and which of them has a key: its index is all that leaves the parser."""

    def __init__(self, keys: Sequence[bytes] = (), roles: Sequence[TagRole] = ()) -> None:
        """`roles[i]` is that of the tag with `keys[i]`; all keys differ."""
        self.roles = tuple(roles)
        # One row a key, in order of its first number: an address is that, beacons of one maker differ in it.
        rows = sorted((*_numbers(key), tag) for tag, key in enumerate(keys))
        self._rows = np.array(rows, np.uint64).reshape(-1, _NUMBERS + 1)
        self._firsts = np.ascontiguousarray(self._rows[:, 0])

    def index(self, key: bytes) -> int | None:
        """The index of the tag with this key, None where there is none."""
        wanted, firsts = _numbers(key), self._firsts.data
        row = bisect_left(firsts, wanted[0])
        while row < len(firsts) and firsts[row] == wanted[0]:
            *found, tag = self._rows[row].tolist()
            if tuple(found) == wanted:
                return int(tag)
            row += 1
        return None

    def forget(self) -> None:
        """Overwrite all keys: no tag is known any more."""
        self._rows[:], self._firsts[:] = 0, 0


class Traits(NamedTuple):
    """What one advertisement shows of itself: address, beacon identity, name; each may be missing."""

    address: bytes | None = None
    beacon: bytes | None = None
    name: bytes | None = None


def find(tags: Tags, traits: Traits) -> int | None:
    """The index of the tag that advertised, None for a stranger.

    A beacon identity decides before an address, the exact identity before its uuid alone: trolleys of one
    maker share the uuid, and a tag's address may change while its identity does not.
    """
    if traits.beacon is not None:
        for beacon in (traits.beacon, traits.beacon[:16]):
            if (index := tags.index(b"b" + beacon)) is not None:
                return index
    if traits.address is not None and (index := tags.index(b"a" + traits.address)) is not None:
        return index
    return None if traits.name is None else tags.index(b"n" + traits.name.lower())


def allow(listed: Mapping[str, TagRole], lines: Iterable[str] = ()) -> Tags:
    """The allow-list from the plan's `radio.tags` and the lines of its `tags_file`; PlanError naming the place.

    A line is `address,role`, `uuid,role` or `uuid,major,minor,role`; a first line ending in `role` is a heading.
    The same tag twice is an error in whatever case or with whatever separators it is spelled.
    """
    found: dict[bytes, None] = {}
    roles: list[TagRole] = []
    for where, spelled, role in (*_listed(listed), *_lined(lines)):
        key = spell(spelled)
        if key is None:
            raise PlanError(f"{where}: not an address, a uuid, a uuid with major and minor, or a name")
        if key in found:
            raise PlanError(f"{where}: the same tag as an earlier one")
        if role not in ROLES:
            raise PlanError(f"{where}: the role must be one of {', '.join(ROLES)}")
        found[key] = None
        roles.append(role)
    return Tags(list(found), roles)


def spell(text: str) -> bytes | None:
    """The key of an address, a uuid, `uuid,major,minor` or a name, in any case and with or without separators."""
    first, *rest = (part.strip().lower() for part in text.split(","))
    bare = first.translate(_SEPARATORS)
    digits = bytes.fromhex(bare) if re.fullmatch(r"(?:[0-9a-f]{2})+", bare) else b""
    if rest:
        numbers = [int(part) for part in rest if re.fullmatch(r"[0-9]{1,5}", part) and int(part) < 65_536]
        if len(digits) != 16 or len(rest) != 2 or len(numbers) != 2:
            return None
        return b"b" + digits + numbers[0].to_bytes(2, "big") + numbers[1].to_bytes(2, "big")
    if len(digits) == 6:
        return b"a" + digits
    if len(digits) in (16, 20):
        return b"b" + digits
    if not _NAME.fullmatch(first) or (len(bare) >= _HEX_LIKE and re.fullmatch(r"[0-9a-f]+", bare)):
        return None
    return b"n" + first.encode()


def _listed(listed: Mapping[str, TagRole]) -> Iterable[tuple[str, str, TagRole]]:
    for i, (spelled, role) in enumerate(listed.items(), 1):
        yield f"radio.tags entry {i}", spelled, role


def _lined(lines: Iterable[str]) -> Iterable[tuple[str, str, TagRole]]:
    for number, row in enumerate(csv.reader(lines), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or (number == 1 and cells[-1].lower() == "role"):
            continue
        yield f"radio.tags_file line {number}", ",".join(cells[:-1]), cells[-1].lower()  # type: ignore[misc]


def _numbers(key: bytes) -> tuple[int, ...]:
    """A key as five numbers: its last 8 bytes, what is before them from the end on, its kind and length.

    So an address is its 48 bits in the first number; beacons of one maker differ in it. A key that is too long is
    cut, and known as such by its length.
    """
    content = key[1 : 1 + _BYTES].rjust(_BYTES, b"\0")
    return (*_WORDS.unpack(content)[::-1], len(key) << 8 | key[0])
