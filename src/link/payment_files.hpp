// Payment files that have outlived their purpose. The bank takes a pain.001 file away from the folder; one that it left
// lying holds names and accounts, and goes when it is old and nothing in it is open any more. Which refund was in which
// file stays in written.log, which names nobody: so no refund is ever written twice for it. Any thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace keepline::link {

using base::result;

/// Takes away `folder`'s own *.xml that were written before then and hold no refund that `is_open`, at most so many;
/// says how many. A file that another program put there, or that cannot be read as one of ours, stays.
result<int> drop_outlived_payments(const std::string& folder, base::instant written_before,
                                   const std::function<bool(std::string_view end_to_end_id)>& is_open, int most);

}  // namespace keepline::link
