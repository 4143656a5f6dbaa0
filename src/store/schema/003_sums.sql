R"sql(
-- Version 3 of the keys: what is in each table now, as the store has it (see 004_store.sql): how many rows, how often one
-- was written or deleted, and a sum over them, sealed with a key made from the master key.
CREATE TABLE tally (
    name    TEXT PRIMARY KEY,
    rows    INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    sum     BLOB NOT NULL,
    seal    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql"
