"""Frames from real sources: files that are fine, broken or made to crash the decoder, and a camera over HTTP."""

import itertools
import os
import re
import signal
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.plan import Sensor
from edge.sight import camera
from edge.sight.camera import CameraError, frames, recorded


def sensor(**changes: object) -> Sensor:
    return Sensor(**({"id": "cam", "kind": "camera", "source": "x", "fps": 20.0} | changes))  # type: ignore[arg-type]


def clip(path: Path, count: int = 30, size: tuple[int, int] = (64, 48), fps: float = 30.0) -> Path:
    """A recording in which the brightness of frame i is 8 i, up to 30 of them."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, size)
    for i in range(count):
        writer.write(np.full((size[1], size[0], 3), 8 * (i % 30), np.uint8))
    writer.release()
    return path


def crashing(path: Path) -> Path:
    """48 x 48 pixels of raw video in an AVI, which corrupts the memory of whatever process decodes it."""
    width = height = 48
    pixels = bytes(width * height * 3)

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    main = struct.pack("<14I", 40_000, 0, 0, 0x10, 5, 0, 1, len(pixels), width, height, 0, 0, 0, 0)
    stream = b"vidsDIB " + struct.pack("<10I4H", 0, 0, 0, 1, 25, 0, 5, len(pixels), 0, 0, 0, 0, width, height)
    form = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    lists = chunk(b"LIST", b"strl" + chunk(b"strh", stream) + chunk(b"strf", form))
    head = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + lists)
    movie = chunk(b"LIST", b"movi" + b"".join(chunk(b"00db", pixels) for _ in range(5)))
    path.write_bytes(chunk(b"RIFF", b"AVI " + head + movie))
    return path


def test_a_recording_is_counted_while_reading(tmp_path: Path) -> None:
    seen = [(i, int(image.mean())) for i, image in recorded(str(clip(tmp_path / "a.avi")), 30, None)]
    assert [i for i, _ in seen] == list(range(30))
    assert all(abs(level - 8 * i) < 4 for i, level in seen)


@pytest.mark.parametrize(
    ("fps", "expected"), [(10, [0, 3, 6]), (20, [0, 2, 3, 5, 6]), (60, [0, 1, 2]), (7, [0, 4, 9])]
)
def test_fewer_frames_are_the_nearest_ones(tmp_path: Path, fps: float, expected: list[int]) -> None:
    seen = [(i, int(image.mean())) for i, image in recorded(str(clip(tmp_path / "a.avi")), 30, fps)]
    assert [i for i, _ in seen][: len(expected)] == expected
    assert all(abs(level - 8 * i) < 4 for i, level in seen)


def test_a_portrait_and_a_wide_recording_keep_their_size(tmp_path: Path) -> None:
    for size in ((48, 128), (2400, 320)):
        _, image = next(iter(recorded(str(clip(tmp_path / f"{size[0]}.avi", 3, size)), 30, None)))
        assert image.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100])
def test_what_is_no_video_is_an_error_without_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret-name.mp4"
    path.write_bytes(content)
    with pytest.raises(CameraError) as error:
        list(recorded(str(path), 25, None))
    assert "secret" not in str(error.value)
    with pytest.raises(CameraError, match="sensor cam"):
        list(frames(sensor(), str(path), threading.Event()))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CameraError):
        list(recorded(str(tmp_path / "none.mp4"), 25, None))


def test_a_truncated_recording_gives_what_is_there(tmp_path: Path) -> None:
    whole = clip(tmp_path / "a.avi", 60, (160, 120)).read_bytes()
    (tmp_path / "b.avi").write_bytes(whole[: len(whole) // 2])
    assert 10 < len(list(recorded(str(tmp_path / "b.avi"), 30, None))) < 60


def test_a_crafted_file_kills_only_the_child(tmp_path: Path) -> None:
    path = str(crashing(tmp_path / "crash.avi"))
    # Some builds of the decoder die of it, others read the five frames; this process lives on either way.
    try:
        count = len(list(recorded(path, 25, None)))
    except CameraError:
        count = 0
    assert count <= 5


def test_a_decoder_that_is_killed_is_an_error(tmp_path: Path) -> None:
    with closing(recorded(str(clip(tmp_path / "a.avi", 200)), 30, None)) as source:
        next(source)
        os.kill(next(iter(children())), signal.SIGKILL)
        with pytest.raises(CameraError, match="the recording: its process died"):
            list(source)


def children() -> dict[int, str]:
    """Our decoder processes and their command lines."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            line = (process / "cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):
            continue
        if parent == os.getpid() and "decoder.py" in line:
            found[int(process.name)] = line
    return found


