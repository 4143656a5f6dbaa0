// A webhook's secret leaves the vault with the entry that says that it ended, and its key with the effect.
#include "engine/engine_world.hpp"

namespace keepline::engine {
namespace {

using namespace testing;
using base::code;

struct hooks : world {
    port::fake_vault vault;
    port::stream_key key{port::stream_kind::credential,
                         domain::credential_key(domain::role::admin, domain::webhook_holder())};

    std::unique_ptr<engine> start() {
        auto with = parts();
        with.vault = &vault;
        auto made = std::make_unique<engine>(std::move(with), quick());
        EXPECT_TRUE(made->start());
        return made;
    }
    void tell(engine& of, domain::credential_command what, const char* by, const char* secret = nullptr) {
        auto out = command_for(key, any_command(std::move(what)));
        out.must_exist = false;
        out.by = {domain::role::admin, base::label::trusted(by), base::label::trusted(by)};
        if (secret != nullptr) out.vault.push_back(vault.seal("wh_1", secret, "a secret").value());
        EXPECT_TRUE(of.submit_wait(std::move(out)));
    }
    bool is_sealed(const char* secret) { return journal.sealed("wh_1", secret).value().has_value(); }
    bool is_forgotten() {
        const auto opened = vault.open("wh_1", "webhook.1");
        return !opened && opened.error().what == code::erased;
    }
    static domain::open_webhook opening() {
        return {"wh_1", {"bank", "https://bank.example/", {"*"}, domain::role::system}, "webhook.1"};
    }
};

TEST(webhook_secret, of_one_that_is_refused_goes_with_its_key) {
    hooks w;
    const auto e = w.start();
    w.tell(*e, hooks::opening(), "ada", "webhook.1");
    EXPECT_TRUE(w.is_sealed("webhook.1"));
    w.tell(*e, domain::refuse_second{1, "nobody knows them"}, "bo");
    EXPECT_FALSE(w.is_sealed("webhook.1"));
    EXPECT_TRUE(eventually([&] { return w.is_forgotten(); }));
}

TEST(webhook_secret, of_one_that_nobody_signs_goes_with_its_key) {
    hooks w;
    const auto e = w.start();
    w.tell(*e, hooks::opening(), "ada", "webhook.1");
    w.clock.advance(base::hours{80});
    EXPECT_TRUE(eventually([&] { return w.is_forgotten(); }));
    EXPECT_FALSE(w.is_sealed("webhook.1"));
}

TEST(webhook_secret, that_was_exchanged_goes_when_it_signs_no_more_and_the_last_with_the_webhook) {
    hooks w;
    const auto e = w.start();
    w.tell(*e, hooks::opening(), "ada", "webhook.1");
    w.tell(*e, domain::countersign{1}, "bo");
    w.tell(*e, domain::rotate_webhook{"wh_1", "webhook.2", base::duration{base::hours{2}}.count()}, "ada", "webhook.2");
    w.tell(*e, domain::countersign{2}, "bo");
    EXPECT_TRUE(w.is_sealed("webhook.1"));
    w.clock.advance(base::hours{3});
    EXPECT_TRUE(eventually([&] { return !w.is_sealed("webhook.1"); }));
    EXPECT_TRUE(w.is_sealed("webhook.2"));
    EXPECT_FALSE(w.is_forgotten());
    w.tell(*e, domain::close_webhook{"wh_1", "they left us"}, "bo");
    EXPECT_TRUE(eventually([&] { return w.is_forgotten(); }));
}

}  // namespace
}  // namespace keepline::engine
