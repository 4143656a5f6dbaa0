#include "app/import_rows.hpp"

#include "base/json.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

constexpr const char* headings =
    "number,policy,subscriber,since,valid_until,full_name,currency,balance,mail,mail_verified\n";

std::vector<import_row> rows_of(const std::string& text, row_format format) {
    std::istringstream in(text);
    const auto reader = read_rows(in, format);
    EXPECT_TRUE(reader) << reader.error().words;
    std::vector<import_row> out;
    while (auto row = (*reader)->next()) out.push_back(std::move(*row));
    return out;
}

std::string refusal_of(const std::string& text) {
    std::istringstream in(text);
    const auto reader = read_rows(in, row_format::csv);
    return reader ? "accepted" : reader.error().words;
}

TEST(csv_rows, become_bodies_of_the_api) {
    const auto rows = rows_of(std::string(headings) +
                                  "+8613800138000,cn,s-1,2024-05-01,2027-01-01T08:00:00+08:00,\"Wang, "
                                  "\"\"Wei\"\"\",CNY,12.3,w@example.com,yes\r\n",
                              row_format::csv);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].line, 2U);
    ASSERT_TRUE(rows[0].body) << rows[0].body.error().words;
    EXPECT_EQ(*rows[0].body,
              R"({"subscriber":{"id":"s-1","language":"zh-CN","person":{"full_name":"Wang, \"Wei\""},)"
              R"("contacts":[{"id":"mail","by":"mail","address":"w@example.com","verified":true}]},)"
              R"("line":{"number":"+8613800138000","policy":"cn","since":"2024-05-01T00:00:00Z",)"
              R"("valid_until":"2027-01-01T08:00:00+08:00","balance":{"minor":1230,"currency":"CNY"}}})");
}

TEST(csv_rows, name_the_line_where_they_begin_even_across_line_ends) {
    const auto rows = rows_of(
        std::string(headings) + "\n\"+1\n2\",cn,s,2024-05-01,2025-05-01,A,,,,\n+8613800138000,cn,s\n", row_format::csv);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].line, 3U);
    EXPECT_EQ(rows[1].line, 5U);
    EXPECT_EQ(rows[1].body.error().words, "The row has 3 cells, but there are 10 columns.");
}

TEST(csv_rows, are_refused_one_by_one_with_the_column_s_name) {
    const auto refusal = [](const std::string& row) {
        const auto rows = rows_of(std::string(headings) + row + "\n", row_format::csv);
        return rows.at(0).body ? std::string("accepted") : rows.at(0).body.error().words;
    };
    EXPECT_EQ(refusal("+8613800138000,cn,s,2024-05-01,2025-05-01,A,CNY,12.345,,"),
              "Column `balance` must be an amount such as 12.30, with at most 2 decimals.");
    EXPECT_EQ(refusal("+8613800138000,cn,s,2024-05-01,2025-05-01,A,JPY,12.3,,"),
              "Column `balance` must be an amount such as 12.30, with at most 0 decimals.");
    EXPECT_EQ(refusal("+8613800138000,cn,s,2024-05-01,2025-05-01,A,,12,,"),
              "Column `currency` must be a currency such as CNY, because there is an amount.");
    EXPECT_EQ(refusal("+8613800138000,cn,s,2024-05-01,2025-05-01,A,CNY,99999999999999999999,,"),
              "Column `balance` must be an amount such as 12.30, with at most 2 decimals.");
    EXPECT_EQ(refusal("+8613800138000,cn,s,2024-05-01,2025-05-01,A,CNY,1,a@b.c,maybe"),
              "Column `mail_verified` must be true or false.");
    EXPECT_EQ(refusal(",cn,s,2024-05-01,2025-05-01,A,CNY,1,,"), "Column `number` is empty.");
    EXPECT_EQ(refusal("+8613800138000,cn,s,2024-05-01,2025-05-01,A\xff,CNY,1,,"),
              "Column `full_name` holds bytes that are no UTF-8 text, or control characters.");
    EXPECT_EQ(refusal("\"+8613800138000\"x,cn,s,2024-05-01,2025-05-01,A,CNY,1,,"),
              "The quotes of this row do not match.");
}

TEST(csv_rows, keep_amounts_exact) {
    for (const auto& [text, minor] :
         {std::pair{"0", "0"}, {"-1.05", "-105"}, {"0.01", "1"}, {"90000000000000.99", "9000000000000099"}}) {
        const auto rows =
            rows_of(std::string(headings) + "+8613800138000,cn,s,2024-05-01,2025-05-01,A,CNY," + text + ",,\n",
                    row_format::csv);
        ASSERT_TRUE(rows.at(0).body);
        EXPECT_NE(rows[0].body->find("\"minor\":" + std::string(minor) + ","), std::string::npos) << *rows[0].body;
    }
}

TEST(csv_headings, must_be_known_and_complete) {
    EXPECT_EQ(refusal_of(""), "The file is empty; the first row names the columns.");
    EXPECT_EQ(refusal_of("number,colour\n"), "Line 1: `colour` is not a known column. See keepline import --help.");
    EXPECT_EQ(refusal_of("number,number\n"), "Line 1: the column `number` is there twice.");
    EXPECT_EQ(refusal_of("number,policy,subscriber,since,full_name\n"), "Line 1: the column `valid_until` is missing.");
    EXPECT_EQ(refusal_of("\xef\xbb\xbf" + std::string(headings)), "accepted");
}

TEST(ndjson_rows, pass_through_and_hand_the_records_on) {
    const auto rows = rows_of("{\"subscriber\":{},\"line\":{\"a\":1},\"records\":{\"bills\":[]}}\n\nnot json\n[]\n",
                              row_format::ndjson);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(*rows[0].body, R"({"subscriber":{},"line":{"a":1}})");
    EXPECT_EQ(rows[0].records, R"({"bills":[]})");
    EXPECT_EQ(rows[1].line, 3U);
    EXPECT_EQ(rows[1].body.error().what, base::code::malformed);
    EXPECT_EQ(rows[2].body.error().words, "The row must be an object with `subscriber` and `line`.");
}

TEST(ndjson_rows, may_be_flat) {
    const auto rows =
        rows_of("{\"number\":\"+1\",\"subscriber\":{\"id\":\"s\"},\"policy\":\"cn\"}\n", row_format::ndjson);
    EXPECT_EQ(*rows.at(0).body, R"({"subscriber":{"id":"s"},"line":{"number":"+1","policy":"cn"}})");
    EXPECT_EQ(rows[0].subscriber, "s");
}

TEST(split_csv, follows_rfc_4180) {
    using cells = std::vector<std::string>;
    EXPECT_EQ(split_csv("a,b,"), (cells{"a", "b", ""}));
    EXPECT_EQ(split_csv("\"a,b\",\"\"\"\",\"\""), (cells{"a,b", "\"", ""}));
    EXPECT_EQ(split_csv(""), (cells{""}));
    for (const char* wrong : {"\"a", "a\"b", "\"a\"b", "\"\"\"", "a,\"b\" ,c"}) EXPECT_FALSE(split_csv(wrong)) << wrong;
}

TEST(format, follows_the_ending) {
    EXPECT_EQ(format_of("lines.csv"), row_format::csv);
    EXPECT_EQ(format_of("lines.ndjson"), row_format::ndjson);
    EXPECT_FALSE(format_of("lines.xlsx"));
}

}  // namespace
}  // namespace keepline::app
