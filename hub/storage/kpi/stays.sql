-- The published windows of stays and waits that end in the period, newest last; percentiles are made of the bins.
SELECT latest_stat.place, latest_stat.of, latest_stat.start_at AS "start", latest_stat.end_at AS "end",
       latest_stat.n, latest_stat.cut, latest_stat.sum_s, latest_stat.bins, latest_stat.observed_s,
       latest_stat.withheld, place.promise_s
FROM latest_stat
LEFT JOIN place ON place.site = latest_stat.site AND place.device = latest_stat.device
               AND place.place = latest_stat.place
WHERE latest_stat.site = $site AND latest_stat.end_at > $start AND latest_stat.end_at <= $end
ORDER BY latest_stat.end_at, latest_stat.place, latest_stat.of
