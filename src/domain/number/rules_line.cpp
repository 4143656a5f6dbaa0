// Rules of the line itself: ordering, money, and the facts that may stand in a closure's way.
#include "base/digest.hpp"
#include "domain/message_words.hpp"
#include "domain/number/draft.hpp"
#include "domain/number/eligibility.hpp"
#include "domain/number/keepalive.hpp"
#include "domain/reference.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t profiles_max = 16;
constexpr std::size_t contacts_max = 16;  // those of now, and those that are still told
constexpr std::size_t products_max = 16;
constexpr std::size_t recovery_codes_max = 16;
constexpr auto references_remembered = base::days{400};
constexpr std::size_t words_max = 200;
constexpr std::int64_t balance_max = 1'000'000'000'000'000;

result<void> check_order(const order_line& c) {
    if (c.number.empty() || c.subscriber.empty())
        return refuse(code::invalid, "A line needs a number and a subscriber.");
    if (c.profiles.size() > profiles_max || c.contacts.size() > contacts_max ||
        c.recovery_digests.size() > recovery_codes_max)
        return refuse(code::invalid, "Too many profiles, contacts or recovery codes.");
    for (const auto& one : c.profiles) {
        if (one.iccid.empty() || one.imsi.empty())
            return refuse(code::invalid, "A profile needs an ICCID and an IMSI.");
        if (std::ranges::count(c.profiles, one.iccid, &new_profile::iccid) > 1)
            return refuse(code::invalid, "Two profiles have the same ICCID.", {{"iccid", one.iccid.text()}});
        if (std::ranges::count(c.profiles, one.imsi, &new_profile::imsi) > 1)
            return refuse(code::invalid, "Two profiles have the same IMSI.", {{"iccid", one.iccid.text()}});
    }
    for (const auto& one : c.contacts)
        if (one.id.empty() || one.id.text() == "line" || std::ranges::count(c.contacts, one.id, &contact_ref::id) > 1)
            return refuse(code::invalid, "A contact point needs an id of its own, other than `line`.");
    return {};
}

result<void> check_profiles(const draft& d, const order_line& c, const policy& p) {
    for (const auto& one : c.profiles) CHECK(check_imsi(p.network, one.imsi));
    if (!c.profiles.empty()) CHECK(d.need_reserved(d.state().generations + 1));
    return {};
}

/// The same order again: the line may have changed since, but whose it is and what it was given has not.
bool already_there(const number_state& s, const order_line& c) {
    if (!s.subscription || s.subscription->status == line_status::ended || s.number != c.number ||
        s.subscription->subscriber != c.subscriber || s.subscription->policy != c.policy)
        return false;
    return std::ranges::all_of(c.profiles, [&](const new_profile& wanted) {
        const auto known = std::ranges::find(s.profiles, wanted.iccid, &profile::iccid);
        return known != s.profiles.end() && known->imsi == wanted.imsi;
    });
}

/// Replaced contact points are still told for as long as the policy says (docs/rules.md R5). Their addresses are kept
/// for the longest time of all policies, which is in the reference already.
std::vector<contact_ref> told_for_a_while(std::vector<contact_ref> contacts, const policy& p, instant now) {
    for (auto& contact : contacts) {
        if (!contact.replaced_at) continue;
        const auto until = *contact.replaced_at + base::days{p.previous_contact_days};
        contact.told_until = contact.told_until ? std::min(*contact.told_until, until) : until;
    }
    std::erase_if(contacts, [&](const contact_ref& c) { return span_ended(c, now); });
    return contacts;
}

result<void> check_free(const number_state& s) {
    if (s.subscription && s.subscription->status != line_status::ended)
        return refuse(code::line_exists, "The number already has a line.");
    if (s.held)
        return refuse(code::number_on_hold, "The number is held until its longest hold has run out.",
                      {{"until", base::iso(s.held->last())}});
    return {};
}

line_ordered ordered(const draft& d, const order_line& c, const policy& p) {
    line_ordered e;
    e.reference = reference_from(d.now.draw);
    e.number = c.number;
    e.subscriber = c.subscriber;
    e.policy = p.id;
    e.currency = p.currency;
    e.language = c.language.empty() ? "zh-CN" : c.language;
    e.contacts = told_for_a_while(c.contacts, p, d.now.now);
    e.profiles = c.profiles;
    e.refund_account = c.refund_account;
    e.account_on_word = c.account_on_word;
    e.document_on_word = c.document_on_word;
    e.account_named_at = c.account_named_at;
    e.recovery_digests = c.recovery_digests;
    e.generation = d.state().generations + 1;
    e.since = d.now.now;
    e.by = d.now.by;
    e.customer_lock = p.locked_from_start;
    return e;
}

result<const policy*> known_policy(const draft& d, const std::string& id) {
    const auto* p = d.now.rules->policies.find(id);
    if (p == nullptr) return refuse(code::policy_unknown, "There is no such policy.", {{"policy", id}});
    return p;
}

