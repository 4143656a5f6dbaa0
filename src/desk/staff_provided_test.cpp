// Staff whom a provider of identities vouches for, at the desk: who comes in as whom, and what its word is not good
// for.
#include "desk/fake_door.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace provided_tests {

using namespace at_the_door;  // NOLINT(google-build-using-namespace): what tests of signing in share

const domain::actor ada{domain::role::admin, label::trusted("ada"), label::trusted("ada")};
const domain::actor bo{domain::role::admin, label::trusted("bo"), label::trusted("bo")};

/// Vouches for whoever is named; a code is their subject.
class fake_provider final : public port::identity_provider {
 public:
    result<std::string> sign_in_address(const port::sign_in_asked& what) override {
        asked = what;
        return "https://id.example/authorize";
    }
    result<port::vouched_for> redeem(const std::string& code, const std::string&, const std::string& nonce) override {
        ++redeemed;
        if (trouble) return std::unexpected(*trouble);
        if (nonce != asked.nonce) return base::refuse(base::code::unauthenticated, "another nonce");
        return port::vouched_for{code, "who " + code, name, groups, "session " + code, proved_ago};
    }
    result<port::signed_out_there> read_logout(const std::string& token) override {
        return token.starts_with("session ") ? port::signed_out_there{"", token}
                                             : port::signed_out_there{"who " + token, ""};
    }
    result<std::string> sign_out_address() override { return "https://id.example/end"; }
    bool is_reachable() override { return reachable; }

    port::sign_in_asked asked;
    std::string name;
    std::vector<std::string> groups;
    bool reachable = true;
    int redeemed = 0;
    std::optional<base::duration> proved_ago = base::duration::zero();
    std::optional<base::error> trouble;
};

struct lobby : front_door {
    lobby() {
        give_token("ada", domain::role::admin, "ada");
        give_token("bo", domain::role::admin, "bo");
        auto& with = at.shared().with;
        with.provider = &provider;
        with.provided.roles = {{"reviewers", domain::role::reviewer}, {"shops", domain::role::agent}};
        with.provided.names = {{"u-lena", label::trusted("lena")}, {"u-rea", label::trusted("rea")}};
    }
    template <typename T, typename Call>
    result<T> told_by(Call call) {
        request in;
        in.correlation = "test-1";
        return asked_in_a_hurry<T>(std::move(in),
                                   [&](request as, reply<T> then) { call(std::move(as), std::move(then)); });
    }
    result<staff_entered> enter(const std::string& subject, const std::string& name, std::vector<std::string> groups) {
        provider.name = name;
        provider.groups = std::move(groups);
        const auto way =
            told_by<provider_way>([&](request as, auto then) { at.begin_provided(std::move(as), std::move(then)); });
        if (!way) return std::unexpected(way.error());
        return come_back({way->browser, provider.asked.state, subject});
    }
    result<staff_entered> come_back(provider_return back) {
        return told_by<staff_entered>(
            [&](request as, auto then) { at.enter_provided(std::move(as), "desk", std::move(back), std::move(then)); });
    }
    result<provider_way> sets_out_to_prove(const staff_entered& in) {
        TRY(who, at.admit_session(in.token, "peer"));
        auto as = by(who.who);
        as.who = std::move(who);
        return asked_in_a_hurry<provider_way>(std::move(as), [&](request from, reply<provider_way> then) {
            at.begin_provided_proof(std::move(from), std::move(then));
        });
    }
    /// Comes back as `subject`, with what the browser kept.
    result<staff_entered> proves(const provider_way& way, const std::string& subject, const std::string& name) {
        provider.name = name;
        provider.groups = {"reviewers"};
        return come_back({way.browser, provider.asked.state, subject});
    }
    instant proved_at(const result<staff_entered>& in) {
        const auto who = at.admit_session(in->token, "peer");
        return who ? who->proved_at : instant{};
    }
    result<revoked_view> logout(const std::string& token) {
        return told_by<revoked_view>(
            [&](request as, auto then) { at.end_provided(std::move(as), token, std::move(then)); });
    }
    std::vector<staff_account_view> accounts() {
        const auto all = asked_in_a_hurry<page_of<staff_account_view>>(
            by(ada), [&](request as, auto then) { at.list_accounts(std::move(as), std::move(then)); });
        return all ? all->items : std::vector<staff_account_view>();
    }
    bool is_in(const result<staff_entered>& one) { return at.admit_session(one->token, "peer").has_value(); }

