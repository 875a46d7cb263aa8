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

-- Each answer with the business day it counts for: by its time, else the date the survey tool wrote. An answer without
-- either has none.
CREATE OR REPLACE VIEW answer_day AS
SELECT
    a.*, s.timezone, s.past_midnight,
    CASE
        WHEN a.answered_at IS NULL THEN a.day
        ELSE CAST(timezone(s.timezone, a.answered_at) - s.past_midnight AS DATE)
    END AS counts_on
FROM answer AS a
JOIN (
    SELECT
        site, timezone,
        CAST(left(day_starts, 2) AS INTEGER) * INTERVAL 1 HOUR
            + CAST(right(day_starts, 2) AS INTEGER) * INTERVAL 1 MINUTE AS past_midnight
    FROM site
) AS s ON s.site = a.site;

-- What leaves the hub counts answers in units that hold at least 5 of them, and a unit counts whole or not at all: so
-- two periods never differ by one person. A unit is a business day with 5 answers; the weaker days of a week are one
-- together, where they have 5; else those of a month; else all that are left, which go with the oldest other unit
-- where they are fewer than 5. A unit lies in [start, end) where its first and its last day begin there: first_at and
-- last_at, which are days on which something was answered.
CREATE OR REPLACE VIEW answer_unit AS
WITH daily AS (
    SELECT site, timezone, past_midnight, counts_on, date_trunc('week', counts_on) AS week, count(*) AS n
    FROM answer_day WHERE counts_on IS NOT NULL
    GROUP BY site, timezone, past_midnight, counts_on
), weekly AS (
    SELECT *, sum(CASE WHEN n < 5 THEN n ELSE 0 END) OVER (PARTITION BY site, week) AS week_n FROM daily
), monthly AS (
    SELECT
        *, date_trunc('month', week) AS month,
        sum(CASE WHEN n < 5 AND week_n < 5 THEN n ELSE 0 END) OVER (
            PARTITION BY site, date_trunc('month', week)
        ) AS month_n
    FROM weekly
), placed AS (
    SELECT
        *,
        CASE
            WHEN n >= 5 THEN 'd' || CAST(counts_on AS VARCHAR)
            WHEN week_n >= 5 THEN 'w' || CAST(week AS VARCHAR)
            WHEN month_n >= 5 THEN 'm' || CAST(month AS VARCHAR)
        END AS strong,
        sum(CASE WHEN n < 5 AND week_n < 5 AND month_n < 5 THEN n ELSE 0 END) OVER (PARTITION BY site) AS rest_n
    FROM monthly
), named AS (
    SELECT
        *,
        COALESCE(
            strong,
            CASE WHEN rest_n < 5
                 THEN substr(min(CAST(counts_on AS VARCHAR) || strong) OVER (PARTITION BY site), 11) END,
            'rest'
        ) AS unit
    FROM placed
)
SELECT
    site, counts_on, unit, sum(n) OVER (PARTITION BY site, unit) AS answers,
    timezone(timezone, min(counts_on) OVER (PARTITION BY site, unit) + past_midnight) AS first_at,
    timezone(timezone, max(counts_on) OVER (PARTITION BY site, unit) + past_midnight) AS last_at
FROM named;

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
-- Only windows that rest on 5 waits count; noise may have published smaller ones.
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
    FROM latest_stat WHERE of = 'wait' AND withheld IS NULL AND n >= 5 AND sum_s >= 0
) AS s ON s.site = a.site AND s.slot = a.slot
WHERE s.slot = greatest(a.first_slot, s.first_slot);

