"""What two processes of one device need to speak with each other: messages with their length in front, log lines."""

import logging
import os
import struct
import sys
from collections.abc import Callable

import msgspec
from msgspec import Struct

from edge import daemon

SIZE = struct.Struct("<I")


class Said(Struct, tag=True):
    """A log line."""

    room: str
    level: int
    text: str

    def repeat(self) -> None:
        """Log it here."""
        logging.getLogger(self.room).log(self.level, "%s", self.text)


class Lines(logging.Handler):
    """Log lines on their way to the parent, already without what may not be written."""

    def __init__(self, tell: Callable[[Struct], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one on, the trace of an error in its text."""
        text, failed = daemon.said(record)
        self._tell(Said(record.name, record.levelno, f"{text}\n{failed}" if failed else text))


def packed(message: Struct) -> bytes:
    """The bytes of a message, their number in front."""
    content = msgspec.msgpack.encode(message)
    return SIZE.pack(len(content)) + content


def partner() -> Callable[[Struct], None]:
    """Make this process one that serves its parent: hardened and gone with it, stdout for messages alone, log lines
    among them. Returns what tells the parent a message.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(message: Struct) -> None:
        answers.write(packed(message))
        answers.flush()

    daemon.logs()
    logging.getLogger().handlers[:] = [Lines(tell)]
    daemon.harden(with_parent=True)
    return tell


def asked() -> bytes:
    """The next message of the parent, without its length; waits for it."""
    return sys.stdin.buffer.read(*SIZE.unpack(sys.stdin.buffer.read(SIZE.size)))
