#include "store/keys_check.hpp"

#include "store/master_key.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_vault.hpp"

#include <filesystem>

namespace keepline::store {

namespace {

constexpr std::string_view place = "the subscribers' keys: ";

result<seal_keys> seals_with(connection& db, const std::string& master_key_path) {
    std::error_code ignored;
    if (!std::filesystem::exists(master_key_path, ignored)) return seal_keys();
    TRY(master, load_master_key(master_key_path, false));
    auto found = db.run(sql("SELECT wrapped FROM master_check WHERE one = 1"));
    const bool fits = found.next() && open_bytes(master.view(), "check", found.blob(0)).has_value();
    CHECK(found.ended());
    if (!fits)
        return base::refuse(base::code::config_invalid,
                            "The master key is not the one that belongs to the subscribers' keys, or what tells so was "
                            "changed (the table master_check).");
    return seal_keys{seal_key_of_keys(master.view())};
}

result<std::string> sums_mismatch(connection& db, const seal_keys& keys) {
    for (const auto& one : keys_covers()) {
        if (!one.summed) continue;
        TRY(broken, broken_tally(db, keys, std::string(one.table)));
        if (!broken.empty()) return std::string(place) + broken;
    }
    return std::string();
}

enum class key_state { present, missing, erased };

result<key_state> state_of(connection& db, std::string_view subscriber) {
    auto found = db.run(sql("SELECT wrapped IS NULL FROM subscriber_key WHERE subscriber = ?1"), subscriber);
    const bool known = found.next();
    const auto out = !known ? key_state::missing : found.integer(0) != 0 ? key_state::erased : key_state::present;
    CHECK(found.ended());
    return out;
}

result<std::vector<std::string>> owners_in(connection& store) {
    auto found = store.run(sql("SELECT DISTINCT subscriber FROM vault"));
    std::vector<std::string> out;
    while (found.next()) out.emplace_back(found.text(0));
    CHECK(found.ended());
    return out;
}

/// One of the owner's rows opens with the owner's key. A row that went meanwhile says nothing.
result<bool> opens_a_row(connection& store, connection& db, base::byte_view master, const std::string& owner) {
    auto row = store.run(sql("SELECT kind, sealed FROM vault WHERE subscriber = ?1 LIMIT 1"), owner);
    if (!row.next()) {
        CHECK(row.ended());
        return true;
    }
    auto kept = db.run(sql("SELECT wrapped FROM subscriber_key WHERE subscriber = ?1"), owner);
    if (!kept.next() || kept.null(0)) {
        CHECK(kept.ended());
        return true;  // of those the caller speaks
    }
    auto key = open_bytes(master, key_label_of(owner), kept.blob(0));
    if (!key) return false;
    auto plain = open_sealed_row(*key, owner, row.text(0), row.blob(1));
    sodium_memzero(key->data(), key->size());
    if (plain) sodium_memzero(plain->data(), plain->size());
    return plain.has_value();
}

/// Whoever has sealed rows has a key that opens them, unless it was destroyed; and one that was destroyed was so by an
/// erasure.
result<std::string> journal_mismatch(connection& db, connection& store, const keys_question& about,
                                     const std::vector<std::string>& owners) {
    std::error_code ignored;
    std::optional<base::locked_bytes> master;
    if (std::filesystem::exists(about.master_key_path, ignored)) {
        TRY(read, load_master_key(about.master_key_path, false));
        master.emplace(std::move(read));
    }
    for (const auto& who : owners) {
        TRY(state, state_of(db, who));
        if (state == key_state::missing)
            return std::string(place) + "the key of " + who +
                   ", who has personal data here, is gone, and no erasure says why";
        if (state != key_state::present || !master) continue;
        TRY(opens, opens_a_row(store, db, master->view(), who));
        if (!opens)
            return std::string(place) + "the key of " + who + " does not open what is sealed for them: it is another";
    }
    auto destroyed = db.run(sql("SELECT subscriber FROM subscriber_key WHERE wrapped IS NULL"));
    while (destroyed.next()) {
        const std::string who(destroyed.text(0));
        TRY(erased, about.is_gone(who));
        if (!erased)
            return std::string(place) + "the key of " + who + " was destroyed, and no erasure in the journal says so";
    }
    CHECK(destroyed.ended());
    for (const auto& who : about.cleared) {
        TRY(state, state_of(db, who));
        if (state == key_state::present)
            return std::string(place) + "there is a key of " + who + ", whom the journal says erased";
    }
    return std::string();
}

}  // namespace

base::digest seal_key_of_keys(base::byte_view master) {
    return base::hmac_sha256(master, base::view("keepline sums of the subscribers' keys"));
}

result<std::vector<table_summary>> keys_summary(connection& db) {
    std::vector<table_summary> out;
    for (const auto& one : keys_covers()) {
        if (!one.summed) continue;
        TRY(noted, noted_tally(db, one.table));
        if (noted) out.push_back({"keys." + std::string(one.table), noted->rows, noted->changes, noted->sum.digest()});
    }
    return out;
}

result<std::vector<table_summary>> keys_summary_of(const std::string& keys_path) {
    TRY(db, connection::open(keys_path, connection::mode::read_only));
    CHECK(migrate(db, keys_schema(), upgrade::refused));
    return keys_summary(db);
}

result<std::string> check_keys(const keys_question& about) {
    TRY(store, connection::open(about.store_path, connection::mode::read_only));
    TRY(owners, owners_in(store));  // first: a running server makes the key before what it seals
    std::error_code ignored;
    if (!std::filesystem::exists(about.keys_path, ignored)) {
        if (owners.empty() && !about.must_be_there) return std::string();
        return std::string(place) + "the file " + about.keys_path + " is gone, and with it the keys of " +
               std::to_string(owners.size()) + " who have personal data here";
    }
    TRY(damaged, check_file(about.keys_path));
    if (!damaged.empty()) return damaged;
    TRY(db, connection::open(about.keys_path, connection::mode::read_only));
    CHECK(migrate(db, keys_schema(), upgrade::refused));
    CHECK(db.run(sql("BEGIN")).done());
    TRY(schema, schema_mismatch(db, keys_schema()));
    if (!schema.empty()) return std::string(place) + schema;
    auto keys = seals_with(db, about.master_key_path);
    if (!keys && keys.error().what == base::code::config_invalid) return std::string(place) + keys.error().words;
    CHECK(keys);
    TRY(sums, sums_mismatch(db, *keys));
    return sums.empty() ? journal_mismatch(db, store, about, owners) : result<std::string>(sums);
}

std::int64_t keys_in(const std::string& keys_path) {
    std::error_code ignored;
    if (!std::filesystem::exists(keys_path, ignored)) return 0;
    auto db = connection::open(keys_path, connection::mode::read_only);
    return db ? db->number("SELECT count(*) FROM subscriber_key").value_or(0) : 0;
}

result<std::vector<std::string>> owners_without_key(const std::string& keys_path, const std::string& store_path) {
    TRY(store, connection::open(store_path, connection::mode::read_only));
    TRY(owners, owners_in(store));
    TRY(db, connection::open(keys_path, connection::mode::read_only));
    std::vector<std::string> out;
    for (auto& who : owners) {
        TRY(state, state_of(db, who));
        if (state == key_state::missing) out.push_back(std::move(who));
    }
    return out;
}

}  // namespace keepline::store
