// Stage `opened`: eligibility, quote, proof of identity, backup, submission.
#include "domain/number/draft.hpp"
#include "domain/number/eligibility.hpp"
#include "domain/number/quote.hpp"
#include "domain/number/risk.hpp"
#include "domain/reference.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::detail;
using base::refuse;

namespace {

constexpr std::size_t named_products_max = 16;
constexpr std::size_t method_max = 200;
constexpr auto thirty_days = base::days{30};
constexpr int people_max = 3;                    // so many people's cases within that time
constexpr std::ptrdiff_t proofs_of_one_max = 8;  // within a day, so that nobody alone fills a case

std::string name_of(auto value) { return boost::describe::enum_to_string(value, ""); }

/// One person's cases never take all the places: somebody who opens and withdraws keeps nobody else from closing. The
/// owner's own are theirs, whatever others have done.
bool is_full(const std::vector<begun_case>& in, const context& now, int each_max) {
    const auto lately = [&](const begun_case& one) { return one.at > now.now - thirty_days; };
    const auto theirs = [&](const begun_case& one) { return lately(one) && counted_as_one(one.by, now.by); };
    return std::ranges::count_if(in, theirs) >= each_max ||
           (now.by.as != role::subscriber &&
            std::ranges::count_if(in, lately) >= std::ptrdiff_t{each_max} * people_max);
}

result<void> check_may_open(const draft& d) {
    CHECK(d.need_line());
    if (!d.p->offers(d.now.through))
        return refuse(code::channel_not_offered, "This policy does not offer that channel.",
                      {{"channel", name_of(d.now.through)}});
    // Applying twice counts nothing; opening and withdrawing again and again does.
    if (is_full(d.state().memory.submitted, d.now, d.p->max_applications_per_30d) ||
        is_full(d.state().memory.opened, d.now, d.p->max_openings_per_30d))
        return refuse(code::closure_limit, "Too many applications in the last 30 days; call us.");
    const auto* rejected = d.state().of_case<stages::rejected>();
    if (rejected != nullptr && d.p->wait_after_reject_hours > 0) {
        const auto again = rejected->left_at + base::hours{d.p->wait_after_reject_hours};
        if (d.now.now < again)
            return refuse(code::closure_limit, "A new application is possible a while after a rejection.",
                          {{"again_at", base::iso(again)}});
    }
    return {};
}

/// The same obstacle, not another contract or product that came later.
bool same_block(const block& a, const block& b) {
    return a.kind == b.kind && a.reference == b.reference &&
           (a.kind != block_kind::contract_term || a.until == b.until);
}

/// While a quote runs, nothing that it named becomes dearer by asking again (docs/rules.md R4).
void keep_promised_prices(std::vector<block>& blocks, policy& p, const closure& c) {
    for (auto& b : blocks) {
        const auto promised = std::ranges::find_if(c.blocks, [&](const block& was) { return same_block(was, b); });
        if (promised != c.blocks.end() && b.kind != block_kind::debt && promised->price.minor < b.price.minor)
            b.price = promised->price;
    }
    const auto promised_fee = quoted(*c.offer, quote_item_kind::closing_fee);
    if (p.closing.fee.kind == fee_kind::fixed && promised_fee < p.closing.fee.amount.minor)
        p.closing.fee.amount.minor = promised_fee;
}

/// A new quote where something is new: another balance, another obstacle, or the old one has run out.
result<void> issue_quote(draft& d) {
    const auto& before = d.state().current->offer;
    const bool running = before && d.now.now < before->expires_at;
    auto blocks = blocks_of(d.state(), *d.p, d.now);
    auto terms = *d.p;
    if (running) keep_promised_prices(blocks, terms, *d.state().current);
    TRY(offer, make_quote(d.state(), terms, d.now, blocks, before ? before->number + 1 : 1));
    if (running && offer.items == before->items && offer.to_pay == before->to_pay &&
        blocks == d.state().current->blocks)
        return {};
    d.emit(quote_issued{std::move(offer), std::move(blocks)});
    return {};
}

/// The line is gone and its owner may still take it back, but no closure ended it: it lapsed.
bool lapsed(const number_state& s) {
    return s.held && s.subscription && s.subscription->status == line_status::ended &&
           s.of_case<stages::closed>() == nullptr;
}

/// Nobody alone takes the places that others' proof needs. Codes grow old within the hour: who comes back shows others,
/// and what was shown before the line was gone counts for nothing after it. All that is kept is a ring
/// (evolve.cpp, remember_proof).
result<void> check_place_for_proof(const draft& d, const std::vector<evidence>& shown, bool after_end) {
    const auto theirs = [&](const evidence& one) {
        return one.at > d.now.now - base::hours{24} &&
               !(after_end && d.state().held && one.at < d.state().held->from) && counted_as_one(one.by, d.now.by);
    };
    if (std::ranges::count_if(shown, theirs) < proofs_of_one_max) return {};
    return refuse(code::too_many, "You have shown as many proofs as one person may within a day.");
}

/// Proof may be shown while applying, and again after closing for a reinstatement.
result<const closure*> need_case_for_evidence(const draft& d) {
    TRY(c, d.need_stage({stage::opened, stage::in_review, stage::closed}));
    CHECK(d.need_policy());
    CHECK(check_applicant(d, *c));
    CHECK(check_place_for_proof(d, c->shown, has<stages::closed>(*c) != nullptr));
    return c;
}

/// The same for a line that lapsed: there is no case to show it in.
result<void> need_lapsed_for_evidence(const draft& d) {
    CHECK(d.need_policy());
    CHECK(check_tries(d));
    return check_place_for_proof(d, d.state().shown, true);
}

/// Who typed a code in does not matter: it reached the line, or was saved by its owner.
void record(draft& d, evidence_kind kind, bool passed, std::string method, std::string digest, int otp_serial = 0) {
    evidence shown{kind, passed, d.now.now, std::move(method), std::move(digest), d.now.by};
    shown.through = d.now.through;
    if (kind == evidence_kind::recovery_code) shown.word_of = d.maker_of_code(shown.digest);
    d.emit(evidence_recorded{std::move(shown), otp_serial, lapsed(d.state())});
}

// -- submission: who had a code is who submits, and then

bool is_code(const evidence& one) {
    return one.kind == evidence_kind::otp_sms || one.kind == evidence_kind::otp_email ||
           one.kind == evidence_kind::recovery_code;
}

bool is_old(const draft& d, const evidence& one) {
    return one.at < d.now.now - base::minutes{d.p->otp.submit_within_minutes};
}

/// A session looks the same in whoever's hands it is: it submits while the code is in hand, or shows another.
std::vector<evidence> without_old_codes(const draft& d, const std::vector<evidence>& all) {
    auto out = beyond_session(all);
    std::erase_if(out, [&](const evidence& one) { return is_code(one) && is_old(d, one); });
    return out;
}

/// They took a step of it themself: nobody spoke for them, and what they left unsaid in the end they did not want.
bool took_it_on_themself(const closure& c) {
    const auto theirs = [](const actor& who) { return who.as == role::subscriber && !who.id.empty(); };
    return theirs(c.opened_by) || (c.accepted && theirs(c.accepted->by)) || theirs(c.backup.by);
}

/// A code is nobody's word, and says nothing of who goes on with the case. On the hotline the customer types it in
/// while one of the staff speaks for them: what they typed elsewhere, or with nobody but our voice in the call, was for
/// themselves.
std::vector<evidence> without_codes_of_others(const draft& d, const closure& c, std::vector<evidence> shown) {
    std::vector<actor> applying{d.now.by};
    if (c.accepted && !c.accepted->by.id.empty()) applying.push_back(c.accepted->by);
    if (!c.backup.by.id.empty()) applying.push_back(c.backup.by);
    const bool spoken = c.through == channel::hotline && d.now.through == channel::hotline && !took_it_on_themself(c);
    std::erase_if(shown, [&](const evidence& one) {
        if (!is_code(one)) return false;
        const bool customers = one.by.as == role::subscriber || one.by.as == role::system;
        if (spoken && customers && one.through == channel::hotline) return false;
        return !std::ranges::all_of(applying, [&](const actor& who) { return same_holder(one.by, who); });
    });
    return shown;
}

// -- everything that is still missing, at once

struct missing {
    std::optional<code> first;
    std::vector<detail> all;
    bool code_too_old = false;
    void add(code what, std::string words) {
        if (!first) first = what;
        all.push_back({std::string(base::info(what).id), std::move(words)});
    }
};

void missing_from_quote(const draft& d, const closure& c, missing& m) {
    if (!c.accepted || !c.offer) {
        m.add(code::quote_not_accepted, "accept quote " + std::to_string(c.offer ? c.offer->number : 0));
    } else if (d.now.now >= c.offer->expires_at) {
        m.add(code::quote_expired, base::iso(c.offer->expires_at));
    } else if (const auto open = still_to_pay(*c.offer, d.state().books); open > 0) {
        m.add(code::blocked, "pay " + base::text({open, d.state().books.currency}));
    }
}

/// What is to be paid to an account, as far as is known now; zero or less: nothing.
std::int64_t to_account(const draft& d, const closure& c) {
    if (c.paid_by != payout::account || !c.offer) return 0;
    return settle(*c.offer, d.state().books, d.p->closing, {}).refund_minor;
}

/// What would be paid out is asked where to, before anybody is sent away: afterwards it is a change that must be
/// proved.
void missing_account(const draft& d, const closure& c, missing& m) {
    const auto& rules = d.p->payout;
    const auto account = account_of_case(d.state()).digest;
    const auto left = to_account(d, c);
    if (!rules.account_first || rules.pays_to(account) || left <= 0) return;
    auto words = account.empty() ? "name the account for " + base::text({left, d.state().books.currency})
                                 : std::string("the account on file is of a kind that is not paid to; name another");
    if (c.on_behalf && c.on_behalf->refund == refund_payee::principal) {
        m.add(code::account_missing, words + ": the owner's own, which two of the staff name where the owner cannot");
        return;
    }
    for (const auto how : rules.otherwise) words += how == payout::cash ? ", or have it in cash" : ", or give it up";
    m.add(code::account_missing, std::move(words));
}

void missing_age(const draft& d, const closure& c, missing& m) {
    const auto from = counts_from(d, c, account_of_case(d.state()).named_at);
    if (from && to_account(d, c) > 0)
        m.add(code::blocked, "the representative's account was named lately; it counts from " + base::iso(*from));
}

/// A contract or a product that came after the quote is not in it. A debt is: what of it is open is asked for by name.
bool agreed(const closure& c, const block& b) {
    if (b.kind == block_kind::linked_products &&
        std::ranges::find(c.detach, b.reference, &label::text) == c.detach.end())
        return false;
    const auto quoted_too = [&](const block& was) { return same_block(was, b); };
    return b.in_quote && (b.kind == block_kind::debt || std::ranges::any_of(c.blocks, quoted_too));
}

void missing_blocks(const draft& d, const closure& c, missing& m) {
    for (const auto& b : blocks_of(d.state(), *d.p, d.now)) {
        if (!agreed(c, b))
            m.add(code::blocked,
                  name_of(b.kind) + ": " + name_of(b.by) + (b.until ? " until " + base::iso(*b.until) : ""));
    }
}

/// Who has only the line says so, and nobody is kept from closing it. What a programme ends in bulk asks nobody.
void missing_contact(const draft& d, const closure& c, const submit_closure& said, missing& m) {
    if (c.on_behalf) return;  // whoever acts for the owner hears it
    if (said.line_only || d.now.through == channel::bulk || !only_line_hears(d.state())) return;
    const auto wait = d.p->contact_change_lock_days;
    m.add(code::contact_missing,
          "add a phone or e-mail that outlives the line and show its code" +
              (wait > 0 ? " (closing waits " + std::to_string(wait) + " days then)" : std::string()) +
              ", or say that there is none (line_only)");
}

missing missing_for_submission(const draft& d, const closure& c, const risk& assessed, const submit_closure& said) {
    missing m;
    missing_blocks(d, c, m);
    missing_from_quote(d, c, m);
    missing_account(d, c, m);
    missing_age(d, c, m);
    if (c.backup.state != backup_state::downloaded && c.backup.state != backup_state::declined)
        m.add(code::backup_undecided, "download the backup or decline it");
    const auto& sets = evidence_for_case(d, c, assessed.level);
    if (sets.empty())
        m.add(code::evidence_missing,
              "this channel cannot finish a case of " + name_of(assessed.level) + " risk; use the counter");
    else if (!suffices(sets, beyond_session(c.shown), c.opened_at))
        m.add(code::evidence_missing, in_words(sets));
    else if (d.now.by.as == role::subscriber && !suffices(sets, without_old_codes(d, c.shown), c.opened_at)) {
        m.code_too_old = true;
        m.add(code::evidence_missing, "a new code: the last was shown more than " +
                                          std::to_string(d.p->otp.submit_within_minutes) + " minutes ago");
    }
    missing_contact(d, c, said, m);
    return m;
}

/// What was compared, or asked by a call, took days, and whoever has the session by then was not there: they show a
/// code to the line or a saved one, or that they opened the session by one, or by a passkey, a moment ago.
result<void> check_in_hand(const draft& d, const closure& c, risk_level level, const submit_closure& said) {
    if (d.now.by.as != role::subscriber || !said.session_since) return {};
    const auto minutes = d.p->otp.submit_within_minutes;
    if (d.now.now < *said.session_since + base::minutes{minutes}) return {};
    const auto lately = without_old_codes(d, c.shown);
    const auto holds_code = [](const std::vector<evidence_kind>& set) {
        return std::ranges::any_of(set, [](evidence_kind kind) {
            return kind == evidence_kind::otp_sms || kind == evidence_kind::otp_email ||
                   kind == evidence_kind::recovery_code;
        });
    };
    const auto by_code = [&](const auto& set) { return holds_code(set) && suffices({set}, lately, c.opened_at); };
    const evidence_sets alone{{evidence_kind::otp_sms}, {evidence_kind::recovery_code}};
    if (std::ranges::any_of(evidence_for_case(d, c, level), by_code) || suffices(alone, lately, c.opened_at)) return {};
    return refuse(code::session_too_weak,
                  "Show a code to the line, or sign in again, and submit right after that: the session is too old.",
                  {{"within_minutes", std::to_string(minutes)}});
}

instant earliest_end(const draft& d, closing_moment when) {
    const auto& zone = d.zone();
    switch (when) {
        case closing_moment::immediate: return d.now.now;
        case closing_moment::end_of_day: return zone.end_of(d.today());
        case closing_moment::end_of_cycle: return std::max(d.now.now, d.state().subscription->valid_until);
        case closing_moment::month_end: {
            auto day = d.today();
            const auto month = [&](local_day x) { return base::iso(x).substr(0, 7); };
            while (month(day + 1) == month(d.today())) day = day + 1;
            return zone.end_of(day);
        }
    }
    return d.now.now;
}

closure_submitted as_submitted(const draft& d, const risk& assessed, const calendar& days) {
    const auto& p = *d.p;
    const auto due = last_day(p.closing.review, days, d.today());
    int hours = p.closing.cooling_off_hours.of(assessed.level);
    if (d.state().subscription->locked_since) hours = std::max(hours, p.lost_device_cooling_off_hours);
    closure_submitted e;
    e.at = d.now.now;
    e.by = d.now.by;
    e.assessed = assessed;
    e.terms = p.closing;
    e.policy = p.id + "@" + std::to_string(p.version);
    e.calendar = days.id + "@" + days.version;
    e.due = due.day;
    e.due_provisional = due.provisional;
    e.due_at = d.zone().end_of(due.day);
    e.cooling_off_until = d.now.now + base::hours{hours};
    e.earliest_end = earliest_end(d, p.closing.effective);
    e.received = d.today();
    e.account = account_of_case(d.state()).digest;
    return e;
}

/// Chance, drawn for this decision; who was picked once and withdrew is looked at the next time too.
bool picked(const draft& d) {
    const auto& before = d.state().memory.sampled_at;
    if (before && d.now.now < *before + thirty_days) return true;
    const unsigned drawn = (d.now.draw[0] * 256U + d.now.draw[1]) % 100U;
    return drawn >= 100U - static_cast<unsigned>(std::clamp(d.p->sample_percent, 0, 100));
}

bool rests_on_document(const evidence_sets& sets, std::vector<evidence> shown, const closure& c) {
    std::erase_if(shown, [](const evidence& one) { return one.kind == evidence_kind::id_document; });
    return !suffices(sets, shown, c.opened_at);
}

/// Why policy does not decide about this case alone; nothing: it does.
std::vector<std::string> reasons_to_look(const draft& d, const closure& c, const risk& assessed) {
    std::vector<std::string> out;
    const auto& sets = evidence_for_case(d, c, assessed.level);
    auto applicants = c.applied;
    applicants.push_back(d.now.by);
    const auto shown = beyond_session(c.shown);
    if (!suffices(sets, without_word_of(shown, applicants), c.opened_at)) out.emplace_back("self_attested");
    if (!suffices_partly_beyond_words(sets, shown, applicants, c.opened_at) ||
        !suffices(sets, without_checks_of_staff(shown, c), c.opened_at))
        out.emplace_back("staff_only");
    if (!suffices(sets, without_codes_of_others(d, c, shown), c.opened_at)) out.emplace_back("anothers_code");
    if (!suffices(sets, without_old_codes(d, shown), c.opened_at)) out.emplace_back("old_code");
    if (account_of_case(d.state()).on_word) out.emplace_back("account_on_word");
    if (c.on_behalf) out.emplace_back("on_behalf");
    if (d.state().subscription->document_on_word && !c.on_behalf && rests_on_document(sets, shown, c))
        out.emplace_back("document_on_word");
    if (out.empty() && d.p->auto_approve && assessed.level <= d.p->auto_approve_max && picked(d))
        out.emplace_back("sampled");
    return out;
}

}  // namespace

