// What must hold after a run, said from the journal and from what was answered: acknowledged commands are there, once;
// effects had their effect once and in order; receipts are evidence; the rules of docs/rules.md
// (domain/number/rule_checks.hpp); one holder of an identifier; the journal verifies.
#pragma once

#include "domain/claim/claim.hpp"
#include "domain/number/notice_merge.hpp"
#include "domain/number/rule_checks.hpp"
#include "engine/codec.hpp"
#include "engine/engine.hpp"
#include "port/fake_journal.hpp"
#include "world.hpp"

#include <map>
#include <optional>
#include <set>

namespace keepline::sim {

constexpr base::duration keys_hold_for = base::hours{20};  // promised is a day; the clock may be set back

/// What was sent, and what was said to it by a process that lived to tell.
struct request {
    engine::submission what;
    std::optional<std::uint64_t> version;  // acknowledged with events, at this version
    std::size_t events = 0;
    base::instant answered_at;
};

/// An entry as the checks read it.
struct past {
    const port::entry* entry = nullptr;
    engine::entry_meta meta;
    std::vector<engine::any_event> events;
    std::vector<domain::effect> effects;
    lives::rules_ptr rules;
};

struct evidence_of_run {
    port::fake_journal& journal;
    const outside& peers;
    const std::map<std::string, request>& requests;  // by correlation
    const std::vector<lives::rules_ptr>& rules;      // in force at each position
    const std::set<std::string>& receipts_taken;     // acknowledged as recorded
    reached* into;
};

using verdict = std::optional<std::string>;

inline verdict check_acknowledged(const evidence_of_run& of, const std::vector<past>& all) {
    std::map<std::pair<std::int64_t, std::uint64_t>, const past*> by_version;
    std::map<std::string, base::instant> carried_out;
    for (const auto& one : all) {
        by_version[{one.entry->stream, one.entry->version}] = &one;
        const bool engines = one.meta.by.id.text() == "engine" || one.meta.by.id.text() == "timer";
        if (engines || !of.requests.contains(one.meta.correlation)) continue;
        const auto at = one.entry->at;
        const auto fresh = carried_out.emplace(one.meta.correlation, at);
        if (fresh.second) continue;
        const auto apart = at - std::exchange(fresh.first->second, at);
        if (apart < keys_hold_for && apart > -keys_hold_for)
            return "one request was carried out twice: " + one.meta.correlation;
    }
    for (const auto& [id, one] : of.requests) {
        if (!one.version) continue;
        const auto row = of.journal.load(one.what.to).value();
        const auto found = row ? by_version.find({row->id, *one.version}) : by_version.end();
        if (found == by_version.end()) return "acknowledged and lost: " + id;
        if (found->second->meta.correlation != id) return "acknowledged, and something else is there: " + id;
        if (found->second->events.size() != one.events)
            return "acknowledged otherwise than it is in the journal: " + id;
    }
    return {};
}

inline verdict check_effects(const evidence_of_run& of, const std::vector<past>& all) {
    std::map<std::string, std::pair<int, port::effect_id>> called_for;
    for (const auto& one : all)
        for (std::size_t i = 0; i < one.effects.size(); ++i) {
            const auto to = static_cast<int>(domain::destination_of(one.effects[i]));
            if (to == static_cast<int>(destination::core)) continue;
            const std::pair fresh{to, port::effect_id::of(one.entry->id(), i)};
            if (!called_for.emplace(engine::outbound_key(one.entry->hash, i), fresh).second)
                return "two effects with one key";
        }
    std::map<std::pair<int, int>, port::effect_id> last;  // of a lane
    std::set<std::string> had;
    for (const auto& [to, key] : of.peers.taken) {
        const auto found = called_for.find(key);
        if (found == called_for.end()) return "a peer carried out what no entry calls for: " + key;
        if (found->second.first != to) return "an effect went elsewhere";
        had.insert(key);
        auto& before = last[{to, found->second.second.partition()}];
        if (!of.peers.moved_aside && found->second.second < before) return "out of order in its lane: " + key;
        before = found->second.second;
        if (of.journal.stream_awaiting(key).value()) return "a receipt came and is still awaited: " + key;
    }
    // What was overtaken while it waited is left out; everything else had its effect.
    for (const auto& one : all)
        for (std::size_t i = 0; i < one.effects.size(); ++i) {
            const auto& e = one.effects[i];
            const bool may_be_overtaken = std::holds_alternative<domain::hlr_action>(e) ||
                                          std::holds_alternative<domain::hlr_keys>(e) ||
                                          domain::destination_of(e) == destination::core;
            if (!may_be_overtaken && !had.contains(engine::outbound_key(one.entry->hash, i)))
                return "an effect was lost: " + engine::kind_of_effect(e);
        }
    return {};
}

/// The lives of the numbers, as the rules' checks read them.
inline std::map<std::int64_t, lives::trace> traces_of(const evidence_of_run& of, const std::vector<past>& all) {
    std::map<std::int64_t, lives::trace> out;
    std::map<std::int64_t, domain::number_state> states;
    for (const auto& one : all) {
        const auto& row = of.journal.all_streams().at(one.entry->stream);
        if (row.key.kind != port::stream_kind::number) continue;
        auto& s = states[one.entry->stream];
        s.number = base::msisdn::trusted(row.key.key);
        lives::step in;
        in.at = one.entry->at;
        in.by = one.meta.by;
        in.through = one.meta.through;
        in.rules = one.rules;
        in.what = domain::tick{};
        const bool engines = in.by.id.text() == "engine" || in.by.id.text() == "timer";
        const auto asked = of.requests.find(one.meta.correlation);
        if (!engines && asked != of.requests.end()) in.what = std::get<domain::number_command>(asked->second.what.what);
        in.before = s;
        for (const auto& each : one.events) {
            lives::happening h{std::get<domain::number_event>(each), s, {}, {}};
            domain::number::evolve(s, h.what);
            h.effects = domain::number::react(s, h.what);
            h.after = s;
            in.happened.push_back(std::move(h));
        }
        in.after = s;
        out[one.entry->stream].push_back(std::move(in));
    }
    return out;
}

/// While an authority's order keeps it, a line does not end and its case does not go on.
inline verdict broken_hold(const lives::trace& t) {
    for (const auto& m : lives::moments_of(t)) {
        const auto& line = m.at->before.subscription;
        if (!line || line->legal_hold.empty()) continue;
        if (lives::as<domain::unbinding_started>(m) != nullptr || lives::as<domain::settling_started>(m) != nullptr ||
            lives::as<domain::closure_closed>(m) != nullptr || lives::as<domain::line_ended>(m) != nullptr)
            return "a line went on to its end although it is to be kept";
    }
    return {};
}

inline verdict broken_ending(const lives::trace& t) {
    for (const auto& m : lives::moments_of(t)) {
        const auto& before = m.at->before;
        if (!before.current) continue;
        const auto* sent = before.of_case<domain::submission>();
        if (lives::as<domain::unbinding_started>(m) != nullptr &&
            (sent == nullptr || m.in->at < sent->cooling_off_until))
            return "a case went on before its cooling-off was over";
        const bool gone = std::ranges::all_of(before.profiles, domain::is_unbound);
        if (lives::as<domain::settling_started>(m) != nullptr && !gone)
            return "a line is taken off the network while a device has its profile";
    }
    return {};
}

/// If-Match; and a command that stops something has stopped it.
inline verdict broken_promises(const evidence_of_run& of, const std::vector<past>& all,
                               const std::map<std::int64_t, lives::trace>& traces) {
    std::map<std::int64_t, std::size_t> at;
    for (const auto& one : all) {
        const auto found = traces.find(one.entry->stream);
        if (found == traces.end()) continue;
        const auto& in = found->second[at[one.entry->stream]++];
        const auto asked = of.requests.find(one.meta.correlation);
        const bool engines = in.by.id.text() == "engine" || in.by.id.text() == "timer";
        if (engines || asked == of.requests.end()) continue;
        const auto& wanted = asked->second.what.expected_revision;
        if (wanted && *wanted != static_cast<std::uint64_t>(in.before.revision))
            return "carried out on another state than it was decided on: " + one.meta.correlation + " (" +
                   std::to_string(*wanted) + ", " + std::to_string(in.before.revision) + ")";
    }
    return {};
}

inline verdict check_rules(const evidence_of_run& of, const std::vector<past>& all) {
    const auto traces = traces_of(of, all);
    if (auto broken = broken_promises(of, all, traces)) return broken;
    std::map<std::string, base::msisdn> holder;
    for (const auto& [stream, t] : traces) {
        using check = verdict (*)(const lives::trace&);
        const std::pair<const char*, check> checks[] = {{"R1", lives::broken_rule_1},
                                                        {"R2", lives::broken_rule_2},
                                                        {"R3", lives::broken_rule_3},
                                                        {"R4", lives::broken_rule_4},
                                                        {"R5", lives::broken_rule_5},
                                                        {"R7", lives::broken_rule_7},
                                                        {"R8", lives::broken_rule_8},
                                                        {"R9", lives::broken_rule_9_money},
                                                        {"R9", lives::broken_rule_9_late},
                                                        {"R9", lives::broken_rule_9_proof},
                                                        {"R9", lives::broken_dispute},
                                                        {"R9", lives::broken_check},
                                                        {"hold", broken_hold},
                                                        {"end", broken_ending}};
        for (const auto& [name, broken] : checks)
            if (const auto why = broken(t)) return std::string(name) + ": " + *why;
        const auto& s = t.back().after;
        std::int64_t sum = 0;
        for (const auto& [name, minor] : s.books.balances) sum += minor;
        if (sum != 0) return "R6: the ledger does not add up to zero";
        if (s.current)
            for (const auto& notice : s.current->notices)
                if (!notice.delivered_at && of.receipts_taken.contains(notice.receipt))
                    return "a receipt was acknowledged and its case does not know of it: " + notice.receipt;
        std::set<std::string> here;
        for (const auto& p : s.profiles)
            if (s.subscription && domain::still_has(s, s.subscription->generation, p.iccid)) {
                here.insert(domain::claim_on(p.iccid));
                here.insert(domain::claim_on(p.imsi));
            }
        for (const auto& one : here)
            if (!holder.emplace(one, s.number).second) return "R9: two lines have " + one;
        if (of.into != nullptr)
            for (const auto& step : t)
                for (const auto& h : step.happened) {
                    ++(*of.into)["event " + std::visit([](const auto& e) { return std::string(e.name); }, h.what)];
                    if (h.after.current)
                        ++(*of.into)["stage " +
                                     std::string(boost::describe::enum_to_string(domain::at(*h.after.current), ""))];
                    if (const auto* ended = std::get_if<domain::line_ended>(&h.what)) ++(*of.into)["end " + ended->why];
                }
    }
    return {};
}

inline std::string check(const evidence_of_run& of) {
    const auto verified = engine::verify(of.journal);
    if (!verified) return "the journal cannot be verified: " + verified.error().words;
    if (!verified->first_mismatch.empty()) return "the journal does not verify: " + verified->first_mismatch;
    if (!of.journal.retries(true, -1, 0, 1).value().empty()) return "an effect is dead";
    std::vector<past> all;
    for (const auto& entry : of.journal.all_entries()) {
        past one{&entry, engine::decode_meta(entry.meta).value(), {}, {}, {}};
        one.events = engine::decode_events(of.journal.all_streams().at(entry.stream).key.kind, entry.events).value();
        one.effects = engine::decode_effects(entry.effects).value();
        one.rules = of.rules[static_cast<std::size_t>(entry.position) - 1];
        all.push_back(std::move(one));
    }
    if (auto broken = check_acknowledged(of, all)) return *broken;
    if (auto broken = check_effects(of, all)) return *broken;
    if (auto broken = check_rules(of, all)) return *broken;
    return {};
}

}  // namespace keepline::sim
