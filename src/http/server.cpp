// Listening, TLS, and connections of both kinds (connection.hpp has what they share).
#include "http/server.hpp"

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "base/thread_name.hpp"
#include "http/connection.hpp"

#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

namespace keepline::http {

using namespace sockets;

namespace {

ip_address address_of(const asio::ip::address& address) {
    ip_address out;
    const auto v6 = address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address.to_v6();
    out.bytes = v6.to_bytes();
    return out;
}

/// None when it has gone already.
std::optional<ip_address> address_of(const tcp_socket& socket) {
    error_code failure;
    const auto end = socket.remote_endpoint(failure);
    if (failure) return std::nullopt;
    return address_of(end.address());
}

/// Null without a certificate, or with one whose chain was not verified.
std::shared_ptr<const peer_certificate> client_of(SSL* tls) {
    X509* shown = SSL_get0_peer_certificate(tls);
    if (shown == nullptr || SSL_get_verify_result(tls) != X509_V_OK) return nullptr;
    base::digest print{};
    unsigned int size = 0;
    if (X509_digest(shown, EVP_sha256(), print.data(), &size) != 1 || size != print.size()) return nullptr;
    auto out = std::make_shared<peer_certificate>();
    out->fingerprint = base::hex(print);
    std::array<char, 256> name{};
    const int length =
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name.data(), name.size());
    if (length > 0) out->common_name.assign(name.data(), static_cast<std::size_t>(length));
    return out;
}
// ------------------------------------------------------------------------------------------------ plain and TLS

class plain_connection final : public connection {
 public:
    plain_connection(std::shared_ptr<lane> on, caller who, tcp_socket socket)
        : connection(std::move(on), std::move(who)), socket_(std::move(socket)) {}

 private:
    std::shared_ptr<plain_connection> self() { return std::static_pointer_cast<plain_connection>(shared_from_this()); }
    void begin() override { ready(); }
    void read_greeting(asio::mutable_buffer into) override {
        socket_.async_read_some(into,
                                [me = self()](error_code failure, std::size_t n) { me->on_greeting(failure, n); });
    }
    void read_some(asio::mutable_buffer into) override {
        socket_.async_read_some(into, [me = self()](error_code failure, std::size_t n) { me->on_read(failure, n); });
    }
    void write_all(asio::const_buffer head, asio::const_buffer body) override {
        asio::async_write(socket_, std::array{head, body},
                          [me = self()](error_code failure, std::size_t) { me->on_written(failure); });
    }
    bool end_sending() override {
        error_code ignored;
        socket_.shutdown(tcp_socket::shutdown_send, ignored);
        return true;
    }
    void close_socket() override {
        error_code ignored;
        socket_.close(ignored);
    }
    tcp_socket socket_;
};

class tls_connection final : public connection {
 public:
    tls_connection(std::shared_ptr<lane> on, caller who, tcp_socket socket, std::shared_ptr<asio::ssl::context> tls)
        : connection(std::move(on), std::move(who)), tls_(std::move(tls)), stream_(std::move(socket), *tls_) {}

 private:
    std::shared_ptr<tls_connection> self() { return std::static_pointer_cast<tls_connection>(shared_from_this()); }
    void begin() override {
        // What came behind a PROXY head is the handshake's beginning.
        stream_.async_handshake(asio::ssl::stream_base::server, received().data(),
                                [me = self()](error_code failure, std::size_t used) {
                                    if (failure || used < me->received().size()) return me->close();
                                    me->received().clear();
                                    me->set_client(client_of(me->stream_.native_handle()));
                                    me->ready();
                                });
    }
    void read_greeting(asio::mutable_buffer into) override {
        stream_.next_layer().async_read_some(
            into, [me = self()](error_code failure, std::size_t n) { me->on_greeting(failure, n); });
    }
    void read_some(asio::mutable_buffer into) override {
        stream_.async_read_some(into, [me = self()](error_code failure, std::size_t n) { me->on_read(failure, n); });
    }
    void write_all(asio::const_buffer head, asio::const_buffer body) override {
        asio::async_write(stream_, std::array{head, body},
                          [me = self()](error_code failure, std::size_t) { me->on_written(failure); });
    }
    bool end_sending() override {
        if (is_reading())  // a TLS stream does one thing at a time in each direction
            close();
        else
            stream_.async_shutdown([me = self()](error_code) { me->close(); });
        return false;
    }
    void close_socket() override {
        error_code ignored;
        stream_.next_layer().close(ignored);
    }
    std::shared_ptr<asio::ssl::context> tls_;  // as it was when the connection began
    asio::ssl::stream<tcp_socket> stream_;
};
struct address {
    std::string host;
    std::uint16_t port = 0;
};

std::optional<address> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    address out{std::string(host), 0};
    const auto digits = text.substr(colon + 1);
    const auto [stopped, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (failure != std::errc() || stopped != digits.data() + digits.size()) return std::nullopt;
    return out;
}

}  // namespace

