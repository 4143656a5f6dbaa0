#include "link/smpp_pace.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;
using pace_time = smpp_pace::clock::time_point;

/// An SMSC that takes `rate` a second, asked as fast as the pace allows, on a clock of the test's own.
struct strict_smsc {
    double rate;
    pace_time free_at{};
    bool takes(pace_time now) {
        if (now < free_at) return false;
        free_at = now + std::chrono::duration_cast<pace_time::duration>(std::chrono::duration<double>(1 / rate));
        return true;
    }
};

TEST(smpp_pace, falls_to_what_the_smsc_takes_and_stays_near_it) {
    port::sms_metrics metrics;
    smpp_pace pace(0, 10, &metrics);
    strict_smsc smsc{1};
    auto now = smpp_pace::clock::now();
    int taken = 0;
    int refused = 0;
    for (int i = 0; i < 600; ++i) {
        const auto rate = pace.per_second();
        now +=
            rate > 0 ? std::chrono::duration_cast<pace_time::duration>(std::chrono::duration<double>(1 / rate)) : 1ms;
        if (smsc.takes(now)) {
            pace.accepted(now);
            ++taken;
        } else {
            pace.throttled(now, now);
            ++refused;
        }
    }
    EXPECT_GT(taken, 500) << "nearly all of it passes once the pace is found";
    EXPECT_LT(refused, 60);
    EXPECT_GT(pace.per_second(), 0.5);
    EXPECT_LT(pace.per_second(), 1.5);
    EXPECT_EQ(pace.window(), static_cast<int>(pace.per_second() > 1 ? 2 : 1))
        << "no more on their way than pass in a second";
    EXPECT_TRUE(pace.trouble().contains("throttled")) << pace.trouble();
    EXPECT_EQ(metrics.throttled.load(), static_cast<std::uint64_t>(refused));
    EXPECT_DOUBLE_EQ(metrics.pace.load(), pace.per_second());
}

TEST(smpp_pace, is_no_limit_again_when_everything_passes) {
    smpp_pace pace(0, 10, nullptr);
    auto now = smpp_pace::clock::now();
    pace.throttled(now, now);
    for (int i = 0; i < 5'000 && pace.per_second() > 0; ++i) pace.accepted(now += 10ms);
    EXPECT_EQ(pace.per_second(), 0);
    EXPECT_EQ(pace.window(), 10);
    EXPECT_EQ(pace.trouble(), "");
}

TEST(smpp_pace, many_that_are_refused_together_make_it_fall_once) {
    smpp_pace pace(0, 10, nullptr);
    const auto sent = smpp_pace::clock::now();
    pace.throttled(sent, sent + 1ms);
    const auto after_one = pace.per_second();
    for (int i = 0; i < 9; ++i) pace.throttled(sent, sent + 2ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), after_one);
    pace.throttled(sent + 5ms, sent + 6ms);
    EXPECT_LT(pace.per_second(), after_one);
}

TEST(smpp_pace, keeps_to_the_configured_ceiling_and_never_stops_asking) {
    smpp_pace pace(50, 10, nullptr);
    EXPECT_DOUBLE_EQ(pace.per_second(), 50);
    EXPECT_EQ(pace.trouble(), "") << "our own limit is no trouble";
    auto now = smpp_pace::clock::now();
    for (int i = 0; i < 100; ++i) {
        now += 1s;
        pace.throttled(now, now);
    }
    EXPECT_GE(pace.per_second(), 0.1);
    for (int i = 0; i < 5'000; ++i) pace.accepted(now += 20ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), 50);
}

TEST(smpp_pace, falls_gently_when_an_smsc_of_smpp_5_says_that_it_is_nearly_congested) {
    smpp_pace pace(100, 10, nullptr);
    auto now = smpp_pace::clock::now();
    pace.congestion(50, now);
    EXPECT_DOUBLE_EQ(pace.per_second(), 100);
    pace.congestion(95, now += 2s);
    EXPECT_DOUBLE_EQ(pace.per_second(), 90);
    pace.congestion(95, now += 1ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), 90) << "one step a second";
    pace.congestion(100, now += 2s);
    EXPECT_DOUBLE_EQ(pace.per_second(), 63);
    EXPECT_TRUE(pace.trouble().contains("congested"));
    for (int i = 0; i < 100; ++i) pace.accepted(now += 1ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), 63) << "no faster while it is congested";
    pace.congestion(30, now += 2s);
    for (int i = 0; i < 1'000; ++i) pace.accepted(now += 1ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), 100);
}

TEST(smpp_pace, congestion_that_is_said_once_and_not_again_is_forgotten) {
    port::sms_metrics metrics;
    smpp_pace pace(100, 10, &metrics);
    auto now = smpp_pace::clock::now();
    pace.congestion(95, now);
    EXPECT_DOUBLE_EQ(pace.per_second(), 90);
    for (int i = 0; i < 100; ++i) pace.accepted(now += 100ms);  // without the parameter
    EXPECT_DOUBLE_EQ(pace.per_second(), 90) << "it was said seconds ago";
    for (int i = 0; i < 1'000; ++i) pace.accepted(now += 100ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), 100);
    EXPECT_EQ(pace.trouble(), "");
    EXPECT_EQ(metrics.congestion.load(), -1);

    pace.congestion(95, now += 1s);
    pace.bound_anew();
    EXPECT_EQ(metrics.congestion.load(), -1);
    EXPECT_TRUE(pace.trouble().contains("congested")) << "why it is slow, still";
    for (int i = 0; i < 100; ++i) pace.accepted(now += 10ms);
    EXPECT_DOUBLE_EQ(pace.per_second(), 100);
}

TEST(smpp_pace, a_turn_comes_in_its_time_or_not_at_all) {
    smpp_pace pace(20, 10, nullptr);
    const auto start = smpp_pace::clock::now();
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(pace.wait_turn(start + 10s));
    EXPECT_GE(smpp_pace::clock::now() - start, 90ms);
    smpp_pace slow(1, 10, nullptr);
    EXPECT_TRUE(slow.wait_turn(smpp_pace::clock::now()));
    EXPECT_FALSE(slow.wait_turn(smpp_pace::clock::now() + 5ms));
    slow.stop();
    EXPECT_FALSE(slow.wait_turn(smpp_pace::clock::now() + 10s));
}

}  // namespace
}  // namespace keepline::link
