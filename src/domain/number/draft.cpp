#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

/// The last word on one kind of thing, before it is told singly again.
void tell_gathered(draft& d, const notice_repeats& of) { d.emit(notices_gathered{of.last, of.held, d.now.now}); }

}  // namespace

void draft::weigh(const number_event& what) {
    if (p == nullptr) return;
    constexpr auto day = base::hours{24};
    constexpr int doublings_max = 11;  // of a minute, that is more than a day
    for (const auto kind : kinds_told(state(), what)) {
        const auto group = notice_group(kind);
        const auto* known = find_repeats(state().repeats, group);
        if (known != nullptr && known->quiet_until) {
            if (now.now < *known->quiet_until) continue;
            if (known->held > 0) {
                tell_gathered(*this, notice_repeats(*known));
                known = find_repeats(state().repeats, group);
            }
        }
        const auto span = base::minutes{p->notices.repeats_minutes};
        if (told_within(state().repeats, group, now.now, span) < p->notices.repeats_max &&
            told_within(state().repeats, {}, now.now, day) < p->notices.a_day)
            continue;
        const int round = known == nullptr ? 0 : known->rounds;
        auto lasts = std::min<base::duration>(span * (1 << std::min(round, doublings_max)), day);
        if (group == "customer_lock")  // an unlock that was announced is told well before it happens
            lasts = std::min<base::duration>(lasts,
                                             std::max(base::hours{1}, base::hours{p->customer_unlock_wait_hours / 2}));
        const auto minutes = std::chrono::duration_cast<base::minutes>(lasts).count();
        emit(notices_held{std::string(kind), now.now, now.now + lasts, static_cast<int>(minutes), round + 1});
    }
}

void rules::tick_notices(draft& d) {
    const auto known = d.state().repeats;
    for (const auto& one : known)
        if (one.held > 0 && one.quiet_until && d.now.now >= *one.quiet_until) tell_gathered(d, one);
}

result<void> draft::need_line() const {
    if (!state().subscription || state().subscription->status == line_status::ended)
        return refuse(code::line_missing, "The number has no line.");
    return need_policy();
}

result<void> draft::need_reserved(int generation) const {
    if (!now.reserved || now.reserved->generation != generation || now.now >= now.reserved->until)
        return refuse(code::identifier_unreserved, "The identifiers were not reserved in time; try again.");
    return {};
}

result<void> draft::need_no_customer_lock() const {
    if (!state().subscription->customer_lock) return {};
    return refuse(code::blocked, "The line's own lock is on; its owner takes it off first.", {{"lift", "unlock"}});
}

result<void> draft::need_policy() const {
    if (p == nullptr)
        return refuse(code::policy_unknown, "The line's policy is not loaded.",
                      {{"policy", state().subscription ? state().subscription->policy : ""}});
    return {};
}

result<const closure*> draft::need_stage(std::initializer_list<stage> allowed) const {
    if (!state().current) return refuse(code::closure_missing, "There is no closure.");
    const auto is = at(*state().current);
    if (std::ranges::find(allowed, is) == allowed.end())
        return refuse(code::closure_stage, "The closure is not at a stage that allows this.",
                      {{"stage", boost::describe::enum_to_string(is, "")}});
    return &*state().current;
}

bool suffices(const evidence_sets& sets, const std::vector<evidence>& shown, instant since) {
    const auto has = [&](evidence_kind kind) {
        return std::ranges::any_of(shown,
                                   [&](const evidence& e) { return e.kind == kind && e.passed && e.at >= since; });
    };
    // A mailbox alone proves nothing (NIST SP 800-63B): the policy loader refuses such sets, and so does this.
    const auto strong = [](const std::vector<evidence_kind>& set) {
        return std::ranges::any_of(set, [](evidence_kind kind) { return kind != evidence_kind::otp_email; });
    };
    return std::ranges::any_of(sets, [&](const auto& set) { return strong(set) && std::ranges::all_of(set, has); });
}

std::vector<evidence> without_word_of(std::vector<evidence> shown, const std::vector<actor>& who) {
    std::erase_if(shown, [&](const evidence& e) {
        return !e.word_of.id.empty() &&
               std::ranges::any_of(who, [&](const actor& one) { return same_person(one, e.word_of); });
    });
    return shown;
}

