"""Answers beside the conditions of their hour as plain tables, with known truth: thousands of data sets in seconds.

The shop in `simulate` walks everybody over the floor and so makes a month in seconds; this makes the same kind of
answers without the walking. Noon and evening are busier and, whatever anybody waits, people are in another mood then:
the hour is behind both. Stores differ, a store has good and bad days, and the unhappy may answer more often.
"""

from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from simulators.shop import HOURS, WEEKDAYS, Floats

_OPENS, _CLOSES = 8, 22
_SPARE = 4  # visits for one answer, at least, so that a bias has somebody to choose from


class World(Struct, frozen=True, kw_only=True):
    """The truth: `*_points` are what one unit more does to a visitor's expected NPS (-100..100).

    `rush_points` is the mood of the busiest hour against a quiet one, with nobody waiting; `store_sd` and `day_sd`
    are how far stores, and days of a store, lie apart; the unhappy answer `bias` times as often as the others.
    """

    stores: int = 3
    days: int = 28
    answers: int = 1500
    wait_points: float = 0.0
    ratio_points: float = 0.0
    rush_points: float = -50.0
    store_sd: float = 10.0
    day_sd: float = 6.0
    bias: float = 1.0


class Voices(NamedTuple):
    """Arrays of equal length: recommend 0..10, store, day's ordinal, hour, and the conditions in natural units."""

    recommend: NDArray[np.int64]
    store: NDArray[np.int64]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    conditions: dict[str, Floats]


def voices(world: World, seed: int) -> Voices:
    """A data set of this world; the same seed gives the same.

    Conditions are minutes waited (`wait`), tens of people in the store (`people`), visitors for one at work
    (`ratio`), tills open (`tills`) and degrees outside (`warmth`), which have nothing to do with it.
    """
    rng = np.random.default_rng([seed, 71])
    where, conditions = _hours(world, rng)
    busy = _busy()
    mood = world.rush_points * (busy - busy.min()) / (busy.max() - busy.min())
    stores = rng.normal(0.0, world.store_sd, world.stores)
    shocks = rng.normal(0.0, world.day_sd, (world.stores, world.days))
    store, day, hour = where
    points = 35.0 + mood[hour] + stores[store] + shocks[store, day]
    # Centred, so that an effect moves the answers about and not all of them out of the scale.
    points += world.wait_points * (conditions["wait"] - conditions["wait"].mean())
    points += world.ratio_points * (conditions["ratio"] - conditions["ratio"].mean())
    crowd = conditions["people"] / conditions["people"].sum()
    visits = rng.choice(len(points), world.answers * _SPARE * max(1, round(world.bias)), p=crowd)
    recommend = _recommend(points[visits], rng)
    weight = np.where(recommend <= 6, max(world.bias, 0.0), 1.0)
    told = rng.choice(len(visits), world.answers, replace=False, p=weight / weight.sum())
    at = visits[told]
    return Voices(
        recommend[told], store[at], day[at], hour[at] + _OPENS, {name: c[at] for name, c in conditions.items()}
    )


def _busy() -> Floats:
    return np.array(HOURS[_OPENS:_CLOSES])


def _hours(world: World, rng: Generator) -> tuple[tuple[NDArray[np.int64], ...], dict[str, Floats]]:
    """Store, day and hour of every open hour, and what it was like there."""
    shape = (world.stores, world.days, _CLOSES - _OPENS)
    store, day, hour = (axis.ravel() for axis in np.indices(shape))
    size = rng.lognormal(0.0, 0.2, world.stores)
    chance = rng.lognormal(0.0, 0.25, shape) * rng.lognormal(0.0, 0.1, shape[:2])[:, :, None]
    load = size[:, None, None] * np.array(WEEKDAYS)[np.arange(world.days) % 7][None, :, None] * _busy() * chance
    staff = np.maximum(2.0, np.round(2.2 * load / chance + rng.normal(0.6, 0.8, shape)))
    people = rng.poisson(10.0 * load) / 10.0 + 0.1
    # A cashier who is away for an hour is what makes a long wait, more than the crowd does.
    alone = rng.random(shape) < 0.2
    wait = rng.gamma(4.0, 0.2, shape) * (0.4 + 1.4 * load) * np.where(alone, 4.0, 1.0)
    tills = np.where(alone, 1.0, 1.0 + (people > 1.2)) + (people > 2.2)
    warmth = np.broadcast_to(rng.normal(15.0, 5.0, world.days)[None, :, None], shape) + rng.normal(0, 1, shape)
    found = {"wait": np.minimum(wait, 15.0), "people": people, "ratio": 10.0 * people / staff, "tills": tills}
    return (store, day, hour), {name: values.ravel() for name, values in (found | {"warmth": warmth}).items()}


def _recommend(points: Floats, rng: Generator) -> NDArray[np.int64]:
    """0 to 10 with the expected NPS of `points`: a fifth passive, half of any shift taken from each side."""
    promoter = np.clip(0.4 + points / 200.0, 0.0, 0.8)
    draw = rng.random(len(points))
    happy, passive, unhappy = (
        rng.integers(9, 11, len(points)),
        rng.integers(7, 9, len(points)),
        rng.integers(0, 7, len(points)),
    )
    return np.where(draw < promoter, happy, np.where(draw < promoter + 0.2, passive, unhappy))