const contact_ref* contact_for_code(const number_state& s, const label& id) {
    static const contact_ref own_line{label::trusted("line"), medium::sms, true, {}, {}, {}, {}};
    const bool for_owner = s.current && is_on_behalf(*s.current);
    const auto* acts = for_owner ? acting_in_case(s) : nullptr;
    if (for_owner && acts == nullptr) return nullptr;  // never the owner's in their place
    if (id == own_line.id) return for_owner ? nullptr : &own_line;
    const auto& contacts = for_owner ? acts->contacts : s.contacts;
    const auto found = std::ranges::find(contacts, id, &contact_ref::id);
    return found == contacts.end() || found->replaced_at ? nullptr : &*found;
}

void count_wrong(draft& d, evidence_kind kind) {
    if (d.by_staff()) return count_failed_proof(d, kind, true);
    const auto& otp = d.state().current->otp;
    const int of_customer = otp.wrong - otp.wrong_of_staff + 1;
    d.emit(otp_failed{otp.wrong + 1, locked_by_wrong(of_customer, d.p->otp, d.now.now), d.now.now});
}

result<void> check_wrong(const draft& d) {
    if (d.by_staff()) return check_tries(d);
    const auto& until = d.state().current->otp.locked_until;
    if (until && d.now.now < *until)
        return refuse(code::otp_locked, "Too many wrong codes; wait.", {{"until", base::iso(*until)}});
    return {};
}

