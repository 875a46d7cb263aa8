"""The ledger of level dp on disk: what is spent is written and synced before a noisy number exists.

A file of its own beside the outbox and not a table in it: the outbox is begun anew when it is damaged, and on a full
disk it drops its oldest rows; a ledger must do neither. Every doubt counts as spent: a torn last line until now, and
a ledger that is damaged, was removed or put back from an older copy until the local day ends.
"""

import logging
import os
import secrets
from fractions import Fraction
from pathlib import Path

from edge.budget import ALL, Account, Charge
from edge.deliver.disk import OutboxError
from edge.deliver.journal import Page, line, read
from edge.noise import Below

MOST_LINES = 4000  # of a month and more: at most 4 an hour and one a day are written
WRONG_CLOCK_S = 600.0

_LOG = logging.getLogger("instore.ledger")


class Ledger:
    """The ledger of one device; the lock of the outbox keeps other processes from it."""

    def __init__(
        self, directory: str, limit: Fraction, now: float, day: tuple[float, float], *, known: int, published: int
    ) -> None:
        """Open or begin it in `directory`; `limit` is the epsilon of a day, `day` the local day that holds `now`.

        `known` is the number of a line that there was (0: none is known of), `published` the end of the last window
        that left: they show that a ledger is missing or old. OutboxError where it cannot be written.
        """
        self._path = Path(directory) / "ledger"
        page, doubt = self._found(known, published > day[0])
        if doubt:
            _LOG.error("%s: nothing is said before the day ends, because its budget may be spent", doubt)
        until = max(published, int(day[1]) if doubt else int(now) if page.torn else 0)
        charges, self._number = page.charges[-MOST_LINES:], max(page.number, known)
        if doubt or page.torn or until > max((charge.end for charge in charges), default=0):
            charges.append(Charge(ALL, int(day[0]), min(int(day[0]), until - 1), until, limit))
            self._number += 1
        self._account = Account(limit, charges)
        if self._account.until > now + WRONG_CLOCK_S:
            _LOG.error("the budget is spent for %d h to come", (self._account.until - now) // 3600 + 1)
        try:
            self._size = self._rewrite(charges)
        except OSError as error:
            raise OutboxError(f"outbox.dir: the ledger cannot be written ({type(error).__name__})") from None

    @property
    def mark(self) -> int:
        """The number of the last line: who remembers it elsewhere can tell that a ledger is missing or old."""
        return self._number

    def charge(self, charge: Charge) -> Below | None:
        """Chance for the noise of this charge, which is on disk by then; None where it may not be spent."""
        if not self._account.allows(charge):
            return None
        text = line(self._number + 1, charge)
        try:
            _append(self._path, text, self._size)
        except OSError as error:
            _LOG.error("the ledger cannot be written (%s); what it would pay for is withheld", type(error).__name__)
            return None
        self._number += 1
        self._size += len(text)
        self._account.note(charge)
        return secrets.randbelow

    def _found(self, known: int, ran: bool) -> tuple[Page, str]:
        """What is on disk, and what is doubtful about it, if anything; damage is set aside."""
        none = Page([], 0, torn=False, damaged=False)
        try:
            page = read(self._path.read_bytes())
        except FileNotFoundError:
            return none, "the ledger is missing" if known or ran else ""
        except OSError as error:
            return none, f"the ledger cannot be read ({type(error).__name__})"
        if page.damaged:
            self._path.replace(self._path.with_name("damaged-ledger"))
            return page, "the ledger is damaged and was set aside"
        return page, "the ledger is an older copy" if page.number < known else ""

    def _rewrite(self, charges: list[Charge]) -> int:
        """Put a file with these charges in the place of the ledger, whole or not at all; its size."""
        first = self._number - len(charges) + 1
        text = b"".join(line(number, charge) for number, charge in enumerate(charges, start=first))
        fresh = self._path.with_name("ledger.new")
        fresh.touch(mode=0o600)
        _append(fresh, text, 0)
        fresh.replace(self._path)
        _sync(self._path.parent)
        return len(text)


def _append(path: Path, text: bytes, size: int) -> None:
    """Add to a file that has `size` good bytes; what an earlier attempt left behind those is cut off first."""
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.fstat(file).st_size < size:
            raise OSError("cut short by somebody else")
        os.ftruncate(file, size)
        if os.pwrite(file, text, size) != len(text):
            raise OSError("written in part")
        os.fsync(file)
    finally:
        os.close(file)


def _sync(directory: Path) -> None:
    """Make the names in a directory last."""
    file = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