result<void> check_amount(const draft& d, const money& amount) {
    if (amount.minor <= 0 || amount.minor > amount_max || amount.currency != d.state().books.currency)
        return refuse(code::money_mismatch, "The amount must be above zero, in range and in the line's currency.",
                      {{"currency", d.state().books.currency}});
    return {};
}

/// A price in another currency could never be quoted.
result<void> check_price(const std::string& currency, const money& price) {
    if (price.minor < 0 || price.minor > amount_max || (!price.is_zero() && price.currency != currency))
        return refuse(code::money_mismatch, "A price is zero or more, in range and in the line's currency.",
                      {{"currency", currency}});
    return {};
}

result<void> check_terms(const std::string& currency, const std::optional<contract>& term) {
    if (!term) return {};
    if (term->document.size() > words_max) return refuse(code::invalid, "The document's reference is too long.");
    CHECK(check_price(currency, term->monthly));
    return check_price(currency, term->fixed_fee);
}

result<void> check_product(const std::string& currency, const linked_product& product) {
    if (product.id.empty() || product.kind.size() > words_max)
        return refuse(code::invalid, "A product needs an id, and a kind in at most 200 characters.");
    return check_price(currency, product.detach_price);
}

result<void> book(draft& d, booking what, std::string note, money_hand by = money_hand::nobody) {
    TRY(after, post(d.state().books, what));
    for (const auto& [name, minor] : after.balances)
        if (minor > balance_max || minor < -balance_max)
            return refuse(code::money_mismatch, "The balance is out of range.", {{"account", name}});
    const bool by_two = by != money_hand::nobody && d.now.second.has_value();
    auto user = what.reference.empty() ? std::string() : user_of(d.now.by);
    d.emit(money_booked{std::move(what), std::move(note), d.now.now, by, by_two, std::move(user)});
    return {};
}

constexpr auto a_day = base::hours{24};

/// Moved by these hands within a day, on one person's word, the one way (+1) or the other (-1). What has no line yet
/// is brought all the same; it is among the line's own from when that has it.
std::int64_t moved_alone(const draft& d, money_hand by, int way) {
    std::int64_t out = 0;
    for (const auto& one : d.state().moved)
        if (one.by == by && !one.by_two && one.minor * way > 0 && d.now.now < one.at + a_day) out += one.minor * way;
    for (const auto& one : d.state().unclaimed)
        if (way > 0 && one.hand == by && !one.by_two && !one.credited && d.now.now < one.at + a_day &&
            one.why != unclaimed_why::brought_late)  // counted when it was
            out += one.amount.minor;
    return out;
}

/// Where no line has a policy: the strictest of all.
std::int64_t line_max(const draft& d, const std::string& currency) {
    return d.p != nullptr ? d.p->by_hand.line_max_minor : d.now.rules->policies.by_hand_in(currency).line_max_minor;
}

/// Whoever brings money may be whoever it is paid to, and whoever takes it may keep it: a person alone does so within
/// the policy's bounds.
result<void> need_second_for(const draft& d, act what, int way, const money& amount, bool over_budget) {
    const auto most = line_max(d, amount.currency);
    const auto before = moved_alone(d, money_hand::staff, way) + moved_alone(d, money_hand::staff_opening, way);
    if (!over_budget && amount.minor <= most && before <= most - amount.minor) return {};
    return need_second(d.now, what);
}

/// What leaving costs is the customer's money at the end: staff change it within the same bounds, whichever way and on
/// whichever day until the later end.
result<leaving_change> change_leaving_price(const draft& d, const number_command& what, bool over_budget) {
    const auto change = leaving_changed_by(d.state(), what, *d.now.rules, d.now.now).value_or(leaving_change{});
    if (!d.by_staff()) return change;
    const auto check = [&](act as, int way, std::int64_t minor) -> result<void> {
        if (minor == 0) return {};
        return need_second_for(d, as, way, {minor, d.state().books.currency}, over_budget);
    };
    CHECK(check(act::bring_money, 1, change.cheaper));
    CHECK(check(act::take_money, -1, change.dearer));
    return change;
}

/// Remembered as money that was moved: a fact of risk.
moved_money as_moved(const draft& d, money_hand by, std::int64_t minor) {
    return {d.now.now, by, minor, d.now.second.has_value()};
}

money_hand hand_of(const draft& d) {
    if (d.by_staff()) return money_hand::staff;
    return d.now.by.as == role::system ? money_hand::system : money_hand::nobody;
}

/// What was promised to be remembered is never forgotten to make room: rather the next one is refused. Staff have
/// places of their own, so that nobody at a counter keeps the bank's payments out; and all of them end some day.
result<void> check_room(const draft& d, const std::vector<known_reference>& references) {
    const auto alike = [&](const known_reference& one) { return one.by_hand == d.by_staff(); };
    if (std::ranges::count_if(references, alike) < references_max(d.by_staff())) return {};
    const auto free_at = std::ranges::find_if(references, alike)->at + references_remembered;
    if (free_at <= d.now.now) return {};
    return refuse(code::too_many, "So many payments of this number are remembered that no more can be for now.",
                  {{"again_at", base::iso(free_at)}});
}

