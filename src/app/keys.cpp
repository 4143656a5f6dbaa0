#include "app/keys.hpp"

#include "app/files.hpp"
#include "engine/trusted_clock.hpp"
#include "port/noted_number.hpp"
#include "store/keys_check.hpp"
#include "store/server_lock.hpp"
#include "store/sqlite_tokens.hpp"

#include <algorithm>
#include <array>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::app {

namespace {

constexpr std::size_t max_secret_file_bytes = 4096;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t generations_max = 16;

std::string joined_words(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& one : words) out += (out.empty() ? "" : " ") + one;
    return out;
}

result<std::string> noted(port::notebook& notes, std::string_view name) {
    TRY(found, notes.read(name));
    return found.value_or("");
}

std::unexpected<base::error> wrong_secret(const std::string& file, const std::string& why) {
    return base::refuse(base::code::config_invalid, "The secret " + file + " " + why);
}

struct wiped_at_end {
    std::string& text;
    ~wiped_at_end() { base::wipe(text.data(), text.size()); }
};

result<port::secrets::generations> generations_in(const std::string& file, std::string text) {
    const wiped_at_end cleanup{text};
    port::secrets::generations out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto line = std::string_view(text).substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        at = end + 1;
        if (line.empty()) continue;
        auto raw = base::from_hex(line);
        if (!raw || raw->size() != secret_bytes || out.size() >= generations_max)
            return wrong_secret(file,
                                "must hold 64 hexadecimal digits per line, the newest generation first; restore it "
                                "from a backup (a new one would make every token useless).");
        out.emplace_back(base::byte_view(*raw));
        base::wipe(raw->data(), raw->size());
    }
    if (out.empty()) return wrong_secret(file, "is empty; restore it from a backup.");
    return out;
}

std::string text_of(const port::secrets::generations& all) {
    std::string out;
    for (const auto& one : all) out += base::hex(one.view()) + "\n";
    return out;
}

base::locked_bytes fresh_secret(port::random& random) {
    base::digest raw{};
    random.fill(raw);
    base::locked_bytes out{base::byte_view(raw)};
    base::wipe(raw.data(), raw.size());
    return out;
}

bool file_is_there(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

std::unexpected<base::error> secret_is_missing(const std::string& file) {
    return wrong_secret(file,
                        "is missing, but the store belongs to one: put it back. With a new one no token would "
                        "work, and nothing that was digested with it would be recognised.");
}

result<port::secrets::generations> read_generations(const std::string& file, port::random& random, bool may_make) {
    if (!may_make && !file_is_there(file)) return secret_is_missing(file);
    TRY(text, private_file(file, max_secret_file_bytes, [&] { return base::hex(fresh_secret(random).view()) + "\n"; }));
    return generations_in(file, std::move(text));
}

result<void> write_generations(const std::string& file, const port::secrets::generations& all) {
    auto text = text_of(all);
    const wiped_at_end cleanup{text};
    return replace_private_file(file, text);
}

/// The file must hold the generation that the store wrote with last; older ones may have been dropped.
result<void> fits_secret(const std::string& file, const std::string& known, const port::secrets& secrets) {
    const auto ids = secrets.ids();
    if (const auto wanted = words_in(known); !wanted.empty() && std::ranges::find(ids, wanted.front()) == ids.end())
        return wrong_secret(
            file, "is not the one that this store belongs to (" + wanted.front() + "); put back the right file.");
    return {};
}

result<void> bind_secret(const std::string& file, store::sqlite_notebook& notes, const port::secrets& secrets) {
    TRY(known, noted(notes, secret_note));
    CHECK(fits_secret(file, known, secrets));
    const auto now = joined_words(secrets.ids());
    if (known == now) return {};
    return notes.write({{std::string(secret_note), now}});
}

/// One of the two keys that sign: what it is called, where it lies, and the notes that name it.
struct signer {
    std::string_view what;  // `keepline keys rotate …`
    const std::string& file;
    std::string_view current, next, current_public, retired;
};
signer signer_of_certificates(const config& how) {
    return {"signing", how.keys.signing_key_file, signing_note, next_signing_note, public_note, retired_note};
}
signer signer_of_anchors(const config& how) {
    return {"anchor",         how.keys.anchor_key_file, anchor_key_note,
            next_anchor_note, anchor_public_note,       retired_anchor_note};
}

result<void> fits_signing(const signer& of, port::notebook& notes, const link::signing_key& key) {
    TRY(known, noted(notes, of.current));
    TRY(next, noted(notes, of.next));
    if (known.empty() || known == key.kid() || next == key.kid()) return {};
    return base::refuse(base::code::config_invalid,
                        "The key " + of.file + " is not the one that this store belongs to (" + known +
                            "); put back the right file, or exchange it with `keepline keys rotate " +
                            std::string(of.what) + "`.");
}

result<void> bind_signing(const signer& of, store::sqlite_notebook& notes, const link::signing_key& key) {
    CHECK(fits_signing(of, notes, key));
    TRY(known, noted(notes, of.current));
    if (known == key.kid()) return {};
    TRY(public_before, noted(notes, of.current_public));
    TRY(retired, noted(notes, of.retired));
    if (!public_before.empty() && !retired.contains(public_before))
        retired += (retired.empty() ? "" : " ") + public_before;
    return notes.write({{std::string(of.current), key.kid()},
                        {std::string(of.current_public), key.public_text()},
                        {std::string(of.retired), retired},
                        {std::string(of.next), ""}});
}

}  // namespace

