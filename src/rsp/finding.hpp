// What a check found, for people: certificates on disk, profile packages. Values; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace keepline::rsp {

enum class gravity : std::uint8_t { warning, error };

struct finding {
    gravity how_bad = gravity::error;
    std::string where;  // a file, or a place inside one
    std::string words;  // one sentence
    bool operator==(const finding&) const = default;
};

inline bool has_error(const std::vector<finding>& findings) {
    return std::ranges::any_of(findings, [](const finding& one) { return one.how_bad == gravity::error; });
}

}  // namespace keepline::rsp
