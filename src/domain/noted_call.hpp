// What the journal takes of a telephone call: names of ours, and no words of anybody's. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace keepline::domain {

/// `call`: its id, in logs as well; `state`: of the dialogue, which may be the operator's own; `outcome`: why it ended.
constexpr bool is_noted_call(std::string_view call, std::string_view state, std::string_view outcome) {
    constexpr std::size_t call_max = 64;
    constexpr std::size_t state_max = 80;
    constexpr std::size_t outcome_max = 20;
    const auto is_name = [](std::string_view text) {
        return std::ranges::all_of(text, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                   c == '.';
        });
    };
    return !call.empty() && call.size() <= call_max && state.size() <= state_max && outcome.size() <= outcome_max &&
           is_name(call) && is_name(state) && is_name(outcome);
}

}  // namespace keepline::domain
