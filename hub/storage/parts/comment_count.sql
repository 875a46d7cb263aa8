-- How many comments the units of whole days in [start, end) hold, as themes.sql counts them; how many of these answers
-- were rated for recommendation, and how many of those promote and detract. Goes no further than into tests of shares.
SELECT count(*) AS n, count(nps) AS rated,
       CAST(COALESCE(sum(CASE WHEN nps >= 9 THEN 1 ELSE 0 END), 0) AS BIGINT) AS promoters,
       CAST(COALESCE(sum(CASE WHEN nps <= 6 THEN 1 ELSE 0 END), 0) AS BIGINT) AS detractors
FROM answer_day AS a
JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
WHERE a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end AND a.comment IS NOT NULL
