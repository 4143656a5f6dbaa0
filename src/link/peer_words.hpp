// What mail servers and SMSCs say, as data: every code with its words, and whom it concerns. A refusal of one message
// is that message's (it is tried again by itself, and counted); only what says something about the peer stops the
// others. RFC 5321 §4.2, RFC 3463 and its registry; SMPP 3.4 §5.1.3, SMPP 5.0 §4.7.6. Pure; any thread.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace keepline::link {

enum class concerns : std::uint8_t {
    message,   // this one only, however many others get the same answer
    either,    // this one, unless several different addresses get it in a row: then the peer (peer_judge.hpp)
    peer,      // every message would fare the same
    throttle,  // the peer takes them, but not so fast
};

struct peer_answer {
    concerns whom = concerns::either;
    bool again = true;  // it may pass later; false: the peer's last word
    std::string words;  // "The SMSC answered 0x00000058 (ESME_RTHROTTLED): throttled."
};

// -- SMPP

struct smpp_word {
    std::uint32_t status;
    std::string_view name;
    std::string_view words;
    concerns whom;
    bool again;
};
/// By rising status; ESME_ROK is not among them.
std::span<const smpp_word> smpp_words();
peer_answer smpp_answer(std::uint32_t status);
/// "0x00000058 (ESME_RTHROTTLED): throttled"
std::string smpp_status_words(std::uint32_t status);

// -- SMTP

/// A reply as it came: "452-4.2.2 The mailbox …" without its text, which may name the customer.
struct smtp_reply {
    int code = 0;      // 0: none
    int subject = -1;  // of the enhanced status code; -1: there was none
    int detail = -1;
    bool operator==(const smtp_reply&) const = default;
};
/// nullopt-like (code 0) for what is no reply.
smtp_reply parse_smtp_reply(std::string_view line);

struct smtp_word {
    int code;     // 0: any
    int subject;  // -1: any, or none
    int detail;   // -1: any, or none
    std::string_view words;
    concerns whom;
};
/// The first that fits counts.
std::span<const smtp_word> smtp_words();

/// Where in the session it was said: what is said before a message was named concerns the server.
enum class smtp_stage : std::uint8_t { session, sender, recipient, data };
peer_answer smtp_answer(const smtp_reply& reply, smtp_stage at);

}  // namespace keepline::link
