// Checks: an applicant asks to be compared or called, and somebody who had no part in the application says how it went.
#include "domain/number/rule_checks.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {
namespace checking {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using enum evidence_kind;

const actor colleague{role::agent, named("colleague")};

/// A case of medium risk, which the web takes a code and a document for; all else is in order.
world applying() {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.evidence["low"]["web"] = {{otp_sms, id_document}, {otp_sms, bank_card}, {otp_sms, callback}};
        p.sample_percent = 0;
    });
    w.have_line();
    w.pass(base::days{30});
    w.make_ready();
    return w;
}
ask_for_check of_document(const world& w, const std::string& id = "dc_1", const actor& by = customer) {
    ask_for_check out;
    out.kind = id_document;
    out.document = named(id);
    out.handed_in_at = w.now;
    out.handed_in_by = by;
    return out;
}
ask_for_check by_call(const std::string& contact = "sms-1", std::optional<call_hours> hours = {}) {
    ask_for_check out;
    out.kind = callback;
    out.contact = named(contact);
    out.hours = hours;
    return out;
}
ask_for_check of_card(comparison compared = comparison::matched) {
    ask_for_check out;
    out.kind = bank_card;
    out.compared = compared;
    return out;
}
settle_check passes(int serial = 1, comparison compared = comparison::matched) {
    return {serial, true, "looked at it", "digest", compared, {}};
}
settle_check fails(int serial = 1, check_failure why = check_failure::not_the_holder) {
    settle_check out{serial, false, "looked at it", "", comparison::not_compared, ""};
    out.why = why;
    return out;
}
const identity_check& newest(const world& w) { return w.s.current->checks.back(); }

// ------------------------------------------------------------------------------------------------ to ask for one

TEST(check, is_asked_for_settled_by_another_and_is_evidence) {
    auto w = applying();
    EXPECT_THAT(names_of(w.must(of_document(w))), ElementsAre("check_asked"));
    EXPECT_EQ(newest(w).document, named("dc_1"));
    const auto due = last_day(w.own_policy().checks.answer, *w.rules->calendars.find("CN"),
                              w.rules->zones.of("Asia/Shanghai").day_of(w.now));
    EXPECT_EQ(newest(w).due, due.day);
    EXPECT_EQ(check_waits_since(w.s), w.now);
    w.pass(base::hours{2});
    EXPECT_THAT(names_of(w.must(passes(), colleague, channel::staff)),
                ElementsAre("evidence_recorded", "check_settled"));
    EXPECT_EQ(newest(w).state, check_state::passed);
    EXPECT_EQ(newest(w).settled_by, colleague);
    EXPECT_EQ(check_waits_since(w.s), std::nullopt);
    const auto& shown = w.open_case().shown.back();
    EXPECT_EQ(shown.kind, id_document);
    EXPECT_TRUE(shown.passed);
    EXPECT_EQ(shown.word_of, colleague);
    EXPECT_THAT(shown.method, ::testing::StartsWith("check 1, ")) << "proof names what it is of";
    EXPECT_THAT(told_in(w.last()), Contains("check_passed>mail-1"));
    w.prove_by_sms();
    w.must(submit_closure{});
    EXPECT_EQ(broken_check(w.record), std::nullopt);
}

TEST(check, again_of_the_same_is_the_same_one_and_one_of_a_kind_is_open) {
    auto w = applying();
    w.must(of_document(w));
    w.pass(base::hours{1});
    EXPECT_THAT(w.must(of_document(w)).happened, IsEmpty());
    EXPECT_EQ(w.refused(of_document(w, "dc_2")), code::too_many);
    w.must(by_call());
    w.must(of_card());
    w.must(withdraw_check{1});
    EXPECT_THAT(w.must(withdraw_check{1}).happened, IsEmpty());
    w.must(of_document(w, "dc_2"));
    EXPECT_EQ(newest(w).serial, 4);
    EXPECT_EQ(w.refused(passes(1), colleague), code::closure_stage);
    EXPECT_EQ(w.refused(passes(9), colleague), code::not_found);
}

