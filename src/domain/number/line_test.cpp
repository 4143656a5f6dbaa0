// The line outside a closure: ordering and importing, what devices say, loss and finding, money.
#include "domain/number/risk.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using strings = std::vector<std::string>;

std::vector<hlr_operation> network_of(const step& of) {
    std::vector<hlr_operation> out;
    for (const auto& one : effects_of<hlr_action>(of)) out.push_back(one.operation);
    return out;
}

report_profile says(int n, profile_state state, std::optional<std::uint32_t> sequence = {}, int device = 1) {
    return {iccid_of(n),
            state,
            eid_of(device),
            sequence,
            {proof_kind::signed_notification, std::to_string(sequence.value_or(0)), {}}};
}

// ------------------------------------------------------------------------------------------------ order and import

TEST(order, makes_a_line_that_waits_for_its_first_use) {
    world w;
    auto what = w.order();
    what.profiles[0].state = profile_state::released;
    EXPECT_EQ(names_of(w.must(what, machine)), strings{"line_ordered"});
    EXPECT_EQ(w.s.subscription->status, line_status::ordered);
    EXPECT_EQ(w.due(), std::nullopt);
    w.must(says(1, profile_state::installed, 1), machine);
    EXPECT_EQ(w.s.subscription->status, line_status::ordered);
    const auto& used = w.must(says(1, profile_state::enabled, 2), machine);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    EXPECT_EQ(w.s.subscription->valid_until, w.day_end(w.now, 30));
    EXPECT_THAT(network_of(used), ElementsAre(hlr_operation::provision));
    EXPECT_THAT(told_in(used), Contains("line_active>mail-1"));
    EXPECT_TRUE(w.due().has_value());
}

TEST(order, the_same_again_changes_nothing_and_another_is_refused) {
    world w;
    w.must(w.order(), machine);
    EXPECT_THAT(w.must(w.order(), machine).happened, IsEmpty());
    auto stranger = w.order();
    stranger.subscriber = named("sb-2");
    EXPECT_EQ(w.refused(stranger, machine), code::line_exists);
    auto another_profile = w.order();
    another_profile.profiles[0].iccid = iccid_of(7);
    EXPECT_EQ(w.refused(another_profile, machine), code::line_exists);
}

TEST(order, what_cannot_be_a_line_is_refused) {
    world w;
    auto what = w.order();
    what.policy = "nowhere";
    EXPECT_EQ(w.refused(what, machine), code::policy_unknown);
    what = w.order();
    what.subscriber = {};
    EXPECT_EQ(w.refused(what, machine), code::invalid);
    what = w.order();
    what.profiles.push_back(what.profiles.front());
    EXPECT_EQ(w.refused(what, machine), code::invalid);
    what = w.order();
    what.contacts.push_back({named("line"), medium::mail, true, {}, {}, {}});
    EXPECT_EQ(w.refused(what, machine), code::invalid);
}

TEST(import, twice_is_once) {
    world w;
    auto what = w.imported();
    what.bonus = yuan(300);
    what.debt = yuan(200);
    w.must(what, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    EXPECT_EQ(w.s.books.of(account::debt), 200);
    EXPECT_EQ(w.s.books.of(account::bonus), -300);
    w.must(charge_line{yuan(1000), "usage", "u-1"}, machine);
    EXPECT_THAT(w.must(what, machine).happened, IsEmpty());
    what.order.profiles[0].imsi = imsi_of(9);
    EXPECT_EQ(w.refused(what, machine), code::line_exists);
    EXPECT_THAT(effects_of<send_notice>(w.record.front()), IsEmpty());  // nobody is told of an import
}

TEST(import, of_wrong_money_is_refused_whole) {
    world w;
    auto what = w.imported();
    what.balance = {100, "USD"};
    EXPECT_EQ(w.refused(what, machine), code::money_mismatch);
    what.balance = yuan(-100);
    EXPECT_EQ(w.refused(what, machine), code::money_mismatch);
    EXPECT_EQ(w.s, number_state{});
}

TEST(line, whose_policy_is_not_loaded_refuses_and_does_not_fall_over) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.rules = std::make_shared<const rule_book>();
    for (const number_command& one : std::initializer_list<number_command>{
             request_otp{named("line"), "n", "d"}, present_otp{"d"}, submit_closure{}, ask_quote{}, prepare_backup{},
             declare_found{}, charge_line{yuan(1), "", ""}, record_evidence{evidence_kind::callback, true, "m", ""}})
        EXPECT_EQ(w.refused(one, clerk), code::policy_unknown);
    w.must(says(1, profile_state::enabled, 5), machine);
    w.now = w.s.subscription->keepalive_at;
    w.must(tick{}, machine);
    EXPECT_GT(w.s.subscription->keepalive_at, w.now);  // looked at again, but not at once
}

