R"sql(
-- Version 13 of the store: states are remembered in another form; an older one is folded again from its entries, until
-- the next is written.
UPDATE snapshot SET json = '';
)sql"
