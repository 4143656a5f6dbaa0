// A holder's tokens: who may say that they know of what was made past the API; and the console's stream, on which
// somebody lets the server go on.
#include "domain/credential/credential.hpp"

#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

const actor console{role::system, named("console")};
const actor ada{role::admin, named("ada"), named("ada")};
const actor bo{role::admin, named("bo"), named("bo")};

struct holder {
    credential_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    result<std::size_t> apply(const credential_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::staff};
        TRY(done, credential::decide(s, what, circumstances));
        testing::expect_folded<credential>(s, done);
        s = std::move(done.after);
        effects = std::move(done.effects);
        return done.events.size();
    }
};

issue_token past_the_api(const char* id, const char* person, token_origin how = token_origin::file) {
    issue_token out;
    out.holder = named(id);
    out.token.digest = std::string("digest of ") + id;
    out.token.as = role::admin;
    out.token.person = named(person);
    out.token.origin = how;
    out.kin_ms = base::duration{base::days{30}}.count();
    return out;
}

/// Everything that stands there now, by its name.
acknowledge_tokens seen(const holder& of, std::int64_t kin_ms = 0, bool all_by_file = false) {
    acknowledge_tokens out{kin_ms, all_by_file};
    for (const auto& one : of.s.tokens) out.tokens.push_back(token_print(one.digest));
    for (const auto& one : of.s.went_on) out.acts.push_back(one.serial);
    return out;
}

let_go_on clock_is_right() {
    return {stop_kind::clock, "1 2 boot", "the battery was changed", at("2026-03-02T01:00:00Z")};
}

TEST(a_call, is_noted_by_the_hotline_alone_in_names_and_counts_for_nothing) {
    const note_call one{"call-7f3a", false, "main.menu", "by_caller", 12, 3};
    const auto noted = [](const note_call& what, const actor& by, channel through) {
        return credential::decide({}, credential_command(what),
                                  context{at("2026-03-02T02:00:00Z"), repository_rules().get(), by, through});
    };
    for (const auto& by : {ada, console, clerk, customer})
        EXPECT_EQ(noted(one, by, channel::hotline).error().what, code::forbidden);
    EXPECT_EQ(noted(one, telephone, channel::app).error().what, code::forbidden);
    const auto done = noted(one, telephone, channel::hotline);
    ASSERT_TRUE(done) << done.error().words;
    ASSERT_EQ(done->events.size(), 1U);
    EXPECT_EQ(std::get<call_noted>(done->events.front()).entries, 3);
    EXPECT_EQ(done->after, credential_state());
    EXPECT_TRUE(done->effects.empty());
    auto worded = one;
    worded.call = "+8613912345678 called";
    EXPECT_EQ(noted(worded, telephone, channel::hotline).error().what, code::invalid);
}

TEST(credential, an_acknowledgement_of_before_they_were_named_was_of_all) {
    holder h;
    ASSERT_EQ(h.apply(past_the_api("night", "eve"), console), 1U);
    credential::evolve(h.s, tokens_acknowledged{ada, h.now});
    EXPECT_TRUE(h.s.tokens.front().acknowledged);
}

TEST(credential, a_token_made_past_the_api_is_acknowledged_by_another_human_being_not_by_another_token) {
    holder h;
    ASSERT_EQ(h.apply(past_the_api("night", "eve"), console), 1U);
    const actor night{role::admin, named("night"), named("eve"), {named("console")}};
    const actor eve_by_day{role::admin, named("day"), named("eve")};
    const actor made_by_eve{role::admin, named("third"), named("cleo"), {named("eve")}};
    const actor same_hand{role::admin, named("later"), named("dan"), {named("console")}};
    for (const auto& who : {night, eve_by_day, made_by_eve, same_hand})
        EXPECT_EQ(h.apply(seen(h), who).error().what, code::own_application) << who.id.text();
    EXPECT_FALSE(h.s.tokens.front().acknowledged);
    EXPECT_EQ(h.apply(seen(h), ada), 1U);
    EXPECT_TRUE(h.s.tokens.front().acknowledged);
}

