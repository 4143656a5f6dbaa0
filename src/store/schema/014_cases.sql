R"sql(
-- Version 14 of the store: a case is remembered as it stands (decision 53); older states are folded again from their
-- entries, until the next is written.
UPDATE snapshot SET json = '';
)sql"
