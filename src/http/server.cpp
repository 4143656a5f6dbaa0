// The only file that sees Beast and Asio. Beast parses requests; answers are written by hand, which is both faster and
// easier to follow.
#include "http/server.hpp"

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "base/thread_name.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace keepline::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using base::code;
using boost::system::error_code;
using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;
using clock = std::chrono::steady_clock;

constexpr auto sweep_every = std::chrono::milliseconds{100};
constexpr std::size_t read_chunk = 16 * 1024;
constexpr std::size_t asked_first_from = 64 * 1024;  // a body this large is read only after `admit`
constexpr auto linger_for = std::chrono::seconds{1};
constexpr std::size_t linger_bytes_max = 1024 * 1024;

std::string_view reason_of(int status) {
    return {beast::http::obsolete_reason(static_cast<beast::http::status>(status)).data(),
            beast::http::obsolete_reason(static_cast<beast::http::status>(status)).size()};
}

std::string head_of(const response& answer, bool keep_alive) {
    std::string out;
    out.reserve(512);
    out.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(reason_of(answer.status));
    out +=
        "\r\nServer: Keepline\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n";
    if (!answer.type.empty()) out.append("Content-Type: ").append(answer.type).append("\r\n");
    if (answer.status != 204) out.append("Content-Length: ").append(std::to_string(answer.body.size())).append("\r\n");
    for (const auto& one : answer.headers) out.append(one.name).append(": ").append(one.value).append("\r\n");
    out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return out;
}

verb verb_of(beast::http::verb how) {
    switch (how) {
        case beast::http::verb::get: return verb::get;
        case beast::http::verb::head: return verb::head;
        case beast::http::verb::post: return verb::post;
        case beast::http::verb::put: return verb::put;
        default: return verb::other;
    }
}

std::string text_of(beast::string_view in) { return {in.data(), in.size()}; }

