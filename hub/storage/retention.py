"""What is forgotten and when: statements inside the caller's transaction, each counted."""

from typing import Any

from hub.sites import moment

_OLD = {
    "value_count": "DELETE FROM value_count WHERE end_at < $before",
    "value_load": "DELETE FROM value_load WHERE end_at < $before",
    "value_stat": "DELETE FROM value_stat WHERE end_at < $before",
    "value_flow": "DELETE FROM value_flow WHERE end_at < $before",
    "value_heat": "DELETE FROM value_heat WHERE end_at < $before",
    "value_quality": "DELETE FROM value_quality WHERE end_at < $before",
    "count_15": "DELETE FROM count_15 WHERE start_at < $before",
    "gap": "DELETE FROM gap WHERE found_at < $before",
    "ingest_cursor": "DELETE FROM ingest_cursor WHERE received_at < $before",
    "epoch_told": "DELETE FROM epoch_told WHERE heard_at < $before",
}
# A finished day of which quarter hours go keeps its sums as they are: from now on they cannot be summed up anew.
_FINAL = """
UPDATE day_done SET final = true FROM (SELECT DISTINCT site, day FROM count_15 WHERE start_at < $before) AS going
WHERE day_done.site = going.site AND day_done.day = going.day
"""
_OLD_DAYS = {
    "count_day": "DELETE FROM count_day WHERE day < $day",
    "day_done": "DELETE FROM day_done WHERE day < $day",
    "sale": "DELETE FROM sale WHERE hour_at < $before",
    "card_week": "DELETE FROM card_week WHERE week < $day",
    "place": "DELETE FROM place WHERE valid_to < $before",
    "first_count": """DELETE FROM first_count WHERE start_at < $before AND NOT EXISTS (
        SELECT 1 FROM place WHERE place.site = first_count.site AND place.device = first_count.device
                              AND place.place = first_count.place)""",
}
_SITE = {
    "value_count": "DELETE FROM value_count WHERE site = $site",
    "value_load": "DELETE FROM value_load WHERE site = $site",
    "value_stat": "DELETE FROM value_stat WHERE site = $site",
    "value_flow": "DELETE FROM value_flow WHERE site = $site",
    "value_heat": "DELETE FROM value_heat WHERE site = $site",
    "value_quality": "DELETE FROM value_quality WHERE site = $site",
    "count_15": "DELETE FROM count_15 WHERE site = $site",
    "first_count": "DELETE FROM first_count WHERE site = $site",
    "count_day": "DELETE FROM count_day WHERE site = $site",
    "day_done": "DELETE FROM day_done WHERE site = $site",
    "gap": "DELETE FROM gap WHERE site = $site",
    "device": "DELETE FROM device WHERE site = $site",
    "epoch_told": "DELETE FROM epoch_told WHERE site = $site",
    "sensor": "DELETE FROM sensor WHERE site = $site",
    "place": "DELETE FROM place WHERE site = $site",
    "quarantine": "DELETE FROM quarantine WHERE site = $site OR starts_with(topic, 'instore/v1/' || $site || '/')",
    "quarantine_tally": "DELETE FROM quarantine_tally WHERE site = $site",
    "answer": "DELETE FROM answer WHERE site = $site",
    "sale": "DELETE FROM sale WHERE site = $site",
    "card_week": "DELETE FROM card_week WHERE site = $site",
    "document": "DELETE FROM document WHERE site = $site",
    "alert": "DELETE FROM alert WHERE site = $site",
}
_QUARANTINE = "DELETE FROM quarantine WHERE received_at < $before"


def forget_old(
    connection: Any, at: float, windows_days: int, quarantine_days: int, daily_days: int = 760
) -> dict[str, int]:
    """Delete windows and what hangs on them that ended `windows_days` before `at`; table -> rows deleted.

    Sums by day, the versions of places that give them their meaning, and what the tills counted stay `daily_days`,
    and never less long than the windows. The room is used again by what comes; the file itself does not shrink.
    """
    before = {"before": moment(at - windows_days * 86_400)}
    connection.execute(_FINAL, before)
    gone = {name: _deleted(connection, text, before) for name, text in _OLD.items()}
    oldest = moment(at - max(windows_days, daily_days) * 86_400)
    params = {"before": oldest, "day": oldest.date()}
    gone |= {name: _deleted(connection, text, _named(text, params)) for name, text in _OLD_DAYS.items()}
    late = {"before": moment(at - quarantine_days * 86_400)}
    return gone | {"quarantine": _deleted(connection, _QUARANTINE, late)}


def forget_site(connection: Any, site: str) -> dict[str, int]:
    """Delete everything that is known of one site but its cursors; table -> rows deleted.

    The cursors stay: they hold no measurement, and without them a device would deliver again what it still holds.
    """
    return {name: _deleted(connection, text, {"site": site}) for name, text in _SITE.items()}


def _named(text: str, params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if f"${name}" in text}


def _deleted(connection: Any, statement: str, params: dict[str, Any]) -> int:
    return int(connection.execute(statement, params).fetchone()[0])
