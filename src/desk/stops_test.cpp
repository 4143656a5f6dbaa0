#include "desk/stops.hpp"

#include "engine/engine.hpp"
#include "port/log.hpp"

#include <functional>

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

/// What the engine would answer, and what it was asked.
struct journal_of_notes {
    std::vector<domain::let_go_on> heard;
    std::function<result<void>(const domain::let_go_on&)> says = [](const domain::let_go_on&) -> result<void> {
        return {};
    };
    journal_door door() {
        return {{}, [this](engine::submission what, const engine::reply& to) {
                    const auto& one = std::get<domain::let_go_on>(std::get<domain::credential_command>(what.what));
                    if (const auto done = says(one); !done) return to(std::unexpected(done.error()));
                    heard.push_back(one);
                    to(engine::answer{});
                }};
    }
};

TEST_F(stops_test, a_note_that_cannot_be_read_is_said_and_kept_and_the_others_go_on) {
    journal_of_notes journal;
    stops it(journal.door(), notes, log, {});
    // As a command line of before left them: it looked at no words.
    const auto written = [](const char* detail, const std::string& reason, std::int64_t at) {
        return base::to_json(domain::let_go_on{domain::stop_kind::keys, detail, reason, {at}});
    };
    const auto good = written("rotate signing", "the yearly one", 5);
    auto latin = written("rotate anchor", "GrXXe", 6);
    latin.replace(latin.find("XX"), 2, "\xfc\xdf");
    const auto long_one = written("rotate secret", std::string(100'000, 'a'), 7);
    for (const auto& bad : {std::string("7"), std::string("null"), std::string(R"({"what":"nothing"})")}) {
        journal.heard.clear();
        ASSERT_TRUE(notes.write(
            {{std::string(noted_stops_note), "[" + latin + "," + bad + "," + long_one + "," + good + "]"}}));
        ASSERT_TRUE(stops::note(notes, {domain::stop_kind::keys, "rotate master", "", {8}})) << "no poison";
        it.take_up_keys();
        ASSERT_EQ(journal.heard.size(), 5U);
        EXPECT_TRUE(journal.heard[0].detail.contains("cannot be read"));
        EXPECT_EQ(journal.heard[1].detail, "rotate anchor")
            << "what it says is said, but for the letters that are none";
        EXPECT_EQ(journal.heard[2].reason.size(), 200U);
        EXPECT_EQ(journal.heard[3].reason, "the yearly one");
        EXPECT_EQ(journal.heard[4].detail, "rotate master");
        EXPECT_FALSE(notes.read(noted_stops_note)->has_value());
        EXPECT_TRUE(notes.read(set_aside_note)->has_value());
    }
    ASSERT_TRUE(notes.write({{std::string(noted_stops_note), "no list at all"}}));
    EXPECT_TRUE(stops::note(notes, {domain::stop_kind::keys, "rotate master", "", {9}}));
    journal.heard.clear();
    it.take_up_noted();
    EXPECT_EQ(journal.heard.size(), 2U);
}

TEST_F(stops_test, a_note_that_the_journal_refuses_for_good_stops_none_behind_it) {
    journal_of_notes journal;
    stops it(journal.door(), notes, log, {});
    for (const auto* detail : {"one", "two"})
        ASSERT_TRUE(stops::note(notes, {domain::stop_kind::keys, detail, "", {}}));
    journal.says = [](const domain::let_go_on& one) -> result<void> {
        if (one.detail == "one") return base::refuse(base::code::invalid, "never");
        return {};
    };
    it.take_up_noted();
    ASSERT_EQ(journal.heard.size(), 2U);
    EXPECT_TRUE(journal.heard[0].detail.contains("cannot be read"));
    EXPECT_EQ(journal.heard[1].detail, "two");

    ASSERT_TRUE(stops::note(notes, {domain::stop_kind::keys, "three", "", {}}));
    journal.says = [](const domain::let_go_on&) -> result<void> {
        return base::refuse(base::code::overloaded, "later");
    };
    it.take_up_noted();
    EXPECT_TRUE(notes.read(noted_stops_note)->has_value()) << "tried again";
}

TEST_F(stops_test, nothing_is_noted_that_the_journal_would_not_take) {
    using domain::stop_kind;
    EXPECT_FALSE(stops::note(notes, {stop_kind::keys, "rotate", "Gr\xfc\xdf aus der Nacht", {}}));
    EXPECT_FALSE(stops::note(notes, {stop_kind::keys, "rotate", std::string(100'000, 'a'), {}}));
    EXPECT_FALSE(stops::note(notes, {stop_kind::tokens, std::string(300, 'a'), "", {}}));
    EXPECT_FALSE(stops::note(notes, {stop_kind::tokens, "\xfc\xdf", "", {}}));
    EXPECT_FALSE(notes.read(noted_stops_note)->has_value());
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
