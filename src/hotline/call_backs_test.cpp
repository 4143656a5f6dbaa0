// One call back, from the wish to what came of it, over a user agent that does what a test says.
#include "hotline/call_backs.hpp"

#include "desk/fake_door.hpp"
#include "hotline/test_dialogue.hpp"

#include <deque>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace keepline::hotline {
namespace {

using port::call_back_heard;
using port::call_end;

/// Everything is heard at once, and nobody waits.
class instant_line final : public port::call_line {
 public:
    void play(std::vector<port::call_sound>, std::uint64_t number) override {
        run([this, number] { ear->played(number); });
    }
    void stop_playing() override {}
    void transfer(const port::call_transfer&) override {}
    void hang_up() override { hung_up = true; }
    void run(std::function<void()> work) override { posted_.push_back(std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        if (pause < std::chrono::seconds{1}) run(std::move(work));
    }
    void settle() {
        while (!posted_.empty() && !hung_up) {
            const auto work = std::move(posted_.front());
            posted_.pop_front();
            work();
        }
    }
    std::unique_ptr<port::call_ear> ear;
    bool hung_up = false;

 private:
    std::deque<std::function<void()>> posted_;
};

/// Nothing: the phone is not answered, and the call ends so.
struct agent_in_a_test final : port::call_maker {
    void call(const std::string& number, std::chrono::seconds, port::call_ears with) override {
        called = number;
        if (drops) return;
        auto line = std::make_shared<instant_line>();
        line->ear = with(line, {"call-1", number, number, "trunk", true});
        if (answered) line->ear->answered();
        line->settle();
        for (const char key : keys) {
            if (line->hung_up) break;
            line->ear->key(key);
            line->settle();
        }
        const auto last = std::move(line->ear);
        last->gone(ends);
    }
    bool drops = false;
    bool answered = true;
    std::string keys;
    call_end ends = call_end::by_caller;
    std::string called;
};

struct called_back : desk::at_the_door::front_door {
    base::result<call_back_heard> heard() { return calls->call({"+8613900139000", "en", "8000", "1234", "test-1"}); }
    base::result<call_back_heard> heard(std::string keys) {
        agent.keys = std::move(keys);
        return heard();
    }
    base::result<call_back_heard> unanswered(call_end ends) {
        agent.answered = false;
        agent.ends = ends;
        return heard();
    }
    hotline_settings settings{{"en"}, "sip:agents@pbx.example", {"86", "cn"}};
    switchboard board{at, shipped_dialogue(), loaded_takes(), settings};
    agent_in_a_test agent;
    std::shared_ptr<port::call_backs> calls = make_call_backs(board, agent, {});
};

TEST(call_backs, are_what_is_keyed_in_where_it_rings) {
    called_back of;
    EXPECT_EQ(of.heard("11234"), call_back_heard::confirmed);
    EXPECT_EQ(of.agent.called, "+8613900139000");
    EXPECT_EQ(of.heard("14321"
                       "11234"),
              call_back_heard::confirmed)
        << "a slip is mended";
    EXPECT_EQ(of.heard("14321"
                       "14321"
                       "14321"),
              call_back_heard::wrong);
    EXPECT_EQ(of.heard("14321"), call_back_heard::wrong) << "and then nothing";
    EXPECT_EQ(of.heard("2"), call_back_heard::repudiated);
    EXPECT_EQ(of.heard(""), call_back_heard::nothing) << "a mailbox presses no key";
}

TEST(call_backs, tell_a_phone_that_rings_for_nobody_from_a_call_that_was_never_made) {
    called_back of;
    EXPECT_EQ(of.unanswered(call_end::lost), call_back_heard::unreached);
    for (const auto ours : {call_end::not_made, call_end::shut_down}) {
        const auto told = of.unanswered(ours);
        ASSERT_FALSE(told);
        EXPECT_EQ(told.error().what, base::code::peer_unreachable) << "our trouble is nobody's absence";
    }
    of.agent.drops = true;
    EXPECT_EQ(of.heard().error().what, base::code::peer_unreachable);
}

TEST(call_backs, begin_none_when_they_are_closed) {
    called_back of;
    of.calls->close();
    EXPECT_EQ(of.heard().error().what, base::code::peer_unreachable);
    EXPECT_EQ(of.agent.called, "");
}

}  // namespace
}  // namespace keepline::hotline
