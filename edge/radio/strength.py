"""How strong a tag is at each spot of the floor: path loss, bent by a survey where there is one.

What a survey differs from the path loss is carried to the spots between by a Gaussian process, which also says how
little is known far from any spot. Its covariance falls exponentially (Matern 1/2): strength over a floor is rough.
Where zones are rooms with walls, what a wall costs is found from the survey too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.radio.floor import Scanners
from edge.radio.survey import Survey

Floats = NDArray[np.float64]
_TAG_M, _NEAREST_M = 1.2, 1.0
# Strength at 1 m and its fall per decade of distance where no survey says better; and how far off that may be.
P0_DBM, FALL, _FALL_DOUBT, _GUESS_DB = -61.0, 2.0, 1.0, 8.0
# The Gaussian process: size and reach of what bends the map, offset of a scanner, doubt of one spot, fading of one
# reading.
_BEND_DB, _REACH_M, _OFFSET_DB, _SPOT_DB, _FADING_DB = 4.0, 6.0, 3.0, 4.0, 5.0
_FEWEST_SPOTS = 3
# A scanner that hears a tag here and there hears nothing below this.
_DEAF_DBM, _DEAF_BELOW_DB = -92.0, 2.0
# What a wall costs is drawn to nothing, and is a wall from so much on.
_WALL_DOUBT_DB, _WALL_DB = 4.0, 3.0


class Rooms(NamedTuple):
    """The zone of each spot asked for, of each surveyed spot and of each scanner; None where it is in none."""

    spots: tuple[str | None, ...]
    surveyed: tuple[str | None, ...]
    scanners: tuple[str | None, ...]


class Field(NamedTuple):
    """Expected strength in dBm and the variance of that, by scanner and spot; `deaf` is where hearing ends (dBm);
    `walls` says that the zones are rooms with walls; `strength_db` is how far a tag's own strength may lie from this.
    """

    mean: Floats
    variance: Floats
    deaf: float
    walls: bool = False
    strength_db: float = 1.5


def field(scanners: Scanners, spots: Floats, survey: Survey | None, rooms: Rooms | None = None) -> Field:
    """What each scanner should hear of a tag at each of `spots` (N, 2), and how sure that is.

    With fewer than three surveyed spots it is path loss alone.
    """
    if survey is None or len(survey.spots) < _FEWEST_SPOTS:
        mean = P0_DBM - 10 * FALL * _decades(scanners, spots)
        deaf = _DEAF_DBM - 2 * _DEAF_BELOW_DB
        return Field(mean, np.full(mean.shape, _GUESS_DB**2), deaf, strength_db=0.0)
    deaf = min(_DEAF_DBM, survey.floor - _DEAF_BELOW_DB)
    between = _between(rooms.scanners, rooms.surveyed) if rooms else np.zeros(survey.n.T.shape)
    behind = _between(rooms.scanners, rooms.spots) if rooms else np.zeros((len(scanners.names), len(spots)))
    p0, fall, wall = _loss(scanners, between, survey)
    rest = _rest(p0 - 10 * fall * _decades(scanners, survey.spots) - wall * between, survey, deaf)
    mean = p0 - 10 * fall * _decades(scanners, spots) - wall * behind
    known, carried = (_kernel(_apart(survey.spots, to)) for to in (survey.spots, spots))
    variance = np.full(mean.shape, _BEND_DB**2 + _OFFSET_DB**2)
    for scanner, differs in enumerate(rest):
        if survey.n[:, scanner].any():
            weights = np.linalg.solve(known + np.diag(_doubt(survey.n[:, scanner])), carried)
            mean[scanner] += differs @ weights
            variance[scanner] -= (carried * weights).sum(axis=0)
        else:
            variance[scanner] = _GUESS_DB**2
    return Field(mean, np.maximum(variance, 0.0), deaf, wall > 0)


def walled(scanners: Scanners, survey: Survey, rooms: Rooms) -> bool:
    """Whether a survey says that walls stand between the zones."""
    return _loss(scanners, _between(rooms.scanners, rooms.surveyed), survey)[2] > 0


def _loss(scanners: Scanners, between: Floats, survey: Survey) -> tuple[float, float, float]:
    """(dBm at 1 m, path loss exponent, dB of a wall) of a survey; what is less than a wall is none."""
    decades = _decades(scanners, survey.spots)
    found = _fit(decades, between, survey)
    return found if found[2] >= _WALL_DB else _fit(decades, np.zeros(between.shape), survey)


def _rest(expected: Floats, survey: Survey, deaf: float) -> Floats:
    """What each scanner heard at each spot more than expected (S, N); unheard: at most that it was deaf."""
    unheard = np.minimum(deaf - expected, 0.0)
    rest: Floats = np.where(np.isnan(survey.levels.T), unheard, survey.levels.T - expected)
    return rest


def _fit(decades: Floats, between: Floats, survey: Survey) -> tuple[float, float, float]:
    """(dBm at 1 m, path loss exponent, dB of a wall) by least squares over what was heard.

    The exponent is drawn to 2 and the wall to nothing, so that few spots close together say little of them; a
    single spot is off by some 6 dB.
    """
    heard = survey.n.T > 0
    levels = survey.levels.T[heard]
    sight = np.column_stack([np.ones(len(levels)), -10 * decades[heard], -between[heard]])
    trust = (_SPOT_DB**2 + _OFFSET_DB**2 + _BEND_DB**2) / np.array([np.inf, _FALL_DOUBT**2, _WALL_DOUBT_DB**2])
    drawn = np.array([0.0, FALL, 0.0])
    found = np.linalg.solve(sight.T @ sight + np.diag(trust), sight.T @ levels + trust * drawn)
    fall, wall = float(np.clip(found[1], 1.0, 4.0)), max(0.0, float(found[2]))
    return float((levels - sight[:, 1] * fall - sight[:, 2] * wall).mean()), fall, wall


def _between(scanners: tuple[str | None, ...], spots: tuple[str | None, ...]) -> Floats:
    """1 where a scanner and a spot are known to be in different rooms (S, N)."""
    apart: Floats = np.array([[float(None not in (a, b) and a != b) for b in spots] for a in scanners])
    return apart.reshape(len(scanners), len(spots))


def _decades(scanners: Scanners, spots: Floats) -> Floats:
    flat = ((scanners.xyz[:, None, :2] - spots[None]) ** 2).sum(axis=2)
    far = np.sqrt(flat + (scanners.xyz[:, None, 2] - _TAG_M) ** 2)
    decades: Floats = np.log10(np.maximum(far, _NEAREST_M))
    return decades


def _apart(a: Floats, b: Floats) -> Floats:
    far: Floats = np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2))
    return far


def _kernel(far: Floats) -> Floats:
    kernel: Floats = _OFFSET_DB**2 + _BEND_DB**2 * np.exp(-far / _REACH_M)
    return kernel


def _doubt(n: Floats) -> Floats:
    """Variance of each spot's level from the number of readings; an unheard one is as sure as one reading."""
    doubt: Floats = _SPOT_DB**2 + _FADING_DB**2 / np.maximum(n, 1)
    return doubt
