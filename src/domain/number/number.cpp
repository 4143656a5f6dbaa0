// The aggregate's three functions and its clock; the rules themselves are in *_rules.cpp.
#include "domain/number/number.hpp"

#include "base/digest.hpp"
#include "base/one_of.hpp"
#include "domain/number/certificate.hpp"
#include "domain/number/draft.hpp"
#include "domain/number/notice_merge.hpp"

#include <algorithm>

namespace keepline::domain {

number_command::number_command() = default;
number_command::number_command(const number_command&) = default;
number_command::number_command(number_command&&) noexcept = default;
number_command& number_command::operator=(const number_command&) = default;
number_command& number_command::operator=(number_command&&) noexcept = default;
number_command::~number_command() = default;

number_event::number_event() = default;
number_event::number_event(const number_event&) = default;
number_event::number_event(number_event&&) noexcept = default;
number_event& number_event::operator=(const number_event&) = default;
number_event& number_event::operator=(number_event&&) noexcept = default;
number_event::~number_event() = default;

const profile* number_state::serving() const {
    const auto with = [&](auto fits) {
        const auto found = std::ranges::find_if(profiles, fits);
        return found == profiles.end() ? nullptr : &*found;
    };
    if (subscription && !subscription->serving.empty())
        return with([&](const profile& p) { return p.iccid == subscription->serving; });
    // Lines from before this was remembered: whichever profile is or was switched on.
    const auto* on = with([](const profile& p) { return p.state == profile_state::enabled; });
    return on != nullptr ? on : with([](const profile& p) { return p.state == profile_state::disabled; });
}

namespace {

/// What a command is about without saying so: a loss, a lock, an account, a profile's state as it is now.
struct facts_behind {
    const number_state& s;
    const line& of;

    /// This loss, of these devices; and what is served by it then.
    std::string operator()(const declare_found&) const {
        auto out = loss() + "/" + of.serving.text();
        for (const auto& one : s.profiles)
            if (one.lost) out += "/" + one.iccid.text() + "@" + base::iso(one.lost_at);
        return out;
    }
    std::string operator()(const set_customer_lock& c) const {
        return since(of.customer_unlocked_at) + (c.locked ? "/" + since(of.customer_unlock_at) : std::string());
    }
    std::string operator()(const set_port_out&) const { return since(of.port_out_since); }
    std::string operator()(const withdraw_closure&) const { return std::to_string(s.closures); }
    std::string operator()(const repudiate_closure&) const { return std::to_string(s.closures); }
    std::string operator()(const set_legal_hold&) const { return std::to_string(of.holds_set); }
    std::string operator()(const set_recovery_codes&) const { return since(of.recovery_since) + "/" + loss(); }
    std::string operator()(const undo_switch&) const { return last_move() + "/" + loss(); }
    std::string operator()(const want_profile&) const { return loss(); }
    std::string operator()(const add_profile&) const { return loss(); }
    std::string operator()(const pay_refund_again&) const {
        const auto* end = s.of_case<stages::ending>();
        return account_of_case(s).digest + "/" + (end != nullptr ? end->payback.id : std::string());
    }
    std::string operator()(const return_money& c) const { return c.to_payer ? std::string() : of.refund_account; }
    std::string operator()(const reinstate_line&) const { return s.held ? base::iso(s.held->from) : std::string(); }
    /// What its owner chose meanwhile is nobody's to undo.
    std::string operator()(const choose_payout&) const {
        auto out = std::to_string(s.closures);
        if (s.current) out += std::string("/") + boost::describe::enum_to_string(s.current->paid_by, "");
        return out;
    }
    /// At this price, and instead of this contract.
    std::string operator()(const detach_product& c) const { return linked(c.product); }
    std::string operator()(const link_product& c) const { return linked(c.product.id); }
    std::string operator()(const set_contract&) const { return of.term ? base::to_json(*of.term) : std::string(); }
    std::string operator()(const write_off_profile& c) const {
        return std::to_string(s.closures) + "/" + profile_now(c.iccid);
    }
    std::string operator()(const report_profile& c) const { return profile_now(c.iccid); }
    std::string operator()(const stop_profile& c) const { return profile_now(c.iccid); }
    std::string operator()(const resume_profile& c) const { return profile_now(c.iccid); }
    std::string operator()(const declare_lost& c) const { return c.iccid ? profile_now(*c.iccid) : loss(); }
    std::string operator()(const offer_profile& c) const { return profile_now(c.iccid); }
    std::string operator()(const accept_offer&) const { return loss(); }
    /// This certificate, as it was shown.
    std::string operator()(const correct_certificate& c) const {
        const auto* found = find_dispute(s, c.serial);
        const auto* jws = found == nullptr ? nullptr : certificate_of(s, found->closure);
        return jws == nullptr ? std::string() : certificate_print(*jws);
    }
    template <typename Other>
    std::string operator()(const Other&) const {
        return {};
    }

