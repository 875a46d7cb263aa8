"""What the tests of all rooms share: a real broker, the recorded data, a real browser."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.broker import Broker, mosquitto

ROOT = Path(__file__).resolve().parents[1]


def need(found: object, what: str) -> None:
    """Skip the test with a reason where `what` is missing; fail instead where everything is required."""
    if not found:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(f"{what} is required here and missing")
        pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with recorded clips, surveys and radio data that stands beside the checkout."""
    path = Path(os.environ.get("INSTORE_TEST_DATA", ROOT.parent / "shared" / "data"))
    need(path.is_dir(), "the folder shared/data beside the checkout")
    return path


@pytest.fixture(scope="session")
def yolox(shared_data: Path) -> Path:
    """A YOLOX-nano ONNX file."""
    path = shared_data / "vision/models/yolox_nano_416x416.onnx"
    need(path.is_file(), "the detector model")
    return path


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of as many MB as DISK_MB of the test's module says."""
    place = tmp_path / "disk"
    place.mkdir()
    size = f"size={request.module.DISK_MB}m"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], check=False)
    need(made.returncode == 0, "the right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    need(path, "chromium")
    assert path
    return path


@pytest.fixture(scope="session")
def shared_broker() -> Iterator[int]:
    """The port of one broker for all tests that do not break it; they tell themselves apart by site."""
    with Broker() as running:
        yield running.port


@pytest.fixture
def quiet_broker() -> Iterator[int]:
    """The port of a broker that no other test has ever spoken to."""
    with Broker() as running:
        yield running.port


@pytest.fixture
def own_broker() -> Iterator[Broker]:
    """A broker of its own for a test that may kill it and to which it is all one which kind it is."""
    with Broker() as running:
        yield running


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """One of each kind for a test of what we make of a broker's own ways; `.port`, `.kill()`, `.start()`."""
    if request.param == "mosquitto":
        need(mosquitto(), "mosquitto")
    with Broker(kind=request.param) as running:
        yield running
