-- The published windows of one kind of stay (`of`) that end in the period, with the promise of their place.
SELECT place, start_at AS "start", end_at AS "end", n, sum_s, bins, observed_s, promise_s
FROM promised_stat
WHERE site = $site AND of = $of AND end_at > $start AND end_at <= $end