-- The wait and load windows that count: the highest revision of each, the newest arrival of that. Nearly every window
-- came once, and only the few others are ranked.
CREATE OR REPLACE VIEW published_wait AS
WITH again AS (
    SELECT site, device, place, start_at, end_at FROM value_stat WHERE of = 'wait'
    GROUP BY site, device, place, start_at, end_at HAVING count(*) > 1
), newest AS (
    SELECT v.site, v.day, v.start_at, v.end_at, v.n, v.sum_s, v.withheld
    FROM value_stat AS v
    WHERE v.of = 'wait' AND NOT EXISTS (
        SELECT 1 FROM again AS a
        WHERE a.site = v.site AND a.device = v.device AND a.place = v.place AND a.start_at = v.start_at
            AND a.end_at = v.end_at
    )
    UNION ALL
    SELECT l.site, l.day, l.start_at, l.end_at, l.n, l.sum_s, l.withheld
    FROM latest_stat AS l
    JOIN again AS a ON a.site = l.site AND a.device = l.device AND a.place = l.place AND a.start_at = l.start_at
        AND a.end_at = l.end_at
    WHERE l.of = 'wait'
)
SELECT
    site, day, n, sum_s, CAST(floor(epoch(start_at) / 900) AS BIGINT) AS first_slot,
    CAST(ceil(epoch(end_at) / 900) AS BIGINT) - 1 AS last_slot
FROM newest WHERE withheld IS NULL AND n >= 5 AND sum_s >= 0;
CREATE OR REPLACE VIEW published_load AS
WITH again AS (
    SELECT site, device, place, start_at, end_at FROM value_load
    GROUP BY site, device, place, start_at, end_at HAVING count(*) > 1
)
SELECT v.site, v.device, v.place, v.start_at, v.end_at, v.mean, v.tills_open, v.observed_s
FROM value_load AS v
WHERE NOT EXISTS (
    SELECT 1 FROM again AS a
    WHERE a.site = v.site AND a.device = v.device AND a.place = v.place AND a.start_at = v.start_at
        AND a.end_at = v.end_at
)
UNION ALL
SELECT l.site, l.device, l.place, l.start_at, l.end_at, l.mean, l.tills_open, l.observed_s
FROM latest_load AS l
JOIN again AS a ON a.site = l.site AND a.device = l.device AND a.place = l.place AND a.start_at = l.start_at
    AND a.end_at = l.end_at;

