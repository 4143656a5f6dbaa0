#include "app/keys_gone.hpp"

#include "base/json.hpp"
#include "domain/number/number.hpp"
#include "port/fake_journal.hpp"
#include "store/journal_contract.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

/// How often all of it is read.
class journal_counted final : public port::fake_journal {
 public:
    int scans = 0;

    base::result<void> scan(const std::function<bool(const port::stream&)>& on_stream,
                            const std::function<bool(const port::entry&)>& on_entry) override {
        ++scans;
        return fake_journal::scan(on_stream, on_entry);
    }
    base::result<void> walk(const std::function<bool(const port::entry&)>& visit) override {
        ++scans;
        return fake_journal::walk(visit);
    }
};

std::string payer_of(int n) { return std::string(domain::payers_prefix) + std::to_string(n); }

void let_go(port::journal& in, int n) {
    const std::vector<domain::number_event> events{domain::payer_let_go{base::label::trusted(payer_of(n)), {}}};
    port::batch batch;
    const auto one = store::unborn(n);
    batch.writes.push_back(store::step(one));
    auto& record = *batch.writes.front().record;
    record.events = base::to_json(events);
    batch.writes.front().after.head = record.hash = port::entry_hash(one.head, record);
    ASSERT_EQ(in.commit(batch).writes.at(0), port::commit_outcome::done);
}

// Seen to fail before: the journal was read through once for every payer.
TEST(keys_gone, payers_that_were_let_go_are_found_in_one_pass_however_many) {
    journal_counted journal;
    for (int n = 1; n <= 20; ++n) let_go(journal, n);
    keys_gone of(journal);
    for (int n = 1; n <= 20; ++n) EXPECT_TRUE(of.is_gone(payer_of(n)).value()) << n;
    EXPECT_FALSE(of.is_gone(payer_of(21)).value());
    EXPECT_EQ(journal.scans, 1);
}

TEST(keys_gone, who_asks_about_no_payer_reads_no_journal_through) {
    journal_counted journal;
    EXPECT_FALSE(keys_gone(journal).is_gone("sb-1").value());
    EXPECT_EQ(journal.scans, 0);
}

}  // namespace
}  // namespace keepline::app
