#include "desk/stops.hpp"

#include "engine/engine.hpp"
#include "port/log.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

/// A notebook whose pages can be torn out.
class torn_notebook final : public port::notebook {
 public:
    result<std::optional<std::string>> read(std::string_view name) override {
        if (torn) return base::refuse(base::code::internal, "no such page");
        return whole.read(name);
    }
    result<void> write(const std::vector<note>& notes) override { return whole.write(notes); }
    result<bool> exchange(const std::string& name, const std::string& was, const std::string& now) override {
        return whole.exchange(name, was, now);
    }

    bool torn = false;
    port::fake_notebook whole;
};

struct stops_test : testing::Test {
    torn_notebook notes;
    port::no_log log;
    std::vector<int> carried;
    bool fails = false;
    domain::credential_state console;

    stops made() {
        return stops(journal_door{[this](const port::stream_key& key) -> result<engine::view_ptr> {
                                      auto out = std::make_shared<engine::stream_view>();
                                      out->key = key;
                                      out->state = console;
                                      return out;
                                  },
                                  {}},
                     notes, log, [this](const domain::let_go& one) -> result<std::vector<port::notebook::note>> {
                         if (fails) return base::refuse(base::code::internal, "not now");
                         carried.push_back(one.serial);
                         return std::vector<port::notebook::note>{};
                     });
    }
    void allow(int serial, std::int64_t at_ms) {
        domain::let_go one;
        one.serial = serial;
        one.at = {at_ms};
        console.went_on.push_back(one);
    }
};

TEST_F(stops_test, what_the_journal_allows_is_carried_out_once) {
    allow(1, 1000);
    allow(2, 2000);
    auto it = made();
    it.carry_out();
    it.carry_out();
    EXPECT_EQ(carried, (std::vector{1, 2}));
    allow(3, 3000);
    made().carry_out();  // and after a restart
    EXPECT_EQ(carried, (std::vector{1, 2, 3}));
}

TEST_F(stops_test, a_mark_that_cannot_be_read_lets_nothing_go_again) {
    allow(1, 1000);
    auto it = made();
    it.carry_out();
    notes.torn = true;
    it.carry_out();
    EXPECT_EQ(carried, std::vector{1});
    notes.torn = false;
    ASSERT_TRUE(notes.write({{std::string(stops_done_note), "1x"}}));
    it.carry_out();
    EXPECT_EQ(carried, std::vector{1});
}

TEST_F(stops_test, what_fails_is_tried_again_before_what_comes_after_it) {
    allow(1, 1000);
    allow(2, 2000);
    fails = true;
    auto it = made();
    it.carry_out();
    EXPECT_TRUE(carried.empty());
    fails = false;
    it.carry_out();
    EXPECT_EQ(carried, (std::vector{1, 2}));
}

TEST_F(stops_test, what_was_allowed_before_a_restore_releases_nothing_after_it) {
    allow(1, 1000);
    ASSERT_TRUE(notes.write({{std::string(stops_from_note), "1500"}}));
    allow(2, 2000);
    made().carry_out();
    EXPECT_EQ(carried, std::vector{2});
}

TEST_F(stops_test, no_more_is_noted_beside_a_server_that_stands_than_its_journal_keeps) {
    result<void> noted{};
    int taken = 0;
    for (; taken < 100 && (noted = stops::note(notes, {})); ++taken) {
    }
    EXPECT_LT(taken, 32);
    EXPECT_EQ(noted.error().what, base::code::too_many);
}

}  // namespace
}  // namespace keepline::desk
