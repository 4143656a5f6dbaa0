// What the customer takes along: complete, safe to open, and the same bytes for the same input.
#include "desk/backup_archive.hpp"

#include "base/digest.hpp"
#include "base/property.hpp"
#include "desk/zip.hpp"

#include <map>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

archive_source sample() {
    archive_source out;
    out.line_id = "ln_1";
    out.number = base::msisdn::trusted("+8613800138000");
    out.language = "zh-CN";
    out.currency = "CNY";
    out.made_at = {1'795'305'600'000};
    out.zone = base::zone("Asia/Shanghai", {{{}, 8 * 3600}});
    out.bookings = {
        {out.made_at,
         domain::transfer(domain::booking_kind::top_up, domain::account::prepaid, domain::account::cash, 1250, "p-1"),
         "=HYPERLINK(\"x\")"},
        {out.made_at,
         domain::transfer(domain::booking_kind::charge, domain::account::revenue, domain::account::prepaid, 50, "c-1"),
         ""}};
    out.records.bills = {{{20'000}, "B,1", {1999, "CNY"}, "a \"quoted\"\nbill"}};
    out.records.usage = {{out.made_at, "voice", "+8613900139000", 61}};
    out.records.consents = {{out.made_at, "marketing", false}};
    out.records.contacts = {{"王, 小明; 老师", {"+8613900139000", "分机 12"}, {"a@example.org"}}, {"", {"10086"}, {}}};
    out.records.messages = {{out.made_at, "+861", true, "<script>alert('&')</script>"},
                            {{out.made_at.ms - 1000}, "+861", false, "first"}};
    return out;
}

std::string file(const std::vector<archive_file>& of, std::string_view name) {
    for (const auto& one : of)
        if (one.name == name) return one.content;
    return "missing";
}

TEST(backup_archive, tells_money_as_its_owner_sees_it) {
    const auto account = file(backup_files(sample()), "account.csv");
    EXPECT_NE(account.find("top_up,12.50,12.50,CNY,p-1,"), std::string::npos) << account;
    EXPECT_NE(account.find("charge,0.50,-0.50,CNY,c-1,"), std::string::npos) << account;
}

TEST(backup_archive, spreadsheets_get_text_and_never_formulas) {
    const auto files = backup_files(sample());
    EXPECT_NE(file(files, "account.csv").find(R"-("'=HYPERLINK(""x"")")-"), std::string::npos);
    EXPECT_NE(file(files, "bills.csv").find("\"B,1\",19.99,CNY,\"a \"\"quoted\"\"\nbill\"\r\n"), std::string::npos);
    EXPECT_NE(file(files, "usage.csv").find(",\"\t+8613900139000\",61\r\n"), std::string::npos);
    EXPECT_TRUE(file(files, "usage.csv").starts_with("\xEF\xBB\xBF"));
}

TEST(backup_archive, a_formula_is_seen_behind_blanks_and_in_full_width) {
    for (const char* cell :
         {"=1+1",           "+1+1",  "-1+1",  "@SUM(A1)", " =1",  "   =1",      "\t=1", "\r\n=1",
          "＝1+1",          "＋1+1", "－1+1", "＠SUM(1)", " ＝1", "\xC2\xA0=1", "　=1", "\xEF\xBB\xBF=1",
          "\xE2\x80\x8B=1", "﹢1+1", "−1+1",  "\"=1",     "= 1",  "=",          "-"}) {
        auto from = sample();
        from.records.bills = {{{20'000}, "B1", {1999, "CNY"}, cell}};
        const auto text = file(backup_files(from), "bills.csv");
        EXPECT_NE(text.find(",CNY,\"'"), std::string::npos) << cell << ": " << text;
    }
    for (const char* cell : {"-12.30", "a=b", "1-2", "北京", " -5", ""}) {
        auto from = sample();
        from.records.bills = {{{20'000}, "B1", {1999, "CNY"}, cell}};
        EXPECT_NE(file(backup_files(from), "bills.csv").find(",CNY," + std::string(cell) + "\r\n"), std::string::npos)
            << cell;
    }
    auto from = sample();
    from.records.bills = {{{20'000}, "B1", {1999, "CNY"}, "a;=1+1"}};  // a cell of its own where `;` parts them
    EXPECT_NE(file(backup_files(from), "bills.csv").find(",CNY,\"a;=1+1\"\r\n"), std::string::npos);
}

TEST(backup_archive, contacts_are_vcards) {
    const auto cards = file(backup_files(sample()), "contacts.vcf");
    EXPECT_NE(cards.find("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:王\\, 小明\\; 老师\r\n"), std::string::npos) << cards;
    EXPECT_NE(cards.find("TEL;VALUE=uri:tel:+8613900139000\r\nTEL:分机 12\r\nEMAIL:a@example.org\r\nEND:VCARD\r\n"),
              std::string::npos);
    EXPECT_NE(cards.find("FN:10086\r\n"), std::string::npos);  // a name is required
}

TEST(vcard, a_line_folds_at_75_octets_and_never_inside_a_character) {
    EXPECT_HOLDS("unfolding gives the line back", [](const std::vector<std::uint16_t>& points) {
        std::string value;
        for (const auto point : points) value += point % 3 == 0 ? "号" : point % 3 == 1 ? "x" : "\n";
        const auto folded = vcard_line("FN", value);
        std::string unfolded;
        std::size_t length = 0;
        for (std::size_t i = 0; i < folded.size(); ++i) {
            if (folded.compare(i, 2, "\r\n") == 0) {
                RC_ASSERT(length <= 75U);
                if (i + 2 < folded.size()) {
                    RC_ASSERT(folded[i + 2] == ' ');
                    RC_ASSERT((static_cast<unsigned char>(folded[i + 3]) & 0xC0) != 0x80);
                }
                i += i + 2 < folded.size() ? 2 : 1;
                length = 1;
                continue;
            }
            ++length;
            unfolded += folded[i];
        }
        std::string expected = "FN:";
        for (const char c : value) expected += c == '\n' ? std::string("\\n") : std::string(1, c);
        RC_ASSERT(unfolded == expected);
    });
}

TEST(message_page, shows_hostile_text_as_text_in_the_order_it_was_said) {
    const auto page = file(backup_files(sample()), "messages.html");
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_NE(page.find("&lt;script&gt;alert(&#39;&amp;&#39;)"), std::string::npos);
    EXPECT_LT(page.find("first"), page.find("alert"));
    EXPECT_NE(page.find("短信记录"), std::string::npos);
    EXPECT_NE(page.find("2026-11-22 08:00"), std::string::npos);  // local time
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

TEST(backup_archive, digits_survive_a_spreadsheet) {
    auto from = sample();
    from.records.bills.clear();
    for (const char* number :
         {"8613800138000", "+8613800138000", "0012345", "12E5", "12345", "0", "B-1", "1234567890123456789"})
        from.records.bills.push_back({{}, number, {100, "CNY"}, ""});
    const auto bills = file(backup_files(from), "bills.csv");
    for (const char* kept : {"8613800138000", "+8613800138000", "0012345", "12E5", "1234567890123456789"})
        EXPECT_NE(bills.find(",\"\t" + std::string(kept) + "\",1.00"), std::string::npos) << kept << "\n" << bills;
    for (const char* plain : {"12345", "0", "B-1"})
        EXPECT_NE(bills.find("," + std::string(plain) + ",1.00"), std::string::npos) << plain;
}

TEST(backup_archive, speaks_the_customers_language) {
    auto from = sample();
    from.language = "zh-CN";
    EXPECT_NE(file(backup_files(from), "account.csv").find("时间,类型,金额,余额变动,币种,参考号,备注\r\n"),
              std::string::npos);
    EXPECT_NE(file(backup_files(from), "index.html").find("lang=\"zh-CN\""), std::string::npos);
    from.language = "en";
    EXPECT_NE(file(backup_files(from), "account.csv").find("at,kind,amount,change,currency,reference,note\r\n"),
              std::string::npos);
}

TEST(backup_archive, its_index_leads_to_every_file_and_loads_nothing) {
    const auto files = backup_files(sample());
    const auto index = file(files, "index.html");
    for (const auto& one : files)
        if (one.name != "index.html")
            EXPECT_NE(index.find("<a href=\"" + one.name + "\">"), std::string::npos) << one.name;
    EXPECT_NE(index.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(index.find("http:"), std::string::npos);
    EXPECT_EQ(index.find("<script"), std::string::npos);
}

TEST(backup_archive, the_manifest_names_every_other_file_with_its_digest) {
    const auto files = backup_files(sample());
    ASSERT_EQ(files.back().name, "manifest.json");
    const auto listed = boost::json::parse(files.back().content).at("files").as_array();
    ASSERT_EQ(listed.size() + 1, files.size());
    for (std::size_t i = 0; i < listed.size(); ++i) {
        EXPECT_EQ(listed[i].at("name").as_string(), files[i].name);
        EXPECT_EQ(listed[i].at("sha256").as_string(), base::hex(base::sha256(base::view(files[i].content))));
    }
}

TEST(backup_archive, the_same_input_makes_the_same_bytes) {
    EXPECT_EQ(zip(backup_files(sample())), zip(backup_files(sample())));
}

TEST(backup_archive, an_empty_line_has_an_archive_too) {
    archive_source from;
    from.language = "en";
    const auto files = backup_files(from);
    EXPECT_EQ(files.size(), 13U);
    EXPECT_NE(file(files, "index.html").find("messages.html"), std::string::npos);
    EXPECT_NE(file(files, "messages.html").find("No messages"), std::string::npos);
    EXPECT_EQ(file(files, "messages.json"), "[]\n");
}

TEST(zip, holds_what_was_put_in) {
    const auto files = backup_files(sample());
    const auto bytes = zip(files);
    ASSERT_TRUE(bytes);
    auto* reader = archive_read_new();
    archive_read_support_format_zip(reader);
    ASSERT_EQ(archive_read_open_memory(reader, bytes->data(), bytes->size()), ARCHIVE_OK);
    std::size_t i = 0;
    for (archive_entry* entry = nullptr; archive_read_next_header(reader, &entry) == ARCHIVE_OK; ++i) {
        ASSERT_LT(i, files.size());
        EXPECT_EQ(archive_entry_pathname(entry), files[i].name);
        std::string content(files[i].content.size() + 1, '\0');
        const auto n = archive_read_data(reader, content.data(), content.size());
        content.resize(static_cast<std::size_t>(std::max<la_ssize_t>(0, n)));
        EXPECT_EQ(content, files[i].content);
    }
    EXPECT_EQ(i, files.size());
    archive_read_free(reader);
}

TEST(bookings, of_an_earlier_owner_are_not_this_ones) {
    const auto booked_at = [](std::int64_t ms) {
        port::entry out;
        out.at = {ms};
        out.events = base::to_json(std::vector<domain::number_event>{domain::money_booked{
            domain::transfer(domain::booking_kind::top_up, domain::account::prepaid, domain::account::cash, 100),
            "",
            {ms}}});
        return out;
    };
    const auto found = bookings_of({booked_at(10), booked_at(20)}, {15});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().at.ms, 20);
    port::entry broken;
    broken.at = {20};
    broken.events = "[";
    EXPECT_FALSE(bookings_of({broken}, {15}));
}

}  // namespace
}  // namespace keepline::desk
