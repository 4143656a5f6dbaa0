// Rules of the profiles and devices of a line: what is ordered from our SM-DP+, what devices report, how the number
// moves from one profile to another and back, and what is lost and found.
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t device_profiles_max = 32;  // in a line's life, those that are gone included
constexpr std::size_t how_max = 200;
constexpr std::size_t type_max = 64;
constexpr std::size_t matching_id_max = 64;

const profile* known_profile(const number_state& s, const base::iccid& iccid) {
    const auto found = std::ranges::find(s.profiles, iccid, &profile::iccid);
    return found == s.profiles.end() ? nullptr : &*found;
}

/// What an eUICC signed is stronger than anybody's word about it.
bool is_stronger(const proof& than, const proof& given) {
    return given.kind == proof_kind::signed_notification && than.kind != proof_kind::signed_notification;
}

/// What a device says about a profile that another device holds by now, or said before its last word. A number that
/// somebody only said is no reason to leave out what an eUICC signed.
bool says_nothing_new(const profile& known, const report_profile& c) {
    const auto not_after = [&](const std::optional<std::uint32_t>& last, bool proved) {
        const bool counts = proved || c.shown.kind != proof_kind::signed_notification;
        return counts && c.sequence && last && *c.sequence <= *last;
    };
    if (known.eid.empty() || c.eid.empty() || c.eid == known.eid) {
        if (not_after(known.last_sequence, known.sequence_proved)) return true;
        return known.state == c.state && !c.sequence && known.last_proof &&
               known.last_proof->digest == c.shown.digest && !is_stronger(*known.last_proof, c.shown) &&
               (c.eid.empty() || c.eid == known.eid);
    }
    const auto before = std::ranges::find(known.earlier, c.eid, &device_sequence::eid);
    if (before != known.earlier.end() && not_after(before->last, before->proved)) return true;
    if (c.state != profile_state::deleted && c.state != profile_state::disabled) return false;
    // Where only somebody's word has it elsewhere by now, the eUICC that had it before still counts.
    const bool signed_by_former = c.shown.kind == proof_kind::signed_notification && before != known.earlier.end();
    return !signed_by_former || !known.last_proof || !is_stronger(*known.last_proof, c.shown);
}

bool can_serve(const number_state& s, const profile& p) {
    return !p.barred && !p.lost && !is_gone(p) && !held_by_loss(s, p);
}

/// A profile has the number, as far as is known.
bool has_server(const number_state& s) {
    const auto* serving = s.serving();
    return serving != nullptr && can_serve(s, *serving);
}

/// While the line is locked as lost: this profile was ordered since, or let serve again, on proof or by two.
bool takes_lost_place(const number_state& s, const profile& p) {
    return s.subscription->locked_since && !held_by_loss(s, p);
}

/// Nobody undoes alone what two signed or its owner proved: the order is taken back by who made it, while nobody has
/// downloaded it, else by two.
result<void> check_taken_back(const draft& d, const profile& p) {
    if (awaits_download(p) && same_holder(d.now.by, p.ordered_by)) return {};
    return need_second(d.now, act::stop_profile);
}

/// Whose stop takes another person: it may be all that the line has to be served by, or somebody else's order. Not the
/// owner's, who is told why it is not done.
result<void> check_stop(const draft& d, const profile& p) {
    if (d.now.by.as != role::subscriber) {
        const bool open = awaits_download(p) || (p.state == profile_state::downloaded && !p.matching_id.empty());
        return has_server(d.state()) && !open ? result<void>() : check_taken_back(d, p);
    }
    // A session may be in whoever's hands the lost phone is.
    if (takes_lost_place(d.state(), p))
        return refuse(
            code::line_locked,
            "The line is locked as lost, and this takes the lost one's place: who ordered it stops it, or two "
            "people.");
    const bool another = std::ranges::any_of(
        d.state().profiles, [&](const profile& one) { return one.iccid != p.iccid && can_serve(d.state(), one); });
    if (has_server(d.state()) || another || held_by_loss(d.state(), p)) return {};
    return refuse(code::blocked, "The line has no other profile: report the device lost, and the line is locked.");
}

