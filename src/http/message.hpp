// A request and its answer as plain values, and the way back from one to the other. Everything between the sockets
// (server.cpp) and the rules of the API (api.cpp) passes through here; nothing here knows Beast.
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <functional>
#include <memory>
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
    std::string peer;  // whom to count failed tokens against; never logged
    // The headers that the API reads; empty: absent.
    std::string authorization;
    std::string content_type;
    std::string idempotency_key;
    std::string if_match;
    std::string correlation;
    std::string channel;
    std::string admin_protocol;                        // X-Admin-Protocol, SGP.22 §6.5.1
    std::shared_ptr<const peer_certificate> client{};  // null: none was shown, or asked for

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

struct response {
    int status = 200;
    std::string_view type = "application/json";  // of static storage; empty: no content
    std::string body;
    std::vector<header> headers;
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
    /// May this request send its body, and how long may it be? Asked with the head only, before the body is read.
    virtual base::result<std::size_t> admit(const request& head) = 0;
    virtual void handle(exchange_ptr what) = 0;
    /// The answer to something that never became a request (garbage, too slow, too many connections).
    virtual response refusal(const base::error& why) = 0;
};

}  // namespace keepline::http
