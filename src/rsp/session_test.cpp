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

/// The stored form with another element in the place of the one under `tag`; what follows it stays.
base::bytes with_element(const base::bytes& stored, der::tag tag, std::size_t size) {
    der::writer out;
    out.nested(der::sequence, [&] {
        for (der::reader fields(der::only_element(stored).value()); !fields.at_end();) {
            const auto one = fields.next().value();
            if (one.what == tag)
                out.octets(tag, base::bytes(size, 'a'));
            else
                out.raw(one.whole);
        }
    });
    return std::move(out).take();
}

TEST(session, has_room_for_1024_octets_of_whatever_has_no_fixed_size) {
    const auto stored = some_session().serialise();
    for (const der::tag tag : {0x81U, 0x86U, 0x87U, 0x88U, 0x8eU, 0x8fU, 0x90U, 0x91U}) {
        EXPECT_TRUE(session::parse(with_element(stored, tag, 0))) << tag;
        EXPECT_TRUE(session::parse(with_element(stored, tag, 1024))) << tag;
        EXPECT_FALSE(session::parse(with_element(stored, tag, 1025))) << tag;
    }
    for (const auto& [tag, size] : std::initializer_list<std::pair<der::tag, std::size_t>>{
             {0x84, 32}, {0x85, 16}, {0x8a, 65}, {0x8b, 32}, {0x8d, 64}}) {
        EXPECT_TRUE(session::parse(with_element(stored, tag, size))) << tag;
        EXPECT_FALSE(session::parse(with_element(stored, tag, size - 1))) << tag;
        EXPECT_FALSE(session::parse(with_element(stored, tag, size + 1))) << tag;
    }
}

TEST(session, of_before_there_was_a_last_refusal_has_none) {
    const auto stored = some_session().serialise();
    der::writer out;
    out.nested(der::sequence, [&] {
        for (der::reader fields(der::only_element(stored).value()); !fields.at_end();) {
            const auto one = fields.next().value();
            if (one.what != 0x91) out.raw(one.whole);
        }
    });
    const auto found = session::parse(out.view()).value();
    EXPECT_EQ(found.refused, "");
    EXPECT_EQ(found.note, "es_1 MID");
    EXPECT_FALSE(session::parse(with_number(some_session().serialise(), 0x80, 2))) << "of another version";
    EXPECT_TRUE(session::parse(with_number(some_session().serialise(), 0x80, 1)));
}

}  // namespace
}  // namespace keepline::rsp
