// Stage `opened`: one case per line, its backup, and a submission that says everything that is still missing at once.
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

TEST(application, opens_with_blocks_risk_and_a_first_quote) {
    world w;
    w.have_line();
    EXPECT_EQ(names_of(w.must(open_closure{})), (strings{"closure_opened", "quote_issued"}));
    EXPECT_EQ(w.open_case().number, 1);
    EXPECT_EQ(w.open_case().offer->number, 1);
    EXPECT_EQ(w.open_case().assessed.level, risk_level::low);
    EXPECT_EQ(w.due(), w.now + base::days{30});
}

TEST(application, twice_is_the_same_case_with_its_dates) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.pass(base::days{1});
    EXPECT_THAT(w.must(open_closure{closing_reason::other, {}}, clerk, channel::counter).happened, IsEmpty());
    w.submit_low();
    const auto due = w.sent().due;
    w.pass(base::days{3});
    EXPECT_THAT(w.must(open_closure{}).happened, IsEmpty());
    EXPECT_THAT(w.must(submit_closure{}).happened, IsEmpty());
    EXPECT_EQ(w.sent().due, due);
    EXPECT_EQ(w.s.closures, 1);
}

TEST(application, needs_a_line_and_an_offered_channel) {
    world w;
    EXPECT_EQ(w.refused(open_closure{}), code::line_missing);
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.channels = {channel::web}; });
    w.have_line();
    EXPECT_EQ(w.refused(open_closure{}, customer, channel::hotline), code::channel_not_offered);
}

TEST(application, that_is_not_submitted_expires_and_counts_nothing) {
    world w;
    w.have_line();
    for (int i = 0; i < 7; ++i) {
        w.must(open_closure{});
        EXPECT_THAT(told_in(w.tick_when_due()), Contains("expired>mail-1"));
        EXPECT_EQ(w.at_stage(), stage::expired);
    }
}

TEST(application, five_submissions_in_thirty_days_and_no_sixth) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.otp.max_per_day = 100; });
    w.have_line();
    const auto start = w.now;
    for (int i = 0; i < 5; ++i) {
        w.submit_low();
        w.must(withdraw_closure{});
        w.pass(base::hours{1});
    }
    EXPECT_EQ(w.refused(open_closure{}), code::closure_limit);
    w.now = start + base::days{30};
    w.must(open_closure{});
}

TEST(application, after_a_rejection_waits_as_long_as_the_policy_says) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.wait_after_reject_hours = 24;
        p.auto_approve = false;
    });
    w.have_line();
    w.submit_low();
    w.must(reject_closure{"not readable"}, reviewer);
    EXPECT_EQ(w.refused(open_closure{}), code::closure_limit);
    w.pass(base::hours{24});
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().number, 2);
    EXPECT_EQ(w.s.past.size(), 1U);
}

TEST(application, says_everything_that_is_missing_at_once) {
    world w;
    auto what = w.imported();
    what.debt = yuan(9000);
    w.must(what, machine);
    w.must(set_port_out{true}, machine);
    w.must(open_closure{});
    ASSERT_FALSE(w.apply(submit_closure{}));
    strings said;
    for (const auto& one : w.last().refusal->data) said.push_back(one.name + ": " + one.value);
    EXPECT_THAT(said, ElementsAre("blocked: port_out: cancel_port", "quote-not-accepted: accept quote 1",
                                  "backup-undecided: download the backup or decline it",
                                  "evidence-missing: otp_sms, or id_document + recovery_code"));
    w.must(accept_quote{1, {}});
    ASSERT_FALSE(w.apply(submit_closure{}));
    EXPECT_EQ(w.last().refusal->data[1].value, "pay 40.00 CNY");
    EXPECT_EQ(w.refused(submit_closure{}, customer, channel::counter), code::blocked);
}

TEST(application, a_debt_is_paid_or_offset_and_never_a_dead_end) {
    world w;
    auto what = w.imported();
    what.debt = yuan(6000);
    w.must(what, machine);
    w.make_ready();
    w.prove_by_sms();
    EXPECT_EQ(w.refused(submit_closure{}), code::blocked);
    w.must(add_money{booking_kind::top_up, yuan(1000), "p-1"}, machine);
    w.must(submit_closure{});
}

