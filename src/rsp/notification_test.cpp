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

TEST_F(notification, reasons_commands_and_events_have_the_names_of_annex_h) {
    const std::array<std::string_view, 17> reasons{"unknown",
                                                   "incorrectInputValues",
                                                   "invalidSignature",
                                                   "invalidTransactionId",
                                                   "unsupportedCrtValues",
                                                   "unsupportedRemoteOperationType",
                                                   "unsupportedProfileClass",
                                                   "scp03tStructureError",
                                                   "scp03tSecurityError",
                                                   "installFailedDueToIccidAlreadyExistsOnEuicc",
                                                   "installFailedDueToInsufficientMemoryForProfile",
                                                   "installFailedDueToInterruption",
                                                   "installFailedDueToPEProcessingError",
                                                   "installFailedDueToDataMismatch",
                                                   "testProfileInstallFailedDueToInvalidNaaKey",
                                                   "pprNotAllowed",
                                                   "unknown"};
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        EXPECT_EQ(reason_text(i), reasons[i]) << i;
        EXPECT_EQ(is_permanent(i), i != 10 && i != 11) << i << ": only memory and interruption may pass";
    }
    EXPECT_EQ(reason_text(126), "unknown");
    EXPECT_EQ(reason_text(128), "unknown");
    const std::array<std::string_view, 7> commands{
        "initialiseSecureChannel", "configureISDP",       "storeMetadata", "storeMetadata2",
        "replaceSessionKeys",      "loadProfileElements", "unknown"};
    for (std::size_t i = 0; i < commands.size(); ++i) EXPECT_EQ(command_text(i), commands[i]) << i;
    EXPECT_EQ(text(profile_event::install), "install");
    EXPECT_EQ(text(profile_event::enable), "enable");
    EXPECT_EQ(text(profile_event::disable), "disable");
}

TEST_F(notification, of_an_event_of_version_3_is_kept_under_its_name) {
    const std::array<std::string_view, 6> later{"rpm_enable", "rpm_disable", "rpm_delete", "load_rpm_package_result",
                                                "event_8",    "event_9"};
    for (int event = 0; event < 10; ++event) {
        const auto der = phone.notification(1, event, notified_iccid);
        const auto what = std::get<other_notification>(parse_notification(der).value()).metadata;
        EXPECT_EQ(what.later_event, event < 4 ? "" : later[static_cast<std::size_t>(event - 4)]) << event;
    }
}

TEST_F(notification, of_a_later_version_is_kept_whole_and_other_bytes_are_refused) {
    const auto later = [](std::string_view hex) {
        const auto der = base::from_hex(hex).value();
        const auto found = parse_notification(der);
        const auto* kept = found ? std::get_if<later_notification>(&*found) : nullptr;
        return kept == nullptr ? 0U : kept->what;
    };
    EXPECT_EQ(later("a103020105"), 0xa1U);
    EXPECT_EQ(later("a000"), 0xa0U);
    EXPECT_EQ(later("810105"), 0U) << "not constructed";
    EXPECT_EQ(later("6103020105"), 0U) << "not of the context class";
    EXPECT_EQ(later("e103020105"), 0U);
    EXPECT_EQ(later("a1030205ff"), 0U) << "not well formed inside";
}

base::bytes notification_of(std::size_t address, bool with_iccid, std::size_t signature) {
    der::writer out;
    out.nested(der::sequence, [&] {
        out.nested(0xbf2f, [&] {
            out.number(1, 0x80).bits(1u << 1, 0x81).text(der::utf8_string, std::string(address, 'a'));
            if (with_iccid) out.octets(0x5a, *iccid_to_swapped(notified_iccid));
        });
        out.octets(0x5f37, base::bytes(signature, 1));
        out.octets(der::sequence, base::bytes{0x02, 0x01, 0x01}).octets(der::sequence, base::bytes{0x02, 0x01, 0x02});
    });
    return std::move(out).take();
}

struct result_sizes {
    std::size_t transaction = 16, aid = 5, signature = 64;
    der::tag final = 0xa0;
    bool with_response = true;
};

base::bytes result_of(const result_sizes& sizes) {
    der::writer out;
    out.nested(0xbf37, [&] {
        out.nested(0xbf27, [&] {
            out.octets(0x80, base::bytes(sizes.transaction, 1));
            out.raw(test::euicc::metadata_of(7, 0, notified_iccid)).oid(test::pki::smdp_oid);
            out.nested(0xa2, [&] {
                out.nested(sizes.final, [&] {
                    if (sizes.final == 0xa0) {
                        out.octets(0x4f, base::bytes(sizes.aid, 0xa0))
                            .octets(der::octet_string, base::bytes{0x30, 0x00});
                    } else {
                        out.number(2, 0x80).number(9, 0x81);
                        if (sizes.with_response) out.octets(0x82, base::bytes{0x30, 0x00});
                    }
                });
            });
        });
        out.octets(0x5f37, base::bytes(sizes.signature, 1));
    });
    return std::move(out).take();
}

