#include "rsp/notification.hpp"

#include "rsp/test_euicc.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

const base::instant notification_time = *base::instant_from_iso("2026-11-22T12:00:00Z");
constexpr std::string_view notified_iccid = "8986001234567890123";

struct notification : testing::Test {
    test::pki all;
    test::euicc phone{all};
    std::shared_ptr<trust> trusted = all.trusted();
    public_key key = public_key::from_point(curve::p256, all.euicc_key.point()).value();
    base::bytes transaction = base::bytes(16, 0xab);
};

TEST_F(notification, of_each_event_proves_who_signed_it) {
    for (int event = 0; event < 4; ++event) {
        const auto der = phone.notification(40 + static_cast<unsigned>(event), event, notified_iccid);
        const auto found = parse_notification(der).value();
        const auto& what = std::get<other_notification>(found);
        EXPECT_EQ(what.metadata.event, static_cast<profile_event>(event));
        EXPECT_EQ(what.metadata.sequence, 40u + static_cast<unsigned>(event));
        EXPECT_EQ(what.metadata.iccid, notified_iccid);
        EXPECT_EQ(what.metadata.address, "smdp.example.com");
        const auto proved = verify_other(*trusted, what, notification_time);
        ASSERT_TRUE(proved) << proved.error().message;
        EXPECT_EQ(proved->eid, test::pki::eid);
    }
    EXPECT_EQ(text(profile_event::remove), "delete");
}

TEST_F(notification, with_a_broken_signature_or_of_a_foreign_euicc_proves_nothing) {
    const auto broken = phone.notification(1, 1, notified_iccid, true);
    EXPECT_EQ(
        verify_other(*trusted, std::get<other_notification>(parse_notification(broken).value()), notification_time)
            .error()
            .what,
        status::euicc_signature_invalid);
    const test::pki foreign;
    const test::euicc stranger(foreign);
    const auto der = stranger.notification(1, 1, notified_iccid);
    EXPECT_EQ(verify_other(*trusted, std::get<other_notification>(parse_notification(der).value()), notification_time)
                  .error()
                  .what,
              status::ci_unknown);
}

TEST_F(notification, outlives_the_certificates_that_it_carries) {
    all.eum.not_after = "260101000000Z";
    phone.eum_certificate = all.eum_certificate();
    const auto der = phone.notification(1, 3, notified_iccid);
    const auto proved =
        verify_other(*trusted, std::get<other_notification>(parse_notification(der).value()), notification_time);
    ASSERT_TRUE(proved);
    EXPECT_TRUE(proved->expired);
}

TEST_F(notification, of_an_installation_is_proved_by_the_key_of_its_transaction) {
    const auto der = phone.installation_result(transaction, notified_iccid);
    const auto found = parse_notification(der).value();
    const auto& what = std::get<installation_result>(found);
    EXPECT_TRUE(what.success);
    EXPECT_EQ(what.transaction, transaction);
    EXPECT_EQ(what.smdp_oid, "2.999.10");
    EXPECT_EQ(what.metadata.iccid, notified_iccid);
    EXPECT_EQ(base::hex(what.aid), "a000000559");
    EXPECT_EQ(sima_error(what.sima_response), "");
    EXPECT_TRUE(verify_result(what, key, transaction, "2.999.10"));
    EXPECT_EQ(verify_result(what, key, base::bytes(16, 1), "2.999.10").error().what, status::transaction_unknown);
    EXPECT_EQ(verify_result(what, key, transaction, "2.999.11").error().what, status::oid_mismatch);
    const test::key_pair other(curve::p256);
    EXPECT_EQ(verify_result(what, public_key::from_point(curve::p256, other.point()).value(), transaction, "2.999.10")
                  .error()
                  .what,
              status::euicc_signature_invalid);
    const auto broken = phone.installation_result(transaction, notified_iccid, 0, true);
    EXPECT_FALSE(
        verify_result(std::get<installation_result>(parse_notification(broken).value()), key, transaction, "2.999.10"));
}

TEST_F(notification, of_a_failed_installation_tells_why) {
    const auto der = phone.installation_result(transaction, notified_iccid, 12);
    const auto what = std::get<installation_result>(parse_notification(der).value());
    EXPECT_FALSE(what.success);
    EXPECT_EQ(command_text(what.command), "loadProfileElements");
    EXPECT_EQ(reason_text(what.reason), "installFailedDueToPEProcessingError");
    EXPECT_TRUE(is_permanent(what.reason));
    EXPECT_FALSE(is_permanent(11));
    EXPECT_EQ(sima_error(what.sima_response), "pe 7: bad-values");
    EXPECT_EQ(sima_error(base::view("nonsense")), "");
    EXPECT_TRUE(verify_result(what, key, transaction, "2.999.10"));
    EXPECT_EQ(reason_text(99), "unknown");
    EXPECT_EQ(reason_text(127), "installFailedDueToUnknownError");
}

TEST_F(notification, of_an_installation_that_names_another_event_is_none) {
    for (const std::uint8_t reason : {std::uint8_t{0}, std::uint8_t{1}})
        for (int event = 0; event < 4; ++event)
            EXPECT_EQ(parse_notification(phone.installation_result(transaction, notified_iccid, reason, false, event))
                          .has_value(),
                      event == 0)
                << event;
}

TEST_F(notification, that_is_cut_off_or_about_several_events_is_none) {
    for (const auto& der :
         {phone.notification(1, 1, notified_iccid), phone.installation_result(transaction, notified_iccid)})
        for (std::size_t i = 0; i < der.size(); ++i) EXPECT_FALSE(parse_notification(base::byte_view(der).first(i)));
    EXPECT_FALSE(parse_notification(base::from_hex("bf2a00").value()));
    auto several = phone.notification(1, 1, notified_iccid);
    const auto at = std::ranges::search(several, base::from_hex("81020640").value()).begin() - several.begin();
    several[static_cast<std::size_t>(at) + 3] = 0xc0;
    EXPECT_FALSE(parse_notification(several));
}

}  // namespace

}  // namespace keepline::rsp
