#include "sip/call.hpp"

#include <array>
#include <future>
#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

namespace keepline::sip {
namespace {

class deaf_signalling final : public signalling {
 public:
    void hang_up(std::uint64_t) override {}
    void transfer(std::uint64_t, const port::call_transfer&) override {}
    void ear_failed(std::uint64_t call) override { failed.push_back(call); }

    std::vector<std::uint64_t> failed;  // read once the threads have stopped
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

/// Fails at the key 5, and where it is told so at its end as well.
class failing_ear final : public port::call_ear {
 public:
    failing_ear(std::string& heard, bool to_the_end) : heard_(heard), to_the_end_(to_the_end) {}
    void answered() override {}
    void key(char pressed) override {
        heard_ += pressed;
        if (pressed == '5') throw std::runtime_error("no memory");
    }
    void played(std::uint64_t) override {}
    void transfer_failed() override {}
    void gone(port::call_end) override {
        heard_ += '.';
        if (to_the_end_) throw std::bad_alloc();
    }

 private:
    std::string& heard_;
    bool to_the_end_;
};

TEST(call, whose_ear_throws_ends_and_neither_its_thread_nor_the_call_beside_it_does) {
    const auto threads = std::make_shared<talk_threads>(1);
    const auto over = std::make_shared<deaf_signalling>();
    std::array<std::string, 3> heard;
    std::vector<std::shared_ptr<call>> calls;
    for (std::uint64_t i = 0; i < 3; ++i) {
        calls.push_back(
            std::make_shared<call>(i, port::call_facts{"call", "", "10099", "trunk", false}, over, threads));
        calls.back()->ask(
            [&heard, i](std::shared_ptr<port::call_line>, const port::call_facts&) {
                return std::make_unique<failing_ear>(heard[i], i == 1);
            },
            [](bool yes) { EXPECT_TRUE(yes); });
    }
    for (const char key : std::string("4566")) {
        calls[0]->pressed(key_way::event, key);
        calls[1]->pressed(key_way::event, key);
        if (key != '5') calls[2]->pressed(key_way::event, key);
    }
    for (const auto& each : calls) each->over(port::call_end::by_caller);
    threads->stop();
    EXPECT_EQ(heard[0], "45.") << "it hears its end, once, and nothing after it";
    EXPECT_EQ(heard[1], "45.");
    EXPECT_EQ(heard[2], "466.");
    EXPECT_EQ(over->failed, (std::vector<std::uint64_t>{0, 1, 1}));
}

TEST(call, whose_ear_cannot_be_made_is_refused) {
    const auto threads = std::make_shared<talk_threads>(1);
    const auto of = std::make_shared<call>(1, port::call_facts{"call-1", "", "10099", "trunk", false},
                                           std::make_shared<deaf_signalling>(), threads);
    std::promise<bool> made;
    of->ask([](std::shared_ptr<port::call_line>,
               const port::call_facts&) -> std::unique_ptr<port::call_ear> { throw std::bad_alloc(); },
            [&](bool yes) { made.set_value(yes); });
    EXPECT_FALSE(made.get_future().get());
    threads->stop();
}

}  // namespace
}  // namespace keepline::sip
