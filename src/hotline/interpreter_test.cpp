// The shipped dialogue is in order, what is not in order is found, and no caller's keys lead a call astray.
#include "hotline/check.hpp"
#include "hotline/sentences.hpp"
#include "hotline/test_dialogue.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace keepline::hotline {
namespace {

const spoken_dialogue& shipped() { return shipped_dialogue(); }

std::string found_in(const std::vector<finding>& all) {
    std::string out;
    for (const auto& one : all) out += one.where + ": " + one.what + "\n";
    return out;
}

TEST(dialogue, the_shipped_one_is_in_order) {
    EXPECT_EQ(found_in(check(shipped())), "");
    EXPECT_GT(shipped().way.states.size(), 60U);
}

TEST(dialogue, is_drawn_with_each_of_its_states) {
    const auto dot = draw(shipped());
    for (const auto& [id, one] : shipped().way.states) EXPECT_NE(dot.find("\"" + id + "\" ["), std::string::npos) << id;
}

// -- what is wrong is found

std::vector<file> small(const std::string& menu) {
    return {{"dialogue.toml", "start = \"m.a\"\nperson = \"m.p\"\nnobody = \"m.n\"\n"},
            {"menus/m.toml", menu + "\n[p]\nsay = [\"x\"]\nend = \"person\"\n[n]\nsay = [\"x\"]\nend = \"hang-up\"\n"},
            {"en.toml",
             "language = \"en\"\n[say]\nx = \"Words.\"\n[say.any]\nwrong_key = \"No.\"\nsilence = \"Nothing.\"\n"}};
}
bool complains(const std::string& menu, const std::string& of) {
    const auto read = read_dialogue(small(menu));
    if (!read) return read.error().words.contains(of);
    return std::ranges::any_of(check(*read), [&](const finding& one) { return one.what.contains(of); });
}

TEST(a_dialogue, is_refused_where_it_leads_nowhere) {
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nkeys={1=\"gone\"}", "no state"));
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nkeys={1=\"n\"}\n[b]\nthen=\"n\"", "nothing leads here"));
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nkeys={1=\"a\"}", "never ends"));
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nthen=\"b\"\n[b]\nthen=\"a\"", "hears nobody"));
}

TEST(a_dialogue, says_a_menu_whole_or_asks_nobody) {
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nthen=\"n\"\nwhole=true", "only a menu"));
    const auto after = [](const std::string& menu) {
        const auto of = read_dialogue(small(menu));
        EXPECT_TRUE(of) << of.error().words;
        return step(*of, begin(*of, {"en"}, true).next, heard::unheard{}).next.at;
    };
    EXPECT_EQ(after("[a]\nsay=[\"x\"]\nkeys={1=\"n\"}\nwhole=true"), "m.p");
    EXPECT_EQ(after("[a]\nsay=[\"x\"]\nkeys={1=\"n\"}"), "m.a");
}

TEST(a_dialogue, is_refused_where_it_asks_for_what_is_not_proved) {
    const std::string open = "[a]\ncommand=\"withdraw\"\nanswers={withdrawn=\"n\",none=\"n\",trouble=\"n\"}";
    EXPECT_TRUE(complains(open, "without the proof"));
    EXPECT_FALSE(
        complains("[a]\nby=\"proof\"\nanswers={nothing=\"n\",otherwise=\"c\"}\n[c]\ncommand=\"withdraw\"\n"
                  "answers={withdrawn=\"n\",none=\"n\",trouble=\"n\"}",
                  "nothing follows"));
    EXPECT_TRUE(complains("[a]\ncommand=\"lock_lost\"\nanswers={locked=\"n\",trouble=\"n\"}", "without `number`"));
    EXPECT_TRUE(
        complains("[a]\ncommand=\"lock_lost\"\nanswers={trouble=\"n\"}", "nothing follows the answer `locked`"));
    EXPECT_TRUE(complains("[a]\ncommand=\"close_it\"\nanswers={trouble=\"n\"}", "no command"));
}

