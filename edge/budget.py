"""The budget of level dp as plain values: what is spent, and what may still be spent.

A share is what one kind of number costs: entries, exits, passers and stays have a quarter of epsilon each. The
windows of a share never overlap and what one visit adds to all of them together is bounded, so a day costs a share
once, however many windows it has; the shares add up.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta, Struct

from edge.noise import Below

SHARES = ("entries", "exits", "passers", "stays")
ALL = "all"  # a line of this share says that everything before its end is spent, whatever it was


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much may be learnt about one visit from all that a device says in a day, at level dp."""

    epsilon: Annotated[float, Meta(ge=0.1, le=10)] = 2.0

    @property
    def exact(self) -> Fraction:
        """Epsilon as the decimal fraction that was written."""
        return Fraction(repr(self.epsilon))

    @property
    def share(self) -> Fraction:
        """What one share may cost in a day."""
        return self.exact / len(SHARES)


class Charge(NamedTuple):
    """What is to be drawn: the numbers of one share for [start, end) in the local day that starts at `day`."""

    share: str
    day: int
    start: int
    end: int
    epsilon: Fraction


class Purse(Protocol):
    """Who keeps the ledger: chance is only to be had for a charge that is on disk already."""

    def charge(self, charge: Charge) -> Below | None:
        """A source of chance for the noise of this charge; None where it may not be spent."""


class Account:
    """What the charges so far have spent. `epsilon` is the limit of a day."""

    def __init__(self, epsilon: Fraction, charges: Iterable[Charge] = ()) -> None:
        self._limit = epsilon
        self._ends: dict[str, int] = {}
        self._days: dict[int, dict[str, Fraction]] = {}
        for charge in charges:
            self.note(charge)

    @property
    def until(self) -> int:
        """The end of the last window that was drawn, Unix seconds; nothing before it can be drawn again."""
        return max(self._ends.values(), default=0)

    def allows(self, charge: Charge) -> bool:
        """Whether this may be spent: after all that was drawn of its share, and within the day's limit."""
        if charge.epsilon <= 0 or not charge.day <= charge.start < charge.end:
            return False
        if charge.start < max(self._ends.get(charge.share, 0), self._ends.get(ALL, 0)):
            return False
        return self.spent(charge.day, charge) <= self._limit

    def note(self, charge: Charge) -> None:
        """From now on this is spent."""
        self._ends[charge.share] = max(charge.end, self._ends.get(charge.share, 0))
        if charge.share != ALL:
            shares = self._days.setdefault(charge.day, {})
            shares[charge.share] = max(charge.epsilon, shares.get(charge.share, Fraction(0)))

    def spent(self, day: int, more: Charge | None = None) -> Fraction:
        """What a visit on the day that starts at `day` has spent at most, with `more` if that were spent too.

        A visit is in one window of a share, so a share costs what its dearest window does.
        """
        shares = dict(self._days.get(day, {}))
        if more:
            shares[more.share] = max(more.epsilon, shares.get(more.share, Fraction(0)))
        return sum(shares.values(), Fraction(0))


def shown(budget: Budget) -> str:
    """The budget in words, for whoever asks what a device does."""
    return f"epsilon {budget.epsilon:g} a visit and day, a quarter each for {', '.join(SHARES)}"
