#include "http/cookies.hpp"

#include <algorithm>
#include <optional>

namespace keepline::http {

std::string cookie_name(std::string_view name, bool plain) { return (plain ? "" : "__Host-") + std::string(name); }

std::string cookie_named(std::string_view header, std::string_view name) {
    std::optional<std::string> found;
    while (!header.empty()) {
        auto one = header.substr(0, header.find_first_of(";,"));
        header.remove_prefix(std::min(one.size() + 1, header.size()));
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one.size() <= name.size() || one[name.size()] != '=' || !one.starts_with(name)) continue;
        if (found) return {};
        found = std::string(one.substr(name.size() + 1));
    }
    return found.value_or(std::string());
}

}  // namespace keepline::http
