#include "app/backup.hpp"

#include "app/anchor_keeper.hpp"
#include "app/files.hpp"
#include "app/keys.hpp"
#include "app/keys_gone.hpp"
#include "app/machine_clocks.hpp"
#include "app/refund_gate.hpp"
#include "app/store_notes.hpp"
#include "app/system_random.hpp"
#include "app/version.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "desk/stops.hpp"
#include "engine/engine.hpp"
#include "engine/trusted_clock.hpp"
#include "link/durable_file.hpp"
#include "link/refund_log.hpp"
#include "store/file_copy.hpp"
#include "store/file_documents.hpp"
#include "store/keys_check.hpp"
#include "store/server_lock.hpp"
#include "store/sqlite_journal.hpp"
#include "store/token_hold.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view journal_name = "journal.db";
constexpr std::string_view keys_name = "subscribers.sqlite";
constexpr std::string_view documents_name = "documents";
constexpr std::string_view signing_name = "signing.sealed";
constexpr std::string_view anchor_name = "anchor.sealed";
constexpr std::string_view refunds_name = "refunds.log";
constexpr std::string_view manifest_name = "manifest.json";
constexpr std::size_t small_file_max = 64UL * 1024;
constexpr std::size_t log_max = 1024UL * 1024 * 1024;

std::unexpected<base::error> refuse(const std::string& words) {
    return base::refuse(base::code::config_invalid, words);
}

bool is_there(const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored);
}

result<std::string> sha256_of(const fs::path& file) {
    TRY(in, link::open_plain_file(file.string(), O_RDONLY));
    base::part_hasher hasher;
    std::array<char, 65'536> piece{};
    for (;;) {  // pieces of one length, so the same file gives the same digest
        std::size_t filled = 0;
        while (filled < piece.size()) {
            const auto got = ::read(in.number(), piece.data() + filled, piece.size() - filled);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return base::refuse(base::code::unavailable, file.string() + " cannot be read.");
            if (got == 0) break;
            filled += static_cast<std::size_t>(got);
        }
        if (filled == 0) break;
        hasher.add(std::string_view(piece.data(), filled));
    }
    return base::hex(hasher.finish());
}

/// To its last whole batch: another may be under way. One that cannot be read as a log is no backup of it.
result<void> copy_refund_log(const fs::path& from, const fs::path& to) {
    const auto text = link::read_plain_file(from.string(), log_max);
    if (!text && text.error().what == base::code::not_found) return {};
    if (!text) return refuse(text.error().words);
    TRY(read, link::read_refund_log(*text));
    return link::replace_file(to.string(), text->substr(0, read.mark.octets), 0600);
}

fs::path refund_log_of(const config& how) { return fs::path(how.refund.folder) / "written.log"; }

/// Removes what was begun, unless it was finished.
struct draft_folder {
    fs::path path;
    bool finished = false;
    ~draft_folder() {
        std::error_code ignored;
        if (!finished) fs::remove_all(path, ignored);
    }
};

result<void> seal_into(const fs::path& to, const std::string& key_file, std::string_view about,
                       const store::sqlite_vault& vault) {
    TRY(pem, read_file(key_file, small_file_max));
    const auto sealed = vault.seal_with_master(about, pem);
    base::wipe(pem.data(), pem.size());
    return write_private_file(to, base::text(sealed));
}

/// Each is named by the journal with its digest, and sealed; one that goes meanwhile is not missed.
result<void> copy_documents(const std::string& from, const std::string& to) {
    store::file_documents source(from);
    store::file_documents target(to);
    result<void> outcome;
    CHECK(source.each(std::chrono::seconds{0}, [&](const port::document_name& one) {
        if (!outcome) return;
        const auto sealed = source.get(one);
        if (!sealed) {
            if (sealed.error().what != base::code::not_found) outcome = std::unexpected(sealed.error());
            return;
        }
        if (const auto put = target.put(one, *sealed); !put) outcome = std::unexpected(put.error());
    }));
    return outcome;
}

