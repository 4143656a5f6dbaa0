// The accounts of staff beside their tokens: who could sign for whom counts both. Only for the desk's own files.
#pragma once

#include "desk/asked.hpp"

#include <vector>

namespace keepline::desk {

/// Blocks (the list of accounts and the table of tokens are read): on a side thread.
result<std::vector<engine::view_ptr>> all_accounts(const asked& c);

/// Every token, and every account as if it were one, for is_lone_admin() and is_anothers_name(): whoever was given an
/// account is there before they first sign in.
result<std::vector<port::token_record>> tokens_and_accounts(const asked& c);

}  // namespace keepline::desk
