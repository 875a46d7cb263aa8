"""The cursor and the quarter hours against models too simple to be wrong."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.messages import Window, stamp
from edge.values import Count
from hub.intake.cursors import Cursor
from hub.storage.rollup import Front, Sums

START, QUARTER_S, WINDOW_S = 1781114400, 900, 300
TAKE, RESUME, REOPEN = "take", "resume", "reopen"


@given(st.lists(st.tuples(st.sampled_from([TAKE, TAKE, TAKE, RESUME, REOPEN]), st.integers(1, 40)), max_size=80))
def test_any_mix_of_numbers_and_resumes_is_the_set_of_what_is_known(steps: list[tuple[str, int]]) -> None:
    """Every number is taken once or lost once; a cursor read back from the database is the same cursor."""
    cursor, taken, lost = Cursor(), set[int](), set[int]()
    for what, n in steps:
        if what == TAKE:
            assert cursor.take(n) is (n not in taken | lost)
            taken |= {n} - lost
        elif what == RESUME:
            gone = {seq for first, last in cursor.resume(n) for seq in range(first, last + 1)}
            assert gone == set(range(1, n)) - taken - lost
            lost |= gone
        else:
            cursor = Cursor(cursor.upto, sorted(cursor.islands))
        known = taken | lost
        assert set(range(1, cursor.upto + 1)) | cursor.islands == known
        assert cursor.upto + 1 not in known


def row(step: int, entries: int | None, revision: int) -> tuple[Window, Count, int, Any, Any]:
    """A count of the door in the five minutes number `step`, as the store spreads it."""
    start = START + WINDOW_S * step
    count = Count(
        place="door",
        start=stamp(start),
        observed_s=0 if entries is None else 300,
        withheld=None,
        revision=revision,
        entries=entries,
        exits=None,
        groups=None,
        passers=None,
    )
    said = {"v": 1, "site": "s001", "device": "cam-01", "epoch": "0000000a", "seq": 1, "level": "standard"}
    window = Window(**said, plan="0" * 12, end=stamp(start + WINDOW_S), clock="ntp", values=(count,))  # type: ignore[arg-type]
    return window, count, start, start + WINDOW_S, None


def summed(stored: list[Count]) -> dict[int, tuple[int, int | None]]:
    """Quarter hour -> observed_s and entries, of each window the highest revision that came last."""
    best: dict[int, Count] = {}
    for count in stored:
        start = int(count.start.timestamp())
        if start not in best or count.revision >= best[start].revision:
            best[start] = count
    found: dict[int, tuple[int, int | None]] = {}
    for start, count in best.items():
        bucket = start // QUARTER_S * QUARTER_S
        observed, entries = found.get(bucket, (0, None))
        more = entries if count.entries is None else (entries or 0) + count.entries
        found[bucket] = (observed + count.observed_s, more)
    return found


COUNTS = st.tuples(st.integers(0, 14), st.none() | st.integers(0, 9), st.sampled_from([0, 0, 0, 1]))


@given(st.lists(st.lists(COUNTS, max_size=8), max_size=8), st.integers(0, 8))
def test_quarter_hours_that_grow_are_those_summed_up_anew(
    batches: list[list[tuple[int, int | None, int]]], restart: int
) -> None:
    """In order, late, again, revised, over a restart that knows only where each line's newest quarter hour began."""
    front, stored, kept = Front({}), list[Count](), dict[int, tuple[int, int | None]]()
    for turn, batch in enumerate(batches):
        if turn == restart and kept:
            front = Front({("s001", "cam-01", "door"): max(kept)})
        rows = [row(*count) for count in batch]
        division = front.divide(rows)
        stored += [count for _, count, _, _, _ in rows]
        for (_, start), sums in division.begun.items():
            assert start not in kept
            kept[start] = plain(sums)
        for (_, start), sums in division.grown.items():
            observed, entries = kept[start]
            more = plain(sums)
            both = entries if more[1] is None else more[1] + (entries or 0)
            kept[start] = (observed + more[0], both)
        truth = summed(stored)
        for _, start in division.again:
            kept[start] = truth[start]
        assert kept == truth


def plain(sums: Sums) -> tuple[int, int | None]:
    return sums[0], sums[1]
