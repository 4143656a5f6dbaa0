#include "app/csv_cells.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

std::string told(const result<std::string>& of) { return of ? *of : "refused: " + of.error().words; }

TEST(number_cell, undoes_what_loses_nothing) {
    for (const char* text :
         {"+8613800138000", "'+8613800138000", "\xe2\x80\x99+8613800138000", "+86 138 0013 8000",
          "\xef\xbc\x8b\x38\x36\x31\x33\x38\x30\x30\x31\x33\x38\x30\x30\x30", "+8613800138000\xc2\xa0",
          "008613800138000", "\xe2\x80\xad+8613800138000\xe2\x80\xac", "+86 (138) 0013-8000", " +8613800138000 "})
        EXPECT_EQ(told(number_cell("number", text)), "+8613800138000") << text;
}

TEST(number_cell, names_what_excel_did_and_a_missing_country_code) {
    EXPECT_NE(told(number_cell("number", "8.6138E+12")).find("Column `number` holds 8.6138E+12: Excel"),
              std::string::npos);
    EXPECT_NE(told(number_cell("phone", "8613800138000")).find("Column `phone` has no country code"),
              std::string::npos);
}

TEST(identifier_cell, refuses_digits_that_were_rounded_or_dropped) {
    for (const char* text : {"8.986E+18", "4.6001E+14", "8,986E+18", "8986000000000000000", "8986012345678900000",
                             "89049032123451200000000000000000"})
        EXPECT_NE(told(identifier_cell("iccid", text)).find("Excel"), std::string::npos) << text;
    EXPECT_EQ(told(identifier_cell("iccid", "8986000000000000010")), "8986000000000000010");
    EXPECT_EQ(told(identifier_cell("imsi", "460010000000000")), "460010000000000");
    EXPECT_EQ(told(identifier_cell("eid", "'89049032000000000000000000000000")),
              told(identifier_cell("eid", "89049032000000000000000000000000")));
}

TEST(date_cell, takes_what_can_be_read_in_one_way) {
    for (const char* text : {"2027-02-07", "2027/2/7", "2027/02/07", "7.2.2027", "07.02.2027", "2027-02-07 00:00:00",
                             "2027/2/7 0:00", "2027年2月7日", "2027-2-7", " 2027-02-07 ", "2027.2.7"})
        EXPECT_EQ(told(date_cell("since", text)), "2027-02-07") << text;
    EXPECT_EQ(told(date_cell("since", "2027-02-07T10:00:00+08:00")), "2027-02-07T10:00:00+08:00");
    EXPECT_EQ(told(date_cell("since", "")), "");
}

TEST(date_cell, refuses_what_can_be_read_in_two_and_what_is_no_date) {
    EXPECT_NE(told(date_cell("since", "2/3/2027")).find("two ways"), std::string::npos);
    EXPECT_NE(told(date_cell("since", "46721")).find("Excel counts days"), std::string::npos);
    EXPECT_NE(told(date_cell("since", "2027-02-07 16:00")).find("without its zone"), std::string::npos);
    for (const char* text : {"2027-02-30", "2027/13/1", "tomorrow", "31.2.2027", "2027-02", "-", "年月日"})
        EXPECT_NE(told(date_cell("since", text)).find("Column `since` must be a date"), std::string::npos) << text;
}

}  // namespace
}  // namespace keepline::app
