R"sql(
-- Version 2 of the keys: the file has an id of its own, which the store notes, so that neither is taken for another's.
CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO about (name, value) VALUES ('id', lower(hex(randomblob(16))));
)sql"
