// Webhooks made by the API: two administrators aim them, one stops them.
#include "domain/credential/credential.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

const actor admin_ada{role::admin, named("ada"), named("ada")};
const actor admin_bo{role::admin, named("bo"), named("bo")};
const actor made_by_ada{role::admin, named("cy"), named("cy"), {named("ada")}};
const actor reviewer_rex{role::reviewer, named("rex"), named("rex")};

struct hooks_world {
    credential_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;
    std::vector<credential_event> events;

    result<std::size_t> apply(const credential_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::staff};
        TRY(done, credential::decide(s, what, circumstances));
        testing::expect_folded<credential>(s, done);
        events = std::move(done.events);
        s = std::move(done.after);
        effects = std::move(done.effects);
        return events.size();
    }
    std::string topic() const { return effects.empty() ? "" : std::get<publish>(effects.back()).topic; }
    void open(const std::string& id, const std::string& name) {
        ASSERT_TRUE(apply(open_webhook{id, {name, "https://bank.example/", {"*"}, role::system}, "s1"}, admin_ada));
        ASSERT_TRUE(apply(countersign{s.asked.list.back().serial}, admin_bo));
    }
};

TEST(webhook, nothing_is_sent_anywhere_before_another_administrator_has_signed) {
    hooks_world w;
    const open_webhook open{"wh_1", {"bank", "https://bank.example/", {"*"}, role::system}, "s1"};
    EXPECT_EQ(w.apply(open, reviewer_rex).error().what, code::forbidden);
    ASSERT_TRUE(w.apply(open, admin_ada));
    EXPECT_TRUE(w.s.webhooks.empty());
    const int serial = w.s.asked.list.back().serial;
    EXPECT_EQ(w.s.asked.list.back().what, act::aim_webhook);
    for (const auto& who : {admin_ada, made_by_ada, reviewer_rex})
        EXPECT_FALSE(w.apply(countersign{serial}, who)) << who.id.text();
    EXPECT_TRUE(w.s.webhooks.empty());
    ASSERT_TRUE(w.apply(countersign{serial}, admin_bo));
    ASSERT_EQ(w.s.webhooks.size(), 1U);
    EXPECT_EQ(w.s.webhooks[0].by, admin_ada);
    EXPECT_EQ(w.s.webhooks[0].second, admin_bo);
    EXPECT_EQ(w.s.webhooks[0].since, w.now);
    EXPECT_EQ(w.topic(), "webhook.opened");
}

TEST(webhook, another_target_and_another_secret_take_two_and_what_stops_it_takes_one) {
    hooks_world w;
    w.open("wh_1", "bank");
    auto elsewhere = w.s.webhooks[0].to;
    elsewhere.url = "https://thief.example/";
    ASSERT_TRUE(w.apply(change_webhook{"wh_1", elsewhere}, admin_ada));
    EXPECT_EQ(w.s.webhooks[0].to.url, "https://bank.example/");
    ASSERT_TRUE(w.apply(countersign{w.s.asked.list.back().serial}, admin_bo));
    EXPECT_EQ(w.s.webhooks[0].to.url, "https://thief.example/");

    ASSERT_TRUE(w.apply(rotate_webhook{"wh_1", "s2", base::duration{base::hours{24}}.count()}, admin_ada));
    EXPECT_EQ(w.s.webhooks[0].secret, "s1");
    ASSERT_TRUE(w.apply(countersign{w.s.asked.list.back().serial}, admin_bo));
    EXPECT_EQ(w.s.webhooks[0].secret, "s2");
    EXPECT_TRUE(w.s.webhooks[0].signs_with_both(w.now));
    EXPECT_FALSE(w.s.webhooks[0].signs_with_both(w.now + base::hours{24}));

    ASSERT_TRUE(w.apply(pause_webhook{"wh_1", true, "they move"}, admin_bo));
    EXPECT_TRUE(w.s.webhooks[0].paused_at);
    ASSERT_TRUE(w.apply(pause_webhook{"wh_1", false, ""}, admin_ada));
    EXPECT_FALSE(w.s.webhooks[0].paused_at);
    ASSERT_TRUE(w.apply(close_webhook{"wh_1", "they left us"}, admin_bo));
    EXPECT_TRUE(w.s.webhooks.empty());
    EXPECT_EQ(w.topic(), "webhook.deleted");
}

