"""Local days against a brute force over every quarter of an hour, in zones with odd offsets and changing clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.measure.days import business_day, day_bounds, day_start

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu", "UTC")
CUTOVERS = ("00:00", "02:00", "02:15", "02:30", "03:00", "04:00", "23:45")


@given(
    st.integers(0, 366 * 96),
    st.sampled_from(ZONES),
    st.sampled_from(CUTOVERS),
)
def test_every_moment_lies_in_its_day(quarter: int, zone: str, cutover: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + 900 * quarter
    start, end = day_bounds(at, zone, cutover)
    assert start <= at < end
    assert start == day_start(business_day(at, zone, cutover), zone, cutover)
    assert 22 * 3600 <= end - start <= 26 * 3600
    assert not start % 900


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cutover", CUTOVERS)
def test_a_day_begins_when_the_clocks_first_reach_the_cutover(zone: str, cutover: str) -> None:
    hour, minute = int(cutover[:2]), int(cutover[3:])
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5)):
        wall = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a wall clock has no zone
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
        while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
            at += timedelta(minutes=15)
        assert day_start(day, zone, cutover) == at.timestamp()


def test_days_of_23_and_25_hours() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 1), 24)):
        start = day_start(day, "Europe/Berlin", "00:00")
        assert day_start(day + timedelta(days=1), "Europe/Berlin", "00:00") - start == hours * 3600