TEST(credential, the_first_two_administrators_are_not_kept_from_acknowledging) {
    holder founder;
    ASSERT_EQ(founder.apply(past_the_api("ada", "ada", token_origin::founding), console), 1U);
    const auto first = holder_of(founder.s, founder.s.tokens.front(), founder.now);
    holder h;
    ASSERT_EQ(h.apply(past_the_api("night", "eve"), console), 1U);
    EXPECT_EQ(h.apply(seen(h), first), 1U);
}

TEST(credential, one_administrator_does_not_let_the_server_go_on) {
    holder c;
    EXPECT_EQ(c.apply(clock_is_right(), {role::reviewer, named("r")}).error().what, code::forbidden);
    EXPECT_EQ(c.apply(clock_is_right(), machine).error().what, code::forbidden) << "a system that is not the console";
    EXPECT_EQ(c.apply(clock_is_right(), ada), 1U) << "asked for";
    EXPECT_TRUE(c.s.went_on.empty());
    EXPECT_EQ(c.apply(countersign{1}, {role::admin, named("ada-2"), named("ada")}).error().what, code::own_application);
    EXPECT_EQ(c.apply(countersign{1}, reviewer).error().what, code::forbidden);
    EXPECT_EQ(c.apply(countersign{1}, bo), 2U);
    ASSERT_EQ(c.s.went_on.size(), 1U);
    EXPECT_EQ(c.s.went_on.front().by, ada);
    EXPECT_EQ(c.s.went_on.front().second, bo);
    EXPECT_TRUE(c.s.went_on.front().acknowledged) << "two know of it";
    EXPECT_EQ(std::get<publish>(c.effects.at(0)).topic, "operator.let_go_on");
}

TEST(credential, of_each_kind_of_going_on_one_request_waits_at_a_time) {
    holder c;
    ASSERT_EQ(c.apply(clock_is_right(), ada), 1U);
    auto again = clock_is_right();
    again.detail = "3 4 boot";  // asked a minute later: another shift, the same question
    again.asked_at = c.now;
    for (const auto& who : {ada, bo}) {
        const auto refused = c.apply(again, who);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().what, code::blocked);
        EXPECT_EQ(refused.error().data, (std::vector<base::detail>{{"request", "1"}}));
    }
    let_go_on anna{stop_kind::tokens, "anna", "she was there all day", c.now};
    let_go_on ben{stop_kind::tokens, "ben", "he was there all day", c.now};
    EXPECT_EQ(c.apply(anna, ada), 1U) << "another kind";
    EXPECT_EQ(c.apply(ben, ada), 1U) << "another holder";
    EXPECT_EQ(c.apply(ben, bo).error().what, code::blocked);
    ASSERT_EQ(c.apply(refuse_second{1, "not today"}, bo), 1U);
    EXPECT_EQ(c.apply(again, ada), 1U) << "what is refused waits no more";
    EXPECT_EQ(c.apply(again, console), 1U) << "nor does the machine wait for it";
}

TEST(credential, keys_and_what_the_anchors_do_not_fit_are_told_by_the_console_only) {
    holder c;
    for (const auto kind : {stop_kind::keys, stop_kind::anchors}) {
        const let_go_on told{kind, "rotate secret 0011", "", at("2026-03-02T01:00:00Z")};
        EXPECT_EQ(c.apply(told, ada).error().what, code::invalid);
        ASSERT_EQ(c.apply(told, console), 1U);
        EXPECT_EQ(c.s.went_on.back().what, kind);
        EXPECT_FALSE(c.s.went_on.back().acknowledged);
    }
}

