// What every store of RSP sessions does (the fake and SQLite run the same tests), and what only a file can show.
#include "store/sqlite_sessions.hpp"

#include "base/property.hpp"
#include "base/temporary_directory.hpp"
#include "store/sqlite.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace keepline::store {
namespace {

using base::instant;
using port::rsp_sessions;
using port::session_limits;
using port::session_trust;

base::bytes transaction_of(int n) {
    base::bytes out(16, 0);
    for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(n >> (8 * i));
    return out;
}
base::byte_view words(std::string_view text) { return base::view(text); }

struct sessions_maker {
    std::string name;
    std::function<std::unique_ptr<rsp_sessions>(const base::temporary_directory&, session_limits)> make;
    friend std::ostream& operator<<(std::ostream& out, const sessions_maker& what) { return out << what.name; }
};

class sessions_contract : public testing::TestWithParam<sessions_maker> {
 protected:
    std::unique_ptr<rsp_sessions> make(session_limits limits = {}) { return GetParam().make(where_, limits); }
    static std::string content(const result<std::optional<port::stored_session>>& found) {
        return found && *found ? std::string(base::text((*found)->content)) : "";
    }

 private:
    base::temporary_directory where_;
};

TEST_P(sessions_contract, a_session_is_found_until_it_expires) {
    const auto sessions = make();
    ASSERT_TRUE(sessions->put(transaction_of(1), words("one"), session_trust::none, {5000}));
    ASSERT_TRUE(sessions->put(transaction_of(2), words(""), session_trust::proven, {6000}));
    const auto one = **sessions->find(transaction_of(1), {4999});
    EXPECT_EQ(base::text(one.content), "one");
    EXPECT_EQ(one.trust, session_trust::none);
    EXPECT_EQ(one.expires_at, instant{5000});
    EXPECT_FALSE(*sessions->find(transaction_of(1), {5000}));
    EXPECT_FALSE(*sessions->take(transaction_of(1), {5000})) << "neither is it taken";
    EXPECT_FALSE(*sessions->find(transaction_of(3), {0}));
    const auto two = **sessions->find(transaction_of(2), {0});
    EXPECT_TRUE(two.content.empty());
    EXPECT_EQ(two.trust, session_trust::proven);
}

TEST_P(sessions_contract, a_later_put_writes_over_an_earlier_one) {
    const auto sessions = make();
    ASSERT_TRUE(sessions->put(transaction_of(1), words("one"), session_trust::none, {5000}));
    ASSERT_TRUE(sessions->put(transaction_of(1), words("more than one"), session_trust::proven, {9000}));
    EXPECT_EQ(content(sessions->find(transaction_of(1), {8000})), "more than one");
    EXPECT_EQ(*sessions->count(), 1U);
    EXPECT_EQ(*sessions->expire({5000}, 10), 0U) << "its first end does not count any more";
    EXPECT_EQ(*sessions->expire({9000}, 10), 1U);
}

TEST_P(sessions_contract, of_two_requests_on_one_session_one_goes_on) {
    const auto sessions = make();
    ASSERT_TRUE(sessions->put(transaction_of(1), words("a"), session_trust::none, {5000}));
    const auto first = **sessions->find(transaction_of(1), {0});
    const auto second = **sessions->find(transaction_of(1), {0});
    EXPECT_TRUE(*sessions->replace(transaction_of(1), first.generation, words("b"), session_trust::proven, {5000}));
    EXPECT_FALSE(*sessions->replace(transaction_of(1), second.generation, words("c"), session_trust::proven, {5000}));
    EXPECT_EQ(content(sessions->find(transaction_of(1), {0})), "b");
    EXPECT_FALSE(*sessions->replace(transaction_of(2), 1, words("c"), session_trust::proven, {5000}));
    EXPECT_EQ(*sessions->count(), 1U);
}

TEST_P(sessions_contract, a_session_is_taken_once) {
    const auto sessions = make();
    ASSERT_TRUE(sessions->put(transaction_of(1), words("a"), session_trust::none, {5000}));
    EXPECT_EQ(content(sessions->take(transaction_of(1), {0})), "a");
    EXPECT_FALSE(*sessions->take(transaction_of(1), {0}));
    EXPECT_EQ(*sessions->count(), 0U);
    EXPECT_EQ(*sessions->expire({9000}, 10), 0U);
}

TEST_P(sessions_contract, expired_ones_go_in_portions) {
    const auto sessions = make();
    for (int n = 0; n < 10; ++n)
        ASSERT_TRUE(sessions->put(transaction_of(n), words("x"), n % 2 ? session_trust::proven : session_trust::none,
                                  {1000 + n}));
    EXPECT_EQ(*sessions->expire({999}, 100), 0U);
    EXPECT_EQ(*sessions->expire({1006}, 3), 3U);
    EXPECT_EQ(*sessions->expire({1006}, 100), 4U);
    EXPECT_EQ(*sessions->count(), 3U);
    EXPECT_TRUE(*sessions->find(transaction_of(7), {0}));
    EXPECT_FALSE(*sessions->find(transaction_of(6), {0}));
}

TEST_P(sessions_contract, strangers_push_out_strangers_but_nobody_who_has_signed) {
    const auto sessions = make({.sessions = 3, .session_bytes = 10});
    ASSERT_TRUE(sessions->put(transaction_of(1), words("a"), session_trust::proven, {1000}));
    ASSERT_TRUE(sessions->put(transaction_of(2), words("b"), session_trust::none, {3000}));
    ASSERT_TRUE(sessions->put(transaction_of(3), words("c"), session_trust::none, {2000}));
    ASSERT_TRUE(sessions->put(transaction_of(4), words("d"), session_trust::none, {4000}));
    EXPECT_FALSE(*sessions->find(transaction_of(3), {0})) << "it would have ended first";
    EXPECT_TRUE(*sessions->find(transaction_of(1), {0}));
    ASSERT_TRUE(sessions->put(transaction_of(2), words("e"), session_trust::proven, {3000}))
        << "one that is there needs no room";
    ASSERT_TRUE(sessions->put(transaction_of(4), words("e"), session_trust::proven, {3000}));
    EXPECT_EQ(sessions->put(transaction_of(5), words("f"), session_trust::proven, {9000}).error().what,
              base::code::overloaded);
    EXPECT_EQ(*sessions->count(), 3U);
}

TEST_P(sessions_contract, impossible_ids_and_contents_are_refused) {
    const auto sessions = make({.sessions = 3, .session_bytes = 10});
    const base::bytes longest(16, 7);
    const base::bytes too_long(17, 7);
    EXPECT_TRUE(sessions->put(longest, words("0123456789"), session_trust::none, {1000}));
    EXPECT_EQ(sessions->put(too_long, words("x"), session_trust::none, {1000}).error().what, base::code::invalid);
    EXPECT_EQ(sessions->put({}, words("x"), session_trust::none, {1000}).error().what, base::code::invalid);
    EXPECT_EQ(sessions->put(longest, words("0123456789a"), session_trust::none, {1000}).error().what,
              base::code::invalid);
    EXPECT_FALSE(*sessions->find(too_long, {0}));
    EXPECT_FALSE(*sessions->take({}, {0}));
}

TEST_P(sessions_contract, any_sequence_of_calls_leaves_what_a_plain_map_would_hold) {
    EXPECT_HOLDS([this] {
        const auto sessions = make({.sessions = 6, .session_bytes = 100});
        for (int n = 0; n < 8; ++n) static_cast<void>(sessions->take(transaction_of(n), {0}));
        std::map<int, std::string> model;
        const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
        for (const int step : steps) {
            const int n = step % 6;  // never more than fit
            const auto text = std::to_string(step);
            const auto before = *sessions->count();
            switch (step % 4) {
                case 0:
                case 1:
                    RC_ASSERT(sessions->put(transaction_of(n), words(text), session_trust::none, {1000}).has_value());
                    model[n] = text;
                    break;
                case 2: {
                    const auto taken = sessions->take(transaction_of(n), {0});
                    RC_ASSERT(content(taken) == (model.contains(n) ? model[n] : ""));
                    model.erase(n);
                    break;
                }
                default: {
                    const auto found = sessions->find(transaction_of(n), {0});
                    RC_ASSERT(content(found) == (model.contains(n) ? model[n] : ""));
                    const auto generation = *found ? (*found)->generation : before;
                    const auto done =
                        sessions->replace(transaction_of(n), generation, words(text), session_trust::proven, {1000});
                    RC_ASSERT(*done == model.contains(n));
                    if (*done) model[n] = text;
                }
            }
            RC_ASSERT(*sessions->count() == model.size());
        }
    });
}

TEST_P(sessions_contract, many_threads_may_use_it) {
    const auto sessions = make();
    std::atomic<int> taken = 0;
    std::atomic<int> replaced = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int n = 0; n < 100; ++n) {
                EXPECT_TRUE(
                    sessions->put(transaction_of(1000 + t * 100 + n), words("own"), session_trust::none, {5000}));
                const auto shared = transaction_of(n);
                if (t == 0) EXPECT_TRUE(sessions->put(shared, words("shared"), session_trust::none, {5000}));
                const auto found = sessions->find(shared, {0});
                if (found && *found)
                    replaced +=
                        *sessions->replace(shared, (*found)->generation, words("ours"), session_trust::proven, {5000})
                            ? 1
                            : 0;
                taken += *sessions->take(shared, {0}) ? 1 : 0;
            }
        });
    for (auto& one : threads) one.join();
    EXPECT_LE(taken, 100);
    EXPECT_EQ(*sessions->count(), 500U - static_cast<unsigned>(taken.load()));
}

