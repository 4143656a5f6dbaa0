#include "domain/number/notice_repeats.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace keepline::domain {

namespace {

constexpr auto remembered_for = base::hours{24};
constexpr std::size_t remembered_max = 32;

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> groups{{
    {"customer_locked", "customer_lock"},
    {"customer_unlocked", "customer_lock"},
    {"customer_unlock_announced", "customer_lock"},
    {"device_locked", "device_lock"},
    {"device_found", "device_lock"},
    {"sim_changed", "sim"},
    {"switched", "switch"},
    {"switch_undone", "switch"},
    {"profile_ready", "profiles"},
    {"profile_added", "profiles"},
    {"profile_stopped", "profile_stops"},
    {"profile_resumed", "profile_stops"},
    {"device_added", "devices"},  // not one kind with the codes: whoever orders many of those would silence it
    {"recovery_codes_changed", "recovery_codes"},
    {"refund_account_changed", "refund_account"},
    {"certificate_again", "certificate"},  // refused before it would be gathered (rules_certificate.cpp)
}};

notice_repeats& of(std::vector<notice_repeats>& in, std::string_view group) {
    const auto found = std::ranges::find(in, group, &notice_repeats::group);
    if (found != in.end()) return *found;
    in.push_back({std::string(group), {}, {}, 0, 0, false, {}});
    return in.back();
}

void add_told(notice_repeats& to, instant at) {
    std::erase_if(to.told, [&](instant one) { return one + remembered_for <= at; });
    if (to.told.empty()) to.rounds = 0;
    to.told.push_back(at);
    if (to.told.size() > remembered_max) to.told.erase(to.told.begin());
}

}  // namespace

std::string_view notice_group(std::string_view kind) {
    const auto found = std::ranges::find(groups, kind, [](const auto& one) { return one.first; });
    return found == groups.end() ? std::string_view() : found->second;
}

const notice_repeats* find_repeats(const std::vector<notice_repeats>& in, std::string_view group) {
    const auto found = std::ranges::find(in, group, &notice_repeats::group);
    return found == in.end() ? nullptr : &*found;
}

bool is_held(const std::vector<notice_repeats>& in, std::string_view kind, instant at) {
    const auto* known = find_repeats(in, notice_group(kind));
    return known != nullptr && known->quiet_until && at < *known->quiet_until;
}

int told_within(const std::vector<notice_repeats>& in, std::string_view group, instant at, base::duration span) {
    std::ptrdiff_t n = 0;
    for (const auto& one : in)
        if (group.empty() || one.group == group)
            n += std::ranges::count_if(one.told, [&](instant told) { return told + span > at; });
    return static_cast<int>(n);
}

void count_told(std::vector<notice_repeats>& in, std::string_view kind, instant at) {
    const auto group = notice_group(kind);
    if (group.empty()) return;
    auto& known = of(in, group);
    known.last = kind;
    if (!known.quiet_until || at >= *known.quiet_until)
        add_told(known, at);
    else if (!known.begins)
        ++known.held;
    known.begins = false;
}

void hold_back(std::vector<notice_repeats>& in, std::string_view kind, instant at, instant until, int round) {
    auto& known = of(in, notice_group(kind));
    add_told(known, at);
    known.begins = true;
    known.quiet_until = until;
    known.held = 0;
    known.rounds = round;
    known.last = kind;
}

void gathered(std::vector<notice_repeats>& in, std::string_view group, instant at) {
    auto& known = of(in, group);
    known.quiet_until.reset();
    if (known.held > 0) add_told(known, at);
    known.held = 0;
}

}  // namespace keepline::domain