/// Whom to count failures against: one IPv4 address, or one IPv6 /64, which is what one customer has.
std::string peer_of(const tcp_socket& socket) {
    error_code failure;
    const auto end = socket.remote_endpoint(failure);
    if (failure) return "gone";
    const auto address = end.address();
    if (address.is_v4()) return address.to_string();
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    const auto bytes = v6.to_bytes();
    return {reinterpret_cast<const char*>(bytes.data()), 8};
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

// ------------------------------------------------------------------------------------------------ threads

class connection;

/// What all connections of a server share.
struct house {
    application& serves;
    server_settings how;
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> open{0};
    std::atomic<std::size_t> exchanges{0};  // handed out and not yet let go
};

/// One thread and the connections that live on it. Everything but `io` is touched on that thread only.
struct lane {
    explicit lane(house& of) : all(of), sweep(io.get_executor()) {}
    house& all;
    asio::io_context io{1};
    timer sweep;
    std::unordered_set<connection*> here;

    void watch();
    void stop_idle();
    void stop_all();
};

// ------------------------------------------------------------------------------------------------ a connection

/// reading ──▶ handling ──▶ writing ──▶ reading …, or ──▶ lingering ──▶ closed
class connection : public std::enable_shared_from_this<connection> {
 public:
    explicit connection(std::shared_ptr<lane> on, std::string peer) : lane_(std::move(on)), peer_(std::move(peer)) {
        lane_->all.open.fetch_add(1);
    }
    virtual ~connection() {
        lane_->here.erase(this);
        lane_->all.open.fetch_sub(1);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    void start() {
        lane_->here.insert(this);
        next_request();
    }
    /// Answers at once without reading; for a server that is full.
    void turn_away() {
        lane_->here.insert(this);
        refuse(code::overloaded, "Too many connections; try again soon.");
    }
    void check_deadline(clock::time_point now) {
        if (now < deadline_ || state_ == state::closed) return;
        switch (state_) {
            case state::reading: return started_ ? time_out_request() : close();
            case state::handling: return give_up();
            default: return close();
        }
    }
    void stop_if_idle() {
        if (state_ == state::reading && !started_) close();
    }
    void close() {
        if (state_ == state::closed) return;
        state_ = state::closed;
        current_ = 0;
        close_socket();
    }

    // -- from the exchange
    void take_reply(std::uint64_t from, response answer) {
        if (from != current_ || state_ != state::handling) return;  // given up before
        current_ = 0;
        write(std::move(answer), !keep_alive_);
    }
    /// It ended without a reply: the client is told all the same.
    void let_go(std::uint64_t from) {
        if (from == current_ && state_ == state::handling) give_up();
    }
    lane& on() { return *lane_; }

 protected:
    virtual void read_some(asio::mutable_buffer into) = 0;                         // ends in on_read
    virtual void write_all(asio::const_buffer head, asio::const_buffer body) = 0;  // ends in on_written
    /// True when the rest of what the peer sends may be read away meanwhile.
    virtual bool end_sending() = 0;
    virtual void close_socket() = 0;

    void on_read(error_code failure, std::size_t n) {
        reading_ = false;
        if (state_ == state::closed) return;
        if (state_ == state::lingering) return linger(failure, n);
        if (state_ != state::reading) return;  // a 408 is on its way
        if (failure) return close();           // gone, mid-request or between two: nobody to answer
        buffer_.commit(n);
        parse();
    }
    void on_written(error_code failure) {
        if (state_ != state::writing) return;
        if (failure) return close();
        if (continuing_) {
            continuing_ = false;
            state_ = state::reading;
            deadline_ = request_deadline_;
            return parse();
        }
        if (closing_ || lane_->all.stopping.load()) return begin_linger();
        next_request();
    }
    void set_client(std::shared_ptr<const peer_certificate> client) { client_ = std::move(client); }
    void set_deadline(base::duration in) { deadline_ = clock::now() + in; }
    bool is_reading() const { return reading_; }

 private:
    enum class state { reading, handling, writing, lingering, closed };
    using parser = beast::http::request_parser<beast::http::string_body>;

    const server_settings& how() const { return lane_->all.how; }

    void next_request() {
        state_ = state::reading;
        started_ = false;
        head_seen_ = false;
        in_ = {};
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(how().head_max));
        parser_->body_limit(boost::none);  // set by route once the head is known
        set_deadline(how().idle_timeout);
        parse();
    }

    void read_more() {
        if (reading_) return;
        reading_ = true;
        read_some(buffer_.prepare(read_chunk));
    }

    void parse() {
        if (buffer_.size() == 0) return read_more();
        if (!started_) {
            started_ = true;
            set_deadline(how().request_timeout);
            request_deadline_ = deadline_;
        }
        while (buffer_.size() > 0 && !parser_->is_done()) {
            error_code failure;
            const auto used = parser_->put(buffer_.data(), failure);
            buffer_.consume(used);
            if (failure == beast::http::error::need_more) return read_more();
            if (failure) return refuse_garbage(failure);
            if (!head_seen_ && parser_->is_header_done()) {
                head_seen_ = true;
                if (!on_head()) return;
            }
        }
        parser_->is_done() ? hand_over() : read_more();
    }

    void refuse_garbage(error_code failure) {
        if (failure == beast::http::error::header_limit)
            return refuse(code::too_large, "The request line and headers may have " + std::to_string(how().head_max) +
                                               " bytes at most.");
        if (failure == beast::http::error::body_limit) return refuse(code::too_large, "The body is too large.");
        refuse(code::malformed, "This is not an HTTP/1.1 request.");
    }

    /// False when the request goes no further, or not now.
    bool on_head() {
        in_ = head_as_request();
        const auto length = parser_->content_length();
        const bool large = parser_->chunked() || (length && *length > asked_first_from);
        if (length.value_or(0) > 0 || parser_->chunked()) {
            std::size_t most = asked_first_from;
            if (large) {
                auto admitted = lane_->all.serves.admit(in_);
                if (!admitted) {
                    refuse(std::move(admitted).error());
                    return false;
                }
                most = *admitted;
            }
            if (length && *length > most) {
                refuse({code::too_large, "The body is larger than allowed.", {{"max_bytes", std::to_string(most)}}});
                return false;
            }
            parser_->body_limit(most);
        }
        const auto& head = parser_->get();
        if (!parser_->is_done() && buffer_.size() == 0 &&
            beast::iequals(head[beast::http::field::expect], "100-continue")) {
            continuing_ = true;
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            state_ = state::writing;
            write_all(asio::buffer(go_on.data(), go_on.size()), {});
            return false;
        }
        return true;
    }

    request head_as_request() const {
        using beast::http::field;
        const auto& head = parser_->get();
        request in;
        in.how = verb_of(head.method());
        in.target = text_of(head.target());
        in.peer = peer_;
        in.authorization = text_of(head[field::authorization]);
        in.content_type = text_of(head[field::content_type]);
        in.idempotency_key = text_of(head["Idempotency-Key"]);
        in.if_match = text_of(head[field::if_match]);
        in.correlation = text_of(head["X-Correlation-Id"]);
        in.channel = text_of(head["Keepline-Channel"]);
        in.admin_protocol = text_of(head["X-Admin-Protocol"]);
        in.client = client_;
        return in;
    }

    void hand_over();

    void refuse(code what, std::string words) { refuse(base::error{what, std::move(words)}); }
    void refuse(const base::error& why) { write(lane_->all.serves.refusal(why), true); }

    void time_out_request() { refuse(code::timed_out, "The request took too long to arrive."); }
    void give_up() {
        current_ = 0;  // its reply will find nobody
        refuse(code::unavailable, "The answer took too long; repeat the request with the same Idempotency-Key.");
    }

    void write(response answer, bool then_close) {
        state_ = state::writing;
        closing_ = then_close || lane_->all.stopping.load();
        continuing_ = false;
        const bool body = in_.how != verb::head;
        head_ = head_of(answer, !closing_);
        body_ = std::move(answer.body);
        set_deadline(how().write_timeout);
        write_all(asio::buffer(head_), body ? asio::buffer(body_) : asio::const_buffer());
    }

    /// Closing with unread bytes in the socket would reset the connection and may take the answer with it.
    void begin_linger() {
        state_ = state::lingering;
        deadline_ = clock::now() + linger_for;
        lingered_ = 0;
        if (end_sending() && !reading_) linger({}, 0);
    }
    void linger(error_code failure, std::size_t n) {
        lingered_ += n;
        if (failure || lingered_ > linger_bytes_max) return close();
        buffer_.clear();
        read_more();
    }

    std::shared_ptr<lane> lane_;  // first: outlives the sockets of the derived classes' io
    std::string peer_;
    std::shared_ptr<const peer_certificate> client_;
    state state_ = state::reading;
    clock::time_point deadline_ = clock::time_point::max();
    clock::time_point request_deadline_{};
    beast::flat_buffer buffer_;
    std::optional<parser> parser_;
    request in_;
    std::uint64_t current_ = 0;    // the exchange that may reply; a number, because the next one may get its address
    std::uint64_t exchanges_ = 0;  // of this connection so far
    std::string head_;
    std::string body_;
    std::size_t lingered_ = 0;
    bool reading_ = false;
    bool started_ = false;  // a request's first byte is here
    bool head_seen_ = false;
    bool continuing_ = false;  // a "100 Continue" is being written
    bool closing_ = false;
    bool keep_alive_ = true;
};

class ticket final : public exchange {
 public:
    ticket(std::shared_ptr<connection> of, std::uint64_t number) : of_(std::move(of)), number_(number) {
        of_->on().all.exchanges.fetch_add(1);
    }
    ~ticket() override {
        // The connection must end on its own thread, and this may be any.
        auto& lane = of_->on();
        asio::post(lane.io, [of = std::move(of_), &all = lane.all, number = number_] {
            of->let_go(number);
            all.exchanges.fetch_sub(1);
        });
    }
    void run(std::function<void()> work) override { asio::post(of_->on().io, std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        const auto timer = std::make_shared<asio::steady_timer>(of_->on().io, pause);
        timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& failure) {
            if (!failure) work();
        });
    }
    void reply(response answer) override { of_->take_reply(number_, std::move(answer)); }

 private:
    std::shared_ptr<connection> of_;
    std::uint64_t number_;
};