 private:
    std::string last_move() const {
        if (!of.last_switch) return {};
        return base::iso(of.last_switch->at) + (of.last_switch->undone ? " undone" : "");
    }
    /// What a profile does depends on it: under the lock another one takes the lost one's place, and unlocks the line.
    std::string loss() const { return since(of.last_loss) + (of.locked_since ? " locked" : ""); }
    std::string linked(const label& id) const {
        const auto found = std::ranges::find(of.products, id, &linked_product::id);
        return found == of.products.end() ? std::string() : base::to_json(*found);
    }
    /// It only grows: what was so, was otherwise and is so again is not what was asked about.
    static std::string since(const std::optional<instant>& at) { return at ? base::iso(*at) : std::string(); }
    std::string profile_now(const base::iccid& iccid) const {
        const auto found = std::ranges::find(s.profiles, iccid, &profile::iccid);
        if (found == s.profiles.end()) return {};
        return std::to_string(found->turns) + "/" + of.serving.text() + "/" + last_move() + "/" + loss();
    }
};

/// And of whom: what was asked about one owner is signed for no other.
std::string rests_on(const number_state& s, const number_command& what) {
    auto owner = std::to_string(s.generations);
    // What the bank has said of it meanwhile: of an owner who is gone, too.
    if (const auto* word = std::get_if<refund_answered>(&what))
        if (const auto state = refund_state_of(s, word->id))
            owner += std::string("/") + boost::describe::enum_to_string(*state, "");
    if (!s.subscription) return owner;
    return owner + "/" + std::visit(facts_behind{s, *s.subscription}, what);
}

}  // namespace

result<decided<number>> number::decide(const state& before, const command& what, const context& now) {
    const auto* p = before.subscription ? now.rules->policies.find(before.subscription->policy) : nullptr;
    const auto waits = p == nullptr ? shortest_wait(*now.rules) : base::duration{base::hours{p->second_person_hours}};
    const auto apply = [&](decision<number>& into, const command& c, const context& as) -> result<void> {
        draft d(into, as, p);
        return std::visit([&](const auto& one) { return rules::decide(d, one); }, c);
    };
    const auto may = [&](const state& s, const second_request& asked, const actor& who) {
        return why_not_sign(s, asked, who, now.now);
    };
    TRY(taken, with_second_person<number>(before, what, now, waits, apply, may, rests_on));
    const auto waiting = std::ranges::count(before.asked.list, request_state::waiting, &second_request::state);
    if (waiting > 0 && !taken.events().empty()) {
        draft d(taken, now, p);
        rules::let_payers_go(d, before);
    }
    auto out = std::move(taken).done();
    out.effects = merge_notices(std::move(out.effects));
    return out;
}

std::optional<base::error> why_not_sign(const number_state& s, const second_request& asked, const actor& who,
                                        instant now) {
    if (auto why = why_not_sign(asked, who, now)) return why;
    if (s.has_open_closure() && rules::took_part(*s.current, who))
        return base::error{base::code::own_application, "Nobody signs about an application they took part in."};
    if (rules::is_for_themselves(s, who))
        return base::error{base::code::own_application, "Nobody signs for what they apply for, or are paid."};
    if (asked.what == act::pay_new_account && rules::had_part_in_payee(s, who))
        return base::error{base::code::own_application,
                           "Nobody signs where the money goes of a case they had a part in."};
    if (asked.what == act::return_money)
        for (const auto& one : s.unclaimed)
            if (rules::gives_back(asked, one.serial) && same_person(one.by, who))
                return base::error{base::code::own_application,
                                   "Who reported the payment does not sign where it goes."};
    if (asked.what == act::correct_certificate && rules::had_part_in_disputed(s, asked, who))
        return base::error{base::code::own_application, "Nobody signs about a case they had a part in."};
    if (asked.what == act::take_identifier)  // else the two of the other side could sign for this one
        for (const auto& one : s.offers)
            if (same_person(one.by, who) || same_person(one.second, who))
                return base::error{base::code::own_application, "Nobody signs for what they offered themselves."};
    return std::nullopt;
}

namespace {

struct secrets_hidden {
    void operator()(want_profile& c) const {
        hide(c.shown);
        c.download.matching_id.clear();
        c.download.confirmation.clear();
    }
    void operator()(record_evidence& c) const { c.digest.clear(); }
    void operator()(set_recovery_codes& c) const { c.digests.clear(); }
    void operator()(return_money& c) const { c.account.clear(); }
    /// Whatever else takes proof.
    template <typename Command>
    void operator()(Command& c) const {
        if constexpr (requires { c.shown.front().digest; }) hide(c.shown);
    }

