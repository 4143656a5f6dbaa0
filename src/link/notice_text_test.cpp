#include "link/notice_text.hpp"

#include "link/sms_text.hpp"
#include "link/text_check.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <regex>

namespace keepline::link {
namespace {

/// Made when it is first asked for: what renders it must have been set up before.
const notice_voice& voice() {
    static const notice_voice it{"Keepline", "10099"};
    return it;
}

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
            {"network", "yes"},
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

/// Names of months, of money, further words for the same answer, and what is said of one where a language has a form
/// for it.
bool is_of_one_language(std::string_view key) {
    if (key.starts_with("console.") && key.ends_with("_one")) return true;
    return key.starts_with("format.months") || key.starts_with("currency") ||
           (key.starts_with("reply.") && !key.ends_with(".1"));
}

TEST(notice_text, every_text_is_in_both_languages_and_belongs_to_a_message) {
    for (const auto& one : check_texts(voice()))
        EXPECT_TRUE(false) << one.language << " " << one.key << " " << one.what;
    const auto& all = voice().texts->languages();
    ASSERT_EQ(all.size(), 2U);
    std::set<std::string> english;
    std::set<std::string> chinese;
    for (const auto& [key, word] : all.at("en").words)
        if (!is_of_one_language(key)) english.insert(key);
    for (const auto& [key, word] : all.at("zh-CN").words)
        if (!is_of_one_language(key)) chinese.insert(key);
    EXPECT_EQ(english, chinese);
    EXPECT_GT(english.size(), 3 * notice_kinds().size());
}

notice_voice with_source(std::string toml) {
    auto sources = text::shipped_sources();
    sources.push_back({"mine.toml", std::move(toml)});
    auto read = text::book::read(sources);
    EXPECT_TRUE(read) << read.error().words;
    auto out = voice();
    if (read) out.texts = std::make_shared<const text::book>(std::move(*read));
    return out;
}

std::string complaints(const notice_voice& of) {
    std::string out;
    for (const auto& one : check_texts(of)) out += one.language + " " + one.key + " " + one.what + "\n";
    return out;
}

TEST(notice_text, the_check_names_gaps_unknown_places_unknown_texts_and_long_sms) {
    const auto mine = with_source(
        "language = \"pt\"\n[notice.closed]\nsms = \"A linha {{{nummer}}} fechou.\"\n[notice.close]\nsms = \"x\"\n"
        "[notice.withdrawn]\nsms = \"" +
        std::string(700, 'a') + "\"\n");
    const auto said = complaints(mine);
    EXPECT_NE(said.find("pt notice.closed.sms nothing fills {{{nummer}}}"), std::string::npos) << said;
    EXPECT_NE(said.find("pt notice.close.sms no message has a text of this name"), std::string::npos) << said;
    EXPECT_NE(said.find("pt notice.closed.body is missing; en speaks"), std::string::npos) << said;
    EXPECT_NE(said.find("pt notice.withdrawn.sms takes 5 SMS segments"), std::string::npos) << said;
}

TEST(notice_text, the_check_finds_texts_that_would_break_the_service) {
    const auto found = [](const std::string& toml) {
        auto sources = text::shipped_sources();
        sources.push_back({"mine.toml", "language = \"en\"\n" + toml});
        auto read = text::book::read(sources);
        EXPECT_TRUE(read) << toml;
        auto mine = voice();
        const auto book = std::make_shared<const text::book>(std::move(*read));
        mine.texts = book;
        std::string out;
        for (const auto& one : check_texts(mine))
            if (one.is_error) out += one.key + ": " + one.what + "\n";
        return out;
    };
    EXPECT_EQ(found(""), "");
    for (const auto& [toml, what] : std::vector<std::pair<std::string, std::string>>{
             {"[notice.otp]\nsms = \"Read it to our agent.\"", "notice.otp.sms: must hold {{{code}}}"},
             {"[notice.contact_code]\nbody = \"Hello.\"", "notice.contact_code.body: must hold {{{code}}}"},
             {"[format]\nday = \"{{{day}}}\"", "format.day: must hold {{{year}}}"},
             {"[reply]\nstop = [\"KEEP\"]", "the same word is in reply."},
             {"[reply]\nstop = [\"keep \"]", "the same word is in reply."},
             {"[reply]\nwithdraw = [\"\"]", "reply.withdraw.1: holds no word"},
             {"[reply]\nwithdraw = [\"！☎\"]", "reply.withdraw.1: holds no word"},
             {"[reply]\nstop = [\"《ＫＥＥＰ》\"]", "the same word is in reply."},
             {"[notice.closed]\nsms = \"See https://x.example\"", "notice.closed.sms: holds a link"},
             {"[notice.closed]\nsms = \"Closed \u202e1234\"", "notice.closed.sms: holds a character"},
             {"[certificate]\ntitel = \"x\"", "certificate.titel: no text of this name"},
         })
        EXPECT_NE(found(toml).find(what), std::string::npos) << toml << "\n" << found(toml);
}

TEST(notice_text, what_an_operator_lays_over_the_texts_speaks_and_the_rest_stays) {
    const auto mine = with_source("language = \"zh-CN\"\n[notice.withdrawn]\nsms = \"{{{case}}}撤回了\"\n");
    EXPECT_EQ(complaints(mine), "");
    EXPECT_EQ(render_sms("withdrawn", "zh-CN", mine, full_params()), "【Keepline】ln_7q4m2k9d-c1撤回了");
    EXPECT_EQ(render_sms("closed", "zh-CN", mine, full_params()),
              render_sms("closed", "zh-CN", voice(), full_params()));
    const auto more = with_source("language = \"pt\"\nfallback = \"zh-CN\"\n[notice.withdrawn]\nsms = \"Retirado.\"\n");
    EXPECT_EQ(render_sms("withdrawn", "pt-BR", more, full_params()), "【Keepline】Retirado.");
    EXPECT_EQ(render_sms("closed", "pt", more, full_params()), render_sms("closed", "zh-CN", voice(), full_params()));
}

TEST(notice_text, texts_that_are_no_texts_are_refused_with_file_and_line) {
    for (const auto& [toml, why] : std::vector<std::pair<std::string, std::string>>{
             {"language = \"pt\"\n[notice", "mine.toml: line 2"},
             {"[notice.closed]\nsms = \"x\"", "which language"},
             {"language = \"pt\"\n[notice.closed]\nsms = 3", "`notice.closed.sms` must be a text"},
             {"language = \"pt\"\n[notice.closed]\nsms = \"{{#case}}x\"", "no template"},
             {"language = \"pt\"\nfallback = \"xx\"", "leads nowhere"},
             {"language = \"pt\"\nfallback = \"pt\"", "leads nowhere"},
         }) {
        auto sources = text::shipped_sources();
        sources.push_back({"mine.toml", toml});
        const auto read = text::book::read(sources);
        ASSERT_FALSE(read) << toml;
        EXPECT_NE(read.error().words.find(why), std::string::npos) << read.error().words;
    }
}

TEST(notice_text, days_and_money_are_written_as_the_reader_writes_them) {
    const auto& texts = *voice().texts;
    const auto& chinese = texts.best("zh-Hans");
    const auto& english = texts.best("en-GB");
    EXPECT_EQ(texts.localised(chinese, "2027-02-27"), "2027年2月27日");
    EXPECT_EQ(texts.localised(chinese, "2027-02-27 16:05"), "2027年2月27日16:05");
    EXPECT_EQ(texts.localised(chinese, "1.01 CNY"), "1.01元");
    EXPECT_EQ(texts.localised(chinese, "1.01 CHF"), "1.01CHF");
    EXPECT_EQ(texts.localised(english, "2027-02-27"), "27 February 2027");
    EXPECT_EQ(texts.localised(english, "2027-02-27 16:05"), "27 February 2027, 16:05");
    EXPECT_EQ(texts.localised(english, "1.01 CNY"), "1.01 CNY");
    for (const char* other : {"", "yes", "24", "2027-02-30", "ln_7q4m2k9d", "a CNY", "12.30 cny", "x 16:05"})
        EXPECT_EQ(texts.localised(chinese, other), other);
}

TEST(notice_text, the_core_emits_only_kinds_that_have_words) {
    const std::regex told(R"(tell\(([^,;]*"[a-z_]+"[^,;]*),)");
    const std::regex quoted(R"re("([a-z_]+)")re");
    int found = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(KEEPLINE_SOURCE_DIR "/src/domain")) {
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

TEST(notice_text, no_message_has_a_link_or_asks_for_a_code) {
    const std::regex forbidden(
        R"(://|www\.|\.com|\.net|href|click|tap |send us|enter the code|tell us the code|give us the code|点击|网址|请输入|请提供验证码|请告知验证码)",
        std::regex::icase);
    every_notice(full_params(), voice(), [&](const auto&, auto, const rendered_notice& r) {
        for (const auto& text : {r.subject, r.sms, r.text, r.html})
            EXPECT_FALSE(std::regex_search(text, forbidden)) << text;
    });
}

TEST(notice_text, a_missing_parameter_leaves_no_hole) {
    // Doubled or dangling punctuation, empty brackets, unfilled places, facts without a value.
    const std::regex hole(R"(\{\{|  |\(\)|（）| [.,;:]|[,;:]\.|\.\.|，，|，。|：。|。。|^\* [^:：]*[:：] ?$)",
                          std::regex::multiline);
    for (const auto& by : {voice(), notice_voice{"Keepline", ""}})
        for (const auto& params : {least_params(), full_params()})
            every_notice(params, by, [&](const auto&, auto, const rendered_notice& r) {
                for (const auto& text : {r.subject, r.sms, r.text}) EXPECT_FALSE(std::regex_search(text, hole)) << text;
                EXPECT_EQ(r.html.find("{{"), std::string::npos);
            });
}

TEST(notice_text, a_day_until_which_something_lasts_is_said_to_count) {
    const std::regex bare(
        "until [0-9]{1,2} [A-Z][a-z]+ [0-9]{4}(?! inclusive)|(至|到)[0-9]+年[0-9]+月[0-9]+日(?!（含）)|"
        "[0-9]+月[0-9]+日前");
    auto params = full_params();
    for (auto& [name, value] : params)
        if (name == "until") value = "2026-12-20";
    every_notice(params, voice(), [&](const auto&, auto, const rendered_notice& r) {
        for (const auto& text : {r.subject, r.sms, r.text}) EXPECT_FALSE(std::regex_search(text, bare)) << text;
    });
}

TEST(notice_text, a_short_text_fits_three_segments_and_english_stays_in_the_gsm_alphabet) {
    every_notice(full_params(), voice(), [&](const auto&, auto language, const rendered_notice& r) {
        EXPECT_LE(sms_segments(r.sms, 1).size(), 3U) << r.sms;
        if (language == "en") {
            EXPECT_TRUE(gsm_septets(r.sms)) << r.sms;
        }
    });
}

TEST(notice_text, where_customers_may_answer_messages_name_words_of_the_table_and_stay_short) {
    auto answered = voice();
    answered.replies = true;
    for (const std::string_view language : {"en", "zh-CN"})
        for (const auto& one : sms_samples(language, answered)) EXPECT_LE(one.segments, 3U) << one.text;
    auto params = sample_params("receipt");
    EXPECT_NE(render_sms("receipt", "zh-CN", answered, params)->find("撤回请回复“撤回”"), std::string::npos);
    EXPECT_NE(render_sms("receipt", "en", answered, params)->find("reply WITHDRAW"), std::string::npos);
    EXPECT_NE(render_sms("customer_locked", "en", answered, params)->find("Reply NOTME or call 10099"),
              std::string::npos);
    EXPECT_EQ(render_sms("receipt", "en", voice(), params)->find("WITHDRAW"), std::string::npos);
    // A mail cannot be answered that way.
    EXPECT_EQ(render_notice("receipt", "en", answered, params)->text.find("NOTME"), std::string::npos);
}

TEST(notice_text, a_reminder_names_keep_only_where_it_works) {
    auto answered = voice();
    answered.replies = true;
    for (const std::string_view language : {"en", "zh-CN"}) {
        const std::string keep = language == "en" ? "KEEP" : "保号";
        EXPECT_EQ(render_sms("validity_reminder", language, answered, least_params())->find("“" + keep),
                  std::string::npos);
        EXPECT_EQ(render_sms("validity_reminder", language, answered, least_params())->find("reply " + keep),
                  std::string::npos);
        auto params = least_params();
        params["keep"] = "yes";
        params["amount"] = "20.00 INR";
        const auto sms = *render_sms("validity_reminder", language, answered, params);
        EXPECT_NE(sms.find(keep), std::string::npos) << sms;
        EXPECT_NE(sms.find(language == "en" ? "20.00 INR" : "20.00印度卢比"), std::string::npos) << sms;
    }
}

TEST(notice_text, status_says_how_the_line_is_and_a_case_on_hold_asks_for_nothing) {
    for (const auto* state : {"grace", "suspended", "locked"}) {
        const auto sms = *render_sms("reply_status", "en", voice(), {{"number", "8000"}, {state, "yes"}});
        EXPECT_EQ(sms.find("in order"), std::string::npos) << sms;
    }
    const auto held = *render_sms("reply_status", "en", voice(),
                                  {{"number", "8000"}, {"in_order", "yes"}, {"open", "yes"}, {"waits", "yes"}});
    EXPECT_EQ(held.find("delete"), std::string::npos) << held;
    EXPECT_NE(held.find("on hold"), std::string::npos) << held;
}

TEST(notice_text, an_address_that_nobody_has_confirmed_is_not_called_on_file) {
    for (const std::string_view language : {"en", "zh-CN"}) {
        const auto mine = language == "en" ? "is on file for this line" : "登记为该号码的联系方式";
        EXPECT_EQ(render_notice("contact_code", language, voice(), least_params())->text.find(mine), std::string::npos);
        EXPECT_NE(render_notice("customer_locked", language, voice(), least_params())->text.find(mine),
                  std::string::npos);
    }
}

TEST(notice_text, a_line_that_cannot_be_taken_back_promises_nothing) {
    for (const auto* kind : {"closed", "line_ended", "reply_ended", "reply_too_late", "closing_now"}) {
        const auto told = *render_notice(kind, "en", voice(), least_params());
        for (const auto& text : {told.sms, told.text})
            EXPECT_EQ(text.find("take the number back"), std::string::npos) << text;
    }
}

TEST(notice_text, words_that_customers_know_from_elsewhere_are_in_the_table_and_none_means_its_opposite) {
    const auto& all = voice().texts->languages();
    std::set<std::pair<std::string, std::string>> words;  // what it does, the word
    for (const auto& [tag, in] : all)
        for (const auto& [key, word] : in.words)
            if (key.starts_with("reply.")) words.emplace(key.substr(6, key.rfind('.') - 6), word);
    for (const auto& [does, word] : std::vector<std::pair<std::string, std::string>>{{"withdraw", "撤銷"},
                                                                                     {"withdraw", "取消註銷"},
                                                                                     {"stop", "退訂"},
                                                                                     {"stop", "TD"},
                                                                                     {"stop", "T"},
                                                                                     {"stop", "UNSUBSCRIBE"},
                                                                                     {"start", "恢復提醒"}})
        EXPECT_TRUE(words.contains({does, word})) << word;
    for (const auto& [does, word] : words) EXPECT_NE(word, "CANCEL") << "of a line, or of its closing?";
}

TEST(notice_text, render_sms_says_the_same_as_the_whole_notice) {
    every_notice(full_params(), voice(), [&](const notice_kind& kind, auto language, const rendered_notice& r) {
        EXPECT_EQ(render_sms(kind.kind, language, voice(), full_params()), r.sms);
    });
}

TEST(notice_text, html_escapes_what_people_typed) {
    auto params = full_params();
    params["reason"] = "<script>alert('x')</script> & \"more\" {{line}}";
    const auto r = render_notice("rejected", "en", voice(), params);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->html.find("<script"), std::string::npos);
    EXPECT_NE(r->html.find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(r->html.find("{{line}}"), std::string::npos);  // a value is never a template
    EXPECT_NE(r->text.find("<script>"), std::string::npos);  // plain text stays plain
}

TEST(notice_text, html_shows_paragraphs_and_facts) {
    const auto r = render_notice("closed", "zh-CN", voice(), full_params());
    ASSERT_TRUE(r);
    EXPECT_NE(r->html.find("lang=\"zh-CN\""), std::string::npos);
    EXPECT_NE(r->html.find("width=device-width"), std::string::npos);
    EXPECT_NE(r->html.find(">注销凭证</td>"), std::string::npos);
    EXPECT_NE(r->html.find(">ln_7q4m2k9d-c1</td>"), std::string::npos);
    EXPECT_NE(r->html.find("10099"), std::string::npos);
}

TEST(notice_text, an_unknown_kind_is_an_error) {
    EXPECT_EQ(render_notice("no_such", "en", voice(), {}).error().what, base::code::invalid);
    EXPECT_EQ(render_sms("no_such", "en", voice(), {}).error().what, base::code::invalid);
}

TEST(notice_text, every_tag_is_served_by_the_nearest_language) {
    const auto serves = [](std::string_view tag) { return voice().texts->best(tag).tag; };
    EXPECT_EQ(serves("zh-CN"), "zh-CN");
    EXPECT_EQ(serves("ZH-cn"), "zh-CN");
    EXPECT_EQ(serves("zh-Hant-HK"), "zh-CN");
    EXPECT_EQ(serves("en-GB"), "en");
    EXPECT_EQ(serves("pt"), "en");
    EXPECT_EQ(serves(""), "en");
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