    fake_provider provider;
};

TEST(staff_provided, a_group_is_a_role_and_the_session_is_the_accounts) {
    lobby of;
    const auto in = of.enter("u-rea", "rea", {"else", "reviewers"});
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(in->is.role, domain::role::reviewer);
    const auto who = of.at.admit_session(in->token, "peer");
    ASSERT_TRUE(who) << who.error().words;
    EXPECT_EQ(who->who, (domain::actor{domain::role::reviewer, label::trusted("rea"), label::trusted("rea")}));
    EXPECT_FALSE(of.at.admit("Bearer " + in->token, "peer")) << "the session is no bearer's token";
}

TEST(staff_provided, without_a_group_nobody_comes_in_and_what_was_open_ends) {
    lobby of;
    EXPECT_EQ(of.enter("u-rea", "rea", {}).error().what, code::forbidden);
    const auto in = of.enter("u-rea", "rea", {"shops"});
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(of.enter("u-rea", "rea", {"else"}).error().what, code::forbidden);
    EXPECT_FALSE(of.is_in(in));
    const auto back = of.enter("u-rea", "rea", {"reviewers"});
    ASSERT_TRUE(back) << back.error().words;
    EXPECT_EQ(back->is.role, domain::role::reviewer);
}

TEST(staff_provided, another_role_ends_the_sessions_of_the_one_before) {
    lobby of;
    const auto agent = of.enter("u-rea", "rea", {"shops"});
    ASSERT_TRUE(agent);
    const auto reviewer = of.enter("u-rea", "rea", {"reviewers"});
    ASSERT_TRUE(reviewer) << reviewer.error().words;
    EXPECT_FALSE(of.is_in(agent));
    EXPECT_TRUE(of.is_in(reviewer));
}

TEST(staff_provided, a_name_there_makes_nobody_somebody_else) {
    lobby of;
    EXPECT_EQ(of.enter("u-thief", "ada", {"reviewers"}).error().what, code::id_taken) << "she has a token";
    EXPECT_EQ(of.enter("u-thief", "provider", {"reviewers"}).error().what, code::invalid);
    EXPECT_EQ(of.enter("u-thief", "No Name", {"reviewers"}).error().what, code::invalid);
    EXPECT_EQ(of.enter("u-thief", "lena.w", {}).error().what, code::forbidden);
    ASSERT_TRUE(of.enter("u-rea", "rea", {"reviewers"}));
    EXPECT_EQ(of.enter("u-thief", "rea", {"reviewers"}).error().what, code::id_taken);
    const auto renamed = of.enter("u-rea", "bo", {"reviewers"});
    ASSERT_TRUE(renamed) << renamed.error().words;
    EXPECT_EQ(renamed->is.name.text(), "rea") << "who they are is their subject";
}

TEST(staff_provided, whom_the_configuration_names_is_one_person_with_their_token) {
    lobby of;
    of.give_token("lena", domain::role::agent, "lena");
    const auto in = of.enter("u-lena", "whatever", {"reviewers"});
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(in->is.name.text(), "lena");
    EXPECT_NE(of.log.text().find("provided_joined"), std::string::npos);
    const domain::actor by_token{domain::role::agent, label::trusted("lena"), label::trusted("lena")};
    const auto who = of.at.admit_session(in->token, "peer");
    ASSERT_TRUE(who);
    EXPECT_TRUE(domain::same_person(who->who, by_token)) << "she signs for nothing of her own";
}

