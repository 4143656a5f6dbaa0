// What customers write by SMS, the line's last SMS before the bar, and what is told in one message.
#include "domain/number/notice_merge.hpp"
#include "domain/reference.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using strings = std::vector<std::string>;

const actor by_sms{role::system, label::trusted("sms")};

struct talking : world {
    template <typename Change>
    void change_policy(Change change) {
        rules = with_policy(rules, "cn", change);
    }
    const step& writes(reply_word word, std::string code = {}, const std::string& from = "line") {
        ++sent;
        return must(hear_reply{word, named(from), "sms-" + std::to_string(sent), std::move(code),
                               "nonce-" + std::to_string(sent), "digest-" + std::to_string(sent)},
                    by_sms, channel::hotline);
    }
    reply_outcome outcome() const { return std::get<reply_heard>(last().happened.back().what).outcome; }
    int sent = 0;
};

TEST(reply, withdraws_and_repudiates_a_case_that_can_still_stop) {
    talking w;
    w.must(w.imported(), machine);
    w.submit_low();
    w.writes(reply_word::withdraw);
    EXPECT_EQ(w.at_stage(), stage::withdrawn);
    EXPECT_THAT(told_in(w.last()), Contains("withdrawn>mail-1"));
    w.writes(reply_word::withdraw);
    EXPECT_EQ(w.outcome(), reply_outcome::nothing_to_do);
    EXPECT_THAT(told_in(w.last()), ElementsAre("reply_nothing>line"));
    w.pass(base::minutes{5});
    w.submit_low();
    w.writes(reply_word::not_me);
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
}

TEST(reply, the_same_message_again_changes_nothing_and_a_flood_is_not_answered) {
    talking w;
    w.must(w.imported(), machine);
    const hear_reply one{reply_word::status, named("line"), "sms-1"};
    EXPECT_THAT(told_in(w.must(one, by_sms)), ElementsAre("reply_status>line"));
    EXPECT_THAT(w.must(one, by_sms).happened, IsEmpty());
    for (int i = 0; i < 30; ++i) w.writes(reply_word::status);
    EXPECT_THAT(w.last().happened, IsEmpty());
    w.pass(base::hours{25});
    EXPECT_THAT(told_in(w.writes(reply_word::status)), ElementsAre("reply_status>line"));
}

TEST(reply, a_flood_does_not_keep_the_owner_from_stopping_what_is_not_theirs) {
    talking w;
    w.must(w.imported(), machine);
    w.submit_low();
    for (int i = 0; i < 30; ++i) w.writes(reply_word::status);
    w.writes(reply_word::not_me);
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
}

TEST(reply, stop_ends_reminders_and_nothing_else) {
    talking w;
    w.must(w.imported(), machine);
    const auto before = w.s.subscription->status;
    w.writes(reply_word::stop);
    EXPECT_EQ(w.s.subscription->status, before);
    strings told;
    for (int i = 0; i < 12 && w.s.subscription->status != line_status::ended; ++i)
        for (const auto& one : told_in(w.tick_when_due())) told.push_back(one);
    EXPECT_EQ(std::ranges::count(told, "validity_reminder>line"), 1) << "the last one";
    EXPECT_THAT(told, Contains("grace>line"));  // the law's notices go on
}

TEST(reply, stop_is_for_whoever_wrote_it_the_others_hear_so_and_the_last_reminder_goes_to_all) {
    talking w;
    w.must(w.imported(), machine);
    w.writes(reply_word::stop, {}, "sms-1");
    EXPECT_THAT(told_in(w.last()),
                UnorderedElementsAre("reminders_stopped>mail-1", "reminders_stopped>line", "reply_stopped>sms-1"));
    EXPECT_THAT(told_in(w.writes(reply_word::stop, {}, "sms-1")), ElementsAre("reply_stopped>sms-1"));
    const auto reminders = w.own_policy().keepalive.remind_days_before.size();
    ASSERT_GT(reminders, 1U);
    for (std::size_t i = 0; i < reminders; ++i) {
        const auto told = told_in(w.tick_when_due());
        EXPECT_THAT(told, Contains("validity_reminder>mail-1"));
        EXPECT_THAT(told, Contains("validity_reminder>line"));
        EXPECT_EQ(std::ranges::count(told, "validity_reminder>sms-1"), i + 1 == reminders ? 1 : 0) << i;
    }
    w.writes(reply_word::start, {}, "sms-1");
    EXPECT_THAT(told_in(w.last()), ElementsAre("reply_started>sms-1"));
    EXPECT_THAT(w.s.subscription->muted, IsEmpty());
}

