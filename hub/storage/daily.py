"""Sums by business day: of days that are over, and out of the way as soon as one of them is touched again.

A commit pays nothing for them: whether it touches a finished day is known from the newest finished day of each site.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from hub.sites import Site, local, today
from hub.storage.rollup import Division
from hub.storage.rows import WORD, table
from hub.storage.statements import run

SETTLED_S = 3600  # what a device held back for its windows to settle has come by then, as a rule
MOST = 500  # site days in one transaction: it delays what devices say by a fraction of a second at most

_COLUMNS = [("site", WORD), ("day", pa.date32())]
_NEWEST = "SELECT site, max(day) AS day FROM day_done WHERE NOT final GROUP BY site"
_REOPEN = [
    """DELETE FROM day_done USING incoming
    WHERE day_done.site = incoming.site AND day_done.day = incoming.day AND NOT day_done.final""",
    """DELETE FROM count_day USING incoming
    WHERE count_day.site = incoming.site AND count_day.day = incoming.day AND NOT EXISTS (
        SELECT 1 FROM day_done WHERE day_done.site = count_day.site AND day_done.day = count_day.day)""",
]
# The days that are over and not summed up are few; only around them the quarter hours are read.
_READY = """
WITH began AS (
    SELECT incoming.site, incoming.day AS today, CAST(min(first_count.start_at) AS DATE) - 1 AS first
    FROM incoming
    JOIN first_count ON first_count.site = incoming.site
    GROUP BY incoming.site, incoming.day
), due AS (
    SELECT site, CAST(unnest(range(first, today, INTERVAL '1 day')) AS DATE) AS day FROM began
    EXCEPT
    SELECT site, day FROM day_done
)
SELECT DISTINCT due.site, due.day
FROM due
JOIN count_15 ON count_15.site = due.site AND count_15.day = due.day
ORDER BY due.day, due.site
LIMIT $most
"""
_SUM = """
    INSERT INTO count_day
    SELECT seen.site, seen.device, seen.place, seen.day, CAST(sum(seen.observed_s) AS BIGINT),
           CAST(sum(seen.entries) AS BIGINT), CAST(sum(seen.exits) AS BIGINT),
           CAST(sum(seen.groups) AS BIGINT), CAST(sum(seen.passers) AS BIGINT)
    FROM count_15 AS seen
    JOIN incoming ON incoming.site = seen.site AND incoming.day = seen.day
    WHERE seen.day BETWEEN $low AND $high
    GROUP BY seen.site, seen.device, seen.place, seen.day
"""
_NOTE = "INSERT INTO day_done SELECT site, day, false FROM incoming"


class Done:
    """The newest finished day of each site; earlier days may be finished or not."""

    def __init__(self, newest: Mapping[str, date]) -> None:
        """`newest` by site; a site without a finished day is not in it."""
        self._newest = dict(newest)

    def note(self, days: Iterable[tuple[str, date]]) -> None:
        """These days of these sites are finished from now on."""
        for site, day in days:
            self._newest[site] = max(day, self._newest.get(site, day))

    def touched(self, division: Division, sites: Mapping[str, Site]) -> set[tuple[str, date]]:
        """The days that may be finished among those that these quarter hours change."""
        found: set[tuple[str, date]] = set()
        for quarters, spread in ((division.begun, (0,)), (division.grown, (0,)), (division.again, (-1, 0, 1))):
            for line, start in quarters:
                newest = self._newest.get(line[0])
                if newest is None:
                    continue
                day, _ = local(start, sites[line[0]].timezone, sites[line[0]].day_starts)
                # What is summed up again gets its day anew: where the site's cutover was changed since, another one.
                found |= {(line[0], day + timedelta(days=by)) for by in spread if day + timedelta(days=by) <= newest}
        return found


def read_done(connection: Any) -> Done:
    """What is finished as the database says."""
    found = connection.sql(_NEWEST).to_arrow_table().to_pylist()
    return Done({row["site"]: row["day"] for row in found})


def reopen(connection: Any, days: set[tuple[str, date]]) -> None:
    """Take these days back, inside the transaction that touches them; final ones stay."""
    run(connection, _REOPEN, table(_COLUMNS, sorted(days)))


def ready(connection: Any, sites: Mapping[str, Site], at: float) -> pa.Table:
    """Site days that ended more than an hour before `at` and are not finished, the oldest first, MOST at most."""
    first = [(site.id, today(site, at - SETTLED_S)[0]) for site in sites.values()]
    connection.register("incoming", table(_COLUMNS, first))
    return connection.sql(_READY, params={"most": MOST}).to_arrow_table()


def finish(connection: Any, days: pa.Table) -> None:
    """Sum these days up, inside the caller's transaction."""
    found = days["day"].to_pylist()
    run(connection, [_SUM], days, {"low": min(found), "high": max(found)})
    run(connection, [_NOTE], days)
