"""Alerts in the database: what is open, acknowledged, still to be told. The table stands in alerts.sql.

Statements inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.serve.alerts import Alert
from hub.sites import moment

OPEN = """
SELECT site, id, rule, place, severity, epoch(opened_at) AS opened_at, "value", "limit", unit,
       acknowledged_at IS NOT NULL AS acknowledged
FROM alert WHERE closed_at IS NULL ORDER BY opened_at, site, id
"""
CLOSED = """
SELECT site, id, rule, place, severity, epoch(opened_at) AS opened_at, epoch(closed_at) AS closed_at, "value",
       "limit", unit
FROM alert WHERE closed_at > $since ORDER BY closed_at
"""
UNTOLD = """
SELECT site, id, rule, place, severity, epoch(opened_at) AS opened_at, epoch(closed_at) AS closed_at, "value",
       "limit", unit, told, acknowledged_at IS NOT NULL AS acknowledged
FROM alert
WHERE told = 'due' OR (told = 'quiet' AND closed_at IS NULL) OR (told = 'open' AND closed_at IS NOT NULL)
ORDER BY opened_at, site, id LIMIT 500
"""
_INSERT = """
INSERT INTO alert (site, id, rule, place, severity, opened_at, "value", "limit", unit, told)
VALUES ($site, $id, $rule, $place, $severity, $opened_at, $value, $limit, $unit, $told)
"""
_CLOSE = "UPDATE alert SET closed_at = $at WHERE site = $site AND id = $id AND closed_at IS NULL"
_TOLD = "UPDATE alert SET told = $told WHERE site = $site AND id = $id"
_ACKNOWLEDGE = """
UPDATE alert SET acknowledged_at = $at, acknowledged_by = $person
WHERE site = $site AND id = $id AND closed_at IS NULL
"""
_OLD = "DELETE FROM alert WHERE closed_at < $before"


def of_rows(rows: Iterable[Mapping[str, Any]]) -> list[Alert]:
    """The alerts in the rows of OPEN or UNTOLD."""
    names = Alert.__struct_fields__
    return [Alert(**{name: row[name] for name in names if name in row}) for row in rows]


def note(connection: Any, changed: Iterable[Alert], quiet: Iterable[str]) -> None:
    """Write down alerts that opened or closed; `quiet` are the sites in whose quiet hours it is."""
    for alert in changed:
        key = {"site": alert.site, "id": alert.id}
        if alert.closed_at is not None:
            connection.execute(_CLOSE, key | {"at": moment(alert.closed_at)})
            continue
        row = {name: getattr(alert, name) for name in ("rule", "place", "severity", "value", "limit", "unit")}
        row |= {"opened_at": moment(alert.opened_at), "told": "quiet" if alert.site in quiet else "due"}
        connection.execute(_INSERT, key | row)


def acknowledge(connection: Any, site: str, id: str, at: float, by: str | None) -> bool:
    """Note that somebody has seen an alert; False where none of this id is open at the site."""
    given = {"site": site, "id": id, "at": moment(at), "person": by}
    return bool(connection.execute(_ACKNOWLEDGE, given).fetchone()[0])


def set_told(connection: Any, site: str, id: str, told: str) -> None:
    """Note how far the webhook knows of an alert."""
    connection.execute(_TOLD, {"site": site, "id": id, "told": told})


def forget_old(connection: Any, at: float, days: int) -> dict[str, int]:
    """Delete alerts that closed `days` before `at`; table -> rows deleted."""
    before = {"before": moment(at - days * 86_400)}
    return {"alert": int(connection.execute(_OLD, before).fetchone()[0])}
