// ES9+ as a phone meets it: the whole download, each refusal, notifications, and what is not asked properly.
#include "smdp/es9.hpp"

#include "smdp/fake_smdp.hpp"
#include "smdp/rsp_json.hpp"

#include <gtest/gtest.h>

namespace keepline::smdp {
namespace {

using domain::esim_status;

TEST(es9, downloads_a_profile_from_the_challenge_to_the_install_notification) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K2-7Q"));
    ASSERT_TRUE(of.initiate().fine());
    const auto offered = of.authenticate("K2-7Q");
    ASSERT_TRUE(offered.fine()) << offered.codes();
    EXPECT_EQ(offered.binary("profileMetadata").at(0), 0xbf);
    EXPECT_FALSE(offered.binary("smdpCertificate").empty());
    EXPECT_EQ(of.state(iccid).downloads, 1);
    const auto bound = of.fetch();
    ASSERT_TRUE(bound.fine()) << bound.codes();
    const auto loaded = of.load(bound);
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ(loaded->metadata, offered.binary("profileMetadata"));
    for (const auto segment : loaded->segments) EXPECT_LE(segment, 1020U);
    const auto contents = rsp::read_package(loaded->profile);
    ASSERT_TRUE(contents);
    EXPECT_EQ(contents->iccid, iccid);
    EXPECT_EQ(contents->imsi, of.state(iccid).imsi);
    EXPECT_EQ(contents->provider_name, "Keepline");
    EXPECT_EQ(of.state(iccid).status, esim_status::downloaded);
    EXPECT_EQ(of.state(iccid).eid.text(), rsp::test::pki::eid);

