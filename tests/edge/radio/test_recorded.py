"""`instore-edge replay --adverts` and `instore-edge survey`, as they are typed."""

import csv
import os
import threading
import tomllib
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from edge.plan import PlanError, parse
from edge.radio.adverts import pack
from edge.surveying import Walk, corners, stages, survey
from simulators.rooms import FLAT, recording
from tests.commands import done

PLAN = """
[radio]
scanners = "scanners.csv"
survey = "survey.csv"
tags = {T1 = "trolley"}
"""


def zones() -> str:
    return "".join(
        f'[[zones]]\nid = "{name}"\npolygon = [[{a}, {b}], [{c}, {b}], [{c}, {d}], [{a}, {d}]]\n'
        for name, (a, b, c, d) in FLAT.rooms.items()
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = recording(FLAT, 7, 120)
    (tmp_path / "scanners.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in made.scanners))
    (tmp_path / "survey.csv").write_text("\r\n".join(made.survey), encoding="utf-8-sig")
    (tmp_path / "events.csv").write_text("\n".join(made.events))
    (tmp_path / "truth.txt").write_text("\n".join(made.truth))
    (tmp_path / "plan.toml").write_text(PLAN + zones())
    return tmp_path


def run(folder: Path, plan: str = "plan.toml", events: str = "events.csv") -> CompletedProcess[str]:
    return done(
        "edge", "replay", "--adverts", folder / events, "--plan", folder / plan, "--audit", folder / "zones.csv"
    )  # fmt: skip


def audit(folder: Path) -> list[dict[str, str]]:
    with (folder / "zones.csv").open(encoding="utf-8") as lines:
        assert next(lines).startswith("# lag_s=3:")
        return list(csv.DictReader(lines))


def right(folder: Path) -> float:
    truth = (folder / "truth.txt").read_text().split("\n")
    said = {int(row["t_s"]): row["zone"] for row in audit(folder)}
    return sum(said.get(t) == zone for t, zone in enumerate(truth)) / len(truth)


def test_a_recording_of_rooms_gives_an_audit(folder: Path) -> None:
    ended = run(folder)
    assert ended.returncode == 0
    rows = audit(folder)
    assert list(rows[0]) == ["t_s", "tag", "zone", "probability"]
    assert all(row["tag"] == "T1" and 0 < float(row["probability"]) <= 1 for row in rows)
    assert right(folder) >= 0.85
    assert "readings: " in ended.stderr


@pytest.mark.parametrize(
    ("plan", "kept"),
    [
        (PLAN, "x_m,y_m,scanner,rssi_dbm,zone"),  # zones from the survey
        (PLAN, "scanner,rssi_dbm,zone"),
        (PLAN + "{zones}", "x_m,y_m,scanner,rssi_dbm"),
    ],
)
def test_zones_come_from_polygons_or_from_the_survey(folder: Path, plan: str, kept: str) -> None:
    with (folder / "survey.csv").open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    with (folder / "survey.csv").open("w") as out:
        writer = csv.DictWriter(out, kept.split(","), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "plan.toml").write_text(plan.replace("{zones}", zones()))
    assert run(folder).returncode == 0
    assert {row["zone"] for row in audit(folder)} <= {*FLAT.rooms, "unknown"}
    assert right(folder) >= 0.75


def test_without_a_survey_the_scanners_vote_by_their_own_zone(folder: Path) -> None:
    lines = recording(FLAT, 7, 120).scanners
    (folder / "scanners.csv").write_text("\n".join(lines))
    (folder / "plan.toml").write_text(PLAN.replace('survey = "survey.csv"\n', ""))
    assert run(folder).returncode == 0
    assert {row["zone"] for row in audit(folder)} <= {line.split(",")[-1] for line in lines[1:]}


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("plan.toml", "[radio]\nscanners = 'scanners.csv'\n", "radio.tags: missing"),
        ("plan.toml", PLAN.replace("trolley", "dog"), "radio.tags"),
        ("plan.toml", PLAN.replace("{T1", '{"aa:bb:cc:dd:ee:ff" = "trolley", AABBCCDDEEFF'), "radio.tags entry 2"),
        ("plan.toml", "[radio", "file: not valid TOML"),
        ("plan.toml", PLAN.replace("scanners.csv", "none.csv"), "radio.scanners: cannot be read"),
        ("scanners.csv", "scanner,x_m,y_m,z_m\na,1,1,2\nA,2,2,2", "radio.scanners line 3: this scanner stands on"),
        ("survey.csv", "x_m,y_m,rssi_dbm\n1,1,-50", "radio.survey: the column scanner is missing"),
        ("events.csv", "t_s,scanner,rssi_dbm\n1,s0,-50", "events: the column tag is missing"),
    ],
)
def test_what_cannot_be_used_is_named_and_not_its_value(folder: Path, file: str, text: str, said: str) -> None:
    (folder / file).write_text(text)
    ended = run(folder)
    assert ended.returncode == 78
    assert said in ended.stderr
    assert "dog" not in ended.stderr


def test_a_recording_must_be_a_file(folder: Path) -> None:
    (folder / "link").symlink_to("/dev/null")
    ended = run(folder, events="link")
    assert ended.returncode == 1
    assert "not a regular file" in ended.stderr