void connection::hand_over() {
    keep_alive_ = parser_->keep_alive();
    in_.body = std::move(parser_->get().body());
    current_ = ++exchanges_;
    const auto what = std::make_shared<ticket>(shared_from_this(), current_);
    what->in = std::move(in_);
    in_.how = what->in.how;
    state_ = state::handling;
    set_deadline(how().handle_timeout);
    lane_->all.serves.handle(what);
}

// ------------------------------------------------------------------------------------------------ plain and TLS

class plain_connection final : public connection {
 public:
    plain_connection(std::shared_ptr<lane> on, tcp_socket socket)
        : connection(std::move(on), peer_of(socket)), socket_(std::move(socket)) {}

 private:
    std::shared_ptr<plain_connection> self() { return std::static_pointer_cast<plain_connection>(shared_from_this()); }
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
    tls_connection(std::shared_ptr<lane> on, tcp_socket socket, asio::ssl::context& tls)
        : connection(std::move(on), peer_of(socket)), stream_(std::move(socket), tls) {}

    void shake_hands(bool full) {
        on().here.insert(this);
        set_deadline(on().all.how.request_timeout);
        stream_.async_handshake(asio::ssl::stream_base::server, [me = self(), full](error_code failure) {
            if (failure) return me->close();
            me->set_client(client_of(me->stream_.native_handle()));
            full ? me->turn_away() : me->start();
        });
    }

