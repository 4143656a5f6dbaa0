#include "link/pain_001.hpp"

#include "base/property.hpp"
#include "link/scripted_peer.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

/// xmllint holds it to the schema of the subset (test/schema).
testing::AssertionResult is_valid(const std::string& xml) {
    test_folder folder;
    const auto file = folder.path() + "/order.xml";
    std::ofstream(file) << xml;
    const auto command = "xmllint --noout --nonet --schema " KEEPLINE_SOURCE_DIR
                         "/test/schema/pain.001.001.09.subset.xsd " +
                         file + " > " + folder.path() + "/out 2>&1";
    if (std::system(command.c_str()) == 0) return testing::AssertionSuccess();
    std::ifstream out(folder.path() + "/out");
    return testing::AssertionFailure() << std::string(std::istreambuf_iterator<char>(out), {}) << xml;
}

credit_transfer transfer(std::string id, base::money amount) {
    return {std::move(id), std::move(amount), {20783}, "Li Lei", "GB33BUKB20201555555555",
            "BUKBGB22",    "Refund ln_1-c1"};
}

payment_order order(std::vector<credit_transfer> transfers) {
    return {"KL20261122160100123-0001",
            {1'795'000'000'000},
            {"Operator & Söhne", "DE89370400440532013000", "COBADEFFXXX"},
            std::move(transfers)};
}

std::size_t count(const std::string& in, std::string_view what) {
    std::size_t out = 0;
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + 1)) ++out;
    return out;
}

TEST(pain_001, an_order_holds_to_the_schema) {
    const auto xml = pain_001(order({transfer("KLR-1", {1230, "EUR"}), transfer("KLR-2", {5, "EUR"})}));
    EXPECT_TRUE(is_valid(xml));
    EXPECT_EQ(count(xml, "<PmtInf>"), 1U);
    EXPECT_EQ(count(xml, "<NbOfTxs>2</NbOfTxs>"), 2U);
    EXPECT_EQ(count(xml, "<CtrlSum>12.35</CtrlSum>"), 2U);
    EXPECT_NE(xml.find("<InstdAmt Ccy=\"EUR\">12.30</InstdAmt>"), std::string::npos);
    EXPECT_NE(xml.find("Operator &amp; Söhne"), std::string::npos);
}

TEST(pain_001, currencies_and_days_do_not_share_a_payment_information) {
    auto other_day = transfer("KLR-3", {100, "CNY"});
    other_day.execution = {20784};
    auto domestic = transfer("KLR-4", {12345, "KWD"});
    domestic.account = "622200001234";
    domestic.bic = "102100099996";
    const auto xml =
        pain_001(order({transfer("KLR-1", {1230, "CNY"}), transfer("KLR-2", {500, "JPY"}), other_day, domestic}));
    EXPECT_TRUE(is_valid(xml));
    EXPECT_EQ(count(xml, "<PmtInf>"), 4U);
    EXPECT_NE(xml.find("<InstdAmt Ccy=\"JPY\">500</InstdAmt>"), std::string::npos);
    EXPECT_NE(xml.find("<InstdAmt Ccy=\"KWD\">12.345</InstdAmt>"), std::string::npos);
    EXPECT_NE(xml.find("<CtrlSum>525.645</CtrlSum>"), std::string::npos);  // 12.30 + 500 + 1.00 + 12.345
    EXPECT_EQ(xml.find("NOTPROVIDED"), std::string::npos);
    EXPECT_NE(xml.find("<Id>622200001234</Id>"), std::string::npos);
    EXPECT_NE(xml.find("<Cd>CNAPS</Cd>"), std::string::npos);
    EXPECT_NE(xml.find("<MmbId>102100099996</MmbId>"), std::string::npos);
}

