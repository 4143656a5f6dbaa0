#include "engine/transition.hpp"

#include "base/ensure.hpp"
#include "base/one_of.hpp"
#include "engine/codec.hpp"
#include "engine/history.hpp"
#include "engine/recent_keys.hpp"
#include "port/profile_keys.hpp"

#include <algorithm>

namespace keepline::engine {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t effects_max = 256;  // port::effect_id has eight bits for the index
constexpr std::size_t public_id_bytes = 10;

void encode_record(port::entry& record, const submission& what, instant now, const std::vector<domain::effect>& effects,
                   const port::stream& before) {
    record.version = before.version + 1;
    record.at = now;
    record.meta = base::to_json(entry_meta{what.by, what.through, what.correlation, what.second});
    record.partition = port::partition_of(before.key);
    if (!effects.empty()) record.effects = base::to_json(effects);
    for (const auto& one : effects) record.destinations |= 1U << static_cast<unsigned>(domain::destination_of(one));
    record.hash = port::entry_hash(before.version == 0 ? chain_start(before.key) : before.head, record);
}

std::shared_ptr<outgoing> outgoing_of(const port::entry& record, const submission& what, const stream_view& after,
                                      std::vector<domain::effect> effects) {
    if (effects.empty()) return nullptr;
    auto out = std::make_shared<outgoing>();
    out->partition = record.partition;
    out->destinations = record.destinations;
    out->at = record.at;
    out->hash = record.hash;
    out->correlation = what.correlation;
    out->effects = std::move(effects);
    out->whose = addressee{after.key, after.public_id, language_of(after)};
    return out;
}

/// Each kind has ids of its own, and no id that a client chose begins like one of ours (base::reserved_prefixes): so no
/// two streams ever want the same.
std::string public_id_for(const port::stream_key& key, port::random& ids) {
    switch (key.kind) {
        case port::stream_kind::number: return "ln_" + ids.token(public_id_bytes);
        case port::stream_kind::esim: return "es_" + ids.token(public_id_bytes);
        case port::stream_kind::subscriber: return "sb_" + key.key;
        case port::stream_kind::claim: return "cl_" + ids.token(public_id_bytes);
        case port::stream_kind::credential: return "cr_" + ids.token(public_id_bytes);
        case port::stream_kind::plan: return key.key;
    }
    return key.key;
}

/// What people may call this stream from now on. An event that has an id or a reference does not compile before it
/// stands here.
struct reference_notes {
    std::vector<std::string>& into;

