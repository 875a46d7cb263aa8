-- The 15-minute windows of the places of one kind that begin in the period.
SELECT latest_load.place, latest_load.start_at AS "start", latest_load.mean, latest_load.joined, latest_load.served,
       latest_load.abandoned, latest_load.tills_open, CAST(latest_load.observed_s AS DOUBLE) AS observed_s
FROM latest_load
JOIN place ON place.site = latest_load.site AND place.device = latest_load.device AND place.place = latest_load.place
          AND latest_load.start_at >= place.valid_from
          AND (place.valid_to IS NULL OR latest_load.start_at < place.valid_to)
WHERE latest_load.site = $site AND place.kind = $kind
    AND latest_load.start_at >= $start AND latest_load.start_at < $end
