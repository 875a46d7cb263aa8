-- Which share of each local hour every place was looked at. A line counts from its first quarter hour on, a zone or queue
-- from when its device first told of it, for as long as the device's plan has it, and wherever it was looked at; the
-- hour that is still open counts up to its last quarter that is over.
WITH looked AS (
    SELECT device, place, start_at, observed_s
    FROM count_15 WHERE site = $site AND start_at >= $start AND start_at < $end
    UNION ALL
    SELECT device, place, start_at, observed_s
    FROM latest_load WHERE site = $site AND start_at >= $start AND start_at < $end
), life AS (
    SELECT device, place, start_at AS since FROM first_count WHERE site = $site
    UNION ALL
    SELECT device, place, min(said_at) AS since FROM place WHERE site = $site AND kind <> 'line' GROUP BY device, place
)
SELECT place.device, place.sensor, place.place, place.kind, bucket.hour_at AS "start",
       CAST(COALESCE(sum(looked.observed_s), 0) AS DOUBLE) / (count(*) * 900) AS coverage
FROM bucket
JOIN place ON place.site = $site AND bucket.start_at >= place.valid_from
          AND (place.valid_to IS NULL OR bucket.start_at < place.valid_to)
JOIN life ON life.device = place.device AND life.place = place.place
LEFT JOIN looked ON looked.device = place.device AND looked.place = place.place AND looked.start_at = bucket.start_at
WHERE bucket.end_at <= $now AND (bucket.start_at >= life.since OR looked.start_at IS NOT NULL)
GROUP BY place.device, place.sensor, place.place, place.kind, bucket.hour_at
ORDER BY bucket.hour_at, place.device, place.place