/// The number is registered to whichever profile was switched on last, while there is a line to be registered. What is
/// lost is in nobody knows whose hands; nor is what was there before a loss switched to by whoever holds a phone or a
/// session, until it is proved anew.
bool may_serve(const number_state& s, const profile& p) {
    return !p.barred && !p.lost && !held_by_loss(s, p) && s.subscription &&
           s.subscription->status != line_status::ended && s.of_case<stages::settling>() == nullptr;
}

void move_number(draft& d, const base::iccid& to) {
    const auto* from = d.state().serving();
    if (from == nullptr || from->iccid == to) return;
    line_switched e{from->iccid, to, d.now.now, {}, 0};
    if (!is_unbound(*from) && d.p != nullptr && d.p->devices.switch_undo_hours > 0) {
        e.undo_hours = d.p->devices.switch_undo_hours;
        e.undo_until = d.now.now + base::hours{e.undo_hours};
    }
    d.emit(std::move(e));
}

/// Whoever had what was lost may know the codes of what waited then: those orders are taken back when the lock ends, on
/// proof or by two. Until then they wait, and nobody sees the codes: a loss is anybody's word.
void end_lock(draft& d, device_found how) {
    const auto at = how.at;
    d.emit(std::move(how));
    std::vector<base::iccid> waited;
    for (const auto& one : d.state().profiles)
        if (awaits_download(one) && !one.barred && held_by_loss(d.state(), one)) waited.push_back(one.iccid);
    for (const auto& iccid : waited) d.emit(profile_stopped{iccid, d.now.by, at});
}

/// Where the line is locked as lost, it is so no more: what serves from now on is not what was lost.
void take_place(draft& d, const base::iccid& by) {
    if (d.state().subscription->locked_since) end_lock(d, {{}, true, d.now.now, true});
    move_number(d, by);
}

/// Of a line whose first profile was switched on while it was stopped.
void begin_use(draft& d) {
    const auto& line = *d.state().subscription;
    d.emit(line_status_changed{line_status::active, d.now.now, line.keepalive_at, d.last_day(line.valid_until)});
    extend_validity(d);
}

/// The number would be registered to another profile than before; or, where it is not known which one has it, to one
/// that came later than the line.
bool takes_number(const draft& d, const report_profile& c) {
    const auto& reported = *known_profile(d.state(), c.iccid);
    if (c.state != profile_state::enabled || !may_serve(d.state(), reported)) return false;
    const auto* from = d.state().serving();
    if (from != nullptr) return from->iccid != c.iccid;
    return reported.further && d.state().subscription->status != line_status::ordered;
}

/// Staff write off with a reason; a platform's unsigned word may be believed by a second person, and is a write-off
/// then.
result<void> believe_deletion(draft& d, const report_profile& c) {
    if (d.by_staff())
        return refuse(code::forbidden,
                      "A deletion is proved by the device's own signature; staff write a device off, with a reason.");
    const auto* known = known_profile(d.state(), c.iccid);
    if (is_unbound(*known)) return {};
    CHECK(need_second(d.now, act::believe_deletion));
    auto shown = c.shown;
    shown.at = d.now.now;
    d.emit(profile_written_off{c.iccid, std::move(shown), "reported as deleted, unsigned"});
    advance(d);
    return {};
}

/// A phone takes up a profile of before a loss: whose phone that is will be shown first.
bool comes_after_loss(const number_state& s, const profile& p, profile_state to) {
    if (!held_by_loss(s, p) || p.lost || p.barred) return false;
    const auto* serving = s.serving();
    if (serving != nullptr && serving->iccid == p.iccid) return false;
    return to == profile_state::downloaded || to == profile_state::installed || to == profile_state::enabled;
}

void note_report(draft& d, const report_profile& c) {
    const auto known = *known_profile(d.state(), c.iccid);
    profile_reported e{c.iccid, c.state, c.eid, c.sequence, c.shown};
    e.shown.at = d.now.now;
    e.other_device = !c.eid.empty() && !known.eid.empty() && c.eid != known.eid;
    e.serves = c.state == profile_state::enabled && may_serve(d.state(), known);
    e.first_use = e.serves && d.state().subscription->status == line_status::ordered;
    e.stopped = comes_after_loss(d.state(), known, c.state);
    if (e.serves) take_place(d, c.iccid);
    d.emit(e);
    if (e.other_device) d.emit(sim_changed{d.now.now});
    if (e.first_use) extend_validity(d);
    advance(d);
}

