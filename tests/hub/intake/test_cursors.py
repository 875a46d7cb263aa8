"""The cursor against a plain set of everything ever taken."""

from hypothesis import given
from hypothesis import strategies as st

from hub.intake.cursors import MOST_ISLANDS, Cursor


@given(st.lists(st.integers(1, 40), max_size=80))
def test_every_number_is_new_once(seqs):
    cursor, seen = Cursor(), set()
    for seq in seqs:
        assert cursor.take(seq) is (seq not in seen)
        seen.add(seq)
        assert set(range(1, cursor.upto + 1)) | cursor.islands == seen
        assert cursor.upto + 1 not in cursor.islands


@given(st.sets(st.integers(1, 30)), st.integers(1, 40))
def test_resume_names_exactly_what_never_came(seqs, first):
    cursor = Cursor()
    for seq in seqs:
        cursor.take(seq)
    lost = {n for low, high in cursor.resume(first) for n in range(low, high + 1)}
    assert lost == set(range(1, first)) - seqs
    assert cursor.upto >= first - 1
    assert cursor.resume(first) == []
    assert all(not cursor.take(seq) for seq in seqs | lost)


def test_a_device_that_knows_less_than_the_hub_moves_nothing():
    cursor = Cursor(100)
    assert cursor.resume(40) == []
    assert cursor.upto == 100


def test_numbers_that_stand_alone_cannot_fill_the_memory():
    cursor, lost = Cursor(), []
    for seq in range(2, 10 * MOST_ISLANDS, 2):
        cursor.take(seq)
        lost += cursor.crowded()
    assert len(cursor.islands) <= MOST_ISLANDS
    assert lost