TEST(check, a_day_and_a_case_take_so_many_and_the_owners_are_theirs) {
    auto w = applying();
    const auto& rules = w.own_policy().checks;
    const auto ask = [&](const actor& by) {
        w.must(by_call(), by);
        w.must(withdraw_check{newest(w).serial}, by);
    };
    for (int i = 0; i < rules.a_day_max; ++i) ask(clerk);
    EXPECT_EQ(w.refused(by_call(), clerk), code::too_many);
    for (int i = 0; i < rules.a_day_max; ++i) ask(customer);
    EXPECT_EQ(w.refused(by_call()), code::too_many);
    w.pass(base::days{1});
    for (int i = rules.a_day_max; i < rules.of_case_max; ++i) ask(customer);
    w.pass(base::days{1});
    EXPECT_EQ(w.refused(by_call()), code::too_many);
}

TEST(check, is_of_what_the_policy_takes_here) {
    world w;
    w.have_line();
    w.make_ready();
    EXPECT_EQ(w.refused(of_card()), code::evidence_too_weak) << "of low risk the web takes no card";
    EXPECT_EQ(w.refused(by_call()), code::evidence_too_weak);
    w.must(of_document(w));
    for (const auto other : {otp_sms, otp_email, staff_sighting, recovery_code}) {
        auto wrong = of_document(w);
        wrong.kind = other;
        EXPECT_FALSE(w.apply(wrong));
    }
    w.must(withdraw_closure{});
    EXPECT_EQ(w.refused(of_document(w)), code::closure_stage);
}

TEST(check, a_document_is_one_that_was_handed_in_for_this_case) {
    auto w = applying();
    auto older = of_document(w);
    older.handed_in_at = w.open_case().opened_at - base::hours{1};
    EXPECT_EQ(w.refused(older), code::evidence_too_weak) << "whoever has the session can pick it, too";
    EXPECT_EQ(w.refused(of_document(w, "")), code::invalid);
}

TEST(check, a_call_goes_to_a_phone_that_everybody_has_been_told_of) {
    auto w = applying();
    EXPECT_EQ(w.refused(by_call("line")), code::contact_unknown) << "a code to it proves as much";
    auto own_line = by_call();
    own_line.of_line = true;
    EXPECT_EQ(w.refused(own_line), code::contact_unknown) << "nor under another name";
    EXPECT_EQ(w.refused(by_call("mail-1")), code::contact_unknown);
    EXPECT_EQ(w.refused(by_call("nobody")), code::contact_unknown);
    EXPECT_EQ(w.refused(by_call("sms-1", call_hours{18, 9})), code::invalid);
    EXPECT_EQ(w.refused(by_call("sms-1", call_hours{9, 25})), code::invalid);
    const auto take = [&](contact_ref phone) {
        w.must(take_contacts{customer.id,
                             {{named("mail-1"), medium::mail, true, {}, {}, {}}, std::move(phone)},
                             "account-1",
                             "zh-CN"},
               machine);
    };
    take({named("sms-2"), medium::sms, true, w.now, {}, {}});
    w.must(withdraw_closure{});
    w.must(open_closure{});
    const auto named_at = w.now;
    w.now = named_at + base::days{w.own_policy().contact_change_lock_days} - base::minutes{1};
    ask_for_check thief = by_call("sms-2");
    EXPECT_EQ(w.refused(thief, customer), code::evidence_too_weak);
    w.pass(base::minutes{1});
    // It is looked at again when somebody says that they called.
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        for (auto& [risk, of_channel] : p.evidence) of_channel["web"] = {{otp_sms, callback}};
    });
    w.must(thief);
    auto own_by_now = passes();
    own_by_now.of_line = true;
    EXPECT_EQ(w.refused(own_by_now, colleague), code::contact_unknown);
    take({named("sms-2"), medium::sms, true, named_at, w.now, {}});
    EXPECT_EQ(w.refused(passes(), colleague), code::contact_unknown);
    w.must(fails(), colleague);
    EXPECT_EQ(broken_check(w.record), std::nullopt);
}

