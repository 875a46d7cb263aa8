-- The lines, zones and queues that are watched now.
SELECT place, kind, role, device, sensor, promise_s, area_m2
FROM place
WHERE site = $site AND valid_to IS NULL
ORDER BY place