-- Each answer beside the conditions of its site and time. Never leaves the hub: questions only give sums over many
-- answers. joined_by says how well the time is known: 'time' (the lag window), 'day' (the visit's date) or NULL (not
-- at all); the columns of waits and load are NULL unless it is 'time', those of the day unless a day is known.
-- wait_s is the mean of all waits of the windows; people and tills_open are means over queues and quarter hours
-- weighted by the time looked; coverage is the share of that time somebody looked.
-- Answers of the same quarter hours share their sums, so these are made once (visit, beside). A window counts once: in
-- the quarter hour in which it begins (slot), or for a visit that begins later while it lasts (lasting). A lag is a
-- day at most, which is 97 quarter hours.
CREATE OR REPLACE VIEW answer_context AS
WITH step AS (
    SELECT k FROM (VALUES
        (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19),
        (20), (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31), (32), (33), (34), (35), (36), (37), (38), (39),
        (40), (41), (42), (43), (44), (45), (46), (47), (48), (49), (50), (51), (52), (53), (54), (55), (56), (57), (58), (59),
        (60), (61), (62), (63), (64), (65), (66), (67), (68), (69), (70), (71), (72), (73), (74), (75), (76), (77), (78), (79),
        (80), (81), (82), (83), (84), (85), (86), (87), (88), (89), (90), (91), (92), (93), (94), (95), (96)
    ) AS s (k)
), wait AS (
    SELECT site, day, first_slot, last_slot, n, sum_s FROM published_wait
), slot AS (
    SELECT
        site, slot, sum(n) AS n, sum(sum_s) AS sum_s, sum(people) AS people, sum(people_s) AS people_s,
        sum(tills) AS tills, sum(tills_s) AS tills_s, sum(observed_s) AS observed_s, sum(length_s) AS length_s
    FROM (
        SELECT
            site, first_slot AS slot, CAST(n AS DOUBLE) AS n, CAST(sum_s AS DOUBLE) AS sum_s,
            CAST(NULL AS DOUBLE) AS people, CAST(NULL AS DOUBLE) AS people_s, CAST(NULL AS DOUBLE) AS tills,
            CAST(NULL AS DOUBLE) AS tills_s, CAST(NULL AS DOUBLE) AS observed_s, CAST(NULL AS DOUBLE) AS length_s
        FROM wait
        UNION ALL
        SELECT
            l.site, CAST(floor(epoch(l.start_at) / 900) AS BIGINT), NULL, NULL, l.mean * l.observed_s,
            CASE WHEN l.mean IS NOT NULL THEN l.observed_s END, l.tills_open * l.observed_s,
            CASE WHEN l.tills_open IS NOT NULL THEN l.observed_s END, l.observed_s,
            epoch(l.end_at) - epoch(l.start_at)
        FROM published_load AS l
        JOIN place AS p ON p.site = l.site AND p.device = l.device AND p.place = l.place AND p.kind = 'queue'
            AND l.start_at >= p.valid_from AND (p.valid_to IS NULL OR l.start_at < p.valid_to)
    ) AS part
    GROUP BY site, slot
), lasting AS (
    SELECT w.site, w.first_slot + step.k AS slot, sum(w.n) AS n, sum(w.sum_s) AS sum_s
    FROM (SELECT * FROM wait WHERE last_slot > first_slot) AS w
    JOIN step ON step.k >= 1 AND w.first_slot + step.k <= w.last_slot
    GROUP BY w.site, w.first_slot + step.k
), timed AS (
    SELECT
        *, CAST(floor((epoch(answered_at) - lag_to_s) / 900) AS BIGINT) AS first_slot,
        CAST(floor((epoch(answered_at) - lag_from_s) / 900) AS BIGINT) AS last_slot
    FROM answer
), visit AS (
    SELECT DISTINCT site, first_slot, last_slot FROM timed WHERE first_slot IS NOT NULL
), beside AS (
    SELECT
        v.site, v.first_slot, v.last_slot, sum(s.n) AS n, sum(s.sum_s) AS sum_s, sum(s.people) AS people,
        sum(s.people_s) AS people_s, sum(s.tills) AS tills, sum(s.tills_s) AS tills_s,
        sum(s.observed_s) AS observed_s, sum(s.length_s) AS length_s
    FROM visit AS v
    JOIN step ON v.first_slot + step.k <= v.last_slot
    JOIN slot AS s ON s.site = v.site AND s.slot = v.first_slot + step.k
    GROUP BY v.site, v.first_slot, v.last_slot
), days AS (
    SELECT site, day, sum(n) AS day_wait_n, sum(sum_s) / sum(n) AS day_wait_s FROM wait GROUP BY site, day
)
SELECT
    a.source, a.id, a.site, a.answered_at, a.day, a.channel, a.lag_from_s, a.lag_to_s, a.touchpoint, a.nps, a.csat,
    a.csat_top, a.csat_scale, a.ces, a.ces_scale, a.comment, a.received_at,
    CASE WHEN a.first_slot IS NOT NULL THEN 'time' WHEN a.day IS NOT NULL THEN 'day' END AS joined_by,
    nullif(COALESCE(b.n, 0) + COALESCE(l.n, 0), 0) AS wait_n,
    (COALESCE(b.sum_s, 0) + COALESCE(l.sum_s, 0)) / nullif(COALESCE(b.n, 0) + COALESCE(l.n, 0), 0) AS wait_s,
    b.people / nullif(b.people_s, 0) AS people, b.tills / nullif(b.tills_s, 0) AS tills_open,
    b.observed_s / nullif(b.length_s, 0) AS coverage, d.day_wait_n, d.day_wait_s
FROM timed AS a
LEFT JOIN beside AS b ON b.site = a.site AND b.first_slot = a.first_slot AND b.last_slot = a.last_slot
LEFT JOIN lasting AS l ON l.site = a.site AND l.slot = a.first_slot
LEFT JOIN days AS d ON d.site = a.site AND d.day = a.day;

-- Each answer with the local hour of its visit (NULL where only the day is known), its unit, and the Monday of the week in
-- which the unit begins.
CREATE OR REPLACE VIEW answer_visit AS
SELECT
    a.*, u.unit, u.first_at, u.last_at, u.week,
    CASE WHEN a.answered_at IS NOT NULL AND a.lag_to_s IS NOT NULL
         THEN CAST(extract(
             hour FROM timezone(a.timezone, a.answered_at) - ((a.lag_from_s + a.lag_to_s) / 2) * INTERVAL 1 SECOND
         ) AS BIGINT)
    END AS hour
