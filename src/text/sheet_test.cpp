#include "text/sheet.hpp"

#include <gtest/gtest.h>

namespace keepline::text {

TEST(sheet, is_escaped_as_html_and_keeps_its_order) {
    sheet one;
    one.add(sheet_part_kind::issuer, "A & B");
    one.add(sheet_part_kind::title, "<Title>");
    one.begin_table();
    one.row("name", "<value>");
    one.row("two", {{.words = "1", .strong = true}, {.words = "2", .small = true}});
    one.add(sheet_part_kind::small, "end");
    EXPECT_EQ(html_of(one),
              "<p class=\"operator\">A &amp; B</p>\n<h1>&lt;Title&gt;</h1>\n<table>\n"
              "<tr><th scope=\"row\">name</th><td>&lt;value&gt;</td></tr>\n"
              "<tr><th scope=\"row\">two</th><td><strong>1</strong><br><span class=\"small\">2</span></td></tr>\n"
              "</table>\n<p class=\"small\">end</p>\n");
}

}  // namespace keepline::text