TEST(credential, what_the_console_let_go_on_is_journalled_once_and_open_until_somebody_else_knows) {
    holder c;
    ASSERT_EQ(c.apply(clock_is_right(), console), 1U);
    EXPECT_EQ(std::get<publish>(c.effects.at(0)).topic, "operator.let_go_on") << "told all the same";
    EXPECT_EQ(c.apply(clock_is_right(), console), 0U) << "the same note, found again after a crash";
    EXPECT_FALSE(c.s.went_on.front().acknowledged);
    const actor by_file{role::admin, named("x"), named("x"), {named("console")}};
    EXPECT_EQ(c.apply(seen(c), by_file).error().what, code::own_application);
    const auto first = seen(c);
    let_go_on again = clock_is_right();
    again.asked_at = c.now;
    ASSERT_EQ(c.apply(again, console), 1U);
    EXPECT_EQ(c.apply(first, ada), 1U);
    EXPECT_TRUE(c.s.went_on.front().acknowledged);
    EXPECT_FALSE(c.s.went_on.back().acknowledged) << "nobody has seen that one";
}

TEST(credential, an_acknowledgement_covers_what_was_seen_and_nothing_that_came_since) {
    holder h;
    auto agent = past_the_api("ghost", "ghost");
    agent.token.as = role::agent;
    ASSERT_EQ(h.apply(agent, console), 1U);
    const auto looked = seen(h, base::duration{base::days{30}}.count());
    auto boss = past_the_api("ghost", "ghost");
    boss.token.digest = "another digest";
    ASSERT_EQ(h.apply(boss, console), 1U);
    ASSERT_EQ(h.apply(looked, ada), 1U);
    EXPECT_TRUE(h.s.tokens.front().acknowledged);
    EXPECT_FALSE(h.s.tokens.back().acknowledged);
    EXPECT_FALSE(is_acknowledged(holder_of(h.s, h.s.tokens.back(), h.now)));
    EXPECT_EQ(h.apply(looked, bo), 0U) << "twice is harmless, and adds nobody";
    EXPECT_EQ(h.apply(acknowledge_tokens{}, ada).error().what, code::invalid) << "whatever there is: not asked for";
    EXPECT_EQ(h.apply(acknowledge_tokens{0, false, {"0000000000000000"}, {}}, ada).error().what, code::not_found);
    EXPECT_EQ(h.apply(acknowledge_tokens{0, false, {}, {7}}, ada).error().what, code::not_found);
    EXPECT_EQ(h.apply(seen(h), ada), 1U);
    EXPECT_TRUE(h.s.tokens.back().acknowledged);
}

TEST(credential, the_marks_of_what_went_on_only_grow) {
    holder c;
    for (int n = 1; n <= 40; ++n) {
        auto one = clock_is_right();
        one.asked_at = c.now = c.now + base::minutes{1};
        ASSERT_EQ(c.apply(one, console), 1U);
        EXPECT_EQ(c.s.went_on.back().serial, n);
    }
    EXPECT_LT(c.s.went_on.size(), 40U) << "the oldest are in the journal only";
}

issue_token by_api(const char* id, const char* person, role as) {
    auto out = past_the_api(id, person, token_origin::admins);
    out.token.as = as;
    out.token.digest += boost::describe::enum_to_string(as, "") + std::string(person);
    return out;
}

TEST(credential, an_id_that_was_anothers_takes_two_administrators_also_for_an_agent) {
    holder h;
    auto bss = by_api("bss", "", role::system);
    ASSERT_EQ(h.apply(bss, ada), 1U) << "asked for";
    ASSERT_EQ(h.apply(countersign{1}, bo), 2U);
    ASSERT_EQ(h.apply(by_api("bss", "bss", role::agent), ada), 1U);
    EXPECT_EQ(h.s.tokens.size(), 1U) << "asked for, and nobody's yet";
    EXPECT_TRUE(h.s.asked.find(2)->waits(h.now));
    ASSERT_EQ(h.apply(revoke_tokens{"gone"}, ada), 1U);
    ASSERT_EQ(h.apply(by_api("bss", "eve", role::agent), bo), 1U);
    EXPECT_TRUE(h.s.tokens.empty()) << "nor after the machine's was ended";

    holder clerk;
    ASSERT_EQ(clerk.apply(by_api("clerk", "cleo", role::agent), ada), 1U);
    ASSERT_EQ(clerk.s.tokens.size(), 1U);
    auto next = by_api("clerk", "cleo", role::agent);
    next.token.digest = "the next";
    ASSERT_EQ(clerk.apply(next, ada), 1U);
    EXPECT_EQ(clerk.s.tokens.size(), 2U) << "the next one of the same holder is daily work";
    ASSERT_EQ(clerk.apply(by_api("clerk", "eve", role::agent), ada), 1U);
    EXPECT_EQ(clerk.s.tokens.size(), 2U) << "another person's";
    holder puppet;
    auto named_so = by_api("pup-rev", "reviewer-1", role::agent);
    named_so.anothers_name = true;
    ASSERT_EQ(puppet.apply(named_so, ada), 1U);
    EXPECT_TRUE(puppet.s.tokens.empty()) << "or a person who decides";
    EXPECT_EQ(puppet.apply(countersign{1}, bo), 2U);
}

