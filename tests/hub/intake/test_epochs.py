"""What statuses tell about epochs: numbers that never come are lost in an hour, two devices with one name at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.messages import Status, stamp
from hub.intake.cursors import Cursor, Spoken
from hub.intake.epochs import MOST_EPOCHS, NUMBERED, OLDER, SILENT_S, Epochs
from hub.intake.sorting import Batch, Heard

NOW = 1781114400.0
CAM = ("s001", "cam-01")
OLD, NEW = "0000000a", "0000000b"
PLAIN = {"v": 1, "state": "online", "at": stamp(NOW), "epoch": OLD, "version": "1", "plan": "0" * 12, "held": 0}
PLAIN |= {"level": "standard", "clock": "ntp", "counters": {}, "sensors": (), "places": ()}


def heard(epoch: str, at: float, numbered: int = 0, older: int = 0, **other: Any) -> Heard:
    """A status of this epoch, said at `at`."""
    retain = other.pop("retain", False)
    counters = {NUMBERED: numbered, OLDER: older}
    said = Status(**(PLAIN | {"epoch": epoch, "at": stamp(at), "counters": counters} | other))
    return Heard(*CAM, said, retain)


def follow(epochs: Epochs, cursors: dict[Any, Cursor], at: float, *statuses: Heard) -> tuple[set[Any], list[Any]]:
    """The twins found and the runs lost."""
    batch = Batch()
    batch.statuses += statuses
    twins = epochs.follow(batch, cursors, at)
    assert {(lost.site, lost.device) for lost in batch.lost} <= {CAM}
    return twins, [(lost.epoch, lost.first, lost.last) for lost in batch.lost]


def test_what_was_on_a_lost_card_is_lost_an_hour_after_its_last_word() -> None:
    epochs, cursors = Epochs({}), {(*CAM, OLD): Cursor(upto=30, islands=[40])}
    follow(epochs, cursors, NOW, heard(OLD, NOW, 50))
    assert follow(epochs, cursors, NOW + 60, heard(NEW, NOW + 60, 2)) == (set(), [])
    assert follow(epochs, cursors, NOW + SILENT_S - 1, heard(NEW, NOW + SILENT_S - 1, 8)) == (set(), [])
    found = follow(epochs, cursors, NOW + SILENT_S, heard(NEW, NOW + SILENT_S, 8))
    assert found == (set(), [(OLD, 31, 39), (OLD, 41, 50)])
    assert cursors[*CAM, OLD].upto == 50
    assert follow(epochs, cursors, NOW + 9000, heard(NEW, NOW + 9000, 9)) == (set(), [])


def test_an_epoch_of_which_nothing_ever_came_is_lost_whole() -> None:
    epochs, cursors = Epochs({}), {}
    follow(epochs, cursors, NOW, heard(OLD, NOW, 50, retain=True))
    later = NOW + SILENT_S
    assert follow(epochs, cursors, later, heard(NEW, later))[1] == [(OLD, 1, 50)]


@pytest.mark.parametrize(
    "said",
    [{"older": 1}, {"retain": True}, {"state": "offline"}],
    ids=["it holds rows of an earlier start", "an old status", "a will"],
)
def test_nothing_is_given_up_on_a_word_that_does_not_say_so(said: dict[str, Any]) -> None:
    epochs, cursors = Epochs({}), {}
    follow(epochs, cursors, NOW, heard(OLD, NOW, 50))
    later = NOW + 2 * SILENT_S
    assert follow(epochs, cursors, later, heard(NEW, later, **said)) == (set(), [])


def test_what_came_in_the_end_is_not_lost() -> None:
    epochs, cursors = Epochs({}), {(*CAM, OLD): Cursor(upto=50)}
    follow(epochs, cursors, NOW, heard(OLD, NOW, 50))
    later = NOW + SILENT_S
    assert follow(epochs, cursors, later, heard(NEW, later)) == (set(), [])


def test_two_devices_with_one_name_are_told_once_an_hour() -> None:
    epochs: Epochs = Epochs({})
    follow(epochs, {}, NOW, heard(OLD, NOW))
    assert follow(epochs, {}, NOW + 2, heard(NEW, NOW + 2))[0] == set()
    assert epochs.twins(NOW + 2) == 0
    assert follow(epochs, {}, NOW + 4, heard(OLD, NOW + 4))[0] == {CAM}
    assert follow(epochs, {}, NOW + 6, heard(NEW, NOW + 6))[0] == set()
    assert follow(epochs, {}, NOW + 8, heard(OLD, NOW + 8))[0] == set()
    assert epochs.twins(NOW + 8) == 1
    assert epochs.twins(NOW + 8 + SILENT_S) == 0


def test_the_same_status_again_is_no_second_device() -> None:
    """As the broker sends it when the hub was gone before it confirmed."""
    epochs: Epochs = Epochs({})
    both = heard(OLD, NOW), heard(NEW, NOW + 2)
    follow(epochs, {}, NOW + 3, *both)
    known = Epochs(epochs.of([CAM]))  # a hub that was killed in between knows it from its database
    assert follow(known, {}, NOW + 4, *both)[0] == set()
    assert follow(known, {}, NOW + 5, heard(OLD, NOW + 1, retain=True))[0] == set()
    assert follow(known, {}, NOW + 6, heard(OLD, NOW + 6))[0] == {CAM}


def test_restarts_without_end_are_held_in_bounds() -> None:
    epochs: Epochs = Epochs({})
    for i in range(3 * MOST_EPOCHS):
        assert follow(epochs, {}, NOW + i, heard(f"{i:08x}", NOW + i))[0] == set()
    assert len(epochs.of([CAM])) == MOST_EPOCHS


def test_it_is_stored_and_read_back(hub: Any) -> None:
    batch, epochs = Batch(), Epochs({})
    batch.statuses += [heard(OLD, NOW, 5), heard(NEW, NOW + 2, 6), heard(OLD, NOW + 4, 7)]
    assert epochs.follow(batch, {}, NOW + 5) == {CAM}
    hub.store.commit(batch, {}, NOW + 5)
    plain = {source: (s.number, s.said_at, s.heard_at, s.returned_at) for source, s in hub.store.epochs().items()}
    assert plain == {
        (*CAM, NEW): (6, NOW + 2, NOW + 5, 0.0),
        (*CAM, OLD): (7, NOW + 4, NOW + 5, NOW + 5),
    }
    (device,) = hub.store.ask("devices", {"site": "s001"}).to_pylist()
    assert device["twin_at"].timestamp() == NOW + 5


@given(
    st.lists(st.tuples(st.sampled_from([OLD, NEW, "0000000c"]), st.integers(0, 90), st.integers(0, 3)), max_size=12)
)
def test_no_number_is_given_up_twice_or_above_what_was_told(steps: list[tuple[str, int, int]]) -> None:
    epochs, cursors, told, lost = Epochs({}), {}, {}, []
    for i, (epoch, number, older) in enumerate(steps):
        at = NOW + i * 2000
        told[epoch] = max(told.get(epoch, 0), number)
        lost += follow(epochs, cursors, at, heard(epoch, at, number, older))[1]
    numbers = [(epoch, n) for epoch, first, last in lost for n in range(first, last + 1)]
    assert len(numbers) == len(set(numbers))
    assert all(n <= told[epoch] for epoch, n in numbers)
    assert all(isinstance(spoken, Spoken) for spoken in epochs.of([CAM]).values())
