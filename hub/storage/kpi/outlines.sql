-- The lines, zones and queues that are watched now, as they lie on the floor in metres; NULL where a sensor knows no floor.
SELECT place, kind, role, device, sensor, area_m2, outline_m
FROM place
WHERE site = $site AND valid_to IS NULL
ORDER BY place