result<void> decide(draft& d, const open_closure& c) {
    if (d.state().has_open_closure()) {
        const auto& by = d.state().current->on_behalf;
        if (c.on_behalf != 0 && (!by || by->serial != c.on_behalf))
            return refuse(code::closure_stage, "Another application for this line is open; it comes to its end first.");
        return {};  // rule 1: the same case, with its original dates
    }
    CHECK(check_may_open(d));
    TRY(on_behalf, check_on_behalf(d, c));
    auto signals = c.signals;
    if (on_behalf) signals.emplace_back("on_behalf");
    if (on_behalf && !hears_anywhere(d.state(), d.now.now)) signals.emplace_back("owner_not_told");
    closure_opened e;
    e.number = d.state().closures + 1;
    e.through = d.now.through;
    e.reason = c.reason;
    e.by = d.now.by;
    e.at = d.now.now;
    e.expires_at = d.now.now + base::days{d.p->application_ttl_days};
    e.blocks = blocks_of(d.state(), *d.p, d.now);
    e.assessed = assess(d.state(), *d.p, d.now.now, signals);
    e.reference = reference_from(d.now.draw);
    e.on_behalf = on_behalf;
    d.emit(std::move(e));
    return issue_quote(d);
}

result<void> decide(draft& d, const ask_quote&) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::opened}));
    CHECK(check_applicant(d, *c));
    return issue_quote(d);
}

