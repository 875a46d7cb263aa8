-- Quarter hours that new windows add to; what was not measured adds nothing and stays NULL.
UPDATE count_15 SET
    observed_s = count_15.observed_s + incoming.observed_s,
    entries = coalesce(count_15.entries + incoming.entries, count_15.entries, incoming.entries),
    exits = coalesce(count_15.exits + incoming.exits, count_15.exits, incoming.exits),
    groups = coalesce(count_15.groups + incoming.groups, count_15.groups, incoming.groups),
    passers = coalesce(count_15.passers + incoming.passers, count_15.passers, incoming.passers)
FROM incoming
WHERE count_15.start_at BETWEEN $low AND $high
  AND count_15.site = incoming.site AND count_15.device = incoming.device AND count_15.place = incoming.place
  AND count_15.start_at = incoming.start_at;
