// Mail over SMTP (RFC 5321) by libcurl. Connections are kept and used again. Message-ID is `<key@domain>`: the same
// effect sent twice is one message to every reader and every de-duplicating server. Any thread, up to the engine's
// thread count.
//
// Peer's words → code: no connection, 421, login refused → peer_unreachable; 452 → too_many; other 4xx → peer_garbled
// (this message is tried again, the others go on); 5xx → peer_refused.
#pragma once

#include "base/time.hpp"
#include "link/mail_text.hpp"
#include "link/transport.hpp"

#include <memory>

namespace keepline::link {

enum class smtp_security { none, starttls, tls };

struct smtp_settings {
    std::string host = "127.0.0.1";
    int port = 25;
    smtp_security security = smtp_security::none;
    std::string ca_file;  // PEM; empty: the system's
    std::string user;     // empty: no login
    std::string password;
    std::string helo;  // empty: the domain of sender.address
    mail_sender sender;
    base::duration connect_timeout = base::seconds{5};
    base::duration total_timeout = base::seconds{20};
};

result<std::unique_ptr<mail_transport>> make_smtp_transport(smtp_settings how);

}  // namespace keepline::link
