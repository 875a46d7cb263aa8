"""Attack 4: one shopper more or less where few others are changes no byte but of counts and loads."""

import os
from collections.abc import Callable

import numpy as np
import pytest

from edge.plan import Plan
from edge.privacy import Door
from edge.values import Count, K, Load
from tests.privacy.visitors import OPENS, Careless, Told, Visitor, crowd, facts, messages, told, visitor

CASES = int(os.environ.get("PRIVACY_SINGLED", "6"))


def apart_from_counts(values: Told) -> Told:
    """What was told, without counts and loads: a turnstile and anybody in the shop give as much."""
    return [(end, tuple(one for one in some if not isinstance(one, Count | Load))) for end, some in values]


def differs(
    level: str, few: list[Visitor], one: Visitor, others: list[Visitor], door: Callable[[Plan], Door]
) -> bool:
    """Whether anything that is told would say whether this one was there."""
    without = told(level, facts([*others, *few]), door)
    with_one = told(level, facts([*others, *few, one]), door)
    return messages(level, apart_from_counts(without)) != messages(level, apart_from_counts(with_one))  # type: ignore[arg-type]


def scene(case: int) -> tuple[list[Visitor], Visitor, list[Visitor]]:
    """From k - 2 to no others in the quiet zone on that day, each up to four times; the one; the rest of the shop."""
    rng = np.random.default_rng([4, case])
    few = [
        visitor(rng, OPENS + rng.random() * 9000, ["quiet"], int(rng.integers(1, 5)))._replace(waits=(), paired=False)
        for _ in range(K - 2 - case % (K - 1))
    ]
    one = visitor(rng, OPENS + rng.random() * 9000, ["quiet"], int(rng.integers(1, 5)))._replace(
        waits=(), paired=False
    )
    return few, one, crowd(rng, 40)


@pytest.mark.parametrize("level", ["standard", "strict"])
@pytest.mark.parametrize("case", range(CASES))
def test_one_shopper_more_changes_nothing_but_counts(level: str, case: int) -> None:
    few, one, others = scene(case)
    assert not differs(level, few, one, others, Door)


def test_the_attack_finds_who_is_counted_by_durations() -> None:
    """Three others who came back five times would be told about, and the one beside them too."""
    found = [differs("standard", few, one, others, Careless) for few, one, others in map(scene, range(6))]
    assert sum(found) >= 2


def test_where_many_are_one_more_is_seen() -> None:
    """So the comparison above is able to see a difference at all."""
    _, _, others = scene(0)
    one = Visitor(OPENS + 1000, OPENS + 2000, (("a", OPENS + 1100, OPENS + 1400),))
    assert differs("standard", [], one, others, Door)
