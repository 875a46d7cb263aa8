-- The answers by business day: how many, promoters and detractors, and those in the top box of satisfaction. Only for
-- what the hub makes of many days; no single day of it leaves.
SELECT counts_on AS day, count(nps) AS nps_n, count(CASE WHEN nps >= 9 THEN 1 END) AS promoters,
       count(CASE WHEN nps <= 6 THEN 1 END) AS detractors, count(csat) AS csat_n,
       count(CASE WHEN csat_top THEN 1 END) AS satisfied
FROM answer_day
WHERE site = $site AND counts_on >= $first AND counts_on <= $last
GROUP BY counts_on
ORDER BY counts_on
