#include "link/refund_connector.hpp"

#include "base/json.hpp"
#include "link/refund_log.hpp"
#include "link/scripted_peer.hpp"
#include "port/person.hpp"

#include <fstream>
#include <set>
#include <sys/stat.h>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;

std::string contents(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

class refund_connector : public testing::Test {
 protected:
    refund_connector() {
        port::person person;
        person.full_name = "Li Lei";
        person.refund_iban = "6222021234567890128";
        (void)vault.seal("sb-1", port::person_kind, base::to_json(person));
    }
    std::unique_ptr<port::connector> connector(base::duration linger = 20ms, std::size_t batch_max = 500) {
        auto out = make_refund_connector(
            {folder.path(), {"Operator", "DE89370400440532013000", "COBADEFFXXX"}, linger, batch_max}, vault, clock,
            secrets);
        EXPECT_TRUE(out) << out.error().words;
        return std::move(*out);
    }
    port::outbound refund(const std::string& id, std::int64_t minor = 1230) {
        port::outbound out;
        out.key = "k-1";
        out.line_id = "ln_1";
        out.what = domain::pay_refund{
            id, {minor, "CNY"}, domain::label::trusted("sb-1"),
            1,  {20783},        secrets.account_digest({base::account_kind::card, "6222021234567890128", "", ""})};
        return out;
    }
    static std::string file_of(const result<port::delivered>& done) {
        return done ? port::number_answer<domain::refund_written>(*done).file : "error: " + done.error().words;
    }
    /// Every EndToEndId in every file that the bank can see.
    std::multiset<std::string> paid() {
        std::multiset<std::string> out;
        for (const auto& name : folder.files()) {
            if (!name.ends_with(".xml")) continue;
            const auto xml = contents(folder.path() + "/" + name);
            constexpr std::string_view mark = "<EndToEndId>";
            for (auto at = xml.find(mark); at != std::string::npos; at = xml.find(mark, at + 1))
                out.insert(xml.substr(at + mark.size(), xml.find('<', at + 1) - at - mark.size()));
        }
        return out;
    }

    test_folder folder;
    port::secrets secrets{base::digest{7}};
    port::fake_vault vault;
    port::fake_clock clock{base::instant{1'795'000'000'000}};
};

TEST_F(refund_connector, the_statement_names_the_case_as_messages_do) {
    auto link = connector();
    auto named = refund("KLR-1");
    std::get<domain::pay_refund>(named.what).reference = "4821 0937 1156";
    const auto xml = contents(folder.path() + "/" + file_of(link->deliver(named)));
    EXPECT_NE(xml.find("<Ustrd>Refund 4821 0937 1156</Ustrd>"), std::string::npos) << xml;
    const auto unnamed = contents(folder.path() + "/" + file_of(link->deliver(refund("KLR-2"))));
    EXPECT_NE(unnamed.find("<Ustrd>Refund ln_1-c1</Ustrd>"), std::string::npos) << unnamed;
}

TEST_F(refund_connector, a_refund_is_in_one_file_however_often_it_is_asked_for) {
    auto link = connector();
    const auto file = file_of(link->deliver(refund("KLR-1")));
    EXPECT_TRUE(file.ends_with(".xml")) << file;
    EXPECT_EQ(file_of(link->deliver(refund("KLR-1"))), file);
    link.reset();
    link = connector();  // another process
    EXPECT_EQ(file_of(link->deliver(refund("KLR-1"))), file);
    std::filesystem::remove(folder.path() + "/" + file);  // the bank took it
    EXPECT_EQ(file_of(link->deliver(refund("KLR-1"))), file);
    EXPECT_TRUE(paid().empty());
}

TEST_F(refund_connector, refunds_that_come_together_share_a_file) {
    auto link = connector(base::hours{10}, 8);  // so long that nobody comes too late: the eighth closes the batch
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::set<std::string> files;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&, t] {
            const auto file = file_of(link->deliver(refund("KLR-" + std::to_string(t / 2))));  // each asked for twice
            const std::scoped_lock held(mutex);
            files.insert(file);
        });
    for (auto& one : threads) one.join();
    EXPECT_EQ(paid().size(), 8U);
    EXPECT_EQ(files.size(), 1U) << *files.begin();
}

TEST_F(refund_connector, a_full_batch_does_not_wait) {
    auto link = connector(base::hours{10}, 2);
    std::thread other([&] { (void)link->deliver(refund("KLR-1")); });
    (void)link->deliver(refund("KLR-2"));
    other.join();
    EXPECT_EQ(paid().size(), 2U);
}