result<void> decide(draft& d, const accept_quote& a) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::opened}));
    CHECK(check_applicant(d, *c));
    if (!c->offer || a.quote != c->offer->number)
        return refuse(code::quote_expired, "That quote was replaced by a newer one.",
                      {{"quote", std::to_string(c->offer ? c->offer->number : 0)}});
    if (d.now.now >= c->offer->expires_at)
        return refuse(code::quote_expired, "The quote has expired.", {{"expired_at", base::iso(c->offer->expires_at)}});
    if (a.detach.size() > named_products_max) return refuse(code::invalid, "Too many products are named.");
    for (const auto& b : c->blocks)
        if (b.kind == block_kind::linked_products &&
            std::ranges::find(a.detach, b.reference, &label::text) == a.detach.end())
            return refuse(code::blocked, "Every linked product must be named to be detached.",
                          {{"product", b.reference}});
    // What somebody accepted for the customer is theirs once they accept it themselves.
    const bool themself = d.now.by.as == role::subscriber && c->accepted && !same_person(c->accepted->by, d.now.by);
    if (!c->accepted || c->detach != a.detach || themself)
        d.emit(quote_accepted{a.quote, a.detach, d.now.now, d.now.by});
    return {};
}

result<void> decide(draft& d, const request_otp& r) {
    TRY(c, need_case_for_evidence(d));
    const auto* contact = contact_for_code(d.state(), r.contact);
    if (contact == nullptr) return refuse(code::contact_unknown, "There is no such contact point.");
    if (!contact->verified)
        return refuse(code::contact_unverified, "Nobody has shown yet that the owner reads this contact point.",
                      {{"contact", contact->id.text()}});
    if (const auto from = is_on_behalf(*c) ? counts_from(d, *c, contact->since) : std::nullopt)
        return refuse(code::evidence_too_weak, "The representative named this contact point lately.",
                      {{"contact", contact->id.text()}, {"from", base::iso(*from)}});
    if (r.nonce.empty() || r.digest.empty()) return refuse(code::invalid, "A code needs a nonce and a digest.");
    auto most = d.p->otp;
    if (d.by_staff()) most.max_per_day = std::max(1, most.max_per_day / 2);  // the others are the customer's
    if (auto wait = no_code_now(c->otp, most, d.now.now)) return std::unexpected(std::move(*wait));
    otp_challenge e;
    e.serial = (c->otp.last ? c->otp.last->serial : 0) + 1;
    e.contact = contact->id;
    e.by = contact->by;
    e.nonce = r.nonce;
    e.digest = r.digest;
    e.issued_at = d.now.now;
    e.expires_at = d.now.now + base::minutes{d.p->otp.ttl_minutes};
    // Of whoever acts for the owner there is no session here to type it in.
    e.for_staff = d.by_staff() && (d.p->otp.read_out_to_staff || is_on_behalf(*c));
    d.emit(otp_issued{std::move(e)});
    return {};
}