 private:
    std::shared_ptr<tls_connection> self() { return std::static_pointer_cast<tls_connection>(shared_from_this()); }
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
    asio::ssl::stream<tcp_socket> stream_;
};

// ------------------------------------------------------------------------------------------------ lanes

void lane::watch() {
    sweep.expires_after(sweep_every);
    sweep.async_wait([this](error_code failure) {
        if (failure) return;
        const auto now = clock::now();
        std::vector<std::shared_ptr<connection>> all_here;  // a deadline may end one
        for (auto* one : here)
            if (auto alive = one->weak_from_this().lock()) all_here.push_back(std::move(alive));
        for (const auto& one : all_here) one->check_deadline(now);
        watch();
    });
}

void lane::stop_idle() {
    const std::vector<connection*> all_here(here.begin(), here.end());
    for (auto* one : all_here)
        if (const auto alive = one->weak_from_this().lock()) alive->stop_if_idle();
}

void lane::stop_all() {
    const std::vector<connection*> all_here(here.begin(), here.end());
    for (auto* one : all_here)
        if (const auto alive = one->weak_from_this().lock()) alive->close();
}

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
    inner(application& serves, server_settings how) : all{serves, std::move(how)} {}

    using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;

    house all;
    std::vector<std::shared_ptr<lane>> lanes;
    std::vector<std::thread> threads;
    std::optional<asio::ssl::context> tls;
    std::optional<acceptor> door;
    std::optional<timer> pause;
    std::uint16_t bound = 0;
    std::size_t next_lane = 0;
    bool started = false;

    base::result<void> load_tls();
    base::result<void> bind();
    void accept();
    void welcome(const std::shared_ptr<lane>& on, tcp_socket socket);
};

base::result<void> server::inner::load_tls() {
    const auto& how = all.how;
    if (how.tls_cert.empty() && how.tls_chain_pem.empty()) {
        if (how.client_ca.empty()) return {};
        return base::refuse(code::config_invalid, "Client certificates need TLS: a certificate and key of our own.");
    }
    tls.emplace(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
    error_code failure;
    if (how.tls_chain_pem.empty()) {
        tls->use_certificate_chain_file(how.tls_cert, failure);
        if (!failure) tls->use_private_key_file(how.tls_key, asio::ssl::context::pem, failure);
    } else {
        tls->use_certificate_chain(asio::buffer(how.tls_chain_pem), failure);
        if (!failure) tls->use_private_key(asio::buffer(how.tls_key_pem), asio::ssl::context::pem, failure);
    }
    if (failure)
        return base::refuse(code::config_invalid, "The TLS certificate or key cannot be used: " + failure.message());
    if (how.client_ca.empty()) return {};
    tls->load_verify_file(how.client_ca, failure);
    if (!failure) tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, failure);
    if (auto* names = failure ? nullptr : SSL_load_client_CA_file(how.client_ca.c_str()))
        SSL_CTX_set_client_CA_list(tls->native_handle(), names);  // takes them
    // Without it OpenSSL refuses to resume sessions of authenticated clients.
    static constexpr std::string_view context = "keepline";
    SSL_CTX_set_session_id_context(tls->native_handle(), reinterpret_cast<const unsigned char*>(context.data()),
                                   static_cast<unsigned>(context.size()));
    if (failure)
        return base::refuse(code::config_invalid,
                            "The certificates of the clients' CA cannot be used: " + failure.message());
    return {};
}

base::result<void> server::inner::bind() {
    const auto where = parse_listen(all.how.listen);
    error_code failure;
    const auto host = where ? asio::ip::make_address(where->host, failure) : asio::ip::address();
    if (!where || failure)
        return base::refuse(code::config_invalid, "The address to listen on must be like 127.0.0.1:8080.");
    door.emplace(lanes.front()->io.get_executor());
    const asio::ip::tcp::endpoint end(host, where->port);
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
    const bool full = all.open.load() >= all.how.connections_max;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (tls) return std::make_shared<tls_connection>(on, std::move(socket), *tls)->shake_hands(full);
    const auto one = std::make_shared<plain_connection>(on, std::move(socket));
    full ? one->turn_away() : one->start();
}

server::server(application& serves, server_settings how) : inner_(std::make_unique<inner>(serves, std::move(how))) {}

server::~server() { stop(); }

base::result<void> server::start() {
    auto& in = *inner_;
    ENSURE(!in.started);
    CHECK(in.load_tls());
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

std::uint16_t server::port() const { return inner_->bound; }
std::size_t server::connections() const { return inner_->all.open.load(); }

}  // namespace keepline::http
