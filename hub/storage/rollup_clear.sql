-- The quarter hours that are summed up again go ...
DELETE FROM count_15 USING incoming
WHERE count_15.start_at BETWEEN $low AND $high
  AND count_15.site = incoming.site AND count_15.device = incoming.device AND count_15.place = incoming.place
  AND count_15.start_at = incoming.start_at;
