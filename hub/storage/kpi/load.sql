-- People in zones and queues, one row for each 15-minute window that a device has published.
SELECT latest_load.place, place.kind, latest_load.start_at AS "start", latest_load.end_at AS "end",
       latest_load.mean, latest_load.max, latest_load.joined, latest_load.served, latest_load.abandoned,
       latest_load.tills_open, CAST(latest_load.observed_s AS DOUBLE) / 900 AS coverage
FROM latest_load
LEFT JOIN place ON place.site = latest_load.site AND place.device = latest_load.device
               AND place.place = latest_load.place AND latest_load.start_at >= place.valid_from
               AND (place.valid_to IS NULL OR latest_load.start_at < place.valid_to)
WHERE latest_load.site = $site AND latest_load.start_at >= $start AND latest_load.start_at < $end
ORDER BY latest_load.place, latest_load.start_at
