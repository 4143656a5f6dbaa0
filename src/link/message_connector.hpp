// The connectors of destinations `sms` and `mail`: look the address up in the vault, render the text in the owner's
// language, hand it to a transport. One-time codes are derived at this moment and kept nowhere. What is over a budget
// is refused for now (code::over_budget). Any thread.
#pragma once

#include "link/mail_text.hpp"
#include "link/message_budget.hpp"
#include "link/notice_text.hpp"
#include "link/transport.hpp"
#include "port/activation_codes.hpp"
#include "port/clock.hpp"
#include "port/complaint_bodies.hpp"
#include "port/connector.hpp"
#include "port/log.hpp"
#include "port/reply_routes.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"

#include <memory>

namespace keepline::link {

struct message_parts {  // all outlive the connector
    port::vault* vault = nullptr;
    const port::secrets* secrets = nullptr;
    const port::clock* clock = nullptr;
    port::log* log = nullptr;
    notice_voice voice;
    std::shared_ptr<message_budget> budget{};  // shared by both media; none: no limits
    port::message_metrics* metrics = nullptr;  // may be null
    port::reply_routes* routes = nullptr;      // may be null: nobody answers
    port::activation_codes codes{};            // may be empty: none leaves in a message
    port::complaint_bodies complaints{};       // may be empty: nobody is named
};

std::unique_ptr<port::connector> make_sms_connector(message_parts with, std::unique_ptr<text_transport> by);
std::unique_ptr<port::connector> make_mail_connector(message_parts with, std::unique_ptr<mail_transport> by);

}  // namespace keepline::link
