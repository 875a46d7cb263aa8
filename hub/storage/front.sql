-- The newest quarter hour of each line, in Unix seconds.
SELECT site, device, place, CAST(epoch(max(start_at)) AS BIGINT) AS start FROM count_15 GROUP BY site, device, place;
