"""Which zone each tag is in where nobody knows the floor in metres: the scanners vote for the zones.

How a zone sounds is what a survey of it said, or else that the scanners that stand in it hear a tag best. A tag stays
where it is unless what is heard says otherwise for some seconds (a hidden Markov model over the zones): so a door is
crossed once. What is said of a second also weighs what was heard in the three after it.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.radio.adverts import Sighting
from edge.radio.floor import Scanners
from edge.radio.memory import Memory
from edge.radio.position import LONGEST_LAG, Choice, Guess, Lags
from edge.radio.readings import Readings
from edge.radio.survey import Survey

Floats = NDArray[np.float64]
Weights = NDArray[np.float32]
# How often a tag goes to another zone, a second.
_CHANGE = 0.01
_WINDOW_S = 3
# The odds of a zone for each dB by which it hears a tag better than another, and the most that a second may say.
_VOTE_DB, _MOST_VOTE = 0.1, 2.5
_UNHEARD_DBM = -100.0
# A learnt zone: the long tails of its strengths, the least spread, how much a reading counts, how many make it sure.
_TAILS, _LEAST_DB, _TEMPER, _MOST_READINGS, _SURE_OF = 6.0, 3.0, 0.35, 4, 20.0


class _Sound(Protocol):
    """How well a second fits each zone: the log likelihoods (tags, zones) of mean strengths and numbers."""

    zones: tuple[str, ...]

    def fit(self, means: Floats, n: Floats, working: NDArray[np.bool_]) -> Floats: ...


class Votes:
    """One tag's place as probabilities over zones; the answer of a step at `at` is about `at` - 3 s."""

    def __init__(self, scanners: Scanners, tags: int, survey: Survey | None) -> None:
        """The zones are those of the survey or, without one, those in which a scanner stands."""
        self._sound: _Sound = _Standing(scanners) if survey is None else _Learnt(survey)
        self._readings = Readings(scanners.names, tags, _WINDOW_S)
        self._since = np.nan
        size = len(self._sound.zones)
        self._change = np.float32(_CHANGE if size > 1 else 0)
        self._memory = Memory(tags, LONGEST_LAG + 1, size)
        self._lags, self._choice = Lags(tags), Choice(self._sound.zones, tags)

    def listen(self, at: float, scanner: str) -> bool:
        """Notes that a scanner works; False where it does not stand on this floor."""
        return self._readings.listen(at, scanner)

    def hear(self, sighting: Sighting) -> None:
        """Takes in one sighting of a second that is still to be stepped over."""
        self._readings.hear(sighting)

    def silent(self, at: float) -> list[int]:
        """The scanners, by their place in the file, that passed on nothing for 30 s; they have no vote."""
        return self._readings.silent(at, self._since)

    def step(self, at: float) -> list[Guess]:
        """A guess for each tag in hearing, about the moment `at` - 3 s, or up to `at` - 5 s of one heard seldom."""
        self._since = np.fmin(self._since, at)
        there = self._readings.present(at)
        means, n = self._readings.means(int(at), 1)
        self._lags.step(n, there)
        self._choice.forget(~there)
        rows, tags = self._memory.turn(there), np.flatnonzero(there)
        if not len(tags):
            return []
        log = self._sound.fit(means[tags], n[tags], self._readings.working(at))
        fits = np.exp(log - log.max(axis=1, keepdims=True)).astype(np.float32)
        known = self._move(self._memory.known(rows, 1)) * fits
        known /= known.sum(axis=1, keepdims=True)
        self._memory.keep(rows, known, fits)
        return self._tell(at, tags, rows)

    def _tell(self, at: float, tags: NDArray[np.intp], rows: NDArray[np.intp]) -> list[Guess]:
        lags, age = self._lags.steps[tags], at - np.floor(self._readings.first[tags])
        due = np.flatnonzero(age >= lags)
        back = np.minimum(lags, age - 1).astype(int)[due]
        shares, later = self._memory.known(rows[due], 0), np.ones((len(due), len(self._sound.zones)), np.float32)
        for step in range(1, int(back.max(initial=0)) + 1):
            later = self._move(later * self._memory.fits(rows[due], step - 1))
            ends = np.flatnonzero(back == step)
            shares[ends] = self._memory.known(rows[due][ends], step) * later[ends]
        shares /= shares.sum(axis=1, keepdims=True)
        return self._choice.guesses(tags[due], at - lags[due], shares, self._readings.heard[tags[due]])

    def _move(self, weight: Weights) -> Weights:
        others = weight.sum(axis=1, keepdims=True) - weight
        moved: Weights = weight * (1 - self._change) + others * (self._change / max(1, weight.shape[1] - 1))
        return moved


