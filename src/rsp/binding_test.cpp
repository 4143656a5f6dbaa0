#include "rsp/binding.hpp"

#include "rsp/metadata.hpp"
#include "rsp/test_euicc.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

const base::instant binding_time = *base::instant_from_iso("2026-11-22T12:00:00Z");

class binding : public testing::TestWithParam<curve> {
 protected:
    /// A session in which the phone has authenticated itself.
    void meet() {
        const auto info = phone.info_1();
        auto begun = initiate(server, phone.ask(info), binding_time, random).value();
        who = authenticate(server, begun.started, begun.started.text(), phone.authenticate(begun, "MID"), binding_time)
                  .value();
        ongoing = begun.started;
    }
    outcome<prepared> prepare_with(std::optional<std::string> code, const test::mischief& wrong = {}) {
        const auto response = phone.prepare(ongoing, shown, std::move(code), wrong);
        EXPECT_FALSE(response.empty()) << "the eUICC refuses smdpSignature2";
        return prepare(server, ongoing, ongoing.text(), response);
    }
    outcome<base::bytes> bind_it(const prepared& ready, key_mode keys = key_mode::session_keys) {
        return bind(server, ongoing, ready, {profile, metadata, keys},
                    one_time_key::make(binding_curve(server, ongoing), random), random);
    }

    test::pki all{GetParam()};
    provider server = all.server();
    test::euicc phone{all};
    test::seeded_random random;
    session ongoing;
    std::optional<client> who;
    offered shown;
    base::bytes profile = base::bytes(5000, 0x42);
    base::bytes metadata = build_metadata({.iccid = "89860012345678901234",
                                           .provider_name = "保号",
                                           .profile_name = "Line",
                                           .notification_address = "smdp.example.com"})
                               .value();
};

TEST_P(binding, a_package_opens_in_the_euicc_with_session_keys_and_with_random_ones) {
    for (const auto keys : {key_mode::session_keys, key_mode::random_keys}) {
        meet();
        shown = offer(server, ongoing, *who, {}).value();
        EXPECT_TRUE(std::ranges::equal(shown.certificate, server.sets[0].binding.certificate->der));
        const auto ready = prepare_with({}).value();
        const auto package = bind_it(ready, keys).value();
        EXPECT_EQ(package.size(), bound_size({profile, metadata, keys}));
        const auto opened = phone.load(ongoing, package);
        ASSERT_TRUE(opened) << opened.error();
        EXPECT_EQ(base::hex(opened->configure_isdp), "bf2400");
        EXPECT_EQ(opened->metadata, metadata);
        EXPECT_EQ(opened->profile, profile);
        EXPECT_EQ(opened->replaced_keys, keys == key_mode::random_keys);
        EXPECT_EQ(ongoing.stage, stage::bound);
        EXPECT_EQ(session::parse(ongoing.serialise()).value(), ongoing);
    }
}

TEST_P(binding, a_package_is_bound_again_with_the_same_keys_for_the_same_one_time_key_only) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto ready = prepare_with({}).value();
    const auto keys = agree(server, ongoing, ready, one_time_key::make(binding_curve(server, ongoing), random)).value();
    const auto kept = secure_keys::parse(keys.serialise()).value();
    ASSERT_TRUE(kept.fit(ongoing, ready.euicc_otpk));
    const auto first = bind(server, ongoing, ready, {profile, metadata}, keys, random).value();
    const auto again = bind(server, ongoing, ready, {profile, metadata}, kept, random).value();
    const auto after_opening = [](const base::bytes& package) {
        der::reader parts(der::only_element(package, 0xbf36).value());
        const auto opening = parts.expect(0xbf23, "").value();
        der::reader fields(opening);
        std::string otpk;
        while (!fields.at_end()) {
            const auto one = fields.next().value();
            if (one.what == 0x5f49) otpk = base::hex(one.value);
        }
        return std::pair(otpk, base::hex(parts.rest()));
    };
    EXPECT_EQ(after_opening(first), after_opening(again))
        << "the same otPK.DP, and the same segments under the same keys";
    EXPECT_TRUE(phone.load(ongoing, again));
    auto others = ongoing;
    others.eid.back() = others.eid.back() == '0' ? '1' : '0';
    EXPECT_FALSE(kept.fit(others, ready.euicc_otpk)) << "another eUICC";
    auto elsewhere = ongoing;
    elsewhere.set[0] ^= 1;
    EXPECT_FALSE(kept.fit(elsewhere, ready.euicc_otpk)) << "other certificates";
    auto fresh = ready.euicc_otpk;
    fresh.back() ^= 1;
    EXPECT_FALSE(kept.fit(ongoing, fresh)) << "another one-time key";
    EXPECT_FALSE(secure_keys().fit(ongoing, {}));
    EXPECT_FALSE(secure_keys::parse("1 00"));
}

