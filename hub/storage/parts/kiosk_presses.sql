-- Presses at a site since $start by local hour: hour, touchpoint, score, answer, n. Only of hours that are over by $over, and
-- only where 5 presses stand together; else answer and n are NULL. Where all that is not told is fewer than 5 presses the
-- smallest of the others is not told either.
WITH press AS (
    SELECT
        CAST(extract(hour FROM timezone(timezone, answered_at)) AS BIGINT) AS hour, COALESCE(touchpoint, '') AS touchpoint,
        answered_at < $over AS past, nps, csat, ces
    FROM answer_day
    WHERE site = $site AND channel = 'kiosk' AND answered_at >= $start AND answered_at < $end
), long AS (
    SELECT hour, touchpoint, past, 'nps' AS score, nps AS answer FROM press WHERE nps IS NOT NULL
    UNION ALL
    SELECT hour, touchpoint, past, 'csat', csat FROM press WHERE csat IS NOT NULL
    UNION ALL
    SELECT hour, touchpoint, past, 'ces', ces FROM press WHERE ces IS NOT NULL
), cell AS (
    SELECT hour, touchpoint, past, score, count(*) AS n, count(*) < 5 OR NOT past AS small
    FROM long GROUP BY hour, touchpoint, past, score
), weighed AS (
    SELECT
        *, sum(CASE WHEN small THEN n ELSE 0 END) OVER (PARTITION BY score) AS small_n,
        row_number() OVER (PARTITION BY score ORDER BY CASE WHEN small THEN 1 ELSE 0 END, n, hour, touchpoint) AS place
    FROM cell
), told AS (
    SELECT hour, touchpoint, past, score, NOT small AND (small_n = 0 OR small_n >= 5 OR place > 1) AS told FROM weighed
)
SELECT t.hour, nullif(t.touchpoint, '') AS touchpoint, t.score, l.answer, count(*) AS n
FROM told AS t
JOIN long AS l ON l.hour = t.hour AND l.touchpoint = t.touchpoint AND l.past = t.past AND l.score = t.score
WHERE t.told
GROUP BY t.hour, t.touchpoint, t.score, l.answer
UNION ALL
SELECT hour, nullif(touchpoint, ''), score, CAST(NULL AS TINYINT), CAST(NULL AS BIGINT) FROM told WHERE NOT told AND past
ORDER BY hour, touchpoint, score, answer
