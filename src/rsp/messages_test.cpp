// What an eUICC says, element by element (SGP.22 v2.5 Annex H): each value in its place, each size at its limit.
#include "rsp/messages.hpp"

#include "rsp/notification.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

using base::byte_array;
using base::bytes;

/// An element of exactly that size: the content, and behind it an unknown element, which must be passed over.
bytes filled_up(der::tag what, base::byte_view content, std::size_t size) {
    constexpr std::size_t heads = 2 * (2 + 3);  // tags of two octets, lengths of three
    der::writer out;
    out.nested(what, [&] { out.raw(content).octets(0x9f7f, bytes(size - heads - content.size(), 0)); });
    EXPECT_EQ(out.size(), size);
    return std::move(out).take();
}

template <typename Fill>
bytes written(Fill fill) {
    der::writer out;
    fill(out);
    return std::move(out).take();
}

// -- euiccInfo1

bytes ci_list(der::tag what, std::size_t count, std::size_t octets = 20) {
    return written([&](der::writer& out) {
        out.nested(what, [&] {
            for (std::size_t i = 0; i < count; ++i)
                out.octets(der::octet_string, bytes(octets, static_cast<std::uint8_t>(i + 1)));
        });
    });
}

bytes info_1_of(std::size_t verification, std::size_t signing, std::size_t octets = 20) {
    return written([&](der::writer& out) {
        out.octets(0x82, byte_array<3>{2, 4, 6});
        out.raw(ci_list(0xa9, verification, octets)).raw(ci_list(0xaa, signing, octets));
    });
}

bytes as_info_1(base::byte_view content) {
    return written([&](der::writer& out) { out.element(0xbf20, content); });
}

TEST(euicc_info_1, names_the_version_and_the_cis_in_their_order) {
    const auto der = as_info_1(info_1_of(3, 2));
    const auto found = parse_euicc_info_1(der).value();
    EXPECT_EQ(found.svn, (svn{2, 4, 6}));
    EXPECT_EQ(found.svn.text(), "2.4.6");
    ASSERT_EQ(found.verification_keys.size(), 3U);
    EXPECT_EQ(base::hex(found.verification_keys[2]), base::hex(bytes(20, 3)));
    ASSERT_EQ(found.signing_keys.size(), 2U);
}

TEST(euicc_info_1, has_at_most_32_cis_whose_ids_have_1_to_64_octets) {
    const auto accepted = [](std::size_t count, std::size_t octets) {
        return parse_euicc_info_1(as_info_1(info_1_of(count, 1, octets))).has_value();
    };
    EXPECT_TRUE(accepted(32, 20));
    EXPECT_FALSE(accepted(33, 20));
    EXPECT_TRUE(accepted(1, 1));
    EXPECT_FALSE(accepted(1, 0));
    EXPECT_TRUE(accepted(1, 64));
    EXPECT_FALSE(accepted(1, 65));
}

TEST(euicc_info_1, of_version_3_may_have_lists_of_another_form) {
    const auto with_version = [](std::uint8_t major) {
        const auto der = written([&](der::writer& out) { out.octets(0x82, byte_array<3>{major, 0, 0}); });
        return parse_euicc_info_1(as_info_1(der)).has_value();
    };
    EXPECT_FALSE(with_version(2));
    EXPECT_TRUE(with_version(3));
    EXPECT_TRUE(with_version(4));
}

