-- The recommendation answers of a site beside the conditions of their visit: nps, day (days since 1970), hour (local, of
-- the visit), wait (minutes), queue (people), tills (open), crowd (people on 10 m2), dwell (minutes), staff (visitors for an hour of
-- labour). A row is one answer and goes no further than to
-- hub.insight.driver_rows, which makes effects over at least 200 of them. Only answers whose time is known, in units of
-- whole days as in scores.sql.
SELECT
    c.nps, CAST(date_diff('day', DATE '1970-01-01', a.counts_on) AS BIGINT) AS day,
    CAST(extract(
        hour FROM timezone(a.timezone, a.answered_at) - ((c.lag_from_s + c.lag_to_s) / 2) * INTERVAL 1 SECOND
    ) AS BIGINT) AS hour,
    c.wait_s / 60 AS wait, c.people AS queue, c.tills_open AS tills, 10 * c.crowding AS crowd,
    c.dwell_s / 60 AS dwell, c.per_staff AS staff
FROM answer_context AS c
JOIN answer_day AS a ON a.source = c.source AND a.id = c.id
JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
WHERE c.site = $site AND a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end
    AND c.joined_by = 'time' AND c.nps IS NOT NULL
ORDER BY day, hour, c.source, c.id
