"""A shop with a history: counts by the hour as a device would have told them, and questions about it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from hub.serve import asking, questions
from hub.storage.rows import LONG, table
from hub.storage.statements import run

DAY = date(2026, 6, 10)  # a Wednesday
NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC).timestamp()  # noon in Berlin


COLUMNS = [("start", LONG), ("day", pa.date32()), ("minute", LONG), ("entries", LONG), ("exits", LONG)]
COUNTED = """
INSERT INTO count_15
SELECT 's001', 'cam-01', 'door', to_timestamp("start"), day, minute, 900, entries, exits, NULL, NULL FROM incoming
"""


class Past:
    """Fills a store hour by hour, and asks it."""

    def __init__(self, hub: Any, shop: Any) -> None:
        self.hub, self.shop = hub, shop

    def at(self, day: date, hour: int, minute: int = 0) -> float:
        """The moment of a local time of a business day in Berlin, which begins at 04:00."""
        day += timedelta(days=hour < 4)
        wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))
        return wall.timestamp()

    def count(self, day: date, people: Callable[[date, int], int | None], hours: range = range(24)) -> None:
        """What the door's counts of the local hours of a day come to, all people in the first quarter hour of each;
        None: not told. Written as the ingest would have summed them up: a history of messages takes minutes.
        """
        rows = []
        for hour in hours:
            told = people(day, hour)
            if told is not None:
                start = int(self.at(day, hour))
                for part in range(4):
                    seen = (told, told // 12) if part == 0 else (0, 0)
                    rows.append((start + 900 * part, day, hour * 60 + 15 * part, *seen))
        with self.hub.store.write() as connection:
            run(connection, [COUNTED], table(COLUMNS, rows))
            connection.execute("DELETE FROM first_count WHERE device = 'cam-01' AND place = 'door'")
            connection.execute(
                "INSERT INTO first_count SELECT site, device, place, min(start_at) FROM count_15 "
                "WHERE device = 'cam-01' AND place = 'door' GROUP BY ALL"
            )

    def queue(self, day: date, hours: range, waits: dict[int, int] | None, **load: Any) -> None:
        """The till's load windows of local hours, `waits` and as many services of a minute in each quarter hour."""
        self.queues(day, hours, lambda day, hour: (waits, load))

    def queues(self, day: date, hours: range, told: Callable[[date, int], Any]) -> None:
        """The same with waits and load as they are told of each hour."""
        raw = []
        for hour in hours:
            waits, load = told(day, hour)
            for end in range(int(self.at(day, hour)) + 900, int(self.at(day, hour)) + 3601, 900):
                said = [self.shop.load(end, **load)]
                if waits is not None:
                    said.append(self.shop.stat(end, waits))
                    said.append(self.shop.stat(end, {7: sum(waits.values())}, of="service"))
                raw.append(self.shop.raw(self.shop.window(end, *said)))
        self.hub.take(*raw, at=self.at(day, 23) + 6 * 3600)

    def ask(self, name: str, at: float = NOW, site: str = "s001", **given: str) -> list[dict[str, Any]]:
        """The rows of the answer, by the text of the parameters."""
        return self.table(name, at, site, **given).to_pylist()  # type: ignore[no-any-return]

    def table(self, name: str, at: float = NOW, site: str = "s001", **given: str) -> Any:
        """The answer itself."""
        raw = given | ({"site": site} if "site" in questions.QUESTIONS[name].needs else {})
        return asking.answer(self.hub.store, name, questions.parse(name, raw.items()), self.hub.store.sites, at)


@pytest.fixture
def past(hub: Any, shop: Any) -> Past:
    """An empty shop whose device has told of its places."""
    hub.take(shop.raw(shop.status(NOW - 300 * 86_400), "status"), at=NOW)
    return Past(hub, shop)


def before(days: int) -> list[date]:
    """The days before DAY, oldest first."""
    return [DAY - timedelta(days=n) for n in range(days, 0, -1)]
