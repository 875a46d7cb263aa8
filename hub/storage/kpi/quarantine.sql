-- How often which kind of message could not be taken.
SELECT reason, n, last
FROM quarantine_tally
WHERE site = $site
ORDER BY n DESC, reason
