#include "hotline/takes.hpp"

#include "base/temporary_directory.hpp"
#include "hotline/test_dialogue.hpp"
#include "hotline/voices.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>

#include <gtest/gtest.h>

namespace keepline::hotline {
namespace {

sound tone(int rate, double hertz, double seconds, double size) {
    sound out{rate, {}};
    for (int i = 0; i < static_cast<int>(rate * seconds); ++i)
        out.is.push_back(static_cast<std::int16_t>(size * std::sin(2 * std::numbers::pi * hertz * i / rate)));
    return out;
}

TEST(a_wav_file, comes_out_as_it_went_in) {
    const auto before = tone(16'000, 440, 0.1, 8'000);
    const auto after = read_wav(write_wav(before));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->rate, before.rate);
    EXPECT_EQ(after->is, before.is);
}

TEST(a_wav_file, that_is_none_is_refused) {
    const auto whole = write_wav(tone(8'000, 440, 0.01, 8'000));
    for (std::size_t n = 0; n < 44; ++n) EXPECT_FALSE(read_wav(whole.substr(0, n))) << n;
    for (std::size_t n = 44; n < whole.size(); ++n) EXPECT_TRUE(read_wav(whole.substr(0, n))) << n;
    auto coded = whole;
    coded[20] = 6;
    EXPECT_FALSE(read_wav(coded));
}

TEST(another_rate, keeps_what_it_can_carry_and_drops_the_rest) {
    const auto kept = at_rate(tone(22'050, 1'000, 0.5, 10'000), 8'000);
    EXPECT_EQ(kept.rate, 8'000);
    EXPECT_NEAR(static_cast<double>(kept.is.size()), 4'000, 2);
    EXPECT_NEAR(loudness_of(kept).rms_db, loudness_of(tone(8'000, 1'000, 0.5, 10'000)).rms_db, 0.5);
    auto dropped = at_rate(tone(22'050, 6'000, 0.5, 10'000), 8'000);
    dropped.is = {dropped.is.begin() + 500, dropped.is.end() - 500};  // a tone that begins at once is heard as a click
    EXPECT_LT(loudness_of(dropped).peak_db, -30);
}

TEST(takes, are_brought_to_one_loudness_and_lose_silence_at_their_ends) {
    auto quiet = tone(16'000, 300, 0.5, 1'500);
    quiet.is.insert(quiet.is.begin(), 16'000, 0);
    const auto is = levelled(quiet);
    EXPECT_NEAR(loudness_of(is).rms_db, level_db, 1.0);
    EXPECT_LT(is.is.size(), 10'000U);
}

struct folder_of_takes {
    const spoken_dialogue& of = shipped_dialogue();
    base::temporary_directory folder;
    int asked = 0;
    speaks voice = [this](const std::string&, const std::string&) -> result<std::string> {
        ++asked;
        return write_wav(tone(22'050, 500, 0.05, 9'000));
    };
    std::vector<take_finding> wrong() { return *check_takes(of, folder.path()); }
};

TEST(takes, that_are_missing_are_found_and_made_once) {
    folder_of_takes f;
    const auto all = everything(f.of).size();
    EXPECT_EQ(f.wrong().size(), all);
    const auto first = render_takes(f.of, f.folder.path(), "fake", f.voice, false);
    ASSERT_TRUE(first) << first.error().words;
    EXPECT_EQ(static_cast<std::size_t>(first->made), all);
    EXPECT_TRUE(f.wrong().empty());
    const auto second = render_takes(f.of, f.folder.path(), "fake", f.voice, false);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->made, 0);
    const auto loaded = loaded_takes::load(f.of, f.folder.path());
    EXPECT_TRUE(loaded.silent().empty());
    for (const auto& one : everything(f.of)) ASSERT_NE(loaded.find(one), nullptr) << one.id;
}

TEST(takes, of_a_voice_that_fails_at_the_next_one_are_still_the_voices) {
    folder_of_takes f;
    const auto tires = [&](const std::string& language, const std::string& text) -> result<std::string> {
        if (f.asked == 3) return base::refuse(base::code::unavailable, "The voice has failed.");
        return f.voice(language, text);
    };
    EXPECT_FALSE(render_takes(f.of, f.folder.path(), "fake", tires, false));
    const auto after = render_takes(f.of, f.folder.path(), "fake", f.voice, false);
    ASSERT_TRUE(after) << after.error().words;
    EXPECT_EQ(after->taken_in, 0) << "nobody has recorded anything";
    EXPECT_EQ(after->kept, 3);
}

TEST(takes, whose_catalogue_cannot_be_read_are_left_alone) {
    folder_of_takes f;
    ASSERT_TRUE(render_takes(f.of, f.folder.path(), "fake", f.voice, false));
    const auto catalogue = f.folder.path() / "catalogue.json";
    std::filesystem::remove(catalogue);
    std::filesystem::create_directory(catalogue);  // there, and no file
    EXPECT_FALSE(render_takes(f.of, f.folder.path(), "fake", f.voice, false));
    EXPECT_FALSE(check_takes(f.of, f.folder.path()));
}

TEST(takes, that_are_wrong_are_named) {
    folder_of_takes f;
    ASSERT_TRUE(render_takes(f.of, f.folder.path(), "fake", f.voice, false));
    const piece first{"say.main.bye", "en"};
    const auto put = [&](const sound& take) {
        std::ofstream(take_file(f.folder.path(), first, wide_rate), std::ios::binary) << write_wav(take);
    };
    const auto has = [&](take_fault what) {
        const auto found = f.wrong();
        return std::ranges::any_of(found, [&](const auto& one) { return one.of == first && one.what == what; });
    };
    put(tone(16'000, 500, 0.2, 9'000));
    EXPECT_TRUE(has(take_fault::stale));  // put there by hand, and not taken in yet
    const auto taken = render_takes(f.of, f.folder.path(), "fake", f.voice, true);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->taken_in, 1);
    EXPECT_TRUE(f.wrong().empty());
    put(tone(16'000, 500, 0.2, 10));
    EXPECT_TRUE(has(take_fault::silent));
    put(tone(16'000, 500, 0.2, 30'000));
    EXPECT_TRUE(has(take_fault::too_loud));
    std::ofstream(take_file(f.folder.path(), first, wide_rate), std::ios::binary) << "no sound";
    EXPECT_TRUE(has(take_fault::unreadable));
}

TEST(takes, one_of_which_is_no_sound_are_loaded_and_the_wide_one_stands_in) {
    folder_of_takes f;
    ASSERT_TRUE(render_takes(f.of, f.folder.path(), "fake", f.voice, false));
    const piece bad{"say.main.bye", "en"};
    const auto spoil = [&](int rate) {
        std::ofstream(take_file(f.folder.path(), bad, rate), std::ios::binary) << "no sound";
    };
    const auto before = loaded_takes::load(f.of, f.folder.path()).find(bad);
    ASSERT_NE(before, nullptr);
    spoil(narrow_rate);
    const auto found = f.wrong();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().of, bad);
    EXPECT_EQ(found.front().what, take_fault::unreadable);
    const auto stands_in = loaded_takes::load(f.of, f.folder.path());
    ASSERT_NE(stands_in.find(bad), nullptr);
    EXPECT_NEAR(static_cast<double>(stands_in.find(bad)->size()), static_cast<double>(before->size()), 2);
    EXPECT_TRUE(stands_in.silent().empty());

    spoil(wide_rate);
    const auto without = loaded_takes::load(f.of, f.folder.path());
    EXPECT_EQ(without.find(bad), nullptr);
    EXPECT_EQ(without.silent(), std::vector{bad});
}

TEST(takes, whose_narrow_file_is_no_sound_get_it_anew_of_the_wide_one) {
    folder_of_takes f;
    ASSERT_TRUE(render_takes(f.of, f.folder.path(), "fake", f.voice, false));
    const piece one{"say.main.bye", "en"};
    const auto studio = write_wav(tone(16'000, 500, 0.2, 9'000));
    std::ofstream(take_file(f.folder.path(), one, wide_rate), std::ios::binary) << studio;
    ASSERT_TRUE(render_takes(f.of, f.folder.path(), "fake", f.voice, false));
    const auto asked = f.asked;
    for (const bool gone : {false, true}) {
        const auto narrow = take_file(f.folder.path(), one, narrow_rate);
        std::ofstream(narrow, std::ios::binary) << "no sound";
        if (gone) std::filesystem::remove(narrow);
        const auto again = render_takes(f.of, f.folder.path(), "fake", f.voice, false);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->made, 0);
        EXPECT_TRUE(f.wrong().empty());
    }
    EXPECT_EQ(f.asked, asked) << "no voice speaks over what somebody recorded";
}

// -- voices

TEST(a_voice, is_a_program_that_gets_text_language_and_file) {
    const base::temporary_directory folder;
    const auto take = write_wav(tone(16'000, 440, 0.1, 8'000));
    std::ofstream(folder / "take.wav", std::ios::binary) << take;
    const auto voice =
        command_voice({"/bin/sh", "-c", "test \"$(cat)\" = Hello && test \"$1\" = en && cp \"$0\" \"$2\"",
                       (folder / "take.wav").string()});
    const auto said = voice("en", "Hello");
    ASSERT_TRUE(said) << said.error().words;
    EXPECT_EQ(*said, take);
    EXPECT_FALSE(voice("fr", "Hello"));
    EXPECT_FALSE(command_voice({"/no/such/voice"})("en", "Hello"));
}

}  // namespace
}  // namespace keepline::hotline