// ------------------------------------------------------------------------------------------------ the server

struct server::inner {
    inner(application& serves, server_settings how) : all(serves, std::move(how)) {}

    using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;

    house all;
    std::vector<std::shared_ptr<lane>> lanes;
    std::vector<std::thread> threads;
    std::mutex tls_mutex;
    std::shared_ptr<asio::ssl::context> tls;  // of connections that come from now on; null: plain HTTP
    std::optional<acceptor> door;
    std::optional<timer> pause;
    std::uint16_t bound = 0;
    std::size_t next_lane = 0;
    bool started = false;

    base::result<void> load_tls(const server_settings& how);
    std::shared_ptr<asio::ssl::context> tls_now();
    base::result<void> bind();
    void accept();
    void welcome(const std::shared_ptr<lane>& on, tcp_socket socket);
    void turn_away(tcp_socket socket);
};

namespace {

/// Whoever takes our key tomorrow cannot read what was recorded today: only suites that agree on fresh keys, and no
/// session tickets, whose one key would open them all. All of TLS 1.3's suites are so.
void use_forward_secrecy(SSL_CTX* tls) {
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(tls, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

}  // namespace

std::shared_ptr<asio::ssl::context> server::inner::tls_now() {
    const std::scoped_lock held(tls_mutex);
    return tls;
}

namespace {

/// Null: plain HTTP.
base::result<std::shared_ptr<asio::ssl::context>> tls_of(const server_settings& how) {
    if (how.tls_cert.empty() && how.tls_chain_pem.empty()) {
        if (how.client_ca.empty()) return nullptr;
        return base::refuse(code::config_invalid, "Client certificates need TLS: a certificate and key of our own.");
    }
    auto made = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    use_forward_secrecy(made->native_handle());
    error_code failure;
    if (how.tls_chain_pem.empty()) {
        made->use_certificate_chain_file(how.tls_cert, failure);
        if (!failure) made->use_private_key_file(how.tls_key, asio::ssl::context::pem, failure);
    } else {
        made->use_certificate_chain(asio::buffer(how.tls_chain_pem), failure);
        if (!failure) made->use_private_key(asio::buffer(how.tls_key_pem), asio::ssl::context::pem, failure);
    }
    if (failure)
        return base::refuse(code::config_invalid, "The TLS certificate or key cannot be used: " + failure.message());
    if (how.client_ca.empty()) return made;
    made->load_verify_file(how.client_ca, failure);
    if (!failure) made->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, failure);
    if (auto* names = failure ? nullptr : SSL_load_client_CA_file(how.client_ca.c_str()))
        SSL_CTX_set_client_CA_list(made->native_handle(), names);  // takes them
    // Without it OpenSSL refuses to resume sessions of authenticated clients.
    static constexpr std::string_view context = "keepline";
    SSL_CTX_set_session_id_context(made->native_handle(), reinterpret_cast<const unsigned char*>(context.data()),
                                   static_cast<unsigned>(context.size()));
    if (failure)
        return base::refuse(code::config_invalid,
                            "The certificates of the clients' CA cannot be used: " + failure.message());
    return made;
}

base::result<asio::ip::tcp::endpoint> endpoint_of(std::string_view listen) {
    const auto where = parse_listen(listen);
    error_code failure;
    const auto host = where ? asio::ip::make_address(where->host, failure) : asio::ip::address();
    if (!where || failure)
        return base::refuse(code::config_invalid, "The address to listen on must be like 127.0.0.1:8080.");
    return asio::ip::tcp::endpoint(host, where->port);
}

}  // namespace

base::result<void> server::inner::load_tls(const server_settings& how) {
    TRY(made, tls_of(how));
    if (!made) return {};
    if (!all.secure) all.secure = true;  // before the first connection; a reload finds it so
    const std::scoped_lock held(tls_mutex);
    tls = std::move(made);
    return {};
}

base::result<void> server::check(const server_settings& how) {
    CHECK(endpoint_of(how.listen));
    CHECK(tls_of(how));
    return {};
}

base::result<void> server::inner::bind() {
    TRY(end, endpoint_of(all.how.listen));
    error_code failure;
    door.emplace(lanes.front()->io.get_executor());
    door->open(end.protocol(), failure);
    if (!failure) door->set_option(acceptor::reuse_address(true), failure);
    if (!failure) door->bind(end, failure);
    if (!failure) door->listen(asio::socket_base::max_listen_connections, failure);
    if (failure)
        return base::refuse(code::unavailable, "Cannot listen on " + all.how.listen + ": " + failure.message());
    bound = door->local_endpoint().port();
    return {};
}

void server::inner::accept() {
    const auto on = lanes[next_lane++ % lanes.size()];
    door->async_accept(on->io.get_executor(), [this, on](error_code failure, tcp_socket socket) {
        if (all.stopping.load() || !door->is_open()) return;
        if (failure) {  // out of descriptors, say: breathe before the next try
            pause->expires_after(std::chrono::milliseconds{50});
            pause->async_wait([this](error_code stopped) {
                if (!stopped) accept();
            });
            return;
        }
        auto shared = std::make_shared<tcp_socket>(std::move(socket));
        asio::post(on->io, [this, on, shared] { welcome(on, std::move(*shared)); });
        accept();
    });
}

void server::inner::welcome(const std::shared_ptr<lane>& on, tcp_socket socket) {
    if (all.stopping.load()) return;
    const auto from = address_of(socket);
    if (!from) return;  // gone before it was looked at
    caller who{*from, all.how.trusted_proxies.has(*from), {}};
    if (!who.trusted) {
        who.place = all.connections.enter(limit_key(*from));
        if (!who.place) return turn_away(std::move(socket));
    }
    const bool full = all.open.load() >= all.how.connections_max;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (auto with = tls_now())
        return std::make_shared<tls_connection>(on, std::move(who), std::move(socket), std::move(with))->welcome(full);
    std::make_shared<plain_connection>(on, std::move(who), std::move(socket))->welcome(full);
}

/// An address that has as many connections as it may gets no place, no handshake and no wait: one answer that fits into
/// the socket's own buffer, if it can be said in plain text at all.
void server::inner::turn_away(tcp_socket socket) {
    if (tls_now()) return;
    auto answer =
        all.serves.refusal({code::too_many, "Your address has too many connections; try again soon.", {}}, {});
    answer.headers.insert(answer.headers.end(), all.how.every_answer.begin(), all.how.every_answer.end());
    const auto text = head_of(answer, false, false, body_length::known) + answer.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.send(asio::buffer(text), 0, ignored);
    socket.shutdown(tcp_socket::shutdown_send, ignored);
}

server::server(application& serves, server_settings how) : inner_(std::make_unique<inner>(serves, std::move(how))) {}

server::~server() { stop(); }

base::result<void> server::start() {
    auto& in = *inner_;
    ENSURE(!in.started);
    CHECK(in.load_tls(in.all.how));
    const int threads = std::max(1, in.all.how.threads);
    for (int i = 0; i < threads; ++i) in.lanes.push_back(std::make_shared<lane>(in.all));
    if (auto bound = in.bind(); !bound) {
        in.door.reset();
        in.lanes.clear();
        return bound;
    }
    in.pause.emplace(in.lanes.front()->io.get_executor());
    in.started = true;
    for (const auto& one : in.lanes) one->watch();
    in.accept();
    for (const auto& one : in.lanes)
        in.threads.emplace_back([one] {
            base::name_this_thread("kl-http");
            const auto work = asio::make_work_guard(one->io);
            one->io.run();
        });
    return {};
}

void server::stop() {
    auto& in = *inner_;
    if (!in.started) return;
    in.started = false;
    in.all.stopping.store(true);
    asio::post(in.lanes.front()->io, [&in] {
        error_code ignored;
        in.door->close(ignored);
        in.pause->cancel();
    });
    for (const auto& one : in.lanes) asio::post(one->io, [one] { one->stop_idle(); });
    const auto wait_until = [&](clock::time_point end) {
        while (clock::now() < end && (in.all.open.load() > 0 || in.all.exchanges.load() > 0))
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
    };
    wait_until(clock::now() + in.all.how.drain_timeout);
    for (const auto& one : in.lanes) asio::post(one->io, [one] { one->stop_all(); });
    // What was handed over always comes back (the engine answers everything, even while it stops): without it, a reply
    // could meet a server that is gone.
    wait_until(clock::now() + in.all.how.handle_timeout);
    for (const auto& one : in.lanes) one->io.stop();
    for (auto& one : in.threads) one.join();
    in.threads.clear();
    // What still waits in a lane owns the lane that owns it: run it out, here, now that nobody else does.
    for (const auto& one : in.lanes) {
        one->sweep.cancel();
        one->io.restart();
        one->io.poll();
    }
    in.door.reset();
    in.pause.reset();
}

base::result<void> server::reload_tls(const server_settings& with) { return inner_->load_tls(with); }

std::uint16_t server::port() const { return inner_->bound; }
std::size_t server::connections() const { return inner_->all.open.load(); }

}  // namespace keepline::http
