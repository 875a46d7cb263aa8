-- The quarter hours that the new windows touch go ...
DELETE FROM count_15 USING touched
WHERE count_15.start_at BETWEEN $low AND $high
  AND count_15.site = touched.site AND count_15.device = touched.device AND count_15.place = touched.place
  AND count_15.start_at = touched.start_at;
