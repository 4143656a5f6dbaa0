#include "phone/card_memory.hpp"

#include <algorithm>
#include <array>

namespace keepline::phone {

namespace {

// 18 to 20 digits, the rest F.
std::optional<std::string> digits_of(std::string nibbles) {
    while (!nibbles.empty() && nibbles.back() == 'f') nibbles.pop_back();
    const bool digits = std::ranges::all_of(nibbles, [](char c) { return c >= '0' && c <= '9'; });
    if (nibbles.size() < 18 || !digits) return std::nullopt;
    return nibbles;
}

template <typename Match>
installed_profile* first_profile(std::vector<installed_profile>& all, Match match) {
    const auto at = std::ranges::find_if(all, match);
    return at == all.end() ? nullptr : &*at;
}

}  // namespace

installed_profile* card_memory::by_iccid(std::string_view iccid) {
    return first_profile(profiles, [&](const auto& one) { return one.iccid == iccid; });
}
installed_profile* card_memory::by_aid(std::string_view aid_hex) {
    return first_profile(profiles, [&](const auto& one) { return one.aid == aid_hex; });
}
installed_profile* card_memory::enabled() {
    return first_profile(profiles, [](const auto& one) { return one.enabled; });
}

std::string_view event_name(int event) {
    constexpr std::array names{"install", "enable", "disable", "delete"};
    return event >= 0 && event < 4 ? names[static_cast<std::size_t>(event)] : "unknown";
}

std::optional<std::string> iccid_from_swapped(base::byte_view in) {
    if (in.size() != 10) return std::nullopt;
    auto nibbles = base::hex(in);
    for (std::size_t i = 0; i + 1 < nibbles.size(); i += 2) std::swap(nibbles[i], nibbles[i + 1]);
    return digits_of(std::move(nibbles));
}

base::bytes iccid_swapped(std::string_view digits) {
    std::string nibbles(digits);
    nibbles.resize(20, 'f');
    for (std::size_t i = 0; i < nibbles.size(); i += 2) std::swap(nibbles[i], nibbles[i + 1]);
    return base::from_hex(nibbles).value_or(base::bytes(10, 0xFF));
}

std::optional<std::string> iccid_from_natural(base::byte_view in) {
    if (in.size() != 10) return std::nullopt;
    return digits_of(base::hex(in));
}

}  // namespace keepline::phone
