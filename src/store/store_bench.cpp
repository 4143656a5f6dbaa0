// The store's own limit: durable transitions per second with the schema and the code of production, no rules, no HTTP;
// and the disk an idle line takes. Prints `name value unit`; with `--json FILE` also a list of {name, value, unit}.
// Options: --directory DIR (on the disk to be measured; default: the temporary directory), --seconds N (per figure),
// --streams N, --idle N, --page BYTES (of the file).
#include "base/ensure.hpp"
#include "base/temporary_directory.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_vault.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

namespace keepline::store {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

/// Of this thread: tells the store's own work from a busy machine and a slow disk.
double processor_seconds() {
    timespec now{};
    ENSURE(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// By this thread, so without what checkpoints write.
double bytes_written() {
    std::ifstream about("/proc/thread-self/io");
    std::string name;
    double value = 0;
    while (about >> name >> value)
        if (name == "wchar:") return value;
    return 0;
}

struct figure {
    std::string name;
    double value;
    std::string unit;
};

struct options {
    std::string json;
    double seconds = 3;
    int streams = 100'000;
    int idle = 200'000;
    journal_tuning tuning;
};

std::string filler(std::size_t size, std::uint64_t salt) {  // text that looks like JSON to nobody, but has its length
    std::string out = R"({"salt":)" + std::to_string(salt) + R"(,"text":")";
    while (out.size() + 2 < size) out += static_cast<char>('a' + (out.size() * 7 + salt) % 26);
    return out + "\"}";
}

port::stream line(int n) {
    port::stream out;
    out.key = {port::stream_kind::number, "+86138" + std::to_string(10'000'000 + n)};
    out.public_id = "ln_" + base::base32(base::view("id" + std::to_string(n * 2654435761LL) + "xx"));
    out.index.subscriber = "sub-" + std::to_string(n);
    return out;
}

/// Sizes of a running closure: 400 bytes of entry, 1.5 KB of state with every eighth, an effect at every other step;
/// each step moves what is due next, every other one the stage. `salt` grows with time.
port::write transition(port::stream& state, std::uint64_t salt) {
    constexpr std::array<const char*, 4> stages{"opened", "in_review", "approved", "unbinding"};
    constexpr std::array<std::int64_t, 4> days_due{30, 7, 1, 14};
    constexpr std::int64_t day_ms = 86'400'000;
    port::write out;
    ++state.version;
    const auto at_stage = (state.version / 2) % stages.size();
    state.snapshot = state.version % 8 == 0 ? filler(1500, salt) : std::string();
    state.index.stage = stages[at_stage];
    state.next_due = base::instant{1'800'000'000'000 + static_cast<std::int64_t>(salt) + days_due[at_stage] * day_ms};
    port::entry record;
    record.version = state.version;
    record.at = {1'800'000'000'000};
    record.meta = R"({"by":{"as":"subscriber","id":"sub-1"},"correlation":"01hv3z4k2m"})";
    record.events = filler(200, salt);
    if (salt % 2 == 0) {
        record.effects = filler(120, salt);
        record.destinations = 3;
    }
    record.partition = port::partition_of(state.key);
    record.hash.fill(static_cast<std::uint8_t>(salt));
    state.head = record.hash;
    out.record = std::move(record);
    out.after = state;
    return out;
}

port::batch must_commit(port::journal& journal, port::batch what) {
    for (const auto outcome : journal.commit(what).writes) ENSURE(outcome == port::commit_outcome::done);
    return what;
}

void measure_transitions(const options& how, std::vector<figure>& out) {
    const base::temporary_directory where;
    auto opened = sqlite_journal::open(where / "keepline.sqlite", open_mode::read_write, how.tuning);
    ENSURE(opened.has_value());
    auto& journal = **opened;
    std::vector<port::stream> states;
    std::uint64_t salt = 0;
    for (int n = 0; n < how.streams;) {
        port::batch batch;
        for (int i = 0; i < 512 && n < how.streams; ++i, ++n) {
            states.push_back(line(n));
            batch.writes.push_back(transition(states.back(), ++salt));
        }
        for (auto& done : must_commit(journal, std::move(batch)).writes)
            states[static_cast<std::size_t>(done.after.id) - 1] = done.after;
    }
    std::mt19937_64 dice(1);
    // Closures that are worked on now lie close together in time, and so do their rows; each gets about 8 steps.
    constexpr std::uint64_t worked_on = 2000;
    std::uint64_t steps = 0;
    const auto recent = [&] {
        const std::uint64_t first = ++steps / 8;
        return static_cast<std::size_t>((first + dice() % worked_on) % states.size());
    };
    const auto anywhere = [&] { return static_cast<std::size_t>(dice() % states.size()); };
    const auto measure = [&](const std::string& name, std::size_t size, const auto& choose) {
        std::vector<double> took;
        std::int64_t done = 0;
        double building = 0;
        double worked = 0;
        const double written_before = bytes_written();
        const auto start = clock::now();
        while (seconds_since(start) < how.seconds) {
            const auto build = clock::now();
            port::batch batch;
            for (std::size_t i = 0; i < size; ++i) batch.writes.push_back(transition(states[choose()], ++salt));
            const auto begin = clock::now();
            building += std::chrono::duration<double>(begin - build).count();
            const double worked_before = processor_seconds();
            must_commit(journal, std::move(batch));
            worked += processor_seconds() - worked_before;
            took.push_back(seconds_since(begin));
            done += static_cast<std::int64_t>(size);
        }
        const double spent = seconds_since(start) - building;
        std::sort(took.begin(), took.end());
        out.push_back({name, static_cast<double>(done) / spent, "transitions/s"});
        out.push_back({name + ".commit_p99", took[took.size() * 99 / 100] * 1000, "ms"});
        out.push_back(
            {name + ".log", (bytes_written() - written_before) / static_cast<double>(done), "bytes/transition"});
        out.push_back({name + ".processor", worked / static_cast<double>(done) * 1e6, "us/transition"});
    };
    for (const std::size_t size : {1U, 32U, 128U, 512U})
        measure("store.transitions.batch" + std::to_string(size), size, recent);
    measure("store.transitions.scattered.batch128", 128, anywhere);
    std::int64_t loads = 0;
    const auto start = clock::now();
    while (seconds_since(start) < how.seconds / 3) {
        ENSURE((*journal.load(states[dice() % states.size()].key)).has_value());
        ++loads;
    }
    out.push_back({"store.loads", static_cast<double>(loads) / seconds_since(start), "loads/s"});
}

void measure_idle_lines(const options& how, std::vector<figure>& out) {
    const base::temporary_directory where;
    const auto bytes_there = [&] {
        double sum = 0;
        for (const auto& file : std::filesystem::directory_iterator(where.path())) {
            const auto name = file.path().filename().string();
            if (!name.ends_with("-wal") && !name.ends_with("-shm")) sum += static_cast<double>(file.file_size());
        }
        return sum;
    };
    double rate = 0;
    {
        auto journal = sqlite_journal::open(where / "keepline.sqlite", open_mode::read_write, how.tuning);
        ENSURE(journal.has_value());
        auto vault = sqlite_vault::open(where / "keys.sqlite", where / "master.key", **journal);
        ENSURE(vault.has_value());
        std::vector<int> order(static_cast<std::size_t>(how.idle));  // an operator's list is in no order of ours
        for (int n = 0; n < how.idle; ++n) order[static_cast<std::size_t>(n)] = n;
        std::shuffle(order.begin(), order.end(), std::mt19937_64(2));
        const std::string person = filler(259, 7);  // about 300 bytes sealed
        const auto start = clock::now();
        for (std::size_t done = 0; done < order.size();) {
            port::batch batch;
            std::vector<std::string> subscribers;
            for (int i = 0; i < 512 && done < order.size(); ++i, ++done) {
                auto state = line(order[done]);
                auto one = transition(state, done);
                one.after.index.stage.clear();
                one.record->events = filler(470, done);
                one.record->effects.clear();
                one.record->destinations = 0;
                subscribers.push_back(one.after.index.subscriber);
                batch.writes.push_back(std::move(one));
            }
            ENSURE((*vault)->prepare_keys(subscribers).has_value());
            for (auto& one : batch.writes) {
                auto row = (*vault)->seal(one.after.index.subscriber, "person", person);
                ENSURE(row.has_value());
                one.vault.push_back(std::move(*row));
            }
            must_commit(**journal, std::move(batch));
        }
        rate = static_cast<double>(how.idle) / seconds_since(start);
        const auto counting = clock::now();
        ENSURE((*journal)->counts({1}).has_value());
        out.push_back({"store.counts", seconds_since(counting) * 1000, "ms"});
        const auto copying = clock::now();
        const base::temporary_directory elsewhere;
        ENSURE((*journal)->copy_to(elsewhere / "copy.sqlite").has_value());
        out.push_back({"store.copy_of_idle_lines", seconds_since(copying), "s"});
    }
    out.push_back({"store.import", rate, "lines/s"});
    for (const char* file :
         {"keepline.sqlite", "keys.sqlite"}) {  // what takes the room; dbstat is an option of the library
        auto db = connection::open(where / file, connection::mode::read_only);
        ENSURE(db.has_value());
        auto parts = db->run(sql("SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) > 100000"));
        while (parts.next())
            out.push_back({"store.idle_line." + std::string(parts.text(0)),
                           static_cast<double>(parts.integer(1)) / how.idle, "bytes"});
    }
    out.push_back({"store.idle_line", bytes_there() / how.idle, "bytes"});
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
        else if (name == "--seconds")
            how.seconds = std::atof(value.c_str());
        else if (name == "--streams")
            how.streams = std::atoi(value.c_str());
        else if (name == "--idle")
            how.idle = std::atoi(value.c_str());
        else if (name == "--page")
            how.tuning.page_bytes = std::atoi(value.c_str());
        else
            return false;
    }
    return how.seconds > 0 && how.streams > 0 && how.idle > 0;
}

}  // namespace
}  // namespace keepline::store

int main(int argc, char** argv) {
    using namespace keepline::store;
    options how;
    if (!parse(argc, argv, how)) {
        std::fprintf(
            stderr,
            "usage: store_bench [--json FILE] [--directory DIR] [--seconds N] [--streams N] [--idle N] [--page N]\n");
        return 2;
    }
    std::vector<figure> figures;
    measure_transitions(how, figures);
    measure_idle_lines(how, figures);
    std::string json = "[";
    for (const auto& one : figures) {
        std::printf("%s %.4g %s\n", one.name.c_str(), one.value, one.unit.c_str());
        json += (json.size() > 1 ? ",\n " : "") + std::string(R"({"name":")") + one.name + R"(","value":)" +
                std::to_string(one.value) + R"(,"unit":")" + one.unit + R"("})";
    }
    if (how.json.empty()) return 0;
    std::ofstream file(how.json);
    file << json << "]\n";
    file.close();
    return file ? 0 : 1;
}
