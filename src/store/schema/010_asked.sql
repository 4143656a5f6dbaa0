R"sql(
-- Version 10 of the store: where somebody waits for a second person, on lines, profiles, persons and tokens alike, so that
-- whoever may sign sees all of it in one list. ms since 1970: until when the last of them waits.
ALTER TABLE stream ADD COLUMN asked_until INTEGER;
CREATE INDEX stream_asked ON stream (asked_until) WHERE asked_until IS NOT NULL;
)sql"
