// Passkeys: what a thief with one session may make of them, and what a copy of one may not.
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {
namespace passkey_tests {

using namespace testing;
using base::code;

const base::msisdn their_line = base::msisdn::trusted("+8613800138000");
const base::msisdn another_line = base::msisdn::trusted("+8613800138002");
const actor the_portal{role::portal, named("portal")};
const actor somebody_else{role::subscriber, named("sb-other")};

struct holder_of_keys {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;
    std::vector<subscriber_event> events;
    int asked = 0;

    result<void> apply(const subscriber_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::web};
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        s = std::move(done.after);
        EXPECT_EQ(unsound(s), std::nullopt);
        effects = std::move(done.effects);
        events = std::move(done.events);
        return {};
    }
    void must(const subscriber_command& what, const actor& by) {
        const auto done = apply(what, by);
        ASSERT_TRUE(done) << done.error().words;
    }
    code refused(const subscriber_command& what, const actor& by) {
        const auto done = apply(what, by);
        return done ? code::internal : done.error().what;
    }
    std::string nonce() { return "n" + std::to_string(++asked); }
    /// Of a session that a code to the line has just opened.
    enrol_passkey enrolment(const std::string& credential = "cred-1") {
        enrol_passkey out;
        out.what.credential = credential;
        out.what.key = "key of " + credential;
        out.what.line = their_line;
        out.nonce = nonce();
        out.until = now + base::minutes{10};
        out.way = sign_in_way::line;
        out.signed_in = now - base::minutes{1};
        return out;
    }
    sign_in_by_passkey shown(std::int64_t count = 0, const lines_lost& lost = {},
                             const std::string& credential = "cred-1") {
        return {credential, nonce(), now + base::minutes{10}, count, lost};
    }
    std::optional<session_level> level_by(const sign_in_by_passkey& what) {
        must(what, the_portal);
        const auto* in = events.empty() ? nullptr : std::get_if<passkey_used>(&events.front());
        return in == nullptr ? std::nullopt : std::optional(in->level);
    }
    std::vector<std::string> told(const std::string& kind) const {
        std::vector<std::string> out;
        for (const auto& one : effects)
            if (const auto* to = std::get_if<tell_person>(&one); to != nullptr && to->kind == kind)
                out.push_back(to->contact.text());
        return out;
    }
    base::duration told_for() const { return contact_limits_of(*repository_rules())->told_for; }
};

holder_of_keys with_line() {
    holder_of_keys p;
    p.must(register_subscriber{customer.id, "en", {{named("m1"), medium::mail, true, {}, {}, {}, {}}}, "account"},
           machine);
    p.must(attach_number{their_line}, machine);
    p.now = p.now + base::days{1};
    return p;
}
holder_of_keys with_passkey() {
    auto p = with_line();
    p.must(p.enrolment(), customer);
    return p;
}

TEST(passkey, is_told_to_everybody_and_opens_little_until_they_had_the_time_to_mind) {
    auto p = with_line();
    p.must(p.enrolment(), customer);
    EXPECT_EQ(p.told("passkey_enrolled"), (std::vector<std::string>{"m1", "line"}));
    const auto enrolled = p.now;
    EXPECT_EQ(p.level_by(p.shown()), session_level::weak);
    EXPECT_TRUE(p.effects.empty());
    p.now = enrolled + p.told_for() - base::duration{1};
    EXPECT_EQ(p.level_by(p.shown()), session_level::weak);
    p.now = enrolled + p.told_for();
    EXPECT_EQ(p.level_by(p.shown()), session_level::reach);
    EXPECT_EQ(p.s.passkeys.at(0).used_at, p.now);
}

TEST(passkey, is_enrolled_right_after_a_code_to_the_line_and_by_nothing_else) {
    auto p = with_line();
    auto what = p.enrolment();
    for (const auto way : {sign_in_way::mail, sign_in_way::passkey, sign_in_way::saved_code}) {
        what.way = way;
        EXPECT_EQ(p.refused(what, customer), code::session_too_weak) << "a passkey makes no passkey";
    }
    what.way.reset();
    EXPECT_EQ(p.refused(what, customer), code::session_too_weak) << "a portal's own means are not known to us";
    what.way = sign_in_way::line;
    what.signed_in = p.now - passkey_enrolled_within;
    EXPECT_EQ(p.refused(what, customer), code::session_too_weak) << "a session that was stolen later";
    what.signed_in = what.signed_in + base::duration{1};
    for (const auto& who : {somebody_else, machine, clerk, auditor, the_portal})
        EXPECT_EQ(p.refused(what, who), code::session_too_weak);
    p.must(what, customer);
    EXPECT_EQ(p.s.passkeys.size(), 1U);
}

TEST(passkey, is_there_once_and_ten_are_there_at_most) {
    auto p = with_passkey();
    EXPECT_EQ(p.refused(p.enrolment(), customer), code::id_taken);
    for (int i = 2; i <= 10; ++i) p.must(p.enrolment("cred-" + std::to_string(i)), customer);
    EXPECT_EQ(p.refused(p.enrolment("cred-11"), customer), code::too_many);
    p.must(remove_passkey{3, ""}, customer);
    p.must(p.enrolment("cred-11"), customer);
    EXPECT_EQ(p.s.passkeys.back().serial, 11) << "a number is given once";
    EXPECT_EQ(p.refused(p.shown(0, {}, "cred-3"), the_portal), code::not_found);
}

TEST(passkey, challenges_are_answered_once_and_in_time) {
    auto p = with_line();
    auto what = p.enrolment();
    p.must(what, customer);
    what.what.credential = "cred-2";
    EXPECT_EQ(p.refused(what, customer), code::otp_expired) << "the same challenge";
    auto shown = p.shown();
    p.must(shown, the_portal);
    EXPECT_EQ(p.refused(shown, the_portal), code::otp_expired) << "replayed";
    auto late = p.shown();
    late.until = p.now;
    EXPECT_EQ(p.refused(late, the_portal), code::otp_expired);
    p.now = p.now + base::minutes{11};
    p.must(p.shown(), the_portal);
    EXPECT_EQ(p.s.answered_challenges.size(), 1U) << "those that ran out are forgotten";
    for (std::size_t i = 1; i < passkey_challenges_max; ++i) p.must(p.shown(), the_portal);
    EXPECT_EQ(p.refused(p.shown(), the_portal), code::too_many);
    EXPECT_EQ(p.refused(p.shown(), customer), code::forbidden) << "a portal signs in";
}

TEST(passkey, one_that_counts_backwards_signs_nobody_in_and_is_told_once_a_day) {
    auto p = with_line();
    auto what = p.enrolment();
    what.what.count = 7;
    p.must(what, customer);
    p.now = p.now + p.told_for();
    EXPECT_EQ(p.level_by(p.shown(9)), session_level::reach);
    for (const std::int64_t count : {0, 8, 9}) {
        EXPECT_EQ(p.level_by(p.shown(count)), std::nullopt);
        EXPECT_TRUE(std::holds_alternative<passkey_doubted>(p.events.at(0)));
        EXPECT_EQ(p.told("passkey_doubted").size(), count == 0 ? 2U : 0U);
    }
    EXPECT_EQ(p.s.passkeys.at(0).count, 9);
    p.now = p.now + base::days{1};
    EXPECT_EQ(p.level_by(p.shown(3)), std::nullopt);
    EXPECT_EQ(p.told("passkey_doubted").size(), 2U);
    EXPECT_EQ(p.level_by(p.shown(10)), session_level::reach) << "its owner goes on";
}

TEST(passkey, opens_little_while_a_line_is_lost_and_for_good_where_it_was_new_then) {
    auto p = with_passkey();
    const auto enrolled = p.now;
    p.now = enrolled + p.told_for() + base::days{1};
    EXPECT_EQ(p.level_by(p.shown(0, {true, p.now})), session_level::weak);
    EXPECT_EQ(p.level_by(p.shown(0, {false, p.now})), session_level::reach) << "found again, or another SIM";
    EXPECT_EQ(p.level_by(p.shown(0, {false, enrolled + base::days{1}})), session_level::weak)
        << "by whoever had the phone before it was locked";
    EXPECT_EQ(p.level_by(p.shown(0, {false, enrolled - base::days{1}})), session_level::reach);
}

TEST(passkey, that_a_line_was_lost_while_it_was_new_is_not_washed_away_by_the_next_loss) {
    auto p = with_passkey();
    p.now = p.now + base::hours{1};
    p.must(note_loss{}, clerk);
    ASSERT_EQ(p.events.size(), 1U);
    EXPECT_EQ(std::get<passkeys_exposed>(p.events.at(0)).serials, std::vector<int>{1});
    p.must(note_loss{}, clerk);
    EXPECT_TRUE(p.events.empty()) << "once";
    p.now = p.now + p.told_for();
    p.must(p.enrolment("cred-2"), customer);
    p.now = p.now + p.told_for();
    EXPECT_EQ(p.level_by(p.shown(0, {false, p.now})), session_level::weak)
        << "another line was lost, or the same again";
    EXPECT_EQ(p.level_by(p.shown()), session_level::weak) << "and its next owner knows nothing of it";
    EXPECT_EQ(p.level_by(p.shown(0, {}, "cred-2")), session_level::reach);
    p.must(note_loss{}, clerk);
    EXPECT_TRUE(p.events.empty()) << "none is new";
}

TEST(passkey, is_removed_by_any_session_and_by_staff_with_a_reason) {
    auto p = with_passkey();
    EXPECT_EQ(p.refused(remove_passkey{1, ""}, clerk), code::invalid);
    p.must(remove_passkey{1, "the phone is gone"}, clerk);
    EXPECT_EQ(p.told("passkey_removed"), (std::vector<std::string>{"m1", "line"}));
    p.must(remove_passkey{1, ""}, customer);
    EXPECT_TRUE(p.events.empty()) << "once more";
    EXPECT_EQ(p.refused(remove_passkey{2, ""}, customer), code::not_found);
    p.must(p.enrolment("cred-2"), customer);
    p.must(remove_passkey{2, ""}, customer);
    EXPECT_TRUE(p.s.passkeys.empty());
}

TEST(passkey, outlives_the_line_and_goes_with_the_person) {
    auto p = with_passkey();
    p.must(note_line{their_line, 1, p.now, true, named("cn")}, machine);
    p.now = p.now + p.told_for();
    EXPECT_EQ(p.level_by(p.shown()), session_level::reach)
        << "the certificate is read then, and no code reaches a line";
    erase_subscriber erase;
    p.must(erase, machine);
    p.must(countersign{1}, auditor);
    EXPECT_TRUE(p.s.erased_at && p.s.passkeys.empty());
    EXPECT_EQ(p.refused(p.shown(), the_portal), code::erased);
}

TEST(passkey, a_saved_code_that_was_used_is_told_to_everybody) {
    auto p = with_line();
    EXPECT_EQ(p.refused(sign_in_by_saved_code{their_line, "home"}, customer), code::forbidden);
    p.must(sign_in_by_saved_code{their_line, "home"}, the_portal);
    EXPECT_TRUE(std::holds_alternative<saved_code_used>(p.events.at(0)));
    EXPECT_EQ(p.told("saved_code_used"), (std::vector<std::string>{"m1", "line"}));
    EXPECT_TRUE(p.s.signed_in_from.empty()) << "it makes no caller known";
}

}  // namespace passkey_tests
}  // namespace
}  // namespace keepline::domain
