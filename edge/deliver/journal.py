"""The lines of the ledger of level dp: what each says, and how to tell that one is torn, changed or missing."""

import zlib
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from edge.budget import ALL, SHARES, Charge


class Page(NamedTuple):
    """A ledger as found: its good lines, the number of the last, and whether the end or anything before it is bad."""

    charges: list[Charge]
    number: int
    torn: bool
    damaged: bool


def line(number: int, charge: Charge) -> bytes:
    """One line of a ledger: its number, the charge, and a checksum of both."""
    text = f"{number} {charge.share} {charge.day} {charge.start} {charge.end} {charge.epsilon}"
    return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()


def read(text: bytes) -> Page:
    """The lines of a ledger. Their numbers grow by one; only the last line can have been torn by a power cut."""
    *whole, rest = text.split(b"\n")
    found = [_parsed(one) for one in whole]
    torn = bool(rest) or found[-1:] == [None]
    good = [one for one in found if one]
    numbers = [number for number, _ in good]
    missing = len(good) < len(found) - (not rest and torn)
    gaps = any(after != before + 1 for before, after in pairwise(numbers))
    return Page([charge for _, charge in good], max(numbers, default=0), torn, missing or gaps)


def _parsed(one: bytes) -> tuple[int, Charge] | None:
    try:
        number, share, day, start, end, epsilon, _ = one.decode("ascii").split(" ")
        charge = Charge(share, int(day), int(start), int(end), Fraction(epsilon))
        same = line(int(number), charge) == one + b"\n"
    except (ValueError, ZeroDivisionError):
        return None
    return (int(number), charge) if same and share in (*SHARES, ALL) else None