/// False: it was said before, and changes nothing. What a second person signs is never said to be done for that.
result<bool> take_reference(const draft& d, const std::vector<known_reference>& known, const std::string& reference,
                            const std::string& amount) {
    const auto use = use_of(known, reference, user_of(d.now.by), amount);
    if (use == reference_use::unused) {
        CHECK(check_room(d, known));
        return true;
    }
    if (d.now.second)
        return refuse(code::changed_since, "The reference was used meanwhile: refuse the request, and ask anew.",
                      {{"reference", reference}});
    if (use == reference_use::again) return false;
    return refuse(code::reference_taken,
                  "You used this reference for another amount already. Another payment has another reference.",
                  {{"field", "reference"}});
}

}  // namespace

bool charges_stopped(const number_state& s) { return s.has_open_closure() && s.of_case<submission>() != nullptr; }

/// Money or the first use makes the line valid for the policy's time from now. A line that nobody has used yet has no
/// keep-alive clock.
void extend_validity(draft& d) {
    if (d.p == nullptr) return;
    const auto& rules = d.p->keepalive;
    const auto status = d.state().subscription->status;
    const bool used = status != line_status::ordered;
    const auto until = std::max(d.state().subscription->valid_until, d.end_after(d.now.now, rules.validity_days));
    const int passed = reminders_passed(rules, until, d.now.now);
    const auto next = keepalive_next(rules, used ? line_status::active : status, until, passed, d.zone());
    if (until == d.state().subscription->valid_until && next == d.state().subscription->keepalive_at) return;
    d.emit(validity_extended{until, passed, next});
    if (status == line_status::grace || status == line_status::suspended)
        d.emit(line_status_changed{line_status::active, d.now.now, next, d.last_day(until)});
}

result<void> decide(draft& d, const order_line& c) {
    CHECK(check_order(c));
    if (already_there(d.state(), c)) return {};
    CHECK(check_free(d.state()));
    TRY(p, known_policy(d, c.policy));
    CHECK(check_profiles(d, c, *p));
    if (!c.profile_type.empty()) CHECK(check_wanted(c.profile_type, c.download));
    d.emit(ordered(d, c, *p));
    if (!c.profile_type.empty()) want(d, *p, c.profile_type, c.download, false);
    return {};
}

namespace {

/// The import's own words, without what the subscriber's stream adds to them: the same row has the same print.
std::string print_of(const import_line& c) {
    import_line said = c;
    said.order.contacts.clear();
    said.order.refund_account.clear();
    said.order.account_on_word = false;
    said.order.document_on_word = false;
    said.order.account_named_at.reset();
    said.owner_differs.clear();
    said.update = false;
    said.over_budget = false;
    return reference_print(base::to_json(said));
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& one : names) out += (out.empty() ? "" : ", ") + one;
    return out;
}

/// What an import may change: the names are the columns of a file.
std::vector<std::string> differing_facts(const number_state& s, const import_line& said) {
    const auto& line = *s.subscription;
    const auto c = in_full(s, said);
    std::vector<std::string> out;
    const auto other = [&](const char* name, bool differs) {
        if (differs) out.emplace_back(name);
    };
    const auto is = [&](std::int64_t minor, const std::optional<money>& wanted) {
        return minor == wanted->minor && (wanted->is_zero() || wanted->currency == s.books.currency);
    };
    other("balance", !is(s.books.customer_money(), c.balance));
    other("bonus", !is(-s.books.of(account::bonus), c.bonus));
    other("debt", !is(s.books.of(account::debt), c.debt));
    other("since", c.since && line.since != c.since);
    other("valid_until", c.valid_until && line.valid_until != c.valid_until);
    other("contract", line.term != c.term);
    other("products", line.products != c.products);
    return out;
}

/// What it may not.
std::vector<std::string> differing_owner(const number_state& s, const import_line& c) {
    const auto& line = *s.subscription;
    std::vector<std::string> out;
    if (line.subscriber != c.order.subscriber) out.emplace_back("subscriber");
    if (line.policy != c.order.policy) out.emplace_back("policy");
    for (const auto& wanted : c.order.profiles) {
        const auto known = std::ranges::find(s.profiles, wanted.iccid, &profile::iccid);
        if (known == s.profiles.end())
            out.emplace_back("iccid");
        else if (known->imsi != wanted.imsi)
            out.emplace_back("imsi");
        else if (!wanted.eid.empty() && !known->eid.empty() && known->eid != wanted.eid)
            out.emplace_back("eid");
    }
    out.insert(out.end(), c.owner_differs.begin(), c.owner_differs.end());
    return out;
}

