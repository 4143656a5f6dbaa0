#include "app/file_retention.hpp"

#include "link/scripted_peer.hpp"
#include "link/spool_name.hpp"

#include <array>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace keepline::app {
namespace file_retention_tests {
namespace {

namespace fs = std::filesystem;

constexpr base::instant today{1'800'000'000'000};

class nothing_logged final : public port::log {
 public:
    void write(port::log_level, std::string_view, std::string_view, std::initializer_list<port::log_field>) override {}
};

std::shared_ptr<const domain::rule_book> book(std::map<std::string, int> messages_days) {
    std::map<std::string, domain::policy, std::less<>> all;
    for (const auto& [id, days] : messages_days) all[id].retention_days["messages"] = days;
    return std::make_shared<const domain::rule_book>(
        domain::rule_book{domain::policy_book(std::move(all)), domain::calendar_book(), domain::zone_book()});
}

class old_files : public testing::Test {
 protected:
    fs::path message(int n, int days_old) {
        const auto at = fs::path(folder.path()) / link::spool_name("k" + std::to_string(n), "sb-1", "json");
        std::ofstream(at) << "x";
        const auto seconds = static_cast<time_t>((today - base::days{days_old}).ms / 1000);
        const std::array times{timespec{seconds, 0}, timespec{seconds, 0}};
        EXPECT_EQ(::utimensat(AT_FDCWD, at.c_str(), times.data(), 0), 0);
        return at;
    }
    file_retention::parts parts() {
        return {{folder.path()}, "",  [this] { return rules; }, [](std::string_view) { return false; }, &clock,
                &notes,          &log};
    }
    link::test_folder folder;
    port::fake_clock clock{today};
    port::fake_notebook notes;
    nothing_logged log;
    std::shared_ptr<const domain::rule_book> rules = book({{"short", 10}, {"long", 60}});
};

TEST_F(old_files, go_when_the_longest_of_all_policies_says_so_and_are_counted) {
    const auto kept = message(1, 59);
    const auto old = message(2, 61);
    file_retention(parts()).look();
    EXPECT_TRUE(fs::exists(kept)) << "one policy needs it yet";
    EXPECT_FALSE(fs::exists(old));
    EXPECT_EQ(file_retention::gone(notes, "messages"), (desk::files_gone{1, today}));

    clock.advance(base::days{5});
    file_retention(parts()).look();  // after a restart
    EXPECT_FALSE(fs::exists(kept));
    EXPECT_EQ(file_retention::gone(notes, "messages"), (desk::files_gone{2, clock.now()}));
    EXPECT_EQ(file_retention::gone(notes, "billing"), std::nullopt);
}

TEST_F(old_files, stay_while_the_clock_is_in_doubt) {
    const auto old = message(1, 4000);
    file_retention files(parts());
    clock.doubt(true);
    files.look();
    EXPECT_TRUE(fs::exists(old));
    clock.doubt(false);
    files.look();
    EXPECT_FALSE(fs::exists(old));
}

TEST_F(old_files, stay_where_no_policy_says_how_long) {
    rules = std::make_shared<const domain::rule_book>();
    const auto old = message(1, 4000);
    file_retention(parts()).look();
    EXPECT_TRUE(fs::exists(old));
}

TEST_F(old_files, are_looked_at_once_an_hour_and_so_many_at_a_time) {
    for (int n = 0; n < 5; ++n) message(n, 4000);
    auto few = parts();
    few.at_once = 2;
    file_retention files(std::move(few));
    files.look();
    files.look();
    EXPECT_EQ(file_retention::gone(notes, "messages")->files, 2);
}

}  // namespace
}  // namespace file_retention_tests
}  // namespace keepline::app
