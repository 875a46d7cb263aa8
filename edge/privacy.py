"""The only door out: what may leave the device, and in which form.

    standard   Count as it is, but its groups only at the quarters of an hour and from k = 5 on, else carried on; Load
               with its mean to 0.5; Stat from k durations on, else carried into the next window of its place and
               kind; Flow from 10 on, to 5, with a second one withheld beside a withheld one; Heat of cells with 10
               visits or more, else joined, to 60 s; Quality as it is; live with occupancy to 5
    strict     besides: a Count in which any measured number is below k, and a Load whose max, joined or served is
               below k, are withheld whole ("n<5"), `abandoned` is never said; no Flow and no Heat; live is the
               alert alone
    dp         not in this version: refused at the start

It fails closed. What has no rule here, is too short, comes twice, or comes after the clock went back is refused and
counted, and never raises: a device that keeps silent is better than one that dies or tells.
"""

from msgspec import Struct
from msgspec.structs import replace

from edge.measure.daily import Measured
from edge.measure.days import day_bounds
from edge.measure.flows import DayFlows, suppressed
from edge.measure.heat import DayHeat, joined
from edge.measure.windows import Closed
from edge.messages import Live, stamp
from edge.plan import Plan, PlanError
from edge.values import COUNT_S, STAY_S, AnyValue, Count, Flow, Heat, K, Load, Quality, Stat

BACK_S = 2.0
CELL, FLOW_STEP, HEAT_STEP_S = 10, 5, 60
MOST_CELLS = 3000  # a message is 64 kB at most


class Carried(Struct):
    """Durations of one place and kind that are still too few to be told."""

    start: int
    observed_s: int = 0
    n: int = 0
    cut: int = 0
    sum_s: int = 0
    bins: tuple[int, ...] = (0,) * 22


class Grouped(Struct):
    """Group entries of one line on one day that are still too few, or not yet at a quarter, to be told."""

    day: float
    n: int = 0


