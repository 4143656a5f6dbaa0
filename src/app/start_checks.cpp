#include "app/start_checks.hpp"

#include "app/anchor_keeper.hpp"
#include "app/backup.hpp"
#include "app/keys.hpp"
#include "app/peers.hpp"
#include "app/policies_in_use.hpp"
#include "app/refund_gate.hpp"
#include "app/rules.hpp"
#include "app/smdp_site.hpp"
#include "domain/calendar_reach.hpp"
#include "http/server.hpp"
#include "store/keys_check.hpp"
#include "store/migrations.hpp"
#include "store/server_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace keepline::app {

namespace {

namespace fs = std::filesystem;

using base::code;
using base::refuse;

/// The notes of a store that is there; of one from before the notebook, and of none, there are none.
class read_notes final : public port::notebook {
 public:
    explicit read_notes(std::string path) : path_(std::move(path)) {}
    result<std::optional<std::string>> read(std::string_view name) override {
        std::error_code ignored;
        if (!fs::exists(path_, ignored)) return std::nullopt;
        auto found = store::sqlite_notebook::read_in(path_, name);
        return found ? std::move(*found) : std::nullopt;
    }
    result<void> write(const std::vector<note>&) override { return only_read(); }
    result<bool> exchange(const std::string&, const std::string&, const std::string&) override { return only_read(); }

