// Calls as text (test/hotline/*.txt): what the caller presses, what the voice says, what the desk is asked and answers.
#include "hotline/check.hpp"
#include "hotline/sentences.hpp"
#include "hotline/test_dialogue.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::hotline {
namespace {

namespace scenarios {

struct line {
    int number = 0;
    std::string who;
    std::string what;
};

std::vector<line> lines_of(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::vector<line> out;
    int number = 0;
    for (std::string text; std::getline(in, text);) {
        ++number;
        const auto colon = text.find(": ");
        if (text.empty() || text.starts_with('#') || colon == std::string::npos) continue;
        out.push_back({number, text.substr(0, colon), text.substr(colon + 2)});
    }
    return out;
}

std::vector<std::string> split(const std::string& text, std::string_view by) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(by, at), text.size());
        if (end > at) out.push_back(text.substr(at, end - at));
        at = end + by.size();
    }
    return out;
}

class played {
 public:
    explicit played(const spoken_dialogue& of) : of_(of) {}

    void play(const line& one) {
        if (one.who == "languages") {
            languages_ = split(one.what, " ");
        } else if (one.who == "person") {
            has_person_ = one.what == "yes";
        } else if (one.who == "call_back") {  // language, and how the line ends
            const auto parts = split(one.what, " ");
            begun_ = true;
            take(begin_call_back(of_, parts.front(), {{"number_tail", parts.back()}}));
        } else if (!begun_) {
            begun_ = true;
            take(begin(of_, languages_, has_person_));
        }
        if (one.who == "caller") press(one.what);
        if (one.who == "voice") hear(one.what);
        if (one.who == "desk") answer(one.what);
        if (one.who == "operator") take(step(of_, now_.next, heard::no_person{}));
        if (one.who == "end") end(one.what);
    }

 private:
    void take(stepped next) {
        const auto& out = next.out;
        const bool changed = out.listen || out.ask || out.hand_over || out.hang_up || !out.say.empty();
        now_.next = std::move(next.next);
        if (!changed) return;
        now_.out = std::move(next.out);
        for (const auto& one : now_.out.say) said_.push_back(text_of(of_, one));
    }
    void press(const std::string& what) {
        EXPECT_FALSE(now_.next.is_over) << "the call is over";
        EXPECT_FALSE(now_.next.asks) << "the desk has not answered";
        said_.clear();
        if (what == "(silence)") return take(step(of_, now_.next, heard::silence{}));
        if (what == "(hangs up)") return take(step(of_, now_.next, heard::gone{}));
        for (const char key : what)
            if (key != ' ') take(step(of_, now_.next, heard::key{key}));
    }
    /// "..." may stand for sentences between.
    void hear(const std::string& what) {
        if (what == "...") {
            skips_ = true;
            return;
        }
        const auto found = std::ranges::find(said_, what);
        const bool is_next = found == said_.begin() && found != said_.end();
        EXPECT_TRUE(skips_ ? found != said_.end() : is_next)
            << "expected: " << what << "\nsaid:     " << (said_.empty() ? "nothing" : said_.front());
        skips_ = false;
        if (found != said_.end()) said_.erase(said_.begin(), found + 1);
    }
    /// "ask_code number=13800138000 -> sent", "read_line -> told; status=active; balance=12.30 CNY"
    void answer(const std::string& what) {
        const auto parts = split(what, " -> ");
        ASSERT_EQ(parts.size(), 2U);
        ASSERT_TRUE(now_.out.ask) << "the desk is not asked";
        std::string asked = now_.out.ask->command;
        for (const auto& [name, value] : now_.out.ask->with) asked += " " + name + "=" + value;
        EXPECT_EQ(asked, parts[0]);
        heard::answer out;
        for (const auto& one : split(parts[1], "; ")) {
            const auto equals = one.find('=');
            if (equals == std::string::npos)
                out.outcome = one;
            else
                out.gives[one.substr(0, equals)] = one.substr(equals + 1);
        }
        take(step(of_, now_.next, out));
    }
    void end(const std::string& what) {
        EXPECT_EQ(now_.next.is_over, what == "hang-up");
        EXPECT_EQ(now_.next.hands_over, what == "person");
        EXPECT_TRUE(now_.next.secrets.empty());
    }

    const spoken_dialogue& of_;
    std::vector<std::string> languages_{"zh-CN", "en"};
    bool has_person_ = true;
    bool begun_ = false;
    bool skips_ = false;
    stepped now_;
    std::vector<std::string> said_;
};

}  // namespace scenarios

TEST(hotline_scenarios, each_call_goes_as_it_is_written) {
    int calls = 0;
    for (const auto& one :
         std::filesystem::directory_iterator(std::filesystem::path(KEEPLINE_SOURCE_DIR) / "test/hotline")) {
        if (one.path().extension() != ".txt") continue;
        ++calls;
        scenarios::played call(shipped_dialogue());
        const auto name = one.path().filename().string();
        for (const auto& line : scenarios::lines_of(one.path())) {
            const testing::ScopedTrace at(name.c_str(), line.number, "");
            call.play(line);
        }
    }
    EXPECT_GE(calls, 8);
}

}  // namespace
}  // namespace keepline::hotline
