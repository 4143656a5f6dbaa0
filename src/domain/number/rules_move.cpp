// A profile moves from one line to another: both sides agree (docs/rules.md R9), and at no moment do two lines have it.
//
//   offer_profile   on the line that has it: staff, and a second person signs; everybody of the line is told
//   accept_offer    the other side: its owner, or one of the staff who had no hand in the offer, asks; a second person
//                   who had none signs: nobody's two people give a number to a phone of theirs. The line lets go of
//                   it: handed over ─(the HLR has taken the number off its IMSI)─▶ left ─give_profile─▶
//   take_moved      the other line waits for it, and asks for its claims: pass_claim ─▶ hear_claim, twice
//                   ─▶ profile_added. What it cannot take goes back (take_back).
//
// In between the claims stay with whoever let go or waits (keeps_claim), so that nobody else gets them.
#include "domain/claim/claim.hpp"
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t with_moved_max = 32;

bool has_line(const number_state& s) { return s.subscription && s.subscription->status != line_status::ended; }

/// Asked when it is offered and again when it is let go: the line may not be in anybody's hands meanwhile.
result<void> may_let_go(const draft& d, const base::iccid& iccid) {
    const auto found = std::ranges::find(d.state().profiles, iccid, &profile::iccid);
    if (found == d.state().profiles.end()) return refuse(code::profile_unknown, "The line has no such profile.");
    if (!found->matching_id.empty())
        return refuse(code::esim_taken,
                      "A profile of our own SM-DP+ stays with its line; order one for the other line.");
    if (is_unbound(*found) || found->lost || found->barred || held_by_loss(d.state(), *found))
        return refuse(code::profile_unknown, "The line has no use of this profile any more.");
    if (d.state().has_open_closure()) return refuse(code::closure_stage, "The line is being closed.");
    if (d.state().subscription->locked_since) return refuse(code::line_locked, "The line is locked; unlock it first.");
    if (d.state().subscription->customer_lock || d.state().subscription->fraud_hold ||
        !d.state().subscription->legal_hold.empty() || d.state().subscription->port_out_since)
        return refuse(code::blocked, "Something holds the line as it is.");
    return {};
}

/// Why nothing moves to this line: asked when it agrees, and again when the profile's names have followed, since the
/// line may have been lost, locked or closed meanwhile. Nothing: it may.
std::string closed_to_moves(const number_state& s) {
    if (charges_stopped(s)) return "the line is being closed";
    if (s.subscription->locked_since) return "the line is locked";
    if (s.subscription->customer_lock) return "its owner's lock is on";
    return {};
}

/// Why this line cannot take it; nothing: it can.
std::string no_room_for(const draft& d, const take_moved& c) {
    if (!has_line(d.state()) || d.state().subscription->generation != c.generation) return "the line has ended";
    if (auto why = closed_to_moves(d.state()); !why.empty()) return why;
    if (d.state().profiles.size() + d.state().coming.size() >= with_moved_max) return "the line has too many profiles";
    if (std::ranges::find(d.state().profiles, c.what.iccid, &profile::iccid) != d.state().profiles.end() ||
        std::ranges::any_of(d.state().coming,
                            [&](const coming_profile& one) { return one.iccid == c.what.iccid && !one.returned; }))
        return "the line has this profile, or waits for it";
    if (d.p != nullptr && !check_imsi(d.p->network, c.what.imsi)) return "the IMSI is of another network";
    return {};
}

/// Where no other profile has the number, what is switched on has it from now on; otherwise the owner switches.
void put_to_use(draft& d, const coming_profile& what) {
    const bool switched_on = what.state == profile_state::enabled;
    const bool serves = switched_on && d.state().serving() == nullptr && !d.state().subscription->locked_since;
    const auto state = switched_on && !serves ? profile_state::disabled : what.state;
    d.emit(
        profile_added{{what.iccid, what.imsi, what.eid, serves ? profile_state::installed : state}, d.now.now, true});
    d.emit(sim_changed{d.now.now});
    if (!serves) return;
    profile_reported used{what.iccid, profile_state::enabled, what.eid, {}, {proof_kind::report, {}, d.now.now}};
    used.first_use = d.state().subscription->status == line_status::ordered;
    used.serves = true;
    d.emit(used);
    if (used.first_use) extend_validity(d);
}

}  // namespace

// -- the line that has it

result<void> decide(draft& d, const offer_profile& c) {
    CHECK(d.need_line());
    if (!d.by_staff()) return refuse(code::forbidden, "Staff offer a profile to another line.");
    if (c.to == d.state().number || c.to.empty() || c.to_generation < 1)
        return refuse(code::invalid, "Name another line.", {{"field", "to"}});
    CHECK(may_let_go(d, c.iccid));
    const auto same = [&](const profile_offer& one) {
        return one.iccid == c.iccid && one.to == c.to && one.to_generation == c.to_generation && d.now.now < one.until;
    };
    if (std::ranges::any_of(d.state().offers, same)) return {};
    if (d.state().leaving.size() >= with_moved_max)
        return refuse(code::too_many, "Too many profiles have left this line.");
    CHECK(need_second(d.now, act::move_identifier));
    d.emit(profile_offered{
        {c.iccid, c.to, c.to_generation, d.now.by, *d.now.second, d.now.now + base::hours{d.p->second_person_hours}},
        d.now.now});
    return {};
}

