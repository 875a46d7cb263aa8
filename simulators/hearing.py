"""What goes wrong between a tag and its gateway: scanners that are dead, run by another clock, miss or average."""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from simulators.adverts import Advert
from simulators.shop import Floats

AVERAGE_S = 15.0
_FENCE = 1.5


class Hearing(Struct, frozen=True, kw_only=True):
    """How the scanners are.

    `dead`: (scanner, start, end), Unix seconds, in which it heard nothing; `skew`: by how many seconds a scanner's
    own clock is ahead; `missed`: the share of advertisements that are lost besides; `averages`: every scanner sends
    the mean of its last 15 seconds, without outliers, as ESPresense does.
    """

    dead: tuple[tuple[str, float, float], ...] = ()
    skew: tuple[tuple[str, float], ...] = ()
    missed: float = 0.0
    averages: bool = False


def passed_on(heard: Iterable[Advert], hearing: Hearing, seed: int = 1) -> Iterator[Advert]:
    """The advertisements, in order of time, as the scanners pass them on; the times are those of their clocks."""
    rng, ahead = np.random.default_rng([seed, 79]), dict(hearing.skew)
    recent: dict[tuple[int, str], deque[tuple[float, int]]] = defaultdict(deque)
    for advert in heard:
        if rng.random() < hearing.missed or _is_dead(advert, hearing):
            continue
        if hearing.averages:
            kept = recent[advert.tag, advert.scanner]
            kept.append((advert.at, advert.rssi))
            while kept[0][0] < advert.at - AVERAGE_S:
                kept.popleft()
            advert = advert._replace(rssi=round(_fenced(np.array([rssi for _, rssi in kept]))))
        skew = ahead.get(advert.scanner, 0.0)
        yield advert._replace(at=round(advert.at + skew, 3)) if skew else advert


def _is_dead(advert: Advert, hearing: Hearing) -> bool:
    return any(advert.scanner == scanner and start <= advert.at < end for scanner, start, end in hearing.dead)


def _fenced(strengths: Floats) -> float:
    """The mean of those within one and a half quartile ranges of the quartiles (Tukey's fences)."""
    low, high = np.percentile(strengths, (25, 75))
    reach = _FENCE * (high - low)
    inside = strengths[(strengths >= low - reach) & (strengths <= high + reach)]
    mean = float(inside.mean())
    assert math.isfinite(mean)
    return mean
