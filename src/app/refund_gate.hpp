// Before the refund connector, after a restore: a refund that was ordered before the backup was made may have been paid
// since, and the log that would know it is lost. Such refunds are refused until an operator has compared with the bank
// and says so (`keepline refunds release`). Any thread.
#pragma once

#include "link/refund_log.hpp"
#include "port/connector.hpp"
#include "port/notebook.hpp"

#include <memory>

namespace keepline::app {

/// Refunds whose cause is not later than this wait: milliseconds since 1970.
inline constexpr std::string_view held_refunds_note = "refunds.held_until";
/// What written.log said when it was opened or written to last: "<octets> <chain>" (link::refund_mark). A log that does
/// not say this any more has lost or changed what was paid.
inline constexpr std::string_view refund_log_note = "refunds.log";

std::unique_ptr<port::connector> make_refund_gate(std::unique_ptr<port::connector> behind, port::notebook& notes);

/// The note's value. Nothing noted: a mark of no octets.
base::result<link::refund_mark> refund_mark_of(const std::optional<std::string>& note);
/// code::config_invalid where written.log in `folder` does not say all that was noted of it.
base::result<void> check_refund_log(const std::string& folder, port::notebook& notes);
base::result<void> note_refund_mark(const link::refund_mark& now, port::notebook& notes);

}  // namespace keepline::app
