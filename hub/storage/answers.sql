-- What customers said, one row an answer. Run after schema.sql: the view joins answers to measured windows.
-- No primary key: `add` in answers.py keeps (source, id) apart with one set-based statement.
-- answered_at is NULL where no time can be trusted; day is the local date as the survey tool wrote it. lag_from_s..lag_to_s is
-- how long before the answer the visit was, NULL where only the day is known. A score keeps the scale it was given on.
CREATE TABLE IF NOT EXISTS answer (
    source VARCHAR NOT NULL, id VARCHAR NOT NULL, site VARCHAR NOT NULL, answered_at TIMESTAMPTZ, day DATE,
    channel VARCHAR NOT NULL, lag_from_s INTEGER, lag_to_s INTEGER, touchpoint VARCHAR,
    nps TINYINT, csat TINYINT, csat_top BOOLEAN, csat_scale VARCHAR, ces TINYINT, ces_scale VARCHAR,
    comment VARCHAR, received_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp
);

-- The quarter hours of UTC (numbered from 1970) in which the visit of an answer can have been.
CREATE OR REPLACE VIEW answer_slots AS
SELECT
    *, unnest(range(first_slot, last_slot + 1)) AS slot
FROM (
    SELECT
        source, id, site, answered_at, nps,
        CAST(floor((epoch(answered_at) - lag_to_s) / 900) AS BIGINT) AS first_slot,
        CAST(floor((epoch(answered_at) - lag_from_s) / 900) AS BIGINT) AS last_slot
    FROM answer WHERE answered_at IS NOT NULL AND lag_to_s IS NOT NULL
) AS timed;

-- The measured waits an answer can be about: those of the windows that overlap the time of the visit. A wait belongs
-- to the window in which its service starts. An answer beside no window has no row here, which is not a wait of zero.
-- Windows stand on quarter hours, so overlap is a shared slot; the first one shared gives each pair once.
CREATE OR REPLACE VIEW answer_waits AS
SELECT
    a.source, a.id, a.site, a.answered_at, a.nps, s.device, s.place, s.start_at, s.end_at, s.n, s.cut, s.sum_s,
    s.observed_s
FROM answer_slots AS a
JOIN (
    SELECT
        *, CAST(floor(epoch(start_at) / 900) AS BIGINT) AS first_slot,
        unnest(range(CAST(floor(epoch(start_at) / 900) AS BIGINT), CAST(ceil(epoch(end_at) / 900) AS BIGINT))) AS slot
    FROM latest_stat WHERE of = 'wait' AND withheld IS NULL AND n > 0 AND sum_s >= 0
) AS s ON s.site = a.site AND s.slot = a.slot
WHERE s.slot = greatest(a.first_slot, s.first_slot);

-- Each answer beside the conditions of its site and time. Never leaves the hub: questions only give sums over many
-- answers. joined_by says how well the time is known: 'time' (the lag window), 'day' (the visit's date) or NULL (not
-- at all); the columns of waits and load are NULL unless it is 'time', those of the day unless a day is known.
-- wait_s is the mean of all waits of the windows; people and tills_open are means over queues and quarter hours
-- weighted by the time looked; coverage is the share of that time somebody looked.
CREATE OR REPLACE VIEW answer_context AS
WITH waits AS (
    SELECT source, id, sum(n) AS wait_n, sum(sum_s) / sum(n) AS wait_s FROM answer_waits GROUP BY source, id
), loads AS (
    SELECT
        a.source, a.id,
        sum(l.mean * l.observed_s) / nullif(sum(CASE WHEN l.mean IS NOT NULL THEN l.observed_s END), 0) AS people,
        sum(l.tills_open * l.observed_s)
            / nullif(sum(CASE WHEN l.tills_open IS NOT NULL THEN l.observed_s END), 0) AS tills_open,
        sum(l.observed_s) / sum(epoch(l.end_at) - epoch(l.start_at)) AS coverage
    FROM answer_slots AS a
    JOIN latest_load AS l ON l.site = a.site AND CAST(floor(epoch(l.start_at) / 900) AS BIGINT) = a.slot
    JOIN place AS p ON p.site = l.site AND p.device = l.device AND p.place = l.place AND p.kind = 'queue'
        AND l.start_at >= p.valid_from AND (p.valid_to IS NULL OR l.start_at < p.valid_to)
    GROUP BY a.source, a.id
), days AS (
    SELECT site, day, sum(n) AS day_wait_n, sum(sum_s) / sum(n) AS day_wait_s
    FROM latest_stat
    WHERE of = 'wait' AND withheld IS NULL AND n > 0 AND sum_s >= 0
    GROUP BY site, day
)
SELECT
    a.*,
    CASE WHEN a.answered_at IS NOT NULL AND a.lag_to_s IS NOT NULL THEN 'time' WHEN a.day IS NOT NULL THEN 'day' END AS joined_by,
    w.wait_n, w.wait_s, l.people, l.tills_open, l.coverage, d.day_wait_n, d.day_wait_s
FROM answer AS a
LEFT JOIN waits AS w ON w.source = a.source AND w.id = a.id
LEFT JOIN loads AS l ON l.source = a.source AND l.id = a.id
LEFT JOIN days AS d ON d.site = a.site AND d.day = a.day;
