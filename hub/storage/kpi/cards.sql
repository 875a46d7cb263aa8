-- Loyalty cards by week, as the shop's own system counted them: weeks whose Monday, as the site's local day, lies in the
-- period. again_share = cards that had been seen in the 4 weeks before / cards.
SELECT card_week.week, card_week.cards, card_week.again,
       CAST(card_week.again AS DOUBLE) / nullif(card_week.cards, 0) AS again_share
FROM card_week
JOIN site ON site.site = card_week.site
WHERE card_week.site = $site AND card_week.week >= CAST(timezone(site.timezone, $start) AS DATE)
    AND card_week.week < CAST(timezone(site.timezone, $end) AS DATE)
ORDER BY card_week.week
