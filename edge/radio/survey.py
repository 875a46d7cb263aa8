"""How strong a tag is at each spot of the floor: path loss, bent by a survey where there is one.

A survey is a person with a tag who stands some 30 s at a dozen spots. What it differs from the path loss is
carried to the spots between by a Gaussian process, which also says how little is known far from any spot.
"""

import csv
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.plan import PlanError
from edge.radio.dialects import scanner_name
from edge.radio.floor import Scanners

TAG_M = 1.2
NEAREST_M = 1.0
# Strength at 1 m and its fall per decade of distance where no survey says better; and how far off that may be.
P0_DBM, FALL = -61.0, 1.6
GUESS_DB = 5.0
UNHEARD_DBM = -98.0
# The Gaussian process: reach, size of what bends the map, offset of a scanner, doubt of one spot's mean.
REACH_M, BEND_DB, OFFSET_DB, SPOT_DB = 3.5, 3.0, 4.0, 5.0


class Survey(NamedTuple):
    """Mean strength (dBm) by spot and scanner; what was not heard at a spot counts as -98 dBm."""

    spots: NDArray[np.float64]
    levels: NDArray[np.float64]


class Field(NamedTuple):
    """Expected strength in dBm and the variance of that, by scanner and spot."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def read_survey(lines: Iterable[str], scanners: Scanners) -> Survey:
    """The survey in lines of x_m,y_m,scanner,rssi_dbm under a heading; impossible strengths are left out.

    `t_s` and `zone` may be there and are not used, nor are scanners that are not on the floor. PlanError: the line.
    """
    column = {name: i for i, name in enumerate(scanners.names)}
    sums: dict[tuple[float, float], NDArray[np.float64]] = {}
    for number, row in enumerate(csv.DictReader(lines), 2):
        try:
            x, y, rssi = float(row["x_m"]), float(row["y_m"]), float(row["rssi_dbm"])
            name = scanner_name(row["scanner"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise PlanError(f"radio.survey line {number}: expected x_m, y_m, scanner and rssi_dbm") from None
        if not (math.isfinite(x) and math.isfinite(y)):
            raise PlanError(f"radio.survey line {number}: x_m and y_m must be metres")
        if -120 <= rssi < 0 and name in column:
            spot = sums.setdefault((x, y), np.zeros((2, len(column))))
            spot[:, column[name]] += (rssi, 1)
    levels = [np.where(n > 0, total / np.maximum(n, 1), UNHEARD_DBM) for total, n in sums.values()]
    return Survey(np.array(list(sums)).reshape(-1, 2), np.array(levels).reshape(-1, len(column)))


def field(scanners: Scanners, spots: NDArray[np.float64], survey: Survey | None) -> Field:
    """What each scanner should hear of a tag at each of `spots` (N, 2), and how sure that is."""
    if survey is None or len(survey.spots) < 3:
        mean = _loss(scanners, spots, P0_DBM, FALL)
        return Field(mean, np.full(mean.shape, GUESS_DB**2))
    p0, fall = _fit(scanners, survey)
    rest = survey.levels.T - _loss(scanners, survey.spots, p0, fall)
    within = _kernel(survey.spots, survey.spots) + SPOT_DB**2 * np.eye(len(survey.spots))
    across = _kernel(survey.spots, spots)
    weights = np.linalg.solve(within, across)
    variance = BEND_DB**2 + OFFSET_DB**2 - (across * weights).sum(axis=0)
    mean = _loss(scanners, spots, p0, fall) + rest @ weights
    return Field(mean, np.broadcast_to(np.maximum(variance, 0.0), mean.shape))


def _fit(scanners: Scanners, survey: Survey) -> tuple[float, float]:
    """(dBm at 1 m, path loss exponent) by least squares over what was heard; the exponent stays in 1 to 4."""
    decades = _decades(scanners, survey.spots)
    heard = survey.levels.T > UNHEARD_DBM
    if heard.sum() < 3:
        return P0_DBM, FALL
    slope = np.polyfit(decades[heard], survey.levels.T[heard], 1)[0]
    fall = min(4.0, max(1.0, -float(slope) / 10))
    return float((survey.levels.T[heard] + 10 * fall * decades[heard]).mean()), fall


def _decades(scanners: Scanners, spots: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = ((scanners.xyz[:, None, :2] - spots[None]) ** 2).sum(axis=2)
    far = np.sqrt(flat + (scanners.xyz[:, None, 2] - TAG_M) ** 2)
    decades: NDArray[np.float64] = np.log10(np.maximum(far, NEAREST_M))
    return decades


def _loss(scanners: Scanners, spots: NDArray[np.float64], p0: float, fall: float) -> NDArray[np.float64]:
    return p0 - 10 * fall * _decades(scanners, spots)


def _kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    far = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    kernel: NDArray[np.float64] = OFFSET_DB**2 + BEND_DB**2 * np.exp(-far / (2 * REACH_M**2))
    return kernel
