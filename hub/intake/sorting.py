"""What a batch of messages amounts to: what to store, what to count as lost, what to set aside and why."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from edge.messages import MAX_BYTES, BadMessage, Epoch, Live, Resume, Status, Window, decode
from edge.topics import split
from hub.intake.cursors import Cursor, Spoken, Trail
from hub.sites import Site

_OLDEST_S, _NEWEST_S = 400 * 86_400, 300

Source = tuple[str, str, str]  # site, device, epoch


class Raw(NamedTuple):
    """A message as it came."""

    topic: str
    payload: bytes
    retain: bool = False


class Lost(NamedTuple):
    """Messages first..last of an epoch that never came and never will."""

    site: str
    device: str
    epoch: str
    first: int
    last: int
    reason: str


class Bad(NamedTuple):
    """A message that cannot be taken. `site` is None where the topic names none that is known here."""

    topic: str
    site: str | None
    device: str | None
    reason: str
    payload: bytes


class Heard(NamedTuple):
    """A status or live message with its topic's ids; `retain` says that it is an old one, kept by the broker."""

    site: str
    device: str
    said: Status | Live
    retain: bool

    @property
    def status(self) -> Status:
        """The status that this is."""
        assert isinstance(self.said, Status)
        return self.said


class Batch:
    """The sorted content of some messages."""

    def __init__(self, trail: Trail | None = None) -> None:
        self.trail = trail or Trail()
        self.windows: list[Window] = []
        self.statuses: list[Heard] = []
        self.lives: list[Heard] = []
        self.lost: list[Lost] = []
        self.bad: list[Bad] = []
        self.touched: set[Source] = set()
        self.epochs: dict[Source, Spoken] = {}  # of the devices in statuses, what is known of them now
        self.repeats = self.ignored = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write: live values are never written, and repeats change nothing."""
        return not (self.windows or self.statuses or self.lost or self.bad)


class _Mark(Struct, frozen=True):
    # The identity of a message that is wrong elsewhere, so that it cannot stop the stream.
    epoch: Epoch
    seq: Annotated[int, Meta(ge=1, le=2**53)]


_MARK = msgspec.json.Decoder(_Mark)
_HEAD = re.compile(
    rb'\{"v":1,"site":"[a-z0-9_-]{1,32}","device":"[a-z0-9_-]{1,32}","epoch":"([0-9a-f]{8})","seq":([1-9][0-9]{0,14}),'
)


def sort(
    raw: Iterable[Raw],
    cursors: dict[Source, Cursor],
    sites: Mapping[str, Site],
    at: float,
    trail: Trail | None = None,
) -> Batch:
    """The batch of these messages at the moment `at`; the cursors and the trail move on in place.

    A message that is no message of the contract, comes from an unknown site, claims another's name or lies outside
    [-400 days, +5 min] is set aside with its reason and still counts as received: it never blocks what follows.
    """
    batch = Batch(trail)
    for message in raw:
        found = split(message.topic)
        try:
            _take(batch, message, found, cursors, sites, at)
        except BadMessage as error:
            if found and found[2] == "live":
                batch.ignored += 1  # live values are never stored, bad ones neither
                continue
            site, device = (found[0], found[1]) if found and found[0] in sites else (None, None)
            batch.bad.append(Bad(message.topic[:200], site, device, error.reason, message.payload[:MAX_BYTES]))
    for source in sorted(batch.touched):
        batch.lost += [Lost(*source, *run, "crowded") for run in cursors[source].crowded()]
    return batch


def refuse(raw: Raw, cursors: dict[Source, Cursor], reason: str, trail: Trail | None = None) -> Batch:
    """The batch that sets this one message aside and lets the cursor pass it."""
    batch, found = Batch(trail), split(raw.topic)
    site, device = (found[0], found[1]) if found else (None, None)
    if site and device and not _first_time(batch, raw.payload, site, device, cursors):
        return batch
    batch.bad.append(Bad(raw.topic[:200], site, device, reason, raw.payload[:MAX_BYTES]))
    return batch


def _take(
    batch: Batch,
    raw: Raw,
    found: tuple[str, str, str] | None,
    cursors: dict[Source, Cursor],
    sites: Mapping[str, Site],
    at: float,
) -> None:
    if found is None:
        raise BadMessage("topic")
    site, device, leaf = found
    try:
        message = decode(leaf, raw.payload)
    except BadMessage:
        if leaf == "w" and not _first_time(batch, raw.payload, site, device, cursors):
            return  # a repeat of something that was set aside before
        raise
    if isinstance(message, Resume):
        source = (site, device, message.epoch)
        gone = cursors.setdefault(source, Cursor()).resume(message.first)
        batch.lost += [Lost(*source, *run, "never sent") for run in gone]
        batch.touched.add(source)
        batch.trail.hear((site, device), message.epoch, message.first - 1)
    elif isinstance(message, Window):
        _take_window(batch, message, (site, device, message.epoch), cursors, sites, at)
    elif site not in sites:
        raise BadMessage("unknown site")
    elif isinstance(message, Status):
        batch.statuses.append(Heard(site, device, message, raw.retain))
    elif isinstance(message, Live):
        if message.at.timestamp() > at + _NEWEST_S:
            raise BadMessage("time: at lies in the future")  # it would stay the newest until then
        batch.lives.append(Heard(site, device, message, raw.retain))


def _take_window(
    batch: Batch,
    window: Window,
    source: Source,
    cursors: dict[Source, Cursor],
    sites: Mapping[str, Site],
    at: float,
) -> None:
    cursor = cursors.setdefault(source, Cursor())
    batch.touched.add(source)
    for seq in batch.trail.hear(source[:2], window.epoch, window.seq):
        cursor.take(seq)
    if not cursor.take(window.seq):
        batch.repeats += 1
        return
    cursor.last_end = max(cursor.last_end, check(window, source[0], source[1], sites, at))
    batch.windows.append(window)


def check(window: Window, site: str, device: str, sites: Mapping[str, Site], at: float) -> int:
    """The window's end in Unix seconds; BadMessage where it does not belong to its topic, its site is unknown, or its
    time cannot be right.
    """
    if (window.site, window.device) != (site, device):
        raise BadMessage("ids differ from the topic")
    if site not in sites:
        raise BadMessage("unknown site")
    end = int(window.end.timestamp())
    if not -_NEWEST_S <= at - end <= _OLDEST_S:
        raise BadMessage("time: end lies in the future" if at < end else "time: end is too old")
    return end


def sort_again(rows: Iterable[Mapping[str, Any]], sites: Mapping[str, Site], at: float) -> dict[int, Window]:
    """The windows among messages set aside before that can be taken by the sites of today, by their rows' `id`."""
    found: dict[int, Window] = {}
    for row in rows:
        where = split(row["topic"])
        with suppress(BadMessage):
            message = decode(where[2], row["payload"]) if where else None
            if where and isinstance(message, Window):
                check(message, where[0], where[1], sites, at)
                found[row["id"]] = message
    return found


def _first_time(batch: Batch, payload: bytes, site: str, device: str, cursors: dict[Source, Cursor]) -> bool:
    mark = _mark(payload)
    if mark is None:
        batch.trail.miss((site, device))
        return True
    source = (site, device, mark.epoch)
    batch.touched.add(source)
    cursor = cursors.setdefault(source, Cursor())
    for seq in batch.trail.hear((site, device), mark.epoch, mark.seq):
        cursor.take(seq)
    if cursor.take(mark.seq):
        return True
    batch.repeats += 1
    return False


def _mark(payload: bytes) -> _Mark | None:
    """Whose message this was meant to be; also of one that is damaged after its head."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _MARK.decode(payload)
    found = _HEAD.match(payload)
    return _Mark(epoch=found[1].decode(), seq=int(found[2])) if found else None
