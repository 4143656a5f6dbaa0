// What the keeper does with its files: each has a chain of its own, whatever one of them misses; long ones are set
// aside; what a server noticed is said again; what cannot be read is left alone.
#include "app/anchor_keeper.hpp"

#include "base/temporary_directory.hpp"
#include "link/durable_file.hpp"
#include "link/scripted_peer.hpp"
#include "store/journal_contract.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

class anchor_keeping : public ::testing::Test {
 protected:
    void SetUp() override {
        auto opened = store::sqlite_journal::open(folder_ / "keepline.sqlite", store::open_mode::read_write);
        ASSERT_TRUE(opened) << opened.error().words;
        journal_ = std::move(*opened);
    }
    /// A line whose number nobody had.
    void commit() {
        port::batch batch;
        batch.epoch = epoch_;
        batch.writes.push_back(store::step(store::unborn(++lines_)));
        ASSERT_EQ(journal_->commit(batch).writes.at(0), port::commit_outcome::done);
    }
    anchor_keeper::parts parts() {
        return {.journal = journal_.get(), .clock = &clock_, .log = &log_, .key = keys_, .notes = &notes_};
    }
    /// What stood in the way of its start; empty: it came up, one line was taken in, it wrote, `meanwhile` happened,
    /// and it wrote again as it ended. `before`: what happens to the files before it first writes.
    std::string serve_once(
        anchor_keeper::parts with, const std::function<void()>& meanwhile = [] {},
        const std::function<void()>& before = [] {}) {
        anchor_keeper keeper(std::move(with), how_);
        if (auto fits = keeper.look_back(); !fits) return fits.error().words;
        troubles_ = keeper.troubles();
        before();
        epoch_ = *journal_->own(port::partition_set().set());  // as a server's engine does
        commit();
        const auto then = octets_written();
        keeper.start();
        while (octets_written() <= then) std::this_thread::yield();
        clock_.advance(std::chrono::minutes{1});
        meanwhile();
        keeper.stop();
        troubles_after_ = keeper.troubles();
        clock_.advance(std::chrono::minutes{1});
        return {};
    }
    std::string serve_once() { return serve_once(parts()); }

    anchors read(const std::string& file) const {
        const auto text = link::read_file(file, 1U << 20);
        auto out = text ? read_anchors(*text, keys_->jwks()) : result<anchors>(std::unexpected(text.error()));
        EXPECT_TRUE(out) << file << ": " << (out ? "" : out.error().words);
        return out ? *out : anchors();
    }
    void expect_all_fit() const {
        for (const auto& file : anchor_files(how_))
            EXPECT_EQ(mismatch(read(file), *journal_->summary(), true), "") << file;
    }
    /// The first file and what was set aside of it, the oldest first.
    std::vector<std::string> first_files() const {
        std::vector<std::string> out;
        std::error_code none_yet;
        for (const auto& one : fs::directory_iterator(folder_ / "anchors", none_yet))
            if (one.path().extension() != ".jwks") out.push_back(one.path());
        std::ranges::sort(out);
        if (!out.empty()) std::ranges::rotate(out, out.begin() + 1);
        return out;
    }
    std::uintmax_t octets_written() const {
        std::uintmax_t out = 0;
        std::error_code moved;  // one may be set aside meanwhile
        for (const auto& one : first_files())
            if (const auto size = fs::file_size(one, moved); !moved) out += size;
        return out;
    }
    /// Nothing can be written to the second file until it is back.
    void copy_goes() {
        log_.failures = 0;
        fs::rename(how_.copy, folder_ / "kept");
        fs::create_directory(how_.copy);
    }
    void copy_is_back() {
        while (log_.failures == 0) std::this_thread::yield();
        fs::remove(how_.copy);
        fs::rename(folder_ / "kept", how_.copy);
    }
    static void spoil(const std::string& file) { std::ofstream(file, std::ios::app) << "no anchor\nnor this\n"; }

    base::temporary_directory folder_;
    std::unique_ptr<store::sqlite_journal> journal_;
    port::fake_clock clock_{{1'700'000'000'000}};
    struct : port::log {
        void write(port::log_level, std::string_view event, std::string_view,
                   std::initializer_list<port::log_field> fields) override {
            if (event != "anchor_failed") return;
            for (const auto& one : fields) failures += one.value == "The file cannot be written." ? 1 : 0;
        }
        std::atomic<int> failures{0};
    } log_;
    port::fake_notebook notes_;
    std::shared_ptr<const link::signing_keys> keys_ = std::make_shared<const link::signing_keys>(
        *link::signing_key::load(folder_ / "anchor.pem", true), std::vector<std::string>());
    anchor_config how_{folder_ / "anchors/one.jsonl", folder_ / "other/two.jsonl", "", "", 3600};
    std::vector<std::string> troubles_;        // at its start
    std::vector<std::string> troubles_after_;  // at its end
    std::int64_t epoch_ = 0;
    int lines_ = 0;
};