TEST(webhook, limits_hold_and_what_is_not_there_is_said) {
    hooks_world w;
    const auto opening = [&](webhook_target to) {
        return w.apply(open_webhook{"wh_x", std::move(to), "s"}, admin_ada);
    };
    const webhook_target good{"bank", "https://bank.example/", {"*"}, role::system};
    for (const auto& change : std::vector<std::function<void(webhook_target&)>>{
             [](auto& t) { t.name = ""; }, [](auto& t) { t.name = "Bank & Co"; },
             [](auto& t) { t.name.resize(41, 'a'); }, [](auto& t) { t.url = ""; },
             [](auto& t) { t.url = "https://a b/"; }, [](auto& t) { t.url.resize(1001, 'a'); },
             [](auto& t) { t.topics.clear(); }, [](auto& t) { t.topics.resize(65, "*"); },
             [](auto& t) { t.as = role::subscriber; }, [](auto& t) { t.as = role::reviewer; }}) {
        auto bad = good;
        change(bad);
        EXPECT_EQ(opening(bad).error().what, code::invalid) << bad.name << ' ' << bad.url;
    }
    EXPECT_EQ(w.apply(pause_webhook{"wh_x", true, "because"}, admin_ada).error().what, code::not_found);
    EXPECT_EQ(w.apply(change_webhook{"wh_x", good}, admin_ada).error().what, code::not_found);
    for (std::size_t i = 0; i < webhooks_max; ++i) w.open("wh_" + std::to_string(i), "n" + std::to_string(i));
    EXPECT_EQ(opening(good).error().what, code::too_many);
    EXPECT_EQ(w.apply(rotate_webhook{"wh_0", "s2", base::duration{base::hours{169}}.count()}, admin_ada).error().what,
              code::invalid);
    EXPECT_EQ(w.apply(pause_webhook{"wh_0", true, ""}, admin_ada).error().what, code::invalid) << "a reason is given";
}

TEST(webhook, two_requests_for_one_name_make_one) {
    hooks_world w;
    const webhook_target to{"bank", "https://bank.example/", {"*"}, role::system};
    ASSERT_TRUE(w.apply(open_webhook{"wh_1", to, "s1"}, admin_ada));
    ASSERT_TRUE(w.apply(open_webhook{"wh_2", to, "s2"}, admin_ada));
    ASSERT_TRUE(w.apply(countersign{1}, admin_bo));
    EXPECT_EQ(w.apply(countersign{2}, admin_bo).error().what, code::id_taken);
}

TEST(webhook, what_is_sent_again_happened_within_a_week) {
    hooks_world w;
    w.open("wh_1", "bank");
    w.now = w.now + base::days{8};
    ASSERT_TRUE(w.apply(replay_webhook{"wh_1", w.now - base::days{7}, ""}, admin_ada));
    EXPECT_EQ(w.s.webhooks[0].replays, 1);
    EXPECT_EQ(w.apply(replay_webhook{"wh_1", w.now - base::days{7} - base::seconds{1}, ""}, admin_ada).error().what,
              code::invalid);
    EXPECT_EQ(w.apply(replay_webhook{"wh_1", w.now + base::seconds{1}, ""}, admin_ada).error().what, code::invalid);
    ASSERT_TRUE(w.apply(replay_webhook{"wh_1", w.now, "kl-1"}, admin_ada));
    EXPECT_EQ(w.s.webhooks[0].replays, 1) << "one event does not move it";
}

TEST(webhook, one_administrator_sends_nothing_of_before_two_aimed_it) {
    hooks_world w;
    w.open("wh_1", "bank");
    const auto opened = w.now;
    w.now = w.now + base::days{1};
    EXPECT_EQ(w.apply(replay_webhook{"wh_1", opened - base::seconds{1}, ""}, admin_ada).error().what, code::invalid);
    ASSERT_TRUE(w.apply(replay_webhook{"wh_1", opened, ""}, admin_ada));

    auto elsewhere = w.s.webhooks[0].to;
    elsewhere.url = "https://new.example/";
    ASSERT_TRUE(w.apply(change_webhook{"wh_1", elsewhere}, admin_ada));
    w.now = w.now + base::minutes{1};
    ASSERT_TRUE(w.apply(countersign{w.s.asked.list.back().serial}, admin_bo));
    EXPECT_EQ(w.s.webhooks[0].changed_at, w.now);
    EXPECT_EQ(w.s.webhooks[0].replay_from, w.now) << "a replay that has not begun is not for the new address";
    EXPECT_EQ(w.apply(replay_webhook{"wh_1", opened, ""}, admin_ada).error().what, code::invalid);

    const auto aimed = w.now;
    w.now = w.now + base::minutes{1};
    auto renamed = elsewhere;
    renamed.name = "the-bank";
    ASSERT_TRUE(w.apply(change_webhook{"wh_1", renamed}, admin_ada));
    ASSERT_TRUE(w.apply(countersign{w.s.asked.list.back().serial}, admin_bo));
    EXPECT_EQ(w.s.webhooks[0].changed_at, aimed) << "another name aims at nothing else";
    ASSERT_TRUE(w.apply(replay_webhook{"wh_1", aimed, ""}, admin_ada));
}

