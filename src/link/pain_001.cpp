#include "link/pain_001.hpp"

#include <algorithm>
#include <compare>
#include <map>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

/// The ISO 20022 "SWIFT x" set, which every bank takes; for ids.
bool is_id(std::string_view text) {
    constexpr std::string_view signs = "/-?:().,'+ ";
    const auto allowed = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || signs.contains(c);
    };
    return !text.empty() && text.size() <= 35 && text.front() != ' ' && text.back() != ' ' &&
           std::ranges::all_of(text, allowed);
}

/// Escaped; without what XML 1.0 forbids; at most `max_characters` code points, as MaxNText counts.
std::string xml(std::string_view text, std::size_t max_characters = 1000) {
    std::string out;
    std::size_t characters = 0;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if ((u & 0xC0) != 0x80 && ++characters > max_characters) break;
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&apos;"; break;
            default: out += u < 0x20 || u == 0x7f ? ' ' : c;
        }
    }
    return out;
}

/// Writes elements with their indentation.
class document {
 public:
    document() { out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"; }
    void open(std::string_view name, std::string_view attributes = "") {
        indent();
        out_ += "<" + std::string(name) + std::string(attributes) + ">\n";
        open_.emplace_back(name);
    }
    void close() {
        const auto name = std::move(open_.back());
        open_.pop_back();
        indent();
        out_ += "</" + name + ">\n";
    }
    /// `value` is escaped already.
    void leaf(std::string_view name, std::string_view value, std::string_view attributes = "") {
        indent();
        out_ += "<" + std::string(name) + std::string(attributes) + ">" + std::string(value) + "</" +
                std::string(name) + ">\n";
    }
    std::string take() { return std::move(out_); }

 private:
    void indent() { out_.append(open_.size() * 2, ' '); }
    std::string out_;
    std::vector<std::string> open_;
};

void put_account(document& to, std::string_view name, std::string_view account) {
    to.open(name);
    to.open("Id");
    if (base::is_iban(account)) {
        to.leaf("IBAN", account);
    } else {
        to.open("Othr");
        to.leaf("Id", xml(account, 34));
        to.close();
    }
    to.close();
    to.close();
}

void put_agent(document& to, std::string_view name, std::string_view bank) {
    to.open(name);
    to.open("FinInstnId");
    if (base::is_bic(bank)) {
        to.leaf("BICFI", bank);
    } else {
        to.open("ClrSysMmbId");
        to.open("ClrSysId");
        to.leaf("Cd", "CNAPS");  // ExternalClearingSystemIdentification1Code: China, 12 digits
        to.close();
        to.leaf("MmbId", bank);
        to.close();
    }
    to.close();
    to.close();
}

/// The control sum is the plain sum of the amounts, whatever their currencies (ISO 20022 message definition, CtrlSum):
/// counted in 1/10000, which fits every ISO 4217 currency.
class control_sum {
 public:
    void add(const base::money& amount) {
        std::int64_t scale = 1;
        for (int i = base::minor_digits(amount.currency); i < 4; ++i) scale *= 10;
        sum_ += wide{amount.minor} * scale;
        digits_ = std::max(digits_, base::minor_digits(amount.currency));
    }
    std::string text() const {
        auto number = sum_;
        std::string digits;
        for (int i = 0; i < 5 || number > 0; ++i) {
            digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
            number /= 10;
        }
        const auto whole = digits.substr(0, digits.size() - 4);
        return digits_ == 0 ? whole : whole + "." + digits.substr(digits.size() - 4, static_cast<std::size_t>(digits_));
    }

