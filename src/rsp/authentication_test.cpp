#include "rsp/authentication.hpp"

#include "rsp/cancel.hpp"
#include "rsp/test_euicc.hpp"

#include <gmock/gmock.h>
#include <map>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

const base::instant authentication_time = *base::instant_from_iso("2026-11-22T12:00:00Z");

/// One server and one eUICC that have met, or not yet.
class authentication : public testing::Test {
 protected:
    outcome<initiated> start(std::string_view address = "smdp.example.com") {
        const auto info = phone.info_1();
        return initiate(server, phone.ask(info, address), authentication_time, random);
    }
    outcome<client> answer(session& ongoing, base::byte_view response) {
        return rsp::authenticate(server, ongoing, ongoing.text(), response, authentication_time);
    }
    void expect_start_refused(std::string_view subject, std::string_view reason,
                              std::string_view address = "smdp.example.com") {
        const auto refusal = start(address);
        ASSERT_FALSE(refusal);
        EXPECT_EQ(refusal.error().subject(), subject) << refusal.error().message;
        EXPECT_EQ(refusal.error().reason(), reason);
    }
    void expect_answer_refused(const test::mischief& wrong, std::string_view subject, std::string_view reason) {
        auto begun = start().value();
        const auto before = begun.started;
        const auto refusal = answer(begun.started, phone.authenticate(begun, "MID", wrong));
        ASSERT_FALSE(refusal);
        EXPECT_EQ(refusal.error().subject(), subject) << refusal.error().message;
        EXPECT_EQ(refusal.error().reason(), reason);
        EXPECT_EQ(begun.started, before) << "a refusal changes nothing";
    }

    test::pki all;
    provider server = all.server();
    test::euicc phone{all};
    test::seeded_random random;
};

TEST_F(authentication, begins_with_a_challenge_that_the_server_signs) {
    const auto begun = start().value();
    EXPECT_EQ(begun.started.id.size(), 16u);
    EXPECT_THAT(begun.started.text(), testing::MatchesRegex("[0-9A-F]{32}"));
    const auto outer = der::only_element(begun.server_signed_1, der::sequence).value();
    der::reader fields(outer);
    EXPECT_TRUE(std::ranges::equal(fields.expect(0x80, "")->value, begun.started.id));
    EXPECT_TRUE(std::ranges::equal(fields.expect(0x81, "")->value, phone.own_challenge));
    EXPECT_EQ(base::text(fields.expect(0x83, "")->value), "smdp.example.com");
    EXPECT_TRUE(std::ranges::equal(fields.expect(0x84, "")->value, begun.started.server_challenge));
    EXPECT_TRUE(fields.at_end());
    const auto key = public_key::from_point(curve::p256, all.auth_key.point()).value();
    EXPECT_TRUE(key.verifies(begun.server_signed_1, der::only_element(begun.server_signature_1, 0x5f37)->value));
    EXPECT_EQ(base::hex(begun.ci_key_id), "0414" + base::hex(all.ci_key.key_id()));
    EXPECT_TRUE(std::ranges::equal(begun.certificate, server.sets[0].auth.certificate->der));
    const auto again = start().value();
    EXPECT_NE(begun.started.id, again.started.id);
    EXPECT_NE(begun.started.server_challenge, again.started.server_challenge);
}

TEST_F(authentication, is_for_our_addresses_in_any_case_and_with_a_port) {
    EXPECT_TRUE(start("SMDP.Example.COM"));
    EXPECT_TRUE(start("smdp.example.com:8443"));
    EXPECT_TRUE(start("SMDP.example.com."));
    EXPECT_TRUE(start("smdp.example.com.:8443"));
    expect_start_refused("8.8.1", "3.8", "other.example.com");
    expect_start_refused("8.8.1", "3.8", "");
}

TEST_F(authentication, needs_a_version_that_is_supported) {
    phone.svn = {1, 9, 9};
    expect_start_refused("8.8.3", "3.1");
    phone.svn = {3, 0, 0};
    expect_start_refused("8.8.3", "3.1");
    phone.svn = {2, 7, 0};
    EXPECT_TRUE(start());
    phone.svn = {2, 5, 0};
    auto begun = start().value();
    phone.svn = {3, 1, 0};
    EXPECT_EQ(answer(begun.started, phone.authenticate(begun, "MID")).error().what, status::svn_unsupported)
        << "the signed one";
    server.lowest_svn = {2, 2, 2};
    phone.svn = {2, 2, 1};
    expect_start_refused("8.8.3", "3.1");
}

