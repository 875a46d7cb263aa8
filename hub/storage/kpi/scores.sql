-- The answers to each score at a site in [start, end): site, score, scale, answer, top (counts as satisfied), n.
-- Finished by hub.insight.scores. Answers on different scales are not pooled: only the scale most used here counts.
-- Answers come in units of whole business days that hold at least 5 of them (the view answer_unit): two periods never
-- differ by one answer.
WITH told AS (
    SELECT a.site, a.nps, a.csat, a.csat_top, a.csat_scale, a.ces, a.ces_scale
    FROM answer_day AS a
    JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
    WHERE a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end
), long AS (
    SELECT site, 'nps' AS score, '0-10' AS scale, nps AS answer, nps >= 9 AS top FROM told WHERE nps IS NOT NULL
    UNION ALL
    SELECT site, 'csat', csat_scale, csat, csat_top FROM told WHERE csat IS NOT NULL
    UNION ALL
    SELECT site, 'ces', ces_scale, ces, FALSE FROM told WHERE ces IS NOT NULL
), used AS (
    SELECT site, score, scale, row_number() OVER (PARTITION BY site, score ORDER BY count(*) DESC, scale) AS place
    FROM long GROUP BY site, score, scale
)
SELECT l.site, l.score, l.scale, l.answer, l.top, count(*) AS n
FROM long AS l JOIN used AS u ON u.site = l.site AND u.score = l.score AND u.scale = l.scale
WHERE u.place = 1
GROUP BY l.site, l.score, l.scale, l.answer, l.top
ORDER BY l.site, l.score, l.answer
