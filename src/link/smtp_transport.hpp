// Mail over SMTP (RFC 5321) by libcurl. Connections are kept and used again. Message-ID is `<key@domain>`: the same
// effect sent twice is one message to every reader and every de-duplicating server. Any thread, up to the engine's
// thread count.
//
// What its replies mean stands in link/peer_words.hpp: a refusal of one message (452 4.2.2) is that message's alone; no
// connection, a refused login, 421 → peer_unreachable. A connection that ends in the middle of a message is tried again
// soon with another one. Once the whole message was sent, no answer means that it may have been taken, and any 2xx that
// it was.
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