std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        if (end > at) out.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

result<port::secrets> load_secrets(const config& how, store::sqlite_notebook& notes, port::random& random) {
    TRY(known, noted(notes, secret_note));
    TRY(in_use, notes.store_is_in_use());
    TRY(all, read_generations(how.keys.secret_file, random, known.empty() && !in_use));
    port::secrets out(std::move(all));
    notes.seal_with(out.seal_key());
    CHECK(bind_secret(how.keys.secret_file, notes, out));
    return out;
}

result<port::secrets> read_secrets(const std::string& file) {
    TRY(text, private_file(file, max_secret_file_bytes, [] { return std::string(); }));
    TRY(all, generations_in(file, std::move(text)));
    return port::secrets(std::move(all));
}

result<std::shared_ptr<link::signing_keys>> load_signing(const config& how, store::sqlite_notebook& notes) {
    TRY(known, noted(notes, signing_note));
    TRY(has_lines, notes.store_has_streams());
    TRY(key, link::signing_key::load(how.keys.signing_key_file, known.empty() && !has_lines));
    CHECK(bind_signing(signer_of_certificates(how), notes, *key));
    TRY(retired, noted(notes, retired_note));
    return std::make_shared<link::signing_keys>(std::move(key), words_in(retired));
}

namespace {

std::unexpected<base::error> anchor_key_is_missing(const std::string& file) {
    return base::refuse(base::code::config_invalid,
                        "The key of the anchors " + file +
                            " is missing, but the store belongs to one: put it back. Where it is lost, `keepline "
                            "keys rotate anchor` makes another, and what the lost one signed stays verifiable.");
}

std::unexpected<base::error> keys_are_missing(const std::string& file) {
    return base::refuse(base::code::config_invalid,
                        "The subscribers' keys " + file + " are missing beside a store in use; put the file back.");
}

}  // namespace

result<void> check_secret(const config& how, port::notebook& notes, const store::sqlite_notebook::use& use) {
    const auto& file = how.keys.secret_file;
    TRY(known, noted(notes, secret_note));
    if (!file_is_there(file)) {
        if (known.empty() && !use.any) return {};  // the first start makes it
        return secret_is_missing(file);
    }
    TRY(secrets, read_secrets(file));
    return fits_secret(file, known, secrets);
}

result<void> check_signing(const config& how, port::notebook& notes, const store::sqlite_notebook::use& use) {
    const auto of = signer_of_certificates(how);
    TRY(known, noted(notes, of.current));
    if (!file_is_there(of.file) && known.empty() && !use.streams) return {};
    TRY(key, link::signing_key::load(of.file, false));
    return fits_signing(of, notes, *key);
}

