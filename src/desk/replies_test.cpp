// Which words of an SMS are an order.
#include "desk/replies.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using domain::reply_word;

const reply_table& table() {
    static const reply_table it{{reply_word::withdraw, "撤回"}, {reply_word::withdraw, "WITHDRAW"},
                                {reply_word::not_me, "不是我"}, {reply_word::stop, "STOP"},
                                {reply_word::keep, "KEEP"},     {reply_word::keep, "保号"}};
    return it;
}

TEST(replies, a_word_counts_in_any_letters_and_with_any_marks_around_it) {
    for (const char* text : {"撤回", " 撤回。", "“撤回”", "【撤回】", "withdraw", "Withdraw!", "ｗｉｔｈｄｒａｗ", "\n撤 回\n"})
        EXPECT_EQ(understand(table(), text).word, reply_word::withdraw) << text;
    EXPECT_EQ(understand(table(), "不是我！").word, reply_word::not_me);
    EXPECT_EQ(understand(table(), "stop.").word, reply_word::stop);
}

TEST(replies, keep_may_name_its_code) {
    EXPECT_EQ(understand(table(), "KEEP"), (understood{reply_word::keep, ""}));
    EXPECT_EQ(understand(table(), "keep 0482"), (understood{reply_word::keep, "0482"}));
    EXPECT_EQ(understand(table(), "保号０４８２"), (understood{reply_word::keep, "0482"}));
    EXPECT_EQ(understand(table(), "keep 123456789").word, reply_word::unknown);
}

TEST(replies, a_word_inside_a_sentence_is_no_order) {
    for (const char* text : {"", "?", "please do not stop", "我不想撤回", "STOP it now", "keepsake", "\xFF\xFE"})
        EXPECT_EQ(understand(table(), text).word, reply_word::unknown) << text;
}

}  // namespace
}  // namespace keepline::desk
