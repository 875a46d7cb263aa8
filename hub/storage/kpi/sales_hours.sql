-- What the tills counted in each local hour of the business days that begin in the period, beside the people who came in
-- through the doors in it. visitors are NULL where nothing was measured; coverage = seconds looked at / seconds of all
-- doors. Ratios need an hour that was looked at for 90 %: else the sales of a whole hour would stand beside part of its
-- visitors. More transactions than visitors are shown as they are.
WITH hour AS (
    SELECT bucket.day, bucket.hour_at, sum(seen.entries) AS visitors,
           CAST(COALESCE(sum(seen.observed_s), 0) AS DOUBLE) / (count(*) * 900) AS coverage
    FROM bucket
    JOIN door ON door.site = $site AND bucket.start_at >= door.since
             AND (door.until IS NULL OR bucket.start_at < door.until)
    LEFT JOIN count_15 AS seen ON seen.site = $site AND seen.device = door.device AND seen.place = door.place
                              AND seen.start_at = bucket.start_at
    GROUP BY bucket.day, bucket.hour_at
), calendar AS (
    SELECT day, hour_at, max(end_at) AS end_at FROM bucket GROUP BY day, hour_at
), told AS (
    SELECT calendar.day, calendar.hour_at, calendar.end_at, sale.transactions, sale.sales, sale.returns,
           sale.labour_hours, sale.planned_hours, hour.visitors, hour.coverage,
           CASE WHEN hour.coverage >= 0.9 AND hour.visitors > 0 THEN hour.visitors END AS sure
    FROM calendar
    JOIN sale ON sale.site = $site AND sale.hour_at = calendar.hour_at
    LEFT JOIN hour ON hour.day = calendar.day AND hour.hour_at = calendar.hour_at
)
SELECT day AS "day", hour_at AS "start", end_at AS "end", transactions, sales, returns, labour_hours, planned_hours,
       CAST(visitors AS BIGINT) AS visitors, coverage,
       CAST(transactions AS DOUBLE) / sure AS conversion, sales / sure AS sales_per_visitor,
       CAST(returns AS DOUBLE) / nullif(transactions, 0) AS return_rate,
       CAST(sure AS DOUBLE) / nullif(labour_hours, 0) AS visitors_per_labour_hour
FROM told
ORDER BY hour_at
