R"sql(
-- Version 15 of the store: numbers whose case has a check that somebody must settle, so that staff see all of them in one
-- list, the oldest first. ms since 1970: since when the oldest one waits.
ALTER TABLE stream ADD COLUMN check_since INTEGER;
CREATE INDEX stream_check ON stream (check_since) WHERE check_since IS NOT NULL;
)sql"