TEST(staff_provided, an_account_that_was_made_here_keeps_its_role_and_its_channels) {
    lobby of;
    const auto opened = asked_in_a_hurry<shown_once_told>(of.by(ada), [&](request as, auto then) {
        of.at.open_account(
            std::move(as),
            staff_account_body{label::trusted("lena"), domain::role::agent, {}, {domain::channel::hotline}},
            std::move(then));
    });
    ASSERT_TRUE(opened) << opened.error().words;
    EXPECT_EQ(of.enter("u-lena", "lena", {"reviewers"}).error().what, code::forbidden) << "it is an agent's";
    const auto in = of.enter("u-lena", "lena", {"shops"});
    ASSERT_TRUE(in) << in.error().words;
    const auto who = of.at.admit_session(in->token, "peer");
    ASSERT_TRUE(who);
    EXPECT_EQ(who->channels, std::vector{domain::channel::hotline});
}

// Whoever has a token, or an account, under one name would be a second person under the one that they have there.
TEST(staff_provided, somebody_new_decides_nothing_until_two_let_them_in) {
    lobby of;
    const auto enter = [&] { return of.enter("u-meier", "ana.meier", {"reviewers"}); };
    EXPECT_EQ(enter().error().what, code::second_person_needed);
    EXPECT_EQ(enter().error().what, code::second_person_needed);
    ASSERT_EQ(of.accounts().size(), 1U);
    EXPECT_EQ(of.accounts()[0].state, account_state::waiting);
    EXPECT_EQ(of.accounts()[0].role, domain::role::reviewer);
    const auto reset = asked_in_a_hurry<shown_once_told>(of.by(ada), [&](request as, auto then) {
        of.at.reset_account(std::move(as), "ana.meier", nothing{}, std::move(then));
    });
    ASSERT_TRUE(reset) << reset.error().words;
    EXPECT_EQ(enter().error().what, code::second_person_needed) << "asked for";
    const auto signed_for = asked_in_a_hurry<told<request_view>>(of.by(bo), [&](request as, auto then) {
        of.at.countersign_token(std::move(as), "ana.meier", "1", nothing{}, std::move(then));
    });
    ASSERT_TRUE(signed_for) << signed_for.error().words;
    const auto in = enter();
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(in->is.role, domain::role::reviewer);
    const auto who = of.at.admit_session(in->token, "peer");
    ASSERT_TRUE(who);
    EXPECT_TRUE(domain::same_person(who->who, ada)) << "whoever let them in counts as them for some days";
    EXPECT_EQ(of.accounts()[0].state, account_state::active);
}

TEST(staff_provided, an_agent_comes_in_at_once_and_is_raised_by_two) {
    lobby of;
    const auto agent = of.enter("u-sam", "sam", {"shops"});
    ASSERT_TRUE(agent) << agent.error().words;
    EXPECT_EQ(of.enter("u-sam", "sam", {"reviewers"}).error().what, code::second_person_needed);
    EXPECT_FALSE(of.is_in(agent));
    EXPECT_EQ(of.enter("u-sam", "sam", {"reviewers"}).error().what, code::forbidden);
}

TEST(staff_provided, whoever_was_refused_leaves_nothing_in_the_table_of_tokens) {
    lobby of;
    const auto rows = [&] { return of.tokens.all()->size(); };
    const auto before = rows();
    EXPECT_FALSE(of.enter("u-thief", "ada", {"reviewers"}));
    EXPECT_FALSE(of.enter("u-thief", "provider", {"reviewers"}));
    EXPECT_FALSE(of.enter("u-new", "new.one", {"reviewers"}));
    EXPECT_EQ(rows(), before);
}

// Any page can send a browser here, as often as it likes: nobody behind the same address is kept out by it.
TEST(staff_provided, what_fits_no_browser_and_what_the_provider_could_not_do_count_for_nothing) {
    lobby of;
    for (int i = 0; i < 300; ++i) EXPECT_FALSE(of.come_back({"", "x", "u-rea"}));
    EXPECT_EQ(of.provider.redeemed, 0);
    of.provider.trouble = base::error{code::unavailable, "down", {}};
    for (int i = 0; i < 300; ++i) EXPECT_EQ(of.enter("u-rea", "rea", {"reviewers"}).error().what, code::unavailable);
    of.provider.trouble.reset();
    for (int i = 0; i < 300; ++i) EXPECT_EQ(of.enter("u-nora", "nora", {"else"}).error().what, code::forbidden);
    EXPECT_TRUE(of.enter("u-rea", "rea", {"reviewers"}));
}

