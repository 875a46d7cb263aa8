-- Messages that never came and never will, found in the period.
SELECT device, epoch, first, last, found_at AS "at", reason
FROM gap
WHERE site = $site AND found_at >= $start AND found_at < $end
ORDER BY found_at, device, epoch, first
