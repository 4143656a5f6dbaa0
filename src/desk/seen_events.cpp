#include "desk/seen_events.hpp"

namespace keepline::desk {

namespace {

/// An event that nobody has decided about does not compile; the members of each are held by seen_test.cpp.
template <typename... Events>
constexpr bool all_are_decided(const std::variant<Events...>*) {
    return (is_decided<Events> && ...);
}
template <typename Variant>
constexpr bool decided_about = all_are_decided(static_cast<const base::variant_of<Variant>*>(nullptr));
static_assert(decided_about<domain::number_event>);
static_assert(decided_about<domain::esim_event>);
static_assert(decided_about<domain::subscriber_event>);
static_assert(decided_about<domain::credential_event>);
static_assert(decided_about<domain::claim_event>);
static_assert(decided_about<domain::import_plan_event>);

}  // namespace

template std::optional<base::raw_json> event_as_seen(const domain::number_event_kinds&, role);

}  // namespace keepline::desk
