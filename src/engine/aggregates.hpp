// The aggregates, a line each: whatever is kept as a stream of its own. How a stream is read and written, folded,
// decided about and woken follows from this list; a new one touches its own folder of the domain, this list, and the
// names of port::stream_kind.
#pragma once

#include "base/ensure.hpp"
#include "domain/claim/claim.hpp"
#include "domain/credential/credential.hpp"
#include "domain/esim/esim.hpp"
#include "domain/import_plan/import_plan.hpp"
#include "domain/number/number.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "port/journal.hpp"

#include <optional>
#include <type_traits>
#include <variant>

#include <boost/mp11.hpp>

namespace keepline::engine {

/// `Tick`: the command by which its time has come; void: nothing happens there by itself.
template <typename Aggregate, port::stream_kind Kind, typename Tick>
struct kept_as {
    using aggregate = Aggregate;
    using tick = Tick;
    static constexpr port::stream_kind kind = Kind;
};

// The order is that of the alternatives of any_state.
using aggregates =
    boost::mp11::mp_list<kept_as<domain::number, port::stream_kind::number, domain::tick>,
                         kept_as<domain::subscriber, port::stream_kind::subscriber, domain::keep_time>,
                         kept_as<domain::esim, port::stream_kind::esim, domain::expire_order>,
                         kept_as<domain::claim, port::stream_kind::claim, void>,
                         kept_as<domain::credential, port::stream_kind::credential, domain::expire_requests>,
                         kept_as<domain::import_plan, port::stream_kind::plan, domain::expire_requests>>;

namespace aggregate_detail {

template <typename Row>
using state_of = typename Row::aggregate::state;
template <typename Row>
using command_of = typename Row::aggregate::command;
template <typename Row>
using event_of = typename Row::aggregate::event;
template <template <typename> typename Part>
using one_for_each = boost::mp11::mp_rename<boost::mp11::mp_transform<Part, aggregates>, std::variant>;
template <template <typename> typename Part, typename Wanted>
using row_with =
    boost::mp11::mp_at<aggregates, boost::mp11::mp_find<boost::mp11::mp_transform<Part, aggregates>, Wanted>>;

}  // namespace aggregate_detail

using any_state = aggregate_detail::one_for_each<aggregate_detail::state_of>;
using any_command = aggregate_detail::one_for_each<aggregate_detail::command_of>;
using any_event = aggregate_detail::one_for_each<aggregate_detail::event_of>;

/// The aggregate that a state, a command or an event belongs to.
template <typename State>
using aggregate_of_state = typename aggregate_detail::row_with<aggregate_detail::state_of, State>::aggregate;
template <typename Command>
using aggregate_of_command = typename aggregate_detail::row_with<aggregate_detail::command_of, Command>::aggregate;
template <typename Event>
using aggregate_of_event = typename aggregate_detail::row_with<aggregate_detail::event_of, Event>::aggregate;

/// The kind of stream that an aggregate is kept in.
template <typename Aggregate>
inline constexpr port::stream_kind kind_of =
    aggregate_detail::row_with<aggregate_detail::state_of, typename Aggregate::state>::kind;

/// f(row) for the row of `aggregates` of this kind. All results are of one type.
template <typename F>
auto for_kind(port::stream_kind kind, F&& f) {
    std::optional<std::invoke_result_t<F&, boost::mp11::mp_front<aggregates>>> out;
    boost::mp11::mp_for_each<aggregates>([&](auto row) {
        if (row.kind == kind) out.emplace(f(row));
    });
    ENSURE(out.has_value());
    return *std::move(out);
}

}  // namespace keepline::engine
