// A mail as RFC 5322 bytes: multipart/alternative, text and HTML, UTF-8, base64 bodies, the same bytes for the same
// message every time (boundary and Message-ID come from its key). Pure; any thread.
#pragma once

#include "link/transport.hpp"

#include <string>

namespace keepline::link {

struct mail_sender {
    std::string address = "no-reply@keepline.invalid";
    std::string name = "Keepline";
};

/// "key@domain of the sender", without brackets.
std::string message_id(const mail_sender& from, std::string_view key);
/// Lines end with CRLF; none is longer than 998 octets.
std::string mail_bytes(const mail_sender& from, const mail_message& what);

}  // namespace keepline::link
