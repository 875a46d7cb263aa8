"""What people wrote, version by version. The table stands in documents.sql."""

from typing import Any

from hub.sites import moment

MOST = 2000  # of a kind in a site
_VERSIONS = {"floor": 30}  # of one document; a floor is a picture
_MOST_VERSIONS = 1000
_NEWEST = """
SELECT version, epoch("at") FROM document WHERE site = $site AND kind = $kind AND id = $id
ORDER BY version DESC LIMIT 1
"""
_COUNT = "SELECT count(DISTINCT id) FROM document WHERE site = $site AND kind = $kind"
_INSERT = """INSERT INTO document (site, kind, id, version, "at", "by", body) VALUES
($site, $kind, $id, $version, $at, $person, $body)"""
_TRIM = "DELETE FROM document WHERE site = $site AND kind = $kind AND id = $id AND version <= $last"
# A version goes so long after the next one came; actions and acknowledgements, which hold names, also when nobody has
# touched them for so long. Of whatever else still counts the name goes.
_OLD = """
DELETE FROM document USING (
    SELECT site, kind, id, version,
           lead("at") OVER (PARTITION BY site, kind, id ORDER BY version) AS replaced_at
    FROM document
) AS later
WHERE document.site = later.site AND document.kind = later.kind AND document.id = later.id
  AND document.version = later.version
  AND (later.replaced_at < $before
       OR (later.replaced_at IS NULL AND document.kind IN ('action', 'acknowledgement') AND document."at" < $before))
"""
_NAMELESS = """UPDATE document SET "by" = NULL WHERE "at" < $before AND "by" IS NOT NULL"""


class VersionConflict(Exception):
    """Somebody else wrote in between; `version` is the newest there is."""

    def __init__(self, version: int) -> None:
        super().__init__("version: not the newest")
        self.version = version


class Full(Exception):
    """There are as many documents of this kind as a site may have."""


def put(connection: Any, site: str, kind: str, id: str, version: int, *, at: float, by: str | None, body: str) -> int:
    """Add the version after `version` (0: the first) inside the caller's transaction; its number.

    VersionConflict where `version` is not the newest, Full where there are too many. Its time is never before that of
    the version it replaces, though the clock be set back.
    """
    key = {"site": site, "kind": kind, "id": id}
    newest, since = connection.execute(_NEWEST, key).fetchone() or (0, 0.0)
    if newest != version:
        raise VersionConflict(newest)
    if not newest and connection.execute(_COUNT, {"site": site, "kind": kind}).fetchone()[0] >= MOST:
        raise Full
    row = {"version": newest + 1, "at": moment(max(at, since)), "person": by, "body": body}
    connection.execute(_INSERT, key | row)
    connection.execute(_TRIM, key | {"last": newest + 1 - _VERSIONS.get(kind, _MOST_VERSIONS)})
    return int(newest + 1)


def forget_old(connection: Any, at: float, days: int) -> dict[str, int]:
    """Delete versions that were replaced `days` before `at`, and take the names off what is as old and still counts;
    table -> rows deleted.
    """
    before = {"before": moment(at - days * 86_400)}
    connection.execute(_NAMELESS, before)
    return {"document": int(connection.execute(_OLD, before).fetchone()[0])}
