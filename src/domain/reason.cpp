#include "domain/reason.hpp"

#include "domain/message_words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace keepline::domain {

namespace {

constexpr std::size_t bytes_max = 200;
constexpr int weight_min = 8;     // eight Latin letters, or four Chinese characters
constexpr int different_min = 4;  // bytes

}  // namespace

base::result<void> check_reason(std::string_view why) {
    if (why.size() > bytes_max)
        return base::refuse(base::code::invalid, "Say why, in at most 200 bytes.", {{"field", "reason"}});
    if (!hides_nothing(why))
        return base::refuse(base::code::invalid, "A reason holds no characters that nobody sees.",
                            {{"field", "reason"}});
    std::array<bool, 256> seen{};
    int weight = 0;
    for (const char c : why) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte <= 0x20) continue;
        if ((byte & 0xC0U) == 0x80U) {  // within a character
            seen[byte] = true;
            continue;
        }
        weight += byte < 0x80 ? 1 : 2;
        seen[byte] = true;
    }
    const auto different = std::ranges::count(seen, true);
    if (weight < weight_min || different < different_min)
        return base::refuse(base::code::invalid,
                            "Say why, so that somebody else understands it: a few words, or the case they are about.",
                            {{"field", "reason"}});
    return {};
}

}  // namespace keepline::domain