/// Devices that have a profile or wait for one; those that were told to delete theirs do not count, nor what is lost,
/// nor an order that will be taken back.
int bound_devices(const number_state& s) {
    return static_cast<int>(std::ranges::count_if(s.profiles, [&](const profile& p) {
        const bool of_before = awaits_download(p) && held_by_loss(s, p);
        return !is_unbound(p) && !p.to_delete && !p.lost && !of_before;
    }));
}

/// Whoever downloads a further profile can take the number along; and one that comes while the line is locked as lost
/// has it unlocked, so it is proved as an unlocking is.
const evidence_sets& evidence_to_move(const draft& d) {
    return d.state().subscription->locked_since ? d.p->unlock_evidence : d.p->switch_evidence;
}
result<bool> prove_further(draft& d, const std::vector<evidence>& shown) {
    CHECK(d.need_no_customer_lock());
    return prove_or_second(d, evidence_to_move(d), shown, act::further_profile);
}

/// A new line's first profile comes from who sold it, or from a system: not from another of the staff.
bool is_further(const draft& d) {
    const auto& line = *d.state().subscription;
    const auto seller = line.sold_by.as;
    const bool sold_by_staff = !line.sold_by.id.empty() && seller != role::subscriber && seller != role::system;
    const bool sold_by_another = d.by_staff() && sold_by_staff && !same_holder(d.now.by, line.sold_by);
    return !is_new(d.state()) || line.locked_since || sold_by_another;
}

/// It was ordered before the last loss: whoever had what was lost may have its code.
bool is_of_before(const number_state& s, const wanted_profile& what) {
    return what.for_loss != s.subscription->last_loss.value_or(instant{});
}

/// Why the line cannot take this profile; nothing: it can.
std::string no_room_for(const draft& d, const take_esim& c) {
    if (!d.state().subscription || d.state().subscription->status == line_status::ended ||
        c.generation != d.state().generations)
        return "the line has ended";
    if (charges_stopped(d.state())) return "the line is being closed";
    if (d.state().profiles.size() >= device_profiles_max) return "the line has too many profiles";
    const bool another = d.state().wanted && d.state().wanted->terms.matching_id != c.added.matching_id;
    if (d.state().wanted &&
        (another ? d.state().subscription->last_loss.has_value() : is_of_before(d.state(), *d.state().wanted)))
        return "the line was lost since it was ordered";
    if (d.state().subscription->customer_lock && d.state().wanted && d.state().wanted->further)
        return "its owner's lock is on";
    if (known_profile(d.state(), c.added.iccid) != nullptr) return "the line had this profile before";
    if (std::ranges::find(d.state().profiles, c.added.matching_id, &profile::matching_id) != d.state().profiles.end())
        return "the order was carried out before";
    return {};
}

}  // namespace

void stop_further(draft& d) {
    std::vector<base::iccid> waited;
    for (const auto& one : d.state().profiles)
        if (one.further && awaits_download(one) && !one.barred) waited.push_back(one.iccid);
    for (const auto& iccid : waited) d.emit(profile_stopped{iccid, d.now.by, d.now.now});
}

result<void> decide(draft& d, const add_profile& c) {
    CHECK(d.need_line());
    if (c.added.iccid.empty() || c.added.imsi.empty())
        return refuse(code::invalid, "A profile needs an ICCID and an IMSI.");
    if (const auto* known = known_profile(d.state(), c.added.iccid)) {
        if (known->imsi == c.added.imsi) return {};
        return refuse(code::profile_exists, "The profile is already on this line with another IMSI.");
    }
    if (d.state().profiles.size() >= device_profiles_max)
        return refuse(code::invalid, "The line has too many profiles.");
    if (charges_stopped(d.state())) return refuse(code::closure_stage, "The line is being closed.");
    // A reservation of before it left may be used no more: what left by agreement comes back by agreement.
    const auto left = [&](const leaving_profile& one) {
        return one.what.iccid == c.added.iccid || one.what.imsi == c.added.imsi;
    };
    if (std::ranges::any_of(d.state().leaving, left))
        return refuse(code::identifier_taken, "This profile went from this line to another one, which may offer it.");
    CHECK(check_imsi(d.p->network, c.added.imsi));
    CHECK(d.need_reserved(d.state().subscription->generation));
    const bool further = is_further(d);
    if (further) {
        TRY(proved, prove_further(d, c.shown));
        if (!proved) return {};
    }
    d.emit(profile_added{c.added, d.now.now, further});
    return {};
}

