// The load client: N connections, each taking lines through their closure over HTTP, one request after the other.
// One thread. Prints one JSON object: requests, durable steps, latencies of the durable steps, refusals.
//
//   load --port 8080 --agent TOKEN --reviewer TOKEN --lines FILE [--clients 64] [--duplicates 10] [--until
//   submitted|closed]
//
// FILE holds one line per row: MSISDN and ICCID, separated by a space.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <boost/json.hpp>

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr auto give_up_after = std::chrono::seconds{60};  // without any answer to anybody

struct subject {
    std::string number;
    std::string iccid;
};

struct options {
    std::uint16_t port = 8080;
    std::string agent;
    std::string reviewer;
    std::string lines;
    int clients = 64;
    int duplicates_percent = 10;
    std::string until = "closed";
};

struct tally {
    std::vector<double> step_ms;  // of durable steps
    std::map<int, long> statuses;
    long requests = 0;
    long duplicates = 0;
    long repeated = 0;  // requests that were answered 503 and sent again
    long stale = 0;     // approvals that had to look again (412)
    long done = 0;
    std::string first_problem;
};

struct answer {
    int status = 0;
    std::string etag;
    std::string body;
};

enum class verb { get, post };

/// What an answer's head says, as far as the load needs it. This client shares the server's processors, so it reads no
/// more than it must; that the answers are right is what the tests are for.
struct answer_head {
    int status = 0;
    std::size_t length = 0;  // of the body
    std::string etag;
};

std::string_view field(std::string_view head, std::string_view name) {
    const auto at = head.find(name);
    if (at == std::string_view::npos) return {};
    const auto from = at + name.size();
    return head.substr(from, head.find('\r', from) - from);
}

answer_head parse_head(std::string_view head) {
    constexpr std::string_view start = "HTTP/1.1 ";
    answer_head out;
    if (!head.starts_with(start)) throw std::runtime_error("no HTTP answer");
    std::from_chars(head.data() + start.size(), head.data() + head.size(), out.status);
    const auto length = field(head, "\r\nContent-Length: ");
    std::from_chars(length.data(), length.data() + length.size(), out.length);
    out.etag = field(head, "\r\nETag: ");
    return out;
}

/// One connection and the closures it drives.
class client {
 public:
    client(const options& how, const std::vector<subject>& work, std::size_t& next, tally& counts, int index)
        : how_(how), work_(work), next_(next), counts_(counts), index_(index) {}

    asio::awaitable<void> run() {
        socket_.emplace(co_await asio::this_coro::executor);
        co_await socket_->async_connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), how_.port),
                                        asio::use_awaitable);
        socket_->set_option(tcp::no_delay(true));
        while (next_ < work_.size()) {
            const auto at = next_++;
            co_await close_line(work_[at], at);
        }
        boost::system::error_code ignored;
        ignored = socket_->shutdown(tcp::socket::shutdown_both, ignored);
    }

 private:
    asio::awaitable<answer> request(verb method, std::string target, std::string body, std::string token,
                                    std::string if_match, long key = 0) {
        std::string out = method == verb::get ? "GET " : "POST ";
        out.append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ").append(token);
        if (method == verb::post)
            out.append("\r\nContent-Type: application/json\r\nIdempotency-Key: load-")
                .append(std::to_string(index_) + "-" + std::to_string(key != 0 ? key : ++keys_))
                .append("\r\nContent-Length: ")
                .append(std::to_string(body.size()));
        if (!if_match.empty()) out.append("\r\nIf-Match: ").append(if_match);
        out.append("\r\n\r\n").append(body);
        co_await asio::async_write(*socket_, asio::buffer(out), asio::use_awaitable);
        const auto head_end =
            co_await asio::async_read_until(*socket_, asio::dynamic_buffer(buffer_), "\r\n\r\n", asio::use_awaitable);
        auto head = parse_head(std::string_view(buffer_).substr(0, head_end));
        if (buffer_.size() < head_end + head.length)
            co_await asio::async_read(*socket_, asio::dynamic_buffer(buffer_),
                                      asio::transfer_exactly(head_end + head.length - buffer_.size()),
                                      asio::use_awaitable);
        answer got{head.status, std::move(head.etag), buffer_.substr(head_end, head.length)};
        buffer_.erase(0, head_end + head.length);
        ++counts_.requests;
        ++counts_.statuses[got.status];
        co_return got;
    }

    /// A durable step: measured, and expected to succeed.
    asio::awaitable<answer> step(std::string target, std::string body, std::string token, std::string if_match = {}) {
        const auto from = steady::now();
        const auto key = ++keys_;
        auto got = co_await request(verb::post, target, body, token, if_match, key);
        while (got.status == 503 && ++counts_.repeated < 1000)  // what a client does that did not hear the answer
            got = co_await request(verb::post, target, body, token, if_match, key);
        counts_.step_ms.push_back(std::chrono::duration<double, std::milli>(steady::now() - from).count());
        if (got.status >= 300 && got.status != 412 && counts_.first_problem.empty())
            counts_.first_problem = target + ": " + got.body;
        co_return got;
    }

    asio::awaitable<void> close_line(subject whom, std::size_t at) {
        const auto found =
            co_await request(verb::post, "/v1/lines/search", R"({"number":")" + whom.number + R"("})", how_.agent, {});
        if (found.status != 200) {
            if (counts_.first_problem.empty()) counts_.first_problem = "search: " + found.body;
            co_return;
        }
        const auto line = member(found.body, "id");
        const auto opened = co_await step("/v1/lines/" + line + "/closures", R"({"reason":"not_needed"})", how_.agent);
        const auto closure = "/v1/closures/" + member(opened.body, "id");
        co_await step(closure + "/quote-acceptance", R"({"quote":1})", how_.agent);
        for (const char* kind : {"id_document", "staff_sighting"})
            co_await step(closure + "/evidence",
                          std::string(R"({"kind":")") + kind + R"(","passed":true,"method":"counter 1"})", how_.agent);
        co_await step(closure + "/backup-refusal", "{}", how_.agent);
        auto last = co_await step(closure + "/submission", "{}", how_.agent);
        if (static_cast<int>(at % 100) < how_.duplicates_percent) {
            ++counts_.duplicates;
            last = co_await step(closure + "/submission", "{}", how_.agent);
        }
        if (how_.until == "submitted") {
            ++counts_.done;
            co_return;
        }
        co_await approve(closure, last.etag);
        co_await step("/v1/lines/" + line + "/profile-reports",
                      R"({"iccid":")" + whom.iccid + R"(","state":"deleted"})", how_.agent);
        ++counts_.done;
    }

    asio::awaitable<void> approve(std::string closure, std::string etag) {
        for (int tries = 0; tries < 20; ++tries) {
            const auto got = co_await step(closure + "/approval", R"({"reason":"all in order"})", how_.reviewer, etag);
            if (got.status != 412) co_return;
            ++counts_.stale;  // a notice was noted meanwhile: look again, as a reviewer's page does
            etag = (co_await request(verb::get, closure, {}, how_.reviewer, {})).etag;
        }
    }

    /// A string member of the answer's top level, found without parsing it all.
    static std::string member(const std::string& body, const char* name) {
        const auto mark = "\"" + std::string(name) + "\":\"";
        const auto from = body.find(mark);
        if (from == std::string::npos) return {};
        const auto start = from + mark.size();
        return body.substr(start, body.find('"', start) - start);
    }

    const options& how_;
    const std::vector<subject>& work_;
    std::size_t& next_;
    tally& counts_;
    int index_;
    long keys_ = std::chrono::system_clock::now().time_since_epoch().count() % 1'000'000'000 * 1000;
    std::optional<tcp::socket> socket_;
    std::string buffer_;  // read and not yet used
};

