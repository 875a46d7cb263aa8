"""Facts to messages on disk: windows, the privacy door, the outbox. The same for a live shop and for old facts."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from edge.deliver.disk import OutboxError
from edge.deliver.ledger import WRONG_CLOCK_S, Ledger
from edge.deliver.outbox import Outbox
from edge.measure.days import day_bounds
from edge.measure.facts import Fact
from edge.measure.windows import Closed, Windows
from edge.messages import Clock, Window, encode, stamp
from edge.plan import Plan, digest
from edge.privacy import BACK_S, Door
from edge.values import COUNT_S, AnyValue, Heat

VALUES_A_MESSAGE = 128  # well below the contract's 256 values and 64 kB
MOST_PENDING = 2000

Make = Callable[[str, int], bytes]


class Pipeline:
    """Everything between a fact and the outbox.

    `unstored` counts messages lost to a disk that was full, `lost` the 5-min windows that came twice because
    the clock was set back: the first time they were told, so what is measured until then is dropped.
    """

    def __init__(self, plan: Plan, outbox: Outbox, opened: float, now: float, clock: Callable[[], Clock]) -> None:
        """Begins at `opened`, or continues the sums that a clean stop left in the outbox.

        `now` is the wall clock's, also where `opened` lies in the past. OutboxError where level dp has no ledger.
        """
        self.unstored = self.lost = 0
        self._ticked = self._newest = float("-inf")
        self._plan, self._digest, self._outbox, self._clock = plan, digest(plan), outbox, clock
        published = _published(outbox, now)
        self._ledger = _ledger(plan, outbox, now) if plan.level == "dp" else None
        self.door = Door(plan, published, self._ledger)
        self.windows = Windows(plan, opened, outbox.take("windows"))
        self._pending: list[Make] = []
        self._end = 0

    def add(self, fact: Fact) -> None:
        """Take in one fact; what it completes waits for `store`. While the clock catches up with itself none is."""
        if self._ticked < self._newest - BACK_S:
            self.windows.late += 1
            return
        self._let(self.windows.add(fact))

    def tick(self, at: float) -> None:
        """Let time pass: windows that only silent sources hold open are closed."""
        if at < self._ticked - BACK_S:
            self.lost += int(self._ticked // COUNT_S - at // COUNT_S)
        self._ticked, self._newest = at, max(self._newest, at)
        self._let(self.windows.tick(at))

    def store(self, at: float) -> int:
        """Put what waits on disk in one transaction: how many messages, 0 where the disk is full (call it again)."""
        if not self._pending:
            return 0
        count = len(self._pending)
        try:
            self._outbox.put_many(self._pending, at, self._kept())
        except OutboxError:
            self.unstored += max(0, count - MOST_PENDING)
            del self._pending[: max(0, count - MOST_PENDING)]
            return 0
        self._pending.clear()
        return count

    def stop(self, at: float) -> None:
        """A clean stop: store what waits, and keep the open sums for the next start; at level dp exact sums must not
        lie on a disk.
        """
        self.store(at)
        if self._ledger:
            return
        # On a full disk the open sums are gone, as after a kill; the log has said why.
        with suppress(OutboxError):
            self._outbox.save("windows", self.windows.saved())

    @property
    def pending(self) -> int:
        """How many messages wait for `store`."""
        return len(self._pending)

    def _kept(self) -> dict[str, bytes]:
        kept = {"published": str(self._end).encode()}
        return kept | {"ledger": str(self._ledger.mark).encode()} if self._ledger else kept

    def _let(self, closed: Iterable[Closed]) -> None:
        for window in closed:
            if values := self.door.release(window):
                self._end = window.end
                self._pending += [self._make(window.end, parcel, self._clock()) for parcel in parcels(values)]

    def _make(self, end: int, values: tuple[AnyValue, ...], clock: Clock) -> Make:
        def make(epoch: str, seq: int) -> bytes:
            plan = self._plan
            window = Window(
                v=1, site=plan.site, device=plan.device, epoch=epoch, seq=seq, level=plan.level, plan=self._digest,
                end=stamp(end), clock=clock, values=values,
            )  # fmt: skip
            return encode(window)

        return make


def parcels(values: tuple[AnyValue, ...]) -> list[tuple[AnyValue, ...]]:
    """The values of one end as those of messages that keep the contract's size: a floor's heat goes by itself."""
    small = tuple(value for value in values if not isinstance(value, Heat))
    some = [small[i : i + VALUES_A_MESSAGE] for i in range(0, len(small), VALUES_A_MESSAGE)]
    return some + [(value,) for value in values if isinstance(value, Heat)]


def _published(outbox: Outbox, now: float) -> int:
    """The end of the last window published. One in the future was made by a wrong clock, and the hub refused it."""
    end = _number(outbox, "published")
    return end if end <= now + WRONG_CLOCK_S else 0


def _ledger(plan: Plan, outbox: Outbox, now: float) -> Ledger:
    """The ledger beside the outbox, which knows how far it had come."""
    day = day_bounds(now, plan.timezone, plan.day_starts)
    known, published = _number(outbox, "ledger"), _number(outbox, "published")
    return Ledger(plan.outbox.dir, plan.dp.exact, now, day, known=known, published=published)


def _number(outbox: Outbox, name: str) -> int:
    try:
        return int(outbox.load(name) or b"0")
    except ValueError:
        return 0
