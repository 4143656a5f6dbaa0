// A request and its answer as plain values, and the way back from one to the other. Everything between the sockets
// (server.cpp) and the rules of the API (api.cpp) passes through here; nothing here knows Beast.
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::http {

enum class verb { get, head, post, put, other };

/// The client certificate of a TLS connection whose chain was verified.
struct peer_certificate {
    std::string fingerprint;  // SHA-256 of the DER, hex, lower case
    std::string common_name;  // of the subject
};

struct request {
    verb how = verb::get;
    std::string target;  // path and query, as received
    std::string body;
    std::string peer;  // whom to count failed tokens against (origin.hpp); never logged
    // The headers that the API reads; empty: absent.
    std::string authorization;
    std::string content_type;
    std::string idempotency_key;
    std::string if_match;
    std::string correlation;
    std::string channel;
    std::string admin_protocol;                        // X-Admin-Protocol, SGP.22 §6.5.1
    std::shared_ptr<const peer_certificate> client{};  // null: none was shown, or asked for
    std::string accept_language{};
    std::string accept{};
    std::string accept_encoding{};
    std::string cookie{};
    std::string origin{};
    std::string fetch_site{};  // Sec-Fetch-Site
    std::string console{};     // X-Keepline-Console: no form of another site can send it
    std::string if_none_match{};
    std::string last_event_id{};

    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
    std::string_view query() const {
        const auto mark = target.find('?');
        return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    }
};

struct header {
    std::string_view name;  // of static storage
    std::string value;      // visible ASCII and spaces only
};

/// A body that is made while it is sent, so that nobody holds it whole. Its length is not known before.
class body_source {
 public:
    /// The next piece; an empty one is the end; none: it cannot go on, and the connection is cut so that the client
    /// knows.
    using piece = std::optional<std::string>;

    virtual ~body_source() = default;
    body_source() = default;
    body_source(const body_source&) = delete;
    body_source& operator=(const body_source&) = delete;
    /// Calls `then` exactly once, soon, from any thread. Not asked again before that, nor after the end.
    virtual void next(std::function<void(piece)> then) = 0;
};

struct response {
    int status = 200;
    std::string_view type = "application/json";  // of static storage; empty: no content
    std::string body;
    std::vector<header> headers;
    std::shared_ptr<body_source> source{};  // not null: the body comes from there
    std::string_view caching = "no-store";
    std::string_view content_policy{};  // of static storage, as the two around it; empty: one that allows nothing
    std::string_view referrer = "no-referrer";
    bool only_over_tls = false;  // browsers are told so; the connection itself may be a proxy's
};

/// One request on its way. Whoever handles it keeps it alive, and calls `reply` exactly once.
class exchange {
 public:
    virtual ~exchange() = default;
    exchange() = default;
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    /// Runs `work` soon on the thread of this exchange's connection. Any thread may call; never runs it inline.
    virtual void run(std::function<void()> work) = 0;
    /// The same, after a while.
    virtual void run_after(std::chrono::milliseconds pause, std::function<void()> work) = 0;
    /// On the exchange's own thread only.
    virtual void reply(response answer) = 0;

    request in;
};
using exchange_ptr = std::shared_ptr<exchange>;

/// What a server serves. Called on the connections' threads, several at once.
class application {
 public:
    virtual ~application() = default;
    /// May this request send its body, and how long may it be? Asked of every request that has one, with the head only,
    /// before a byte of the body is read: so strangers send small ones, and only where no token is needed.
    virtual base::result<std::size_t> admit(const request& head) = 0;
    virtual void handle(exchange_ptr what) = 0;
    /// The answer to something that went no further (garbage, too slow, not admitted, too many connections). `head` is
    /// empty where none was understood.
    virtual response refusal(const base::error& why, const request& head) = 0;
};

}  // namespace keepline::http
