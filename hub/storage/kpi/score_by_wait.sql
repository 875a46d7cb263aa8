-- The answers to the recommendation question by how long people waited at the site around that visit, in bands of the
-- mean wait of those windows: band_from_s, band_to_s (NULL: open), answer, n, waits (measured, each window once).
-- Finished by hub.insight.scores. Only answers whose time is known, and beside which waits were measured. Answers come in
-- units of whole business days that hold at least 5 of them (the view answer_unit), so that no two periods differ by one
-- answer; waits are of published windows that rest on at least 5.
WITH band AS (
    SELECT * FROM (VALUES (0, 60), (60, 120), (120, 180), (180, 300), (300, 600), (600, NULL)) AS b (from_s, to_s)
), pair AS MATERIALIZED (
    SELECT w.*
    FROM answer_waits AS w
    JOIN answer_day AS a ON a.source = w.source AND a.id = w.id
    JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
    WHERE w.site = $site AND a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end
        AND w.answered_at >= $start AND w.answered_at < $end + INTERVAL 26 HOUR AND w.nps IS NOT NULL
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
