// Calendars, as RFC 5545 has them.
#include "portal/calendar_file.hpp"

#include <gtest/gtest.h>

namespace keepline::portal {
namespace {

TEST(calendar_file, has_an_event_for_each_date_in_lines_of_its_length) {
    const calendar_entry one{"id-1", base::instant{1'795'348'800'000}, "Bar; then, \\ the end\nnext",
                             std::string(60, 'a') + "保号保号保号保号保号保号"};
    const auto file = calendar_file("Number", {one, {"id-2", base::instant{1'795'348'800'000}, "b", ""}},
                                    base::instant{1'795'305'600'000});
    EXPECT_TRUE(file.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
    EXPECT_TRUE(file.ends_with("END:VCALENDAR\r\n"));
    EXPECT_NE(file.find("\r\nDTSTART:20261122T120000Z\r\n"), std::string::npos) << file;
    EXPECT_NE(file.find("\r\nDTSTAMP:20261122T000000Z\r\n"), std::string::npos);
    EXPECT_NE(file.find("SUMMARY:Bar\\; then\\, \\\\ the end\\nnext\r\n"), std::string::npos);
    std::string unfolded;
    for (std::size_t at = 0; at < file.size();) {
        const auto end = file.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - at, 75U);
        unfolded += file[at] == ' ' ? file.substr(at + 1, end - at - 1) : "\n" + file.substr(at, end - at);
        at = end + 2;
    }
    EXPECT_NE(unfolded.find("DESCRIPTION:" + one.words), std::string::npos);
    EXPECT_EQ(std::count(file.begin(), file.end(), '\r'), std::count(file.begin(), file.end(), '\n'));
}

}  // namespace
}  // namespace keepline::portal