std::vector<evidence> beyond_words(std::vector<evidence> shown, const std::vector<actor>& asking) {
    const bool owner_asks = std::ranges::all_of(asking, [](const actor& one) { return one.as == role::subscriber; });
    std::erase_if(shown, [&](const evidence& e) {
        return !e.word_of.id.empty() && !(e.word_of.as == role::system && owner_asks);
    });
    return shown;
}

std::vector<evidence> beyond_session(std::vector<evidence> shown) {
    std::erase_if(shown, [](const evidence& e) { return e.word_of.as == role::subscriber && !e.word_of.id.empty(); });
    return shown;
}

bool suffices_partly_beyond_words(const evidence_sets& sets, const std::vector<evidence>& shown,
                                  const std::vector<actor>& asking, instant since) {
    const auto standing = beyond_words(shown, asking);
    return std::ranges::any_of(sets, [&](const auto& set) {
        return suffices({set}, shown, since) && std::ranges::any_of(set, [&](evidence_kind kind) {
                   return std::ranges::any_of(
                       standing, [&](const evidence& e) { return e.kind == kind && e.passed && e.at >= since; });
               });
    });
}

namespace {

bool is_among(const std::vector<std::string>& codes, const std::string& digest) {
    return std::ranges::find(codes, digest) != codes.end();
}

}  // namespace

bool draft::knows_code(const std::string& digest) const {
    if (!state().subscription) return false;
    const auto& before = state().subscription->codes_before;
    return is_among(state().subscription->recovery_digests, digest) ||
           (before && now.now < before->until && is_among(before->digests, digest));
}

actor draft::maker_of_code(const std::string& digest) const {
    if (!state().subscription) return {};
    const auto& line = *state().subscription;
    const bool of_before =
        line.codes_before && !is_among(line.recovery_digests, digest) && is_among(line.codes_before->digests, digest);
    const auto& by = of_before ? line.codes_before->by : line.recovery_by;
    const auto& since = of_before ? line.codes_before->since : line.recovery_since;
    if (by.id.empty() || by.as != role::subscriber) return by.id.empty() ? actor{} : by;
    const int rest = p == nullptr ? 0 : p->recovery_code_rest_days;
    return since && now.now < *since + base::days{rest} ? by : actor{};
}

std::string in_words(const evidence_sets& sets) {
    std::string out;
    for (const auto& set : sets) {
        std::string one;
        for (auto kind : set)
            one += (one.empty() ? "" : " + ") + std::string(boost::describe::enum_to_string(kind, ""));
        out += (out.empty() ? "" : ", or ") + one;
    }
    return out;
}

bool is_gone(const profile& p) {
    return p.state == profile_state::deleted || p.state == profile_state::written_off ||
           p.state == profile_state::cancelled;
}

bool is_unbound(const profile& p) {
    if (p.state == profile_state::released) return !awaits_download(p);  // never downloaded: there is nothing to delete
    return is_gone(p);
}

bool awaits_download(const profile& p) { return p.state == profile_state::released && !p.matching_id.empty(); }

// A profile that no device ever had goes back to the stock, and its IMSI may soon be another line's.
bool is_on_network(const profile& p) { return p.state != profile_state::cancelled && !awaits_download(p); }

bool is_open(stage s) {
    switch (s) {
        case stage::opened:
        case stage::in_review:
        case stage::approved:
        case stage::unbinding:
        case stage::settling:
        case stage::fraud_hold: return true;
        default: return false;
    }
}

bool may_still_stop(stage s) {
    return s == stage::opened || s == stage::in_review || s == stage::approved || s == stage::unbinding;
}

namespace rules {

bool keepalive_rests(const number_state& s) {
    return s.has_open_closure() && (s.of_case<submission>() != nullptr || s.of_case<stages::fraud_hold>() != nullptr);
}

bool ending_waits(const number_state& s) {
    return s.subscription &&
           (!s.subscription->legal_hold.empty() || s.subscription->port_out_since || s.subscription->customer_lock);
}

bool lapse_waits(const number_state& s) { return ending_waits(s) && s.subscription->status == line_status::suspended; }

bool awaits_certificate(const number_state& s) {
    const auto* closed = s.of_case<stages::closed>();
    return (closed != nullptr && closed->certificate.empty()) ||
           std::ranges::any_of(s.disputes, &dispute::awaits_signature);
}

}  // namespace rules

instant holds::last() const { return std::max({quarantine_until, reclaim_until, port_right_until, no_reassign_until}); }

}  // namespace keepline::domain