TEST_P(binding, segments_are_at_most_1020_bytes_whatever_the_sizes) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto ready = prepare_with({}).value();
    for (const std::size_t size :
         {1u, 15u, 16u, 17u, 111u, 112u, 239u, 240u, 1006u, 1007u, 1008u, 2014u, 2015u, 300'000u}) {
        profile.assign(size, static_cast<std::uint8_t>(size));
        profile.back() = 0x80;
        metadata.assign(size % 3000 + 1, 0x25);
        const auto package = bind_it(ready, key_mode::random_keys).value();
        EXPECT_EQ(package.size(), bound_size({profile, metadata, key_mode::random_keys}));
        const auto opened = phone.load(ongoing, package);
        ASSERT_TRUE(opened) << size << ": " << opened.error();
        EXPECT_EQ(opened->profile, profile);
        EXPECT_EQ(opened->metadata, metadata);
        for (const auto segment : opened->segments) EXPECT_LE(segment, 1020u);
        // As few as can be: what is long fills them.
        if (size > 2000) EXPECT_EQ(std::ranges::max(opened->segments), 1020u);
    }
}

TEST_P(binding, may_be_repeated_with_the_same_one_time_key_of_the_euicc) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto first = prepare_with({}).value();
    const auto package = bind_it(first).value();
    const auto otpk = ongoing.euicc_otpk;
    EXPECT_TRUE(phone.load(ongoing, bind_it(prepare_with({}).value()).value())) << "again in the same session";

    meet();  // a new session after the first package got lost
    shown = offer(server, ongoing, *who, {.bound_otpk = otpk}).value();
    const auto outer = der::only_element(shown.smdp_signed_2, der::sequence).value();
    EXPECT_TRUE(std::ranges::equal(der::reader(outer).find(0x5f49)->value().value, otpk));
    const auto again = prepare_with({}).value();
    EXPECT_EQ(again.euicc_otpk, otpk);
    const auto second = bind_it(again).value();
    EXPECT_NE(second, package);
    EXPECT_TRUE(phone.load(ongoing, second));
}

TEST_P(binding, refuses_a_package_that_was_changed_on_the_way) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    profile.resize(100);
    const auto package = bind_it(prepare_with({}).value(), key_mode::random_keys).value();
    ASSERT_TRUE(phone.load(ongoing, package));
    for (std::size_t i = 0; i < package.size(); i += 7) {
        auto bad = package;
        bad[i] ^= 0x10;
        EXPECT_FALSE(phone.load(ongoing, bad)) << i;
    }
}

TEST_P(binding, checks_signature_and_transaction_of_the_prepared_download) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    auto refusal = prepare_with({}, {.broken_signature = true});
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().what, status::euicc_signature_invalid);
    refusal = prepare_with({}, {.transaction = base::bytes(16, 3)});
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().what, status::transaction_unknown);
    const auto response = phone.prepare(ongoing, shown, {});
    EXPECT_EQ(prepare(server, ongoing, "0011", response).error().what, status::transaction_unknown);
    for (std::size_t i = 0; i < response.size(); ++i)
        EXPECT_EQ(prepare(server, ongoing, ongoing.text(), base::byte_view(response).first(i)).error().what,
                  status::malformed);
    auto other = ongoing;
    other.smdp_signature_2[3] ^= 1;
    EXPECT_EQ(prepare(server, other, other.text(), response).error().what, status::euicc_signature_invalid);
}

TEST_P(binding, passes_on_what_the_euicc_reports) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto response =
        test::joined({base::from_hex("bf2117a1158010").value(), ongoing.id, base::byte_array<3>{0x02, 0x01, 0x02}});
    const auto refusal = prepare(server, ongoing, ongoing.text(), response);
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().what, status::euicc_reported_error);
    EXPECT_THAT(refusal.error().message, testing::HasSubstr("invalidSignature"));
}

TEST_P(binding, a_one_time_key_off_the_curve_is_refused) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto ready = prepare_with({}, {.otpk = base::bytes(65, 4)}).value();
    EXPECT_EQ(bind_it(ready).error().what, status::euicc_signature_invalid);
    EXPECT_EQ(ongoing.stage, stage::offered);
}