TEST(credential, administrators_ask_for_their_own_next_token) {
    holder h;
    ASSERT_EQ(h.apply(by_api("bo", "bo", role::admin), ada), 1U);
    ASSERT_EQ(h.apply(countersign{1}, {role::admin, named("cleo"), named("cleo")}), 2U);
    auto next = by_api("bo", "bo", role::admin);
    next.token.digest = "the next";
    EXPECT_EQ(h.apply(next, ada).error().what, code::forbidden);
    ASSERT_EQ(h.apply(next, bo), 1U);
    ASSERT_EQ(h.apply(countersign{2}, ada), 2U);
    EXPECT_FALSE(same_person(holder_of(h.s, h.s.tokens.back(), h.now), ada)) << "each still signs for the other";
    ASSERT_EQ(h.apply(revoke_tokens{"lost"}, ada), 1U);
    auto after = by_api("bo", "bo", role::admin);
    after.token.digest = "after the loss";
    EXPECT_EQ(h.apply(after, ada), 1U) << "what is lost is revoked, and asked for by another";
}

TEST(credential, a_token_of_the_command_line_signs_nothing_until_somebody_knows_of_it_who_is_its_kin_from_then_on) {
    second_request asked;
    asked.by = ada;
    asked.expires_at = at("2027-03-02T02:00:00Z");
    holder h;
    ASSERT_EQ(h.apply(past_the_api("ghost", "ghost"), console), 1U);
    const auto ghost = [&] { return holder_of(h.s, h.s.tokens.front(), h.now); };
    h.now = h.now + base::days{60};
    EXPECT_EQ(why_not_sign(asked, ghost(), h.now)->what, code::forbidden) << "time alone makes it nobody's";
    ASSERT_EQ(h.apply(seen(h, base::duration{base::days{30}}.count()), ada), 1U);
    EXPECT_EQ(why_not_sign(asked, ghost(), h.now)->what, code::own_application) << "Ada's own second hand";
    auto of_bo = asked;
    of_bo.by = bo;
    EXPECT_FALSE(why_not_sign(of_bo, ghost(), h.now)) << "she knows of it";
    h.now = h.now + base::days{30};
    EXPECT_FALSE(why_not_sign(asked, ghost(), h.now));
}

TEST(credential, where_only_the_command_lines_administrators_are_left_time_stands_for_the_second_hand) {
    const auto kin_ms = base::duration{base::days{30}}.count();
    holder anna;
    holder bert;
    ASSERT_EQ(anna.apply(past_the_api("anna", "anna"), console), 1U);
    ASSERT_EQ(bert.apply(past_the_api("bert", "bert"), console), 1U);
    const auto as = [&](const holder& who) { return holder_of(who.s, who.s.tokens.front(), anna.now); };
    EXPECT_EQ(bert.apply(seen(bert, kin_ms, true), as(anna)).error().what, code::own_application) << "too early";
    anna.now = bert.now = anna.now + base::days{30};
    EXPECT_EQ(bert.apply(seen(bert, kin_ms, false), as(anna)).error().what, code::own_application)
        << "somebody else is there who can";
    EXPECT_EQ(anna.apply(seen(anna, kin_ms, true), as(anna)).error().what, code::own_application);
    ASSERT_EQ(bert.apply(seen(bert, kin_ms, true), as(anna)), 1U);
    ASSERT_EQ(anna.apply(seen(anna, kin_ms, true), as(bert)), 1U);
    EXPECT_FALSE(same_person(as(anna), as(bert)));
    EXPECT_TRUE(is_acknowledged(as(anna)) && is_acknowledged(as(bert)));
}

