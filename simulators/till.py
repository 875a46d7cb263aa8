"""The queue before the tills: who stands where, who is served when, who gives up. One instance is one day."""

import heapq

import numpy as np
from msgspec import Struct

from simulators.shop import QUEUE, SERVICE, SLOTS, TILLS
from simulators.walks import Route

_LANE_Y, _EDGE_Y, _SERVICE_Y = 4.2, QUEUE[2][1], SERVICE[2][1]
_OPEN_AT, _COMING_S, IDLE_S = 4, 30.0, 60.0


class Wait(Struct, frozen=True):
    """One person's queueing, Unix seconds; None where it did not come to that. `left` is giving up."""

    joined: float
    served: float | None
    done: float | None
    left: float | None
    till: int | None


class Buyer(Struct):
    """Somebody on the way to the tills: how long the service will take, what the person puts up with."""

    route: Route
    service_s: float
    patience_s: float
    longest: int
    wait: Wait | None = None


class Tills:
    """Runs the buyers through one queue and two tills; the second opens when the queue is long."""

    def __init__(self, buyers: list[Buyer], alone: list[tuple[float, float]]) -> None:
        self.buyers = buyers
        self.alone = alone  # when the second cashier is away
        self.waiting: list[int] = []
        self.coming = 0
        self.busy: list[bool] = [False, False]
        self.second = False
        self.calls: list[list[float]] = []  # when the second till was open: [from, to]
        self.idle_since = 0.0
        self.events: list[tuple[float, int, str, int]] = []
        self.pushed = 0

    def run(self) -> None:
        """Fills in every buyer's wait and route up to leaving the queue."""
        for i, buyer in enumerate(self.buyers):
            self._push(buyer.route.at, "decide", i)
        while self.events:
            at, _, what, i = heapq.heappop(self.events)
            getattr(self, f"_{what}")(at, i)
        if self.second:
            self.calls[-1][1] = self.idle_since + IDLE_S

    def _push(self, at: float, what: str, i: int) -> None:
        self.pushed += 1
        heapq.heappush(self.events, (at, self.pushed, what, i))

    def _decide(self, at: float, i: int) -> None:
        buyer, tail = self.buyers[i], len(self.waiting) + self.coming
        if tail >= min(buyer.longest, len(SLOTS)):
            return
        x, _ = SLOTS[tail]
        buyer.route.go(x - 0.4, _LANE_Y)
        self.coming += 1
        self._push(buyer.route.go(x, _EDGE_Y), "join", i)

    def _join(self, at: float, i: int) -> None:
        self.coming -= 1
        self.waiting.append(i)
        buyer = self.buyers[i]
        buyer.wait = Wait(at, None, None, None, None)
        buyer.route.go(*SLOTS[len(self.waiting) - 1], 0.8)
        self._push(at + buyer.patience_s, "tire", i)
        if len(self.waiting) >= _OPEN_AT and not self.second and not self._alone(at):
            self.second = True
            self.calls.append([at, at])
            self._push(at + _COMING_S, "call", i)
        self._serve(at)

    def _alone(self, at: float) -> bool:
        return any(start <= at < end for start, end in self.alone)

    def _call(self, at: float, _: int) -> None:
        self.calls[-1][1] = at
        self.idle_since = at
        self._push(at + IDLE_S, "rest", 1)
        self._serve(at)

    def _rest(self, at: float, _: int) -> None:
        if self.busy[1] or at < self.idle_since + IDLE_S - 0.1:
            return
        self.second = False
        self.calls[-1][1] = at

    def _tire(self, at: float, i: int) -> None:
        # Nobody gives up at the very front.
        if i not in self.waiting or self.waiting[0] == i:
            return
        place = self.waiting.index(i)
        self.waiting.remove(i)
        buyer = self.buyers[i]
        buyer.route.stay(at)
        left = buyer.route.go(buyer.route.place[0], _EDGE_Y)
        assert buyer.wait is not None
        buyer.wait = Wait(buyer.wait.joined, None, None, left, None)
        self._move_up(at, place)

    def _serve(self, at: float) -> None:
        for till in range(len(TILLS)):
            if self.waiting and not self.busy[till] and self._open(till, at):
                self._start(at, till, self.waiting.pop(0))
                self._move_up(at, 0)

    def _open(self, till: int, at: float) -> bool:
        return till == 0 or (self.second and at >= self.calls[-1][0] + _COMING_S)

    def _start(self, at: float, till: int, i: int) -> None:
        buyer = self.buyers[i]
        self.busy[till] = True
        x, y = TILLS[till]
        buyer.route.stay(at + 0.5)
        served = buyer.route.go(SERVICE[0][0], 2.6)
        if till:
            buyer.route.go(x - 0.8, 2.6)
        buyer.route.stay(buyer.route.go(x, y) + buyer.service_s)
        done = buyer.route.go(x - 0.1, _SERVICE_Y)
        buyer.route.go(x - 0.2, _EDGE_Y)
        assert buyer.wait is not None
        buyer.wait = Wait(buyer.wait.joined, served, done, None, till)
        self._push(done, "free", till)

    def _free(self, at: float, till: int) -> None:
        self.busy[till] = False
        if till:
            self.idle_since = at
            self._push(at + IDLE_S, "rest", till)
        self._serve(at)

    def _move_up(self, at: float, first: int) -> None:
        for place in range(first, len(self.waiting)):
            route = self.buyers[self.waiting[place]].route
            route.stay(at + 0.5 + 0.3 * (place - first))
            route.go(*SLOTS[place], 0.7)


def patience(rng: np.random.Generator) -> float:
    """Seconds somebody waits before giving up: median 9 minutes, never under 90 s."""
    return float(max(90.0, rng.lognormal(np.log(540.0), 0.55)))
