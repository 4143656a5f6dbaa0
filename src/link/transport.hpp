// What carries a finished message: `text_transport` for SMS, `mail_transport` for e-mail. The connectors in
// message_connector.hpp render and address; a transport only hands over. Called from many threads at once; each call is
// bounded in time. The same key again must not make a second message at a peer that honours keys.
#pragma once

#include "base/error.hpp"
#include "port/journal.hpp"

#include <string>

namespace keepline::link {

using base::result;

struct text_message {
    std::string key;  // port::outbound::key
    std::string correlation;
    std::string to;    // E.164
    std::string text;  // UTF-8
    bool wants_receipt = false;
    std::string subscriber{};  // whom it is for; never sent
};

struct mail_message {
    std::string key;
    std::string correlation;
    base::instant caused_at;  // its Date
    std::string to;           // RFC 5321 mailbox
    std::string language;     // "en" or "zh-CN"
    std::string subject;
    std::string text;
    std::string html;
    std::string subscriber{};  // whom it is for; never sent
};

struct handed_over {
    std::string receipt;         // the peer's name for it, prefixed by the transport's: "smpp:1f", "mail:<key@domain>"
    bool receipt_comes = false;  // a delivery receipt will follow under that name
};

class text_transport {
 public:
    virtual ~text_transport() = default;
    virtual result<handed_over> send(const text_message& what) = 0;
    virtual std::string trouble() const { return {}; }
};

class mail_transport {
 public:
    virtual ~mail_transport() = default;
    virtual result<handed_over> send(const mail_message& what) = 0;
    virtual std::string trouble() const { return {}; }
};

}  // namespace keepline::link
