// keepline verify: about the journal as a whole; reads only and runs beside a server. keepline anchor accept: that a
// store goes on which does not have what was anchored; beside a store that stands.
#include "app/anchor_keeper.hpp"
#include "app/backup.hpp"
#include "app/command.hpp"
#include "app/keys.hpp"
#include "app/keys_gone.hpp"
#include "app/store_notes.hpp"
#include "app/system_random.hpp"
#include "base/utf8.hpp"
#include "desk/stops.hpp"
#include "engine/engine.hpp"
#include "link/durable_file.hpp"
#include "port/clock.hpp"
#include "store/keys_check.hpp"
#include "store/server_lock.hpp"
#include "store/sqlite_journal.hpp"

#include <chrono>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<std::unique_ptr<store::sqlite_journal>> open_to_read(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return base::refuse(base::code::not_found,
                            "There is no journal at " + path + " (data_dir and store.path say where).");
    return store::sqlite_journal::open(path, store::open_mode::read_only);
}

struct verify_asked {
    std::string journal;
    std::string anchors;
    std::string keys;  // JWKS
};

/// With the instance's secret, if it is there: nothing is made by looking.
result<store::seal_keys> seal_keys_of(const config& how) {
    std::error_code ignored;
    if (!std::filesystem::exists(how.keys.secret_file, ignored)) return store::seal_keys();
    TRY(secrets, read_secrets(how.keys.secret_file));
    return secrets.seal_keys();
}

/// The public key of this server's anchors, and those before it. Nothing is made or noted by looking.
result<std::string> anchor_jwks(const config& how) {
    TRY(key, link::signing_key::load(how.keys.anchor_key_file, false));
    std::error_code ignored;
    std::optional<std::string> retired;
    if (std::filesystem::exists(how.store.path, ignored)) {
        TRY(noted, store::sqlite_notebook::read_in(how.store.path, retired_anchor_note));
        retired = std::move(noted);
    }
    return link::signing_keys(std::move(key), words_in(retired.value_or(""))).jwks();
}

/// In words, a secret that the store belongs to and that is not there: what it proves was not looked at, and that is no
/// proof. (A copy on a machine without secrets is looked at with --journal.)
result<std::string> missing_secret(const config& how) {
    TRY(noted, store::sqlite_notebook::read_in(how.store.path, secret_note));
    if (!noted) return std::string();  // no server has had it yet
    std::error_code ignored;
    for (const auto& file : {how.keys.secret_file, how.keys.master_key_file})
        if (!std::filesystem::exists(file, ignored)) return file + " is missing, and with it what it proves";
    return std::string();
}

/// The anchors named, or those that this instance writes, as long as its own journal is asked about.
result<std::optional<anchors>> anchors_for(const config& how, const verify_asked& in) {
    std::error_code ignored;
    const bool own = in.anchors.empty() && in.journal.empty() && std::filesystem::exists(how.anchor.file, ignored);
    if (in.anchors.empty() && !own) return std::nullopt;
    constexpr std::size_t anchors_max = 1U << 30;
    constexpr std::size_t keys_max = 1U << 20;
    TRY(text, link::read_file(own ? how.anchor.file : in.anchors, anchors_max));
    std::string jwks;
    if (!in.keys.empty()) {
        TRY(given, link::read_file(in.keys, keys_max));
        jwks = std::move(given);
    } else {
        if (!std::filesystem::exists(how.keys.anchor_key_file, ignored))
            return base::refuse(base::code::not_found,
                                "The key of the anchors is not here; name their key set with --jwks.");
        TRY(own_keys, anchor_jwks(how));
        jwks = std::move(own_keys);
    }
    TRY(read, read_anchors(text, jwks));
    return std::optional(std::move(read));
}