TEST(credential, ending_a_customers_sessions_also_ends_what_those_asked_for_that_ran_out) {
    holder h;
    auto session = past_the_api("sub-1", "", token_origin::portal);
    session.token.as = role::subscriber;
    session.lives_ms = base::duration{base::hours{1}}.count();
    ASSERT_EQ(h.apply(session, {role::portal, named("portal")}), 1U);
    h.now = h.now + base::hours{2};
    ASSERT_EQ(h.apply(revoke_tokens{"stolen"}, machine), 1U);
    EXPECT_EQ(h.s.revoked_at, h.now);
    EXPECT_EQ(h.apply(revoke_tokens{"again"}, machine), 0U);
}

/// A customer's session, by a portal.
issue_token session_of(const char* digest, session_level level, const base::msisdn& line) {
    issue_token out;
    out.holder = customer.id;
    out.token.digest = digest;
    out.token.as = role::subscriber;
    out.token.origin = token_origin::portal;
    out.token.level = level;
    out.token.line = line;
    return out;
}

TEST(credential, a_lost_line_ends_the_sessions_that_it_opened_and_changed_contacts_all_but_their_own) {
    const actor portal{role::portal, named("portal")};
    const auto lost = base::msisdn::trusted("+8613800138000");
    holder h;
    ASSERT_EQ(h.apply(session_of("by line", session_level::reach, lost), portal), 1U);
    ASSERT_EQ(h.apply(session_of("by mail", session_level::weak, {}), portal), 1U);
    ASSERT_EQ(h.apply(session_of("by another", session_level::reach, base::msisdn::trusted("+8613800138001")), portal),
              1U);
    EXPECT_EQ(token_in_force(h.s, "by mail", h.now)->level, session_level::weak);
    ASSERT_EQ(h.apply(end_sessions{lost, {}, "the line was lost"}, customer), 1U);
    EXPECT_EQ(h.apply(end_sessions{lost, {}, "the line was lost"}, customer), 0U);
    EXPECT_EQ(token_in_force(h.s, "by line", h.now), nullptr);
    EXPECT_NE(token_in_force(h.s, "by mail", h.now), nullptr);
    EXPECT_EQ(h.s.revoked_at, instant{}) << "what was asked for in them stays asked for";
    ASSERT_EQ(h.apply(session_of("by the portal's means", session_level::reach, {}), portal), 1U);
    ASSERT_EQ(h.apply(end_sessions{{}, "by another", "contact points changed"}, customer), 1U);
    ASSERT_EQ(h.s.tokens.size(), 2U);
    EXPECT_NE(token_in_force(h.s, "by another", h.now), nullptr);
    EXPECT_NE(token_in_force(h.s, "by the portal's means", h.now), nullptr);
}

