// What may stand in a message that Keepline sends: the one rule for words that staff type and customers read (reasons,
// information requests), whatever tricks of writing hide in them; and the one grammar of a mailbox. Pure.
//
// A message of ours holds no link, no address, and no number to call or code to type besides those we put there
// ourselves (docs/rules.md R5): whoever reads "go to evil.cn" in an SMS of their operator goes there.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace keepline::domain {

/// Why these words may not go into a message, fit to be shown to whoever typed them; empty: they may. Read as a phone
/// would show them: full-width and other look-alike letters, digits and dots count as what they look like.
std::string unfit_for_message(std::string_view words);

/// A name or reference that people read: at least two letters or digits, and nothing that hides or disguises what is
/// beside it.
bool can_be_read(std::string_view words);

/// UTF-8 without characters that nobody sees, or that turn round what stands beside them (bidi): of whatever people
/// type and others read.
bool hides_nothing(std::string_view words);

/// code::invalid in the words of unfit_for_message(); `what` names the field.
base::result<void> check_message_words(std::string_view words, std::string_view what);

/// One mailbox as RFC 5321 §4.1.2 has it, without quoted strings, comments, address literals and letters outside ASCII:
/// one "@", a dot-atom before it, a host name after it. Whether it is read is found out by writing to it.
bool is_mailbox(std::string_view address);

}  // namespace keepline::domain