result<void> decide(draft& d, const present_otp& shown) {
    TRY(c, need_case_for_evidence(d));
    auto& otp = c->otp;
    CHECK(check_wrong(d));
    if (!otp.last || otp.last->used || d.now.now >= otp.last->expires_at)
        return refuse(code::otp_expired, "The code has expired or was used; ask for a new one.");
    // What its message says must be true: nobody of ours types a code unless the customer was told to read it out.
    if (otp.last->for_staff != d.by_staff())
        return refuse(code::code_not_for_staff, otp.last->for_staff
                                                    ? "This code is for our staff; ask for one of your own."
                                                    : "The customer types this code in, or confirms in another way.");
    if (shown.digest != otp.last->digest) {
        count_wrong(d, otp.last->by == medium::mail ? evidence_kind::otp_email : evidence_kind::otp_sms);
        return {};
    }
    const auto& last = *otp.last;
    // Possession is proved by the line itself only; a code to another place is a notification, or another contact's
    // word.
    const bool own_line = last.contact == label::trusted("line");
    const auto kind = last.by == medium::mail ? evidence_kind::otp_email : evidence_kind::otp_sms;
    const bool counts = last.by == medium::mail || own_line || is_on_behalf(*c);
    record(d, kind, counts, own_line ? "sms to the line" : "code to contact " + last.contact.text(), last.digest,
           last.serial);
    return {};
}