FROM answer_day AS a
JOIN (
    SELECT *, CAST(date_trunc('week', min(counts_on) OVER (PARTITION BY site, unit)) AS DATE) AS week FROM answer_unit
) AS u ON u.site = a.site AND u.counts_on = a.counts_on;

-- Each answer in its group, by what it is sorted: channel, touchpoint, daypart, hour, weekday, week. A unit in which each
-- group has 5 answers or none stands alone as a block; the others of a week are one block. A group with fewer than 5
-- answers in a block is not told there, and where all these are fewer than 5 together the next smallest is not either.
-- So what is told and what is not differ by 5 answers at least, in every period, and beside the sums over all groups; the
-- hours of a daypart also beside the daypart.
-- A block lies in [start, end) where its first and its last day begin there: first_at and last_at.
CREATE OR REPLACE VIEW answer_group AS
WITH part_of_day AS (
    SELECT
        *, CASE WHEN hour >= 4 AND hour < 12 THEN 'morning' WHEN hour >= 12 AND hour < 14 THEN 'midday'
                WHEN hour >= 14 AND hour < 17 THEN 'afternoon' WHEN hour IS NOT NULL THEN 'evening' END AS daypart
    FROM answer_visit
), kind AS (
    SELECT "by" FROM (VALUES ('channel'), ('touchpoint'), ('daypart'), ('hour'), ('weekday'), ('week')) AS k ("by")
), sorted AS (
    SELECT
        v.site, v.source, v.id, v.unit, v.week, v.first_at, v.last_at, kind."by",
        COALESCE(CASE kind."by"
            WHEN 'channel' THEN v.channel
            WHEN 'touchpoint' THEN v.touchpoint
            WHEN 'hour' THEN CAST(v.hour AS VARCHAR)
            WHEN 'weekday' THEN CAST(extract(isodow FROM v.counts_on) - 1 AS VARCHAR)
            WHEN 'week' THEN CAST(v.week AS VARCHAR)
            WHEN 'daypart' THEN v.daypart
        END, '') AS "group",
        CASE WHEN kind."by" = 'hour' THEN COALESCE(v.daypart, '') ELSE '' END AS above
    FROM part_of_day AS v CROSS JOIN kind
), cell AS (
    SELECT site, "by", unit, week, first_at, last_at, above, "group", count(*) AS n FROM sorted
    GROUP BY site, "by", unit, week, first_at, last_at, above, "group"
), blocked AS (
    SELECT
        *, CASE WHEN min(n) OVER (PARTITION BY site, "by", unit) >= 5 THEN unit
                ELSE 'week ' || CAST(week AS VARCHAR) END AS block
    FROM cell
), part AS (
    SELECT site, "by", block, above, "group", sum(n) AS n, sum(n) < 5 OR "group" = '' AS small FROM blocked
    GROUP BY site, "by", block, above, "group"
), weighed AS (
    SELECT
        site, "by", block, "group", small,
        sum(CASE WHEN small THEN n ELSE 0 END) OVER (PARTITION BY site, "by", block, above) AS small_n,
        row_number() OVER (
            PARTITION BY site, "by", block, above ORDER BY CASE WHEN small THEN 1 ELSE 0 END, n, "group"
        ) AS place
    FROM part
), told AS (
    SELECT site, "by", block, "group", NOT small AND (small_n = 0 OR small_n >= 5 OR place > 1) AS told FROM weighed
), span AS (
    SELECT site, "by", block, min(first_at) AS first_at, max(last_at) AS last_at FROM blocked GROUP BY site, "by", block
), unit AS (
    SELECT DISTINCT site, "by", unit, block FROM blocked
)
SELECT s.site, s.source, s.id, s."by", s.unit, b.block, s."group", t.told, p.first_at, p.last_at
FROM sorted AS s
JOIN unit AS b ON b.site = s.site AND b."by" = s."by" AND b.unit = s.unit
JOIN told AS t ON t.site = s.site AND t."by" = s."by" AND t.block = b.block AND t."group" = s."group"
JOIN span AS p ON p.site = s.site AND p."by" = s."by" AND p.block = b.block;
