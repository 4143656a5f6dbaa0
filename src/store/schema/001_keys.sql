R"sql(
-- Version 1 of the keys (keys.sqlite), apart from the store so that no backup of the store holds a key.

CREATE TABLE subscriber_key (
    subscriber TEXT PRIMARY KEY,
    wrapped    BLOB  -- the subscriber's key under the master key (nonce, sealed key, tag); NULL: erased for good
) STRICT, WITHOUT ROWID;

CREATE TABLE master_check (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    wrapped BLOB NOT NULL  -- a known text under the master key: tells a wrong key file from a damaged row
) STRICT;
)sql"
