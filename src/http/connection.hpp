// One connection of the server, and the lane it lives on. Only for connection.cpp and server.cpp, which are the only
// files that see Beast and Asio: Beast parses requests; answers are written by hand, which is both faster and easier to
// follow. A connection is touched on its lane's thread only.
#pragma once

#include "base/places.hpp"
#include "http/server.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <optional>
#include <unordered_set>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace keepline::http::sockets {

namespace asio = boost::asio;
namespace beast = boost::beast;
using base::code;
using boost::system::error_code;
using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;
using clock = std::chrono::steady_clock;

constexpr std::size_t read_chunk = 16 * 1024;
constexpr std::size_t greeting_chunk = 4 * 1024;
constexpr std::size_t unread_max = 64 * 1024;  // kept before a chunk's header or a trailer ends: nobody needs more
constexpr auto linger_for = std::chrono::seconds{1};
constexpr std::size_t linger_bytes_max = 1024 * 1024;

enum class body_length { known, chunked, to_the_end };
std::string head_of(const response& answer, bool keep_alive, bool secure, body_length length);

// -- what a head says

using request_head = beast::http::request_header<>;

verb verb_of(beast::http::verb how);
inline std::string text_of(beast::string_view in) { return {in.data(), in.size()}; }
/// Lines of one name, joined as RFC 9110 §5.3 says.
std::string joined(const request_head& head, std::string_view name);
/// What RFC 9112 §6 and §3.2 want refused: every head that one reader could take for a request with a body and another
/// for one without. `chunked`: what the parser made of it.
base::result<void> check_framing(const request_head& head, bool chunked);

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
    base::places connections;               // by address
    base::places carried;                   // requests of trusted proxies, by the address they are for

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
    std::optional<base::places::held> place;
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
        in.accept_language = text_of(head["Accept-Language"]);
        in.accept = text_of(head[field::accept]);
        in.accept_encoding = joined(head, "Accept-Encoding");
        in.cookie = joined(head, "Cookie");
        in.origin = text_of(head[field::origin]);
        in.fetch_site = text_of(head["Sec-Fetch-Site"]);
        in.console = text_of(head["X-Keepline-Console"]);
        in.if_none_match = text_of(head[field::if_none_match]);
        in.last_event_id = text_of(head["Last-Event-ID"]);
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
        answer.headers.insert(answer.headers.end(), how().every_answer.begin(), how().every_answer.end());
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
    std::optional<base::places::held> carried_;  // a trusted proxy's request has the place of whom it is for
    std::size_t room_ = 0;                       // of this request's body, among all
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
}  // namespace keepline::http::sockets
