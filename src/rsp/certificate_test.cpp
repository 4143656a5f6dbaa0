#include "rsp/certificate.hpp"

#include "rsp/test_pki.hpp"

#include <gmock/gmock.h>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

const base::instant in_2026 = *base::instant_from_iso("2026-11-22T12:00:00Z");

outcome<euicc_identity> checked(const test::pki& what, const trust& trusted, base::instant now = in_2026,
                                validity dates = validity::required) {
    return trusted.verify_euicc(what.euicc_certificate(), what.eum_certificate(), what.ci_key.key_id(), now, dates);
}
outcome<euicc_identity> checked(const test::pki& what) { return checked(what, *what.trusted()); }

void expect_refused(const test::pki& what, status wanted, std::string_view words) {
    const auto found = checked(what);
    ASSERT_FALSE(found) << words;
    EXPECT_EQ(found.error().what, wanted) << found.error().message;
    EXPECT_THAT(found.error().message, testing::HasSubstr(words));
}

TEST(certificate, tells_what_it_says) {
    const test::pki all;
    const auto eum = test::parsed(all.eum_certificate());
    EXPECT_EQ(eum->subject.common_name, "Test EUM");
    EXPECT_EQ(eum->subject.organization, "Keepline Test");
    EXPECT_EQ(eum->subject.country, "CH");
    EXPECT_EQ(eum->issuer.common_name, "Test CI P-256");
    EXPECT_EQ(base::iso(eum->not_before), "2020-01-01T00:00:00.000Z");
    EXPECT_EQ(base::iso(eum->not_after), "2049-12-31T23:59:59.000Z");
    EXPECT_TRUE(eum->has_role(role::eum));
    EXPECT_FALSE(eum->has_role(role::euicc));
    EXPECT_TRUE(eum->is_ca);
    EXPECT_EQ(eum->path_length, 0u);
    EXPECT_EQ(eum->key_id, all.eum_key.key_id());
    EXPECT_EQ(eum->issuer_key_id, all.ci_key.key_id());
    ASSERT_EQ(eum->name_constraints->size(), 1u);
    EXPECT_EQ(eum->name_constraints->front().serial_prefix, "89049032");
    EXPECT_EQ(eum->name_constraints->front().organization, "Keepline Test");
    EXPECT_EQ(all.set().auth.certificate->registered_id, "2.999.10");
    EXPECT_EQ(test::parsed(all.euicc_certificate())->subject.serial_number, test::pki::eid);
}

TEST(certificate, is_read_from_pem_and_from_der) {
    const auto der = test::pki().ci_certificate();
    auto text = base::base64(der);
    for (std::size_t at = 64; at < text.size(); at += 65) text.insert(at, "\n");
    const auto pem = "subject=CI\n-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n";
    EXPECT_EQ((*load_certificate(base::view(pem)))->der, der);
    EXPECT_EQ((*load_certificate(der))->der, der);
    EXPECT_FALSE(load_certificate(base::view("-----BEGIN CERTIFICATE-----\nAAAA")));
    EXPECT_FALSE(load_certificate(base::view("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")));
}

TEST(certificate, every_cut_and_every_flipped_byte_is_refused_or_fails_to_verify) {
    const test::pki all;
    const auto good = all.euicc_certificate();
    const auto eum = test::parsed(all.eum_certificate());
    ASSERT_TRUE(test::parsed(good)->signed_by(*eum->key));
    for (std::size_t i = 0; i < good.size(); ++i) {
        EXPECT_FALSE(parse_certificate(base::byte_view(good).first(i)));
        auto bad = good;
        bad[i] ^= 0x01;
        const auto parsed = parse_certificate(bad);
        EXPECT_FALSE(parsed && (*parsed)->signed_by(*eum->key)) << i;
    }
}

TEST(chain, of_a_good_euicc_holds_on_both_curves) {
    for (const auto which : {curve::p256, curve::brainpool_p256}) {
        const test::pki all(which);
        const auto found = checked(all);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->eid, test::pki::eid);
        EXPECT_EQ(found->key.encoded(), all.euicc_key.point());
        EXPECT_EQ(found->ci_key_id, all.ci_key.key_id());
        EXPECT_FALSE(found->expired);
    }
}

TEST(chain, under_a_ci_that_is_not_trusted_is_8_11_1_3_9) {
    const test::pki own, foreign;
    const auto found = checked(foreign, *own.trusted());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().subject(), "8.11.1");
    EXPECT_EQ(found.error().reason(), "3.9");
}