TEST_F(authentication, needs_a_ci_that_both_know) {
    const test::pki foreign;
    const test::euicc stranger(foreign);
    const auto info = stranger.info_1();
    const auto refusal = initiate(server, stranger.ask(info), authentication_time, random);
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().what, status::ci_keys_unsupported);
    EXPECT_EQ(refusal.error().subject(), "8.8.2");
    EXPECT_EQ(refusal.error().reason(), "3.1");
}

TEST_F(authentication, prefers_a_ci_that_the_euicc_verifies_and_signs_under) {
    const test::pki other(curve::brainpool_p256);
    server.trusted =
        std::make_shared<trust>(std::vector{test::parsed(all.ci_certificate()), test::parsed(other.ci_certificate())});
    server.sets = {other.set(), all.set()};
    const auto chosen = [&](const std::vector<base::bytes>& verifies, const std::vector<base::bytes>& signs) {
        der::writer info;
        info.nested(0xbf20, [&] {
            info.octets(0x82, phone.svn);
            info.nested(0xa9, [&] {
                for (const auto& id : verifies) info.octets(der::octet_string, id);
            });
            info.nested(0xaa, [&] {
                for (const auto& id : signs) info.octets(der::octet_string, id);
            });
        });
        const auto begun = initiate(server, phone.ask(info.view()), authentication_time, random);
        EXPECT_TRUE(begun) << (begun ? "" : begun.error().message);
        if (!begun) return std::string("refused");
        const bool first = std::ranges::equal(begun->certificate, server.sets[0].auth.certificate->der);
        return std::string(first ? "other" : "own") + "/" +
               (begun->started.euicc_ci_key_id == other.ci_key.key_id() ? "other" : "own");
    };
    const auto own_id = all.ci_key.key_id(), other_id = other.ci_key.key_id();
    EXPECT_EQ(chosen({other_id, own_id}, {own_id}), "own/own")
        << "not the first that it verifies, but the one of both lists";
    EXPECT_EQ(chosen({own_id, other_id}, {other_id}), "other/other");
    EXPECT_EQ(chosen({other_id, own_id}, {own_id, other_id}), "other/other") << "its order, among those of both lists";
    EXPECT_EQ(chosen({other_id}, {own_id}), "other/own") << "two different ones are legal";
}

TEST_F(authentication, needs_a_certificate_under_a_ci_that_the_euicc_verifies) {
    const test::pki other(curve::brainpool_p256);
    server.trusted =
        std::make_shared<trust>(std::vector{test::parsed(all.ci_certificate()), test::parsed(other.ci_certificate())});
    server.sets = {other.set()};
    expect_start_refused("8.8.4", "3.7");
}

TEST_F(authentication, takes_the_first_ci_of_the_euicc_that_it_has) {
    const test::pki brainpool(curve::brainpool_p256);
    server.trusted = std::make_shared<trust>(
        std::vector{test::parsed(all.ci_certificate()), test::parsed(brainpool.ci_certificate())});
    server.sets = {all.set(), brainpool.set(), brainpool.set("second.example.com")};
    const auto ask = [&](std::initializer_list<base::bytes> verification, std::initializer_list<base::bytes> signing,
                         std::string_view address) {
        der::writer info;
        info.nested(0xbf20, [&] {
            info.octets(0x82, base::byte_array<3>{2, 3, 0});
            info.nested(0xa9, [&] {
                for (const auto& id : verification) info.octets(der::octet_string, id);
            });
            info.nested(0xaa, [&] {
                for (const auto& id : signing) info.octets(der::octet_string, id);
            });
        });
        return initiate(server, phone.ask(info.view(), address), authentication_time, random);
    };
    const auto nist = all.ci_key.key_id(), bp = brainpool.ci_key.key_id();
    const base::bytes unknown(20, 0xee);
    const auto first = ask({unknown, bp, nist}, {nist, bp}, "smdp.example.com").value();
    EXPECT_EQ(first.started.set, server.sets[1].id());
    EXPECT_EQ(first.started.euicc_ci_key_id, bp) << "the same CI where the eUICC can";
    const auto second = ask({nist}, {unknown, bp}, "smdp.example.com").value();
    EXPECT_EQ(second.started.set, server.sets[0].id());
    EXPECT_EQ(second.started.euicc_ci_key_id, bp);
    const auto third = ask({nist, bp}, {bp}, "second.example.com").value();
    EXPECT_EQ(third.started.set, server.sets[2].id());
    EXPECT_EQ(ask({nist}, {unknown}, "smdp.example.com").error().what, status::ci_keys_unsupported);
    EXPECT_EQ(ask({nist}, {nist}, "second.example.com").error().what, status::certificate_unavailable);
}

