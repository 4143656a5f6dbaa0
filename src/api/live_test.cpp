// The stream of what changes: what it says, to whom, and when it ends.
#include "api/live.hpp"

#include "api/fake_api.hpp"

#include <future>
#include <gmock/gmock.h>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::api {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Short, so that a stream's whole text can be waited for.
live_limits short_lives() {
    live_limits out;
    out.look = std::chrono::milliseconds{10};
    out.beat = std::chrono::milliseconds{60};
    out.life = std::chrono::milliseconds{1500};
    out.rest = std::chrono::milliseconds{10};
    return out;
}

struct api_that_tells : desk::fake_ground, fake_caller {
    explicit api_that_tells(live_limits how = short_lives())
        : fake_caller(door), at(stood_on()), door(at, {}, {}, how) {
        give_tokens();
    }
    /// All that a stream says until it ends.
    std::future<response> follow(std::string_view token, std::string known = {}) {
        auto in = request_of(token, verb::get, "/v1/live");
        in.last_event_id = std::move(known);
        return std::async(std::launch::async, [this, in] { return http::fake_exchange::ask(door, in); });
    }
    void wait_for_streams(std::size_t wanted) {
        for (int i = 0; i < 500 && door.shared().live->count() != wanted; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    /// The id of the last event in it.
    static std::string last_id(const std::string& text) {
        const auto at = text.rfind("\nid: ");
        if (at == std::string::npos) return {};
        return text.substr(at + 5, text.find('\n', at + 5) - at - 5);
    }

    desk::desk at;
    api door;
};

TEST(live, says_which_case_and_which_line_changed_and_nothing_about_a_person) {
    api_that_tells of;
    const auto line = of.import_line();
    auto stream = of.follow("agent");
    of.wait_for_streams(1);
    const auto opened = of.post("agent", "/v1/lines/" + line + "/closures", R"({"reason":"not_needed"})");
    ASSERT_EQ(opened.status, 201) << opened.body;
    const auto told = stream.get();
    EXPECT_EQ(told.status, 200);
    EXPECT_EQ(told.type, "text/event-stream");
    EXPECT_TRUE(told.body.starts_with("event: beat\n")) << told.body;
    EXPECT_THAT(told.body, HasSubstr(R"(data: {"kind":"closure","id":")" + line + R"(-c1","version":)"));
    EXPECT_THAT(told.body, HasSubstr(R"(data: {"kind":"line","id":")" + line + R"(","version":)"));
    for (const auto* secret : {"13800138000", "Wang", "wang@example.org", "89860012345678901238"})
        EXPECT_THAT(told.body, Not(HasSubstr(secret)));
    EXPECT_TRUE(told.body.ends_with("event: over\ndata: renew\n\n")) << told.body;
}

TEST(live, goes_on_where_the_browser_was_and_says_again_where_nobody_knows) {
    api_that_tells of;
    auto first = of.follow("agent");
    of.wait_for_streams(1);
    const auto line = of.import_line();
    const auto known = of.last_id(first.get().body);
    ASSERT_NE(known, "");
    ASSERT_EQ(of.post("agent", "/v1/lines/" + line + "/closures", R"({"reason":"not_needed"})").status, 201);
    EXPECT_THAT(of.follow("agent", known).get().body, HasSubstr(line + "-c1")) << "it happened between two streams";
    const std::vector<std::string> others{"elsewhere.1", "nonsense", known + "9",
                                          known.substr(0, known.find('.')) + ".-1"};
    for (const auto& other : others)
        EXPECT_THAT(of.follow("agent", other).get().body, HasSubstr("event: again")) << other;
}

TEST(live, of_too_much_at_once_only_says_to_look_again) {
    auto how = short_lives();
    how.entries_max = 0;
    api_that_tells of(how);
    auto stream = of.follow("agent");
    of.wait_for_streams(1);
    of.import_line();
    const auto text = stream.get().body;
    EXPECT_THAT(text, HasSubstr("event: again\nid: "));
    EXPECT_THAT(text, Not(HasSubstr("event: changed")));
}

TEST(live, only_administrators_hear_of_tokens) {
    api_that_tells of;
    of.give_token("boss", domain::role::admin, "boss");
    auto agents = of.follow("agent");
    auto admins = of.follow("admin");
    of.wait_for_streams(2);
    const auto made = of.post("boss", "/v1/tokens", R"({"role":"agent","id":"new-agent"})");
    ASSERT_LT(made.status, 300) << made.body;
    EXPECT_THAT(admins.get().body, HasSubstr(R"({"kind":"token","id":"new-agent")"));
    EXPECT_THAT(agents.get().body, Not(HasSubstr("new-agent")));
}

TEST(live, is_for_staff_and_ends_when_the_token_is_revoked) {
    auto how = short_lives();
    how.life = base::minutes{1};
    api_that_tells of(how);
    EXPECT_EQ(of.get("customer", "/v1/live").status, 403);
    EXPECT_EQ(of.get("", "/v1/live").status, 401);
    EXPECT_EQ(of.ask(of.request_of("agent", verb::head, "/v1/live")).status, 405);
    auto stream = of.follow("agent");
    of.wait_for_streams(1);
    ASSERT_TRUE(of.tokens.revoke(false, "agent", of.clock.now()));
    of.clock.advance(desk::doorkeeper::remembered_for + base::seconds{1});
    EXPECT_TRUE(stream.get().body.ends_with("event: over\ndata: ended\n\n"));
    of.wait_for_streams(0);
    EXPECT_EQ(of.door.shared().live->count(), 0U);
}

// Fails when one of the staff has all the streams there are.
TEST(live, a_holder_has_so_many_and_the_oldest_goes) {
    auto how = short_lives();
    how.streams_max_per_holder = 1;
    how.streams_max = 2;
    how.life = base::minutes{1};
    api_that_tells of(how);
    auto first = of.follow("agent");
    of.wait_for_streams(1);
    auto second = of.follow("agent");
    EXPECT_TRUE(first.get().body.ends_with("event: over\ndata: elsewhere\n\n"));
    auto third = of.follow("reviewer");
    of.wait_for_streams(2);
    EXPECT_EQ(of.follow("admin").get().status, 503) << "there are no more";
    of.door.end_streams();
    EXPECT_EQ(second.get().status, 200);
    EXPECT_EQ(third.get().status, 200);
}

TEST(live, what_failed_is_a_list_to_look_at_again) {
    api_that_tells of;
    auto warm = of.follow("agent");  // what there was before is nobody's news
    warm.get();
    of.core.counted.dead_by_destination = {{0, 1}};
    EXPECT_THAT(of.follow("agent").get().body, HasSubstr(R"({"kind":"effect","id":"","version":0})"));
}

TEST(live, all_end_with_the_server) {
    auto how = short_lives();
    how.life = base::minutes{1};
    api_that_tells of(how);
    auto stream = of.follow("agent");
    of.wait_for_streams(1);
    of.door.end_streams();
    EXPECT_TRUE(stream.get().body.ends_with("event: over\ndata: renew\n\n"));
    EXPECT_EQ(of.follow("agent").get().status, 503);
}

}  // namespace
}  // namespace keepline::api