/// `since` in the future would be a line that has not begun; a day is left for whoever lives east of it.
result<void> check_import(const draft& d, const import_line& c, const policy& p) {
    if (c.products.size() > products_max) return refuse(code::invalid, "Too many linked products.");
    if (c.since && c.valid_until && c.since >= c.valid_until)
        return refuse(code::invalid, "`line.since` is not before `line.valid_until`.", {{"field", "line.since"}});
    if (c.since && c.since >= d.now.now + base::days{1})
        return refuse(code::invalid, "`line.since` lies in the future: a line that is imported has begun.",
                      {{"field", "line.since"}});
    CHECK(check_terms(p.currency, c.term));
    for (const auto& product : c.products) CHECK(check_product(p.currency, product));
    return {};
}

/// An account's balance becomes what the import says, the difference goes where it came from.
result<void> correct(draft& d, account what, account other_side, std::int64_t now_minor, const money& wanted) {
    if (wanted.minor < 0 || wanted.minor > amount_max ||
        (!wanted.is_zero() && wanted.currency != d.state().books.currency))
        return refuse(code::money_mismatch, "The amount must be zero or more, in range and in the line's currency.",
                      {{"currency", d.state().books.currency}});
    const auto more = wanted.minor - now_minor;
    if (more == 0) return {};
    const bool owed_to_us = what == account::debt;
    const auto from = (more > 0) == owed_to_us ? other_side : what;
    const auto to = from == what ? other_side : what;
    return book(d, transfer(booking_kind::adjustment, from, to, std::abs(more)), "import", money_hand::update);
}

/// How far the money of the row is from the line's, whichever way; see money_changed_by().
result<void> check_money_changed(const draft& d, const import_line& c) {
    if (d.now.second) return {};
    const auto minor = money_changed_by(d.state(), c, *d.now.rules, d.now.now);
    if (minor == 0) return {};
    const auto most = d.p->by_hand.line_max_minor;
    const auto lately = moved_alone(d, money_hand::update, 1) + moved_alone(d, money_hand::update, -1);
    if (!c.over_budget && minor <= most && lately <= most - minor) return {};
    const auto amount = base::text(money{c.over_budget ? d.p->by_hand.import_day_max_minor : most, d.p->currency});
    return refuse(
        code::plan_wanted,
        std::string("So much money is changed by an import only with a second person: make a plan of the file "
                    "(keepline import plan, POST /v1/import-plans). Alone it is at most ") +
            amount + (c.over_budget ? " a day in all." : " a day on one line."),
        {{"field", "line.balance"}});
}

/// A new line with money in it pays whoever closes it: one of the staff alone makes it with no more than they bring to
/// any line. A system imports the operator's customers as they are.
result<void> check_money_opened(const draft& d, const import_line& c, const policy& p) {
    if (!d.by_staff() || d.now.second) return {};
    const auto minor = money_changed_by({}, c, *d.now.rules, d.now.now);
    const auto most = p.by_hand.line_max_minor;
    if (minor == 0 || (!c.over_budget && minor <= most)) return {};
    const auto amount = base::text(money{c.over_budget ? p.by_hand.import_day_max_minor : most, p.currency});
    return refuse(code::second_person_needed,
                  "With so much money a line is imported by a system. One of the staff brings at most " + amount +
                      (c.over_budget ? " a day in all" : " with one line") +
                      "; import it without, and bring the rest as a payment, which a second person signs.",
                  {{"field", "line.balance"}});
}

/// Whoever imports may bring a line's end nearer, but never past the first reminder: its owner is told in time, as of
/// any end.
result<void> check_end_told(const draft& d, std::optional<instant> wanted) {
    const auto& remind = d.p->keepalive.remind_days_before;
    const int notice = remind.empty() ? 0 : std::ranges::max(remind);
    if (!wanted || *wanted >= d.state().subscription->valid_until || *wanted >= d.now.now + base::days{notice})
        return {};
    return refuse(code::invalid,
                  "An update brings the end of a line no nearer than its first reminder: " + std::to_string(notice) +
                      " days from now.",
                  {{"field", "line.valid_until"}});
}

result<void> correct_line(draft& d, const import_line& said, std::vector<std::string> differed) {
    const auto c = in_full(d.state(), said);
    if (charges_stopped(d.state())) return refuse(code::closure_stage, "The line is being closed.");
    if (ending_waits(d.state()) || d.state().subscription->locked_since)
        return refuse(code::blocked,
                      "The line is on hold or locked; an import changes nothing of it until that is lifted.");
    CHECK(d.need_policy());
    CHECK(check_import(d, c, *d.p));
    CHECK(check_end_told(d, c.valid_until));
    CHECK(check_money_changed(d, c));
    line_corrected e;
    const auto& line = *d.state().subscription;
    e.since = c.since ? c.since : line.since;
    e.valid_until = c.valid_until ? c.valid_until : line.valid_until;
    e.reminders_passed = reminders_passed(d.p->keepalive, e.valid_until, d.now.now);
    const auto status = line.status == line_status::ordered ? line_status::ordered : line_status::active;
    e.keepalive_at = keepalive_next(d.p->keepalive, status, e.valid_until, e.reminders_passed, d.zone());
    e.term = c.term;
    e.products = c.products;
    e.import_print = print_of(said);
    e.differed = std::move(differed);
    e.by = d.now.by;
    e.at = d.now.now;
    const auto leaving = leaving_changed_by(d.state(), c, *d.now.rules, d.now.now).value_or(leaving_change{});
    e.moved = as_moved(d, money_hand::update, leaving.cheaper);
    e.dearer = as_moved(d, money_hand::update, -leaving.dearer);
    const auto resumed = line.status == line_status::grace || line.status == line_status::suspended;
    const auto next = e.keepalive_at;
    const auto until = e.valid_until;
    d.emit(std::move(e));
    if (resumed && until > d.now.now)
        d.emit(line_status_changed{line_status::active, d.now.now, next, d.last_day(until)});
    CHECK(correct(d, account::prepaid, account::cash, d.state().books.customer_money(), *c.balance));
    CHECK(correct(d, account::bonus, account::promotion, -d.state().books.of(account::bonus), *c.bonus));
    return correct(d, account::debt, account::revenue, d.state().books.of(account::debt), *c.debt);
}

