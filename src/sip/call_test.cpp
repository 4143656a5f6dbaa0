#include "sip/call.hpp"

#include <future>

#include <gtest/gtest.h>

namespace keepline::sip {
namespace {

class deaf_signalling final : public signalling {
 public:
    void hang_up(std::uint64_t) override {}
    void transfer(std::uint64_t, const port::call_transfer&) override {}
};

/// Speaks at once, as it may: whether it is heard is not its business.
class speaking_ear final : public port::call_ear {
 public:
    speaking_ear(const std::shared_ptr<port::call_line>& line, std::promise<port::call_end>& ended) : ended_(ended) {
        line->play({}, 1);
        line->stop_playing();
    }
    void answered() override {}
    void key(char) override {}
    void played(std::uint64_t) override {}
    void transfer_failed() override {}
    void gone(port::call_end why) override { ended_.set_value(why); }

 private:
    std::promise<port::call_end>& ended_;
};

TEST(call, for_which_no_port_was_free_speaks_to_nobody_and_ends_as_others_do) {
    const auto threads = std::make_shared<talk_threads>(1);
    std::promise<port::call_end> ended;
    const auto of = std::make_shared<call>(1, port::call_facts{"call-1", "", "10099", "trunk", true},
                                           std::make_shared<deaf_signalling>(), threads);
    of->ask([&](std::shared_ptr<port::call_line> line,
                const port::call_facts&) { return std::make_unique<speaking_ear>(line, ended); },
            [](bool yes) { EXPECT_TRUE(yes); });
    of->over(port::call_end::lost);
    EXPECT_EQ(ended.get_future().get(), port::call_end::lost);
    threads->stop();
}

}  // namespace
}  // namespace keepline::sip