TEST_F(anchor_keeping, a_file_that_was_away_goes_on_with_a_chain_of_its_own) {
    ASSERT_EQ(serve_once(), "");
    ASSERT_EQ(serve_once(parts(), [] {}, [&] { copy_goes(); }), "") << "the other one holds";
    copy_is_back();
    ASSERT_EQ(serve_once(), "");
    EXPECT_EQ(read(how_.copy).lines, 4) << "it missed two";
    EXPECT_EQ(read(how_.file).lines, 6);
    expect_all_fit();
}

TEST_F(anchor_keeping, lines_that_a_file_did_not_take_come_first_when_it_does) {
    ASSERT_EQ(serve_once(), "");
    ASSERT_EQ(serve_once(parts(), [&] { copy_is_back(); }, [&] { copy_goes(); }), "");
    EXPECT_EQ(read(how_.copy).lines, 4) << "none is missing";
    EXPECT_FALSE(read(how_.copy).newest.complete);
    expect_all_fit();
}

TEST_F(anchor_keeping, lines_that_are_too_many_leave_a_gap_and_the_next_is_complete) {
    auto narrow = parts();
    narrow.unwritten_octets_max = 1;
    ASSERT_EQ(serve_once(narrow), "");
    ASSERT_EQ(serve_once(narrow, [&] { copy_is_back(); }, [&] { copy_goes(); }), "");
    const auto now = read(how_.copy);
    EXPECT_EQ(now.lines, 3) << "the first of two was dropped";
    EXPECT_TRUE(now.newest.complete);
    EXPECT_EQ(now.newest.heads.size(), journal_->summary()->heads.size());
    EXPECT_EQ(read(how_.file).lines, 4);
    expect_all_fit();
}

TEST_F(anchor_keeping, a_long_file_is_set_aside_and_the_next_begins_anew_behind_it) {
    auto brief = parts();
    brief.set_aside_octets = 1;
    how_.copy.clear();
    for (int n = 0; n < 3; ++n) ASSERT_EQ(serve_once(brief), "");
    const auto files = first_files();
    ASSERT_EQ(files.size(), 6U) << "a line in each";
    std::string line_before;
    for (const auto& file : files) {
        const auto now = read(file);
        EXPECT_EQ(now.lines, 1) << file;
        EXPECT_TRUE(now.newest.complete) << file << " holds by itself";
        EXPECT_EQ(now.newest.previous, line_before) << file << " names the last line of the one before";
        EXPECT_EQ(ends_before(now, *journal_->summary()), "") << file;
        const auto text = *link::read_file(file, 1U << 20);
        line_before = line_hash(text.substr(0, text.find('\n')));
    }
    EXPECT_EQ(files.back(), how_.file);
    expect_all_fit();
}

TEST_F(anchor_keeping, what_was_noticed_is_said_again_where_a_file_begins_anew) {
    auto of_keys = parts();
    const auto rows = [](std::uint8_t sum) {
        return [sum]() -> result<std::vector<store::table_summary>> {
            store::table_summary out{.name = "keys.subscriber_key", .rows = 1, .changes = 1, .sum = {}};
            out.sum[0] = sum;
            return std::vector{out};
        };
    };
    of_keys.beside = rows(1);
    ASSERT_EQ(serve_once(of_keys), "");
    of_keys.beside = rows(2);
    ASSERT_EQ(serve_once(of_keys), "") << "a server runs all the same";
    EXPECT_EQ(troubles_.size(), 1U);
    ASSERT_NE(read(how_.file).noticed, "");
    of_keys.set_aside_octets = 1;
    ASSERT_EQ(serve_once(of_keys), "");
    EXPECT_NE(read(how_.file).noticed, "") << "however long the files have grown since";
    EXPECT_NE(read(how_.copy).noticed, "");
}

TEST_F(anchor_keeping, nothing_is_written_to_what_cannot_be_read_and_without_any_there_is_no_start) {
    ASSERT_EQ(serve_once(), "");
    spoil(how_.copy);
    const auto spoilt = fs::file_size(how_.copy);
    ASSERT_EQ(serve_once(), "") << "the other one holds";
    EXPECT_EQ(troubles_.size(), 1U);
    EXPECT_EQ(fs::file_size(how_.copy), spoilt);
    spoil(how_.file);
    EXPECT_NE(serve_once().find("None of the anchors can be read"), std::string::npos);
    // The way on: they are moved aside, and stay as proof of what they say.
    fs::create_directories(folder_ / "aside");
    fs::rename(how_.file, folder_ / "aside/one.jsonl");
    fs::rename(how_.copy, folder_ / "aside/two.jsonl");
    EXPECT_EQ(serve_once(), "");
    EXPECT_EQ(read(how_.file).lines, 2);
    EXPECT_TRUE(troubles_.empty());
}

