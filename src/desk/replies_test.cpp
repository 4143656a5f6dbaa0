// Which words of an SMS are an order.
#include "desk/replies.hpp"

#include "base/json.hpp"
#include "base/utf8.hpp"

#include <set>

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
    for (const char* text :
         {"撤回", " 撤回。", "“撤回”", "【撤回】", "withdraw", "Withdraw!", "ｗｉｔｈｄｒａｗ", "\n撤 回\n"})
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

TEST(replies, pictures_and_marks_of_any_script_are_around_a_word_and_no_part_of_it) {
    for (const char* text :
         {"不是我😡", "😡😡不是我!!", "不是我❤️", "¡不是我!", "《不是我》", "不是我👨‍👩‍👧", "不是我☹"})
        EXPECT_EQ(understand(table(), text).word, reply_word::not_me) << text;
    for (const char* text : {"😡", "👍🏽", "……", "♥"})
        EXPECT_EQ(understand(table(), text).word, reply_word::unknown) << text;
}

TEST(replies, a_word_may_name_its_case) {
    EXPECT_EQ(understand(table(), "撤回 4821 0937 1156"), (understood{reply_word::withdraw, "", "482109371156"}));
    EXPECT_EQ(understand(table(), "NotMe 1").word, reply_word::unknown);
    EXPECT_EQ(understand(table(), "keep 4821-0937-1156"), (understood{reply_word::keep, "", "482109371156"}));
}

TEST(replies, a_word_inside_a_sentence_is_no_order) {
    for (const char* text : {"", "?", "please do not stop", "我不想撤回", "STOP it now", "keepsake", "\xFF\xFE"})
        EXPECT_EQ(understand(table(), text).word, reply_word::unknown) << text;
}

// ------------------------------------------------------------------------------------------------ one text

using base::code;
using base::label;

/// Refuses to open, as a store that is damaged does.
class torn_vault final : public port::vault {
 public:
    base::result<port::vault_row> seal(std::string_view, std::string_view, std::string_view) override {
        ++seals;
        return port::vault_row{"sb-1", "replies:ln_1", {1}};
    }
    base::result<std::string> open(std::string_view, std::string_view) override {
        return base::refuse(code::journal_broken, "A sealed row does not open.");
    }
    base::result<std::vector<std::string>> holders_of(std::string_view, std::string_view, std::size_t) override {
        return std::vector<std::string>();
    }
    base::result<std::vector<std::string>> kinds_of(std::string_view, std::string_view) override {
        return std::vector<std::string>();
    }
    base::result<base::bytes> seal_blob(std::string_view, std::string_view, base::byte_view) override {
        return base::bytes{1};
    }
    base::result<base::bytes> open_blob(std::string_view, std::string_view, base::byte_view) override {
        return base::refuse(code::journal_broken, "Sealed bytes do not open.");
    }
    base::result<void> erase(std::string_view) override { return {}; }
    int seals = 0;
};