TEST(reply, another_phone_under_the_same_name_has_not_asked_to_be_spared) {
    talking w;
    w.must(w.imported(), machine);
    w.writes(reply_word::stop, {}, "sms-1");
    w.writes(reply_word::stop);
    auto contacts = w.s.contacts;
    w.must(take_contacts{w.s.subscription->subscriber, contacts, w.s.subscription->refund_account, {}}, machine);
    EXPECT_EQ(w.s.subscription->muted.size(), 2U);
    std::ranges::find(contacts, named("sms-1"), &contact_ref::id)->since = w.now;
    w.must(take_contacts{w.s.subscription->subscriber, contacts, w.s.subscription->refund_account, {}}, machine);
    EXPECT_THAT(w.s.subscription->muted, ElementsAre(named("line")));
}

TEST(reply, names_the_day_that_counts_now_and_none_that_is_over) {
    talking w;
    auto what = w.imported();
    what.valid_until = w.rules->zones.of("Asia/Shanghai").end_of(*base::day_from_iso("2026-03-05"));
    w.must(what, machine);
    const auto asks = [&](reply_word word) { return effects_of<send_notice>(w.writes(word)).front().params; };
    auto told = asks(reply_word::status);
    EXPECT_TRUE(told.contains("in_order"));
    EXPECT_EQ(told.at("until"), "2026-03-05");
    w.now = what.valid_until;
    w.must(tick{}, machine);
    ASSERT_EQ(w.s.subscription->status, line_status::grace);
    told = asks(reply_word::status);
    EXPECT_TRUE(told.contains("grace"));
    EXPECT_FALSE(told.contains("in_order"));
    EXPECT_EQ(told.at("until"), "2026-04-04");
    EXPECT_EQ(asks(reply_word::keep).at("until"), "2026-04-04");
    w.tick_when_due();
    ASSERT_EQ(w.s.subscription->status, line_status::suspended);
    told = asks(reply_word::status);
    EXPECT_TRUE(told.contains("suspended"));
    EXPECT_EQ(told.at("until"), "2026-06-03");
}

TEST(reply, of_a_line_that_ends_within_a_day_that_day_is_not_named) {
    talking w;
    auto what = w.imported();
    what.valid_until = at("2026-03-04T06:00:00Z");
    w.must(what, machine);
    EXPECT_EQ(effects_of<send_notice>(w.writes(reply_word::status)).front().params.at("until"), "2026-03-03");
    w.now = at("2026-03-04T05:00:00Z");
    EXPECT_FALSE(effects_of<send_notice>(w.writes(reply_word::status)).front().params.contains("until"));
}

TEST(reply, status_says_that_a_line_is_locked_and_asks_nothing_of_a_case_that_is_held_up) {
    talking w;
    w.must(w.imported(), machine);
    w.submit_low();
    ASSERT_EQ(w.at_stage(), stage::unbinding);
    const auto asks = [&] { return effects_of<send_notice>(w.writes(reply_word::status, {}, "sms-1")).front().params; };
    EXPECT_TRUE(asks().contains("unbinding"));
    w.must(set_legal_hold{"order-1"}, clerk);
    EXPECT_TRUE(asks().contains("waits"));
    EXPECT_FALSE(asks().contains("unbinding"));
    w.signed_by(reviewer, set_legal_hold{""}, clerk);
    w.must(declare_lost{{}, "stolen"});
    EXPECT_TRUE(asks().contains("locked"));
    EXPECT_FALSE(asks().contains("in_order"));
}

TEST(reply, where_a_case_is_stopped_already_a_stopping_word_hears_so) {
    talking w;
    w.must(w.imported(), machine);
    w.submit_low();
    w.writes(reply_word::not_me, {}, "sms-1");
    ASSERT_EQ(w.at_stage(), stage::fraud_hold);
    for (const auto word : {reply_word::not_me, reply_word::withdraw}) {
        w.writes(word, {}, "sms-1");
        ASSERT_THAT(told_in(w.last()), ElementsAre("reply_status>sms-1"));
        EXPECT_TRUE(effects_of<send_notice>(w.last()).front().params.contains("held"));
    }
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
}

TEST(reply, who_withdraws_what_was_not_submitted_yet_hears_so) {
    talking w;
    w.must(w.imported(), machine);
    w.must(open_closure{});
    w.writes(reply_word::withdraw, {}, "sms-1");
    EXPECT_EQ(w.at_stage(), stage::withdrawn);
    EXPECT_THAT(told_in(w.last()), ElementsAre("withdrawn>sms-1"));
}

