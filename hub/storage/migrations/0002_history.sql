-- Schema 2: places have versions. What was known of a place becomes its first version, from ever; of one that its
-- device watches no more it is not known when that ended, so its last window stands for it.
CREATE TABLE IF NOT EXISTS first_count (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, start_at TIMESTAMPTZ NOT NULL
);
INSERT INTO first_count SELECT site, device, place, min(start_at) FROM count_15 GROUP BY site, device, place;

ALTER TABLE device RENAME TO device_1;
CREATE TABLE device (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, state VARCHAR NOT NULL, said_at TIMESTAMPTZ NOT NULL,
    epoch VARCHAR NOT NULL, version VARCHAR NOT NULL, level VARCHAR NOT NULL, plan VARCHAR NOT NULL,
    clock VARCHAR NOT NULL, skew_s DOUBLE, held BIGINT NOT NULL, dropped BIGINT, received_at TIMESTAMPTZ NOT NULL,
    laid_at TIMESTAMPTZ, laid_epoch VARCHAR
);
INSERT INTO device SELECT device_1.*, device_1.said_at, device_1.epoch FROM device_1;
DROP TABLE device_1;

ALTER TABLE place RENAME TO place_1;
CREATE TABLE place (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    role VARCHAR NOT NULL, sensor VARCHAR NOT NULL, promise_s BIGINT, area_m2 DOUBLE, outline_m DOUBLE[][],
    valid_from TIMESTAMPTZ NOT NULL, valid_to TIMESTAMPTZ, said_at TIMESTAMPTZ NOT NULL
);
INSERT INTO place
SELECT place_1.site, place_1.device, place_1.place, place_1.kind, place_1.role, place_1.sensor, place_1.promise_s,
       place_1.area_m2, place_1.outline_m, TIMESTAMPTZ '1970-01-01 00:00:00+00',
       CASE WHEN NOT place_1.current
            THEN COALESCE(seen.until, device.said_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') END,
       TIMESTAMPTZ '1970-01-01 00:00:00+00'
FROM place_1
LEFT JOIN device ON device.site = place_1.site AND device.device = place_1.device
LEFT JOIN (
    SELECT site, device, place, max(start_at) + INTERVAL '15 minutes' AS until
    FROM (
        SELECT site, device, place, start_at FROM count_15
        UNION ALL
        SELECT site, device, place, start_at FROM value_load
    ) AS windows
    GROUP BY site, device, place
) AS seen ON seen.site = place_1.site AND seen.device = place_1.device AND seen.place = place_1.place;
DROP TABLE place_1;
