// What a command would lead to is asked before it is committed: a fault of ours refuses one command and stops nothing.
#include "engine/transition.hpp"

#include "engine/engine_world.hpp"

namespace keepline::engine::testing {
namespace {

struct line_in_memory {
    world w;
    known_stream now;

    explicit line_in_memory(void (*fault)(domain::number_state&)) {
        auto view = std::make_shared<stream_view>();
        view->key = number_key(1);
        view->public_id = "ln_1";
        domain::number_state state;
        state.number = base::msisdn::trusted(number_text(1));
        fault(state);
        view->state = std::move(state);
        now.row.key = view->key;
        now.view = std::move(view);
    }
    result<std::optional<transition>> send(domain::number_command what) {
        const auto sent = number_command(1, std::move(what));
        return apply(now, sent, *w.parts().rules, w.clock.now(), quick(), w.random);
    }
};

TEST(transition, what_cannot_be_is_refused_and_named) {
    line_in_memory sound([](domain::number_state&) {});
    const auto done = sound.send(domain::hear_contest{"imsi:460001000000001", "somebody"});
    ASSERT_TRUE(done && *done);
    EXPECT_EQ((*done)->events.size(), 1U);

    line_in_memory miscounted([](domain::number_state& s) {
        s.generations = 1;  // money for a number that nobody has any more waits
        s.unclaimed_made = -5;
    });
    const auto refused = miscounted.send(domain::add_money{domain::booking_kind::top_up, {100, "CNY"}, "p-1"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, base::code::internal);
    ASSERT_EQ(refused.error().data.size(), 1U);
    EXPECT_EQ(refused.error().data[0].value, "unclaimed money is counted wrong");
}

TEST(transition, what_could_not_be_before_stops_nothing) {
    line_in_memory poor([](domain::number_state& s) { s.books.balances["cash"] = 1; });
    const auto done = poor.send(domain::hear_contest{"imsi:460001000000001", "somebody"});
    ASSERT_TRUE(done && *done);
}

}  // namespace
}  // namespace keepline::engine::testing
