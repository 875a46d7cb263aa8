-- People in the store: entries minus exits over all doors since the business day began, never below zero at any
-- window's end (whoever leaves was inside). NULL before the first window of the day.
WITH counted AS (
    SELECT value_count.*, row_number() OVER (
        PARTITION BY device, place, start_at, end_at ORDER BY revision DESC, received_at DESC, seq DESC
    ) AS turn
    FROM value_count
    WHERE site = $site AND start_at >= $start AND start_at < $end
), step AS (
    SELECT counted.end_at, sum(counted.entries) - sum(counted.exits) AS change
    FROM counted
    JOIN place ON place.site = counted.site AND place.device = counted.device AND place.place = counted.place
              AND counted.start_at >= place.valid_from
              AND (place.valid_to IS NULL OR counted.start_at < place.valid_to)
    WHERE counted.turn = 1 AND place.kind = 'line' AND place.role = 'door'
      AND counted.entries IS NOT NULL AND counted.exits IS NOT NULL
    GROUP BY counted.end_at
), running AS (
    SELECT end_at, sum(change) OVER (ORDER BY end_at) AS total FROM step
), lowest AS (
    SELECT min(total) AS low, max(end_at) AS last_end FROM running
)
SELECT CAST(running.total - LEAST(0, lowest.low) AS BIGINT) AS people, running.end_at AS as_of
FROM running
JOIN lowest ON running.end_at = lowest.last_end