TEST_F(refund_connector, an_account_that_cannot_be_paid_is_refused_and_never_dropped) {
    auto link = connector();
    (void)vault.erase("sb-1");
    EXPECT_EQ(link->deliver(refund("KLR-1")).error().what, base::code::peer_refused);
    port::person person;
    person.full_name = "Li Lei";
    (void)vault.seal("sb-1", port::person_kind, base::to_json(person));
    EXPECT_EQ(link->deliver(refund("KLR-1")).error().what, base::code::peer_refused);
    EXPECT_EQ(link->deliver(refund("KLR-2", 0)).error().what, base::code::peer_refused);
    EXPECT_TRUE(folder.files().size() == 1U);  // written.log
}

TEST_F(refund_connector, another_account_than_the_one_of_the_submission_is_not_paid) {
    auto link = connector();
    port::person person;
    person.full_name = "Li Lei";
    person.refund_iban = "6222029999999999999";  // a thief's, named after the submission
    (void)vault.seal("sb-1", port::person_kind, base::to_json(person));
    const auto done = link->deliver(refund("KLR-1"));
    ASSERT_TRUE(done);
    const auto back = port::number_answer<domain::refund_answered>(*done);
    EXPECT_EQ(back.id, "KLR-1");
    EXPECT_FALSE(back.settled) << "it comes back as one that the bank returned";
    EXPECT_TRUE(paid().empty());
}

TEST_F(refund_connector, one_process_per_folder) {
    auto link = connector();
    EXPECT_EQ(make_refund_connector({folder.path(), {"O", "1", ""}, 1ms, 1}, vault, clock, secrets).error().what,
              base::code::config_invalid);
}

TEST_F(refund_connector, a_crash_before_the_log_leaves_no_payment_and_one_after_it_finishes_the_file) {
    const std::string before = "KL1-0001.xml";
    {
        auto log = refund_log::open(folder.path());
        ASSERT_TRUE(log);
        ASSERT_TRUE(log->write_batch(before, "<EndToEndId>KLR-1</EndToEndId>", {"KLR-1"}));
    }
    // As if the power had failed between the log and the rename, and once more before the log.
    std::filesystem::rename(folder.path() + "/" + before, folder.path() + "/" + before + ".tmp");
    std::ofstream(folder.path() + "/KL2-0001.xml.tmp") << "<EndToEndId>KLR-2</EndToEndId>";
    auto link = connector();
    EXPECT_EQ(paid(), (std::multiset<std::string>{"KLR-1"}));
    EXPECT_EQ(file_of(link->deliver(refund("KLR-1"))), before);
    EXPECT_NE(file_of(link->deliver(refund("KLR-2"))), "KL2-0001.xml");
    EXPECT_EQ(paid(), (std::multiset<std::string>{"KLR-1", "KLR-2"}));
}

TEST_F(refund_connector, a_log_torn_at_any_byte_counts_whole_batches_only) {
    {
        auto log = refund_log::open(folder.path());
        ASSERT_TRUE(log);
        ASSERT_TRUE(log->write_batch("KL1-0001.xml", "x", {"KLR-1", "KLR-2"}));
        ASSERT_TRUE(log->write_batch("KL1-0002.xml", "x", {"KLR-3", "KLR-4"}));
    }
    const auto whole = contents(folder.path() + "/written.log");
    const auto first = whole.find('\n', whole.find("=\t")) + 1;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::ofstream(folder.path() + "/written.log", std::ios::trunc) << whole.substr(0, size);
        const auto log = refund_log::open(folder.path());
        ASSERT_TRUE(log) << size;
        EXPECT_EQ(log->file_of("KLR-1").has_value(), size >= first) << size;
        EXPECT_EQ(log->file_of("KLR-2").has_value(), size >= first) << size;
        EXPECT_EQ(log->file_of("KLR-3").has_value(), size == whole.size()) << size;
        EXPECT_EQ(std::filesystem::file_size(folder.path() + "/written.log"), size == whole.size() ? size
                                                                              : size >= first      ? first
                                                                                                   : 0);
    }
}

TEST_F(refund_connector, a_log_that_was_changed_stops_everything) {
    {
        auto log = refund_log::open(folder.path());
        ASSERT_TRUE(log->write_batch("KL1-0001.xml", "x", {"KLR-1"}));
    }
    auto text = contents(folder.path() + "/written.log");
    text.replace(text.find("KLR-1"), 5, "KLR-9");
    std::ofstream(folder.path() + "/written.log", std::ios::trunc) << text;
    EXPECT_EQ(refund_log::open(folder.path()).error().what, base::code::config_invalid);
}

