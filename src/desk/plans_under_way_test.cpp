// Plans that are being made count before any list knows of them.
#include "desk/plans_under_way.hpp"

#include "base/error.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using others = std::map<std::string, domain::actor>;

const domain::actor clerk{domain::role::agent, base::label::trusted("clerk")};

/// At most so many at once.
auto fewer_than(std::size_t most) {
    return [most](const others& under_way) -> result<void> {
        if (under_way.size() < most) return {};
        return base::refuse(base::code::too_many, "First some of them.");
    };
}

TEST(plans_under_way, one_that_was_let_through_counts_for_the_next) {
    plans_under_way plans;
    const auto first = plans.take("pl-1", clerk, fewer_than(1)).value();
    const auto second = plans.take("pl-2", clerk, fewer_than(1));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().what, base::code::too_many);
    (void)plans.take("pl-3", clerk, [](const others& under_way) -> result<void> {
        EXPECT_EQ(under_way.size(), 1U) << "who was refused has no place";
        EXPECT_EQ(under_way.at("pl-1"), clerk);
        return {};
    });
}

TEST(plans_under_way, a_place_is_given_back_with_the_last_copy_of_it) {
    plans_under_way plans;
    auto place = plans.take("pl-1", clerk, fewer_than(1)).value();
    auto copy = place;
    place.reset();
    EXPECT_FALSE(plans.take("pl-2", clerk, fewer_than(1)));
    copy.reset();
    EXPECT_TRUE(plans.take("pl-2", clerk, fewer_than(1)));
}

// Fails when the check is asked before the lock is taken.
TEST(plans_under_way, of_many_that_come_at_once_as_many_as_may_are_let_through) {
    plans_under_way plans;
    std::mutex mutex;
    std::vector<std::shared_ptr<void>> places;
    std::vector<std::thread> callers;
    for (int n = 0; n < 16; ++n)
        callers.emplace_back([&, n] {
            auto place = plans.take("pl-" + std::to_string(n), clerk, [](const others& under_way) {
                std::this_thread::yield();
                return fewer_than(8)(under_way);
            });
            const std::scoped_lock held(mutex);
            if (place) places.push_back(std::move(*place));
        });
    for (auto& one : callers) one.join();
    EXPECT_EQ(places.size(), 8U);
}

}  // namespace
}  // namespace keepline::desk
