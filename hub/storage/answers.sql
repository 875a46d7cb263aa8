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

-- The windows that count: the highest revision of each, the newest arrival of that. Nearly every window came once. So the
-- few that share site, place and beginning with another are found first, by three columns, and only these are ranked.
CREATE OR REPLACE VIEW published_stay AS
WITH again AS (
    SELECT site, place, start_at, of FROM value_stat GROUP BY site, place, start_at, of HAVING count(*) > 1
), newest AS (
    SELECT site, device, place, of, day, start_at, end_at, n, sum_s, bins, withheld FROM value_stat
    WHERE (site, place, start_at, of) NOT IN (SELECT (site, place, start_at, of) FROM again)
    UNION ALL
    SELECT site, device, place, of, day, start_at, end_at, n, sum_s, bins, withheld FROM (
        SELECT *, row_number() OVER (
            PARTITION BY site, device, place, of, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
        ) AS turn
        FROM value_stat WHERE (site, place, start_at, of) IN (SELECT (site, place, start_at, of) FROM again)
    ) AS ranked WHERE turn = 1
)
SELECT
    site, device, place, of, day, start_at, n, sum_s, bins, CAST(floor(epoch(start_at) / 900) AS BIGINT) AS first_slot,
    CAST(ceil(epoch(end_at) / 900) AS BIGINT) - 1 AS last_slot
