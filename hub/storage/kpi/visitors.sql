-- People through the doors in quarter hours. A door counts from its first window on, for as long as it is one in its
-- device's plan. coverage = seconds looked at / seconds of all doors; entries are NULL where nothing was measured.
-- The quarter hour that is still open is there as soon as something of it is known.
SELECT bucket.start_at AS "start", bucket.end_at AS "end", bucket.day AS "day", bucket.minute AS "minute",
       CAST(sum(seen.entries) AS BIGINT) AS entries, CAST(sum(seen.exits) AS BIGINT) AS exits,
       CAST(COALESCE(sum(seen.observed_s), 0) AS DOUBLE) / (count(*) * 900) AS coverage
FROM bucket
JOIN door ON door.site = $site AND bucket.start_at >= door.since AND (door.until IS NULL OR bucket.start_at < door.until)
LEFT JOIN count_15 AS seen ON seen.site = $site AND seen.device = door.device AND seen.place = door.place
                          AND seen.start_at = bucket.start_at
GROUP BY bucket.start_at, bucket.end_at, bucket.day, bucket.minute
HAVING bucket.end_at <= $now OR count(seen.start_at) > 0
ORDER BY bucket.start_at