struct desk_of_replies : testing::Test {
    desk_of_replies() { hold("sb-1"); }
    void hold(const char* subscriber) {
        domain::number_state s;
        s.number = number;
        s.subscription.emplace();
        s.subscription->subscriber = label::trusted(subscriber);
        s.replies = replies;
        line = std::make_shared<engine::stream_view>();
        line->key = {port::stream_kind::number, number.text()};
        line->public_id = "ln_1";
        line->state = s;
    }
    void also_hold(const base::msisdn& other, const char* id, bool with_case) {
        domain::number_state s;
        s.number = other;
        s.subscription.emplace();
        s.subscription->subscriber = label::trusted("sb-1");
        if (with_case) {
            s.current.emplace();
            s.current->stands = domain::stages::unbinding{};
            s.current->reference = std::string("48210937000") + std::string(id).back();
        }
        auto one = std::make_shared<engine::stream_view>();
        one->key = {port::stream_kind::number, other.text()};
        one->public_id = id;
        one->state = s;
        others.push_back(one);
    }
    reply_parts parts(port::vault& with) {
        reply_parts out;
        out.read = [this](const port::stream_key& key) -> base::result<engine::view_ptr> {
            if (key == line->key) return line;
            for (const auto& one : others)
                if (key == one->key) return one;
            return base::refuse(code::not_found, "No.");
        };
        out.submit = [this](engine::submission what, engine::reply then) {
            sent.push_back(std::move(what));
            if (refuses) return then(base::refuse(*refuses, "No."));
            then(engine::answer{});
        };
        out.vault = &with;
        out.routes = &routes;
        out.log = &log;
        out.secrets = &secrets;
        out.random = &random;
        out.strangers = &strangers;
        out.words = table();
        return out;
    }
    bool says(const base::msisdn& from, std::string text) {
        return take_reply(parts(vault), {from, "10690000", std::move(text), base::instant{1}, "sms-1"});
    }
    const domain::hear_reply& heard() const {
        return std::get<domain::hear_reply>(std::get<domain::number_command>(sent.back().what));
    }
    std::vector<reply_text> kept() {
        return base::from_json<std::vector<reply_text>>(vault.open("sb-1", "replies:ln_1").value()).value();
    }
    std::vector<stranger_text> of_strangers() {
        const auto stored = vault.open(strangers_owner, strangers_kind);
        return stored ? base::from_json<std::vector<stranger_text>>(*stored).value() : std::vector<stranger_text>();
    }

    const base::msisdn number = base::msisdn::trusted("+8613800138000");
    const base::msisdn phone = base::msisdn::trusted("+8613900139000");
    domain::reply_memory replies;
    std::shared_ptr<engine::stream_view> line;
    std::vector<std::shared_ptr<engine::stream_view>> others;
    std::vector<engine::submission> sent;
    std::optional<code> refuses;
    port::fake_vault vault;
    port::reply_routes routes;
    port::no_log log;
    port::secrets secrets{base::digest{1}};
    port::fake_random random{1};
    std::atomic<std::uint64_t> strangers{0};
};