// -- from our SM-DP+

result<void> check_wanted(const std::string& type, const download_terms& terms) {
    if (type.empty() || type.size() > type_max) return refuse(code::invalid, "Name a profile type.");
    if (terms.matching_id.empty() || terms.matching_id.size() > matching_id_max)
        return refuse(code::invalid, "A line's profile needs a matching ID of at most 64 characters.");
    return {};
}

void want(draft& d, const policy& p, const std::string& type, download_terms terms, bool further) {
    auto& limits = terms.limits;
    if (limits.downloads == 0) limits.downloads = p.devices.download_tries;
    if (limits.codes == 0) limits.codes = p.devices.code_tries;
    if (!limits.expires_at) limits.expires_at = d.now.now + base::days{p.devices.activation_days};
    d.emit(profile_wanted{type, std::move(terms), d.now.now, d.now.by, further});
}

bool is_new(const number_state& s) {
    const auto& line = *s.subscription;
    return line.status == line_status::ordered && !line.owner_since && !s.wanted && s.profiles.empty() &&
           s.leaving.empty() && s.coming.empty();
}

result<void> decide(draft& d, const want_profile& c) {
    CHECK(d.need_line());
    CHECK(check_wanted(c.profile_type, c.download));
    const auto mine = [&](const profile& p) { return p.matching_id == c.download.matching_id; };
    if (std::ranges::any_of(d.state().profiles, mine)) return {};
    if (d.state().wanted && !is_of_before(d.state(), *d.state().wanted)) {
        const bool again = d.state().wanted->type == c.profile_type && same_holder(d.now.by, d.state().wanted->by);
        if (again && c.shown.empty() && !d.now.second) return {};  // it is on its way
        return refuse(code::too_many, "Another profile is being ordered for this line.",
                      {{"profile_type", d.state().wanted->type}});
    }
    if (charges_stopped(d.state())) return refuse(code::closure_stage, "The line is being closed.");
    if (bound_devices(d.state()) >= d.p->devices.bound_max)
        return refuse(code::device_limit, "The line has as many devices as its policy allows; delete one first.",
                      {{"most", std::to_string(d.p->devices.bound_max)}});
    const bool further = is_further(d);
    if (further) {
        TRY(proved, prove_further(d, c.shown));
        if (!proved) return {};
    }
    want(d, *d.p, c.profile_type, c.download, further);
    return {};
}

