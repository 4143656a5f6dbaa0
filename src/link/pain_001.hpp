// CustomerCreditTransferInitiation as pain.001.001.09: the part that refunds need. One PmtInf per currency and
// execution date. Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace keepline::link {

using base::result;

struct payer {
    std::string name = "Keepline Operator";
    std::string account;  // IBAN, or a domestic account number
    std::string bic;      // empty: "NOTPROVIDED"
};

struct credit_transfer {
    std::string end_to_end_id;  // Max35Text of the ISO character set
    base::money amount;         // > 0
    base::local_day execution;  // the requested day
    std::string creditor;       // cut to 70 characters
    std::string account;        // IBAN, or a domestic account number (Othr)
    std::string bic;            // may be empty
    std::string remittance;     // cut to 140 characters
};

struct payment_order {
    std::string message_id;  // Max35Text; PmtInfId is it plus a number
    base::instant created_at;
    payer from;
    std::vector<credit_transfer> transfers;
};

/// code::invalid for an id, amount or account that no bank would take.
result<void> check_transfer(const credit_transfer& t);
/// ISO 13616 form and check digits; spaces are not allowed.
bool is_iban(std::string_view account);
/// Every transfer has passed check_transfer.
std::string pain_001(const payment_order& order);

}  // namespace keepline::link
