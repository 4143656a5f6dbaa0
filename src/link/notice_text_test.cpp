#include "link/notice_text.hpp"

#include "link/sms_text.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

const notice_voice voice{"Keepline", "10099"};

notice_params full_params() {
    return {{"number", "8000"},
            {"line", "ln_7q4m2k9d"},
            {"case", "ln_7q4m2k9d-c1"},
            {"due", "2026-12-01"},
            {"provisional", "yes"},
            {"until", "2026-12-20 16:00"},
            {"at", "2026-11-22 17:04"},
            {"reason", "the document shown has expired"},
            {"what", "a photo of the ID document"},
            {"amount", "12.30 CNY"},

            {"reference", "KLR-7q4m2k"},
            {"days", "7"},
            {"certificate", "ln_7q4m2k9d-c1"},
            {"quarantine_until", "2027-02-20"},
            {"reclaim_until", "2026-12-22"},
            {"code", "12345678"},
            {"minutes", "10"},
            {"cooling_off_hours", "24"},
            {"hours", "72"}};
}

notice_params least_params() { return {{"number", "8000"}, {"line", "ln_7q4m2k9d"}, {"code", "12345678"}}; }

template <typename Each>
void every_notice(const notice_params& params, const notice_voice& by, Each each) {
    for (const auto& one : notice_kinds())
        for (const std::string_view language : {"en", "zh-CN"}) {
            SCOPED_TRACE(std::string(one.kind) + " " + std::string(language));
            const auto rendered = render_notice(one.kind, language, by, params);
            ASSERT_TRUE(rendered);
            each(one, language, *rendered);
        }
}

TEST(notice_text, every_kind_has_words_in_both_languages_in_the_same_order) {
    const auto kinds = notice_kinds();
    ASSERT_EQ(english_notices().kinds.size(), kinds.size());
    ASSERT_EQ(chinese_notices().kinds.size(), kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        EXPECT_EQ(english_notices().kinds[i].kind, kinds[i].kind);
        EXPECT_EQ(chinese_notices().kinds[i].kind, kinds[i].kind);
    }
}

TEST(notice_text, the_core_emits_only_kinds_that_have_words) {
    const std::regex told(R"(tell\(([^,;]*"[a-z_]+"[^,;]*),)");
    const std::regex quoted(R"re("([a-z_]+)")re");
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(KEEPLINE_SOURCE_DIR "/src/domain")) {
        if (entry.path().extension() != ".cpp") continue;
        std::stringstream all;
        all << std::ifstream(entry.path()).rdbuf();
        const auto text = all.str();
        for (std::sregex_iterator it(text.begin(), text.end(), told), end; it != end; ++it) {
            const auto kinds = (*it)[1].str();
            for (std::sregex_iterator kind(kinds.begin(), kinds.end(), quoted); kind != end; ++kind, ++found)
                EXPECT_TRUE(is_notice_kind((*kind)[1].str())) << (*kind)[1] << " in " << entry.path();
        }
    }
    EXPECT_GT(found, 10);
}

TEST(notice_text, texts_use_only_the_parameters_they_declare) {
    const std::regex names(R"(\{\{\{?[#^/]?([a-z_]+)\}?\}\})");
    for (const auto* all : {&english_notices(), &chinese_notices()})
        for (std::size_t i = 0; i < all->kinds.size(); ++i) {
            const auto& words = all->kinds[i];
            const auto declared =
                " number line operator hotline case not_you " + std::string(notice_kinds()[i].params) + " ";
            const auto text = std::string(words.subject) + std::string(words.sms) + std::string(words.body);
            for (std::sregex_iterator it(text.begin(), text.end(), names), end; it != end; ++it)
                EXPECT_NE(declared.find(" " + (*it)[1].str() + " "), std::string::npos)
                    << words.kind << ": " << (*it)[1];
        }
}

TEST(notice_text, no_message_has_a_link_or_asks_for_a_code) {
    const std::regex forbidden(
        R"(://|www\.|\.com|\.net|href|click|tap |reply|send us|enter the code|tell us the code|give us the code|点击|网址|请回复|请输入|请提供验证码|请告知验证码)",
        std::regex::icase);
    every_notice(full_params(), voice, [&](const auto&, auto, const rendered_notice& r) {
        for (const auto& text : {r.subject, r.sms, r.text, r.html})
            EXPECT_FALSE(std::regex_search(text, forbidden)) << text;
    });
}

