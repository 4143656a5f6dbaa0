R"sql(
-- Version 16 of the store: rows of the vault that say by which forms of a name a person is found (src/desk/name_index.hpp):
-- their kind is "name:" and a keyed digest, so that whoever has the file alone learns no name.
CREATE INDEX vault_name ON vault (kind, subscriber) WHERE kind >= 'name:' AND kind < 'name;';
)sql"
