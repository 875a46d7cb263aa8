"""What the tests of all rooms share: a real broker, the recorded data, a real browser."""

import os
import shutil
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


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker of its own for a test that may kill it; `.port`, `.kill()`, `.start()`."""
    if request.param == "mosquitto":
        need(mosquitto(), "mosquitto")
    with Broker(kind=request.param) as running:
        yield running
