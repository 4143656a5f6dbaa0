R"sql(
-- Version 8 of the store: the order that has waited longest for an eUICC, without a matching ID, is found at once,
-- however many profiles name that eUICC. Of orders that are here already nobody wrote down since when: they come first.
ALTER TABLE esim ADD COLUMN waits_since INTEGER;
UPDATE esim SET waits_since = 0 WHERE matching_id IS NULL AND eid IS NOT NULL AND state IN ('released', 'downloaded');
CREATE INDEX esim_waiting ON esim (eid, waits_since, stream) WHERE waits_since IS NOT NULL;
)sql"