TEST(staff_provided, codes_that_the_provider_refused_are_so_many_but_from_where_somebody_came_in) {
    const auto guesses = [](lobby& of) {
        of.provider.trouble = base::error{code::unauthenticated, "no such code", {}};
        for (int i = 0; i < 200; ++i) EXPECT_FALSE(of.enter("u-rea", "rea", {"reviewers"}));
        of.provider.trouble.reset();
        return of.enter("u-rea", "rea", {"reviewers"});
    };
    lobby strange;
    EXPECT_EQ(guesses(strange).error().what, code::too_many);
    lobby known;
    ASSERT_TRUE(known.enter("u-rea", "rea", {"reviewers"}));
    EXPECT_TRUE(guesses(known));
}

TEST(staff_provided, only_the_browser_that_set_out_comes_back) {
    lobby of;
    of.provider.name = "rea";
    of.provider.groups = {"reviewers"};
    const auto set_out = [&] {
        return of.told_by<provider_way>(
            [&](request as, auto then) { of.at.begin_provided(std::move(as), std::move(then)); });
    };
    const auto thief = set_out();
    const auto state = of.provider.asked.state;
    const auto victim = set_out();
    ASSERT_TRUE(thief && victim);
    EXPECT_EQ(of.come_back({victim->browser, state, "u-rea"}).error().what, code::unauthenticated);
    EXPECT_EQ(of.come_back({"", state, "u-rea"}).error().what, code::unauthenticated);
    EXPECT_EQ(of.come_back({thief->browser, "", "u-rea"}).error().what, code::unauthenticated);
    EXPECT_EQ(of.come_back({thief->browser, state, "u-rea"}).error().what, code::unauthenticated) << "another nonce";
    EXPECT_NE(victim->browser, of.provider.asked.state) << "what the provider sees is not what the browser keeps";
    EXPECT_TRUE(of.come_back({victim->browser, of.provider.asked.state, "u-rea"}));
}

TEST(staff_provided, who_signs_out_there_is_out_here) {
    lobby of;
    const auto rea = of.enter("u-rea", "rea", {"reviewers"});
    const auto sam = of.enter("u-sam", "sam", {"shops"});
    ASSERT_TRUE(rea && sam);
    ASSERT_TRUE(of.logout("session u-nobody"));
    EXPECT_TRUE(of.is_in(rea));
    const auto ended = of.logout("session u-rea");
    ASSERT_TRUE(ended) << ended.error().words;
    EXPECT_EQ(ended->revoked, 1);
    EXPECT_FALSE(of.is_in(rea));
    EXPECT_TRUE(of.is_in(sam));
    ASSERT_TRUE(of.logout("u-sam"));
    EXPECT_FALSE(of.is_in(sam));
}

TEST(staff_provided, who_is_disabled_here_stays_out_whatever_the_provider_says) {
    lobby of;
    const auto in = of.enter("u-rea", "rea", {"reviewers"});
    ASSERT_TRUE(in);
    const auto done = asked_in_a_hurry<staff_account_view>(of.by(ada), [&](request as, auto then) {
        of.at.disable_account(std::move(as), "rea", reason_body{"the tablet is gone"}, std::move(then));
    });
    ASSERT_TRUE(done) << done.error().words;
    EXPECT_FALSE(of.is_in(in));
    EXPECT_EQ(of.enter("u-rea", "rea", {"reviewers"}).error().what, code::forbidden);
}

