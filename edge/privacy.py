"""The only door out: what may leave the device, and in which form.

    standard   Count as it is, but its groups only at the quarters of an hour and from k = 5 on, else carried on; Load
               with its mean to 0.5; Stat from k people on, else carried into the next window of its place and kind;
               Flow from 10 people on, to 5, with others withheld beside a withheld one; Heat of cells with 10 visits
               or more, else joined, to 60 s; Quality with its tags from 30 on; live with occupancy to 5, a queue
               once in 10 s and a zone once in 60 s
    strict     besides: a Count in which any measured number is below k, and a Load whose max or joined is below k,
               are withheld whole ("n<5"), `served` and `abandoned` are never said (told waits less told served
               would give back a served that is withheld); no Flow and no Heat; live is the alert alone
    dp         a Count an hour and a Stat a day, with noise that the ledger paid for (edge/noised.py); Quality
               coarser; nothing else

It fails closed. What has no rule here, is too short, comes twice, or comes after the clock went back is refused and
counted, and never raises: a device that keeps silent is better than one that dies or tells.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from edge.allowed import Allowed
from edge.budget import Purse
from edge.carrying import Carried, Grouped, Tagged
from edge.measure.daily import Measured
from edge.measure.days import day_bounds
from edge.measure.flows import DayFlows, suppressed
from edge.measure.heat import DayHeat, joined
from edge.measure.live import QUEUE_S, ZONE_S
from edge.measure.windows import Closed
from edge.messages import LONGEST_S, Live, stamp
from edge.noised import Noised, coarse
from edge.plan import Plan
from edge.values import COUNT_S, STAY_S, AnyValue, Count, Flow, Heat, K, Load, Quality, Stat

BACK_S = 2.0
CELL, FLOW_STEP, HEAT_STEP_S = 10, 5, 60
TAGS = 30
MOST_CELLS = 3000  # a message is 64 kB at most


class Door:
    """The door of one device. It remembers what it let out, so each window leaves once and with one value.

    `refused` counts what broke a rule, `withheld` the durations that were too few when their day ended.
    """

    def __init__(self, plan: Plan, after: int = 0, purse: Purse | None = None) -> None:
        """`after`: the end of the last window published before a restart; nothing up to it is said again.

        `purse` pays for the noise of level dp; without it that level withholds everything.
        """
        self.refused = self.withheld = 0
        self._plan, self._strict, self._allowed = plan, plan.level == "strict", Allowed(plan)
        self._noised = Noised(plan, after, purse) if plan.level == "dp" else None
        self._last, self._live_at = after, float("-inf")
        self._carried: dict[tuple[str, str], Carried] = {}
        self._grouped: dict[str, Grouped] = {}
        self._tagged: dict[str, Tagged] = {}
        self._shown: dict[str, float] = {}

    def release(self, closed: Closed) -> tuple[AnyValue, ...] | None:
        """The values of one closed window that may leave; None where nothing may.

        Windows must come in the order of their ends, each once; else they are refused whole.
        """
        if closed.end <= self._last or closed.end % COUNT_S:
            self.refused += 1
            return None
        self._last = closed.end
        out: list[AnyValue] = []
        spoken: set[tuple[object, ...]] = set()
        for value in closed.values:
            try:
                known = _subject(value) not in spoken and self._allowed.measured(value)
                let = self._let(value, closed) if known else None
                told = [] if let is None else [one for one in let if self._allowed.told(one, closed.end)]
            except Exception:
                # Whatever is wrong with a value, it stays inside and the device lives on.
                self.refused += 1
                continue
            self.refused += let is None or len(told) < len(let)
            out += told
            if let is not None:
                spoken.add(_subject(value))
        return (*out, *self._noisy(closed.end)) or None

    def _noisy(self, end: int) -> list[AnyValue]:
        """The hour and the day of level dp that end at `end`; what goes wrong there is paid for and not told."""
        if self._noised is None:
            return []
        try:
            return [one for one in self._noised.close(end) if self._allowed.told(one, end)]
        except Exception:
            self.refused += 1
            return []

    def live(self, live: Live) -> Live | None:
        """The state of now as it may be shown; None where the clock went back by more than 2 seconds, and where the
        place was shown already in these 10 or 60 s: anything finer would give single people's comings and goings.
        """
        if self._noised:
            return None
        at, live = live.at.timestamp(), self._coarse(live)
        if at < self._live_at - BACK_S or not self._allowed.live(live):
            self.refused += 1
            return None
        self._live_at = max(self._live_at, at)
        mark = at // (QUEUE_S if self._allowed.is_queue(live.place) else ZONE_S)
        if mark <= self._shown.get(live.place, -1.0):
            return None
        self._shown[live.place] = mark
        return live

    def _coarse(self, live: Live) -> Live:
        if self._strict:
            return replace(live, queue=None, occupancy=None, tills_open=None)
        return replace(live, occupancy=None if live.occupancy is None else 5 * round(live.occupancy / 5))

    def _let(self, value: Measured, closed: Closed) -> Sequence[AnyValue] | None:
        """What may be told of a value; None where it broke a rule."""
        end = closed.end
        if isinstance(value, DayHeat | DayFlows | Quality):
            return self._day(value, end)
        start = int(value.start.timestamp())
        length = COUNT_S if isinstance(value, Count) else STAY_S
        if start != end - length or end % length or value.withheld or value.revision:
            return None
        if self._noised:
            self._noised.add(value)
        elif isinstance(value, Count):
            return [self._count(value, start, end)]
        elif isinstance(value, Load):
            return [self._load(value)]
        elif isinstance(value, Stat):
            return self._stat(value, start, end, closed.again.get((value.place, value.of), 0))
        else:
            return None
        return ()

    def _day(self, value: DayHeat | DayFlows | Quality, end: int) -> Sequence[AnyValue] | None:
        start = value.start.timestamp() if isinstance(value, Quality) else value.start
        if (start, end) != day_bounds(start, self._plan.timezone, self._plan.day_starts):
            return None
        if isinstance(value, Quality):
            return [self._quality(value)]
        if self._strict or self._noised:
            return ()
        return [_heat(value)] if isinstance(value, DayHeat) else _flows(value)

    def _quality(self, value: Quality) -> Quality:
        """A sensor's quality. Tags are told as totals of all days since they were told last, from 30 entries of
        either kind on; then the value begins with the first of these days. After 40 days they are forgotten.
        """
        value = coarse(value) if self._noised else value
        looked = None if value.looked is None else round(value.looked, 2)
        bare = replace(value, looked=looked, tag_n=None, camera_n=None, matched=None)
        if value.tag_n is None or self._strict or self._noised:
            return bare
        start = int(value.start.timestamp())
        tagged = self._tagged.get(value.place)
        if tagged is None or start - tagged.start > LONGEST_S - 2 * 86_400:
            tagged = self._tagged[value.place] = Tagged(start)
        tagged.join(value)
        if tagged.least < TAGS:
            return bare if looked is not None or value.model else replace(bare, withheld="n<30")
        del self._tagged[value.place]
        return replace(
            bare, start=stamp(tagged.start), observed_s=tagged.observed_s,
            tag_n=tagged.tag_n, camera_n=tagged.camera_n, matched=tagged.matched,
        )  # fmt: skip

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
        if _small(value.max, value.joined):
            measured: dict[str, None] = dict.fromkeys(("mean", "max", "joined", "served", "abandoned", "tills_open"))
            return replace(value, withheld="n<5", **measured)
        # Never said at this level, whatever they are: so their absence says nothing. How many were served is the
        # number of told waits, which may be carried over several of these windows.
        return replace(coarse, served=None, abandoned=None)

    def _stat(self, value: Stat, start: int, end: int, again: int) -> Sequence[Stat]:
        key = (value.place, value.of)
        carried = self._carried.get(key)
        day_start, day_end = day_bounds(start, self._plan.timezone, self._plan.day_starts)
        if carried is None or carried.start < day_start:
            # First of this run, or days were skipped in which nobody looked: older durations are never told.
            self.withheld += carried.n if carried else 0
            carried = self._carried[key] = Carried(start)
        carried.join(value, again)
        if carried.people < K and end < day_end:
            return ()
        self._carried[key] = Carried(end)
        told = replace(value, start=stamp(carried.start), observed_s=carried.observed_s)
        if carried.people < K:
            self.withheld += carried.n
            return [replace(told, withheld="n<5", n=None, cut=None, sum_s=None, bins=None)]
        return [replace(told, n=carried.n, cut=carried.cut, sum_s=carried.sum_s, bins=carried.bins)]


def _subject(value: Measured) -> tuple[object, ...]:
    """Of what a value speaks: in one window it is spoken of once."""
    where = tuple(value.counts) if isinstance(value, DayFlows) else value.place
    return type(value), where, getattr(value, "of", None)


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
