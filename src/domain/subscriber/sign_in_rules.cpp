#include "domain/subscriber/sign_in_rules.hpp"

#include "domain/reference.hpp"
#include "domain/subscriber/everybody.hpp"
#include "domain/subscriber/subscriber.hpp"

#include <algorithm>

namespace keepline::domain::signing_in {

using base::code;
using base::refuse;

bool is_known(const subscriber_state& s, const std::string& caller, instant now) {
    return !caller.empty() && std::ranges::any_of(s.signed_in_from, [&](const known_caller& one) {
        return one.caller == caller && now < one.at + caller_known_for;
    });
}

namespace {

using events = std::vector<subscriber_event>;

/// The number that a call shows is easily another's: nobody is known by it, and none is remembered.
bool knows_callers(const context& now) { return now.through != channel::hotline; }

result<void> may_be_asked(const subscriber_state& s, const context& now) {
    if (s.id.empty()) return refuse(code::not_found, "There is no such subscriber.");
    if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
    if (now.by.as != role::portal) return refuse(code::forbidden, "A portal signs customers in, and nobody else.");
    return {};
}

template <typename State>
auto* find_door(State& s, sign_in_way way, const base::msisdn& number) {
    const auto found = std::ranges::find_if(
        s.sign_in_doors, [&](const sign_in_door& one) { return one.way == way && one.number == number; });
    return found == s.sign_in_doors.end() ? nullptr : &*found;
}

sign_in_door& door_of(subscriber_state& s, sign_in_way way, const base::msisdn& number) {
    if (auto* known = find_door(s, way, number)) return *known;
    s.sign_in_doors.push_back({way, number, {}, {}});
    return s.sign_in_doors.back();
}

/// Theirs beyond doubt, and for longer than whoever was told before it would still be told: or as old as the person,
/// when it took no other's place.
bool opens(const subscriber_state& s, const contact_ref& one, base::duration told_for, instant now) {
    if (one.by != medium::mail || !one.verified || one.replaced_at) return false;
    return (s.registered_at && one.since == *s.registered_at) || one.since + told_for <= now;
}

const sign_in_wrongs* wrongs_of(const sign_in_door& door, const std::string& caller, instant now) {
    const auto found = std::ranges::find(door.wrongs, caller, &sign_in_wrongs::caller);
    return found == door.wrongs.end() || now >= found->at + sign_ins_count_for ? nullptr : &*found;
}
result<void> check_lock(const sign_in_door& door, const std::string& caller, instant now) {
    const auto* wrongs = wrongs_of(door, caller, now);
    if (wrongs == nullptr || !wrongs->locked_until || now >= *wrongs->locked_until) return {};
    return refuse(code::otp_locked, "Too many wrong codes; wait.", {{"until", base::iso(*wrongs->locked_until)}});
}

/// How many codes may be asked for: by one caller, and by all of their part together. A caller's gap holds up nobody
/// else, and not them where they have shown the code that was sent: what they are told to wait for would not come.
result<void> check_budget(const sign_in_door& door, const std::string& caller, bool known, const otp_rules& rules,
                          instant now) {
    CHECK(check_lock(door, caller, now));
    std::vector<instant> of_part;
    std::vector<instant> of_caller;
    std::optional<instant> waits;  // the last that was not shown yet
    for (const auto& one : door.codes) {
        if (one.from_known != known || now >= one.issued_at + sign_ins_count_for) continue;
        of_part.push_back(one.issued_at);
        if (one.caller != caller) continue;
        of_caller.push_back(one.issued_at);
        waits = one.used ? std::nullopt : std::optional(one.issued_at);
    }
    const auto gap = base::seconds{rules.min_gap_seconds};
    if (waits && now < *waits + gap)
        return refuse(code::too_many, "A code was sent a moment ago.", {{"again_at", base::iso(*waits + gap)}});
    if (!known && of_caller.size() >= static_cast<std::size_t>(sign_ins_of_one_caller))
        return refuse(code::too_many, "No more codes are sent for this caller today.",
                      {{"again_at", base::iso(of_caller.front() + sign_ins_count_for)}});
    if (static_cast<int>(of_part.size()) >= rules.max_per_day)
        return refuse(code::too_many, "No more codes today.",
                      {{"again_at", base::iso(of_part.front() + sign_ins_count_for)}});
    return {};
}

/// The way is still theirs: a line may have ended since, a mailbox may have been replaced.
bool is_still_theirs(const subscriber_state& s, const sign_in_code& what) {
    if (what.way == sign_in_way::line) return has_live_line(s, what.number);
    return std::ranges::all_of(what.contacts, [&](const label& id) {
        const auto one = std::ranges::find(s.contacts, id, &contact_ref::id);
        return one != s.contacts.end() && one->verified && !one->replaced_at && one->since <= what.issued_at;
    });
}

}  // namespace

result<std::vector<label>> mailboxes(const subscriber_state& s, const contact_limits& limits, instant now) {
    std::vector<label> out;
    for (const auto& one : s.contacts)
        if (out.size() < sign_in_contacts_max && opens(s, one, limits.told_for, now)) out.push_back(one.id);
    if (out.empty()) return refuse(code::contact_unknown, "There is no mailbox that has been theirs for long enough.");
    return out;
}

result<events> decide(const subscriber_state& s, const context& now, const ask_sign_in& c) {
    CHECK(may_be_asked(s, now));
    if (c.nonce.empty() || c.digest.empty()) return refuse(code::invalid, "A code needs a nonce and a digest.");
    if (c.way != sign_in_way::line && c.way != sign_in_way::mail)
        return refuse(code::invalid, "A code is sent to the line or by mail.", {{"field", "how"}});
    const bool by_line = c.way == sign_in_way::line;
    if (by_line && !has_live_line(s, c.number)) return refuse(code::contact_unknown, "There is no such line.");
    TRY(limits, contact_limits_of(*now.rules));
    sign_in_code out;
    out.way = c.way;
    if (by_line) {
        out.number = c.number;
    } else {
        TRY(to, mailboxes(s, limits, now.now));
        out.contacts = std::move(to);
    }
    out.from_known = knows_callers(now) && is_known(s, c.caller, now.now);
    if (const auto* door = find_door(s, c.way, out.number))
        CHECK(check_budget(*door, c.caller, out.from_known, limits.codes, now.now));
    out.nonce = c.nonce;
    out.digest = c.digest;
    out.caller = c.caller;
    out.issued_at = now.now;
    out.expires_at = now.now + base::minutes{limits.codes.ttl_minutes};
    return events{sign_in_code_sent{std::move(out)}};
}

result<events> decide(const subscriber_state& s, const context& now, const answer_sign_in& c) {
    CHECK(may_be_asked(s, now));
    const auto* door = find_door(s, c.way, c.way == sign_in_way::line ? c.number : base::msisdn{});
    const auto none = [] { return refuse(code::otp_expired, "The code has expired or was used; ask for a new one."); };
    if (door == nullptr) return none();
    const auto asked = std::ranges::find(door->codes, c.nonce, &sign_in_code::nonce);
    if (asked == door->codes.end() || asked->used || now.now >= asked->expires_at) return none();
    CHECK(check_lock(*door, asked->caller, now.now));
    if (!is_still_theirs(s, *asked)) return none();
    if (c.digest != asked->digest) {
        TRY(limits, contact_limits_of(*now.rules));
        const auto* before = wrongs_of(*door, asked->caller, now.now);
        const int wrong = (before != nullptr ? before->wrong : 0) + 1;
        const auto locked = locked_by_wrong(wrong, limits.codes, now.now);
        const bool told = locked && (!door->lock_told_at || now.now >= *door->lock_told_at + sign_in_lock_told_again);
        return events{sign_in_failed{asked->way, asked->number, asked->caller, wrong, locked, now.now, told}};
    }
    const auto known = knows_callers(now) ? asked->caller : std::string();
    return events{signed_in{asked->way, asked->number, asked->nonce, level_of(asked->way), known, now.now}};
}

result<events> decide(const subscriber_state& s, const context& now, const sign_in_by_saved_code& c) {
    CHECK(may_be_asked(s, now));
    return events{saved_code_used{c.number, c.caller, now.now}};
}

void fold(subscriber_state& s, const sign_in_code_sent& e) {
    auto& codes = door_of(s, e.what.way, e.what.number).codes;
    std::erase_if(codes,
                  [&](const sign_in_code& one) { return one.issued_at + sign_ins_count_for <= e.what.issued_at; });
    codes.push_back(e.what);
}

void fold(subscriber_state& s, const sign_in_failed& e) {
    auto& door = door_of(s, e.way, e.number);
    if (e.told) door.lock_told_at = e.at;
    auto& wrongs = door.wrongs;
    std::erase_if(wrongs, [&](const sign_in_wrongs& one) {
        return one.caller == e.caller || one.at + sign_ins_count_for <= e.at;
    });
    wrongs.push_back({e.caller, e.wrong, e.at, e.locked_until});
}

void fold(subscriber_state& s, const signed_in& e) {
    auto& door = door_of(s, e.way, e.number);
    const auto asked = std::ranges::find(door.codes, e.nonce, &sign_in_code::nonce);
    const auto caller = asked == door.codes.end() ? e.caller : asked->caller;
    if (asked != door.codes.end()) asked->used = true;
    std::erase_if(door.wrongs, [&](const sign_in_wrongs& one) { return one.caller == caller; });
    // A mailbox alone makes nobody known: else whoever reads it would get a part of their own at the line's door.
    if (e.caller.empty() || e.level == session_level::weak) return;
    auto& from = s.signed_in_from;
    std::erase_if(from, [&](const known_caller& one) { return one.caller == e.caller; });
    from.push_back({e.caller, e.at});
    if (from.size() > callers_remembered) from.erase(from.begin());
}

std::vector<effect> to_send(const subscriber_state& s, const sign_in_code_sent& e) {
    const auto& what = e.what;
    if (what.way == sign_in_way::line)
        return {send_sign_in_code{s.id, label::trusted("line"), medium::sms, what.number, what.nonce, what.expires_at,
                                  s.reference}};
    std::vector<effect> out;
    for (const auto& to : what.contacts)
        out.push_back(send_sign_in_code{s.id, to, medium::mail, {}, what.nonce, what.expires_at, s.reference});
    return out;
}

/// Who finds a sheet of saved codes uses them once, and not unheard (NIST SP 800-63B-4).
std::vector<effect> told(const subscriber_state& s, const saved_code_used& e) {
    return to_everybody(s, "saved_code_used", e.at, {});
}

/// Where the codes went: somebody has those messages, or wanted them, who did not get in.
std::vector<effect> told(const subscriber_state& s, const sign_in_failed& e) {
    if (!e.told) return {};
    std::map<std::string, std::string> params;
    if (!s.reference.empty()) params.emplace("ref", said(s.reference));
    constexpr auto* kind = "sign_in_locked";
    if (e.way == sign_in_way::line)
        return {tell_person{kind, s.id, label::trusted("line"), medium::sms, e.number, params, true}};
    std::vector<effect> out;
    const auto* door = find_door(s, e.way, e.number);
    if (door == nullptr || door->codes.empty()) return out;
    for (const auto& to : door->codes.back().contacts) {
        const auto known = std::ranges::find(s.contacts, to, &contact_ref::id);
        if (known != s.contacts.end() && !known->replaced_at)
            out.push_back(tell_person{kind, s.id, to, known->by, {}, params, known->vouched_by.has_value()});
    }
    return out;
}

std::optional<std::string> unsound(const subscriber_state& s) {
    if (s.signed_in_from.size() > callers_remembered) return "too many callers are known";
    for (const auto& door : s.sign_in_doors) {
        if ((door.way == sign_in_way::line) == door.number.empty())
            return "a way in is neither a line's nor a mailbox's";
        for (const auto& one : door.codes) {
            if (one.way != door.way || one.number != door.number) return "a sign-in stands at another way's door";
            if (one.nonce.empty() || one.expires_at <= one.issued_at) return "a sign-in has no code or no time";
            if ((one.way == sign_in_way::mail) == one.contacts.empty()) return "a code by mail went nowhere";
        }
    }
    return std::nullopt;
}

}  // namespace keepline::domain::signing_in
