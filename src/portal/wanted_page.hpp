// The page that somebody asked for before they were signed in, or in a session that was too weak for it: their browser
// keeps it while a code lives, and signing in goes on there. It is one of our own pages, by our own table of routes,
// and sealed to the browser's visit: no address and no form names it, so nobody leads anybody elsewhere by it.
#pragma once

#include "portal/visit.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::portal {

/// The page of whoever is signed in at this path, about this line (empty: none is named), as a browser is sent there.
/// Nothing: it is no page of ours, or one that is no place to come back to, such as a file, a code's form, a stream.
std::optional<std::string> place_of(std::string_view path, std::string_view line);

/// That the page of this visit, or the one whose form it sends, was asked for. None to come back to: what was kept
/// stays.
void remember_wanted(visit& v);

/// Where signing in goes on, said once: what this browser keeps is forgotten.
std::string take_wanted(visit& v, std::string_view otherwise);

}  // namespace keepline::portal
