// What the portal's pages load: the shelf of its own files (web/assets.hpp). Any thread.
#pragma once

#include "web/assets.hpp"

namespace keepline::portal {

/// "/assets/portal-0123456789ab.css" of "portal/portal.css"; empty: this program brings no such file.
std::string_view asset_path(std::string_view file);

/// What a GET of this path is answered; none: there is no such asset.
std::optional<http::response> asset_at(const http::request& in);

}  // namespace keepline::portal
