// What customers write back: words of a table (texts, [reply]) become a command for the line that the message is about,
// and where a phone was told of several, what stops something one for each that has it; everything else is kept for
// staff, sealed, and told to the customer. The sender of an SMS is weak proof: what it may do is the core's business
// (domain/number/rules_reply.cpp). One thread at a time.
#pragma once

#include "engine/engine.hpp"
#include "port/inbound.hpp"
#include "port/log.hpp"
#include "port/random.hpp"
#include "port/reply_routes.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace keepline::desk {

using reply_table = std::vector<std::pair<domain::reply_word, std::string>>;

struct understood {
    domain::reply_word word = domain::reply_word::unknown;
    std::string code;         // digits behind KEEP
    std::string reference{};  // of a case or a line, behind any word
    bool operator==(const understood&) const = default;
};
/// In any letters, with any marks around it; a word inside a sentence is no order.
understood understand(const reply_table& words, std::string_view text);

/// Vault kind of what customers wrote about one line and no table knows: this prefix plus the line's public id.
inline constexpr std::string_view replies_prefix = "replies:";
struct reply_text {
    base::instant at;
    base::label contact;
    std::string text;
    bool operator==(const reply_text&) const = default;
};
BOOST_DESCRIBE_STRUCT(reply_text, (), (at, contact, text))

/// Owner and kind in the vault of what came from phones that are of no line: people look whose it may be. No id of a
/// subscriber has a colon.
inline constexpr std::string_view strangers_owner = "sms:strangers";
inline constexpr std::string_view strangers_kind = "replies";
struct stranger_text {
    base::instant at;
    std::string from;  // as the network says
    std::string text;
    bool operator==(const stranger_text&) const = default;
};
BOOST_DESCRIBE_STRUCT(stranger_text, (), (at, from, text))

struct reply_parts {  // all outlive the reader
    std::function<base::result<engine::view_ptr>(const port::stream_key&)> read;
    std::function<void(engine::submission, engine::reply)> submit;
    port::vault* vault = nullptr;
    const port::reply_routes* routes = nullptr;
    /// What was noted before this process. May be empty.
    std::function<std::vector<port::reply_routes::route>(const std::string& address)> remembered;
    port::log* log = nullptr;
    const port::secrets* secrets = nullptr;
    port::random* random = nullptr;
    std::atomic<std::uint64_t>* strangers = nullptr;  // counts their texts; may be null
    reply_table words;
};

/// port::inbound_sink.
bool take_reply(const reply_parts& with, const port::inbound_message& what);

}  // namespace keepline::desk
