-- The hub's database. Times are TIMESTAMPTZ (UTC), windows half-open [start_at, end_at).
-- No primary keys on the value tables: the cursor removes repeats before anything is written, and an index
-- would double the size of the file and the cost of a commit.
-- In every value table: observed_s = seconds really looked at; withheld = why the measured fields are NULL
-- ('n<5', ...) or NULL; the highest revision of a value wins; day and minute are the site's local business day
-- and local minutes since 00:00 of start_at (of end_at for value_stat: a stay belongs to the window it ends in).

CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TIMESTAMPTZ NOT NULL);
CREATE TABLE IF NOT EXISTS data_version (version BIGINT NOT NULL);

-- Copied from the settings at every start.
CREATE TABLE IF NOT EXISTS site (
    site VARCHAR NOT NULL, name VARCHAR NOT NULL, timezone VARCHAR NOT NULL, day_starts VARCHAR NOT NULL,
    opens VARCHAR NOT NULL, closes VARCHAR NOT NULL, notice VARCHAR
);

-- From the newest status of each device.
CREATE TABLE IF NOT EXISTS device (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, state VARCHAR NOT NULL, said_at TIMESTAMPTZ NOT NULL,
    epoch VARCHAR NOT NULL, version VARCHAR NOT NULL, level VARCHAR NOT NULL, plan VARCHAR NOT NULL,
    clock VARCHAR NOT NULL, skew_s DOUBLE, held BIGINT NOT NULL, dropped BIGINT, received_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE IF NOT EXISTS sensor (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, sensor VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL, seen TIMESTAMPTZ
);
-- current is false for a place that the device no longer watches; its history keeps its role.
CREATE TABLE IF NOT EXISTS place (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    role VARCHAR NOT NULL, sensor VARCHAR NOT NULL, promise_s BIGINT, area_m2 DOUBLE, outline_m DOUBLE[][],
    current BOOLEAN NOT NULL
);

CREATE TABLE IF NOT EXISTS value_count (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL,
    start_at TIMESTAMPTZ NOT NULL, end_at TIMESTAMPTZ NOT NULL, observed_s BIGINT NOT NULL, withheld VARCHAR,
    revision UTINYINT NOT NULL, level VARCHAR NOT NULL, day DATE NOT NULL, minute SMALLINT NOT NULL,
    epoch VARCHAR NOT NULL, seq BIGINT NOT NULL, received_at TIMESTAMPTZ NOT NULL,
    entries INTEGER, exits INTEGER, groups INTEGER, passers INTEGER
);
CREATE TABLE IF NOT EXISTS value_load (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL,
    start_at TIMESTAMPTZ NOT NULL, end_at TIMESTAMPTZ NOT NULL, observed_s BIGINT NOT NULL, withheld VARCHAR,
    revision UTINYINT NOT NULL, level VARCHAR NOT NULL, day DATE NOT NULL, minute SMALLINT NOT NULL,
    epoch VARCHAR NOT NULL, seq BIGINT NOT NULL, received_at TIMESTAMPTZ NOT NULL,
    mean DOUBLE, max INTEGER, joined INTEGER, served INTEGER, abandoned INTEGER, tills_open DOUBLE
);
-- of: dwell | wait | service | left. bins has 22 counts by the edges of edge/values.py; NULL where withheld.
CREATE TABLE IF NOT EXISTS value_stat (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL,
    start_at TIMESTAMPTZ NOT NULL, end_at TIMESTAMPTZ NOT NULL, observed_s BIGINT NOT NULL, withheld VARCHAR,
    revision UTINYINT NOT NULL, level VARCHAR NOT NULL, day DATE NOT NULL, minute SMALLINT NOT NULL,
    epoch VARCHAR NOT NULL, seq BIGINT NOT NULL, received_at TIMESTAMPTZ NOT NULL,
    of VARCHAR NOT NULL, n INTEGER, cut INTEGER, sum_s BIGINT, bins INTEGER[]
);
CREATE TABLE IF NOT EXISTS value_flow (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL,
    start_at TIMESTAMPTZ NOT NULL, end_at TIMESTAMPTZ NOT NULL, observed_s BIGINT NOT NULL, withheld VARCHAR,
    revision UTINYINT NOT NULL, level VARCHAR NOT NULL, day DATE NOT NULL, minute SMALLINT NOT NULL,
    epoch VARCHAR NOT NULL, seq BIGINT NOT NULL, received_at TIMESTAMPTZ NOT NULL,
    "to" VARCHAR NOT NULL, n INTEGER
);
-- cells are (column, row, person_s) one after the other.
CREATE TABLE IF NOT EXISTS value_heat (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL,
    start_at TIMESTAMPTZ NOT NULL, end_at TIMESTAMPTZ NOT NULL, observed_s BIGINT NOT NULL, withheld VARCHAR,
    revision UTINYINT NOT NULL, level VARCHAR NOT NULL, day DATE NOT NULL, minute SMALLINT NOT NULL,
    epoch VARCHAR NOT NULL, seq BIGINT NOT NULL, received_at TIMESTAMPTZ NOT NULL,
    cells BIGINT[], cell_m DOUBLE NOT NULL
);
CREATE TABLE IF NOT EXISTS value_quality (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL,
    start_at TIMESTAMPTZ NOT NULL, end_at TIMESTAMPTZ NOT NULL, observed_s BIGINT NOT NULL, withheld VARCHAR,
    revision UTINYINT NOT NULL, level VARCHAR NOT NULL, day DATE NOT NULL, minute SMALLINT NOT NULL,
    epoch VARCHAR NOT NULL, seq BIGINT NOT NULL, received_at TIMESTAMPTZ NOT NULL,
    looked DOUBLE, model VARCHAR, tag_n INTEGER, camera_n INTEGER, matched INTEGER
);

-- Counts of a line in quarter hours of UTC, kept in step with value_count in the same transaction.
-- A measured field is NULL where nothing was measured, never 0. observed_s is out of 900.
CREATE TABLE IF NOT EXISTS count_15 (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, start_at TIMESTAMPTZ NOT NULL,
    day DATE NOT NULL, minute SMALLINT NOT NULL, observed_s BIGINT NOT NULL,
    entries BIGINT, exits BIGINT, groups BIGINT, passers BIGINT
);

-- What the hub has committed of each epoch of each device: all up to `upto`, and the islands above it.
CREATE TABLE IF NOT EXISTS ingest_cursor (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, epoch VARCHAR NOT NULL, upto BIGINT NOT NULL,
    islands BIGINT[] NOT NULL, last_end TIMESTAMPTZ, received_at TIMESTAMPTZ NOT NULL
);
-- Messages first..last of an epoch never came and never will.
CREATE TABLE IF NOT EXISTS gap (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, epoch VARCHAR NOT NULL, first BIGINT NOT NULL,
    last BIGINT NOT NULL, found_at TIMESTAMPTZ NOT NULL, reason VARCHAR NOT NULL
);
-- What could not be taken: the newest messages themselves, and how often each reason occurred in all.
CREATE TABLE IF NOT EXISTS quarantine (
    received_at TIMESTAMPTZ NOT NULL, topic VARCHAR NOT NULL, site VARCHAR, device VARCHAR, reason VARCHAR NOT NULL,
    size INTEGER NOT NULL, payload BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS quarantine_tally (
    site VARCHAR, reason VARCHAR NOT NULL, n BIGINT NOT NULL, last TIMESTAMPTZ NOT NULL
);

-- The value that counts: the highest revision of each window, the newest arrival of that.
CREATE OR REPLACE VIEW latest_load AS
SELECT * EXCLUDE (turn) FROM (
    SELECT *, row_number() OVER (
        PARTITION BY site, device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn FROM value_load
) AS ranked WHERE turn = 1;
CREATE OR REPLACE VIEW latest_stat AS
SELECT * EXCLUDE (turn) FROM (
    SELECT *, row_number() OVER (
        PARTITION BY site, device, place, of, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn FROM value_stat
) AS ranked WHERE turn = 1;
-- The windows of stays and waits with the promise of their place.
CREATE OR REPLACE VIEW promised_stat AS
SELECT latest_stat.*, place.promise_s
FROM latest_stat
LEFT JOIN place ON place.site = latest_stat.site AND place.device = latest_stat.device
               AND place.place = latest_stat.place;
-- The doors, each from its first quarter hour to its last.
CREATE OR REPLACE VIEW door AS
SELECT place.site, place.device, place.place, place.current,
       min(count_15.start_at) AS since, max(count_15.start_at) AS until
FROM place
JOIN count_15 ON count_15.site = place.site AND count_15.device = place.device AND count_15.place = place.place
WHERE place.kind = 'line' AND place.role = 'door'
GROUP BY place.site, place.device, place.place, place.current;

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
