"""What moves the score: conditions on the floor beside what was answered, like compared with like.

Noon is busier than morning, and people at noon may be in another mood: a plain correlation then finds an effect of
waiting where there is none. So each answer is compared with answers of the same hour, weekday and store only, its
errors are allowed to go together within a store's day, all conditions are fitted together, and what moves together is
tested together first. An effect found so is still no proof of a cause: a trial is.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.insight.fitting import Fit, Floats, Labels, fit, inflation, levels, within
from hub.insight.several import benjamini_hochberg, holm

# Below these the intervals do not hold what they promise, or are wider than anything there is to find. Spare are the
# store days that are left when every weekday and every store has used up one.
LEAST = {"answers": 200, "days": 14, "store days": 20, "spare store days": 12}
# From here on an interval is more than twice as wide as the same condition alone would have it.
_TOO_ALIKE = 5.0
# Two conditions with half of their variation in common are tested together first.
_TOGETHER = 0.5**0.5
_LEVEL = 0.05
_STILL = "does not vary within hour, weekday and store"
_THIN = "less than two answers for each hour, weekday and store"

Verdict = Literal["driver", "nothing seen", "cannot tell these apart", "not enough data"]


class Answers(NamedTuple):
    """Arrays of equal length: score (-100, 0, 100 for NPS), store, ordinal of the business day, local hour."""

    score: Floats
    store: Labels
    day: Labels
    hour: Labels


class Condition(NamedTuple):
    """What was measured around each answer's visit, in `unit`; NaN where nothing was."""

    name: str
    unit: str
    values: Floats


class Effect(Struct, frozen=True, kw_only=True):
    """How many points of score one unit more goes with, its interval of 95 %, and what may be said.

    `chance` is the p-value after all the others were looked at too; `with_others` are conditions that move with this
    one. Effect and interval are None where they would mean nothing: too little data, or not to be told apart.
    """

    name: str
    unit: str
    verdict: Verdict
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    inflation: float | None = None
    with_others: tuple[str, ...] = ()
    reason: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """Conditions that move together; `found` says that at least one of them goes with the score, whichever it is."""

    names: tuple[str, ...]
    chance: float
    found: bool


class Drivers(Struct, frozen=True, kw_only=True):
    """The effects in the order of the conditions, and what they rest on.

    `missing` is what a fit still needs, `counts` what there is of each thing that it needs.
    """

    answers: int
    days: int
    store_days: int
    missing: tuple[str, ...]
    counts: dict[str, int]
    effects: tuple[Effect, ...]
    groups: tuple[Group, ...] = ()


def drivers(answers: Answers, conditions: list[Condition]) -> Drivers:
    """What can be said about each condition, from the answers beside which all that are used were measured.

    A condition measured beside less than half of the answers is left out, and the least measured ones too where only
    without them there is enough data: one dead sensor does not silence the others.
    """
    usable = _usable(answers, conditions)
    kept, measured = _complete(answers, usable)
    counts = _counts(kept)
    missing = _missing(kept)
    said, groups = ({}, ()) if missing or not usable else _fitted(kept, measured)
    why = "; ".join(missing) or "measured beside too few answers"
    return Drivers(
        answers=counts["answers"],
        days=counts["days"],
        store_days=counts["store days"],
        missing=missing,
        counts=counts,
        effects=tuple(said.get(c.name) or _nothing(c, why) for c in conditions),
        groups=groups,
    )


def _usable(answers: Answers, conditions: list[Condition]) -> list[Condition]:
    measured = {c.name: int(np.isfinite(c.values).sum()) for c in conditions}
    half = [c for c in conditions if measured[c.name] * 2 >= len(answers.score) > 0]
    best_first = sorted(half, key=lambda c: -measured[c.name])
    for many in range(len(half), 0, -1):
        if not _missing(_complete(answers, best_first[:many])[0]):
            names = {c.name for c in best_first[:many]}
            return [c for c in half if c.name in names]
    return half


def _complete(answers: Answers, conditions: list[Condition]) -> tuple[Answers, list[Condition]]:
    """The answers beside which all of these were measured, and what was measured there."""
    whole = np.isfinite(answers.score)
    for condition in conditions:
        whole = whole & np.isfinite(condition.values)
    kept = [condition._replace(values=condition.values[whole]) for condition in conditions]
    return Answers(answers.score[whole], answers.store[whole], answers.day[whole], answers.hour[whole]), kept


def _counts(answers: Answers) -> dict[str, int]:
    store_days = len(np.unique(_clusters(answers)))
    spare = store_days - levels(_of_the_day(answers)) if store_days else 0
    counts = len(answers.score), len(np.unique(answers.day)), store_days, spare
    return dict(zip(LEAST, counts, strict=True))


