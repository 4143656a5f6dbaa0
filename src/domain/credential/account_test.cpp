// Accounts of staff: by whom they are opened, reset and ended, and what a sign-in leaves.
#include "domain/credential/credential.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {
namespace accounts_tests {

using namespace testing;
using base::code;

const auto kin_ms = base::duration{base::days{30}}.count();
const auto invited_ms = base::duration{base::hours{72}}.count();
const actor ada{role::admin, named("ada"), named("ada")};
const actor bo{role::admin, named("bo"), named("bo")};
const actor cleo{role::reviewer, named("cleo"), named("cleo")};

struct stream {
    credential_state s;
    instant now = at("2026-03-02T02:00:00Z");

    result<std::size_t> apply(const credential_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::staff};
        TRY(done, credential::decide(s, what, circumstances));
        testing::expect_folded<credential>(s, done);
        s = std::move(done.after);
        return done.events.size();
    }
    code refused(const credential_command& what, const actor& by) {
        const auto done = apply(what, by);
        return done ? code::internal : done.error().what;
    }
    std::size_t sessions() const {
        return static_cast<std::size_t>(std::ranges::count_if(s.tokens, [&](const held_token& one) {
            return one.origin == token_origin::account && now < one.expires_at;
        }));
    }
};

open_account of(const char* name, role as) {
    return {named(name), as, named(name), {channel::staff}, "invitation", invited_ms, kin_ms, false, false};
}
staff_entrance entrance(std::int64_t step, const char* from = "desk 1") {
    return {step, from, "token " + std::to_string(step), base::duration{base::hours{8}}.count()};
}

stream with_account() {
    stream out;
    EXPECT_EQ(out.apply(of("cleo", role::reviewer), ada), 1U);
    EXPECT_EQ(out.apply(countersign{1}, bo), 2U);
    EXPECT_EQ(out.apply(take_up_account{"invitation", "sealed", entrance(10)}, cleo), 3U);
    return out;
}

TEST(account, whoever_decides_has_one_by_two_and_an_agent_by_one) {
    stream agent;
    EXPECT_EQ(agent.apply(of("cleo", role::agent), ada), 1U);
    ASSERT_TRUE(agent.s.account);
    for (const auto as : {role::reviewer, role::admin}) {
        stream h;
        EXPECT_EQ(h.apply(of("cleo", as), ada), 1U);
        EXPECT_FALSE(h.s.account) << "asked for";
        EXPECT_EQ(h.refused(countersign{1}, ada), code::own_application);
        EXPECT_EQ(h.refused(countersign{1}, {role::reviewer, named("rob"), named("rob")}), code::forbidden);
        EXPECT_EQ(h.apply(countersign{1}, bo), 2U);
        ASSERT_TRUE(h.s.account);
        EXPECT_EQ(h.s.account->second, bo);
        EXPECT_EQ(h.refused(of("cleo", as), ada), code::id_taken);
    }
    stream nobody;
    EXPECT_EQ(nobody.refused(of("cleo", role::agent), cleo), code::forbidden);
    EXPECT_EQ(nobody.refused(of("cleo", role::system), ada), code::invalid);
    EXPECT_EQ(nobody.refused(of("console", role::agent), ada), code::invalid);
    EXPECT_EQ(nobody.refused(reset_account{"i", invited_ms, kin_ms, false}, ada), code::not_found);
}

TEST(account, a_role_is_nobodys_own_doing) {
    stream h;
    EXPECT_EQ(h.refused(of("ada", role::reviewer), ada), code::own_application);
    EXPECT_EQ(h.refused(of("ada", role::agent), ada), code::own_application);
    auto other_name = of("ada-2", role::reviewer);
    other_name.person = named("ada");
    EXPECT_EQ(h.refused(other_name, ada), code::own_application);
    EXPECT_EQ(h.apply(of("bo", role::reviewer), ada), 1U);
    EXPECT_EQ(h.refused(countersign{1}, bo), code::own_application) << "nor do they sign for it";
    const actor made_by_bo{role::admin, named("dan"), named("dan"), {named("bo")}};
    EXPECT_EQ(h.refused(countersign{1}, made_by_bo), code::own_application);
    EXPECT_EQ(h.apply(countersign{1}, {role::admin, named("eve"), named("eve")}), 2U);
}

