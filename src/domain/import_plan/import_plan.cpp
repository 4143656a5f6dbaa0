#include "domain/import_plan/import_plan.hpp"

#include "base/one_of.hpp"
#include "domain/reason.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr int plan_changes_max = 20'000;
constexpr std::size_t plan_outcomes_max = 500;  // at once
constexpr std::size_t plan_notes_kept = 2'000;  // more are counted only
constexpr std::size_t note_words_max = 300;

using plan_events = std::vector<import_plan_event>;

struct plan_decider {
    const import_plan_state& s;
    const context& now;

    /// It is at once a request: nobody's plan is carried out on their own word.
    result<plan_events> operator()(const make_plan& c) const {
        if (!s.id.empty()) {
            if (s.id == c.id && s.what == c.what) return plan_events{};
            return refuse(code::id_taken, "There is another plan of this id.");
        }
        if (c.id.empty() || c.what.hash.size() != 64) return refuse(code::invalid, "A plan has an id and a hash.");
        if (c.what.changes < 1 || c.what.changes > plan_changes_max)
            return refuse(code::invalid, "A plan has 1 to 20,000 changes.");
        const auto wanted = need_second(now, act::carry_out_plan);
        if (wanted) return refuse(code::internal, "A plan is signed after it was made.");
        TRY(asked, second_detail::new_request(s.asked, wanted.error(), c.name, c.what.hash, {}, now,
                                              shortest_wait(*now.rules)));
        return plan_events{plan_made{c.id, c.what, now.by, now.through, now.now}, second_wanted{std::move(asked)}};
    }
    result<plan_events> operator()(const countersign& c) const {
        TRY(found, second_detail::answerable(s.asked, c.serial, now.now));
        if (auto why = why_not_sign(*found, now.by, now.now)) return std::unexpected(std::move(*why));
        return plan_events{second_given{c.serial, now.by, now.now}, plan_signed{s.what.hash, now.by, now.now}};
    }
    result<plan_events> operator()(const refuse_second& c) const {
        TRY(found, second_detail::answerable(s.asked, c.serial, now.now));
        CHECK(second_detail::check_refusal(*found, c.reason, now));
        return plan_events{second_refused{c.serial, now.by, c.reason, now.now}};
    }
    result<plan_events> operator()(const note_carried& c) const {
        if (now.by.as != role::system) return refuse(code::forbidden, "The server carries plans out.");
        if (!s.signed_by) return refuse(code::second_person_wanted, "Nobody has signed this plan.");
        // What was done before it was stopped is noted after, too.
        if (c.from != s.carried || c.outcomes.empty()) return plan_events{};  // known already
        const auto left = static_cast<std::size_t>(s.what.changes - s.carried);
        if (c.outcomes.size() > left || c.outcomes.size() > plan_outcomes_max)
            return refuse(code::invalid, "So many changes are not left.");
        plan_carried out;
        out.upto = s.carried + static_cast<int>(c.outcomes.size());
        out.at = now.now;
        for (const auto& one : c.outcomes) {
            if (one.how == plan_outcome::changed) ++out.changed;
            if (one.how == plan_outcome::known) ++out.known;
            if (one.how == plan_outcome::changed || one.how == plan_outcome::known) continue;
            out.notes.push_back(one);
            if (out.notes.back().words.size() > note_words_max) out.notes.back().words.resize(note_words_max);
        }
        return plan_events{std::move(out)};
    }
    result<plan_events> operator()(const stop_plan& c) const {
        if (s.stopped_by) return plan_events{};
        if (stage_of(s, now.now) != plan_stage::signed_by_two)
            return refuse(code::closure_stage,
                          "The plan is not being carried out. One that waits for a second person is refused instead.");
        CHECK(check_reason(c.reason));
        return plan_events{plan_stopped{c.reason, now.by, now.now}};
    }
    result<plan_events> operator()(const note_plan_cleared&) const {
        const auto stage = stage_of(s, now.now);
        if (s.id.empty() || s.cleared) return plan_events{};
        if (stage == plan_stage::waiting || stage == plan_stage::signed_by_two)
            return refuse(code::closure_stage, "The plan is not over.");
        return plan_events{plan_cleared{now.now}};
    }
    result<plan_events> operator()(const expire_requests&) const {
        plan_events out;
        for (auto& one : lapsed(s.asked, now.now)) out.emplace_back(std::move(one));
        return out;
    }
};