TEST_F(desk_of_replies, a_long_text_is_cut_between_characters) {
    std::string text = "a";
    for (int i = 0; i < 1'000; ++i) text += "钱";
    ASSERT_TRUE(says(number, text));
    ASSERT_TRUE(says(number, "and \xFF?"));
    ASSERT_EQ(kept().size(), 2U) << "what cannot be read again takes all the others with it";
    EXPECT_TRUE(base::is_utf8(kept()[0].text));
    EXPECT_GT(kept()[0].text.size(), 1'990U);
    EXPECT_EQ(kept()[1].text, "and \uFFFD?");
}

TEST_F(desk_of_replies, nothing_is_sealed_over_what_does_not_open) {
    torn_vault torn;
    EXPECT_FALSE(take_reply(parts(torn), {number, "10690000", "When?", base::instant{1}, "sms-1"})) << "comes again";
    EXPECT_TRUE(sent.empty());
    EXPECT_TRUE(take_reply(parts(torn), {number, "10690000", "不是我", base::instant{1}, "sms-2"}));
    EXPECT_EQ(heard().word, reply_word::not_me) << "a case is stopped whatever the vault does";
    EXPECT_EQ(torn.seals, 0);
}

TEST_F(desk_of_replies, a_code_leaves_as_a_nonce_and_digests) {
    ASSERT_TRUE(says(number, "KEEP"));
    const auto asked = heard();
    const auto code = secrets.reply_code(port::reply_scope("ln_1"), asked.nonce);
    EXPECT_EQ(asked.named, "");
    replies.keep_digest = asked.digest;
    hold("sb-1");
    ASSERT_TRUE(says(number, "keep " + code));
    EXPECT_EQ(heard().named, asked.digest);
    EXPECT_NE(heard().nonce, asked.nonce);
}

TEST_F(desk_of_replies, a_phone_speaks_for_whom_it_was_written_to_about_and_for_nobody_after_them) {
    routes.note(phone.text(), {number, label::trusted("c1"), label::trusted("sb-1")});
    routes.note(number.text(), {number, label::trusted("line"), label::trusted("sb-1")});
    ASSERT_TRUE(says(phone, "STOP"));
    EXPECT_EQ(heard().contact.text(), "c1");
    sent.clear();
    hold("sb-2");  // the number is another's now
    ASSERT_TRUE(says(phone, "STOP"));
    EXPECT_EQ(of_strangers().size(), 1U);
    ASSERT_TRUE(says(number, "STOP"));
    EXPECT_EQ(heard().contact.text(), "line") << "whoever has the line now is no stranger on it";
}

TEST_F(desk_of_replies, a_stopping_word_reaches_every_line_of_the_phone_that_has_a_case) {
    const auto other = base::msisdn::trusted("+8613800138001");
    const auto third = base::msisdn::trusted("+8613800138002");
    also_hold(other, "ln_2", true);
    also_hold(third, "ln_3", true);
    for (const auto& one : {other, third, number})  // the last that it was told of has no case
        routes.note(phone.text(), {one, label::trusted("c1"), label::trusted("sb-1")});
    for (const char* word : {"不是我", "WITHDRAW"}) {
        sent.clear();
        ASSERT_TRUE(says(phone, word));
        std::set<std::string> reached;
        for (const auto& one : sent) reached.insert(one.to.key);
        EXPECT_EQ(reached, (std::set{other.text(), third.text()})) << word;
    }
    sent.clear();
    ASSERT_TRUE(says(phone, "STOP"));
    EXPECT_EQ(sent.size(), 3U);
    sent.clear();
    ASSERT_TRUE(says(phone, "WITHDRAW 4821 0937 0003"));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to.key, third.text());
    sent.clear();
    ASSERT_TRUE(says(phone, "WITHDRAW 9999 9999 9999"));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(heard().word, reply_word::unknown) << "of none of its cases: people look";
}

TEST_F(desk_of_replies, what_one_of_several_lines_cannot_take_now_comes_again_for_all) {
    also_hold(base::msisdn::trusted("+8613800138001"), "ln_2", true);
    routes.note(phone.text(), {number, label::trusted("c1"), label::trusted("sb-1")});
    routes.note(phone.text(), {base::msisdn::trusted("+8613800138001"), label::trusted("c1"), label::trusted("sb-1")});
    refuses = code::overloaded;
    EXPECT_FALSE(says(phone, "STOP"));
    EXPECT_EQ(sent.size(), 2U);
}

TEST_F(desk_of_replies, what_was_told_before_this_process_counts_beside_what_it_told_itself) {
    const auto other = base::msisdn::trusted("+8613800138001");
    also_hold(other, "ln_2", true);
    routes.note(phone.text(), {number, label::trusted("c1"), label::trusted("sb-1")});
    auto with = parts(vault);
    with.remembered = [&](const std::string&) {
        return std::vector{port::reply_routes::route{other, label::trusted("c1"), label::trusted("sb-1")}};
    };
    ASSERT_TRUE(take_reply(with, {phone, "10690000", "不是我", base::instant{1}, "sms-9"}));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to.key, other.text());
}

TEST_F(desk_of_replies, the_code_behind_keep_finds_its_line) {
    const auto other = base::msisdn::trusted("+8613800138001");
    const auto digest = secrets.keyed_digest("otp", port::reply_scope("ln_1"), "0482");
    replies.keep_digest = digest;
    hold("sb-1");
    also_hold(other, "ln_2", false);
    for (const auto& one : {number, other})
        routes.note(phone.text(), {one, label::trusted("c1"), label::trusted("sb-1")});
    ASSERT_TRUE(says(phone, "keep 0482"));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to.key, number.text());
    EXPECT_EQ(heard().named, digest);
}

