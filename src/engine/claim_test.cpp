// Claims among real streams: what the holder's own line has committed decides, and the line hears who tried.
#include "engine/engine_world.hpp"

#include <gtest/gtest.h>

namespace keepline::engine {
namespace {

using namespace testing;

constexpr const char* iccid = "8986001234567890123";  // of every line that order() makes
const std::string identifier = std::string("iccid:") + iccid;
const port::stream_key claim_key{port::stream_kind::claim, identifier};

std::string holder(int n) { return number_text(n) + "/1"; }

submission reserve(const world& w, int n) {
    auto out = command_for(claim_key, domain::claim_command(domain::reserve_claim{
                                          identifier, holder(n), w.clock.now() + domain::claim_usable_for}));
    out.must_exist = false;
    return out;
}
domain::claim_state claim_of(engine& e) { return e.read(claim_key).value()->claim(); }

TEST(claims_of_lines, another_is_turned_away_while_the_line_has_it_and_the_line_hears_of_it) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(reserve(w, 1)));
    ASSERT_TRUE(e->submit_wait(order(1)));
    w.clock.advance(base::days{1});  // the reservation is long over: what was taken up is kept all the same
    ASSERT_TRUE(e->submit_wait(reserve(w, 2)));
    ASSERT_TRUE(eventually([&] { return claim_of(*e).wanted_by.empty(); }));
    EXPECT_EQ(claim_of(*e).holder, holder(1));
    EXPECT_TRUE(eventually([&] {
        const auto line = e->read(number_key(1)).value();
        const auto entries = e->history(*line, 1, 100).value();
        return std::ranges::any_of(entries, [](const port::entry& one) {
            return one.events.find("identifier_contested") != std::string::npos;
        });
    }));
    const auto found = verify(w.journal);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->first_mismatch, "");
}

TEST(claims_of_lines, a_reservation_that_was_never_used_is_free_for_another_once_it_is_over) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(reserve(w, 1)));
    ASSERT_TRUE(e->submit_wait(reserve(w, 2)));
    ASSERT_TRUE(eventually([&] { return claim_of(*e).wanted_by.empty(); }));
    EXPECT_EQ(claim_of(*e).holder, holder(1)) << "its command may still come";
    w.clock.advance(domain::claim_usable_for + domain::claim_clocks_differ);
    ASSERT_TRUE(e->submit_wait(reserve(w, 2)));
    ASSERT_TRUE(eventually([&] { return claim_of(*e).holder.empty(); }));
    ASSERT_TRUE(e->submit_wait(reserve(w, 2)));
    EXPECT_EQ(claim_of(*e).holder, holder(2));
    auto late = order(1);
    late.reserved = domain::reservation{1, w.clock.now()};
    EXPECT_EQ(e->submit_wait(late).error().what, base::code::identifier_unreserved);
}

TEST(claims_of_lines, a_profile_from_the_stock_is_claimed_for_its_line_first) {
    world w;
    const auto e = w.run();
    for (const int n : {1, 2}) {
        auto provide = command_for(
            {port::stream_kind::esim, "898600123456789012" + std::to_string(n)},
            domain::esim_command(domain::provide_esim{base::iccid::trusted("898600123456789012" + std::to_string(n)),
                                                      base::imsi::trusted("46001000000000" + std::to_string(n)),
                                                      "standard",
                                                      {},
                                                      true,
                                                      false}));
        provide.must_exist = false;
        ASSERT_TRUE(e->submit_wait(provide));
    }
    // An agent has put one of them on his own line by hand.
    const std::string taken = "iccid:8986001234567890121";
    auto by_hand = command_for(
        {port::stream_kind::claim, taken},
        domain::claim_command(domain::reserve_claim{taken, holder(9), w.clock.now() + domain::claim_usable_for}));
    by_hand.must_exist = false;
    ASSERT_TRUE(e->submit_wait(by_hand));
    auto wanting = order(1);
    auto& what = std::get<domain::order_line>(std::get<domain::number_command>(wanting.what));
    what.profiles.clear();
    what.profile_type = "standard";
    what.download.matching_id = "MID-1";
    ASSERT_TRUE(e->submit_wait(wanting));
    ASSERT_TRUE(eventually([&] { return e->read(number_key(1)).value()->number().profiles.size() == 1; }));
    EXPECT_EQ(e->read(number_key(1)).value()->number().profiles.front().iccid.text(), "8986001234567890122");
    EXPECT_EQ(e->read({port::stream_kind::claim, "iccid:8986001234567890122"}).value()->claim().holder, holder(1));
}

TEST(claims_of_lines, every_profile_that_others_hold_is_passed_over_in_one_go) {
    world w;
    const auto e = w.run();
    constexpr int many = 4;
    for (int n = 1; n <= many; ++n) {
        const auto of_stock = base::iccid::trusted("898600123456789012" + std::to_string(n));
        const auto imsi = base::imsi::trusted("46001000000000" + std::to_string(n));
        auto provide =
            command_for({port::stream_kind::esim, of_stock.text()},
                        domain::esim_command(domain::provide_esim{of_stock, imsi, "standard", {}, true, false}));
        provide.must_exist = false;
        ASSERT_TRUE(e->submit_wait(provide));
    }
    port::stream_filter in_stock;
    in_stock.kind = port::stream_kind::esim;
    const auto stock = e->list(in_stock, "", many).value().streams;
    for (int i = 0; i + 1 < many; ++i) {
        const auto taken = "iccid:" + stock[static_cast<std::size_t>(i)].key.key;
        auto by_hand = command_for(
            {port::stream_kind::claim, taken},
            domain::claim_command(domain::reserve_claim{taken, holder(9), w.clock.now() + domain::claim_usable_for}));
        by_hand.must_exist = false;
        ASSERT_TRUE(e->submit_wait(by_hand));
    }
    auto wanting = order(1);
    auto& what = std::get<domain::order_line>(std::get<domain::number_command>(wanting.what));
    what.profiles.clear();
    what.profile_type = "standard";
    what.download.matching_id = "MID-1";
    ASSERT_TRUE(e->submit_wait(wanting));
    // The clock stands still: what went to the retry table would never come.
    ASSERT_TRUE(eventually([&] { return e->read(number_key(1)).value()->number().profiles.size() == 1; }));
    EXPECT_EQ(e->read(number_key(1)).value()->number().profiles.front().iccid.text(), stock[many - 1].key.key);
}

}  // namespace
}  // namespace keepline::engine