 private:
    static void hide(std::vector<evidence>& shown) {
        for (auto& one : shown) one.digest.clear();
    }
};

}  // namespace

std::optional<number_command> shown_command(const second_request& asked) {
    if (asked.body.empty()) return std::nullopt;
    auto out = base::from_json<number_command>(asked.body);
    if (!out) return std::nullopt;
    std::visit(secrets_hidden{}, *out);
    return std::move(*out);
}

namespace {

using rules::awaits_certificate;
using rules::ending_waits;

/// When the clock has something to do with the case, as it stands.
struct case_clock {
    const number_state& s;
    using when = std::optional<instant>;

    when operator()(const stages::opened&) const { return s.current->expires_at; }
    when operator()(const stages::in_review& c) const {
        if (c.waits) return c.waits->since + base::days{c.terms.pause_max_days};
        return c.escalated ? std::nullopt : std::optional(c.due_at);
    }
    when operator()(const stages::approved& c) const {
        return ending_waits(s) ? std::nullopt : std::optional(std::max(c.cooling_off_until, c.earliest_end));
    }
    when operator()(const stages::unbinding& c) const {
        return ending_waits(s) ? std::nullopt : std::optional(c.write_off_at);
    }
    when operator()(const stages::settling& c) const {
        return c.bar_at && c.late_at ? std::min(c.bar_at, c.late_at) : c.bar_at ? c.bar_at : c.late_at;
    }
    /// It is over, or waits for people.
    template <typename Stage>
        requires base::one_of<Stage, stages::closed, stages::withdrawn, stages::rejected, stages::expired,
                              stages::fraud_hold>
    when operator()(const Stage&) const {
        return std::nullopt;
    }
};

/// The last owner's certificate comes first.
std::optional<instant> holds_due(const number_state& s) {
    if (!s.held->partners_told_at) return s.held->announce_at;
    // What an authority has ordered to keep stays where it is, whose it is.
    const bool stays = awaits_certificate(s) || rules::is_kept(s) || is_disputed(s);
    return stays ? std::nullopt : std::optional(s.held->last());
}

/// What is proved and waits for its time; an authority's order holds it up.
std::optional<instant> payouts_due(const number_state& s) {
    std::optional<instant> next;
    if (!s.subscription || s.subscription->status != line_status::ended || rules::is_kept(s)) return next;
    const auto consider = [&](const refund& of) {
        if (of.state == refund_state::held && of.go_at && (!next || *of.go_at < *next)) next = of.go_at;
    };
    if (const auto* end = s.of_case<stages::ending>()) consider(end->payback);
    for (const auto& one : s.unclaimed)
        if (!one.credited && !one.payee.empty()) consider(one.back);
    return next;
}

}  // namespace

std::optional<instant> number::next_due(const state& s) {
    std::optional<instant> next;
    const auto consider = [&](const std::optional<instant>& at) {
        if (at && *at && (!next || *at < *next)) next = at;
    };
    if (s.current) consider(std::visit(case_clock{s}, s.current->stands));
    if (s.held) consider(holds_due(s));
    consider(payouts_due(s));
    for (const auto& one : s.unclaimed) consider(one.payer_until);
    consider(s.asked.next_expiry());
    for (const auto& one : s.offers) consider(one.until);
    for (const auto& one : s.disputes)
        if (one.state == dispute_state::open && !one.overdue) consider(one.due_at);
    if (s.subscription) consider(s.subscription->customer_unlock_at);
    for (const auto& one : s.repeats)
        if (one.held > 0) consider(one.quiet_until);
    if (s.subscription && !rules::keepalive_rests(s) && !rules::lapse_waits(s)) consider(s.subscription->keepalive_at);
    return next;
}

std::string reference_print(std::string_view reference) {
    constexpr std::size_t kept = 12;
    const auto whole = base::sha256(base::view(reference));
    return base::base64url(base::byte_view(whole).first(kept));
}

}  // namespace keepline::domain
