// Where money can be paid to, as people type it and as banks take it. What enters anywhere is brought into one form
// here, or refused with words: an account that is mistyped must not come up only when the bank returns the money. Pure;
// any thread.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

#include <boost/describe.hpp>

namespace keepline::base {

enum class account_kind {
    iban,      // ISO 13616
    card,      // a bank card of China (UnionPay, ISO/IEC 7812)
    domestic,  // any other number of a domestic account, which nobody but its bank can check
};
BOOST_DESCRIBE_ENUM(account_kind, iban, card, domestic)

struct bank_account {
    account_kind kind = account_kind::domestic;
    std::string number;  // capitals and digits, without spaces
    std::string holder;  // spaces put right
    std::string bank;    // a BIC, a CNAPS code of 12 digits, or empty
    bool operator==(const bank_account&) const = default;
};

/// `prefix` names the members in refusals: "refund_" gives "refund_iban". code::invalid: an IBAN of another length than
/// its country's or with wrong check digits, a card whose check digit is wrong, what no bank has; a bank code that is
/// neither a BIC nor one of CNAPS.
result<bank_account> bank_account_of(std::string_view number, std::string_view holder, std::string_view bank,
                                     std::string_view prefix = {});

/// As it is written here already: capitals, no spaces; the country's length and the check digits are right.
bool is_iban(std::string_view number);
/// ISO 9362, 8 or 11 characters.
bool is_bic(std::string_view code);
/// China's clearing code of a bank's branch: 12 digits.
bool is_cnaps(std::string_view code);
/// An IBAN of a country in the SEPA schemes.
bool is_sepa(std::string_view iban);
/// ISO/IEC 7812-1 annex B.
bool has_luhn_digit(std::string_view digits);

}  // namespace keepline::base
