-- What people wrote of one kind: the newest version of each document, or with $history all of them, oldest first.
SELECT kind, id, version, "at", "by", body
FROM (
    SELECT *, max(version) OVER (PARTITION BY id) AS newest FROM document WHERE site = $site AND kind = $kind
) AS known
WHERE $history OR version = newest
ORDER BY id, version