// ------------------------------------------------------------------------------------------------ devices

TEST(devices, a_repeated_or_late_report_changes_nothing) {
    world w;
    w.have_line();
    w.must(says(1, profile_state::disabled, 7), machine);
    EXPECT_THAT(w.must(says(1, profile_state::disabled, 7), machine).happened, IsEmpty());
    EXPECT_THAT(w.must(says(1, profile_state::enabled, 6), machine).happened, IsEmpty());
    w.must(says(1, profile_state::enabled, 8), machine);
    EXPECT_EQ(w.s.profiles[0].state, profile_state::enabled);
}

TEST(devices, deleted_is_for_good) {
    world w;
    w.have_line();
    w.must(says(1, profile_state::deleted, 3), machine);
    EXPECT_THAT(w.must(says(1, profile_state::enabled, 4), machine).happened, IsEmpty());
    EXPECT_EQ(w.s.profiles[0].state, profile_state::deleted);
}

TEST(devices, moving_to_another_device_is_a_sim_change) {
    world w;
    w.have_line();
    w.must(says(1, profile_state::disabled, 5), machine);
    const auto& moved = w.must(says(1, profile_state::installed, 1, 2), machine);
    EXPECT_EQ(names_of(moved), (strings{"profile_reported", "sim_changed"}));
    EXPECT_THAT(told_in(moved), Contains("sim_changed>mail-1"));
    EXPECT_EQ(w.s.profiles[0].eid, eid_of(2));
}

TEST(devices, the_device_before_has_no_more_say) {
    world w;
    w.have_line();
    w.must(says(1, profile_state::enabled, 5), machine);
    w.must(says(1, profile_state::enabled, 1, 2), machine);
    // The old eUICC's deletion arrives late; it had deleted before the new one could install.
    EXPECT_THAT(w.must(says(1, profile_state::deleted, 6, 1), machine).happened, IsEmpty());
    EXPECT_THAT(w.must(says(1, profile_state::enabled, 5, 1), machine).happened, IsEmpty());
    EXPECT_EQ(w.s.profiles[0].state, profile_state::enabled);
    EXPECT_EQ(w.s.profiles[0].eid, eid_of(2));
    w.must(says(1, profile_state::installed, 7, 1), machine);  // and back again
    EXPECT_EQ(w.s.profiles[0].eid, eid_of(1));
    EXPECT_THAT(w.must(says(1, profile_state::enabled, 1, 2), machine).happened, IsEmpty());
}

TEST(devices, nonsense_is_refused) {
    world w;
    w.have_line();
    EXPECT_EQ(w.refused(says(1, profile_state::written_off), machine), code::invalid);
    EXPECT_EQ(w.refused(says(9, profile_state::enabled), machine), code::profile_unknown);
    w.signed_by(reviewer, add_profile{{iccid_of(2), imsi_of(2), {}, profile_state::released}}, clerk);
    EXPECT_THAT(w.must(add_profile{{iccid_of(2), imsi_of(2), {}, profile_state::released}}, clerk).happened, IsEmpty());
    EXPECT_EQ(w.refused(add_profile{{iccid_of(2), imsi_of(3), {}, profile_state::released}}, clerk),
              code::profile_exists);
}

// ------------------------------------------------------------------------------------------------ lost and found

declare_found with_document(const world& w, evidence_kind second = evidence_kind::staff_sighting) {
    return {{},
            {{evidence_kind::id_document, true, w.now, "m", "d", clerk}, {second, true, w.now, "m", "saved-1", clerk}}};
}

