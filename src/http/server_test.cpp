// The server on real sockets: keep-alive, pipelining, limits, slow and broken peers, and stopping without loss.
#include "http/server.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace keepline::http {
namespace {

using namespace std::chrono_literals;
using base::code;

/// Answers with what it was asked; slowly, on another thread, where the path says so.
class echo final : public application {
 public:
    ~echo() override {
        for (auto& one : threads_) one.join();
    }
    base::result<std::size_t> admit(const request& head) override {
        ++admitted;
        if (head.authorization.empty() && head.target != "/open")
            return base::refuse(code::unauthenticated, "Who are you?");
        return std::size_t{200'000};
    }
    void handle(exchange_ptr what) override {
        ++handled;
        if (what->in.target == "/slow") {
            threads_.emplace_back([what] {
                std::this_thread::sleep_for(300ms);
                what->run([what] { what->reply(answer_to(what->in)); });
            });
            return;
        }
        if (what->in.target == "/never") return;  // lets go of it without an answer
        if (what->in.target.starts_with("/made")) {
            response out;
            out.source = std::make_shared<made>(what->in.target == "/made");
            return what->reply(std::move(out));
        }
        what->reply(answer_to(what->in));
    }
    response refusal(const base::error& why, const request&) override {
        response out;
        out.status = base::info(why.what).http_status;
        out.body = std::string(base::info(why.what).id);
        return out;
    }

    std::atomic<int> admitted{0};
    std::atomic<int> handled{0};

 private:
    static response answer_to(const request& in) {
        response out;
        out.body = in.target + "|" + std::to_string(in.body.size()) + "|" + in.idempotency_key;
        if (in.target == "/peer") out.body = in.peer;
        if (in.target == "/nothing") {
            out.status = 204;
            out.type = {};
            out.body.clear();
        }
        return out;
    }
    /// Three pieces, and then the end or a failure.
    class made final : public body_source {
     public:
        explicit made(bool well) : well_(well) {}
        void next(std::function<void(piece)> then) override {
            if (given_++ < 3) return then("piece");
            then(well_ ? piece("") : piece());
        }

     private:
        bool well_;
        int given_ = 0;
    };
    std::vector<std::thread> threads_;
};

class client {
 public:
    explicit client(std::uint16_t port, std::uint32_t from = INADDR_LOOPBACK)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(from);
        ::bind(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to);
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
        const timeval limit{5, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    ~client() { ::close(socket_); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void send(std::string_view text) const {
        while (!text.empty()) {
            const auto n = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    /// One answer, head and body; empty when the server closed or said nothing for five seconds.
    std::string answer(bool body = true) {
        for (;;) {
            const auto end = buffer_.find("\r\n\r\n");
            if (end != std::string::npos) {
                std::size_t size = end + 4;
                const auto at = buffer_.find("Content-Length: ");
                if (body && at < end) size += std::stoul(buffer_.substr(at + 16));
                if (buffer_.size() >= size) {
                    auto out = buffer_.substr(0, size);
                    buffer_.erase(0, size);
                    return out;
                }
            }
            if (!more()) return {};
        }
    }
    bool closed() {
        while (more()) {
        }
        return at_end_;
    }
    /// What came until `mark`, with it.
    std::string until(std::string_view mark) {
        while (buffer_.find(mark) == std::string::npos)
            if (!more()) return {};
        const auto end = buffer_.find(mark) + mark.size();
        auto out = buffer_.substr(0, end);
        buffer_.erase(0, end);
        return out;
    }
    const std::string& rest() const { return buffer_; }
    bool connected = false;

 private:
    bool more() {
        char chunk[4096];
        const auto n = ::recv(socket_, chunk, sizeof chunk, 0);
        at_end_ = n == 0 || (n < 0 && errno == ECONNRESET);
        if (n <= 0) return false;
        buffer_.append(chunk, static_cast<std::size_t>(n));
        return true;
    }
    int socket_;
    std::string buffer_;
    bool at_end_ = false;
};

struct serving : testing::Test {
    void serve(server_settings how = {}) {
        how.listen = "127.0.0.1:0";
        running.emplace(app, how);
        const auto started = running->start();
        ASSERT_TRUE(started) << started.error().words;
    }
    void TearDown() override {
        if (running) running->stop();
    }
    static std::string get(std::string_view path) {
        return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    static bool has(const std::string& answer, std::string_view text) { return answer.find(text) != std::string::npos; }

    echo app;
    std::optional<server> running;
};

TEST_F(serving, answers_many_requests_on_one_connection_in_order) {
    serve();
    client one(running->port());
    std::string all;
    for (int i = 0; i < 50; ++i) all += get("/" + std::to_string(i));
    one.send(all);  // pipelined
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(has(one.answer(), "\r\n\r\n/" + std::to_string(i) + "|0|"));
    EXPECT_EQ(running->connections(), 1U);
}

TEST_F(serving, pipelined_requests_wait_for_a_slow_one) {
    serve();
    client one(running->port());
    one.send(get("/slow") + get("/fast"));
    EXPECT_TRUE(has(one.answer(), "/slow|"));
    EXPECT_TRUE(has(one.answer(), "/fast|"));
}

TEST_F(serving, reads_a_request_that_comes_byte_by_byte) {
    serve();
    client one(running->port());
    for (const char c : std::string(
             "POST /p HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nIdempotency-Key: k\r\nContent-Length: 3\r\n\r\nabc"))
        one.send({&c, 1});
    EXPECT_TRUE(has(one.answer(), "/p|3|k"));
    one.send(
        "POST /p HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    EXPECT_TRUE(has(one.answer(), "/p|3|"));
}

TEST_F(serving, says_goodbye_when_asked_to) {
    serve();
    client one(running->port());
    one.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(has(one.answer(), "Connection: close"));
    EXPECT_TRUE(one.closed());
    client old(running->port());
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(has(old.answer(), "Connection: close"));
    EXPECT_TRUE(old.closed());
}

TEST_F(serving, writes_no_body_for_head_and_204) {
    serve();
    client one(running->port());
    one.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + get("/nothing") + get("/y"));
    const auto head = one.answer(false);
    EXPECT_TRUE(has(head, "Content-Length: 5"));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
    const auto nothing = one.answer();
    EXPECT_TRUE(has(nothing, "204 No Content"));
    EXPECT_FALSE(has(nothing, "Content-Length"));
    EXPECT_TRUE(has(one.answer(), "/y|0|"));
}

TEST_F(serving, sends_security_headers) {
    serve();
    client one(running->port());
    one.send(get("/"));
    const auto answer = one.answer();
    EXPECT_TRUE(has(answer, "X-Content-Type-Options: nosniff"));
    EXPECT_TRUE(has(answer, "Cache-Control: no-store"));
}

TEST_F(serving, refuses_garbage_and_what_is_too_large) {
    serve();
    const auto send_one = [&](const std::string& text) {
        client one(running->port());
        one.send(text);
        const auto answer = one.answer();
        EXPECT_TRUE(one.closed()) << text.substr(0, 60);
        return answer;
    };
    EXPECT_TRUE(has(send_one("\x16\x03\x01\x02garbage\r\n\r\n"), "malformed"));
    EXPECT_TRUE(has(send_one("GET / HTTP/9.9\r\n\r\n"), "malformed"));
    EXPECT_TRUE(has(send_one("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), "too-large"));
    EXPECT_TRUE(has(send_one("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "malformed"));
    EXPECT_TRUE(has(send_one("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), "malformed"));
    EXPECT_EQ(app.handled, 0);
}

TEST_F(serving, asks_who_it_is_before_it_reads_a_large_body) {
    serve();
    client stranger(running->port());
    stranger.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_TRUE(has(stranger.answer(), "unauthenticated"));
    EXPECT_TRUE(stranger.closed());
    client known(running->port());
    known.send("POST /l HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nContent-Length: 100000\r\n\r\n" +
               std::string(100'000, 'x'));
    EXPECT_TRUE(has(known.answer(), "/l|100000|"));
    known.send("POST / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nContent-Length: 200001\r\n\r\n");
    EXPECT_TRUE(has(known.answer(), "too-large"));
    client chunked(running->port());
    chunked.send("POST / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 30; ++i) chunked.send("2000\r\n" + std::string(0x2000, 'x') + "\r\n");
    EXPECT_TRUE(has(chunked.answer(), "too-large"));
    EXPECT_EQ(app.handled, 1);
}

TEST_F(serving, a_refusal_reaches_a_client_that_is_still_sending) {
    serve();
    client one(running->port());
    one.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
    EXPECT_TRUE(has(one.answer(), "unauthenticated"));
}

TEST_F(serving, answers_expect_100_continue) {
    serve();
    client one(running->port());
    one.send("POST /c HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(one.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    one.send("abc");
    EXPECT_TRUE(has(one.answer(), "/c|3|"));
}

TEST_F(serving, does_not_wait_for_ever) {
    server_settings how;
    how.request_timeout = 300ms;
    how.idle_timeout = 600ms;
    serve(how);
    client slow(running->port());
    slow.send("GET / HTT");
    const auto answer = slow.answer();
    EXPECT_TRUE(has(answer, "408")) << answer;
    EXPECT_TRUE(slow.closed());
    client slow_body(running->port());
    slow_body.send("POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_TRUE(has(slow_body.answer(), "408"));
    client idle(running->port());
    EXPECT_TRUE(idle.closed());
    EXPECT_EQ(idle.answer(), "");
}

TEST_F(serving, tells_when_an_answer_does_not_come) {
    server_settings how;
    how.handle_timeout = 100ms;
    serve(how);
    client one(running->port());
    one.send(get("/slow"));
    EXPECT_TRUE(has(one.answer(), "unavailable"));
    EXPECT_TRUE(one.closed());
    client two(running->port());
    two.send(get("/never"));
    EXPECT_TRUE(has(two.answer(), "unavailable"));
}

TEST_F(serving, a_full_house_turns_away_and_takes_again) {
    server_settings how;
    how.connections_max = 2;
    serve(how);
    {
        client one(running->port());
        client two(running->port());
        one.send(get("/1"));
        two.send(get("/2"));
        EXPECT_TRUE(has(one.answer(), "/1|"));
        EXPECT_TRUE(has(two.answer(), "/2|"));
        client three(running->port());
        EXPECT_TRUE(has(three.answer(), "overloaded"));
        EXPECT_TRUE(three.closed());
    }
    for (int i = 0; i < 100 && running->connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    client four(running->port());
    four.send(get("/4"));
    EXPECT_TRUE(has(four.answer(), "/4|"));
}

TEST_F(serving, stopping_finishes_what_runs_and_closes_what_is_idle) {
    server_settings how;
    how.idle_timeout = how.drain_timeout = base::hours{1};  // nothing idle is waited for: stop() comes back
    serve(how);
    client busy(running->port());
    client idle(running->port());
    idle.send(get("/"));
    EXPECT_FALSE(idle.answer().empty());
    busy.send(get("/slow"));
    while (app.handled < 2) std::this_thread::sleep_for(1ms);
    running->stop();
    const auto last = busy.answer();
    EXPECT_TRUE(has(last, "/slow|")) << last;
    EXPECT_TRUE(has(last, "Connection: close"));
    EXPECT_TRUE(idle.closed());
    EXPECT_EQ(running->connections(), 0U);
    running->stop();
}

TEST_F(serving, a_client_that_leaves_harms_nobody) {
    serve();
    for (int i = 0; i < 20; ++i) {
        client gone(running->port());
        gone.send(i % 2 == 0 ? get("/slow") : "POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab");
    }
    client one(running->port());
    one.send(get("/still-here"));
    EXPECT_TRUE(has(one.answer(), "/still-here|"));
}

TEST_F(serving, many_clients_at_once_get_their_own_answers) {
    serve();
    std::atomic<int> right{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c)
        clients.emplace_back([&, c] {
            client one(running->port());
            for (int i = 0; i < 50; ++i) {
                const auto path = "/" + std::to_string(c) + "-" + std::to_string(i);
                one.send(get(path));
                if (has(one.answer(), path + "|0|")) ++right;
            }
        });
    for (auto& one : clients) one.join();
    EXPECT_EQ(right, 400);
}

TEST_F(serving, reads_no_byte_of_a_strangers_body) {
    serve();
    client stranger(running->port());
    stranger.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n");
    EXPECT_TRUE(has(stranger.answer(), "unauthenticated"));
    EXPECT_TRUE(stranger.closed());
    client in_chunks(running->port());
    in_chunks.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_TRUE(has(in_chunks.answer(), "unauthenticated"));
    EXPECT_EQ(app.handled, 0);
}

TEST_F(serving, what_readers_could_take_apart_differently_is_refused_and_nothing_behind_it_is_read) {
    serve();
    const std::string embedded = "5\r\nhello\r\n0\r\n\r\n" + get("/embedded");
    const auto refused = [&](const std::string& head, std::string_view with) {
        client one(running->port());
        one.send(head + "\r\n" + embedded);
        const auto answer = one.answer();
        EXPECT_TRUE(has(answer, with)) << head << answer;
        EXPECT_TRUE(one.closed()) << head;
        EXPECT_EQ(one.answer(), "") << head;
    };
    const std::string post = "POST /open HTTP/1.1\r\nHost: x\r\n";
    for (const auto* coding : {"xchunked", "identity", "chunked, identity", "chunked, gzip", "\"chunked\"",
                               "gzip, chunked", "chunked, chunked", "chunked;q=1", "", ",chunked"})
        refused(post + "Transfer-Encoding: " + coding + "\r\n", "501 ");
    refused(post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "501 ");
    refused("POST /open HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n", "malformed");
    refused(post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "malformed");
    refused("GET / HTTP/1.1\r\n", "malformed");
    refused("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n", "malformed");
    refused("GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n", "malformed");
    refused("GET / HTTP/1.1\r\nHost: x y\r\n", "malformed");
    refused("GET / HTTP/1.1\r\nHost: user@x\r\n", "malformed");
    for (const std::string name : {"Authorization", "idempotency-key", "If-Match", "Keepline-Channel", "Content-Type",
                                   "X-Correlation-Id", "X-Admin-Protocol"}) {
        refused(post + name + ": a\r\n" + name + ": b\r\n", "malformed");
        refused(post + name + ": same\r\n" + name + ": same\r\n", "malformed");
    }
    EXPECT_EQ(app.handled, 0);
    for (const auto* coding : {"chunked", "Chunked", "CHUNKED"}) {
        client one(running->port());
        one.send(post + "Transfer-Encoding: " + coding + "\r\n\r\n" + embedded);
        EXPECT_TRUE(has(one.answer(), "/open|5|")) << coding;
        EXPECT_TRUE(has(one.answer(), "/embedded|0|")) << coding;
    }
    for (const auto* host : {"", "Host:\r\n", "Host: [::1]:8080\r\n"}) {
        client probe(running->port());
        probe.send("GET /probe HTTP/1.0\r\n" + std::string(host) + "\r\n");
        EXPECT_TRUE(has(probe.answer(), "/probe|0|")) << host;
    }
}

TEST_F(serving, a_chunk_header_without_end_is_not_kept) {
    serve();
    client one(running->port());
    one.send("POST /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;");
    for (int i = 0; i < 40; ++i) one.send(std::string(8192, 'x'));
    EXPECT_TRUE(has(one.answer(), "too-large"));
}

TEST_F(serving, bodies_under_way_have_a_bound_in_all) {
    server_settings how;
    how.bodies_max = 150'000;
    serve(how);
    const std::string large =
        "POST /l HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n";
    client second(running->port());
    {
        client first(running->port());
        first.send(large);
        EXPECT_TRUE(has(first.answer(), "100 Continue"));
        second.send(large);
        EXPECT_TRUE(has(second.answer(), "overloaded"));
        first.send(std::string(100'000, 'x'));
        EXPECT_TRUE(has(first.answer(), "/l|100000|"));
    }
    // The room is given back in the moment after the answer went out.
    std::string answered;
    for (int i = 0; i < 100 && !has(answered, "/l|100000|"); ++i) {
        if (i > 0) std::this_thread::sleep_for(10ms);
        client third(running->port());
        third.send("POST /l HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nContent-Length: 100000\r\n\r\n" +
                   std::string(100'000, 'x'));
        answered = third.answer();
    }
    EXPECT_TRUE(has(answered, "/l|100000|")) << answered;
}

constexpr std::uint32_t neighbour = INADDR_LOOPBACK + 1;

TEST_F(serving, one_address_leaves_room_for_others) {
    server_settings how;
    how.connections_per_address = 3;
    serve(how);
    std::vector<std::unique_ptr<client>> many;
    for (int i = 0; i < 20; ++i) many.push_back(std::make_unique<client>(running->port(), neighbour));
    EXPECT_TRUE(has(many.back()->answer(), "too-many-requests"));
    EXPECT_LE(running->connections(), 3U);
    client other(running->port());
    other.send(get("/other"));
    EXPECT_TRUE(has(other.answer(), "/other|"));
    many.clear();
    for (int i = 0; i < 100 && running->connections() > 1; ++i) std::this_thread::sleep_for(10ms);
    client again(running->port(), neighbour);
    again.send(get("/again"));
    EXPECT_TRUE(has(again.answer(), "/again|"));
}

TEST_F(serving, a_trusted_proxy_says_whom_a_request_is_for_and_nobody_else_does) {
    server_settings how;
    how.trusted_proxies = *networks::parse({"127.0.0.2"});
    how.connections_per_address = 1;
    serve(how);
    const auto forwarded = [](const std::string& path) {
        return "GET " + path +
               " HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n";
    };
    const auto key = [](std::string_view address) { return limit_key(*ip_address::parse(address)); };
    client proxy(running->port(), neighbour);
    client second(running->port(), neighbour);  // a proxy's own connections are not counted
    proxy.send(forwarded("/peer"));
    EXPECT_TRUE(proxy.answer().ends_with(key("198.51.100.1")));
    client stranger(running->port());
    stranger.send(forwarded("/peer"));
    EXPECT_TRUE(stranger.answer().ends_with(key("127.0.0.1")));
    // … but those of whom it speaks for are.
    proxy.send(forwarded("/slow"));
    while (app.handled < 3) std::this_thread::sleep_for(1ms);
    second.send(forwarded("/quick"));
    EXPECT_TRUE(has(second.answer(), "too-many-requests"));
    EXPECT_TRUE(has(proxy.answer(), "/slow|"));
    proxy.send(forwarded("/after"));
    EXPECT_TRUE(has(proxy.answer(), "/after|"));
}

TEST_F(serving, a_proxy_head_is_taken_from_a_trusted_proxy_only) {
    server_settings how;
    how.trusted_proxies = *networks::parse({"127.0.0.2"});
    how.proxy_protocol = true;
    how.connections_per_address = 2;
    serve(how);
    const std::string head = "PROXY TCP4 198.51.100.1 192.0.2.1 4711 443\r\n";
    const auto key = limit_key(*ip_address::parse("198.51.100.1"));
    client one(running->port(), neighbour);
    for (const char c : head) one.send({&c, 1});
    one.send(get("/peer"));
    EXPECT_TRUE(one.answer().ends_with(key));
    one.send(get("/peer"));
    EXPECT_TRUE(one.answer().ends_with(key)) << "it is for the whole connection";
    client two(running->port(), neighbour);
    two.send(head + get("/peer"));
    EXPECT_TRUE(two.answer().ends_with(key));
    client three(running->port(), neighbour);
    three.send(head + get("/peer"));
    EXPECT_TRUE(three.closed()) << "that address has two already";
    client bare(running->port(), neighbour);
    bare.send(get("/peer"));
    EXPECT_TRUE(bare.closed()) << "what was agreed upon is missing";
    client forger(running->port());
    forger.send(head + get("/peer"));
    EXPECT_TRUE(has(forger.answer(), "malformed"));
    client direct(running->port());
    direct.send(get("/peer"));
    EXPECT_TRUE(direct.answer().ends_with(limit_key(*ip_address::parse("127.0.0.1"))));
}

TEST_F(serving, sends_a_body_while_it_is_made) {
    serve();
    client one(running->port());
    one.send(get("/made") + get("/next"));
    auto text = one.until("0\r\n\r\n");
    EXPECT_TRUE(has(text, "Transfer-Encoding: chunked"));
    EXPECT_FALSE(has(text, "Content-Length"));
    EXPECT_TRUE(has(text, "5\r\npiece\r\n"));
    EXPECT_TRUE(has(one.answer(), "/next|"));
    client old(running->port());
    old.send("GET /made HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(old.closed());
    EXPECT_TRUE(
        old.rest().ends_with("\r\n\r\n"
                             "piecepiecepiece"))
        << old.rest();
    client cut(running->port());
    cut.send(get("/made-badly"));
    EXPECT_TRUE(cut.closed());
    EXPECT_FALSE(has(cut.rest(), "0\r\n\r\n")) << "a body that broke off must not look whole";
}

TEST(server, says_why_it_cannot_start) {
    echo app;
    server_settings how;
    how.listen = "localhost";
    EXPECT_EQ(server(app, how).start().error().what, code::config_invalid);
    how.listen = "127.0.0.1:0";
    how.tls_cert = "/nowhere/cert.pem";
    how.tls_key = "/nowhere/key.pem";
    EXPECT_EQ(server(app, how).start().error().what, code::config_invalid);
    how.tls_cert.clear();
    server first(app, how);
    ASSERT_TRUE(first.start());
    how.listen = "127.0.0.1:" + std::to_string(first.port());
    EXPECT_EQ(server(app, how).start().error().what, code::unavailable);
}

}  // namespace
}  // namespace keepline::http
