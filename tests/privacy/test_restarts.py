"""What a stop, a kill or another level in mid-day may not do: say a thing twice, or say more than a level says."""

from pathlib import Path

import numpy as np
import pytest

from edge.deliver.outbox import Outbox
from edge.measure.facts import Fact
from edge.messages import Window, decode
from edge.pipeline import Pipeline
from edge.plan import Outbox as Limits
from edge.values import AnyValue, Count, Flow, Heat, K, Load, Stat
from tests.privacy.visitors import DAY, OPENS, crowd, facts, plan, told

NOON = float(int(OPENS) // 900 * 900 + 5 * 900 + 400)
Value = tuple[int, AnyValue]


def lived(folder: Path, lives: list[tuple[str, list[Fact], float, bool]]) -> list[Value]:
    """(end, value) of all that stands on disk after lives of (level, facts, begun at, ended in order)."""
    for level, stated, begun, clean in lives:
        box = Outbox(Limits(dir=str(folder)))
        try:
            pipeline = Pipeline(plan(level), box, begun, begun, lambda: "ntp")
            for fact in stated:
                pipeline.add(fact)
            pipeline.store(DAY[1])
            if clean:
                pipeline.stop(DAY[1])
        finally:
            box.close()
    box = Outbox(Limits(dir=str(folder)))
    try:
        messages = [decode("w", row.payload) for row in box.batch(None, 2000)]
    finally:
        box.close()
    return [(int(m.end.timestamp()), v) for m in messages if isinstance(m, Window) for v in m.values]


def halves() -> tuple[list[Fact], list[Fact]]:
    stated = facts(crowd(np.random.default_rng(8), 150))
    return [fact for fact in stated if fact.at < NOON], [fact for fact in stated if fact.at >= NOON]


def overlaps(values: list[Value]) -> bool:
    """Whether any two values of one place and kind speak of the same time."""
    spans: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    for end, v in values:
        key = (type(v), v.place, getattr(v, "of", ""), getattr(v, "to", ""))
        spans.setdefault(key, []).append((int(v.start.timestamp()), end))
    return any(a[1] > b[0] for some in spans.values() for a, b in zip(sorted(some), sorted(some)[1:], strict=False))


def too_much(level: str, end: int, v: AnyValue) -> bool:
    """Whether a level may not say this at all."""
    if isinstance(v, Stat):
        return v.n is not None and v.n < K
    if level == "standard":
        return isinstance(v, Flow) and v.n is not None and v.n < 10
    small = [getattr(v, name, None) for name in ("entries", "exits", "passers", "max", "joined")]
    return isinstance(v, Flow | Heat) or (
        isinstance(v, Count | Load) and any(number is not None and number < K for number in small)
    )


@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("levels", [("standard", "standard"), ("standard", "strict"), ("strict", "standard")])
def test_no_life_says_again_or_more(tmp_path: Path, levels: tuple[str, str], clean: bool) -> None:
    first, second = halves()
    values = lived(tmp_path, [(levels[0], first, DAY[0], clean), (levels[1], second, NOON, True)])
    assert not overlaps(values)
    early = max(int(fact.at) for fact in first) // 300 * 300
    assert not [v for end, v in values if end <= early and too_much(levels[0], end, v)]
    assert not [v for end, v in values if end > early + 900 and too_much(levels[1], end, v)]
    alone = told(levels[1], second)
    day_alone = {repr(v) for end, some in alone for v in some if end == DAY[1] and isinstance(v, Flow | Heat)}
    day_both = {repr(v) for end, v in values if end == DAY[1] and isinstance(v, Flow | Heat)}
    stripped = [
        {text.split("observed_s")[0] + text.split("withheld")[1] for text in day} for day in (day_alone, day_both)
    ]
    assert stripped[0] == stripped[1], "what the day says at its end knows of the second life only"


def test_the_attack_finds_a_day_that_is_told_twice(tmp_path: Path) -> None:
    """The outbox of another folder knows nothing of what was published, as where nothing is remembered."""
    first, second = halves()
    values = lived(tmp_path / "a", [("standard", first, DAY[0], False)])
    values += lived(tmp_path / "b", [("standard", [*first, *second], DAY[0], True)])
    assert overlaps(values)
    assert [v for end, v in values if too_much("strict", end, v)]


def test_two_cameras_on_one_place_each_stand_alone() -> None:
    """What one camera tells of a place and what another tells never add up to fewer people than either may tell."""
    rng = np.random.default_rng(9)
    came = crowd(rng, 60, zones="ab")
    other = {"a": "b", "b": "a"}
    both = [
        one._replace(
            stays=(*one.stays, *((other[z], s + rng.normal(0, 1), e + rng.normal(0, 1)) for z, s, e in one.stays))
        )
        for one in came
    ]
    values = [(end, v) for end, some in told("standard", facts(both)) for v in some if isinstance(v, Stat)]
    assert not overlaps(values)
    assert all(v.n is None or v.n >= K for _, v in values)
