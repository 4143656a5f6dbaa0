#include "link/message_budget.hpp"

#include <algorithm>
#include <utility>

namespace keepline::link {

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::size_t costly_prefix = 4;  // "+882": one budget for the whole range

std::string_view class_of(const budgeted_message& what) {
    return what.is_code ? "code" : what.must_hear ? "must_hear" : "notice";
}

/// Country and operator of a number; the domain of a mailbox.
std::string_view prefix_of(const budgeted_message& what, int digits, const port::number_ranges& numbers) {
    if (what.by == domain::medium::sms && numbers.is_costly(what.to)) return what.to.substr(0, costly_prefix);
    if (what.by == domain::medium::sms) return what.to.substr(0, static_cast<std::size_t>(digits) + 1);  // with its "+"
    const auto at = what.to.rfind('@');
    return at == std::string_view::npos ? what.to : what.to.substr(at + 1);
}

}  // namespace

message_budget::message_budget(message_limits limits, base::digest key, port::message_metrics* metrics)
    : limits_(std::move(limits)), key_(key), metrics_(metrics) {
    for (auto* one : {&hour_, &day_}) one->counts.resize(rows * columns);
    hour_.span_ms = hour_ms;
    day_.span_ms = day_ms;
}

std::array<message_budget::place, 5> message_budget::places_of(const budgeted_message& what) const {
    std::array<place, 5> out{{{"reserve", limits_.reserve, {}},
                              {"address", limits_.address, {}},
                              {"line", limits_.line, {}},
                              {"prefix", limits_.prefix, {}},
                              {"all", limits_.all, {}}}};
    const auto both = std::string(what.to) + (what.of_case ? " case " : " ") + std::string(what.line);
    const std::array<std::string_view, 5> keys{both, what.to, what.line,
                                               prefix_of(what, limits_.prefix_digits, limits_.numbers), ""};
    const std::string_view medium = what.by == domain::medium::sms ? "sms" : "mail";
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto name = base::part_hasher().add(out[i].budget).add(medium).add(class_of(what)).add(keys[i]).finish();
        const auto hash = base::hmac_sha256(key_, name);
        for (std::size_t row = 0; row < rows; ++row) {
            std::uint32_t column = 0;
            for (std::size_t k = 0; k < 4; ++k) column = (column << 8U) | hash[row * 4 + k];
            out[i].at[row] = static_cast<std::uint32_t>(row * columns + column % columns);
        }
    }
    return out;
}

void message_budget::turn(window& w, base::instant now) const {
    const auto number = now.ms / w.span_ms;
    if (number <= w.number) return;  // a clock that was set back goes on with what was counted
    w.number = number;
    std::ranges::fill(w.counts, 0U);
}

std::uint32_t message_budget::count(const window& w, const place& p) {
    std::uint32_t least = UINT32_MAX;
    for (const auto at : p.at) least = std::min(least, w.counts[at]);
    return least;
}

bool message_budget::is_over(const place& p) const {
    return (p.limit.hour > 0 && count(hour_, p) >= p.limit.hour) || (p.limit.day > 0 && count(day_, p) >= p.limit.day);
}

std::string_view message_budget::take(const budgeted_message& what, base::instant now) {
    const auto places = places_of(what);
    const std::scoped_lock held(mutex_);
    turn(hour_, now);
    turn(day_, now);
    const bool reserved = what.must_hear && limits_.reserve.hour > 0 && !is_over(places.front());
    const bool at_home = what.vouched && (what.by != domain::medium::sms || limits_.numbers.is_home(what.to));
    for (const auto& p : places) {
        if (p.budget == "reserve" || (p.budget == "address" && reserved)) continue;
        if (at_home && p.budget != "address") continue;
        if (!is_over(p)) continue;
        if (metrics_ != nullptr) metrics_->of(what.by == domain::medium::sms, p.budget).fetch_add(1);
        return p.budget;
    }
    for (const auto& p : places)
        for (const auto at : p.at) {
            ++hour_.counts[at];
            ++day_.counts[at];
        }
    return {};
}

void message_budget::give_back(const budgeted_message& what, base::instant now) {
    const auto places = places_of(what);
    const std::scoped_lock held(mutex_);
    turn(hour_, now);
    turn(day_, now);
    for (const auto& p : places)
        for (const auto at : p.at)
            for (auto* w : {&hour_, &day_})
                if (w->counts[at] > 0) --w->counts[at];
}

}  // namespace keepline::link
