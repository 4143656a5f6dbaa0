// Which addresses a provider of identities may have. What it says and signs: test/e2e/oidc.test.mjs, id_token_test.cpp.
#include "link/oidc_provider.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {
namespace oidc_tests {

const std::string elsewhere = "https://id.example";
const std::string own = "http://127.0.0.1:8090";

TEST(oidc_provider, has_places_by_https_alone) {
    EXPECT_TRUE(is_place_of(elsewhere, elsewhere));
    EXPECT_TRUE(is_place_of(elsewhere, "https://login.id.example/token?a=b"));
    for (const auto* wrong : {"http://id.example/token", "ftp://id.example/", "id.example", "", "https://",
                              "https://user:secret@id.example/", "https://user@id.example/"})
        EXPECT_FALSE(is_place_of(elsewhere, wrong)) << wrong;
}

// The part before an @ looks like a host: the secret and the code would go to the one behind it, in clear.
TEST(oidc_provider, on_this_machine_is_what_the_host_says_and_nothing_before_it) {
    EXPECT_TRUE(is_place_of(own, own));
    EXPECT_TRUE(is_place_of(own, "http://localhost:8090/token"));
    EXPECT_TRUE(is_place_of(own, "http://[::1]:8090/token"));
    for (const auto* wrong : {"http://localhost:x@evil.example/", "http://127.0.0.1@evil.example/",
                              "http://127.evil.example/", "http://localhost.evil.example/", "ftp://localhost/"})
        EXPECT_FALSE(is_place_of(own, wrong)) << wrong;
}

TEST(oidc_provider, elsewhere_has_no_place_on_this_machine) {
    for (const auto* wrong : {"http://127.0.0.1:8090/token", "http://localhost/keys", "https://localhost/keys",
                              "https://[::1]/keys", "https://127.1.2.3/"})
        EXPECT_FALSE(is_place_of(elsewhere, wrong)) << wrong;
    oidc_settings of;
    of.issuer = "http://localhost:x@evil.example/";
    of.client_id = "keepline";
    EXPECT_FALSE(fault_in(of).empty());
    of.issuer = own;
    EXPECT_TRUE(fault_in(of).empty()) << fault_in(of);
}

}  // namespace oidc_tests
}  // namespace
}  // namespace keepline::link
