#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/json_members.hpp"
#include "base/locked_bytes.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace keepline::base {
namespace {

TEST(error_codes, what_the_server_cannot_do_now_is_no_answer_to_what_was_asked) {
#define X(name, id, http, exit_code, title, whose) code::name,
    for (const auto one : {
#include "base/error_codes.def"
         }) {
#undef X
        const auto& what = info(one);
        const bool later = what.http_status == 503 && one != code::over_budget;  // that one is about a message
        if (later || what.http_status == 500) EXPECT_TRUE(is_ours(one)) << what.id;
        if (later) EXPECT_TRUE(may_pass(one)) << what.id;
        if (may_pass(one)) EXPECT_TRUE(is_ours(one)) << what.id;
        if (what.exit_code == 2 || what.exit_code == 3 || what.exit_code == 6) EXPECT_FALSE(is_ours(one)) << what.id;
    }
}

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct inner {
    static constexpr std::string_view name = "inner";
    instant at;
    std::optional<money> price;
    bool operator==(const inner&) const = default;
};
BOOST_DESCRIBE_STRUCT(inner, (), (at, price))

struct other {
    static constexpr std::string_view name = "other";
    int n = 3;
    bool operator==(const other&) const = default;
};
BOOST_DESCRIBE_STRUCT(other, (), (n))

struct outer {
    std::string words;
    colour paint = colour::red;
    std::vector<std::variant<inner, other>> parts;
    local_day day;
    msisdn number;
    bool operator==(const outer&) const = default;
};
BOOST_DESCRIBE_STRUCT(outer, (), (words, paint, parts, day, number))

outer sample() {
    return {"a \"b\"\n号",
            colour::green,
            {inner{instant{1'700'000'000'123}, money{1250, "CNY"}}, other{}},
            *day_from_iso("2026-02-13"),
            msisdn::trusted("+8613800138000")};
}

TEST(json, a_described_struct_comes_back_the_same_in_both_forms) {
    for (auto how : {form::journal, form::api}) {
        const auto text = to_json(sample(), how);
        const auto back = from_json<outer>(text, how);
        ASSERT_TRUE(back) << text << ": " << back.error().words;
        EXPECT_EQ(*back, sample()) << text;
    }
}

TEST(json, the_journal_leaves_out_defaults) { EXPECT_EQ(to_json(outer{}), "{}"); }

TEST(json, the_api_refuses_unknown_and_missing_members_with_their_path) {
    const auto unknown = from_json<other>(R"({"n":1,"m":2})", form::api);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().data.at(0).value, "m");
    const auto missing = from_json<other>("{}", form::api);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().data.at(0).value, "n");
    EXPECT_FALSE(from_json<other>(R"({"n":1.5})", form::api));
    EXPECT_FALSE(from_json<other>(R"({"n":99999999999})", form::api));
}

TEST(json, a_member_is_there_once_in_each_object_however_its_name_is_written) {
    for (const auto* once : {"{}", "[]", R"({"a":1,"b":{"a":2,"c":[{"a":1},{"a":1}]}})", R"("a")", R"({"":1})"})
        EXPECT_TRUE(check_members_once(once)) << once;
    for (const auto* twice : {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"({"b":[0,{"x":{"":1,"":2}}]})",
                              R"([{"a":1},{"a":1,"b":2,"a":3}])"}) {
        const auto refused = check_members_once(twice);
        ASSERT_FALSE(refused) << twice;
        EXPECT_EQ(refused.error().what, code::malformed);
    }
}

TEST(json, text_is_read_to_its_end_and_not_to_a_zero_byte) {
    using namespace std::string_view_literals;
    EXPECT_EQ(enum_named<colour>("green"), colour::green);
    EXPECT_FALSE(enum_named<colour>("green\0junk"sv));
    EXPECT_FALSE(enum_named<colour>(""));
    for (const auto how : {form::journal, form::api})
        EXPECT_FALSE(
            from_json<outer>(R"({"words":"","paint":"green\u0000junk","parts":[],"day":null,"number":""})", how));
    EXPECT_FALSE(from_json<std::string>(R"("a\u0000b")", form::api));
    EXPECT_FALSE((from_json<std::map<std::string, int>>(R"({"a\u0000b":1})", form::api)));
}

