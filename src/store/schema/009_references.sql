R"sql(
-- Version 9 of the store: what people call a case or a line (src/domain/reference.hpp). Never removed: an old case is found by its
-- number as long as there is a journal.
CREATE TABLE reference (
    name   TEXT PRIMARY KEY,  -- twelve digits, drawn by chance
    stream INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql"
