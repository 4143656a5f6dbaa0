#include "api/call.hpp"

#include "api/routes.hpp"
#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "domain/message_words.hpp"
#include "domain/reference.hpp"
#include "http/problem.hpp"

#include <charconv>

namespace keepline::api {

using base::code;
using base::refuse;

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
    api->with.log->write(level, "request", correlation,
                         {{"method", verbs[static_cast<std::size_t>(in().how)]},
                          {"route", std::string(matched == nullptr ? std::string_view("unmatched") : matched->pattern)},
                          {"status", std::to_string(with.status)},
                          {"ms", std::to_string(static_cast<std::int64_t>(took_s * 1000))},
                          {"role", who.who.id.empty() ? "none" : boost::describe::enum_to_string(role(), "")}});
    way->reply(std::move(with));
}

void call::refuse(const base::error& why) { answer(problem(why, correlation, now(), in().accept_language)); }

void run_aside(const call_ptr& c, std::function<afterwards()> work) { run_on(c->api->side, c, std::move(work)); }

void run_on(base::aside& where, const call_ptr& c, std::function<afterwards()> work) {
    const bool taken = where.post([c, work = std::move(work)] {
        afterwards next;
        try {
            next = work();
        } catch (const std::exception&) {
            next = [c] { c->refuse({code::internal, "Something went wrong on our side; try again."}); };
        }
        c->way->run([c, next = std::move(next)] { guarded(c, next); });
    });
    if (!taken) c->refuse({code::overloaded, "Too much is waiting already; try again soon."});
}

// ------------------------------------------------------------------------------------------------ the request's parts

namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view in) {
    std::string out;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] != '%') {
            out += in[i] == '+' ? ' ' : in[i];
            continue;
        }
        if (i + 2 >= in.size()) return std::nullopt;
        const int high = hex_digit(in[i + 1]);
        const int low = hex_digit(in[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace

result<std::string> query_value(const call& c, std::string_view name) {
    auto rest = c.in().query();
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) != name) continue;
        auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
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

result<void> check_text(std::string_view field, std::string_view value, std::size_t max, bool may_be_empty) {
    const auto wrong = [&](const std::string& words) {
        return refuse(code::invalid, "`" + std::string(field) + "` " + words, {{"field", std::string(field)}});
    };
    if (value.empty() && !may_be_empty) return wrong("must not be empty.");
    if (value.size() > max) return wrong("must have at most " + std::to_string(max) + " bytes.");
    for (const char c : value)
        if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) return wrong("must not hold control characters.");
    if (!domain::hides_nothing(value))
        return wrong("must be UTF-8 without characters that nobody sees or that turn others round.");
    return {};
}

// ------------------------------------------------------------------------------------------------ lines and closures

namespace {

std::unexpected<base::error> no_such_line() { return refuse(code::not_found, "There is no such line."); }

/// Since when the number is this caller's: for customers, the present owner's time; staff see all of it.
bool theirs(const call& c, const domain::number_state& s) {
    if (!c.is_customer()) return true;
    return s.subscription && s.subscription->subscriber == c.who.who.id;
}

bool in_their_time(const call& c, const domain::number_state& s, instant at) {
    if (!c.is_customer()) return true;
    if (!s.subscription) return false;  // who took the number back is the owner of before
    return at >= s.subscription->owner_since.value_or(s.subscription->since);
}

}  // namespace

result<engine::view_ptr> line_for(const call& c, std::string_view line_id) {
    auto view = c.core_of().read_public(line_id);
    if (!view) {
        if (view.error().what == code::not_found) return no_such_line();
        return view;
    }
    // Only its own id: what else finds the stream (an EndToEndId, say) is no name of the line.
    if ((*view)->public_id != line_id) return no_such_line();
    if ((*view)->key.kind != port::stream_kind::number || !theirs(c, (*view)->number())) return no_such_line();
    return view;
}

std::optional<case_name> parse_closure_id(std::string_view id) {
    const auto at = id.rfind("-c");
    if (at == std::string_view::npos) return std::nullopt;
    const auto digits = id.substr(at + 2);
    case_name out{std::string(id.substr(0, at)), 0};
    const auto* end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, out.number);
    if (failure != std::errc() || stopped != end || digits.front() == '0' || out.number < 1) return std::nullopt;
    return out;
}