/// What engine::verify cannot see: the file, what lies beside the journal, and what it was when it was anchored.
result<std::string> beside_the_journal(const config& how, const verify_asked& in, store::sqlite_journal& journal,
                                       const std::optional<anchors>& anchored,
                                       const std::vector<std::string>& cleared) {
    if (in.journal.empty()) {
        TRY(missing, missing_secret(how));
        if (!missing.empty()) return missing;
    }
    TRY(keys, seal_keys_of(how));
    TRY(broken, journal.check(keys));
    if (!broken.empty()) return broken;
    auto now = journal.summary();
    CHECK(now);
    if (in.journal.empty()) {
        // A running SM-DP+ has the file of its sessions to itself, and keeps it: nothing comes of waiting.
        const auto sessions = store::check_file(how.rsp.sessions, store::if_held::refuse);
        if (!sessions && sessions.error().what != base::code::unavailable) return std::unexpected(sessions.error());
        if (sessions && !sessions->empty()) return *sessions;
        // As the journal has it now: it may have gone on since it was verified.
        TRY(keys_file, store::sqlite_notebook::read_in(how.store.path, keys_file_note));
        keys_gone by_now(journal);
        TRY(broken_keys,
            store::check_keys({how.keys.subscriber_keys_file, how.keys.master_key_file, how.store.path, cleared,
                               [&](const std::string& who) { return by_now.is_gone(who); }, keys_file.has_value()}));
        if (!broken_keys.empty()) return broken_keys;
        if (anchored && keys_file) {
            TRY(of_keys, store::keys_summary_of(how.keys.subscriber_keys_file));
            now->tables.insert(now->tables.end(), of_keys.begin(), of_keys.end());
        }
    }
    if (!anchored) return std::string();
    return mismatch(*anchored, *now, in.journal.empty());
}

/// What an operator who restored must be told: the anchors saw what the backup does not have. It stays a mismatch,
/// because whoever can write the store's file can write this note, too.
result<std::string> about_a_restore(const std::string& path, const std::optional<anchors>& anchored) {
    if (!anchored) return std::string();
    TRY(note, store::sqlite_notebook::read_in(path, restored_note));
    const auto at = note ? base::instant_from_iso(*note) : std::nullopt;
    if (!at || *at < anchored->newest.at) return std::string();
    return ". This store was restored from a backup at " + *note + ", after the newest of these anchors (" +
           base::iso(anchored->newest.at) +
           "): what was done between the backup and then is lost, if the restore was yours. It is held to the anchors "
           "since the restore";
}

