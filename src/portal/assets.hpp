// What pages load: style sheets, under a name that says their content, so that a browser keeps them for ever. Any
// thread.
#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::portal {

/// "/assets/portal-0123456789ab.css" of "portal/portal.css"; programmer's error: there is no such file.
const std::string& asset_path(std::string_view file);

/// What a GET of this path is answered; none: there is no such asset.
std::optional<http::response> asset_at(std::string_view path, std::string_view if_none_match);

}  // namespace keepline::portal
