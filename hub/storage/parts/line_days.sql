-- Each line by business day of the calendar `bucket` (day, start_at, end_at). entries and exits are NULL where nothing
-- was measured, and for lines that are no doors; due_s = seconds over by now since the line's first window. A line
-- counts as what it was at the end of the day.
WITH shift AS (
    SELECT bucket.day, bucket.start_at, bucket.end_at, place.device, place.sensor, place.place, place.role,
           row_number() OVER (
               PARTITION BY bucket.day, place.device, place.place ORDER BY place.valid_from DESC
           ) AS turn,
           GREATEST(0, LEAST(epoch(bucket.end_at), epoch(COALESCE(place.valid_to, bucket.end_at)), floor(epoch($now) / 900) * 900)
                       - GREATEST(epoch(bucket.start_at), ceil(epoch(first_count.start_at) / 900) * 900)) AS due_s
    FROM bucket
    JOIN place ON place.site = $site AND place.kind = 'line' AND place.valid_from < bucket.end_at
              AND (place.valid_to IS NULL OR place.valid_to > bucket.start_at)
    JOIN first_count ON first_count.site = $site AND first_count.device = place.device
                    AND first_count.place = place.place AND first_count.start_at < bucket.end_at
)
SELECT shift.device, shift.sensor, shift.place, shift.role, shift.day, shift.start_at, shift.end_at,
       CAST(seen.entries AS BIGINT) AS entries, CAST(seen.exits AS BIGINT) AS exits,
       CAST(seen.passers AS BIGINT) AS passers, CAST(COALESCE(seen.observed_s, 0) AS DOUBLE) AS observed_s, shift.due_s
FROM shift
LEFT JOIN count_by_day AS seen ON seen.site = $site AND seen.device = shift.device AND seen.place = shift.place
                              AND seen.day = shift.day
WHERE shift.turn = 1 AND (shift.due_s > 0 OR seen.day IS NOT NULL)
ORDER BY shift.day, shift.device, shift.place