TEST(application, an_expired_quote_must_be_asked_for_again) {
    world w;
    w.have_line();
    w.make_ready();
    w.pass(base::hours{72});
    w.prove_by_sms();
    EXPECT_EQ(w.refused(submit_closure{}), code::quote_expired);
    w.must(ask_quote{});
    EXPECT_EQ(w.refused(submit_closure{}), code::quote_not_accepted);
    w.must(accept_quote{2, {}});
    w.must(submit_closure{});
}

TEST(application, a_contract_or_a_product_that_came_after_the_quote_is_not_in_it) {
    world w;
    w.have_line();
    w.make_ready();
    w.prove_by_sms();
    w.must(set_contract{contract{day("2027-03-01"), yuan(5000), yuan(2000), "new-phone"}}, machine);
    EXPECT_EQ(w.refused(submit_closure{}), code::blocked);
    w.must(ask_quote{});
    w.must(accept_quote{2, {}});
    w.must(link_product{{named("tv"), "broadband", yuan(100)}}, machine);
    EXPECT_EQ(w.refused(submit_closure{}), code::blocked);
    w.must(ask_quote{});
    w.must(accept_quote{3, {named("tv")}});
    w.must(submit_closure{});
    EXPECT_EQ(w.refused(link_product{{named("radio"), "x", {}}}, machine), code::closure_stage);
    EXPECT_EQ(w.refused(set_contract{contract{day("2028-03-01"), {}, {}, "x"}}, machine), code::closure_stage);
}

/// A line whose contact points are these; ready to be submitted.
world ready_with(std::vector<contact_ref> contacts) {
    world w;
    auto line = w.imported();
    line.order.contacts = std::move(contacts);
    w.must(line, machine);
    w.make_ready();
    w.prove_by_sms();
    return w;
}
strings wanted_of(world& w, const actor& by, channel through) {
    const auto answer = w.apply(submit_closure{}, by, through);
    strings out;
    if (!answer)
        for (const auto& one : answer.error().data) out.push_back(one.name);
    return out;
}
const contact_ref unshown_mail{named("mail-1"), medium::mail, false, {}, {}, {}, {}};

TEST(application, of_a_line_that_alone_is_told_asks_for_one_more_contact) {
    for (const auto& contacts : {std::vector<contact_ref>{}, std::vector<contact_ref>{unshown_mail}}) {
        auto w = ready_with(contacts);
        EXPECT_THAT(wanted_of(w, customer, channel::web), ElementsAre("contact-missing"));
        EXPECT_THAT(wanted_of(w, clerk, channel::counter), Contains("contact-missing"));
        const auto& done = w.must(submit_closure{true});
        EXPECT_TRUE(first_of<closure_submitted>(done)->line_only);
        EXPECT_EQ(first_of<closure_submitted>(done)->by, customer) << "who said so";
        EXPECT_TRUE(w.sent().line_only);
        EXPECT_NE(w.at_stage(), stage::opened);
    }
}

TEST(application, a_contact_point_that_was_shown_is_enough_and_one_that_was_replaced_is_not) {
    auto shown = unshown_mail;
    shown.verified = true;
    auto w = ready_with({shown});
    w.must(submit_closure{true});
    EXPECT_FALSE(w.sent().line_only) << "it is not so: the other one is told";
    shown.replaced_at = at("2026-03-01T00:00:00Z");
    auto gone = ready_with({shown});
    EXPECT_EQ(gone.refused(submit_closure{}), code::contact_missing);
}

TEST(application, one_more_contact_is_fresh_like_any_other_and_what_ends_in_bulk_asks_nobody) {
    auto w = ready_with({});
    auto fresh = unshown_mail;
    w.must(take_contacts{customer.id, {fresh}, "account-1", ""}, machine);
    EXPECT_THAT(wanted_of(w, customer, channel::web), ElementsAre("blocked", "evidence-missing", "contact-missing"))
        << "a thief's own address has closing wait, raises the risk, and hears nothing until its code is shown";
    fresh.verified = true;
    w.must(take_contacts{customer.id, {fresh}, "account-1", ""}, machine);
    EXPECT_THAT(wanted_of(w, customer, channel::web), ElementsAre("blocked", "evidence-missing"));
    auto bulk = ready_with({});
    const auto asked = wanted_of(bulk, machine, channel::web);
    EXPECT_THAT(asked, Contains("contact-missing"));
    EXPECT_THAT(wanted_of(bulk, machine, channel::bulk), ::testing::Not(Contains("contact-missing")));
}

