#include "desk/seen_events.hpp"

namespace keepline::desk {

template std::optional<base::raw_json> event_as_seen(const domain::number_event_kinds&, role);

}  // namespace keepline::desk
