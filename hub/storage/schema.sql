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

-- From the newest status of each device. laid_at and laid_epoch are of the status that its places follow: the one whose
-- own moment is the newest.
CREATE TABLE IF NOT EXISTS device (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, state VARCHAR NOT NULL, said_at TIMESTAMPTZ NOT NULL,
    epoch VARCHAR NOT NULL, version VARCHAR NOT NULL, level VARCHAR NOT NULL, plan VARCHAR NOT NULL,
    clock VARCHAR NOT NULL, skew_s DOUBLE, held BIGINT NOT NULL, dropped BIGINT, received_at TIMESTAMPTZ NOT NULL,
    laid_at TIMESTAMPTZ, laid_epoch VARCHAR
);
CREATE TABLE IF NOT EXISTS sensor (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, sensor VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL, seen TIMESTAMPTZ
);
-- A place as it was in [valid_from, valid_to); valid_to is NULL while it is watched like that. A window counts by the
-- version in which it begins. A status that says something else at its moment said_at ends a version and begins the
-- next; the first version of a place begins in 1970, so that windows from before the first status have a role.
CREATE TABLE IF NOT EXISTS place (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    role VARCHAR NOT NULL, sensor VARCHAR NOT NULL, promise_s BIGINT, area_m2 DOUBLE, outline_m DOUBLE[][],
    valid_from TIMESTAMPTZ NOT NULL, valid_to TIMESTAMPTZ, said_at TIMESTAMPTZ NOT NULL
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

-- The first quarter hour of each line that there ever was: a line is expected from then on.
CREATE TABLE IF NOT EXISTS first_count (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, start_at TIMESTAMPTZ NOT NULL
);

-- Counts by business day, of days that are over. A day in day_done stands in count_day; one that is touched again
-- leaves both in the same transaction, until it is summed up anew. final: its quarter hours are forgotten in part, so
-- that it stays as it was summed up.
CREATE TABLE IF NOT EXISTS count_day (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, place VARCHAR NOT NULL, day DATE NOT NULL,
    observed_s BIGINT NOT NULL, entries BIGINT, exits BIGINT, groups BIGINT, passers BIGINT
);
CREATE TABLE IF NOT EXISTS day_done (site VARCHAR NOT NULL, day DATE NOT NULL, final BOOLEAN NOT NULL);

-- What the hub has committed of each epoch of each device: all up to `upto`, and the islands above it.
CREATE TABLE IF NOT EXISTS ingest_cursor (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, epoch VARCHAR NOT NULL, upto BIGINT NOT NULL,
    islands BIGINT[] NOT NULL, last_end TIMESTAMPTZ, received_at TIMESTAMPTZ NOT NULL
);
-- What each epoch of each device told of itself: the highest number it had given, when it spoke last by its own clock
-- (said_at) and by the hub's (heard_at), and when it spoke again after another one had begun: two devices, one name.
CREATE TABLE IF NOT EXISTS epoch_told (
    site VARCHAR NOT NULL, device VARCHAR NOT NULL, epoch VARCHAR NOT NULL, number BIGINT NOT NULL,
    said_at TIMESTAMPTZ NOT NULL, heard_at TIMESTAMPTZ NOT NULL, returned_at TIMESTAMPTZ
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
-- The windows of stays and waits with the promise of their place when they began.
CREATE OR REPLACE VIEW promised_stat AS
SELECT latest_stat.*, place.promise_s
FROM latest_stat
LEFT JOIN place ON place.site = latest_stat.site AND place.device = latest_stat.device
               AND place.place = latest_stat.place AND latest_stat.start_at >= place.valid_from
               AND (place.valid_to IS NULL OR latest_stat.start_at < place.valid_to);
-- The doors: a quarter hour is expected of one where it begins in [since, until), from its first quarter hour for as
-- long as its device's plan has it as a door. A door has a row for each version of its place.
CREATE OR REPLACE VIEW door AS
SELECT place.site, place.device, place.place, place.valid_from, place.valid_to AS until,
       GREATEST(place.valid_from, first_count.start_at) AS since
FROM place
JOIN first_count ON first_count.site = place.site AND first_count.device = place.device
                AND first_count.place = place.place
WHERE place.kind = 'line' AND place.role = 'door';
-- Every line and business day: what is summed up already, and the rest from the quarter hours.
CREATE OR REPLACE VIEW count_by_day AS
SELECT site, device, place, day, observed_s, entries, exits, groups, passers FROM count_day
UNION ALL
SELECT site, device, place, day, CAST(sum(observed_s) AS BIGINT), CAST(sum(entries) AS BIGINT),
       CAST(sum(exits) AS BIGINT), CAST(sum(groups) AS BIGINT), CAST(sum(passers) AS BIGINT)
FROM count_15
WHERE NOT EXISTS (SELECT 1 FROM day_done WHERE day_done.site = count_15.site AND day_done.day = count_15.day)
GROUP BY site, device, place, day;