TEST(lost, locks_at_once_on_any_proof) {
    world w;
    w.have_line();
    const auto& lost = w.must(declare_lost{{}, "a call from another number"}, customer, channel::hotline);
    EXPECT_EQ(w.s.subscription->locked_since, w.now);
    EXPECT_TRUE(w.s.profiles[0].lost);
    EXPECT_THAT(network_of(lost), ElementsAre(hlr_operation::bar));
    EXPECT_THAT(told_in(lost), ElementsAre("device_locked>mail-1", "device_locked>sms-1"));  // not the lost phone
    EXPECT_THAT(w.must(declare_lost{{}, "again"}).happened, IsEmpty());
    EXPECT_EQ(w.refused(declare_lost{iccid_of(9), "which?"}), code::profile_unknown);
}

TEST(lost, is_undone_on_strong_fresh_proof_only) {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "call"});
    EXPECT_EQ(w.refused(declare_found{}), code::evidence_too_weak);
    auto stale = with_document(w);
    w.pass(base::hours{2});
    EXPECT_EQ(w.refused(stale, clerk), code::evidence_too_weak);
    auto own_word = with_document(w);
    for (auto& one : own_word.shown) one.by = customer;
    EXPECT_EQ(w.refused(own_word), code::evidence_too_weak);
    auto failed = with_document(w);
    failed.shown[1].passed = false;
    EXPECT_EQ(w.refused(failed, clerk), code::evidence_too_weak);

    const auto& found = w.signed_by(reviewer, with_document(w), clerk);
    EXPECT_FALSE(w.s.subscription->locked_since.has_value());
    EXPECT_THAT(network_of(found), ElementsAre(hlr_operation::unbar));
    EXPECT_EQ(w.s.shown.size(), 2U);  // what was shown stays on record
    EXPECT_THAT(w.must(with_document(w), clerk).happened, IsEmpty());
}

TEST(lost, a_saved_code_must_be_one_of_the_lines_and_is_used_up) {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "call"});
    auto made_up = with_document(w, evidence_kind::recovery_code);
    made_up.shown[1].digest = "guessed";
    EXPECT_EQ(names_of(w.must(made_up, clerk)), (strings{"proof_failed"})) << "it counts, and changes nothing else";
    EXPECT_TRUE(w.s.subscription->locked_since.has_value());
    w.signed_by(reviewer, with_document(w, evidence_kind::recovery_code), clerk);
    EXPECT_EQ(w.s.subscription->recovery_digests, strings{"saved-2"});
}

TEST(lost, one_of_two_found_leaves_the_line_locked) {
    world w;
    auto what = w.imported();
    what.order.profiles.push_back({iccid_of(2), imsi_of(2), eid_of(2), profile_state::enabled});
    w.must(what, machine);
    w.must(declare_lost{{}, "both in one bag"});
    auto one = with_document(w);
    one.iccid = iccid_of(1);
    EXPECT_THAT(network_of(w.signed_by(reviewer, one, clerk)), IsEmpty());
    EXPECT_TRUE(w.s.subscription->locked_since.has_value());
    EXPECT_THAT(w.must(one, clerk).happened, IsEmpty());
    one.iccid = iccid_of(2);
    w.signed_by(reviewer, one, clerk);
    EXPECT_FALSE(w.s.subscription->locked_since.has_value());
}

TEST(lost, a_suspended_line_stays_barred_when_the_phone_is_found) {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "call"});
    w.now = w.s.subscription->valid_until + base::days{31};
    w.must(tick{}, machine);
    ASSERT_EQ(w.s.subscription->status, line_status::suspended);
    EXPECT_THAT(network_of(w.signed_by(reviewer, with_document(w), clerk)), IsEmpty());
    EXPECT_THAT(network_of(w.must(says(1, profile_state::enabled, 9), machine)), IsEmpty());
    EXPECT_THAT(network_of(w.must(add_money{booking_kind::top_up, yuan(100), "p"}, machine)),
                ElementsAre(hlr_operation::provision));
}

// ------------------------------------------------------------------------------------------------ money

TEST(money, a_payment_settles_debt_first_and_counts_once) {
    world w;
    auto what = w.imported();
    what.debt = yuan(300);
    w.must(what, machine);
    w.must(add_money{booking_kind::payment, yuan(500), "pay-1"}, machine);
    EXPECT_EQ(w.s.books.of(account::debt), 0);
    EXPECT_EQ(w.s.books.customer_money(), 5200);
    EXPECT_THAT(w.must(add_money{booking_kind::payment, yuan(500), "pay-1"}, machine).happened, IsEmpty());
}

