-- People through each door by hour of the calendar `bucket` (day, hour on the wall, start_at, end_at); an hour that the
-- clocks show twice is one. entries are NULL where nothing was measured; due_s = seconds of the hour that are over by
-- now and in which the line was a door.
WITH due AS (
    SELECT bucket.day, bucket.hour, door.device, door.place,
           sum(GREATEST(0, LEAST(epoch(bucket.end_at), epoch(COALESCE(door.until, bucket.end_at)), floor(epoch($now) / 900) * 900)
                           - GREATEST(epoch(bucket.start_at), ceil(epoch(door.since) / 900) * 900))) AS due_s
    FROM bucket
    JOIN door ON door.site = $site AND door.since < bucket.end_at
             AND (door.until IS NULL OR door.until > bucket.start_at)
    GROUP BY bucket.day, bucket.hour, door.device, door.place
), seen AS (
    SELECT count_15.device, count_15.place, count_15.day, CAST(floor(count_15.minute / 60) AS BIGINT) AS hour,
           sum(count_15.entries) AS entries, sum(count_15.observed_s) AS observed_s
    FROM count_15
    JOIN door ON door.site = $site AND door.device = count_15.device AND door.place = count_15.place
             AND count_15.start_at >= door.since AND (door.until IS NULL OR count_15.start_at < door.until)
    WHERE count_15.site = $site AND count_15.start_at >= $start AND count_15.start_at < $end
    GROUP BY count_15.device, count_15.place, count_15.day, CAST(floor(count_15.minute / 60) AS BIGINT)
)
SELECT due.device, due.place, due.day, due.hour, CAST(seen.entries AS DOUBLE) AS entries,
       CAST(COALESCE(seen.observed_s, 0) AS DOUBLE) AS observed_s, CAST(due.due_s AS DOUBLE) AS due_s
FROM due
LEFT JOIN seen ON seen.device = due.device AND seen.place = due.place AND seen.day = due.day AND seen.hour = due.hour
WHERE due.due_s > 0
ORDER BY due.device, due.place
