// Words of staff on their way into a message, and mailboxes: a table of what attackers write and of what honest staff
// write, in both languages.
#include "domain/message_words.hpp"

#include "base/property.hpp"

namespace keepline::domain {
namespace {

TEST(message_words, tricks_that_end_in_a_link_a_number_or_a_code_are_refused) {
    for (const char* bad : {
             "see http://evil.example/a",
             "see HTTPS://EVIL.EXAMPLE",
             "hxxp:evil",
             "hxxps://evil[.]cn",
             "h**p:x",
             "ftp:x",
             "javascript:alert(1)",
             "tel:10086",
             "weixin:pay",
             "go to evil.cn",
             "evil.cn/x",
             "Evil.Example",
             "a.b.co",
             "1.2.3.4/a",
             "1.2.3.4",
             "１．２．３．４",
             "0x7f.0.0.1",
             "[::1]/a",
             "evil。cn/x",
             "evil｡cn",
             "evil．cn",
             "ｅｖｉｌ．ｃｎ",
             "evil․cn",
             "evil·cn",
             "evil…cn",
             "evil﹒cn",
             "evil[.]cn",
             "evil(dot)cn",
             "evil【点】cn",
             "evil .cn",
             "请访问evil.cn确认",
             "请访问 例子.中国",
             "例子。中国/登录",
             "例子。公司",
             "пример.рф",
             "evil.рф",
             "xn--fiqs8s",
             "www2 evil",
             "ＷＷＷ．evil",
             "wap.evil",
             "//evil",
             "http：／／evil",
             "http:\\\\evil",
             "a@b",
             "加微信 wx＠evil",
             "me﹫x",
             "evil%2ecn",
             "evil&#46;cn",
             "ev\xE2\x80\x8Bil.cn",
             "ev\xC2\xADil",
             "\xE2\x80\xAEnc.live",
             "𝐞𝐯𝐢𝐥",
             "ⓔⓥⓘⓛ",
             "call 13800138000",
             "call +86 138 0013 8000",
             "call 138-0013-8000",
             "call (138) 0013.8000",
             "your code is 482913",
             "编号４８２９１３",
             "验证码 ٤٨٢٩١٣",
             "请拨打一三八零零一三八零零零",
             "请拨打壹叁捌零零壹叁捌零零零",
             "https:evil",
             "\xFF\xFE",
             "x\x01y",
         })
        EXPECT_FALSE(unfit_for_message(bad).empty()) << bad;
}

TEST(message_words, what_honest_staff_write_passes_in_both_languages) {
    for (const char* good : {
             "The document shown has expired.",
             "The photo is unclear. Please send it again, front and back.",
             "a photo of the ID document (front/back), e.g. a passport",
             "no later than 2026-02-13 16:00",
             "by 13.02.2026 or 1/3/2026",
             "12.30 CNY are still owed; 1,234.50 CNY were paid",
             "form v1.5, page 3 of 12",
             "call the hotline 10099",
             "Mr. Li signed; his wife did not",
             "i.e. both pages, at 9 a.m. or 5 p.m.",
             "100% of the contract: see clause 4.2.1",
             "Why? The name differs: Wang vs. Wong",
             "one of 3-4 devices",
             "Not the owner's own account - ask for another",
             "The IBAN ends in 4711",
             "证件已过期。",
             "照片不清晰。请重新上传身份证正面照片。谢谢",
             "请补充材料：身份证（正反面）、手持照片",
             "请于2026年2月13日16:00前到营业厅办理",
             "请于2026-02-13前补充",
             "还欠12.30元，请先缴清",
             "姓名不一致：王·买买提",
             "阿卜杜拉·买买提的证件",
             "请拨打10099咨询",
             "证件号码后四位为1234",
             "第三方账户，不能退款…请更换",
             "一、二、三项均需补充",
             "二〇二六年二月前",
             "ＩＤ已过期",
             "copie d’identité illisible",
             "größer bitte",
         })
        EXPECT_EQ(unfit_for_message(good), "") << good;
}

TEST(message_words, the_refusal_names_the_field) {
    const auto refused = check_message_words("evil.cn", "A reason");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, base::code::invalid);
    EXPECT_TRUE(refused.error().words.starts_with("A reason goes into messages")) << refused.error().words;
    EXPECT_TRUE(check_message_words("the document has expired", "A reason"));
}

TEST(hidden, are_joiners_only_where_no_word_of_their_script_has_them) {
    for (const char* name :
         {"علی\u200Cرضا", "क्\u200Dष", "ശ്രീ", "മോഹന്\u200Dലാല്", "ශ්\u200Dරී ලංකා", "হ্\u200Cব", "李雷", "محمد", "José"})
        EXPECT_TRUE(hides_nothing(name)) << name;
    for (const char* name :
         {"\u200Cعلی", "علی\u200C", "علی\u200C\u200Cرضا", "علی\u200C\u200Dرضا", "علی\u200C رضا", "ali\u200Cce",
          "李\u200D雷", "علی\u200Bرضا", "علی\u200Eرضا", "علی\u200Fرضا", "علی\u202Eرضا", "علی\u2060رضا", "علی\uFEFFرضا",
          "١\u200C٢", "१\u200D२", "a\u200Cرضا", "\u200D", "علی\u061Cرضا"})
        EXPECT_FALSE(hides_nothing(name)) << name;
}

TEST(message_words, no_words_around_a_host_make_it_pass) {
    EXPECT_HOLDS("a host stays a host in any sentence", [](const std::string& before, const std::string& after) {
        const auto plain = [](const std::string& in) {
            std::string out;
            for (const char c : in) out += static_cast<char>('a' + static_cast<unsigned char>(c) % 26);
            return out;
        };
        RC_ASSERT(!unfit_for_message(plain(before) + " evil.example/" + plain(after)).empty());
        RC_ASSERT(!unfit_for_message(plain(before) + "请看evil。cn" + "。" + plain(after)).empty());
        (void)unfit_for_message(before + after);  // any bytes
    });
}

TEST(mailbox, is_one_local_part_one_at_and_one_host) {
    for (const char* good : {"li@customer.example", "a.b+c@x.example.org", "o'brien@x-y.ie", "1@2.cn",
                             "MAILER@EXAMPLE.ORG", "no-reply@keepline.invalid", "x@xn--fiqs8s.cn"})
        EXPECT_TRUE(is_mailbox(good)) << good;
    for (const char* bad : {"",          "@",        "li",       "@x.cn",     "x@",
                            "x@cn",      "a@b@c.d",  "a@b@c",    "a b@x.cn",  "a@b.cn\r\nBcc: c@d.cn",
                            "a@b.cn>",   "<a@b.cn",  "a,b@x.cn", "a;b@x.cn",  "\"a\"@x.cn",
                            "a\\@x.cn",  ".a@x.cn",  "a.@x.cn",  "a..b@x.cn", "a@.cn",
                            "a@x..cn",   "a@x.cn.",  "a@-x.cn",  "a@x-.cn",   "a@[1.2.3.4]",
                            "a@1.2.3.4", "a@x_y.cn", "a@x.c",    "李@x.cn",   "a@例子.中国",
                            "a＠x.cn",   "a@x.cn ",  " a@x.cn",  "a@x.cn\t",  "a(c)@x.cn",
                            "a:b@x.cn"})
        EXPECT_FALSE(is_mailbox(bad)) << bad;
    EXPECT_FALSE(is_mailbox(std::string(65, 'a') + "@x.cn"));
    EXPECT_FALSE(is_mailbox("a@" + std::string(64, 'a') + ".cn"));
    EXPECT_FALSE(is_mailbox("a@" + std::string(250, 'a') + ".cn"));
}

}  // namespace
}  // namespace keepline::domain
