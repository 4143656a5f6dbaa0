// What the desk stands on: the engine, the vaults, clocks and randomness, and what the composition root adds. Values
// and pointers only; whoever makes them keeps them alive.
#pragma once

#include "base/json.hpp"
#include "desk/courier.hpp"
#include "desk/files_gone.hpp"
#include "desk/fresh_proof.hpp"
#include "desk/token_register.hpp"
#include "engine/front.hpp"
#include "port/callable_phones.hpp"
#include "port/clock.hpp"
#include "port/documents.hpp"
#include "port/identity_provider.hpp"
#include "port/log.hpp"
#include "port/number_ranges.hpp"
#include "port/random.hpp"
#include "port/sandbox.hpp"
#include "port/secrets.hpp"
#include "port/tail.hpp"
#include "port/tokens.hpp"
#include "port/vault.hpp"
#include "text/book.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keepline::desk {

/// A peer that its connector knows to be in trouble.
struct peer_trouble {
    std::string name;
    std::string trouble;
    bool operator==(const peer_trouble&) const = default;
};
BOOST_DESCRIBE_STRUCT(peer_trouble, (), (name, trouble))

/// What a part of the program counts, for metrics. Names and words live as long as the program.
struct counted_thing {
    std::string_view name;  // as Prometheus knows it
    std::string_view help;
    std::uint64_t value = 0;
    bool ever = true;  // it only grows; else it is how many there are now
};

/// What became of a CSV of lines. `rejects`: the rows that were not taken, in the file's own form with a column
/// `reason`, to be mended and sent again.
struct rejected_file_row {
    std::int64_t line = 0;
    std::string code;
    std::string reason;
    bool operator==(const rejected_file_row&) const = default;
};
BOOST_DESCRIBE_STRUCT(rejected_file_row, (), (line, code, reason))
struct imported_file {
    std::int64_t rows = 0;
    std::int64_t added = 0;
    std::int64_t known = 0;
    std::int64_t changed = 0;
    std::int64_t rejected = 0;
    std::vector<rejected_file_row> rejected_rows{};
    std::optional<std::string> rejects{};
    bool operator==(const imported_file&) const = default;
};
BOOST_DESCRIBE_STRUCT(imported_file, (), (rows, added, known, changed, rejected, rejected_rows, rejects))
struct file_to_import {
    domain::actor who;
    domain::channel through = domain::channel::staff;
    std::string run;  // the same for the same request
    std::string csv;
    bool update = false;
};

/// Whose numbers and addresses are taken ([messages]); see registration.cpp and order_routes.cpp.
struct numbering {
    port::number_ranges ranges{};
    int vouched_a_day = 20;  // new subscribers that one address is vouched for
    int orders_a_day = 200;  // by one of the staff, where no own number is named
};

/// A certificate file and when it expires; for the metric.
struct certificate_expiry {
    std::string file;
    std::string what;
    instant at;
};

/// How staff sign in by a provider of identities ([oidc]).
enum class local_accounts { always, when_provider_is_down, never };
BOOST_DESCRIBE_ENUM(local_accounts, always, when_provider_is_down, never)
struct provider_role {
    std::string group;
    domain::role as = domain::role::agent;
};
struct provider_name {
    std::string subject;
    base::label name;
};
struct provider_rules {
    std::vector<provider_role> roles{};  // the first group that somebody has decides
    std::vector<provider_name> names{};  // whose a name is that somebody has here already
    local_accounts accounts = local_accounts::always;
};

class esim_service;

/// What the desk stands on. All outlive it.
struct parts {
    engine::front* core = nullptr;
    port::vault* vault = nullptr;
    port::documents* documents = nullptr;
    port::token_store* tokens = nullptr;
    const port::secrets* secrets = nullptr;
    port::random* random = nullptr;  // thread-safe
    const port::clock* clock = nullptr;
    port::log* log = nullptr;
    std::function<std::string()> jwks;                      // the text of the JWK set
    std::function<std::vector<peer_trouble>()> troubles{};  // may be empty
    std::function<std::vector<counted_thing>()> counts{};   // may be empty
    esim_service* smdp = nullptr;                           // null: no SM-DP+ is configured
    std::vector<std::string> notifiers{};                   // systems whose word on eUICCs' signatures is believed
    const port::message_metrics* messages = nullptr;        // null: nothing leaves from here
    keepline::desk::token_rules token_rules{};
    std::function<void()> tokens_acknowledged{};  // may be empty
    const text::book* texts = nullptr;            // null: those that the program brings
    std::string verify_page{};                    // where people verify a certificate, as it is printed; empty: nowhere
    /// How a message of this kind and these parameters reads, as it was sent; none: it cannot be made. May be empty.
    std::function<std::optional<std::string>(const std::string& kind, const std::string& language,
                                             const std::map<std::string, std::string>& params)>
        message_words{};
    std::function<std::vector<certificate_expiry>()>
        expiries{};                                         // of the certificates beside the SM-DP+'s; may be empty
    std::function<std::optional<instant>()> backup_made{};  // the last backup; may be empty
    std::function<base::result<void>(const std::string& subscriber)> clear_spools{};  // may be empty
    /// By class of data ([retention_days]); may be empty.
    std::function<std::optional<files_gone>(std::string_view data_class)> files_gone_of{};
    /// What exactly goes on (domain::let_go_on::detail); may be empty: nothing ever stops here.
    std::function<result<std::string>(domain::stop_kind, std::int64_t most, const std::string& holder)> stopped{};
    /// Everything asked here is signed by them as well: of plans that are carried out
    /// (domain/import_plan/import_plan.hpp).
    std::optional<domain::actor> second{};
    /// Row by row through this API, as who sent it; waits. May be empty.
    std::function<result<imported_file>(const file_to_import&)> import_file{};
    courier* webhooks = nullptr;  // null: nothing leaves from here
    port::tail* tail = nullptr;   // null: nothing rings here
    numbering numbers{};
    port::callable_phones calls_back{};           // none: no hotline of ours makes calls
    port::sandbox* sandbox = nullptr;             // null: this is no sandbox
    port::identity_provider* provider = nullptr;  // null: staff sign in with accounts only
    provider_rules provided{};
    proof_rules proof{};           // nothing is asked for
    std::string portal_origin{};   // whose pages passkeys are for; empty: there are none
    std::string console_origin{};  // the same of the staff's
};

}  // namespace keepline::desk
