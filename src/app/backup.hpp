// A backup as one folder, and the store made again from it. In the folder is everything that a new machine needs but
// the two secrets that it names: the master key (keys.master_key_file) and the instance's secret (keys.secret_file).
//
//   manifest.json       what belongs to what: names of the keys, SHA-256 of each file
//   journal.db          journal and sealed personal data
//   subscribers.sqlite  the subscribers' keys, wrapped with the master key
//   signing.sealed      the key that signs certificates, sealed with the master key
//   anchor.sealed       the key that signs anchors, the same way
//   refunds.log         which refunds had been written
//   documents/          what people handed in, sealed with their keys; the journal names each with its digest
//
// A restore makes the store ready beside its place (`….restoring`), with everything that came back on hold and checked
// to its last entry, and moves it into its place last: one that fails, or is cut off, leaves what was there, or a start
// that is refused until it is done again.
//
// A backup runs beside a server; a restore runs without one and holds the store's lock. One thread.
#pragma once

#include "app/config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::app {

struct backup_made {
    std::string folder;
    std::string keys;  // where the subscribers' keys are
};
/// Notes in the store that it was made. `folder` must not exist. `keys`: where the subscribers' keys go instead of into
/// the folder; empty: into it.
result<backup_made> make_backup(const config& how, const std::string& folder, const std::string& keys);

struct restore_wanted {
    std::string folder;      // of the backup; empty with `in_place`
    std::string keys;        // the subscribers' keys, when they are not in the folder
    std::string refund_log;  // a copy of written.log that is newer than the backup's
    bool replace = false;    // a store that is there is moved aside
    bool in_place = false;   // the store was put there by hand: only what a restore does with it
};
/// In the notebook: when a whole backup was made last; for the metric.
inline constexpr std::string_view backup_note = "backup.at";
/// In the notebook: when the store was restored last.
inline constexpr std::string_view restored_note = "restored.at";

struct restored {
    std::int64_t streams = 0;
    std::int64_t entries = 0;
    std::int64_t tokens_on_hold = 0;
    std::int64_t erased_again = 0;
    std::vector<std::string> without_key;  // who has personal data here that no key opens, and was not erased
    bool refunds_on_hold = false;
    std::vector<std::string> moved_aside;
};
/// Refused with words when a secret is missing or is not the one of the backup, before anything is changed.
result<restored> restore_backup(const config& how, const restore_wanted& what);

}  // namespace keepline::app
