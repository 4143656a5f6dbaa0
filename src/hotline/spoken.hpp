// Values as people say them: dates, amounts, numbers of telephones and cases, as a row of recorded words. Each word is
// a name in the table [word] of hotline/<language>.toml. Pure; any thread.
#pragma once

#include "hotline/vocabulary.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::hotline {

using spoken_words = std::vector<std::string>;

/// Between groups: a breath, no word.
inline constexpr std::string_view pause_word = "pause";

/// `value` as the desk has it ("2026-12-08", "12.30 CNY", "4821 0937 1156", "+8613800138000"); empty: it is none.
spoken_words spoken(spoken_as how, std::string_view value, std::string_view language);

/// Every word that `spoken` may use in this language: what has to be recorded.
spoken_words all_words(std::string_view language);

// -- the pieces
spoken_words count_in_chinese(std::int64_t n);
spoken_words count_in_english(std::int64_t n);
/// Groups as people read them out: 3-4-4 for a mobile number of China.
std::vector<std::string> phone_groups(std::string_view number);

}  // namespace keepline::hotline
