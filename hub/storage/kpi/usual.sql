-- What is usual on this weekday: entries a quarter hour and so far in the day (by the quarter hour's end), over the
-- days of the calendar `bucket` on which the doors were watched for 90 % of the opening hours.
-- Where a quarter hour of such a day was not measured it adds nothing to the day so far. The days, eight of eight weeks,
-- are named once more for the quarter hours, so that only what lies around them is read.
WITH counted AS (
    SELECT device, place, start_at, entries, observed_s
    FROM count_15 WHERE site = $site AND day IN (SELECT day FROM bucket)
), quarter AS (
    SELECT bucket.day, bucket.minute, bucket.slot, bucket.open,
           sum(seen.entries) AS entries, COALESCE(sum(seen.observed_s), 0) AS observed_s, count(*) * 900 AS expected_s
    FROM bucket
    JOIN door ON door.site = $site AND bucket.start_at >= door.since AND (door.until IS NULL OR bucket.start_at < door.until)
    LEFT JOIN counted AS seen ON seen.device = door.device AND seen.place = door.place
                              AND seen.start_at = bucket.start_at
    GROUP BY bucket.start_at, bucket.day, bucket.minute, bucket.slot, bucket.open
), good AS (
    SELECT day
    FROM quarter
    WHERE open
    GROUP BY day
    HAVING sum(observed_s) >= 0.9 * sum(expected_s) AND count(*) * 900 >= 0.9 * $open_s
), slots AS (
    SELECT quarter.day, quarter.minute, quarter.slot, sum(quarter.entries) AS entries
    FROM quarter
    JOIN good ON good.day = quarter.day
    GROUP BY quarter.day, quarter.minute, quarter.slot
), running AS (
    SELECT day, minute, slot, CAST(entries AS DOUBLE) AS entries,
           CAST(sum(COALESCE(entries, 0)) OVER (PARTITION BY day ORDER BY slot) AS DOUBLE) AS so_far
    FROM slots
)
SELECT minute AS "minute", count(entries) AS days,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY entries) AS low,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY entries) AS mid,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY entries) AS high,
       percentile_cont(0.1) WITHIN GROUP (ORDER BY so_far) AS so_far_low,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY so_far) AS so_far_mid,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY so_far) AS so_far_high
FROM running
GROUP BY minute, slot
HAVING count(entries) > 0
ORDER BY slot
