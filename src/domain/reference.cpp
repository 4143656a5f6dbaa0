#include "domain/reference.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {
constexpr std::size_t digits = 12;
constexpr std::uint64_t how_many = 1'000'000'000'000;
}  // namespace

std::string reference_from(base::byte_view draw) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(8, draw.size()); ++i) number = number << 8U | draw[i];
    const auto text = std::to_string(number % how_many);
    return std::string(digits - text.size(), '0') + text;
}

std::string said(std::string_view reference) {
    std::string out;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        if (i != 0 && i % 4 == 0) out += ' ';
        out += reference[i];
    }
    return out;
}

std::optional<std::string> reference_of(std::string_view typed) {
    std::string out;
    for (const char c : typed) {
        if (c >= '0' && c <= '9')
            out += c;
        else if (c != ' ' && c != '-')
            return std::nullopt;
    }
    if (out.size() != digits || typed.size() > 2 * digits) return std::nullopt;
    return out;
}

}  // namespace keepline::domain
