// The correlation id on its way out: the same header at a partner's webhook and in a mail, so that a request can be
// followed to what it caused. Pure.
#pragma once

#include <string>
#include <string_view>

namespace keepline::link {

/// "X-Correlation-Id: …"; empty when there is none, or one that came from a peer and might break the header.
inline std::string correlation_header(std::string_view correlation) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
    if (correlation.empty() || correlation.size() > 64 ||
        correlation.find_first_not_of(plain) != std::string_view::npos)
        return {};
    return "X-Correlation-Id: " + std::string(correlation);
}

}  // namespace keepline::link
