#include "http/event_streams.hpp"

#include <atomic>
#include <future>
#include <stdexcept>

#include <gtest/gtest.h>

namespace keepline::http {
namespace {

/// What comes next; nothing as long as nothing is said.
std::optional<std::string> taken(event_source& from) {
    std::optional<std::string> out;
    from.next([&](const body_source::piece& piece) { out = piece; });
    return out;
}

struct named : event_stream {
    std::string holder;
};
using named_streams = event_streams<named>;

stream_limits few() {
    stream_limits out;
    out.streams_max = 3;
    out.streams_max_per_holder = 2;
    out.streams_max_per_address = 2;
    out.look = std::chrono::milliseconds{10};
    return out;
}

/// Its reader: gone when nobody holds it.
struct opened {
    std::shared_ptr<event_source> source = std::make_shared<event_source>(100);
    base::result<void> is;

    opened(named_streams& in, const std::string& holder, const std::string& address) {
        auto made = std::make_shared<named>();
        made->holder = holder;
        made->asked.peer = address;
        is = in.add(std::move(made), source, [&](const named& other) { return other.holder == holder; });
    }
    std::string why_not() const { return is ? std::string() : std::string(base::info(is.error().what).id); }
};

TEST(event_source, says_what_was_not_yet_taken_together) {
    event_source of(100);
    of.say("a", "again");
    of.say("b", "again");
    EXPECT_EQ(taken(of), "ab");
    EXPECT_EQ(taken(of), std::nullopt);
}

TEST(event_source, gives_a_waiting_reader_what_is_said_at_once) {
    event_source of(100);
    std::string heard;
    of.next([&](const body_source::piece& piece) { heard = *piece; });
    of.say("a", {});
    EXPECT_EQ(heard, "a");
}

TEST(event_source, keeps_no_more_for_a_slow_reader_than_it_may) {
    event_source of(4);
    of.say("abc", "again");
    of.say("def", "again");
    EXPECT_EQ(taken(of), "again");
    event_source latest(0);
    latest.say("one", "one");
    latest.say("two", "two");
    EXPECT_EQ(taken(latest), "two");
}

TEST(event_source, beats_only_where_nothing_else_is_said_and_says_nothing_after_the_end) {
    event_source of(100);
    of.say("a", {});
    of.beat();
    of.end(stream_over::ended);
    of.end(stream_over::renewed);
    of.say("late", {});
    EXPECT_EQ(taken(of), "aevent: over\ndata: ended\n\n");
    EXPECT_EQ(taken(of), "") << "the end";
}

TEST(event_streams, end_the_oldest_of_a_holder_who_opens_too_many) {
    named_streams all(few(), "test", [](const auto&) {});
    const opened first(all, "ann", "192.0.2.1");
    const opened second(all, "ann", "192.0.2.2");
    const opened third(all, "ann", "192.0.2.3");
    EXPECT_TRUE(first.is && second.is && third.is);
    EXPECT_EQ(taken(*first.source), "event: over\ndata: elsewhere\n\n");
    EXPECT_EQ(all.count(), 2U);
}

TEST(event_streams, have_a_limit_together_and_one_for_an_address) {
    named_streams all(few(), "test", [](const auto&) {});
    const opened a(all, "ann", "192.0.2.1");
    const opened b(all, "bob", "192.0.2.1");
    EXPECT_EQ(opened(all, "cleo", "192.0.2.1").why_not(), "overloaded");
    const opened c(all, "cleo", "192.0.2.2");
    EXPECT_TRUE(c.is);
    EXPECT_EQ(opened(all, "dan", "192.0.2.3").why_not(), "overloaded");
    EXPECT_EQ(all.count(), 3U);
}

TEST(event_streams, whose_reader_is_gone_take_no_place) {
    named_streams all(few(), "test", [](const auto&) {});
    for (int i = 0; i < 10; ++i) EXPECT_EQ(opened(all, "n" + std::to_string(i), "192.0.2.1").why_not(), "");
    EXPECT_EQ(all.count(), 1U);
}

TEST(event_streams, go_on_after_a_look_or_a_work_that_failed) {
    std::atomic<int> looks{0};
    std::promise<void> again;
    named_streams all(few(), "test", [&](const auto&) {
        const auto n = ++looks;
        if (n == 1) throw std::runtime_error("no memory, say");
        if (n == 2) again.set_value();
    });
    const opened one(all, "ann", "192.0.2.1");
    all.post([] { throw std::runtime_error("no memory, say"); }, event_stream::steady::now());
    all.start();
    EXPECT_EQ(again.get_future().wait_for(std::chrono::seconds{30}), std::future_status::ready);
    std::promise<void> worked;
    all.post([&] { worked.set_value(); }, event_stream::steady::now());
    EXPECT_EQ(worked.get_future().wait_for(std::chrono::seconds{30}), std::future_status::ready);
    all.stop();
    EXPECT_EQ(taken(*one.source), "event: over\ndata: renew\n\n");
    EXPECT_EQ(opened(all, "bob", "192.0.2.2").why_not(), "stopping");
}

}  // namespace
}  // namespace keepline::http