 private:
    using wide = __int128;
    wide sum_ = 0;
    int digits_ = 0;
};

control_sum sum_of(const std::vector<const credit_transfer*>& transfers) {
    control_sum out;
    for (const auto* t : transfers) out.add(t->amount);
    return out;
}

void put_transfer(document& to, const credit_transfer& t) {
    to.open("CdtTrfTxInf");
    to.open("PmtId");
    to.leaf("EndToEndId", xml(t.end_to_end_id));
    to.close();
    to.open("Amt");
    to.leaf("InstdAmt", base::decimal(t.amount), " Ccy=\"" + t.amount.currency + "\"");
    to.close();
    if (!t.bic.empty()) put_agent(to, "CdtrAgt", t.bic);
    to.open("Cdtr");
    to.leaf("Nm", xml(t.creditor, 70));
    to.close();
    put_account(to, "CdtrAcct", t.account);
    if (!t.remittance.empty()) {
        to.open("RmtInf");
        to.leaf("Ustrd", xml(t.remittance, 140));
        to.close();
    }
    to.close();
}

bool is_sepa(const payer& from, const credit_transfer& t) {
    return t.amount.currency == "EUR" && base::is_sepa(from.account) && base::is_sepa(t.account);
}

struct group_key {
    std::string currency;
    base::local_day execution;
    bool sepa = false;
    auto operator<=>(const group_key&) const = default;
};

void put_group(document& to, const payment_order& order, const std::string& id, const group_key& key,
               const std::vector<const credit_transfer*>& transfers) {
    to.open("PmtInf");
    to.leaf("PmtInfId", xml(id));
    to.leaf("PmtMtd", "TRF");
    to.leaf("NbOfTxs", std::to_string(transfers.size()));
    to.leaf("CtrlSum", sum_of(transfers).text());
    if (key.sepa) {
        to.open("PmtTpInf");
        to.open("SvcLvl");
        to.leaf("Cd", "SEPA");
        to.close();
        to.close();
    }
    to.open("ReqdExctnDt");
    to.leaf("Dt", base::iso(key.execution));
    to.close();
    to.open("Dbtr");
    to.leaf("Nm", xml(order.from.name, 70));
    to.close();
    put_account(to, "DbtrAcct", order.from.account);
    put_agent(to, "DbtrAgt", order.from.bic);
    // In SEPA the scheme says who bears what; elsewhere we bear all of it, so that the customer gets the whole amount.
    to.leaf("ChrgBr", key.sepa ? "SLEV" : "DEBT");
    for (const auto* t : transfers) put_transfer(to, *t);
    to.close();
}

}  // namespace

result<payer> check_payer(payer from) {
    const auto wrong = [](std::string words) { return refuse(code::config_invalid, std::move(words)); };
    if (from.account.empty()) return wrong("`refund.debtor_account`, that refunds are paid from, is missing.");
    if (from.name.empty()) return wrong("`refund.debtor_name`, of who pays refunds, is missing.");
    if (from.bic.empty())
        return wrong(
            "`refund.debtor_bic` is missing: the BIC of your bank, or its CNAPS code of 12 digits. Banks refuse "
            "payment files that do not name who is to carry them out.");
    auto account = base::bank_account_of(from.account, from.name, from.bic, "refund.debtor_");
    if (!account) {  // in the words of the configuration
        auto words = account.error().words;
        for (const auto& [field, key] : {std::pair("refund.debtor_iban", "refund.debtor_account"),
                                         std::pair("refund.debtor_holder", "refund.debtor_name")})
            if (const auto at = words.find(field); at != std::string::npos)
                words.replace(at, std::string_view(field).size(), key);
        return wrong(std::move(words));
    }
    from.account = std::move(account->number);
    from.bic = std::move(account->bank);
    return from;
}

result<void> check_transfer(const credit_transfer& t) {
    if (!is_id(t.end_to_end_id))
        return refuse(code::invalid, "The refund's id is not 1 to 35 characters that every bank takes.");
    if (t.amount.minor <= 0 || !base::is_currency(t.amount.currency))
        return refuse(code::invalid, "A refund has a positive amount in a currency.");
    if (base::minor_digits(t.amount.currency) > 4) return refuse(code::invalid, "The currency has too many decimals.");
    if (t.creditor.empty()) return refuse(code::invalid, "The refund account has no holder.");
    const auto account = base::bank_account_of(t.account, t.creditor, t.bic, "refund_");
    if (!account) return std::unexpected(account.error());
    if (account->number != t.account || account->bank != t.bic)
        return refuse(code::invalid, "The refund account is not in the form that banks take.");
    constexpr std::int64_t sepa_most = 99'999'999'999;  // EPC132-08: 999999999.99 euros
    if (t.amount.currency == "EUR" && base::is_sepa(t.account) && t.amount.minor > sepa_most)
        return refuse(code::invalid, "The refund is more than one SEPA transfer may carry.");
    return {};
}

std::string pain_001(const payment_order& order) {
    std::map<group_key, std::vector<const credit_transfer*>> groups;
    std::vector<const credit_transfer*> all;
    for (const auto& t : order.transfers) {
        groups[{t.amount.currency, t.execution, is_sepa(order.from, t)}].push_back(&t);
        all.push_back(&t);
    }
    document to;
    to.open("Document", " xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"");
    to.open("CstmrCdtTrfInitn");
    to.open("GrpHdr");
    to.leaf("MsgId", xml(order.message_id));
    to.leaf("CreDtTm", base::iso(order.created_at));
    to.leaf("NbOfTxs", std::to_string(all.size()));
    to.leaf("CtrlSum", sum_of(all).text());
    to.open("InitgPty");
    to.leaf("Nm", xml(order.from.name, 70));
    to.close();
    to.close();
    int number = 0;
    for (const auto& [key, transfers] : groups)
        put_group(to, order, order.message_id + "-" + std::to_string(++number), key, transfers);
    to.close();
    to.close();
    return to.take();
}

}  // namespace keepline::link