def test_the_address_is_in_no_command_line_and_leaves_no_child(tmp_path: Path) -> None:
    path = clip(tmp_path / "secret-name.avi")
    source = frames(sensor(), str(path), threading.Event())
    next(source)
    assert children()
    assert "secret" not in " ".join(children().values())
    source.close()
    assert not children()


@pytest.mark.alone
def test_a_recording_plays_at_its_own_pace_and_ends(tmp_path: Path) -> None:
    path = str(clip(tmp_path / "a.avi", 30, fps=30))
    times = [at for at, _ in frames(sensor(fps=10.0), path, threading.Event())]
    assert 9 <= len(times) <= 11
    assert times[-1] - times[0] == pytest.approx(0.9, abs=0.15)


def test_a_looped_recording_goes_on_until_stopped(tmp_path: Path) -> None:
    stop, path = threading.Event(), str(clip(tmp_path / "a.avi", 6, fps=30))
    times = [at for at, _ in itertools.islice(frames(sensor(loop=True, fps=30.0), path, stop), 20)]
    assert all(b > a for a, b in itertools.pairwise(times))


class Shop(ThreadingHTTPServer):
    """A camera as shops have them: JPEG after JPEG over HTTP; `down` drops everybody and answers 503."""

    daemon_threads = True
    down = False
    mute = False
    count = 0

    def __init__(self, *arguments: object) -> None:
        self.asked: list[float] = []
        super().__init__(*arguments)  # type: ignore[arg-type]

    def handle_error(self, *_: object) -> None: ...


class Stream(BaseHTTPRequestHandler):
    server: Shop

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.server.asked.append(time.monotonic())
        if self.server.down:
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        while not self.server.down:
            time.sleep(0.04)
            if self.server.mute:
                continue
            self.server.count += 1
            image = np.full((120, 160, 3), 8 * (self.server.count % 30), np.uint8)
            data = cv2.imencode(".jpg", image)[1].tobytes()
            self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
            self.wfile.write(f"Content-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n")


@contextmanager
def shop() -> Iterator[Shop]:
    with Shop(("127.0.0.1", 0), Stream) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.down = True
            server.shutdown()
            thread.join()


@pytest.mark.alone
def test_a_camera_gives_the_newest_frames_at_the_rate_asked_for() -> None:
    with shop() as server:
        source = frames(sensor(fps=5.0), f"http://user:pass@127.0.0.1:{server.server_port}/video", threading.Event())
        with closing(source):
            seen = list(itertools.islice(((at, i) for at, i in source if i is not None), 8))
            assert abs(time.time() - seen[-1][0]) < 0.5
        gaps = np.diff([at for at, _ in seen])
        assert 0.15 < np.median(gaps) < 0.35


def test_a_camera_that_drops_comes_back_and_its_absence_is_told() -> None:
    with (
        shop() as server,
        closing(
            frames(sensor(fps=10.0), f"http://127.0.0.1:{server.server_port}/video", threading.Event())
        ) as source,
    ):
        assert next(image for _, image in source if image is not None).shape == (120, 160, 3)
        server.down = True
        assert next(at for at, image in source if image is None) == pytest.approx(time.time(), abs=1)
        server.down = False
        start = time.monotonic()
        assert next(image for _, image in source if image is not None) is not None
        assert time.monotonic() - start < 10


