#include "rsp/session.hpp"

#include "rsp/der.hpp"

#include <gtest/gtest.h>

namespace keepline::rsp {
namespace {

session some_session() {
    session out;
    out.id = base::bytes(16, 0x11);
    out.stage = stage::bound;
    out.started = base::instant{1'795'000'000'000};
    out.set.fill(0x22);
    out.server_challenge.fill(0x33);
    out.server_address = "smdp.example.com";
    out.euicc_ci_key_id = base::bytes(20, 0x44);
    out.eid = std::string(32, '8');
    out.euicc_curve = curve::brainpool_p256;
    out.euicc_key.fill(0x55);
    out.euicc_certificate.fill(0x66);
    out.confirmation_required = true;
    out.smdp_signature_2.fill(0x77);
    out.offered_otpk = base::bytes(65, 0x04);
    out.euicc_otpk = base::bytes(65, 0x05);
    out.note = "es_1 MID";
    out.refused = "8.8/4.2";
    return out;
}

/// The stored form with the number under `tag` (one octet long) changed.
base::bytes with_number(base::bytes stored, std::uint8_t tag, std::uint8_t value) {
    constexpr std::size_t head = 4;  // of the sequence, with a length of two octets
    for (std::size_t at = head; at + 2 < stored.size(); ++at)
        if (stored[at] == tag && stored[at + 1] == 1) {
            stored[at + 2] = value;
            return stored;
        }
    ADD_FAILURE() << "there is no such number";
    return stored;
}

TEST(session, comes_back_as_it_was_stored_at_every_stage) {
    EXPECT_EQ(session::parse(session().serialise()).value(), session());
    for (int number = 1; number <= 5; ++number) {
        auto one = some_session();
        one.stage = static_cast<stage>(number);
        EXPECT_EQ(session::parse(one.serialise()).value(), one) << number;
    }
}

// Fails where the number is cast to a stage as it is: no step would know what may follow.
TEST(session, that_is_of_no_known_stage_curve_or_version_is_refused) {
    const auto stored = some_session().serialise();
    EXPECT_TRUE(session::parse(with_number(stored, 0x82, 4)));
    for (const int stage : {0, 6, 0x7f})
        EXPECT_FALSE(session::parse(with_number(stored, 0x82, static_cast<std::uint8_t>(stage)))) << stage;
    EXPECT_TRUE(session::parse(with_number(stored, 0x89, 0)));
    EXPECT_FALSE(session::parse(with_number(stored, 0x89, 2)));
    EXPECT_FALSE(session::parse(with_number(stored, 0x80, 9)));
}

TEST(session, that_is_cut_off_or_has_fields_of_another_size_is_refused) {
    const auto stored = some_session().serialise();
    for (std::size_t size = 0; size < stored.size(); ++size)
        EXPECT_FALSE(session::parse(base::byte_view(stored).first(size))) << size;
    der::writer out(64);
    out.nested(der::sequence, [&] { out.number(1, 0x80).octets(0x81, base::bytes(15, 1)); });
    EXPECT_FALSE(session::parse(std::move(out).take()));
}

}  // namespace
}  // namespace keepline::rsp
