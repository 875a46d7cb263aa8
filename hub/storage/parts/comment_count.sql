-- How many comments the units of whole days in [start, end) hold, as themes.sql counts them.
SELECT count(*) AS n
FROM answer_day AS a
JOIN answer_unit AS u ON u.site = a.site AND u.counts_on = a.counts_on
WHERE a.site = $site AND u.site = $site AND u.first_at >= $start AND u.last_at < $end AND a.comment IS NOT NULL
