-- ... and come back as the sums of what is stored now, of each window its highest revision.
-- Sums over nothing measured stay NULL.
INSERT INTO count_15
SELECT ranked.site, ranked.device, ranked.place, ranked.bucket, min(ranked.bucket_day), min(ranked.bucket_minute),
       CAST(sum(ranked.observed_s) AS BIGINT),
       CAST(sum(ranked.entries) AS BIGINT), CAST(sum(ranked.exits) AS BIGINT),
       CAST(sum(ranked.groups) AS BIGINT), CAST(sum(ranked.passers) AS BIGINT)
FROM (
    SELECT value_count.*, incoming.start_at AS bucket, incoming.day AS bucket_day, incoming.minute AS bucket_minute,
           row_number() OVER (
               PARTITION BY value_count.site, value_count.device, value_count.place, value_count.start_at
               ORDER BY value_count.revision DESC, value_count.received_at DESC, value_count.seq DESC
           ) AS turn
    FROM value_count
    JOIN incoming ON value_count.site = incoming.site AND value_count.device = incoming.device
                AND value_count.place = incoming.place
                AND time_bucket(INTERVAL '15 minutes', value_count.start_at) = incoming.start_at
    WHERE value_count.start_at BETWEEN $low AND $high + INTERVAL '15 minutes'
) AS ranked
WHERE ranked.turn = 1
GROUP BY ranked.site, ranked.device, ranked.place, ranked.bucket;
