// Records that a customer could take along leave the vault when they have outlived their purpose, and not while
// something about their line is open.
#include "engine/engine_world.hpp"
#include "port/person.hpp"

namespace keepline::engine {
namespace {

using namespace testing;

struct archive : world {
    port::fake_vault vault;
    port::stream_key person{port::stream_kind::subscriber, "sb-1"};

    std::unique_ptr<engine> start() {
        auto with = parts();
        with.vault = &vault;
        auto made = std::make_unique<engine>(std::move(with), quick());
        EXPECT_TRUE(made->start());
        domain::register_subscriber known;
        known.id = base::label::trusted("sb-1");
        known.number = base::msisdn::trusted(number_text(1));
        tell(*made, known);
        return made;
    }
    void tell(engine& of, domain::subscriber_command what, std::vector<port::vault_row> rows = {}) {
        auto asked = command_for(person, any_command(std::move(what)));
        asked.must_exist = false;
        asked.vault = std::move(rows);
        EXPECT_TRUE(of.submit_wait(std::move(asked)));
    }
    /// Of number 1, whosever it is: with its records, and told that it has ended.
    std::string line_with_records(engine& of, const std::string& owner) {
        auto what = order(1);
        auto& number = std::get<domain::number_command>(what.what);
        std::get<domain::order_line>(number).subscriber = base::label::trusted(owner);
        const auto line = of.submit_wait(std::move(what)).value().view->public_id;
        const auto kind = std::string(port::records_prefix) + line;
        tell(of, domain::record_read{"records", "stored for the line", 0}, {vault.seal("sb-1", kind, "{}").value()});
        EXPECT_TRUE(journal.sealed("sb-1", kind).value());
        domain::note_line ended;
        ended.number = base::msisdn::trusted(number_text(1));
        ended.generation = 7;
        ended.at = clock.now();
        ended.ended = true;
        ended.policy = base::label::trusted("cn");
        tell(of, ended);
        return kind;
    }
    bool has(const std::string& kind) { return journal.sealed("sb-1", kind).value().has_value(); }
    const domain::line_end& end(engine& of) {
        last = of.read(person).value();
        return last->subscriber().ends.front();
    }
    view_ptr last;
};

TEST(records, that_have_outlived_their_purpose_leave_the_vault) {
    archive w;
    const auto e = w.start();
    const auto kind = w.line_with_records(*e, "sb-2");  // the number is another's by now
    w.clock.advance(base::days{181});
    EXPECT_TRUE(eventually([&] { return !w.has(kind); }));
    EXPECT_TRUE(w.end(*e).records_gone);
}

TEST(records, of_a_line_that_lives_are_looked_at_again_a_month_later) {
    archive w;
    const auto e = w.start();
    const auto kind = w.line_with_records(*e, "sb-1");
    w.clock.advance(base::days{181});
    EXPECT_TRUE(eventually([&] {
        const auto& end = w.end(*e);
        return !end.records_gone && end.records_until == w.clock.now() + base::days{30};
    }));
    EXPECT_TRUE(w.has(kind));
}

}  // namespace
}  // namespace keepline::engine