TEST(check, a_card_is_that_of_the_account_on_file_and_others_are_counted) {
    auto w = applying();
    EXPECT_EQ(w.refused(of_card(comparison::not_on_file)), code::account_missing);
    EXPECT_EQ(w.refused(of_card(comparison::not_compared)), code::invalid);
    EXPECT_THAT(names_of(w.must(of_card(comparison::mismatched))), ElementsAre("otp_failed"));
    w.must(of_card());
    w.must(passes(1), colleague);
    EXPECT_EQ(w.open_case().otp.wrong, 1);

    auto tried = applying();
    for (int i = 0; i < tried.own_policy().otp.max_wrong; ++i) tried.must(of_card(comparison::mismatched));
    EXPECT_EQ(tried.refused(of_card()), code::otp_locked) << "nobody tries ten thousand of them";
}

TEST(check, a_card_of_an_account_that_was_named_lately_proves_nothing) {
    auto w = applying();
    const std::vector<contact_ref> contacts{{named("mail-1"), medium::mail, true, {}, {}, {}},
                                            {named("sms-1"), medium::sms, true, {}, {}, {}}};
    w.must(take_contacts{customer.id, contacts, "the thief's", "zh-CN"}, machine);
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        for (auto& [risk, of_channel] : p.evidence) of_channel["web"] = {{otp_sms, bank_card}};
    });
    EXPECT_EQ(w.refused(of_card()), code::evidence_too_weak);
    w.pass(base::days{w.own_policy().risk.refund_account_days});
    w.must(withdraw_closure{});
    w.must(open_closure{});
    w.must(of_card());
    // Named between the ask and the answer, it is not the one that was meant.
    w.must(take_contacts{customer.id, contacts, "the thief's other", "zh-CN"}, machine);
    EXPECT_EQ(w.refused(passes(), colleague), code::evidence_too_weak);
    EXPECT_EQ(w.refused(passes(1, comparison::not_on_file), machine), code::account_missing);
    EXPECT_EQ(w.refused(passes(1, comparison::not_compared), colleague), code::invalid);
    w.must(fails(), colleague);
}

// ------------------------------------------------------------------------------------------------ to settle one

TEST(check, nobody_settles_what_they_asked_for) {
    auto w = applying();
    w.must(of_document(w, "dc_1", other_clerk), clerk);
    EXPECT_EQ(w.refused(passes()), code::forbidden) << "the owner says nothing of their own proof";
    EXPECT_EQ(w.refused(passes(), clerk), code::own_application) << "asked for it";
    EXPECT_EQ(w.refused(passes(), other_clerk), code::own_application) << "brought the paper";
    for (const auto& who : {clerk, other_clerk})
        EXPECT_EQ(w.refused(record_evidence{id_document, true, "counter", "d", comparison::matched}, who),
                  code::own_application)
            << "nor by the older door";
    w.must(passes(), colleague);
    w.must(by_call());
    auto as_another = colleague;
    w.must(passes(2, comparison::not_compared), as_another);
    w.prove_by_sms();
    w.must(submit_closure{});
    EXPECT_EQ(broken_check(w.record), std::nullopt);
    auto by_applicant = w.record;
    for (auto& one : by_applicant)
        for (auto& h : one.happened)
            if (auto* e = std::get_if<check_settled>(&h.what)) e->by = clerk;
    EXPECT_EQ(broken_check(by_applicant), "somebody settled a check of their own application");
}