    const auto result = of.phone.installation_result(of.begun.started.id, iccid.text());
    EXPECT_EQ(of.notify(result).http, 204);
    EXPECT_EQ(of.state(iccid).status, esim_status::installed);
    EXPECT_EQ(of.state(iccid).last_proof->digest, base::hex(base::sha256(result)));
    EXPECT_EQ(*of.sessions.count(), 0U);
    EXPECT_EQ(of.notify(result).http, 204);  // again: nothing new
    EXPECT_EQ(of.notify(of.phone.notification(8, 1, iccid.text())).http, 204);
    EXPECT_EQ(of.state(iccid).report()->what, domain::profile_event::enable);
    EXPECT_EQ(of.desk.log.text().find(iccid.text()), std::string::npos);
}

TEST(es9, speaks_to_brainpool_cards_and_binds_with_keys_of_the_package_s_own) {
    auto how = fake_smdp::quick();
    how.keys = rsp::key_mode::random_keys;
    fake_smdp of(how, rsp::curve::brainpool_p256);
    of.order(1, fake_smdp::code("B"));
    ASSERT_TRUE(of.initiate().fine());
    ASSERT_TRUE(of.authenticate("B").fine());
    const auto loaded = of.load(of.fetch());
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_TRUE(loaded->replaced_keys);
}

TEST(es9, counts_an_address_that_is_written_otherwise) {
    fake_smdp of;
    EXPECT_TRUE(of.initiate().fine());
    EXPECT_TRUE(of.initiate("smdp.example.com:443").fine());
    EXPECT_FALSE(of.shared.oddities().contains("server_address"));
    EXPECT_TRUE(of.initiate("SMDP.Example.com").fine());
    EXPECT_TRUE(of.initiate("smdp.example.com.").fine());
    EXPECT_EQ(of.shared.oddities().at("server_address"), 2U);
    EXPECT_NE(of.desk.log.text().find("server_address"), std::string::npos);
}

TEST(es9, takes_a_transaction_in_either_letter_case) {
    fake_smdp of;
    of.order(1, fake_smdp::code("K"));
    of.initiate();
    auto lower = of.begun.started.text();
    for (auto& c : lower) c = static_cast<char>(std::tolower(c));
    const auto answer = of.es9(
        "authenticateClient",
        {{"transactionId", lower}, {"authenticateServerResponse", base::base64(of.phone.authenticate(of.begun, "K"))}});
    EXPECT_TRUE(answer.fine()) << answer.codes();
}

TEST(es9, finds_the_order_of_an_eid_without_a_matching_id) {
    fake_smdp of;
    domain::download_terms terms;
    terms.eid = base::eid::trusted(std::string(rsp::test::pki::eid));
    const auto iccid = of.order(1, terms);
    of.order(2, fake_smdp::code("OTHER"));
    for (const auto& none : {std::optional<std::string>(), std::optional<std::string>("")}) {
        of.initiate();
        ASSERT_TRUE(of.authenticate(none).fine());
        EXPECT_TRUE(of.fetch().fine());
    }
    EXPECT_EQ(of.state(iccid).status, esim_status::downloaded);
}

TEST(es9, lets_no_order_that_cannot_be_served_keep_another_from_its_phone) {
    fake_smdp of;
    domain::download_terms terms;
    terms.eid = base::eid::trusted(std::string(rsp::test::pki::eid));
    const auto waits = [&](int number, domain::download_terms of_it, const std::string& type = "basic") {
        of.desk.clock.advance(base::minutes{1});
        if (type == "basic") return of.order(number, std::move(of_it));
        const auto iccid = *base::iccid::parse(fake_smdp::with_check_digit("898600000000009999"));
        auto to = of.submission(
            iccid, domain::provide_esim{iccid, base::imsi::trusted("460010000009999"), type, {}, true, false});
        to.must_exist = false;
        to.reserved = domain::reservation{0, of.desk.clock.now() + base::minutes{5}};
        EXPECT_TRUE(of.done(std::move(to)));
        domain::order_for_line what;
        what.terms = std::move(of_it);
        EXPECT_TRUE(of.done(of.submission(iccid, what)));
        return iccid;
    };
    waits(1, terms, "gone");  // a type that is not configured any more
    auto spent = terms;
    spent.limits.downloads = 1;
    const auto once = waits(2, spent);
    auto forbidden = terms;
    forbidden.metadata.forbid_delete = true;
    const auto rules = waits(3, forbidden);
    const auto served = waits(4, terms);
    of.initiate();
    ASSERT_TRUE(of.authenticate("").fine());
    EXPECT_EQ(of.state(once).downloads, 1) << "the oldest that can be served";
    of.initiate();
    const auto next = of.authenticate("");
    ASSERT_TRUE(next.fine()) << next.codes();
    EXPECT_EQ(of.state(once).status, esim_status::released) << "no try is lost on it";
    const bool forbids = (rsp::test::euicc::ppr_bits & rsp::ppr_2) != 0;
    EXPECT_EQ(of.state(forbids ? served : rules).downloads, 1);
}

TEST(es9, gives_the_same_phone_its_package_again_with_the_key_it_had) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    of.authenticate("K");
    ASSERT_TRUE(of.load(of.fetch()));
    of.initiate();  // its connection broke: from the start
    const auto offered = of.authenticate("K");
    ASSERT_TRUE(offered.fine()) << offered.codes();
    const auto key = of.phone.one_time().point();
    const auto again = of.smdp_signed_2;
    EXPECT_NE(std::search(again.begin(), again.end(), key.begin(), key.end()), again.end());
    EXPECT_TRUE(of.load(of.fetch()));
    EXPECT_EQ(of.state(iccid).downloads, 2);
}

