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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
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
    EXPECT_TRUE(w.s.subscription->reminders_stopped);
    EXPECT_EQ(w.s.subscription->status, before);
    strings told;
    for (int i = 0; i < 12 && w.s.subscription->status != line_status::ended; ++i)
        for (const auto& one : told_in(w.tick_when_due())) told.push_back(one);
    EXPECT_THAT(told, Not(Contains(HasSubstr("validity_reminder"))));
    EXPECT_THAT(told, Contains("grace>line"));  // the law's notices go on
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
    EXPECT_EQ(w.s.subscription->valid_until, valid + base::days{30});
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
