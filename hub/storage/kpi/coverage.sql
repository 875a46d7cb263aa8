-- Which share of each local hour every place was looked at. A place counts from its first window on and, once it is
-- watched no more, to its last; the hour that is still open counts up to its last quarter that is over.
WITH looked AS (
    SELECT device, place, start_at, observed_s FROM count_15 WHERE site = $site
    UNION ALL
    SELECT device, place, start_at, observed_s FROM latest_load WHERE site = $site
), life AS (
    SELECT device, place, min(start_at) AS since, max(start_at) AS until FROM looked GROUP BY device, place
)
SELECT place.device, place.sensor, place.place, place.kind, bucket.hour_at AS "start",
       CAST(COALESCE(sum(looked.observed_s), 0) AS DOUBLE) / (count(*) * 900) AS coverage
FROM bucket
JOIN place ON place.site = $site
JOIN life ON life.device = place.device AND life.place = place.place
         AND bucket.start_at >= life.since AND (place.current OR bucket.start_at <= life.until)
LEFT JOIN looked ON looked.device = place.device AND looked.place = place.place AND looked.start_at = bucket.start_at
WHERE bucket.end_at <= $now
GROUP BY place.device, place.sensor, place.place, place.kind, bucket.hour_at
ORDER BY bucket.hour_at, place.device, place.place
