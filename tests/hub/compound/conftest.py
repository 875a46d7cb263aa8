"""A shop with a history: counts by the hour as a device would have told them, and questions about it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.serve import asking, questions

DAY = date(2026, 6, 10)  # a Wednesday
NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC).timestamp()  # noon in Berlin


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
        """The door's counts of the local hours of a day, all of an hour in its first 5 minutes; None: not told."""
        raw = []
        for hour in hours:
            told = people(day, hour)
            for part in range(12):
                if told is not None:
                    end = self.at(day, hour) + 300 * (part + 1)
                    raw.append(
                        self.shop.raw(self.shop.window(end, self.shop.count(end, 0 if part else told, told // 12)))
                    )
        self.hub.take(*raw, at=self.at(day, 23) + 6 * 3600)

    def queue(self, day: date, hours: range, waits: dict[int, int] | None, **load: Any) -> None:
        """The till's load windows of local hours, `waits` and as many services of a minute in each quarter hour."""
        raw = []
        for hour in hours:
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
