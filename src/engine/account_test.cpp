// An account that nobody signs for does not stay sealed.
#include "engine/engine_world.hpp"
#include "port/person.hpp"

namespace keepline::engine {
namespace {

using namespace testing;

struct counter : world {
    port::fake_vault vault;
    port::stream_key key{port::stream_kind::subscriber, "sb-1"};

    std::unique_ptr<engine> start() {
        auto with = parts();
        with.vault = &vault;
        auto made = std::make_unique<engine>(std::move(with), quick());
        EXPECT_TRUE(made->start());
        domain::register_subscriber known;
        known.id = base::label::trusted("sb-1");
        auto what = command_for(key, any_command(domain::subscriber_command(known)));
        what.must_exist = false;
        EXPECT_TRUE(made->submit_wait(std::move(what)));
        return made;
    }
    void wants(engine& of, const std::string& digest) {
        auto now = person();
        now.refund_wanted.push_back({digest, "DE89370400440532013000", "A Clerk", ""});
        auto what = command_for(key, any_command(domain::subscriber_command(domain::name_account{digest})));
        what.vault.push_back(vault.seal("sb-1", port::person_kind, base::to_json(now)).value());
        EXPECT_TRUE(of.submit_wait(std::move(what)));
    }
    port::person person() {
        const auto stored = vault.open("sb-1", port::person_kind);
        return stored ? base::from_json<port::person>(*stored).value() : port::person{};
    }
};

TEST(wanted_account, leaves_the_vault_when_its_request_lapses) {
    counter w;
    const auto e = w.start();
    w.wants(*e, "digest-1");
    EXPECT_EQ(w.person().refund_wanted.size(), 1U);
    w.clock.advance(base::hours{80});
    EXPECT_TRUE(eventually([&] { return w.person().refund_wanted.empty(); }));
}

TEST(wanted_account, stays_while_another_request_for_it_waits) {
    counter w;
    const auto e = w.start();
    w.wants(*e, "digest-1");
    w.clock.advance(base::hours{40});
    w.wants(*e, "digest-2");
    w.clock.advance(base::hours{40});
    EXPECT_TRUE(eventually([&] { return w.person().refund_wanted.size() == 1; }));
    EXPECT_EQ(w.person().refund_wanted[0].digest, "digest-2");
}

TEST(wanted_account, leaves_the_vault_when_it_is_refused) {
    counter w;
    const auto e = w.start();
    w.wants(*e, "digest-1");
    auto no = command_for(
        w.key, any_command(domain::subscriber_command(domain::refuse_second{1, "nobody knows this account"})));
    no.by = {domain::role::reviewer, base::label::trusted("reviewer-1")};
    EXPECT_TRUE(e->submit_wait(std::move(no)));
    EXPECT_TRUE(eventually([&] { return w.person().refund_wanted.empty(); }));
}

}  // namespace
}  // namespace keepline::engine
