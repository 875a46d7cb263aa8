-- The words of the comments that at least 5 answers hold, in how many; of the answers among them that were rated for
-- recommendation, how many promote and detract, where 10 were. Units of whole days as in scores.sql. A word counts once
-- an answer. Finished by hub.insight.words, which leaves the words out that say nothing.
WITH told AS (
    SELECT a.source, a.id, a.nps, a.comment
    FROM answer_day AS a
    JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
    WHERE a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end AND a.comment IS NOT NULL
), word AS (
    SELECT DISTINCT
        source, id, nps,
        unnest(regexp_extract_all(
            regexp_replace(lower(comment), '\[[a-z-]+\]', ' ', 'g'), '\p{L}[\p{L}\p{M}''’-]+'
        )) AS word
    FROM told
)
SELECT
    word, count(*) AS n,
    CASE WHEN count(nps) >= 10 THEN count(nps) END AS rated,
    CASE WHEN count(nps) >= 10 THEN sum(CASE WHEN nps >= 9 THEN 1 ELSE 0 END) END AS promoters,
    CASE WHEN count(nps) >= 10 THEN sum(CASE WHEN nps <= 6 THEN 1 ELSE 0 END) END AS detractors
FROM word
WHERE length(word) >= 3
GROUP BY word
HAVING count(*) >= 5
ORDER BY n DESC, word