TEST(application, a_channel_that_may_not_finish_hands_over) {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "call"});
    w.make_ready();
    w.see_in_person();
    ASSERT_FALSE(w.apply(submit_closure{}, customer, channel::hotline));
    EXPECT_THAT(w.last().refusal->data[0].value, ::testing::HasSubstr("use the counter"));
    w.must(submit_closure{}, customer, channel::counter);
}

TEST(application, proof_of_an_earlier_case_does_not_count) {
    world w;
    w.have_line();
    w.make_ready();
    w.prove_by_sms();
    w.must(withdraw_closure{});
    w.pass(base::hours{1});
    w.make_ready();
    EXPECT_EQ(w.refused(submit_closure{}), code::evidence_missing);
}

// ------------------------------------------------------------------------------------------------ backup

TEST(backup, is_downloaded_or_declined_and_expires) {
    world w;
    w.have_line();
    w.must(open_closure{});
    EXPECT_EQ(w.refused(backup_fetched{"d"}), code::backup_undecided);
    w.must(prepare_backup{});
    EXPECT_THAT(w.must(prepare_backup{}).happened, IsEmpty());
    w.must(backup_fetched{"d"});
    EXPECT_EQ(w.open_case().backup.state, backup_state::downloaded);
    EXPECT_EQ(w.open_case().backup.digest, "d");
    EXPECT_THAT(w.must(backup_fetched{"d"}).happened, IsEmpty());
    EXPECT_THAT(w.must(decline_backup{}).happened, IsEmpty());  // it was downloaded
    w.must(accept_quote{1, {}});
    w.prove_by_sms();
    w.must(submit_closure{});
    w.must(backup_fetched{"d2"});  // still good for its thirty days
    w.pass(base::days{30});
    EXPECT_EQ(w.refused(backup_fetched{"d"}), code::download_expired);
}

std::optional<application_gaps> gaps(const world& w) {
    return gaps_of_application(w.s, {.now = w.now, .rules = w.rules.get(), .by = customer, .through = channel::web});
}

TEST(application, says_at_any_time_what_it_would_be_refused_for) {
    world w;
    w.have_line();
    EXPECT_EQ(gaps(w), std::nullopt);
    w.must(open_closure{});
    EXPECT_THAT(gaps(w)->codes, UnorderedElementsAre("quote-not-accepted", "backup-undecided", "evidence-missing"));
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    EXPECT_THAT(gaps(w)->codes, ElementsAre("evidence-missing"));
    EXPECT_FALSE(gaps(w)->code_too_old);
    w.prove_by_sms();
    EXPECT_THAT(gaps(w)->codes, IsEmpty());
    w.pass(base::minutes{w.own_policy().otp.submit_within_minutes + 1});
    EXPECT_THAT(gaps(w)->codes, ElementsAre("evidence-missing"));
    EXPECT_TRUE(gaps(w)->code_too_old);
    w.now = w.open_case().offer->expires_at;
    EXPECT_THAT(gaps(w)->codes, UnorderedElementsAre("quote-expired", "evidence-missing"));
    EXPECT_EQ(w.refused(submit_closure{}), code::quote_expired);  // and it is
}

TEST(application, keeps_what_its_applicant_has_unbound_elsewhere) {
    using enum bound_account;
    using enum account_answer;
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(note_accounts{{{bank, later}, {wechat, done}}});
    w.must(note_accounts{{{bank, done}}});
    EXPECT_THAT(w.open_case().accounts, ElementsAre(account_note{bank, done}, account_note{wechat, done}));
    EXPECT_THAT(w.must(note_accounts{{{wechat, done}}}).happened, IsEmpty());
    EXPECT_EQ(w.refused(note_accounts{{{bank, done}, {bank, later}}}), code::invalid);
    w.must(note_accounts{{{government, unknown}}}, clerk, channel::counter);
    EXPECT_THAT(w.open_case().took_part, ElementsAre(clerk));
    w.must(withdraw_closure{});
    EXPECT_EQ(w.refused(note_accounts{{{bank, later}}}), code::closure_stage);
}