TEST_F(authentication, refuses_a_request_that_cannot_be_decoded) {
    const auto info = phone.info_1();
    auto request = phone.ask(info);
    request.euicc_challenge = request.euicc_challenge.first(15);
    EXPECT_EQ(initiate(server, request, authentication_time, random).error().what, status::malformed);
    for (std::size_t i = 0; i < info.size(); ++i)
        EXPECT_EQ(initiate(server, phone.ask(base::byte_view(info).first(i)), authentication_time, random).error().what,
                  status::malformed);
}

TEST_F(authentication, of_a_good_euicc_tells_who_it_is) {
    auto begun = start().value();
    const auto found = answer(begun.started, phone.authenticate(begun, "MID-1"));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->euicc.eid, test::pki::eid);
    EXPECT_EQ(found->matching_id, "MID-1");
    EXPECT_EQ(found->info.svn.text(), "2.5.0");
    EXPECT_EQ(found->info.free_nvm_bytes, 0x50000u);
    EXPECT_EQ(found->info.installed_applications, 2u);
    EXPECT_EQ(found->info.forbidden_rules, test::euicc::ppr_bits);
    EXPECT_EQ(found->info.sas_number, "ES-TS-UP-0001");
    EXPECT_EQ(found->device.tac, "35290611");
    EXPECT_EQ(found->device.imei, "352906111234567");
    EXPECT_EQ(found->device.capabilities[1].first, "eutranEpc");
    EXPECT_EQ(begun.started.stage, stage::authenticated);
    EXPECT_EQ(begun.started.eid, test::pki::eid);
    EXPECT_TRUE(has_room(found->info, 0x50000));
    EXPECT_FALSE(has_room(found->info, 0x50001));
}

TEST_F(authentication, works_on_brainpool_too) {
    const test::pki brainpool(curve::brainpool_p256);
    server = brainpool.server();
    test::euicc other(brainpool);
    const auto info = other.info_1();
    auto begun = initiate(server, other.ask(info), authentication_time, random).value();
    EXPECT_TRUE(answer(begun.started, other.authenticate(begun, {})));
}

TEST_F(authentication, tells_an_absent_matching_id_from_an_empty_one) {
    auto begun = start().value();
    EXPECT_EQ(answer(begun.started, phone.authenticate(begun, {}))->matching_id, std::nullopt);
    begun = start().value();
    EXPECT_EQ(answer(begun.started, phone.authenticate(begun, ""))->matching_id, "");
}

TEST_F(authentication, accepts_extensions_everywhere) {
    auto begun = start().value();
    const auto found = answer(begun.started, phone.authenticate(begun, "MID", {.extensions = true}));
    EXPECT_TRUE(found) << found.error().message;
}

TEST_F(authentication, takes_the_transaction_in_either_letter_case) {
    auto begun = start().value();
    const auto response = phone.authenticate(begun, "MID");
    EXPECT_TRUE(rsp::authenticate(server, begun.started, base::hex(begun.started.id), response, authentication_time));
}

TEST_F(authentication, refuses_a_broken_signature) { expect_answer_refused({.broken_signature = true}, "8.1", "6.1"); }

TEST_F(authentication, refuses_another_transaction_inside) {
    expect_answer_refused({.transaction = base::bytes(16, 1)}, "8.10.1", "3.9");
}

TEST_F(authentication, refuses_another_challenge_or_address_inside) {
    expect_answer_refused({.server_challenge = base::bytes(16, 1)}, "8.1", "6.1");
    expect_answer_refused({.server_address = "evil.example.com"}, "8.1", "6.1");
}

TEST_F(authentication, refuses_another_transaction_outside_and_a_replay) {
    auto begun = start().value();
    const auto response = phone.authenticate(begun, "MID");
    for (const auto* text :
         {"", "00", "00112233445566778899AABBCCDDEEFF", "zz", "001122334455667788990011223344556677"})
        EXPECT_EQ(rsp::authenticate(server, begun.started, text, response, authentication_time).error().what,
                  status::transaction_unknown)
            << text;
    EXPECT_TRUE(answer(begun.started, response));
    EXPECT_EQ(answer(begun.started, response).error().what, status::transaction_unknown) << "a replay";
    auto other = start().value();
    EXPECT_EQ(answer(other.started, response).error().what, status::transaction_unknown)
        << "a replay in another session";
}

