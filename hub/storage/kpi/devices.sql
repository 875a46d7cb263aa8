-- How each device is, as it said last, and how far its data reaches. twin_at is when it last turned out that two
-- devices answer to this name; NULL where that was not within the last hour in which it spoke.
SELECT COALESCE(device.device, held.device) AS device, COALESCE(device.state, 'unknown') AS state,
       device.said_at AS "at", device.version, device.level, device.plan, device.clock, device.skew_s,
       device.held, device.dropped, held.last_end, COALESCE(device.received_at, held.received_at) AS received_at,
       told.twin_at
FROM (SELECT * FROM device WHERE site = $site) AS device
FULL JOIN (
    SELECT device, max(last_end) AS last_end, max(received_at) AS received_at
    FROM ingest_cursor WHERE site = $site GROUP BY device
) AS held ON held.device = device.device
LEFT JOIN (
    SELECT device, max(returned_at) AS twin_at FROM epoch_told WHERE site = $site GROUP BY device
) AS told ON told.device = device.device
ORDER BY 1
