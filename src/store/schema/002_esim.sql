R"sql(
-- Version 2 of the store: profiles on the SM-DP+ are streams too (kind 2, key: ICCID). What they are found by lies
-- beside the stream table, so that numbers and subscribers pay nothing for it.
CREATE TABLE esim (
    stream      INTEGER PRIMARY KEY,
    type        TEXT NOT NULL,  -- profile type; empty: never provided here, only notifications name it
    state       TEXT NOT NULL,  -- SGP.22 §3.1.6: available, allocated, linked, confirmed, released, downloaded, installed, error, unavailable
    matching_id TEXT,           -- of the order that runs
    eid         TEXT            -- the eUICC that it is bound to
) STRICT;
CREATE INDEX esim_stock ON esim (state, type, stream);
CREATE INDEX esim_matching_id ON esim (matching_id) WHERE matching_id IS NOT NULL;
CREATE INDEX esim_eid ON esim (eid) WHERE eid IS NOT NULL;
)sql"
