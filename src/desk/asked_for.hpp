// Commands that became a request: somebody else must sign them first. Pure; any thread.
#pragma once

#include "domain/second_person.hpp"
#include "engine/front.hpp"

namespace keepline::desk {

/// The request that a command became; null: it was carried out.
const domain::second_request* wanted_in(const engine::answer& done);

}  // namespace keepline::desk
