"""Bad moments: the share of visitors who waited longer than promised, stood in a crowd, or found no till open.

One bad moment outweighs many good ones, so they are counted by visitors and not averaged away. Nobody is followed
from one place to the next: whether the one who waited also stood in the crowd is not known. The share of those who
met any of them is therefore given as the least and the most it can be, quarter hour by quarter hour.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct


class Quarter(NamedTuple):
    """A quarter hour of a store: who came in, and who met what; None where it was not measured.

    `late` waited longer than promised, `unserved` joined a queue while no till was open; `people_m2` is how full it
    was.
    """

    visitors: int | None
    late: float | None
    unserved: float | None
    people_m2: float | None


class Moments(Struct, frozen=True, kw_only=True):
    """Shares of the visitors of the quarter hours in which all that is asked for was measured.

    `least` to `most` is the share that met any. Shares are None without a visitor; `coverage` is the share of quarter
    hours that count, and `unmeasured` names what was never measured and so is in none of the shares.
    """

    visitors: int
    late: float | None
    unserved: float | None
    crowded: float | None
    least: float | None
    most: float | None
    coverage: float
    unmeasured: tuple[str, ...]


_ASKED = ("late", "unserved", "people_m2")


def bad_moments(quarters: Sequence[Quarter], crowd_m2: float) -> Moments:
    """The shares over a period; more than `crowd_m2` people a square metre is a crowd, for everybody who came in
    then.

    A visitor counts in the quarter hour in which they came in, a wait where it ended: over a day that is the same
    people. More late ones than visitors in a quarter hour are taken as all of them.
    """
    never = tuple(name for name in _ASKED if all(getattr(quarter, name) is None for quarter in quarters))
    needed = [name for name in ("visitors", *_ASKED) if name not in never]
    whole = [q for q in quarters if all(getattr(q, name) is not None for name in needed)]
    visitors = sum(q.visitors or 0 for q in whole)
    met = [_met(q, crowd_m2) for q in whole]
    late, unserved, crowded = (sum(parts[i] for parts in met) for i in range(3))
    least, most = (
        sum(max(parts) for parts in met),
        sum(_at_most(q, parts) for q, parts in zip(whole, met, strict=True)),
    )

    def part(of: float, name: str = "") -> float | None:
        return of / visitors if visitors and name not in never else None

    return Moments(
        visitors=visitors,
        late=part(late, "late"),
        unserved=part(unserved, "unserved"),
        crowded=part(crowded, "people_m2"),
        least=part(least),
        most=part(most),
        coverage=len(whole) / len(quarters) if quarters else 0.0,
        unmeasured=never,
    )


def _met(quarter: Quarter, crowd_m2: float) -> tuple[float, float, float]:
    visitors = float(quarter.visitors or 0)
    crowded = visitors if (quarter.people_m2 or 0.0) > crowd_m2 else 0.0
    return min(quarter.late or 0.0, visitors), min(quarter.unserved or 0.0, visitors), crowded


def _at_most(quarter: Quarter, parts: tuple[float, float, float]) -> float:
    return min(sum(parts), float(quarter.visitors or 0))
