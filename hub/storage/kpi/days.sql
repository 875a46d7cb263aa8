-- People through the doors by business day, of the days in the calendar `bucket` (day, start_at, end_at). A day in which
-- a line was a door from beginning to end comes from the daily sums once they are made; else it is summed up from the
-- quarter hours in which it was one. entries and exits are NULL where nothing was measured. coverage = seconds looked
-- at / seconds of all doors that are over by now; the day that lasts counts so far.
WITH shift AS (
    SELECT door.site, bucket.day, bucket.start_at, bucket.end_at, door.device, door.place,
           sum(ceil(epoch(LEAST(COALESCE(door.until, bucket.end_at), bucket.end_at)) / 900)
               - ceil(epoch(GREATEST(door.valid_from, bucket.start_at)) / 900))
               = (epoch(bucket.end_at) - epoch(bucket.start_at)) / 900 AS whole,
           sum(GREATEST(0, LEAST(ceil(epoch(LEAST(COALESCE(door.until, bucket.end_at), bucket.end_at)) / 900),
                                 floor(epoch($now) / 900))
                           - ceil(epoch(GREATEST(door.since, bucket.start_at)) / 900))) * 900 AS due_s
    FROM bucket
    JOIN door ON door.site = $site AND door.since < bucket.end_at AND door.valid_from < bucket.end_at
             AND (door.until IS NULL OR door.until > bucket.start_at)
    GROUP BY door.site, bucket.day, bucket.start_at, bucket.end_at, door.device, door.place
), done AS (
    SELECT site, day FROM day_done WHERE site = $site
), rest AS (
    SELECT shift.site, shift.day, door.device, door.place, door.valid_from, door.until
    FROM shift
    JOIN door ON door.site = $site AND door.site = shift.site AND door.device = shift.device
             AND door.place = shift.place
    LEFT JOIN done ON done.site = shift.site AND done.day = shift.day
    WHERE NOT shift.whole OR done.day IS NULL
), counted AS (
    SELECT shift.site, shift.day, seen.entries, seen.exits, seen.observed_s
    FROM shift
    JOIN count_day AS seen ON seen.site = $site AND seen.site = shift.site AND seen.device = shift.device
                          AND seen.place = shift.place AND seen.day = shift.day
    WHERE shift.whole
    UNION ALL
    SELECT rest.site, rest.day, seen.entries, seen.exits, seen.observed_s
    FROM rest
    JOIN count_15 AS seen ON seen.site = $site AND seen.site = rest.site AND seen.device = rest.device
                         AND seen.place = rest.place AND seen.day = rest.day AND seen.start_at >= rest.valid_from
                         AND (rest.until IS NULL OR seen.start_at < rest.until)
), total AS (
    SELECT site, day, sum(entries) AS entries, sum(exits) AS exits, sum(observed_s) AS observed_s
    FROM counted GROUP BY site, day
), due AS (
    SELECT site, day, start_at, end_at, sum(due_s) AS due_s FROM shift GROUP BY site, day, start_at, end_at
)
SELECT due.site AS site, due.day AS "day", due.start_at AS "start", due.end_at AS "end",
       CAST(total.entries AS BIGINT) AS entries, CAST(total.exits AS BIGINT) AS exits,
       CASE WHEN due.due_s > 0
            THEN LEAST(CAST(1 AS DOUBLE), CAST(COALESCE(total.observed_s, 0) AS DOUBLE) / due.due_s)
       END AS coverage
FROM due
LEFT JOIN total ON total.site = due.site AND total.day = due.day
WHERE due.due_s > 0 OR total.day IS NOT NULL
ORDER BY due.site, due.day
