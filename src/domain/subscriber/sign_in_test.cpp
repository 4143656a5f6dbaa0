// Signing in with a code: where it goes, how often it is asked for and guessed, and whom a stranger cannot keep out.
#include "domain/reference.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {
namespace sign_in_tests {

using namespace testing;
using base::code;

const base::msisdn their_line = base::msisdn::trusted("+8613800138000");
const base::msisdn another_line = base::msisdn::trusted("+8613800138002");
const base::msisdn line_of_before = base::msisdn::trusted("+8613800138001");
const actor the_portal{role::portal, named("portal")};

contact_ref a_mailbox(const std::string& id, bool verified = true) {
    return {named(id), medium::mail, verified, {}, {}, {}, {}};
}

struct newcomer {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;
    std::vector<subscriber_event> events;
    int asked = 0;
    channel through = channel::web;

    result<void> apply(const subscriber_command& what, const actor& by = the_portal) {
        const context circumstances{now, repository_rules().get(), by, through};
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        s = std::move(done.after);
        EXPECT_EQ(unsound(s), std::nullopt);
        effects = std::move(done.effects);
        events = std::move(done.events);
        return {};
    }
    void must(const subscriber_command& what, const actor& by = the_portal) {
        const auto done = apply(what, by);
        ASSERT_TRUE(done) << done.error().words;
    }
    code refused(const subscriber_command& what, const actor& by = the_portal) {
        const auto done = apply(what, by);
        return done ? code::internal : done.error().what;
    }
    /// code::internal: it was sent, under the nonce "n1", "n2", …
    code ask(const std::string& caller = "home", const base::msisdn& number = their_line) {
        ask_sign_in what;
        what.number = number;
        what.way = number.empty() ? sign_in_way::mail : sign_in_way::line;
        what.caller = caller;
        what.nonce = "n" + std::to_string(asked + 1);
        what.digest = "right" + std::to_string(asked + 1);
        const auto refusal = refused(what);
        if (refusal == code::internal) ++asked;
        return refusal;
    }
    answer_sign_in answer(int which, bool right, const base::msisdn& number = their_line) const {
        const auto n = std::to_string(which);
        return {number.empty() ? sign_in_way::mail : sign_in_way::line, number, "n" + n, right ? "right" + n : "wrong"};
    }
    std::optional<session_level> level() const {
        const auto* in = events.empty() ? nullptr : std::get_if<signed_in>(&events.front());
        return in == nullptr ? std::nullopt : std::optional(in->level);
    }
    void sign_in(const std::string& caller = "home") {
        ASSERT_EQ(ask(caller), code::internal);
        must(answer(asked, true));
        ASSERT_EQ(level(), session_level::reach);
    }
};

newcomer with_line() {
    newcomer p;
    p.must(register_subscriber{customer.id, "en", {a_mailbox("m1")}, "account"}, machine);
    p.must(attach_number{their_line}, machine);
    p.must(attach_number{another_line}, machine);
    p.must(attach_number{line_of_before}, machine);
    p.must(note_line{line_of_before, 1, p.now, true, named("cn")}, machine);
    p.now = p.now + base::days{1};
    return p;
}

TEST(sign_in, a_code_to_the_line_opens_everything_and_one_by_mail_opens_little) {
    auto p = with_line();
    ASSERT_EQ(p.ask(), code::internal);
    const auto& sent = std::get<send_sign_in_code>(p.effects.at(0));
    EXPECT_EQ(sent.number, their_line);
    EXPECT_EQ(sent.contact, named("line"));
    EXPECT_EQ(sent.nonce, "n1");
    p.must(p.answer(1, true));
    EXPECT_EQ(p.level(), session_level::reach);
    EXPECT_EQ(p.refused(p.answer(1, true)), code::otp_expired) << "a code is good once";
    ASSERT_EQ(p.ask("home", {}), code::internal);
    ASSERT_EQ(p.effects.size(), 1U);
    EXPECT_EQ(std::get<send_sign_in_code>(p.effects.at(0)).contact, named("m1"));
    EXPECT_EQ(std::get<send_sign_in_code>(p.effects.at(0)).by, medium::mail);
    p.must(p.answer(2, true, {}));
    EXPECT_EQ(p.level(), session_level::weak);
}

TEST(sign_in, a_code_that_was_shown_is_none_to_wait_for) {
    auto p = with_line();
    p.sign_in();
    ASSERT_EQ(p.ask("home"), code::internal) << "from another browser, or as a call broke off";
    EXPECT_EQ(p.ask("home"), code::too_many);
    p.must(p.answer(p.asked, true));
    EXPECT_EQ(p.level(), session_level::reach);
}

TEST(sign_in, only_a_portal_asks_and_only_for_a_line_that_lives) {
    auto p = with_line();
    EXPECT_EQ(p.ask("home", line_of_before), code::contact_unknown);
    EXPECT_EQ(p.ask("home", base::msisdn::trusted("+8613900139000")), code::contact_unknown);
    ask_sign_in what{sign_in_way::line, their_line, "home", "n", "d"};
    for (const auto& who : {customer, machine, reviewer}) EXPECT_EQ(p.refused(what, who), code::forbidden);
    what.nonce.clear();
    EXPECT_EQ(p.refused(what), code::invalid);
    newcomer nobody;
    EXPECT_EQ(nobody.ask(), code::not_found);
}

TEST(sign_in, mail_goes_to_no_mailbox_that_is_unverified_new_or_replaced) {
    auto p = with_line();
    EXPECT_EQ(p.ask("home", {}), code::internal) << "as old as the person";
    p.must(change_contacts{"", {a_mailbox("m2", false)}, ""}, customer);
    EXPECT_EQ(p.refused(p.answer(1, true, {})), code::otp_expired) << "it was replaced since";
    EXPECT_EQ(p.ask("elsewhere", {}), code::contact_unknown) << "the one is replaced, the other nobody's yet";
    p.must(request_contact_code{named("m2"), "n", "d"}, customer);
    p.must(answer_contact_code{named("m2"), "d"}, customer);
    EXPECT_EQ(p.ask("elsewhere", {}), code::contact_unknown) << "shown to be theirs, and too new";
    p.now = p.now + base::days{30};
    EXPECT_EQ(p.ask("elsewhere", {}), code::internal);
}

TEST(sign_in, each_code_answers_its_own_sign_in) {
    auto p = with_line();
    ASSERT_EQ(p.ask("home"), code::internal);
    ASSERT_EQ(p.ask("elsewhere"), code::internal);
    ASSERT_EQ(p.ask("home", another_line), code::internal);
    auto mixed = p.answer(1, true);
    mixed.digest = "right2";
    p.must(mixed);
    EXPECT_TRUE(std::holds_alternative<sign_in_failed>(p.events.at(0)));
    EXPECT_EQ(p.refused(p.answer(3, true)), code::otp_expired) << "another line's";
    EXPECT_EQ(p.refused(p.answer(1, true, {})), code::otp_expired) << "another way's";
    p.must(p.answer(1, true));
    EXPECT_EQ(p.level(), session_level::reach) << "what others ask for takes nothing away";
    p.now = p.now + base::minutes{10};
    EXPECT_EQ(p.refused(p.answer(2, true)), code::otp_expired);
}

TEST(sign_in, wrong_codes_lock_their_caller_and_way_for_a_while_and_nobody_else) {
    auto p = with_line();
    ASSERT_EQ(p.ask("thief"), code::internal);
    for (int i = 0; i < 3; ++i) p.must(p.answer(1, false));
    p.now = p.now + base::minutes{2};
    ASSERT_EQ(p.ask("thief"), code::internal);
    for (int i = 0; i < 2; ++i) p.must(p.answer(2, false));
    EXPECT_EQ(std::get<sign_in_failed>(p.events.at(0)).wrong, 5) << "a new code does not reset the wrong ones";
    EXPECT_EQ(p.refused(p.answer(2, true)), code::otp_locked);
    p.now = p.now + base::minutes{2};
    EXPECT_EQ(p.ask("thief"), code::otp_locked);
    EXPECT_EQ(p.ask("thief", {}), code::internal) << "another way";
    p.sign_in("home");
    p.now = p.now + base::hours{1};
    EXPECT_EQ(p.ask("thief"), code::internal);
    for (int i = 0; i < 5; ++i) p.must(p.answer(p.asked, false));
    EXPECT_EQ(p.refused(p.answer(p.asked, true)), code::otp_locked) << "each fifth one again";
}

TEST(sign_in, a_caller_asks_for_few_and_strangers_together_for_a_days_worth) {
    auto p = with_line();
    ASSERT_EQ(p.ask("one"), code::internal);
    EXPECT_EQ(p.ask("one"), code::too_many) << "a moment ago";
    for (int i = 0; i < 2; ++i) {
        p.now = p.now + base::minutes{1};
        ASSERT_EQ(p.ask("one"), code::internal);
    }
    p.now = p.now + base::minutes{1};
    EXPECT_EQ(p.ask("one"), code::too_many);
    for (int i = 0; i < 7; ++i) ASSERT_EQ(p.ask("other" + std::to_string(i)), code::internal);
    EXPECT_EQ(p.ask("one more"), code::too_many);
    EXPECT_EQ(p.ask("one more", another_line), code::internal) << "by way";
    p.now = p.now + base::hours{24};
    EXPECT_EQ(p.ask("one more"), code::internal);
}

TEST(sign_in, strangers_do_not_use_up_the_codes_of_where_the_owner_signed_in_before) {
    auto p = with_line();
    p.sign_in("home");
    for (int i = 0; i < 9; ++i) ASSERT_EQ(p.ask("stranger" + std::to_string(i)), code::internal);
    ASSERT_EQ(p.ask("stranger"), code::too_many);
    for (int i = 0; i < 4; ++i) {
        p.now = p.now + base::minutes{1};
        p.sign_in("home");
    }
    p.now = p.now + base::days{91};
    ASSERT_EQ(p.ask("home"), code::internal);
    EXPECT_FALSE(p.s.sign_in_doors.front().codes.back().from_known) << "too long ago";
}

TEST(sign_in, by_telephone_no_number_that_a_call_shows_is_known_or_remembered) {
    auto p = with_line();
    p.through = channel::hotline;
    p.sign_in("shown");
    EXPECT_TRUE(p.s.signed_in_from.empty());
    p.through = channel::web;
    p.now = p.now + base::minutes{10};
    p.sign_in("home");
    EXPECT_EQ(p.s.signed_in_from.size(), 1U);
    p.through = channel::hotline;
    p.now = p.now + base::minutes{10};
    ASSERT_EQ(p.ask("home"), code::internal);
    EXPECT_FALSE(p.s.sign_in_doors.front().codes.back().from_known);
    p.must(p.answer(p.asked, false));
    EXPECT_FALSE(p.s.sign_in_doors.front().wrongs.empty());
    p.must(p.answer(p.asked, true));
    EXPECT_TRUE(p.s.sign_in_doors.front().wrongs.empty()) << "who comes in starts anew";
}

TEST(sign_in, a_mailbox_makes_nobody_known_and_few_callers_are_remembered) {
    auto p = with_line();
    ASSERT_EQ(p.ask("reader", {}), code::internal);
    p.must(p.answer(1, true, {}));
    EXPECT_TRUE(p.s.signed_in_from.empty());
    for (std::size_t i = 0; i <= callers_remembered; ++i) {
        p.now = p.now + base::hours{24};
        p.sign_in("place" + std::to_string(i));
    }
    ASSERT_EQ(p.s.signed_in_from.size(), callers_remembered);
    EXPECT_EQ(p.s.signed_in_from.front().caller, "place1");
}

TEST(sign_in, nothing_is_left_of_it_when_the_person_is_erased) {
    auto p = with_line();
    p.sign_in();
    subscriber::evolve(p.s, subscriber_erased{machine, p.now, reviewer});
    EXPECT_EQ(unsound(p.s), std::nullopt);
    EXPECT_EQ(p.ask(), code::erased);
}

// Fails when nobody hears of guesses; or when whoever guesses has us send a message for each lock.
TEST(sign_in, a_lock_by_wrong_codes_is_told_where_the_codes_went_once_a_day) {
    auto p = with_line();
    const auto told = [&] {
        std::vector<std::string> out;
        for (const auto& one : p.effects)
            if (const auto* to = std::get_if<tell_person>(&one))
                out.push_back(to->kind + " " + to->contact.text() + " " + to->number.text());
        return out;
    };
    const auto guess_until_locked = [&](const std::string& caller, const base::msisdn& number) {
        ASSERT_EQ(p.ask(caller, number), code::internal);
        for (int i = 0; i < 20; ++i) {
            p.must(p.answer(p.asked, false, number));
            if (std::get<sign_in_failed>(p.events.at(0)).locked_until) return;
            EXPECT_TRUE(told().empty());
        }
        FAIL() << "never locked";
    };
    guess_until_locked("thief", their_line);
    EXPECT_EQ(told(), std::vector<std::string>{"sign_in_locked line " + their_line.text()});
    EXPECT_EQ(std::get<tell_person>(p.effects.at(0)).params.at("ref"), said(p.s.reference));
    guess_until_locked("another", their_line);
    EXPECT_TRUE(told().empty()) << "within a day";
    guess_until_locked("thief", {});
    EXPECT_EQ(told(), std::vector<std::string>{"sign_in_locked m1 "}) << "the mailbox is another way in";
    p.now = p.now + sign_in_lock_told_again;
    guess_until_locked("thief", their_line);
    EXPECT_EQ(told().size(), 1U);
}

}  // namespace sign_in_tests
}  // namespace
}  // namespace keepline::domain
