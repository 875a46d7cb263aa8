-- How each device is, as it said last, and how far its data reaches.
SELECT COALESCE(device.device, held.device) AS device, COALESCE(device.state, 'unknown') AS state,
       device.said_at AS "at", device.version, device.level, device.plan, device.clock, device.skew_s,
       device.held, device.dropped, held.last_end, COALESCE(device.received_at, held.received_at) AS received_at
FROM (SELECT * FROM device WHERE site = $site) AS device
FULL JOIN (
    SELECT device, max(last_end) AS last_end, max(received_at) AS received_at
    FROM ingest_cursor WHERE site = $site GROUP BY device
) AS held ON held.device = device.device
ORDER BY 1