TEST(staff_provided, accounts_are_open_as_the_configuration_says) {
    lobby of;
    const auto ways = [&] {
        return of
            .told_by<sign_in_ways_view>(
                [&](request as, auto then) { of.at.read_sign_in_ways(std::move(as), std::move(then)); })
            ->accounts;
    };
    const auto sign_in = [&] {
        return of
            .told_by<staff_entered>([&](request as, auto then) {
                of.at.sign_in_staff(std::move(as), "desk",
                                    staff_sign_in_body{label::trusted("rea"), "a horse is no battery", "000000"},
                                    std::move(then));
            })
            .error()
            .what;
    };
    const auto by_passkey = [&] {
        return of
            .told_by<staff_entered>([&](request as, auto then) {
                of.at.sign_in_by_staff_passkey(std::move(as), "desk", shown_passkey_body{}, std::move(then));
            })
            .error()
            .what;
    };
    EXPECT_TRUE(ways());
    EXPECT_EQ(sign_in(), code::unauthenticated);
    EXPECT_EQ(by_passkey(), code::unauthenticated);
    of.at.shared().with.provided.accounts = local_accounts::when_provider_is_down;
    EXPECT_FALSE(ways());
    EXPECT_EQ(sign_in(), code::forbidden);
    EXPECT_EQ(by_passkey(), code::forbidden);
    of.provider.reachable = false;
    EXPECT_TRUE(ways());
    EXPECT_EQ(sign_in(), code::unauthenticated);
    of.at.shared().with.provided.accounts = local_accounts::never;
    EXPECT_FALSE(ways());
    EXPECT_EQ(sign_in(), code::forbidden);
    EXPECT_EQ(by_passkey(), code::forbidden);
}

TEST(staff_provided, a_proof_given_anew_stands_for_the_session_in_which_it_was_asked) {
    lobby of;
    of.provider.proved_ago = base::minutes{20};
    const auto in = of.enter("u-rea", "rea", {"reviewers"});
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(of.proved_at(in), of.clock.now() + -base::minutes{20}) << "she was signed in there before she came";
    EXPECT_FALSE(of.provider.asked.anew);
    const auto way = of.sets_out_to_prove(*in);
    ASSERT_TRUE(way) << way.error().words;
    EXPECT_TRUE(of.provider.asked.anew);
    of.clock.advance(base::minutes{1});
    of.provider.proved_ago = base::seconds{5};
    const auto proved = of.proves(*way, "u-rea", "rea");
    ASSERT_TRUE(proved) << proved.error().words;
    EXPECT_EQ(of.proved_at(proved), of.clock.now() + -base::seconds{5});
    EXPECT_FALSE(of.is_in(in)) << "a stolen cookie opens nothing any more";
    EXPECT_FALSE(of.proves(*way, "u-rea", "rea")) << "that session is over";
    EXPECT_TRUE(of.is_in(proved));
}

TEST(staff_provided, another_persons_proof_or_one_of_before_is_none) {
    lobby of;
    const auto rea = of.enter("u-rea", "rea", {"reviewers"});
    const auto lena = of.enter("u-lena", "lena", {"reviewers"});
    ASSERT_TRUE(rea && lena);
    const auto way = of.sets_out_to_prove(*rea);
    ASSERT_TRUE(way) << way.error().words;
    EXPECT_EQ(of.proves(*way, "u-lena", "lena").error().what, code::forbidden);
    of.clock.advance(base::minutes{5});
    of.provider.proved_ago = base::minutes{10};
    EXPECT_EQ(of.proves(*way, "u-rea", "rea").error().what, code::step_up_required) << "somebody took `prompt` away";
    of.provider.proved_ago.reset();
    EXPECT_EQ(of.proves(*way, "u-rea", "rea").error().what, code::step_up_required)
        << "weaker than was asked, or no time";
    // Whoever makes up what a browser keeps, with another session in it, has no state for it.
    auto forged = *way;
    forged.browser.replace(forged.browser.rfind(".rea"), 4, ".lena");
    of.provider.proved_ago = base::duration::zero();
    EXPECT_EQ(of.proves(forged, "u-lena", "lena").error().what, code::unauthenticated);
    EXPECT_TRUE(of.is_in(rea) && of.is_in(lena));
}

}  // namespace provided_tests
}  // namespace
}  // namespace keepline::desk
