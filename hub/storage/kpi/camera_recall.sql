-- Totals by which tags judge the doors' cameras, as their devices told them: tagged visitors, all whom the cameras counted
-- meanwhile, and those of the tagged whom a camera counted too. A total may speak of several days; it counts in the
-- period in which it ends.
SELECT device, place AS sensor, start_at AS "start", end_at AS "end", observed_s, CAST(tag_n AS BIGINT) AS tag_n,
       CAST(camera_n AS BIGINT) AS camera_n, CAST(matched AS BIGINT) AS matched, $open_s AS open_s
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_quality WHERE site = $site AND end_at > $start AND end_at <= $end
) AS ranked
WHERE turn = 1 AND tag_n IS NOT NULL AND camera_n IS NOT NULL AND matched IS NOT NULL
ORDER BY device, place, start_at
