-- ... and come back as the sums of what is stored now, of each window its highest revision.
-- Sums over nothing measured stay NULL. A count longer than a quarter hour, as level dp has them, is spread over its
-- `parts` quarter hours as hub/storage/rollup.py does it; `part` counts from 0.
INSERT INTO count_15
SELECT ranked.site, ranked.device, ranked.place, ranked.bucket, min(ranked.bucket_day), min(ranked.bucket_minute),
       CAST(sum(floor(observed_s * (part + 1) / parts) - floor(observed_s * part / parts)) AS BIGINT),
       CAST(sum(floor(entries * (part + 1) / parts) - floor(entries * part / parts)) AS BIGINT),
       CAST(sum(floor(exits * (part + 1) / parts) - floor(exits * part / parts)) AS BIGINT),
       CAST(sum(floor(groups * (part + 1) / parts) - floor(groups * part / parts)) AS BIGINT),
       CAST(sum(floor(passers * (part + 1) / parts) - floor(passers * part / parts)) AS BIGINT)
FROM (
    SELECT spread.*, incoming.start_at AS bucket, incoming.day AS bucket_day, incoming.minute AS bucket_minute,
           row_number() OVER (
               PARTITION BY spread.site, spread.device, spread.place, spread.start_at, spread.end_at, spread.part
               ORDER BY spread.revision DESC, spread.received_at DESC, spread.seq DESC
           ) AS turn
    FROM (
        SELECT *, unnest(range(parts)) AS part
        FROM (
            SELECT *, CAST(GREATEST(1, (epoch(end_at) - epoch(start_at)) / 900) AS BIGINT) AS parts
            FROM value_count
            WHERE start_at BETWEEN $low - INTERVAL '45 minutes' AND $high + INTERVAL '15 minutes'
        ) AS long
    ) AS spread
    JOIN incoming ON spread.site = incoming.site AND spread.device = incoming.device
                AND spread.place = incoming.place
                AND time_bucket(INTERVAL '15 minutes', spread.start_at) + to_seconds(900 * spread.part)
                    = incoming.start_at
) AS ranked
WHERE ranked.turn = 1
GROUP BY ranked.site, ranked.device, ranked.place, ranked.bucket;