struct plan_folder {
    import_plan_state& s;
    void operator()(const plan_made& e) const {
        s.id = e.id;
        s.what = e.what;
        s.by = e.by;
        s.through = e.through;
        s.made_at = e.at;
    }
    void operator()(const plan_signed& e) const {
        s.signed_by = e.by;
        s.signed_at = e.at;
    }
    void operator()(const plan_carried& e) const {
        s.carried = e.upto;
        s.changed += e.changed;
        s.known += e.known;
        for (const auto& one : e.notes) {
            (one.how == plan_outcome::asked ? s.asked_for : s.refused) += 1;
            if (s.notes.size() < plan_notes_kept) s.notes.push_back(one);
        }
        if (s.carried == s.what.changes && !s.ended_at) s.ended_at = e.at;
    }
    void operator()(const plan_stopped& e) const {
        s.stopped_by = e.by;
        s.why_stopped = e.reason;
        s.ended_at = e.at;
    }
    void operator()(const plan_cleared&) const { s.cleared = true; }
    void operator()(const second_wanted& e) const { fold(s.asked, e); }
    void operator()(const second_given& e) const { fold(s.asked, e); }
    void operator()(const second_refused& e) const {
        fold(s.asked, e);
        s.ended_at = e.at;
    }
    void operator()(const second_expired& e) const {
        fold(s.asked, e);
        s.ended_at = e.at;
    }
};

boost::json::object told_of(const import_plan_state& s, instant at) {
    return {{"plan", s.id.text()},
            {"hash", s.what.hash},
            {"changes", s.what.changes},
            {"by", s.by.id.text()},
            {"at", base::iso(at)}};
}

}  // namespace

plan_stage stage_of(const import_plan_state& s, instant now) {
    if (s.signed_by && s.carried == s.what.changes) return plan_stage::done;
    if (s.signed_by) return s.stopped_by ? plan_stage::stopped : plan_stage::signed_by_two;
    if (s.asked.list.empty()) return plan_stage::refused;
    const auto& asked = s.asked.list.back();
    if (asked.waits(now)) return plan_stage::waiting;
    return asked.state == request_state::refused ? plan_stage::refused : plan_stage::expired;
}

result<decided<import_plan>> import_plan::decide(const state& before, const command& what, const context& now) {
    TRY(happens, std::visit(plan_decider{before, now}, what));
    decision<import_plan> out(before);
    out.emit_all(std::move(happens));
    return std::move(out).done();
}

void import_plan::evolve(state& s, const event& what) { std::visit(plan_folder{s}, what); }

namespace {

/// What no single person may do is told to whoever listens: when it is asked for, when it is let happen, how it ended.
struct plan_reaction {
    const import_plan_state& s;
    using effects = std::vector<effect>;

    static effects publish_as(const char* topic, const boost::json::object& what) {
        return {publish{topic, {boost::json::serialize(what)}}};
    }
    effects operator()(const plan_made& e) const { return publish_as("import.planned", told_of(s, e.at)); }
    effects operator()(const plan_signed& e) const {
        auto of = told_of(s, e.at);
        of["second"] = e.by.id.text();
        return publish_as("import.signed", of);
    }
    effects operator()(const plan_stopped& e) const {
        auto of = told_of(s, e.at);
        of["second"] = e.by.id.text();
        of["changed"] = s.changed;
        of["refused"] = s.refused;
        return publish_as("import.stopped", of);
    }
    effects operator()(const plan_carried& e) const {
        if (s.carried < s.what.changes) return {};
        auto of = told_of(s, e.at);
        of["changed"] = s.changed;
        of["refused"] = s.refused;
        return publish_as("import.carried_out", of);
    }
    template <typename Event>
        requires base::one_of<Event, plan_cleared, second_wanted, second_given, second_refused, second_expired>
    effects operator()(const Event&) const {
        return {};
    }
};

}  // namespace

std::vector<effect> import_plan::react(const state& after, const event& what) {
    return std::visit(plan_reaction{after}, what);
}

std::optional<instant> import_plan::next_due(const state& s) { return s.asked.next_expiry(); }

}  // namespace keepline::domain