result<void> check_anchor_key(const config& how, port::notebook& notes) {
    const auto of = signer_of_anchors(how);
    TRY(known, noted(notes, of.current));
    if (!file_is_there(of.file)) {
        if (known.empty()) return {};
        return anchor_key_is_missing(of.file);
    }
    TRY(key, link::signing_key::load(of.file, false));
    return fits_signing(of, notes, *key);
}

result<void> check_vault(const config& how, port::notebook& notes, const store::sqlite_notebook::use& use) {
    const auto& file = how.keys.subscriber_keys_file;
    TRY(known, noted(notes, keys_file_note));
    if (known.empty() && use.streams && !file_is_there(file)) return keys_are_missing(file);
    return store::sqlite_vault::check(file, how.keys.master_key_file, known);
}

result<std::shared_ptr<link::signing_keys>> load_anchor_key(const config& how, store::sqlite_notebook& notes) {
    const auto of = signer_of_anchors(how);
    TRY(known, noted(notes, of.current));
    if (!known.empty() && !file_is_there(of.file)) return anchor_key_is_missing(of.file);
    TRY(key, link::signing_key::load(of.file, known.empty()));
    CHECK(bind_signing(of, notes, *key));
    TRY(retired, noted(notes, of.retired));
    return std::make_shared<link::signing_keys>(std::move(key), words_in(retired));
}

result<void> adopt_anchor_key(const config& how, store::sqlite_notebook& notes) {
    const auto of = signer_of_anchors(how);
    TRY(key, link::signing_key::load(of.file, true));
    CHECK(notes.write({{std::string(of.next), key->kid()}}));
    return bind_signing(of, notes, *key);
}

result<std::unique_ptr<store::sqlite_vault>> open_vault(const config& how, store::sqlite_notebook& notes,
                                                        port::journal& rows, bool covered) {
    TRY(known, noted(notes, keys_file_note));
    TRY(has_lines, notes.store_has_streams());
    if (known.empty() && has_lines && !file_is_there(how.keys.subscriber_keys_file))
        return keys_are_missing(how.keys.subscriber_keys_file);
    store::sqlite_vault::settings settings;
    settings.belongs_to = known;
    settings.covered_before = covered;
    TRY(vault, store::sqlite_vault::open(how.keys.subscriber_keys_file, how.keys.master_key_file, rows, settings));
    if (known.empty()) CHECK(notes.write({{std::string(keys_file_note), vault->file_id()}}));
    return vault;
}

std::string seen_file(const config& how) {
    return (std::filesystem::path(how.keys.secret_file).parent_path() / "store.seen").string();
}

result<store::seal_key> seal_key_of(const config& how) {
    std::error_code ignored;
    if (!std::filesystem::exists(how.keys.secret_file, ignored)) return store::seal_key();
    TRY(secrets, read_secrets(how.keys.secret_file));
    return store::seal_key(secrets.seal_key());
}

std::string covered_file(const config& how) {
    return (std::filesystem::path(how.keys.secret_file).parent_path() / "store.covered").string();
}

bool was_covered(const config& how) {
    std::error_code ignored;
    return std::filesystem::exists(covered_file(how), ignored);
}

result<void> note_covered(const config& how) {
    return replace_private_file(covered_file(how),
                                "This store is sealed and summed up. Without this file the next start would take it as "
                                "it is, and `keepline verify` could not tell what was changed before.\n");
}

std::string documents_of(const config& how) { return how.store.path + ".documents"; }

std::string staged_store(const config& how) { return how.store.path + ".restoring"; }

namespace {

bool has_bytes(const std::string& file) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file, failure);
    return !failure && size > 0;
}

/// What only a server that had a store leaves behind.
std::vector<std::string> left_of_a_store(const config& how) {
    std::vector<std::string> out;
    for (const auto& file : {seen_file(how), covered_file(how), how.anchor.file, how.anchor.copy,
                             (std::filesystem::path(how.refund.folder) / "written.log").string(),
                             how.keys.subscriber_keys_file + ".restoring"})
        if (has_bytes(file)) out.push_back(file);
    if (store::keys_in(how.keys.subscriber_keys_file) > 0) out.push_back(how.keys.subscriber_keys_file);
    return out;
}

}  // namespace

