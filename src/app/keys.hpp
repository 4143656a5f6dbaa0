// The installation's keys, and that a store knows which ones it belongs to: their names (never they themselves) are in
// its notebook. A store in use never gets new keys beside it because a file is missing: that is refused with words.
//
//   secret.key        one line of 64 hexadecimal digits per generation, the newest first (port/secrets.hpp)
//   signing.pem       signs certificates; the public halves of those before it are in the notebook
//   anchor.pem        signs anchors (app/anchor.hpp); the same, and its old public halves stay in the files' .jwks
//   master.key        wraps the subscribers' keys; store/sqlite_vault.hpp
//
// One thread, at start and at a reload.
#pragma once

#include "app/config.hpp"
#include "link/jws.hpp"
#include "port/random.hpp"
#include "port/secrets.hpp"
#include "store/seals.hpp"
#include "store/sqlite_notebook.hpp"
#include "store/sqlite_vault.hpp"

#include <functional>

namespace keepline::app {

/// The notes that name the keys.
inline constexpr std::string_view secret_note = "key.secret";              // ids of its generations, the newest first
inline constexpr std::string_view signing_note = "key.signing";            // kid
inline constexpr std::string_view next_signing_note = "key.signing.next";  // kid of a rotation that is under way
inline constexpr std::string_view public_note = "key.signing.public";      // its public half
inline constexpr std::string_view retired_note = "key.signing.retired";    // public halves of those before, by spaces
inline constexpr std::string_view anchor_key_note = "key.anchor";          // the same of the key of the anchors
inline constexpr std::string_view next_anchor_note = "key.anchor.next";
inline constexpr std::string_view anchor_public_note = "key.anchor.public";
inline constexpr std::string_view retired_anchor_note = "key.anchor.retired";
inline constexpr std::string_view keys_file_note = "key.subscribers";  // id of subscribers.sqlite

/// code::config_invalid when the file is missing though the store has one, others may read it, it is no secret of ours
/// or not the one of this store. Makes one for a store that is new.
result<port::secrets> load_secrets(const config& how, store::sqlite_notebook& notes, port::random& random);
/// The file as it is, whatever store it belongs to.
result<port::secrets> read_secrets(const std::string& file);
/// The same for the key that signs, with those before it.
result<std::shared_ptr<link::signing_keys>> load_signing(const config& how, store::sqlite_notebook& notes);

/// And for the key of the anchors.
result<std::shared_ptr<link::signing_keys>> load_anchor_key(const config& how, store::sqlite_notebook& notes);

/// The same where the store is to belong to the key that is there, or to a new one: in a restore.
result<void> adopt_anchor_key(const config& how, store::sqlite_notebook& notes);

/// What load_secrets, load_signing and load_anchor_key would refuse, found by looking: nothing is made or noted.
/// `notes` and `use` are the store's.
result<void> check_secret(const config& how, port::notebook& notes, const store::sqlite_notebook::use& use);
result<void> check_signing(const config& how, port::notebook& notes, const store::sqlite_notebook::use& use);
result<void> check_anchor_key(const config& how, port::notebook& notes);
/// The same of open_vault.
result<void> check_vault(const config& how, port::notebook& notes, const store::sqlite_notebook::use& use);

/// The newest generation that is in the secret's file; none while there is no file: nothing is made by looking.
result<store::seal_key> seal_key_of(const config& how);

/// Beside the keys, in `store.covered`, stands that the store was sealed and summed up once (store/seals.hpp). Where it
/// does, what is not covered was uncovered by somebody, and `keepline verify` says so; else it is covered as it is.
bool was_covered(const config& how);
result<void> note_covered(const config& how);
std::string covered_file(const config& how);

/// Which generation of the secret everything is sealed with (store/seals.hpp). The server notes it.
inline constexpr std::string_view sealed_note = "key.sealed";
/// After a newer generation came, what the ones before sealed is sealed anew; `keys` are the newest's and all that are
/// still recognised.
result<void> seal_anew(const config& how, store::sqlite_notebook& notes, const std::string& newest,
                       const store::seal_keys& keys, base::instant now);

/// Reads both again into what is in use: after `keepline keys rotate`.
result<void> reload_keys(const config& how, store::sqlite_notebook& notes, port::random& random, port::secrets& secrets,
                         link::signing_keys& signing);

/// The subscribers' keys; the store notes the file it belongs to. `covered`: was_covered().
result<std::unique_ptr<store::sqlite_vault>> open_vault(const config& how, store::sqlite_notebook& notes,
                                                        port::journal& rows, bool covered);

/// A store that is gone (deleted, not mounted, named wrongly) is not begun anew while something of it is left: with an
/// empty one nobody's lines would be known, and what was paid could be paid again. Nor is one begun upon that a restore
/// did not finish. code::config_invalid, with what is left. Before the store is opened.
result<void> check_store_is_there(const config& how);
/// Where a restore makes the store, until it takes its place.
std::string staged_store(const config& how);
/// Where the documents of this store are: beside it, under its name.
std::string documents_of(const config& how);

/// Beside the keys, in `store.seen`, stands how far the store has come. A store that is behind it is a copy from
/// before, put back by hand: with it revoked tokens and paid refunds would come to life again. code::config_invalid.
result<void> check_seen(const config& how, port::notebook& notes);
result<void> note_seen(const config& how, port::notebook& notes);
std::string seen_file(const config& how);

/// Says what is about to be done, before it is; refused: nothing is done. May be empty.
using told_first = std::function<result<void>(const std::string& what)>;

/// A new key takes the place of the one before, beside a running server; it knows at the next reload. The new name.
result<std::string> rotate_signing(const config& how, store::sqlite_notebook& notes, const told_first& tell = {});
/// The server must be stopped. Also where the one before is lost.
result<std::string> rotate_anchor_key(const config& how, store::sqlite_notebook& notes, const told_first& tell = {});
result<std::string> rotate_secret(const config& how, store::sqlite_notebook& notes, port::random& random,
                                  const told_first& tell = {});
/// Only the newest generation stays: what older ones made is no longer recognised. How many went. code::unavailable
/// while a server runs that does not know the newest yet; code::blocked while tokens are in force that may be of an
/// older one, with how many (`even_so`: with a server that stands they are given up).
result<std::size_t> forget_old_secrets(const config& how, store::sqlite_notebook& notes, port::random& random,
                                       base::instant now, bool even_so, const told_first& tell = {});
/// Since when the newest generation is in use, by a server or with this command: ms since 1970.
inline constexpr std::string_view secret_since_note = "key.secret.since";

/// Makes the folders that the data and the keys go into, each for its owner only.
result<void> make_folders(const config& how);

/// In words: files with keys or passwords that others may read, though they need not (TLS keys, the configuration).
std::vector<std::string> readable_by_others(const config& how);

std::vector<std::string> words_in(std::string_view text);

}  // namespace keepline::app
