-- The answers to the recommendation question by how long people waited at the site around that visit, in bands of the
-- mean wait of those windows: band_from_s, band_to_s (NULL: open), answer, n, waits (measured, each window once).
-- Finished by hub.insight.scores. Only answers whose time is known, and beside which waits were measured. A business
-- day counts whole, where it begins in [start, end): two periods that differ by a moment cannot single out an answer.
WITH band AS (
    SELECT * FROM (VALUES (0, 60), (60, 120), (120, 180), (180, 300), (300, 600), (600, NULL)) AS b (from_s, to_s)
), cutover AS (
    SELECT
        site, timezone,
        CAST(left(day_starts, 2) AS INTEGER) * INTERVAL 1 HOUR
            + CAST(right(day_starts, 2) AS INTEGER) * INTERVAL 1 MINUTE AS past_midnight
    FROM site WHERE site = $site
), day_of AS (
    SELECT
        a.source, a.id,
        timezone(
            c.timezone, date_trunc('day', timezone(c.timezone, a.answered_at) - c.past_midnight) + c.past_midnight
        ) AS begins_at
    FROM answer AS a JOIN cutover AS c ON c.site = a.site
    WHERE a.answered_at >= $start AND a.answered_at < $end + INTERVAL 26 HOUR
), pair AS MATERIALIZED (
    SELECT w.*
    FROM answer_waits AS w JOIN day_of AS d ON d.source = w.source AND d.id = w.id
    WHERE w.site = $site AND w.answered_at >= $start AND w.answered_at < $end + INTERVAL 26 HOUR
        AND w.nps IS NOT NULL AND d.begins_at >= $start AND d.begins_at < $end
), told AS (
    SELECT source, id, nps, sum(sum_s) / sum(n) AS wait_s FROM pair GROUP BY source, id, nps
), placed AS (
    SELECT t.source, t.id, t.nps, b.from_s, b.to_s
    FROM told AS t JOIN band AS b ON t.wait_s >= b.from_s AND (b.to_s IS NULL OR t.wait_s < b.to_s)
), beside AS (
    SELECT DISTINCT p.from_s, w.device, w.place, w.start_at, w.n
    FROM placed AS p JOIN pair AS w ON w.source = p.source AND w.id = p.id
), waits AS (
    SELECT from_s, sum(n) AS waits FROM beside GROUP BY from_s
)
SELECT p.from_s AS band_from_s, p.to_s AS band_to_s, p.nps AS answer, count(*) AS n, w.waits
FROM placed AS p JOIN waits AS w ON w.from_s = p.from_s
GROUP BY p.from_s, p.to_s, p.nps, w.waits
ORDER BY p.from_s, p.nps
