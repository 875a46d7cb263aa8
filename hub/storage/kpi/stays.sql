-- The published windows of stays and waits that end in the period, newest last; percentiles are made of the bins.
SELECT place, of, start_at AS "start", end_at AS "end", n, cut, sum_s, bins, observed_s, withheld, promise_s
FROM promised_stat
WHERE site = $site AND end_at > $start AND end_at <= $end
ORDER BY end_at, place, of