result<void> fill_backup(const config& how, const fs::path& into, const std::string& keys) {
    TRY(notes, notebook_of(how));
    system_random random;
    TRY(secrets, load_secrets(how, *notes, random));
    TRY(signing, load_signing(how, *notes));
    TRY(journal, store::sqlite_journal::open(how.store.path, store::open_mode::read_only));
    TRY(vault, open_vault(how, *notes, *journal, was_covered(how)));
    // In this order: keys and log may know of more than the journal, never of less.
    CHECK(journal->copy_to((into / journal_name).string()));
    CHECK(copy_documents(documents_of(how), (into / documents_name).string()));
    if (keys.empty()) {
        CHECK(vault->export_keys((into / keys_name).string()));
    } else {  // the newest only, under one name: written beside it, then in its place
        const auto fresh = keys + ".new";
        std::error_code failure;
        fs::remove(fresh, failure);
        CHECK(vault->export_keys(fresh));
        fs::rename(fresh, keys, failure);
        if (failure)
            return base::refuse(base::code::invalid, "`" + keys + "` cannot be replaced: " + failure.message() + ".");
    }
    CHECK(copy_refund_log(refund_log_of(how), into / refunds_name));
    CHECK(seal_into(into / signing_name, how.keys.signing_key_file, "signing", *vault));
    if (is_there(how.keys.anchor_key_file))
        CHECK(seal_into(into / anchor_name, how.keys.anchor_key_file, "anchor", *vault));

    json::object files;
    for (const auto name : {journal_name, keys_name, signing_name, anchor_name, refunds_name}) {
        if (!is_there(into / name)) continue;
        TRY(digest, sha256_of(into / name));
        files[name] = digest;
    }
    json::array ids;
    for (const auto& id : secrets.ids()) ids.push_back(json::value(id));
    const json::object manifest{
        {"keepline_backup", 1}, {"version", version},        {"made_at", base::iso(machine_clocks().wall())},
        {"secret", ids},        {"signing", signing->kid()}, {"subscribers", vault->file_id()},
        {"files", files}};
    return write_private_file(into / manifest_name, json::serialize(manifest) + "\n");
}

}  // namespace

result<backup_made> make_backup(const config& how, const std::string& folder, const std::string& keys) {
    const auto target = fs::absolute(folder).lexically_normal();
    if (is_there(target))
        return base::refuse(base::code::invalid, "`" + folder + "` exists already; choose a new name.");
    draft_folder draft{target.string() + ".partial-" + std::to_string(::getpid())};
    CHECK(make_private_folder(draft.path.parent_path()));
    // Of our making, not one that somebody laid there for us to write into.
    if (::mkdir(draft.path.c_str(), 0700) != 0)
        return base::refuse(base::code::unavailable,
                            "`" + draft.path.string() + "` cannot be made (" + std::strerror(errno) + ").");
    CHECK(fill_backup(how, draft.path, keys));
    CHECK(store::sync_directory_of((draft.path / manifest_name).string()));
    if (::rename(draft.path.c_str(), target.c_str()) != 0)
        return base::refuse(base::code::unavailable,
                            "`" + folder + "` cannot be written (" + std::strerror(errno) + ").");
    draft.finished = true;
    CHECK(store::sync_directory_of(target.string()));
    // A backup is one even where this cannot be noted (a full disk, say): the metric then shows the one before.
    if (auto notes = notebook_of(how))
        static_cast<void>((*notes)->write({{std::string(backup_note), base::iso(machine_clocks().wall())}}));
    return backup_made{target.string(), keys.empty() ? (target / keys_name).string() : keys};
}

// ------------------------------------------------------------------------------------------------ restore