/// The number has a line: is it this one, and is the same said of it? A row that was taken once and comes again says
/// nothing new, whatever happened to the line since; unless two have signed that the line becomes what the row says.
result<void> compare_import(draft& d, const import_line& c) {
    const bool by_two = c.update && d.now.second.has_value();
    if (!by_two && is_taken_already(d.state(), c)) return {};
    const auto owner = differing_owner(d.state(), c);
    if (!owner.empty())
        return refuse(code::line_exists,
                      "The number already has a line, and it differs in: " + joined(owner) +
                          ". An import changes none of these; change them one by one, where their owner is told.",
                      {{"differs", joined(owner)}});
    auto facts = differing_facts(d.state(), c);
    if (facts.empty()) return {};
    if (!c.update)
        return refuse(code::line_exists,
                      "The number already has a line, and it differs in: " + joined(facts) +
                          ". To change it to what is said here, ask for an update.",
                      {{"differs", joined(facts)}});
    return correct_line(d, c, std::move(facts));
}

}  // namespace

namespace {

/// The number is registered to what is switched on; then nobody's word makes another one the first.
base::iccid serving_at_import(const std::vector<new_profile>& profiles) {
    for (const auto state : {profile_state::enabled, profile_state::disabled}) {
        const auto found = std::ranges::find(profiles, state, &new_profile::state);
        if (found != profiles.end()) return found->iccid;
    }
    return {};
}

}  // namespace

result<void> decide(draft& d, const import_line& c) {
    CHECK(check_order(c.order));
    if (d.state().subscription && d.state().subscription->status != line_status::ended &&
        d.state().number == c.order.number)
        return compare_import(d, c);
    CHECK(check_free(d.state()));
    if (!c.owner_differs.empty())
        return refuse(code::line_exists,
                      "The subscriber is known already, and differs in: " + joined(c.owner_differs) +
                          ". An import changes none of these.",
                      {{"differs", joined(c.owner_differs)}});
    TRY(p, known_policy(d, c.order.policy));
    CHECK(check_profiles(d, c.order, *p));
    CHECK(check_import(d, c, *p));
    CHECK(check_money_opened(d, c, *p));
    if (!c.order.profile_type.empty()) CHECK(check_wanted(c.order.profile_type, c.order.download));
    auto e = ordered(d, c.order, *p);
    e.imported = true;
    e.customer_lock = false;  // its owner never heard of one
    e.status = line_status::active;
    e.serving = serving_at_import(c.order.profiles);
    if (c.since) e.since = c.since;
    const auto& where = d.now.rules->zones.of(p->zone);
    e.valid_until = c.valid_until ? c.valid_until : end_after(where, d.now.now, p->keepalive.validity_days);
    e.reminders_passed = reminders_passed(p->keepalive, e.valid_until, d.now.now);
    e.keepalive_at = keepalive_next(p->keepalive, e.status, e.valid_until, e.reminders_passed, where);
    e.term = c.term;
    e.products = c.products;
    e.import_print = print_of(c);
    d.emit(std::move(e));
    if (!c.order.profile_type.empty()) want(d, *p, c.order.profile_type, c.order.download, !c.order.profiles.empty());
    const auto open_with = [&](const money& amount, account from, account to) -> result<void> {
        if (amount.is_zero()) return {};
        CHECK(check_amount(d, amount));
        return book(d, transfer(booking_kind::opening_balance, from, to, amount.minor), {},
                    d.by_staff() ? money_hand::staff_opening : money_hand::opening);
    };
    CHECK(open_with(c.balance.value_or(money()), account::prepaid, account::cash));
    CHECK(open_with(c.bonus.value_or(money()), account::bonus, account::promotion));
    return open_with(c.debt.value_or(money()), account::revenue, account::debt);
}