def test_noise_in_every_file_is_counted(folder: Path) -> None:
    with (folder / "events.csv").open("a") as out:
        out.write("\n1,s0,T1,12\n2,s0,T1,nan\n3,s99,T1,-50\n4,s0,T9,-50\n\0\n" + "x" * 100_000)
    with (folder / "survey.csv").open("a") as out:
        out.write("\r\n1,1,s99,-50,hall\r\n1,1,s0,7,hall\r\n")
    ended = run(folder)
    assert ended.returncode == 0
    said = ended.stderr
    assert "no usable strength: 2\n" in said
    assert "unknown scanner: 1\n" in said
    assert "tag not listed: 1\n" in said
    assert "survey, lines left out, unknown scanner: 1\n" in said


HALVES = {"west": (0, 5), "east": (5, 10)}
DEVICE = """
site = "s"
device = "d"
timezone = "UTC"
level = "standard"
[[sensors]]
id = "radio"
kind = "scanner"
source = "{pipe}"
[radio]
scanners = "{folder}/scanners.csv"
"""


def walked(folder: Path, walk: Walk, loud: Callable[[str], list[int]]) -> str:
    """What a survey of two halves says, and into made.csv writes; `loud` gives the strength at each scanner by what
    was said last.
    """
    os.mkfifo(folder / "pipe")
    text = DEVICE.replace("{pipe}", str(folder / "pipe")).replace("{folder}", str(folder))
    for name, (a, b) in HALVES.items():
        text += f'[[zones]]\nid = "{name}"\nsensor = "radio"\npolygon = [[{a}, 0], [{b}, 0], [{b}, 8], [{a}, 8]]\n'
    over, said = threading.Event(), list[str]()
    advert = pack(bytes.fromhex("aabbccddee01")).hex()
    pipe = os.open(folder / "pipe", os.O_RDWR)

    def speak() -> None:
        while not over.wait(0.02):
            for i, level in enumerate(loud("".join(said))):
                os.write(pipe, f"0,s{i},{advert},{level}\n".encode())

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        plan, stop = parse(tomllib.loads(text)), threading.Event()
        assert survey(plan, None, "AA:BB:CC:DD:EE:01", folder / "made.csv", walk, stop, said.append)
    finally:
        over.set()
        speaker.join()
        os.close(pipe)
    return "".join(said)


def test_a_survey_is_walked_recorded_and_judged(folder: Path) -> None:
    def loud(said: str) -> list[int]:
        """Loud at the scanners of the half in which the spot last named lies."""
        west = "west" in said.rpartition("Spot ")[2]
        return [-50 if west == (x < 5) and x != 5 else -75 for x in (5.0, 0.5, 0.5, 9.5, 9.5, 5.0)]

    said = walked(folder, Walk(6, 1.0, 0.2), loud)
    assert "Spot 6 of 6" in said
    assert "[####################]   1 of 1 s, 6 of 6 scanners" in said
    assert "Expect the right zone in about" in said
    rows = list(csv.DictReader((folder / "made.csv").read_text().splitlines()))
    assert len({(row["x_m"], row["y_m"]) for row in rows}) == 6
    assert {row["zone"] for row in rows} == set(HALVES)
    assert "aabbccddee01" not in (folder / "made.csv").read_text().lower()


def test_a_survey_along_ways_notes_where_one_walked_in_each_second(folder: Path) -> None:
    walk = Walk(walk_s=0.1, along=((1.0, 2.0), (9.0, 2.0), (9.0, 6.0)), pace_mps=4.0, turn_s=0.1)
    said = walked(folder, walk, lambda said: [-60 - i for i in range(6)])
    assert "] begins in 1 s" in said
    assert "Way 1 of 4: be at x 1.0 m, y 2.0 m in 0 s, then walk evenly to x 9.0 m, y 2.0 m" in said
    assert "Way 3 of 4: be at x 9.0 m, y 6.0 m" in said
    assert "of a tag that walks: each of 4 ways was told by the other ones.\n" in said
    rows = list(csv.DictReader((folder / "made.csv").read_text().splitlines()))
    places = [place for place, _ in groupby((row["x_m"], row["y_m"], row["zone"]) for row in rows)]
    across = [("3.00", "2.00", "west"), ("7.00", "2.00", "east")]
    assert places == [*across, ("9.00", "4.00", "east"), *reversed(across)]


def test_ways_go_there_and_back_at_the_pace_and_need_two_corners() -> None:
    there = stages(Walk(along=((0.0, 0.0), (10.0, 0.0), (10.0, 0.0), (10.0, 5.0))), ())
    assert [(stage.begin, stage.end) for stage in there] == [
        ((0, 0), (10, 0)), ((10, 0), (10, 5)), ((10, 5), (10, 0)), ((10, 0), (0, 0)),
    ]  # fmt: skip
    assert [(stage.wait_s, stage.lasts_s) for stage in there] == [(20, 20), (5, 10), (5, 10), (5, 20)]
    assert there[0].place(0.9) == (0.25, 0.0)
    assert there[0].place(99) == (10.0, 0.0)
    for text in ("1", "1,2,3", "a,b c,d", "nan,1 2,2"):
        with pytest.raises(PlanError, match="--along: "):
            corners(text)
    for few in (((1.0, 1.0),), ((1.0, 1.0), (1.0, 1.0))):
        with pytest.raises(PlanError, match="--along: name two different"):
            stages(Walk(along=few), ())


def test_a_survey_needs_a_radio_sensor(folder: Path) -> None:
    text = DEVICE.replace("scanner", "gateway", 1).replace('source = "{pipe}"', "").replace("{folder}", str(folder))
    (folder / "edge.toml").write_text(text)
    said = done("edge", "survey", folder / "out.csv", "--tag", "aabbccddee01", "--config", folder / "edge.toml")
    assert said.returncode == 78
    assert "zones: none is drawn" in said.stderr
