// Accounts of staff at the desk: an invitation, a sign-in, and what is answered to whoever guesses.
#include "desk/fake_counter.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace staff_tests {

using namespace at_the_counter;  // NOLINT(google-build-using-namespace): what tests of staff signing in share

TEST(staff_accounts, two_administrators_make_one_and_its_holder_signs_in) {
    staff_counter of;
    const auto secret = of.reviewer("cleo");
    const auto in = of.enter("cleo", good_password, of.code_now(secret));
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(in->is.role, domain::role::reviewer);
    EXPECT_EQ(in->is.channels, std::vector{domain::channel::staff});
    EXPECT_FALSE(of.at.admit("Bearer " + in->token, "peer")) << "the session is no bearer's token";
    const auto who = of.at.admit_session(in->token, "peer");
    ASSERT_TRUE(who) << who.error().words;
    EXPECT_EQ(who->who.id.text(), "cleo");
    EXPECT_EQ(who->who.kin, std::vector{label::trusted("ada")}) << "who saw the invitation";
    EXPECT_FALSE(of.at.admit_session("ada", "peer")) << "nor is a token a session";
    EXPECT_EQ(of.log.text().find(good_password), std::string::npos);
}

TEST(staff_accounts, an_invitation_before_its_second_signature_and_after_its_use_opens_nothing) {
    staff_counter of;
    const auto asked = of.open(ada, "cleo", domain::role::reviewer);
    ASSERT_TRUE(asked);
    const std::string code(asked->at("invitation").as_string());
    EXPECT_EQ(of.look_at("cleo", code).error().what, code::unauthenticated);
    ASSERT_TRUE(of.sign(bo, "cleo", 1));
    EXPECT_FALSE(of.look_at("dora", code));
    const auto seen = of.look_at("cleo", code);
    ASSERT_TRUE(seen);
    EXPECT_EQ(of.accept("cleo", code, *seen, "too short").error().what, code::invalid);
    const auto other = of.look_at("cleo", code);
    EXPECT_NE(seen->totp_secret, other->totp_secret) << "whoever made the invitation has another one";
    auto mixed = *other;
    mixed.enrolment = seen->enrolment;
    EXPECT_EQ(of.accept("cleo", code, mixed).error().what, code::invalid);
    ASSERT_TRUE(of.accept("cleo", code, *seen));
    EXPECT_EQ(of.accept("cleo", code, *other).error().what, code::unauthenticated);
}

TEST(staff_accounts, whatever_is_wrong_is_answered_alike) {
    staff_counter of;
    const auto secret = of.reviewer("cleo");
    const auto now = [&] { return of.code_now(secret); };
    const auto wrong_password = of.enter("cleo", "another password", now());
    const auto wrong_code = of.enter("cleo", good_password, now() == "000000" ? "000001" : "000000");
    const auto nobody = of.enter("dora", good_password, now());
    for (const auto* one : {&wrong_password, &wrong_code, &nobody}) {
        ASSERT_FALSE(*one);
        EXPECT_EQ(one->error().what, code::unauthenticated);
        EXPECT_EQ(one->error().words, nobody.error().words);
    }
    ASSERT_TRUE(of.enter("cleo", good_password, now()));
    EXPECT_EQ(of.enter("cleo", good_password, now()).error().what, code::unauthenticated) << "a code is good once";
}

TEST(staff_accounts, who_guesses_from_elsewhere_is_stopped_and_its_holder_is_not) {
    staff_counter of;
    const auto secret = of.reviewer("cleo");
    code last = code::internal;
    for (int n = 0; n < 21; ++n) last = of.enter("cleo", "guess", "000000", "far away").error().what;
    EXPECT_EQ(last, code::too_many);
    EXPECT_EQ(of.enter("cleo", good_password, of.code_now(secret), "far away").error().what, code::too_many);
    ASSERT_TRUE(of.enter("cleo", good_password, of.code_now(secret)));
}

