"""People whose track breaks carry on under one number; two people never share one."""

import numpy as np
import pytest

from edge.measure.geometry import People
from edge.measure.places import Places, Rules
from edge.measure.queues import Done, Joined, Left, Served
from edge.measure.relay import Relay, RelayRules
from edge.plan import Queue

HALL = ((0.0, 0.0), (10.0, 0.0), (10.0, 2.0), (0.0, 2.0))
TILL = Queue(id="till", sensor="cam", polygon=HALL, service=((8.0, 0.0), (10.0, 0.0), (10.0, 2.0), (8.0, 2.0)))
Rows = list[tuple[int, float, float]]


def moment(at: float, rows: Rows, unseen: tuple[int, ...] = ()) -> People:
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    xy = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 2)
    return People(at, ids, xy, np.full(len(rows), 1.7), ~np.isin(ids, unseen))


def names(*steps: tuple[float, Rows]) -> list[list[int]]:
    """The numbers of the people of each step, with the hall as a queue."""
    relay = Relay(RelayRules(), [HALL])
    return [relay.step(moment(at, rows)).ids.tolist() for at, rows in steps]


@pytest.mark.parametrize(
    ("later", "place", "same"),
    [
        (1.0, (5.3, 1.0), True),
        (2.0, (5.8, 1.0), True),
        (1.0, (6.0, 1.0), False),  # beyond half a body height
        (9.0, (5.3, 1.0), True),  # both in the queue: people stand there
        (11.0, (5.3, 1.0), False),
    ],
)
def test_a_new_track_near_a_lost_one(later: float, place: tuple[float, float], same: bool) -> None:
    assert names((0.0, [(1, 5.0, 1.0)]), (later, [(2, *place)])) == [[1], [1 if same else 2]]


def test_outside_of_a_queue_two_seconds_are_all() -> None:
    assert names((0.0, [(1, 5.0, 9.0)]), (1.9, [(2, 5.2, 9.0)])) == [[1], [1]]
    assert names((0.0, [(1, 5.0, 9.0)]), (2.5, [(2, 5.2, 9.0)])) == [[1], [2]]


def walked(speed: float, gap: float) -> bool:
    """Whether somebody who walks at so many metres a second keeps the number over a gap outside of any queue."""
    steps: list[tuple[float, Rows]] = [(i / 5, [(1, i / 5 * speed, 9.0)]) for i in range(11)]
    steps.append((2.0 + gap, [(2, (2.0 + gap) * speed, 9.0)]))
    return names(*steps)[-1] == [1]


def test_who_walks_is_expected_ahead() -> None:
    assert walked(1.4, 1.0)
    assert walked(1.4, 2.0)
    assert not walked(1.4, 2.2)
    steps = (0.0, [(1, 0.0, 9.0)]), (0.2, [(1, 0.3, 9.0)]), (1.2, [(2, 0.3, 10.4)])
    assert names(*steps)[-1] == [2], "aside of the way is somebody else"


def test_who_is_there_has_not_been_lost() -> None:
    assert names((0.0, [(1, 5.0, 1.0)]), (0.2, [(1, 5.0, 1.0), (2, 5.2, 1.0)])) == [[1], [1, 2]]


def test_the_nearest_lost_one_is_carried_on() -> None:
    steps = (0.0, [(1, 4.6, 1.0), (2, 5.2, 1.0)]), (1.0, [(7, 5.0, 1.0), (8, 4.5, 1.0)])
    assert names(*steps) == [[1, 2], [2, 1]]


def test_who_comes_back_takes_the_number_back() -> None:
    """1 was hidden for one look, just when 2 came in beside."""
    rows: Rows = [(1, 5.0, 1.0), (2, 5.5, 1.0)]
    assert names((0.0, rows[:1]), (0.2, rows[1:]), (0.4, rows), (0.6, rows)) == [[1], [1], [1, 2], [1, 2]]
    absent = names((0.0, rows[:1]), (0.2, rows[1:]), (0.4, rows[:1]), (0.6, rows), (0.8, rows))
    assert absent[2:] == [[1], [1, 2], [1, 2]]


def queue_facts(lost: list[float], rules: Rules | None = None) -> list[object]:
    """Somebody joins at 1 s, is served from 61 to 91 s and goes; each loss is a gap of 1 s and a new number."""
    places = Places([], [], [TILL], rules or Rules())
    facts: list[object] = []
    for i in range(600):
        at = i / 5
        x = -1.0 if at < 1 else 3.0 if at < 61 else 9.0 if at < 91 else 12.0
        hidden = any(loss <= at < loss + 1.0 for loss in lost)
        rows: Rows = [] if hidden else [(1 + sum(loss <= at for loss in lost), x, 1.0)]
        facts += places.step(moment(at, rows))
    return facts + places.close(120.0)


def test_a_wait_goes_on_through_lost_numbers() -> None:
    whole, broken = queue_facts([]), queue_facts([10.0, 25.0, 40.0, 75.0])
    kinds = (Joined, Served, Done, Left)
    assert [f for f in broken if isinstance(f, kinds)] == [f for f in whole if isinstance(f, kinds)]
    (served,) = [f for f in broken if isinstance(f, Served)]
    assert served.waited == pytest.approx(60.0)
    pieces = [f for f in queue_facts([10.0, 25.0, 40.0, 75.0], Rules(relay=None)) if isinstance(f, Served | Left)]
    assert len(pieces) > 1, "without carrying on the wait falls to pieces"