TEST(money, a_charge_takes_bonus_then_prepaid_then_credit) {
    world w;
    w.have_line();
    w.must(add_money{booking_kind::bonus, yuan(200), "gift"}, machine);
    w.must(charge_line{yuan(5500), "usage", "u-1"}, machine);
    EXPECT_EQ(w.s.books.of(account::bonus), 0);
    EXPECT_EQ(w.s.books.customer_money(), 0);
    EXPECT_EQ(w.s.books.of(account::debt), 300);
    EXPECT_THAT(w.must(charge_line{yuan(5500), "usage", "u-1"}, machine).happened, IsEmpty());
}

TEST(money, charges_neither_hide_nor_push_out_the_references_of_payments) {
    world w;
    w.have_line();
    w.must(add_money{booking_kind::top_up, yuan(500), "r-0"}, machine);
    for (int i = 0; i < 40; ++i) w.must(charge_line{yuan(1), "usage", "r-" + std::to_string(i)}, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5460);
    EXPECT_THAT(w.must(add_money{booking_kind::top_up, yuan(500), "r-0"}, machine).happened, IsEmpty());
}

TEST(money, a_reference_is_remembered_whatever_comes_in_between) {
    world w;
    w.have_line();
    w.must(add_money{booking_kind::top_up, yuan(500), "r-first"}, machine);
    for (int i = 0; i < 100; ++i) w.must(add_money{booking_kind::top_up, yuan(1), "r-" + std::to_string(i)}, machine);
    EXPECT_THAT(w.must(add_money{booking_kind::top_up, yuan(500), "r-first"}, machine).happened, IsEmpty());
    EXPECT_EQ(w.s.books.customer_money(), 5600);
}

