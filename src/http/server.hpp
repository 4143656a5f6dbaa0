// The HTTP/1.1 server: sockets, limits and time-outs around an `application`. It owns its threads; each connection
// lives on one of them, reads one request at a time and answers it before it looks at the next (so pipelining is safe).
// A request that different readers could take apart differently (RFC 9112 §6, §3.2) is refused and its connection
// closed: nothing behind it is read.
#pragma once

#include "base/time.hpp"
#include "http/message.hpp"
#include "http/origin.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace keepline::http {

struct server_settings {
    std::string listen = "127.0.0.1:8080";  // address:port, [v6]:port; port 0: any free one
    std::string tls_cert;                   // PEM files; empty: plain HTTP, for loopback or behind a proxy
    std::string tls_key;
    std::string tls_chain_pem;  // the same as text; win over the files
    std::string tls_key_pem;
    std::string client_ca;  // PEM file; not empty: only clients with a certificate from there get through the handshake
    int threads = 2;
    std::size_t connections_max = 2'000;           // above, a new connection is answered 503 and closed
    std::size_t connections_per_address = 200;     // of one IPv4 address or IPv6 /64; above, answered 429 and closed
    networks trusted_proxies{};                    // whose X-Forwarded-For is believed; not counted as an address
    bool proxy_protocol = false;                   // connections of trusted proxies begin with a PROXY head
    std::size_t head_max = 8 * 1024;               // request line and headers
    std::size_t bodies_max = 128UL * 1024 * 1024;  // of all requests that are being read or worked on, in bytes
    base::duration request_timeout = base::seconds{15};  // from a request's first byte to its last
    base::duration idle_timeout = base::seconds{60};     // between requests
    base::duration write_timeout = base::seconds{30};    // without progress
    base::duration handle_timeout = base::seconds{60};   // then 503; the work itself goes on
    base::duration stream_timeout = base::minutes{10};   // for the whole of a body that is made while it is sent
    base::duration drain_timeout = base::seconds{10};    // what stop() waits for running requests
    std::vector<header> every_answer{};                  // headers that each answer has beside its own
};

class server {
 public:
    /// `serves` outlives the server and everything that it was handed.
    server(application& serves, server_settings how);
    ~server();  // stop()
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Binds, listens and serves from then on. code::config_invalid, code::unavailable (the address is in use).
    base::result<void> start();
    /// Takes no new connections or requests, lets the running ones finish and closes. Twice is harmless.
    void stop();

    /// What start() would refuse, without the port: an address that is none, certificates and keys that cannot be used.
    static base::result<void> check(const server_settings& how);

    /// Reads certificate, key and clients' CA again, as `with` names them: for connections that come from now on. After
    /// an error those from before stay. Between start() and stop(), one thread.
    base::result<void> reload_tls(const server_settings& with);

    std::uint16_t port() const;
    std::size_t connections() const;

 private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

}  // namespace keepline::http
