// Before the refund connector, after a restore: a refund that was ordered before the backup was made may have been paid
// since, and the log that would know it is lost. Such refunds are refused until an operator has compared with the bank
// and says so (`keepline refunds release`). Any thread.
#pragma once

#include "port/connector.hpp"
#include "port/notebook.hpp"

#include <memory>

namespace keepline::app {

/// Refunds whose cause is not later than this wait: milliseconds since 1970.
inline constexpr std::string_view held_refunds_note = "refunds.held_until";
/// How long written.log was when it was looked at last; a shorter one has lost what was paid.
inline constexpr std::string_view refund_log_note = "refunds.log";

std::unique_ptr<port::connector> make_refund_gate(std::unique_ptr<port::connector> behind, port::notebook& notes);

/// code::config_invalid where written.log in `folder` is shorter than was noted.
base::result<void> check_refund_log(const std::string& folder, port::notebook& notes);
/// Notes how long it is now.
base::result<void> note_refund_log(const std::string& folder, port::notebook& notes);

}  // namespace keepline::app