TEST(chain, with_an_eum_that_does_not_fit_is_8_1_2_6_1) {
    const auto with = [](auto change, std::string_view words) {
        test::pki all;
        change(all);
        expect_refused(all, status::eum_certificate_invalid, words);
    };
    with([](auto& all) { all.eum.policy = oid_of(role::euicc); }, "policy");
    with([](auto& all) { all.eum.policy.clear(); }, "policy");
    with([](auto& all) { all.eum.ca = false; }, "may not sign certificates");
    with([](auto& all) { all.eum.key_usage = 1u << digital_signature; }, "may not sign certificates");
    with([](auto& all) { all.eum.constraint.reset(); }, "no name constraints");
    with([](auto& all) { all.eum.odd_critical_extension = true; }, "critical");
    with([](auto& all) { all.ci.path_length = 0; }, "may not certify an issuer");
    with([](auto& all) { all.eum.algorithm = "1.2.840.10045.4.3.3"; }, "SHA-256");
}

TEST(chain, with_an_euicc_that_does_not_fit_is_8_1_3_6_1) {
    const auto with = [](auto change, std::string_view words) {
        test::pki all;
        change(all);
        expect_refused(all, status::euicc_certificate_invalid, words);
    };
    with([](auto& all) { all.euicc.policy = oid_of(role::dp_auth); }, "policy");
    with([](auto& all) { all.euicc.serial_number = "89033023123451234512345678901224"; }, "outside");
    with([](auto& all) { all.euicc.organization = "Another maker"; }, "outside");
    with([](auto& all) { all.euicc.serial_number = "8904903212345123451234567890123"; }, "no EID");
    with([](auto& all) { all.euicc.ca = true; }, "issuer");
    with([](auto& all) { all.euicc.key_usage = 1u << key_agreement; }, "may not sign");
    with([](auto& all) { all.euicc.odd_critical_extension = true; }, "critical");
}

TEST(chain, with_a_signature_of_somebody_else_does_not_hold) {
    test::pki all;
    const test::key_pair stranger(curve::p256);
    const auto trusted = all.trusted();
    const auto forged_eum = [&] {
        auto out = all.eum_certificate();
        out.back() ^= 1;
        return out;
    }();
    auto found = trusted->verify_euicc(all.euicc_certificate(), forged_eum, all.ci_key.key_id(), in_2026);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::eum_certificate_invalid);
    auto forged = all.euicc_certificate();
    forged.back() ^= 1;
    found = trusted->verify_euicc(forged, all.eum_certificate(), all.ci_key.key_id(), in_2026);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::euicc_certificate_invalid);
    // the issuer's name is right, its key id too, but the key is not
    found = trusted->verify_euicc(issue(all.euicc, all.euicc_key, all.eum, stranger), all.eum_certificate(),
                                  all.ci_key.key_id(), in_2026);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::euicc_certificate_invalid);
}

TEST(chain, that_has_expired_is_6_3_where_dates_are_required_and_reported_elsewhere) {
    test::pki all;
    all.euicc.not_after = "260101000000Z";
    auto found = checked(all);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::euicc_certificate_expired);
    found = checked(all, *all.trusted(), in_2026, validity::reported);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->expired);

    test::pki old;
    old.eum.not_after = "260101000000Z";
    found = checked(old);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::eum_certificate_expired);
    EXPECT_EQ(found.error().subject(), "8.1.2");
    EXPECT_EQ(found.error().reason(), "6.3");
    EXPECT_TRUE(checked(old, *old.trusted(), *base::instant_from_iso("2026-01-01T00:00:00Z")));
    EXPECT_FALSE(checked(old, *old.trusted(), *base::instant_from_iso("2026-01-01T00:00:01Z")));
}

TEST(chain, that_was_revoked_does_not_hold_from_then_on) {
    const test::pki all;
    const auto trusted = all.trusted();
    const auto ci = test::parsed(all.ci_certificate());
    EXPECT_TRUE(checked(all, *trusted));
    EXPECT_FALSE(parse_crl(issue_crl(all.ci, all.eum_key, {2}), *ci)) << "signed by another key";
    trusted->revoke(parse_crl(issue_crl(all.ci, all.ci_key, {7, 2}), *ci).value());
    auto found = checked(all, *trusted);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::eum_certificate_invalid);
    trusted->revoke(parse_crl(issue_crl(all.ci, all.ci_key, {7}), *ci).value());
    EXPECT_TRUE(checked(all, *trusted));

    const auto eum = test::parsed(all.eum_certificate());
    test::pki with_crl;
    with_crl.eum.key_usage |= 1u << crl_sign;
    const auto signing_eum = test::parsed(with_crl.eum_certificate());
    const auto other = with_crl.trusted();
    EXPECT_TRUE(checked(with_crl, *other));
    other->revoke(parse_crl(issue_crl(with_crl.eum, with_crl.eum_key, {3}), *signing_eum).value());
    found = checked(with_crl, *other);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::euicc_certificate_invalid);
}

