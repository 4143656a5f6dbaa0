// The only file that sees Beast and Asio. Beast parses requests; answers are written by hand, which is both faster and
// easier to follow.
#include "http/server.hpp"

#include "base/bytes.hpp"
#include "base/ensure.hpp"
#include "base/thread_name.hpp"
#include "http/places.hpp"

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
constexpr std::size_t greeting_chunk = 4 * 1024;
constexpr std::size_t unread_max = 64 * 1024;  // kept before a chunk's header or a trailer ends: nobody needs more
constexpr auto linger_for = std::chrono::seconds{1};
constexpr std::size_t linger_bytes_max = 1024 * 1024;

std::string_view reason_of(int status) {
    return {beast::http::obsolete_reason(static_cast<beast::http::status>(status)).data(),
            beast::http::obsolete_reason(static_cast<beast::http::status>(status)).size()};
}

enum class body_length { known, chunked, to_the_end };

std::string head_of(const response& answer, bool keep_alive, bool secure, body_length length) {
    std::string out;
    out.reserve(640);
    out.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(reason_of(answer.status));
    out +=
        "\r\nServer: Keepline\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n";
    // RFC 6797: from now on this name is asked over TLS only; it means nothing without TLS (§7.2).
    if (secure) out += "Strict-Transport-Security: max-age=63072000\r\n";
    if (!answer.type.empty()) out.append("Content-Type: ").append(answer.type).append("\r\n");
    if (length == body_length::chunked) out += "Transfer-Encoding: chunked\r\n";
    if (answer.status != 204 && length == body_length::known)
        out.append("Content-Length: ").append(std::to_string(answer.body.size())).append("\r\n");
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

// ------------------------------------------------------------------------------------------------ what a head says

using request_head = beast::http::request_header<>;

/// Lines of one name, joined as RFC 9110 §5.3 says.
std::string joined(const request_head& head, std::string_view name) {
    std::string out;
    const auto [first, last] = head.equal_range(beast::string_view(name.data(), name.size()));
    for (auto one = first; one != last; ++one) {
        if (one != first) out += ',';
        out.append(one->value().data(), one->value().size());
    }
    return out;
}

/// RFC 3986 §3.2.2 and §3.2.3, as loosely as is harmless: no blank, no path, no user. An empty one is allowed.
bool is_host(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
    });
}

/// What RFC 9112 §6 and §3.2 want refused: every head that one reader could take for a request with a body and another
/// for one without. `chunked`: what the parser made of it.
base::result<void> check_framing(const request_head& head, bool chunked) {
    using beast::http::field;
    const auto malformed = [](const char* words) { return base::refuse(code::malformed, words); };
    const auto codings = head.count(field::transfer_encoding);
    if (codings > 0) {
        if (head.version() < 11) return malformed("HTTP/1.0 has no `Transfer-Encoding`.");
        // §6.1 knows more codings; nobody sends them in requests, and each is a chance to be misread.
        if (codings > 1 || !beast::iequals(head[field::transfer_encoding], "chunked") || !chunked)
            return base::refuse(code::coding_unknown, "The only `Transfer-Encoding` here is chunked.");
        if (head.count(field::content_length) > 0)
            return malformed("`Transfer-Encoding` and `Content-Length` exclude each other.");
    }
    const auto hosts = head.count(field::host);
    if (hosts > 1) return malformed("There is more than one `Host`.");
    if (hosts == 0 && head.version() >= 11) return malformed("`Host` is missing.");
    if (hosts == 1 && !is_host(text_of(head[field::host]))) return malformed("`Host` is no host and port.");
    return {};
}

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

// ------------------------------------------------------------------------------------------------ threads

class connection;

/// What all connections of a server share.
struct house {
    application& serves;
    server_settings how;
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> open{0};
    std::atomic<std::size_t> exchanges{0};  // handed out and not yet let go
    std::atomic<std::size_t> bodies{0};     // bytes that requests under way may have
    bool secure = false;                    // TLS
    places connections;                     // by address
    places carried;                         // requests of trusted proxies, by the address they are for