TEST(money, a_reference_is_its_user_s_and_stands_for_one_amount) {
    const actor other_system{role::system, label::trusted("pay-2")};
    world w;
    w.have_line();
    const auto before = w.s.books.customer_money();
    const auto pay = [&](std::int64_t minor, const actor& by) {
        return w.must(add_money{booking_kind::payment, yuan(minor), "INV-42"}, by).happened.size();
    };
    EXPECT_EQ(pay(1, clerk), 1U);
    EXPECT_EQ(pay(50'000, machine), 1U) << "the clerk's is another payment";
    EXPECT_EQ(pay(9'900, other_system), 1U);
    EXPECT_EQ(pay(50'000, machine), 0U) << "the same again";
    EXPECT_EQ(w.refused(add_money{booking_kind::payment, yuan(50'001), "INV-42"}, machine), code::reference_taken);
    EXPECT_EQ(w.refused(add_money{booking_kind::bonus, yuan(50'000), "INV-42"}, machine), code::reference_taken);
    EXPECT_EQ(w.s.books.customer_money() - before, 1 + 50'000 + 9'900);
    w.must(charge_line{yuan(1), "x", "USE-11"}, clerk);
    EXPECT_EQ(w.must(charge_line{yuan(1000), "use", "USE-11"}, machine).happened.size(), 1U);
    EXPECT_EQ(w.refused(charge_line{yuan(999), "use", "USE-11"}, machine), code::reference_taken);
}

TEST(money, references_of_before_they_had_users_are_everybody_s) {
    world w;
    w.have_line();
    const auto old = transfer(booking_kind::top_up, account::prepaid, account::cash, 500, "old");
    number::evolve(w.s, money_booked{old, "", w.now});
    EXPECT_EQ(w.s.payments.back(), (known_reference{reference_print("old"), w.now}));
    EXPECT_THAT(w.must(add_money{booking_kind::top_up, yuan(700), "old"}, machine).happened, IsEmpty());
}

TEST(money, the_next_payment_is_refused_rather_than_an_old_one_forgotten) {
    world w;
    w.have_line();
    for (int i = 0; i < 4096; ++i) w.s.payments.push_back({reference_print("r-" + std::to_string(i)), w.now});
    EXPECT_EQ(w.refused(add_money{booking_kind::top_up, yuan(1), "one-more"}, machine), code::too_many);
    EXPECT_THAT(w.must(add_money{booking_kind::top_up, yuan(500), "r-0"}, machine).happened, IsEmpty());
}

TEST(money, staff_have_places_of_their_own_and_none_is_taken_for_ever) {
    world w;
    w.have_line();
    for (int i = 0; i < 512; ++i)
        w.s.payments.push_back({reference_print("by-hand-" + std::to_string(i)), w.now, true});
    EXPECT_EQ(w.refused(add_money{booking_kind::top_up, yuan(1), "one-more"}, clerk), code::too_many);
    w.must(add_money{booking_kind::top_up, yuan(1), "one-more"}, machine);
    while (w.s.payments.size() < 512 + 4096)
        w.s.payments.push_back({reference_print("r-" + std::to_string(w.s.payments.size())), w.now, false});
    EXPECT_EQ(w.refused(add_money{booking_kind::top_up, yuan(1), "the bank's"}, machine), code::too_many);
    w.now = w.now + base::days{401};
    w.must(add_money{booking_kind::top_up, yuan(1), "the bank's"}, machine);
    EXPECT_EQ(w.s.payments.size(), 512U + 4096U) << "the oldest one has gone";
}

TEST(money, out_of_range_is_refused_and_never_wraps) {
    world w;
    w.have_line();
    for (const auto& amount : {yuan(0), yuan(-1), money{5, "USD"}, yuan(INT64_MAX)}) {
        EXPECT_EQ(w.refused(add_money{booking_kind::top_up, amount, "x"}, machine), code::money_mismatch);
        EXPECT_EQ(w.refused(charge_line{amount, "", ""}, machine), code::money_mismatch);
    }
    EXPECT_EQ(w.refused(add_money{booking_kind::top_up, yuan(1), ""}, machine), code::invalid);
    EXPECT_EQ(w.refused(add_money{booking_kind::closing_fee, yuan(1), "x"}, machine), code::invalid);
}

// ------------------------------------------------------------------------------------------------ facts

TEST(facts, the_same_fact_again_is_no_event) {
    world w;
    w.have_line();
    for (const number_command& one : std::initializer_list<number_command>{
             set_contract{contract{day("2026-12-31"), yuan(100), {}, "p"}}, link_product{{named("tv"), "x", yuan(1)}},
             set_port_out{true}, set_legal_hold{"order"}, set_customer_lock{true}, set_recovery_codes{{"a"}},
             detach_product{named("tv")}}) {
        EXPECT_EQ(w.must(one, machine).happened.size(), 1U);
        EXPECT_THAT(w.must(one, machine).happened, IsEmpty());
    }
}

TEST(contacts, are_told_of_another_document_and_it_is_a_fact_of_risk_for_some_days) {
    world w;
    w.have_line();
    const auto before = w.s.contacts;
    const auto asked = take_contacts{customer.id, before, w.s.subscription->refund_account, w.s.language, w.now};
    EXPECT_THAT(told_in(w.must(asked, machine)), Contains("document_changed>line"));
    EXPECT_THAT(w.must(asked, machine).happened, IsEmpty()) << "once";
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, Contains("document_changed"));
    w.now = w.now + base::days{w.own_policy().risk.document_days};
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, Not(Contains("document_changed")));
}

TEST(contacts, a_line_that_came_after_the_document_hears_nothing_of_it) {
    world w;
    const auto earlier = w.now;
    w.now = w.now + base::hours{1};
    w.have_line();
    w.s.subscription->owner_since = w.now;
    EXPECT_THAT(told_in(w.must(take_contacts{customer.id, w.s.contacts, w.s.subscription->refund_account, "", earlier},
                               machine)),
                Not(Contains("document_changed>line")));
}

TEST(contacts, new_and_replaced_ones_are_told_of_the_change) {
    world w;
    w.have_line();
    const std::vector<contact_ref> now{{named("mail-2"), medium::mail, true, w.now, {}, {}},
                                       {named("mail-1"), medium::mail, true, {}, w.now, {}}};
    const auto& taken = w.must(take_contacts{customer.id, now, "account-2", "en"}, machine);
    EXPECT_THAT(told_in(taken), Contains("contacts_changed>mail-1"));
    EXPECT_THAT(told_in(taken), Contains("contacts_changed>mail-2"));
    EXPECT_THAT(told_in(taken), Contains("refund_account_changed>mail-1"));
    EXPECT_EQ(w.s.contacts[1].told_until, w.now + base::days{30});
    EXPECT_EQ(w.s.language, "en");
    EXPECT_THAT(w.must(take_contacts{customer.id, now, "account-2", "en"}, machine).happened, IsEmpty());
    EXPECT_THAT(w.must(take_contacts{named("sb-9"), {}, "", ""}, machine).happened, IsEmpty());

    w.pass(base::days{30});
    EXPECT_THAT(told_in(w.must(note_sim_change{}, machine)), Not(Contains("sim_changed>mail-1")));
}

TEST(contacts, another_language_alone_locks_and_tells_nothing) {
    world w;
    w.have_line();
    const auto& taken =
        w.must(take_contacts{customer.id, w.s.contacts, w.s.subscription->refund_account, "en"}, machine);
    EXPECT_THAT(told_in(taken), IsEmpty());
    EXPECT_FALSE(w.s.subscription->contacts_changed_at.has_value());
}

/// The same line imported again with something else said of it.
base::error refusal_of(world& w, const import_line& what) {
    const auto done = w.apply(what, machine, channel::web);
    return done ? base::error{} : done.error();
}
import_line said_otherwise(const world& w, const import_line& before) {
    auto what = before;
    what.balance = yuan(w.s.books.customer_money() + 100);
    return what;
}

TEST(import, the_same_row_is_known_again_also_when_the_line_has_lived_on) {
    world w;
    const auto row = w.imported();
    w.must(row, machine);
    w.must(add_money{booking_kind::top_up, yuan(1000), "t-1"}, machine);
    w.pass(base::days{3});
    EXPECT_THAT(w.must(row, machine).happened, IsEmpty());
    EXPECT_EQ(w.s.books.customer_money(), 6000);
}

TEST(import, other_facts_are_refused_by_name_and_change_nothing) {
    world w;
    const auto row = w.imported();
    w.must(row, machine);
    auto other = said_otherwise(w, row);
    other.valid_until = row.valid_until + base::days{10};
    const auto refused = refusal_of(w, other);
    EXPECT_EQ(refused.what, code::line_exists);
    EXPECT_NE(refused.words.find("balance, valid_until"), std::string::npos) << refused.words;
    EXPECT_EQ(w.s.books.customer_money(), 5000);
}

TEST(import, an_update_makes_balance_dates_and_contract_what_the_row_says) {
    world w;
    const auto row = w.imported();
    w.must(row, machine);
    auto other = said_otherwise(w, row);
    other.bonus = yuan(300);
    other.debt = yuan(200);
    other.valid_until = row.valid_until + base::days{10};
    other.since = row.since - base::days{1};
    other.term = contract{day("2027-06-30"), yuan(1000), yuan(0), "paper-1"};
    other.update = true;
    w.must(other, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5100);
    EXPECT_EQ(w.s.books.of(account::bonus), -300);
    EXPECT_EQ(w.s.books.of(account::debt), 200);
    EXPECT_EQ(w.s.subscription->valid_until, other.valid_until);
    EXPECT_EQ(w.s.subscription->since, other.since);
    EXPECT_EQ(w.s.subscription->term, other.term);
    other.update = false;
    EXPECT_THAT(w.must(other, machine).happened, IsEmpty()) << "and is known from then on";
    EXPECT_EQ(w.refused(row, machine), code::line_exists) << "what was said first is no longer so";

    auto back = row;
    back.bonus = yuan(0);  // said: what is left out stays as it is
    back.debt = yuan(0);
    back.update = true;
    w.must(back, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    EXPECT_EQ(w.s.books.of(account::bonus), 0);
    EXPECT_EQ(w.s.books.of(account::debt), 0);
}

TEST(import, an_update_never_changes_whose_line_it_is_or_what_identifies_it) {
    world w;
    const auto row = w.imported();
    w.must(row, machine);
    const auto refused_in = [&](const auto& change, const char* name) {
        auto other = said_otherwise(w, row);
        other.update = true;
        change(other);
        const auto why = refusal_of(w, other);
        EXPECT_EQ(why.what, code::line_exists) << name;
        EXPECT_NE(why.words.find(name), std::string::npos) << why.words;
    };
    refused_in([](import_line& c) { c.order.subscriber = named("thief"); }, "subscriber");
    refused_in([](import_line& c) { c.order.policy = "us"; }, "policy");
    refused_in([](import_line& c) { c.order.profiles[0].imsi = imsi_of(7); }, "imsi");
    refused_in([](import_line& c) { c.order.profiles[0].iccid = iccid_of(7); }, "iccid");
    refused_in([](import_line& c) { c.owner_differs = {"mail", "refund_iban"}; }, "mail, refund_iban");
    EXPECT_EQ(w.s.books.customer_money(), 5000) << "a row that may not change the one changes not the other";
}

TEST(import, what_an_update_leaves_out_stays_as_it_is) {
    world w;
    auto row = w.imported();
    row.bonus = yuan(300);
    row.term = contract{day("2027-06-30"), yuan(1000), yuan(0), "K-1"};
    w.must(row, machine);
    auto only_the_date = row;
    only_the_date.balance.reset();
    only_the_date.bonus.reset();
    only_the_date.debt.reset();
    only_the_date.term.reset();
    only_the_date.valid_until = w.s.subscription->valid_until + base::days{30};
    only_the_date.update = true;
    EXPECT_EQ(changed_by(w.s, only_the_date), std::vector<std::string>{"valid_until"});
    w.must(only_the_date, machine);
    EXPECT_EQ(w.s.subscription->valid_until, only_the_date.valid_until);
    EXPECT_EQ(w.s.books.customer_money(), row.balance->minor);
    EXPECT_EQ(-w.s.books.of(account::bonus), 300);
    EXPECT_EQ(w.s.subscription->term, row.term);
    auto emptied = only_the_date;
    emptied.balance = yuan(0);
    EXPECT_EQ(changed_by(w.s, emptied), std::vector<std::string>{"balance"}) << "zero is said, not left out";
}

TEST(import, an_update_is_refused_once_a_closure_was_received_and_in_another_currency) {
    world w;
    const auto row = w.imported();
    w.must(row, machine);
    auto other = said_otherwise(w, row);
    other.update = true;
    other.balance->currency = "USD";
    EXPECT_EQ(w.refused(other, machine), code::money_mismatch);
    w.submit_low();
    other.balance->currency = "CNY";
    EXPECT_EQ(w.refused(other, machine), code::closure_stage);
}

TEST(import, an_update_ends_no_line_before_its_owner_is_reminded) {
    world w;
    const auto row = w.imported();
    w.must(row, machine);
    auto nearer = said_otherwise(w, row);
    nearer.update = true;
    nearer.since = w.now - base::days{900};
    for (const auto end : {w.now - base::days{400}, w.now, w.now + base::days{29}}) {
        nearer.valid_until = end;
        EXPECT_EQ(w.refused(nearer, machine), code::invalid);
    }
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    nearer.valid_until = w.now + base::days{31};
    w.must(nearer, machine);
    EXPECT_EQ(w.s.subscription->valid_until, nearer.valid_until);
}

TEST(import, an_update_changes_nothing_of_a_line_on_hold) {
    for (const number_command& hold : {number_command{set_legal_hold{"order-1"}}, number_command{set_port_out{true}},
                                       number_command{set_customer_lock{true}}}) {
        world w;
        const auto row = w.imported();
        w.must(row, machine);
        w.must(hold, std::holds_alternative<set_customer_lock>(hold) ? customer : clerk);
        auto other = said_otherwise(w, row);
        other.update = true;
        EXPECT_EQ(w.refused(other, machine), code::blocked);
    }
}

TEST(import, a_line_cannot_have_begun_after_it_ends) {
    world w;
    auto row = w.imported();
    row.since = row.valid_until;
    EXPECT_EQ(w.refused(row, machine), code::invalid);
}

TEST(locks, the_customers_own_lock_is_announced) {
    world w;
    w.have_line();
    EXPECT_THAT(told_in(w.must(set_customer_lock{true})), Contains("customer_locked>mail-1"));
    EXPECT_THAT(told_in(w.must(set_customer_lock{false, {w.saved_code()}})), Contains("customer_unlocked>line"));
}

TEST(line, that_is_imported_with_a_profile_type_wants_a_profile_of_it) {
    world w;
    auto what = w.imported();
    what.order.profile_type = "standard";
    what.order.download = testing::ordered_as("MID-1");
    w.must(what, machine);
    ASSERT_TRUE(w.s.wanted.has_value());
    EXPECT_EQ(w.s.wanted->terms.matching_id, "MID-1");
    world none;
    none.have_line();
    EXPECT_FALSE(none.s.wanted.has_value());
}

// Fails where the limit is one less: what the page of a line says it takes.
TEST(line, takes_thirty_two_profiles_in_its_life) {
    world w;
    w.have_line();
    const auto add = [](int n) {
        const auto tail = std::to_string(10'000 + n);
        return add_profile{{base::iccid::trusted("89860012345678" + tail),
                            base::imsi::trusted("4600010000" + tail),
                            {},
                            profile_state::released}};
    };
    auto n = static_cast<int>(w.s.profiles.size());
    for (++n; n <= 32; ++n) w.signed_by(reviewer, add(n), clerk);
    ASSERT_EQ(w.s.profiles.size(), 32U);
    EXPECT_EQ(w.refused(add(33), clerk), code::invalid);
}

// ------------------------------------------------------------------------------------------------ how much is taken

TEST(limits, words_and_references_are_taken_up_to_their_length_and_not_a_byte_longer) {
    const auto long_as = [](std::size_t n) { return std::string(n, 'x'); };
    world w;
    w.have_line();
    const auto taken = [&](const number_command& what, const actor& by = machine) {
        world one = w;
        const auto done = one.apply(what, by);
        EXPECT_TRUE(done || done.error().what == code::invalid) << done.error().words;
        return done.has_value();
    };
    const auto charge = [&](std::size_t what, std::size_t reference) {
        return taken(charge_line{yuan(1), long_as(what), long_as(reference)});
    };
    EXPECT_TRUE(charge(200, 64));
    EXPECT_FALSE(charge(201, 1));
    EXPECT_FALSE(charge(1, 65));
    const auto pay = [&](std::size_t reference) {
        return taken(add_money{booking_kind::top_up, yuan(1), long_as(reference)});
    };
    EXPECT_TRUE(pay(64));
    EXPECT_FALSE(pay(65));
    EXPECT_FALSE(pay(0));
    const auto wants = [&](std::size_t type, std::size_t id) {
        return taken(want_profile{long_as(type), ordered_as(long_as(id)), {w.saved_code()}}, customer);
    };
    EXPECT_TRUE(wants(64, 64));
    EXPECT_FALSE(wants(65, 1));
    EXPECT_FALSE(wants(0, 1));
    EXPECT_FALSE(wants(1, 65));
    EXPECT_FALSE(wants(1, 0));
    const auto contest = [&](std::size_t identifier, std::size_t by) {
        return taken(hear_contest{long_as(identifier), long_as(by)});
    };
    EXPECT_TRUE(contest(128, 128));
    EXPECT_FALSE(contest(129, 1));
    EXPECT_FALSE(contest(1, 129));
    const auto codes = [&](std::size_t many) {
        return taken(set_recovery_codes{std::vector<std::string>(many, "c")}, customer);
    };
    EXPECT_TRUE(codes(16));
    EXPECT_FALSE(codes(17));
}

TEST(limits, sixteen_products_are_linked_and_no_more) {
    world w;
    w.have_line();
    for (int i = 1; i <= 16; ++i)
        w.must(link_product{{named("p-" + std::to_string(i)), "broadband", yuan(0)}}, machine);
    EXPECT_EQ(w.refused(link_product{{named("p-17"), "broadband", yuan(0)}}, machine), code::invalid);
    EXPECT_TRUE(w.must(link_product{{named("p-1"), "broadband", yuan(0)}}, machine).happened.empty()) << "it is there";
}

TEST(charges, take_given_credit_first_then_the_owners_money_and_the_rest_on_credit) {
    world w;
    w.have_line();
    w.must(add_money{booking_kind::bonus, yuan(700), "g-1"}, machine);
    const auto& first = w.must(charge_line{yuan(700), "usage", "u-1"}, machine);
    EXPECT_EQ(first_of<money_booked>(first)->what.kind, booking_kind::charge);
    EXPECT_EQ(w.s.books.of(account::bonus), 0);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    const auto& whole = w.must(charge_line{yuan(5000), "usage", "u-2"}, machine);
    EXPECT_EQ(first_of<money_booked>(whole)->what.kind, booking_kind::charge) << "to the last cent it is no credit";
    EXPECT_EQ(w.s.books.customer_money(), 0);
    const auto& more = w.must(charge_line{yuan(1), "usage", "u-3"}, machine);
    EXPECT_EQ(first_of<money_booked>(more)->what.kind, booking_kind::charge_on_credit);
    EXPECT_EQ(w.s.books.of(account::debt), 1);
}

}  // namespace
}  // namespace keepline::domain
