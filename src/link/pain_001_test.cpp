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
            {"Operator & Söhne", "DE89370400440532013000", "COBADEFF"},
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
    domestic.account = "6222 0000/1234";
    domestic.bic = "";
    const auto xml =
        pain_001(order({transfer("KLR-1", {1230, "CNY"}), transfer("KLR-2", {500, "JPY"}), other_day, domestic}));
    EXPECT_TRUE(is_valid(xml));
    EXPECT_EQ(count(xml, "<PmtInf>"), 4U);
    EXPECT_NE(xml.find("<InstdAmt Ccy=\"JPY\">500</InstdAmt>"), std::string::npos);
    EXPECT_NE(xml.find("<InstdAmt Ccy=\"KWD\">12.345</InstdAmt>"), std::string::npos);
    EXPECT_NE(xml.find("<CtrlSum>525.645</CtrlSum>"), std::string::npos);  // 12.30 + 500 + 1.00 + 12.345
    EXPECT_NE(xml.find("NOTPROVIDED"), std::string::npos);
    EXPECT_NE(xml.find("<Id>6222 0000/1234</Id>"), std::string::npos);
}

TEST(pain_001, names_are_escaped_and_cut_between_characters) {
    auto hostile = transfer("KLR-1", {1, "CNY"});
    hostile.creditor = "</Nm><x a=\"'\x01&";
    auto wordy = transfer("KLR-2", {1, "CNY"});
    wordy.creditor.clear();
    for (int i = 0; i < 80; ++i) wordy.creditor += "李";
    EXPECT_TRUE(is_valid(pain_001(order({hostile, wordy}))));
}

TEST(pain_001, ibans_are_told_from_other_accounts_by_their_check_digits) {
    EXPECT_TRUE(is_iban("GB33BUKB20201555555555"));
    EXPECT_TRUE(is_iban("DE89370400440532013000"));
    EXPECT_FALSE(is_iban("GB34BUKB20201555555555"));
    EXPECT_FALSE(is_iban("GB33 BUKB 2020 1555 5555 55"));
    EXPECT_FALSE(is_iban("6222021234567890123"));
    EXPECT_FALSE(is_iban(""));
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
