"""The MQTT library's client, made to read ahead, to take plain messages the short way, to confirm in bulk, and to
read no more than can be held.

By itself the library asks the kernel for every byte of a packet's head and again for the next packet, builds a table
of all properties there are for every message that has none, and wakes its thread for every confirmation. With
thousands of messages a second that is more than all the work done with them.
"""

import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt import __version__
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes

from edge.messages import MAX_BYTES

# The places used below are not public: a version whose source nobody has read for this works its own way.
_KNOWN = __version__.split(".")[:2] in (["2", "1"], ["2", "2"])
_READ_BYTES = 65_536
_MOST_PACKETS = 100  # in one go; then what waits to be written has its turn
_PUBACK = PacketTypes.PUBACK << 4
_PAUSE_S = 0.01
MOST_HELD = 64_000_000
# One byte more than a message may have is enough to know that it has too many.
MOST_PAYLOAD = MAX_BYTES + 1


def _never() -> bool:
    return False


class Pipe:
    """A socket that reads ahead. `pending` is what was read and not yet taken, as the library knows it of TLS.

    While `full` says so it gives nothing, as if nothing had come: the network, then the broker, hold back the rest.
    """

    def __init__(self, socket: Any, full: Callable[[], bool] = _never) -> None:
        self._socket, self._held, self._at, self._full = socket, b"", 0, full
        self._below = getattr(socket, "pending", int)  # TLS holds back too

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes, b"" at the end of the connection; BlockingIOError where nothing has come."""
        if self._at >= len(self._held):
            if self._full():
                time.sleep(_PAUSE_S)  # the library comes again at once: the network still has something
                raise BlockingIOError
            self._held, self._at = self._socket.recv(_READ_BYTES), 0
        start, self._at = self._at, self._at + size
        return self._held[start : self._at]

    def pending(self) -> int:
        """Bytes that can be had without asking the network."""
        held = max(0, len(self._held) - self._at)
        return held if self._full() else held + int(self._below())


def plain(head: int, body: bytes | bytearray) -> MQTTMessage | None:
    """The message in a PUBLISH packet of MQTT 5 of QoS 0 or 1 without properties; None for any other.

    Of a payload that is too long only the first MOST_PAYLOAD bytes are taken.
    """
    qos = head >> 1 & 3
    start = 2 + int.from_bytes(body[:2]) + (2 if qos else 0)
    if qos > 1 or len(body) <= start or body[start]:
        return None
    end = start - 2 if qos else start
    message = MQTTMessage(int.from_bytes(body[end:start]), bytes(body[2:end]))
    message.qos, message.retain, message.dup = qos, bool(head & 1), bool(head & 8)
    message.payload = bytes(body[start + 1 : start + 1 + MOST_PAYLOAD])
    return message


class BulkClient(Client):
    """A Client of MQTT 5 with manual_ack or QoS 0 in mind; everything else goes the library's way.

    `came` and `done` are bytes of payload that its owner received and is done with; with manual_ack no more than
    MOST_HELD lie between them. One thread changes each.
    """

    came = done = 0

    def _create_socket(self) -> Any:
        found = super()._create_socket()
        return Pipe(found, self._full) if _KNOWN else found

    def _full(self) -> bool:
        return self._manual_ack and self.came - self.done > MOST_HELD

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Take the packets that have been read already; the library itself would take one and ask the network."""
        for _ in range(_MOST_PACKETS):
            done = super().loop_read(max_packets)
            pipe = self.socket()
            if done != MQTTErrorCode.MQTT_ERR_SUCCESS or not isinstance(pipe, Pipe) or not pipe.pending():
                break
        return done

    def _handle_publish(self) -> MQTTErrorCode:
        if _KNOWN and self._manual_ack:
            message = plain(self._in_packet["command"], self._in_packet["packet"])
            if message:
                self._handle_on_message(message)
                return MQTTErrorCode.MQTT_ERR_SUCCESS
        return super()._handle_publish()

    def confirm(self, mids: Sequence[int]) -> None:
        """Confirm messages of QoS 1 to the broker by their ids, in this order."""
        if not _KNOWN:
            for mid in mids:
                self.ack(mid, 1)
        elif mids:
            packets = b"".join(struct.pack("!BBH", _PUBACK, 2, mid) for mid in mids)
            self._packet_queue(_PUBACK, packets, mids[-1], 1)
