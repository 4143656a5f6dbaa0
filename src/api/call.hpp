// One authenticated request in the hands of its handler, and the few steps that most handlers share. Everything here
// runs on the exchange's own thread unless it says otherwise.
#pragma once

#include "api/route_metrics.hpp"
#include "base/json_members.hpp"
#include "desk/asked.hpp"
#include "desk/desk.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "text/book.hpp"

#include <array>
#include <chrono>
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

/// Where staff sign in with an account; nobody does where it has no origin.
struct console_door {
    std::string origin{};  // as browsers say it: "https://keepline.operator.example"

    bool is_open() const { return !origin.empty(); }
    bool is_plain() const { return origin.starts_with("http://"); }
};

struct limits {
    std::size_t stranger_max = 4UL * 1024;  // where no token is needed
    std::size_t body_max = 64UL * 1024;
    std::size_t large_max = 1024UL * 1024;
    std::size_t records_max = 16UL * 1024 * 1024;
    std::size_t document_max = 8UL * 1024 * 1024;
};

struct route;
class live_streams;

/// Shared by all calls of one API.
struct services {
    desk::desk& at;
    limits how;
    http_metrics metrics;
    console_door console{};
    base::aside probes{1, 256};  // nothing but readiness
    live_streams* live = nullptr;
};

/// The exchange's thread, as the desk knows it.
class exchange_thread final : public desk::executor {
 public:
    explicit exchange_thread(exchange_ptr way) : way_(std::move(way)) {}
    void run(std::function<void()> work) override { way_->run(std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        way_->run_after(pause, std::move(work));
    }

 private:
    exchange_ptr way_;
};

/// What the desk calls `asked`, for what is asked here alone: whether it is ready, and of a sandbox.
struct call final : desk::asked {
    services* api = nullptr;
    exchange_ptr way;
    const route* matched = nullptr;
    std::array<std::string_view, 2> args{};  // the variable parts of the path; views into way->in.target
    std::chrono::steady_clock::time_point started;

    const http::request& in() const { return way->in; }
    /// As it is put to the desk.
    desk::request asking() const { return *this; }

    /// The end of the call: exactly one of these, once.
    void answer(response with);
    void refuse(const base::error& why) override;
};
using call_ptr = std::shared_ptr<call>;

/// The problem, which of a sandbox says so.
response problem_of(const services& of, const base::error& why, std::string_view correlation,
                    std::string_view accept_language = {});

using desk::afterwards;
using desk::check_text;
using desk::guarded;
using desk::paging;
using desk::run_on;

// -- the request's parts

/// A value of the query, percent-decoded; empty when absent.
result<std::string> query_value(const call& c, std::string_view name);
result<paging> paging_of(const call& c);
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

}  // namespace keepline::api