TEST(staff_accounts, a_session_ends_by_itself_by_its_holder_and_with_the_account) {
    staff_counter of;
    const auto secret = of.reviewer("cleo");
    const auto in = of.enter("cleo", good_password, of.code_now(secret));
    ASSERT_TRUE(in);
    const auto is_in = [&](const result<staff_entered>& one) {
        return of.at.admit_session(one->token, "p").has_value();
    };
    for (int n = 0; n < 4; ++n) {
        of.passes(base::minutes{20});
        EXPECT_TRUE(is_in(in)) << n;
    }
    of.passes(base::minutes{20});
    EXPECT_TRUE(of.at.admit_session(in->token, "p", at_door::looks)) << "what a page asks by itself …";
    of.passes(base::minutes{11});
    EXPECT_FALSE(is_in(in)) << "… keeps nothing open";
    EXPECT_FALSE(is_in(in));

    const auto second = of.enter("cleo", good_password, of.code_now(secret));
    ASSERT_TRUE(second);
    for (int n = 0; n < 24; ++n) {
        of.passes(base::minutes{20});
        EXPECT_EQ(is_in(second), n < 23) << n;
    }

    const auto third = of.enter("cleo", good_password, of.code_now(secret));
    ASSERT_TRUE(third);
    auto out = of.by({domain::role::reviewer, label::trusted("cleo"), label::trusted("cleo")});
    out.who = *of.at.admit_session(third->token, "p");
    const auto ended = of.told_by<revoked_view>(
        out, [&](request as, auto then) { of.at.end_staff_session(std::move(as), "current", nothing{}, then); });
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->revoked, 1);
    EXPECT_FALSE(is_in(third));

    of.passes(base::minutes{1});
    const auto fourth = of.enter("cleo", good_password, of.code_now(secret));
    ASSERT_TRUE(fourth);
    EXPECT_TRUE(is_in(fourth));
    const auto disabled = of.told_by<staff_account_view>(of.by(ada), [&](request as, auto then) {
        of.at.disable_account(std::move(as), "cleo", reason_body{"left the company"}, then);
    });
    ASSERT_TRUE(disabled) << disabled.error().words;
    EXPECT_EQ(disabled->state, account_state::disabled);
    EXPECT_FALSE(is_in(fourth));
    of.passes(base::minutes{1});
    EXPECT_EQ(of.enter("cleo", good_password, of.code_now(secret)).error().what, code::unauthenticated);
}

TEST(staff_accounts, what_a_restore_holds_signs_nobody_in_and_opens_no_invitation) {
    staff_counter of;
    const auto secret = of.reviewer("cleo");
    const auto asked = of.open(ada, "dora", domain::role::agent);
    ASSERT_TRUE(asked);
    const std::string code(asked->at("invitation").as_string());
    ASSERT_TRUE(of.look_at("dora", code));
    ASSERT_TRUE(of.tokens.revoke(false, "cleo", of.clock.now()));  // as a restore does it in the table of tokens
    ASSERT_TRUE(of.tokens.revoke(false, "dora", of.clock.now()));
    EXPECT_EQ(of.enter("cleo", good_password, of.code_now(secret)).error().what, code::unauthenticated);
    EXPECT_EQ(of.look_at("dora", code).error().what, code::unauthenticated);
}

TEST(staff_accounts, what_was_asked_for_in_an_account_that_was_disabled_since_is_nobodys) {
    staff_counter of;
    of.reviewer("cleo");
    const domain::actor cleo{domain::role::reviewer, label::trusted("cleo"), label::trusted("cleo")};
    const auto stream = [&] { return of.core.read(credential_stream(domain::role::reviewer, cleo.id)); };
    const auto asked_at = of.clock.now();
    EXPECT_TRUE(*holds_token(stream(), cleo, asked_at, of.clock.now()));
    of.passes(base::minutes{1});
    ASSERT_TRUE(of.told_by<staff_account_view>(of.by(ada), [&](request as, auto then) {
        of.at.disable_account(std::move(as), "cleo", reason_body{"the laptop is gone"}, then);
    }));
    EXPECT_FALSE(*holds_token(stream(), cleo, asked_at, of.clock.now()));
    const auto reset = of.told_by<shown_once_told>(
        of.by(ada), [&](request as, auto then) { of.at.reset_account(std::move(as), "cleo", nothing{}, then); });
    ASSERT_TRUE(reset) << reset.error().words;
    const std::string code(boost::json::parse(reset->text).as_object().at("invitation").as_string());
    ASSERT_TRUE(of.sign(bo, "cleo", 2));
    const auto seen = of.look_at("cleo", code);
    ASSERT_TRUE(seen);
    ASSERT_TRUE(of.accept("cleo", code, *seen));
    EXPECT_FALSE(*holds_token(stream(), cleo, asked_at, of.clock.now())) << "nor by its next session";
    of.passes(base::minutes{1});
    EXPECT_TRUE(*holds_token(stream(), cleo, of.clock.now(), of.clock.now()));
}