FROM newest WHERE withheld IS NULL AND n >= 5 AND sum_s >= 0;
CREATE OR REPLACE VIEW published_load AS
WITH again AS (
    SELECT site, place, start_at FROM value_load GROUP BY site, place, start_at HAVING count(*) > 1
)
SELECT site, device, place, start_at, end_at, mean, tills_open, observed_s FROM value_load
WHERE (site, place, start_at) NOT IN (SELECT (site, place, start_at) FROM again)
UNION ALL
SELECT site, device, place, start_at, end_at, mean, tills_open, observed_s FROM (
    SELECT *, row_number() OVER (
        PARTITION BY site, device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_load WHERE (site, place, start_at) IN (SELECT (site, place, start_at) FROM again)
) AS ranked WHERE turn = 1;

-- Visitors and hours of labour on the sales floor by quarter hour, where both are known: an hour's labour is spread over
-- its four quarters, and every door was looked at for 90 % of the quarter.
CREATE OR REPLACE VIEW staffed_slot AS
SELECT t.site, t.slot, sum(c.entries) AS came, max(t.labour) AS labour
FROM (
    SELECT s.site, CAST(floor(epoch(s.hour_at) / 900) AS BIGINT) + k.k AS slot, s.labour_hours / 4 AS labour
    FROM sale AS s CROSS JOIN (VALUES (0), (1), (2), (3)) AS k (k)
    WHERE s.labour_hours > 0
) AS t
JOIN door AS d ON d.site = t.site
JOIN count_15 AS c ON c.site = t.site AND c.device = d.device AND c.place = d.place
    AND CAST(floor(epoch(c.start_at) / 900) AS BIGINT) = t.slot
    AND c.start_at >= d.since AND (d.until IS NULL OR c.start_at < d.until)
GROUP BY t.site, t.slot
HAVING min(c.observed_s) >= 810 AND count(c.entries) = count(*) AND count(*) = (
    SELECT count(*) FROM door AS e
    WHERE e.site = t.site AND epoch(e.since) <= t.slot * 900 AND (e.until IS NULL OR epoch(e.until) > t.slot * 900)
);

-- Each answer beside the conditions of its site and time. Never leaves the hub: questions only give sums over many
-- answers. joined_by says how well the time is known: 'time' (the lag window), 'day' (the visit's date) or NULL (not
-- at all); the columns of waits and load are NULL unless it is 'time', those of the day unless a day is known.
-- wait_s and dwell_s are the means of all waits and stays of the windows; people and tills_open are means over queues and
-- quarter hours weighted by the time looked; crowding is people on a square metre of the zones whose area is known;
-- per_staff is visitors for an hour of labour; coverage is the share of that time somebody looked at the queues.
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
), pair AS (
    SELECT a.k AS span, b.k FROM step AS a JOIN step AS b ON b.k <= a.k
), stay AS (
    SELECT
        site, day, of, first_slot, last_slot, CASE WHEN of = 'wait' THEN CAST(n AS DOUBLE) END AS n,
        CASE WHEN of = 'wait' THEN CAST(sum_s AS DOUBLE) END AS sum_s,
        CASE WHEN of = 'dwell' THEN CAST(n AS DOUBLE) END AS dwell_n,
        CASE WHEN of = 'dwell' THEN CAST(sum_s AS DOUBLE) END AS dwell_sum_s
    FROM published_stay WHERE of IN ('wait', 'dwell')
), slot AS (
    SELECT
        site, first_slot AS slot, sum(n) AS n, sum(sum_s) AS sum_s, sum(dwell_n) AS dwell_n,
        sum(dwell_sum_s) AS dwell_sum_s,
        CAST(NULL AS DOUBLE) AS people, CAST(NULL AS DOUBLE) AS people_s, CAST(NULL AS DOUBLE) AS tills,
        CAST(NULL AS DOUBLE) AS tills_s, CAST(NULL AS DOUBLE) AS crowd, CAST(NULL AS DOUBLE) AS area_s,
        CAST(NULL AS DOUBLE) AS came, CAST(NULL AS DOUBLE) AS labour, CAST(NULL AS DOUBLE) AS observed_s,
        CAST(NULL AS DOUBLE) AS length_s
    FROM stay GROUP BY site, first_slot
    UNION ALL
    SELECT
        site, slot, NULL, NULL, NULL, NULL, sum(people), sum(people_s), sum(tills), sum(tills_s), sum(crowd), sum(area_s),
        NULL, NULL, sum(observed_s), sum(length_s)
    FROM (
        SELECT
            l.site, CAST(floor(epoch(l.start_at) / 900) AS BIGINT) AS slot,
            CASE WHEN p.kind = 'queue' THEN l.mean * l.observed_s END AS people,
            CASE WHEN p.kind = 'queue' AND l.mean IS NOT NULL THEN l.observed_s END AS people_s,
            CASE WHEN p.kind = 'queue' THEN l.tills_open * l.observed_s END AS tills,
            CASE WHEN p.kind = 'queue' AND l.tills_open IS NOT NULL THEN l.observed_s END AS tills_s,
            CASE WHEN p.kind = 'zone' AND p.area_m2 > 0 THEN l.mean * l.observed_s END AS crowd,
            CASE WHEN p.kind = 'zone' AND p.area_m2 > 0 AND l.mean IS NOT NULL THEN p.area_m2 * l.observed_s END AS area_s,
            CASE WHEN p.kind = 'queue' THEN l.observed_s END AS observed_s,
            CASE WHEN p.kind = 'queue' THEN epoch(l.end_at) - epoch(l.start_at) END AS length_s
        FROM published_load AS l
        JOIN place AS p ON p.site = l.site AND p.device = l.device AND p.place = l.place AND p.kind IN ('queue', 'zone')
            AND l.start_at >= p.valid_from AND (p.valid_to IS NULL OR l.start_at < p.valid_to)
    ) AS part
    GROUP BY site, slot
    UNION ALL
    SELECT site, slot, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, came, labour, NULL, NULL
    FROM staffed_slot
), lasting AS (
    SELECT
        w.site, w.first_slot + step.k AS slot, sum(w.n) AS n, sum(w.sum_s) AS sum_s, sum(w.dwell_n) AS dwell_n,
        sum(w.dwell_sum_s) AS dwell_sum_s
    FROM (SELECT * FROM stay WHERE last_slot > first_slot) AS w
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
        v.site, v.first_slot, v.last_slot, sum(s.n) AS n, sum(s.sum_s) AS sum_s, sum(s.dwell_n) AS dwell_n,
        sum(s.dwell_sum_s) AS dwell_sum_s, sum(s.people) AS people, sum(s.people_s) AS people_s, sum(s.tills) AS tills,
        sum(s.tills_s) AS tills_s, sum(s.crowd) AS crowd, sum(s.area_s) AS area_s, sum(s.came) AS came,
        sum(s.labour) AS labour, sum(s.observed_s) AS observed_s, sum(s.length_s) AS length_s
    FROM visit AS v
    JOIN pair ON pair.span = v.last_slot - v.first_slot
    JOIN slot AS s ON s.site = v.site AND s.slot = v.first_slot + pair.k
    GROUP BY v.site, v.first_slot, v.last_slot
), days AS (
    SELECT site, day, sum(n) AS day_wait_n, sum(sum_s) / sum(n) AS day_wait_s FROM stay WHERE of = 'wait' GROUP BY site, day
)
SELECT
    a.source, a.id, a.site, a.answered_at, a.day, a.channel, a.lag_from_s, a.lag_to_s, a.touchpoint, a.nps, a.csat,
    a.csat_top, a.csat_scale, a.ces, a.ces_scale, a.comment, a.received_at,
    CASE WHEN a.first_slot IS NOT NULL THEN 'time' WHEN a.day IS NOT NULL THEN 'day' END AS joined_by,
    nullif(COALESCE(b.n, 0) + COALESCE(l.n, 0), 0) AS wait_n,
    (COALESCE(b.sum_s, 0) + COALESCE(l.sum_s, 0)) / nullif(COALESCE(b.n, 0) + COALESCE(l.n, 0), 0) AS wait_s,
    (COALESCE(b.dwell_sum_s, 0) + COALESCE(l.dwell_sum_s, 0))
        / nullif(COALESCE(b.dwell_n, 0) + COALESCE(l.dwell_n, 0), 0) AS dwell_s,
    b.people / nullif(b.people_s, 0) AS people, b.tills / nullif(b.tills_s, 0) AS tills_open,
    b.crowd / nullif(b.area_s, 0) AS crowding, b.came / nullif(b.labour, 0) AS per_staff,
    b.observed_s / nullif(b.length_s, 0) AS coverage, d.day_wait_n, d.day_wait_s
