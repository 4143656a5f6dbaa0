#include "store/journal_contract.hpp"

#include "port/fake_journal.hpp"
#include "store/sqlite_journal.hpp"
#include "store/temporary_directory.hpp"

namespace keepline::store {
namespace {

std::shared_ptr<port::journal> sqlite_in_a_new_directory() {
    struct both {
        temporary_directory where;
        std::unique_ptr<sqlite_journal> journal;
    };
    auto made = std::make_shared<both>();
    auto opened = sqlite_journal::open(made->where / "keepline.sqlite", open_mode::read_write);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().words);
    made->journal = std::move(*opened);
    auto* const journal = made->journal.get();
    return {std::move(made), journal};
}

INSTANTIATE_TEST_SUITE_P(stores, journal_contract,
                         testing::Values(journal_maker{"fake", [] { return std::make_shared<port::fake_journal>(); }},
                                         journal_maker{"sqlite", sqlite_in_a_new_directory}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace keepline::store