namespace {

std::optional<case_name> case_name_of(const call& c, const std::string& reference) {
    const auto view = c.core_of().read_reference(reference);
    if (!view || (*view)->key.kind != port::stream_kind::number) return std::nullopt;
    const auto& s = (*view)->number();
    const auto& id = (*view)->public_id;
    if (s.current && s.current->spoken.reference == reference) return case_name{id, s.current->number};
    for (const auto& past : s.past)
        if (past.reference == reference) return case_name{id, past.number};
    return std::nullopt;
}

}  // namespace

result<found_case> case_for(const call& c, std::string_view closure_id) {
    const auto none = [] { return refuse(code::closure_missing, "There is no such closure."); };
    // A customer names their own case by its number too; staff look it up (POST /v1/lines/search), within their limit.
    const auto reference = c.is_customer() ? domain::reference_of(closure_id) : std::nullopt;
    const auto name = reference ? case_name_of(c, *reference) : parse_closure_id(closure_id);
    if (!name) return none();
    auto view = line_for(c, name->line_id);
    if (!view) {
        if (view.error().what == code::not_found) return none();
        return std::unexpected(std::move(view).error());
    }
    const auto& s = (*view)->number();
    if (s.current && s.current->number == name->number && in_their_time(c, s, s.current->opened_at))
        return found_case{*view, name->number, nullptr};
    for (const auto& past : s.past)
        if (past.number == name->number && in_their_time(c, s, past.opened_at) &&
            (past.generation == 0 || !c.is_customer()))
            return found_case{*view, name->number, &past};
    return none();
}

// ------------------------------------------------------------------------------------------------ sending a command

engine::submission submission_of(const call& c, port::stream_key to, engine::any_command what, std::string_view step) {
    engine::submission out;
    out.to = std::move(to);
    out.what = std::move(what);
    out.by = c.who.who;
    out.second = c.api->with.second;
    out.through = c.through;
    out.correlation = c.correlation;
    out.once = c.once;
    if (step.empty()) {
        out.expected_revision = c.expected;
    } else if (out.once) {
        const auto own = base::part_hasher().add(out.once->key).add(step).finish();
        std::copy_n(own.begin(), out.once->key.size(), out.once->key.begin());
    }
    return out;
}

void submit_whatever(const call_ptr& c, engine::submission what, then_whatever next) {
    c->core_of().submit(std::move(what), [c, next = std::move(next)](result<engine::answer> done) {
        // On the writer's thread: only hand it on.
        c->way->run([c, next, done = std::move(done)] { guarded(c, [&] { next(c, done); }); });
    });
}

void submit(const call_ptr& c, engine::submission what, then next) {
    submit_whatever(c, std::move(what),
                    [next = std::move(next)](const call_ptr& same, const result<engine::answer>& done) {
                        if (!done) return same->refuse(done.error());
                        next(same, *done);
                    });
}

// ------------------------------------------------------------------------------------------------ answers

void add_version(response& to, std::uint64_t version, bool replayed) {
    to.headers.push_back({"ETag", "\"" + std::to_string(version) + "\""});
    if (replayed) to.headers.push_back({"Idempotency-Replayed", "true"});
}

response line_response(const call& c, const engine::answer& done, int status) {
    auto out = json_answer(line_of(*done.view, c.shown_to()), status);
    add_version(out, done.view->revision(), done.replayed);
    return out;
}

void answer_case(const call_ptr& c, const engine::answer& done, int status) {
    if (!done.view->number().current) return c->refuse({code::closure_missing, "There is no such closure."});
    const auto rules = c->core_of().rules();
    auto out = json_answer(closure_of(*done.view, c->now(), rules.get(), c->shown_to()), status);
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

void answer_line(const call_ptr& c, const engine::answer& done) { c->answer(line_response(*c, done, 200)); }

void answer_closure(const call_ptr& c, const engine::answer& done) { answer_case(c, done, 200); }

}  // namespace keepline::api