TEST(es9, asks_for_the_confirmation_code_and_counts_wrong_ones) {
    fake_smdp of;
    auto terms = fake_smdp::code("K");
    terms.confirmation = std::string(64, 'a');  // the mark; what belongs to it is in the vault
    terms.limits.codes = 2;
    const auto keep = [&](const base::iccid& of_profile) {
        ASSERT_TRUE(of.desk.vault.seal(port::profile_owner_of(of_profile), "confirmation:" + terms.confirmation,
                                       desk::confirmation_text("1234", false)));
    };
    const auto iccid = of.order(1, terms);
    keep(iccid);
    of.initiate();
    ASSERT_TRUE(of.authenticate("K").fine());
    EXPECT_EQ(of.fetch().codes(), "8.2.7/2.2");
    EXPECT_EQ(of.fetch("1235").codes(), "8.2.7/3.8");
    EXPECT_EQ(of.state(iccid).codes, 1);
    const auto right = of.fetch("1234");
    EXPECT_TRUE(right.fine()) << right.codes();

    const auto spent = of.order(2, [&] {
        terms.matching_id = "L";
        return terms;
    }());
    keep(spent);
    of.initiate();
    of.authenticate("L");
    EXPECT_EQ(of.fetch("0").codes(), "8.2.7/3.8");
    EXPECT_EQ(of.fetch("1").codes(), "8.2.7/6.4");
    EXPECT_EQ(of.state(spent).status, esim_status::error);
    EXPECT_EQ(of.fetch("1234").codes(), "8.2.7/6.4");
}

TEST(es9, takes_a_code_hashed_as_packed_digits_only_where_that_is_wanted) {
    for (const bool wanted : {false, true}) {
        const auto kept = desk::confirmation_text("12345678", wanted);
        const auto packed = *rsp::packed_confirmation_digest("12345678");
        rsp::session session;
        session.id = rsp::transaction_id(16, 7);
        const auto hash = base::sha256(rsp::test::joined({packed, session.id}));
        EXPECT_EQ(confirmation_fits(hash, kept, session), wanted);
    }
}

// ------------------------------------------------------------------------------------------------ refusals

TEST(es9, refuses_what_the_order_does_not_allow) {
    fake_smdp of;
    const auto refused_to = [&](std::optional<std::string> matching_id) {
        of.initiate();
        return of.authenticate(std::move(matching_id)).codes();
    };
    EXPECT_EQ(refused_to("UNKNOWN"), "8.2.6/3.8");
    EXPECT_EQ(refused_to({}), "8.1.1/3.8") << "nothing waits for its EID";

    auto other = fake_smdp::code("OTHER");
    other.eid = base::eid::trusted("89049032000000000000000000000066");
    of.order(1, other);
    EXPECT_EQ(refused_to("OTHER"), "8.1.1/3.8");

    const auto given_up = of.order(6, fake_smdp::code("GIVEN-UP"));
    EXPECT_EQ(refused_to("given-up"), "/") << "in whatever letters";
    domain::cancel_order cancel;
    cancel.to_stock = true;
    (void)of.done(of.submission(given_up, cancel));
    EXPECT_EQ(refused_to("GIVEN-UP"), "8.2.6/3.8");

    const auto waiting = of.provide(2);
    (void)of.done(of.submission(waiting, domain::download_order{}));
    (void)of.done(of.submission(waiting, domain::confirm_order{{}, fake_smdp::code("WAIT"), false, false}));
    EXPECT_EQ(refused_to("WAIT"), "8.2/1.2");

    auto over = fake_smdp::code("OVER");
    over.limits.expires_at = of.desk.clock.now() + base::minutes{1};
    of.order(3, over);
    of.desk.clock.advance(base::minutes{2});
    EXPECT_EQ(refused_to("OVER"), "8.8.5/4.10");
    EXPECT_EQ(refused_to("OVER"), "8.8.5/4.10");

    auto once = fake_smdp::code("ONCE");
    once.limits.downloads = 1;
    of.order(4, once);
    EXPECT_EQ(refused_to("ONCE"), "/");
    EXPECT_EQ(refused_to("ONCE"), "8.8.5/6.4");

    auto rules = fake_smdp::code("PPR");
    rules.metadata.forbid_delete = true;
    of.order(5, rules);
    EXPECT_EQ(refused_to("PPR"), (rsp::test::euicc::ppr_bits & rsp::ppr_2) != 0 ? "8.2.5/4.3" : "/");
}

TEST(es9, refuses_an_order_that_changed_between_two_calls) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    ASSERT_TRUE(of.authenticate("K").fine());
    (void)of.done(of.submission(iccid, domain::cancel_order{}));
    EXPECT_EQ(of.fetch().codes(), "8.2/3.7");
    EXPECT_EQ(of.state(iccid).status, esim_status::available);
}