/// Of two clerks who help each other, one has applied: what the other says is their word, and policy alone decides
/// nothing on it.
TEST(check, two_clerks_one_of_whom_applies_need_a_reviewer) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.evidence["low"]["counter"] = {{id_document, callback}};
        p.sample_percent = 0;
    });
    w.have_line();
    w.must(open_closure{}, clerk, channel::counter);
    w.must(accept_quote{1, {}}, clerk, channel::counter);
    w.must(decline_backup{}, clerk, channel::counter);
    w.must(of_document(w, "dc_1", clerk), clerk, channel::counter);
    w.must(by_call(), clerk, channel::counter);
    for (const int serial : {1, 2}) EXPECT_EQ(w.refused(passes(serial), clerk), code::own_application);
    w.must(passes(1), colleague, channel::counter);
    w.must(passes(2, comparison::not_compared), colleague, channel::counter);
    w.must(submit_closure{}, clerk, channel::counter);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.sent().look_at, Contains("staff_only"));
    EXPECT_EQ(w.refused(approve_closure{"fine"}, actor{role::reviewer, colleague.id}), code::own_application);
}

/// A thief has the session and the line's SMS; a tired agent passes whatever they see. The picture is of another
/// document than the one on file, and that counts.
TEST(check, a_tired_agent_does_not_pass_another_document) {
    auto w = applying();
    w.must(of_document(w));
    EXPECT_THAT(names_of(w.must(passes(1, comparison::mismatched), colleague)),
                ElementsAre("evidence_recorded", "proof_failed", "check_settled"));
    EXPECT_EQ(newest(w).state, check_state::failed);
    EXPECT_FALSE(w.open_case().shown.back().passed);
    w.prove_by_sms();
    EXPECT_EQ(w.refused(submit_closure{}), code::evidence_missing);
    // With the right one on the picture it is one agent's word still.
    w.must(of_document(w, "dc_2"));
    w.must(passes(2), colleague);
    w.must(submit_closure{});
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.sent().look_at, Contains("staff_only"));
    EXPECT_EQ(broken_check(w.record), std::nullopt);
}

TEST(check, that_failed_says_why_in_words_of_ours_and_in_a_deciders_own) {
    auto w = applying();
    w.must(of_document(w));
    for (const auto& who : {colleague, machine}) {
        auto said = fails();
        said.why.reset();
        EXPECT_EQ(w.refused(said, who), code::invalid) << "why not?";
        said.reason = "the picture cannot be read";
        EXPECT_EQ(w.refused(said, who), code::invalid);
        said.why = check_failure::unreadable;
        EXPECT_EQ(w.refused(said, who), code::forbidden) << "they type nothing into a message of ours";
        EXPECT_EQ(w.refused(fails(1, check_failure::no_answer), who), code::invalid) << "nobody called";
    }
    const auto& told = w.must(fails(1, check_failure::unreadable), colleague);
    EXPECT_THAT(told_in(told), Contains("check_failed>mail-1"));
    for (const auto& one : effects_of<send_notice>(told)) EXPECT_EQ(one.params.at("unreadable"), "yes");
    EXPECT_EQ(newest(w).why, check_failure::unreadable);
    EXPECT_EQ(newest(w).reason, "");
    EXPECT_FALSE(w.open_case().shown.back().passed);
    EXPECT_EQ(w.open_case().otp.wrong, 0) << "a bad picture is no wrong try";

    w.must(of_document(w));
    auto own_words = fails(2);
    own_words.why.reset();
    EXPECT_FALSE(w.apply(own_words, reviewer));
    own_words.reason = "see https://evil.example/now";
    EXPECT_FALSE(w.apply(own_words, reviewer)) << "no message of ours has a link";
    own_words.reason = "the picture is of a photocopy";
    w.must(own_words, reviewer);
    EXPECT_EQ(newest(w).reason, "the picture is of a photocopy");
}