def _missing(answers: Answers) -> tuple[str, ...]:
    counts = _counts(answers)
    return tuple(f"{counts[what]} of {least} {what}" for what, least in LEAST.items() if counts[what] < least)


def _clusters(answers: Answers) -> Labels:
    """One number for each store and day."""
    _, store = np.unique(answers.store, return_inverse=True)
    return np.asarray(store * (int(answers.day.max(initial=0)) + 1) + answers.day, dtype=np.int64)


def _of_the_day(answers: Answers) -> list[Labels]:
    # A business day's ordinal modulo 7 stands for its weekday; which one it is does not matter here.
    return [answers.day % 7, answers.store]


def _nothing(condition: Condition, reason: str) -> Effect:
    return Effect(name=condition.name, unit=condition.unit, verdict="not enough data", reason=reason)


def _fitted(answers: Answers, conditions: list[Condition]) -> tuple[dict[str, Effect], tuple[Group, ...]]:
    raw = np.column_stack([answers.score, *(c.values for c in conditions)])
    left, used = within(raw, [answers.hour, *_of_the_day(answers)])
    varies = left.std(axis=0)[1:] > 1e-6 * raw.std(axis=0)[1:] + 1e-12
    said = {c.name: _nothing(c, _STILL) for c, moves in zip(conditions, varies, strict=True) if not moves}
    moving = [c for c, moves in zip(conditions, varies, strict=True) if moves]
    if not moving:
        return said, ()
    if len(raw) <= 2 * used:
        return said | {c.name: _nothing(c, _THIN) for c in moving}, ()
    columns = left[:, 1:][:, varies]
    found = fit(left[:, 0], columns, _clusters(answers), used, levels(_of_the_day(answers)))
    effects, groups = _judged(moving, found, columns)
    return said | effects, groups


def _judged(conditions: list[Condition], found: Fit, columns: Floats) -> tuple[dict[str, Effect], tuple[Group, ...]]:
    """Groups first, Benjamini and Hochberg over all of them; then the members of those with something in them."""
    alike = inflation(columns)
    together = _groups(np.abs(np.corrcoef(columns, rowvar=False)).reshape(len(conditions), -1), alike)
    chances = benjamini_hochberg([found.chance(group) for group in together])
    said, groups = dict[str, Effect](), list[Group]()
    for members, chance in zip(together, chances.tolist(), strict=True):
        group = Group(names=tuple(conditions[i].name for i in members), chance=chance, found=chance <= _LEVEL)
        groups.append(group)
        said |= {e.name: e for e in _members(members, group, conditions, found, alike)}
    return said, tuple(groups)


def _members(
    members: list[int], group: Group, conditions: list[Condition], found: Fit, alike: Floats
) -> Iterator[Effect]:
    """Each member's verdict, Holm over all of them: none is a driver of whose group nothing was found."""
    single = np.maximum(holm([found.chance([i]) for i in members]), group.chance).tolist()
    apart = [bool(alike[i] < _TOO_ALIKE) for i in members]
    sure = [p <= _LEVEL and alone for p, alone in zip(single, apart, strict=True)]
    somebody = group.found and not any(sure)
    for i, p, alone, driver in zip(members, single, apart, sure, strict=True):
        verdict: Verdict = (
            "driver" if driver else "nothing seen" if alone and not somebody else "cannot tell these apart"
        )
        others = tuple(name for name in group.names if name != conditions[i].name)
        yield _effect(conditions[i], found, i, verdict, p, float(alike[i]), others)


def _effect(
    condition: Condition, found: Fit, i: int, verdict: Verdict, chance: float, alike: float, others: tuple[str, ...]
) -> Effect:
    told = verdict != "cannot tell these apart"
    low, high = found.interval(i)
    return Effect(
        name=condition.name,
        unit=condition.unit,
        verdict=verdict,
        effect=float(found.effect[i]) if told else None,
        low=low if told else None,
        high=high if told else None,
        chance=chance,
        inflation=alike,
        with_others=others,
    )


def _groups(correlation: NDArray[np.float64], alike: Floats) -> list[list[int]]:
    """Conditions that move together: two with half in common, and one that others make up with the likest."""
    linked = correlation >= _TOGETHER
    for i in np.flatnonzero(alike >= _TOO_ALIKE):
        strongest = int(np.argmax(np.where(np.arange(len(alike)) == i, -1.0, correlation[i])))
        linked[i, strongest] = linked[strongest, i] = True
    groups, left = list[list[int]](), set(range(len(alike)))
    while left:
        group, fresh = set[int](), {min(left)}
        while fresh:
            group |= fresh
            fresh = {int(j) for i in fresh for j in np.flatnonzero(linked[i])} - group
        groups.append(sorted(group))
        left -= group
    return groups