result<void> check_store_is_there(const config& how) {
    std::error_code ignored;
    if (const auto staged = staged_store(how); std::filesystem::exists(staged, ignored))
        return base::refuse(base::code::config_invalid,
                            "A restore into " + how.store.path + " was not finished (" + staged +
                                " is there): do it again, with the options of before. To keep what was there before it "
                                "instead, rename back whatever the restore laid aside (the store, the subscribers' "
                                "keys, store.seen, store.covered, the anchors, written.log: each beside its place as "
                                "NAME.replaced-NUMBER, of the smallest number since then), and only then remove that "
                                "file.");
    if (has_bytes(how.store.path)) {
        const auto note = store::sqlite_notebook::read_in(how.store.path, keys_file_note);
        if (!note || *note) return {};  // a server had it; and one that cannot be read is refused with better words
    }
    const auto left = left_of_a_store(how);
    if (left.empty()) return {};
    std::string named;
    for (const auto& one : left) named += (named.empty() ? "" : ", ") + one;
    return base::refuse(base::code::config_invalid,
                        "There is no store at " + how.store.path + ", but this is left of one: " + named +
                            ". Put the store back (is its disk mounted? do data_dir and store.path name the right "
                            "place?), or take a backup: `keepline restore DIR`. To begin anew, name another data_dir, "
                            "or move these files away.");
}

result<void> check_seen(const config& how, port::notebook& notes) {
    const auto text = read_file(seen_file(how), max_secret_file_bytes);
    if (!text) return {};  // the first start, or keys that were put back from elsewhere
    const auto seen = engine::clock_note::parse(*text);
    TRY(mark_text, noted(notes, engine::clock_mark_note));
    const auto mark = engine::clock_note::parse(mark_text);
    TRY(id, noted(notes, keys_file_note));
    if (!seen || seen->boot != id + "\n" || !mark || mark->at >= seen->at) return {};
    return base::refuse(
        base::code::config_invalid,
        "This store ends at " + base::iso(mark->at) + ", but it was seen at " + base::iso(seen->at) +
            ": it is a copy from before. With it, tokens that were revoked and refunds that were paid "
            "since would come to life again. Restore it with `keepline restore`; a copy that was put in "
            "place by hand: `keepline restore --in-place`.");
}

result<void> note_seen(const config& how, port::notebook& notes) {
    TRY(mark_text, noted(notes, engine::clock_mark_note));
    TRY(id, noted(notes, keys_file_note));
    const auto mark = engine::clock_note::parse(mark_text);
    if (!mark) return {};
    const auto now = engine::clock_note{mark->at, 0, id}.text() + "\n";
    if (const auto before = read_file(seen_file(how), max_secret_file_bytes); before && *before == now) return {};
    return replace_private_file(seen_file(how), now);
}

result<void> reload_keys(const config& how, store::sqlite_notebook& notes, port::random& random, port::secrets& secrets,
                         link::signing_keys& signing) {
    TRY(all, read_generations(how.keys.secret_file, random, false));
    TRY(key, link::signing_key::load(how.keys.signing_key_file, false));
    const port::secrets now(all);
    CHECK(bind_secret(how.keys.secret_file, notes, now));  // before anything is sealed with another store's
    CHECK(bind_signing(signer_of_certificates(how), notes, *key));
    TRY(retired, noted(notes, retired_note));
    notes.seal_with(now.seal_key());
    secrets.replace(std::move(all));
    signing.replace(std::move(key), words_in(retired));
    return {};
}

result<std::string> rotate_signing(const config& how, store::sqlite_notebook& notes, const told_first& tell) {
    TRY(sound, load_signing(how, notes));  // it is the store's, and noted
    TRY(made,
        link::signing_key::make_over(how.keys.signing_key_file, [&](const link::signing_key& key) -> result<void> {
            if (tell) CHECK(tell("rotate signing " + key.kid()));
            return notes.write({{std::string(next_signing_note), key.kid()}});
        }));
    CHECK(bind_signing(signer_of_certificates(how), notes, *made));
    return made->kid();
}

