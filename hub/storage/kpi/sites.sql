-- The sites, all of them; the door leaves those that the token may read.
SELECT site, name, timezone, day_starts, opens, closes, notice
FROM site
ORDER BY name, site
