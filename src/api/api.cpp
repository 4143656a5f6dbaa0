#include "api/api.hpp"

#include "api/routes.hpp"
#include "api/staff_cookie.hpp"
#include "base/digest.hpp"
#include "desk/roles.hpp"
#include "http/problem.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t key_max = 128;

bool is_correlation(std::string_view in) {
    if (in.size() < 8 || in.size() > 64) return false;
    return std::ranges::all_of(in, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
               c == '-';
    });
}

bool is_json(std::string_view type) {
    constexpr std::string_view wanted = "application/json";
    if (type.size() < wanted.size()) return false;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if ((type[i] >= 'A' && type[i] <= 'Z' ? type[i] + 32 : type[i]) != wanted[i]) return false;
    return type.size() == wanted.size() || type[wanted.size()] == ';' || type[wanted.size()] == ' ';
}

result<void> take_key(call& c) {
    const auto& key = c.in().idempotency_key;
    if (key.empty())
        return refuse(
            code::idempotency_key_missing,
            "Send the header `Idempotency-Key` with a fresh unique value; repeat it only when you try again.");
    const bool visible = std::ranges::all_of(key, [](char one) { return one >= 0x21 && one <= 0x7E; });
    if (key.size() > key_max || !visible)
        return refuse(code::invalid, "`Idempotency-Key` must be 1 to 128 visible ASCII characters.",
                      {{"field", "Idempotency-Key"}});
    const auto path = c.in().path();
    const char* role = boost::describe::enum_to_string(c.role(), "");
    const auto full = base::part_hasher().add(role).add(c.who.who.id.text()).add("POST").add(path).add(key).finish();
    const auto print = base::part_hasher().add("POST").add(path).add(c.in().body).finish();
    engine::idempotency once;
    std::copy_n(full.begin(), once.key.size(), once.key.begin());
    std::copy_n(print.begin(), once.fingerprint.size(), once.fingerprint.begin());
    c.once = once;
    return {};
}

/// RFC 9110 §13.1.1: strong comparison, so a weak tag never matches.
result<void> take_version(call& c) {
    const std::string_view tag = c.in().if_match;
    if (tag.empty() || tag == "*") {
        if (c.matched->version == if_match::required)
            return refuse(code::precondition_required, "Send `If-Match` with the ETag of what you decided upon.");
        return {};
    }
    std::uint64_t version = 0;
    if (tag.size() >= 3 && tag.front() == '"' && tag.back() == '"') {
        const auto* end = tag.data() + tag.size() - 1;
        const auto [stopped, failure] = std::from_chars(tag.data() + 1, end, version);
        if (failure == std::errc() && stopped == end) {
            c.expected = version;
            return {};
        }
    }
    return refuse(code::version_mismatch, "`If-Match` must be one ETag of ours, such as \"7\".");
}

result<void> take_channel(call& c) {
    TRY(named, desk::channel_of(c.role(), c.who.channels, c.in().channel));
    c.through = named;
    return {};
}

/// A name from outside, as far as it can be repeated in an answer.
std::string name_shown(std::string_view name) {
    constexpr std::size_t shown_max = 40;
    std::string out;
    for (const char one : name.substr(0, shown_max)) out += one > 0x20 && one < 0x7F && one != '`' ? one : '?';
    return out;
}

/// What is not asked for is refused, not overlooked: a mistyped filter would otherwise answer with everything.
result<void> check_query(const call& c) {
    std::set<std::string_view> taken;
    auto rest = c.in().query();
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (pair.empty()) continue;
        const auto name = pair.substr(0, pair.find('='));
        const bool known =
            !name.empty() && name.find(' ') == std::string_view::npos &&
            (" " + std::string(c.matched->query) + " ").find(" " + std::string(name) + " ") != std::string::npos;
        const auto shown = name_shown(name);
        if (!known)
            return refuse(code::malformed,
                          c.matched->query.empty() ? "There are no query parameters here; `" + shown + "` is not known."
                                                   : "There is no query parameter `" + shown +
                                                         "` here; there are: " + std::string(c.matched->query) + ".",
                          {{"parameter", shown}, {"known", std::string(c.matched->query)}});
        if (!taken.insert(name).second)
            return refuse(code::malformed, "The query parameter `" + shown + "` is there twice.",
                          {{"parameter", shown}, {"known", std::string(c.matched->query)}});
    }
    return {};
}