result<std::string> rotate_anchor_key(const config& how, store::sqlite_notebook& notes, const told_first& tell) {
    const auto of = signer_of_anchors(how);
    std::error_code ignored;
    if (std::filesystem::exists(of.file, ignored)) CHECK(load_anchor_key(how, notes));  // it is the store's, and noted
    TRY(made, link::signing_key::make_over(of.file, [&](const link::signing_key& key) -> result<void> {
            if (tell) CHECK(tell("rotate anchor " + key.kid()));
            return notes.write({{std::string(of.next), key.kid()}});
        }));
    CHECK(bind_signing(of, notes, *made));
    return made->kid();
}

result<std::string> rotate_secret(const config& how, store::sqlite_notebook& notes, port::random& random,
                                  const told_first& tell) {
    TRY(sound, load_secrets(how, notes, random));
    TRY(all, read_generations(how.keys.secret_file, random, false));
    if (all.size() >= generations_max)
        return base::refuse(base::code::invalid, "There are 16 generations; `keepline keys forget secret` first.");
    all.insert(all.begin(), fresh_secret(random));
    if (tell) CHECK(tell("rotate secret " + port::secrets(all).ids().front()));
    CHECK(write_generations(how.keys.secret_file, all));
    const port::secrets now(std::move(all));
    notes.seal_with(now.seal_key());
    CHECK(bind_secret(how.keys.secret_file, notes, now));
    return now.ids().front();
}

result<void> seal_anew(const config& how, store::sqlite_notebook& notes, const std::string& newest,
                       const store::seal_keys& keys, base::instant now) {
    TRY(known, noted(notes, sealed_note));
    if (known == newest) return {};
    CHECK(store::renew_seals_in(how.store.path, keys));
    return notes.write({{std::string(sealed_note), newest}, {std::string(secret_since_note), std::to_string(now.ms)}});
}

namespace {

/// Tokens that open something and were made before the newest generation was in use: their digests may be of an older
/// one.
result<std::int64_t> older_tokens(const config& how, store::sqlite_notebook& notes, base::instant now) {
    TRY(since, port::noted_number(notes, secret_since_note));
    TRY(tokens, store::sqlite_tokens::open(how.store.path));
    TRY(all, tokens->all());
    return std::ranges::count_if(all, [&](const port::token_record& one) {
        const bool in_force = (!one.revoked_at || one.on_hold) && (!one.expires_at || now < *one.expires_at);
        return in_force && (since == 0 || one.created_at.ms <= since);
    });
}

std::unexpected<base::error> still_in_force(std::int64_t older, bool alone, bool even_so) {
    const auto words = std::to_string(older) + " tokens in force may be of an older generation and would open nothing";
    if (even_so && !alone)
        return base::refuse(base::code::blocked,
                            words +
                                ". Stop the server: with --even-so that is done by whoever has the machine, and the "
                                "next start tells every administrator.",
                            {{"tokens", std::to_string(older)}});
    return base::refuse(base::code::blocked,
                        words +
                            ": issue new ones in their place and revoke these first (keepline token list), or wait "
                            "until they expire; with a server that stands also: --even-so.",
                        {{"tokens", std::to_string(older)}});
}

}  // namespace

result<std::size_t> forget_old_secrets(const config& how, store::sqlite_notebook& notes, port::random& random,
                                       base::instant now, bool even_so, const told_first& tell) {
    TRY(sound, load_secrets(how, notes, random));
    TRY(sealed, noted(notes, sealed_note));
    const auto lock = store::server_lock::take(how.store.path);
    const bool alone = lock.has_value();
    if (const auto newest = sound.ids().front(); sealed != newest) {
        if (!alone)
            return base::refuse(base::code::unavailable,
                                "The running server does not know the newest generation yet: send it a SIGHUP "
                                "(kill -HUP), and try again. (" +
                                    lock.error().words + ")");
        CHECK(seal_anew(how, notes, newest, sound.seal_keys(), now));
    }
    TRY(all, read_generations(how.keys.secret_file, random, false));
    const auto gone = all.size() - 1;
    if (gone == 0) return gone;
    TRY(older, older_tokens(how, notes, now));
    if (older > 0 && !(even_so && alone)) return still_in_force(older, alone, even_so);
    if (tell) CHECK(tell("forget secret " + std::to_string(gone) + (even_so ? " even so" : "")));
    all.erase(all.begin() + 1, all.end());
    CHECK(write_generations(how.keys.secret_file, all));
    CHECK(bind_secret(how.keys.secret_file, notes, port::secrets(std::move(all))));
    return gone;
}

