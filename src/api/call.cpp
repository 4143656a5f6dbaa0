#include "api/call.hpp"

#include "api/routes.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "http/percent.hpp"
#include "http/problem.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

/// A row of them may be one who tries: then it is said whose token it was. An id names nobody (docs/privacy.md).
bool is_refusal(int status) {
    constexpr std::array refusals{403, 404, 429};
    return std::ranges::find(refusals, status) != refusals.end();
}

}  // namespace

// ------------------------------------------------------------------------------------------------ the end of a call

void call::answer(response with) {
    ENSURE(!answered);
    answered = true;
    with.headers.push_back({"X-Correlation-Id", correlation});
    const auto took = std::chrono::steady_clock::now() - started;
    const double took_s = std::chrono::duration<double>(took).count();
    auto& counted = matched == nullptr ? api->metrics.unmatched()
                                       : api->metrics.of(static_cast<std::size_t>(matched - routes().data()));
    counted.count(with.status, took_s);
    const auto level = matched != nullptr && matched->open() ? port::log_level::debug : port::log_level::info;
    constexpr std::array verbs{"GET", "HEAD", "POST", "PUT", "other"};
    at->with.log->write(level, "request", correlation,
                        {{"method", verbs[static_cast<std::size_t>(in().how)]},
                         {"route", std::string(matched == nullptr ? std::string_view("unmatched") : matched->pattern)},
                         {"status", std::to_string(with.status)},
                         {"ms", std::to_string(static_cast<std::int64_t>(took_s * 1000))},
                         {"role", who.who.id.empty() ? "none" : boost::describe::enum_to_string(role(), "")}});
    if (is_refusal(with.status) && !who.who.id.empty())
        at->with.log->info("refused", correlation,
                           {{"status", std::to_string(with.status)}, {"holder", who.who.id.text()}});
    way->reply(std::move(with));
}

void call::refuse(const base::error& why) { answer(problem_of(*api, why, correlation, in().accept_language)); }

response problem_of(const services& of, const base::error& why, std::string_view correlation,
                    std::string_view accept_language) {
    const auto& with = of.at.shared().with;
    auto out = problem(why, correlation, with.clock->now(), accept_language);
    if (with.sandbox != nullptr && out.body.starts_with('{')) out.body.insert(1, R"("sandbox":true,)");
    return out;
}

// ------------------------------------------------------------------------------------------------ the request's parts

result<std::string> query_value(const call& c, std::string_view name) {
    auto rest = c.in().query();
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) != name) continue;
        auto value = http::percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!value || !base::is_utf8(*value) || value->find('\0') != std::string::npos)
            return refuse(code::invalid, "`" + std::string(name) + "` is not properly encoded.",
                          {{"field", std::string(name)}});
        return std::move(*value);
    }
    return std::string();
}

result<paging> paging_of(const call& c) {
    constexpr std::size_t limit_max = 200;
    constexpr std::size_t after_max = 256;
    TRY(after, query_value(c, "after"));
    TRY(limit, query_value(c, "limit"));
    paging out;
    if (after.size() > after_max)
        return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    out.after = std::move(after);
    if (limit.empty()) return out;
    const auto* end = limit.data() + limit.size();
    const auto [stopped, failure] = std::from_chars(limit.data(), end, out.limit);
    if (failure != std::errc() || stopped != end || out.limit < 1 || out.limit > limit_max)
        return refuse(code::invalid, "`limit` must be 1 to 200.", {{"field", "limit"}});
    return out;
}

// ------------------------------------------------------------------------------------------------ answers

void add_version(response& to, std::uint64_t version, bool replayed) {
    to.headers.push_back({"ETag", "\"" + std::to_string(version) + "\""});
    if (replayed) to.headers.push_back({"Idempotency-Replayed", "true"});
}

}  // namespace keepline::api
