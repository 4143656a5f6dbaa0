#include "desk/masked.hpp"

namespace keepline::desk {

std::string last_four(std::string_view number) {
    constexpr std::size_t shown = 4;
    return std::string(number.size() >= 2 * shown ? number.substr(number.size() - shown) : std::string_view());
}

std::string tail_of(std::string_view text) {
    constexpr std::size_t shown = 4;
    return text.empty() ? ""
                        : "…" + std::string(text.size() > shown ? text.substr(text.size() - shown) : text.substr(1));
}

std::string masked_tail(std::string_view number) { return number.empty() ? std::string() : "***" + last_four(number); }

std::string masked_address(domain::medium by, std::string_view address) {
    const auto at = address.rfind('@');
    if (by == domain::medium::sms || at == std::string_view::npos) return masked_tail(address);
    return std::string(address.substr(0, at > 1 ? 1 : 0)) + "***" + std::string(address.substr(at));
}

}  // namespace keepline::desk