TEST(a_dialogue, is_refused_where_its_words_are_missing_or_have_a_hole) {
    EXPECT_TRUE(complains("[a]\nsay=[\"y\"]\nkeys={1=\"n\"}", "no such sentence"));
    auto files = small("[a]\nsay=[\"x\"]\nkeys={1=\"n\"}");
    files[2].text = "language = \"en\"\n[say]\nx = \"On {{{due}}} we decide.\"\n";
    const auto hole = read_dialogue(files);
    ASSERT_TRUE(hole);
    EXPECT_NE(found_in(check(*hole)).find("in the middle"), std::string::npos);
    files[2].text = "language = \"en\"\n[say]\nx = \"The code is {{{code}}}\"\n";
    const auto secret = read_dialogue(files);
    ASSERT_TRUE(secret);
    EXPECT_NE(found_in(check(*secret)).find("`code` cannot be spoken"), std::string::npos);
}

TEST(a_dialogue, is_refused_where_it_says_what_nobody_knows) {
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nkeys={0=\"n\"}", "1 to 8"));
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nkey={1=\"n\"}", "not known here"));
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nentry=\"number\"\ndigits_min=1\ndigits_max=5\nthen=\"n\"", "2 or more"));
    EXPECT_TRUE(complains("[a]\nsay=[\"x\"]\nentry=\"number\"\nsecret=true\ndigits_min=5\ndigits_max=9\nthen=\"n\"",
                          "a secret is not"));
}

// -- whatever is keyed in

struct seen {
    stepped now;
    std::vector<question> asked;
};

/// Keys, silences and answers by numbers; secrets are of fives alone, which nothing else says.
void go_on(seen& s, int n) {
    const auto& of = shipped();
    if (s.now.next.asks) {
        const auto& form = *command_named(s.now.out.ask->command);
        EXPECT_GE(s.now.next.known, form.least);
        for (const auto need : form.needs) EXPECT_TRUE(s.now.out.ask->with.contains(std::string(need))) << need;
        s.asked.push_back(*s.now.out.ask);
        const auto which = static_cast<std::size_t>(n) % (form.outcomes.size() + 2);
        heard::answer out;
        out.outcome = which < form.outcomes.size()    ? std::string(form.outcomes[which].name)
                      : which == form.outcomes.size() ? std::string(trouble)
                                                      : std::string(too_many);
        s.now = step(of, s.now.next, out);
    } else if (s.now.next.hands_over) {
        s.now = step(of, s.now.next, heard::no_person{});
    } else {
        static constexpr std::string_view keys = "0123456789*#1212555555##";
        const auto which = static_cast<std::size_t>(n) % (keys.size() + 1);
        s.now = which < keys.size() ? step(of, s.now.next, heard::key{keys[which]})
                                    : step(of, s.now.next, heard::silence{});
    }
}

RC_GTEST_PROP(a_call, ends_whatever_is_keyed_in, (const std::vector<std::uint8_t>& keys)) {
    seen s{begin(shipped(), {"zh-CN", "en"}, false), {}};
    std::size_t at = 0;
    constexpr int steps_most = 10'000;
    int steps = 0;
    while (!s.now.next.is_over && ++steps < steps_most)
        go_on(s, at < keys.size() ? keys[at++] : static_cast<int>(steps * 7 % 29));
    RC_ASSERT(s.now.next.is_over);
    RC_ASSERT(s.now.next.secrets.empty());
}

RC_GTEST_PROP(a_call, never_says_a_secret_or_asks_for_more_than_was_proved, (const std::vector<std::uint8_t>& keys)) {
    seen s{begin(shipped(), {"en"}, true), {}};
    auto known = proof::nothing;
    for (const int n : keys) {
        if (s.now.next.is_over || s.now.next.hands_over) break;
        const auto asking = s.now.out.ask;
        go_on(s, n);
        if (s.now.next.known != known)  // by who calls now, be it less
            RC_ASSERT(asking && (asking->command == "answer_code" || asking->command == "show_saved_code"));
        known = s.now.next.known;
        for (const auto& one : s.now.out.say)
            for (const auto& [name, value] : one.with) {
                RC_ASSERT(value_named(name) != nullptr);
                RC_ASSERT(name != "code" && name != "saved_code");
            }
        if (s.now.out.ask) RC_ASSERT(s.now.next.known >= command_named(s.now.out.ask->command)->least);
    }
}