TEST(es9, refuses_what_is_not_proved) {
    fake_smdp of;
    of.order(1, fake_smdp::code("K"));
    EXPECT_EQ(of.initiate("elsewhere.example.com").codes(), "8.8.1/3.8");
    of.initiate();
    rsp::test::mischief broken;
    broken.broken_signature = true;
    EXPECT_EQ(of.authenticate("K", broken).codes(), "8.1/6.1");
    rsp::test::mischief foreign;
    foreign.transaction = base::bytes(16, 1);
    EXPECT_EQ(of.authenticate("K", foreign).codes(), "8.10.1/3.9");
    rsp::test::mischief challenge;
    challenge.server_challenge = base::bytes(16, 2);
    EXPECT_EQ(of.authenticate("K", challenge).codes(), "8.1/6.1");
    ASSERT_TRUE(of.authenticate("K").fine());  // none of that ended the session
    EXPECT_EQ(of.fetch({}, broken).codes(), "8.1/6.1");
    EXPECT_EQ(of.cancel(0, true).codes(), "8.1/6.1");
    EXPECT_TRUE(of.fetch().fine());
    EXPECT_EQ(of.authenticate("K").codes(), "8.10.1/3.9");  // a replay
}

TEST(es9, forgets_sessions_that_were_not_finished) {
    fake_smdp of;
    of.order(1, fake_smdp::code("K"));
    of.initiate();
    of.desk.clock.advance(of.shared.how.session_time);
    EXPECT_EQ(of.authenticate("K").codes(), "8.10.1/3.9");
    EXPECT_EQ(of.fetch().codes(), "8.10.1/3.9");
    EXPECT_EQ(of.cancel(0).codes(), "8.10.1/3.9");
}

TEST(es9, ends_a_cancelled_session_and_keeps_the_order_when_it_was_only_postponed) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    ASSERT_TRUE(of.authenticate("K").fine());
    EXPECT_TRUE(of.cancel(1).fine());
    EXPECT_EQ(of.state(iccid).status, esim_status::released);
    EXPECT_EQ(of.fetch().codes(), "8.10.1/3.9");
    of.initiate();
    ASSERT_TRUE(of.authenticate("K").fine());
    EXPECT_TRUE(of.cancel(0).fine());
    EXPECT_EQ(of.state(iccid).status, esim_status::error);
    EXPECT_EQ(of.cancel(0).codes(), "8.10.1/3.9");
}

TEST(es9, holds_no_person_to_a_cancel_that_follows_its_own_refusal) {
    for (const int given : {0, 127}) {
        const auto reason = static_cast<std::uint8_t>(given);
        fake_smdp of;
        const auto iccid = of.order(1, fake_smdp::code("K"));
        rsp::test::mischief broken;
        broken.broken_signature = true;
        of.initiate();
        ASSERT_TRUE(of.authenticate("K").fine());
        EXPECT_EQ(of.fetch({}, broken).codes(), "8.1/6.1");
        EXPECT_TRUE(of.cancel(reason).fine());
        EXPECT_EQ(of.state(iccid).status, esim_status::released);
        EXPECT_EQ(of.state(iccid).transactions.back().refused, "8.1/6.1");
        of.initiate();
        ASSERT_TRUE(of.authenticate("K").fine());
        of.desk.core.refuse_everything = base::error{base::code::overloaded, "Too much.", {}};
        EXPECT_EQ(of.fetch().codes(), "8.8/4.2");
        of.desk.core.refuse_everything.reset();
        EXPECT_TRUE(of.cancel(reason).fine());
        EXPECT_EQ(of.state(iccid).status, esim_status::released);
        of.initiate();
        ASSERT_TRUE(of.authenticate("K").fine());
        EXPECT_EQ(of.fetch({}, broken).codes(), "8.1/6.1");
        EXPECT_TRUE(of.fetch().fine()) << "what was refused first is over";
        EXPECT_TRUE(of.cancel(reason).fine());
        EXPECT_EQ(of.state(iccid).failed_by,
                  reason == 0 ? domain::order_failure::refused_by_user : domain::order_failure::refused_by_device);
    }
}

