-- Answers at a site by the local hour of the visit, for hub.compound alone: hour (NULL where only the day is known), n,
-- hidden (answers of blocks in [start, end) in which the hour may not be told), and of the units in [start, end) all (whole)
-- and the NPS (promoters, passives, detractors).
WITH grouped AS (
    SELECT "group", sum(CASE WHEN told THEN 1 ELSE 0 END) AS n, sum(CASE WHEN told THEN 0 ELSE 1 END) AS hidden
    FROM answer_group
    WHERE site = $site AND "by" = 'hour' AND first_at >= $start AND last_at < $end
    GROUP BY "group"
), whole AS (
    SELECT
        COALESCE(CAST(hour AS VARCHAR), '') AS "group", count(*) AS whole,
        sum(CASE WHEN nps >= 9 THEN 1 ELSE 0 END) AS promoters,
        sum(CASE WHEN nps >= 7 AND nps < 9 THEN 1 ELSE 0 END) AS passives,
        sum(CASE WHEN nps < 7 THEN 1 ELSE 0 END) AS detractors
    FROM answer_visit
    WHERE site = $site AND first_at >= $start AND last_at < $end
    GROUP BY COALESCE(CAST(hour AS VARCHAR), '')
)
SELECT
    CASE WHEN COALESCE(g."group", w."group") <> '' THEN CAST(COALESCE(g."group", w."group") AS BIGINT) END AS hour,
    CAST(COALESCE(g.n, 0) AS BIGINT) AS n, CAST(COALESCE(g.hidden, 0) AS BIGINT) AS hidden,
    CAST(COALESCE(w.whole, 0) AS BIGINT) AS whole, CAST(COALESCE(w.promoters, 0) AS BIGINT) AS promoters,
    CAST(COALESCE(w.passives, 0) AS BIGINT) AS passives, CAST(COALESCE(w.detractors, 0) AS BIGINT) AS detractors
FROM grouped AS g FULL OUTER JOIN whole AS w ON w."group" = g."group"
ORDER BY hour