@pytest.mark.alone
def test_a_camera_that_refuses_is_asked_again_after_longer_and_longer_pauses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with (
        shop() as server,
        closing(
            frames(sensor(), f"http://user:pass@127.0.0.1:{server.server_port}/video", threading.Event())
        ) as source,
    ):
        server.down = True
        told = [next(source)[0] for _ in range(8)]
        assert all(after - before < 2 for before, after in itertools.pairwise(told)), "its absence is told all along"
        gaps = np.diff(server.asked)
        assert 2 <= gaps[0] < 3.5
        assert 4 <= gaps[1] < 6
    assert re.findall(r"sensor cam: cannot be read; trying again in (\d+) s", caplog.text)[:3] == ["2", "4", "8"]
    assert str(server.server_port) not in caplog.text


def test_pauses_grow_to_a_limit_and_a_picture_ends_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(camera, "FIRST_PAUSE_S", 1.0)
    monkeypatch.setattr(camera, "LONGEST_PAUSE_S", 2.0)
    with (
        shop() as server,
        closing(frames(sensor(), f"http://127.0.0.1:{server.server_port}/video", threading.Event())) as source,
    ):
        server.down = True
        while caplog.text.count("trying again") < 3:
            next(source)
        server.down = False
        next(image for _, image in source if image is not None)
        server.down = True
        while caplog.text.count("trying again") < 4:
            next(source)
    assert re.findall(r"trying again in (\d+) s", caplog.text)[:4] == ["1", "2", "2", "1"]


def test_a_decoder_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(recorded(str(clip(tmp_path / "a.avi", 200)), 30, None)) as source:
        next(source)
        monkeypatch.setattr(camera, "ANSWER_S", 1.0)  # a start may take longer
        os.kill(next(iter(children())), signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(CameraError, match="the recording: no picture for 1 s"):
            list(source)
        assert time.monotonic() - began < 4
    assert not children()


def test_a_camera_s_decoder_that_hangs_is_given_up_for_a_new_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What a read's own time limit does not end: the process itself stands still."""
    with (
        shop() as server,
        closing(
            frames(sensor(fps=10.0), f"http://127.0.0.1:{server.server_port}/video", threading.Event())
        ) as source,
    ):
        next(image for _, image in source if image is not None)
        monkeypatch.setattr(camera, "DEAD_S", 0.5)
        monkeypatch.setattr(camera, "HOPELESS_S", 2.0)
        (hung,) = children()
        os.kill(hung, signal.SIGSTOP)
        limit = time.monotonic() + 10
        while "no picture for 2 s; trying again" not in caplog.text:
            assert next(source)[1] is None
            assert time.monotonic() < limit
        monkeypatch.setattr(camera, "HOPELESS_S", 20.0)  # until another has started
        next(image for _, image in source if image is not None)
        assert len(children()) == 1
        assert hung not in children()


@pytest.mark.alone
def test_a_camera_that_falls_silent_is_dead_after_five_seconds() -> None:
    with (
        shop() as server,
        closing(
            frames(sensor(fps=10.0), f"http://127.0.0.1:{server.server_port}/video", threading.Event())
        ) as source,
    ):
        next(image for _, image in source if image is not None)
        server.mute = True
        start = time.monotonic()
        next(at for at, image in source if image is None)
        assert 4.0 < time.monotonic() - start < 7.0


@pytest.mark.alone
def test_no_frame_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    shared = set(Path("/dev/shm").glob("*"))
    path = clip(tmp_path / "a.avi", 100)
    with closing(recorded(str(path), 30, None)) as source:
        next(source)
        assert {file.name for file in tmp_path.iterdir()} == {"a.avi"}
        assert set(Path("/dev/shm").glob("*")) <= shared
