// What is wrong, or worth knowing, about a book of texts: gaps, places that nothing fills, texts of no message, SMS
// that are long. For `keepline text check`, the start of the server, and the test that holds the shipped texts. Pure.
#pragma once

#include "link/notice_text.hpp"

#include <vector>

namespace keepline::link {

struct text_finding {
    bool is_error = false;  // otherwise a hint
    std::string language;
    std::string key;
    std::string what;
};
std::vector<text_finding> check_texts(const notice_voice& voice);
/// What must not go out: all that a start asks. Renders nothing.
std::vector<text_finding> errors_of_texts(const text::book& texts);

/// Every place of a notice with something in it, as an example.
notice_params sample_params(std::string_view kind);

struct sms_sample {
    std::string kind;
    std::string text;
    std::size_t segments = 0;
    bool is_gsm = false;  // GSM 03.38; otherwise UCS-2
};
std::vector<sms_sample> sms_samples(std::string_view language, const notice_voice& voice);

}  // namespace keepline::link
