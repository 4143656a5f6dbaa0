// A peer that talks without end, and never says what it is asked for: every exchange with it ends by its deadline, and
// leaves the thread to others. Without that each of these would stand for ever.
#include "link/hlr_session.hpp"
#include "link/ipa_frame.hpp"
#include "link/scripted_peer.hpp"
#include "link/smpp_connection.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

scripted_peer::script talker(const base::bytes& saying) {
    return [saying](scripted_connection& c) {
        base::bytes many;
        for (int i = 0; i < 100; ++i) many.insert(many.end(), saying.begin(), saying.end());
        while (c.send(many)) {
        }
    };
}

constexpr auto patience = std::chrono::milliseconds{100};

hlr_settings hlr_at(int port) {
    hlr_settings out;
    out.ctrl_port = out.gsup_port = out.vty_port = port;
    out.answer_timeout = patience;
    return out;
}

const auto subscriber = base::imsi::trusted("460001234567890");

TEST(endless_peer, announcements_of_the_hlr_are_no_answer) {
    scripted_peer hlr(talker(encode_ipa(0xee, base::view(std::string_view("\0TRAP 0 net.0 up", 16)))));
    const auto found = hlr_session(hlr_at(hlr.port()), 1).find(subscriber);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, base::code::peer_unreachable);
}

TEST(endless_peer, a_hlr_that_pings_for_ever_never_knows_us) {
    scripted_peer hlr(talker(encode_ipa(0xfe, base::byte_array<1>{0})));
    const auto found = hlr_session(hlr_at(hlr.port()), 1).update_location(subscriber);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, base::code::peer_unreachable);
}

TEST(endless_peer, a_smsc_that_enquires_for_ever_never_lets_us_in) {
    scripted_peer smsc(talker(encode_smpp(smpp_command::enquire_link, smpp_status::ok, 1)));
    smpp_settings how;
    how.port = smsc.port();
    how.connect_timeout = patience;
    const auto bound = smpp_connection::open(how, smpp_command::bind_transceiver);
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().what, base::code::peer_unreachable);
}

}  // namespace
}  // namespace keepline::link