// ------------------------------------------------------------------------------------------------ notifications

TEST(es9, believes_no_notification_that_is_not_signed) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    of.authenticate("K");
    of.fetch();
    const auto version = (*of.desk.core.read(esim_key(iccid)))->version;
    auto cut = of.phone.notification(8, 1, iccid.text());
    cut.pop_back();
    for (const auto& bad :
         {of.phone.installation_result(of.begun.started.id, iccid.text(), 0, true),
          of.phone.notification(8, 3, iccid.text(), true),
          of.phone.installation_result(base::bytes(16, 9), iccid.text()), cut, base::bytes{}, base::bytes{0x30, 0x00}})
        EXPECT_EQ(of.notify(bad).http, 204);
    EXPECT_EQ(of.es9("handleNotification", {}).http, 204);
    EXPECT_EQ(of.es9("handleNotification", {{"pendingNotification", 5}}).http, 204);
    EXPECT_EQ((*of.desk.core.read(esim_key(iccid)))->version, version);
    EXPECT_EQ(of.shared.unproved.load(), 8U);
}

TEST(es9, keeps_late_foreign_and_unknown_notifications) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    of.authenticate("K");
    of.fetch();
    const auto transaction = of.begun.started.id;
    (void)of.sessions.take(transaction, of.desk.clock.now());  // days later: only the profile remembers the key
    EXPECT_EQ(of.notify(of.phone.installation_result(transaction, iccid.text())).http, 204);
    EXPECT_EQ(of.state(iccid).status, esim_status::installed);
    EXPECT_EQ(of.notify(of.phone.notification(9, 3, iccid.text())).http, 204);
    EXPECT_EQ(of.notify(of.phone.notification(8, 1, iccid.text())).http, 204);  // out of order
    EXPECT_EQ(of.state(iccid).report()->what, domain::profile_event::deletion);
    const auto unknown = *base::iccid::parse(fake_smdp::with_check_digit("898600000000007777"));
    EXPECT_EQ(of.notify(of.phone.notification(10, 1, unknown.text())).http, 204);
    EXPECT_TRUE(of.state(unknown).foreign);
}

TEST(es9, records_why_an_installation_failed) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    of.authenticate("K");
    of.fetch();
    EXPECT_EQ(of.notify(of.phone.installation_result(of.begun.started.id, iccid.text(), 4)).http, 204);
    EXPECT_EQ(of.state(iccid).status, esim_status::error);
    EXPECT_FALSE(of.state(iccid).failure_words.empty());
}

TEST(es9, lets_the_phone_keep_its_notification_while_we_are_in_trouble) {
    fake_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    for (const auto ours :
         {base::code::overloaded, base::code::storage_full, base::code::not_owner, base::code::outcome_unknown,
          base::code::timed_out, base::code::endings_held, base::code::internal, base::code::journal_broken}) {
        of.desk.core.refuse_everything = base::error{ours, "Not now.", {}};
        EXPECT_EQ(of.notify(of.phone.notification(8, 1, iccid.text())).http, 503) << base::info(ours).id;
    }
    of.desk.core.refuse_everything = base::error{base::code::overloaded, "Too much.", {}};
    of.initiate();
    EXPECT_EQ(of.authenticate("K").codes(), "8.8/4.2");
}

// ------------------------------------------------------------------------------------------------ the binding to HTTP