result<void> decide(draft& d, const add_money& c) {
    if (c.reference.empty() || c.reference.size() > 64)
        return refuse(code::invalid, "A payment needs a reference of 1 to 64 characters.");
    TRY(is_new_one, take_reference(d, d.state().payments, c.reference,
                                   amount_under_reference(c.amount, c.kind == booking_kind::bonus)));
    if (!is_new_one) return {};
    if (has_no_line(d.state()) && c.kind != booking_kind::bonus) {
        CHECK(check_unclaimed(d, c));
        if (d.by_staff()) CHECK(need_second_for(d, act::bring_money, 1, c.amount, c.over_budget));
        take_unclaimed(d, c, hand_of(d));
        return {};
    }
    CHECK(d.need_line());
    CHECK(check_amount(d, c.amount));
    auto left = c.amount.minor;
    if (c.kind != booking_kind::top_up && c.kind != booking_kind::payment && c.kind != booking_kind::bonus)
        return refuse(code::invalid, "Money comes in as top_up, payment or bonus.");
    if (d.by_staff()) CHECK(need_second_for(d, act::bring_money, 1, c.amount, c.over_budget));
    const auto by = hand_of(d);
    if (c.kind == booking_kind::bonus)
        return book(d, transfer(booking_kind::bonus, account::bonus, account::promotion, left, c.reference), {}, by);
    const auto debt = c.kind == booking_kind::payment ? std::min(left, d.state().books.of(account::debt)) : 0;
    booking in{c.kind, {{account::cash, left}}, c.reference};
    if (debt > 0) in.postings.push_back({account::debt, -debt});
    if (left > debt) in.postings.push_back({account::prepaid, -(left - debt)});
    CHECK(book(d, std::move(in), {}, by));
    const bool ending = d.state().of_case<stages::settling>() != nullptr;
    if (c.kind == booking_kind::top_up && !ending) extend_validity(d);  // the case may still be withdrawn
    return {};
}

result<void> decide(draft& d, const charge_line& c) {
    CHECK(d.need_line());
    CHECK(check_amount(d, c.amount));
    if (c.what.size() > words_max || c.reference.size() > 64) return refuse(code::invalid, "The words are too long.");
    if (!c.reference.empty()) {
        TRY(is_new_one, take_reference(d, d.state().charges, c.reference, amount_under_reference(c.amount, false)));
        if (!is_new_one) return {};
    }
    if (charges_stopped(d.state()))
        return refuse(code::closure_stage, "Charges stopped when the closure was received.",
                      {{"received_at", base::iso(d.state().of_case<submission>()->submitted_at)}});
    CHECK(check_not_kept(d));  // later, when the order is lifted
    if (d.by_staff()) CHECK(need_second_for(d, act::take_money, -1, c.amount, c.over_budget));
    auto left = c.amount.minor;
    booking out{booking_kind::charge, {{account::revenue, -left}}, c.reference};
    const auto take = [&](account from, std::int64_t available) {
        const auto part = std::min(left, std::max<std::int64_t>(0, available));
        if (part > 0) out.postings.push_back({from, part});
        left -= part;
    };
    take(account::bonus, -d.state().books.of(account::bonus));
    take(account::prepaid, d.state().books.customer_money());
    if (left > 0) {
        out.kind = booking_kind::charge_on_credit;
        out.postings.push_back({account::debt, left});
    }
    // What a system charges is use; what a person takes away is looked at.
    return book(d, std::move(out), c.what, d.by_staff() ? money_hand::staff : money_hand::nobody);
}

result<void> decide(draft& d, const set_contract& c) {
    CHECK(d.need_line());
    CHECK(check_terms(d.state().books.currency, c.term));
    if (d.state().subscription->term == c.term) return {};
    if (c.term && charges_stopped(d.state())) return refuse(code::closure_stage, "The line is being closed.");
    TRY(change, change_leaving_price(d, c, c.over_budget));
    d.emit(contract_set{c.term, as_moved(d, hand_of(d), change.cheaper), as_moved(d, hand_of(d), -change.dearer)});
    return {};
}

result<void> decide(draft& d, const link_product& c) {
    CHECK(d.need_line());
    CHECK(check_product(d.state().books.currency, c.product));
    auto& products = d.state().subscription->products;
    if (std::ranges::find(products, c.product) != products.end()) return {};
    if (products.size() >= products_max) return refuse(code::invalid, "Too many linked products.");
    if (charges_stopped(d.state())) return refuse(code::closure_stage, "The line is being closed.");
    TRY(change, change_leaving_price(d, c, c.over_budget));
    d.emit(product_linked{c.product, as_moved(d, hand_of(d), change.cheaper - change.dearer)});
    return {};
}

result<void> decide(draft& d, const detach_product& c) {
    CHECK(d.need_line());
    const auto& products = d.state().subscription->products;
    if (std::ranges::find(products, c.product, &linked_product::id) == products.end()) return {};
    TRY(change, change_leaving_price(d, c, c.over_budget));
    d.emit(product_detached{c.product, as_moved(d, hand_of(d), change.cheaper - change.dearer)});
    return {};
}