TEST_F(authentication, refuses_each_bad_certificate_with_its_own_code) {
    const auto with = [&](auto change, status wanted) {
        test::pki bad = all;
        change(bad);
        phone.euicc_certificate = bad.euicc_certificate();
        phone.eum_certificate = bad.eum_certificate();
        auto begun = start().value();
        const auto refusal = answer(begun.started, phone.authenticate(begun, "MID"));
        ASSERT_FALSE(refusal);
        EXPECT_EQ(refusal.error().what, wanted) << refusal.error().message;
    };
    with([](auto& bad) { bad.eum.policy.clear(); }, status::eum_certificate_invalid);
    with([](auto& bad) { bad.eum.not_after = "250101000000Z"; }, status::eum_certificate_expired);
    with([](auto& bad) { bad.euicc.policy.clear(); }, status::euicc_certificate_invalid);
    with([](auto& bad) { bad.euicc.not_after = "250101000000Z"; }, status::euicc_certificate_expired);
    with([](auto& bad) { bad.ci_key = test::key_pair(curve::p256); }, status::ci_unknown);
    with([](auto& bad) { bad.euicc_key = test::key_pair(curve::p256); }, status::euicc_signature_invalid);
}

TEST_F(authentication, passes_on_what_the_euicc_reports) {
    auto begun = start().value();
    const auto error = base::from_hex("bf3817a1158010").value();
    auto response = test::joined({error, begun.started.id, base::byte_array<3>{0x02, 0x01, 0x07}});
    const auto refusal = answer(begun.started, response);
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().what, status::euicc_reported_error);
    EXPECT_THAT(refusal.error().message, testing::HasSubstr("ciPKUnknown"));
}

TEST_F(authentication, refuses_every_truncation) {
    auto begun = start().value();
    const auto response = phone.authenticate(begun, "MID");
    for (std::size_t i = 0; i < response.size(); ++i)
        EXPECT_EQ(answer(begun.started, base::byte_view(response).first(i)).error().what, status::malformed);
    EXPECT_EQ(answer(begun.started, base::bytes(most_request_bytes + 1, 0x30)).error().what, status::malformed);
}

TEST_F(authentication, a_session_comes_back_from_the_store_as_it_was) {
    auto begun = start().value();
    EXPECT_EQ(session::parse(begun.started.serialise()).value(), begun.started);
    ASSERT_TRUE(answer(begun.started, phone.authenticate(begun, "MID")));
    begun.started.note = "es_1";
    const auto stored = begun.started.serialise();
    EXPECT_EQ(session::parse(stored).value(), begun.started);
    EXPECT_LT(stored.size(), 512u);
    for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_FALSE(session::parse(base::byte_view(stored).first(i)));
}

// -- CancelSession

class cancelling : public authentication {
 protected:
    session authenticated() {
        auto begun = start().value();
        EXPECT_TRUE(answer(begun.started, phone.authenticate(begun, "MID")));
        return begun.started;
    }
};

TEST_F(cancelling, ends_the_session_with_its_reason) {
    for (const auto reason : {cancel_reason::end_user_rejection, cancel_reason::postponed, cancel_reason::timeout,
                              cancel_reason::ppr_not_allowed, cancel_reason::metadata_mismatch,
                              cancel_reason::load_bpp_error, cancel_reason::undefined}) {
        auto ongoing = authenticated();
        const auto response = phone.cancel(ongoing.id, "2.999.10", static_cast<std::uint8_t>(reason));
        EXPECT_EQ(cancel(server, ongoing, ongoing.text(), response).value(), reason);
        EXPECT_EQ(ongoing.stage, stage::ended);
        EXPECT_EQ(cancel(server, ongoing, ongoing.text(), response).error().what, status::transaction_unknown);
    }
    auto ongoing = authenticated();
    EXPECT_EQ(cancel(server, ongoing, ongoing.text(), phone.cancel(ongoing.id, "2.999.10", 99)).value(),
              static_cast<cancel_reason>(99))
        << "one of a later version comes through";
}

