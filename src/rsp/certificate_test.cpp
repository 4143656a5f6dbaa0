#include "rsp/certificate.hpp"

#include "rsp/test_pki.hpp"

#include <functional>
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

// -- what a certificate may say, part by part

/// The first place of these bytes changed to those, which are as many.
base::bytes with_bytes(base::bytes in, std::string_view from, std::string_view to) {
    const auto was = base::from_hex(from).value(), is = base::from_hex(to).value();
    EXPECT_EQ(was.size(), is.size());
    const auto at = std::ranges::search(in, was);
    EXPECT_FALSE(at.empty()) << from;
    if (!at.empty()) std::ranges::copy(is, at.begin());
    return in;
}

template <typename Fill>
base::bytes extension_of(std::string_view oid, bool critical, Fill fill) {
    der::writer out;
    test::write_extension(out, oid, critical, [&] { fill(out); });
    return std::move(out).take();
}

base::result<std::shared_ptr<const certificate>> euicc_with(const std::function<void(test::pki&)>& change) {
    test::pki all;
    change(all);
    return parse_certificate(all.euicc_certificate());
}

base::result<std::shared_ptr<const certificate>> euicc_with_extension(base::bytes extensions) {
    return euicc_with([&](test::pki& all) { all.euicc.more_extensions = std::move(extensions); });
}

std::string begin_of(std::string date, der::tag form = der::utc_time) {
    const auto found = euicc_with([&](test::pki& all) {
        all.euicc.not_before = date;
        all.euicc.not_after = form == der::utc_time ? "491231235959Z" : "20491231235959Z";
        all.euicc.date_form = form;
    });
    return found ? base::iso((*found)->not_before) : found.error().words;
}

