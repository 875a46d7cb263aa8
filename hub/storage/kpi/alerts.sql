-- The alerts of a site, those that are open first, then the newest 200 that are closed.
SELECT id, rule, place, severity, opened_at, closed_at, "value", "limit", unit, acknowledged_at, acknowledged_by
FROM (
    SELECT *, row_number() OVER (PARTITION BY closed_at IS NULL ORDER BY opened_at DESC, id) AS turn
    FROM alert WHERE site = $site
) AS known
WHERE closed_at IS NULL OR turn <= 200
ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, opened_at DESC, id
