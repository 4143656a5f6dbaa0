// Mail into a Maildir (tmp/, new/, cur/), for servers without an MTA: durable when `send` returns; the file's name
// comes from the key, so the same key again is the same file (also after a mail reader moved it to cur/). Any thread.
#pragma once

#include "link/mail_text.hpp"
#include "link/transport.hpp"

#include <memory>

namespace keepline::link {

struct maildir_settings {
    std::string folder;  // made when it is missing
    mail_sender sender;
};

result<std::unique_ptr<mail_transport>> make_maildir_transport(maildir_settings how);

}  // namespace keepline::link