TEST(reply, after_the_end_is_answered_to_who_can_hear_it_and_reaches_people) {
    for (const int reclaim_days : {30, 0}) {
        talking w;
        w.change_policy([&](policy& p) { p.closing.reclaim_days = reclaim_days; });
        w.must(w.imported(), machine);
        w.submit_low();
        w.must(
            report_profile{
                iccid_of(1), profile_state::deleted, eid_of(1), 9, {proof_kind::signed_notification, "abcd", {}}},
            machine);
        ASSERT_EQ(w.at_stage(), stage::settling);
        w.writes(reply_word::not_me);
        EXPECT_THAT(told_in(w.last()), UnorderedElementsAre("reply_for_staff>mail-1", "reply_for_staff>sms-1"))
            << "the line has had its last message";
        w.writes(reply_word::withdraw, {}, "sms-1");
        ASSERT_THAT(told_in(w.last()), ElementsAre("reply_too_late>sms-1"));
        EXPECT_EQ(effects_of<send_notice>(w.last()).front().params.contains("reclaim"), reclaim_days > 0);
        w.must(hlr_answered{hlr_operation::bar, imsi_of(1), "nam none"}, machine);
        w.must(hlr_answered{hlr_operation::remove, imsi_of(1), "refused 0x02"}, machine);
        ASSERT_EQ(w.s.subscription->status, line_status::ended);
        for (const auto& one : effects_of<send_notice>(w.must(certificate_signed{1, "a.b.c"}, machine)))
            EXPECT_EQ(one.params.contains("reclaim_until"), reclaim_days > 0);
        for (const auto word : {reply_word::withdraw, reply_word::status, reply_word::keep, reply_word::stop}) {
            w.writes(word, {}, "sms-1");
            ASSERT_THAT(told_in(w.last()), ElementsAre("reply_ended>sms-1"));
            EXPECT_EQ(effects_of<send_notice>(w.last()).front().params.contains("reclaim_until"), reclaim_days > 0);
        }
        for (const auto word : {reply_word::not_me, reply_word::unknown}) {
            w.writes(word, {}, "sms-1");
            EXPECT_EQ(w.outcome(), reply_outcome::for_staff);
            EXPECT_THAT(told_in(w.last()), ElementsAre("reply_for_staff>sms-1"));
        }
    }
}

TEST(reply, keep_costs_nothing_until_the_code_that_came_to_the_line_is_named) {
    talking w;
    w.change_policy([](policy& p) {
        p.keepalive.retention_fee = money{500, "CNY"};
        p.keepalive.retention_extends_days = 30;
    });
    w.must(w.imported(), machine);
    w.must(add_money{booking_kind::top_up, {1000, "CNY"}, "pay-1"}, machine);
    const auto money_before = w.s.books.customer_money();
    const auto valid = w.s.subscription->valid_until;
    w.writes(reply_word::keep);
    EXPECT_EQ(w.outcome(), reply_outcome::confirm);
    w.writes(reply_word::keep);  // twice the word alone: whoever writes in another's name does that
    EXPECT_EQ(w.s.books.customer_money(), money_before);
    const auto right = w.s.replies.keep_digest;
    EXPECT_EQ(right, "digest-" + std::to_string(w.sent));
    const auto told = effects_of<send_notice>(w.last()).front();
    EXPECT_EQ(told.params.at("code_nonce"), "nonce-" + std::to_string(w.sent));
    EXPECT_FALSE(told.params.contains("code")) << "the code itself is in no journal";
    w.writes(reply_word::keep, "of-another");
    EXPECT_EQ(w.outcome(), reply_outcome::cannot);
    w.writes(reply_word::keep, right);  // a guess has ended it
    EXPECT_EQ(w.s.books.customer_money(), money_before);
    w.writes(reply_word::keep, w.s.replies.keep_digest);
    EXPECT_EQ(w.outcome(), reply_outcome::done);
    EXPECT_EQ(w.s.books.customer_money(), money_before - 500);
    EXPECT_EQ(w.s.subscription->valid_until, w.day_end(valid, 30));
}

TEST(reply, keep_without_what_a_code_is_made_of_is_refused) {
    talking w;
    w.must(w.imported(), machine);
    EXPECT_EQ(w.refused(hear_reply{reply_word::keep, named("line"), "x"}, by_sms), code::invalid);
}

TEST(reply, unknown_words_and_strangers_reach_staff_or_nobody) {
    talking w;
    w.must(w.imported(), machine);
    EXPECT_THAT(told_in(w.writes(reply_word::unknown)), ElementsAre("reply_for_staff>line"));
    EXPECT_EQ(w.refused(hear_reply{reply_word::status, named("sms-77"), "x"}, by_sms), code::contact_unknown);
}

