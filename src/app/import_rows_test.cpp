#include "app/import_rows.hpp"

#include "base/json.hpp"

#include <algorithm>
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
              R"("line":{"number":"+8613800138000","policy":"cn","since":"2024-05-01",)"
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

std::string only_body(const std::string& text) {
    const auto rows = rows_of(text, row_format::csv);
    if (rows.size() != 1) return std::to_string(rows.size()) + " rows";
    return rows[0].body ? *rows[0].body : "refused: " + rows[0].body.error().words;
}

TEST(csv_files, of_every_spreadsheet_give_the_same_row) {
    const std::string head = "number,policy,subscriber,since,valid_until,full_name";
    const std::string row = "+8613800138000,cn,s-1,2024-05-01,2027-01-01,A. Tester";
    const auto wanted = only_body(head + "\n" + row + "\n");
    ASSERT_TRUE(wanted.starts_with("{")) << wanted;
    const auto with = [](std::string text, char mark) {
        std::ranges::replace(text, ',', mark);
        return text;
    };
    for (const auto& text :
         {"\xef\xbb\xbf" + head + "\r\n" + row + "\r\n", with(head + "\n" + row + "\n", ';'),
          with(head + "\n" + row + "\n", '\t'), "sep=,\r\n" + head + "\r\n" + row + "\r\n",
          "sep=;\r\n" + with(head + "\r\n" + row, ';'), head + ",,,\r\n" + row + ",,,\r\n", head + "\r" + row + "\r",
          head + "\n" + row + "\n,,,,,,,,\n ,\n", "Number, Policy , subscriber,since,valid_until,full_name\n" + row,
          head + "\n+8613800138000, cn, s-1 ,2024/5/1,1.1.2027, \"A. Tester\"", "reason," + head + "\nmended," + row})
        EXPECT_EQ(only_body(text), wanted) << text;
}

TEST(csv_files, are_refused_in_one_sentence_where_a_column_has_no_name) {
    EXPECT_EQ(refusal_of("number,,policy\n"), "Line 1: column 2 has no heading: name it, or take the column out.");
    EXPECT_EQ(refusal_of(",,,\n"), "Line 1: there are no headings; the first row names the columns.");
    EXPECT_EQ(refusal_of("sep=;\n"), "The file is empty; the first row names the columns.");
}

TEST(csv_rows, whose_identifiers_a_spreadsheet_has_damaged_say_so) {
    const std::string head = "number,policy,subscriber,since,valid_until,full_name,iccid,imsi\n";
    const auto told = [&](const std::string& number, const std::string& iccid, const std::string& imsi) {
        return only_body(head + number + ",cn,s,2024-05-01,2027-01-01,A," + iccid + "," + imsi + "\n");
    };
    EXPECT_NE(told("8.6138E+12", "", "").find("Column `number` holds 8.6138E+12: Excel"), std::string::npos);
    EXPECT_NE(told("+8613800138000", "8.986E+18", "").find("Column `iccid` holds"), std::string::npos);
    EXPECT_NE(told("+8613800138000", "8986012345678900000", "").find("Column `iccid` has only zeros"),
              std::string::npos);
    EXPECT_NE(told("+8613800138000", "8986000000000000010", "4.6001E+14").find("Column `imsi` holds"),
              std::string::npos);
}

