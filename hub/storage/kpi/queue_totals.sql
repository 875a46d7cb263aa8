-- Queues over a period. busy_h are the hours looked at in windows in which somebody joined, was served or a till was open;
-- till_h the hours of open tills in those of them that know how many were open. An unknown figure counts for no ratio.
SELECT place,
       CAST(sum(joined) AS BIGINT) AS joined, CAST(sum(served) AS BIGINT) AS served,
       CAST(sum(abandoned) AS BIGINT) AS abandoned,
       CAST(sum(CASE WHEN joined IS NOT NULL AND abandoned IS NOT NULL THEN joined END) AS BIGINT) AS asked,
       CAST(sum(CASE WHEN busy THEN observed_s ELSE 0 END) AS DOUBLE) / 3600 AS busy_h,
       CAST(sum(CASE WHEN busy AND served IS NOT NULL THEN observed_s END) AS DOUBLE) / 3600 AS serving_h,
       CAST(sum(CASE WHEN busy AND tills_open IS NOT NULL THEN observed_s END) AS DOUBLE) / 3600 AS known_h,
       sum(CASE WHEN busy THEN tills_open * observed_s END) / 3600 AS till_h,
       CAST(sum(CASE WHEN tills_open > 0 THEN served END) AS BIGINT) AS served_there,
       CAST(sum(observed_s) AS DOUBLE) / (count(*) * 900) AS coverage
FROM (
    SELECT *, COALESCE(joined, 0) > 0 OR COALESCE(served, 0) > 0 OR COALESCE(tills_open, 0) > 0 AS busy
    FROM latest_load
    WHERE site = $site AND start_at >= $start AND start_at < $end
          AND place IN (SELECT place FROM place WHERE site = $site AND kind = 'queue')
) AS windows
GROUP BY place
ORDER BY place
