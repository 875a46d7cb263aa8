"""The tills' file beside the truth of the same day, and taken by a hub's mapping."""

import csv
import io
from datetime import date

from simulators.sales import COLUMNS, rows
from simulators.shop import Shop
from simulators.shoppers import simulate
from tests import commands

DAY = date(2026, 11, 20)


def test_transactions_are_the_buyers_whose_service_ended() -> None:
    shop = Shop(seed=3)
    day = simulate(shop, DAY)
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows(shop, day)]
    served = [s.wait.done for s in day.shoppers if s.wait and s.wait.done is not None and s.wait.done < day.closes]
    assert sum(int(row["transactions"]) for row in found) >= len(served) > 50
    assert all(0 <= int(row["returns"]) <= int(row["transactions"]) for row in found)


def test_an_hour_that_is_not_over_is_not_told() -> None:
    shop = Shop(seed=3)
    day = simulate(shop, DAY)
    assert len(list(rows(shop, day, day.opens + 3.5 * 3600))) == 3
    assert list(rows(shop, day)) == list(rows(shop, day, day.end))


def test_the_command_writes_what_the_function_says() -> None:
    found = commands.done("simulators", "shop", "--as", "sales", "--seed", "3", "--day", "2026-11-20")
    assert found.returncode == 0, found.stderr
    assert [tuple(row) for row in csv.reader(io.StringIO(found.stdout))][1:] == list(
        rows(Shop(seed=3), simulate(Shop(seed=3), DAY))
    )