TEST(credential, sessions_of_a_passkey_end_with_it_with_a_lost_line_and_with_other_contacts) {
    const actor portal{role::portal, named("portal")};
    const auto lost = base::msisdn::trusted("+8613800138000");
    const auto by_passkey = [](const char* digest, int serial) {
        auto out = session_of(digest, session_level::reach, {});
        out.token.way = sign_in_way::passkey;
        out.token.passkey = serial;
        return out;
    };
    holder h;
    const auto open = [&] {
        ASSERT_EQ(h.apply(by_passkey("first", 1), portal), 1U);
        ASSERT_EQ(h.apply(by_passkey("second", 2), portal), 1U);
        ASSERT_EQ(h.apply(session_of("the portal's", session_level::reach, {}), portal), 1U);
    };
    open();
    end_sessions one{{}, {}, "the passkey was removed"};
    one.passkey = 1;
    ASSERT_EQ(h.apply(one, customer), 1U);
    EXPECT_EQ(token_in_force(h.s, "first", h.now), nullptr);
    EXPECT_NE(token_in_force(h.s, "second", h.now), nullptr);
    ASSERT_EQ(h.apply(end_sessions{lost, {}, "the line was lost"}, customer), 1U);
    EXPECT_EQ(token_in_force(h.s, "second", h.now), nullptr) << "it may be on the phone";
    ASSERT_EQ(h.apply(by_passkey("first", 1), portal), 1U);
    ASSERT_EQ(h.apply(end_sessions{{}, {}, "contact points changed"}, customer), 1U);
    ASSERT_EQ(h.s.tokens.size(), 1U);
    end_sessions named_one{{}, {}, "ended"};
    named_one.print = token_print("the portal's");
    ASSERT_EQ(h.apply(named_one, customer), 1U) << "whatever opened it";
    EXPECT_TRUE(h.s.tokens.empty());
}

TEST(credential, only_a_customers_session_has_a_level) {
    holder h;
    auto token = past_the_api("ada", "ada");
    token.token.level = session_level::weak;
    const auto done = h.apply(token, console);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what, code::invalid);
    ASSERT_EQ(h.apply(past_the_api("ada", "ada"), console), 1U);
    EXPECT_EQ(h.apply(end_sessions{{}, {}, "not theirs"}, ada), 0U) << "staff have no sessions";
}

// ------------------------------------------------------------------------------------------------ customers' sessions

issue_token a_session(int n) {
    issue_token out;
    out.holder = customer.id;
    out.token.digest = "session " + std::to_string(n);
    out.token.as = role::subscriber;
    out.token.origin = token_origin::portal;
    out.lives_ms = base::duration{base::hours{1}}.count();
    return out;
}

// Fails when whoever opens one session after the other keeps their owner from signing in.
TEST(credential, the_oldest_session_gives_way_to_the_next_one) {
    holder h;
    const actor portal{role::portal, named("portal")};
    for (int i = 0; i < 32; ++i) {
        h.now = h.now + base::seconds{1};
        ASSERT_EQ(h.apply(a_session(i), portal), 1U) << i;
    }
    h.now = h.now + base::seconds{1};
    EXPECT_EQ(h.apply(a_session(32), portal), 2U);
    EXPECT_EQ(h.s.tokens.size(), 32U);
    EXPECT_EQ(token_in_force(h.s, "session 0", h.now), nullptr);
    for (int i = 1; i <= 32; ++i) EXPECT_NE(token_in_force(h.s, "session " + std::to_string(i), h.now), nullptr) << i;
    EXPECT_EQ(h.apply(a_session(32), portal), 0U) << "the same again";
}

TEST(credential, a_33rd_token_of_staff_is_refused) {
    holder h;
    for (int i = 0; i < 32; ++i) {
        auto one = past_the_api("night", "eve");
        one.token.digest += std::to_string(i);
        ASSERT_EQ(h.apply(one, console), 1U) << i;
    }
    EXPECT_EQ(h.apply(past_the_api("night", "eve"), console).error().what, code::too_many);
}

TEST(credential, the_use_of_a_session_is_written_down_every_few_minutes) {
    holder h;
    ASSERT_EQ(h.apply(a_session(1), {role::portal, named("portal")}), 1U);
    h.now = h.now + base::minutes{1};
    EXPECT_EQ(h.apply(note_use{"session 1"}, customer), 1U);
    EXPECT_EQ(h.apply(note_use{"session 1"}, customer), 0U);
    h.now = h.now + session_use_noted_again;
    EXPECT_EQ(h.apply(note_use{"session 1"}, customer), 1U);
    EXPECT_EQ(h.s.tokens.front().last_used, h.now);
}

}  // namespace
}  // namespace keepline::domain