double quantile(std::vector<double>& sorted, double q) {
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

/// A server that has stopped answering must not keep the run for ever.
class watchdog {
 public:
    watchdog(asio::io_context& io, tally& counts) : io_(io), counts_(counts), timer_(io) { look(); }
    void end() { timer_.cancel(); }

 private:
    void look() {
        timer_.expires_after(give_up_after);
        timer_.async_wait([this, seen = counts_.requests](const boost::system::error_code& ended) {
            if (ended) return;
            if (counts_.requests != seen) return look();
            if (counts_.first_problem.empty()) counts_.first_problem = "the server has stopped answering";
            io_.stop();
        });
    }

    asio::io_context& io_;
    tally& counts_;
    asio::steady_timer timer_;
};

std::vector<subject> read_lines(const std::string& path) {
    std::vector<subject> out;
    std::ifstream in(path);
    for (subject one; in >> one.number >> one.iccid;) out.push_back(one);
    return out;
}

void print(tally& counts, double elapsed_s) {
    std::ranges::sort(counts.step_ms);
    boost::json::object statuses;
    for (const auto& [status, count] : counts.statuses) statuses[std::to_string(status)] = count;
    const boost::json::object out{{"seconds", elapsed_s},
                                  {"requests", counts.requests},
                                  {"durable_steps", counts.step_ms.size()},
                                  {"done", counts.done},
                                  {"duplicates", counts.duplicates},
                                  {"stale", counts.stale},
                                  {"repeated", counts.repeated},
                                  {"p50_ms", quantile(counts.step_ms, 0.5)},
                                  {"p99_ms", quantile(counts.step_ms, 0.99)},
                                  {"max_ms", quantile(counts.step_ms, 1)},
                                  {"statuses", statuses},
                                  {"first_problem", counts.first_problem}};
    std::puts(boost::json::serialize(out).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    options how;
    CLI::App app{"Takes lines through their closure over HTTP and measures it"};
    app.add_option("--port", how.port)->required();
    app.add_option("--agent", how.agent, "token of an agent")->required();
    app.add_option("--reviewer", how.reviewer, "token of a reviewer")->required();
    app.add_option("--lines", how.lines, "file of MSISDN and ICCID per row")->required();
    app.add_option("--clients", how.clients);
    app.add_option("--duplicates", how.duplicates_percent, "per cent of submissions that are sent twice");
    app.add_option("--until", how.until, "submitted or closed");
    CLI11_PARSE(app, argc, argv);

    const auto work = read_lines(how.lines);
    std::size_t next = 0;
    tally counts;
    asio::io_context io(1);
    std::vector<std::unique_ptr<client>> clients;
    watchdog dog(io, counts);
    int running = how.clients;
    const auto from = steady::now();
    for (int i = 0; i < how.clients; ++i) {
        clients.push_back(std::make_unique<client>(how, work, next, counts, i));
        asio::co_spawn(io, clients.back()->run(), [&](const std::exception_ptr& failure) {
            if (--running == 0) dog.end();
            if (!failure) return;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& e) {
                if (counts.first_problem.empty()) counts.first_problem = e.what();
            }
        });
    }
    io.run();
    print(counts, std::chrono::duration<double>(steady::now() - from).count());
    return counts.done == static_cast<long>(work.size()) ? 0 : 1;
}