TEST_F(refund_connector, what_is_neither_batches_nor_a_torn_one_at_the_end_is_not_mended) {
    const auto file = folder.path() + "/written.log";
    {
        auto log = refund_log::open(folder.path());
        ASSERT_TRUE(log->write_batch("KL1-0001.xml", "x", {"KLR-1"}));
        ASSERT_TRUE(log->write_batch("KL1-0002.xml", "x", {"KLR-2"}));
    }
    const auto whole = contents(file);
    for (const auto& text : {std::string(whole.size(), '\0'), whole + std::string(7, '\0'),
                             whole + "KLR-3\tKL1-3.xml\nKLR-4\tKL1-4.xml\n", whole + "the bank was here\n",
                             "\n" + whole, whole.substr(1), whole + "=\tKL1-3.xml\t0\te3b0c44298fc1c14\n"}) {
        std::ofstream(file, std::ios::trunc) << text;
        EXPECT_EQ(refund_log::open(folder.path()).error().what, base::code::config_invalid) << text;
        EXPECT_EQ(contents(file), text) << "nothing of it is changed";
        EXPECT_FALSE(read_refund_log(text));
    }
}

TEST_F(refund_connector, a_mark_knows_a_log_that_lost_or_changed_any_of_it) {
    std::vector<refund_mark> told;
    auto how = refund_settings{folder.path(), {"Operator", "DE89370400440532013000", "COBADEFFXXX"}, 20ms, 1};
    how.noted = [&](const refund_mark& now) { told.push_back(now); };
    auto link = make_refund_connector(how, vault, clock, secrets);
    ASSERT_TRUE(link);
    ASSERT_TRUE((*link)->deliver(refund("KLR-1")));
    ASSERT_TRUE((*link)->deliver(refund("KLR-2")));
    ASSERT_EQ(told.size(), 3U) << "at the opening, and with each batch";
    EXPECT_EQ(told[0], refund_mark{});
    const auto whole = contents(folder.path() + "/written.log");
    for (const auto& mark : told) EXPECT_TRUE(read_refund_log(whole, mark)->has_known);
    EXPECT_EQ(read_refund_log(whole)->mark, told[2]);
    const auto first = whole.substr(0, told[1].octets);
    EXPECT_TRUE(read_refund_log(first, told[1])->has_known);
    EXPECT_FALSE(read_refund_log(first, told[2])->has_known);
    EXPECT_FALSE(read_refund_log("", told[1])->has_known);
    EXPECT_FALSE(read_refund_log(whole.substr(told[1].octets), told[1])->has_known) << "whole batches, but others";
    link = make_refund_connector({folder.path() + "/other", how.from, 20ms, 1}, vault, clock, secrets);
    ASSERT_TRUE((*link)->deliver(refund("KLR-3")));
    ASSERT_TRUE((*link)->deliver(refund("KLR-4")));
    const auto other = contents(folder.path() + "/other/written.log");
    ASSERT_EQ(other.size(), whole.size());
    EXPECT_FALSE(read_refund_log(other, told[2])->has_known) << "of the same length";
}

TEST_F(refund_connector, a_log_that_is_no_plain_file_of_ours_is_not_opened) {
    const auto file = folder.path() + "/written.log";
    const auto secret = folder.path() + "/secret";
    std::ofstream(secret) << "key";
    std::filesystem::create_symlink(secret, file);
    EXPECT_FALSE(refund_log::open(folder.path()));
    std::filesystem::remove(file);
    std::filesystem::create_hard_link(secret, file);
    EXPECT_FALSE(refund_log::open(folder.path()));
    std::filesystem::remove(file);
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    EXPECT_FALSE(refund_log::open(folder.path()));
    EXPECT_EQ(contents(secret), "key");
    std::filesystem::remove(file);
    std::filesystem::create_symlink(secret, file);
    EXPECT_TRUE(replace_file(file, "new"));
    EXPECT_EQ(contents(file), "new");
    EXPECT_EQ(contents(secret), "key");
    EXPECT_EQ(read_plain_file(file, 10), "new");
}

TEST_F(refund_connector, a_folder_that_vanishes_is_an_error_and_nothing_is_lost) {
    auto link = connector();
    const auto aside = folder.path() + "-aside";
    std::filesystem::rename(folder.path(), aside);
    EXPECT_EQ(link->deliver(refund("KLR-1")).error().what, base::code::peer_unreachable);
    std::filesystem::rename(aside, folder.path());
    EXPECT_TRUE(link->deliver(refund("KLR-1")));
    EXPECT_EQ(paid().size(), 1U);
}

}  // namespace
}  // namespace keepline::link