result<int> verify(const session& s, const verify_asked& in) {
    TRY(settings, s.settings());
    const auto& path = in.journal.empty() ? settings.store.path : in.journal;
    TRY(journal, open_to_read(path));
    const auto begun = std::chrono::steady_clock::now();
    TRY(anchored, anchors_for(settings, in));
    // Who collects lines elsewhere may have missed some; in our own files none is.
    const auto missing =
        anchored && !in.anchors.empty() ? std::exchange(anchored->missing, {}) : std::vector<std::string>();
    TRY(found, engine::verify(*journal, anchored ? anchored->all_heads : std::vector<port::partition_head>()));
    if (found.first_mismatch.empty()) {
        TRY(beside, beside_the_journal(settings, in, *journal, anchored, found.cleared));
        found.first_mismatch = std::move(beside);
    }
    if (!found.first_mismatch.empty()) {
        TRY(more, about_a_restore(path, anchored));
        found.first_mismatch += more;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    const bool holds = found.first_mismatch.empty();
    const auto anchored_at = anchored ? base::iso(anchored->newest.at) : std::string();
    json::array accepted;
    if (anchored)
        for (const auto& one : anchored->accepted) accepted.push_back(json::value(one));
    json::array gaps(missing.begin(), missing.end());
    if (s.json)
        s.print(json::object{{"ok", holds},
                             {"streams", found.streams},
                             {"entries", found.entries},
                             {"anchored_at", anchored_at},
                             {"accepted", accepted},
                             {"missing", gaps},
                             {"mismatch", found.first_mismatch}});
    else if (holds)
        s.at.out << "Everything holds: " << found.streams << " streams, " << found.entries
                 << " entries, re-folded and re-hashed in " << static_cast<std::int64_t>(took.count() * 1000) << " ms; "
                 << (anchored ? "as anchored at " + anchored_at
                              : "without an anchor, so what was cut off at the end is not seen")
                 << "\n";
    if (!s.json) {
        for (const auto& one : accepted)
            s.at.out << "But it did not always: " << std::string_view(one.get_string()) << "\n";
        for (const auto& one : missing) s.at.out << "But of these anchors, " << one << "\n";
    }
    if (!holds) return base::refuse(base::code::journal_broken, "The journal does not verify: " + found.first_mismatch);
    return 0;
}

/// The words that the next start compares with what it finds (anchor_keeper.hpp).
result<std::string> what_does_not_fit(const config& how, store::sqlite_notebook& notes) {
    TRY(jwks, anchor_jwks(how));
    TRY(journal, open_to_read(how.store.path));
    TRY(now, journal->summary());
    TRY(of_keys, store::keys_summary_of(how.keys.subscriber_keys_file));
    now.tables.insert(now.tables.end(), of_keys.begin(), of_keys.end());
    TRY(restored, notes.read(restored_note));
    const auto found = misfit_of(how.anchor, jwks, now, restored.value_or(""));
    if (!found.unreadable.empty()) return base::refuse(base::code::certificate_invalid, found.unreadable.front());
    return found.ends_before.empty() ? found.other : found.ends_before;
}

result<int> accept(const session& s, const std::string& reason) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(lock, store::server_lock::take(settings.store.path));
    TRY(words, what_does_not_fit(settings, *notes));
    if (words.empty()) return base::refuse(base::code::not_found, "The store fits its anchors: nothing is to accept.");
    constexpr std::size_t detail_max = 200;
    const auto now = port::system_clock().now();
    CHECK(desk::stops::note(
        *notes, {domain::stop_kind::anchors, std::string(base::first_bytes(words, detail_max)), reason, now}));
    const anchor_accepted said{words, words + "; accepted at the command line: " + reason};
    CHECK(notes->write({{std::string(anchor_accept_note), base::to_json(said)}}));
    if (s.json)
        s.print(json::object{{"noted", "anchors"}, {"detail", words}});
    else
        s.at.out << "Noted: " << words
                 << ".\nWhen the server starts, it writes into its journal that this was said here, tells every "
                    "administrator, and goes on; the anchors and every later `keepline verify` say it, too.\n";
    return 0;
}

void add_anchor_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "anchor", "A store that does not have what was anchored: accept",
                            "keepline verify\nkeepline anchor accept --reason \"the disk lost its last minute\"");
    auto* given_up = add_command(*group, "accept", "What is missing is given up, and every administrator told",
                                 "keepline anchor accept --reason \"the disk lost its last minute\"");
    auto reason = std::make_shared<std::string>();
    add_reason_option(given_up, *reason, "Why, for the journal and the anchors")->required();
    on_chosen(given_up, s, [&s, reason] { return accept(s, *reason); });
}

}  // namespace

void add_store_commands(CLI::App& root, session& s) {
    auto asked = std::make_shared<verify_asked>();
    auto* check =
        add_command(root, "verify", "Re-fold and re-hash the whole journal; exit code 8 at the first mismatch",
                    "keepline verify\n"
                    "keepline verify --journal backup-2026-11-22.db\n"
                    "keepline verify --anchor /mnt/second-disk/anchors.jsonl --jwks /safe/anchors.jwks");
    check->add_option("--journal", asked->journal, "Another journal file, such as a backup")->type_name("FILE");
    check->add_option("--anchor", asked->anchors, "Anchors to hold it to; default: those that this server writes")
        ->type_name("FILE");
    check->add_option("--jwks", asked->keys, "The public keys of the anchors; default: this server's own")
        ->type_name("FILE");
    on_chosen(check, s, [&s, asked] { return verify(s, *asked); });
    add_anchor_commands(root, s);
}

}  // namespace keepline::app
