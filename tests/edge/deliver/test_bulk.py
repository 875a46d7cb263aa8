import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt._packet import decode_publish
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.deliver.bulk import Pipe, plain


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    far, near = socket.socketpair()
    near.setblocking(False)
    yield far, near
    far.close()
    near.close()


def test_what_was_read_ahead_is_pending_and_comes_without_the_network(ends: Any) -> None:
    far, near = ends
    pipe = Pipe(near)
    with pytest.raises(BlockingIOError):
        pipe.recv(1)
    far.sendall(b"abcdef")
    assert (pipe.recv(2), pipe.pending()) == (b"ab", 4)
    far.close()
    assert (pipe.recv(9), pipe.pending()) == (b"cdef", 0)
    assert pipe.recv(1) == b""
    assert pipe.fileno() == near.fileno()


class Pieces:
    """A connection that gives what it has piece by piece, and holds some back as TLS does."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def recv(self, size: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def pending(self) -> int:
        return sum(map(len, self.pieces))


@given(
    st.lists(st.binary(min_size=1, max_size=9), max_size=9), st.lists(st.integers(1, 12), min_size=80, max_size=80)
)
def test_any_pieces_read_in_any_steps_are_the_same_bytes(pieces: list[bytes], steps: list[int]) -> None:
    whole = b"".join(pieces)
    pipe, found = Pipe(Pieces(list(pieces))), b""
    for step in steps:
        assert pipe.pending() == len(whole) - len(found)
        found += (got := pipe.recv(step))
        assert len(got) <= step
    assert found == whole[: len(found)]
    assert len(found) == len(whole) or sum(steps) < 12 * 80


def packed(topic: str, qos: int, retain: bool, payload: bytes, properties: Properties) -> tuple[int, bytearray]:
    """The head and body of a PUBLISH packet with the number 7."""
    name = topic.encode()
    number = struct.pack("!H", 7) if qos else b""
    body = struct.pack("!H", len(name)) + name + number + properties.pack() + payload
    return 0x30 | qos << 1 | retain, bytearray(body)


@given(st.text(max_size=9), st.integers(0, 2), st.booleans(), st.binary(max_size=200), st.booleans())
def test_a_plain_message_is_what_the_library_reads(
    topic: str, qos: int, retain: bool, payload: bytes, more: bool
) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if more:
        properties.MessageExpiryInterval = 90
    head, body = packed(topic, qos, retain, payload, properties)
    found, known = plain(head, body), decode_publish(head, body, MQTTProtocolVersion.MQTTv5)
    if qos == 2 or more:
        assert found is None
    else:
        assert found
        assert (found.topic.encode(), found.mid, found.qos) == (known.topic, known.mid, known.qos)
        assert (found.retain, found.dup, found.payload) == (known.retain, known.dup, known.payload)


@given(st.integers(0x30, 0x3F), st.binary(max_size=12))
def test_any_bytes_are_a_plain_message_or_none(head: int, body: bytes) -> None:
    plain(head, bytearray(body))
