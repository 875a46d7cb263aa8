"""Pictures, the network camera, clips and the command line."""

import http.client
import json
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.plan import parse
from edge.scene import parse as parse_scene
from simulators.frames import Picture
from simulators.scenes import behind_wall
from simulators.shop import CAMERAS, DOORWAY, Shop, camera, project
from simulators.shoppers import Day, simulate
from simulators.stream import serving, write_clip
from simulators.walks import Crowd, Figure
from tests.commands import done

FRIDAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def friday() -> Day:
    return simulate(Shop(), FRIDAY)


def person(x: float, y: float, look: int = 7) -> Figure:
    return Figure(1, look, 1.75, x, y, 0.0, False, 0.0)


@pytest.mark.parametrize("name", [c.id for c in CAMERAS])
@pytest.mark.parametrize("spot", [(5.0, 2.0), (4.0, 1.3), (9.0, 2.6), (11.5, 5.0)])
def test_a_person_is_drawn_where_the_projection_says(name: str, spot: tuple[float, float]) -> None:
    seen = camera(name)
    picture = Picture(seen)
    foot, head = project(seen, np.array([[*spot, 0.0], [*spot, 1.75]]))[0]
    image, boxes = picture.draw(0.0, [person(*spot)])
    empty, none = picture.draw(0.0, [])
    assert none == {}
    changed = np.abs(image.astype(int) - empty.astype(int)).max(axis=2) > 40
    if not (20 < foot[0] < seen.width - 20 and 90 < foot[1] < seen.height - 5):
        assert not changed.any() or boxes
        return
    x, y, w, h = boxes[1]
    assert x < foot[0] < x + w
    assert y + h == pytest.approx(foot[1], abs=6)
    assert y == pytest.approx(head[1], abs=8)
    _rows, columns = np.nonzero(changed)
    assert x - 25 < columns.min() < columns.max() < x + w + 25
    assert changed[int(y) : int(y + h), int(x) : int(x + w)].mean() > 0.2


def test_the_same_moment_gives_the_same_pixels(friday: Day) -> None:
    at = friday.opens + 4.3 * 3600
    first, again = (Picture(CAMERAS[1]).draw(at, Crowd(friday.walks()).figures(at)) for _ in range(2))
    assert np.array_equal(first[0], again[0])
    assert first[1] == again[1]


def test_the_wall_hides_who_is_outside_beside_the_door() -> None:
    picture = Picture(CAMERAS[0])
    empty, _ = picture.draw(5.0, [])
    hidden, _ = picture.draw(5.0, [person(DOORWAY[1] + 3.0, -1.8)])
    shown, _ = picture.draw(5.0, [person(4.6, -1.8)])
    assert behind_wall(CAMERAS[0], person(DOORWAY[1] + 3.0, -1.8))
    assert not behind_wall(CAMERAS[0], person(4.6, -1.8))
    differs = [np.abs(image.astype(int) - empty.astype(int)).max(axis=2) > 40 for image in (hidden, shown)]
    assert differs[0].sum() < 30 < 300 < differs[1].sum()


def test_standing_people_sway_and_the_light_drifts(friday: Day) -> None:
    picture = Picture(CAMERAS[1])
    means = [picture.draw(float(at), [])[0].mean() for at in range(0, 2000, 200)]
    assert 1.0 < np.ptp(means) < 30.0


@pytest.fixture
def served() -> Iterator[int]:
    noon = simulate(Shop(), FRIDAY).opens + 4.3 * 3600
    before = set(threading.enumerate())
    with serving(Shop(), 0, 10.0, noon - time.time()) as port:
        yield port
    assert set(threading.enumerate()) == before


def test_several_clients_read_the_stream(served: int) -> None:
    clients = [cv2.VideoCapture(f"http://127.0.0.1:{served}/camera-{n}.mjpg") for n in (1, 2, 2)]
    began = time.monotonic()
    for _ in range(5):
        for client in clients:
            good, image = client.read()
            assert good
            assert image.shape == (360, 640, 3)
    assert time.monotonic() - began < 20
    for client in clients:
        client.release()


def test_a_still_and_an_unknown_camera(served: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=10)
    connection.request("GET", "/camera-1.jpg")
    answer = connection.getresponse()
    assert answer.status == 200
    image = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (360, 640, 3)
    for path in ("/camera-9.mjpg", "/", "/camera-1.mp4"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 404
        connection.close()
    connection.close()


def test_a_clip_is_a_scene_with_truth(tmp_path: Path, friday: Day) -> None:
    path = write_clip(tmp_path, "queue", Shop(), CAMERAS[1], friday.opens + 4.3 * 3600, 6.0, 5.0)
    scene = parse_scene(path.read_bytes())
    assert scene.truth is not None
    assert scene.truth.frames == 30
    assert {queue.id for queue in scene.queues} == {"tills"}
    clip = cv2.VideoCapture(str(tmp_path / str(scene.clip)))
    read = 0
    while clip.read()[0]:
        read += 1
    clip.release()
    assert read == 30
    lines = (tmp_path / scene.truth.file).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "frame,id,x,y,w,h"
    frames = {int(line.split(",")[0]) for line in lines[1:]}
    assert frames <= set(range(30))
    assert len(lines) > 30


def sim(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return done("simulators", *arguments)


def test_command_line_gives_plan_facts_and_answers(tmp_path: Path) -> None:
    plan = sim("shop", "--as", "plan", "--site", "s009", "--source", "http://127.0.0.1:7/camera-1.mjpg")
    table = parse(tomllib.loads(plan.stdout))
    assert table.site == "s009"
    assert [s.source for s in table.sensors] == [f"http://127.0.0.1:7/camera-{n}.mjpg" for n in (1, 2)]
    out = tmp_path / "facts.jsonl"
    made = sim("shop", "--day", "2026-11-20", "--until", "2026-11-20T10:00:00+01:00", "--out", str(out))
    assert made.returncode == 0, made.stderr
    last = json.loads(out.read_text(encoding="utf-8").splitlines()[-1])
    assert last["at"] == 1795165200.0
    answers = sim("shop", "--as", "answers", "--day", "2026-11-20")
    assert answers.stdout.startswith("id,submitted_at,site,")


def test_command_line_fleet_check_config_and_errors(tmp_path: Path) -> None:
    fleet = sim("fleet", "--count", "2", "--day", "2026-11-20", "--visits", "60", "--out", str(tmp_path))
    assert fleet.returncode == 0, fleet.stderr
    for site in ("s001", "s002"):
        assert parse(tomllib.loads((tmp_path / site / "plan.toml").read_text(encoding="utf-8"))).site == site
        assert (tmp_path / site / "facts.jsonl").stat().st_size > 100_000
    assert sim("check", "--day", "2026-11-20").returncode == 0
    assert tomllib.loads(sim("config").stdout) == {}
    wrong = sim("check", "--opens", "03:00")
    assert wrong.returncode == 78
    assert sim("shop", "--as", "nothing").returncode == 2


def test_command_line_truth_compares_messages(tmp_path: Path) -> None:
    messages = tmp_path / "messages.jsonl"
    messages.write_text("", encoding="utf-8")
    found = sim("truth", "--messages", str(messages), "--day", "2026-11-20", "--json")
    assert json.loads(found.stdout) == {"windows": 0, "counts": {}, "durations": {}}
    messages.write_text('{"v":1}\n', encoding="utf-8")
    assert sim("truth", "--messages", str(messages), "--day", "2026-11-20").returncode == 1