/// With one token of an agent, or of a system, all checks of all customers could be failed.
TEST(check, nobody_alone_keeps_an_owner_out_by_failing_them) {
    for (const auto& one : {colleague, machine}) {
        auto w = applying();
        w.must(of_document(w));
        w.must(fails(), one);
        w.must(by_call());
        EXPECT_EQ(w.refused(fails(2), one), code::second_person_needed);
        w.must(of_document(w));
        EXPECT_THAT(names_of(w.must(passes(3, comparison::mismatched), one)),
                    ElementsAre("evidence_recorded", "proof_failed"))
            << "what they type is counted, and somebody else looks";
        EXPECT_TRUE(is_open(newest(w)));
        w.must(passes(3), other_clerk);
        EXPECT_EQ(broken_check(w.record), std::nullopt);
    }
}

TEST(check, that_others_failed_costs_its_owner_no_place) {
    auto w = applying();
    for (int i = 0; i < w.own_policy().checks.a_day_max + 1; ++i) {
        w.must(by_call());
        w.must(fails(newest(w).serial, check_failure::no_answer),
               actor{role::agent, named("agent-" + std::to_string(i))});
    }
    for (int i = 0; i < w.own_policy().checks.a_day_max; ++i) {
        w.must(by_call());
        w.must(withdraw_check{newest(w).serial});
    }
    EXPECT_EQ(w.refused(by_call()), code::too_many);
}

/// A stolen token of a system locks the owner's codes by no number of wrong settlings, and raises no risk.
TEST(check, what_a_system_got_wrong_is_no_wrong_try_of_the_customers) {
    auto w = applying();
    w.must(of_document(w));
    const int most = w.own_policy().otp.max_wrong;
    w.must(passes(1, comparison::mismatched), machine);
    w.must(of_document(w));
    for (int i = 1; i < most; ++i) w.must(passes(2, comparison::mismatched), machine);
    EXPECT_EQ(w.refused(passes(2, comparison::mismatched), machine), code::otp_locked) << "theirs";
    EXPECT_EQ(w.open_case().otp.wrong - w.open_case().otp.wrong_of_staff, 0);
    w.prove_by_sms();
    w.must(passes(2), colleague);
    w.must(submit_closure{});
    EXPECT_EQ(broken_check(w.record), std::nullopt);
}

TEST(check, that_is_asked_for_is_told_to_everybody_on_file) {
    auto w = applying();
    const auto& asked = w.must(by_call());
    EXPECT_THAT(told_in(asked), Contains("check_asked>mail-1"));
    for (const auto& one : effects_of<send_notice>(asked)) {
        EXPECT_EQ(one.params.at("callback"), "yes");
        EXPECT_EQ(one.params.at("at_web"), "yes");
    }
    EXPECT_THAT(told_in(w.must(of_document(w), clerk)), Contains("check_asked>sms-1")) << "whoever asks";
    EXPECT_THAT(told_in(w.must(by_call())), Not(Contains("check_asked>mail-1"))) << "again is the same one";
}

TEST(check, is_settled_in_the_case_in_which_it_was_looked_at) {
    auto w = applying();
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        for (auto& [risk, of_channel] : p.evidence) of_channel["web"] = {{id_document, callback}};
    });
    w.must(of_document(w));
    auto looked = passes();
    looked.closure = w.open_case().number;
    w.must(withdraw_closure{});
    w.must(open_closure{});
    w.must(by_call());
    EXPECT_EQ(w.refused(looked, colleague), code::closure_stage) << "of another case, and kind";
    looked.closure = w.open_case().number;
    looked.compared = comparison::not_compared;
    w.must(looked, colleague);
}

