R"sql(
-- Version 12 of the store: what no chain reaches in a stream's row (its public id, the commands it remembers) carries a
-- seal of its own, as tokens do; all tables beside the journal are summed up (seals.hpp).
ALTER TABLE stream ADD COLUMN seal BLOB;
)sql"
