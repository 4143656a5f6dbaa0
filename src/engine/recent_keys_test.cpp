#include "engine/recent_keys.hpp"

#include <gtest/gtest.h>

namespace keepline::engine {
namespace {

constexpr auto day = base::hours{24};
const instant start{1'772'000'000'000};

idempotency key_number(std::uint8_t n, std::uint8_t request = 0) {
    idempotency out;
    out.key.fill(9);
    out.key.back() = n;  // alike in all but the last byte
    out.fingerprint.front() = request;
    return out;
}

TEST(recent_keys, a_key_is_found_with_its_version_until_its_day_is_over) {
    const auto memory = with_key("", key_number(1), 70'000, start, day, 32);
    EXPECT_EQ(memory.size(), 1 + 36);
    const auto found = find_key(memory, key_number(1), start + base::hours{23}, day);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->version, 70'000);
    EXPECT_TRUE(found->same_request);
    EXPECT_FALSE(find_key(memory, key_number(2), start, day));
    EXPECT_FALSE(find_key(memory, key_number(1), start + base::hours{25}, day));
}

TEST(recent_keys, the_same_key_with_another_request_is_told_apart) {
    const auto memory = with_key("", key_number(1, 5), 3, start, day, 32);
    EXPECT_FALSE(find_key(memory, key_number(1, 6), start, day)->same_request);
}

TEST(recent_keys, only_the_newest_are_kept_and_the_old_ones_fall_out) {
    std::string memory;
    for (std::uint8_t n = 0; n < 40; ++n) memory = with_key(memory, key_number(n), n + 1, start, day, 32);
    EXPECT_EQ(memory.size(), 1 + 32 * 36);
    EXPECT_FALSE(find_key(memory, key_number(7), start, day));
    EXPECT_EQ(find_key(memory, key_number(8), start, day)->version, 9);
    memory = with_key(memory, key_number(200), 99, start + base::hours{25}, day, 32);
    EXPECT_EQ(memory.size(), 1 + 36) << "what is older than a day takes no room";
}

// Fails when an upgrade forgets what was answered on the day before it.
TEST(recent_keys, what_a_store_of_before_remembers_in_base64url_is_still_known) {
    std::string memory;
    for (std::uint8_t n = 1; n <= 3; ++n) memory = with_key(memory, key_number(n), n, start, day, 32);
    const auto before = base::base64url(base::view(memory).subspan(1));
    EXPECT_EQ(before.size(), 3 * 48);
    for (std::uint8_t n = 1; n <= 3; ++n) EXPECT_EQ(find_key(before, key_number(n), start, day)->version, n);
    EXPECT_FALSE(find_key(before, key_number(4), start, day));
    EXPECT_EQ(with_key(before, key_number(4), 4, start, day, 32), with_key(memory, key_number(4), 4, start, day, 32));
    EXPECT_EQ(with_key("\x7fgarbage", key_number(1), 1, start, day, 32).size(), 1 + 36);
}

}  // namespace
TEST(recent_keys, nobody_takes_anothers_places) {
    const auto clerk = mark_of({domain::role::agent, base::label::trusted("clerk")});
    const auto owner = mark_of({domain::role::subscriber, base::label::trusted("clerk")});
    EXPECT_NE(clerk, owner);
    std::string memory;
    for (std::uint8_t n = 0; n < 4; ++n) memory = with_key(memory, key_number(n, 7), n + 1, start, day, 32, clerk);
    EXPECT_EQ(find_key(memory, key_number(2, 7), start, day)->version, 3U);
    EXPECT_TRUE(find_key(memory, key_number(2, 7), start, day)->same_request);
    EXPECT_FALSE(no_place_until(memory, clerk, start, day, 5));
    EXPECT_EQ(no_place_until(memory, clerk, start, day, 4)->ms / 1000, (start + day).ms / 1000);
    EXPECT_FALSE(no_place_until(memory, owner, start, day, 1));
    EXPECT_FALSE(no_place_until(memory, clerk, start + day + base::seconds{1}, day, 4));
}

TEST(recent_keys, a_full_memory_says_when_there_is_room_again) {
    std::string memory;
    for (std::uint8_t n = 0; n < 4; ++n) memory = with_key(memory, key_number(n), n + 1, start, day, 4);
    EXPECT_FALSE(no_room_until(memory, start, day, 5));
    ASSERT_TRUE(no_room_until(memory, start, day, 4));
    EXPECT_EQ(no_room_until(memory, start, day, 4)->ms / 1000, (start + day).ms / 1000);
    EXPECT_FALSE(no_room_until(memory, start + day + base::seconds{1}, day, 4)) << "the old ones are past the promise";
}

TEST(recent_keys, a_day_is_over_to_the_second) {
    const auto memory = with_key("", key_number(1), 0x01020304, start, day, 32, 77);
    const auto last = start + day - base::seconds{1};
    EXPECT_EQ(find_key(memory, key_number(1), last, day)->version, 0x01020304U);
    EXPECT_FALSE(find_key(memory, key_number(1), start + day, day));
    EXPECT_TRUE(no_room_until(memory, last, day, 1));
    EXPECT_FALSE(no_room_until(memory, start + day, day, 1));
    EXPECT_TRUE(no_place_until(memory, 77, last, day, 1));
    EXPECT_FALSE(no_place_until(memory, 77, start + day, day, 1));
    EXPECT_FALSE(no_place_until(memory, 78, last, day, 1));
    EXPECT_EQ(with_key(memory, key_number(2), 1, last, day, 32).size(), 1U + 2 * 36);
    EXPECT_EQ(with_key(memory, key_number(2), 1, start + day, day, 32).size(), 1U + 36);
}

TEST(recent_keys, each_byte_of_a_key_and_of_its_request_counts) {
    auto one = key_number(1);
    const auto memory = with_key("", one, 5, start, day, 32);
    for (std::size_t i = 0; i < one.key.size(); ++i) {
        auto other = one;
        other.key[i] ^= 1;
        EXPECT_FALSE(find_key(memory, other, start, day)) << i;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        auto other = one;
        other.fingerprint[i] ^= 1;
        EXPECT_FALSE(find_key(memory, other, start, day)->same_request) << i;
    }
    EXPECT_FALSE(find_key(memory.substr(0, memory.size() - 1), one, start, day)) << "a record that was cut off";
}

}  // namespace keepline::engine
