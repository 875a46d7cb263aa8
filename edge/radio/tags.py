"""The allow-list: the only tags that may be heard at all, and what each of them is tied to.

A key says what an advertisement shows of itself: b"a" and the address, b"b" and the 16 bytes of a uuid or
the 20 of uuid, major and minor, or b"n" and a name. Nothing else of a tag is kept, and nothing of any other.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, get_args

from edge.plan import PlanError, TagRole

ROLES: tuple[TagRole, ...] = get_args(TagRole)

_SEPARATORS = str.maketrans("", "", ":-._ {}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# So many hexadecimal digits are a mistyped address rather than a name.
_HEX_LIKE = 8


class Tags(NamedTuple):
    """Key -> index, and the role of each index; an index is all that leaves the parser."""

    keys: dict[bytes, int]
    roles: tuple[TagRole, ...]


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
    keys = tags.keys
    if traits.beacon is not None:
        for beacon in (traits.beacon, traits.beacon[:16]):
            if (index := keys.get(b"b" + beacon)) is not None:
                return index
    if traits.address is not None and (index := keys.get(b"a" + traits.address)) is not None:
        return index
    return None if traits.name is None else keys.get(b"n" + traits.name.lower())


def allow(listed: Mapping[str, TagRole], lines: Iterable[str] = ()) -> Tags:
    """The allow-list from the plan's `radio.tags` and the lines of its `tags_file`; PlanError naming the place.

    A line is `address,role`, `uuid,role` or `uuid,major,minor,role`; a first line ending in `role` is a heading.
    The same tag twice is an error in whatever case or with whatever separators it is spelled.
    """
    found: dict[bytes, int] = {}
    roles: list[TagRole] = []
    for where, spelled, role in (*_listed(listed), *_lined(lines)):
        key = spell(spelled)
        if key is None:
            raise PlanError(f"{where}: not an address, a uuid, a uuid with major and minor, or a name")
        if key in found:
            raise PlanError(f"{where}: the same tag as an earlier one")
        if role not in ROLES:
            raise PlanError(f"{where}: the role must be one of {', '.join(ROLES)}")
        found[key] = len(roles)
        roles.append(role)
    return Tags(found, tuple(roles))


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
