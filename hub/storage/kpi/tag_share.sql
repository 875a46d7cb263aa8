-- Totals of tags as their devices told them, of the period and the four weeks before it (`before`): tagged visitors, all
-- that the doors' cameras counted meanwhile. Where no camera of the same device sees a door, all doors of the site stand
-- for it (`entries`). A total may speak of several days.
WITH told AS (
    SELECT *, row_number() OVER (
        PARTITION BY device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_quality WHERE site = $site AND end_at > $start - INTERVAL 28 DAY AND end_at <= $end
), total AS (
    SELECT device, place, start_at, end_at, observed_s, tag_n, camera_n
    FROM told WHERE turn = 1 AND tag_n IS NOT NULL
), through AS (
    SELECT total.device, total.place, total.start_at, sum(seen.entries) AS entries
    FROM total
    JOIN door ON door.site = $site
    JOIN count_15 AS seen ON seen.site = $site AND seen.device = door.device AND seen.place = door.place
                         AND seen.start_at >= total.start_at AND seen.start_at < total.end_at
                         AND seen.start_at >= door.since AND (door.until IS NULL OR seen.start_at < door.until)
    WHERE total.camera_n IS NULL
    GROUP BY total.device, total.place, total.start_at
)
SELECT total.device, total.place AS sensor, total.start_at AS "start", total.end_at AS "end",
       total.end_at <= $start AS before, total.observed_s, CAST(total.tag_n AS BIGINT) AS tag_n,
       CAST(COALESCE(total.camera_n, through.entries) AS BIGINT) AS camera_n
FROM total
LEFT JOIN through ON through.device = total.device AND through.place = total.place AND through.start_at = total.start_at
ORDER BY total.device, total.place, total.start_at