 private:
    static std::unexpected<base::error> only_read() { return refuse(code::internal, "These notes are only read."); }
    std::string path_;
};

/// What the checks find out for one another.
struct start_look {
    const config& how;
    base::instant now;
    start_outlook& out;
    read_notes notes;
    store::sqlite_notebook::use use;  // of the store, as far as it can be read
    bool is_current = false;          // a store is there, and of the form that this program reads
    std::shared_ptr<const domain::rule_book> rules;
    std::vector<std::pair<std::string, http::server_settings>> listeners;  // by what the configuration calls them
};

// -- where things are written

/// Why nothing can be made below this folder; empty: it can, or it is there.
std::string no_folder_at(const fs::path& folder) {
    std::error_code ignored;
    auto at = fs::absolute(folder.empty() ? fs::path(".") : folder, ignored).lexically_normal();
    while (!fs::exists(at, ignored) && at != at.parent_path()) at = at.parent_path();
    if (!fs::is_directory(at, ignored)) return at.string() + " is no folder";
    if (::faccessat(AT_FDCWD, at.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
    return at.string() + ": " + std::strerror(errno);
}

result<void> check_log_file(start_look& at) {
    const auto& file = at.how.log.file;
    if (file.empty()) return {};
    std::string why;
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        why = no_folder_at(fs::path(file).parent_path());
    } else {
        const int open = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
        if (open < 0)
            why = std::strerror(errno);
        else
            ::close(open);
    }
    if (why.empty()) return {};
    return refuse(code::config_invalid, "log.file: " + file + " cannot be written: " + why + ".",
                  {{"field", "log.file"}});
}

result<void> check_folders(start_look& at) {
    const auto& how = at.how;
    for (const auto& folder :
         {fs::path(how.data_dir), fs::path(how.store.path).parent_path(),
          fs::path(how.keys.master_key_file).parent_path(), fs::path(how.keys.signing_key_file).parent_path(),
          fs::path(how.keys.secret_file).parent_path(), fs::path(how.keys.subscriber_keys_file).parent_path()}) {
        const auto why = no_folder_at(folder);
        if (!why.empty())
            return refuse(code::unavailable,
                          "The folder " + folder.string() + " cannot be made or written to: " + why + ".");
    }
    return {};
}

// -- what the configuration names

result<void> check_rules(start_look& at) {
    TRY(rules, load_rules({at.how.policies.dir, at.how.policies.own}, {at.how.calendars.dir, at.how.calendars.own}));
    at.rules = std::move(rules);
    for (const auto& one : domain::calendar_reaches(*at.rules, at.now))
        if (one.ends_soon()) at.out.warnings.push_back(one.warning());
    return {};
}

result<void> check_peers(start_look& at) { return peers::check(at.how); }

result<void> check_smdp(start_look& at) {
    TRY(smdp, load_smdp(at.how, at.now));
    for (std::size_t i = 0; i < at.how.smdp.size(); ++i) {
        if (!smdp.doors[i]) continue;  // it does not listen, and stops nobody
        http::server_settings door;
        door.listen = at.how.smdp[i].listen;
        door.tls_chain_pem = smdp.doors[i]->chain_pem;
        door.tls_key_pem = smdp.doors[i]->key_pem;
        at.listeners.emplace_back("[[smdp]] " + at.how.smdp[i].name, std::move(door));
    }
    at.out.warnings.insert(at.out.warnings.end(), smdp.warnings.begin(), smdp.warnings.end());
    at.out.expired = std::move(smdp.expired);
    return {};
}

/// Those of the SM-DP+ are there already.
void collect_listeners(start_look& at) {
    if (!at.how.metrics.listen.empty()) {
        http::server_settings watch;
        watch.listen = at.how.metrics.listen;
        at.listeners.emplace_back("[metrics]", std::move(watch));
    }
    if (!at.how.portal.listen.empty()) {
        http::server_settings door;
        door.listen = at.how.portal.listen;
        door.tls_cert = at.how.portal.tls_cert;
        door.tls_key = at.how.portal.tls_key;
        at.listeners.emplace_back("[portal]", std::move(door));
    }
    for (const auto& one : at.how.es2) {
        http::server_settings door;
        door.listen = one.listen;
        door.tls_cert = one.tls_cert;
        door.tls_key = one.tls_key;
        door.client_ca = one.client_ca;
        at.listeners.emplace_back("[[es2]] " + one.listen, std::move(door));
    }
    http::server_settings api;
    api.listen = at.how.http.listen;
    api.tls_cert = at.how.http.tls_cert;
    api.tls_key = at.how.http.tls_key;
    at.listeners.emplace_back("[http]", std::move(api));
}

/// Whether both cannot listen at once. Port 0 is any that is free.
bool are_one_door(const std::string& a, const std::string& b) {
    const auto host = [](const std::string& of) { return of.substr(0, of.rfind(':')); };
    const auto port = [](const std::string& of) { return of.substr(std::min(of.rfind(':'), of.size())); };
    const auto every = [&](const std::string& of) { return host(of) == "0.0.0.0" || host(of) == "[::]"; };
    if (port(a) != port(b) || port(a).find_first_not_of(":0") == std::string::npos) return false;
    return host(a) == host(b) || every(a) || every(b);
}

result<void> check_listeners(start_look& at) {
    collect_listeners(at);
    for (std::size_t i = 0; i < at.listeners.size(); ++i) {
        const auto& [name, door] = at.listeners[i];
        if (auto fits = http::server::check(door); !fits) {
            auto failure = std::move(fits).error();
            failure.words = name + ": " + failure.words;
            return std::unexpected(std::move(failure));
        }
        for (std::size_t k = 0; k < i; ++k)
            if (are_one_door(at.listeners[k].second.listen, door.listen))
                return refuse(code::unavailable, name + " and " + at.listeners[k].first +
                                                     " listen on one address and port, " + door.listen +
                                                     ": give each its own.");
    }
    return {};
}

// -- the store, and what it belongs to

result<void> check_place(start_look& at) { return store::server_lock::check_place(at.how.store.path); }

result<void> check_store(start_look& at) {
    CHECK(check_store_is_there(at.how));
    std::error_code failure;
    if (const auto size = fs::file_size(at.how.store.path, failure); failure || size == 0) return {};
    TRY(version, store::version_in(at.how.store.path, store::store_schema()));
    at.is_current = version == store::store_schema().newest();
    if (!at.is_current) return {};  // the start brings it forward first
    TRY(use, store::sqlite_notebook::use_in(at.how.store.path));
    at.use = use;
    return {};
}

result<void> check_seen_mark(start_look& at) { return check_seen(at.how, at.notes); }
result<void> check_secret_file(start_look& at) { return check_secret(at.how, at.notes, at.use); }
result<void> check_signing_key(start_look& at) { return check_signing(at.how, at.notes, at.use); }
result<void> check_keys_file(start_look& at) { return check_vault(at.how, at.notes, at.use); }
result<void> check_key_of_anchors(start_look& at) { return check_anchor_key(at.how, at.notes); }

result<void> check_policies_in_use(start_look& at) {
    if (!at.is_current || !at.rules) return {};
    return check_against_store(at.how, at.rules->policies);
}

result<void> check_refunds(start_look& at) {
    if (at.how.refund.debtor_account.empty()) return {};
    return check_refund_log(at.how.refund.folder, at.notes);
}

result<void> hold_to_anchors(start_look& at) {
    TRY(retired, at.notes.read(retired_anchor_note));
    TRY(restored, at.notes.read(restored_note));
    TRY(accept, at.notes.read(anchor_accept_note));
    auto key = link::signing_key::load(at.how.keys.anchor_key_file, false);
    if (!key) return {};  // that is said by its own check
    const auto jwks = link::signing_keys(std::move(*key), words_in(retired.value_or(""))).jwks();
    TRY(journal, store::sqlite_journal::open(at.how.store.path, store::open_mode::read_only));
    TRY(now, journal->summary());
    TRY(of_keys, store::keys_summary_of(at.how.keys.subscriber_keys_file));
    now.tables.insert(now.tables.end(), of_keys.begin(), of_keys.end());
    return check_misfit(misfit_of(at.how.anchor, jwks, now, restored.value_or("")), accept);
}

result<void> check_anchors(start_look& at) {
    std::error_code ignored;
    // A key that is missing is said by its own check.
    if (!at.is_current || !fs::exists(at.how.keys.anchor_key_file, ignored) ||
        !fs::exists(at.how.keys.subscriber_keys_file, ignored))
        return {};
    // A server that runs may have written a line after we looked at the store: then a second look has it.
    if (hold_to_anchors(at)) return {};
    return hold_to_anchors(at);
}

// -- the list

struct start_check {
    result<void> (*of)(start_look&);
    bool start_does_it = false;  // with what it has opened
};
constexpr std::array the_list{
    start_check{check_log_file},        start_check{check_folders},        start_check{check_rules},
    start_check{check_place},           start_check{check_store},          start_check{check_seen_mark},
    start_check{check_secret_file},     start_check{check_signing_key},    start_check{check_keys_file},
    start_check{check_policies_in_use}, start_check{check_key_of_anchors}, start_check{check_anchors, true},
    start_check{check_refunds},         start_check{check_peers},          start_check{check_smdp},
    start_check{check_listeners},
};

start_outlook walk_list(const config& how, base::instant now, bool by_the_start) {
    start_outlook out;
    start_look at{how, now, out, read_notes(how.store.path), {}, false, nullptr, {}};
    for (const auto& one : the_list) {
        if (by_the_start && one.start_does_it) continue;
        if (auto fits = one.of(at); !fits) out.stops.push_back(std::move(fits).error());
    }
    return out;
}

}  // namespace

base::error start_outlook::why() const {
    auto out = stops.front();
    for (std::size_t i = 1; i < stops.size(); ++i) out.data.push_back({"also", stops[i].words});
    return out;
}

start_outlook look_at_start(const config& how, base::instant now) { return walk_list(how, now, false); }

base::result<void> check_start(const config& how, base::instant now) {
    auto found = walk_list(how, now, true);
    // What cannot be had this moment, because the disk is full for one, the start may wait for, or says itself.
    std::erase_if(found.stops, [](const base::error& one) {
        return one.what == code::unavailable || one.what == code::storage_full;
    });
    if (found.stops.empty()) return {};
    return std::unexpected(found.why());
}

}  // namespace keepline::app