TEST(account, who_proves_themself_anew_has_another_session_instead_of_theirs) {
    auto h = with_account();
    const auto before = h.s.tokens.front().digest;
    EXPECT_EQ(h.s.tokens.front().proved_at, h.now) << "a sign-in is a proof";
    h.now = h.now + base::hours{1};
    auto how = entrance(11);
    how.instead_of = token_print(before);
    EXPECT_EQ(h.apply(sign_in_staff{"sealed", how}, cleo), 3U);
    ASSERT_EQ(h.sessions(), 1U);
    EXPECT_EQ(h.s.tokens.front().digest, "token 11");
    EXPECT_EQ(h.s.tokens.front().proved_at, h.now);
    EXPECT_EQ(token_in_force(h.s, before, h.now), nullptr) << "whoever stole it has nothing";
    how = entrance(12);
    how.instead_of = token_print(before);
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", how}, cleo), code::unauthenticated) << "it is over";
    how = entrance(11);
    how.instead_of = token_print("token 11");
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", how}, cleo), code::otp_expired) << "a code is good once";
    EXPECT_EQ(h.sessions(), 1U);
}

TEST(account, a_proof_at_the_provider_is_as_old_as_it_says_and_of_ones_own_session) {
    auto h = with_account();
    enter_provided there{named("cleo"),
                         {channel::staff},
                         "who",
                         true,
                         false,
                         "desk 1",
                         "token p",
                         base::duration{base::hours{8}}.count(),
                         "session",
                         {},
                         {}};
    ASSERT_TRUE(h.apply(there, cleo));
    EXPECT_EQ(h.s.tokens.back().proved_at, instant{}) << "it did not say when, or not well enough";
    there.digest = "token q";
    there.proved_at = h.now + base::hours{1};
    there.instead_of = token_print("token p");
    ASSERT_TRUE(h.apply(there, cleo));
    EXPECT_EQ(h.s.tokens.back().proved_at, h.now) << "never later than now";
    EXPECT_EQ(token_in_force(h.s, "token p", h.now), nullptr);
    EXPECT_EQ(h.sessions(), 2U);
    there.digest = "token r";
    there.instead_of = token_print("token of somebody else");
    EXPECT_EQ(h.refused(there, cleo), code::unauthenticated);
}

TEST(account, a_lone_administrator_makes_agents_and_the_second_one) {
    stream h;
    auto wanted = of("cleo", role::reviewer);
    wanted.lone_admin = true;
    EXPECT_EQ(h.refused(wanted, ada), code::second_person_needed);
    wanted.as = role::admin;
    ASSERT_EQ(h.apply(wanted, ada), 1U);
    EXPECT_EQ(h.s.account->kin, (std::vector<label>{named("ada")}));
    const actor second{role::admin, named("cleo"), named("cleo")};
    ASSERT_EQ(h.apply(take_up_account{"invitation", "sealed", entrance(1)}, second), 3U);
    EXPECT_TRUE(same_person(holder_of(h.s, h.s.tokens.front(), h.now), ada)) << "who saw the invitation may be there";
    h.now = h.now + base::days{30};
    ASSERT_EQ(h.apply(sign_in_staff{"sealed", entrance(2)}, second), 2U);
    EXPECT_FALSE(same_person(holder_of(h.s, h.s.tokens.back(), h.now), ada));
}

TEST(account, a_lone_administrator_opens_anew_what_nobody_took_up_and_nothing_else) {
    stream h;
    auto wanted = of("cleo", role::admin);
    wanted.lone_admin = true;
    ASSERT_EQ(h.apply(wanted, ada), 1U);
    const reset_account anew{"another", base::duration{base::hours{72}}.count(), base::duration{base::days{30}}.count(),
                             true};
    ASSERT_EQ(h.apply(anew, ada), 1U);
    EXPECT_EQ(h.s.account->invitation, "another");
    const actor second{role::admin, named("cleo"), named("cleo")};
    ASSERT_EQ(h.apply(take_up_account{"another", "sealed", entrance(1)}, second), 3U);
    auto third = anew;
    third.invitation = "a third";
    EXPECT_EQ(h.apply(third, ada), 1U);
    EXPECT_FALSE(h.s.account->secret.empty()) << "asked for: another one signs";
}

enter_provided provided_for(const char* holder, const char* digest) {
    enter_provided out;
    out.holder = named(holder);
    out.provided = "issuer and subject";
    out.digest = digest;
    out.lives_ms = base::duration{base::hours{8}}.count();
    out.at_provider = digest;
    return out;
}

