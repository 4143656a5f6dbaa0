R"sql(
-- The installation's notebook (port/notebook.hpp), and the tokens that a restore has put on hold until somebody
-- confirms their holder: what was revoked after the backup must not come to life again.
CREATE TABLE note (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE token_on_hold (
    digest TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
)sql"