/// The secrets of which the latest entry says that they ended.
std::vector<std::string> ended_in(const std::vector<credential_event>& events) {
    std::vector<std::string> out;
    for (const auto& one : events)
        if (const auto* ended = std::get_if<webhook_secrets_ended>(&one))
            for (const auto& secret : ended->secrets) out.push_back(ended->id + " " + secret);
    return out;
}

TEST(webhook, a_secret_that_signs_no_more_ends_in_the_journal) {
    hooks_world w;
    using names = std::vector<std::string>;
    w.open("wh_1", "bank");
    const auto rotate = [&](const std::string& secret, std::int64_t hours) {
        ASSERT_TRUE(w.apply(rotate_webhook{"wh_1", secret, base::duration{base::hours{hours}}.count()}, admin_ada));
        ASSERT_TRUE(w.apply(countersign{w.s.asked.list.back().serial}, admin_bo));
    };
    rotate("s2", 24);
    EXPECT_EQ(ended_in(w.events), names{}) << "s1 still signs";
    EXPECT_EQ(credential::next_due(w.s), w.now + base::hours{24});
    rotate("s3", 1);
    EXPECT_EQ(ended_in(w.events), names{"wh_1 s1"}) << "two sign, not three";
    w.now = w.now + base::hours{1};
    ASSERT_TRUE(w.apply(expire_requests{}, admin_ada));
    EXPECT_EQ(ended_in(w.events), names{"wh_1 s2"});
    EXPECT_EQ(w.s.webhooks[0].secret_before, "");
    EXPECT_EQ(credential::next_due(w.s), std::nullopt);
    rotate("s4", 0);
    EXPECT_EQ(ended_in(w.events), names{"wh_1 s3"});
    EXPECT_EQ(w.s.webhooks[0].secret, "s4");

    ASSERT_TRUE(w.apply(rotate_webhook{"wh_1", "s5", 0}, admin_ada));
    ASSERT_TRUE(w.apply(refuse_second{w.s.asked.list.back().serial, "not now, we move"}, admin_bo));
    EXPECT_EQ(ended_in(w.events), names{"wh_1 s5"});
    EXPECT_TRUE(w.effects.empty()) << "the webhook's key stays";
    ASSERT_TRUE(w.apply(rotate_webhook{"wh_1", "s6", 0}, admin_ada));
    w.now = *credential::next_due(w.s);
    ASSERT_TRUE(w.apply(expire_requests{}, admin_ada));
    EXPECT_EQ(ended_in(w.events), names{"wh_1 s6"});
    EXPECT_EQ(w.s.webhooks[0].secret, "s4");
}

TEST(webhook, of_one_that_is_gone_or_never_came_to_be_nothing_is_left_in_the_vault) {
    hooks_world w;
    const auto forgotten = [&] {
        return !w.effects.empty() && std::holds_alternative<forget_webhook>(w.effects.front())
                   ? std::get<forget_webhook>(w.effects.front()).id
                   : "";
    };
    w.open("wh_1", "bank");
    ASSERT_TRUE(w.apply(close_webhook{"wh_1", "they left us"}, admin_bo));
    EXPECT_EQ(forgotten(), "wh_1");
    const webhook_target to{"bank", "https://bank.example/", {"*"}, role::system};
    ASSERT_TRUE(w.apply(open_webhook{"wh_2", to, "s1"}, admin_ada));
    ASSERT_TRUE(w.apply(refuse_second{w.s.asked.list.back().serial, "nobody knows them"}, admin_bo));
    EXPECT_EQ(forgotten(), "wh_2");
    ASSERT_TRUE(w.apply(open_webhook{"wh_3", to, "s1"}, admin_ada));
    EXPECT_EQ(forgotten(), "");
    w.now = *credential::next_due(w.s);
    ASSERT_TRUE(w.apply(expire_requests{}, admin_ada));
    EXPECT_EQ(forgotten(), "wh_3");
    EXPECT_EQ(ended_in(w.events), std::vector<std::string>{"wh_3 s1"});
}

TEST(webhook, nobody_holds_a_token_under_the_name_of_its_stream) {
    hooks_world w;
    issue_token wanted;
    wanted.holder = webhook_holder();
    wanted.token.digest = "d";
    wanted.token.as = role::agent;
    wanted.token.person = named("eve");
    EXPECT_EQ(w.apply(wanted, admin_ada).error().what, code::invalid);
}

}  // namespace
}  // namespace keepline::domain