/// The configuration says who they are here.
enter_provided named_there(const char* holder, const char* digest) {
    auto out = provided_for(holder, digest);
    out.named = true;
    return out;
}

TEST(account, a_provider_gives_a_role_at_each_sign_in_and_takes_it) {
    stream h;
    const actor agent{role::agent, named("cleo"), named("cleo")};
    const actor reviewer{role::reviewer, named("cleo"), named("cleo")};
    EXPECT_EQ(h.apply(named_there("cleo", "s1"), agent), 4U) << "opened, vouched for, signed in, a session";
    ASSERT_TRUE(h.s.account);
    EXPECT_TRUE(h.s.account->is_active());
    EXPECT_FALSE(h.s.account->has_password());
    EXPECT_EQ(h.refused(sign_in_staff{"", entrance(1)}, agent), code::forbidden) << "no password is none that fits";
    EXPECT_EQ(h.apply(named_there("cleo", "s2"), reviewer), 4U) << "another role: the session before ends";
    ASSERT_EQ(h.s.tokens.size(), 1U);
    EXPECT_EQ(h.s.tokens.front().as, role::reviewer);
    EXPECT_EQ(h.apply(leave_provided{"issuer and subject"}, reviewer), 2U);
    EXPECT_TRUE(h.s.tokens.empty());
    EXPECT_FALSE(h.s.account->is_active());
    EXPECT_EQ(h.apply(leave_provided{"issuer and subject"}, reviewer), 0U);
    EXPECT_EQ(h.apply(named_there("cleo", "s3"), reviewer), 3U);
    EXPECT_TRUE(h.s.account->is_active());
}

// One human being under two names signs for themself: whom nobody here knows decides nothing on the provider's word.
TEST(account, a_role_that_decides_waits_for_two_where_nobody_said_who_it_is) {
    stream h;
    EXPECT_EQ(h.apply(provided_for("cleo", "s1"), cleo), 3U) << "opened, vouched for, disabled";
    ASSERT_TRUE(h.s.account);
    EXPECT_TRUE(h.s.tokens.empty());
    EXPECT_FALSE(h.s.account->is_active());
    EXPECT_FALSE(decider_of(h.s, h.now));
    EXPECT_EQ(h.refused(provided_for("cleo", "s2"), cleo), code::second_person_needed);
    EXPECT_EQ(h.apply(reset_account{"invitation", invited_ms, kin_ms, false}, ada), 1U) << "asked for";
    EXPECT_EQ(h.refused(provided_for("cleo", "s2"), cleo), code::second_person_needed);
    ASSERT_EQ(h.apply(countersign{1}, bo), 2U);
    EXPECT_EQ(h.apply(provided_for("cleo", "s2"), cleo), 2U) << "signed in, a session";
    ASSERT_EQ(h.s.tokens.size(), 1U);
    EXPECT_EQ(h.s.tokens.front().kin, std::vector{named("ada")}) << "whoever let them in counts as them for some days";
}

TEST(account, an_agent_of_the_provider_is_raised_by_two) {
    stream h;
    const actor agent{role::agent, named("cleo"), named("cleo")};
    const actor admin{role::admin, named("cleo"), named("cleo")};
    EXPECT_EQ(h.apply(provided_for("cleo", "s1"), agent), 4U);
    EXPECT_EQ(h.apply(provided_for("cleo", "s2"), admin), 3U) << "another role, its session ends, disabled";
    EXPECT_TRUE(h.s.tokens.empty());
    EXPECT_EQ(h.refused(provided_for("cleo", "s3"), admin), code::forbidden);
    EXPECT_EQ(h.refused(provided_for("cleo", "s3"), agent), code::forbidden);
}

TEST(account, a_session_that_the_provider_gave_no_name_to_ends_with_its_subject) {
    stream h;
    const actor agent{role::agent, named("cleo"), named("cleo")};
    auto unnamed = provided_for("cleo", "s1");
    unnamed.at_provider.clear();
    ASSERT_EQ(h.apply(unnamed, agent), 4U);
    EXPECT_EQ(h.apply(end_provided{"", "a session there"}, agent), 0U);
    EXPECT_EQ(h.apply(end_provided{"issuer and subject", "a session there"}, agent), 1U);
    EXPECT_TRUE(h.s.tokens.empty());
}