TEST_P(binding, the_confirmation_code_is_checked_in_both_forms) {
    meet();
    shown = offer(server, ongoing, *who, {.confirmation_required = true}).value();
    const auto missing = prepare_with({});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().subject(), "8.2.7");
    EXPECT_EQ(missing.error().reason(), "2.2");
    const auto ready = prepare_with("1234").value();
    EXPECT_TRUE(confirmation_holds(*ready.hash_cc, confirmation_digest("1234"), ongoing));
    EXPECT_FALSE(confirmation_holds(*ready.hash_cc, confirmation_digest("1235"), ongoing));
    auto other = ongoing;
    other.id[0] ^= 1;
    EXPECT_FALSE(confirmation_holds(*ready.hash_cc, confirmation_digest("1234"), other));
    const auto packed = prepare_with(std::string("\x12\x34")).value();
    EXPECT_TRUE(confirmation_holds(*packed.hash_cc, *packed_confirmation_digest("1234"), ongoing));
    EXPECT_FALSE(packed_confirmation_digest("123"));
}

TEST_P(binding, steps_out_of_order_are_refused) {
    meet();
    EXPECT_EQ(prepare(server, ongoing, ongoing.text(), {}).error().what, status::transaction_unknown);
    EXPECT_EQ(bind_it({base::bytes(65, 4), {}}).error().what, status::transaction_unknown);
    shown = offer(server, ongoing, *who, {}).value();
    EXPECT_EQ(offer(server, ongoing, *who, {}).error().what, status::transaction_unknown);
    server.sets[0] = test::pki(GetParam()).set();
    EXPECT_EQ(bind_it({base::bytes(65, 4), {}}).error().what, status::server_failed)
        << "other certificates were loaded";
}

/// A key that holds back its signature, as an HSM that is gone.
class silent_signer final : public signer {
 public:
    explicit silent_signer(std::shared_ptr<const signer> of) : of_(std::move(of)) {}
    base::result<signature> sign(message) const override {
        return base::refuse(base::code::internal, "The HSM is gone.");
    }
    const public_key& key() const override { return of_->key(); }

 private:
    std::shared_ptr<const signer> of_;
};

TEST_P(binding, a_key_that_cannot_sign_is_the_servers_failure_at_each_step) {
    const auto well = server.sets[0];
    const auto info = phone.info_1();
    server.sets[0].auth.key = std::make_shared<silent_signer>(well.auth.key);
    const auto begun = initiate(server, phone.ask(info), binding_time, random);
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error(), (refusal{status::server_failed, "The HSM is gone.", ""}));
    server.sets[0] = well;
    meet();
    server.sets[0].binding.key = std::make_shared<silent_signer>(well.binding.key);
    EXPECT_EQ(offer(server, ongoing, *who, {}).error(), (refusal{status::server_failed, "The HSM is gone.", ""}));
    EXPECT_EQ(ongoing.stage, stage::authenticated);
    server.sets[0] = well;
    shown = offer(server, ongoing, *who, {}).value();
    const auto ready = prepare_with({}).value();
    server.sets[0].binding.key = std::make_shared<silent_signer>(well.binding.key);
    EXPECT_EQ(bind_it(ready).error(), (refusal{status::server_failed, "The HSM is gone.", ""}));
    EXPECT_EQ(ongoing.stage, stage::offered);
}

TEST_P(binding, without_the_certificates_of_its_session_is_the_servers_failure) {
    meet();
    const auto well = server.sets;
    server.sets.clear();
    EXPECT_EQ(offer(server, ongoing, *who, {}).error().what, status::server_failed);
    EXPECT_EQ(binding_curve(server, ongoing), curve::p256);
    server.sets = well;
    EXPECT_EQ(binding_curve(server, ongoing), GetParam());
    shown = offer(server, ongoing, *who, {}).value();
    const auto ready = prepare_with({}).value();
    const auto one_time = one_time_key::make(GetParam(), random);
    const auto keys = agree(server, ongoing, ready, one_time).value();
    server.sets.clear();
    EXPECT_EQ(agree(server, ongoing, ready, one_time).error().what, status::server_failed);
    EXPECT_EQ(bind(server, ongoing, ready, {profile, metadata}, keys, random).error().what, status::server_failed);
    server.sets = well;
    ongoing.stage = stage::authenticated;
    EXPECT_EQ(bind(server, ongoing, ready, {profile, metadata}, keys, random).error().what,
              status::transaction_unknown);
    ongoing.stage = stage::bound;
    EXPECT_TRUE(bind(server, ongoing, ready, {profile, metadata}, keys, random)) << "a repeat";
    EXPECT_TRUE(bind_it(ready));
    ongoing.stage = stage::ended;
    EXPECT_EQ(bind_it(ready).error().what, status::transaction_unknown);
}

