// What a SIP message says beside its grammar: keys in INFO, the result of a transfer, who calls. Strangers write it.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keepline::sip {

/// The key of an INFO: "application/dtmf-relay" ("Signal=5\r\nDuration=160") or "application/dtmf" ("5").
std::optional<char> key_in_info(std::string_view content_type, std::string_view body);
/// The status of "message/sipfrag" (RFC 3420): how far a transfer is; 0: it does not say.
int status_in_fragment(std::string_view body);
/// Digits with or without "+" of "sip:+8613800138000@trunk.example", "tel:+86-138…" or of a bare user part; empty where
/// it has none: withheld, or a name.
std::string number_in(std::string_view identity);

}  // namespace keepline::sip
