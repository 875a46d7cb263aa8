-- People who went on from one place to the next, by local day; n is NULL, with the reason, where there were too few.
SELECT place, "to", day, n, withheld,
       CAST(observed_s AS DOUBLE) / (epoch(end_at) - epoch(start_at)) AS coverage
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY device, place, "to", start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_flow WHERE site = $site AND start_at >= $start AND start_at < $end
) AS ranked
WHERE turn = 1
ORDER BY day, place, "to"