INSTANTIATE_TEST_SUITE_P(fake, sessions_contract,
                         testing::Values(sessions_maker{"fake",
                                                        [](const base::temporary_directory&, session_limits limits) {
                                                            return std::make_unique<port::fake_rsp_sessions>(limits);
                                                        }}));
INSTANTIATE_TEST_SUITE_P(sqlite, sessions_contract,
                         testing::Values(sessions_maker{
                             "sqlite", [](const base::temporary_directory& where, session_limits limits) {
                                 auto made = sqlite_sessions::open(where / "rsp.db", limits);
                                 EXPECT_TRUE(made) << made.error().words;
                                 return std::unique_ptr<rsp_sessions>(std::move(*made));
                             }}));

// ------------------------------------------------------------------------------------------------ only in a file

TEST(sqlite_sessions, outlive_the_process_even_when_it_is_killed) {
    const base::temporary_directory where;
    const auto path = where / "rsp.db";
    const auto child = ::fork();
    if (child == 0) {
        auto sessions = sqlite_sessions::open(path);
        if (!sessions) ::_exit(1);
        for (int n = 0; n < 3000; ++n) {
            const auto long_text = std::string(static_cast<std::size_t>(n % 9000), 'x') + std::to_string(n);
            if (!(*sessions)->put(transaction_of(n), words(long_text), session_trust::none, {5000})) ::_exit(2);
        }
        for (int n = 0; n < 100; ++n) static_cast<void>((*sessions)->take(transaction_of(n), {0}));
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    auto sessions = sqlite_sessions::open(path);
    ASSERT_TRUE(sessions) << sessions.error().words;
    EXPECT_EQ((*sessions)->renewed(), "");
    EXPECT_EQ(*(*sessions)->count(), 2900U);
    EXPECT_FALSE(*(*sessions)->find(transaction_of(99), {0}));
    const auto last = **(*sessions)->find(transaction_of(2999), {0});
    EXPECT_EQ(base::text(last.content).substr(2999), "2999");
    EXPECT_TRUE(*(*sessions)->replace(transaction_of(2999), last.generation, words("on"), session_trust::proven, {9}));
    ASSERT_TRUE((*sessions)->put(transaction_of(5000), words("new"), session_trust::none, {5000}));
    EXPECT_EQ(*(*sessions)->expire({5000}, 10'000), 2901U);
    EXPECT_EQ(*(*sessions)->count(), 0U);
}

TEST(sqlite_sessions, the_file_is_for_one_process_and_for_its_owner) {
    const base::temporary_directory where;
    const auto path = where / "rsp.db";
    auto first = sqlite_sessions::open(path);
    ASSERT_TRUE(first);
    ASSERT_TRUE((*first)->put(transaction_of(1), words("x"), session_trust::none, {5000}));
    const auto second = sqlite_sessions::open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().what, base::code::unavailable);
    EXPECT_TRUE(*(*first)->find(transaction_of(1), {0}));
    struct stat about{};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600);
    EXPECT_FALSE(sqlite_sessions::open(where / "no/such/folder/rsp.db"));
}

TEST(sqlite_sessions, a_damaged_or_strange_file_is_replaced_and_that_is_said) {
    const base::temporary_directory where;
    const auto path = where / "rsp.db";
    std::ofstream(path) << std::string(10'000, 'z');
    {
        auto sessions = sqlite_sessions::open(path);
        ASSERT_TRUE(sessions) << sessions.error().words;
        EXPECT_NE((*sessions)->renewed(), "");
        EXPECT_TRUE((*sessions)->put(transaction_of(1), words("x"), session_trust::none, {5000}));
    }
    {
        auto later = connection::open(path, connection::mode::read_write);
        ASSERT_TRUE(later && later->execute("PRAGMA user_version = 2"));
    }
    {
        auto sessions = sqlite_sessions::open(path);
        ASSERT_TRUE(sessions) << sessions.error().words;
        EXPECT_NE((*sessions)->renewed().find("another version"), std::string::npos);
        EXPECT_EQ(*(*sessions)->count(), 0U);
        EXPECT_TRUE((*sessions)->put(transaction_of(1), words("x"), session_trust::none, {5000}));
    }
    {
        auto earlier = connection::open(path, connection::mode::read_write);
        ASSERT_TRUE(earlier && earlier->execute("UPDATE boot SET id = 'the one before'"));
    }
    auto sessions = sqlite_sessions::open(path);
    ASSERT_TRUE(sessions) << sessions.error().words;
    EXPECT_NE((*sessions)->renewed().find("was restarted"), std::string::npos);
    EXPECT_EQ(*(*sessions)->count(), 0U);
}

}  // namespace
}  // namespace keepline::store