TEST_F(notification, has_values_of_the_sizes_of_annex_h) {
    EXPECT_TRUE(parse_notification(notification_of(255, true, 64)));
    EXPECT_FALSE(parse_notification(notification_of(256, true, 64)));
    EXPECT_FALSE(parse_notification(notification_of(1, true, 63)));
    EXPECT_FALSE(parse_notification(notification_of(1, true, 65)));
    const auto bare = notification_of(1, false, 64);
    const auto what = std::get<other_notification>(parse_notification(bare).value());
    EXPECT_EQ(what.metadata.iccid, "") << "the ICCID is optional";
    EXPECT_EQ(base::hex(what.euicc_certificate), "3003020101");
    EXPECT_EQ(base::hex(what.eum_certificate), "3003020102");
    auto no_iccid = notification_of(1, true, 64);
    const auto at = std::ranges::search(no_iccid, base::from_hex("5a0a").value()).begin() - no_iccid.begin();
    no_iccid[static_cast<std::size_t>(at) + 2] = 0xff;
    EXPECT_FALSE(parse_notification(no_iccid));
}

TEST_F(notification, of_an_installation_has_values_of_the_sizes_of_annex_h) {
    const auto accepted = [](const result_sizes& sizes) { return parse_notification(result_of(sizes)).has_value(); };
    EXPECT_TRUE(accepted({.transaction = 1}));
    EXPECT_FALSE(accepted({.transaction = 0}));
    EXPECT_FALSE(accepted({.transaction = 17}));
    EXPECT_FALSE(accepted({.aid = 4}));
    EXPECT_TRUE(accepted({.aid = 16}));
    EXPECT_FALSE(accepted({.aid = 17}));
    EXPECT_FALSE(accepted({.signature = 63}));
    EXPECT_FALSE(accepted({.signature = 65}));
    EXPECT_TRUE(accepted({.final = 0xa1}));
    EXPECT_FALSE(accepted({.final = 0xa2})) << "neither success nor error";
    const auto der = result_of({.final = 0xa1, .with_response = false});
    const auto what = std::get<installation_result>(parse_notification(der).value());
    EXPECT_FALSE(what.success);
    EXPECT_EQ(what.command, 2U);
    EXPECT_EQ(what.reason, 9U);
    EXPECT_TRUE(what.sima_response.empty());
}

TEST_F(notification, is_at_most_32_kb) {
    const auto sized = [](std::size_t size) {
        const auto small = result_of({});
        const auto inside = der::only_element(small)->value;
        constexpr std::size_t heads = 2 * (2 + 3);
        der::writer out;
        out.nested(0xbf37, [&] { out.raw(inside).octets(0x9f7f, base::bytes(size - heads - inside.size())); });
        EXPECT_EQ(out.size(), size);
        return std::move(out).take();
    };
    EXPECT_TRUE(parse_notification(sized(32'768)));
    EXPECT_FALSE(parse_notification(sized(32'769)));
}

// PEStatus of the SAIP specification: the first that is not ok is what went wrong.
TEST_F(notification, tells_the_first_profile_element_that_failed) {
    const auto said = [](std::string_view hex) { return sima_error(base::from_hex(hex).value()); };
    const std::array<std::string_view, 13> names{"",
                                                 "pe 7: pe-not-supported",
                                                 "pe 7: memory-failure",
                                                 "pe 7: bad-values",
                                                 "pe 7: not-enough-memory",
                                                 "pe 7: invalid-request-format",
                                                 "pe 7: invalid-parameter",
                                                 "pe 7: runtime-not-supported",
                                                 "pe 7: lib-not-supported",
                                                 "pe 7: template-not-supported",
                                                 "pe 7: feature-not-supported",
                                                 "pe 7: pin-code-missing",
                                                 "pe 7: unknown"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const base::byte_array<1> status{static_cast<std::uint8_t>(i)};
        EXPECT_EQ(said("300aa00830068001" + base::hex(status) + "810107"), names[i]);
    }
    EXPECT_EQ(said("300aa0083006"
                   "80011f"
                   "810107"),
              "pe 7: unsupported-profile-version");
    EXPECT_EQ(said("300aa0083006"
                   "80011e"
                   "810107"),
              "pe 7: unknown");
    EXPECT_EQ(said("3007a0053003"
                   "800103"),
              "pe: bad-values")
        << "its number is optional";
    EXPECT_EQ(said("300ca00a"
                   "3003800100"
                   "3003800102"),
              "pe: memory-failure")
        << "behind one that is ok";
    EXPECT_EQ(said("3007a0053003800100"
                   "3007a0053003800101"),
              "pe: pe-not-supported")
        << "in the second response";
    EXPECT_EQ(said("3002a000"), "");
    EXPECT_EQ(said("3003800100"), "");
}

}  // namespace

}  // namespace keepline::rsp