/// A stranger has nothing to say that is long.
std::size_t body_limit(const route* to, const limits& how) {
    if (to == nullptr || to->open()) return how.stranger_max;
    switch (to->body) {
        case body_size::normal: return how.body_max;
        case body_size::large: return how.large_max;
        case body_size::records: return how.records_max;
        case body_size::document: return how.document_max;
    }
    return how.body_max;
}

result<void> check_body(const call& c, const limits& how) {
    const auto& in = c.in();
    if (in.body.empty()) return {};
    const auto most = body_limit(c.matched, how);
    if (in.body.size() > most)
        return refuse(code::too_large, "The body is larger than allowed.", {{"max_bytes", std::to_string(most)}});
    if (c.matched != nullptr && c.matched->body == body_size::document) return {};  // its first bytes say what it is
    if ((in.how == verb::post || in.how == verb::put) && !is_json(in.content_type))
        return refuse(code::not_acceptable, "Send `Content-Type: application/json`.");
    return {};
}

result<void> prepare(call& c, const limits& how) {
    if (c.matched->open()) return check_query(c);
    TRY(who, admitted(*c.api, c.in(), c.matched->use));
    c.who = std::move(who);
    CHECK(desk::check_role(c.matched->what, c.who));
    CHECK(check_query(c));
    CHECK(take_channel(c));
    if (c.matched->needs_key()) CHECK(take_key(c));
    if (c.matched->how == verb::post) CHECK(take_version(c));
    return check_body(c, how);
}

}  // namespace

api::api(desk::desk& at, limits how, console_door console, live_limits live)
    : shared_{at, how, http_metrics(routes().size()), std::move(console)},
      instance_(at.shared().with.random->token(6)),
      live_(shared_, live) {
    shared_.live = &live_;
}

std::string api::correlation_for(const http::request& in) {
    if (is_correlation(in.correlation)) return in.correlation;
    return instance_ + "-" + std::to_string(made_.fetch_add(1, std::memory_order_relaxed) + 1);
}

base::result<std::size_t> api::admit(const http::request& head) {
    const auto to = find_route(head.how, head.path());
    if (to.found != nullptr && !to.found->open()) {
        TRY(who, admitted(shared_, head, to.found->use));
        CHECK(desk::check_role(to.found->what, who));
    }
    return body_limit(to.found, shared_.how);
}

void api::handle(exchange_ptr what) {
    const auto c = std::make_shared<call>();
    c->api = &shared_;
    c->at = &shared_.at.shared();
    c->started = std::chrono::steady_clock::now();
    c->way = std::move(what);
    c->where = std::make_shared<exchange_thread>(c->way);
    c->correlation = correlation_for(c->in());
    guarded(c, [&] {
        const auto to = find_route(c->in().how, c->in().path());
        if (to.found == nullptr) {
            if (to.allow.empty()) return c->refuse({code::not_found, "There is nothing at this address."});
            return c->refuse({code::method_not_allowed, "Use one of the methods in `Allow`.", {{"allow", to.allow}}});
        }
        c->matched = to.found;
        c->args = to.args;
        if (auto ready = prepare(*c, shared_.how); !ready) return c->refuse(ready.error());
        c->matched->run(c);
    });
}

response api::refusal(const base::error& why, const http::request& head) {
    const auto to = find_route(head.how, head.path()).found;
    const auto correlation = correlation_for(head);
    auto out = problem_of(shared_, why, correlation, head.accept_language);
    out.headers.push_back({"X-Correlation-Id", correlation});
    (to == nullptr ? shared_.metrics.unmatched() : shared_.metrics.of(static_cast<std::size_t>(to - routes().data())))
        .count(out.status, 0);
    // The door can be knocked at faster than a disk takes notes; what is refused there is counted above.
    shared_.at.shared().with.log->write(
        port::log_level::debug, "turned_away", correlation,
        {{"route", std::string(to == nullptr ? std::string_view("unmatched") : to->pattern)},
         {"status", std::to_string(out.status)},
         {"code", std::string(base::info(why.what).id)}});
    return out;
}

}  // namespace keepline::api
