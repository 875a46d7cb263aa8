-- The first quarter hour of each line, in Unix seconds.
SELECT site, device, place, CAST(epoch(start_at) AS BIGINT) AS start FROM first_count;
