"""The named questions against a brute force in plain Python over the messages themselves: doors that are none for a
while, windows that are late, revised, unmeasured or missing, days of 23 and 25 hours, zones at +5:30 and +5:45.
"""

import math
import random
import statistics
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.values import EDGES_S, Count, Load, Stat
from hub.serve import questions
from hub.serve.questions import QUESTIONS

QUARTER, DAY_S = 900, 86_400
BASES = {  # at 22:00 UTC of a day, so that the change of a business day lies in what is made
    "short": datetime(2026, 3, 28, 22, tzinfo=UTC).timestamp(),
    "long": datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp(),
    "usual": datetime(2026, 6, 9, 22, tzinfo=UTC).timestamp(),
}
HOURS = 10
LINES = (("cam-01", "door"), ("cam-01", "pavement"), ("cam-02", "side"))
PLACES = (("cam-01", "centre"), ("cam-01", "till_a"))
PROMISE_S = 180


class Version(NamedTuple):
    """A place in [since, until)."""

    place: str
    kind: str
    role: str
    since: float
    until: float


class Made:
    """What the devices of a site said: everything of one draw, sent to a store in batches."""

    def __init__(self, hub, shop, site, base, seed):
        self.chance, self.site, self.base = random.Random(seed), site, base
        self.rule, self.hub = hub.store.sites[site], hub
        self.shops = {
            device: type(shop)(site=site, device=device, epoch=f"0000000{device[-1]}")
            for device in ("cam-01", "cam-02")
        }
        self.versions: dict[tuple[str, str], list[Version]] = {}
        self.values: dict[tuple, tuple[int, int, object]] = {}
        self.turn = 0
        self._say()

    def _say(self):
        """Statuses first, then windows, a few of them late."""
        statuses = self._statuses()
        messages = [message for line in LINES for message in self._counts(*line)]
        messages += [message for place in PLACES for message in self._loads(*place)]
        messages += [
            message for of, place in (("dwell", "centre"), ("wait", "till_a")) for message in self._stats(of, place)
        ]
        messages.sort(key=lambda found: found[0] + (self.chance.random() < 0.1) * self.chance.randint(0, 7200))
        self.hub.take(*statuses, at=self.base + 3 * DAY_S)
        step = self.chance.randint(20, 200)
        for low in range(0, len(messages), step):
            batch = []
            for end, device, value in messages[low : low + step]:
                self.turn += 1
                self._keep(device, end, value)
                batch.append(self.shops[device].raw(self.shops[device].window(end, value)))
            self.hub.take(*batch, at=self.base + 3 * DAY_S + low)

    def _keep(self, device, end, value):
        key = (type(value), device, value.place, getattr(value, "of", ""), value.start.timestamp(), end)
        rank = (value.revision, self.turn)
        if key not in self.values or self.values[key][:2] < rank:
            self.values[key] = (*rank, value)

    def _statuses(self):
        """The door is a passing line for a while, and what cam-02 has may be there from later on only."""
        first, side = self.shops["cam-01"], self.shops["cam-02"]
        door, centre, till = first.status().places
        pavement = msgspec.structs.replace(door, id="pavement", role="passing")
        begins, ends = sorted(self.base + self.chance.randint(0, HOURS * 3600) for _ in range(2))
        told = [(self.base - 60, door)]
        told += [(begins, msgspec.structs.replace(door, role="passing")), (ends, door)] if begins < ends else []
        ever = (0.0, math.inf)
        for name, kind, role in (
            ("pavement", "line", "passing"),
            ("centre", "zone", "area"),
            ("till_a", "queue", "queue"),
        ):
            self.versions["cam-01", name] = [Version(name, kind, role, *ever)]
        moments = [0.0, *(at for at, _ in told[1:]), math.inf]
        self.versions["cam-01", "door"] = [
            Version("door", "line", drawn.role, since, until)
            for (_, drawn), since, until in zip(told, moments[:-1], moments[1:], strict=True)
        ]
        self.versions["cam-02", "side"] = [Version("side", "line", "door", *ever)]
        said = [
            first.raw(first.status(at=at, places=(drawn, pavement, centre, till)), "status") for at, drawn in told
        ]
        other = (msgspec.structs.replace(door, id="side"),)
        return [*said, side.raw(side.status(at=self.base - 60, places=other), "status")]

    def _counts(self, device, place):
        begins = self.chance.choice((0, 0, 13, 40))
        for n in range(begins, HOURS * 12):
            if self.chance.random() < 0.12:
                continue
            end = self.base + 300 * (n + 1)
            for revision in (0, 1) if self.chance.random() < 0.05 else (0,):
                entries = None if self.chance.random() < 0.1 else self.chance.randint(0, 9)
                exits = None if entries is None else self.chance.randint(0, 9)
                looked = 0 if entries is None else self.chance.choice((300, 300, 120))
                count = self.shops[device].count(
                    end, entries, exits, place=place, observed_s=looked, revision=revision
                )
                yield end, device, count

    def _loads(self, device, place):
        for n in range(self.chance.choice((0, 5)), HOURS * 4):
            if self.chance.random() < 0.1:
                continue
            end = self.base + QUARTER * (n + 1)
            blind = self.chance.random() < 0.1
            about = {"place": place, "observed_s": 0 if blind else 850, "revision": self.chance.choice((0, 0, 0, 1))}
            about |= {"mean": None if blind else self.chance.random() * 5, "max": None if blind else 7}
            yield end, device, self.shops[device].load(end, **about)
            if self.chance.random() < 0.05:
                yield end, device, self.shops[device].load(end, **about | {"revision": 2, "max": None})

    def _stats(self, of, place):
        end = self.base
        while (length := QUARTER * self.chance.randint(1, 4)) and end + length <= self.base + HOURS * 3600:
            end += length
            bins = {i: self.chance.randint(0, 6) for i in range(22) if self.chance.random() < 0.4} | {8: 5}
            told = None if self.chance.random() < 0.2 else bins
            about = {"of": of, "place": place, "observed_s": self.chance.randint(0, length)}
            yield end, "cam-01", self.shops["cam-01"].stat(end, told, length, **about)

    def of(self, kind):
        """(device, start, end, value) of the values that count."""
        found = [(*key, value) for key, (_, _, value) in self.values.items() if key[0] is kind]
        return [(device, start, end, value) for _, device, _, _, start, end, value in found]

    def ask(self, name, start, end, now):
        """The answer from the database at a moment at which what ended by `now` should be there."""
        given = {"site": self.site} | {
            key: datetime.fromtimestamp(at, UTC).isoformat() for key, at in (("start", start), ("end", end))
        }
        values = questions.parse(name, given.items())
        bound = questions.bound(values, self.rule, now + questions.SETTLED_S)
        found = self.hub.store.ask(name, bound, questions.calendar(name, self.rule, values))
        return QUESTIONS[name].finish(found).to_pylist()

    def day(self, at):
        """The business day of a moment."""
        wall = datetime.fromtimestamp(at, ZoneInfo(self.rule.timezone)).replace(tzinfo=None)
        return (wall - timedelta(hours=int(self.rule.day_starts[:2]))).date()

    def quarters(self):
        """{(device, place, start): [observed_s, entries, exits]} of the lines."""
        sums: dict[tuple, list] = {}
        for device, start, _, value in self.of(Count):
            total = sums.setdefault((device, value.place, start // QUARTER * QUARTER), [0, None, None])
            total[0] += value.observed_s
            for i, number in ((1, value.entries), (2, value.exits)):
                if number is not None:
                    total[i] = (total[i] or 0) + number
        return sums

    def version(self, device, place, at):
        """What the place was at a moment."""
        return next(v for v in self.versions[device, place] if v.since <= at < v.until)

    def doors(self, sums, at):
        """The lines that are doors in the quarter hour, from their first one on."""
        first = {}
        for device, place, start in sums:
            first[device, place] = min(start, first.get((device, place), start))
        return [line for line, since in first.items() if at >= since and self.version(*line, at).role == "door"]


def steps(start, end):
    """The quarter hours that begin in [start, end)."""
    return range(math.ceil(start / QUARTER) * QUARTER, math.ceil(end), QUARTER)


def plus(numbers):
    """The sum of what is known, None where nothing is."""
    known = [n for n in numbers if n is not None]
    return sum(known) if known else None


def rounded(rows):
    """The rows as tuples of values that can be compared."""
    return [tuple(map(plain, row)) for row in rows]


def visitors(made, start, end, now):
    sums, rows = made.quarters(), []
    for at in steps(start, end):
        doors = made.doors(sums, at)
        seen = [sums[*door, at] for door in doors if (*door, at) in sums]
        if doors and (at + QUARTER <= now or seen):
            looked = sum(one[0] for one in seen) / (QUARTER * len(doors))
            rows.append((at, made.day(at), plus(one[1] for one in seen), plus(one[2] for one in seen), looked))
    return rounded(rows)


def coverage(made, start, end, now):
    looked = {key: one[0] for key, one in made.quarters().items()}
    looked |= {(device, value.place, at): value.observed_s for device, at, _, value in made.of(Load)}
    told = made.base - 60
    first = {}
    for device, place, at in looked:
        since = at if (device, place) in LINES else min(at, told)
        first[device, place] = min(since, first.get((device, place), since))
    hours: dict[tuple, list[int]] = {}
    for device, place in first:
        for at in steps(start, end):
            if at >= first[device, place] and at + QUARTER <= now:
                minute = datetime.fromtimestamp(at, ZoneInfo(made.rule.timezone)).minute
                hour = hours.setdefault((at - minute * 60, device, place), [0, 0])
                hour[0] += looked.get((device, place, at), 0)
                hour[1] += QUARTER
    return rounded((*key, seen / due) for key, (seen, due) in sorted(hours.items()))


def load(made, start, end):
    found = [(v.place, at, v.mean, v.max, v.joined, v.observed_s / QUARTER) for _, at, _, v in made.of(Load)]
    return rounded(sorted(row for row in found if start <= row[1] < end))


def quantile(bins, q):
    wanted, before = q * sum(bins), 0
    edges = [0, *EDGES_S, EDGES_S[-1]]
    for i, n in enumerate(bins):
        if n and before + n >= wanted:
            return edges[i] + (wanted - before) / n * (edges[i + 1] - edges[i])
        before += n
    raise AssertionError


def waits(made, start, end):
    rows = []
    for of, place in (("dwell", "centre"), ("wait", "till_a")):
        every = [(since, to, v) for _, since, to, v in made.of(Stat) if v.of == of and start < to <= end]
        told = [v for _, _, v in every if v.n is not None]
        if every:
            looked = sum(v.observed_s for _, _, v in every) / sum(to - since for since, to, _ in every)
            row = [place, of, None, None, None, None, looked, min(e[0] for e in every), max(e[1] for e in every)]
            if told:
                bins, n = (
                    [sum(column) for column in zip(*(v.bins for v in told), strict=True)],
                    sum(v.n for v in told),
                )
                kept = sum(bins[: EDGES_S.index(PROMISE_S) + 1]) / n
                within = kept if of == "wait" else None
                row[2:6] = n, quantile(bins, 0.9), sum(v.sum_s for v in told) / n, within
            rows.append(row)
    return rounded(rows)


def occupancy(made, start, end, now):
    sums, days = made.quarters(), {}
    for at in steps(made.base - 8 * DAY_S, made.base + 3 * DAY_S):
        if doors := made.doors(sums, at):
            days.setdefault(made.day(at), []).append((at, [sums.get((*door, at)) for door in doors]))
    curves, drifts, traffics = {}, {}, {}
    for day, quarters in days.items():
        inside = traffic = lowest = 0
        for at, seen in quarters:
            into, out = (sum((one[i] or 0) for one in seen if one) for i in (1, 2))
            inside, traffic = inside + into - out, traffic + into + out
            lowest = min(lowest, inside)
            measured = all(one and one[1] is not None and one[2] is not None for one in seen)
            curves[at] = (day, inside, traffic, lowest, measured, any(seen))
        over = next(at for at in steps(quarters[-1][0], quarters[-1][0] + 2 * DAY_S) if made.day(at) != day)
        if over <= now:
            drifts[day], traffics[day] = inside, traffic
    rows = []
    for at, (day, inside, traffic, lowest, measured, arrived) in sorted(curves.items()):
        if start <= at < end and (at + QUARTER <= now or arrived):
            people = inside - lowest
            if day in drifts:
                share = drifts[day] * traffic / traffics[day] if traffics[day] else inside
                people = max(0, math.floor(inside - share + 0.5))
            before = [day - timedelta(days=back) for back in range(1, 8)]
            usual = [abs(drifts[d]) for d in before if traffics.get(d)]
            rows.append(
                (at, people if measured else None, drifts.get(day), statistics.median(usual) if usual else None)
            )
    return rows


def columns(rows, *names):
    """The rows as tuples, times in Unix seconds, fractions to nine digits."""
    return [tuple(plain(row[name]) for name in names) for row in rows]


def plain(value):
    """A value that can be compared."""
    if isinstance(value, datetime):
        return value.timestamp()
    return round(value, 9) if isinstance(value, float) else value


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32), base=st.sampled_from(sorted(BASES)), site=st.sampled_from(["s001", "s002", "s003"])
)
def test_questions_are_what_the_messages_add_up_to(hub, shop, tmp_path_factory, seed, base, site):
    mine = type(hub)(tmp_path_factory.mktemp("truth") / "hub.duckdb")
    try:
        made = Made(mine, shop, site, BASES[base], seed)
        stranger = type(shop)(site="s002" if site == "s001" else "s001", device="cam-01", epoch="0000000c")
        other = made.base + 3600
        values = (stranger.count(other, 99), stranger.load(other, max=99), stranger.stat(other, {3: 99}))
        mine.take(stranger.raw(stranger.status(made.base), "status"), stranger.raw(stranger.window(other, *values)))
        start = made.base + made.chance.choice((-3600, 0, 420, 5400))
        end = start + made.chance.choice((1500, 3 * 3600, 14 * 3600, 30 * 3600))
        now = made.chance.choice((end, made.base + 6.5 * 3600, made.base + 2 * DAY_S))
        period = (start, end, now)
        found = columns(made.ask("visitors", *period), "start", "day", "entries", "exits", "coverage")
        assert found == visitors(made, *period)
        found = columns(made.ask("coverage", *period), "start", "device", "place", "coverage")
        assert sorted(found) == coverage(made, *period)
        found = columns(made.ask("load", *period), "place", "start", "mean", "max", "joined", "coverage")
        assert found == load(made, start, end)
        names = ("place", "of", "n", "p90_s", "mean_s", "within", "coverage", "first_start", "last_end")
        assert columns(made.ask("waits", *period), *names) == waits(made, start, end)
        found = columns(made.ask("occupancy", *period), "start", "people", "drift", "usual_drift")
        assert found == occupancy(made, *period)
    finally:
        mine.store.close()
