"""What visitors answer after leaving: scores that really depend on the wait, and a few words.

The planted effect: the expected NPS of one person falls by `points_a_minute` for each minute waited. What else may be
planted makes it hard to find: a mood that comes with the busy hours and not with the wait (`rush_points`), shops that
are liked more or less (`level_points`), and unhappy people who answer more often than the others (`bias`).
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct
from numpy.random import Generator

from simulators.shop import HOURS, Shop
from simulators.shoppers import Day, Shopper, chance

COLUMNS = ("id", "submitted_at", "site", "touchpoint", "recommend", "satisfaction", "ease", "comment")
_PROMOTERS, _DETRACTORS, _MOST_MINUTES = 0.55, 0.15, 12.0
_LONG_S = 180.0
_UNHAPPY = 6

_PRAISE = (
    "Friendly staff",
    "Quick and easy",
    "Nice selection, well sorted",
    "Always a pleasure",
    "Clean and bright shop",
)
_COMPLAINTS = (
    "Waited far too long at the till",
    "Only one till open again",
    "Queue too long, nearly left without buying",
    "Please open a second till",
)
_MIXED = ("Could not find the batteries", "Prices went up", "It was fine", "Music a bit loud", "Ok")
# Nobody's real address or number: example domains, and numbers kept free for films.
_WITH_CONTACT = (
    "Please call me back on 030 23125 123",
    "Write to anna.muster@example.org about my order",
    "My name is Karl Beispiel, karl@example.com, please answer",
)


class Answer(Struct, frozen=True, kw_only=True):
    """One answered survey; `waited` is the truth behind it and goes into no file."""

    id: str
    at: float
    site: str
    touchpoint: str
    recommend: int
    satisfaction: int
    ease: int
    comment: str
    waited: float


def answers(shop: Shop, day: Day) -> list[Answer]:
    """The answers of one day's visitors, in order of time."""
    rng = chance(shop, day.day, 4)
    picked = [s for s in day.shoppers if rng.random() < shop.answering]
    told = [_answer(shop, day, shopper, rng) for shopper in picked]
    thin = chance(shop, day.day, 6)
    kept = [a for a in told if a.recommend <= _UNHAPPY or thin.random() * shop.bias < 1.0]
    return sorted(kept, key=lambda answer: answer.at)


def rows(shop: Shop, found: list[Answer]) -> Iterator[tuple[str, ...]]:
    """The answers as rows of text in the order of COLUMNS; times in local time with their offset."""
    zone = ZoneInfo(shop.timezone)
    for answer in found:
        at = datetime.fromtimestamp(int(answer.at), zone).isoformat()
        scores = (str(answer.recommend), str(answer.satisfaction), str(answer.ease))
        yield (answer.id, at, answer.site, answer.touchpoint, *scores, answer.comment)


def minutes_waited(shopper: Shopper) -> float:
    """Minutes in the queue, 0 for those who did not queue."""
    if not shopper.wait:
        return 0.0
    return ((shopper.wait.served or shopper.wait.left or shopper.wait.joined) - shopper.wait.joined) / 60.0


def _answer(shop: Shop, day: Day, shopper: Shopper, rng: Generator) -> Answer:
    waited = minutes_waited(shopper)
    recommend = _recommend(_points(shop, shopper, waited), rng)
    content = (recommend - 7.5) * 0.32
    return Answer(
        id=f"{shop.site}-{day.day:%Y%m%d}-{shopper.id:04}",
        at=shopper.left + float(rng.uniform(30.0, 420.0)),
        site=shop.site,
        touchpoint="till" if shopper.wait and shopper.wait.served else "exit",
        recommend=recommend,
        satisfaction=int(np.clip(round(3.9 + content - 0.08 * waited + rng.normal(0, 0.7)), 1, 5)),
        ease=int(np.clip(round(5.6 + 0.5 * content - 0.2 * waited + rng.normal(0, 1.0)), 1, 7)),
        comment=_comment(recommend, waited * 60.0, rng),
        waited=waited * 60.0,
    )


def _points(shop: Shop, shopper: Shopper, waited: float) -> float:
    """NPS points by which this visitor's expectation differs from the usual: wait, hour and shop."""
    busy = HOURS[datetime.fromtimestamp(shopper.left, ZoneInfo(shop.timezone)).hour] / max(HOURS)
    return shop.points_a_minute * min(waited, _MOST_MINUTES) + shop.rush_points * busy + shop.level_points


def _recommend(points: float, rng: Generator) -> int:
    """0 to 10: half of the effect takes promoters away, half adds detractors."""
    shift = -points / 200.0
    chance_of = rng.random()
    if chance_of < _PROMOTERS - shift:
        return int(rng.choice([9, 10], p=[0.45, 0.55]))
    if chance_of < 1.0 - _DETRACTORS - shift:
        return int(rng.choice([7, 8]))
    return int(rng.choice([0, 1, 2, 3, 4, 5, 6], p=[0.04, 0.04, 0.07, 0.12, 0.15, 0.26, 0.32]))


def _comment(recommend: int, waited_s: float, rng: Generator) -> str:
    draw = rng.random()
    if draw > 0.35:
        return ""
    if draw < 0.012:
        return str(rng.choice(_WITH_CONTACT))
    if recommend >= 9:
        return str(rng.choice(_PRAISE))
    return str(rng.choice(_COMPLAINTS if waited_s > _LONG_S else _MIXED))