TEST(pain_001, names_are_escaped_and_cut_between_characters) {
    auto hostile = transfer("KLR-1", {1, "CNY"});
    hostile.creditor = "</Nm><x a=\"'\x01&";
    auto wordy = transfer("KLR-2", {1, "CNY"});
    wordy.creditor.clear();
    for (int i = 0; i < 80; ++i) wordy.creditor += "李";
    EXPECT_TRUE(is_valid(pain_001(order({hostile, wordy}))));
}

/// What the SEPA credit transfer scheme asks of such a file beyond the ISO schema (EPC132-08, customer to bank),
/// written down from its public text: euros only, IBANs only, a BIC or no creditor's bank at all, charges by the
/// service level, 0.01 to 999999999.99, names of 70 and remittances of 140 characters. Nothing: it holds.
std::string broken_sepa_rule(const std::string& xml) {
    const auto all = [&](std::string_view element) {
        std::vector<std::string> out;
        const auto open = "<" + std::string(element);
        const auto close = "</" + std::string(element) + ">";
        for (auto at = xml.find(open); at != std::string::npos; at = xml.find(open, at + 1)) {
            if (xml[at + open.size()] != '>' && xml[at + open.size()] != ' ') continue;
            const auto from = xml.find('>', at) + 1;
            out.push_back(xml.substr(from, xml.find(close, from) - from));
        }
        return out;
    };
    const auto has = [](const std::string& in, std::string_view part) { return in.find(part) != std::string::npos; };
    if (all("ChrgBr") != std::vector<std::string>{"SLEV"}) return "the charge bearer is not SLEV";
    if (count(xml, "<SvcLvl>") != 1 || !has(xml, "<Cd>SEPA</Cd>")) return "the service level is not SEPA";
    for (const auto* account : {"DbtrAcct", "CdtrAcct"})
        for (const auto& one : all(account))
            if (!has(one, "<IBAN>") || has(one, "<Othr>")) return std::string(account) + " is no IBAN";
    for (const auto& one : all("IBAN"))
        if (!base::is_sepa(one)) return one + " is not in SEPA";
    for (const auto* agent : {"DbtrAgt", "CdtrAgt"})
        for (const auto& one : all(agent))
            if (!has(one, "<BICFI>") || has(one, "<ClrSysMmbId>")) return std::string(agent) + " is no BIC";
    if (all("DbtrAgt").size() != all("PmtInf").size()) return "a debtor's agent is missing";
    for (const auto& one : all("InstdAmt"))
        if (one.size() > 12 || one.find('.') != one.size() - 3 || one == "0.00") return "the amount " + one;
    if (count(xml, "Ccy=\"EUR\"") != all("InstdAmt").size()) return "not in euros";
    for (const auto& one : all("EndToEndId"))
        if (one.starts_with('/') || has(one, "//")) return "a slash where none may be";
    return {};
}

TEST(pain_001, a_sepa_transfer_holds_to_the_rules_of_the_scheme) {
    auto without_bank = transfer("KLR-2", {5, "EUR"});
    without_bank.account = "MT84MALT011000012345MTLCAST001S";
    without_bank.bic = "";
    const auto xml = pain_001(order({transfer("KLR-1", {1230, "EUR"}), without_bank}));
    EXPECT_TRUE(is_valid(xml));
    EXPECT_EQ(broken_sepa_rule(xml), "") << xml;
    EXPECT_EQ(count(xml, "<CdtrAgt>"), 1U) << "left out where nothing is known";
    const auto in_yuan = pain_001(order({transfer("KLR-1", {1230, "CNY"})}));
    EXPECT_NE(broken_sepa_rule(in_yuan), "") << "the checker can fail";
    EXPECT_NE(in_yuan.find("<ChrgBr>DEBT</ChrgBr>"), std::string::npos);
    auto domestic = transfer("KLR-3", {1230, "EUR"});
    domestic.account = "1234567";
    EXPECT_NE(broken_sepa_rule(pain_001(order({domestic}))), "");
}

