-- People in the store at the end of each quarter hour: entries minus exits over all doors since the business day
-- began. When a day is over and the shop had closed, it was empty: what is left then is counting error (drift), and
-- is taken off in proportion to the traffic so far, because every crossing may be miscounted. Entries stay as they are.
-- A day that lasts, or in which the shop never closes, is not corrected: whoever leaves was inside, so a sum below
-- zero shows people not counted earlier. NULL in a quarter hour that some door did not measure. usual_drift = median
-- size of the drift on the days with traffic among the 7 before. The calendar `bucket` has all these days as a whole.
WITH quarter AS (
    SELECT bucket.start_at, bucket.end_at, bucket.day, bucket.minute,
           CAST(COALESCE(sum(seen.entries), 0) AS BIGINT) AS entries,
           CAST(COALESCE(sum(seen.exits), 0) AS BIGINT) AS exits, count(seen.start_at) AS arrived,
           count(seen.entries) = count(*) AND count(seen.exits) = count(*) AS measured,
           CAST(COALESCE(sum(seen.observed_s), 0) AS DOUBLE) / (count(*) * 900) AS coverage
    FROM bucket
    JOIN door ON door.site = $site AND bucket.start_at >= door.since AND (door.until IS NULL OR bucket.start_at < door.until)
    LEFT JOIN count_15 AS seen ON seen.site = $site AND seen.device = door.device AND seen.place = door.place
                              AND seen.start_at = bucket.start_at
    GROUP BY bucket.start_at, bucket.end_at, bucket.day, bucket.minute
), closed AS (
    SELECT day FROM bucket GROUP BY day
    HAVING max(end_at) <= $now AND max(CASE WHEN open THEN end_at END) < max(end_at)
), total AS (
    SELECT quarter.day, sum(quarter.entries - quarter.exits) AS drift, sum(quarter.entries + quarter.exits) AS traffic
    FROM quarter
    JOIN closed ON closed.day = quarter.day
    GROUP BY quarter.day
), asked AS (
    SELECT DISTINCT day FROM bucket WHERE start_at >= $start AND start_at < $end
), usual AS (
    SELECT asked.day, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(total.drift)) AS drift
    FROM asked
    JOIN total ON total.day < asked.day AND total.day >= asked.day - 7 AND total.traffic > 0
    GROUP BY asked.day
), running AS (
    SELECT quarter.*, sum(entries - exits) OVER (PARTITION BY quarter.day ORDER BY start_at) AS inside,
           sum(entries + exits) OVER (PARTITION BY quarter.day ORDER BY start_at) AS traffic
    FROM quarter
    JOIN asked ON asked.day = quarter.day
), raw AS (
    SELECT running.*, LEAST(0, min(inside) OVER (PARTITION BY day ORDER BY start_at)) AS lowest FROM running
)
SELECT raw.start_at AS "start", raw.end_at AS "end", raw.day AS "day", raw.minute AS "minute",
       CAST(CASE WHEN NOT raw.measured THEN NULL
                 WHEN total.day IS NULL THEN raw.inside - raw.lowest
                 WHEN total.traffic = 0 THEN 0
                 ELSE GREATEST(0, round(raw.inside - CAST(total.drift AS DOUBLE) * raw.traffic / total.traffic))
            END AS BIGINT) AS people,
       total.day IS NOT NULL AS corrected, CAST(total.drift AS BIGINT) AS drift,
       CAST(usual.drift AS DOUBLE) AS usual_drift, raw.coverage
FROM raw
LEFT JOIN total ON total.day = raw.day
LEFT JOIN usual ON usual.day = raw.day
WHERE raw.start_at >= $start AND raw.start_at < $end AND (raw.end_at <= $now OR raw.arrived > 0)
ORDER BY raw.start_at
