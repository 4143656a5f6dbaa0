#include "link/curl_handle.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using base::code;

TEST(curl_handle, an_outcome_means_the_same_to_everybody_who_calls_over_http) {
    struct row {
        CURLcode outcome;
        long status;
        std::optional<code> what;
    };
    for (const auto& [outcome, status, what] : std::vector<row>{{CURLE_OK, 200, {}},
                                                                {CURLE_OK, 204, {}},
                                                                {CURLE_OK, 302, code::peer_garbled},
                                                                {CURLE_OK, 404, code::peer_garbled},
                                                                {CURLE_OK, 410, code::peer_refused},
                                                                {CURLE_OK, 429, code::too_many},
                                                                {CURLE_OK, 502, code::peer_unreachable},
                                                                {CURLE_COULDNT_CONNECT, 0, code::peer_unreachable},
                                                                {CURLE_OPERATION_TIMEDOUT, 0, code::peer_unreachable},
                                                                {CURLE_GOT_NOTHING, 0, code::peer_unreachable},
                                                                {CURLE_WEIRD_SERVER_REPLY, 0, code::peer_garbled},
                                                                {CURLE_WRITE_ERROR, 404, code::peer_garbled},
                                                                // It had said yes: nothing after that is a no.
                                                                {CURLE_WRITE_ERROR, 200, {}},
                                                                {CURLE_PARTIAL_FILE, 200, {}},
                                                                {CURLE_RECV_ERROR, 202, {}},
                                                                {CURLE_OPERATION_TIMEDOUT, 200, {}}}) {
        const auto got = http_outcome("The bank ", outcome, status);
        ASSERT_EQ(got.has_value(), !what) << outcome << " " << status;
        if (got) continue;
        EXPECT_EQ(got.error().what, *what) << outcome << " " << status;
        EXPECT_TRUE(got.error().words.starts_with("The bank ")) << got.error().words;
    }
}

TEST(curl_handle, a_stranger_and_files_of_ours_that_cannot_be_used_make_every_message_wait) {
    for (const auto outcome : {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED,
                               CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE})
        EXPECT_EQ(http_outcome("The bank ", outcome, 0).error().what, code::peer_unreachable) << outcome;
    EXPECT_FALSE(is_unreachable(CURLE_LOGIN_DENIED));
    EXPECT_FALSE(is_unreachable(CURLE_SEND_ERROR)) << "a mail server's reply counts first";
}

}  // namespace
}  // namespace keepline::link