/// Its owner proves it by what takes days, and goes away; somebody else has the session by then.
TEST(check, an_application_proved_by_checks_alone_is_submitted_with_something_in_hand) {
    auto w = applying();
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        for (auto& [risk, of_channel] : p.evidence) of_channel["web"] = {{id_document, callback}};
    });
    w.must(of_document(w));
    w.must(by_call());
    w.must(passes(1), colleague);
    w.must(passes(2, comparison::not_compared), other_clerk);
    submit_closure later;
    later.session_since = w.now;
    w.pass(base::minutes{w.own_policy().otp.submit_within_minutes});
    EXPECT_EQ(w.refused(later), code::session_too_weak);
    auto coded = w;
    coded.prove_by_sms();
    coded.must(later);
    submit_closure signed_in_anew;
    signed_in_anew.session_since = w.now - base::minutes{1};
    w.must(signed_in_anew);
}

TEST(check, only_its_owner_takes_back_what_they_asked_for) {
    auto w = applying();
    w.must(of_document(w));
    EXPECT_EQ(w.refused(withdraw_check{1}, clerk), code::forbidden);
    w.must(by_call(), clerk);
    w.must(withdraw_check{2});
    EXPECT_EQ(w.refused(withdraw_check{3}), code::not_found);
}

TEST(check, falls_with_the_case) {
    auto w = applying();
    w.must(of_document(w));
    w.must(by_call());
    w.prove_by_sms();
    w.must(passes(1), colleague);
    w.must(submit_closure{});
    if (w.at_stage() == stage::in_review) {
        EXPECT_TRUE(is_open(newest(w))) << "a reviewer may still want it";
        w.must(reject_closure{"we could not reach you"}, reviewer);
    }
    EXPECT_EQ(newest(w).state, check_state::dropped);
    EXPECT_EQ(check_waits_since(w.s), std::nullopt);
    EXPECT_EQ(w.refused(passes(2), machine), code::closure_stage);

    auto left = applying();
    left.must(of_document(left));
    left.must(withdraw_closure{});
    EXPECT_EQ(newest(left).state, check_state::dropped);
    EXPECT_EQ(unsound(left.s), std::nullopt);
    left.s.current->checks.front().state = check_state::open;
    EXPECT_EQ(unsound(left.s), "a check is open that the case does not wait for");
}

TEST(check, a_verification_system_settles_what_it_is_asked) {
    auto w = applying();
    const auto& asked = w.must(of_document(w));
    std::vector<std::string> topics;
    for (const auto& one : effects_of<publish>(asked)) topics.push_back(one.topic);
    EXPECT_THAT(topics, ElementsAre("closure.check_asked"));
    EXPECT_EQ(w.refused(passes(1, comparison::not_compared), machine), code::invalid) << "it says what it saw";
    EXPECT_EQ(w.refused(passes(1, comparison::not_on_file), machine), code::evidence_too_weak);
    w.must(passes(1), machine);
    w.prove_by_sms();
    w.must(submit_closure{});
    EXPECT_THAT(w.sent().look_at, Not(Contains("staff_only")));
}

TEST(check, what_is_broken_is_seen) {
    auto w = applying();
    w.must(of_document(w));
    w.must(by_call());
    w.must(passes(1), colleague);
    ASSERT_EQ(broken_check(w.record), std::nullopt);
    auto unproved = w.record;
    std::erase_if(unproved.back().happened,
                  [](const happening& h) { return std::holds_alternative<evidence_recorded>(h.what); });
    EXPECT_EQ(broken_check(unproved), "a check was settled without its evidence");
    auto twice = w.record;
    twice.push_back(twice.back());
    EXPECT_EQ(broken_check(twice), "a check was settled that nobody waits for");
    auto same = w.record;
    for (auto& one : same)
        for (auto& h : one.happened)
            if (auto* e = std::get_if<check_asked>(&h.what)) e->what.kind = id_document;
    EXPECT_EQ(broken_check(same), "two checks of one kind are open");
    auto early = w.record;
    for (auto& one : early)
        for (auto& h : one.happened)
            for (auto& phone : h.before.contacts) phone.since = one.at;
    EXPECT_EQ(broken_check(early), "a call goes to a phone that was named a short time ago");
}