TEST(staff_accounts, who_sits_beside_its_holder_keeps_them_out_of_nothing) {
    staff_counter of;
    const auto secret = of.reviewer("cleo");
    for (int n = 0; n < 25; ++n) EXPECT_EQ(of.enter("cleo", "guess", "000000").error().what, code::unauthenticated);
    ASSERT_TRUE(of.enter("cleo", good_password, of.code_now(secret)));
    const auto asked = of.open(ada, "dora", domain::role::agent);
    ASSERT_TRUE(asked);
    for (int n = 0; n < 120; ++n) (void)of.look_at("dora", "aaaa-aaaa-aaaa-aaaa", "far away");
    EXPECT_TRUE(of.look_at("dora", std::string(asked->at("invitation").as_string()), "far away"))
        << "who has the invitation is not refused for what others tried";
}

TEST(staff_accounts, who_was_given_one_counts_before_they_first_sign_in) {
    staff_counter of;
    ASSERT_TRUE(of.open(ada, "cleo", domain::role::agent));
    const auto accounts = of.told_by<page_of<staff_account_view>>(
        of.by(ada), [&](request as, auto then) { of.at.list_accounts(std::move(as), then); });
    ASSERT_TRUE(accounts);
    ASSERT_EQ(accounts->items.size(), 1U);
    EXPECT_EQ(accounts->items[0].state, account_state::invited);
    // Another name for the same person takes two.
    auto told = of.told_by<shown_once_told>(of.by(bo), [&](request as, auto then) {
        of.at.open_account(
            std::move(as),
            staff_account_body{label::trusted("cleo-2"), domain::role::agent, label::trusted("cleo"), {}}, then);
    });
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->waits);
}

TEST(staff_accounts, what_matters_most_takes_fresh_proof_at_the_console_and_none_of_a_token) {
    staff_counter of;
    of.at.shared().with.proof.asked_for = {stake::access};
    const auto secret = of.account("eve", domain::role::admin);
    const auto in = of.enter("eve", good_password, of.code_now(secret));
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(of.opens(of.in_session(*in), "abel"), base::code::internal) << "a sign-in is fresh proof";
    of.passes(base::minutes{10});
    EXPECT_EQ(of.opens(of.in_session(*in), "bert"), base::code::step_up_required) << "a thief with the cookie, too";
    EXPECT_EQ(of.opens(of.by(ada), "carl"), base::code::internal) << "a token is a program's";
    of.at.shared().with.proof.asked_for = {stake::signatures};
    EXPECT_EQ(of.opens(of.in_session(*in), "dora"), base::code::internal) << "nobody asked for it";
    of.at.shared().with.proof.asked_for = {stake::access};

    EXPECT_FALSE(of.prove(*in, "another password", of.code_now(secret)));
    const auto code = of.code_now(secret);
    const auto proved = of.prove(*in, good_password, code);
    ASSERT_TRUE(proved) << proved.error().words;
    EXPECT_EQ(of.in_session(*in).error().what, base::code::unauthenticated) << "the cookie of before opens nothing";
    EXPECT_EQ(of.opens(of.in_session(*proved), "fred"), base::code::internal);
    EXPECT_FALSE(of.prove(*proved, good_password, code)) << "a code is good once";
    EXPECT_FALSE(of.enter("eve", good_password, code)) << "and nowhere else, either";
}

TEST(staff_accounts, nobody_proves_themself_by_a_token_or_with_anothers_code) {
    staff_counter of;
    const auto cleo = of.reviewer("cleo");
    const auto dan = of.reviewer("dan");
    const auto in = of.enter("cleo", good_password, of.code_now(cleo));
    ASSERT_TRUE(in) << in.error().words;
    of.passes(base::minutes{1});
    EXPECT_EQ(of.prove(*in, good_password, of.code_now(dan)).error().what, base::code::unauthenticated);
    EXPECT_TRUE(of.in_session(*in)) << "whose session it is goes on";
    const auto by_token = of.told_by<staff_entered>(of.by(ada), [&](request as, auto then) {
        of.at.prove_anew(std::move(as), "desk", staff_proof_body{good_password, of.code_now(dan)}, std::move(then));
    });
    EXPECT_EQ(by_token.error().what, base::code::not_found);
}

}  // namespace staff_tests
}  // namespace
}  // namespace keepline::desk
