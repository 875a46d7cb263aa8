-- The published windows of waits that end on the business days first to last, of all queues or of one.
SELECT day, bins, promise_s
FROM promised_stat
WHERE site = $site AND of = 'wait' AND bins IS NOT NULL AND day >= $first AND day <= $last
  AND (CAST($place AS VARCHAR) IS NULL OR place = $place)
ORDER BY day
