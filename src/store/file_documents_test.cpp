#include "store/file_documents.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace keepline::store {
namespace {

namespace fs = std::filesystem;
using base::code;
using base::label;
using port::document_name;

base::bytes bytes_of(std::string_view text) {
    const auto raw = base::view(text);
    return {raw.begin(), raw.end()};
}

struct documents_folder : testing::Test {
    fs::path root = fs::temp_directory_path() / ("keepline-documents-" + std::to_string(::getpid()) + "-" +
                                                 testing::UnitTest::GetInstance()->current_test_info()->name());
    file_documents kept{root / "documents"};
    document_name name{label::trusted("sub-1"), label::trusted("dc-1")};

    documents_folder() { fs::create_directories(root); }
    ~documents_folder() override { fs::remove_all(root); }

    std::set<std::string> seen_older(std::chrono::seconds than) {
        std::set<std::string> out;
        EXPECT_TRUE(kept.each(
            than, [&](const document_name& one) { out.insert(one.subscriber.text() + "/" + one.id.text()); }));
        return out;
    }
    std::vector<fs::path> files() const {
        std::vector<fs::path> out;
        for (const auto& one : fs::recursive_directory_iterator(root))
            if (one.is_regular_file()) out.push_back(one.path());
        return out;
    }
};

constexpr std::chrono::seconds any_age{0};

TEST_F(documents_folder, keeps_what_is_put_first_and_is_read_by_nobody_else) {
    ASSERT_EQ(kept.put(name, bytes_of("sealed")), true);
    EXPECT_EQ(kept.put(name, bytes_of("another")), false);
    EXPECT_EQ(kept.get(name), bytes_of("sealed"));
    ASSERT_EQ(files().size(), 1u) << "nothing half written is left";
    EXPECT_EQ(fs::status(files()[0]).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
    file_documents again(root / "documents");
    EXPECT_EQ(again.get(name), bytes_of("sealed"));
}

TEST_F(documents_folder, has_nothing_of_what_was_never_put_or_is_removed) {
    EXPECT_EQ(kept.get(name).error().what, code::not_found);
    EXPECT_TRUE(kept.remove(name));
    EXPECT_TRUE(kept.remove_all(name.subscriber));
    EXPECT_TRUE(seen_older(any_age).empty());
    ASSERT_TRUE(kept.put(name, bytes_of("sealed")));
    EXPECT_TRUE(kept.remove(name));
    EXPECT_TRUE(kept.remove(name)) << "twice is harmless";
    EXPECT_EQ(kept.get(name).error().what, code::not_found);
}

TEST_F(documents_folder, removes_all_of_one_person_and_nobody_elses) {
    const document_name second{name.subscriber, label::trusted("dc-2")};
    const document_name anothers{label::trusted("sub-11"), label::trusted("dc-1")};
    for (const auto& one : {name, second, anothers}) ASSERT_TRUE(kept.put(one, bytes_of("sealed")));
    EXPECT_EQ(seen_older(any_age), (std::set<std::string>{"sub-1/dc-1", "sub-1/dc-2", "sub-11/dc-1"}));
    ASSERT_TRUE(kept.remove_all(name.subscriber));
    EXPECT_EQ(seen_older(any_age), (std::set<std::string>{"sub-11/dc-1"}));
}

TEST_F(documents_folder, takes_no_name_for_a_way_out_of_the_folder) {
    const document_name up{label::trusted(".."), label::trusted("..")};
    ASSERT_TRUE(kept.put(up, bytes_of("sealed")));
    for (const auto& one : files()) EXPECT_EQ(one.string().find((root / "documents").string()), 0u) << one;
    ASSERT_TRUE(kept.remove_all(up.subscriber));
    EXPECT_TRUE(files().empty());
}

TEST_F(documents_folder, passes_over_what_is_younger_and_clears_away_what_was_half_written) {
    ASSERT_TRUE(kept.put(name, bytes_of("sealed")));
    EXPECT_TRUE(seen_older(std::chrono::hours{1}).empty());
    const auto half = files()[0].string() + "~7";
    std::ofstream(half) << "torn";
    EXPECT_EQ(seen_older(any_age), (std::set<std::string>{"sub-1/dc-1"}));
    EXPECT_FALSE(fs::exists(half));
}

TEST_F(documents_folder, follows_no_link_that_somebody_put_there) {
    ASSERT_TRUE(kept.put(name, bytes_of("sealed")));
    const auto place = files()[0];
    const auto elsewhere = root / "elsewhere";
    std::ofstream(elsewhere) << "not ours";
    fs::remove(place);
    fs::create_symlink(elsewhere, place);
    EXPECT_EQ(kept.get(name).error().what, code::unavailable);
    EXPECT_EQ(kept.put(name, bytes_of("sealed")), false);
    ASSERT_TRUE(kept.remove(name));
    EXPECT_TRUE(fs::exists(elsewhere));
}

TEST_F(documents_folder, says_so_when_it_cannot_be_written) {
    std::ofstream(root / "file") << "";
    file_documents nowhere(root / "file" / "documents");
    const auto put = nowhere.put(name, bytes_of("sealed"));
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().what, code::unavailable);
}

}  // namespace
}  // namespace keepline::store