FROM timed AS a
LEFT JOIN beside AS b ON b.site = a.site AND b.first_slot = a.first_slot AND b.last_slot = a.last_slot
LEFT JOIN lasting AS l ON l.site = a.site AND l.slot = a.first_slot
LEFT JOIN days AS d ON d.site = a.site AND d.day = a.day;

-- The spread of the waits beside an answer, over the same windows: wait_p50_s, wait_p90_s (in a straight line within their bin,
-- 7200 means at least) and within, the share of waits within the promise of their place then. No row beside no wait.
CREATE OR REPLACE VIEW answer_wait_spread AS
WITH edge AS (
    SELECT k, low_s, high_s FROM (VALUES
        (1, 0, 5), (2, 5, 10), (3, 10, 15), (4, 15, 20), (5, 20, 30), (6, 30, 45), (7, 45, 60), (8, 60, 90),
        (9, 90, 120), (10, 120, 180), (11, 180, 240), (12, 240, 300), (13, 300, 420), (14, 420, 600),
        (15, 600, 900), (16, 900, 1200), (17, 1200, 1800), (18, 1800, 2700), (19, 2700, 3600), (20, 3600, 5400),
        (21, 5400, 7200), (22, 7200, 7200)
    ) AS e (k, low_s, high_s)
), timed AS (
    SELECT
        source, id, site, CAST(floor((epoch(answered_at) - lag_to_s) / 900) AS BIGINT) AS first_slot,
        CAST(floor((epoch(answered_at) - lag_from_s) / 900) AS BIGINT) AS last_slot
    FROM answer WHERE answered_at IS NOT NULL AND lag_to_s IS NOT NULL
), visit AS (
    SELECT site, first_slot, last_slot, unnest(range(first_slot, last_slot + 1)) AS slot
    FROM (SELECT DISTINCT site, first_slot, last_slot FROM timed) AS v
), stay AS (
    SELECT w.site, w.bins, w.first_slot, p.promise_s, unnest(range(w.first_slot, w.last_slot + 1)) AS slot
    FROM published_stay AS w
    LEFT JOIN place AS p ON p.site = w.site AND p.device = w.device AND p.place = w.place
        AND w.start_at >= p.valid_from AND (p.valid_to IS NULL OR w.start_at < p.valid_to)
    WHERE w.of = 'wait' AND w.bins IS NOT NULL
), bin AS (
    SELECT
        v.site, v.first_slot, v.last_slot, e.k, e.low_s, e.high_s, sum(s.bins[e.k]) AS n,
        sum(CASE WHEN s.promise_s IS NOT NULL THEN s.bins[e.k] END) AS promised,
        sum(CASE WHEN s.promise_s IS NULL THEN NULL WHEN e.high_s <= s.promise_s AND e.high_s > e.low_s THEN s.bins[e.k]
                 WHEN e.low_s >= s.promise_s OR e.high_s = e.low_s THEN 0
                 ELSE s.bins[e.k] * (s.promise_s - e.low_s) / CAST(e.high_s - e.low_s AS DOUBLE) END) AS kept
    FROM visit AS v
    JOIN stay AS s ON s.site = v.site AND s.slot = v.slot AND s.slot = greatest(v.first_slot, s.first_slot)
    JOIN edge AS e ON s.bins[e.k] > 0
    GROUP BY v.site, v.first_slot, v.last_slot, e.k, e.low_s, e.high_s
), running AS (
    SELECT
        *, sum(n) OVER (PARTITION BY site, first_slot, last_slot ORDER BY k) AS upto,
        sum(n) OVER (PARTITION BY site, first_slot, last_slot) AS total
    FROM bin
), spread AS (
    SELECT
        site, first_slot, last_slot,
        max(CASE WHEN upto >= 0.5 * total AND upto - n < 0.5 * total
                 THEN low_s + (0.5 * total - (upto - n)) / n * (high_s - low_s) END) AS wait_p50_s,
        max(CASE WHEN upto >= 0.9 * total AND upto - n < 0.9 * total
                 THEN low_s + (0.9 * total - (upto - n)) / n * (high_s - low_s) END) AS wait_p90_s,
        sum(kept) / nullif(sum(promised), 0) AS within
    FROM running GROUP BY site, first_slot, last_slot
)
SELECT a.source, a.id, a.site, s.wait_p50_s, s.wait_p90_s, s.within
FROM timed AS a
JOIN spread AS s ON s.site = a.site AND s.first_slot = a.first_slot AND s.last_slot = a.last_slot;

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
