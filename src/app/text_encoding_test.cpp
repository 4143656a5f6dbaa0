#include "app/text_encoding.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

std::string read(const std::string& bytes, std::string_view encoding = {}) {
    std::istringstream in(bytes);
    const auto other = as_utf8(in, encoding);
    if (!other) return "refused: " + other.error().words;
    std::ostringstream out;
    out << (*other ? (*other)->rdbuf() : in.rdbuf());
    return out.str();
}

TEST(text_encoding, utf_8_is_left_alone_and_utf_16_is_known_by_its_mark) {
    EXPECT_EQ(read("a,王\n"), "a,王\n");
    EXPECT_EQ(read(std::string("\xff\xfe"
                               "a\0,\0\x8b\x73\n\0",
                               10)),
              "a,王\n");
    EXPECT_EQ(read(std::string("\xfe\xff\0a\0,\x73\x8b\0\n", 10)), "a,王\n");
}

TEST(text_encoding, what_is_no_utf_8_is_refused_with_its_line_and_what_to_do) {
    const auto told = read("a\nb\n\xcd\xf5\n");
    EXPECT_NE(told.find("Line 3 is not UTF-8"), std::string::npos) << told;
    EXPECT_NE(told.find("--encoding gb18030"), std::string::npos);
    EXPECT_NE(read("a\xe7\x8e").find("refused"), std::string::npos) << "cut within a character";
    EXPECT_NE(read("\xed\xa0\x80").find("refused"), std::string::npos) << "half of a surrogate pair";
}

TEST(text_encoding, what_is_no_text_file_is_named_for_what_it_is) {
    EXPECT_NE(read("PK\x03\x04\x14").find("workbook"), std::string::npos);
    EXPECT_NE(read("\xd0\xcf\x11\xe0\xa1").find("workbook"), std::string::npos);
    EXPECT_NE(read(std::string("n\0u\0", 4)).find("--encoding UTF-16LE"), std::string::npos);
    EXPECT_NE(read(std::string("\0n\0u", 4)).find("--encoding UTF-16BE"), std::string::npos);
    EXPECT_EQ(read(std::string("n\0u\0", 4), "UTF-16LE"), "nu");
    EXPECT_EQ(read("PK"), "PK") << "two letters are no archive";
}

TEST(text_encoding, a_named_encoding_is_converted) {
    EXPECT_EQ(read("a,\xcd\xf5\n", "gb18030"), "a,王\n");
    EXPECT_NE(read("a\n\xcd", "gb18030").find("Line 2"), std::string::npos);
    EXPECT_NE(read("a", "klingon").find("no encoding"), std::string::npos);
}

}  // namespace
}  // namespace keepline::app
