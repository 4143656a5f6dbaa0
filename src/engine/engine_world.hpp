// For this folder's tests only: an engine among fakes, the commands the tests send, and waiting with an end.
#pragma once

#include "domain/calendar.hpp"
#include "engine/codec.hpp"
#include "engine/engine.hpp"
#include "port/fake_journal.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::engine::testing {

inline std::string file_text(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

/// The real policies and calendars of the repository.
inline std::shared_ptr<const domain::rule_book> rules() {
    static const auto book = [] {
        const std::filesystem::path root = KEEPLINE_SOURCE_DIR;
        std::vector<domain::policy_source> sources;
        for (const auto& file : std::filesystem::directory_iterator(root / "policies"))
            if (file.path().extension() == ".toml") sources.push_back({file.path().stem(), file_text(file.path())});
        std::vector<domain::calendar> calendars;
        for (const auto& file : std::filesystem::directory_iterator(root / "calendars"))
            if (file.path().extension() == ".json")
                calendars.push_back(domain::load_calendar(file_text(file.path())).value());
        auto policies = domain::load_policies(sources).value().all();
        for (auto& [id, policy] : policies)
            policy.notices = {1'000'000, 1, 1'000'000};  // every notice leaves by itself
        return std::make_shared<const domain::rule_book>(domain::rule_book{domain::policy_book(std::move(policies)),
                                                                           domain::calendar_book(std::move(calendars)),
                                                                           domain::zone_book()});
    }();
    return book;
}

template <typename Predicate>
bool eventually(Predicate holds, std::chrono::milliseconds within = std::chrono::seconds{20}) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

/// Keeps what was logged. Any thread.
class kept_log final : public port::log {
 public:
    void write(port::log_level, std::string_view event, std::string_view,
               std::initializer_list<port::log_field>) override {
        const std::scoped_lock held(mutex_);
        events_.emplace_back(event);
    }
    std::ptrdiff_t count(std::string_view event) const {
        const std::scoped_lock held(mutex_);
        return std::ranges::count(events_, event);
    }

 private:
    mutable std::mutex mutex_;
    std::vector<std::string> events_;
};

// ------------------------------------------------------------------------------------------------ commands

inline std::string number_text(int n) { return "+86138" + std::to_string(10'000'000 + n); }
inline port::stream_key number_key(int n) { return {port::stream_kind::number, number_text(n)}; }

inline submission command_for(const port::stream_key& to, any_command what) {
    submission out;
    out.to = to;
    out.what = std::move(what);
    out.by = {domain::role::agent, base::label::trusted("agent-1")};
    out.correlation = "corr-1";
    out.reserved = domain::reservation{1, base::instant{4'000'000'000'000}};
    return out;
}
inline submission number_command(int n, domain::number_command what) {
    return command_for(number_key(n), any_command(std::move(what)));
}

/// One webhook effect.
inline submission order(int n) {
    domain::order_line what;
    what.number = base::msisdn::trusted(number_text(n));
    what.subscriber = base::label::trusted("sb-1");
    what.policy = "cn";
    what.language = "en";
    what.recovery_digests = {"saved-1"};
    what.refund_account = "account-1";
    domain::new_profile profile;
    profile.iccid = base::iccid::trusted("8986001234567890123");
    profile.imsi = base::imsi::trusted("46000" + std::to_string(1'000'000'000 + n));
    profile.state = domain::profile_state::enabled;
    what.profiles.push_back(profile);
    auto out = number_command(n, domain::number_command(what));
    out.must_exist = false;
    return out;
}
/// No effect.
inline submission top_up(int n, std::string reference, std::int64_t minor = 100) {
    return number_command(n, domain::number_command(domain::add_money{
                                 domain::booking_kind::top_up, {minor, "CNY"}, std::move(reference)}));
}
/// One message to the line itself.
inline submission sim_change(int n) { return number_command(n, domain::number_command(domain::note_sim_change{})); }
inline submission lock(int n, bool locked) {
    return number_command(n, domain::number_command(domain::set_customer_lock{locked}));
}
inline submission once(submission what, std::uint8_t key, std::uint8_t request = 1) {
    what.once = idempotency{{key}, {request}};
    return what;
}
inline std::int64_t prepaid(const answer& got) { return got.view->number().books.customer_money(); }

// ------------------------------------------------------------------------------------------------ the world

/// Small and quick; the clock stands still unless a test moves it.
inline settings quick() {
    settings how;
    how.sweep_every = std::chrono::milliseconds{2};
    how.endings_floor = 1'000'000;  // a test that is about the budget sets its own
    how.threads_per_destination = {2, 2, 2, 2, 2, 1, 1, 1, 1};
    return how;
}

struct world {
    port::fake_journal journal;
    port::fake_clock clock{*base::instant_from_iso("2026-03-02T08:00:00Z")};
    port::fake_random random{7};         // where there is no engine
    std::deque<port::fake_random> dice;  // each engine's own: its threads are its own, too
    std::uint64_t seed = 7;
    kept_log log;
    std::array<std::unique_ptr<port::fake_connector>, domain::destination_count> peers;

    world() {
        for (auto& one : peers) one = std::make_unique<port::fake_connector>();
    }
    port::fake_connector& peer(domain::destination to) { return *peers[static_cast<std::size_t>(to)]; }
    void script(domain::destination to, port::fake_connector::script answer) {
        peers[static_cast<std::size_t>(to)] = std::make_unique<port::fake_connector>(std::move(answer));
    }
    engine::parts parts() {
        engine::parts with;
        with.journal = &journal;
        with.clock = &clock;
        with.random = &random;
        with.log = &log;
        with.rules = rules();
        for (std::size_t i = 0; i < peers.size(); ++i)
            if (i != static_cast<std::size_t>(domain::destination::core)) with.connectors[i] = peers[i].get();
        return with;
    }
    std::unique_ptr<engine> run(settings how = quick()) {
        auto with = parts();
        with.random = &dice.emplace_back(seed++);
        auto made = std::make_unique<engine>(with, how);
        const auto started = made->start();
        EXPECT_TRUE(started.has_value());
        return made;
    }
};

inline const port::lane_metrics& lane_of(const engine& of, domain::destination to) {
    return of.metrics().lanes[static_cast<std::size_t>(to)];
}

/// Holds commits back until it is opened; knows whether one waits. May end before the engine does.
class gate {
 public:
    explicit gate(port::fake_journal& journal) : journal_(journal) {
        journal_.before_commit([shared = shared_](const port::batch&) {
            std::unique_lock held(shared->mutex);
            ++shared->waiting;
            shared->opened.wait(held, [&] { return shared->open; });
            --shared->waiting;
        });
    }
    ~gate() {
        open();
        journal_.before_commit({});
    }
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;
    void open() {
        const std::scoped_lock held(shared_->mutex);
        shared_->open = true;
        shared_->opened.notify_all();
    }
    bool someone_waits() const {
        const std::scoped_lock held(shared_->mutex);
        return shared_->waiting > 0;
    }

 private:
    struct state {
        std::mutex mutex;
        std::condition_variable opened;
        bool open = false;
        int waiting = 0;
    };
    port::fake_journal& journal_;
    std::shared_ptr<state> shared_ = std::make_shared<state>();
};

inline std::future<result<answer>> send(engine& to, submission what) {
    const auto done = std::make_shared<std::promise<result<answer>>>();
    auto got = done->get_future();
    to.submit(std::move(what), [done](result<answer> a) { done->set_value(std::move(a)); });
    return got;
}
template <typename T>
bool is_ready(const std::future<T>& of) {
    return of.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
}

}  // namespace keepline::engine::testing
