"""The disk of the hub fills up while a device delivers: no crash loop, nothing lost, and it goes on with room."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from device import SITE, entries
from test_chaos import Plan, Shop

from hub.sites import Site
from hub.storage.store import Store
from simulators.broker import Broker, mosquitto
from tests.conftest import need

DISK_MB = 200
WINDOWS, RATE = 600, 40.0


def fill_up(disk: Path, name: str, leave: int = 0) -> Path:
    """Use every byte but `leave`."""
    path = disk / name
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 65_536):
            pass
    if leave:
        with path.open("r+b") as file:
            file.truncate(max(0, path.stat().st_size - leave))
    return path


class Watched(Shop):
    """A shop whose hub a service manager starts again when it ends."""

    starts = 0

    def start_hub(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        return super().start_hub()

    def watch(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.hub.poll() is not None:
                time.sleep(2.0)
                self.hub = self.start_hub()
            time.sleep(0.1)


def counted(folder: Path) -> list[int]:
    """Entries of every window in the database, in the order of time."""
    sites = {SITE: Site(id=SITE, name="Chaos", timezone="Europe/Berlin")}
    with Store(folder / "hub.duckdb", sites, time.time()) as store:
        return store.rows("SELECT entries FROM value_count ORDER BY start_at").column("entries").to_pylist()


@pytest.mark.parametrize("left", [40_000_000, 0], ids=["nearly", "to the last byte"])
def test_a_full_disk_loses_nothing_and_is_no_crash_loop(small_disk: Path, tmp_path: Path, left: int) -> None:
    need(mosquitto(), "mosquitto")
    with Broker(kind="mosquitto") as broker:
        shop = Watched(Plan("mosquitto", "safe", 1, 0, WINDOWS, RATE, 0), small_disk, broker)
        words = [str(broker.port), str(tmp_path / "device"), "cam-0", str(WINDOWS), str(RATE), "safe"]
        shop.devices["cam-0"] = subprocess.Popen([sys.executable, str(Path(__file__).with_name("device.py")), *words])
        try:
            shop.watch(4.0)
            other = fill_up(small_disk, "somebody-else", left)
            shop.watch(8.0)
            assert shop.devices["cam-0"].poll() is None
            assert shop.starts <= 2
            other.unlink()
            shop.watch(10.0)
            shop.finish()
        finally:
            shop.end()
        assert counted(small_disk) == [entries(i) for i in range(WINDOWS)]
        assert shop.starts <= 2
