#include "app/json_log.hpp"

#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace keepline::app {
namespace {

TEST(json_log, is_one_object_a_line_whatever_the_fields_hold) {
    const auto line = log_line("2026-01-01T00:00:00.000Z", port::log_level::warning, "peer_failed", "c-1",
                               {{"reason", "line\nbreak \"quoted\" \xff\x1b[31m"}, {"n", "7"}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto parsed = boost::json::parse(line);
    EXPECT_EQ(parsed.at("level").as_string(), "warning");
    EXPECT_EQ(parsed.at("correlation").as_string(), "c-1");
    EXPECT_EQ(parsed.at("n").as_string(), "7");
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(json_log, leaves_out_an_empty_correlation) {
    EXPECT_EQ(log_line("t", port::log_level::info, "e", "", {}), R"({"ts":"t","level":"info","event":"e"})");
}

TEST(json_log, writes_whole_lines_from_many_threads_and_drops_what_is_below_its_level) {
    const auto path = std::filesystem::temp_directory_path() / ("keepline-log-" + std::to_string(::getpid()));
    {
        const auto log = open_log(path.string(), port::log_level::info);
        ASSERT_TRUE(log);
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 200; ++n) (*log)->info("event", "corr", {{"n", std::to_string(n)}});
                (*log)->write(port::log_level::debug, "quiet", "", {});
            });
    }
    std::ifstream in(path);
    std::string line;
    int lines = 0;
    for (; std::getline(in, line); ++lines) EXPECT_EQ(boost::json::parse(line).at("event").as_string(), "event");
    EXPECT_EQ(lines, 800);
    std::filesystem::remove(path);
}

TEST(json_log, refuses_a_file_that_cannot_be_opened) {
    const auto log = open_log("/proc/nowhere/log", port::log_level::info);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().what, base::code::config_invalid);
}

}  // namespace
}  // namespace keepline::app
