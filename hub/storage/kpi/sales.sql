-- What the tills counted on each business day that begins in the period. Every ratio is one of two sums over the same
-- hours: those in which both are known and, where visitors are one of them, the doors were looked at for 90 % of the
-- hour. `hours` have something of the tills, `sure_hours` visitors beside it, n of the two counts are in the columns before
-- the ratio, so that a longer period is divided anew and never averaged. coverage is over `hours`.
WITH hour AS (
    SELECT bucket.day, bucket.hour_at, sum(seen.entries) AS visitors, COALESCE(sum(seen.observed_s), 0) AS observed_s,
           count(*) * 900 AS expected_s
    FROM bucket
    JOIN door ON door.site = $site AND bucket.start_at >= door.since
             AND (door.until IS NULL OR bucket.start_at < door.until)
    LEFT JOIN count_15 AS seen ON seen.site = $site AND seen.device = door.device AND seen.place = door.place
                              AND seen.start_at = bucket.start_at
    GROUP BY bucket.day, bucket.hour_at
), told AS (
    SELECT calendar.day, sale.*, hour.observed_s, hour.expected_s,
           CASE WHEN hour.observed_s >= 0.9 * hour.expected_s THEN hour.visitors END AS sure
    FROM (SELECT DISTINCT day, hour_at FROM bucket) AS calendar
    JOIN sale ON sale.site = $site AND sale.hour_at = calendar.hour_at
    LEFT JOIN hour ON hour.day = calendar.day AND hour.hour_at = calendar.hour_at
), summed AS (
    SELECT day, count(*) AS hours, count(sure) AS sure_hours, sum(transactions) AS transactions, sum(sales) AS sales,
           sum(returns) AS returns, sum(labour_hours) AS labour_hours, sum(planned_hours) AS planned_hours,
           sum(sure) AS visitors,
           CAST(sum(observed_s) AS DOUBLE) / nullif(sum(expected_s), 0) AS coverage,
           sum(CASE WHEN transactions IS NOT NULL THEN sure END) AS converting_visitors,
           sum(CASE WHEN sure IS NOT NULL THEN transactions END) AS converting,
           sum(CASE WHEN sales IS NOT NULL THEN sure END) AS spending_visitors,
           sum(CASE WHEN sure IS NOT NULL THEN sales END) AS spent,
           sum(CASE WHEN returns IS NOT NULL THEN transactions END) AS returning_of,
           sum(CASE WHEN transactions IS NOT NULL THEN returns END) AS returned,
           sum(CASE WHEN labour_hours IS NOT NULL THEN sure END) AS served_visitors,
           sum(CASE WHEN sure IS NOT NULL THEN labour_hours END) AS serving_hours
    FROM told GROUP BY day
)
SELECT day AS "day", hours, sure_hours, CAST(transactions AS BIGINT) AS transactions, sales,
       CAST(returns AS BIGINT) AS returns, labour_hours, planned_hours, CAST(visitors AS BIGINT) AS visitors, coverage,
       CAST(converting AS BIGINT) AS converting, CAST(converting_visitors AS BIGINT) AS converting_visitors,
       CAST(converting AS DOUBLE) / nullif(converting_visitors, 0) AS conversion,
       spent, CAST(spending_visitors AS BIGINT) AS spending_visitors,
       spent / nullif(spending_visitors, 0) AS sales_per_visitor,
       CAST(returned AS BIGINT) AS returned, CAST(returning_of AS BIGINT) AS returning_of,
       CAST(returned AS DOUBLE) / nullif(returning_of, 0) AS return_rate,
       CAST(served_visitors AS BIGINT) AS served_visitors, serving_hours,
       CAST(served_visitors AS DOUBLE) / nullif(serving_hours, 0) AS visitors_per_labour_hour
FROM summed
ORDER BY day