class _Standing:
    """Without a survey: a zone is as likely as its scanners hear the tag well, each scanner by its own zone."""

    def __init__(self, scanners: Scanners) -> None:
        self.zones = tuple(sorted({zone for zone in scanners.zones if zone is not None}))
        self._own = np.array([[zone == one for one in scanners.zones] for zone in self.zones], dtype=np.bool_)

    def fit(self, means: Floats, n: Floats, working: NDArray[np.bool_]) -> Floats:
        votes = np.zeros((len(means), len(self.zones)))
        level = np.where(n > 0, np.nan_to_num(means), _UNHEARD_DBM)
        for zone, own in enumerate(self._own):
            mine = own & working
            votes[:, zone] = _loudness(level[:, mine]) if mine.any() else _UNHEARD_DBM
        votes -= votes.max(axis=1, keepdims=True)
        said = np.maximum(_VOTE_DB * votes * np.minimum(n.max(axis=1, keepdims=True), _MOST_READINGS), -_MOST_VOTE)
        return np.where(n.any(axis=1, keepdims=True), said, 0.0)


class _Learnt:
    """With a survey: how strong, how unevenly and how often each scanner hears a tag in each zone."""

    def __init__(self, survey: Survey) -> None:
        self.zones = survey.zones
        n = survey.heard
        overall = np.nansum(survey.mean * n, axis=0) / np.maximum(n.sum(axis=0), 1)
        # A zone in which a scanner was heard a few times only is drawn to what it hears elsewhere.
        self._mean = (np.nan_to_num(survey.mean) * n + overall * 2) / (n + 2)
        common = np.sqrt((survey.spread**2 * n).sum(axis=0) / np.maximum(n.sum(axis=0), 1))
        spread = (survey.spread**2 * n + common**2 * _SURE_OF) / (n + _SURE_OF)
        self._scale = np.sqrt(spread + _LEAST_DB**2)
        often = (n + 0.5) / (n.max(axis=1, keepdims=True) + 1)
        self._heard, self._missed = np.log(np.clip(often, 0.05, 1.0)), np.log(np.clip(1 - often, 0.2, 1.0))

    def fit(self, means: Floats, n: Floats, working: NDArray[np.bool_]) -> Floats:
        off = (np.nan_to_num(means)[:, None] - self._mean) / self._scale
        fits = self._heard - (_TAILS + 1) / 2 * np.log1p(off**2 / _TAILS) - np.log(self._scale)
        counts = (_TEMPER * np.minimum(n, _MOST_READINGS))[:, None]
        often = _TEMPER * np.minimum(n.max(axis=1, keepdims=True), _MOST_READINGS)
        unheard = np.where((n == 0) & working, often, 0.0)[:, None]
        fitting: Floats = (fits * counts + self._missed * unheard).sum(axis=2)
        return fitting


def _loudness(level: Floats) -> Floats:
    """What several scanners of a zone hear together (tags): between the mean and the strongest, in dBm."""
    loud: Floats = 20 * np.log10(np.mean(10 ** (level / 20), axis=1))
    return loud
