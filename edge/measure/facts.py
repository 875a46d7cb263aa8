"""The facts together: what sensors say about the shop before windows make sums of it.

They never leave the process; only a simulator writes its own to a file.
"""

import msgspec
from msgspec import Struct

from edge.measure.dwell import Present, Visit
from edge.measure.flows import Step
from edge.measure.footfall import Crossing
from edge.measure.groups import Group
from edge.measure.heard import Badges, Came, Met, Stood
from edge.measure.heat import Trodden
from edge.measure.queues import Done, Joined, Left, Served


class Seen(Struct, frozen=True, tag="seen"):
    """`source` looked at `at`, whatever it saw; with `since`, it looked all the time from then on.

    Silence means that nobody looked: so a quiet hour is a measured zero and a dead camera is a gap.
    """

    at: float
    source: str
    since: float | None = None


SETTLE_S = 15.0
"""A fact becomes certain at most so many seconds after its event time; windows stay open for so long."""

_Shopping = Crossing | Group | Visit | Present | Joined | Served | Done | Left | Step | Trodden
Fact = _Shopping | Came | Met | Badges | Stood | Seen

_FACT: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(Fact)
_ENCODER = msgspec.json.Encoder()


def to_line(fact: Fact) -> bytes:
    """A fact as one line of JSON, for recordings made by a simulator."""
    return _ENCODER.encode(fact) + b"\n"


def from_line(line: bytes) -> Fact:
    """The fact in one line of JSON; msgspec.DecodeError where it is none."""
    return _FACT.decode(line)