class Door:
    """The door of one device. It remembers what it let out, so each window leaves once and with one value.

    `refused` counts what broke a rule, `withheld` the durations that were too few when their day ended.
    """

    def __init__(self, plan: Plan, after: int = 0) -> None:
        """`after`: the end of the last window published before a restart; nothing up to it is said again.

        PlanError at level dp, which this version does not have: better no start than a level that is not kept.
        """
        if plan.level not in ("strict", "standard"):
            raise PlanError("level: dp is not available in this version; choose strict or standard")
        self.refused = self.withheld = 0
        self._plan, self._strict = plan, plan.level == "strict"
        self._last, self._live_at = after, float("-inf")
        self._carried: dict[tuple[str, str], Carried] = {}
        self._grouped: dict[str, Grouped] = {}

    def release(self, closed: Closed) -> tuple[AnyValue, ...] | None:
        """The values of one closed window that may leave; None where nothing may.

        Windows must come in the order of their ends, each once; else they are refused whole.
        """
        if closed.end <= self._last or closed.end % COUNT_S:
            self.refused += 1
            return None
        self._last = closed.end
        out: list[AnyValue] = []
        for value in closed.values:
            try:
                let = self._let(value, closed.end)
            except Exception:
                # Whatever is wrong with a value, it stays inside and the device lives on.
                self.refused += 1
                continue
            out += let
        return tuple(out) or None

    def live(self, live: Live) -> Live | None:
        """The state of now as it may be shown; None where the clock went back by more than 2 seconds."""
        at = live.at.timestamp()
        if at < self._live_at - BACK_S or live.level != self._plan.level:
            self.refused += 1
            return None
        self._live_at = max(self._live_at, at)
        if self._strict:
            return replace(live, queue=None, occupancy=None, tills_open=None)
        return replace(live, occupancy=None if live.occupancy is None else 5 * round(live.occupancy / 5))

    def _let(self, value: Measured, end: int) -> list[AnyValue]:
        if isinstance(value, DayHeat | DayFlows | Quality):
            return self._day(value, end)
        start = int(value.start.timestamp())
        length = COUNT_S if type(value) is Count else STAY_S
        if start != end - length or end % length or value.withheld or value.revision:
            self.refused += 1
        elif type(value) is Count:
            return [self._count(value, start, end)]
        elif type(value) is Load:
            return [self._load(value)]
        elif type(value) is Stat:
            told = self._stat(value, start, end)
            return [] if told is None else [told]
        else:
            self.refused += 1
        return []

    def _day(self, value: DayHeat | DayFlows | Quality, end: int) -> list[AnyValue]:
        start = value.start.timestamp() if isinstance(value, Quality) else value.start
        if (start, end) != day_bounds(start, self._plan.timezone, self._plan.day_starts):
            self.refused += 1
        elif isinstance(value, Quality):
            return [self._quality(value)]
        elif self._strict:
            return []
        elif isinstance(value, DayHeat):
            return [_heat(value)]
        else:
            return _flows(value)
        return []

    def _quality(self, value: Quality) -> Quality:
        # Totals of tags have a threshold and a carrying of their own, which this version does not have.
        looked = None if value.looked is None else round(value.looked, 2)
        return replace(value, looked=looked, tag_n=None, camera_n=None, matched=None)

    def _count(self, value: Count, start: int, end: int) -> Count:
        if self._strict and _small(value.entries, value.exits, value.passers):
            self._groups(value, start, end, tell=False)
            return replace(value, withheld="n<5", entries=None, exits=None, groups=None, passers=None)
        return replace(value, groups=self._groups(value, start, end, tell=True))

    def _groups(self, value: Count, start: int, end: int, *, tell: bool) -> int | None:
        """Group entries since the line last told any on this day; None between quarters of an hour and below k."""
        day = day_bounds(start, self._plan.timezone, self._plan.day_starts)[0]
        carried = self._grouped.get(value.place)
        if carried is None or carried.day != day:
            carried = self._grouped[value.place] = Grouped(day)
        carried.n += value.groups or 0
        if not tell or end % STAY_S or carried.n < K or value.groups is None:
            return None
        told, carried.n = carried.n, 0
        return told

    def _load(self, value: Load) -> Load:
        coarse = replace(value, mean=_half(value.mean), tills_open=_half(value.tills_open))
        if not self._strict:
            return coarse
        if _small(value.max, value.joined, value.served):
            measured: dict[str, None] = dict.fromkeys(("mean", "max", "joined", "served", "abandoned", "tills_open"))
            return replace(value, withheld="n<5", **measured)
        # Never said at this level, whatever it is: so its absence says nothing.
        return replace(coarse, abandoned=None)

    def _stat(self, value: Stat, start: int, end: int) -> Stat | None:
        key = (value.place, value.of)
        carried = self._carried.get(key)
        day_start, day_end = day_bounds(start, self._plan.timezone, self._plan.day_starts)
        if carried is None or carried.start < day_start:
            # First of this run, or days were skipped in which nobody looked: older durations are never told.
            self.withheld += carried.n if carried else 0
            carried = self._carried[key] = Carried(start)
        _join(carried, value)
        if carried.n < K and end < day_end:
            return None
        self._carried[key] = Carried(end)
        told = replace(value, start=stamp(carried.start), observed_s=carried.observed_s)
        if carried.n < K:
            self.withheld += carried.n
            return replace(told, withheld="n<5", n=None, cut=None, sum_s=None, bins=None)
        return replace(told, n=carried.n, cut=carried.cut, sum_s=carried.sum_s, bins=carried.bins)


def _join(carried: Carried, value: Stat) -> None:
    carried.observed_s += value.observed_s
    if value.n is None or value.cut is None or value.sum_s is None or value.bins is None:
        return  # nobody looked: nothing to add, and the window's observed_s says so
    carried.n += value.n
    carried.cut += value.cut
    carried.sum_s += value.sum_s
    carried.bins = tuple(a + b for a, b in zip(carried.bins, value.bins, strict=True))


def _heat(value: DayHeat) -> Heat:
    looked = value.observed_s > 0
    cells = joined(value.blocks, CELL)[:MOST_CELLS]
    rounded = tuple((column, row, round(s / HEAT_STEP_S) * HEAT_STEP_S) for column, row, s in cells)
    return Heat(
        place=value.place, start=stamp(value.start), observed_s=value.observed_s, withheld=None, revision=0,
        cells=rounded if looked else None, cell_m=value.cell_m,
    )  # fmt: skip


def _flows(value: DayFlows) -> list[AnyValue]:
    """Every pair of places is spoken of, so that what is withheld does not say where anybody went."""
    told: list[AnyValue] = []
    for (place, to), n in suppressed(value.counts, CELL).items():
        looked = value.observed_s > 0
        flow = Flow(
            place=place, start=stamp(value.start), observed_s=value.observed_s,
            withheld="n<10" if looked and n is None else None, revision=0,
            to=to, n=None if n is None or not looked else FLOW_STEP * ((n + 2) // FLOW_STEP),
        )  # fmt: skip
        told.append(flow)
    return told


def _small(*numbers: int | None) -> bool:
    """Whether any number that was measured is below k; 0 is as small as 1 to 4, else its absence would say which."""
    return any(number is not None and number < K for number in numbers)


def _half(mean: float | None) -> float | None:
    return None if mean is None else int(mean * 2 + 0.5) / 2