TEST(last_word, the_line_hears_it_before_the_bar_and_the_bar_does_not_wait_for_ever) {
    for (const bool leaves : {true, false}) {
        talking w;
        w.change_policy([](policy& p) { p.notices.last_word_minutes = 2; });
        w.must(w.imported(), machine);
        w.submit_low();
        const auto& gone = w.must(
            report_profile{
                iccid_of(1), profile_state::deleted, eid_of(1), 9, {proof_kind::signed_notification, "abcd", {}}},
            machine);
        EXPECT_EQ(w.at_stage(), stage::settling);
        EXPECT_THAT(told_in(gone), ElementsAre("closing_now>line"));
        EXPECT_THAT(effects_of<hlr_action>(gone), IsEmpty());
        const auto since = w.now;
        if (leaves)
            w.must(notice_sent{"closing_now", named("line"), medium::sms, "smpp:1"}, machine);
        else
            w.tick_when_due();
        EXPECT_EQ(w.now, leaves ? since : since + base::minutes{2});
        ASSERT_FALSE(effects_of<hlr_action>(w.last()).empty());
        EXPECT_EQ(effects_of<hlr_action>(w.last()).front().operation, hlr_operation::bar);
    }
}

TEST(last_word, a_bar_that_takes_long_is_told_once_to_the_line_too) {
    talking w;
    w.change_policy([](policy& p) { p.notices.bar_late_minutes = 60; });
    w.must(w.imported(), machine);
    w.submit_low();
    w.must(
        report_profile{
            iccid_of(1), profile_state::deleted, eid_of(1), 9, {proof_kind::signed_notification, "abcd", {}}},
        machine);
    w.tick_when_due();
    EXPECT_THAT(told_in(w.last()), Contains("closing_delayed>line"));
    w.pass(base::days{1});
    EXPECT_THAT(w.must(tick{}, machine).happened, IsEmpty());
}

TEST(codes, staff_type_no_customers_code_and_nobody_else_the_one_for_staff) {
    talking w;
    w.must(w.imported(), machine);
    w.must(open_closure{});
    w.must(request_otp{named("line"), "n", "d1"});
    EXPECT_EQ(w.refused(present_otp{"d1"}, clerk, channel::hotline), code::code_not_for_staff);
    EXPECT_EQ(w.s.current->otp.wrong, 0);
    w.must(present_otp{"d1"});
    w.change_policy([](policy& p) { p.otp.read_out_to_staff = true; });
    w.pass(base::minutes{5});
    const auto& asked = w.must(request_otp{named("line"), "n2", "d2"}, clerk, channel::hotline);
    EXPECT_TRUE(effects_of<send_otp>(asked).front().for_staff);
    EXPECT_EQ(w.refused(present_otp{"d2"}), code::code_not_for_staff);
    w.must(present_otp{"d2"}, clerk, channel::hotline);
}

TEST(merge, what_happens_at_one_moment_is_told_once_to_each) {
    world w;
    w.must(w.imported(), machine);
    w.submit_low();
    std::vector<effect> all;
    for (const auto& one : w.last().happened) all.insert(all.end(), one.effects.begin(), one.effects.end());
    std::map<std::string, strings> heard;
    for (const auto& one : merge_notices(all))
        if (const auto* notice = std::get_if<send_notice>(&one)) heard[notice->contact.text()].push_back(notice->kind);
    for (const auto& [contact, kinds] : heard) EXPECT_THAT(kinds, ElementsAre("unbinding")) << contact;
    EXPECT_GE(heard.size(), 3U);
    for (const auto& one : merge_notices(all))
        if (const auto* notice = std::get_if<send_notice>(&one)) {
            EXPECT_EQ(notice->params.at("received"), "yes");
            EXPECT_EQ(notice->params.at("approved"), "yes");
        }
}

TEST(reference, has_twelve_digits_and_is_said_in_three_groups) {
    base::byte_array<16> draw{};
    draw.fill(0xA7);
    const auto one = reference_from(draw);
    EXPECT_EQ(one.size(), 12U);
    EXPECT_EQ(said("482109371156"), "4821 0937 1156");
    EXPECT_EQ(reference_of("4821 0937 1156"), "482109371156");
    EXPECT_EQ(reference_of("4821-09371156"), "482109371156");
    for (const char* bad : {"", "4821", "4821093711567", "48210937115a", "4821 0937 1156 x"})
        EXPECT_FALSE(reference_of(bad)) << bad;
}

}  // namespace
}  // namespace keepline::domain