TEST(account, nobody_at_a_provider_is_who_has_the_name_here) {
    stream h;
    ASSERT_EQ(h.apply(of("cleo", role::agent), ada), 1U);
    const actor agent{role::agent, named("cleo"), named("cleo")};
    auto wanted = provided_for("cleo", "s1");
    EXPECT_EQ(h.refused(wanted, agent), code::id_taken);
    wanted.named = true;
    EXPECT_EQ(h.refused(wanted, {role::admin, named("cleo"), named("cleo")}), code::forbidden) << "two gave its role";
    EXPECT_EQ(h.apply(wanted, agent), 3U);
    auto other = provided_for("cleo", "s2");
    other.provided = "somebody else there";
    EXPECT_EQ(h.refused(other, agent), code::id_taken);
    EXPECT_EQ(h.apply(end_provided{"", "another session"}, agent), 0U);
    EXPECT_EQ(h.apply(end_provided{"issuer and subject", "s1"}, agent), 1U);
    EXPECT_TRUE(h.s.tokens.empty());
    stream fresh;
    auto kept = provided_for("provider", "s3");
    EXPECT_EQ(fresh.refused(kept, {role::agent, named("provider"), named("provider")}), code::invalid);
    EXPECT_EQ(fresh.refused(provided_for("m", "s4"), {role::system, named("m"), named("m")}), code::forbidden);
}

TEST(account, a_name_that_was_anothers_takes_two_for_an_agent_as_well) {
    stream h;
    auto token = issue_token{};
    token.holder = named("cleo");
    token.token.digest = "of a machine";
    token.token.as = role::system;
    ASSERT_EQ(h.apply(token, ada), 1U);
    ASSERT_EQ(h.apply(countersign{1}, bo), 2U);
    EXPECT_EQ(h.apply(of("cleo", role::agent), ada), 1U);
    EXPECT_FALSE(h.s.account) << "asked for";
    stream next;
    ASSERT_EQ(next.apply(of("cleo", role::agent), ada), 1U);
    issue_token of_another;
    of_another.holder = named("cleo");
    of_another.token.digest = "d";
    of_another.token.as = role::agent;
    of_another.token.person = named("eve");
    ASSERT_EQ(next.apply(of_another, ada), 1U);
    EXPECT_TRUE(next.s.tokens.empty()) << "nor has anybody a token under the name of an account";
}

TEST(account, an_invitation_is_taken_up_once_in_time_and_by_its_holder) {
    stream h;
    ASSERT_EQ(h.apply(of("cleo", role::agent), ada), 1U);
    const actor holder{role::agent, named("cleo"), named("cleo")};
    const take_up_account up{"invitation", "sealed", entrance(10)};
    EXPECT_EQ(h.refused(up, ada), code::forbidden);
    EXPECT_EQ(h.refused(up, cleo), code::forbidden) << "another role";
    EXPECT_EQ(h.refused(take_up_account{"other", "sealed", entrance(10)}, holder), code::not_found);
    EXPECT_EQ(h.refused(sign_in_staff{"", entrance(10)}, holder), code::forbidden)
        << "there is nothing to sign in with";
    auto late = h;
    late.now = late.now + base::hours{72};
    EXPECT_EQ(late.refused(up, holder), code::not_found);
    ASSERT_EQ(h.apply(up, holder), 3U);
    EXPECT_EQ(h.sessions(), 1U);
    EXPECT_EQ(h.refused(up, holder), code::not_found);
}

TEST(account, a_code_is_good_once) {
    auto h = with_account();
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", entrance(10)}, cleo), code::otp_expired);
    EXPECT_EQ(h.refused(sign_in_staff{"sealed before", entrance(11)}, cleo), code::forbidden);
    ASSERT_EQ(h.apply(sign_in_staff{"sealed", entrance(11)}, cleo), 2U);
    EXPECT_EQ(h.sessions(), 2U);
    EXPECT_EQ(h.s.tokens.back().channels, std::vector<channel>{channel::staff});
}

TEST(account, the_oldest_of_many_sessions_ends) {
    auto h = with_account();
    for (int step = 11; step < 20; ++step) ASSERT_TRUE(h.apply(sign_in_staff{"sealed", entrance(step)}, cleo));
    EXPECT_EQ(h.sessions(), 5U);
    EXPECT_EQ(token_in_force(h.s, "token 10", h.now), nullptr);
    EXPECT_NE(token_in_force(h.s, "token 19", h.now), nullptr);
    end_sessions one{{}, {}, "ended by request"};
    one.print = token_print("token 18");
    ASSERT_EQ(h.apply(one, cleo), 1U);
    EXPECT_EQ(h.apply(one, cleo), 0U);
    EXPECT_EQ(h.sessions(), 4U);
    ASSERT_EQ(h.apply(end_sessions{{}, "token 19", "all the others"}, cleo), 1U);
    EXPECT_EQ(h.sessions(), 1U);
}