result<void> decide(draft& d, const present_recovery_code& shown) {
    if (lapsed(d.state())) {  // no case to count in
        CHECK(need_lapsed_for_evidence(d));
        if (!d.knows_code(shown.digest)) {
            count_failed_proof(d, evidence_kind::recovery_code);
            return {};
        }
        record(d, evidence_kind::recovery_code, true, "saved code", shown.digest);
        return {};
    }
    TRY(c, need_case_for_evidence(d));
    if (is_on_behalf(*c)) return refuse(code::invalid, "The owner's saved codes say nothing of whoever acts for them.");
    CHECK(check_wrong(d));
    if (!d.knows_code(shown.digest)) {
        count_wrong(d, evidence_kind::recovery_code);
        return {};
    }
    record(d, evidence_kind::recovery_code, true, "saved code", shown.digest);
    return {};
}

result<bool> take_seen(draft& d, const record_evidence& e) {
    if (lapsed(d.state())) {
        CHECK(need_lapsed_for_evidence(d));
    } else {
        TRY(c, need_case_for_evidence(d));
        (void)c;
        CHECK(check_tries(d));
    }
    if (d.now.by.as == role::subscriber)
        return refuse(code::forbidden, "Staff or a verification system records this kind of proof.");
    if (e.kind != evidence_kind::id_document && e.kind != evidence_kind::bank_card &&
        e.kind != evidence_kind::staff_sighting && e.kind != evidence_kind::callback)
        return refuse(code::invalid, "A code is proved by presenting it.");
    if (e.kind == evidence_kind::staff_sighting && !d.by_staff())
        return refuse(code::forbidden, "Only a person can have seen a person.");
    if (e.method.empty() || e.method.size() > method_max || e.digest.size() > 64)
        return refuse(code::invalid, "Name the method in at most 200 characters.");
    evidence shown{e.kind, e.passed, d.now.now, e.method, e.digest, d.now.by, e.compared, d.now.by, d.now.through};
    shown.compared = weighed_comparison(d, shown);
    const bool wrong = shown.compared == comparison::mismatched;
    if (wrong) shown.passed = false;
    const bool of_line = lapsed(d.state());
    const bool passed = shown.passed;
    d.emit(evidence_recorded{std::move(shown), 0, of_line});
    if (wrong) count_failed_proof(d, e.kind, !of_line);  // theirs, whoever they are, and no try of the customer's
    return passed;
}