    void note(const std::string& one) const {
        if (!one.empty()) into.push_back(one);
    }
    void operator()(const domain::closure_opened& e) const { note(e.reference); }
    void operator()(const domain::line_ordered& e) const { note(e.reference); }
    void operator()(const domain::subscriber_registered& e) const { note(e.reference); }
    void operator()(const domain::contact_code_issued& e) const { note(e.reference); }
    // By its EndToEndId the bank's word finds its number.
    void operator()(const domain::refund_ordered& e) const { note(e.id); }
    void operator()(const domain::refund_set_aside& e) const { note(e.id); }
    void operator()(const domain::money_return_ordered& e) const { note(e.id); }
    /// Known before, a stream's own, or a name that nobody is told.
    template <typename Event>
        requires base::one_of<Event, domain::legal_hold_set, domain::information_given, domain::reply_heard,
                              domain::refund_state_changed, domain::refund_contradicted, domain::message_noted,
                              domain::plan_made, domain::webhook_changed, domain::webhook_rotated,
                              domain::webhook_paused, domain::webhook_replayed, domain::webhook_tried,
                              domain::webhook_closed, domain::webhook_secrets_ended, domain::document_taken_back>
    void operator()(const Event&) const {}
    template <typename Event>
        requires(
            !requires(const Event& e) { e.id; } && !requires(const Event& e) { e.reference; })
    void operator()(const Event&) const {}
};

/// Devices that this number was not said to be on before; now and then all of them, for lines that were written before
/// anybody noted devices.
void note_devices(const domain::number_state& before, const domain::number_state& after, bool all,
                  std::vector<std::string>& into) {
    const auto is_new = [&](const base::eid& eid) {
        return std::ranges::find(before.profiles, eid, &domain::profile::eid) == before.profiles.end();
    };
    for (const auto& p : after.profiles)
        if (!p.eid.empty() && (all || is_new(p.eid))) into.push_back(p.eid.text());
}

template <typename Aggregate>
result<std::optional<transition>> apply_to(const known_stream& before, const submission& what,
                                           const typename Aggregate::command& command, const domain::rule_book& rules,
                                           instant now, const settings& how, port::random& ids) {
    using state_type = typename Aggregate::state;
    domain::context circumstances{
        .now = now, .rules = &rules, .by = what.by, .through = what.through, .reserved = what.reserved};
    circumstances.second = what.second;
    ids.fill(circumstances.draw);
    TRY(taken, Aggregate::decide(std::get<state_type>(before.view->state), command, circumstances));
    const auto& events = taken.events;
    if (events.empty()) return std::nullopt;
    ENSURE(taken.effects.size() <= effects_max);

    auto public_id = before.view->public_id;
    if (public_id.empty()) public_id = public_id_for(before.view->key, ids);
    const auto view = std::make_shared<stream_view>(
        stream_view{before.view->key, std::move(public_id), before.row.version + 1, std::move(taken.after)});
    const auto& state = std::get<state_type>(view->state);
    // A fault of ours: the command is refused, and everything else goes on. What was so before (a version of before
    // left it) stops nobody: `verify` names it.
    if (const auto why = unsound(*view); why && !unsound(*before.view))
        return refuse(code::internal, "The command would lead to what cannot be.", {{"unsound", *why}});

    transition step;
    auto& record = step.write.record.emplace();
    record.events = base::to_json(events);
    encode_record(record, what, now, taken.effects, before.row);

    auto& row = step.after.row;
    row = before.row;
    row.public_id = view->public_id;
    row.version = view->version;
    row.head = record.hash;
    row.next_due = Aggregate::next_due(state);
    row.index = index_of(*view);
    if (what.once)
        row.recent = with_key(before.row.recent, *what.once, row.version, now, how.remember_for,
                              how.remembered_keys + how.remembered_keys / places_for_stopping, mark_of(what.by));
    step.write.after = row;
    if (row.version % snapshot_every == 0) step.write.after.snapshot = base::to_json(state);
    step.write.vault = what.vault;
    if constexpr (std::is_same_v<Aggregate, domain::esim>) {
        const auto& was = std::get<domain::esim_state>(before.view->state);
        const bool bound = std::ranges::any_of(was.transactions, &domain::download_transaction::delivered);
        if (bound && std::ranges::any_of(events, domain::ends_binding))
            step.write.vault.push_back(
                {port::profile_owner_of(was.iccid), std::string(port::profile_binding_kind), {}});
    }
    if constexpr (std::is_same_v<Aggregate, domain::credential>)
        for (const auto& event : events)
            if (const auto* ended = std::get_if<domain::webhook_secrets_ended>(&event))
                for (const auto& secret : ended->secrets) step.write.vault.push_back({ended->id, secret, {}});
    for (const auto& event : events) std::visit(reference_notes{step.write.references}, event);
    if constexpr (std::is_same_v<Aggregate, domain::number>)
        note_devices(std::get<state_type>(before.view->state), state, row.version % snapshot_every == 0,
                     step.write.devices);

    step.out = outgoing_of(record, what, *view, std::move(taken.effects));
    step.events.assign(std::make_move_iterator(taken.events.begin()), std::make_move_iterator(taken.events.end()));
    if (what.once) step.after.last_events = std::make_shared<const std::vector<any_event>>(step.events);
    step.after.view = view;
    return step;
}

}  // namespace

result<std::optional<transition>> apply(const known_stream& before, const submission& what,
                                        const domain::rule_book& rules, instant now, const settings& how,
                                        port::random& ids) {
    return std::visit(
        [&]<typename Command>(const Command& command) -> result<std::optional<transition>> {
            using aggregate = aggregate_of_command<Command>;
            if (what.to.kind != kind_of<aggregate>)
                return refuse(code::invalid, "The command does not belong to that kind of stream.");
            return apply_to<aggregate>(before, what, command, rules, now, how, ids);
        },
        what.what);
}

}  // namespace keepline::engine
