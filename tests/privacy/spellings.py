"""Every way in which an identifier might be written down, and a search for all of them at once.

An identifier is looked for in both byte orders as hexadecimal digits (any case, any separators, with `0x` or `\\x`),
as decimal number and bytes, base64, base32, base85, percent-encoded and raw; and so is the start of seven unkeyed
hashes of its usual spellings: 12 characters of their hexadecimal or base64 form, or 8 raw bytes.
"""

import hashlib
import re
from base64 import a85encode, b32encode, b64encode, b85encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

HASHES = ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")
HASHED = 12
# What is looked for is cut to one of these lengths: 12 characters of text or 8 raw bytes are nobody else's.
LENGTHS = (12, 8, 6)
_SEPARATORS = b" :-._{}[]()%,;/\"'\\\r\n\t"


def of_bytes(raw: bytes) -> Iterator[bytes]:
    """The ways to write 6 bytes or more: an address, a uuid, a key, a number."""
    for content in (raw, raw[::-1]):
        yield content
        yield content.hex().encode()
        yield b",".join(str(byte).encode() for byte in content)
        for order in ("big", "little"):
            yield str(int.from_bytes(content, order)).encode()  # type: ignore[arg-type]
        for form in (b64encode, urlsafe_b64encode, b32encode, b85encode, a85encode):
            yield form(content).rstrip(b"=")


def of_address(raw: bytes) -> Iterator[bytes]:
    """The ways to write an address or uuid, and its hashes."""
    yield from of_bytes(raw)
    for content in (raw, raw[::-1], str(int.from_bytes(raw, "big")).encode()):
        yield from of_hashes(content)
    for digits in (raw.hex(), raw.hex().upper()):
        pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
        for join in ("", ":", "-"):
            yield from of_hashes(join.join(pairs).encode())


def of_uuid(raw: bytes) -> Iterator[bytes]:
    """The ways to write a uuid, and its hashes."""
    yield from of_bytes(raw)
    yield from of_hashes(raw)
    for digits in (raw.hex(), raw.hex().upper()):
        dashed = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        yield from (hashed for text in (digits, dashed) for hashed in of_hashes(text.encode()))


def of_name(name: str) -> Iterator[bytes]:
    """The ways to write a name, and its hashes."""
    for form in (name, name.lower(), name.upper()):
        raw = form.encode()
        yield from (raw, raw.hex().encode(), b64encode(raw)[:HASHED])
        yield from of_hashes(raw)


def of_hashes(content: bytes) -> Iterator[bytes]:
    """The starts of all unkeyed hashes of these bytes."""
    for name in HASHES:
        digest = hashlib.new(name, content, usedforsecurity=False).digest()
        yield from (digest[:8], digest[:6].hex().encode(), b64encode(digest[:9]))


class Search:
    """Finds any of very many strings, each at least 6 bytes long, in one pass."""

    def __init__(self, wanted: Iterable[bytes]) -> None:
        cut: dict[int, list[bytes]] = {length: [] for length in LENGTHS}
        for one in wanted:
            length = next((length for length in LENGTHS if length <= len(one)), None)
            if length is None:
                raise ValueError("too short to mean anything where it is found")
            cut[length].append(one[:length])
        self._known = {
            length: np.unique(_joined(np.frombuffer(b"".join(some), np.uint8).reshape(-1, length).T))
            for length, some in cut.items()
            if some
        }

    def found(self, text: bytes) -> set[bytes]:
        """The starts of those that occur in `text`: as it is, in small letters without separators, without spaces."""
        text = re.sub(rb"\0{64,}", b"\0", text)
        bare = text.lower().replace(b"0x", b"").replace(b"\\x", b"").translate(None, _SEPARATORS)
        return {one for form in (text, bare, text.replace(b" ", b"")) for one in self._within(form)}

    def _within(self, text: bytes) -> Iterator[bytes]:
        for length, known in self._known.items():
            numbers = _numbers(text, length)
            nearest = known[np.minimum(np.searchsorted(known, numbers), len(known) - 1)]
            for here in np.flatnonzero(nearest == numbers).tolist():
                yield text[here : here + length]


def _numbers(text: bytes, length: int) -> NDArray[np.uint64]:
    """The bytes that begin at each place as one number; of 12 bytes a mixture that is as good as unique."""
    raw = np.frombuffer(text, np.uint8)
    count = max(0, len(raw) - length + 1)
    return _joined([raw[i : i + count] for i in range(length)])


def _joined(columns: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint64]:
    """One number for each row of these columns of bytes."""
    parts: list[NDArray[np.uint64]] = []
    for i, column in enumerate(columns):
        shifted = column.astype(np.uint64) << np.uint64(8 * (i % 8))
        parts = [*parts, shifted] if i % 8 == 0 else [*parts[:-1], parts[-1] | shifted]
    return parts[0] if len(parts) == 1 else parts[0] ^ (parts[1] * np.uint64(0x9E3779B97F4A7C15))