result<void> decide(draft& d, const record_evidence& e) {
    if (d.state().has_open_closure() && is_of_check(*d.state().current, e.kind, d.now.by))
        return refuse(code::own_application, "Nobody attests what they asked for, or brought, themselves.");
    CHECK(take_seen(d, e));
    return {};
}

result<void> decide(draft& d, const prepare_backup&) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::opened}));
    if (is_on_behalf(*c))
        return refuse(code::forbidden, "What is the owner's own is handed to nobody who acts for them; decline it.");
    if (c->backup.state == backup_state::prepared && d.now.now < c->backup.expires_at) return {};
    if (c->backup.state == backup_state::downloaded && d.now.now < c->backup.expires_at) return {};
    d.emit(backup_prepared{d.now.now, d.now.now + base::days{d.p->backup_ttl_days}});
    return {};
}

result<void> decide(draft& d, const backup_fetched& b) {
    if (!d.state().current) return refuse(code::closure_missing, "There is no closure.");
    const auto& backup = d.state().current->backup;
    if (backup.state == backup_state::undecided || backup.state == backup_state::declined)
        return refuse(code::backup_undecided, "Ask for the backup first.");
    if (backup.expires_at && d.now.now >= *backup.expires_at)
        return refuse(code::download_expired, "The download has expired.",
                      {{"expired_at", base::iso(*backup.expires_at)}});
    if (backup.state != backup_state::downloaded || backup.digest != b.digest)
        d.emit(backup_downloaded{d.now.now, b.digest});
    return {};
}