TEST(account, tries_from_elsewhere_keep_its_holder_out_of_nothing) {
    auto h = with_account();
    for (int n = 0; n < 10; ++n) ASSERT_EQ(h.apply(note_wrong_code{"elsewhere"}, cleo), 1U);
    EXPECT_EQ(h.refused(note_wrong_code{"elsewhere"}, cleo), code::too_many);
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", entrance(11, "elsewhere")}, cleo), code::too_many) << "a right one too";
    ASSERT_EQ(h.apply(sign_in_staff{"sealed", entrance(11)}, cleo), 2U) << "from where they signed in before";
    h.now = h.now + base::hours{24};
    ASSERT_EQ(h.apply(sign_in_staff{"sealed", entrance(12, "elsewhere")}, cleo), 2U);
}

TEST(account, one_disables_it_at_once_and_two_let_its_holder_in_again) {
    auto h = with_account();
    EXPECT_EQ(h.refused(disable_account{"we think so"}, cleo), code::forbidden);
    EXPECT_EQ(h.refused(disable_account{""}, ada), code::invalid);
    ASSERT_EQ(h.apply(disable_account{"the laptop is gone"}, ada), 2U);
    EXPECT_EQ(h.sessions(), 0U);
    EXPECT_EQ(h.apply(disable_account{"it is gone for good"}, bo), 0U);
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", entrance(11)}, cleo), code::forbidden);
    ASSERT_EQ(h.apply(reset_account{"next", invited_ms, kin_ms, false}, bo), 1U);
    EXPECT_FALSE(h.s.account->is_invited(h.now)) << "asked for";
    ASSERT_EQ(h.apply(countersign{2}, ada), 2U);
    EXPECT_TRUE(h.s.account->is_invited(h.now));
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", entrance(11)}, cleo), code::forbidden) << "with what was before";
    ASSERT_EQ(h.apply(take_up_account{"next", "sealed anew", entrance(3)}, cleo), 3U);
    EXPECT_TRUE(same_person(holder_of(h.s, h.s.tokens.back(), h.now), bo)) << "who saw the new invitation";
}

TEST(account, revoking_what_its_holder_has_ends_the_account_too) {
    auto h = with_account();
    ASSERT_EQ(h.apply(revoke_tokens{"stolen"}, ada), 2U);
    EXPECT_EQ(h.sessions(), 0U);
    EXPECT_EQ(h.refused(sign_in_staff{"sealed", entrance(11)}, cleo), code::forbidden);
    EXPECT_EQ(h.apply(revoke_tokens{"stolen"}, ada), 0U);
    stream invited;
    ASSERT_EQ(invited.apply(of("dora", role::agent), ada), 1U);
    ASSERT_EQ(invited.apply(revoke_tokens{"a mistake"}, bo), 1U);
    EXPECT_FALSE(invited.s.account->is_invited(invited.now));
}

TEST(account, under_a_name_that_has_a_credential_it_takes_two_for_an_agent_as_well) {
    stream h;
    issue_token token;
    token.holder = named("cleo");
    token.token.digest = "d";
    token.token.as = role::agent;
    token.token.person = named("cleo");
    ASSERT_EQ(h.apply(token, bo), 1U);
    ASSERT_EQ(h.apply(of("cleo", role::agent), ada), 1U);
    EXPECT_FALSE(h.s.account) << "she would be cleo, whose account never runs out";
    ASSERT_EQ(h.apply(countersign{1}, bo), 2U);
    EXPECT_TRUE(h.s.account);
}

TEST(account, a_reset_ends_what_is_open_and_nobody_signs_for_their_own) {
    auto h = with_account();
    const actor of_cleo{role::admin, named("cleo-2"), named("cleo")};
    ASSERT_EQ(h.apply(reset_account{"next", invited_ms, kin_ms, false}, ada), 1U);
    EXPECT_EQ(h.refused(countersign{2}, of_cleo), code::own_application);
    EXPECT_EQ(h.sessions(), 1U) << "nothing has happened yet";
    ASSERT_EQ(h.apply(countersign{2}, bo), 3U);
    EXPECT_EQ(h.sessions(), 0U);
}

}  // namespace accounts_tests
}  // namespace
}  // namespace keepline::domain