// -- keys that mean the same everywhere

stepped pressed(stepped from, std::string_view keys) {
    for (const char one : keys) from = step(shipped(), from.next, heard::key{one});
    return from;
}

TEST(everywhere, three_silences_lead_to_a_person_or_a_polite_end) {
    for (const bool has_person : {true, false}) {
        auto now = pressed(begin(shipped(), {"en"}, has_person), "6");
        for (int i = 0; i < 3; ++i) now = step(shipped(), now.next, heard::silence{});
        EXPECT_EQ(now.next.hands_over, has_person);
        EXPECT_EQ(now.next.is_over, !has_person);
        EXPECT_FALSE(now.out.say.empty());
    }
}

TEST(everywhere, a_person_again_and_back_are_a_key_away) {
    const auto menu = begin(shipped(), {"en"}, true);
    EXPECT_TRUE(pressed(menu, "0").next.hands_over);
    EXPECT_EQ(pressed(menu, "9").out.say, menu.out.say);
    EXPECT_EQ(pressed(menu, "6*").next.at, "main.menu");
    EXPECT_TRUE(pressed(menu, "60#").next.hands_over);
    EXPECT_EQ(pressed(menu, "69#").out.say, pressed(menu, "6").out.say);
    EXPECT_EQ(pressed(menu, "6123*").next.at, "message.number");  // what was keyed in is gone
    EXPECT_TRUE(pressed(menu, "6123*").next.keyed.empty());
}

// -- the last proof is whose it is

TEST(proof, of_one_line_is_none_of_another_that_is_keyed_in_later) {
    auto now = pressed(begin(shipped(), {"en"}, true), "113800138000#1");
    now = step(shipped(), now.next, heard::answer{"sent", {}});
    now = step(shipped(), pressed(now, "12345678").next, heard::answer{"known", {}});
    ASSERT_EQ(now.next.known, proof::reach);
    now.next.asks = false;
    now.next.at = "prove.saved_4";  // back by star, another number, its saved code
    now.next.knows["number"] = "13900139000";
    now.next.secrets["saved_code"] = "aaaaaaaaaaaa";
    now = pressed(now, "21212121");
    ASSERT_EQ(now.out.ask->command, "show_saved_code");
    EXPECT_EQ(step(shipped(), now.next, heard::answer{"known", {}}).next.known, proof::weak);
    EXPECT_EQ(step(shipped(), now.next, heard::answer{"no_line", {}}).next.known, proof::nothing);
    EXPECT_EQ(step(shipped(), now.next, heard::answer{"wrong", {}}).next.known, proof::reach);
}

TEST(a_call, is_not_held_by_taking_back_what_is_keyed_in) {
    auto now = pressed(begin(shipped(), {"en"}, false), "6");
    for (int i = 0; i < shipped().way.entries_most && !now.next.is_over; ++i) now = pressed(now, "1*");
    EXPECT_TRUE(now.next.is_over);
}

TEST(a_call, hears_a_second_press_at_the_quote_as_nothing_that_cannot_be_taken_back) {
    const auto& keys = shipped().way.find("close.quote")->keys;
    const auto& next = shipped().way.find("close.backup")->keys;
    for (const auto& [key, to] : keys)
        if (to == "close.accept") EXPECT_NE(next.at(key), "close.decline");
}

TEST(everywhere, a_hash_behind_a_full_entry_says_nothing) {
    auto now = pressed(begin(shipped(), {"en"}, true), "6482109371156#");
    EXPECT_EQ(now.next.at, "message.look");
    now = step(shipped(), now.next, heard::answer{"not_ours", {}});
    EXPECT_EQ(now.next.at, "main.anything_else");
    EXPECT_EQ(now.next.missed, 0);
}

TEST(spelling, is_a_key_and_a_place) {
    EXPECT_EQ(spelled_out("2120749394"), "a2syz");
    EXPECT_EQ(spelled_out("2"), "");
    EXPECT_EQ(spelled_out("24"), "");
    EXPECT_EQ(spelled_out("11"), "");
    EXPECT_EQ(spelled_out("00"), "0");
}

}  // namespace
}  // namespace keepline::hotline