TEST(notice_text, a_missing_parameter_leaves_no_hole) {
    // Doubled or dangling punctuation, empty brackets, unfilled places, facts without a value.
    const std::regex hole(R"(\{\{|  |\(\)|（）| [.,;:]|[,;:]\.|\.\.|，，|，。|：。|。。|^\* [^:：]*[:：] ?$)",
                          std::regex::multiline);
    for (const auto& by : {voice, notice_voice{"Keepline", ""}})
        for (const auto& params : {least_params(), full_params()})
            every_notice(params, by, [&](const auto&, auto, const rendered_notice& r) {
                for (const auto& text : {r.subject, r.sms, r.text}) EXPECT_FALSE(std::regex_search(text, hole)) << text;
                EXPECT_EQ(r.html.find("{{"), std::string::npos);
            });
}

TEST(notice_text, a_short_text_fits_three_segments_and_english_stays_in_the_gsm_alphabet) {
    every_notice(full_params(), voice, [&](const auto&, auto language, const rendered_notice& r) {
        EXPECT_LE(sms_segments(r.sms, 1).size(), 3U) << r.sms;
        if (language == "en") {
            EXPECT_TRUE(gsm_septets(r.sms)) << r.sms;
        }
    });
}

TEST(notice_text, render_sms_says_the_same_as_the_whole_notice) {
    every_notice(full_params(), voice, [&](const notice_kind& kind, auto language, const rendered_notice& r) {
        EXPECT_EQ(render_sms(kind.kind, language, voice, full_params()), r.sms);
    });
}

TEST(notice_text, html_escapes_what_people_typed) {
    auto params = full_params();
    params["reason"] = "<script>alert('x')</script> & \"more\" {{line}}";
    const auto r = render_notice("rejected", "en", voice, params);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->html.find("<script"), std::string::npos);
    EXPECT_NE(r->html.find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(r->html.find("{{line}}"), std::string::npos);  // a value is never a template
    EXPECT_NE(r->text.find("<script>"), std::string::npos);  // plain text stays plain
}

TEST(notice_text, html_shows_paragraphs_and_facts) {
    const auto r = render_notice("closed", "zh-CN", voice, full_params());
    ASSERT_TRUE(r);
    EXPECT_NE(r->html.find("lang=\"zh-CN\""), std::string::npos);
    EXPECT_NE(r->html.find("width=device-width"), std::string::npos);
    EXPECT_NE(r->html.find(">注销凭证</td>"), std::string::npos);
    EXPECT_NE(r->html.find(">ln_7q4m2k9d-c1</td>"), std::string::npos);
    EXPECT_NE(r->html.find("10099"), std::string::npos);
}

TEST(notice_text, an_unknown_kind_is_an_error) {
    EXPECT_EQ(render_notice("no_such", "en", voice, {}).error().what, base::code::invalid);
    EXPECT_EQ(render_sms("no_such", "en", voice, {}).error().what, base::code::invalid);
}

TEST(notice_text, every_chinese_tag_is_chinese_and_the_rest_is_english) {
    EXPECT_EQ(notice_language("zh-CN"), "zh-CN");
    EXPECT_EQ(notice_language("zh-Hant-HK"), "zh-CN");
    EXPECT_EQ(notice_language("pt"), "en");
    EXPECT_EQ(notice_language(""), "en");
}

TEST(notice_text, parameters_lose_links_and_line_breaks_and_are_cut_between_characters) {
    EXPECT_EQ(plain_parameter("see  https://evil.example/x now", 100), "see (...) now");
    EXPECT_EQ(plain_parameter("请访问www.evil.cn确认", 100), "请访问(...)确认");
    EXPECT_EQ(plain_parameter("evil.example/path and Evil.Example", 100), "(...) and (...)");
    EXPECT_EQ(plain_parameter("on 2026-12-01 16.30, v1.5, 12.30 CNY.", 100), "on 2026-12-01 16.30, v1.5, 12.30 CNY.");
    EXPECT_EQ(plain_parameter("one\r\n\r\ntwo\x01three", 100), "one two three");
    EXPECT_EQ(plain_parameter("身份证件照片", 3), "身份证");
    EXPECT_EQ(plain_parameter("", 3), "");
}

TEST(notice_text, a_number_is_named_by_its_last_four_digits) {
    EXPECT_EQ(number_tail("+8613800138000"), "8000");
    EXPECT_EQ(number_tail(""), "");
}

}  // namespace
}  // namespace keepline::link
