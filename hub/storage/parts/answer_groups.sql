-- The answers to each score at a site in [start, end) by what they are sorted: site, by, group, score, scale, answer, top, n.
-- Only groups that may be told (the view answer_group), on the scale most used in the period.
WITH told AS (
    SELECT g.site, g."by", g."group", a.nps, a.csat, a.csat_top, a.csat_scale, a.ces, a.ces_scale
    FROM answer_group AS g
    JOIN answer AS a ON a.site = g.site AND a.source = g.source AND a.id = g.id
    WHERE g.site = $site AND a.site = $site AND g."by" <> 'hour' AND g.told AND g.first_at >= $start AND g.last_at < $end
), long AS (
    SELECT site, "by", "group", 'nps' AS score, '0-10' AS scale, nps AS answer, nps >= 9 AS top FROM told WHERE nps IS NOT NULL
    UNION ALL
    SELECT site, "by", "group", 'csat', csat_scale, csat, csat_top FROM told WHERE csat IS NOT NULL
    UNION ALL
    SELECT site, "by", "group", 'ces', ces_scale, ces, FALSE FROM told WHERE ces IS NOT NULL
), used AS (
    SELECT site, score, scale, row_number() OVER (PARTITION BY site, score ORDER BY count(*) DESC, scale) AS place
    FROM long GROUP BY site, score, scale
)
SELECT l.site, l."by", l."group", l.score, l.scale, l.answer, l.top, count(*) AS n
FROM long AS l JOIN used AS u ON u.site = l.site AND u.score = l.score AND u.scale = l.scale
WHERE u.place = 1
GROUP BY l.site, l."by", l."group", l.score, l.scale, l.answer, l.top
ORDER BY l.site, l."by", l."group", l.score, l.answer
