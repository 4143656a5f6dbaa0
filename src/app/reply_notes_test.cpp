// Which lines a phone was told of, beyond the process.
#include "app/reply_notes.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

using base::label;
using route = port::reply_routes::route;

route to(int n) {
    return {base::msisdn::trusted("+86138001380" + std::to_string(10 + n)), label::trusted("c1"),
            label::trusted("sb-1")};
}

struct noted : testing::Test {
    static base::result<engine::view_ptr> view(std::string number) {
        auto one = std::make_shared<engine::stream_view>();
        one->public_id = "ln_" + number.substr(1);
        one->key = {port::stream_kind::number, std::move(number)};
        return one;
    }
    port::fake_notebook notes;
    port::secrets secrets{base::digest{1}};
    reply_notes kept{{&notes, &secrets, [](const port::stream_key& key) { return view(key.key); },
                      [](std::string_view id) { return view("+" + std::string(id.substr(3))); }}};
};

TEST_F(noted, every_line_is_remembered_the_last_one_first_and_none_pushes_another_out) {
    ASSERT_TRUE(kept.keep({{"+8613900139000", {to(2), to(1)}}}));
    EXPECT_EQ(kept.find("+8613900139000"), (std::vector{to(2), to(1)}));
    ASSERT_TRUE(kept.keep({{"+8613900139000", {to(3)}}}));  // of the next process, which knows of one only
    ASSERT_TRUE(kept.keep({{"+8613900139000", {to(1)}}}));
    EXPECT_EQ(kept.find("+8613900139000"), (std::vector{to(1), to(3), to(2)}));
    EXPECT_TRUE(kept.find("+8613900139001").empty());
}

}  // namespace
}  // namespace keepline::app
