"""Two devices with one name, as a copied card makes them: the broker throws one out for the other, for ever.

Each has an epoch of its own, so the data of both arrives once, in turns; of a window that both tell, one is shown.
The hub tells whoever reads it, and its log once.
"""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from device import SITE, entries
from test_chaos import HERE, Plan, Shop

from hub.sites import Site
from hub.storage.store import Store
from simulators.broker import Broker, mosquitto
from tests.conftest import need

WINDOWS, RATE = 200, 40.0


@pytest.mark.parametrize("kind", ["mosquitto", "iotcore"])
def test_the_data_of_both_arrives_once_and_the_hub_lives(kind: str, tmp_path: Path) -> None:
    need(kind == "iotcore" or mosquitto(), "mosquitto")
    with Broker(kind=kind) as broker:  # type: ignore[arg-type]
        shop = Shop(Plan(kind, "safe", 1, 1, WINDOWS, RATE, 0), tmp_path, broker)
        words = [str(broker.port), str(tmp_path / "twin"), "cam-0", str(WINDOWS), str(RATE), "safe"]
        shop.devices["twin"] = shop._start("twin", [str(HERE / "device.py"), *words])
        try:
            shop.finish()
        finally:
            shop.end()
    with Store(tmp_path / "hub.duckdb", {SITE: Site(id=SITE, name="Chaos", timezone="UTC")}, time.time()) as store:
        found = store.rows("SELECT epoch, list(seq ORDER BY seq) AS seqs FROM value_count GROUP BY epoch").to_pylist()
        assert [row["seqs"] for row in found] == [list(range(1, WINDOWS + 1))] * 2
        shown = store.rows("SELECT sum(entries) AS n FROM count_15").to_pylist()[0]["n"]
        assert shown == sum(entries(i) for i in range(WINDOWS))
        assert store.rows("SELECT count(*) AS n FROM gap").to_pylist() == [{"n": 0}]
        (device,) = store.ask("devices", {"site": SITE}).to_pylist()
        assert device["twin_at"] is not None
    assert (tmp_path / "hub.log").read_text().count("two devices answer to one name: s001/cam-0") == 1
