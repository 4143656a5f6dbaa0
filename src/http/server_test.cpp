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
        if (head.authorization.empty()) return base::refuse(code::unauthenticated, "Who are you?");
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
        what->reply(answer_to(what->in));
    }
    response refusal(const base::error& why) override {
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
        if (in.target == "/nothing") {
            out.status = 204;
            out.type = {};
            out.body.clear();
        }
        return out;
    }
    std::vector<std::thread> threads_;
};

class client {
 public:
    explicit client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
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
    for (const char c :
         std::string("POST /p HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Length: 3\r\n\r\nabc"))
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
    one.send("POST /c HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
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
    slow_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
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
        gone.send(i % 2 == 0 ? get("/slow") : "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab");
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