TEST_F(desk_of_replies, no_person_reads_a_code_that_a_customer_answers_with) {
    const auto code = secrets.otp_code("ln_1-c1", "nonce");
    ASSERT_EQ(code.size(), 8U);
    const auto spaced = code.substr(0, 4) + " " + code.substr(4);
    for (const auto& text : {code, "my code is " + code + ".", "验证码" + spaced, "1 " + code, std::string("0482")})
        ASSERT_TRUE(says(number, text));
    for (const auto& one : kept()) {
        EXPECT_EQ(one.text.find(code), std::string::npos) << one.text;
        EXPECT_EQ(one.text.find(spaced), std::string::npos) << one.text;
        EXPECT_EQ(one.text.find("0482"), std::string::npos) << one.text;
    }
    ASSERT_TRUE(says(number, "call +8613900139000, case 4821 0937 1156, 12.30 in 2026"));
    EXPECT_EQ(kept().back().text, "call +8613900139000, case 4821 0937 1156, 12.30 in 2026");
}

TEST_F(desk_of_replies, what_the_line_refuses_for_good_reaches_people_whatever_the_word) {
    refuses = code::line_missing;
    for (const char* text : {"WITHDRAW", "STOP", "不是我", "When do I get my money?"}) ASSERT_TRUE(says(number, text));
    EXPECT_EQ(of_strangers().size(), 4U);
}

TEST_F(desk_of_replies, what_strangers_say_waits_for_people_and_does_nothing) {
    ASSERT_TRUE(says(phone, "撤回"));
    EXPECT_EQ(of_strangers(), (std::vector{stranger_text{base::instant{1}, phone.text(), "撤回"}}));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].to.kind, port::stream_kind::credential);
    ASSERT_EQ(sent[0].vault.size(), 1U);
    EXPECT_EQ(strangers, 1U);
    refuses = code::contact_unknown;  // known once, on file no more
    ASSERT_TRUE(says(number, "When do I get my money?"));
    EXPECT_EQ(of_strangers().size(), 2U);
    refuses = code::overloaded;
    EXPECT_FALSE(says(phone, "Hello?"));
}

TEST_F(desk_of_replies, what_goes_wrong_on_our_side_does_not_come_again_for_ever) {
    refuses = code::internal;
    EXPECT_TRUE(says(number, "WITHDRAW"));
    EXPECT_EQ(of_strangers().size(), 1U) << "people see to it";
    EXPECT_TRUE(says(number, "When do I get my money?"));
    EXPECT_TRUE(says(phone, "Hello?"));
}

TEST(reply_routes, forgets_whom_nothing_was_sent_to_for_longest) {
    port::reply_routes routes(2);
    const port::reply_routes::route to{base::msisdn::trusted("+8613800138000"), label::trusted("c1"),
                                       label::trusted("sb-1")};
    for (const char* address : {"a", "b", "a", "c"}) routes.note(address, to);
    EXPECT_FALSE(routes.find("a").empty());
    EXPECT_TRUE(routes.find("b").empty());
    EXPECT_FALSE(routes.find("c").empty());
}

TEST(reply_routes, keeps_every_line_that_an_address_was_told_of_the_last_one_first) {
    port::reply_routes routes;
    const auto to = [](int n) {
        return port::reply_routes::route{base::msisdn::trusted("+86138001380" + std::to_string(10 + n)),
                                         label::trusted("c1"), label::trusted("sb-1")};
    };
    for (const int n : {1, 2, 1}) routes.note("a", to(n));
    EXPECT_EQ(routes.find("a"), (std::vector{to(1), to(2)}));
    EXPECT_EQ(routes.take_changed().at("a"), (std::vector{to(1), to(2)}));
    for (int n = 0; n < 40; ++n) routes.note("a", to(n));
    EXPECT_EQ(routes.find("a").size(), port::reply_routes::lines_of_one);
    EXPECT_EQ(routes.find("a").front(), to(39));
}

}  // namespace
}  // namespace keepline::desk