result<void> decide(draft& d, const set_port_out& c) {
    CHECK(d.need_line());
    const auto& line = *d.state().subscription;
    if (c.pending == line.port_out_since.has_value()) return {};
    const bool own_word = d.now.by.as == role::system && same_holder(d.now.by, line.port_out_by);
    if (!c.pending && !own_word) CHECK(need_second(d.now, act::lift_hold));
    if (c.pending) CHECK(d.need_no_customer_lock());
    if (c.pending) CHECK(check_hold_up(d, hindrance_kind::port_out));
    d.emit(port_out_set{c.pending ? std::optional(d.now.now) : std::nullopt, d.now.by});
    advance(d);
    return {};
}

result<void> decide(draft& d, const set_legal_hold& c) {
    // Of a line that has ended, too: what is left of its owner's money is here until the number is released.
    if (!d.state().subscription) return refuse(code::line_missing, "The number has no line.");
    if (c.reference.size() > words_max) return refuse(code::invalid, "The reference is too long.");
    if (c.reference == d.state().subscription->legal_hold) return {};
    if (!c.reference.empty() && !can_be_read(c.reference))
        return refuse(code::invalid, "The reference must name the authority's order in letters and digits.",
                      {{"field", "reference"}});
    if (!d.state().subscription->legal_hold.empty()) CHECK(need_second(d.now, act::lift_hold));
    d.emit(legal_hold_set{c.reference});
    if (d.state().subscription->status != line_status::ended) advance(d);
    return {};
}

result<void> decide(draft& d, const set_customer_lock& c) {
    CHECK(d.need_line());
    const auto& line = *d.state().subscription;
    if (c.locked) {
        if (line.customer_lock && !line.customer_unlock_at) return {};
        // That their owner takes it off is announced to everybody: one of the staff does not undo that on a word.
        // Where the line is lost, its owner may have nothing but a telephone.
        if (d.by_staff() && line.customer_lock && !line.locked_since) CHECK(need_second(d.now, act::hold_up));
        CHECK(check_hold_up(d, hindrance_kind::lock));
        d.emit(customer_lock_set{true, d.now.now, d.now.by});
        stop_further(d);
        return {};
    }
    if (!line.customer_lock) return {};
    if (d.now.by.as == role::subscriber && c.shown.empty()) {  // a session is no proof: everybody is told, and it waits
        const auto until = d.now.now + base::hours{d.p->customer_unlock_wait_hours};
        if (!line.customer_unlock_at)
            d.emit(customer_unlock_announced{d.now.now, until, d.last_day(until), d.p->customer_unlock_wait_hours});
        return {};
    }
    TRY(proved, prove(d, d.p->customer_unlock_evidence, c.shown, act::lift_customer_lock));
    if (!proved) return {};
    d.emit(customer_lock_set{false, d.now.now, d.now.by});
    advance(d);
    return {};
}

result<void> decide(draft& d, const note_sim_change&) {
    CHECK(d.need_line());
    if (!d.by_staff()) {
        d.emit(sim_changed{d.now.now});
        return {};
    }
    // A word that nothing else shows has closing wait once, and not again and again.
    const auto& before = d.state().subscription->sim_blocked_at;
    d.emit(sim_changed{d.now.now, true, !before || d.now.now >= *before + base::days{d.p->hold_up_days}});
    return {};
}

namespace {

/// A session, or a system, does not take from the owner at once what they kept: the codes that counted until now hold
/// for as long as the new ones prove nothing, while everybody is told. What a session made a moment ago counts for
/// nothing yet, and is not kept.
std::optional<saved_codes> codes_that_stay(const draft& d) {
    const auto& line = *d.state().subscription;
    const auto rest = base::days{d.p == nullptr ? 0 : d.p->recovery_code_rest_days};
    if (rest.count() == 0) return std::nullopt;
    auto out = line.codes_before;
    if (!out || d.now.now >= out->until || out->digests.empty()) {
        if (line.recovery_digests.empty() || d.maker_of_code(line.recovery_digests.front()).as == role::subscriber)
            return std::nullopt;
        out = saved_codes{line.recovery_digests, line.recovery_by, line.recovery_since, {}};
    }
    out->until = d.now.now + rest;
    return out;
}

}  // namespace

result<void> decide(draft& d, const set_recovery_codes& c) {
    CHECK(d.need_line());
    if (c.digests.size() > recovery_codes_max) return refuse(code::invalid, "Too many recovery codes.");
    if (c.digests == d.state().subscription->recovery_digests) return {};
    if (d.by_staff()) CHECK(need_second(d.now, act::make_codes));  // they prove for the owner, and replace the owner's
    bool at_once = d.now.second.has_value();
    if (!at_once && !c.shown.empty()) {
        CHECK(d.need_policy());
        TRY(proved, prove(d, d.p->customer_unlock_evidence, c.shown, act::make_codes));
        if (!proved) return {};
        at_once = true;
    }
    auto before = at_once ? std::nullopt : codes_that_stay(d);
    d.emit(recovery_codes_set{c.digests, d.now.now, d.now.by, std::move(before)});
    return {};
}