result<void> decide(draft& d, const stop_profile& c) {
    CHECK(d.need_line());
    const auto* known = known_profile(d.state(), c.iccid);
    if (known == nullptr) return refuse(code::profile_unknown, "The line has no such profile.");
    if (known->barred || is_gone(*known)) return {};
    const auto* serving = d.state().serving();
    if (serving != nullptr && serving->iccid == c.iccid)
        return refuse(code::blocked, "The number is registered to this profile: report it lost, or undo the move.");
    CHECK(check_stop(d, *known));
    d.emit(profile_stopped{c.iccid, d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const resume_profile& c) {
    CHECK(d.need_line());
    const auto* known = known_profile(d.state(), c.iccid);
    if (known == nullptr) return refuse(code::profile_unknown, "The line has no such profile.");
    const auto lock = d.state().subscription->locked_since;
    if (!known->barred && !held_by_loss(d.state(), *known)) return {};
    if (is_gone(*known)) return refuse(code::blocked, "No device has this profile any more: order another one.");
    if (known->lost) return refuse(code::blocked, "The profile is reported lost: it is found, or stays stopped.");
    if (awaits_download(*known))
        return refuse(code::blocked,
                      "It was ordered before the line was lost, and its code may be known: order another one.");
    if (charges_stopped(d.state())) return refuse(code::closure_stage, "The line is being closed.");
    if (known->further) CHECK(d.need_no_customer_lock());
    auto resumed = *known;
    resumed.barred = false;
    resumed.for_loss =
        d.state().subscription->last_loss.value_or(instant{});  // under the lock it takes the lost one's place
    // Saved codes may lie where the lost phone does: what was there before a loss takes more, also when the lock is
    // off.
    const auto& needed = held_by_loss(d.state(), *known) ? d.p->unlock_evidence : evidence_to_move(d);
    TRY(proved, prove_or_second(d, needed, c.shown, act::resume_profile));
    if (!proved) return {};
    const bool serves =
        resumed.state == profile_state::enabled && may_serve(d.state(), resumed) && (lock || !has_server(d.state()));
    if (serves && lock) take_place(d, c.iccid);
    d.emit(profile_resumed{c.iccid, serves, d.now.by, d.now.now});
    if (serves && d.state().subscription->status == line_status::ordered) begin_use(d);
    return {};
}

result<void> decide(draft& d, const take_esim& c) {
    const auto* known = known_profile(d.state(), c.added.iccid);
    if (known != nullptr && known->matching_id == c.added.matching_id) return {};
    if (auto why = no_room_for(d, c); !why.empty())
        d.emit(profile_returned{c.added.iccid, c.added.matching_id, std::move(why), d.now.now});
    else
        d.emit(profile_added{c.added, d.now.now, d.state().wanted && d.state().wanted->further});
    return {};
}

result<void> decide(draft& d, const hear_esim& c) {
    const auto* known = known_profile(d.state(), c.iccid);
    if (known == nullptr) return refuse(code::profile_unknown, "The line has no such profile.");
    const report_profile said{c.iccid, c.state, c.eid, c.sequence, c.shown};
    switch (c.state) {
        case profile_state::downloaded:
        case profile_state::cancelled:  // what a device said is newer
            if (known->state == profile_state::released) note_report(d, said);
            return {};
        default: return decide(d, said);
    }
}

// -- from devices

result<void> decide(draft& d, const report_profile& c) {
    if (c.state != profile_state::installed && c.state != profile_state::enabled &&
        c.state != profile_state::disabled && c.state != profile_state::deleted)
        return refuse(code::invalid, "A device reports installed, enabled, disabled or deleted.");
    const auto* known = known_profile(d.state(), c.iccid);
    if (known == nullptr) return refuse(code::profile_unknown, "The line has no such profile.");
    if (known->state == profile_state::cancelled) return {};  // back in the stock: it may be another line's by now
    if (known->state == profile_state::deleted) return {};    // gone is gone; a new download is a new profile
    if (known->state == profile_state::written_off && c.state != profile_state::deleted) return {};
    if (says_nothing_new(*known, c)) return {};
    // Proof names the thing it proves: only the eUICC's own signature says that it deleted, or moves the number.
    if (c.shown.kind != proof_kind::signed_notification) {
        if (c.state == profile_state::deleted) return believe_deletion(d, c);
        const bool moves = !c.eid.empty() && !known->eid.empty() && c.eid != known->eid;
        if (moves || takes_number(d, c)) CHECK(need_second(d.now, act::switch_device));
    }
    note_report(d, c);
    return {};
}

result<void> decide(draft& d, const undo_switch& c) {
    CHECK(d.need_line());
    const auto& last = d.state().subscription->last_switch;
    if (!last) return refuse(code::switch_undo_over, "The number was not moved to another device.");
    if (last->undone) return {};
    const auto* back = known_profile(d.state(), last->from);
    if (d.now.now >= last->undo_until || d.state().subscription->serving != last->to)
        return refuse(code::switch_undo_over, "The time to undo the move has passed.",
                      {{"until", base::iso(last->undo_until)}});
    if (back == nullptr || is_unbound(*back))
        return refuse(code::switch_undo_over, "The device it was moved from has no profile of this line any more.");
    if (back->lost) return refuse(code::blocked, "The device it was moved from is reported lost.");
    if (d.state().of_case<stages::settling>() != nullptr)
        return refuse(code::closure_stage, "The line is being closed.");
    const auto moved = *last;
    TRY(proved, prove(d, d.p->switch_evidence, c.shown, act::undo_switch));
    if (proved) d.emit(switch_undone{moved.to, moved.from, d.now.now});
    return {};
}

// -- lost and found

namespace {

/// The line is locked already; the word that what takes the lost one's place is lost, too, would undo that.
result<void> check_lost_again(const draft& d, const profile& p) {
    if (!takes_lost_place(d.state(), p)) return {};
    if (d.now.by.as == role::subscriber)
        return refuse(code::line_locked,
                      "The line is locked as lost, and this takes the lost one's place: who ordered it says that it is "
                      "lost, or two people.");
    if (same_holder(d.now.by, p.ordered_by)) return {};
    return need_second(d.now, act::stop_profile);
}

}  // namespace

result<void> decide(draft& d, const declare_lost& c) {
    CHECK(d.need_line());
    if (c.how.size() > how_max) return refuse(code::invalid, "The words are too long.");
    if (c.iccid && known_profile(d.state(), *c.iccid) == nullptr)
        return refuse(code::profile_unknown, "The line has no such profile.");
    std::vector<base::iccid> lost;
    for (const auto& one : d.state().profiles)
        if ((!c.iccid || one.iccid == *c.iccid) && !one.lost && !is_unbound(one) && !awaits_download(one) &&
            (c.iccid || !takes_lost_place(d.state(), one)))
            lost.push_back(one.iccid);
    if (lost.empty() && d.state().subscription->locked_since) return {};
    if (c.iccid) CHECK(check_lost_again(d, *known_profile(d.state(), *c.iccid)));
    d.emit(device_lost{std::move(lost), c.how, d.now.now});
    // Whoever has what was lost may be the one who has the owner's lock taken off.
    if (d.state().subscription->customer_unlock_at) d.emit(customer_lock_set{true, d.now.now});
    advance(d);
    return {};
}

result<void> decide(draft& d, const declare_found& c) {
    CHECK(d.need_line());
    if (c.iccid && known_profile(d.state(), *c.iccid) == nullptr)
        return refuse(code::profile_unknown, "The line has no such profile.");
    device_found e{{}, d.state().subscription->locked_since.has_value(), d.now.now, false, !c.iccid};
    std::string still_lost;
    for (const auto& one : d.state().profiles) {
        if (!one.lost || is_unbound(one)) continue;
        if (!c.iccid || one.iccid == *c.iccid) {
            e.iccids.push_back(one.iccid);
        } else {
            e.unlocks = false;
            still_lost += (still_lost.empty() ? "" : ", ") + one.iccid.text();
        }
    }
    const auto& lock = d.state().subscription->locked_since;
    const bool found_before = c.iccid && lock && known_profile(d.state(), *c.iccid)->lost_at >= *lock;
    if (c.iccid && e.iccids.empty() && !still_lost.empty() && !found_before)
        return refuse(code::blocked, "That profile is not reported lost; another one is.", {{"lost", still_lost}});
    if (e.iccids.empty() && !e.unlocks) return {};
    TRY(proved, prove(d, d.p->unlock_evidence, c.shown, act::unlock_line));
    if (!proved) return {};
    if (e.unlocks)
        end_lock(d, std::move(e));
    else
        d.emit(std::move(e));
    advance(d);  // a case may have waited for that
    return {};
}

}  // namespace keepline::domain::rules

namespace keepline::domain {

bool held_by_loss(const number_state& s, const profile& p) {
    return s.subscription && s.subscription->last_loss && p.for_loss != *s.subscription->last_loss;
}

bool is_first_profile(const number_state& s, const base::iccid& iccid) {
    if (!s.subscription || s.subscription->status != line_status::ordered || s.subscription->owner_since) return false;
    return !s.profiles.empty() && s.profiles.front().iccid == iccid && !s.profiles.front().further;
}

bool may_send_code(const number_state& s, const base::iccid& iccid, const label& contact) {
    if (!is_first_profile(s, iccid) || s.subscription->locked_since || s.subscription->last_loss) return false;
    const auto& p = s.profiles.front();
    if (!awaits_download(p) || p.barred || p.lost) return false;
    const auto found = std::ranges::find(s.contacts, contact, &contact_ref::id);
    return found != s.contacts.end() && found->verified && !found->replaced_at;
}

}  // namespace keepline::domain
