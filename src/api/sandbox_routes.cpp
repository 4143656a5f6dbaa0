// The clock and the pretended peers of a sandbox (serve --sandbox). On any other server there is nothing at these
// addresses.
#include "api/routes.hpp"
#include "base/bytes.hpp"
#include "port/sandbox.hpp"

#include <charconv>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t text_max = 1'000;

struct clock_view {
    instant now;
    std::int64_t ahead_ms = 0;
    std::vector<std::string> waits;
};
BOOST_DESCRIBE_STRUCT(clock_view, (), (now, ahead_ms, waits))

struct trigger_view {
    std::string ending;
    port::pretended by = port::pretended::sms;
    std::string failure;
    std::string words;
};
BOOST_DESCRIBE_STRUCT(trigger_view, (), (ending, by, failure, words))

/// One of them.
struct clock_body {
    std::optional<std::string> to;
    std::optional<std::string> forward;
};
BOOST_DESCRIBE_STRUCT(clock_body, (), (to, forward))

struct customer_text_body {
    std::string from;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(customer_text_body, (), (from, text))

struct taken_view {
    bool taken = true;
};
BOOST_DESCRIBE_STRUCT(taken_view, (), (taken))

bool is_sandbox(const call_ptr& c) {
    if (c->at->with.sandbox != nullptr) return true;
    c->refuse({code::not_found, "There is nothing at this address: this server is no sandbox."});
    return false;
}

response clock_answer(const port::sandbox_clock& of) {
    return json_answer(clock_view{of.now, of.ahead.count(), of.waits});
}

/// "P7D", "PT36H", "P1DT12H30M", "P2W": of ISO 8601 what has one length wherever it begins; no months, no years.
std::optional<base::duration> span_of(std::string_view text) {
    if (text.size() < 3 || text.front() != 'P') return std::nullopt;
    text.remove_prefix(1);
    constexpr std::string_view days = "WD";
    constexpr std::string_view hours = "HMS";
    constexpr std::array<std::int64_t, 2> day_units{7 * 86'400'000LL, 86'400'000LL};
    constexpr std::array<std::int64_t, 3> hour_units{3'600'000, 60'000, 1'000};
    constexpr std::int64_t most = 1'000'000'000'000;
    std::int64_t out = 0;
    bool in_hours = false;
    std::size_t next = 0;  // units come once each, the largest first
    while (!text.empty()) {
        if (text.front() == 'T') {
            if (in_hours || text.size() == 1) return std::nullopt;
            in_hours = true;
            next = 0;
            text.remove_prefix(1);
        }
        std::int64_t count = 0;
        const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
        const auto unit =
            stopped == text.data() + text.size() ? std::string_view::npos : (in_hours ? hours : days).find(*stopped);
        if (failure != std::errc{} || stopped == text.data() || count < 0 || unit == std::string_view::npos ||
            unit < next || count > most / (in_hours ? hour_units.at(unit) : day_units.at(unit)))
            return std::nullopt;
        out += count * (in_hours ? hour_units.at(unit) : day_units.at(unit));
        next = unit + 1;
        text.remove_prefix(static_cast<std::size_t>(stopped + 1 - text.data()));
    }
    return base::duration{out};
}

result<instant> wanted_time(const call& c, const clock_body& in) {
    if (in.to.has_value() == in.forward.has_value())
        return refuse(code::invalid, "Name one: `to`, an instant, or `forward`, a length of time.", {{"field", "to"}});
    if (in.to) {
        const auto at = base::instant_from_iso(*in.to);
        if (!at) return refuse(code::invalid, "`to` must be a time of RFC 3339.", {{"field", "to"}});
        return *at;
    }
    const auto span = span_of(*in.forward);
    if (!span)
        return refuse(code::invalid,
                      "`forward` must be a length of ISO 8601 in weeks, days, hours, minutes and seconds.",
                      {{"field", "forward"}});
    return c.now() + *span;
}

}  // namespace

void read_sandbox_clock(const call_ptr& c) {
    if (is_sandbox(c)) c->answer(clock_answer(c->at->with.sandbox->read_clock()));
}

void move_sandbox_clock(const call_ptr& c) {
    const auto in = body_of<clock_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!is_sandbox(c)) return;
    const auto wanted = wanted_time(*c, *in);
    if (!wanted) return c->refuse(wanted.error());
    const auto now = c->now();
    const auto wish = c->at->with.sandbox->first_wish(c->once->key, c->once->fingerprint, *wanted);
    if (!wish) return c->refuse(wish.error());
    if (in->to && wish->fresh && wish->to < now)
        return c->refuse({code::invalid,
                          "The sandbox's clock moves forward only; it is " + base::iso(now) + ".",
                          {{"field", "to"}}});
    run_on(c->at->errands, c, [c, to = wish->to]() -> afterwards {
        auto moved = c->at->with.sandbox->move_clock(to);
        return [c, moved = std::move(moved)] { moved ? c->answer(clock_answer(*moved)) : c->refuse(moved.error()); };
    });
}

void list_sandbox_messages(const call_ptr& c) {
    const auto page = paging_of(*c);
    if (!page) return c->refuse(page.error());
    const auto to = query_value(*c, "to");
    if (!to) return c->refuse(to.error());
    std::int64_t after = 0;
    const auto* end = page->after.data() + page->after.size();
    const auto [stopped, failure] = std::from_chars(page->after.data(), end, after);
    if (!page->after.empty() && (failure != std::errc{} || stopped != end || after < 0))
        return c->refuse({code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}}});
    if (!is_sandbox(c)) return;
    const auto found = c->at->with.sandbox->messages(*to, after, page->limit);
    c->answer(page_answer(found, found.size() == page->limit ? std::to_string(found.back().serial) : std::string()));
}

void send_sandbox_message(const call_ptr& c) {
    const auto in = body_of<customer_text_body>(*c);
    if (!in) return c->refuse(in.error());
    if (const auto good = check_text("text", in->text, text_max); !good) return c->refuse(good.error());
    if (!is_sandbox(c)) return;
    const auto name = "sb-" + base::hex(c->once->key);
    run_on(c->at->errands, c, [c, what = port::customer_text{in->from, in->text, name}]() -> afterwards {
        const auto taken = c->at->with.sandbox->take_reply(what);
        return [c, taken] { taken ? c->answer(json_answer(taken_view{})) : c->refuse(taken.error()); };
    });
}

void list_sandbox_triggers(const call_ptr& c) {
    if (!is_sandbox(c)) return;
    std::vector<trigger_view> items;
    for (const auto& one : c->at->with.sandbox->triggers())
        items.push_back({std::string(one.ending), one.by, std::string(one.failure), std::string(one.words)});
    c->answer(page_answer(items, {}));
}

}  // namespace keepline::api