/// Also after the line's end, while the number is its owner's still: the certificate is read then, and no other code
/// reaches anybody.
result<void> decide(draft& d, const spend_recovery_code& c) {
    if (d.now.by.as != role::portal) return refuse(code::forbidden, "A portal signs customers in, and nobody else.");
    if (!d.knows_code(c.digest)) return refuse(code::otp_wrong, "This is no saved code of the line, or it was used.");
    d.emit(recovery_code_spent{c.digest, d.now.now});
    return {};
}

result<void> decide(draft& d, const take_contacts& c) {
    if (!d.state().subscription || d.state().subscription->subscriber != c.subscriber) return {};
    if (d.p == nullptr) {  // which says how contact points and accounts are told of, and nothing of these
        take_representatives(d, c.representatives);
        return {};
    }
    contacts_taken e{told_for_a_while(c.contacts, *d.p, d.now.now), c.refund_account, c.language,
                     c.refund_account != d.state().subscription->refund_account, d.now.now};
    const bool new_account = e.account_changed;
    const auto& own = *d.state().subscription;
    // Named again, it is told like another one: who says that it is theirs may be who has the session.
    if (c.account_named_at && (!own.refund_account_changed_at || *c.account_named_at > *own.refund_account_changed_at))
        e.account_changed = true;
    const bool new_document = c.document_changed_at && c.document_changed_at != own.document_changed_at &&
                              *c.document_changed_at > own.owner_since.value_or(own.since);
    if (new_document) e.document_changed_at = c.document_changed_at;
    e.account_on_word = c.account_on_word;
    e.document_on_word = c.document_on_word;
    const bool other_word = e.account_on_word != own.account_on_word || e.document_on_word != own.document_on_word;
    auto known = d.state().contacts;
    std::erase_if(known, [&](const contact_ref& one) { return span_ended(one, d.now.now); });
    if (e.contacts != known || e.account_changed || new_document || other_word || e.language != d.state().language)
        d.emit(std::move(e));
    if (new_account) question_account(d);
    take_representatives(d, c.representatives);
    return {};
}

}  // namespace keepline::domain::rules

namespace keepline::domain {

std::ptrdiff_t references_max(bool by_hand) {
    constexpr std::ptrdiff_t of_systems = 4096;  // a top-up a week for eighty years
    constexpr std::ptrdiff_t of_staff = 512;
    return by_hand ? of_staff : of_systems;
}

std::string user_of(const actor& who) {
    std::string out = boost::describe::enum_to_string(who.as, "");
    out += "/" + who.id.text();
    if (!who.person.empty()) out += "/" + who.person.text();
    return out;
}

namespace {

std::string print_with_user(const std::string& reference, const std::string& user) {
    return reference_print(user + "\n" + reference);
}

}  // namespace

reference_use use_of(const std::vector<known_reference>& known, const std::string& reference, const std::string& user,
                     const std::string& amount) {
    const auto theirs = print_with_user(reference, user);
    const auto nobodys = reference_print(reference);
    for (const auto& one : known) {
        if (one.amount.empty() && one.print == nobodys) return reference_use::again;
        if (!one.amount.empty() && one.print == theirs)
            return one.amount == amount ? reference_use::again : reference_use::other;
    }
    return reference_use::unused;
}

known_reference used_reference(const std::string& reference, const std::string& user, std::string amount, instant at,
                               bool by_hand) {
    if (user.empty()) return {reference_print(reference), at, by_hand};
    return {print_with_user(reference, user), at, by_hand, std::move(amount)};
}

std::string amount_under_reference(const money& amount, bool given) {
    return std::to_string(amount.minor) + " " + amount.currency + (given ? " given" : "");
}

bool is_taken_already(const number_state& s, const import_line& c) {
    return s.subscription && s.subscription->import_print == rules::print_of(c);
}

std::vector<std::string> changed_by(const number_state& s, const import_line& c) {
    return rules::differing_facts(s, c);
}

import_line in_full(const number_state& s, import_line c) {
    if (!s.subscription) return c;
    const auto as_it_is = [&](std::int64_t minor) { return money{minor, s.books.currency}; };
    if (!c.balance) c.balance = as_it_is(s.books.customer_money());
    if (!c.bonus) c.bonus = as_it_is(-s.books.of(account::bonus));
    if (!c.debt) c.debt = as_it_is(s.books.of(account::debt));
    if (!c.term) c.term = s.subscription->term;
    if (c.products.empty()) c.products = s.subscription->products;
    return c;
}

std::int64_t money_changed_by(const number_state& s, const import_line& said, const rule_book& rules, instant now) {
    const auto c = in_full(s, said);
    const auto far = [](std::int64_t now, const std::optional<money>& wanted) -> std::int64_t {
        const auto bounded = std::clamp<std::int64_t>(wanted ? wanted->minor : 0, 0, rules::amount_max);
        return now > bounded ? now - bounded : bounded - now;
    };
    const auto leaving = leaving_changed_by(s, c, rules, now).value_or(leaving_change{});
    return far(s.books.customer_money(), c.balance) + far(-s.books.of(account::bonus), c.bonus) +
           far(s.books.of(account::debt), c.debt) + leaving.largest();
}

}  // namespace keepline::domain