TEST(es9, answers_every_broken_field_with_a_status) {
    fake_smdp of;
    of.initiate();
    const auto id = of.begun.started.text();
    EXPECT_EQ(of.es9("initiateAuthentication", {}).codes(), "1.6/2.2");
    EXPECT_EQ(of.es9("initiateAuthentication", {{"euiccChallenge", "!"}}).codes(), "1.6/2.1");
    EXPECT_EQ(of.es9("initiateAuthentication", {{"euiccChallenge", 7}}).codes(), "1.6/2.1");
    EXPECT_EQ(of.es9("authenticateClient", {{"transactionId", id}}).codes(), "1.6/2.2");
    EXPECT_EQ(of.es9("authenticateClient", {{"transactionId", id}, {"authenticateServerResponse", "AAAA"}}).codes(),
              "1.6/2.1");
    EXPECT_EQ(of.es9("authenticateClient", {{"transactionId", "zz"}, {"authenticateServerResponse", "AAAA"}}).codes(),
              "8.10.1/3.9");
    EXPECT_EQ(of.es9("getBoundProfilePackage", {{"transactionId", id}, {"prepareDownloadResponse", ""}}).codes(),
              "8.10.1/3.9");
    EXPECT_EQ(of.es9("cancelSession", {{"transactionId", id}, {"cancelSessionResponse", "AAAA"}}).http, 200);
    const std::string large(rsp::most_request_bytes * 2, 'A');
    EXPECT_EQ(of.es9("authenticateClient", {{"transactionId", id}, {"authenticateServerResponse", large}}).http, 200);
    for (const char* body :
         {"", "[]", "{", "null", "{\"transactionId\":\"\\ud800\"}", R"({"transactionId":"00","transactionId":"01"})"}) {
        const auto answer =
            http::fake_exchange::ask(of.es9_door, fake_smdp::request_of(es9_prefix, "cancelSession", body));
        EXPECT_EQ(answer.status, 200) << body;
        EXPECT_EQ(fake_smdp::understood(answer).codes(), "1.6/2.1") << body;
    }
}

TEST(es9, holds_clients_to_the_head_and_says_its_version) {
    fake_smdp of;
    const auto ask = [&](auto change) {
        auto in = fake_smdp::request_of(es9_prefix, "cancelSession", "{}");
        change(in);
        return http::fake_exchange::ask(of.es9_door, std::move(in));
    };
    const auto fine = ask([](http::request&) {});
    EXPECT_EQ(fine.status, 200);
    EXPECT_EQ(fine.type, "application/json;charset=UTF-8");
    EXPECT_EQ(header_of(fine, "X-Admin-Protocol"), admin_protocol);
    EXPECT_EQ(ask([](http::request& in) { in.admin_protocol = "gsma/rsp/v3.1.0"; }).status, 200);
    EXPECT_EQ(ask([](http::request& in) { in.content_type = "application/json;charset=UTF-8"; }).status, 200);
    EXPECT_EQ(ask([](http::request& in) { in.admin_protocol = ""; }).status, 200) << "missing: taken for ours";
    EXPECT_EQ(ask([](http::request& in) { in.content_type = ""; }).status, 200);
    EXPECT_EQ(of.shared.oddities().at("no_admin_protocol"), 1U);
    EXPECT_EQ(of.shared.oddities().at("no_content_type"), 1U);
    for (const char* odd : {"gsma/rsp/v2.2", "GSMA/RSP/v2.2.0", "gsma/rsp/V2.2.0", "GSMA/RSP/V3.1"})
        EXPECT_EQ(ask([&](http::request& in) { in.admin_protocol = odd; }).status, 200) << odd;
    EXPECT_EQ(of.shared.oddities().at("admin_protocol"), 4U);
    for (const char* wrong : {"gsma/rsp/v1.0.0", "gsma/rsp/v1.0", "gsma/rsp/v2.2.0.1", "gsma/rsp/v2", "gsma/rsp/v2.2.",
                              "gsma/rsp/v2..2", "x"})
        EXPECT_EQ(ask([&](http::request& in) { in.admin_protocol = wrong; }).status, 400) << wrong;
    EXPECT_EQ(ask([](http::request& in) { in.content_type = "text/plain"; }).status, 415);
    EXPECT_EQ(ask([](http::request& in) { in.how = verb::get; }).status, 405);
    EXPECT_EQ(ask([](http::request& in) { in.target = "/gsma/rsp2/es9plus/other"; }).status, 404);
    EXPECT_EQ(ask([](http::request& in) { in.target = "/v1/whoami"; }).status, 404);
}

}  // namespace
}  // namespace keepline::smdp
