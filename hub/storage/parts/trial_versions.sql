-- Every version of the site's trials, oldest first.
SELECT id, version, "at", body
FROM document
WHERE site = $site AND kind = 'trial'
ORDER BY id, version
