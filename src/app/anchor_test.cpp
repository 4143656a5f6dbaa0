#include "app/anchor.hpp"

#include "base/temporary_directory.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

/// A journal of one partition, whose head follows from its length and its branch.
store::store_summary journal_at(std::int64_t length, std::uint8_t branch = 0) {
    store::store_summary out;
    out.epoch = 1;
    out.position = length;
    out.streams = length > 0 ? 1 : 0;
    base::digest chain{};
    chain[0] = static_cast<std::uint8_t>(length);
    chain[1] = branch;
    if (length > 0) out.heads.push_back({7, length, chain});
    return out;
}

class anchor_lines : public ::testing::Test {
 protected:
    void add(anchor one) {
        one.at = {static_cast<std::int64_t>(++minutes_) * 60'000};
        one.complete = one.complete || text_.empty();
        one.previous = last_.empty() ? "" : line_hash(last_);
        last_ = key_->sign(base::to_json(one), anchor_type);
        text_ += last_ + "\n";
    }
    void add(std::int64_t length, std::uint8_t branch = 0) { add(anchor_of(journal_at(length, branch), {}, {})); }
    void accept(std::int64_t length, bool anew = false) {
        auto one = anchor_of(journal_at(length), {}, {});
        one.accepted = "the disk lost its last minute";
        one.anew = anew;
        add(std::move(one));
    }
    anchors read() const {
        auto out = read_anchors(text_, key_->jwks());
        EXPECT_TRUE(out) << (out ? "" : out.error().words);
        return out ? *out : anchors();
    }
    std::string now(std::int64_t length, std::uint8_t branch = 0) const {
        return mismatch(read(), journal_at(length, branch), true);
    }

    base::temporary_directory folder_;
    std::shared_ptr<const link::signing_key> key_ = *link::signing_key::load(folder_ / "anchor.pem", true);
    std::string text_, last_;
    int minutes_ = 0;
};

TEST_F(anchor_lines, what_goes_forward_holds_and_a_cut_end_does_not) {
    for (const std::int64_t length : {3, 5, 5, 9}) add(length);
    EXPECT_EQ(now(9), "");
    EXPECT_EQ(now(12), "");
    EXPECT_NE(now(8), "");
    EXPECT_NE(ends_before(read(), journal_at(9, 1)), "") << "as long, and another";
    EXPECT_EQ(read().all_heads.size(), 3U) << "every head that was ever named";
}

TEST_F(anchor_lines, a_line_that_takes_back_an_older_one_is_found_however_long_ago) {
    add(9);
    add(5);
    for (std::int64_t length = 6; length < 40; ++length) add(length);
    EXPECT_NE(now(39).find("saw 9 entries, and later 5"), std::string::npos) << now(39);
    EXPECT_NE(ends_before(read(), journal_at(39)), "") << "nor does a server start beside it";
}

TEST_F(anchor_lines, an_end_of_the_same_length_is_no_other) {
    add(9);
    add(9, 1);
    EXPECT_NE(now(9, 1), "");
}

TEST_F(anchor_lines, what_is_accepted_holds_from_there_and_is_said) {
    add(3);
    add(9);
    accept(5);
    add(6);
    EXPECT_EQ(now(6), "");
    ASSERT_EQ(read().accepted.size(), 1U);
    EXPECT_NE(read().accepted.front().find("lost its last minute"), std::string::npos);
    std::vector<std::int64_t> held;
    for (const auto& one : read().all_heads) held.push_back(one.seq);
    EXPECT_EQ(held, (std::vector<std::int64_t>{5, 6})) << "from the line that says so";
    add(2);
    EXPECT_NE(now(6), "") << "it was accepted once";
}

TEST_F(anchor_lines, after_a_restore_nothing_from_before_is_held_to) {
    add(3);
    add(9);
    accept(5, true);
    ASSERT_EQ(read().all_heads.size(), 1U);
    EXPECT_EQ(now(5), "");
}

TEST_F(anchor_lines, what_a_server_noticed_stays_until_it_is_accepted) {
    add(3);
    auto noticed = anchor_of(journal_at(4), {}, {});
    noticed.noticed = "the table token has other rows";
    add(noticed);
    add(5);
    EXPECT_EQ(now(5), "the table token has other rows");
    EXPECT_EQ(ends_before(read(), journal_at(5)), "") << "the server runs all the same";
    accept(5);
    EXPECT_EQ(now(5), "");
}

TEST_F(anchor_lines, a_gap_before_a_complete_line_is_said_and_any_other_breaks_the_chain) {
    add(3);
    const auto first = text_;
    add(5);
    text_ = first;  // taken out
    auto whole = anchor_of(journal_at(7), {}, {});
    whole.complete = true;
    add(whole);
    EXPECT_EQ(read().missing.size(), 1U);
    EXPECT_NE(now(7).find("lines are missing before that of"), std::string::npos) << now(7);
    EXPECT_EQ(ends_before(read(), journal_at(7)), "");
    const auto with_gap = text_;
    add(8);
    text_ = with_gap;
    auto part = anchor_of(journal_at(9), {}, {});
    part.complete = false;
    add(part);
    EXPECT_FALSE(read_anchors(text_, key_->jwks()));
}

TEST_F(anchor_lines, a_key_that_was_exchanged_signs_nothing_more) {
    const auto next = *link::signing_key::load(folder_ / "next.pem", true);
    const auto former = key_;
    const auto both = link::signing_keys(next, {former->public_text()}).jwks();
    add(3);
    add(4);
    key_ = next;
    add(5);
    ASSERT_TRUE(read_anchors(text_, both));
    const auto honest = text_;
    const auto last = last_;
    key_ = former;  // whoever took it
    auto said = anchor_of(journal_at(2), {}, {});
    said.accepted = "nothing to see here";
    said.complete = true;
    add(said);
    EXPECT_FALSE(read_anchors(text_, both)) << "though it be complete";
    EXPECT_TRUE(read_anchors(text_, link::signing_keys(former, {next->public_text()}).jwks()))
        << "a store that was put back signs with the key of then";
    text_ = honest;
    last_ = last;
    key_ = next;
    add(6);
    EXPECT_TRUE(read_anchors(text_, both));
}

TEST_F(anchor_lines, half_a_line_at_the_end_is_none_and_a_whole_one_needs_no_end) {
    add(3);
    const auto half = text_.substr(0, text_.size() / 2);
    EXPECT_EQ(read_anchors(half, key_->jwks()).error().words, "The file has no anchor.");
    EXPECT_EQ(read_anchors(text_ + half, key_->jwks())->lines, 1);
    EXPECT_EQ(read_anchors(text_.substr(0, text_.size() - 1), key_->jwks())->lines, 1);
}

}  // namespace
}  // namespace keepline::app
