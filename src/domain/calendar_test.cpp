#include "domain/calendar.hpp"

#include "base/property.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using base::day_from_iso;
using base::iso;
using base::local_day;

std::string file_text(const std::string& path) {
    std::ifstream in(std::string(KEEPLINE_SOURCE_DIR) + "/" + path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

calendar committed(const std::string& id) {
    auto loaded = load_calendar(file_text("calendars/" + id + ".json"));
    EXPECT_TRUE(loaded) << id << ": " << loaded.error().words;
    return loaded ? *loaded : calendar{};
}

local_day day(std::string_view text) { return *day_from_iso(text); }

/// Practice notes of 2026-11-22, workday-vectors.json: the start day is excluded, seven working days are counted;
/// State Council notice of 2025-11-04 as npm chinese-days 1.5.7 has it.
constexpr std::pair<const char*, const char*> china_seven_days[] = {
    {"2026-02-10", "2026-02-26"}, {"2026-02-13", "2026-03-02"}, {"2026-04-28", "2026-05-11"},
    {"2026-09-18", "2026-09-29"}, {"2026-09-19", "2026-09-29"}, {"2026-09-25", "2026-10-12"},
    {"2026-09-30", "2026-10-15"},
};

TEST(calendar, seven_working_days_in_china_match_the_vectors) {
    const auto china = committed("CN");
    for (const auto& [start, end] : china_seven_days) {
        const auto found = due(china, day(start), 7);
        EXPECT_EQ(iso(found.day), end) << "from " << start;
        EXPECT_FALSE(found.provisional) << "from " << start;
    }
}

TEST(calendar, what_is_off_by_law_every_year_counts_beyond_the_data_too) {
    for (const auto& [id, off] : {std::pair{"CN", "2031-10-01"},
                                  {"HK", "2031-07-01"},
                                  {"US", "2030-07-04"},
                                  {"PT", "2030-04-25"},
                                  {"JP", "2031-08-11"},
                                  {"DE", "2031-10-03"},
                                  {"GB", "2031-12-25"},
                                  {"IN", "2031-08-15"},
                                  {"PH", "2031-06-12"},
                                  {"AU", "2031-12-26"}}) {
        const auto calendar = committed(id);
        EXPECT_FALSE(calendar.is_working(day(off))) << id;
        EXPECT_FALSE(calendar.is_working(day("2029-01-01")) && std::string(id) != "IN") << id;
        EXPECT_TRUE(calendar.is_working(day("2031-03-11"))) << id;
    }
}

TEST(calendar, the_days_of_every_year_are_off_in_each_year_of_the_data) {
    for (const auto* id : {"AU", "CN", "DE", "GB", "HK", "IN", "JP", "PH", "PT", "US"}) {
        const auto calendar = committed(id);
        const int last = std::stoi(iso(calendar.covers_to).substr(0, 4));
        for (int year = last - 1; year <= last; ++year)
            for (const int one : calendar.yearly) {
                const auto text = std::to_string(10'000 + one);
                EXPECT_FALSE(
                    calendar.is_working(day(std::to_string(year) + "-" + text.substr(1, 2) + "-" + text.substr(3, 2))))
                    << id << " " << year << " " << one;
            }
    }
}

TEST(calendar, is_found_in_any_case_of_letters_when_a_person_types_it) {
    const calendar_book book({committed("CN"), committed("HK")});
    EXPECT_EQ(book.find("cn"), nullptr) << "a policy names it exactly";
    ASSERT_NE(book.find_typed("cn"), nullptr);
    EXPECT_EQ(book.find_typed("cn")->id, "CN");
    EXPECT_EQ(book.find_typed("Hk")->id, "HK");
    EXPECT_EQ(book.find_typed("h"), nullptr);
}

TEST(calendar, a_date_past_the_data_is_provisional) {
    const auto china = committed("CN");
    EXPECT_EQ(due(china, day("2026-12-24"), 7), (due_day{day("2027-01-05"), true}))
        << "1 January is off by law whatever the notice says";
    EXPECT_EQ(due(china, day("2026-12-22"), 7), (due_day{day("2026-12-31"), false}));
}

TEST(calendar, no_days_later_is_the_day_itself) {
    const auto china = committed("CN");
    EXPECT_EQ(due(china, day("2026-10-01"), 0), (due_day{day("2026-10-01"), false}));
}

TEST(calendar, china_in_2026_has_the_days_of_the_notice) {
    const auto china = committed("CN");
    int working = 0;
    int weekday_off = 0;
    std::vector<std::string> made_up;
    for (auto d = day("2026-01-01"); d <= day("2026-12-31"); d = d + 1) {
        const bool weekend = base::weekday(d) > 5;
        working += china.is_working(d);
        weekday_off += !weekend && !china.is_working(d);
        if (weekend && china.is_working(d)) made_up.push_back(iso(d));
    }
    EXPECT_EQ(working, 248);
    EXPECT_EQ(weekday_off, 19);
    EXPECT_EQ(made_up, (std::vector<std::string>{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
                                                 "2026-10-10"}));
}

/// The government's announcement of 2025-05-16, as publicholidaynews.com carried it that day: seventeen days, with the
/// substitutes for Ching Ming, the Buddha's birthday and Chung Yeung, which fall on Sundays.
TEST(calendar, hong_kong_in_2026_has_the_days_of_the_announcement) {
    const std::vector<std::string> announced = {"2026-01-01", "2026-02-17", "2026-02-18", "2026-02-19", "2026-04-03",
                                                "2026-04-04", "2026-04-06", "2026-04-07", "2026-05-01", "2026-05-25",
                                                "2026-06-19", "2026-07-01", "2026-09-26", "2026-10-01", "2026-10-19",
                                                "2026-12-25", "2026-12-26"};
    const auto hong_kong = committed("HK");
    std::vector<std::string> named;
    for (const auto& [d, works] : hong_kong.days)
        if (d >= day("2026-01-01") && d <= day("2026-12-31") && !works) named.push_back(iso(d));
    EXPECT_EQ(named, announced);
    for (auto d = day("2026-01-01"); d <= day("2026-12-31"); d = d + 1)
        EXPECT_EQ(hong_kong.is_working(d),
                  base::weekday(d) <= 5 && std::ranges::find(announced, iso(d)) == announced.end())
            << iso(d);
}

TEST(calendar, every_committed_calendar_loads_and_covers_this_year) {
    for (const auto* id : {"CN", "PH", "US", "GB", "PT", "IN", "JP", "AU", "HK", "DE"}) {
        const auto one = committed(id);
        EXPECT_EQ(one.id, id);
        EXPECT_TRUE(one.covers(day("2026-11-22"))) << id;
        EXPECT_FALSE(one.version.empty() || one.source.empty() || one.licence.empty()) << id;
        EXPECT_FALSE(one.is_working(day("2026-01-01")) && std::string_view(id) != "IN") << id;
        EXPECT_GT(one.days.size(), 20u) << id;
    }
}

TEST(calendar, a_book_finds_calendars_by_id) {
    const calendar_book book({committed("CN"), committed("US")});
    ASSERT_NE(book.find("US"), nullptr);
    EXPECT_EQ(book.find("US")->id, "US");
    EXPECT_EQ(book.find("XX"), nullptr);
    EXPECT_EQ(book.all().size(), 2u);
}

// -- the reader refuses

struct refused {
    const char* text;
    const char* field;
};

std::string sample(std::string_view replaced = "", std::string_view by = "") {
    std::string text =
        R"({"id":"XX","version":"1","source":"s","licence":"l","weekend":[6,7],"covers":["2026-01-01","2026-12-31"],)"
        R"("days":{"2026-01-01":{"work":false,"name":"n"}}})";
    if (const auto at = text.find(replaced); !replaced.empty() && at != std::string::npos)
        text.replace(at, replaced.size(), by);
    return text;
}

TEST(calendar, the_sample_loads) {
    const auto loaded = load_calendar(sample());
    ASSERT_TRUE(loaded) << loaded.error().words;
    EXPECT_FALSE(loaded->is_working(day("2026-01-01")));
    EXPECT_TRUE(loaded->is_working(day("2026-01-02")));
}

TEST(calendar, what_is_wrong_is_refused_with_its_field) {
    const struct {
        const char* replaced;
        const char* by;
        const char* field;
    } cases[] = {
        {R"("id":"XX",)", "", "id"},
        {R"("XX")", R"("../XX")", "id"},
        {R"("version":"1")", R"("version":1)", "version"},
        {R"("source":"s",)", R"("source":"",)", "source"},
        {R"("licence":"l",)", R"("licence":"l","owner":"o",)", "owner"},
        {"[6,7]", "[0,7]", "weekend"},
        {"[6,7]", "[6,6]", "weekend"},
        {"[6,7]", "[1,2,3,4,5,6,7]", "weekend"},
        {R"("2026-12-31"])", R"("2025-12-31"])", "covers"},
        {R"("2026-12-31"])", R"("2926-12-31"])", "covers"},
        {R"("2026-12-31"])", R"("2026-12-32"])", "covers"},
        {R"("2026-01-01":{)", R"("2026-02-30":{)", "days.2026-02-30"},
        {R"("2026-01-01":{)", R"("2027-01-01":{)", "days.2027-01-01"},
        {R"("work":false)", R"("work":0)", "days.2026-01-01.work"},
        {R"(,"name":"n")", "", "days.2026-01-01.name"},
        {R"("name":"n")", R"("name":"n","x":1)", "days.2026-01-01.x"},
    };
    for (const auto& one : cases) {
        const auto loaded = load_calendar(sample(one.replaced, one.by));
        ASSERT_FALSE(loaded) << one.by;
        EXPECT_EQ(loaded.error().what, base::code::calendar_invalid);
        ASSERT_FALSE(loaded.error().data.empty()) << one.by;
        EXPECT_EQ(loaded.error().data.at(0).value, one.field) << loaded.error().words;
    }
}

TEST(calendar, hostile_text_is_refused) {
    const std::string texts[] = {
        "", "[]", "null", std::string(100'000, '['), std::string(2'000'000, ' '), "{\"id\":\"\xff\"}"};
    for (const auto& text : texts) {
        const auto loaded = load_calendar(text);
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().what, base::code::calendar_invalid);
    }
}

// -- what holds for every calendar

const local_day origin = day("2026-01-01");

calendar any_calendar() {
    calendar out;
    for (int weekday = 1; weekday <= 7; ++weekday)
        if (out.weekend.size() < 6 && *rc::gen::inRange(0, 3) == 0) out.weekend.push_back(weekday);
    out.covers_from = origin;
    out.covers_to = origin + *rc::gen::inRange(0, 120);
    for (auto d = out.covers_from; d <= out.covers_to; d = d + 1)
        if (*rc::gen::inRange(0, 4) == 0) out.days.emplace(d, *rc::gen::arbitrary<bool>());
    return out;
}

local_day any_day() { return origin + *rc::gen::inRange(-30, 160); }
int any_count() { return *rc::gen::inRange(0, 60); }

TEST(calendar, a_due_day_is_a_working_day) {
    EXPECT_HOLDS("the n-th working day after start, n of them in between", [] {
        const auto c = any_calendar();
        const auto start = any_day();
        const int n = 1 + any_count();
        const auto end = due(c, start, n).day;
        RC_ASSERT(c.is_working(end));
        int counted = 0;
        for (auto d = start + 1; d <= end; d = d + 1) counted += c.is_working(d);
        RC_ASSERT(counted == n);
    });
}

TEST(calendar, more_days_or_a_later_start_never_end_earlier) {
    EXPECT_HOLDS("monotone in n and in start", [] {
        const auto c = any_calendar();
        const auto start = any_day();
        const int n = any_count();
        RC_ASSERT(due(c, start, n).day < due(c, start, n + 1).day);
        RC_ASSERT(due(c, start, n).day <= due(c, start + 1, n).day);
    });
}

TEST(calendar, counting_in_two_parts_gives_the_same_day) {
    EXPECT_HOLDS("due(n + m) = due(due(n), m)", [] {
        const auto c = any_calendar();
        const auto start = any_day();
        const int n = any_count();
        const int m = any_count();
        const auto first = due(c, start, n);
        const auto second = due(c, first.day, m);
        const auto whole = due(c, start, n + m);
        RC_ASSERT(whole.day == second.day);
        RC_ASSERT(whole.provisional == (first.provisional || second.provisional));
    });
}

TEST(calendar, a_date_inside_the_data_is_never_provisional) {
    EXPECT_HOLDS("provisional exactly when a counted day lies outside", [] {
        const auto c = any_calendar();
        const auto start = any_day();
        const int n = 1 + any_count();
        const auto found = due(c, start, n);
        RC_ASSERT(found.provisional == (start + 1 < c.covers_from || found.day > c.covers_to));
    });
}

}  // namespace
}  // namespace keepline::domain
