-- How far each line has come: its newest quarter hour, in Unix seconds. Of a line that said nothing in the newest week the
-- beginning of that week stands for it (up to there nothing of it counts as new), so that not all that is stored is read.
WITH newest AS (
    SELECT max(start_at) - INTERVAL '7 days' AS since FROM count_15
), seen AS (
    SELECT site, device, place, max(start_at) AS start_at
    FROM count_15
    WHERE start_at >= (SELECT since FROM newest)
    GROUP BY site, device, place
), line AS (
    SELECT site, device, place FROM first_count
    UNION
    SELECT site, device, place FROM seen
)
SELECT line.site, line.device, line.place, CAST(epoch(COALESCE(seen.start_at, newest.since)) AS BIGINT) AS start
FROM line
CROSS JOIN newest
LEFT JOIN seen ON seen.site = line.site AND seen.device = line.device AND seen.place = line.place
WHERE newest.since IS NOT NULL;
