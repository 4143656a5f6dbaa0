#include "desk/topics.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <regex>

namespace keepline::desk {
namespace {

using domain::role;

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
}

std::set<std::string> matches(const std::string& text, const std::regex& what) {
    std::set<std::string> out;
    for (std::sregex_iterator one(text.begin(), text.end(), what), end; one != end; ++one) out.insert((*one)[1]);
    return out;
}

std::set<std::string> names() {
    std::set<std::string> out;
    for (const auto& one : topics()) out.emplace(one.name);
    return out;
}

TEST(topics, the_table_has_what_the_domain_publishes_and_nothing_else) {
    std::set<std::string> published{std::string(test_topic)};
    const std::regex topic(
        R"re("((?:line|closure|dispute|refund|money|number|import|token|account|operator|webhook)\.[a-z_]+)")re");
    for (const auto& file : std::filesystem::recursive_directory_iterator(KEEPLINE_SOURCE_DIR "/src/domain")) {
        const auto text = text_of(file.path());
        const bool publishes = text.find("publish{topic") != std::string::npos;  // others name columns alike
        if (publishes && file.path().string().find("_test") == std::string::npos) published.merge(matches(text, topic));
    }
    EXPECT_EQ(names(), published);
}

TEST(topics, the_documentation_has_every_topic_and_no_other) {
    const auto text = text_of(KEEPLINE_SOURCE_DIR "/docs/integrating.md");
    EXPECT_EQ(matches(text, std::regex(R"re(\| `([a-z]+\.[a-z_]+)` \|)re")), names());
    for (const auto& one : topics())
        EXPECT_NE(text.find("| `" + std::string(one.name) + "` | " + std::string(one.about)), std::string::npos)
            << one.name;
}

TEST(topics, every_stage_has_one) {
    for (const auto* stage : {"opened", "in_review", "needs_information", "approved", "unbinding", "settling", "closed",
                              "withdrawn", "rejected", "expired", "fraud_hold"})
        EXPECT_NE(find_topic("closure." + std::string(stage)), nullptr) << stage;
}

const boost::json::object everything{
    {"number", "+8613800138000"},       {"generation", 1}, {"closure", 2},       {"line", "ln_x"}, {"case", "ln_x-c2"},
    {"at", "2026-11-28T23:00:00.000Z"}, {"iccid", "8986"}, {"full_name", "Ada"}, {"amount", 5},    {"by", "anna"}};

TEST(topics, what_stands_in_no_list_is_shown_to_nobody) {
    for (const auto as : {role::system, role::portal, role::admin})
        for (const auto& one : topics())
            EXPECT_EQ(webhook_body(one.name, {}, everything, as).find("Ada"), std::string::npos) << one.name;
    EXPECT_EQ(webhook_body("no.topic", {}, everything, role::admin),
              R"({"type":"no.topic","timestamp":"1970-01-01T00:00:00.000Z","data":{}})");
    EXPECT_EQ(webhook_body("closure.closed", {}, everything, role::system).find("8986"), std::string::npos);
}

TEST(topics, a_portal_is_shown_ids_and_dates_but_no_number_and_no_money) {
    EXPECT_EQ(webhook_body("closure.closed", {}, everything, role::portal),
              R"({"type":"closure.closed","timestamp":"1970-01-01T00:00:00.000Z",)"
              R"("data":{"closure":2,"line":"ln_x","case":"ln_x-c2","at":"2026-11-28T23:00:00.000Z"}})");
    for (const auto& one : topics()) {
        const auto body = webhook_body(one.name, {}, everything, role::portal);
        EXPECT_EQ(body.find("+861"), std::string::npos) << one.name;
        EXPECT_EQ(body.find("amount"), std::string::npos) << one.name;
        EXPECT_EQ(body.find("8986"), std::string::npos) << one.name;
    }
    EXPECT_NE(webhook_body("closure.closed", {}, everything, role::system).find("+8613800138000"), std::string::npos);
}

TEST(topics, what_staff_do_is_told_to_administrators_webhooks_only) {
    EXPECT_TRUE(is_told({"*"}, role::admin, "token.created"));
    EXPECT_FALSE(is_told({"*"}, role::system, "token.created"));
    EXPECT_FALSE(is_told({"token.*"}, role::portal, "token.created"));
    EXPECT_TRUE(is_told({"closure.*"}, role::system, "closure.closed"));
    EXPECT_FALSE(is_told({"closure.*"}, role::system, "number.released"));
    EXPECT_FALSE(is_told({"*"}, role::admin, "no.topic"));
}

TEST(topics, patterns_that_nothing_matches_are_refused) {
    EXPECT_TRUE(check_topics({"*", "closure.*", "closure.closed"}, role::system));
    for (const auto* bad : {"closure.close", "closure", "clos*", "", "token.created"})
        EXPECT_EQ(check_topics({"*", bad}, role::system).error().what, base::code::invalid) << bad;
    EXPECT_TRUE(check_topics({"token.created"}, role::admin));
    EXPECT_TRUE(topic_matches("closure.closed", "closure.closed"));
    EXPECT_FALSE(topic_matches("closure.*", "closure"));
    EXPECT_FALSE(topic_matches("closure.close", "closure.closed"));
}

}  // namespace
}  // namespace keepline::desk
