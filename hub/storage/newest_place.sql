-- The newest version of each place that the devices heard of now ever drew, at their sites.
SELECT * EXCLUDE (turn) FROM (
    SELECT *, row_number() OVER (PARTITION BY site, device, place ORDER BY valid_from DESC) AS turn
    FROM place WHERE site IN (SELECT site FROM incoming)
) AS ranked WHERE turn = 1;
