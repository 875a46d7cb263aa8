-- The state of each sensor, as its device said last.
SELECT device, sensor, kind, state, seen
FROM sensor
WHERE site = $site
ORDER BY device, sensor
