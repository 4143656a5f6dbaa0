// Anchors and a restore: what they saw before it is given up once in each file, whenever that file is there again.
#include "app/anchor_keeper.hpp"
#include "app/backup.hpp"
#include "base/temporary_directory.hpp"
#include "link/durable_file.hpp"
#include "store/journal_contract.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

class anchors_and_restore : public ::testing::Test {
 protected:
    void SetUp() override { open(folder_ / "first.sqlite"); }
    void open(const std::string& store) {
        journal_.reset();
        auto opened = store::sqlite_journal::open(store, store::open_mode::read_write);
        ASSERT_TRUE(opened) << opened.error().words;
        journal_ = std::move(*opened);
    }
    void commit(int lines) {
        for (int n = 0; n < lines; ++n) {
            port::batch batch;
            batch.writes.push_back(store::step(store::unborn(++lines_)));
            ASSERT_EQ(journal_->commit(batch).writes.at(0), port::commit_outcome::done);
        }
    }
    /// Another store in its place, shorter, as a restore leaves it: the server's own anchors moved aside.
    void restore(const std::string& store, const std::string& at) {
        open(folder_ / store);
        commit(1);
        std::error_code ignored;
        fs::rename(how_.file, how_.file + ".replaced", ignored);
        ASSERT_TRUE(notes_.write({{std::string(restored_note), at}}));
    }
    /// What stood in the way of its start; empty: it came up, wrote, and ended.
    std::string serve_once() {
        anchor_keeper keeper(
            {.journal = journal_.get(), .clock = &clock_, .log = &log_, .key = keys_, .notes = &notes_}, how_);
        if (auto fits = keeper.look_back(); !fits) return fits.error().words;
        keeper.start();
        keeper.stop();
        clock_.advance(std::chrono::minutes{1});
        return {};
    }
    anchors read(const std::string& file) const {
        const auto text = link::read_file(file, 1U << 20);
        auto out = text ? read_anchors(*text, keys_->jwks()) : result<anchors>(std::unexpected(text.error()));
        EXPECT_TRUE(out) << file << ": " << (out ? "" : out.error().words);
        return out ? *out : anchors();
    }

    base::temporary_directory folder_;
    std::unique_ptr<store::sqlite_journal> journal_;
    port::fake_clock clock_{{1'700'000'000'000}};
    port::no_log log_;
    port::fake_notebook notes_;
    std::shared_ptr<const link::signing_keys> keys_ = std::make_shared<const link::signing_keys>(
        *link::signing_key::load(folder_ / "anchor.pem", true), std::vector<std::string>());
    anchor_config how_{folder_ / "anchors/one.jsonl", folder_ / "other/two.jsonl", "", "", 3600};
    int lines_ = 0;
};

TEST_F(anchors_and_restore, a_copy_goes_on_with_a_line_that_says_so) {
    commit(5);
    ASSERT_EQ(serve_once(), "");
    restore("second.sqlite", "2026-11-29T10:00:00Z");
    ASSERT_EQ(serve_once(), "");
    const auto copy = read(how_.copy);
    ASSERT_EQ(copy.accepted.size(), 1U);
    EXPECT_NE(copy.accepted.front().find("restored from a backup at 2026-11-29T10:00:00Z"), std::string::npos);
    EXPECT_EQ(mismatch(copy, *journal_->summary(), true), "");
    commit(3);
    ASSERT_EQ(serve_once(), "");
    EXPECT_EQ(read(how_.copy).accepted.size(), 1U) << "once";
}

// Seen to fail before: the first start that fitted (there was nothing to compare with) forgot the restore, and the next
// one, with the disk there again, was refused.
TEST_F(anchors_and_restore, a_disk_that_was_away_at_the_first_start_is_accepted_when_it_is_there_again) {
    commit(5);
    ASSERT_EQ(serve_once(), "");
    fs::rename(folder_ / "other", folder_ / "unmounted");
    restore("second.sqlite", "2026-11-29T10:00:00Z");
    for (int start = 0; start < 2; ++start) ASSERT_EQ(serve_once(), "");
    fs::remove_all(folder_ / "other");
    fs::rename(folder_ / "unmounted", folder_ / "other");
    ASSERT_EQ(serve_once(), "");
    EXPECT_EQ(read(how_.copy).accepted.size(), 1U);
    ASSERT_EQ(serve_once(), "");
    EXPECT_EQ(read(how_.copy).accepted.size(), 1U);
}

TEST_F(anchors_and_restore, what_was_anchored_since_is_held_to) {
    commit(5);
    ASSERT_EQ(serve_once(), "");
    restore("second.sqlite", "2026-11-29T10:00:00Z");
    ASSERT_EQ(serve_once(), "");
    commit(3);
    ASSERT_EQ(serve_once(), "");
    open(folder_ / "third.sqlite");  // cut off behind the restore, with its note
    commit(2);
    EXPECT_NE(serve_once(), "");
    ASSERT_TRUE(notes_.write({{std::string(restored_note), "2026-11-28T10:00:00Z"}}));
    EXPECT_NE(serve_once(), "") << "nor is a store of an older restore another one's";
}

TEST_F(anchors_and_restore, one_that_fits_by_chance_is_held_to_as_well) {
    ASSERT_TRUE(notes_.write({{std::string(restored_note), "2026-11-29T10:00:00Z"}}));
    commit(5);
    ASSERT_EQ(serve_once(), "");
    EXPECT_TRUE(read(how_.copy).accepted.empty());
    open(folder_ / "second.sqlite");
    commit(1);
    EXPECT_NE(serve_once(), "") << "it was anchored since the restore";
}

}  // namespace
}  // namespace keepline::app
