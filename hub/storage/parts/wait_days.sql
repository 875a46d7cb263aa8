-- The published waits at a site that end in [start, end), by business day and promise: site, day, promise_s, n, bins (one list
-- a window, to be added up by hub.compound).
SELECT site, day, promise_s, n, bins
FROM promised_stat
WHERE site = $site AND of = 'wait' AND withheld IS NULL AND n > 0 AND end_at > $start AND end_at <= $end
ORDER BY site, day, end_at, device, place
