// What the SM-DP+'s sessions cost: put, find, replace and take of sessions of a usual size, while many others wait.
//   sessions_bench [sessions 100000] [content bytes 600] [folder: a temporary one]
#include "base/temporary_directory.hpp"
#include "store/sqlite_sessions.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace keepline;
using clock_type = std::chrono::steady_clock;

class stopwatch {
 public:
    template <typename Run>
    void measure(Run&& run) {
        const auto begin = clock_type::now();
        ENSURE(run());
        taken_.push_back(std::chrono::duration<double, std::micro>(clock_type::now() - begin).count());
    }
    void print(const char* name) {
        std::sort(taken_.begin(), taken_.end());
        double sum = 0;
        for (const auto one : taken_) sum += one;
        const auto at = [&](double share) {
            return taken_[static_cast<std::size_t>(share * static_cast<double>(taken_.size() - 1))];
        };
        std::printf("%-8s mean %6.1f us   p50 %6.1f   p99 %6.1f   p99.9 %7.1f   max %8.1f\n", name,
                    sum / static_cast<double>(taken_.size()), at(0.5), at(0.99), at(0.999), at(1));
    }

 private:
    std::vector<double> taken_;
};

base::bytes transaction_of(std::size_t n) {
    base::bytes out(16, 0x5a);
    for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>((n * 0x9e3779b97f4a7c15U) >> (8 * i));
    return out;
}

}  // namespace

int main(int count, char** words) {
    const auto number = [&](int at, std::size_t otherwise) {
        return count > at ? static_cast<std::size_t>(std::strtoull(words[at], nullptr, 10)) : otherwise;
    };
    const auto sessions = number(1, 100'000);
    const base::bytes content(number(2, 600), 0x42);
    const base::temporary_directory temporary;
    const std::string folder = count > 3 ? words[3] : temporary.path();
    auto opened = store::sqlite_sessions::open(folder + "/rsp.db", {.sessions = 2 * sessions, .session_bytes = 65536});
    ENSURE(opened.has_value());
    auto& all = **opened;
    stopwatch put, find, replace, take;
    for (std::size_t n = 0; n < sessions; ++n) {
        const auto id = transaction_of(n);
        put.measure([&] { return all.put(id, content, port::session_trust::none, {1'000'000}).has_value(); });
        std::uint64_t generation = 0;
        find.measure([&] {
            const auto found = all.find(id, {0});
            generation = (*found)->generation;
            return found.has_value();
        });
        replace.measure(
            [&] { return all.replace(id, generation, content, port::session_trust::proven, {1'000'000}).value(); });
        if (n >= 1000) {
            const auto old = transaction_of(n - 1000);
            take.measure([&] { return all.take(old, {0})->has_value(); });
        }
    }
    std::printf("%zu sessions of %zu bytes, 1000 alive at a time\n", sessions, content.size());
    put.print("put");
    find.print("find");
    replace.print("replace");
    take.print("take");
    return 0;
}
