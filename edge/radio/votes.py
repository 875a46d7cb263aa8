"""Zones as the places of the filter, where nobody knows them in metres: by how they sound, or by votes of scanners.

How a zone sounds is what a survey of it said, or else that the scanners that stand in it hear a tag best. A tag stays
where it is unless what is heard says otherwise for some seconds: so a door is crossed once.
"""

import numpy as np

from edge.radio.filter import Belief, Filter, Floats, Second, Sound, Weights
from edge.radio.floor import Scanners
from edge.radio.survey import Survey

# How often a tag goes to another zone, a second.
_CHANGE = 0.01
# The odds of a zone for each dB by which it hears a tag better than another, and the most that a second may say.
_VOTE_DB, _MOST_VOTE = 0.15, 2.5
_UNHEARD_DBM = -100.0
# A learnt zone: the long tails of its strengths, the least spread, how much a reading counts, how many make it sure.
_TAILS, _LEAST_DB, _TEMPER, _MOST_READINGS, _SURE_OF = 6.0, 3.0, 0.35, 4, 20.0
# How far a tag may be from the strength of the surveyed one, and how fast that may change, as variance a second.
_STRENGTH_DB, _DRIFT = 1.5, 0.002


def over_zones(scanners: Scanners, tags: int, survey: Survey | None) -> Filter:
    """The filter over the zones of a survey or, without one, over those in which a scanner stands."""
    zones = tuple(sorted({zone for zone in scanners.zones if zone})) if survey is None else survey.zones
    sound: Sound = Standing(scanners, zones) if survey is None else Learnt(survey)
    return Filter(scanners, tags, Zones(zones), sound)


class Zones:
    """Zones that lie nobody knows how: a tag may go from each to each."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.size, self.names = len(names), names
        self._change = np.float32(_CHANGE if len(names) > 1 else 0)

    def move(self, weight: Weights) -> Weights:
        """Weight a second later."""
        others = weight.sum(axis=1, keepdims=True) - weight
        moved: Weights = weight * (1 - self._change) + others * (self._change / max(1, self.size - 1))
        return moved

    def held(self, before: Weights, moved: Weights) -> None:
        """No walls are known."""

    def by_name(self, weight: Weights) -> Weights:
        """Each is a zone."""
        return weight


class Standing:
    """Without a survey: a zone is as likely as its scanners hear the tag well, each scanner by its own zone."""

    strength_db, quiet_s = 0.0, 1

    def __init__(self, scanners: Scanners, zones: tuple[str, ...]) -> None:
        self._own = np.array([[zone == one for one in scanners.zones] for zone in zones], dtype=np.bool_)

    def weigh(self, before: Belief, second: Second) -> tuple[Weights, Belief]:
        """How well (tags, zones) a second fits, and what is known after it."""
        votes = np.zeros(before.known.shape)
        level = np.where(second.n > 0, np.nan_to_num(second.means), _UNHEARD_DBM)
        for zone, own in enumerate(self._own):
            mine = own & second.working
            votes[:, zone] = _loudness(level[:, mine]) if mine.any() else _UNHEARD_DBM
        votes -= votes.max(axis=1, keepdims=True)
        # Readings of one second are not independent: four say twice as much as one.
        often = np.sqrt(np.minimum(second.n.max(axis=1, keepdims=True), _MOST_READINGS))
        fits = np.exp(np.maximum(_VOTE_DB * votes * often, -_MOST_VOTE)).astype(np.float32)
        return fits, before._replace(known=before.known * fits)


class Learnt:
    """With a survey: how strong, how unevenly and how often each scanner hears a tag in each zone."""

    strength_db, quiet_s = _STRENGTH_DB, 1

    def __init__(self, survey: Survey) -> None:
        n = survey.heard
        overall = np.nansum(survey.mean * n, axis=0) / np.maximum(n.sum(axis=0), 1)
        # A zone in which a scanner was heard a few times only is drawn to what it hears elsewhere.
        self._mean = (np.nan_to_num(survey.mean) * n + overall * 2) / (n + 2)
        common = np.sqrt((survey.spread**2 * n).sum(axis=0) / np.maximum(n.sum(axis=0), 1))
        spread = (survey.spread**2 * n + common**2 * _SURE_OF) / (n + _SURE_OF)
        self._variance = spread + _LEAST_DB**2
        often = (n + 0.5) / (n.max(axis=1, keepdims=True) + 1)
        self._heard, self._missed = np.log(np.clip(often, 0.05, 1.0)), np.log(np.clip(1 - often, 0.2, 1.0))

    def weigh(self, before: Belief, second: Second) -> tuple[Weights, Belief]:
        """How well (tags, zones) a second fits, and what is known after it.

        What all scanners hear more than expected is first taken for the tag's own strength, as far as that is likely:
        one step towards the strength that fits best, by weights as of Student-t.
        """
        doubt = np.minimum(before.doubt + np.float32(_DRIFT), np.float32(_STRENGTH_DB**2))
        counts = (_TEMPER * np.minimum(second.n, _MOST_READINGS))[:, None]
        off = np.nan_to_num(second.means)[:, None] - self._mean - before.above[:, :, None]
        weight = counts * (_TAILS + 1) / (_TAILS * self._variance + off**2)
        told = weight.sum(axis=2)
        above = (weight * off).sum(axis=2) / (told + 1 / doubt)
        off -= above[:, :, None]
        fit = self._heard - ((_TAILS + 1) * np.log1p(off**2 / self._variance / _TAILS) + np.log(self._variance)) / 2
        often = _TEMPER * np.minimum(second.n.max(axis=1, keepdims=True), _MOST_READINGS)
        missed = np.where(second.missed, often, 0.0)[:, None] * self._missed
        log = (fit * counts + missed).sum(axis=2) - (above**2 / doubt + np.log1p(doubt * told)) / 2
        fits = np.exp(log - log.max(axis=1, keepdims=True)).astype(np.float32)
        known = before.known * fits
        sure = (known * told).sum(axis=1, keepdims=True) / known.sum(axis=1, keepdims=True)
        return fits, Belief(known, before.above + above.astype(np.float32), doubt / (1 + doubt * sure), before.off)


def _loudness(level: Floats) -> Floats:
    """What several scanners of a zone hear together (tags): between the mean and the strongest, in dBm."""
    loud: Floats = 20 * np.log10(np.mean(10 ** (level / 20), axis=1))
    return loud