TEST_F(cancelling, checks_signature_transaction_and_oid) {
    auto ongoing = authenticated();
    const auto refusal = [&](const base::bytes& response) {
        return cancel(server, ongoing, ongoing.text(), response).error();
    };
    EXPECT_EQ(refusal(phone.cancel(ongoing.id, "2.999.10", 0, true)).what, status::euicc_signature_invalid);
    EXPECT_EQ(refusal(phone.cancel(base::bytes(16, 9), "2.999.10", 0)).what, status::transaction_unknown);
    const auto foreign = refusal(phone.cancel(ongoing.id, "2.999.11", 0));
    EXPECT_EQ(foreign.subject(), "8.8");
    EXPECT_EQ(foreign.reason(), "3.10");
    EXPECT_EQ(refusal(base::from_hex("bf4103810105").value()).what, status::euicc_reported_error);
    EXPECT_EQ(refusal({}).what, status::malformed);
    EXPECT_EQ(cancel(server, ongoing, "00", {}).error().what, status::transaction_unknown);
    EXPECT_EQ(ongoing.stage, stage::authenticated);
    auto fresh = start()->started;
    EXPECT_EQ(cancel(server, fresh, fresh.text(), phone.cancel(fresh.id, "2.999.10", 0)).error().what,
              status::transaction_unknown);
}

TEST(status, every_name_leads_back_to_its_row) {
    EXPECT_EQ(info(status::order_expired).subject, "8.8.5");
    EXPECT_EQ(info(status::order_expired).reason, "4.10");
    for (int i = 0; i <= static_cast<int>(status::smds_failed); ++i) {
        const auto what = static_cast<status>(i);
        EXPECT_EQ(status_by_name(info(what).name), what);
        EXPECT_FALSE(info(what).words.empty());
    }
    EXPECT_FALSE(status_by_name("nothing"));
}

TEST(identifiers, iccids_and_eids_go_both_ways) {
    for (const auto* digits : {"8949449999999990023", "89494499999999900235", "894944999999999002"})
        EXPECT_EQ(iccid_from_swapped(*iccid_to_swapped(digits)), digits);
    EXPECT_EQ(base::hex(*iccid_to_swapped("89860012345678901234")), "98680021436587092143");
    EXPECT_EQ(base::hex(*iccid_to_swapped("8986001234567890123")), "986800214365870921f3");
    EXPECT_FALSE(iccid_to_swapped("89860012345678901"));
    EXPECT_FALSE(iccid_to_swapped("8986001234567890123x"));
    EXPECT_FALSE(iccid_from_swapped(*base::from_hex("98680021f36587092143")));
    EXPECT_FALSE(iccid_from_swapped(*base::from_hex("9868002143658709214a")));
    EXPECT_FALSE(iccid_from_swapped(*base::from_hex("9868")));
    EXPECT_EQ(base::hex(*eid_bytes(test::pki::eid)), test::pki::eid);
    EXPECT_FALSE(eid_bytes("8904"));
    EXPECT_EQ(transaction_key("AbCd"), transaction_key("aBcD"));
    EXPECT_FALSE(transaction_key("abc"));
}

TEST_F(authentication, begins_at_its_time_with_a_challenge_of_16_octets) {
    const auto begun = start("SMDP.example.com:8443").value();
    EXPECT_EQ(begun.started.started, authentication_time);
    EXPECT_EQ(begun.started.set, server.sets[0].id());
    EXPECT_EQ(begun.started.server_address, "SMDP.example.com:8443") << "as the phone wrote it";
    EXPECT_EQ(begun.started.stage, stage::initiated);
    const auto info = phone.info_1();
    auto request = phone.ask(info);
    const base::bytes longer(17, 1);
    request.euicc_challenge = longer;
    EXPECT_EQ(initiate(server, request, authentication_time, random).error().what, status::malformed);
}

TEST_F(authentication, of_a_good_euicc_is_kept_for_the_steps_to_come) {
    auto begun = start().value();
    const auto response = phone.authenticate(begun, "MID-1");
    const auto found = answer(begun.started, response).value();
    EXPECT_EQ(begun.started.euicc_curve, curve::p256);
    EXPECT_EQ(begun.started.euicc_key, all.euicc_key.point());
    EXPECT_EQ(begun.started.euicc_certificate, base::sha256(phone.euicc_certificate));
    const auto ok = parse_authenticate_response(response)->ok.value();
    EXPECT_TRUE(std::ranges::equal(found.euicc_signature_1, ok.signature));
    euicc_info_2 silent;
    EXPECT_TRUE(has_room(silent, 1)) << "an eUICC that does not tell";
    silent.has_free_nvm = true;
    EXPECT_FALSE(has_room(silent, 1));
    EXPECT_TRUE(has_room(silent, 0));
}

