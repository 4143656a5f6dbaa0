// The load client: N connections, each taking lines through a lawful closure over HTTP, one request after the other.
// The clerk applies for the customer, who reads the code off the line's own phone; somebody else reviews; the phone
// deletes its profile, and what its eUICC signs is the proof. Customers' phones and their SMSC live in this process,
// too (phones.hpp, smsc.hpp).
//
//   bench_load --port 8080 --smsc 2775 --agent TOKEN --reviewer TOKEN --system TOKEN [--clients 64]
//              [--es9 http://127.0.0.1:8443 --pki DIR --phones N]
//
// Commands come on stdin, one a line; the answer to each is one JSON object on stdout. FILE holds one line's MSISDN per
// row.
//
//   prepare FILE             a profile of the SM-DP+ for each line; its phone downloads and enables it (--es9, --pki)
//   close FILE DUPLICATES    closes them; so many per cent of the submissions are sent twice
//   submit FILE DUPLICATES   the same up to the submission
#include "phones.hpp"
#include "smsc.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <boost/json.hpp>

namespace keepline::bench {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr auto give_up_after = std::chrono::seconds{60};  // without any answer to anybody
constexpr auto look_again_after = std::chrono::milliseconds{5};
constexpr int looks_max = 4000;
constexpr std::size_t phone_threads = 8;

struct options {
    std::uint16_t port = 8080;
    std::uint16_t smsc = 0;
    std::string agent;
    std::string reviewer;
    std::string system;
    std::string es9;
    std::string pki;
    std::size_t phones = 0;
    int clients = 64;
};

enum class errand { prepare, submit, close };

/// A line's phone, and the profile on it.
struct possession {
    std::size_t phone = 0;
    std::string iccid;
};

/// What lasts from command to command.
struct town {
    options how;
    smsc messages;
    std::optional<phones> devices;
    std::map<std::string, possession> belongings;  // by number
    std::size_t phones_given = 0;
};

/// One command.
struct run {
    town& where;
    errand what = errand::close;
    int duplicates_percent = 0;
    std::vector<std::string> numbers;
    std::size_t next = 0;
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
    client(run& work, tally& counts, int index) : work_(work), how_(work.where.how), counts_(counts), index_(index) {}

    asio::awaitable<void> go() {
        socket_.emplace(co_await asio::this_coro::executor);
        co_await socket_->async_connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), how_.port),
                                        asio::use_awaitable);
        socket_->set_option(tcp::no_delay(true));
        while (work_.next < work_.numbers.size()) {
            const auto at = work_.next++;
            if (work_.what == errand::prepare)
                co_await prepare(work_.numbers[at]);
            else
                co_await close_line(work_.numbers[at], at);
        }
        boost::system::error_code ignored;
        ignored = socket_->shutdown(tcp::socket::shutdown_both, ignored);
    }

    void hang_up() {
        boost::system::error_code ignored;
        if (socket_) ignored = socket_->close(ignored);
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
        if (got.status >= 300 && got.status != 412) problem(target + ": " + got.body);
        co_return got;
    }

    void problem(std::string words) {
        if (counts_.first_problem.empty()) counts_.first_problem = std::move(words);
    }

    /// The line's id; empty when it cannot be found.
    asio::awaitable<std::string> find(std::string number) {
        const auto found =
            co_await request(verb::post, "/v1/lines/search", R"({"number":")" + number + R"("})", how_.agent, {});
        if (found.status != 200) problem("search: " + found.body);
        co_return found.status == 200 ? member(found.body, "id") : std::string();
    }

    /// Looks until the member is in the answer (of the first object that has it), and is that value if one is given.
    asio::awaitable<std::string> look_for(std::string target, const char* name, std::string value = {}) {
        const auto wanted = "\"" + std::string(name) + "\":\"" + value;
        std::string last;
        for (int looks = 0; looks < looks_max; ++looks) {
            last = (co_await request(verb::get, target, {}, how_.system, {})).body;
            if (last.find(wanted) != std::string::npos) co_return member(last.substr(last.find(wanted)), name);
            asio::steady_timer pause(socket_->get_executor(), look_again_after);
            co_await pause.async_wait(asio::use_awaitable);
        }
        problem(target + " has no " + name + ": " + last);
        co_return std::string();
    }

    /// Waits for a phone, which answers on this thread.
    template <typename Ask>
    asio::awaitable<base::result<std::string>> phone_does(Ask ask) {
        asio::steady_timer gate(socket_->get_executor(), asio::steady_timer::time_point::max());
        base::result<std::string> got;
        ask([&](base::result<std::string> done) {
            got = std::move(done);
            gate.cancel();
        });
        co_await gate.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!got) problem("phone: " + got.error().words);
        co_return got;
    }

    asio::awaitable<void> prepare(std::string number) {
        auto& devices = *work_.where.devices;
        const auto id = co_await find(number);
        if (id.empty()) co_return;
        const auto line = "/v1/lines/" + id;
        // Whoever has a further profile has the number: a second person signs.
        co_await step(line + "/profiles", R"({"type":"bench"})", how_.system);
        co_await step(line + "/requests/1/countersignature", "{}", how_.reviewer);
        const auto code = co_await look_for(line + "/profiles", "activation_code");
        if (code.empty()) co_return;
        const auto which = work_.where.phones_given++ % how_.phones;
        const auto done = co_await phone_does([&](auto then) { devices.download(which, code, std::move(then)); });
        if (!done) co_return;
        work_.where.belongings[number] = {which, *done};
        if (!(co_await look_for(line, "state", "enabled")).empty()) ++counts_.done;
    }

    asio::awaitable<void> close_line(std::string number, std::size_t at) {
        const auto line = co_await find(number);
        if (line.empty()) co_return;
        const auto opened = co_await step("/v1/lines/" + line + "/closures", R"({"reason":"not_needed"})", how_.agent);
        const auto closure = "/v1/closures/" + member(opened.body, "id");
        co_await step(closure + "/quote-acceptance", R"({"quote":1})", how_.agent);
        co_await step(closure + "/otps", R"({"contact":"line"})", how_.agent);
        const auto code = co_await work_.where.messages.code_for(number);
        if (code.empty()) co_return problem(number + " was sent no code");
        // As a voice menu hands on what the customer keyed in: staff type no code.
        co_await step(closure + "/otp-answers", R"({"code":")" + code + R"("})", how_.system);
        co_await step(closure + "/backup-refusal", "{}", how_.agent);
        auto last = co_await step(closure + "/submission", "{}", how_.agent);
        if (static_cast<int>(at % 100) < work_.duplicates_percent) {
            ++counts_.duplicates;
            last = co_await step(closure + "/submission", "{}", how_.agent);
        }
        if (work_.what == errand::close) {
            co_await approve(closure, last.etag);
            const auto mine = work_.where.belongings.find(number);
            if (mine == work_.where.belongings.end()) co_return problem(number + " has no phone: prepare it");
            auto& devices = *work_.where.devices;
            const auto gone = co_await phone_does(
                [&](auto then) { devices.remove(mine->second.phone, mine->second.iccid, std::move(then)); });
            if (!gone) co_return;
        }
        if (opened.status < 300 && last.status < 300) ++counts_.done;
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

    run& work_;
    const options& how_;
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
    watchdog(asio::io_context& io, tally& counts, std::function<void()> give_up)
        : counts_(counts), give_up_(std::move(give_up)), timer_(io) {
        look();
    }

 private:
    void look() {
        timer_.expires_after(give_up_after);
        timer_.async_wait([this, seen = counts_.requests](const boost::system::error_code& ended) {
            if (ended) return;
            if (counts_.requests != seen) return look();
            if (counts_.first_problem.empty()) counts_.first_problem = "the server has stopped answering";
            give_up_();
        });
    }

    tally& counts_;
    std::function<void()> give_up_;
    asio::steady_timer timer_;
};

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