result<void> decide(draft& d, const withdraw_offer& c) {
    CHECK(d.need_line());
    if (std::ranges::find(d.state().offers, c.iccid, &profile_offer::iccid) == d.state().offers.end()) return {};
    d.emit(offer_ended{c.iccid, false, d.now.now});
    return {};
}

result<void> decide(draft& d, const accept_offer& c) {
    const auto gone = [&](const leaving_profile& one) {
        return one.what.iccid == c.iccid && one.to == c.to && one.to_generation == c.to_generation;
    };
    const auto found = std::ranges::find(d.state().offers, c.iccid, &profile_offer::iccid);
    const bool open = found != d.state().offers.end() && found->to == c.to && found->to_generation == c.to_generation &&
                      d.now.now < found->until;
    if (!open && std::ranges::any_of(d.state().leaving, gone)) return {};  // agreed before
    if (!open || !has_line(d.state())) return refuse(code::not_found, "This profile is not offered to the line.");
    if (same_person(found->by, d.now.by) || same_person(found->second, d.now.by))
        return refuse(code::own_application, "Nobody agrees to what they offered themselves.");
    // What holds that line is not for the other side to know.
    if (!may_let_go(d, c.iccid)) return refuse(code::blocked, "The other line cannot let go of it now.");
    CHECK(need_second(d.now, act::take_identifier));
    if (same_person(found->by, *d.now.second) || same_person(found->second, *d.now.second))
        return refuse(code::own_application, "Nobody signs for what they offered themselves.");
    const auto what = *std::ranges::find(d.state().profiles, c.iccid, &profile::iccid);
    const bool on_network = is_on_network(what);
    d.emit(profile_handed_over{c.iccid, what.imsi, c.to, c.to_generation, d.now.by, on_network, d.now.now});
    d.emit(sim_changed{d.now.now});
    if (!on_network) note_left(d, what.imsi);
    return {};
}

void note_left(draft& d, const base::imsi& imsi) {
    for (const auto& one : d.state().leaving)
        if (one.what.imsi == imsi && !one.left) return d.emit(profile_left{one.what.iccid, d.now.now});
}

void tick_offers(draft& d) {
    const auto offers = d.state().offers;
    for (const auto& one : offers)
        if (d.now.now >= one.until) d.emit(offer_ended{one.iccid, true, d.now.now});
}

result<void> decide(draft& d, const take_back& c) {
    const auto found =
        std::ranges::find_if(d.state().leaving, [&](const leaving_profile& one) { return one.what.iccid == c.iccid; });
    if (found == d.state().leaving.end() || !d.state().subscription ||
        d.state().subscription->generation != c.generation)
        return {};
    const bool serves = found->served && found->what.state == profile_state::enabled && has_line(d.state()) &&
                        !d.state().subscription->locked_since && !held_by_loss(d.state(), found->what) &&
                        d.state().serving() == nullptr;
    d.emit(profile_came_back{c.iccid, serves, c.why, d.now.now});
    return {};
}

// -- the line that takes it

result<void> decide(draft& d, const take_moved& c) {
    const auto known = std::ranges::find(d.state().coming, c.what.iccid, &coming_profile::iccid);
    if (known != d.state().coming.end() && !known->returned && known->from == c.what.from &&
        known->from_generation == c.what.from_generation)
        return {};
    if (auto why = no_room_for(d, c); !why.empty())
        d.emit(profile_not_taken{c.what.iccid, c.what.from, c.what.from_generation, std::move(why), d.now.now});
    else
        d.emit(profile_coming{c.what, d.now.now});
    return {};
}

result<void> decide(draft& d, const hear_claim& c) {
    const auto profile = profile_holder::parse(c.holder);
    const auto line = profile ? profile->line : line_holder::parse(c.holder);
    const auto mine = std::ranges::find_if(d.state().coming, [&](const coming_profile& one) {
        return !one.returned && (claim_on(one.iccid) == c.identifier ||
                                 (profile && profile->iccid == one.iccid && claim_on(one.imsi) == c.identifier));
    });
    const bool for_this_owner =
        d.state().subscription && line && d.state().subscription->generation == line->generation;
    if (mine == d.state().coming.end() || !for_this_owner || !has_line(d.state())) {
        const auto has_it = [&](const domain::profile& p) {
            return claim_on(p.iccid) == c.identifier ||
                   (profile && profile->iccid == p.iccid && claim_on(p.imsi) == c.identifier);
        };
        const auto comes_back = [&](const leaving_profile& one) { return has_it(one.what); };
        const auto goes_back = [&](const coming_profile& one) {
            domain::profile p;
            p.iccid = one.iccid;
            p.imsi = one.imsi;
            return one.returned && has_it(p);
        };
        if (for_this_owner &&
            (std::ranges::any_of(d.state().profiles, has_it) || std::ranges::any_of(d.state().leaving, comes_back) ||
             std::ranges::any_of(d.state().coming, goes_back)))
            return {};
        d.emit(identifier_passed{c.identifier, c.holder, false, d.now.now});
        return {};
    }
    d.emit(identifier_passed{c.identifier, c.holder, true, d.now.now});
    const auto here = std::ranges::find_if(
        d.state().coming, [&](const coming_profile& one) { return one.iccid_held && one.imsi_held && !one.returned; });
    if (here == d.state().coming.end()) return {};
    const coming_profile what = *here;
    if (auto why = closed_to_moves(d.state()); why.empty())
        put_to_use(d, what);
    else
        d.emit(profile_not_taken{what.iccid, what.from, what.from_generation, std::move(why), d.now.now, what.imsi});
    advance(d);
    return {};
}

}  // namespace keepline::domain::rules