TEST_F(authentication, tells_which_version_it_does_not_speak) {
    phone.svn = {3, 1, 2};
    EXPECT_THAT(start().error().message, testing::HasSubstr("from 3.1.2 on"));
    phone.svn = {1, 9, 9};
    EXPECT_THAT(start().error().message, testing::HasSubstr("of SVN 1.9.9"));
    phone.svn = {2, 0, 0};
    EXPECT_TRUE(start());
    phone.svn = {2, 255, 255};
    EXPECT_TRUE(start());
}

TEST_F(authentication, that_is_signed_but_garbled_inside_is_refused) {
    phone.svn = {0, 0, 0};
    auto begun = [&] {
        phone.svn = {2, 5, 0};
        auto out = start().value();
        phone.svn = {0, 0, 0};
        return out;
    }();
    EXPECT_EQ(answer(begun.started, phone.authenticate(begun, "MID")).error().what, status::malformed) << "no svn";
    EXPECT_EQ(begun.started.stage, stage::initiated);
}

TEST(provider, knows_its_names_with_and_without_regard_to_case) {
    const test::pki all;
    auto server = all.server();
    for (const auto* name : {"smdp.example.com", "smdp.example.com:8443"}) {
        EXPECT_TRUE(server.answers_under(name)) << name;
        EXPECT_TRUE(server.is_spelt(name)) << name;
    }
    for (const auto* name : {"SMDP.example.com", "smdp.example.com.", "smdp.example.COM:1", "smdp.example.com.:1"}) {
        EXPECT_TRUE(server.answers_under(name)) << name;
        EXPECT_FALSE(server.is_spelt(name)) << name;
    }
    for (const auto* name : {"", ":", ".", "smdp.example.com..", "smdp.example", "smdp.example.comx",
                             "smdp\x0e"
                             "example.com"})
        EXPECT_FALSE(server.answers_under(name)) << name;
    server.sets[0].addresses = {"AZ[z.example:8443", "second"};
    EXPECT_TRUE(server.answers_under("az[Z.example:8443"));
    EXPECT_FALSE(server.answers_under("az{z.example:8443")) << "only letters have a case";
    EXPECT_FALSE(server.answers_under("az[z.example:8444"));
    EXPECT_TRUE(server.is_spelt("AZ[z.example:8443"));
    EXPECT_TRUE(server.is_spelt("second"));
    EXPECT_EQ(server.set(server.sets[0].id()), &server.sets[0]);
    EXPECT_EQ(server.set(base::digest{}), nullptr);
    EXPECT_EQ((svn{1, 2, 3}.text()), "1.2.3");
}

TEST_F(cancelling, is_possible_until_the_session_has_ended_for_reasons_that_have_names) {
    for (const auto what : {stage::authenticated, stage::offered, stage::bound}) {
        auto ongoing = authenticated();
        ongoing.stage = what;
        EXPECT_TRUE(cancel(server, ongoing, ongoing.text(), phone.cancel(ongoing.id, "2.999.10", 0)));
    }
    const std::map<cancel_reason, std::string_view> names{{cancel_reason::end_user_rejection, "end_user_rejection"},
                                                          {cancel_reason::postponed, "postponed"},
                                                          {cancel_reason::timeout, "timeout"},
                                                          {cancel_reason::ppr_not_allowed, "ppr_not_allowed"},
                                                          {cancel_reason::metadata_mismatch, "metadata_mismatch"},
                                                          {cancel_reason::load_bpp_error, "load_bpp_error"},
                                                          {cancel_reason::undefined, "undefined"},
                                                          {static_cast<cancel_reason>(99), "undefined"}};
    for (const auto& [reason, name] : names) EXPECT_EQ(text(reason), name);
    auto ongoing = authenticated();
    EXPECT_EQ(cancel(server, ongoing, ongoing.text(), phone.cancel(ongoing.id, "2.999.10", 128)).value(),
              cancel_reason::undefined);
    ongoing = authenticated();
    EXPECT_EQ(cancel(server, ongoing, ongoing.text(), phone.cancel(ongoing.id, "2.999.10", 127)).value(),
              static_cast<cancel_reason>(127));
    ongoing = authenticated();
    server.sets.clear();
    EXPECT_EQ(cancel(server, ongoing, ongoing.text(), phone.cancel(ongoing.id, "2.999.10", 0)).error().what,
              status::oid_mismatch);
}

}  // namespace

}  // namespace keepline::rsp
