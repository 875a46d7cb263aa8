"""How known systems choose a room, written anew from their descriptions; each speaks at the end of every second.

A rule takes what each scanner heard in each second, and says for each second the scanner (or, of the neighbours, the
zone) that it believes nearest. None of this is their code.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

Second = dict[str, list[float]]
"""Strengths heard in one second, by scanner."""
_GONE_S = 10


def strongest(seconds: Sequence[Second]) -> list[str | None]:
    """The strongest mean of 3 s; a challenger must be 4 dB stronger for 2 s."""
    said: list[str | None] = []
    holder, rival, lead = None, None, 0
    for t in range(len(seconds)):
        means = _means(seconds[max(0, t - 2) : t + 1])
        if means:
            best = max(means, key=lambda name: means[name])
            leads = best != holder and means[best] >= means.get(holder or "", -math.inf) + 4
            rival, lead = (best, lead + 1 if best == rival else 1) if leads else (None, 0)
            if holder is None or lead >= 2:
                holder, lead = best, 0
        said.append(holder)
    return said


def fenced(seconds: Sequence[Second]) -> list[str | None]:
    """ESPresense-like: each scanner averages 15 s inside Tukey's fences, the closest wins."""
    said: list[str | None] = []
    for t in range(len(seconds)):
        heard = _gathered(seconds[max(0, t - 14) : t + 1])
        level = {}
        for name, values in heard.items():
            low, high = np.percentile(values, [25, 75])
            kept = [v for v in values if low - 1.5 * (high - low) <= v <= high + 1.5 * (high - low)]
            level[name] = float(np.mean(kept))
        said.append(max(level, key=lambda name: level[name]) if level else None)
    return said


def kalman(seconds: Sequence[Second], process: float = 0.008, noise: float = 4.0) -> list[str | None]:
    """room-assistant-like: a Kalman filter for each scanner's distance, the smallest wins, time-out 60 s."""
    said: list[str | None] = []
    state: dict[str, tuple[float, float, int]] = {}
    for t, second in enumerate(seconds):
        for name, values in second.items():
            for value in values:
                x, p, _ = state.get(name, (value, 1.0, t))
                p += process
                gain = p / (p + noise)
                state[name] = (x + gain * (value - x), (1 - gain) * p, t)
        level = {name: x for name, (x, _, last) in state.items() if t - last <= 60}
        said.append(max(level, key=lambda name: level[name]) if level else None)
    return said


def bermuda(seconds: Sequence[Second]) -> list[str | None]:
    """Bermuda-like: distances by a running mean of 20 that only trusts getting closer, readings that flee faster than
    3 m/s dropped; a challenger wins 30 % closer, or 15 % closer with its worst of 5 better than the incumbent's best.
    """
    said: list[str | None] = []
    history: dict[str, deque[float]] = {}
    last: dict[str, int] = {}
    holder: str | None = None
    for t, second in enumerate(seconds):
        for name, values in second.items():
            far = 10 ** ((-55 - float(np.mean(values))) / 30)
            past = history.setdefault(name, deque(maxlen=20))
            if not past or far <= past[0] + 3 * max(1, t - last[name]):
                past.appendleft(far)
                last[name] = t
        near = {
            name: min(past[0], float(np.mean(np.minimum.accumulate(np.array(past)))))
            for name, past in history.items()
            if t - last[name] <= _GONE_S
        }
        if holder not in near:
            holder = min(near, key=lambda name: near[name]) if near else None
        for name in sorted(near, key=lambda name: near[name]):
            if holder is None or name == holder:
                continue
            worst, best = max([*history[name]][:5]), min([*history[holder]][:5])
            if near[name] < 0.7 * near[holder] or (near[name] < 0.85 * near[holder] and worst < best):
                holder = name
        said.append(holder)
    return said


def neighbours(
    seconds: Sequence[Second], spots: dict[str, list[Second]], deaf: float = -100.0, k: int = 3
) -> list[str | None]:
    """kNN: the commonest zone of the k surveyed spots whose mean strengths are nearest to the median of 5 s."""
    names = sorted({name for own in spots.values() for spot in own for name in spot})
    table = [(zone, [np.mean(s[n]) if s.get(n) else deaf for n in names]) for zone, own in spots.items() for s in own]
    levels = np.array([row for _, row in table])
    said: list[str | None] = []
    for t in range(len(seconds)):
        heard = _gathered(seconds[max(0, t - 4) : t + 1])
        if not heard:
            said.append(said[-1] if said else None)
            continue
        now = np.array([np.median(heard[n]) if heard.get(n) else deaf for n in names])
        nearest = ((levels - now) ** 2).sum(axis=1).argsort()[:k]
        said.append(Counter(table[i][0] for i in nearest).most_common(1)[0][0])
    return said


RULES: dict[str, Callable[[Sequence[Second]], list[str | None]]] = {
    "strongest, 4 dB / 2 s": strongest,
    "Bermuda-like": bermuda,
    "ESPresense-like": fenced,
    "room-assistant-like": kalman,
}


class Visits(NamedTuple):
    """Stays: those that were, those told where the tag was not within 3 s, those not told within 3 s."""

    true: int
    ghosts: int
    missed: int
    changes: int


def visits(truth: Sequence[str | None], said: Sequence[str | None], slack: int = 3) -> Visits:
    """The stays in two rows of zones, second by second; an unknown place is no stay."""
    ghosts = [zone for a, b, zone in _stays(said) if zone not in truth[max(0, a - slack) : b + slack]]
    true = _stays(truth)
    missed = [zone for a, b, zone in true if zone not in said[max(0, a - slack) : b + slack]]
    return Visits(len(true), len(ghosts), len(missed), max(0, len(_stays(said)) - 1))


def _stays(zones: Sequence[str | None]) -> list[tuple[int, int, str]]:
    found, at = [], 0
    for zone, group in groupby(zones):
        n = len(list(group))
        if zone is not None:
            found.append((at, at + n, zone))
        at += n
    return found


def _gathered(seconds: Sequence[Second]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for second in seconds:
        for name, values in second.items():
            found.setdefault(name, []).extend(values)
    return found


def _means(seconds: Sequence[Second]) -> dict[str, float]:
    return {name: float(np.mean(values)) for name, values in _gathered(seconds).items()}