    house(application& to, server_settings settings)
        : serves(to),
          how(std::move(settings)),
          connections(std::max<std::size_t>(how.connections_per_address, 1)),
          carried(std::max<std::size_t>(how.connections_per_address, 1)) {}
    /// False when the bodies under way have all the room that there is.
    bool take_room(std::size_t bytes) {
        if (bodies.fetch_add(bytes) + bytes <= how.bodies_max) return true;
        bodies.fetch_sub(bytes);
        return false;
    }
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

/// Where a connection comes from, and its place among those of its address; a trusted proxy needs none.
struct caller {
    ip_address from;
    bool trusted = false;
    std::optional<places::held> place;
};

/// (greeting ──▶) reading ──▶ handling ──▶ writing ──▶ reading …, or ──▶ lingering ──▶ closed
class connection : public std::enable_shared_from_this<connection> {
 public:
    connection(std::shared_ptr<lane> on, caller who) : lane_(std::move(on)), who_(std::move(who)) {
        lane_->all.open.fetch_add(1);
    }
    virtual ~connection() {
        give_room_back();
        lane_->here.erase(this);
        lane_->all.open.fetch_sub(1);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// With `full`, it is turned away as soon as that can be said.
    void welcome(bool full) {
        lane_->here.insert(this);
        full_ = full;
        set_deadline(how().request_timeout);
        if (!who_.trusted || !how().proxy_protocol) return begin();
        state_ = state::greeting;
        greet();
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
        if ((state_ == state::reading && !started_) || state_ == state::greeting) close();
    }
    void close() {
        if (state_ == state::closed) return;
        state_ = state::closed;
        current_ = 0;
        source_.reset();
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
    /// What comes before the first request: nothing, or the handshake. Ends in ready().
    virtual void begin() = 0;
    virtual void read_greeting(asio::mutable_buffer into) = 0;                     // ends in on_greeting
    virtual void read_some(asio::mutable_buffer into) = 0;                         // ends in on_read
    virtual void write_all(asio::const_buffer head, asio::const_buffer body) = 0;  // ends in on_written
    /// True when the rest of what the peer sends may be read away meanwhile.
    virtual bool end_sending() = 0;
    virtual void close_socket() = 0;

    void ready() {
        if (state_ == state::closed) return;
        if (full_) return refuse(code::overloaded, "Too many connections; try again soon.");
        next_request();
    }
    void on_greeting(error_code failure, std::size_t n) {
        if (state_ == state::closed) return;
        if (failure) return close();
        buffer_.commit(n);
        greet();
    }
    /// What came behind the greeting already.
    beast::flat_buffer& received() { return buffer_; }

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
        if (source_) return ask_for_more();
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
    enum class state { greeting, reading, handling, writing, lingering, closed };
    using parser = beast::http::request_parser<beast::http::string_body>;

    const server_settings& how() const { return lane_->all.how; }

    /// The PROXY head, by which a trusted proxy says whom the connection is for.
    void greet() {
        const auto have = buffer_.data();
        const auto head = read_proxy_head({static_cast<const std::uint8_t*>(have.data()), have.size()});
        if (!head) return close();  // its administrator finds out; nobody is answered in a protocol not agreed upon
        if (head->size == 0) return read_greeting(buffer_.prepare(greeting_chunk));
        buffer_.consume(head->size);
        state_ = state::reading;
        if (head->client) {
            who_.from = *head->client;
            who_.trusted = how().trusted_proxies.has(who_.from);
            if (!who_.trusted) {
                who_.place = lane_->all.connections.enter(limit_key(who_.from));
                if (!who_.place) return close();
            }
        }
        begin();
    }

    void give_room_back() { lane_->all.bodies.fetch_sub(std::exchange(room_, 0)); }

    void next_request() {
        state_ = state::reading;
        give_room_back();
        carried_.reset();
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
            if (failure == beast::http::error::need_more) {
                // The head has its limit; a chunk's header and trailers have none of their own.
                if (head_seen_ && buffer_.size() > unread_max)
                    return refuse(code::too_large, "A chunk's header or the trailers are too long.");
                return read_more();
            }
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
        if (auto sound = check_framing(parser_->get(), parser_->chunked()); !sound) {
            refuse(std::move(sound).error());
            return false;
        }
        in_ = head_as_request();
        if (who_.trusted && in_.peer != limit_key(who_.from)) {
            carried_ = lane_->all.carried.enter(in_.peer);
            if (!carried_) {
                refuse(code::too_many, "Too many requests of this address are under way.");
                return false;
            }
        }
        const auto length = parser_->content_length();
        if (length.value_or(0) > 0 || parser_->chunked()) {
            const auto most = lane_->all.serves.admit(in_);
            if (!most) {
                refuse(most.error());
                return false;
            }
            if (length && *length > *most) {
                refuse({code::too_large, "The body is larger than allowed.", {{"max_bytes", std::to_string(*most)}}});
                return false;
            }
            const auto room = length ? static_cast<std::size_t>(*length) : *most;
            if (!lane_->all.take_room(room)) {
                refuse(code::overloaded, "Too many large requests are under way; try again soon.");
                return false;
            }
            room_ = room;
            parser_->body_limit(*most);
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

    /// Whom this request is for, as far as those say who are trusted.
    ip_address client_address(const request_head& head) const {
        if (!who_.trusted) return who_.from;
        return forwarded_for(joined(head, "X-Forwarded-For"), who_.from, how().trusted_proxies);
    }

    request head_as_request() const {
        using beast::http::field;
        const auto& head = parser_->get();
        request in;
        in.how = verb_of(head.method());
        in.target = text_of(head.target());
        in.peer = limit_key(client_address(head));
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
    void refuse(const base::error& why) { write(lane_->all.serves.refusal(why, in_), true); }

    void time_out_request() { refuse(code::timed_out, "The request took too long to arrive."); }
    void give_up() {
        current_ = 0;  // its reply will find nobody
        refuse(code::unavailable, "The answer took too long; repeat the request with the same Idempotency-Key.");
    }

    void write(response answer, bool then_close) {
        state_ = state::writing;
        const bool body = in_.how != verb::head;
        source_ = body ? std::move(answer.source) : nullptr;
        const bool chunks = source_ != nullptr && version_ >= 11;
        const auto length = source_ == nullptr ? body_length::known
                            : chunks           ? body_length::chunked
                                               : body_length::to_the_end;
        closing_ = then_close || lane_->all.stopping.load() || length == body_length::to_the_end;
        continuing_ = false;
        head_ = head_of(answer, !closing_, lane_->all.secure, length);
        body_ = std::move(answer.body);
        set_deadline(how().write_timeout);
        if (source_) {
            chunks_ = chunks;
            last_piece_ = clock::now() + how().stream_timeout;
            body_.clear();
        }
        write_all(asio::buffer(head_), body ? asio::buffer(body_) : asio::const_buffer());
    }

    /// The next piece of a body that is made while it is sent.
    void ask_for_more();
    void take_piece(body_source::piece piece) {
        if (state_ != state::writing || !source_) return;  // given up meanwhile
        if (!piece || clock::now() > last_piece_) return close();
        const bool end = piece->empty();
        if (end) source_.reset();
        if (end && !chunks_) return on_written({});
        head_.clear();
        body_ = std::move(*piece);
        if (chunks_) {
            std::array<char, 20> digits{};
            const auto [stopped, unused] =
                std::to_chars(digits.data(), digits.data() + digits.size(), body_.size(), 16);
            head_.assign(digits.data(), stopped).append("\r\n");
            body_ += "\r\n";
        }
        deadline_ = std::min(clock::now() + std::chrono::milliseconds(how().write_timeout), last_piece_);
        write_all(asio::buffer(head_), asio::buffer(body_));
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
    caller who_;
    std::optional<places::held> carried_;  // a trusted proxy's request has the place of whom it is for
    std::size_t room_ = 0;                 // of this request's body, among all
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
    bool full_ = false;
    unsigned version_ = 11;  // of the request: 10 or 11
    std::shared_ptr<body_source> source_;
    clock::time_point last_piece_{};  // when it must have been
    bool chunks_ = false;
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

void connection::ask_for_more() {
    deadline_ = std::min(clock::now() + std::chrono::milliseconds(how().handle_timeout), last_piece_);
    auto& all = lane_->all;
    all.exchanges.fetch_add(1);  // as a request that is being worked on: stop() waits for it
    source_->next([me = shared_from_this(), asked = source_, &all](body_source::piece piece) mutable {
        auto& io = me->on().io;
        asio::post(io, [me = std::move(me), asked = std::move(asked), piece = std::move(piece), &all]() mutable {
            asked.reset();
            me->take_piece(std::move(piece));
            me.reset();
            all.exchanges.fetch_sub(1);
        });
    });
}

void connection::hand_over() {
    keep_alive_ = parser_->keep_alive();
    version_ = parser_->get().version();
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
    tls_connection(std::shared_ptr<lane> on, caller who, tcp_socket socket, asio::ssl::context& tls)
        : connection(std::move(on), std::move(who)), stream_(std::move(socket), tls) {}

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
    inner(application& serves, server_settings how) : all(serves, std::move(how)) {}

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

base::result<void> server::inner::load_tls() {
    const auto& how = all.how;
    if (how.tls_cert.empty() && how.tls_chain_pem.empty()) {
        if (how.client_ca.empty()) return {};
        return base::refuse(code::config_invalid, "Client certificates need TLS: a certificate and key of our own.");
    }
    tls.emplace(asio::ssl::context::tls_server);
    all.secure = true;
    use_forward_secrecy(tls->native_handle());
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
    if (tls) return std::make_shared<tls_connection>(on, std::move(who), std::move(socket), *tls)->welcome(full);
    std::make_shared<plain_connection>(on, std::move(who), std::move(socket))->welcome(full);
}

/// An address that has as many connections as it may gets no place, no handshake and no wait: one answer that fits into
/// the socket's own buffer, if it can be said in plain text at all.
void server::inner::turn_away(tcp_socket socket) {
    if (tls) return;
    const auto answer =
        all.serves.refusal({code::too_many, "Your address has too many connections; try again soon.", {}}, {});
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