TEST(check, states_that_cannot_be_are_seen) {
    auto w = applying();
    w.must(of_document(w));
    w.must(by_call());
    const auto said = [&](auto change) {
        auto s = w.s;
        change(s.current->checks);
        return unsound(s).value_or("");
    };
    using all = std::vector<identity_check>&;
    EXPECT_EQ(said([](all) {}), "");
    EXPECT_EQ(said([](all of) { of.back().serial = 1; }), "checks are counted wrong");
    EXPECT_EQ(said([](all of) { of.back().kind = id_document; }), "two checks of one kind are open");
    EXPECT_EQ(said([](all of) { of.back().state = check_state::passed; }), "a check is open and settled, or neither");
}

// ------------------------------------------------------------------------------------------------ the machine's call

ask_for_check at_once(const std::string& contact = "sms-1") {
    auto out = by_call(contact);
    out.call_nonce = "nonce-1";
    return out;
}
hear_call_back went(const world& w, call_back_end how, int serial = 1) {
    return {w.s.current ? w.s.current->number : 0, serial, how};
}
std::vector<call_back> calls_in(const step& of) {
    std::vector<call_back> out;
    for (const auto& h : of.happened)
        for (const auto& e : h.effects)
            if (const auto* one = std::get_if<call_back>(&e)) out.push_back(*one);
    return out;
}

TEST(call_back, rings_the_phone_that_was_named_and_what_was_keyed_in_is_evidence) {
    auto w = applying();
    const auto calls = calls_in(w.must(at_once()));
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].contact, named("sms-1"));
    EXPECT_EQ(calls[0].nonce, "nonce-1");
    EXPECT_EQ(calls[0].until, w.now + call_back_within);
    EXPECT_EQ(destination_of(calls[0]), destination::voice);
    EXPECT_THAT(calls_in(w.must(at_once())), IsEmpty()) << "it rings once";
    w.must(went(w, call_back_end::confirmed), machine);
    EXPECT_EQ(newest(w).state, check_state::passed);
    EXPECT_TRUE(w.open_case().shown.back().passed);
    EXPECT_EQ(w.open_case().shown.back().kind, callback);
    EXPECT_THAT(w.must(went(w, call_back_end::confirmed), machine).happened, IsEmpty()) << "told twice";
    w.prove_by_sms();
    w.must(submit_closure{});
    EXPECT_EQ(broken_check(w.record), std::nullopt);
}

TEST(call_back, proves_nothing_where_nobody_keys_it_in_or_somebody_something_else) {
    for (const auto how : {call_back_end::nobody, call_back_end::wrong}) {
        auto w = applying();
        w.must(at_once());
        w.must(went(w, how), machine);
        EXPECT_EQ(newest(w).state, check_state::failed);
        EXPECT_FALSE(w.open_case().shown.back().passed);
        EXPECT_THAT(told_in(w.last()), Contains("check_failed>mail-1"));
        w.must(at_once());
        w.must(went(w, how, 2), machine);
        EXPECT_EQ(newest(w).state, check_state::failed) << "a machine judges nobody: it may say so again";
        EXPECT_EQ(broken_check(w.record), std::nullopt);
    }
}

TEST(call_back, is_one_of_a_days_checks_however_it_went) {
    auto w = applying();
    for (int i = 1; i <= w.own_policy().checks.a_day_max; ++i) {
        w.must(at_once());
        w.must(went(w, call_back_end::nobody, i), machine);
    }
    EXPECT_EQ(w.refused(at_once()), code::too_many);
}