namespace {

/// What root makes in a folder of the service's user, that user cannot read: the next start would fail, or a store
/// would lie there with keys that nobody may open.
result<void> check_owner(const std::filesystem::path& folder) {
    if (::geteuid() != 0) return {};
    struct stat about{};
    for (auto at = std::filesystem::absolute(folder); !at.empty(); at = at.parent_path()) {
        if (::stat(at.c_str(), &about) == 0) break;
        if (at == at.parent_path()) return {};
    }
    if (about.st_uid == 0) return {};
    std::array<char, 4096> room{};
    passwd found{};
    passwd* known = nullptr;
    ::getpwuid_r(about.st_uid, &found, room.data(), room.size(), &known);
    const auto owner = known == nullptr ? "#" + std::to_string(about.st_uid) : std::string(known->pw_name);
    return base::refuse(base::code::config_invalid, "`" + folder.string() + "` belongs to the user " + owner +
                                                        ", and what root makes there they could not read: run it as "
                                                        "them (sudo -u " +
                                                        owner + " keepline …).");
}

}  // namespace

result<void> make_folders(const config& how) {
    CHECK(check_owner(how.data_dir));
    CHECK(make_private_folder(how.data_dir));
    for (const auto& file : {how.store.path, how.keys.master_key_file, how.keys.signing_key_file, how.keys.secret_file,
                             how.keys.subscriber_keys_file})
        CHECK(make_private_folder(std::filesystem::path(file).parent_path()));
    return {};
}

std::vector<std::string> readable_by_others(const config& how) {
    std::vector<std::string> out;
    const auto look = [&](const std::string& file, const std::string& key) {
        if (others_may_read(file)) out.push_back(key + ": " + file + " can be read by everybody; chmod 600 " + file);
    };
    const auto look_into = [&](const std::string& place, const std::string& key) {
        if (others_may_write(place))
            out.push_back(key + ": " + place + " can be changed by everybody; chmod o-w " + place);
    };
    look(how.store.path, "store.path");
    look(how.keys.subscriber_keys_file, "keys.subscriber_keys_file");
    look_into(how.data_dir, "data_dir");
    for (const auto& [file, key] :
         {std::pair(how.store.path, "store.path"), std::pair(how.keys.secret_file, "keys.secret_file"),
          std::pair(how.keys.master_key_file, "keys.master_key_file"),
          std::pair(how.keys.subscriber_keys_file, "keys.subscriber_keys_file")})
        if (const auto folder = std::filesystem::path(file).parent_path().string(); folder != how.data_dir)
            look_into(folder, key);
    config copy = how;
    std::string secrets;
    const auto note_secrets = [&](const std::vector<config_key>& keys) {
        for (const auto& key : keys)
            if (key.secret && !std::get<std::string*>(key.into)->empty())
                secrets += (secrets.empty() ? "" : ", ") + key.full_name();
    };
    note_secrets(keys_of(copy));
    for_each_list(copy, [&](std::string_view, auto& list) {
        for (auto& one : list) note_secrets(keys_of(one));
    });
    if (!secrets.empty()) look(how.file, secrets);
    look(how.http.tls_key, "http.tls_key");
    for (const auto& one : how.es2) look(one.tls_key, "es2.tls_key");
    for (const auto& one : how.smds) look(one.key, "sm_ds.key");
    for (const auto& one : how.operators) look(one.progress_key, "operator.progress_key");
    for (const auto& one : how.smdp) {
        for (const auto& folder : one.certificates) {
            std::error_code ignored;
            for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
                const auto name = entry.path().filename().string();
                if (name.ends_with(".key") || name.ends_with(".key.pem") || name.ends_with(".key.der"))
                    look(entry.path().string(), "smdp.certificates");
            }
        }
    }
    return out;
}

}  // namespace keepline::app
