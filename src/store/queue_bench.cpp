// What the staff's queue costs the store with many open cases, and many that have ended: a page, the counts, a case
// found by its number or its line's, each beside one bare SELECT by the same index in the same file. Prints `name value
// unit`; with `--json FILE` also a list of {name, value, unit, limit}. Options: --directory DIR (default: the temporary
// directory), --open N, --ended N, --rounds N.
#include "base/ensure.hpp"
#include "base/temporary_directory.hpp"
#include "store/sqlite_journal.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace keepline::store {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::int64_t now_ms = 1'800'000'000'000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t page_size = 50;  // as the console asks for
constexpr int batch_size = 512;

struct options {
    std::string json;
    int open = 100'000;
    int ended = 0;
    int rounds = 2'000;
};

struct figure {
    std::string name;
    double value = 0;
    std::string unit;
    double limit = 0;  // 0: none
};

double ms_since(clock::time_point start) {
    return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

port::stream_key number_of(int n) { return {port::stream_kind::number, "+86138" + std::to_string(10'000'000 + n)}; }
std::string case_number_of(int n) { return std::to_string(100'000'000'000 + n * 7'919LL); }

/// Open cases stand where they mostly do: in review, some before and some after it. The dates are in no order.
port::stream_index index_of(int n, bool open) {
    constexpr const char* stages[] = {"in_review", "in_review", "in_review", "opened", "approved", "unbinding"};
    port::stream_index out;
    out.subscriber = "sub-" + std::to_string(n);
    if (!open) {
        out.stage = n % 8 == 0 ? "withdrawn" : "closed";
        return out;
    }
    out.stage = stages[n % std::size(stages)];
    if (out.stage == "in_review") out.review_due = {now_ms + (n * 7'919LL % 14 - 1) * day_ms + n};
    return out;
}

/// One entry and a snapshot of the size of a running case's.
port::write case_of(int n, bool open) {
    port::write out;
    auto& after = out.after;
    after.key = number_of(n);
    after.public_id = "ln_" + base::base32(base::view("id" + std::to_string(n * 2'654'435'761LL) + "xx"));
    after.version = 1;
    after.index = index_of(n, open);
    after.next_due = open ? std::optional(base::instant{now_ms + n % 30 * day_ms}) : std::nullopt;
    after.snapshot = R"({"text":")" + std::string(1'500, 'a') + "\"}";
    port::entry record;
    record.version = 1;
    record.at = {now_ms};
    record.meta = R"({"by":{"as":"subscriber","id":"sub-1"},"correlation":"01hv3z4k2m"})";
    record.events = R"([{"text":")" + std::string(200, 'b') + "\"}]";
    record.partition = port::partition_of(after.key);
    record.hash.fill(static_cast<std::uint8_t>(n));
    after.head = record.hash;
    out.record = std::move(record);
    out.references = {case_number_of(n)};
    return out;
}

void fill(port::journal& journal, int from, int count, bool open) {
    for (int n = from; n < from + count;) {
        port::batch batch;
        for (int i = 0; i < batch_size && n < from + count; ++i, ++n) batch.writes.push_back(case_of(n, open));
        for (const auto outcome : journal.commit(batch).writes) ENSURE(outcome == port::commit_outcome::done);
    }
}

/// Half of the answers come within `p50`, all but one in a hundred within `p99`.
struct spread {
    double p50 = 0;
    double p99 = 0;
};

template <typename Ask>
spread measured(int rounds, Ask ask) {
    std::vector<double> took;
    for (int i = 0; i < rounds; ++i) {
        const auto start = clock::now();
        ask();
        took.push_back(ms_since(start));
    }
    std::ranges::sort(took);
    return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

port::stream_filter reviews(bool by_due) {
    port::stream_filter out;
    out.kind = port::stream_kind::number;
    out.stage = "in_review";
    if (by_due) out.review_due_before = base::instant{std::numeric_limits<std::int64_t>::max()};
    return out;
}

/// The pages of a whole queue, one after the other, from its beginning again where it ends.
auto pages(port::journal& of, bool by_due) {
    return [&of, which = reviews(by_due), after = std::string()]() mutable {
        auto page = of.list(which, after, page_size);
        ENSURE(page.has_value() && !page->streams.empty());
        after = std::move(page->next);
    };
}

std::vector<figure> measure(const options& how) {
    const base::temporary_directory where;
    const std::string path = where / "keepline.sqlite";
    auto opened = sqlite_journal::open(path, open_mode::read_write);
    ENSURE(opened.has_value());
    auto& journal = **opened;
    std::vector<figure> out;
    const auto filling = clock::now();
    fill(journal, 0, how.ended, false);
    fill(journal, how.ended, how.open, true);
    out.push_back({"queue.fill", (how.open + how.ended) / (ms_since(filling) / 1000), "cases/s"});

    std::mt19937_64 dice(1);
    const auto anyone = [&] { return how.ended + static_cast<int>(dice() % static_cast<std::uint64_t>(how.open)); };
    auto bare = connection::open(path, connection::mode::read_only);
    ENSURE(bare.has_value());
    const auto limit = measured(how.rounds, [&] {
        const auto key = number_of(anyone());
        auto found = bare->run(sql("SELECT id FROM stream WHERE kind = 0 AND key = ?1"), key.key);
        ENSURE(found.next());
    });
    out.push_back({"queue.bare_select.p50", limit.p50, "ms"});
    out.push_back({"queue.bare_select.p99", limit.p99, "ms"});
    const auto report = [&](const std::string& name, const spread& took) {
        out.push_back({name + ".p50", took.p50, "ms", limit.p50});
        out.push_back({name + ".p99", took.p99, "ms", limit.p99});
    };
    report("queue.page_by_due", measured(how.rounds, pages(journal, true)));
    report("queue.page_by_stage", measured(how.rounds, pages(journal, false)));
    report("queue.counts", measured(how.rounds, [&] { ENSURE(journal.counts({now_ms}).has_value()); }));
    report("queue.count_failed", measured(how.rounds, [&] { ENSURE(journal.count_failed().has_value()); }));
    report("queue.by_line_number",
           measured(how.rounds, [&] { ENSURE(journal.load(number_of(anyone())).value().has_value()); }));
    report("queue.by_case_number",
           measured(how.rounds, [&] { ENSURE(journal.load_reference(case_number_of(anyone())).value().has_value()); }));
    return out;
}

bool parse(int argc, char** argv, options& how) {
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) return false;
        const std::string name = argv[i];
        const std::string value = argv[i + 1];
        if (name == "--json")
            how.json = value;
        else if (name == "--directory")
            ::setenv("TMPDIR", value.c_str(), 1);
        else if (name == "--open")
            how.open = std::atoi(value.c_str());
        else if (name == "--ended")
            how.ended = std::atoi(value.c_str());
        else if (name == "--rounds")
            how.rounds = std::atoi(value.c_str());
        else
            return false;
    }
    return how.open >= 6 && how.ended >= 0 && how.rounds > 0;
}

}  // namespace
}  // namespace keepline::store

int main(int argc, char** argv) {
    using namespace keepline::store;
    options how;
    if (!parse(argc, argv, how)) {
        std::fprintf(stderr,
                     "usage: queue_bench [--json FILE] [--directory DIR] [--open N] [--ended N] [--rounds N]\n");
        return 2;
    }
    std::string json = "[";
    for (const auto& one : measure(how)) {
        std::printf("%s %.4g %s\n", one.name.c_str(), one.value, one.unit.c_str());
        json += (json.size() > 1 ? ",\n " : "") + std::string(R"({"name":")") + one.name + R"(","value":)" +
                std::to_string(one.value) + R"(,"unit":")" + one.unit + R"(","limit":)" +
                (one.limit > 0 ? std::to_string(one.limit) : "null") + "}";
    }
    if (how.json.empty()) return 0;
    std::ofstream file(how.json);
    file << json << "]\n";
    file.close();
    return file ? 0 : 1;
}