TEST_F(anchor_keeping, a_second_keeper_does_not_write_into_the_files_of_a_first) {
    ASSERT_EQ(serve_once(), "");
    anchor_keeper first(parts(), how_);
    ASSERT_TRUE(first.look_back());
    EXPECT_NE(serve_once().find("Another server writes its anchors"), std::string::npos);
}

TEST_F(anchor_keeping, a_disk_that_comes_back_while_the_server_runs_is_gone_on_with) {
    ASSERT_EQ(serve_once(), "");
    fs::rename(how_.copy, folder_ / "kept");  // the disk is away: the server begins a file of its own there
    ASSERT_EQ(serve_once(parts(), [&] { fs::rename(folder_ / "kept", how_.copy); }), "");
    EXPECT_EQ(read(how_.copy).lines, 3) << "two of before, and the last one";
    EXPECT_TRUE(read(how_.copy).newest.complete);
    EXPECT_TRUE(troubles_after_.empty());
    expect_all_fit();
}

TEST_F(anchor_keeping, another_hand_in_a_file_is_said_and_a_file_that_does_not_fit_is_left_alone) {
    ASSERT_EQ(serve_once(), "");
    const auto before = *link::read_file(how_.copy, 1U << 20);
    const auto when_grown = [&](const auto& then) {
        return [&, then, size = fs::file_size(how_.copy)] {
            while (fs::file_size(how_.copy) == size) std::this_thread::yield();
            then();
        };
    };
    ASSERT_EQ(serve_once(parts(), when_grown([&] { fs::resize_file(how_.copy, before.size()); })), "");
    EXPECT_EQ(troubles_after_.size(), 1U) << "lines were taken out";
    std::uintmax_t spoilt = 0;
    ASSERT_EQ(serve_once(parts(), when_grown([&] {
                             spoil(how_.copy);
                             spoilt = fs::file_size(how_.copy);
                         })),
              "");
    EXPECT_EQ(troubles_after_.size(), 1U);
    EXPECT_EQ(fs::file_size(how_.copy), spoilt);
}

TEST_F(anchor_keeping, half_a_first_line_is_no_file_yet) {
    fs::create_directories(folder_ / "anchors");
    std::ofstream(how_.file) << "eyJhbGciOiJFZERTQSIs";
    ASSERT_EQ(serve_once(), "");
    EXPECT_EQ(read(how_.file).lines, 2);
}

TEST_F(anchor_keeping, an_address_that_collects_lines_has_one_chain_over_all_starts) {
    std::atomic<bool> takes = true;
    std::mutex mutex;
    std::string collected;
    link::scripted_peer witness([&](link::scripted_connection& c) {
        for (;;) {
            std::size_t octets = 0;
            for (auto line = c.line(); !line.empty(); line = c.line())
                if (line.starts_with("Content-Length: ")) octets = std::stoul(line.substr(16));
            while (c.buffer().size() < octets)
                if (!c.receive(c.buffer())) return;
            if (octets == 0) return;
            const std::string body(base::text(c.buffer()).substr(0, octets));
            c.buffer().erase(c.buffer().begin(), c.buffer().begin() + static_cast<std::ptrdiff_t>(octets));
            const std::scoped_lock held(mutex);
            if (takes) collected += body + "\n";
            c.send(takes ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                         : "HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n");
        }
    });
    how_.url = "http://127.0.0.1:" + std::to_string(witness.port()) + "/anchors";
    for (int n = 0; n < 3; ++n) ASSERT_EQ(serve_once(), "");
    auto read_there = read_anchors(collected, keys_->jwks());
    ASSERT_TRUE(read_there) << read_there.error().words;
    EXPECT_GE(read_there->lines, 5);
    EXPECT_TRUE(read_there->missing.empty());
    takes = false;
    ASSERT_EQ(serve_once(), "");
    takes = true;
    ASSERT_EQ(serve_once(), "");
    read_there = read_anchors(collected, keys_->jwks());
    ASSERT_TRUE(read_there) << read_there.error().words;
    EXPECT_TRUE(read_there->missing.empty()) << "it names the last one that was taken";
    EXPECT_EQ(mismatch(*read_there, *journal_->summary(), true), "");
}

}  // namespace
}  // namespace keepline::app
