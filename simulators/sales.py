"""What the tills of the shop would report: an hour's transactions and sums, labour worked and planned."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from simulators.shop import Shop
from simulators.shoppers import Day, chance

COLUMNS = ("hour", "site", "transactions", "sales", "returns", "labour_hours", "planned_hours")
_BASKET, _SPREAD, _RETURNED, _PLANNED_HOURS = 24.0, 0.6, 0.04, 3.0


def rows(shop: Shop, day: Day, until: float | None = None) -> Iterator[tuple[str, ...]]:
    """A row for each hour that touches the opening hours and is over by `until`, in the order of COLUMNS.

    A transaction is a buyer whose service ended in the hour; labour is what stood in the shop, the plan is flat.
    """
    zone, rng = ZoneInfo(shop.timezone), chance(shop, day.day, 11)
    done = Counter(int(s.wait.done // 3600) for s in day.shoppers if s.wait and s.wait.done is not None)
    for hour in range(int(day.opens // 3600), int(-(-day.closes // 3600))):
        baskets = rng.lognormal(0.0, _SPREAD, done[hour]) * _BASKET
        returned, worked = rng.binomial(done[hour], _RETURNED), _PLANNED_HOURS + float(rng.normal(0.0, 0.25))
        if until is not None and (hour + 1) * 3600 > until:
            return
        start = datetime.fromtimestamp(hour * 3600, zone)
        sums = (str(done[hour]), f"{baskets.sum():.2f}", str(returned), f"{max(0.5, worked):.2f}")
        yield (start.isoformat(), shop.site, *sums, f"{_PLANNED_HOURS:.2f}")