// RFC 5280 §4.1.2.5: to the second, in UTC; years from 50 on are of the last century.
TEST(certificate, dates_have_the_two_forms_of_rfc_5280) {
    EXPECT_EQ(begin_of("260203040506Z"), "2026-02-03T04:05:06.000Z");
    EXPECT_EQ(begin_of("491231235959Z"), "2049-12-31T23:59:59.000Z");
    EXPECT_EQ(begin_of("500101000000Z"), "1950-01-01T00:00:00.000Z");
    EXPECT_EQ(begin_of("991231235959Z"), "1999-12-31T23:59:59.000Z");
    EXPECT_EQ(begin_of("240229000000Z"), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(begin_of("20260203040506Z", der::generalized_time), "2026-02-03T04:05:06.000Z");
    EXPECT_EQ(begin_of("19500101000000Z", der::generalized_time), "1950-01-01T00:00:00.000Z");
    for (const auto* none : {"260229000000Z", "261301000000Z", "260100000000Z", "260001000000Z", "260101240000Z",
                             "260101006000Z", "260101000060Z"})
        EXPECT_EQ(begin_of(none), "A certificate's date does not exist.") << none;
    for (const auto* odd : {"2601010000000", "260101000000z", "26010100000Z", "2601010000000Z", "26010100000/Z",
                            "26010100000:Z", "/60101000000Z", ""})
        EXPECT_EQ(begin_of(odd), "A certificate's date has a form that is not known.") << odd;
    EXPECT_EQ(begin_of("260101000000Z", der::generalized_time), "A certificate's date has a form that is not known.");
    EXPECT_EQ(begin_of("20260101000000Z", der::utf8_string), "A certificate's date has a form that is not known.");
}

TEST(certificate, takes_of_a_name_the_four_parts_that_sgp_22_uses) {
    const auto good = test::pki().euicc_certificate();
    const auto name_of = [](const base::bytes& der) { return test::parsed(der)->issuer; };
    EXPECT_EQ(name_of(good).organization, "Keepline Test");
    EXPECT_EQ(name_of(with_bytes(good, "0603550403", "0603550404")).common_name, "") << "2.5.4.4 is a surname";
    EXPECT_EQ(name_of(with_bytes(good, "0603550403", "0603540403")).common_name, "") << "another arc";
    EXPECT_EQ(name_of(with_bytes(good, "0603550403", "0603551d03")).common_name, "");
    for (const auto* text : {"0c", "13", "16"})
        EXPECT_EQ(name_of(with_bytes(good, "060355040a0c0d", std::string("060355040a") + text + "0d")).organization,
                  "Keepline Test")
            << text;
    EXPECT_EQ(name_of(with_bytes(good, "060355040a0c0d", "060355040a1e0d")).organization, "") << "a BMPString";
    EXPECT_EQ(name_of(with_bytes(good, "060355040a", "0603550406")).country, "CH") << "the first one counts";
    const auto long_name = [](std::size_t size) {
        return (*euicc_with([&](test::pki& all) { all.euicc.organization = std::string(size, 'O'); }))
            ->subject.organization.size();
    };
    EXPECT_EQ(long_name(256), 256U);
    EXPECT_EQ(long_name(257), 0U);
}

TEST(certificate, of_another_version_key_or_signature_is_refused_in_words) {
    const auto good = test::pki().euicc_certificate();
    const auto words = [&](std::string_view from, std::string_view to) {
        const auto found = parse_certificate(with_bytes(good, from, to));
        return found ? std::string("accepted") : found.error().words;
    };
    EXPECT_EQ(words("a003020102", "a003020101"), "The certificate is not of version 3.");
    EXPECT_EQ(words("2a8648ce3d040302", "2a8648ce3d040303"), "The signature algorithms inside and outside differ.");
    EXPECT_EQ(words("06072a8648ce3d0201", "06072a8648ce3d0202"), "The key is not of an elliptic curve.");
    EXPECT_EQ(words("06082a8648ce3d030107", "06082a8648ce3d030106"),
              "The key is neither on P-256 nor on brainpoolP256r1.");
    EXPECT_EQ(words("03420004", "03420104"), "A bit string has odd bits.");
    auto bare = good;
    const auto outer = der::only_element(bare, der::sequence).value();
    const auto signed_part = der::first_element(outer.value).value();
    const auto extensions = der::reader(signed_part).find(0xa3)->value();
    bare[static_cast<std::size_t>(extensions.whole.data() - bare.data())] = 0xa4;
    EXPECT_EQ(parse_certificate(bare).error().words, "The certificate has no extensions.");
    const auto other = euicc_with([](test::pki& all) { all.euicc.algorithm = "1.2.840.10045.4.3.3"; });
    EXPECT_EQ(other.error().words, "The signature is not ECDSA with SHA-256.");
    EXPECT_EQ(
        (*euicc_with([](test::pki& all) { all.euicc_key = test::key_pair(curve::brainpool_p256); }))->key->which(),
        curve::brainpool_p256);
}

TEST(certificate, has_nothing_behind_its_signature_and_at_most_8_kb) {
    const auto good = test::pki().euicc_certificate();
    const auto inside = der::only_element(good, der::sequence)->value;
    der::writer longer;
    longer.nested(der::sequence, [&] { longer.raw(inside).octets(der::null, {}); });
    EXPECT_EQ(parse_certificate(longer.view()).error().words, "Something follows the signature.");
    bool at_the_limit = false;
    for (std::size_t more = 7'400; more < 8'192; ++more) {
        test::pki all;
        all.euicc.more_extensions = extension_of(
            "2.5.29.63", false, [&](der::writer& out) { out.octets(der::octet_string, base::bytes(more)); });
        const auto size = all.euicc_certificate().size();  // the signature has 70 to 72 bytes
        if (size < 8'190) more += 8'189 - size;
        const auto der = all.euicc_certificate();
        if (der.size() < 8'190) continue;
        const auto found = parse_certificate(der);
        EXPECT_EQ(found.has_value(), der.size() <= 8'192) << der.size();
        at_the_limit = at_the_limit || der.size() == 8'192;
        if (der.size() > 8'192) {
            EXPECT_EQ(found.error().words, "The certificate is too large.");
            if (at_the_limit) break;
            more -= 4;
        }
    }
    EXPECT_TRUE(at_the_limit);
}

// RFC 5280 §4.2: what is critical and not understood makes a certificate unusable; each extension is there once.
TEST(certificate, extensions_that_nobody_knows_count_where_they_are_critical) {
    const auto unknown = [](std::string_view oid, bool critical) {
        return (*euicc_with_extension(extension_of(oid, critical, [](der::writer& out) { out.boolean(true); })))
            ->unknown_critical;
    };
    EXPECT_TRUE(unknown("1.3.6.1.4.1.99999.1", true));
    EXPECT_FALSE(unknown("1.3.6.1.4.1.99999.1", false));
    EXPECT_TRUE(unknown("2.5.29.63", true));
    EXPECT_TRUE(unknown("2.5.4.15", true)) << "not below 2.5.29";
    EXPECT_TRUE(unknown("2.4.29.15", true));
    EXPECT_TRUE(unknown("2.5.29.15.1", true));
    const auto twice = [](std::string_view oid) {
        const auto one = extension_of(oid, false, [](der::writer& out) { out.boolean(true); });
        return euicc_with_extension(test::joined({one, one})).has_value();
    };
    EXPECT_FALSE(twice("2.5.29.63"));
    EXPECT_FALSE(twice("2.5.29.1"));
    EXPECT_TRUE(twice("1.3.6.1.4.1.99999.1"));
    EXPECT_TRUE(twice("2.5.29.64")) << "none that anybody reads";
    const auto both = test::joined({extension_of("2.5.29.40", false, [](der::writer& out) { out.boolean(true); }),
                                    extension_of("2.5.29.41", false, [](der::writer& out) { out.boolean(true); })});
    EXPECT_TRUE(euicc_with_extension(both));
    EXPECT_FALSE(euicc_with_extension(extension_of("2.5.29.15", true, [](der::writer& out) { out.bits(1); })))
        << "keyUsage is there already";
    EXPECT_FALSE((*euicc_with_extension(extension_of("2.5.29.31", true, [](der::writer& out) {
                     out.nested(der::sequence, [] {});
                 })))->unknown_critical);
}

TEST(certificate, extensions_say_names_uses_and_constraints) {
    const auto all =
        euicc_with_extension(test::joined({extension_of("2.5.29.17", false,
                                                        [](der::writer& out) {
                                                            out.nested(der::sequence, [&] {
                                                                out.text(0x82, "a.example")
                                                                    .text(0x86, "urn:x")
                                                                    .text(0x82, "b.example")
                                                                    .oid("2.999.7", 0x88);
                                                            });
                                                        }),
                                           extension_of("2.5.29.37", false,
                                                        [](der::writer& out) {
                                                            out.nested(der::sequence, [&] {
                                                                out.oid("1.3.6.1.5.5.7.3.1").oid("1.3.6.1.5.5.7.3.2");
                                                            });
                                                        })}))
            .value();
    EXPECT_THAT(all->dns_names, testing::ElementsAre("a.example", "b.example"));
    EXPECT_EQ(all->registered_id, "2.999.7");
    EXPECT_THAT(all->extended_key_usages, testing::ElementsAre("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"));
    EXPECT_TRUE(all->usable_for(digital_signature));
    EXPECT_FALSE(all->usable_for(key_cert_sign));
    const auto basic = [](auto fill) {
        return euicc_with_extension(
                   extension_of("2.5.29.19", true,
                                [&](der::writer& out) { out.nested(der::sequence, [&] { fill(out); }); }))
            .value();
    };
    EXPECT_FALSE(basic([](der::writer&) {})->is_ca) << "FALSE is the default";
    EXPECT_FALSE(basic([](der::writer& out) { out.boolean(false); })->is_ca);
    EXPECT_EQ(basic([](der::writer& out) { out.boolean(true); })->path_length, std::nullopt);
    EXPECT_EQ(basic([](der::writer& out) { out.boolean(true).number(3); })->path_length, 3U);
    EXPECT_EQ(test::parsed(test::pki().euicc_certificate())->key_usage, 1U);
}

TEST(certificate, name_constraints_are_the_permitted_directory_names) {
    const auto constraints = [](auto fill) {
        return euicc_with_extension(
                   extension_of("2.5.29.30", true,
                                [&](der::writer& out) { out.nested(der::sequence, [&] { fill(out); }); }))
            .value();
    };
    const auto subtree = [](der::writer& out, std::string_view organization) {
        out.nested(der::sequence, [&] {
            out.nested(0xa4, [&] {
                out.nested(der::sequence, [&] {
                    out.nested(der::set, [&] {
                        out.nested(der::sequence, [&] { out.oid("2.5.4.10").text(der::utf8_string, organization); });
                    });
                });
            });
        });
    };
    const auto two = constraints([&](der::writer& out) {
        out.nested(0xa0, [&] {
            subtree(out, "One");
            out.nested(der::sequence, [&] { out.text(0x82, "dns.example"); });
            subtree(out, "Two");
        });
    });
    ASSERT_EQ(two->name_constraints->size(), 2U);
    EXPECT_EQ(two->name_constraints->at(1).organization, "Two");
    EXPECT_EQ(two->name_constraints->at(1).serial_prefix, "");
    EXPECT_FALSE(two->unknown_critical);
    const auto none = constraints([](der::writer&) {});
    EXPECT_TRUE(none->name_constraints && none->name_constraints->empty());
    EXPECT_FALSE(none->unknown_critical);
    const auto excluding = constraints([&](der::writer& out) { out.nested(0xa1, [&] { subtree(out, "One"); }); });
    EXPECT_TRUE(excluding->unknown_critical) << "excluded subtrees are not checked";
    EXPECT_TRUE(excluding->name_constraints->empty());
}

TEST(certificate, of_a_pem_file_is_the_first_one_whatever_blanks_are_in_it) {
    const auto der = test::pki().ci_certificate();
    auto text = base::base64(der);
    text.insert(8, "\r\n");
    text.insert(4, " \t");
    const std::string begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
    EXPECT_EQ((*load_certificate(base::view(begin + "\r\n" + text + "\r\n" + end + "\nmore")))->der, der);
    EXPECT_EQ(load_certificate(base::view(begin + "\n" + text)).error().words, "The PEM file is cut off.");
    EXPECT_EQ(load_certificate(base::view(end + begin + "\n" + text)).error().words, "The PEM file is cut off.");
    EXPECT_EQ(load_certificate(base::view(begin + "*" + end)).error().words, "The PEM file is not Base64.");
}

// -- revocation lists

struct crl_parts {
    bool version = true, next = true, list = true;
    der::tag date_form = der::utc_time;
    std::optional<base::bytes> extensions{};
    std::string inner_algorithm = "1.2.840.10045.4.3.2";
};

base::bytes crl_of(const test::pki& all, const crl_parts& what) {
    const auto algorithm = [](std::string_view oid) {
        der::writer out;
        out.nested(der::sequence, [&] { out.oid(oid); });
        return std::move(out).take();
    };
    const bool utc = what.date_form == der::utc_time;
    der::writer tbs;
    tbs.nested(der::sequence, [&] {
        if (what.version) tbs.number(1);
        tbs.raw(algorithm(what.inner_algorithm));
        test::write_name(tbs, all.ci);
        tbs.text(what.date_form, utc ? "260101000000Z" : "20260101000000Z");
        if (what.next) tbs.text(what.date_form, utc ? "270101000000Z" : "20270101000000Z");
        if (what.list)
            tbs.nested(der::sequence,
                       [&] { tbs.nested(der::sequence, [&] { tbs.number(2).text(der::utc_time, "260101000000Z"); }); });
        if (what.extensions) tbs.nested(0xa0, [&] { tbs.nested(der::sequence, [&] { tbs.raw(*what.extensions); }); });
    });
    const std::uint8_t no_odd_bits = 0;
    der::writer out;
    out.nested(der::sequence, [&] {
        out.raw(tbs.view()).raw(algorithm("1.2.840.10045.4.3.2"));
        out.octets(der::bit_string, test::joined({{&no_odd_bits, 1}, all.ci_key.sign_der(tbs.view())}));
    });
    return std::move(out).take();
}

TEST(crl, is_read_with_and_without_what_is_optional) {
    const test::pki all;
    const auto ci = test::parsed(all.ci_certificate());
    const auto whole = parse_crl(crl_of(all, {}), *ci).value();
    EXPECT_EQ(base::iso(whole.this_update), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(base::iso(whole.next_update), "2027-01-01T00:00:00.000Z");
    EXPECT_EQ(whole.serials, (std::unordered_set<std::string>{"\x02"}));
    EXPECT_EQ(whole.issuer_key_id, all.ci_key.key_id());
    EXPECT_TRUE(std::ranges::equal(whole.issuer_raw, ci->subject_raw));
    EXPECT_TRUE(whole.number.empty());
    EXPECT_EQ(base::iso(parse_crl(crl_of(all, {.date_form = der::generalized_time}), *ci)->next_update),
              "2027-01-01T00:00:00.000Z");
    EXPECT_EQ(parse_crl(crl_of(all, {.version = false}), *ci)->serials.size(), 1U);
    EXPECT_EQ(parse_crl(crl_of(all, {.next = false}), *ci)->serials.size(), 1U);
    EXPECT_EQ(parse_crl(crl_of(all, {.next = false}), *ci)->next_update, base::instant{});
    EXPECT_TRUE(parse_crl(crl_of(all, {.list = false}), *ci)->serials.empty());
    EXPECT_TRUE(parse_crl(crl_of(all, {.next = false, .list = false}), *ci)->serials.empty());
}

TEST(crl, number_is_that_of_rfc_5280_without_zeros_before_it) {
    const test::pki all;
    const auto ci = test::parsed(all.ci_certificate());
    const auto number = [&](base::bytes extensions) {
        return base::hex(parse_crl(crl_of(all, {.extensions = std::move(extensions)}), *ci)->number);
    };
    const auto crl_number = [](std::string_view oid, bool critical, std::uint64_t value) {
        return extension_of(oid, critical, [&](der::writer& out) { out.number(value); });
    };
    EXPECT_EQ(number(crl_number("2.5.29.20", false, 0x80)), "80");
    EXPECT_EQ(number(crl_number("2.5.29.20", true, 0x1234)), "1234");
    EXPECT_EQ(number(crl_number("2.5.29.20", false, 0)), "");
    EXPECT_EQ(number(crl_number("2.5.29.21", false, 7)), "");
    EXPECT_EQ(number(test::joined({crl_number("2.5.29.35", false, 7), crl_number("2.5.29.20", false, 9)})), "09");
}

// RFC 5280 §5: only its issuer's own, which may sign CRLs, and under one algorithm.
TEST(crl, counts_where_its_issuer_may_and_did_sign_it) {
    const test::pki all;
    const auto list = crl_of(all, {});
    const auto words = [&](const auto& change) {
        test::pki other = all;
        change(other);
        const auto found = parse_crl(list, *test::parsed(other.ci_certificate()));
        return found ? std::string() : found.error().words;
    };
    EXPECT_EQ(words([](test::pki&) {}), "");
    EXPECT_EQ(words([](test::pki& other) { other.ci.common_name = "Another"; }), "The CRL was not signed by Another.");
    EXPECT_EQ(words([](test::pki& other) { other.ci.key_usage = 1U << key_cert_sign; }),
              "The CRL was not signed by Test CI P-256.");
    EXPECT_NE(words([](test::pki& other) { other.ci_key = test::key_pair(curve::p256); }), "");
    const auto ci = test::parsed(all.ci_certificate());
    EXPECT_FALSE(parse_crl(crl_of(all, {.inner_algorithm = "1.2.840.10045.4.3.3"}), *ci));
    const auto largest = parse_crl(base::bytes(16UL * 1024 * 1024), *ci);
    ASSERT_FALSE(largest);
    EXPECT_EQ(largest.error().words.find("too large"), std::string::npos);
}

// -- who may certify whom (SGP.22 §4.5.2)

TEST(chain, needs_an_issuer_of_the_right_name_and_key_that_may_certify) {
    const test::pki all;
    const auto euicc = test::parsed(all.euicc_certificate());
    const auto why = [&](const auto& change) {
        test::pki other = all;
        change(other);
        return unfit(*euicc, *test::parsed(other.eum_certificate()), role::euicc).value_or("");
    };
    EXPECT_EQ(why([](test::pki&) {}), "");
    EXPECT_EQ(why([](test::pki& other) { other.eum.common_name = "Another"; }), "its issuer's name is another");
    EXPECT_EQ(why([](test::pki& other) { other.eum_key = test::key_pair(curve::p256); }),
              "its issuer's key id is another");
    EXPECT_EQ(why([](test::pki& other) { other.eum.ca = false; }), "its issuer may not sign certificates");
    EXPECT_EQ(why([](test::pki& other) { other.eum.key_usage = 1U; }), "its issuer may not sign certificates");
    EXPECT_EQ(why([](test::pki& other) { other.eum.path_length = 0; }), "") << "an eUICC is no issuer";
    EXPECT_EQ(why([](test::pki& other) { other.eum.constraint.reset(); }),
              "its EID is outside of what its EUM may certify");
    test::pki deeper;
    deeper.ci.path_length = 1;
    EXPECT_TRUE(checked(deeper));
    deeper.ci.path_length = 0;
    EXPECT_FALSE(checked(deeper));
}

TEST(chain, holds_where_the_constraint_names_only_the_maker_or_only_the_first_digits) {
    const auto with = [](std::string organization, std::string prefix, std::string own = "Keepline Test") {
        test::pki all;
        all.eum.constraint = {std::move(organization), std::move(prefix)};
        all.euicc.organization = std::move(own);
        return checked(all).has_value();
    };
    EXPECT_TRUE(with("Keepline Test", ""));
    EXPECT_TRUE(with("", "8904903"));
    EXPECT_TRUE(with("", "89049032", "Whoever"));
    EXPECT_FALSE(with("Keepline Test", "", "Whoever"));
    EXPECT_FALSE(with("", ""));
    EXPECT_FALSE(with("", "99"));
}

TEST(chain, needs_an_eid_of_32_digits) {
    const auto with = [](const std::string& eid) {
        test::pki all;
        all.euicc.serial_number = eid;
        return checked(all).has_value();
    };
    EXPECT_TRUE(with("89049032" + std::string(24, '0')));
    EXPECT_TRUE(with("89049032" + std::string(24, '9')));
    EXPECT_FALSE(with("89049032" + std::string(25, '0')));
    EXPECT_FALSE(with("89049032" + std::string(23, '0') + "/"));
    EXPECT_FALSE(with("89049032" + std::string(23, '0') + ":"));
}

TEST(chain, says_what_it_could_not_do_in_words_and_whose_ci_it_missed) {
    const test::pki own, foreign;
    const auto trusted = own.trusted();
    const auto words = [&](base::byte_view euicc, base::byte_view eum) {
        return trusted->verify_euicc(euicc, eum, own.ci_key.key_id(), in_2026).error();
    };
    EXPECT_THAT(words(own.euicc_certificate(), base::view("x")).message,
                testing::HasSubstr("The EUM certificate cannot be read"));
    EXPECT_THAT(words(base::view("x"), own.eum_certificate()).message,
                testing::HasSubstr("The eUICC certificate cannot be read"));
    EXPECT_EQ(words(foreign.euicc_certificate(), foreign.eum_certificate()).identifier,
              base::hex(foreign.ci_key.key_id()));
    auto forged = own.eum_certificate();
    forged.back() ^= 1;
    EXPECT_EQ(words(own.euicc_certificate(), forged).message, "The EUM certificate was not signed by its CI.");
    forged = own.euicc_certificate();
    forged.back() ^= 1;
    EXPECT_EQ(words(forged, own.eum_certificate()).message, "The eUICC certificate was not signed by its EUM.");
    EXPECT_EQ(trusted->ci({}), nullptr);
    EXPECT_NE(trusted->ci(own.ci_key.key_id()), nullptr);
}

TEST(chain, is_revoked_by_its_own_issuer_only) {
    const test::pki one, two;
    const auto ci_two = test::parsed(two.ci_certificate());
    trust both({test::parsed(one.ci_certificate()), ci_two});
    const auto holds = [&](const test::pki& of) {
        return both.verify_euicc(of.euicc_certificate(), of.eum_certificate(), of.ci_key.key_id(), in_2026).has_value();
    };
    both.revoke(parse_crl(issue_crl(two.ci, two.ci_key, {2}), *ci_two).value());
    EXPECT_TRUE(holds(one)) << "the same serial number under another root";
    EXPECT_FALSE(holds(two));
    both.revoke(parse_crl(issue_crl(one.ci, one.ci_key, {9}), *test::parsed(one.ci_certificate())).value());
    EXPECT_FALSE(holds(two)) << "each root has its own list";
}

TEST(chain, whose_manufacturer_has_expired_is_reported_where_dates_do_not_matter) {
    test::pki old;
    old.eum.not_after = "260101000000Z";
    const auto found = checked(old, *old.trusted(), in_2026, validity::reported);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->expired);
    EXPECT_EQ(found->ci_key_id, old.ci_key.key_id());
    EXPECT_EQ(found->certificate_digest.size(), 32U);
}

}  // namespace

}  // namespace keepline::rsp