namespace {

struct manifest {
    std::vector<std::string> secret;
    std::string signing;
    std::string subscribers;
};

std::string member_text(const json::object& of, std::string_view name) {
    const auto* found = of.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

result<manifest> read_manifest(const fs::path& folder) {
    TRY(text, read_file(folder / manifest_name, small_file_max));
    const auto parsed = base::parse_json(text);
    if (!parsed || !parsed->is_object() || !parsed->get_object().contains("keepline_backup"))
        return refuse((folder / manifest_name).string() + " is not the manifest of a backup.");
    const auto& all = parsed->get_object();
    manifest out{{}, member_text(all, "signing"), member_text(all, "subscribers")};
    if (const auto* ids = all.if_contains("secret"); ids != nullptr && ids->is_array())
        for (const auto& one : ids->get_array())
            if (one.is_string()) out.secret.emplace_back(one.get_string());
    if (out.secret.empty()) return refuse("The manifest names no secret.");
    const auto* files = all.if_contains("files");
    if (files == nullptr || !files->is_object() || !files->get_object().contains(journal_name))
        return refuse("The manifest names no journal.");
    for (const auto& one : files->get_object()) {
        const std::string name(one.key());
        if (name.find('/') != std::string::npos) return refuse("The manifest names a file outside its folder.");
        TRY(digest, sha256_of(folder / name));
        if (!one.value().is_string() || digest != std::string_view(one.value().get_string()))
            return base::refuse(base::code::journal_broken,
                                "`" + (folder / name).string() + "` is not as it was when the backup was made.");
    }
    return out;
}

/// The two secrets must lie where the configuration says, before anything else is touched.
result<void> check_secrets(const config& how, const manifest& of, const std::string& keys_file) {
    system_random random;
    for (const auto& [file, key] : {std::pair(how.keys.secret_file, "keys.secret_file"),
                                    std::pair(how.keys.master_key_file, "keys.master_key_file")})
        if (!is_there(file))
            return refuse("The backup needs " + std::string(key) + " (" + file +
                          "), which no backup holds: put it there first.");
    TRY(secrets, read_secrets(how.keys.secret_file));
    const auto ids = secrets.ids();
    if (std::ranges::find(ids, of.secret.front()) == ids.end())
        return refuse(how.keys.secret_file + " is not the secret of this backup (" + of.secret.front() +
                      "); put back the right file.");
    if (!is_there(keys_file))
        return refuse("The subscribers' keys are not at " + keys_file + "; name them with --keys.");
    return {};
}

std::string aside_name() { return ".replaced-" + std::to_string(machine_clocks().wall().ms); }

/// What a restore moves, so that one that fails half way leaves what was there. (One that is cut off leaves the files
/// under these names, and the start says so.)
class moves {
 public:
    explicit moves(restored& out) : out_(out) {}

    /// What is in the way is kept, not overwritten.
    result<void> aside(const std::string& file) {
        for (const char* part : {"", "-wal", "-shm"}) {
            if (!is_there(file + part)) continue;
            CHECK(rename(file + part, file + tail_ + part));
            if (*part == '\0') out_.moved_aside.push_back(file + tail_);
        }
        return {};
    }
    /// A file that all have closed is whole in itself: its log is gone.
    result<void> into_place(const std::string& from, const std::string& to) {
        std::error_code failure;
        if (fs::exists(from + "-wal", failure) && fs::file_size(from + "-wal", failure) > 0)
            return base::refuse(base::code::unavailable, from + " is in use by somebody else; do it again.");
        return rename(from, to);
    }
    /// Is all as it was before?
    bool undo() {
        bool whole = true;
        for (; !done_.empty(); done_.pop_back())
            whole = ::rename(done_.back().second.c_str(), done_.back().first.c_str()) == 0 && whole;
        out_.moved_aside.clear();
        return whole;
    }

 private:
    result<void> rename(const std::string& from, const std::string& to) {
        if (::rename(from.c_str(), to.c_str()) != 0)
            return base::refuse(base::code::unavailable, from + " cannot be moved (" + std::strerror(errno) + ").");
        done_.emplace_back(from, to);
        return store::sync_directory_of(to);
    }

    restored& out_;
    std::string tail_ = aside_name();
    std::vector<std::pair<std::string, std::string>> done_;
};

struct refunds_found {
    std::string text;
    bool is_to_be_written = false;
    bool knows_all = false;  // it surely knows of everything that was written
};

struct refund_text {
    std::string whole;  // to its last whole batch
    link::refund_log_read read;
    bool is_there = false;
};

result<refund_text> refund_text_in(const fs::path& file, const link::refund_mark& known) {
    const auto text = link::read_plain_file(file.string(), log_max);
    if (!text && text.error().what == base::code::not_found) return refund_text{};
    if (!text) return refuse(text.error().words);
    auto read = link::read_refund_log(*text, known);
    if (!read) return refuse(file.string() + ": " + read.error().words);
    return refund_text{text->substr(0, read->mark.octets), *read, true};
}

/// What the store that was here knew of its log. None where it is gone, or cannot be read.
link::refund_mark mark_of_the_store_here(const config& how) {
    if (!is_there(how.store.path)) return {};
    const auto note = store::sqlite_notebook::read_in(how.store.path, refund_log_note);
    return note ? refund_mark_of(*note).value_or(link::refund_mark{}) : link::refund_mark{};
}

/// The longer of the two, where one continues the other. A log that says nothing proves nothing: only one with batches,
/// that says all that the store here knew, knows of everything.
result<refunds_found> refund_log_for(const config& how, const restore_wanted& what) {
    const auto place = what.refund_log.empty() ? refund_log_of(how) : fs::path(what.refund_log);
    if (!what.refund_log.empty() && !is_there(place)) return refuse("There is no file " + place.string() + ".");
    TRY(backup, refund_text_in(fs::path(what.folder) / refunds_name, {}));
    TRY(here, refund_text_in(place, mark_of_the_store_here(how)));
    if (here.is_there && !here.whole.starts_with(backup.whole) && !backup.whole.starts_with(here.whole))
        return refuse(place.string() +
                      " does not continue the log of refunds in the backup: one of the two is of another store.");
    const bool longer = here.whole.size() >= backup.whole.size();
    refunds_found out;
    out.knows_all = longer && !here.whole.empty() && here.read.has_known;
    out.text = longer ? std::move(here.whole) : std::move(backup.whole);
    // What is there stays as it is, to its last byte, where it says as much.
    out.is_to_be_written = (!out.text.empty() || here.is_there) && (!longer || !what.refund_log.empty());
    return out;
}

/// A key that signs, out of the backup, where none survived and none was put back by hand.
result<void> restore_signer(const std::string& file, const fs::path& from, std::string_view about,
                            const store::sqlite_vault& vault) {
    if (is_there(file)) return {};
    TRY(sealed, read_file(from, small_file_max));
    auto pem = vault.open_with_master(about, base::view(sealed));
    if (!pem) return refuse("The key in " + from.string() + " does not open with this master key.");
    CHECK(make_private_folder(fs::path(file).parent_path()));
    auto written = write_private_file(file, *pem);
    base::wipe(pem->data(), pem->size());
    return written;
}

/// A copy of the keys from before an erasure would bring the person back.
result<std::int64_t> erase_again(port::journal& journal, store::sqlite_vault& vault) {
    std::vector<std::string> erased;
    port::stream_key key;
    CHECK(journal.scan(
        [&](const port::stream& one) {
            key = one.key;
            return true;
        },
        [&](const port::entry& one) {
            for (auto& owner : gone_after(key, one.events)) erased.push_back(std::move(owner));
            return true;
        }));
    for (const auto& one : erased) CHECK(vault.erase(one));
    return static_cast<std::int64_t>(erased.size());
}

/// Whatever the store that came back does not know of since its backup is held, not believed.
result<void> distrust(const config& at, store::sqlite_notebook& notes, bool refunds_are_known, restored& out) {
    const auto now = machine_clocks().wall();
    TRY(secrets, read_secrets(at.keys.secret_file));
    TRY(held, store::hold_all_tokens(at.store.path, now, secrets.seal_keys()));
    out.tokens_on_hold = held;
    out.refunds_on_hold = !refunds_are_known;
    std::vector<port::notebook::note> what{{std::string(restored_note), base::iso(now)}};
    // Not shorter than now, and not the length from before: the log that is there counts.
    what.emplace_back(std::string(refund_log_note), "");
    // Nor what somebody allowed, or noted for the next start, before: it was not about this restore.
    what.emplace_back(std::string(desk::stops_from_note), std::to_string(now.ms));
    what.emplace_back(std::string(desk::noted_stops_note), "");
    // (Anchors on another disk saw more than this store has: the first line after `restored_note` in each says why.)
    what.emplace_back(std::string(anchor_accept_note), "");
    // Whoever restores stands before the machine: its clock is believed, as far as it is ahead. (The budget of endings
    // holds all the same.)
    TRY(wall_text, notes.read(engine::clock_wall_note));
    const auto wall = wall_text ? engine::clock_note::parse(*wall_text) : std::nullopt;
    if (wall && wall->at < now)
        what.emplace_back(std::string(engine::clock_wall_note), engine::clock_note::of(machine_clocks()).text());
    if (!refunds_are_known) what.emplace_back(std::string(held_refunds_note), std::to_string(now.ms));
    return notes.write(what);
}

/// Makes the store sound where it lies (`at`), before a server may see it: held, its keys fit, the erased erased, every
/// entry verified.
result<void> make_sound(const config& at, const restore_wanted& what, bool refunds_are_known, restored& out) {
    TRY(notes, notebook_of(at));
    CHECK(distrust(at, *notes, refunds_are_known, out));
    TRY(journal, store::sqlite_journal::open(at.store.path, store::open_mode::read_only));
    // A backup from before stores were covered is taken as it is.
    TRY(vault, open_vault(at, *notes, *journal, what.in_place && was_covered(at)));
    if (!what.in_place) {
        const fs::path folder(what.folder);
        CHECK(restore_signer(at.keys.signing_key_file, folder / signing_name, "signing", *vault));
        if (is_there(folder / anchor_name))
            CHECK(restore_signer(at.keys.anchor_key_file, folder / anchor_name, "anchor", *vault));
    }
    TRY(signing, load_signing(at, *notes));
    CHECK(adopt_anchor_key(at, *notes));
    TRY(again, erase_again(*journal, *vault));
    out.erased_again = again;
    TRY(without, store::owners_without_key(at.keys.subscriber_keys_file, at.store.path));
    out.without_key = std::move(without);
    TRY(found, engine::verify(*journal));
    if (!found.first_mismatch.empty())
        return base::refuse(base::code::journal_broken, "The journal does not verify: " + found.first_mismatch);
    out.streams = found.streams;
    out.entries = found.entries;
    return {};
}

/// What was seen was the store before. A copy of the anchors on another disk goes on: a new row begins in it.
result<void> forget_what_was_seen(const config& how, moves& moved) {
    CHECK(moved.aside(seen_file(how)));
    return how.anchor.file.empty() ? result<void>() : moved.aside(how.anchor.file);
}

/// The files that a restore makes, until they are in their places.
struct staged_files {
    config at;  // where they are
    bool keep = false;
    explicit staged_files(const config& how) : at(how) { at.store.path = staged_store(how); }
    void stage_keys() { at.keys.subscriber_keys_file += ".restoring"; }
    void clear() const {
        std::error_code ignored;
        for (const auto& file : {at.store.path, at.keys.subscriber_keys_file})
            if (file.ends_with(".restoring"))
                for (const char* part : {"", "-wal", "-shm"}) fs::remove(file + part, ignored);
    }
    ~staged_files() {
        if (!keep) clear();
    }
};

/// The store goes first and comes last: in between no start finds one, whatever somebody takes away.
result<void> put_in_place(const config& how, const staged_files& staged, const refunds_found& refunds, moves& moved) {
    CHECK(moved.aside(how.store.path));
    if (refunds.is_to_be_written) {
        CHECK(make_private_folder(how.refund.folder));
        CHECK(moved.aside(refund_log_of(how).string()));
        CHECK(link::replace_file(refund_log_of(how).string(), refunds.text, 0640));
    }
    if (staged.at.keys.subscriber_keys_file != how.keys.subscriber_keys_file) {
        CHECK(moved.aside(how.keys.subscriber_keys_file));
        CHECK(moved.into_place(staged.at.keys.subscriber_keys_file, how.keys.subscriber_keys_file));
    }
    CHECK(forget_what_was_seen(how, moved));
    CHECK(moved.aside(covered_file(how)));
    return moved.into_place(staged.at.store.path, how.store.path);
}

result<void> restore_from_folder(const config& how, const restore_wanted& what, restored& out) {
    TRY(about, read_manifest(what.folder));
    if (is_there(how.store.path) && !what.replace)
        return base::refuse(base::code::invalid,
                            "There is a store at " + how.store.path + " already; with --replace it is moved aside.");
    // Keys that survived are newer than any copy: they know of every erasure.
    const auto keys_from = !what.keys.empty()                        ? what.keys
                           : is_there(how.keys.subscriber_keys_file) ? how.keys.subscriber_keys_file
                                                                     : (fs::path(what.folder) / keys_name).string();
    CHECK(check_secrets(how, about, keys_from));
    TRY(refunds, refund_log_for(how, what));
    staged_files staged(how);
    const bool keys_come = fs::path(keys_from) != fs::path(how.keys.subscriber_keys_file);
    if (keys_come) staged.stage_keys();
    staged.clear();
    CHECK(store::copy_file((fs::path(what.folder) / journal_name).string(), staged.at.store.path));
    if (keys_come) CHECK(store::copy_file(keys_from, staged.at.keys.subscriber_keys_file));
    CHECK(make_sound(staged.at, what, refunds.knows_all, out));
    // Those that are there stay: what no journal names is swept away later.
    CHECK(copy_documents((fs::path(what.folder) / documents_name).string(), documents_of(how)));
    moves moved(out);
    staged.keep = true;
    const auto done = put_in_place(how, staged, refunds, moved);
    if (!done) staged.keep = !moved.undo();
    return done;
}

}  // namespace

result<restored> restore_backup(const config& how, const restore_wanted& what) {
    restored out;
    CHECK(make_folders(how));
    TRY(lock, store::server_lock::take(how.store.path));
    if (what.in_place) {
        TRY(refunds, refund_text_in(refund_log_of(how), mark_of_the_store_here(how)));
        CHECK(make_sound(how, what, !refunds.whole.empty() && refunds.read.has_known, out));
        moves moved(out);
        CHECK(forget_what_was_seen(how, moved));
    } else {
        CHECK(restore_from_folder(how, what, out));
    }
    return out;
}

}  // namespace keepline::app
