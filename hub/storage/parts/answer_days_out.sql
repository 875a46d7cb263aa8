-- The business days with answers whose unit (what: unit) or block of hours (what: block) reaches beyond [start, end).
SELECT DISTINCT counts_on AS day, 'unit' AS what
FROM answer_visit
WHERE site = $site AND NOT (first_at >= $start AND last_at < $end)
UNION ALL
SELECT DISTINCT a.counts_on, 'block'
FROM answer_group AS g JOIN answer_day AS a ON a.site = g.site AND a.source = g.source AND a.id = g.id
WHERE g.site = $site AND a.site = $site AND g."by" = 'hour' AND NOT (g.first_at >= $start AND g.last_at < $end)
ORDER BY day, what
