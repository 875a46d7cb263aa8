-- The published waits at a site that end in [start, end), by business day and promise: site, day, promise_s, bins (those
-- of all its windows added up).
WITH told AS (
    SELECT site, day, promise_s, unnest(bins) AS n, unnest(range(len(bins))) AS place
    FROM promised_stat
    WHERE site = $site AND of = 'wait' AND withheld IS NULL AND n > 0 AND end_at > $start AND end_at <= $end
), added AS (
    SELECT site, day, promise_s, place, CAST(sum(n) AS BIGINT) AS n FROM told GROUP BY site, day, promise_s, place
)
SELECT site, day, promise_s, list(n ORDER BY place) AS bins
FROM added
GROUP BY site, day, promise_s
ORDER BY site, day, promise_s
