"""Survey answers in the hub's database: what is added and what is forgotten. The table stands in answers.sql."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

TEXT_DAYS, SCORE_DAYS = 90, 760

# The last one says whether every column is equal, NULL to NULL too.
_COUNT = """
SELECT
    count(*),
    count(*) FILTER (WHERE i.site NOT IN (SELECT site FROM site)),
    count(a.id),
    count(*) FILTER (
        WHERE a.site = i.site AND a.channel = i.channel
        AND row(a.answered_at, a.day, a.lag_from_s, a.lag_to_s, a.touchpoint, a.nps, a.csat, a.csat_top, a.csat_scale,
                a.ces, a.ces_scale, a.comment)
            IS NOT DISTINCT FROM
            row(i."at", i.day, i.lag_from_s, i.lag_to_s, i.touchpoint, i.nps, i.csat, i.csat_top, i.csat_scale,
                i.ces, i.ces_scale, i.comment)
    )
FROM incoming AS i LEFT JOIN answer AS a ON a.source = i.source AND a.id = i.id AND i.site IN (SELECT site FROM site)
"""
_DELETE = """
DELETE FROM answer USING incoming AS i
WHERE answer.source = i.source AND answer.id = i.id AND i.site IN (SELECT site FROM site)
"""
_INSERT = """
INSERT INTO answer (source, id, site, answered_at, day, channel, lag_from_s, lag_to_s, touchpoint, nps, csat,
                    csat_top, csat_scale, ces, ces_scale, comment)
SELECT source, id, site, "at", day, channel, lag_from_s, lag_to_s, touchpoint, nps, csat, csat_top,
       csat_scale, ces, ces_scale, comment
FROM incoming WHERE site IN (SELECT site FROM site)
"""
_OWNERS = """
SELECT DISTINCT a.site FROM incoming AS i JOIN answer AS a ON a.source = i.source AND a.id = i.id
"""
# What one import stored has one time of arrival, that of its transaction.
LAST = """
WITH arrived AS (
    SELECT 'survey' AS kind, source, site, received_at FROM answer
    UNION ALL SELECT 'sales', source, site, received_at FROM sale
    UNION ALL SELECT 'cards', source, site, received_at FROM card_week
), newest AS (
    SELECT kind, source, site, max(received_at) AS at FROM arrived GROUP BY kind, source, site
)
SELECT n.kind, n.source, n.site, n.at, count(*) AS n
FROM newest AS n
JOIN arrived AS a ON a.kind = n.kind AND a.source = n.source AND a.site = n.site AND a.received_at = n.at
GROUP BY n.kind, n.source, n.site, n.at
"""
_FEW = 5
# How old an answer is: by its time, else its day, else when it came.
_AGE = "coalesce(answered_at, timezone('UTC', CAST(day AS TIMESTAMP)), received_at)"
_FORGET_TEXT = f"UPDATE answer SET comment = NULL WHERE comment IS NOT NULL AND {_AGE} < $before"
_FORGET = f"DELETE FROM answer WHERE {_AGE} < $before"


def add(connection: Any, answers: pa.Table) -> dict[str, int]:
    """Add answers (columns of hub.intake.surveys.SCHEMA) inside the caller's transaction; how many were what.

    `added`, `changed` (same source and id, other content), `same` and `unknown_site` (not one of the hub's sites,
    not added) make up all of them. Adding the same answers twice changes nothing.
    """
    connection.register("incoming", answers)
    try:
        ((n, unknown, known, same),) = connection.execute(_COUNT).fetchall()
        if n - unknown > same:
            connection.execute(_DELETE)
            connection.execute(_INSERT)
    finally:
        connection.unregister("incoming")
    return {"added": n - unknown - known, "changed": known - same, "same": same, "unknown_site": unknown}


def owners(connection: Any, answers: pa.Table) -> set[str]:
    """The sites whose stored answers have the source and id of one of these."""
    connection.register("incoming", answers)
    try:
        return {site for (site,) in connection.execute(_OWNERS).fetchall()}
    finally:
        connection.unregister("incoming")


def arrivals(rows: pa.Table, reads: Callable[[str], bool]) -> dict[tuple[str, str], dict[str, Any]]:
    """By kind and source, when and with how many rows something last came of the sites that may be read, from LAST.

    Of fewer than 5 answers neither their number nor the time is told, only the day in UTC: they may be one person's.
    """
    mine = [row for row in rows.to_pylist() if reads(row["site"])]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for key in sorted({(row["kind"], row["source"]) for row in mine}):
        these = [row for row in mine if (row["kind"], row["source"]) == key]
        at = max(row["at"] for row in these)
        n = sum(row["n"] for row in these if row["at"] == at)
        told = n >= _FEW or key[0] != "survey"
        found[key] = {
            "last_at": at.isoformat().replace("+00:00", "Z") if told else None,
            "last_day": at.date().isoformat(),
            "rows": n if told else None,
        }
    return found


def forget_old(
    connection: Any, at: float, text_days: int = TEXT_DAYS, score_days: int = SCORE_DAYS
) -> dict[str, int]:
    """Inside the caller's transaction, drop comments `text_days` and whole answers `score_days` older than `at`.

    `text` and `answer` say how many. An answer without a time or day is as old as its import.
    """
    now = datetime.fromtimestamp(at, UTC)
    gone = connection.execute(_FORGET, {"before": now - timedelta(days=score_days)}).fetchall()[0][0]
    text = connection.execute(_FORGET_TEXT, {"before": now - timedelta(days=text_days)}).fetchall()[0][0]
    return {"text": int(text), "answer": int(gone)}
