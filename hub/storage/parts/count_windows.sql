-- What lines counted in windows of 5 minutes, the highest revision of each.
SELECT device, place, start_at AS "start", end_at AS "end", observed_s, withheld, entries, exits
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_count WHERE site = $site AND start_at >= $start AND start_at < $end
) AS ranked
WHERE turn = 1
ORDER BY device, place, start_at
