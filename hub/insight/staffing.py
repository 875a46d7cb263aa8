"""How many tills a promise needs: Erlang's waiting formula (Erlang C), which is a model and is called one.

It takes arrivals at random (Poisson), service times that scatter like an exponential, one common queue, and nobody
who gives up. So it asks for a little more than is needed where people do give up.
"""

from math import exp, floor
from typing import NamedTuple

MOST_TILLS = 200


class Waiting(NamedTuple):
    """What customers meet with so many tills: the share that waits at all, the mean wait of all in seconds, the share
    that waits no longer than promised, and the share of the tills' time that is service."""

    share: float
    mean_s: float
    within: float
    busy: float


def waiting(arrivals_h: float, service_s: float, tills: int, promise_s: float) -> Waiting | None:
    """What to expect of `tills` tills with `arrivals_h` customers an hour who are served `service_s` seconds each.

    None where the tills cannot keep up: the queue then grows as long as customers come, and no figure describes it.
    Formula: offered load a = arrivals x service; share that waits C(c, a) by Erlang B's recursion; mean wait
    C s / (c - a); P(wait <= t) = 1 - C exp(-(c - a) t / s). ValueError for a negative or absurd argument.
    """
    if arrivals_h < 0 or service_s <= 0 or promise_s < 0 or not 0 < tills <= MOST_TILLS:
        raise ValueError("arrivals and promise from 0 on, service above 0, 1 to 200 tills")
    load = arrivals_h * service_s / 3600
    if load >= tills:
        return None
    share = _share_that_waits(load, tills)
    spare = tills - load
    return Waiting(share, share * service_s / spare, 1 - share * exp(-spare * promise_s / service_s), load / tills)


def tills_needed(arrivals_h: float, service_s: float, promise_s: float, level: float = 0.9) -> int | None:
    """The smallest number of tills with which at least `level` of the customers wait no longer than promised.

    At least one, for a shop that is open; None where 200 tills do not suffice. ValueError for a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    fewest = max(1, floor(arrivals_h * service_s / 3600))
    for tills in range(fewest, MOST_TILLS + 1):
        expected = waiting(arrivals_h, service_s, tills, promise_s)
        if expected is not None and expected.within >= level:
            return tills
    return None


def _share_that_waits(load: float, tills: int) -> float:
    """Erlang C of the offered load, by way of Erlang B: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1))."""
    lost = 1.0
    for k in range(1, tills + 1):
        lost = load * lost / (k + load * lost)
    return tills * lost / (tills - load * (1 - lost))
