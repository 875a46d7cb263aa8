"""Hours of the tills and weeks of loyalty cards in the hub's database. The tables stand in sales.sql."""

from typing import Any

import pyarrow as pa

# A file may bring only some of the numbers of an hour, such as the hours of labour: what it does not tell stays.
_SALE = """
CREATE OR REPLACE TEMP TABLE merged AS
SELECT
    i.site, i.hour_at, COALESCE(i.transactions, s.transactions) AS transactions, COALESCE(i.sales, s.sales) AS sales,
    COALESCE(i.returns, s.returns) AS returns, COALESCE(i.labour_hours, s.labour_hours) AS labour_hours,
    COALESCE(i.planned_hours, s.planned_hours) AS planned_hours, i.source, s.site IS NOT NULL AS known,
    row(i.transactions, i.sales, i.returns, i.labour_hours, i.planned_hours) IS NOT DISTINCT FROM
    row(CASE WHEN i.transactions IS NULL THEN NULL ELSE s.transactions END,
        CASE WHEN i.sales IS NULL THEN NULL ELSE s.sales END,
        CASE WHEN i.returns IS NULL THEN NULL ELSE s.returns END,
        CASE WHEN i.labour_hours IS NULL THEN NULL ELSE s.labour_hours END,
        CASE WHEN i.planned_hours IS NULL THEN NULL ELSE s.planned_hours END) AS same
FROM incoming AS i
JOIN site ON site.site = i.site AND extract(minute FROM timezone(site.timezone, i.hour_at)) = 0
LEFT JOIN sale AS s ON s.site = i.site AND s.hour_at = i.hour_at
"""
_CARD_WEEK = """
CREATE OR REPLACE TEMP TABLE merged AS
SELECT
    i.site, i.week, COALESCE(i.cards, s.cards) AS cards, COALESCE(i.again, s.again) AS again, i.source,
    s.site IS NOT NULL AS known,
    row(i.cards, i.again) IS NOT DISTINCT FROM
    row(CASE WHEN i.cards IS NULL THEN NULL ELSE s.cards END,
        CASE WHEN i.again IS NULL THEN NULL ELSE s.again END) AS same
FROM incoming AS i
JOIN site ON site.site = i.site
LEFT JOIN card_week AS s ON s.site = i.site AND s.week = i.week
"""
_COUNT = """
SELECT
    (SELECT count(*) FROM merged WHERE NOT known), (SELECT count(*) FROM merged WHERE known AND NOT same),
    (SELECT count(*) FROM merged WHERE known AND same),
    (SELECT count(*) FROM incoming WHERE site NOT IN (SELECT site FROM site)), (SELECT count(*) FROM incoming)
"""
_WRITE = {
    "sale": (
        _SALE,
        """DELETE FROM sale USING merged AS m WHERE sale.site = m.site AND sale.hour_at = m.hour_at AND NOT m.same""",
        """INSERT INTO sale (site, hour_at, transactions, sales, returns, labour_hours, planned_hours, source)
        SELECT site, hour_at, transactions, sales, returns, labour_hours, planned_hours, source
        FROM merged WHERE NOT (known AND same)""",
    ),
    "card_week": (
        _CARD_WEEK,
        """DELETE FROM card_week USING merged AS m
        WHERE card_week.site = m.site AND card_week.week = m.week AND NOT m.same""",
        """INSERT INTO card_week (site, week, cards, again, source)
        SELECT site, week, cards, again, source FROM merged WHERE NOT (known AND same)""",
    ),
}


def add(connection: Any, name: str, rows: pa.Table) -> dict[str, int]:
    """Add the rows to `sale` or `card_week` inside the caller's transaction; how many were what.

    A site and hour (or week) stands once: its newest numbers count, and one that is not told again stays. `added`,
    `changed`, `same`, `unknown_site` and `not_a_local_hour` (neither of the last two is added) make up all of them.
    """
    merge, delete, insert = _WRITE[name]
    connection.register("incoming", rows)
    try:
        connection.execute(merge)
        ((added, changed, same, unknown, n),) = connection.execute(_COUNT).fetchall()
        connection.execute(delete)
        connection.execute(insert)
        connection.execute("DROP TABLE merged")
    finally:
        connection.unregister("incoming")
    off = n - unknown - added - changed - same
    return {"added": added, "changed": changed, "same": same, "unknown_site": unknown, "not_a_local_hour": off}
