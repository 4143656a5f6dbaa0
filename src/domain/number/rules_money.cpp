// Money at the end of a line and after it: the last bill, the refund, what the bank says of it, and payments that come
// when there is no line to book them to.
#include "base/enum_text.hpp"
#include "domain/number/draft.hpp"
#include "domain/number/quote.hpp"
#include "domain/number/risk.hpp"
#include "domain/reason.hpp"

#include <algorithm>
#include <array>

namespace keepline::domain {

using base::code;
using base::refuse;

bool is_open(const refund& of) {
    using enum refund_state;
    return of.state != none && of.state != settled && of.state != waived;
}

bool unclaimed_money::waits() const {
    const bool for_nobody = back.state == refund_state::held && payee.empty();
    return !credited && (back.state == refund_state::none || back.state == refund_state::returned || for_nobody);
}

std::optional<base::account_kind> kind_in(const std::string& account_digest) {
    const auto dot = account_digest.rfind('.');
    return dot == std::string::npos ? std::nullopt
                                    : base::enum_named<base::account_kind>(account_digest.substr(dot + 1));
}

bool payout_rules::pays_to(const std::string& account_digest) const {
    const auto kind = kind_in(account_digest);
    return !account_digest.empty() && (!kind || std::ranges::find(accounts, *kind) != accounts.end());
}

bool payout_rules::offers(payout how) const {
    return how == payout::account || std::ranges::find(otherwise, how) != otherwise.end();
}

namespace {

bool is_of(const refund& one, std::string_view id) {
    return one.id == id || std::ranges::find(one.earlier, id, &earlier_refund::id) != one.earlier.end();
}

}  // namespace

const refund* find_refund(const number_state& s, std::string_view id) {
    if (id.empty()) return nullptr;
    if (const auto* end = s.of_case<stages::ending>(); end != nullptr && is_of(end->payback, id)) return &end->payback;
    for (const auto& one : s.past)
        if (is_of(one.payback, id)) return &one.payback;
    for (const auto& one : s.unclaimed)
        if (is_of(one.back, id)) return &one.back;
    return nullptr;
}

namespace rules {

namespace {

constexpr std::size_t unclaimed_waiting_max = 64;
constexpr std::size_t unclaimed_by_hand_max = 16;  // the other places are for payments that systems report
constexpr int days_without_policy = 10;

std::string settlement_reference(const number_state& s) {
    return "closure-" + std::to_string(s.generations) + "-" + std::to_string(s.current->number);
}

/// The EndToEndId of ISO 20022: drawn by chance, so that it says nothing of the number or the person.
std::string refund_id(const context& now) { return "KL" + base::hex(now.draw); }
/// Several may go in one decision, and each has its own.
std::string return_id(const context& now, int serial) {
    constexpr std::size_t drawn = 12;
    return "KM" + base::hex(base::byte_view(now.draw).first(drawn)) + std::to_string(serial);
}

local_day refund_due(const draft& d, const term& within) {
    const auto* days = d.p == nullptr ? nullptr : d.days();
    if (days == nullptr) return base::zone().day_of(d.now.now) + within.n;
    return last_day(within, *days, d.today()).day;
}

local_day return_due(const draft& d) {
    return d.p == nullptr ? base::zone().day_of(d.now.now) + days_without_policy
                          : refund_due(d, d.p->closing.refund_within);
}

bool can_be_paid_to(const draft& d, const std::string& account) {
    return d.p == nullptr ? !account.empty() : d.p->payout.pays_to(account);
}

/// What becomes of the booking that orders the refund where nothing is ordered: its owner's other money waits with it.
std::optional<booking> set_aside(booking what, refund_state as) {
    if (as == refund_state::to_collect) return what;
    if (as == refund_state::waived) {
        what.kind = booking_kind::refund_waived;
        what.postings.front().where = account::revenue;
        return what;
    }
    const auto bonus = std::ranges::find(what.postings, account::bonus, &posting::where);
    if (bonus == what.postings.end()) return std::nullopt;
    return transfer(booking_kind::adjustment, account::prepaid, account::bonus, bonus->minor, what.reference);
}

refund_state paid_how(const draft& d, const closure& c, const std::string& account) {
    if (is_kept(d.state())) return refund_state::waiting;  // the order came while the line was settling
    if (c.paid_by == payout::waive) return refund_state::waived;
    if (c.paid_by == payout::cash) return refund_state::to_collect;
    return can_be_paid_to(d, account) ? refund_state::ordered : refund_state::waiting;
}

void order_again(draft& d, const stages::ending& of, const std::string& account) {
    const auto amount = of.payback.amount;
    const auto due = refund_due(d, of.terms.refund_within);
    auto id = refund_id(d.now);
    d.emit(money_booked{
        transfer(booking_kind::refund_ordered, account::refund, account::prepaid, amount.minor, id), {}, d.now.now});
    d.emit(refund_ordered{std::move(id), amount, due, d.now.now, account});
}

/// Another account than the last one waits, so that whoever was told of it can mind.
instant pays_from(const draft& d, const std::string& account, const label& whose) {
    const auto& changed = d.state().subscription->refund_account_changed_at;
    const auto* sent = d.state().of_case<submission>();
    const bool as_before = sent != nullptr && sent->account == account;
    if (!as_before && d.p != nullptr && whose != d.state().subscription->subscriber)
        return d.now.now + base::hours{d.p->payout.hold_hours};
    if (as_before || !changed || d.p == nullptr) return d.now.now;
    return std::max(d.now.now, *changed + base::hours{d.p->payout.hold_hours});
}

unclaimed_money kept(const draft& d, money amount, unclaimed_why why, std::string reference) {
    unclaimed_money out;
    out.serial = d.state().unclaimed_made + 1;
    out.generation = d.state().generations;
    if (d.state().subscription) out.owner = d.state().subscription->subscriber;
    for (const auto& one : d.state().past)
        if (!d.state().subscription && one.generation == d.state().generations) out.owner = one.owner;
    out.amount = std::move(amount);
    out.why = why;
    out.reference = std::move(reference);
    out.at = d.now.now;
    out.by = d.now.by;
    return out;
}

/// What came after people, or policy, had looked leaves with nobody's look no more than it did before: it is kept apart
/// until two say where it goes, and the case goes on without it. The owner's own money is paid as it would have been.
void keep_late_money(draft& d, const settlement& plan) {
    const auto late = d.state().late;
    const auto unseen = d.p == nullptr ? late.by_hand + late.by_system : unseen_money(d.state(), d.p->risk);
    const auto apart = std::min(plan.refund_minor, unseen);
    const auto pays = std::ranges::find(plan.bookings, booking_kind::refund_ordered, &booking::kind);
    if (apart <= 0 || pays == plan.bookings.end()) return;
    const auto prepaid = std::ranges::find(pays->postings, account::prepaid, &posting::where);
    const auto own = prepaid == pays->postings.end() ? 0 : std::min(apart, prepaid->minor);
    auto what =
        kept(d, {apart, d.state().books.currency}, unclaimed_why::brought_late, settlement_reference(d.state()));
    what.hand = late.by_hand > 0 ? money_hand::staff : money_hand::system;
    booking out{booking_kind::adjustment, {{account::cash, -apart}}, what.reference};
    if (own > 0) out.postings.push_back({account::prepaid, own});
    if (apart > own) out.postings.push_back({account::bonus, apart - own});
    d.emit(money_booked{std::move(out), {}, d.now.now});
    d.emit(money_unclaimed{std::move(what), d.now.now});
}

}  // namespace

std::vector<quote_item> settle_money(draft& d) {
    const auto& c = *d.state().current;
    const auto* sent = d.state().of_case<submission>();
    if (!c.offer || sent == nullptr) return {};
    const auto terms = sent->terms;
    const auto* acts = acting_in_case(d.state());
    const bool objected = acts != nullptr && acts->state == representation_state::stopped;
    const bool others = objected || paid_in_case(d.state()) != acts;
    const auto account = others ? std::string() : sent->account;  // then it waits for people
    const auto received = d.p == nullptr ? sent->due_from : d.zone().day_of(sent->submitted_at);
    const auto final_bill = kindest(*c.offer, terms, d.state().subscription->term, received);
    keep_late_money(d, settle(final_bill, d.state().books, terms, settlement_reference(d.state())));
    auto plan = settle(final_bill, d.state().books, terms, settlement_reference(d.state()));
    const auto how = paid_how(d, c, account);
    for (auto& one : plan.bookings) {
        const bool refunds = one.kind == booking_kind::refund_ordered;
        auto what =
            refunds && how != refund_state::ordered ? set_aside(std::move(one), how) : std::optional(std::move(one));
        if (what) d.emit(money_booked{std::move(*what), {}, d.now.now});
    }
    if (plan.refund_minor <= 0) return std::move(plan.charged);
    const money amount{plan.refund_minor, d.state().books.currency};
    const auto due = refund_due(d, terms.refund_within);
    if (how == refund_state::ordered)
        d.emit(refund_ordered{refund_id(d.now), amount, due, d.now.now, account});
    else
        d.emit(refund_set_aside{how, amount, how == refund_state::to_collect ? refund_id(d.now) : std::string(), due,
                                d.now.now});
    return std::move(plan.charged);
}

void give_back_charge(draft& d, std::int64_t minor, std::string reference) {
    auto what = kept(d, {minor, d.state().books.currency}, unclaimed_why::overcharged, std::move(reference));
    what.hand = money_hand::staff;
    what.by_two = true;
    booking out{booking_kind::adjustment, {{account::cash, -minor}, {account::revenue, minor}}, what.reference};
    d.emit(money_booked{std::move(out), {}, d.now.now});
    d.emit(money_unclaimed{std::move(what), d.now.now});
}

result<void> decide(draft& d, const choose_payout& c) {
    CHECK(d.need_line());
    TRY(of, d.need_stage({stage::opened}));
    if (!d.p->payout.offers(c.how))
        return refuse(code::blocked, "This policy pays what is left to an account only.",
                      {{"policy", d.state().subscription->policy}});
    CHECK(check_applicant(d, *of));
    if (of->on_behalf && of->on_behalf->refund == refund_payee::principal && c.how != payout::account)
        return refuse(code::blocked,
                      "What is left goes to the owner's account: nobody who acts for them is paid it. Where the owner "
                      "cannot name one, two of the staff do.");
    if (of->paid_by == c.how) return {};
    // Cash goes to whoever comes for it, and an account may be another's: as with giving it up, its owner says so, or
    // two; also of what was chosen before.
    if (d.now.by.as != role::subscriber)
        CHECK(need_second(d.now, c.how == payout::waive  ? act::waive_refund
                                 : c.how == payout::cash ? act::pay_in_cash
                                                         : act::pay_to_account));
    d.emit(payout_chosen{c.how, d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const pay_refund_again& c) {
    const auto* closed = d.state().of_case<stages::closed>();
    if (!d.state().subscription || closed == nullptr || d.state().subscription->status != line_status::ended)
        return refuse(code::closure_missing, "There is no closed case whose refund could be paid.");
    CHECK(d.need_policy());
    CHECK(check_not_kept(d));
    const auto back = closed->payback;
    const bool owed =
        back.state == refund_state::returned || back.state == refund_state::waiting || back.state == refund_state::held;
    if (!owed || d.state().books.customer_money() < back.amount.minor)
        return refuse(code::closure_stage, "No refund of this case has come back or waits.",
                      {{"refund", boost::describe::enum_to_string(back.state, "")}});
    const auto to = account_of_case(d.state());
    const auto& account = to.digest;
    if (account.empty()) return refuse(code::blocked, "Name the account first that it is to be paid to.");
    if (to.from && d.now.now < *to.from)
        return refuse(code::not_represented, "Everybody on file is told first, and may object until then.",
                      {{"from", base::iso(*to.from)}});
    if (!d.p->payout.pays_to(account))
        return refuse(code::blocked, "An account of this kind is not paid to; name another.");
    const bool by_code = std::ranges::find(c.shown, evidence_kind::recovery_code, &evidence::kind) != c.shown.end();
    if (by_code && to.whose != d.state().subscription->subscriber)
        return refuse(code::evidence_too_weak,
                      "A saved code of the line's owner proves nothing of whoever acts for them.");
    if (back.state == refund_state::held && back.account == account) return {};  // it goes by itself
    // To another account than the owner named when applying, after it came back more than once, or to one that somebody
    // else named alone: whoever says that it came back, whoever named it and whoever proves may be one.
    const auto& named = closed->account;
    const bool elsewhere = !named.empty() && account != named;
    const auto when = elsewhere || to.on_word || back.attempt > 1 ? signing::always : signing::on_words;
    TRY(proved, prove(d, d.p->payout_evidence, c.shown, act::pay_new_account, when));
    if (!proved) return {};
    const auto counts = counts_from(d, *d.state().current, to.named_at).value_or(d.now.now);
    if (const auto at = std::max(pays_from(d, account, to.whose), counts); at > d.now.now)
        d.emit(payout_held{account, at, d.last_day(at), d.now.now});
    else
        order_again(d, *closed, account);
    return {};
}

// ------------------------------------------------------------------------------------------------ the bank's word

namespace {

/// What we know of an EndToEndId.
struct bank_order {
    money amount;
    refund_state state = refund_state::none;
    std::string file;
    int generation = 0;  // of an owner who is gone; 0: of now
    label owner;
    bool of_line = true;  // false: of money without a line
};

bank_order order_in(const refund& of, std::string_view id) {
    if (of.id == id) return {of.amount, of.state, of.file, 0, {}, true};
    const auto found = std::ranges::find(of.earlier, id, &earlier_refund::id);
    return {found->amount, found->state, {}, 0, {}, true};
}

std::optional<bank_order> order_of(const number_state& s, std::string_view id) {
    const auto* of = find_refund(s, id);
    if (of == nullptr) return std::nullopt;
    auto out = order_in(*of, id);
    // A newer order was proved and waits for its time: of the last one the bank has said that it came back.
    if (out.state == refund_state::held) out.state = refund_state::returned;
    for (const auto& one : s.past)
        if (&one.payback == of) {
            out.generation = one.generation;
            out.owner = one.owner;
        }
    for (const auto& one : s.unclaimed) out.of_line = out.of_line && &one.back != of;
    return out;
}

/// Money is there again: what had left twice is had back first.
booking came_back(const ledger& books, account from, std::int64_t minor, const std::string& id) {
    const auto twice = std::clamp<std::int64_t>(books.of(account::overpaid), 0, minor);
    booking out{booking_kind::refund_returned, {{from, minor}}, id};
    if (twice > 0) out.postings.push_back({account::overpaid, -twice});
    if (minor > twice) out.postings.push_back({account::prepaid, -(minor - twice)});
    return out;
}

/// Paid after all, though it was said to have come back: out of what the customer has here, or twice.
booking left_after_all(const ledger& books, std::int64_t minor, const std::string& id) {
    const auto theirs = std::clamp<std::int64_t>(books.customer_money(), 0, minor);
    booking out{booking_kind::refund_settled, {{account::cash, -minor}}, id};
    if (theirs > 0) out.postings.push_back({account::prepaid, theirs});
    if (minor > theirs) out.postings.push_back({account::overpaid, minor - theirs});
    return out;
}

void book_word(draft& d, const bank_order& known, const std::string& id, bool settled) {
    const auto minor = known.amount.minor;
    const bool first = known.state != refund_state::settled && known.state != refund_state::returned;
    const auto book = [&](booking what) { d.emit(money_booked{std::move(what), {}, d.now.now}); };
    if (!known.of_line) return;
    if (known.generation != 0) {  // the books are another owner's by now
        if (!settled) {
            auto what = kept(d, known.amount, unclaimed_why::refund_returned, id);
            what.generation = known.generation;
            what.owner = known.owner;
            d.emit(money_unclaimed{std::move(what), d.now.now});
        }
        const auto all = d.state().unclaimed;
        for (const auto& one : all)
            if (settled && one.why == unclaimed_why::refund_returned && one.reference == id && one.waits())
                d.emit(money_claimed{one.serial, d.now.now});  // a payment may be called like that
        return;
    }
    if (!settled) return book(came_back(d.state().books, first ? account::refund : account::cash, minor, id));
    book(first ? transfer(booking_kind::refund_settled, account::cash, account::refund, minor, id)
               : left_after_all(d.state().books, minor, id));
}

int payer_days(const draft& d) {
    if (d.p != nullptr) return d.p->payout.payer_days;
    int longest = 0;
    for (const auto& [id, one] : d.now.rules->policies.all()) longest = std::max(longest, one.payout.payer_days);
    return longest;
}

/// Until then the bank may say something else about it, or it is given back anew; none: no payer was paid. From each
/// word on: most banks say nothing of what they have paid, and nobody may ask for what came back.
std::optional<instant> payer_until(const draft& d, const std::string& id) {
    const auto of = std::ranges::find(d.state().unclaimed, id, [](const unclaimed_money& one) { return one.back.id; });
    if (of == d.state().unclaimed.end() || !of->to_payer || of->payee.empty()) return std::nullopt;
    return d.now.now + base::days{payer_days(d)};
}

}  // namespace

}  // namespace rules

std::optional<refund_state> refund_state_of(const number_state& s, std::string_view id) {
    const auto known = rules::order_of(s, id);
    return known ? std::optional(known->state) : std::nullopt;
}

namespace rules {

result<void> decide(draft& d, const refund_written& r) {
    const auto known = order_of(d.state(), r.id);
    if (!known || known->state != refund_state::ordered) return {};
    d.emit(refund_state_changed{refund_state::written, r.file, d.now.now, r.id, payer_until(d, r.id)});
    return {};
}

result<void> decide(draft& d, const refund_answered& r) {
    const auto known = order_of(d.state(), r.id);
    if (!known) return refuse(code::not_found, "There is no such refund here.");
    const auto state = r.settled ? refund_state::settled : refund_state::returned;
    if (known->state == state) return {};
    const bool contradicts = known->state == refund_state::settled || known->state == refund_state::returned;
    // No bank knows of cash: whoever says that it was handed out may be who has it.
    const bool in_cash = known->state == refund_state::to_collect;
    if (contradicts || in_cash || d.now.by.as != role::system) CHECK(need_second(d.now, act::believe_bank));
    d.emit(refund_state_changed{state, known->file, d.now.now, r.id, payer_until(d, r.id)});
    book_word(d, *known, r.id, r.settled);
    if (contradicts) d.emit(refund_contradicted{r.id, known->amount, r.settled, d.now.by, d.now.now});
    return {};
}

// ------------------------------------------------------------------------------------------------ without a line

bool is_kept(const number_state& s) { return s.subscription && !s.subscription->legal_hold.empty(); }

result<void> check_not_kept(const draft& d) {
    if (!is_kept(d.state())) return {};
    return refuse(code::blocked, "An authority has ordered to keep what is here.");
}

bool has_no_line(const number_state& s) {
    if (!s.subscription) return s.generations > 0;
    return s.subscription->status == line_status::ended || s.of_case<stages::settling>() != nullptr;
}

result<void> check_unclaimed(const draft& d, const add_money& c) {
    if (c.kind != booking_kind::top_up && c.kind != booking_kind::payment)
        return refuse(code::invalid, "Money comes in as top_up, payment or bonus.");
    const auto& currency = d.state().books.currency;
    if (c.amount.minor <= 0 || c.amount.minor > amount_max || !base::is_currency(c.amount.currency) ||
        (!currency.empty() && c.amount.currency != currency))
        return refuse(code::money_mismatch, "The amount must be above zero, in range and in the line's currency.",
                      {{"currency", currency}});
    const auto waiting = std::ranges::count_if(d.state().unclaimed, &unclaimed_money::waits);
    const auto by_hand = std::ranges::count_if(
        d.state().unclaimed, [](const unclaimed_money& one) { return one.waits() && one.hand == money_hand::staff; });
    if (waiting >= static_cast<std::ptrdiff_t>(unclaimed_waiting_max) ||
        (d.by_staff() && by_hand >= static_cast<std::ptrdiff_t>(unclaimed_by_hand_max)))
        return refuse(code::too_many,
                      "So much money without a line waits on this number that it must be given back first.");
    return {};
}

void take_unclaimed(draft& d, const add_money& c, money_hand by) {
    const auto why = !d.state().subscription                                ? unclaimed_why::number_released
                     : d.state().subscription->status == line_status::ended ? unclaimed_why::line_ended
                                                                            : unclaimed_why::line_settling;
    auto what = kept(d, c.amount, why, c.reference);
    what.hand = by;
    what.by_two = by != money_hand::nobody && d.now.second.has_value();
    what.used_by = user_of(d.now.by);
    d.emit(money_unclaimed{std::move(what), d.now.now});
}

void claim_money(draft& d) {
    const auto all = d.state().unclaimed;
    for (const auto& one : all) {
        const bool theirs = one.generation == d.state().generations && one.owner == d.state().subscription->subscriber;
        const bool still_here = one.waits() || (!one.credited && one.back.state == refund_state::held);
        if (!theirs || !still_here || one.amount.currency != d.state().books.currency) continue;
        d.emit(money_booked{transfer(booking_kind::unclaimed_credited, account::prepaid, account::cash,
                                     one.amount.minor, one.reference),
                            {},
                            d.now.now,
                            one.hand,
                            one.by_two});
        d.emit(money_claimed{one.serial, d.now.now});
    }
}

void keep_unpaid(draft& d) {
    const auto* closed = d.state().of_case<stages::closed>();
    if (closed == nullptr) return;
    const auto& back = closed->payback;
    const bool owed =
        back.state == refund_state::returned || back.state == refund_state::waiting || back.state == refund_state::held;
    if (!owed || d.state().books.customer_money() < back.amount.minor) return;
    d.emit(money_unclaimed{kept(d, back.amount, unclaimed_why::refund_returned,
                                back.id.empty() ? settlement_reference(d.state()) : back.id),
                           d.now.now});
}

namespace {

/// The waiting request to give this money back, if there is one; serial 0: of any.
std::optional<return_money> return_in(const second_request& asked, int serial) {
    if (asked.what != act::return_money) return std::nullopt;
    const auto stored = base::from_json<number_command>(asked.body);
    const auto* back = stored ? std::get_if<return_money>(&*stored) : nullptr;
    if (back == nullptr || (serial != 0 && back->serial != serial)) return std::nullopt;
    return *back;
}

/// Under which name a request to pay somebody back has their account; empty: it is another request.
label payer_in(const second_request& asked, int serial) {
    const auto back = return_in(asked, serial);
    return back && back->to_payer ? back->payee : label();
}

/// One at a time, so that whoever signs is shown the account that they sign for.
result<void> check_not_asked(const draft& d, int serial) {
    if (d.now.second) return {};
    for (const auto& asked : d.state().asked.list)
        if (asked.waits(d.now.now) && return_in(asked, serial))
            return refuse(code::blocked,
                          "Giving it back is asked for already: that request is signed or refused first.",
                          {{"request", std::to_string(asked.serial)}});
    return {};
}

void order_return(draft& d, const unclaimed_money& what, bool to_payer, const std::string& account, const label& payee,
                  instant go_at) {
    const bool later = go_at > d.now.now;
    d.emit(money_return_ordered{what.serial, to_payer, later ? std::string() : return_id(d.now, what.serial), account,
                                payee, return_due(d), later ? std::optional(go_at) : std::nullopt, d.now.by,
                                d.now.now});
}

bool is_owners(const number_state& s, const unclaimed_money& what) {
    return s.subscription && s.generations == what.generation && s.subscription->subscriber == what.owner;
}

}  // namespace

result<void> decide(draft& d, const return_money& c) {
    if (d.now.by.as == role::subscriber) return refuse(code::forbidden, "Staff give it back.");
    const auto found = std::ranges::find(d.state().unclaimed, c.serial, &unclaimed_money::serial);
    if (found == d.state().unclaimed.end()) return refuse(code::not_found, "There is no such money.");
    const auto what = *found;
    if (!what.waits()) return refuse(code::closure_stage, "It is on its way, or was given back.");
    CHECK(check_not_kept(d));
    auto account = c.account;
    auto payee = c.payee;
    if (c.to_payer && what.why == unclaimed_why::overcharged && is_owners(d.state(), what))
        return refuse(code::blocked, "Its owner was charged too much: nobody else is paid it back.");
    if (c.to_payer && (account.empty() || payee.empty()))
        return refuse(code::invalid, "The payer's account is missing.");
    if (!c.to_payer) {
        if (!is_owners(d.state(), what))
            return refuse(code::blocked, "Who had the number then has it no longer: give it back to who paid it.");
        account = d.state().subscription->refund_account;
        payee = d.state().subscription->subscriber;
        if (account.empty()) return refuse(code::blocked, "Its owner has named no account.");
    }
    CHECK(check_not_asked(d, c.serial));
    CHECK(need_second(d.now, act::return_money));
    if (same_person(*d.now.second, what.by))
        return refuse(code::own_application, "Who reported the payment does not sign where it goes.");
    if (what.to_payer && !what.payee.empty())
        d.emit(payer_let_go{what.payee, d.now.now});  // of the return that came back
    order_return(d, what, c.to_payer, account, payee, c.to_payer ? d.now.now : pays_from(d, account, payee));
    return {};
}

void tick_payouts(draft& d) {
    if (!d.state().subscription || d.state().subscription->status != line_status::ended || is_kept(d.state())) return;
    const auto is_time = [&](const refund& of) {
        return of.state == refund_state::held && of.go_at && d.now.now >= *of.go_at;
    };
    if (const auto* end = d.state().of_case<stages::ending>(); end != nullptr && is_time(end->payback)) {
        const auto account = end->payback.account;
        if (d.state().books.customer_money() >= end->payback.amount.minor)
            order_again(d, *end, account);
        else
            d.emit(payout_waits{d.now.now});
    }
    const auto all = d.state().unclaimed;
    for (const auto& one : all)
        if (!one.credited && !one.payee.empty() && is_time(one.back))
            order_return(d, one, false, one.back.account, one.payee, d.now.now);
}

void tick_payers(draft& d) {
    const auto all = d.state().unclaimed;
    for (const auto& one : all)
        if (one.payer_until && d.now.now >= *one.payer_until) d.emit(payer_let_go{one.payee, d.now.now});
}

void let_payers_go(draft& d, const number_state& before) {
    for (const auto& asked : before.asked.list) {
        if (asked.state != request_state::waiting) continue;
        const auto* now = d.state().asked.find(asked.serial);
        const bool unsigned_for_good =
            now == nullptr || now->state == request_state::refused || now->state == request_state::expired;
        if (!unsigned_for_good) continue;
        if (auto payee = payer_in(asked, 0); !payee.empty()) d.emit(payer_let_go{std::move(payee), d.now.now});
    }
}

bool gives_back(const second_request& asked, int serial) { return return_in(asked, serial).has_value(); }

result<void> decide(draft& d, const record_payer_read& c) {
    if (d.now.by.as == role::subscriber) return refuse(code::forbidden, "Staff read it.");
    CHECK(check_reason(c.why));
    if (payer_of(d.state(), c.serial, d.now.now).empty())
        return refuse(code::not_found, "No payer's account is named.");
    d.emit(payer_read{c.serial, c.why, d.now.by, d.now.now});
    return {};
}

}  // namespace rules

label payer_of(const number_state& s, int serial, instant now) {
    for (const auto& asked : s.asked.list)
        if (auto payee = asked.waits(now) ? rules::payer_in(asked, serial) : label(); !payee.empty()) return payee;
    const auto found = std::ranges::find(s.unclaimed, serial, &unclaimed_money::serial);
    return found != s.unclaimed.end() && found->to_payer ? found->payee : label();
}

}  // namespace keepline::domain
