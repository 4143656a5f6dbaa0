R"sql(
-- Version 3 of the store: snapshots leave the rows of `stream` and are written with every eighth entry, not with each.
-- And `stream.recent` holds bytes instead of their base64url; what is there already stays, and is read as it is.
CREATE TABLE snapshot (
    stream     INTEGER PRIMARY KEY,
    at_version INTEGER NOT NULL,  -- of the stream, when it was taken; the entries since tell the rest
    json       TEXT NOT NULL      -- the state that folding the entries up to there gives
) STRICT;
INSERT INTO snapshot SELECT id, version, snapshot FROM stream WHERE version >= 8;
ALTER TABLE stream DROP COLUMN snapshot;
)sql"