result<void> decide(draft& d, const decline_backup&) {
    TRY(c, d.need_stage({stage::opened}));
    CHECK(check_applicant(d, *c));
    const bool themself = c->backup.state == backup_state::declined && d.now.by.as == role::subscriber &&
                          !same_person(c->backup.by, d.now.by);
    if (themself || (c->backup.state != backup_state::declined && c->backup.state != backup_state::downloaded))
        d.emit(backup_declined{d.now.now, d.now.by});
    return {};
}

result<void> decide(draft& d, const note_accounts& said) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::opened, stage::in_review, stage::approved, stage::unbinding}));
    CHECK(check_applicant(d, *c));
    auto all = c->accounts;
    for (auto one = said.accounts.begin(); one != said.accounts.end(); ++one) {
        if (std::ranges::find(said.accounts.begin(), one, one->what, &account_note::what) != one)
            return refuse(code::invalid, "A kind of account is answered once.", {{"field", "accounts"}});
        const auto known = std::ranges::find(all, one->what, &account_note::what);
        if (known == all.end())
            all.push_back(*one);
        else
            *known = *one;
    }
    if (all != c->accounts) d.emit(accounts_noted{std::move(all), d.now.now, d.now.by});
    return {};
}

result<void> decide(draft& d, const submit_closure& said) {
    CHECK(d.need_line());
    if (d.state().has_open_closure() && d.state().of_case<submission>() != nullptr) return {};  // rule 1
    TRY(c, d.need_stage({stage::opened}));
    CHECK(check_applicant(d, *c));
    CHECK(check_still_acts(d, *c));
    const auto assessed = assess(d.state(), *d.p, d.now.now, c->assessed.facts);
    if (auto m = missing_for_submission(d, *c, assessed, said); m.first)
        return refuse(*m.first, "The application is not complete yet.", std::move(m.all));
    CHECK(check_in_hand(d, *c, assessed.level, said));
    const auto* days = d.days();
    if (days == nullptr) return refuse(code::calendar_unknown, "The policy's calendar is not loaded.");
    auto received = as_submitted(d, assessed, *days);
    received.look_at = reasons_to_look(d, *c, assessed);
    received.line_only = said.line_only && only_line_hears(d.state());  // else the others are told, whatever was said
    const bool by_policy =
        d.p->auto_approve && assessed.level <= d.p->auto_approve_max && received.look_at.empty() && !c->on_behalf;
    d.emit(std::move(received));
    if (by_policy) {
        d.emit(closure_approved{d.now.now, d.p->closing, {}});
        advance(d);
    }
    return {};
}

application_gaps gaps_in(const draft& d, const closure& c) {
    const auto assessed = assess(d.state(), *d.p, d.now.now, c.assessed.facts);
    application_gaps out;
    auto m = missing_for_submission(d, c, assessed, {});
    for (auto& one : m.all)
        if (std::ranges::find(out.codes, one.name) == out.codes.end()) out.codes.push_back(std::move(one.name));
    out.code_too_old = m.code_too_old;
    return out;
}

}  // namespace keepline::domain::rules

namespace keepline::domain {

std::optional<application_gaps> gaps_of_application(const number_state& s, const context& at) {
    if (!s.subscription || !s.current || domain::at(*s.current) != stage::opened) return std::nullopt;
    const auto* p = at.rules->policies.find(s.subscription->policy);
    if (p == nullptr) return std::nullopt;
    decision<number> unused(s);
    const draft d(unused, at, p);
    return rules::gaps_in(d, *s.current);
}

bool only_line_hears(const number_state& s) {
    return std::ranges::none_of(s.contacts, [](const contact_ref& one) { return one.verified && !one.replaced_at; });
}

}  // namespace keepline::domain
