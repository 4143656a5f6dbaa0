// How the ids in delivery receipts are those of submit_sm_resp. SMSCs write the same id in another case, with leading
// zeros, or in the other base (SMPP 3.4 appendix B is the vendor's own). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keepline::link {

enum class receipt_ids {
    automatic,  // as `exact` but for case and leading zeros; then in the other base
    exact,      // octet by octet
    hex,        // the receipt has our decimal id in hexadecimal
    decimal,    // the receipt has our hexadecimal id in decimal
};

enum class receipt_way { same, hex, decimal };  // what the receipt's id is of the answer's

/// What an id is remembered by: hexadecimal digits in small letters and without leading zeros; anything else as it is.
std::string receipt_name(std::string_view id, receipt_ids how);

struct receipt_candidate {
    receipt_way way;
    std::string name;
};
/// The names under which the message of a receipt may be remembered, most likely first; `before` is the way that the
/// last one was found.
std::vector<receipt_candidate> receipt_candidates(std::string_view id, receipt_ids how, receipt_way before);

}  // namespace keepline::link
