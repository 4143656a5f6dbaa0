// Tokens after a restore: the store that came back does not know what was revoked since the backup, so none of its
// tokens is in force until somebody confirms its holder. Beside a server or without one.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "store/seals.hpp"

#include <string>

namespace keepline::store {

/// How many were put on hold. Those whose seals held are sealed anew.
base::result<std::int64_t> hold_all_tokens(const std::string& store_path, base::instant at, const seal_keys& keys);
/// How many of a holder are on hold; with an empty name, of all.
base::result<std::int64_t> tokens_on_hold(const std::string& store_path, const std::string& holder);
/// In force again: those of one holder, or, with an empty name, all that are on hold. How many.
base::result<std::int64_t> confirm_tokens(const std::string& store_path, const std::string& holder,
                                          const seal_keys& keys);

}  // namespace keepline::store
