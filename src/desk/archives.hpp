// Archives on their way to whoever fetches them: made on threads that do nothing else; one subscriber has one under way
// at a time, and all together have few, because what an archive is made from is in memory meanwhile.
#pragma once

#include "desk/asked.hpp"
#include "desk/desk.hpp"

namespace keepline::desk {

/// code::too_many, code::overloaded.
result<archive_places> take_archive_places(services& of, const std::string& subscriber);
archive_told on_its_way(base::aside& where, std::unique_ptr<archive_stream> what, archive_places places);

}  // namespace keepline::desk
