"""Zones by the votes of scanners, by how they sound, and doors that are crossed once."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest

from edge.plan import Zone
from edge.radio.adverts import Sighting
from edge.radio.audit import replay_adverts
from edge.radio.estimator import placing
from edge.radio.floor import read_scanners
from edge.radio.survey import read_survey
from edge.radio.votes import over_zones
from simulators.rooms import DOOR, FLAT, Place, recording

TWO = ["scanner,x_m,y_m,z_m,zone", "a,0,0,2,left", "b,9,0,2,right"]
STAND = read_scanners(TWO, ())


def follow(levels: list[tuple[float | None, float | None]], sounds: list[str] | None = None) -> list[str | None]:
    """The zone said of each second, from the strength at a and b in each; "-" where nothing is said."""
    judge = over_zones(STAND, 1, read_survey(sounds, STAND) if sounds else None)
    said = {}
    for t, pair in enumerate([*levels, *[(None, None)] * 3]):
        for name, level in zip("ab", pair, strict=True):
            if level is not None:
                judge.hear(Sighting(t + 0.5, name, 0, level, False))
        for guess in judge.step(t + 1.0):
            assert 0 < guess.probability <= 1
            said[guess.at] = guess.zone
    return [said.get(float(t), "-") for t in range(len(levels))]


def test_who_hears_best_has_the_tag() -> None:
    assert follow([(-60, -75)] * 6) == ["left"] * 6
    assert follow([(None, -75)] * 6) == ["right"] * 6


def test_a_crossing_is_told_once_and_about_when_it_was() -> None:
    said = follow([(-60, -75)] * 20 + [(-75, -60)] * 20)
    assert [zone for zone, _ in groupby(said)] == ["left", "right"]
    assert abs(said.index("right") - 20) <= 2


def test_a_last_word_alone_is_no_crossing() -> None:
    assert set(follow([(-60, -75)] * 20 + [(-90, -50)])) == {"left"}


def test_a_glitch_is_no_crossing() -> None:
    assert set(follow([(-60, -75)] * 20 + [(-80, -60)] + [(-60, -75)] * 20)) == {"left"}


def test_a_zone_is_known_again_by_how_it_sounded() -> None:
    sounds = ["rssi_dbm,zone,scanner"]
    for near, far in ((-50, -80), (-54, -84), (-46, -76)):
        sounds += [f"{near},shop,a", f"{near},shop,b", f"{far},street,a", f"{near},street,b"]
    assert follow([(-52, -52)] * 10, sounds) == ["shop"] * 10
    assert follow([(-78, -52)] * 10, sounds) == ["street"] * 10


def test_a_tag_that_is_gone_is_forgotten_and_a_dead_scanner_told() -> None:
    judge = over_zones(STAND, 1, None)
    for t in range(70):
        if t < 10:
            judge.hear(Sighting(t + 0.5, "a", 0, -50, False))
        guesses = judge.step(t + 1.0)
        assert bool(guesses) == (2 <= t < 39)
    assert judge.silent(70.0) == [0, 1]


def drawn(place: Place) -> tuple[Zone, ...]:
    return tuple(
        Zone(id=name, sensor="radio", polygon=((a, b), (c, b), (c, d), (a, d)))
        for name, (a, b, c, d) in place.rooms.items()
    )


def replayed(place: Place, seed: int, mode: str, weaker: int = 0) -> tuple[list[str], list[str | None]]:
    """The truth and what is said of it by a tag so many dB weaker than the surveyed one."""
    made = recording(place, seed, 240)
    heading, *events = [line.rsplit(",", 1) for line in made.events]
    survey = {"sounds": [line.split(",", 2)[2] for line in made.survey], "": None}.get(mode, made.survey)
    names = [f"s{i}" for i in range(len(place.scanners))]
    judge = placing(drawn(place) if mode == "drawn" else (), (), 1, made.scanners, survey)
    lines = [",".join(heading), *(f"{line},{int(level) - weaker}" for line, level in events)]
    said = {int(p.t_s): p.zone for p in replay_adverts(lines, judge, names, ["T1"], Counter())}
    return made.truth, [said.get(t) for t in range(len(made.truth))]


@pytest.mark.parametrize("mode", ["", "sounds", "spots"])
def test_every_crossing_of_a_door_is_found_once(mode: str) -> None:
    for seed in (3, 4):
        truth, said = replayed(DOOR, seed, mode)
        told = [zone for zone, _ in groupby(said[:-5]) if zone]
        # A crossing in the last seconds of a recording may be told or not.
        assert told in [[zone for zone, _ in groupby(some)] for some in (truth, truth[:-5])]
        assert np.mean([a == b for a, b in zip(truth, said, strict=True)]) >= 0.92


def test_rooms_with_walls_are_told_by_their_sound() -> None:
    right = [a == b for seed in range(4) for a, b in zip(*replayed(FLAT, seed, "sounds"), strict=True)]
    assert np.mean(right) >= 0.9


@pytest.mark.parametrize("mode", ["sounds", "spots", "drawn"])
def test_a_tag_weaker_or_stronger_than_the_surveyed_one_is_placed_nearly_as_well(mode: str) -> None:
    for weaker in (-6, 6):
        pairs = [pair for seed in range(4) for pair in zip(*replayed(FLAT, seed, mode, weaker), strict=True)]
        assert np.mean([a == b for a, b in pairs]) >= 0.85
