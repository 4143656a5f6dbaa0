// One authenticated request in the hands of its handler, and the few steps that most handlers share. Everything here
// runs on the exchange's own thread unless it says otherwise.
#pragma once

#include "api/views.hpp"
#include "base/aside.hpp"
#include "base/json_members.hpp"
#include "base/places.hpp"
#include "desk/day_counts.hpp"
#include "desk/doorkeeper.hpp"
#include "desk/parts.hpp"
#include "desk/shown_once.hpp"
#include "domain/number/number.hpp"
#include "engine/front.hpp"
#include "http/http_metrics.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
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

namespace keepline::api {

using base::instant;
using base::label;
using base::money;
using base::result;

using desk::esim_service;
using desk::parts;
using http::application;
using http::body_source;
using http::exchange_ptr;
using http::problem;
using http::response;
using http::verb;

struct limits {
    std::size_t stranger_max = 4UL * 1024;  // where no token is needed
    std::size_t body_max = 64UL * 1024;
    std::size_t large_max = 1024UL * 1024;
    std::size_t records_max = 16UL * 1024 * 1024;
};

struct route;

/// What an archive under way has: it is given back when the archive goes.
struct archive_places {
    base::places::held of_one;
    base::places::held in_all;
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
    desk::doorkeeper doors;
    http::http_metrics metrics;
    desk::shown_once secrets_shown{};
    base::aside side{2, 1024};
    lookup_budget lookups{};
    desk::day_counts vouched{};       // addresses, by new subscribers
    desk::day_counts ordered{};       // lines, by who ordered them
    base::places archives_of_one{1};  // by subscriber; see backup_routes.cpp
    base::places archives_in_all{8};
    base::aside archives{2, 256};
    base::aside probes{1, 256};   // nothing but readiness
    base::aside webhooks{1, 64};  // takes up what was changed of them
    /// Messages to webhooks that somebody asked for: each lasts as long as its receiver likes, within its time limit.
    base::aside errands{2, 64};
    /// Whole files of lines: each takes long and is large, so few at once, and few that wait.
    base::aside files{2, 8};
};

struct call {
    services* api = nullptr;
    exchange_ptr way;
    const route* matched = nullptr;
    std::array<std::string_view, 2> args{};  // the variable parts of the path; views into way->in.target
    desk::holder who;
    domain::channel through = domain::channel::staff;
    std::string correlation;
    std::optional<engine::idempotency> once;
    std::optional<std::uint64_t> expected;  // If-Match
    std::chrono::steady_clock::time_point started;
    bool answered = false;

    const http::request& in() const { return way->in; }
    engine::front& core_of() const { return *api->with.core; }
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
void run_on(base::aside& where, const call_ptr& c, std::function<afterwards()> work);

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

}  // namespace keepline::api
