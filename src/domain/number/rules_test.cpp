// The rules of docs/rules.md, each checked over random walks through a number's life; and beside each, a trace in
// which the rule was broken on purpose: the check must say so, or it checks nothing.
#include "base/property.hpp"
#include "domain/number/quote.hpp"
#include "domain/number/rule_checks.hpp"
#include "domain/number/test_walk.hpp"

namespace keepline::domain {
namespace {

using namespace testing;

using dice = std::vector<std::uint32_t>;

dice some_dice() {
    return *rc::gen::resize(150, rc::gen::container<dice>(rc::gen::inRange<std::uint32_t>(0, 1U << 30U)));
}

/// The repository's policy and one that asks for more: fees, forfeits, a smallest payment, a month's end.
rules_ptr dear_rules() {
    static const auto dear = with_policy(repository_rules(), "cn", [](policy& p) {
        p.version = 2;
        p.closing.fee = {fee_kind::fixed, yuan(1000), 0, {}};
        p.closing.refund_min_minor = 500;
        p.closing.refund_bonus = true;
        p.closing.effective = closing_moment::end_of_day;
        p.closing.quarantine_days = 40;
        p.closing.port_right_days = 120;
        p.keepalive.retention_fee = yuan(200);
        p.keepalive.retention_extends_days = 30;
        p.keepalive.remind_days_before = {7};
        p.previous_contact_days = 10;
        p.payout.hold_hours = 72;
    });
    return dear;
}
rules_ptr contract_rules() {
    static const auto share = with_policy(repository_rules(), "cn", [](policy& p) {
        p.version = 3;
        p.closing.fee = {fee_kind::remaining_contract_percent, {}, 30, yuan(9000)};
        p.closing.review = {5, day_unit::calendar_day};
        p.closing.refund_unused_prepaid = false;
        p.auto_approve = false;
        p.payout.otherwise = {payout::cash, payout::waive};
    });
    return share;
}

/// The bar waits for the last message, and days are known for a short time only.
rules_ptr speaking_rules() {
    static const auto book = with_policy(repository_rules(), "cn", [](policy& p) {
        p.version = 4;
        p.notices.last_word_minutes = 3;
        p.notices.bar_late_minutes = 30;
        p.payout.hold_hours = 72;
        p.auto_approve = false;
    });
    static const auto short_of_days = with_calendar(book, "CN", [](calendar& c) {
        c.version = "short";
        c.covers_to = c.covers_from + 30;
    });
    return short_of_days;
}

void swap_rules(world& w, std::uint32_t die) {
    if (die % 11 != 0) return;
    const rules_ptr choice[] = {repository_rules(), dear_rules(), contract_rules(), speaking_rules()};
    w.rules = choice[die / 11 % 4];
}

template <typename Check>
void holds_on_walks(Check check) {
    const auto roll = some_dice();
    world w;
    walk(w, roll, [&](std::uint32_t die) { swap_rules(w, die); });
    if (const auto broken = check(w.record)) RC_FAIL(*broken);
}

/// A closing from the first word to the certificate, with a fee, a debt and a refund.
trace closing() {
    world w;
    w.rules = dear_rules();
    auto what = w.imported();
    what.debt = yuan(300);
    w.must(what, machine);
    w.submit_low();
    w.tick_when_due();  // the end of the day
    w.delete_profiles();
    w.answer_network();
    w.must(certificate_signed{1, "header.claims.signature"}, machine);
    return w.record;
}

template <typename Event>
happening& happening_of(trace& t) {
    for (auto& one : t)
        for (auto& h : one.happened)
            if (std::holds_alternative<Event>(h.what)) return h;
    ADD_FAILURE() << "no " << Event::name << " in the trace";
    return t.front().happened.front();
}
template <typename Event>
step& step_of(trace& t) {
    for (auto& one : t)
        if (first_of<Event>(one) != nullptr) return one;
    ADD_FAILURE() << "no " << Event::name << " in the trace";
    return t.front();
}
template <typename Event>
Event& event_of(trace& t) {
    return std::get<Event>(happening_of<Event>(t).what);
}

TEST(rules, a_plain_closing_breaks_none) {
    const auto t = closing();
    EXPECT_EQ(broken_rule_1(t), std::nullopt);
    EXPECT_EQ(broken_rule_2(t), std::nullopt);
    EXPECT_EQ(broken_rule_3(t), std::nullopt);
    EXPECT_EQ(broken_rule_4(t), std::nullopt);
    EXPECT_EQ(broken_rule_5(t), std::nullopt);
    EXPECT_EQ(broken_rule_6(t), std::nullopt);
    EXPECT_EQ(broken_rule_7(t), std::nullopt);
    EXPECT_EQ(broken_rule_8(t), std::nullopt);
    EXPECT_EQ(broken_rule_9_money(t), std::nullopt);
    EXPECT_EQ(broken_rule_9_late(t), std::nullopt);
    EXPECT_EQ(broken_rule_9_proof(t), std::nullopt);
    EXPECT_EQ(broken_own_lock(t), std::nullopt);
}

// ------------------------------------------------------------------------------------------------ 1

TEST(rules, rule_1_applying_twice_is_harmless) {
    EXPECT_HOLDS("rule 1", [] { holds_on_walks(broken_rule_1); });
}

TEST(rules, rule_1_is_seen_when_broken) {
    // A repeat that opens a second case, one that is refused, and one that moves the date.
    world w;
    w.have_line();
    w.submit_low();
    w.must(open_closure{});
    ASSERT_EQ(broken_rule_1(w.record), std::nullopt);

    auto second_case = w.record;
    second_case.back().happened.push_back(happening_of<closure_opened>(second_case));
    second_case.back().happened.back().before = w.s;
    EXPECT_EQ(broken_rule_1(second_case), "a second closure was opened beside an open one");

    auto refused = w.record;
    refused.back().refusal = base::error{base::code::closure_limit, "", {}};
    EXPECT_EQ(broken_rule_1(refused), "a repeated application was refused");

    auto later = w.record;
    auto* moved = has<submission>(*later.back().after.current);
    moved->due = moved->due + 1;
    EXPECT_EQ(broken_rule_1(later), "a repeated application changed something");
}

// ------------------------------------------------------------------------------------------------ 2

TEST(rules, rule_2_weak_proof_ends_nothing) {
    EXPECT_HOLDS("rule 2", [] { holds_on_walks(broken_rule_2); });
}

TEST(rules, rule_2_is_seen_when_broken) {
    // Proof that failed, a code sent to somebody's mailbox, a reviewer's own application, a lost phone left unlocked.
    auto failed = closing();
    event_of<evidence_recorded>(failed).shown.passed = false;
    EXPECT_EQ(broken_rule_2(failed), "a case was submitted on too little proof");

    auto by_mail = closing();
    event_of<evidence_recorded>(by_mail).shown.kind = evidence_kind::otp_email;
    EXPECT_EQ(broken_rule_2(by_mail), "a case was submitted on too little proof");

    auto elsewhere = closing();
    happening_of<evidence_recorded>(elsewhere).before.current->otp.last->contact = named("sms-1");
    EXPECT_EQ(broken_rule_2(elsewhere), "a code sent elsewhere proves the line");

    world w;
    w.have_line();
    w.submit_high();
    w.must(approve_closure{}, reviewer);
    w.must(approve_closure{}, second_reviewer);
    ASSERT_EQ(broken_rule_2(w.record), std::nullopt);
    auto one_person = w.record;
    step_of<closure_approved>(one_person).happened.front().what = approval_given{{reviewer, w.now, ""}};
    EXPECT_EQ(broken_rule_2(one_person), "too few people decided");
    auto own = w.record;
    event_of<approval_given>(own).given.by.id = clerk.id;
    EXPECT_EQ(broken_rule_2(own), "somebody decided about an application they took part in");

    auto unlocked = w.record;
    for (auto& one : unlocked)
        if (std::holds_alternative<declare_lost>(one.what)) one.after.subscription->locked_since.reset();
    EXPECT_EQ(broken_rule_2(unlocked), "a lost phone did not lock the line");

    auto found = w.record;
    found.back().happened.push_back({device_found{{}, true, w.now}, w.s, w.s, {}});
    EXPECT_EQ(broken_rule_2(found), "a line was unlocked on too little proof");
}

// ------------------------------------------------------------------------------------------------ 3

TEST(rules, rule_3_clock_and_charges_turn_at_receipt) {
    EXPECT_HOLDS("rule 3", [] { holds_on_walks(broken_rule_3); });
}

/// A walk in three hundred came to a New Year's Day after the calendar's end, which the check counted as a working day.
TEST(rules, rule_3_counts_the_days_off_by_law_beyond_a_calendar) {
    const auto book = speaking_rules();
    const auto& days = *book->calendars.find("CN");
    ASSERT_FALSE(days.yearly.empty());
    for (const auto unit : {day_unit::working_day, day_unit::calendar_day})
        for (int n = 0; n < 400; ++n) {
            const auto start = days.covers_to + (n - 20);
            const term length{7, unit};
            ASSERT_EQ(counted_due(length, days, start), last_day(length, days, start).day) << start.days;
        }
}

TEST(rules, rule_3_is_seen_when_broken) {
    // A charge while the case waits, and a date counted from a day too early.
    auto charged = closing();
    auto& waiting = step_of<profile_reported>(charged);
    waiting.happened.push_back(waiting.happened.front());
    waiting.happened.back().what =
        money_booked{transfer(booking_kind::charge, account::revenue, account::prepaid, 100), "", waiting.at};
    EXPECT_EQ(broken_rule_3(charged), "something was charged after receipt");

    auto early = closing();
    event_of<closure_submitted>(early).due.days -= 1;
    EXPECT_EQ(broken_rule_3(early), "the due date is not counted from the day of receipt");
}

// ------------------------------------------------------------------------------------------------ 4

TEST(rules, rule_4_what_was_quoted_is_charged) {
    EXPECT_HOLDS("rule 4", [] { holds_on_walks(broken_rule_4); });
}

TEST(rules, rule_4_is_seen_when_broken) {
    // One fen more than was quoted; and less, though nothing had become kinder.
    const auto with_fee = [](std::int64_t minor) {
        auto t = closing();
        for (auto& h : step_of<closure_closed>(t).happened)
            if (auto* e = std::get_if<money_booked>(&h.what); e != nullptr && e->what.kind == booking_kind::closing_fee)
                e->what.postings = {{account::revenue, -minor}, {account::prepaid, minor}};
        return t;
    };
    ASSERT_EQ(broken_rule_4(with_fee(1000)), std::nullopt);
    EXPECT_EQ(broken_rule_4(with_fee(1001)), "more was charged than was quoted");
    EXPECT_EQ(broken_rule_4(with_fee(999)), "not what was quoted is what was charged");

    auto expired = closing();
    step_of<closure_submitted>(expired).at = step_of<closure_submitted>(expired).at + base::days{4};
    EXPECT_EQ(broken_rule_4(expired), "submitted on an expired quote");
}

// ------------------------------------------------------------------------------------------------ 5

TEST(rules, rule_5_everybody_is_told_at_every_step) {
    EXPECT_HOLDS("rule 5", [] { holds_on_walks(broken_rule_5); });
}

TEST(rules, rule_5_is_seen_when_broken) {
    // A contact left out, one told twice, one that was replaced long ago, a link.
    auto left_out = closing();
    happening_of<closure_submitted>(left_out).effects.erase(happening_of<closure_submitted>(left_out).effects.begin());
    EXPECT_EQ(broken_rule_5(left_out), "at `receipt` not every contact point was told once");

    auto twice = closing();
    auto& effects = happening_of<closure_approved>(twice).effects;
    effects.push_back(effects.front());
    EXPECT_EQ(broken_rule_5(twice), "at `approved` not every contact point was told once");

    auto replaced = closing();
    auto& receipt = happening_of<closure_submitted>(replaced);
    receipt.after.contacts.front().replaced_at = step_of<closure_submitted>(replaced).at - base::days{31};
    EXPECT_EQ(broken_rule_5(replaced), "at `receipt` not every contact point was told once");
    receipt.after.contacts.front().replaced_at = step_of<closure_submitted>(replaced).at - base::days{29};
    EXPECT_EQ(broken_rule_5(replaced), std::nullopt);

    auto link = closing();
    std::get<send_notice>(happening_of<closure_submitted>(link).effects.front()).params["what"] = "HTTPS://a.example";
    EXPECT_EQ(broken_rule_5(link), "a message holds a link");
}

// ------------------------------------------------------------------------------------------------ 6

TEST(rules, rule_6_nothing_is_lost) {
    EXPECT_HOLDS("rule 6", [] { holds_on_walks(broken_rule_6); });
}

TEST(rules, rule_6_is_seen_when_broken) {
    // State without an event, money out of nothing, a refund twice, a decision that cannot be repeated.
    auto silent = closing();
    silent.back().after.closures += 1;
    EXPECT_EQ(broken_rule_6(silent), "an event is missing");

    world poor;
    poor.have_line();
    poor.s.books.balances["cash"] += 1;
    poor.record.clear();
    poor.must(note_sim_change{}, machine);
    EXPECT_EQ(broken_rule_6(poor.record), "the ledger does not add up to zero");
    auto lost = closing();
    lost.erase(lost.begin() + 3);
    EXPECT_EQ(broken_rule_6(lost), "something changed without an event");

    auto paid_twice = closing();
    auto& closed = step_of<closure_closed>(paid_twice);
    const auto order = std::ranges::find_if(
        closed.happened, [](const happening& h) { return std::holds_alternative<refund_ordered>(h.what); });
    ASSERT_NE(order, closed.happened.end());
    auto again = *order;
    again.before = again.after;
    number::evolve(again.after, again.what);
    again.effects = number::react(again.after, again.what);
    auto rest = trace{};
    step only{closed.at, closed.by, closed.through, closed.rules, closed.what, {}, order->before, again.after, {}};
    only.happened = {*order, again};
    rest.push_back(only);
    EXPECT_EQ(broken_rule_6(rest), "a refund was ordered twice");
    std::get<refund_ordered>(again.what).id = "another";
    again.after = again.before;
    number::evolve(again.after, again.what);
    again.effects = number::react(again.after, again.what);
    rest.back().happened.back() = again;
    EXPECT_EQ(broken_rule_6(rest), "a refund was ordered again before the bank returned it");

    auto dice_inside = closing();
    step_of<closure_approved>(dice_inside).by = reviewer;  // decided by somebody else than recorded
    EXPECT_EQ(broken_rule_6(dice_inside), "the same command is decided otherwise");
}

// ------------------------------------------------------------------------------------------------ 7

TEST(rules, rule_7_a_number_is_given_to_one_person_at_a_time) {
    EXPECT_HOLDS("rule 7", [] { holds_on_walks(broken_rule_7); });
}

TEST(rules, rule_7_is_seen_when_broken) {
    // Given out a day after the end; released a moment too early; a hold shorter than the terms.
    auto given = closing();
    given.push_back(given.front());
    EXPECT_EQ(broken_rule_7(given), "a number was given out while a hold ran");

    world w;
    w.have_line();
    w.close_low();
    w.tick_when_due();
    w.tick_when_due();
    ASSERT_EQ(w.s.subscription, std::nullopt);
    ASSERT_EQ(broken_rule_7(w.record), std::nullopt);
    auto early = w.record;
    early.back().at = early.back().at - base::duration{1};
    EXPECT_EQ(broken_rule_7(early), "a number was released before its longest hold");
    auto silent = w.record;
    silent.erase(silent.end() - 2);
    EXPECT_EQ(broken_rule_7(silent), "a number was released before partners were told");

    auto shorter = closing();
    event_of<line_ended>(shorter).held.port_right_until.ms -= 1;
    EXPECT_EQ(broken_rule_7(shorter), "a hold is shorter than the terms say");

    auto twice = closing();
    twice.insert(twice.begin() + 1, twice.front());
    twice[1].happened.front().before = twice.front().after;
    EXPECT_EQ(broken_rule_7(twice), "a number was given to a second person");
}

// ------------------------------------------------------------------------------------------------ 8

TEST(rules, rule_8_the_pinned_policy_or_the_kinder_one) {
    EXPECT_HOLDS("rule 8", [] { holds_on_walks(broken_rule_8); });
}

TEST(rules, rule_8_is_seen_when_broken) {
    // The terms of a dearer policy put in at the approval, each field on its own.
    const auto with_terms = [](auto change) {
        auto t = closing();
        change(has<submission>(*happening_of<closure_approved>(t).after.current)->terms);
        return broken_rule_8(t);
    };
    ASSERT_EQ(with_terms([](closure_terms&) {}), std::nullopt);
    EXPECT_EQ(with_terms([](closure_terms& x) { x.fee.amount.minor += 1; }), "the terms became worse: fee");
    EXPECT_EQ(with_terms([](closure_terms& x) { x.reclaim_days -= 1; }), "the terms became worse: reclaim_days");
    EXPECT_EQ(with_terms([](closure_terms& x) { x.refund_bonus = false; }), "the terms became worse: refund_bonus");
    EXPECT_EQ(with_terms([](closure_terms& x) { x.cooling_off_hours.low += 1; }),
              "the terms became worse: cooling_off_hours");
    EXPECT_EQ(with_terms([](closure_terms& x) { x.review.n += 1; }), "the terms became worse: review");

    auto other = closing();
    event_of<closure_submitted>(other).terms.quarantine_days += 1;
    EXPECT_EQ(broken_rule_8(other), "the terms of the submission are not those of its policy");
}

// ------------------------------------------------------------------------------------------------ time

/// Repeated ticks at next_due, until nothing is due. What is broken, or nothing.
verdict broken_progress(world w, std::optional<instant> (*due)(const number_state&) = number::next_due) {
    w.keep_trace = false;
    for (int ticks = 0; ticks < 400; ++ticks) {
        const auto next = due(w.s);
        if (!next) return {};
        if (*next > w.now) w.now = *next;
        const auto done = w.apply(tick{}, machine);
        if (!done) return "a tick was refused: " + done.error().words;
        if (done->empty()) return "a tick at its due instant did nothing";
    }
    return "ticks never end";
}

TEST(rules, every_due_instant_leads_somewhere) {
    EXPECT_HOLDS("no instant is due twice without events", [] {
        const auto roll = some_dice();
        world w;
        walk(w, roll, [&](std::uint32_t die) { swap_rules(w, die); });
        // A reload may come between an instant being set and its coming.
        w.rules = repository_rules();
        if (const auto broken = broken_progress(w)) RC_FAIL(*broken);
    });
}

TEST(rules, a_clock_that_leads_nowhere_is_seen) {
    // The end waits for the court, so its instant must not be named; a clock that names it all the same is reported.
    world w;
    w.rules = dear_rules();
    w.have_line();
    w.submit_low();
    w.must(set_legal_hold{"order-1"}, clerk);
    ASSERT_EQ(broken_progress(w), std::nullopt);
    EXPECT_EQ(
        broken_progress(w, [](const number_state& s) { return std::optional(s.of_case<submission>()->earliest_end); }),
        "a tick at its due instant did nothing");
}

// ------------------------------------------------------------------------------------------------ the walks themselves

TEST(rules, the_walks_reach_everything) {
    // The properties above are worth what the walks reach: every event, every command, and the end in many of them.
    std::set<std::string> events;
    std::set<std::string> commands;
    int closed = 0;
    int walks = 0;
    std::uint32_t seed = 7;
    // Reached by the walks of several lines (joint_test.cpp), which have another line to move to.
    const std::set<std::string> elsewhere{
        "profile_handed_over", "profile_left",         "profile_came_back", "accept_offer",
        "payout_waits",        "representatives_taken"};  // representative_test.cpp; money_test.cpp: the bank takes
                                                          // three words back for it
    const auto missing = [&] {
        std::string out;
        const auto look = [&](const std::set<std::string>& reached) {
            return [&out, &reached, &elsewhere](auto one) {
                const std::string name(decltype(one)::type::name);
                if (!reached.contains(name) && !elsewhere.contains(name)) out += " " + name;
            };
        };
        base::for_each_alternative<number_event>(look(events));
        base::for_each_alternative<number_command>(look(commands));
        return out;
    };
    constexpr int at_least = 60;  // as many as the properties walk; what is rare there may take more to be seen
    constexpr int at_most = 25 * at_least;
    for (; walks < at_least || (walks < at_most && !missing().empty()); ++walks) {
        dice roll(120);
        for (auto& die : roll) die = seed = seed * 22695477U + 1U;
        world w;
        w.keep_states = false;  // what is rare takes hundreds of walks, and only names are looked at
        walk(w, roll, [&](std::uint32_t die) { swap_rules(w, die >> 4U); });
        bool reached = false;
        for (const auto& one : w.record) {
            const auto names = names_of(one);
            events.insert(names.begin(), names.end());
            reached = reached || first_of<closure_closed>(one) != nullptr;
            if (!one.refusal) commands.insert(std::visit([](const auto& c) { return std::string(c.name); }, one.what));
        }
        closed += reached ? 1 : 0;
    }
    EXPECT_EQ(missing(), "") << "after " << walks << " walks";
    EXPECT_GT(closed, walks / 5);
}

// ------------------------------------------------------------------------------------------------ 9

TEST(rules, rule_9_no_money_leaves_to_an_account_that_nobody_stood_for) {
    EXPECT_HOLDS("rule 9, money", [] { holds_on_walks(broken_rule_9_money); });
}

TEST(rules, rule_9_no_money_that_came_late_leaves_unseen) {
    EXPECT_HOLDS("rule 9, late money", [] { holds_on_walks(broken_rule_9_late); });
}

TEST(rules, rule_9_late_is_seen_when_broken) {
    world w;
    w.have_line();
    w.submit_low();
    w.must(add_money{booking_kind::top_up, yuan(90'000), "late"}, machine);
    w.delete_profiles();
    w.answer_network();
    auto paid = w.record;
    ASSERT_EQ(broken_rule_9_late(paid), std::nullopt);
    for (auto& one : paid)
        for (auto& h : one.happened)
            if (auto* refund = std::get_if<refund_ordered>(&h.what)) refund->amount = yuan(95'000);
    EXPECT_EQ(broken_rule_9_late(paid), "money that came after the submission was paid and nobody had looked at it");
}

TEST(rules, the_owners_own_lock_is_seen_to_be_passed) {
    world w;
    w.have_line();
    w.must(set_port_out{true}, machine);
    auto moved = w.record;
    ASSERT_EQ(broken_own_lock(moved), std::nullopt);
    for (auto& one : moved)
        for (auto& h : one.happened)
            if (h.before.subscription) h.before.subscription->customer_lock = true;
    EXPECT_EQ(broken_own_lock(moved), "a number was said to move to another operator while its owner's lock was on");
}

TEST(rules, rule_9_no_proof_is_attested_and_used_by_one_person) {
    EXPECT_HOLDS("rule 9, proof", [] { holds_on_walks(broken_rule_9_proof); });
    EXPECT_HOLDS("the owner's own lock", [] { holds_on_walks(broken_own_lock); });
    EXPECT_HOLDS("rule 9, disputes", [] { holds_on_walks(broken_dispute); });
    EXPECT_HOLDS("rule 9, checks", [] { holds_on_walks(broken_check); });
}

TEST(rules, rule_9_is_seen_when_broken) {
    auto thief = closing();
    event_of<refund_ordered>(thief).account = "the thief's";
    EXPECT_EQ(broken_rule_9_money(thief), "another account is paid than the refund was ordered for");
    for (auto& effect : happening_of<refund_ordered>(thief).effects)
        if (auto* pay = std::get_if<pay_refund>(&effect)) pay->account = "the thief's";
    EXPECT_EQ(broken_rule_9_money(thief), "money left to an account that nobody stood for");

    world giving;
    giving.rules = with_policy(repository_rules(), "cn", [](policy& p) { p.payout.otherwise = {payout::waive}; });
    giving.have_line();
    giving.must(open_closure{});
    giving.must(choose_payout{payout::waive});
    EXPECT_EQ(broken_rule_9_money(giving.record), std::nullopt);
    event_of<payout_chosen>(giving.record).by = clerk;
    EXPECT_EQ(broken_rule_9_money(giving.record), "a refund was given up on one person's word");

    // A clerk records the proof for the case that he opened, and nobody else looks at it.
    world w;
    w.have_line();
    w.must(open_closure{}, clerk, channel::counter);
    w.must(accept_quote{1, {}}, clerk, channel::counter);
    w.must(decline_backup{}, clerk, channel::counter);
    w.see_in_person();
    w.must(submit_closure{}, clerk, channel::counter);
    w.must(approve_closure{"fine"}, testing::reviewer);
    auto alone = w.record;
    ASSERT_EQ(broken_rule_9_proof(alone), std::nullopt);
    auto& approval = step_of<approval_given>(alone);
    std::erase_if(approval.happened, [](const happening& h) { return std::holds_alternative<approval_given>(h.what); });
    EXPECT_EQ(broken_rule_9_proof(alone), "a case was approved by nobody, on the word of who applied");

    world given;
    given.have_line();
    given.must(set_legal_hold{"court 7"}, clerk);
    given.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-1")}, clerk);
    const auto further = given.record;
    given.signed_by(testing::reviewer, set_legal_hold{""}, clerk);
    for (const auto& [signed_once, words] :
         {std::pair{further, "a profile that can take the number was given on one person's word"},
          std::pair{given.record, "a legal hold was lifted or renamed by one person"}}) {
        ASSERT_EQ(broken_rule_9_proof(signed_once), std::nullopt);
        auto by_themselves = signed_once;
        by_themselves.back().by = clerk;
        EXPECT_EQ(broken_rule_9_proof(by_themselves), words);
    }

    world lost;
    lost.have_line();
    lost.must(declare_lost{{}, "call"});
    declare_found found{{}, {}};
    for (const auto kind : {evidence_kind::id_document, evidence_kind::staff_sighting})
        found.shown.push_back({kind, true, lost.now, "counter", "d", clerk});
    lost.signed_by(testing::reviewer, found, clerk);
    auto signed_alone = lost.record;
    ASSERT_EQ(broken_rule_9_proof(signed_alone), std::nullopt);
    signed_alone.back().by = clerk;
    EXPECT_EQ(broken_rule_9_proof(signed_alone), "a line was unlocked on one person's word");
}

/// The same, and somebody else did what the steps of this kind do.
template <typename Command>
trace done_by(const actor& who, trace record) {
    for (auto& one : record)
        if (std::holds_alternative<Command>(one.what)) one.by = who;
    return record;
}

TEST(rules, rule_9_is_seen_when_one_made_what_another_uses_and_nobody_decides) {
    // Codes that a system had made, in the owner's hands; the same of a clerk's, or in another's hands.
    world lock;
    lock.have_line();
    lock.must(set_recovery_codes{{"made"}}, machine);
    lock.must(set_customer_lock{true});
    lock.must(set_customer_lock{false, {lock.saved_code("made")}});
    ASSERT_EQ(broken_rule_9_proof(lock.record), std::nullopt);
    constexpr auto off = "the customer's lock came off on one person's word";
    for (const auto& maker : {clerk, testing::reviewer})
        EXPECT_EQ(broken_rule_9_proof(done_by<set_recovery_codes>(maker, lock.record)), off);
    for (const auto& shows : {clerk, machine})
        EXPECT_EQ(broken_rule_9_proof(done_by<set_customer_lock>(shows, lock.record)), off);

    world more;
    more.have_line();
    more.must(set_recovery_codes{{"made"}}, machine);
    more.must(want_profile{"standard", ordered_as("MID-1"), {more.saved_code("made")}});
    ASSERT_EQ(broken_rule_9_proof(more.record), std::nullopt);
    for (const auto& shows : {clerk, actor{role::system, named("ivr")}})
        EXPECT_EQ(broken_rule_9_proof(done_by<want_profile>(shows, more.record)),
                  "a profile that can take the number was given on one person's word");

    // What a verification system says of the owner, and the owner asks; the same on a clerk's word, or a clerk asks.
    world back;
    back.have_line();
    back.close_low();
    back.pass(base::minutes{1});
    for (const auto kind : {evidence_kind::id_document, evidence_kind::bank_card, evidence_kind::callback})
        back.must(record_evidence{kind, true, "provider", "d"}, machine);
    back.must(reinstate_line{});
    ASSERT_EQ(broken_rule_9_proof(back.record), std::nullopt);
    EXPECT_EQ(broken_rule_9_proof(done_by<record_evidence>(clerk, back.record)),
              "a number was given back on one person's word");
    EXPECT_EQ(broken_rule_9_proof(done_by<reinstate_line>(other_clerk, back.record)),
              "a number was given back on one person's word");

    // And the codes by themselves.
    world codes;
    codes.have_line();
    codes.must(set_recovery_codes{{"made"}}, machine);
    EXPECT_EQ(broken_rule_9_proof(done_by<set_recovery_codes>(clerk, codes.record)),
              "one of the staff made codes that prove for the owner");
}

}  // namespace
}  // namespace keepline::domain