TEST(csv_rejects, can_be_mended_and_read_again) {
    const std::string head = "number;policy;subscriber;since;valid_until;full_name;balance;currency\n";
    std::istringstream in(head + "+8613800138000;cn;s;2024-05-01;2027-01-01;\"A; \"\"B\"\"\";12,345;CNY\n");
    const auto reader = read_rows(in, row_format::csv);
    ASSERT_TRUE(reader);
    const auto row = (*reader)->next();
    ASSERT_FALSE(row->body);
    auto mended =
        (*reader)->reject_headings() + "\n" + (*reader)->reject_row(row->text, row->body.error().words) + "\n";
    EXPECT_NE(mended.find(";reason\n"), std::string::npos) << mended;
    EXPECT_NE(mended.find("Column `balance`"), std::string::npos) << mended;
    mended.replace(mended.find("12,345"), 6, "12.34");
    EXPECT_NE(only_body(mended).find(R"("full_name":"A; \"B\"")"), std::string::npos) << only_body(mended);
}

TEST(csv_rejects, keep_a_row_that_cannot_be_split) {
    std::istringstream in("number,policy,subscriber,since,valid_until,full_name\n+1,\"a\"b,,,,\n");
    const auto reader = read_rows(in, row_format::csv);
    const auto row = (*reader)->next();
    EXPECT_EQ((*reader)->reject_row(row->text, "why"), "\"+1,\"\"a\"\"b,,,,\",,,,,,why");
}

TEST(csv_rejects, that_had_no_columns_stand_whole_and_are_not_taken_as_they_are) {
    const std::string head = "number,policy,subscriber,since,valid_until,full_name,document_kind\n";
    for (const std::string row : {"+8613800138000,cn,s,2024-05-01,2027-01-01,A",          // padded it would be taken
                                  "+8613800138000,cn,s,2024-05-01,2027-01-01,A,id,more",  // and glued as well
                                  "+8613800138000,cn,s,2024-05-01,2027-01-01,\"A\"b,id"}) {
        std::istringstream in(head + row + "\n");
        const auto reader = read_rows(in, row_format::csv);
        const auto refused = (*reader)->next();
        ASSERT_FALSE(refused->body) << row;
        for (const std::string mark : {"", "\xef\xbb\xbf"}) {  // as a spreadsheet saves it again
            const auto again =
                mark + (*reader)->reject_headings() + "\n" + (*reader)->reject_row(refused->text, "why") + "\n";
            EXPECT_NE(only_body(again).find("stands whole in its first cell"), std::string::npos) << only_body(again);
        }
    }
}

TEST(csv_rows, of_a_file_with_semicolons_may_have_decimal_commas) {
    const auto told = [](const std::string& amount, char mark, const std::string& currency) {
        std::string text =
            "number,policy,subscriber,since,valid_until,full_name,currency,balance\n"
            "+8613800138000,cn,s,2024-05-01,2027-01-01,A,";
        text += currency + ",";
        std::ranges::replace(text, ',', mark);
        return only_body(text + "\"" + amount + "\"\n");
    };
    for (const auto& [amount, minor] :
         {std::pair{"12,50", "1250"}, {"12,5", "1250"}, {"-0,05", "-5"}, {"12.50", "1250"}})
        for (const char mark : {';', '\t'})
            EXPECT_NE(told(amount, mark, "CNY").find("\"minor\":" + std::string(minor) + ","), std::string::npos)
                << told(amount, mark, "CNY");
    for (const auto* amount : {"1.234,50", "1,234.50", "1,234", "12,5,0", ",50", "12,"})
        EXPECT_NE(told(amount, ';', "CNY").find("refused: Column `balance` must be an amount"), std::string::npos);
    EXPECT_NE(told("1,234", ';', "JPY").find("refused: Column `balance`"), std::string::npos);
    EXPECT_NE(told("12,50", ',', "CNY").find("a decimal comma is taken where"), std::string::npos);
}

TEST(csv_rows, with_dates_that_nobody_means_and_words_where_numbers_stand_name_the_column) {
    const auto told = [](const std::string& number, const std::string& since, const std::string& balance) {
        return only_body("number,policy,subscriber,since,valid_until,full_name,currency,balance\n" + number + ",cn,s," +
                         since + ",2027-01-01,A,CNY," + balance + "\n");
    };
    for (const auto& [since, why] : {std::pair{"0202-05-01", "`since` holds 0202-05-01: the year 202 cannot be meant."},
                                     {"20024-05-01", "`since` must be a date"},
                                     {"0202-05-01T00:00:00Z", "the year 202 cannot be meant"},
                                     {"2024-02-30", "`since` holds 2024-02-30, which is no day of the calendar."},
                                     {"30.2.2024", "`since` holds 30.2.2024, which is no day of the calendar."},
                                     {"2024年2月30日", "which is no day of the calendar."},
                                     {"2024-13-01", "which is no day of the calendar."},
                                     {"yesterday", "`since` must be a date"}})
        EXPECT_NE(told("+8613800138000", since, "1").find(why), std::string::npos)
            << told("+8613800138000", since, "1");
    EXPECT_NE(told("+8613800138000", "2024-05-01", "free").find("Column `balance` must be an amount"),
              std::string::npos);
    EXPECT_NE(told("number", "2024-05-01", "1").find("\"number\":\"number\""), std::string::npos)
        << "what a number is says the API, by its column";
}

TEST(csv_rows, that_are_the_headings_again_say_that_two_files_were_put_together) {
    const std::string head = "number,policy,subscriber,since,valid_until,full_name\n";
    const auto rows =
        rows_of(head + "+8613800138000,cn,s,2024-05-01,2027-01-01,A\n\xef\xbb\xbf" + head, row_format::csv);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_NE(rows[1].body.error().words.find("headings once more"), std::string::npos) << rows[1].body.error().words;
}

TEST(ndjson_rows, that_were_rejected_are_read_again_with_their_row_mended) {
    const auto rows = rows_of(R"({"line":7,"code":"invalid","reason":"why","row":"{\"subscriber\":{},\"line\":{}}"})"
                              "\n"
                              R"({"line":8,"code":"malformed","reason":"why","row":"{\"subscriber\":"})"
                              "\n",
                              row_format::ndjson);
    ASSERT_EQ(rows.size(), 2U);
    ASSERT_TRUE(rows[0].body) << rows[0].body.error().words;
    EXPECT_EQ(*rows[0].body, R"({"subscriber":{},"line":{}})");
    EXPECT_NE(rows[1].body.error().words.find("rejected as it stands"), std::string::npos);
}

TEST(in_columns, names_the_columns_of_the_file) {
    import_row row{1, "", std::string()};
    row.said_of_subscriber = R"({"contacts":[{"id":"phone"}]})";
    const auto named = [&](const std::string& place) {
        return in_columns({base::code::invalid, "`" + place + "` is wrong.", {{"field", place}}}, row);
    };
    for (const auto& [place, column] :
         std::initializer_list<std::pair<const char*, const char*>>{{"line.valid_until", "valid_until"},
                                                                    {"line.profiles[0].iccid", "iccid"},
                                                                    {"line.profiles[0].state", "profile_state"},
                                                                    {"line.balance.minor", "balance"},
                                                                    {"line.contract.fixed_fee", "contract_fee"},
                                                                    {"subscriber.person.full_name", "full_name"},
                                                                    {"person.refund_iban", "refund_iban"},
                                                                    {"subscriber.id", "subscriber"},
                                                                    {"contacts[0].address", "phone"},
                                                                    {"contacts[1].address", "mail"}}) {
        EXPECT_EQ(named(place).words, "`" + std::string(column) + "` is wrong.");
        EXPECT_EQ(named(place).data.at(0).value, column);
    }
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
