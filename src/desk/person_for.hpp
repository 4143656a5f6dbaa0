// The person whom a request is about, as all of the desk's files for what is a person's find them. Only for those.
#pragma once

#include "desk/asked.hpp"

#include <string_view>

namespace keepline::desk {

/// A customer sees themself only: of anybody else they hear what they hear of nobody. code::not_found, code::erased.
result<engine::view_ptr> person_for(const asked& c, std::string_view id);

}  // namespace keepline::desk