TEST(time, iso_text_reads_back) {
    const instant t{1'771'000'000'123};
    EXPECT_EQ(instant_from_iso(iso(t)), t);
    EXPECT_EQ(iso(instant{0}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(iso(instant{-1}), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(iso(*instant_from_iso("0007-03-04T05:06:07.089Z")), "0007-03-04T05:06:07.089Z");
    EXPECT_EQ(iso(*instant_from_iso("9999-12-31T23:59:59.999Z") + duration{1}), "10000-01-01T00:00:00.000Z");
    EXPECT_EQ(instant_from_iso("2026-02-13T16:00:00+08:00"), instant_from_iso("2026-02-13T08:00:00Z"));
    for (const char* wrong : {"2026-02-30T00:00:00Z", "2026-02-13 08:00:00Z", "2026-02-13T08:00:00", "",
                              "2026-02-13T25:00:00Z", "2026-02-13T08:00:00.Z"})
        EXPECT_FALSE(instant_from_iso(wrong)) << wrong;
}

TEST(time, a_zone_finds_the_start_of_a_day_on_both_sides_of_a_change) {
    // Europe/Lisbon 2026: +1 h on 29 March 01:00 UTC, back on 25 October 01:00 UTC.
    const zone lisbon("Europe/Lisbon", {{*instant_from_iso("2025-10-26T01:00:00Z"), 0},
                                        {*instant_from_iso("2026-03-29T01:00:00Z"), 3600},
                                        {*instant_from_iso("2026-10-25T01:00:00Z"), 0}});
    EXPECT_EQ(iso(lisbon.start_of(*day_from_iso("2026-03-29"))), "2026-03-29T00:00:00.000Z");
    EXPECT_EQ(iso(lisbon.end_of(*day_from_iso("2026-03-29"))), "2026-03-29T23:00:00.000Z");
    EXPECT_EQ(iso(lisbon.end_of(*day_from_iso("2026-10-25"))), "2026-10-26T00:00:00.000Z");
    const zone shanghai("Asia/Shanghai", {{instant{0}, 8 * 3600}});
    EXPECT_EQ(iso(shanghai.day_of(*instant_from_iso("2026-02-12T16:00:00Z"))), "2026-02-13");
    EXPECT_EQ(shanghai.local_text(*instant_from_iso("2026-02-12T16:30:00Z")), "2026-02-13 00:30");
}

TEST(money, never_overflows_or_mixes) {
    EXPECT_FALSE(add({INT64_MAX, "CNY"}, {1, "CNY"}));
    EXPECT_FALSE(add({1, "CNY"}, {1, "JPY"}));
    EXPECT_EQ(*add({}, {1, "JPY"}), (money{1, "JPY"}));
    EXPECT_EQ(text({-5, "JPY"}), "-5 JPY");
    EXPECT_EQ(text({-5, "CNY"}), "-0.05 CNY");
    EXPECT_EQ(text({123456, "KWD"}), "123.456 KWD");
    EXPECT_EQ(fraction({1000, "CNY"}, 1, 3)->minor, 333);
}

TEST(ids, accept_the_real_form_only) {
    EXPECT_TRUE(msisdn::parse("+8613800138000"));
    for (const char* wrong : {"8613800138000", "+0123456789", "+861380013800a", "+123", "+1234567890123456"})
        EXPECT_FALSE(msisdn::parse(wrong)) << wrong;
    EXPECT_EQ(iccid::parse("8986001234567890120F")->text().size(), 19U);
    EXPECT_FALSE(iccid::parse("8986001234567890121"));
    EXPECT_TRUE(eid::parse("89049032123451234512345678901235"));
    EXPECT_FALSE(eid::parse("89049032123451234512345678901234"));
}

TEST(ids, that_others_choose_are_never_ours_nor_another_path) {
    for (const char* fine : {"sub-1", "a.b", ".a", "line", "policy", "esim", "sb-1", "lnx"})
        EXPECT_TRUE(label::parse(fine)) << fine;
    for (const char* wrong :
         {"ln_abc", "es_1", "sb_sub-1", "p_8986001234567890120", "cl_", ".", "..", "...", "a/b", "a:b", "A", ""})
        EXPECT_FALSE(label::parse(wrong)) << wrong;
}

TEST(bytes, text_forms_read_back_and_refuse_looseness) {
    const bytes data{0, 1, 250, 255, 7};
    EXPECT_EQ(from_hex(hex(data)), data);
    EXPECT_EQ(from_base64(base64(data)), data);
    EXPECT_EQ(from_base64url(base64url(data)), data);
    EXPECT_FALSE(from_base64("AB=="));  // stray bits
    EXPECT_FALSE(from_base64("AAB="));
    EXPECT_FALSE(from_base64url("AB"));
    EXPECT_FALSE(from_base64url("AAB"));
    for (const auto* text : {" QUJD", "QUJD\n", "QU JD", "QUJ", "QUJD=", "QQ=", "Q===", "====", "QQ==QUJD", "QU-D",
                             "QU_D", "QUJ\xff", "QU=D"})
        EXPECT_FALSE(from_base64(text)) << text;
    for (const auto* text : {"QU+D", "QU/D", "QQ==", "QUJD\n", "QUJD ", "Q"})
        EXPECT_FALSE(from_base64url(text)) << text;
    for (std::size_t size = 0; size < 70; ++size) {
        bytes one(size);
        for (std::size_t i = 0; i < size; ++i) one[i] = static_cast<std::uint8_t>(i * 37 + size);
        EXPECT_EQ(from_base64(base64(one)), one);
        EXPECT_EQ(from_base64url(base64url(one)), one);
        EXPECT_EQ(base64(one).size(), (size + 2) / 3 * 4);
    }
    bytes large(10'000'001, 0xfb);  // more than is encoded at once
    EXPECT_EQ(from_base64(base64(large)), large);
    EXPECT_FALSE(from_base64url("A"));
    EXPECT_FALSE(from_hex("abc"));
}

TEST(utf8, is_read_as_rfc_3629_says_and_no_looser) {
    std::string text;
    const std::vector<char32_t> points{0x0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (const auto one : points) append_utf8(text, one);
    ASSERT_TRUE(is_utf8(text));
    std::vector<char32_t> read;
    for (std::string_view rest = text; !rest.empty();) {
        const auto [value, length] = first_code_point(rest);
        ASSERT_GT(length, 0U);
        read.push_back(value);
        rest.remove_prefix(length);
    }
    EXPECT_EQ(read, points);
    for (const std::string_view bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe2\x82",
                                       "\xe2\x28\xa1", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
                                       "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        EXPECT_FALSE(is_utf8(bad)) << hex(view(bad));
        EXPECT_FALSE(is_utf8("a" + std::string(bad))) << hex(view(bad));
    }
}

TEST(digest, hmac_gives_what_rfc_4231_says_whatever_key_came_before) {
    const auto mac = [](byte_view key, std::string_view data) { return hex(hmac_sha256(key, view(data))); };
    const bytes first(20, 0x0B);
    const bytes longer_than_a_block(131, 0xAA);
    constexpr std::string_view question = "what do ya want for nothing?";
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(mac(first, "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        EXPECT_EQ(mac(view("Jefe"), question), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        EXPECT_EQ(mac(longer_than_a_block, "Test Using Larger Than Block-Size Key - Hash Key First"),
                  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        EXPECT_EQ(mac({}, ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    }
}

TEST(locked_bytes, keep_a_secret_in_pages_that_are_locked_and_hand_out_copies_that_are_too) {
    const bytes secret(32, 0x5a);
    locked_bytes first{byte_view(secret)};
    const locked_bytes second = first;
    EXPECT_EQ(hex(second.view()), hex(secret));
    first = locked_bytes(32);
    EXPECT_EQ(hex(first.view()), std::string(64, '0'));
    EXPECT_EQ(hex(second.view()), hex(secret));
    std::ifstream status("/proc/self/status");
    std::string line;
    long locked_kb = 0;
    while (std::getline(status, line))
        if (line.starts_with("VmLck:")) locked_kb = std::stol(line.substr(6));
    if (locked_bytes::all_locked()) EXPECT_GE(locked_kb, 8);
}

TEST(utf8, a_text_in_pieces_is_read_as_the_whole_text_is) {
    const std::vector<std::string> texts{"",         "abc",          "\u4fdd\u53f7\u5361", "\xf0\x9f\x98\x80",
                                         "a\xc3",    "\xed\xa0\x80", "\xc0\xaf",           "\xf4\x90\x80\x80",
                                         "\xe4\xbf", "\xff",         "\xe0\x9f\xbf",       "\xf0\x8f\xbf\xbf"};
    for (const auto& text : texts)
        for (std::size_t size = 1; size <= 4; ++size) {
            utf8_check check;
            bool good = true;
            for (std::size_t at = 0; at < text.size() && good; at += size) {
                const auto piece = std::string_view(text).substr(at, size);
                good = check.feed(piece) == piece.size();
            }
            EXPECT_EQ(good && check.whole(), is_utf8(text)) << hex(view(text)) << " by " << size;
        }
}

TEST(utf8, a_masked_name_keeps_the_first_character_of_each_word) {
    EXPECT_EQ(masked_name("Zhang Wei"), "Z* W*");
    EXPECT_EQ(masked_name("张伟"), "张*");
    EXPECT_EQ(masked_name("  Ana   María "), "A* M*");
    EXPECT_EQ(masked_name("a b c d e f"), "a* b* c* d*");
    EXPECT_EQ(masked_name(""), "");
    EXPECT_EQ(masked_name("\xff\xfe"), "");
}

TEST(utf8, forms_of_width_become_the_ascii_that_they_stand_for) {
    EXPECT_EQ(narrowed("\uff0b\uff18\uff16 \uff21\uff42\uff5e\uff01\u4fdd\u2010x\xff"), "+86 Ab~!\u4fdd\u2010x\xff");
}

}  // namespace
}  // namespace keepline::base
