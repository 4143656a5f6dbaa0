#include "link/call_back_connector.hpp"

#include "base/json.hpp"
#include "port/person.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using base::code;
using domain::call_back_end;
using domain::label;
using port::call_back_heard;

struct scripted_calls final : port::call_backs {
    base::result<call_back_heard> call(const port::call_back_wish& what) override {
        seen.push_back(what);
        return answer;
    }
    void close() override {}
    std::vector<port::call_back_wish> seen;
    base::result<call_back_heard> answer = call_back_heard::confirmed;
};

class call_back_connector : public testing::Test {
 protected:
    call_back_connector() {
        put("+8613900139000");
        board->set(calls);
    }
    void put(const char* number) {
        port::person person;
        person.contacts = {{label::trusted("c1"), domain::medium::sms, number}};
        (void)vault.seal("sb-1", port::person_kind, base::to_json(person));
    }
    call_back_parts parts() {
        message_limits limits;
        limits.line = {2, 2};
        return {.vault = &vault,
                .secrets = &secrets,
                .clock = &clock,
                .budget = std::make_shared<message_budget>(limits, base::digest{7}, nullptr),
                .calls = board,
                .phones = {{"+861"}, {}}};
    }
    port::outbound wish(const char* key = "k-1") {
        port::outbound out;
        out.key = key;
        out.number = base::msisdn::trusted("+8613800138000");
        out.line_id = "ln_1";
        out.language = "en";
        out.what = domain::call_back{
            label::trusted("sb-1"), label::trusted("c1"), 1, 1, "nonce-1", clock.now() + domain::call_back_within};
        return out;
    }
    static call_back_end end_in(const base::result<port::delivered>& done) {
        return port::number_answer<domain::hear_call_back>(*done).end;
    }

    port::fake_vault vault;
    port::secrets secrets{base::digest{1, 2, 3}};
    port::fake_clock clock{base::instant{1'795'000'000'000}};
    std::shared_ptr<scripted_calls> calls = std::make_shared<scripted_calls>();
    std::shared_ptr<port::call_back_switch> board = std::make_shared<port::call_back_switch>();
    std::unique_ptr<port::connector> voice = make_call_back_connector(parts());
};

TEST_F(call_back_connector, calls_the_phone_on_file_and_asks_for_what_the_applicant_was_told) {
    EXPECT_EQ(end_in(voice->deliver(wish())), call_back_end::confirmed);
    ASSERT_EQ(calls->seen.size(), 1U);
    EXPECT_EQ(calls->seen[0].number, "+8613900139000");
    EXPECT_EQ(calls->seen[0].number_tail, "8000");
    EXPECT_EQ(calls->seen[0].code, secrets.call_code(port::call_back_scope("ln_1", 1), "nonce-1"));
    EXPECT_EQ(calls->seen[0].code.size(), 4U);
}

TEST_F(call_back_connector, calls_nobody_abroad_or_at_a_price) {
    for (const char* number : {"+4479001234567", "+88213900139000", "+97900000001", "+86400123456"}) {
        put(number);
        EXPECT_EQ(end_in(voice->deliver(wish())), call_back_end::nobody) << number;
    }
    EXPECT_TRUE(calls->seen.empty());
}

TEST_F(call_back_connector, calls_a_line_only_so_often) {
    EXPECT_TRUE(voice->deliver(wish("k-1")));
    EXPECT_TRUE(voice->deliver(wish("k-2")));
    EXPECT_EQ(voice->deliver(wish("k-3")).error().what, code::over_budget);
    EXPECT_EQ(calls->seen.size(), 2U);
}

TEST_F(call_back_connector, rings_three_times_two_minutes_apart_and_then_nobody_is_there) {
    auto with = parts();
    with.budget.reset();
    const auto patient = make_call_back_connector(std::move(with));
    calls->answer = call_back_heard::unreached;
    for (std::size_t n = 1; n < 3; ++n) {
        const auto told = patient->deliver(wish());
        ASSERT_FALSE(told);
        EXPECT_EQ(told.error().what, code::over_budget);
        EXPECT_EQ(*port::said(told.error(), port::again_in_ms), "120000");
        EXPECT_EQ(calls->seen.size(), n);
        clock.advance(base::minutes{2});
    }
    EXPECT_EQ(end_in(patient->deliver(wish())), call_back_end::nobody);
    EXPECT_EQ(calls->seen.size(), 3U);
}

TEST_F(call_back_connector, takes_no_place_for_a_call_that_was_never_made) {
    calls->answer = std::unexpected(base::error{code::peer_unreachable, "no trunk", {}});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(voice->deliver(wish()).error().what, code::peer_unreachable);
    calls->answer = call_back_heard::confirmed;
    EXPECT_EQ(end_in(voice->deliver(wish())), call_back_end::confirmed);
}

TEST_F(call_back_connector, says_that_nobody_is_there_when_time_is_over_and_calls_no_more) {
    auto late = wish();
    calls->answer = call_back_heard::unreached;
    EXPECT_EQ(voice->deliver(late).error().what, code::over_budget);
    EXPECT_EQ(voice->deliver(late).error().what, code::over_budget) << "not at once";
    EXPECT_EQ(calls->seen.size(), 1U);
    clock.advance(base::hours{2});
    EXPECT_EQ(end_in(voice->deliver(late)), call_back_end::nobody);
    EXPECT_EQ(calls->seen.size(), 1U);
}

TEST_F(call_back_connector, waits_for_the_hotline_and_says_so_where_there_is_none) {
    board->set(nullptr);
    EXPECT_EQ(voice->deliver(wish()).error().what, code::peer_unreachable);
    auto without = parts();
    without.phones = {};
    EXPECT_EQ(make_call_back_connector(std::move(without))->deliver(wish()).error().what, code::peer_refused);
}

}  // namespace
}  // namespace keepline::link