TEST(euicc_info_1, is_at_most_32_kb) {
    const auto content = info_1_of(1, 1);
    EXPECT_TRUE(parse_euicc_info_1(filled_up(0xbf20, content, 32'768)));
    EXPECT_FALSE(parse_euicc_info_1(filled_up(0xbf20, content, 32'769)));
}

// -- euiccInfo2

base::result<euicc_info_2> info_2_of(base::byte_view content, bool with_svn = true) {
    const auto der = written([&](der::writer& out) {
        out.nested(0xbf22, [&] {
            if (with_svn) out.octets(0x82, byte_array<3>{2, 4, 6});
            out.raw(content);
        });
    });
    return parse_euicc_info_2(der::only_element(der).value());
}

TEST(euicc_info_2, says_what_each_element_says) {
    const auto content = written([](der::writer& out) {
        out.octets(0x81, byte_array<3>{3, 2, 1}).octets(0x83, byte_array<3>{4, 6, 9});
        out.nested(0x84, [&] {
            out.number(5, 0x81).octets(0x82, byte_array<4>{0x01, 0x02, 0x03, 0x04});
            out.octets(0x83, byte_array<2>{0x12, 0x34});
        });
        out.bits(0x5f, 0x85).bits(0x0d, 0x88).raw(ci_list(0xa9, 2, 2)).raw(ci_list(0xaa, 1, 2));
        out.number(2, 0x8b).bits(0x6, 0x99).octets(der::octet_string, byte_array<3>{1, 0, 7});
        out.text(der::utf8_string, "ES-TS-UP-0001");
        out.nested(0xaf, [&] {
            out.octets(der::octet_string, byte_array<3>{3, 1, 0}).octets(der::octet_string, byte_array<3>{3, 3, 1});
        });
    });
    const auto found = info_2_of(content).value();
    EXPECT_EQ(found.profile_version, (svn{3, 2, 1}));
    EXPECT_EQ(found.svn, (svn{2, 4, 6}));
    EXPECT_EQ(found.firmware, (svn{4, 6, 9}));
    EXPECT_EQ(found.installed_applications, 5U);
    EXPECT_EQ(found.free_nvm_bytes, 0x01020304U);
    EXPECT_TRUE(found.has_free_nvm);
    EXPECT_EQ(found.free_ram_bytes, 0x1234U);
    EXPECT_EQ(found.uicc_capability, 0x5fU);
    EXPECT_EQ(found.rsp_capability, 0x0dU);
    EXPECT_EQ(found.verification_keys, (std::vector<std::string>{"0101", "0202"}));
    EXPECT_EQ(found.signing_keys, (std::vector<std::string>{"0101"}));
    EXPECT_EQ(found.category, 2U);
    EXPECT_EQ(found.forbidden_rules, 0x6U);
    EXPECT_EQ(found.protection_profile, (svn{1, 0, 7}));
    EXPECT_EQ(found.sas_number, "ES-TS-UP-0001");
    EXPECT_EQ(found.more_profile_versions, (std::vector<svn>{{3, 1, 0}, {3, 3, 1}}));
}

TEST(euicc_info_2, that_says_little_says_nothing_of_the_rest) {
    const auto found = info_2_of({}).value();
    EXPECT_FALSE(found.has_free_nvm);
    EXPECT_EQ(found.free_nvm_bytes, 0U);
    EXPECT_EQ(found.free_ram_bytes, 0U);
    EXPECT_EQ(found.installed_applications, 0U);
    EXPECT_EQ(found.uicc_capability + found.rsp_capability + found.forbidden_rules, 0U);
    EXPECT_EQ(found.category, std::nullopt);
    EXPECT_FALSE(info_2_of({}, false)) << "the svn is mandatory";
}

TEST(euicc_info_2, with_values_of_another_size_is_refused) {
    const auto text_of = [](std::size_t size) {
        return info_2_of(written([&](der::writer& out) { out.text(der::utf8_string, std::string(size, 'S')); }))
            .has_value();
    };
    EXPECT_TRUE(text_of(64));
    EXPECT_FALSE(text_of(65));
    const auto version_of = [](std::size_t size) {
        return info_2_of(written([&](der::writer& out) { out.octets(0x81, bytes(size, 1)); })).has_value();
    };
    EXPECT_FALSE(version_of(2));
    EXPECT_TRUE(version_of(3));
    EXPECT_FALSE(version_of(4));
}

TEST(euicc_info_2, tells_at_most_16_further_versions) {
    const auto found = info_2_of(written([](der::writer& out) {
                           out.nested(0xaf, [&] {
                               for (int i = 0; i < 17; ++i) out.octets(der::octet_string, byte_array<3>{3, 1, 0});
                           });
                       })).value();
    EXPECT_EQ(found.more_profile_versions.size(), 16U);
}

// ETSI TS 102 226 §8.2.1.7.2: what cannot be read of it is as if it had not been told; the eUICC has room then.
TEST(euicc_info_2, with_card_resources_that_cannot_be_read_tells_no_free_memory) {
    const auto free = [](std::size_t octets) {
        return info_2_of(
                   written([&](der::writer& out) { out.nested(0x84, [&] { out.octets(0x82, bytes(octets, 0x01)); }); }))
            .value();
    };
    EXPECT_TRUE(free(8).has_free_nvm);
    EXPECT_EQ(free(8).free_nvm_bytes, 0x0101010101010101U);
    EXPECT_FALSE(free(9).has_free_nvm);
    const auto garbled = info_2_of(written([](der::writer& out) { out.octets(0x84, byte_array<2>{0x82, 0x7f}); }));
    ASSERT_TRUE(garbled);
    EXPECT_FALSE(garbled->has_free_nvm);
}

// -- AuthenticateServerResponse

struct answer_1 {
    std::size_t transaction = 16, address = 16, challenge = 16, matching = 5, tac = 4, signature = 64;
    std::optional<bytes> imei = bytes{0x35, 0x29, 0x06, 0x11, 0x12, 0x34, 0x56, 0x7f};
    std::optional<bytes> capabilities = bytes{};
};

bytes content_of(const answer_1& what) {
    return written([&](der::writer& out) {
        out.nested(0xa0, [&] {
            out.nested(der::sequence, [&] {
                out.octets(0x80, bytes(what.transaction, 0x11)).text(0x83, std::string(what.address, 'a'));
                out.octets(0x84, bytes(what.challenge, 0x22)).nested(0xbf22, [] {});
                out.nested(0xa0, [&] {
                    out.text(0x80, std::string(what.matching, 'M'));
                    out.nested(0xa1, [&] {
                        out.octets(0x80, bytes(what.tac, 0x35));
                        if (what.capabilities) out.element(0xa1, *what.capabilities);
                        if (what.imei) out.octets(0x82, *what.imei);
                    });
                });
            });
            out.octets(0x5f37, bytes(what.signature, 0x33));
            out.octets(der::sequence, bytes{0x02, 0x01, 0x01}).octets(der::sequence, bytes{0x02, 0x01, 0x02});
        });
    });
}

bytes der_of(const answer_1& what) {
    return written([&](der::writer& out) { out.element(0xbf38, content_of(what)); });
}

device_info device_of(const answer_1& what) {
    const auto der = der_of(what);
    auto found = parse_authenticate_response(der);
    EXPECT_TRUE(found) << (found ? "" : found.error().words);
    return found ? found->ok->device : device_info{};
}

TEST(authenticate_response, gives_each_element_its_place) {
    const auto der = der_of({});
    const auto found = parse_authenticate_response(der).value();
    ASSERT_TRUE(found.ok);
    EXPECT_EQ(base::hex(found.ok->transaction), base::hex(bytes(16, 0x11)));
    EXPECT_EQ(found.ok->server_address, std::string(16, 'a'));
    EXPECT_EQ(base::hex(found.ok->server_challenge), base::hex(bytes(16, 0x22)));
    EXPECT_EQ(base::hex(found.ok->signature), base::hex(bytes(64, 0x33)));
    EXPECT_EQ(base::hex(found.ok->euicc_certificate), "3003020101");
    EXPECT_EQ(base::hex(found.ok->eum_certificate), "3003020102");
    EXPECT_EQ(found.ok->matching_id, "MMMMM");
    EXPECT_EQ(found.ok->info_2.what, 0xbf22U);
    EXPECT_EQ(found.ok->signed_part.front(), 0x30);
    EXPECT_EQ(found.ok->signed_part.data() + found.ok->signed_part.size() + 3, found.ok->signature.data());
}

TEST(authenticate_response, has_values_of_the_sizes_of_annex_h) {
    const auto accepted = [](const answer_1& what) { return parse_authenticate_response(der_of(what)).has_value(); };
    EXPECT_TRUE(accepted({.transaction = 1}));
    EXPECT_FALSE(accepted({.transaction = 0}));
    EXPECT_FALSE(accepted({.transaction = 17}));
    EXPECT_TRUE(accepted({.address = 255}));
    EXPECT_FALSE(accepted({.address = 256}));
    EXPECT_FALSE(accepted({.challenge = 15}));
    EXPECT_FALSE(accepted({.challenge = 17}));
    EXPECT_TRUE(accepted({.matching = 255}));
    EXPECT_FALSE(accepted({.matching = 256}));
    EXPECT_FALSE(accepted({.tac = 3}));
    EXPECT_FALSE(accepted({.tac = 5}));
    EXPECT_FALSE(accepted({.signature = 63}));
    EXPECT_FALSE(accepted({.signature = 65}));
    EXPECT_TRUE(parse_authenticate_response(filled_up(0xbf38, content_of({}), 32'768)));
    EXPECT_FALSE(parse_authenticate_response(filled_up(0xbf38, content_of({}), 32'769)));
}

TEST(authenticate_response, of_a_device_names_its_capabilities_in_the_order_of_their_tags) {
    answer_1 what;
    what.capabilities = written([](der::writer& out) {
        for (std::uint8_t i = 0; i < 16; ++i) out.octets(0x80u + i, byte_array<3>{i, 2, 1});  // [15] is not known
        out.octets(0x80, bytes(2, 9)).octets(0x40, byte_array<3>{1, 1, 1});                   // nor are these
    });
    const auto found = device_of(what);
    std::vector<std::string_view> names;
    for (const auto& [name, version] : found.capabilities) names.push_back(name);
    EXPECT_THAT(names, testing::ElementsAre("gsm", "utran", "cdma2000onex", "cdma2000hrpd", "cdma2000ehrpd",
                                            "eutranEpc", "contactless", "rspCrl", "nrEpc", "nr5gc", "eutran5gc",
                                            "lpaSvn", "catSupported", "formFactor", "additionalFeatures"));
    ASSERT_EQ(found.capabilities.size(), 15U);
    EXPECT_EQ(found.capabilities[14].second, (svn{14, 2, 1}));
    EXPECT_TRUE(found.oddities.empty());
}

TEST(authenticate_response, of_a_device_that_says_less_or_odd_things_is_taken_and_noted) {
    EXPECT_EQ(device_of({}).tac, "35353535");
    EXPECT_EQ(device_of({}).imei, "352906111234567");
    EXPECT_TRUE(device_of({}).oddities.empty());
    EXPECT_EQ(device_of({.imei = std::nullopt}).imei, "");
    EXPECT_TRUE(device_of({.imei = std::nullopt}).oddities.empty());
    EXPECT_THAT(device_of({.capabilities = std::nullopt}).oddities, testing::ElementsAre("no_device_capabilities"));
    EXPECT_THAT(device_of({.imei = bytes(7, 0x35)}).oddities, testing::ElementsAre("imei_length"));
    EXPECT_THAT(device_of({.imei = bytes{}}).oddities, testing::ElementsAre("imei_length"));
    EXPECT_THAT(device_of({.imei = bytes(16, 0x35)}).oddities, testing::ElementsAre("imei_length"));
    EXPECT_FALSE(parse_authenticate_response(der_of({.imei = bytes(17, 0x35)})));
    EXPECT_EQ(device_of({.imei = bytes{0x09, 0xa9, 0xf0, 0x00, 0x00, 0x00, 0x00, 0x00}}).imei, "09900000000000")
        << "only digits are";
}

// -- an error in place of an answer

TEST(reported_errors, stand_alone_or_beside_their_transaction_in_either_tagging) {
    const auto read = [](std::string_view hex) {
        const auto der = base::from_hex(hex).value();
        const auto found = parse_prepare_response(der);
        if (!found || found->ok) return std::string("none");
        return base::hex(found->error.transaction) + "/" + std::to_string(found->error.code);
    };
    EXPECT_EQ(read("bf2103810105"), "/5");
    EXPECT_EQ(read("bf2105a103020105"), "/5");
    EXPECT_EQ(read("bf2108a1068001aa020105"), "aa/5");
    EXPECT_EQ(read("bf2108a1068001aa810105"), "aa/5");
    EXPECT_EQ(read("bf2108a1068001aa820105"), "none");
    EXPECT_EQ(read("bf2107a1058000020105"), "none") << "a transactionId has 1 to 16 octets";
    EXPECT_EQ(read("bf2117a1158010" + std::string(32, 'a') + "020105"), std::string(32, 'a') + "/5");
    EXPECT_EQ(read("bf2118a1168011" + std::string(34, 'a') + "020105"), "none");
    EXPECT_EQ(read("bf2103820105"), "none");
    EXPECT_EQ(read("bf2105a203020105"), "none");
}

TEST(reported_errors, have_the_names_of_annex_h) {
    const std::array<std::string_view, 9> authenticate{
        "unknown",    "invalidCertificate",     "invalidSignature", "unsupportedCurve", "noSessionContext",
        "invalidOid", "euiccChallengeMismatch", "ciPKUnknown",      "unknown"};
    for (std::size_t i = 0; i < authenticate.size(); ++i) EXPECT_EQ(authenticate_error_text(i), authenticate[i]) << i;
    const std::array<std::string_view, 7> download{"unknown",          "invalidCertificate", "invalidSignature",
                                                   "unsupportedCurve", "noSessionContext",   "invalidTransactionId",
                                                   "unknown"};
    for (std::size_t i = 0; i < download.size(); ++i) EXPECT_EQ(download_error_text(i), download[i]) << i;
    for (const auto& text : {authenticate_error_text, download_error_text}) {
        EXPECT_EQ(text(127), "undefinedError");
        EXPECT_EQ(text(126), "unknown");
        EXPECT_EQ(text(128), "unknown");
    }
}

// -- PrepareDownloadResponse and CancelSessionResponse

bytes prepared_of(std::size_t transaction, std::size_t otpk, std::size_t hash, std::size_t signature) {
    return written([&](der::writer& out) {
        out.nested(0xa0, [&] {
            out.nested(der::sequence, [&] {
                out.octets(0x80, bytes(transaction, 0x11)).octets(0x5f49, bytes(otpk, 0x22));
                if (hash > 0) out.octets(der::octet_string, bytes(hash, 0x33));
            });
            out.octets(0x5f37, bytes(signature, 0x44));
        });
    });
}

bytes cancelled_of(std::size_t transaction, std::size_t signature) {
    return written([&](der::writer& out) {
        out.nested(0xa0, [&] {
            out.nested(der::sequence,
                       [&] { out.octets(0x80, bytes(transaction, 0x11)).oid("2.999.10", 0x81).number(3, 0x82); });
            out.octets(0x5f37, bytes(signature, 0x44));
        });
    });
}

bytes within(der::tag what, base::byte_view content) {
    return written([&](der::writer& out) { out.element(what, content); });
}

TEST(prepare_response, has_values_of_the_sizes_of_annex_h) {
    const auto read = [](std::size_t transaction, std::size_t otpk, std::size_t hash, std::size_t signature) {
        return parse_prepare_response(within(0xbf21, prepared_of(transaction, otpk, hash, signature))).has_value();
    };
    EXPECT_TRUE(read(16, 65, 32, 64));
    EXPECT_TRUE(read(1, 65, 0, 64));
    EXPECT_FALSE(read(0, 65, 32, 64));
    EXPECT_FALSE(read(17, 65, 32, 64));
    EXPECT_FALSE(read(16, 64, 32, 64));
    EXPECT_FALSE(read(16, 66, 32, 64));
    EXPECT_FALSE(read(16, 65, 31, 64));
    EXPECT_FALSE(read(16, 65, 33, 64));
    EXPECT_FALSE(read(16, 65, 32, 63));
    EXPECT_FALSE(read(16, 65, 32, 65));
    const auto der = within(0xbf21, prepared_of(16, 65, 32, 64));
    const auto found = parse_prepare_response(der).value();
    EXPECT_EQ(base::hex(found.ok->hash_cc.value()), base::hex(bytes(32, 0x33)));
    EXPECT_EQ(base::hex(found.ok->euicc_otpk), base::hex(bytes(65, 0x22)));
}

TEST(cancel_response, has_values_of_the_sizes_of_annex_h) {
    const auto read = [](std::size_t transaction, std::size_t signature) {
        return parse_cancel_response(within(0xbf41, cancelled_of(transaction, signature))).has_value();
    };
    EXPECT_TRUE(read(16, 64));
    EXPECT_TRUE(read(1, 64));
    EXPECT_FALSE(read(0, 64));
    EXPECT_FALSE(read(17, 64));
    EXPECT_FALSE(read(16, 63));
    EXPECT_FALSE(read(16, 65));
    const auto der = within(0xbf41, cancelled_of(16, 64));
    const auto found = parse_cancel_response(der).value();
    EXPECT_EQ(found.ok->reason, 3U);
    EXPECT_EQ(found.ok->smdp_oid, "2.999.10");
}

// -- names as text

TEST(identifiers, transactions_are_1_to_16_octets_in_upper_case) {
    EXPECT_EQ(transaction_text(base::from_hex("0123456789abcdef").value()), "0123456789ABCDEF");
    EXPECT_TRUE(transaction_from_text(std::string(32, 'a')));
    EXPECT_FALSE(transaction_from_text(std::string(34, 'a')));
    EXPECT_FALSE(transaction_from_text(""));
    EXPECT_EQ(transaction_key("0A"), "0a");
    EXPECT_FALSE(transaction_key(""));
}

TEST(identifiers, have_their_number_of_digits_and_nothing_else) {
    EXPECT_FALSE(iccid_to_swapped(std::string(17, '1')));
    EXPECT_TRUE(iccid_to_swapped(std::string(18, '1')));
    EXPECT_TRUE(iccid_to_swapped(std::string(20, '1')));
    EXPECT_FALSE(iccid_to_swapped(std::string(21, '1')));
    EXPECT_EQ(base::hex(*iccid_to_swapped("890123456789012345")), "981032547698103254ff");
    EXPECT_TRUE(iccid_from_swapped(base::from_hex("111111111111111111ff").value()));
    EXPECT_FALSE(iccid_from_swapped(base::from_hex("1111111111111111f1ff").value()));
    EXPECT_FALSE(iccid_from_swapped(base::from_hex("1111111111111111ffff").value())) << "16 digits";
    EXPECT_FALSE(iccid_from_swapped(bytes(11, 0x11)));
    for (const char odd : {'/', ':', 'a'}) {
        EXPECT_FALSE(iccid_to_swapped(std::string(17, '1') + odd)) << odd;
        EXPECT_FALSE(eid_bytes(std::string(31, '1') + odd)) << odd;
    }
    EXPECT_EQ(base::hex(*eid_bytes("90909090909090909090909090909009")), "90909090909090909090909090909009");
    EXPECT_FALSE(eid_bytes(std::string(31, '1')));
    EXPECT_FALSE(eid_bytes(std::string(33, '1')));
}

}  // namespace

}  // namespace keepline::rsp