// smdpSigned2 (Annex H): transactionId, ccRequiredFlag, and bppEuiccOtpk only where there is one.
TEST_P(binding, an_offer_says_what_it_asks_for_and_the_session_keeps_it) {
    for (const bool code : {false, true}) {
        meet();
        shown = offer(server, ongoing, *who, {.confirmation_required = code}).value();
        EXPECT_EQ(base::hex(shown.smdp_signed_2), "30158010" + base::hex(ongoing.id) + (code ? "0101ff" : "010100"));
        EXPECT_EQ(ongoing.confirmation_required, code);
        EXPECT_EQ(ongoing.stage, stage::offered);
        EXPECT_TRUE(ongoing.offered_otpk.empty());
        EXPECT_EQ(base::hex(shown.smdp_signature_2), "5f3740" + base::hex(ongoing.smdp_signature_2));
        EXPECT_EQ(prepare_with({}).has_value(), !code);
        EXPECT_TRUE(prepare_with("1")) << "a code that nobody asked for does no harm";
    }
    meet();
    const base::bytes otpk(65, 4);
    shown = offer(server, ongoing, *who, {.bound_otpk = otpk}).value();
    EXPECT_EQ(ongoing.offered_otpk, otpk);
}

TEST_P(binding, keys_that_were_kept_come_back_whole_or_not_at_all) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto ready = prepare_with({}).value();
    const auto keys = agree(server, ongoing, ready, one_time_key::make(GetParam(), random)).value();
    const auto kept = keys.serialise();
    const auto back = secure_keys::parse(kept).value();
    EXPECT_EQ(back.set, keys.set);
    EXPECT_EQ(back.eid, keys.eid);
    EXPECT_EQ(back.euicc_otpk, keys.euicc_otpk);
    EXPECT_EQ(back.smdp_otpk, keys.smdp_otpk);
    EXPECT_EQ(back.initial, keys.initial);
    EXPECT_EQ(back.encryption, keys.encryption);
    EXPECT_EQ(back.mac, keys.mac);
    EXPECT_TRUE(kept.starts_with("1 "));
    EXPECT_FALSE(secure_keys::parse("2" + kept.substr(1))) << "of another version";
    EXPECT_FALSE(secure_keys::parse(kept + " 00"));
    EXPECT_FALSE(secure_keys::parse(""));
    std::vector<std::size_t> ends;
    for (std::size_t at = kept.find(' '); at != std::string::npos; at = kept.find(' ', at + 1)) ends.push_back(at);
    ASSERT_EQ(ends.size(), 7U);
    EXPECT_FALSE(secure_keys::parse(kept.substr(0, ends[6])));
    for (const std::size_t word : {0U, 2U, 3U, 4U, 5U, 6U}) {  // all but the EID are hexadecimal, of their length
        auto odd = kept;
        odd[ends[word] + 1] = 'x';
        EXPECT_FALSE(secure_keys::parse(odd)) << word;
        if (word == 2) continue;
        auto shorter = kept;
        shorter.erase(ends[word] + 1, 2);
        EXPECT_FALSE(secure_keys::parse(shorter)) << word;
    }
}

// SGP.22 §5.5, the key derivation: hostId is told to the eUICC with its length, and is one SM-DP+'s for all its
// packages.
TEST_P(binding, a_package_tells_the_operation_and_the_host_id) {
    meet();
    shown = offer(server, ongoing, *who, {}).value();
    const auto package = bind_it(prepare_with({}).value()).value();
    const auto opening = der::reader(der::only_element(package, 0xbf36).value()).expect(0xbf23, "").value();
    der::reader fields(opening);
    EXPECT_EQ(base::hex(fields.expect(0x82, "")->value), "01") << "remoteOpId: installBoundProfilePackage";
    EXPECT_EQ(base::hex(fields.expect(0x80, "")->value), base::hex(ongoing.id));
    const auto host = base::hex(base::sha256(base::view(test::pki::smdp_oid))).substr(0, 32);
    EXPECT_EQ(base::hex(fields.expect(0xa6, "")->value),
              "800188810110"
              "8410" +
                  host);
    EXPECT_EQ(fields.expect(0x5f49, "")->value.size(), 65U);
    EXPECT_EQ(fields.expect(0x5f37, "")->value.size(), 64U);
    EXPECT_EQ(bound_size({profile, metadata}, 16), package.size());
    EXPECT_EQ(bound_size({profile, metadata}, 1), package.size() - 15);
}

INSTANTIATE_TEST_SUITE_P(rsp, binding, testing::Values(curve::p256, curve::brainpool_p256),
                         [](const auto& one) { return std::string(one.param == curve::p256 ? "p256" : "brainpool"); });

}  // namespace

}  // namespace keepline::rsp
