// ES2+ as an operator's system meets it: the functions, who may call them, repeats, and each refusal.
#include "smdp/es2.hpp"

#include "smdp/fake_smdp.hpp"

#include <gtest/gtest.h>

namespace keepline::smdp {
namespace {

using boost::json::object;
using domain::esim_status;

TEST(es2, orders_confirms_and_releases_a_profile_that_a_phone_then_downloads) {
    fake_smdp of;
    const auto iccid = of.provide(1);
    const auto ordered = of.es2("acme", "downloadOrder", {{"profileType", "basic"}});
    ASSERT_TRUE(ordered.fine()) << ordered.codes();
    EXPECT_EQ(ordered.text("iccid"), iccid.text());
    EXPECT_EQ(of.state(iccid).status, esim_status::allocated);
    const auto confirmed = of.es2("acme", "confirmOrder", {{"iccid", iccid.text()}, {"releaseFlag", false}});
    ASSERT_TRUE(confirmed.fine()) << confirmed.codes();
    EXPECT_EQ(confirmed.text("smdpAddress"), "smdp.example.com");
    const auto matching_id = confirmed.text("matchingId");
    EXPECT_EQ(matching_id.size(), 23U);
    EXPECT_EQ(of.state(iccid).status, esim_status::confirmed);
    EXPECT_TRUE(of.es2("acme", "releaseProfile", {{"iccid", iccid.text() + "F"}}).fine());
    of.initiate();
    EXPECT_TRUE(of.authenticate(matching_id).fine());
    EXPECT_TRUE(of.fetch().fine());
    EXPECT_TRUE(of.es2("acme", "cancelOrder", {{"iccid", iccid.text()}, {"finalProfileStatusIndicator", "Unavailable"}})
                    .fine());
    EXPECT_EQ(of.state(iccid).status, esim_status::unavailable);
}

TEST(es2, gives_the_same_answer_to_the_same_call) {
    fake_smdp of;
    for (int i = 1; i <= 3; ++i) of.provide(i);
    const auto first = of.es2("acme", "downloadOrder", {{"profileType", "basic"}}, "call-a");
    const auto again = of.es2("acme", "downloadOrder", {{"profileType", "basic"}}, "call-a");
    const auto other = of.es2("acme", "downloadOrder", {{"profileType", "basic"}}, "call-b");
    EXPECT_EQ(first.text("iccid"), again.text("iccid"));
    EXPECT_NE(first.text("iccid"), other.text("iccid"));
    const object confirm{{"iccid", first.text("iccid")}, {"releaseFlag", true}};
    const auto made = of.es2("acme", "confirmOrder", confirm);
    const auto repeated = of.es2("acme", "confirmOrder", confirm);
    ASSERT_TRUE(made.fine() && repeated.fine()) << repeated.codes();
    EXPECT_EQ(made.text("matchingId"), repeated.text("matchingId"));
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(of.es2("acme", "releaseProfile", {{"iccid", first.text("iccid")}}).fine());
        EXPECT_TRUE(of.es2("acme", "cancelOrder",
                           {{"iccid", other.text("iccid")}, {"finalProfileStatusIndicator", "Available"}})
                        .fine());
    }
}

TEST(es2, takes_everything_that_an_order_can_carry) {
    fake_smdp of;
    const auto iccid = of.provide(1);
    const std::string eid(rsp::test::pki::eid);
    EXPECT_TRUE(
        of.es2("acme", "downloadOrder", {{"iccid", iccid.text()}, {"eid", eid}, {"profileType", "basic"}}).fine());
    EXPECT_EQ(of.state(iccid).status, esim_status::linked);
    const auto confirmed = of.es2("acme", "confirmOrder",
                                  {{"iccid", iccid.text()},
                                   {"eid", eid},
                                   {"matchingId", "CASE-17"},
                                   {"confirmationCode", "1234"},
                                   {"releaseFlag", true}});
    ASSERT_TRUE(confirmed.fine()) << confirmed.codes();
    EXPECT_EQ(confirmed.text("eid"), eid);
    EXPECT_EQ(confirmed.text("matchingId"), "CASE-17");
    of.initiate();
    ASSERT_TRUE(of.authenticate("CASE-17").fine());
    EXPECT_EQ(of.fetch("4321").codes(), "8.2.7/3.8");
    EXPECT_TRUE(of.fetch("1234").fine());
}

TEST(es2, waits_for_the_smds_and_says_what_came_of_it) {
    using domain::registration;
    fake_smdp of;
    const auto iccid = of.provide(1);
    const std::string eid(rsp::test::pki::eid);
    const object confirm{{"iccid", iccid.text()},
                         {"eid", eid},
                         {"matchingId", "CASE-18"},
                         {"smdsAddress", "smds.example.com"},
                         {"releaseFlag", true}};
    const auto smds_says = [&](registration status, const std::string& refusal) {
        of.meanwhile = [&of, iccid, status, refusal] {
            const auto announced = of.state(iccid).announced;
            ASSERT_TRUE(announced);
            ASSERT_TRUE(
                of.done(of.submission(iccid, domain::smds_answered{announced->record, status, refusal})).has_value());
        };
    };
    ASSERT_TRUE(of.es2("acme", "downloadOrder", {{"iccid", iccid.text()}, {"eid", eid}}).fine());
    EXPECT_EQ(of.es2("acme", "confirmOrder", confirm).codes(), "8.9/5.1") << "no answer in time";
    EXPECT_EQ(of.state(iccid).status, esim_status::released) << "the order stands";
    smds_says(registration::refused, "8.9.5/4.2");
    const auto refused = of.es2("acme", "releaseProfile", {{"iccid", iccid.text()}});
    EXPECT_EQ(refused.codes(), "8.9/4.2");
    smds_says(registration::unknown, "");
    EXPECT_EQ(of.es2("acme", "confirmOrder", confirm).codes(), "8.9/5.1");
    smds_says(registration::registered, "");
    const auto fine = of.es2("acme", "confirmOrder", confirm);
    ASSERT_TRUE(fine.fine()) << fine.codes();
    EXPECT_EQ(fine.text("matchingId"), "CASE-18");
    EXPECT_TRUE(of.es2("acme", "releaseProfile", {{"iccid", iccid.text()}}).fine());
}

TEST(es2, refuses_each_thing_with_its_codes) {
    fake_smdp of;
    const auto iccid = of.provide(1);
    const auto own = of.provide(2, "acme-only");
    const auto& name = iccid.text();
    EXPECT_EQ(of.es2("acme", "downloadOrder", {{"iccid", fake_smdp::with_check_digit("898600000000005555")}}).codes(),
              "8.2.1/3.9");
    EXPECT_EQ(of.es2("acme", "downloadOrder", {}).codes(), "1.6/2.2");
    EXPECT_EQ(of.es2("acme", "downloadOrder", {{"iccid", "12"}}).codes(), "1.6/2.1");
    EXPECT_EQ(of.es2("acme", "downloadOrder", {{"iccid", name}, {"eid", "1"}}).codes(), "1.6/2.1");
    EXPECT_EQ(of.es2("acme", "releaseProfile", {{"iccid", "8986000000000000009"}}).codes(), "8.2.1/3.9")
        << "no check digit, and unknown";
    EXPECT_EQ(of.es2("acme", "cancelOrder", {{"iccid", name}, {"finalProfileStatusIndicator", "Unavailable"}}).codes(),
              "8.2.1/1.2")
        << "nobody ordered it, and it is not its own";
    EXPECT_EQ(of.es2("acme", "downloadOrder", {{"profileType", "none"}}).codes(), "8.2.5/3.9");
    EXPECT_EQ(of.es2("other", "downloadOrder", {{"profileType", "acme-only"}}).codes(), "8.2.5/1.2");
    EXPECT_EQ(of.es2("acme", "downloadOrder", {{"iccid", own.text()}, {"profileType", "basic"}}).codes(), "8.2.5/3.8");
    EXPECT_EQ(of.es2("other", "downloadOrder", {{"iccid", own.text()}}).codes(), "8.2.1/1.2");
    EXPECT_EQ(of.es2("acme", "confirmOrder", {{"iccid", name}, {"releaseFlag", true}}).codes(), "8.2.1/3.3");
    EXPECT_EQ(of.es2("acme", "confirmOrder", {{"iccid", name}}).codes(), "1.6/2.2");
    EXPECT_EQ(of.es2("acme", "releaseProfile", {{"iccid", name}}).codes(), "8.2.1/3.5");

    ASSERT_TRUE(of.es2("acme", "downloadOrder", {{"iccid", name}}).fine());
    EXPECT_EQ(of.es2("other", "downloadOrder", {{"iccid", name}}).codes(), "8.2.1/1.2");
    EXPECT_EQ(of.es2("other", "cancelOrder", {{"iccid", name}, {"finalProfileStatusIndicator", "Available"}}).codes(),
              "8.2.1/1.2");
    EXPECT_EQ(of.es2("acme", "downloadOrder", {{"profileType", "basic"}}).codes(), "8.2.5/3.7");
    EXPECT_EQ(of.es2("acme", "confirmOrder", {{"iccid", name}, {"matchingId", ""}, {"releaseFlag", true}}).codes(),
              "8.1.1/2.2");
    EXPECT_EQ(of.es2("acme", "confirmOrder", {{"iccid", name}, {"matchingId", "a b"}, {"releaseFlag", true}}).codes(),
              "1.6/2.1");
    EXPECT_EQ(of.es2("acme", "cancelOrder", {{"iccid", name}, {"finalProfileStatusIndicator", "Gone"}}).codes(),
              "1.6/2.1");
    const std::string eid(rsp::test::pki::eid);
    const std::string other_eid = "89049032000000000000000000000066";
    ASSERT_TRUE(
        of.es2("acme", "confirmOrder", {{"iccid", name}, {"eid", eid}, {"matchingId", "M-1"}, {"releaseFlag", true}})
            .fine());
    EXPECT_EQ(of.es2("acme", "confirmOrder",
                     {{"iccid", name}, {"eid", other_eid}, {"matchingId", "M-1"}, {"releaseFlag", true}})
                  .codes(),
              "8.1.1/3.10");
    EXPECT_EQ(
        of.es2("acme", "confirmOrder", {{"iccid", name}, {"eid", eid}, {"matchingId", "M-2"}, {"releaseFlag", true}})
            .codes(),
        "8.2.1/3.3");
    EXPECT_EQ(of.es2("acme", "cancelOrder",
                     {{"iccid", name}, {"eid", other_eid}, {"finalProfileStatusIndicator", "Available"}})
                  .codes(),
              "8.1.1/3.10");
    EXPECT_EQ(of.es2("acme", "cancelOrder",
                     {{"iccid", name}, {"matchingId", "M-2"}, {"finalProfileStatusIndicator", "Available"}})
                  .codes(),
              "8.2.6/3.10");
    EXPECT_EQ(of.es2("boss", "cancelOrder", {{"iccid", name}, {"finalProfileStatusIndicator", "Available"}}).codes(),
              "8.1.1/2.2")
        << "it is linked to an EID";
    EXPECT_TRUE(
        of.es2("boss", "cancelOrder", {{"iccid", name}, {"eid", eid}, {"finalProfileStatusIndicator", "Available"}})
            .fine());
}

TEST(es2, who_may_act_on_every_order_acts_on_what_operators_ordered_and_on_nothing_else) {
    fake_smdp of;
    const auto cancel = [&](const char* who, const base::iccid& iccid, const char* to = "Available") {
        return of.es2(who, "cancelOrder", {{"iccid", iccid.text()}, {"finalProfileStatusIndicator", to}});
    };
    const auto own = of.provide(1, "acme-only");
    const auto stock = of.provide(2);
    const auto staff = of.order(3, fake_smdp::code("STAFF"));
    for (const auto& iccid : {own, stock, staff})
        for (const char* to : {"Available", "Unavailable"}) EXPECT_EQ(cancel("boss", iccid, to).codes(), "8.2.1/1.2");
    EXPECT_EQ(of.state(own).status, esim_status::available) << "stock of acme's that nobody ordered";
    EXPECT_EQ(of.state(staff).status, esim_status::released) << "an order of one of us";
    EXPECT_EQ(of.es2("boss", "releaseProfile", {{"iccid", staff.text()}}).codes(), "8.2.1/1.2");
    const auto confirmed = of.provide(4);
    ASSERT_TRUE(of.done(of.submission(confirmed, domain::download_order{})));
    EXPECT_EQ(of.es2("boss", "confirmOrder", {{"iccid", confirmed.text()}, {"releaseFlag", true}}).codes(),
              "8.2.1/1.2");

    ASSERT_TRUE(of.es2("acme", "downloadOrder", {{"iccid", own.text()}}).fine());
    EXPECT_TRUE(of.es2("boss", "confirmOrder", {{"iccid", own.text()}, {"releaseFlag", true}}).fine());
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(cancel("boss", own).fine()) << "and a repeat gives the same";
    EXPECT_EQ(cancel("boss", own, "Unavailable").codes(), "8.2.1/1.2") << "that is no repeat, and nobody ordered it";
    EXPECT_EQ(of.state(own).status, esim_status::available);
}

TEST(es2, takes_a_member_that_is_null_for_one_that_is_not_there) {
    fake_smdp of;
    const auto iccid = of.provide(1);
    const auto ordered =
        of.es2("acme", "downloadOrder", {{"iccid", nullptr}, {"eid", nullptr}, {"profileType", "basic"}});
    ASSERT_TRUE(ordered.fine()) << ordered.codes();
    EXPECT_EQ(ordered.text("iccid"), iccid.text());
    EXPECT_EQ(of.es2("acme", "confirmOrder", {{"iccid", iccid.text()}, {"releaseFlag", nullptr}}).codes(), "1.6/2.2");
    EXPECT_TRUE(of.es2("acme", "confirmOrder",
                       {{"iccid", iccid.text()}, {"eid", nullptr}, {"matchingId", nullptr}, {"releaseFlag", true}})
                    .fine());
    EXPECT_EQ(of.shared.oddities().at("null_member"), 3U);
}

TEST(es2, lets_nobody_in_without_a_known_certificate) {
    fake_smdp of;
    EXPECT_EQ(of.es2("", "releaseProfile", {}).http, 403);
    EXPECT_EQ(of.es2("stranger", "releaseProfile", {}).http, 403);
    EXPECT_EQ(of.es2("acme", "other", {}).http, 404);
    const object wrong_header{
        {"header", {{"functionRequesterIdentifier", "somebody-else"}, {"functionCallIdentifier", "1"}}}};
    EXPECT_EQ(of.es2("acme", "releaseProfile", wrong_header).codes(), "1.2/3.9");
    EXPECT_EQ(of.es2("acme", "releaseProfile", {{"header", 5}}).codes(), "1.6/2.1");
    EXPECT_EQ(of.es2("acme", "releaseProfile", {{"header", object{}}}).codes(), "1.6/2.2");
}

}  // namespace
}  // namespace keepline::smdp
