// Personal data, sealed with a key per subscriber. The sealed rows are in the store and are written with the journal's
// batches; the keys are in a file of their own, keys.sqlite, each wrapped with the master key. Any thread; one server
// per keys file.
//
// A sealed row is: 1 byte form (1), then XChaCha20-Poly1305 (24 bytes nonce, sealed text, 16 bytes tag) with
// `subscriber|kind` bound to it, so that no row can be passed off as another's.
//
// Three things to keep, in three places: the store's backups (`copy_to`: useless without keys), the keys' backups
// (`export_keys`: useless without the master key), and the master key file. Whoever loses keys.sqlite and its backups
// has erased everybody (code::key_missing: it is not called erased).
//
// Erasure and backups. erase() destroys the key in keys.sqlite and leaves a tombstone. Restoring any backup of the
// *store* brings nothing back. A backup of the *keys* from before the erasure still holds the wrapped key, so: make key
// backups often, delete the older ones within the time promised to subscribers, and after restoring one, before the
// server takes requests, call erase() again for every subscriber whose stream says that it was erased (twice is
// harmless, and cheap).
#pragma once

#include "port/vault.hpp"
#include "store/master_key.hpp"
#include "store/store_check.hpp"

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace keepline::store {

/// What is bound to a wrapped key.
std::string key_label_of(std::string_view owner);
/// None: it is no such row, or not of this key.
std::optional<base::bytes> open_sealed_row(base::byte_view key, std::string_view owner, std::string_view kind,
                                           base::byte_view sealed);

class sqlite_vault final : public port::vault {
 public:
    struct settings {
        std::size_t cached_keys = 4096;  // unwrapped, in memory
        std::string belongs_to{};        // the keys file's id, as the store notes it; empty: a new file may be made
        bool covered_before = false;     // its tables were summed up once: never again as they happen to be
    };
    /// `rows` (the journal that holds the sealed rows) outlives the vault. Makes both files at the first start.
    /// code::config_invalid when the master key is missing, unsafe or not the one of this keys file.
    static base::result<std::unique_ptr<sqlite_vault>> open(const std::string& keys_path,
                                                            const std::string& master_key_path, port::journal& rows,
                                                            settings how);
    static base::result<std::unique_ptr<sqlite_vault>> open(const std::string& keys_path,
                                                            const std::string& master_key_path, port::journal& rows) {
        return open(keys_path, master_key_path, rows, settings{});
    }
    /// What open() would refuse, found by looking: nothing is made, upgraded or moved. Beside a server, too.
    static base::result<void> check(const std::string& keys_path, const std::string& master_key_path,
                                    const std::string& belongs_to);
    ~sqlite_vault() override;

    /// The first time for a subscriber costs one durable commit of its key; see prepare_keys.
    base::result<port::vault_row> seal(std::string_view subscriber, std::string_view kind,
                                       std::string_view plain) override;
    /// Also code::journal_broken for a row that was tampered with.
    base::result<std::string> open(std::string_view subscriber, std::string_view kind) override;
    base::result<std::vector<std::string>> holders_of(std::string_view kind, std::string_view after,
                                                      std::size_t limit) override {
        return rows_.sealed_for(kind, after, limit);
    }
    base::result<std::vector<std::string>> kinds_of(std::string_view subscriber, std::string_view prefix) override {
        return rows_.sealed_kinds(subscriber, prefix);
    }
    base::result<base::bytes> seal_blob(std::string_view subscriber, std::string_view about,
                                        base::byte_view plain) override;
    base::result<base::bytes> open_blob(std::string_view subscriber, std::string_view about,
                                        base::byte_view sealed) override;
    /// code::unavailable when the key is gone but a copy may be left in the keys file's log, because another process
    /// reads it just now: call it again.
    base::result<void> erase(std::string_view subscriber) override;

    /// Makes the keys that are missing, all in one commit: for imports. Erased subscribers are passed over.
    base::result<void> prepare_keys(std::span<const std::string> subscribers);
    /// Keys that were made for what was then refused go: made here so long ago, nothing that may still be committed is
    /// sealed with them (vault_row::under_way), however long it waits, nor anything that was. How many. Others seal and
    /// open meanwhile.
    base::result<std::int64_t> drop_unused_keys(std::chrono::steady_clock::duration older);
    /// What is noted about the file's tables, for the anchors.
    base::result<std::vector<table_summary>> summary();
    /// A consistent copy of the keys file (wrapped keys and tombstones); `path` must not exist.
    base::result<void> export_keys(const std::string& path);
    /// What the store notes of the file it belongs to.
    const std::string& file_id() const;
    /// Seals what a backup carries of the other secrets, under the master key.
    base::bytes seal_with_master(std::string_view about, std::string_view plain) const;
    std::optional<std::string> open_with_master(std::string_view about, base::byte_view sealed) const;
    /// A new master key, and every subscriber's key wrapped with it, in one transaction; how many. No server may have
    /// the file open. Cut off at any point, the next start goes on with the one key or the other.
    static base::result<std::int64_t> rotate_master_key(const std::string& keys_path,
                                                        const std::string& master_key_path);

 private:
    struct keys_file;
    struct cached {
        std::string subscriber;
        secret_key key;
    };
    enum class key_state { present, missing, erased };
    /// A key that this process made and has not yet seen used.
    struct made_key {
        std::chrono::steady_clock::time_point used_last;
        std::uint64_t uses = 1;
        std::shared_ptr<const int> rows = std::make_shared<const int>(0);  // shared by all that may still be committed
    };
    struct unused_key {
        std::string subscriber;
        std::uint64_t uses = 0;
        bool has_rows = false;
    };

    sqlite_vault(std::unique_ptr<keys_file> keys, port::journal& rows, settings how);

    std::vector<unused_key> unused_since(std::chrono::steady_clock::time_point until);
    base::result<void> key_in_force(std::string_view subscriber, secret_key& out);
    // With the mutex held:
    base::result<key_state> find_key(const std::string& subscriber, secret_key& out);
    base::result<void> make_key(const std::string& subscriber, tally* into);
    std::shared_ptr<const void> note_made(const std::string& subscriber, bool now);
    base::result<std::int64_t> drop_keys(std::span<const unused_key> which);
    void remember(const std::string& subscriber, const secret_key& key);
    void forget(const std::string& subscriber);

    std::mutex mutex_;
    std::unique_ptr<keys_file> keys_;
    port::journal& rows_;
    settings how_;
    std::list<cached> by_use_;  // the last used first
    std::unordered_map<std::string, std::list<cached>::iterator> by_name_;
    std::unordered_map<std::string, made_key> made_;
};

}  // namespace keepline::store
