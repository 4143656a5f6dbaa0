// What the engine itself costs: transitions per second with the real rules on a journal in memory, and the writer
// thread's processor time for each. The durable figure (with SQLite and HTTP) is bench/'s; the store's own is
// store_bench. Options: lines (default 5000).
#include "base/ensure.hpp"
#include "domain/calendar.hpp"
#include "engine/engine.hpp"
#include "port/fake_journal.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <time.h>

namespace keepline::engine {
namespace {

std::string file_text(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

std::shared_ptr<const domain::rule_book> rules() {
    const std::filesystem::path root = KEEPLINE_SOURCE_DIR;
    std::vector<domain::policy_source> sources;
    for (const auto& file : std::filesystem::directory_iterator(root / "policies"))
        if (file.path().extension() == ".toml") sources.push_back({file.path().stem(), file_text(file.path())});
    std::vector<domain::calendar> calendars;
    calendars.push_back(domain::load_calendar(file_text(root / "calendars/CN.json")).value());
    return std::make_shared<const domain::rule_book>(domain::rule_book{
        domain::load_policies(sources).value(), domain::calendar_book(std::move(calendars)), domain::zone_book()});
}

class quiet_peer final : public port::connector {
 public:
    base::result<port::delivered> deliver(const port::outbound&) override { return port::delivered{}; }
};

double processor_seconds() {
    timespec now{};
    ENSURE(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

submission step(int line, int n) {
    submission out;
    out.to = {port::stream_kind::number, "+86138" + std::to_string(10'000'000 + line)};
    out.by = {domain::role::agent, base::label::trusted("bench")};
    out.correlation = "0123456789abcdef";
    out.once = idempotency{{static_cast<std::uint8_t>(n), 1, 2, 3}, {4, 5, 6}};
    if (n == 0) {
        domain::order_line order;
        order.number = base::msisdn::trusted(out.to.key);
        order.subscriber = base::label::trusted("sb_" + std::to_string(line));
        order.policy = "cn";
        order.contacts.push_back({base::label::trusted("c1"), domain::medium::mail, true, {}, {}, {}});
        order.profiles.push_back({base::iccid::trusted("8986001234567890123"),
                                  base::imsi::trusted("46000" + std::to_string(1'000'000'000 + line)),
                                  {},
                                  domain::profile_state::enabled});
        out.what = domain::number_command(order);
        out.reserved = domain::reservation{1, base::instant{4'000'000'000'000}};
        out.must_exist = false;
    } else if (n == 1) {
        out.what = domain::number_command(domain::open_closure{});
    } else if (n == 2) {
        out.what = domain::number_command(domain::note_sim_change{});
    } else {
        out.what = domain::number_command(
            domain::add_money{domain::booking_kind::payment, {100, "CNY"}, "pay-" + std::to_string(n)});
    }
    return out;
}

void run(port::journal& journal, int lines) {
    constexpr int steps = 8;
    port::system_clock clock;
    port::fake_random random{1};
    port::no_log log;
    quiet_peer peer;
    engine::parts with;
    with.journal = &journal;
    with.clock = &clock;
    with.random = &random;
    with.log = &log;
    with.rules = rules();
    with.connectors.fill(&peer);
    with.connectors[static_cast<std::size_t>(domain::destination::core)] = nullptr;
    engine e(std::move(with), {});
    ENSURE(e.start().has_value());

    std::mutex mutex;
    std::condition_variable room;
    int under_way = 0;
    double first_cpu = -1;
    double last_cpu = 0;
    int refused = 0;
    const auto began = std::chrono::steady_clock::now();
    for (int n = 0; n < steps; ++n)
        for (int line = 0; line < lines; ++line) {
            {
                std::unique_lock held(mutex);
                room.wait(held, [&] { return under_way < 512; });
                ++under_way;
            }
            e.submit(step(line, n), [&](const result<answer>& got) {
                const std::scoped_lock held(mutex);
                if (!got || got->events.empty()) ++refused;
                last_cpu = processor_seconds();
                if (first_cpu < 0) first_cpu = last_cpu;
                --under_way;
                if (under_way < 384) room.notify_one();
            });
        }
    std::unique_lock held(mutex);
    while (under_way > 0) room.wait_for(held, std::chrono::milliseconds{1});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const double count = static_cast<double>(lines) * steps;
    std::printf("transitions_per_second %.0f 1/s\n", count / took.count());
    std::printf("writer_time_per_transition %.1f us\n", (last_cpu - first_cpu) / count * 1e6);
    std::printf("commits %llu 1\nrefused %d 1\n", static_cast<unsigned long long>(e.metrics().commits.load()), refused);
}

}  // namespace
}  // namespace keepline::engine

int main(int argc, char** argv) {
    keepline::port::fake_journal journal;
    keepline::engine::run(journal, argc > 1 ? std::atoi(argv[1]) : 5000);
    return 0;
}
