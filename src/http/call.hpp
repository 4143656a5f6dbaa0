// One authenticated request in the hands of its handler, and the few steps that most handlers share. Everything here
// runs on the exchange's own thread unless it says otherwise.
#pragma once

#include "base/json_members.hpp"
#include "desk/courier.hpp"
#include "desk/day_counts.hpp"
#include "desk/shown_once.hpp"
#include "desk/token_register.hpp"
#include "domain/number/number.hpp"
#include "http/aside.hpp"
#include "http/core.hpp"
#include "http/doorkeeper.hpp"
#include "http/http_metrics.hpp"
#include "http/message.hpp"
#include "http/places.hpp"
#include "http/views.hpp"
#include "port/log.hpp"
#include "port/number_ranges.hpp"
#include "port/random.hpp"
#include "port/vault.hpp"
#include "text/book.hpp"

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace keepline::http {

/// A peer that its connector knows to be in trouble.
struct peer_trouble {
    std::string name;
    std::string trouble;
    bool operator==(const peer_trouble&) const = default;
};
BOOST_DESCRIBE_STRUCT(peer_trouble, (), (name, trouble))

class smdp;

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

/// What the API stands on. All outlive it.
struct parts {
    http::core* core = nullptr;
    port::vault* vault = nullptr;
    port::token_store* tokens = nullptr;
    const port::secrets* secrets = nullptr;
    port::random* random = nullptr;  // thread-safe
    const port::clock* clock = nullptr;
    port::log* log = nullptr;
    std::function<std::string()> jwks;                      // the text of the JWK set
    std::function<std::vector<peer_trouble>()> troubles{};  // may be empty
    http::smdp* smdp = nullptr;                             // null: no SM-DP+ is configured
    std::vector<std::string> notifiers{};                   // systems whose word on eUICCs' signatures is believed
    const port::message_metrics* messages = nullptr;        // null: nothing leaves from here
    desk::token_rules token_rules{};
    std::function<void()> tokens_acknowledged{};  // may be empty
    const text::book* texts = nullptr;            // null: those that the program brings
    std::function<std::vector<certificate_expiry>()>
        expiries{};                                         // of the certificates beside the SM-DP+'s; may be empty
    std::function<std::optional<instant>()> backup_made{};  // the last backup; may be empty
    std::function<base::result<void>(const std::string& subscriber)> clear_spools{};  // may be empty
    /// What exactly goes on (domain::let_go_on::detail); may be empty: nothing ever stops here.
    std::function<result<std::string>(domain::stop_kind, std::int64_t most, const std::string& holder)> stopped{};
    /// Everything asked here is signed by them as well: of plans that are carried out
    /// (domain/import_plan/import_plan.hpp).
    std::optional<domain::actor> second{};
    /// Row by row through this API, as who sent it; waits. May be empty.
    std::function<result<imported_file>(const file_to_import&)> import_file{};
    desk::courier* webhooks = nullptr;  // null: nothing leaves from here
    numbering numbers{};
};

struct limits {
    std::size_t stranger_max = 4UL * 1024;  // where no token is needed
    std::size_t body_max = 64UL * 1024;
    std::size_t large_max = 1024UL * 1024;
    std::size_t records_max = 16UL * 1024 * 1024;
};

struct route;

/// What an archive under way has: it is given back when the archive goes.
struct archive_places {
    places::held of_one;
    places::held in_all;
};

/// How many references all callers together may look up: twelve digits are not found by trying.
class lookup_budget {
 public:
    bool take(instant now) {
        const std::scoped_lock held(mutex_);
        if (now >= began_ + base::hours{1} || now < began_) {
            began_ = now;
            used_ = 0;
        }
        return used_++ < hourly;
    }

 private:
    static constexpr int hourly = 3'600;
    std::mutex mutex_;
    instant began_;
    int used_ = 0;
};

/// Shared by all calls of one API.
struct services {
    parts with;
    limits how;
    http::doorkeeper doors;
    http_metrics metrics;
    desk::shown_once secrets_shown{};
    http::aside side{2, 1024};
    lookup_budget lookups{};
    desk::day_counts vouched{};  // addresses, by new subscribers
    desk::day_counts ordered{};  // lines, by who ordered them
    places archives_of_one{1};   // by subscriber; see backup_routes.cpp
    places archives_in_all{8};
    http::aside archives{2, 256};
    http::aside probes{1, 256};   // nothing but readiness
    http::aside webhooks{1, 64};  // takes up what was changed of them
    /// Messages to webhooks that somebody asked for: each lasts as long as its receiver likes, within its time limit.
    http::aside errands{2, 64};
    /// Whole files of lines: each takes long and is large, so few at once, and few that wait.
    http::aside files{2, 8};
};

struct call {
    services* api = nullptr;
    exchange_ptr way;
    const route* matched = nullptr;
    std::array<std::string_view, 2> args{};  // the variable parts of the path; views into way->in.target
    holder who;
    domain::channel through = domain::channel::staff;
    std::string correlation;
    std::optional<engine::idempotency> once;
    std::optional<std::uint64_t> expected;  // If-Match
    std::chrono::steady_clock::time_point started;
    bool answered = false;

    const request& in() const { return way->in; }
    core& core_of() const { return *api->with.core; }
    const port::secrets& secrets() const { return *api->with.secrets; }
    instant now() const { return api->with.clock->now(); }
    domain::role role() const { return who.who.as; }
    bool is_customer() const { return role() == domain::role::subscriber; }
    reader shown_to() const { return is_customer() ? reader::customer : reader::staff; }

    /// The end of the call: exactly one of these, once.
    void answer(response with);
    void refuse(const base::error& why);
};
using call_ptr = std::shared_ptr<call>;

/// Answers with code::internal if `work` throws (out of memory, say): nothing leaves this folder as an exception.
template <typename Work>
void guarded(const call_ptr& c, Work&& work) {
    try {
        work();
    } catch (const std::exception&) {
        if (!c->answered) c->refuse({base::code::internal, "Something went wrong on our side; try again."});
    }
}
/// Runs `work` on a side thread, and then what it returned on the exchange's thread.
using afterwards = std::function<void()>;
void run_aside(const call_ptr& c, std::function<afterwards()> work);
/// The same on other threads.
void run_on(aside& where, const call_ptr& c, std::function<afterwards()> work);

// -- the request's parts

/// A value of the query, percent-decoded; empty when absent.
result<std::string> query_value(const call& c, std::string_view name);
struct paging {
    std::string after;
    std::size_t limit = 50;
};
result<paging> paging_of(const call& c);
/// code::invalid unless `value` has 1 (or 0 when `may_be_empty`) to `max` bytes and no control characters.
result<void> check_text(std::string_view field, std::string_view value, std::size_t max, bool may_be_empty = false);

template <typename Body>
result<Body> body_of(const call& c) {
    if (c.in().body.empty()) {
        // Only where nothing is lost by saying nothing: elsewhere an absent member may lift a hold or end a contract.
        if constexpr (boost::mp11::mp_empty<base::json_detail::members_of<Body>>::value ||
                      requires { Body::may_be_absent; })
            return Body{};
        return base::refuse(base::code::malformed, "The body is missing; it must be a JSON object.");
    }
    TRY(parsed, base::parse_json(c.in().body));
    CHECK(base::check_members_once(c.in().body));
    return base::decode<Body>(parsed, base::form::api);
}

// -- lines and closures

inline port::stream_key key_of_number(const base::msisdn& number) { return {port::stream_kind::number, number.text()}; }
inline port::stream_key key_of_subscriber(const label& id) { return {port::stream_kind::subscriber, id.text()}; }

/// The line's stream. A customer sees their own only: everything else is not_found.
result<engine::view_ptr> line_for(const call& c, std::string_view line_id);
struct case_name {
    std::string line_id;
    int number = 0;
};
std::optional<case_name> parse_closure_id(std::string_view id);
struct found_case {
    engine::view_ptr view;
    int number = 0;
    const domain::past_closure* past = nullptr;  // null: it is view->number().current
};
/// Of closures from before a customer's own time with the number: not_found as well.
result<found_case> case_for(const call& c, std::string_view closure_id);

// -- sending a command

using then = std::function<void(const call_ptr& c, const engine::answer& done)>;
using then_whatever = std::function<void(const call_ptr& c, const result<engine::answer>& done)>;

/// A submission with everything that the call says about it. `step` sets apart the commands of one request.
engine::submission submission_of(const call& c, port::stream_key to, engine::any_command what,
                                 std::string_view step = {});
/// Submits; `next` runs on the exchange's thread once the command is committed; a refusal is the call's answer.
void submit(const call_ptr& c, engine::submission what, then next);
/// The same, for whoever has something to do about a refusal.
void submit_whatever(const call_ptr& c, engine::submission what, then_whatever next);

// -- answers

template <typename View>
response json_answer(const View& view, int status = 200) {
    response out;
    out.status = status;
    out.body.reserve(1024);
    base::encode(out.body, view, base::form::api);
    return out;
}
template <typename Item>
response page_answer(const std::vector<Item>& items, const std::string& next) {
    response out;
    out.body = R"({"items":)";
    base::encode(out.body, items, base::form::api);
    if (!next.empty()) {
        out.body += R"(,"next":)";
        base::write_string(out.body, next);
    }
    out.body += '}';
    return out;
}
void add_version(response& to, std::uint64_t version, bool replayed);

void answer_line(const call_ptr& c, const engine::answer& done);
void answer_closure(const call_ptr& c, const engine::answer& done);
/// The line's latest closure; closure_missing when it has none (any more).
void answer_case(const call_ptr& c, const engine::answer& done, int status);
response line_response(const call& c, const engine::answer& done, int status);

}  // namespace keepline::http