TEST(chain, a_revocation_list_beyond_what_is_read_is_refused_before_it_is) {
    const test::pki all;
    const auto ci = test::parsed(all.ci_certificate());
    const auto got = parse_crl(base::bytes(16UL * 1024 * 1024 + 1), *ci);
    ASSERT_FALSE(got);
    EXPECT_NE(got.error().words.find("too large"), std::string::npos) << got.error().words;
}

TEST(chain, is_held_to_the_newest_revocation_list_in_whatever_order_they_come) {
    const test::pki all;
    const auto ci = test::parsed(all.ci_certificate());
    const auto list = [&](std::initializer_list<std::uint8_t> serials, std::string_view since,
                          std::uint64_t number = 0) {
        return parse_crl(issue_crl(all.ci, all.ci_key, serials, since, number), *ci).value();
    };
    const auto revokes = list({2}, "260301000000Z", 255);
    for (const auto& older :
         {list({}, "260201000000Z", 256), list({}, "260301000000Z"), list({}, "260301000000Z", 254)}) {
        EXPECT_TRUE(older.older_than(revokes));
        EXPECT_FALSE(revokes.older_than(older));
        const auto first = all.trusted(), last = all.trusted();
        first->revoke(revokes);
        first->revoke(older);
        EXPECT_FALSE(checked(all, *first));
        last->revoke(older);
        last->revoke(revokes);
        EXPECT_FALSE(checked(all, *last));
    }
    for (const auto& newer : {list({}, "260302000000Z"), list({}, "260301000000Z", 256)}) {
        const auto trusted = all.trusted();
        trusted->revoke(newer);
        trusted->revoke(revokes);
        EXPECT_TRUE(checked(all, *trusted));
    }
}

TEST(chain, remembers_eums_up_to_its_limit) {
    const test::pki all;
    const trust trusted({test::parsed(all.ci_certificate())}, 2);
    const auto first = all.eum_certificate();
    const auto euicc = all.euicc_certificate();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(trusted.verify_euicc(euicc, first, {}, in_2026));
    EXPECT_EQ(trusted.seen().eum_hits, 2u);
    EXPECT_EQ(trusted.seen().eum_misses, 1u);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(trusted.verify_euicc(euicc, all.eum_certificate(), {}, in_2026));
    EXPECT_EQ(trusted.seen().eum_misses, 5u);
}

TEST(chain, is_checked_by_many_threads_at_once) {
    const test::pki one, two;
    const auto ci = test::parsed(one.ci_certificate());
    trust trusted({ci, test::parsed(two.ci_certificate())}, 1);  // so small that the threads push each other out
    const auto check = [&](const test::pki& of) {
        const auto euicc = of.euicc_certificate(), eum = of.eum_certificate();
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(trusted.verify_euicc(euicc, eum, of.ci_key.key_id(), in_2026));
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] { check(one); });
        threads.emplace_back([&] { check(two); });
    }
    trusted.revoke(parse_crl(issue_crl(one.ci, one.ci_key, {77}), *ci).value());
}

TEST(chain, of_another_ci_than_the_one_to_be_used_does_not_hold) {
    const test::pki one, two;
    const trust both({test::parsed(one.ci_certificate()), test::parsed(two.ci_certificate())});
    EXPECT_TRUE(both.verify_euicc(two.euicc_certificate(), two.eum_certificate(), two.ci_key.key_id(), in_2026));
    const auto found = both.verify_euicc(two.euicc_certificate(), two.eum_certificate(), one.ci_key.key_id(), in_2026);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, status::eum_certificate_invalid);
}

TEST(certificate, of_an_sm_dp_fits_its_role_only) {
    const test::pki all;
    const auto set = all.set();
    const auto ci = test::parsed(all.ci_certificate());
    EXPECT_FALSE(unfit(*set.auth.certificate, *ci, role::dp_auth));
    EXPECT_FALSE(unfit(*set.binding.certificate, *ci, role::dp_pb));
    EXPECT_TRUE(unfit(*set.binding.certificate, *ci, role::dp_auth));
    EXPECT_TRUE(unfit(*set.binding.certificate, *set.auth.certificate, role::dp_pb));
}

}  // namespace

}  // namespace keepline::rsp
