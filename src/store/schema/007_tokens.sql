R"sql(
-- Version 7 of the store: the table of tokens follows the journal: a token opens nothing before its holder's stream says so. Those that are
-- here already count as made with file access: the server journals them when it starts, and says so loudly.
ALTER TABLE token ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN kin TEXT NOT NULL DEFAULT '[]';
ALTER TABLE token ADD COLUMN kin_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE token ADD COLUMN channels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE token ADD COLUMN origin TEXT NOT NULL DEFAULT 'file';
ALTER TABLE token ADD COLUMN in_journal INTEGER NOT NULL DEFAULT 0;
CREATE INDEX token_expiry ON token (expires_at) WHERE role = 'subscriber';
CREATE INDEX token_waiting ON token (origin, created_at) WHERE in_journal = 0;
)sql"