TEST(backup, declining_can_be_taken_back) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(decline_backup{});
    EXPECT_THAT(w.must(decline_backup{}).happened, IsEmpty());
    w.must(prepare_backup{});
    EXPECT_EQ(w.open_case().backup.state, backup_state::prepared);
    w.must(accept_quote{1, {}});
    w.prove_by_sms();
    EXPECT_EQ(w.refused(submit_closure{}), code::backup_undecided);
}

// ------------------------------------------------------------------------------------------------ submission

TEST(submission, starts_the_clock_and_pins_the_terms) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.auto_approve = false; });
    w.have_line();
    w.submit_low();
    const auto& c = w.sent();
    EXPECT_EQ(c.submitted_at, w.now);
    EXPECT_EQ(base::iso(c.due), "2026-03-11");
    EXPECT_EQ(c.due_at, at("2026-03-11T16:00:00Z"));
    EXPECT_EQ(c.policy, "cn@4");
    EXPECT_EQ(c.terms, w.own_policy().closing);
    EXPECT_TRUE(c.calendar.starts_with("CN@"));
    const auto& told = told_in(w.last());
    EXPECT_THAT(told, ElementsAre("receipt>mail-1", "receipt>sms-1", "receipt>line"));
    EXPECT_EQ(effects_of<send_notice>(w.last())[0].params.at("due"), "2026-03-11");
}

TEST(submission, of_low_risk_is_approved_at_once_by_policy) {
    world w;
    w.have_line();
    w.submit_low();
    EXPECT_EQ(names_of(w.last()), (strings{"closure_submitted", "closure_approved", "unbinding_started"}));
    EXPECT_THAT(w.sent().approvals, IsEmpty());
}

TEST(submission, cools_off_by_risk_beside_the_review) {
    world w;
    w.have_line();
    w.submit_high();
    EXPECT_EQ(w.sent().cooling_off_until, w.now + base::hours{72});
    w.pass(base::hours{70});
    w.must(approve_closure{}, reviewer);
    w.must(approve_closure{}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved);
    EXPECT_EQ(*w.due() - w.now, base::hours{2});  // the window ran beside the review
    w.tick_when_due();
    EXPECT_EQ(w.at_stage(), stage::settling);  // the lost device is written off at once
}

TEST(submission, a_lost_device_waits_longer_than_its_risk_alone) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.lost_device_cooling_off_hours = 100; });
    w.have_line();
    w.submit_high();
    EXPECT_EQ(w.sent().cooling_off_until, w.now + base::hours{100});
}

TEST(submission, the_policys_closing_moment_sets_the_earliest_end) {
    const auto end_with = [](closing_moment when) {
        world w;
        w.rules = with_policy(w.rules, "cn", [&](policy& p) { p.closing.effective = when; });
        w.have_line();
        w.submit_low();
        return base::iso(w.sent().earliest_end);
    };
    EXPECT_EQ(end_with(closing_moment::immediate), "2026-03-02T02:00:00.000Z");
    EXPECT_EQ(end_with(closing_moment::end_of_day), "2026-03-02T16:00:00.000Z");
    EXPECT_EQ(end_with(closing_moment::month_end), "2026-03-31T16:00:00.000Z");
    EXPECT_EQ(end_with(closing_moment::end_of_cycle), "2026-12-27T02:00:00.000Z");
}

TEST(submission, stops_all_charges) {
    world w;
    w.have_line();
    w.submit_low();
    EXPECT_EQ(w.refused(charge_line{yuan(1), "monthly fee", "c-1"}, machine), code::closure_stage);
    w.must(withdraw_closure{});
    w.must(charge_line{yuan(1), "monthly fee", "c-1"}, machine);
}

}  // namespace
}  // namespace keepline::domain
