#include "web/assets.hpp"

#include <gtest/gtest.h>

namespace keepline::web {
namespace {

TEST(assets, codings_are_read_as_browsers_say_them) {
    for (const auto* yes : {"br", "gzip, br", "gzip;q=0.5,br;q=0.001", " br ", "gzip, br;q=1.0"})
        EXPECT_TRUE(takes_coding(yes, "br")) << yes;
    for (const auto* no : {"", "gzip", "br;q=0", "br;q=0.000, gzip", "brotli", "x-br", ";q=1"})
        EXPECT_FALSE(takes_coding(no, "br")) << no;
}

}  // namespace
}  // namespace keepline::web
