#include "engine/codec.hpp"

#include "base/digest.hpp"
#include "base/one_of.hpp"

namespace keepline::engine {

using base::code;
using base::refuse;

namespace {

std::unexpected<base::error> broken(std::string_view what, const base::error& why) {
    return refuse(code::journal_broken, "The journal's " + std::string(what) + " cannot be read: " + why.words);
}

/// In the journal `type` says which alternative it is, also of a command that waits for a second person: no alternative
/// may have a member of that name.
template <typename Variant>
consteval bool has_no_member_type() {
    bool fine = true;
    base::for_each_alternative<Variant>([&](auto one) {
        boost::mp11::mp_for_each<base::json_detail::members_of<typename decltype(one)::type>>(
            [&](auto member) { fine = fine && std::string_view(member.name) != "type"; });
    });
    return fine;
}
/// A line's own order has one; nobody is asked to sign it, so it is never kept.
using signed_esim_command = boost::mp11::mp_remove<domain::esim_command, domain::order_for_line>;

static_assert(has_no_member_type<decltype(domain::closure::stands)>() && has_no_member_type<domain::number_event>() &&
              has_no_member_type<domain::subscriber_event>() && has_no_member_type<domain::esim_event>() &&
              has_no_member_type<domain::claim_event>() && has_no_member_type<domain::credential_event>() &&
              has_no_member_type<domain::import_plan_event>() && has_no_member_type<domain::effect>() &&
              has_no_member_type<domain::number_command>() && has_no_member_type<domain::subscriber_command>() &&
              has_no_member_type<signed_esim_command>() && has_no_member_type<domain::credential_command>() &&
              has_no_member_type<domain::import_plan_command>());

template <typename State>
result<stream_view> decode_as(const port::stream& row) {
    auto state = base::from_json<State>(row.snapshot);
    if (!state) return broken("snapshot", state.error());
    return stream_view{row.key, row.public_id, row.snapshot_version, std::move(*state)};
}

template <typename Event>
result<std::vector<any_event>> decode_events_as(std::string_view text) {
    auto events = base::from_json<std::vector<Event>>(text);
    if (!events) return broken("events", events.error());
    return std::vector<any_event>(std::make_move_iterator(events->begin()), std::make_move_iterator(events->end()));
}

}  // namespace

stream_view empty_view(const port::stream_key& key) {
    return for_kind(key.kind, [&](auto row) {
        using state = typename decltype(row)::aggregate::state;
        return stream_view{.key = key, .public_id = {}, .version = 0, .state = state()};
    });
}

base::digest chain_start(const port::stream_key& key) {
    return base::part_hasher().add(static_cast<std::uint64_t>(key.kind)).add(key.key).finish();
}

std::string encode_state(const stream_view& of) {
    return std::visit([](const auto& state) { return base::to_json(state); }, of.state);
}

result<stream_view> decode_snapshot(const port::stream& row) {
    return for_kind(row.key.kind, [&](auto of) { return decode_as<typename decltype(of)::aggregate::state>(row); });
}

result<std::vector<any_event>> decode_events(port::stream_kind kind, std::string_view text) {
    return for_kind(kind, [&](auto of) { return decode_events_as<typename decltype(of)::aggregate::event>(text); });
}

result<std::vector<domain::effect>> decode_effects(std::string_view text) {
    if (text.empty()) return std::vector<domain::effect>{};
    auto effects = base::from_json<std::vector<domain::effect>>(text);
    if (!effects) return broken("effects", effects.error());
    return effects;
}

result<entry_meta> decode_meta(std::string_view text) {
    auto meta = base::from_json<entry_meta>(text);
    if (!meta) return broken("meta", meta.error());
    return meta;
}

void evolve(stream_view& into, const any_event& what) {
    std::visit(
        [&]<typename Event>(const Event& event) {
            using aggregate = aggregate_of_event<Event>;
            aggregate::evolve(std::get<typename aggregate::state>(into.state), event);
        },
        what);
}

namespace {

port::stream_index index_of_esim(const domain::esim_state& of) {
    port::stream_index index;
    index.profile_type = of.type;
    index.profile_state = boost::describe::enum_to_string(of.status, "");
    // Not for whoever takes the next one of the stock: a device may have it.
    if (of.status == domain::esim_status::available && !of.left_on.empty()) index.profile_state = "perhaps_on_device";
    if (of.is_ordered()) {
        index.matching_id = of.terms.matching_id;
        index.order_call = of.call;
    }
    const bool waits = of.status == domain::esim_status::released || of.status == domain::esim_status::downloaded;
    if (waits && of.terms.matching_id.empty() && !of.eid.empty()) index.waits_since = of.released_at;
    index.eid = of.eid.text();
    if (index.eid.empty() && !of.reports.empty()) index.eid = of.reports.back().eid.text();
    return index;
}

}  // namespace

namespace {

/// Every plan has one, so that all of them are found without a walk past everybody's lines.
std::string stage_of_plan(const domain::import_plan_state& of) {
    if (of.cleared) return stage_of_plan_kept;
    if (of.ended_at) return stage_of_plan_over;
    return of.signed_by ? stage_of_signed_plan : stage_of_waiting_plan;
}

std::string stage_of_person(const domain::subscriber_state& of) {
    if (of.planned || (of.erased_at && !of.cleared)) return stage_of_erasure;
    if (of.erased_at) return stage_of_erased;
    return identity_until(of) && !of.numbers.empty() ? stage_of_kept_person : "";
}

port::stream_index index_of_state(const stream_view& of) {
    if (const auto* esim = std::get_if<domain::esim_state>(&of.state)) return index_of_esim(*esim);
    port::stream_index index;
    if (const auto* person = std::get_if<domain::subscriber_state>(&of.state)) index.stage = stage_of_person(*person);
    if (const auto* plan = std::get_if<domain::import_plan_state>(&of.state)) index.stage = stage_of_plan(*plan);
    if (const auto* holder = std::get_if<domain::credential_state>(&of.state))
        if (holder->account) index.stage = stage_of_account;
    const auto* state = std::get_if<domain::number_state>(&of.state);
    if (state == nullptr) return index;
    if (state->subscription) index.subscriber = state->subscription->subscriber.text();
    if (!state->mismatches.empty()) {  // staff must look, whatever stage it is in
        index.stage = stage_of_mismatch;
        return index;
    }
    if (!state->has_open_closure()) {
        if (state->current) index.stage = boost::describe::enum_to_string(at(*state->current), "");  // how it ended
        if (is_disputed(*state)) index.stage = stage_of_dispute;
        return index;
    }
    index.stage = boost::describe::enum_to_string(at(*state->current), "");
    const auto* review = state->of_case<domain::stages::in_review>();
    if (review == nullptr) return index;
    // While it waits for information its clock is stopped: it cannot be overdue.
    if (!review->waits) index.review_due = review->due_at;
    index.date_provisional = review->due_provisional;
    return index;
}

}  // namespace

port::stream_index index_of(const stream_view& of) {
    auto index = index_of_state(of);
    if (const auto* asked = asked_of(of)) index.asked_until = asked->wait_until();
    if (const auto* number = std::get_if<domain::number_state>(&of.state)) {
        index.money_waits = std::ranges::any_of(number->unclaimed, &domain::unclaimed_money::waits);
        index.check_since = domain::check_waits_since(*number).value_or(instant{});
    }
    return index;
}

namespace {

struct soundness {
    template <typename State>
        requires base::one_of<State, domain::number_state, domain::subscriber_state, domain::esim_state>
    std::optional<std::string> operator()(const State& of) const {
        return domain::unsound(of);
    }
    std::optional<std::string> operator()(const domain::credential_state& of) const {
        if (auto why = domain::unsound(of.passkeys)) return why;
        return domain::unsound(of.asked);
    }
    std::optional<std::string> operator()(const domain::import_plan_state& of) const {
        return domain::unsound(of.asked);
    }
    std::optional<std::string> operator()(const domain::claim_state&) const { return std::nullopt; }  // a few words
};

}  // namespace

std::optional<std::string> unsound(const stream_view& of) { return std::visit(soundness{}, of.state); }

const domain::second_requests* asked_of(const stream_view& of) {
    return std::visit(
        [](const auto& state) -> const domain::second_requests* {
            if constexpr (requires { state.asked; })
                return &state.asked;
            else
                return nullptr;
        },
        of.state);
}

std::optional<instant> next_due_of(const stream_view& of) {
    return std::visit([]<typename State>(const State& state) { return aggregate_of_state<State>::next_due(state); },
                      of.state);
}

const std::string& language_of(const stream_view& of) {
    static const std::string none;  // nobody reads what leaves a profile's stream
    if (const auto* state = std::get_if<domain::number_state>(&of.state)) return state->language;
    if (const auto* state = std::get_if<domain::subscriber_state>(&of.state)) return state->language;
    return none;
}

std::string outbound_key(const base::digest& entry, std::size_t index) {
    const auto name = base::part_hasher().add(entry).add(std::uint64_t{index}).finish();
    return "kl-" + base::base32(base::byte_view(name).first(16));
}

std::string kind_of_effect(const domain::effect& what) {
    return std::visit(
        [](const auto& one) {
            std::string name(one.name);
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(one)>, domain::send_notice>)
                name += ":" + one.kind;
            return name;
        },
        what);
}

}  // namespace keepline::engine
