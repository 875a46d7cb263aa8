-- Where on a camera's floor people spent time, by local day: the cells that are told, as they came.
SELECT place, day, cell_m, withheld, cells,
       CAST(observed_s AS DOUBLE) / (epoch(end_at) - epoch(start_at)) AS coverage
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_heat WHERE site = $site AND start_at >= $start AND start_at < $end
) AS ranked
WHERE turn = 1
ORDER BY day, place
