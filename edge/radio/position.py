"""Which zone each tag is in, second by second: the strongest scanner with hysteresis.

The rule can be replaced by another with the same three methods (`hear`, `step`, `silent`): all that follows takes
Guesses. A scanner stands for the zone it stands in, so this rule suits zones that follow the scanners.
"""

from typing import NamedTuple

import numpy as np

from edge.radio.adverts import Sighting
from edge.radio.floor import Scanners
from edge.radio.readings import Readings

MEAN_S = 3
LAG_S = 3.0
MARGIN_DB = 4.0
LEAD_S = 2
# How fast the share of right answers grows with the lead over the next zone (dB per e-fold of the odds),
# and how often a nearest-scanner rule is right at best.
ODDS_DB, SUREST = 6.0, 0.9


class Guess(NamedTuple):
    """Where a tag was at `at`: a zone or, with None, in none of them; `heard` is when it was last heard."""

    tag: int
    at: float
    zone: str | None
    probability: float
    heard: float


class Strongest:
    """A tag is where its strongest scanner stands; a challenger must be 4 dB stronger for 2 s.

    The answer of a step at `at` is about `at` - 3 s, the middle of what the means and the waiting saw.
    """

    def __init__(self, scanners: Scanners, tags: int) -> None:
        self._zones = scanners.zones
        self._readings = Readings(scanners.names, tags, MEAN_S)
        self._holder = np.full(tags, -1)
        self._rival = np.full(tags, -1)
        self._lead = np.zeros(tags, dtype=np.int64)
        self._since = np.nan

    def listen(self, at: float, scanner: str) -> bool:
        """Notes that a scanner works; False where it does not stand on this floor."""
        return self._readings.listen(at, scanner)

    def hear(self, sighting: Sighting) -> None:
        """Takes in one sighting of a second that is still to be stepped over."""
        self._readings.hear(sighting)

    def step(self, at: float) -> list[Guess]:
        """A guess for each tag in hearing, about the moment `at` - 3 s; to be called once a second."""
        self._since = np.fmin(self._since, at)
        there = self._readings.present(at)
        means, _ = self._readings.means(int(at), MEAN_S)
        level = np.nan_to_num(means, nan=-np.inf)
        self._hold(level, there)
        return [
            Guess(int(tag), at - LAG_S, self._zones[self._holder[tag]], self._sure(level[tag], int(tag)), heard)
            for tag, heard in zip(np.flatnonzero(there), self._readings.heard[there].tolist(), strict=True)
            if self._holder[tag] >= 0
        ]

    def silent(self, at: float) -> list[int]:
        """The scanners, by their place in the file, that passed on nothing for 30 s."""
        return self._readings.silent(at, self._since)

    def _hold(self, level: np.ndarray, there: np.ndarray) -> None:
        """Decides who holds each tag now; `level` is tags x scanners in dBm, -inf where not heard."""
        rows = np.arange(len(level))
        best = level.argmax(axis=1)
        top = level[rows, best]
        holding = np.where(self._holder < 0, -np.inf, level[rows, self._holder])
        leads = np.isfinite(top) & (best != self._holder) & (top >= holding + MARGIN_DB)
        self._lead = np.where(leads, np.where(best == self._rival, self._lead + 1, 1), 0)
        self._rival = np.where(leads, best, -1)
        won = leads & ((self._holder < 0) | (self._lead >= LEAD_S))
        self._holder = np.where(there, np.where(won, best, self._holder), -1)

    def _sure(self, level: np.ndarray, tag: int) -> float:
        """How likely the zone is right: a logistic of its lead in dB over the best scanner of any other zone."""
        zone = self._zones[self._holder[tag]]
        inside = np.array([z == zone for z in self._zones])
        ours, others = level[inside].max(), level[~inside].max(initial=-np.inf)
        if not np.isfinite(ours):
            return 0.5
        return float(SUREST / (1 + np.exp(-max(-40.0, min(40.0, ours - others)) / ODDS_DB)))
