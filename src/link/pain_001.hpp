// CustomerCreditTransferInitiation as pain.001.001.09: the part that refunds need. One PmtInf per currency, execution
// date and scheme: euros between IBANs of SEPA countries go as SEPA credit transfers (EPC132-08), everything else as
// the bank knows it, with all charges to us. What cannot be written as its scheme wants it is refused, never written as
// something else. Pure; any thread.
#pragma once

#include "base/bank_account.hpp"
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
    std::string bic;      // a BIC or a CNAPS code
};
/// code::config_invalid: the account is none, or the bank code is missing or neither a BIC nor one of CNAPS.
result<payer> check_payer(payer from);

struct credit_transfer {
    std::string end_to_end_id;  // Max35Text of the ISO character set
    base::money amount;         // > 0
    base::local_day execution;  // the requested day
    std::string creditor;       // cut to 70 characters
    std::string account;        // IBAN, or a domestic account number (Othr)
    std::string bic;            // a BIC, a CNAPS code, or empty
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
/// The payer has passed check_payer, and every transfer check_transfer.
std::string pain_001(const payment_order& order);

}  // namespace keepline::link
