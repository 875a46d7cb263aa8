-- What people wrote on the business days that begin in [start, end), without time, channel or id: the order is that of
-- the texts and not that of their arrival. Only for a token with the right to read comments.
SELECT counts_on AS "day", touchpoint, nps, csat, csat_scale, ces, comment
FROM answer_day
WHERE site = $site AND comment IS NOT NULL
    AND timezone(timezone, counts_on + past_midnight) >= $start AND timezone(timezone, counts_on + past_midnight) < $end
ORDER BY counts_on DESC, comment