TEST(pain_001, euros_to_sepa_and_elsewhere_do_not_share_a_payment_information) {
    auto elsewhere = transfer("KLR-2", {100, "EUR"});
    elsewhere.account = "KW81CBKU0000000000001234560101";
    elsewhere.bic = "CBKUKWKW";
    const auto xml = pain_001(order({transfer("KLR-1", {100, "EUR"}), elsewhere}));
    EXPECT_TRUE(is_valid(xml));
    EXPECT_EQ(count(xml, "<PmtInf>"), 2U);
    EXPECT_EQ(count(xml, "<ChrgBr>SLEV</ChrgBr>"), 1U);
    EXPECT_EQ(count(xml, "<ChrgBr>DEBT</ChrgBr>"), 1U);
}

TEST(pain_001, an_account_that_is_no_account_is_refused_and_never_written_as_another_kind) {
    for (const auto* wrong : {"DE98370400440532013000", "DE8937040044053201300", "de89370400440532013000",
                              "DE89 3704 0044 0532 0130 00", "6222021234567890123", "ZZ123"}) {
        auto bad = transfer("KLR-1", {1, "EUR"});
        bad.account = wrong;
        EXPECT_FALSE(check_transfer(bad)) << wrong;
    }
    auto bad = transfer("KLR-1", {1, "EUR"});
    bad.bic = "NOTPROVIDED!";
    EXPECT_FALSE(check_transfer(bad));
}

TEST(pain_001, who_pays_names_account_and_bank) {
    EXPECT_TRUE(check_payer({"Operator", "DE89 3704 0044 0532 0130 00", "cobadeff"}));
    EXPECT_EQ(check_payer({"Operator", "DE89 3704 0044 0532 0130 00", "cobadeff"})->account, "DE89370400440532013000");
    EXPECT_TRUE(check_payer({"Operator", "6225880100001230", "308100005027"}));
    for (const auto& wrong :
         {payer{"Operator", "DE89370400440532013000", ""}, payer{"Operator", "", "COBADEFF"},
          payer{"", "DE89370400440532013000", "COBADEFF"}, payer{"Operator", "DE99370400440532013000", "COBADEFF"},
          payer{"Operator", "DE89370400440532013000", "12345"}})
        EXPECT_EQ(check_payer(wrong).error().what, base::code::config_invalid);
}

TEST(pain_001, what_no_bank_takes_is_refused_before_it_is_written) {
    const auto good = transfer("KLR-1", {1, "CNY"});
    EXPECT_TRUE(check_transfer(good));
    for (const auto& change : std::vector<std::function<void(credit_transfer&)>>{
             [](auto& t) { t.end_to_end_id = ""; }, [](auto& t) { t.end_to_end_id = std::string(36, 'a'); },
             [](auto& t) { t.end_to_end_id = "a\tb"; }, [](auto& t) { t.amount.minor = 0; },
             [](auto& t) { t.amount.minor = -1; }, [](auto& t) { t.amount.currency = "yuan"; },
             [](auto& t) { t.creditor = ""; }, [](auto& t) { t.account = ""; },
             [](auto& t) { t.account = std::string(35, '1'); }}) {
        auto bad = good;
        change(bad);
        EXPECT_FALSE(check_transfer(bad));
    }
}

TEST(pain_001, the_control_sum_is_exact) {
    EXPECT_HOLDS("sum of 2-digit amounts", [] {
        const auto amounts = *rc::gen::nonEmpty<std::vector<std::int64_t>>(
            rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 1'000'000'000)));
        std::vector<credit_transfer> all;
        std::int64_t sum = 0;
        for (const auto minor : amounts) {
            all.push_back(transfer("KLR-" + std::to_string(all.size()), {minor, "EUR"}));
            sum += minor;
        }
        RC_ASSERT(count(pain_001(order(all)), "<CtrlSum>" + base::decimal({sum, "EUR"}) + "</CtrlSum>") == 2U);
    });
}

}  // namespace
}  // namespace keepline::link
