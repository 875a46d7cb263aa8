"""Where to stand for a survey, and what it promises."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.plan import Zone
from edge.radio.floor import read_scanners, zone_of
from edge.radio.rehearsal import rehearse, spots
from simulators.rooms import FLAT, recording

ROOMS = [
    Zone(id=name, sensor="r", polygon=((a, b), (c, b), (c, d), (a, d))) for name, (a, b, c, d) in FLAT.rooms.items()
]


def test_spots_are_spread_and_every_zone_has_one() -> None:
    found = spots(ROOMS, 12)
    assert len(set(found)) == 12
    assert {zone_of(spot, ROOMS) for spot in found} == set(FLAT.rooms)
    assert min(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a in found for b in found if a != b) >= 1.0
    assert spots([], 12) == []


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 60), st.floats(0.5, 60), st.integers(1, 20))
def test_spots_lie_in_the_zone_whatever_its_size(wide: float, high: float, number: int) -> None:
    zone = Zone(id="z", sensor="r", polygon=((0, 0), (wide, 0), (wide, high), (0, high)))
    found = spots([zone], number)
    assert len(found) <= number
    assert all(zone_of(spot, [zone]) == "z" for spot in found)


def test_a_survey_that_knows_its_rooms_promises_more_than_one_that_was_mixed_up() -> None:
    made = recording(FLAT, 3, 60, spots=24)
    stand = read_scanners(made.scanners, ROOMS)
    timed = ["x_m,y_m,scanner,t_s,rssi_dbm"]
    for (x, y), spot in itertools.groupby((row.split(",") for row in made.survey[1:]), lambda cells: cells[:2]):
        timed += [f"{x},{y},{cells[2]},{k * 0.1:.1f},{cells[3]}" for k, cells in enumerate(spot)]
    found = rehearse(timed, stand, ROOMS)
    assert len(found) == 24
    share = sum(r.right for r in found) / sum(r.seconds for r in found)
    assert share >= 0.6
    names = [f"s{(int(row.split(',')[2][1:]) + 3) % 6}" for row in timed[1:]]
    mixed = [",".join([*row.split(",")[:2], n, *row.split(",")[3:]]) for n, row in zip(names, timed[1:], strict=True)]
    wrong = [*timed[:1], *(m if k % 2 else t for k, (t, m) in enumerate(zip(timed[1:], mixed, strict=True)))]
    worse = rehearse(wrong, stand, ROOMS)
    assert sum(r.right for r in worse) / sum(r.seconds for r in worse) < share
    assert rehearse(timed[:1], stand, ROOMS) == []


def test_a_survey_without_times_is_no_rehearsal() -> None:
    stand = read_scanners(recording(FLAT, 3, 10).scanners, ROOMS)
    with pytest.raises(ValueError, match="t_s"):
        rehearse(["x_m,y_m,scanner,rssi_dbm", "1,1,s0,-50"], stand, ROOMS)


def test_ways_are_told_second_by_second_where_they_lead() -> None:
    stand = read_scanners(
        ["scanner,x_m,y_m,z_m", *(f"s{i},{x},{y},2" for i, (x, y) in enumerate([(0, 0), (12, 0), (0, 6), (12, 6)]))],
        (),
    )
    halves = [
        Zone(id=name, sensor="r", polygon=((a, 0), (a + 6, 0), (a + 6, 6), (a, 6)))
        for name, a in {"west": 0, "east": 6}.items()
    ]
    noise, lines = np.random.default_rng(4), ["x_m,y_m,scanner,t_s,rssi_dbm"]
    for y, back in itertools.product((1.0, 3.0, 5.0), (False, True)):
        for t in range(24):
            x = 12 - (t + 0.5) / 2 if back else (t + 0.5) / 2
            far = np.hypot(stand.xyz[:, 0] - x, stand.xyz[:, 1] - y)
            levels = -55 - 25 * np.log10(np.maximum(far, 1)) + noise.normal(0, 3, 4)
            lines += [f"{x},{y},s{i},{t + 0.2},{level:.0f}" for i, level in enumerate(levels)]
    found = rehearse(lines, stand, halves)
    assert [(r.begin, r.end) for r in found[:2]] == [((0.25, 1.0), (11.75, 1.0)), ((11.75, 1.0), (0.25, 1.0))]
    assert [r.seconds for r in found] == [24] * 6
    assert sum(r.right for r in found) >= 0.85 * 6 * 24


def test_what_a_spot_says_of_itself_counts_for_nothing() -> None:
    """One spot in the west sounds as no place can, most like the east: by the others it is told wrong."""
    stand = read_scanners(["scanner,x_m,y_m,z_m", "s0,0,0,2", "s1,12,0,2", "s2,0,6,2", "s3,12,6,2"], ())
    halves = [
        Zone(id=name, sensor="r", polygon=((a, 0), (a + 6, 0), (a + 6, 6), (a, 6)))
        for name, a in {"west": 0, "east": 6}.items()
    ]
    lines = ["x_m,y_m,scanner,t_s,rssi_dbm"]
    for x, y in ((1, 5), (4, 5), (5, 2), (7, 4), (8, 1), (10, 1)):
        far = np.hypot(stand.xyz[:, 0] - x, stand.xyz[:, 1] - y)
        levels = [-45, -90, -90, -52] if x == 1 else -55 - 25 * np.log10(np.maximum(far, 1))
        lines += [f"{x},{y},s{i},{t + 0.2},{level:.0f}" for t in range(20) for i, level in enumerate(levels)]
    found = {r.begin: (r.right, r.seconds) for r in rehearse(lines, stand, halves)}
    assert found[1, 5] == (0, 20)
    assert sum(right for right, _ in found.values()) >= 80
