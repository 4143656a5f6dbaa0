R"sql(
-- Version 11 of the store: numbers for which money came in that no line takes, so that staff see all of it in one list.
ALTER TABLE stream ADD COLUMN money_waits INTEGER NOT NULL DEFAULT 0;
CREATE INDEX stream_money ON stream (id) WHERE money_waits = 1;
)sql"