std::optional<run> understood(town& where, const std::string& line) {
    std::istringstream words(line);
    std::string verb_word;
    std::string file;
    run out{where, errand::close, 0, {}, 0};
    if (!(words >> verb_word >> file)) return std::nullopt;
    words >> out.duplicates_percent;
    if (verb_word == "prepare")
        out.what = errand::prepare;
    else if (verb_word == "submit")
        out.what = errand::submit;
    else if (verb_word != "close")
        return std::nullopt;
    std::ifstream in(file);
    for (std::string number; in >> number;) out.numbers.push_back(number);
    return out;
}

/// On the thread of `io`, from the main one, which waits.
void carry_out(asio::io_context& io, run& work) {
    tally counts;
    std::promise<void> finished;
    std::vector<std::unique_ptr<client>> clients;
    std::optional<watchdog> dog;
    int running = work.where.how.clients;
    const auto from = steady::now();
    const auto one_ended = [&](const std::exception_ptr& failure) {
        if (failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& e) {
                if (counts.first_problem.empty()) counts.first_problem = e.what();
            }
        }
        if (--running > 0) return;
        dog.reset();
        finished.set_value();
    };
    asio::post(io, [&] {
        dog.emplace(io, counts, [&] {
            for (const auto& one : clients) one->hang_up();
        });
        for (int i = 0; i < work.where.how.clients; ++i) {
            clients.push_back(std::make_unique<client>(work, counts, i));
            asio::co_spawn(io, clients.back()->go(), one_ended);
        }
    });
    finished.get_future().wait();
    print(counts, std::chrono::duration<double>(steady::now() - from).count());
}

int listen(const options& how) {
    asio::io_context io(1);
    const auto work_guard = asio::make_work_guard(io);
    town where{how, smsc(io, how.smsc), std::nullopt, {}, 0};
    if (!how.es9.empty()) where.devices.emplace(io, how.pki, how.es9, how.phones, phone_threads);
    std::jthread loop([&] { io.run(); });
    for (std::string line; std::getline(std::cin, line);) {
        if (auto work = understood(where, line))
            carry_out(io, *work);
        else
            std::puts(R"({"first_problem":"what is that?"})");
        std::fflush(stdout);
    }
    where.devices.reset();
    io.stop();
    return 0;
}

}  // namespace

}  // namespace keepline::bench

int main(int argc, char** argv) {
    keepline::bench::options how;
    CLI::App app{"Takes lines through their closure over HTTP and measures it; commands come on stdin"};
    app.add_option("--port", how.port)->required();
    app.add_option("--smsc", how.smsc, "where the server hands over its SMS")->required();
    app.add_option("--agent", how.agent, "token of an agent")->required();
    app.add_option("--reviewer", how.reviewer, "token of a reviewer, somebody else")->required();
    app.add_option("--system", how.system, "token of the operator's own system")->required();
    app.add_option("--es9", how.es9, "URL of the SM-DP+, plain HTTP");
    app.add_option("--pki", how.pki, "the folder with the EUM under which the phones' eUICCs are made");
    app.add_option("--phones", how.phones, "eUICCs; lines take turns when they are more");
    app.add_option("--clients", how.clients);
    CLI11_PARSE(app, argc, argv);
    return keepline::bench::listen(how);
}
