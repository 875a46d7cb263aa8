-- What the length of visits is made of. `little`: the quarter hours of the calendar `bucket` (the days asked for and the
-- four weeks before them) with what went through all doors; doors = 0 where there was none. `tags`: the published
-- windows of whole visits of tags, whose place bears the name of its sensor.
WITH asked AS (
    SELECT day FROM bucket GROUP BY day HAVING min(start_at) >= $start AND min(start_at) < $end
), quarter AS (
    SELECT bucket.start_at, bucket.end_at, bucket.day, bucket.open, count(door.place) AS doors,
           sum(seen.entries) AS entries, sum(seen.exits) AS exits, sum(seen.observed_s) AS observed_s
    FROM bucket
    LEFT JOIN door ON door.site = $site AND bucket.start_at >= door.since
                  AND (door.until IS NULL OR bucket.start_at < door.until)
    LEFT JOIN count_15 AS seen ON seen.site = $site AND seen.device = door.device AND seen.place = door.place
                              AND seen.start_at = bucket.start_at
    GROUP BY bucket.start_at, bucket.end_at, bucket.day, bucket.open
), whole AS (
    SELECT DISTINCT place.device, place.place
    FROM place
    JOIN sensor ON sensor.site = $site AND sensor.device = place.device AND sensor.sensor = place.sensor
               AND sensor.kind <> 'camera'
    WHERE place.site = $site AND place.kind = 'zone' AND place.place = place.sensor
)
SELECT 'little' AS how, quarter.day AS "day", quarter.start_at AS "start", quarter.end_at AS "end",
       asked.day IS NOT NULL AS asked, quarter.end_at <= $now AS over, quarter.open, CAST(quarter.doors AS BIGINT) AS doors,
       CAST(COALESCE(quarter.entries, 0) AS BIGINT) AS entries, CAST(COALESCE(quarter.exits, 0) AS BIGINT) AS exits,
       CAST(COALESCE(quarter.observed_s, 0) AS BIGINT) AS observed_s,
       CAST(NULL AS BIGINT) AS n, CAST(NULL AS BIGINT) AS sum_s, CAST(NULL AS INTEGER[]) AS bins
FROM quarter
LEFT JOIN asked ON asked.day = quarter.day
UNION ALL
SELECT 'tags', stat.day, stat.start_at, stat.end_at, TRUE, TRUE, TRUE, CAST(0 AS BIGINT), CAST(0 AS BIGINT),
       CAST(0 AS BIGINT), stat.observed_s, CAST(stat.n AS BIGINT), stat.sum_s, stat.bins
FROM latest_stat AS stat
JOIN whole ON whole.device = stat.device AND whole.place = stat.place
JOIN asked ON asked.day = stat.day
WHERE stat.site = $site AND stat.of = 'dwell'
ORDER BY "day", how, "start"