TEST(call_back, goes_to_no_phone_that_was_named_lately_nor_to_the_line) {
    auto w = applying();
    EXPECT_EQ(w.refused(at_once("line")), code::contact_unknown);
    auto own = at_once();
    own.of_line = true;
    EXPECT_EQ(w.refused(own), code::contact_unknown);
    EXPECT_EQ(w.refused(at_once("nobodys")), code::contact_unknown);
    const auto take = [&](contact_ref phone) {
        w.must(take_contacts{customer.id,
                             {{named("mail-1"), medium::mail, true, {}, {}, {}}, std::move(phone)},
                             "account-1",
                             "zh-CN"},
               machine);
    };
    take({named("sms-2"), medium::sms, true, w.now, {}, {}});
    w.must(withdraw_closure{});
    w.must(open_closure{});
    const auto named_at = w.now;
    w.pass(base::days{1});
    EXPECT_EQ(w.refused(at_once("sms-2")), code::evidence_too_weak) << "of whoever has the session, perhaps";
    w.now = named_at + base::days{w.own_policy().contact_change_lock_days};
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        for (auto& [risk, of_channel] : p.evidence) of_channel["web"] = {{otp_sms, callback}};
    });
    w.must(at_once("sms-2"));
    take({named("sms-2"), medium::sms, true, named_at, w.now, {}});
    w.must(went(w, call_back_end::confirmed), machine);
    EXPECT_EQ(newest(w).state, check_state::failed) << "it was taken off while it rang";
}

TEST(call_back, whoever_is_called_and_did_not_ask_stops_it_even_if_it_was_taken_back_meanwhile) {
    auto w = applying();
    w.must(at_once());
    const auto ended = went(w, call_back_end::repudiated);
    w.must(ended, machine);
    EXPECT_EQ(at(*w.s.current), stage::fraud_hold);
    EXPECT_THAT(w.must(ended, machine).happened, IsEmpty());

    auto quick = applying();
    quick.must(at_once());
    quick.must(withdraw_check{1});
    EXPECT_THAT(quick.must(went(quick, call_back_end::confirmed), machine).happened, IsEmpty());
    quick.must(went(quick, call_back_end::repudiated), machine);
    EXPECT_EQ(at(*quick.s.current), stage::fraud_hold);
}

TEST(call_back, not_me_stops_the_case_that_was_begun_while_it_rang) {
    auto w = applying();
    w.must(at_once());
    const auto ended = went(w, call_back_end::repudiated);
    w.must(withdraw_closure{});
    w.must(open_closure{});
    w.must(hear_call_back{ended.closure, ended.serial, call_back_end::confirmed}, machine);
    EXPECT_EQ(at(*w.s.current), stage::opened);
    w.must(ended, machine);
    EXPECT_EQ(at(*w.s.current), stage::fraud_hold);
}

TEST(call_back, is_nobodys_to_fail_while_it_may_ring_and_costs_no_place_when_people_fail_it) {
    auto w = applying();
    w.must(at_once());
    EXPECT_EQ(w.refused(fails(1, check_failure::no_answer), colleague), code::blocked);
    w.must(went(w, call_back_end::confirmed), machine);
    EXPECT_EQ(newest(w).state, check_state::passed);

    auto left = applying();
    left.must(at_once());
    left.pass(call_back_within + base::minutes{1});
    left.must(fails(1, check_failure::no_answer), colleague);
    EXPECT_EQ(newest(left).state, check_state::failed);
    left.must(at_once());
    left.pass(call_back_within + base::minutes{1});
    EXPECT_EQ(left.refused(fails(2, check_failure::no_answer), colleague), code::second_person_needed)
        << "one person fails one check of a case";
    EXPECT_EQ(broken_check(left.record), std::nullopt);
}

TEST(call_back, of_a_check_that_a_person_calls_for_nothing_is_heard) {
    auto w = applying();
    w.must(by_call());
    EXPECT_THAT(w.must(went(w, call_back_end::confirmed), machine).happened, IsEmpty());
    EXPECT_THAT(w.must(went(w, call_back_end::repudiated), machine).happened, IsEmpty());
    EXPECT_EQ(w.refused(at_once()), code::too_many) << "one of a kind is open";
    EXPECT_EQ(newest(w).state, check_state::open);
}

}  // namespace checking
}  // namespace
}  // namespace keepline::domain
