#include "print/pdf.hpp"

#include "print/pdf_language.hpp"

#include <gmock/gmock.h>

namespace keepline::print {

namespace {

using base::code;
using testing::HasSubstr;
using text::sheet_part_kind;

std::size_t count(std::string_view in, std::string_view what) {
    std::size_t out = 0;
    for (auto at = in.find(what); at != std::string_view::npos; at = in.find(what, at + what.size())) ++out;
    return out;
}

std::size_t pages(std::string_view in) { return count(in, "/Type /Page") - count(in, "/Type /Pages"); }

text::sheet long_sheet(int rows) {
    text::sheet out;
    out.add(sheet_part_kind::issuer, "Operator");
    out.add(sheet_part_kind::title, "注销凭证");
    out.add(sheet_part_kind::heading, "Devices");
    out.begin_table();
    for (int i = 0; i < rows; ++i)
        out.row("Row " + std::to_string(i), {{"deleted"}, {.words = "small", .small = true}});
    out.add(sheet_part_kind::code, std::string(3000, 'x'));
    return out;
}

TEST(pdf, is_tagged_and_has_the_pages_that_it_needs) {
    const auto one = pdf_of(long_sheet(3), {.title = "注销凭证 1", .author = "Operator", .language = "zh-CN"}).value();
    EXPECT_TRUE(one.starts_with("%PDF-1."));
    EXPECT_THAT(one, HasSubstr("/StructTreeRoot"));
    EXPECT_THAT(one, HasSubstr("/Marked true"));
    for (const auto* tag : {"/S /H1", "/S /H2", "/S /Table", "/S /TR", "/S /TH", "/S /TD", "/S /P"})
        EXPECT_THAT(one, HasSubstr(tag));
    EXPECT_EQ(pages(one), 1U);
    const auto many = pdf_of(long_sheet(200), {.title = "t", .author = {}, .language = "en"}).value();
    EXPECT_GT(pages(many), 5U);
    EXPECT_EQ(count(many, "/S /TR"), 200U);
}

TEST(pdf, says_in_which_language_it_is_and_keeps_what_was_written) {
    const auto bare = pdf_of(long_sheet(3), {.title = "t"}).value();
    EXPECT_EQ(count(bare, "/Lang"), 0U);
    const auto said = in_language(bare, "zh-CN");
    EXPECT_TRUE(said.starts_with(bare)) << "what was written stays, and the catalog follows it";
    const auto more = said.substr(bare.size());
    EXPECT_THAT(more, HasSubstr("/Lang (zh-CN)"));
    for (const auto* kept : {"/Type /Catalog", "/Pages ", "/StructTreeRoot ", "/Marked true", "/Prev "})
        EXPECT_THAT(more, HasSubstr(kept));
    const auto table = std::stoul(more.substr(more.rfind("startxref\n") + 10));
    EXPECT_EQ(said.substr(table, 5), "xref\n");
    const auto entry = said.find(" 00000 n", table) - 10;
    EXPECT_THAT(said.substr(std::stoul(said.substr(entry, 10)), 40), HasSubstr(" 0 obj\n<< /Type /Catalog"));
    EXPECT_EQ(count(pdf_of(long_sheet(1), {.title = "t", .language = "en"}).value(), "/Lang (en)"), 1U);
}

/// It stands in the document as it is, so nothing but a tag gets there; and a document of another make stays as it is.
TEST(pdf, takes_no_other_language_than_a_tag_and_no_other_document) {
    const auto bare = pdf_of(long_sheet(1), {.title = "t"}).value();
    for (const auto* tongue : {"", "no such tongue", "en) /OpenAction (x", "en\n", "\xff"})
        EXPECT_EQ(in_language(bare, tongue), bare) << tongue;
    EXPECT_EQ(in_language(bare, std::string(36, 'a')), bare);
    for (const auto* other :
         {"", "%PDF-1.4", "startxref\n", "startxref\n99999999999999999999\n", "xref\nstartxref\n0\n",
          "%\nxref\ntrailer\n<< /Size 1 /Root 1 0 R /Info 2 0 R >>\nstartxref\n2\n%%EOF\n"})
        EXPECT_EQ(in_language(other, "en"), other);
    for (std::size_t cut = 0; cut < bare.size(); cut += 97) {
        const auto half = bare.substr(0, cut);
        EXPECT_TRUE(in_language(half, "en").starts_with(half));
    }
    EXPECT_EQ(count(in_language(in_language(bare, "en"), "zh-CN"), "/Lang"), 1U) << "said once";
}

TEST(pdf, shows_an_address_that_fits_a_qr_code) {
    const auto with =
        pdf_of(long_sheet(1), {.title = "t", .language = "en", .address = "https://my.operator.example/verify"});
    EXPECT_THAT(with.value(), HasSubstr("/S /Figure"));
    EXPECT_EQ(pdf_of({}, {.title = "t", .language = "en", .address = std::string(5000, 'a')}).error().what,
              code::too_large);
}

/// Hostile text is text: nothing of it is markup, and what is no UTF-8 does no harm.
TEST(pdf, takes_any_bytes) {
    text::sheet all;
    all.add(sheet_part_kind::title, "<b>&amp;</b> \xff\xfe \xe2\x80\xae rtl \xf0\x9f\x98\x80");
    all.add(sheet_part_kind::paragraph, std::string(20'000, '\n'));
    all.begin_table();
    all.row(std::string("\0name", 5), "value");
    EXPECT_TRUE(pdf_of(all, {.title = "\xff", .language = "no such tongue"}));
}

}  // namespace

}  // namespace keepline::print
