#include "desk/courier.hpp"

#include "desk/token_register.hpp"
#include "engine/codec.hpp"
#include "port/fake_journal.hpp"

#include <gmock/gmock.h>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using base::code;

template <typename Condition>
bool eventually(Condition&& holds) {
    for (int i = 0; i < 1000; ++i) {
        if (holds()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

struct courier_test : Test {
    port::fake_journal journal;
    port::fake_clock clock{instant{1'795'000'000'000}};
    port::fake_notebook notes;
    port::fake_vault vault;
    port::no_log log;
    port::fake_webhook_sender sender;
    std::int64_t epoch = *journal.own(port::partition_set().set());
    std::map<port::stream_key, port::stream> streams;
    domain::credential_state hooks;

    void commit(const port::stream_key& key, const std::string& public_id, const std::string& events,
                const std::vector<domain::effect>& effects) {
        auto& s = streams[key];
        port::entry e;
        e.partition = port::partition_of(key);
        e.version = s.version + 1;
        e.at = clock.now();
        e.meta = base::to_json(engine::entry_meta{});
        e.events = events;
        if (!effects.empty()) e.effects = base::to_json(effects);
        for (const auto& one : effects) e.destinations |= 1U << static_cast<unsigned>(domain::destination_of(one));
        e.hash = port::entry_hash(s.version == 0 ? engine::chain_start(key) : s.head, e);
        s.key = key;
        s.public_id = public_id;
        s.version = e.version;
        s.head = e.hash;
        port::batch b;
        b.epoch = epoch;
        b.writes.push_back({s, e, {}});
        const auto report = journal.commit(b);
        ASSERT_EQ(report.writes.at(0), port::commit_outcome::done);
        s = b.writes.at(0).after;
    }
    void happens(const std::string& line, const std::string& topic = "closure.opened") {
        commit({port::stream_kind::number, line}, "ln_" + line.substr(1), "[]",
               {domain::publish{topic, {R"({"number":")" + line + R"(","closure":1})"}}});
    }
    void on_webhooks(domain::credential_event what) {
        domain::credential::evolve(hooks, what);
        commit(credential_stream(domain::role::admin, domain::webhook_holder()), "cr_webhooks",
               base::to_json(std::vector{what}), {});
    }
    std::string opened(const std::string& name, std::vector<std::string> topics = {"*"},
                       domain::role as = domain::role::system) {
        domain::webhook one;
        one.id = "wh_" + name;
        one.to = {name, "https://" + name + ".example/", std::move(topics), as};
        one.secret = "webhook.1";
        one.since = clock.now();
        EXPECT_TRUE(vault.seal(one.id, one.secret, base::base64(base::bytes(32, 1))));
        on_webhooks(domain::webhook_opened{one});
        return one.id;
    }
    static courier_settings quick() {
        courier_settings out;
        out.backoff_first = base::seconds{1};
        out.backoff_max = base::seconds{8};
        out.attempts_max = 3;
        out.wait_longest = 20ms;  // the clock of these tests wakes nobody
        return out;
    }
    std::unique_ptr<courier> made(std::vector<fixed_webhook> fixed = {}, courier_settings how = quick()) {
        auto out = std::make_unique<courier>(
            courier::parts{&journal, &clock, &notes, &vault, &log, &sender, std::move(fixed)}, how);
        EXPECT_TRUE(out->start());
        return out;
    }
    static fixed_webhook partner(std::string name = "partner") {
        return {{std::move(name), "http://127.0.0.1/", {base::bytes(32, 2)}, true}, {"*"}};
    }
    std::vector<std::string> bodies_to(const std::string& name) {
        std::vector<std::string> out;
        for (const auto& one : sender.seen())
            if (one.to == name) out.push_back(one.what.body);
        return out;
    }
    std::set<std::string> ids_to(const std::string& name) {
        std::set<std::string> out;
        for (const auto& one : sender.seen())
            if (one.to == name) out.insert(one.what.id);
        return out;
    }
    /// Something happens, and that one hears of it once: under which id.
    std::string heard_once(courier& it, const std::string& name) {
        happens("+1");
        it.poke();
        EXPECT_TRUE(eventually([&] { return bodies_to(name).size() == 1; }));
        const auto ids = ids_to(name);
        return ids.empty() ? std::string() : *ids.begin();
    }
    /// The first webhook has looked, after all that happened, whether there is anything to send, and has sent it.
    static bool has_looked(courier& it) {
        const auto before = it.conditions().at(0).turns;
        it.poke();
        return eventually([&] { return it.conditions().at(0).turns >= before + 2; });  // one may have begun earlier
    }
    /// Time goes by until it is so.
    template <typename Condition>
    bool in_time(Condition&& holds) {
        return eventually([&] {
            clock.advance(500ms);
            return holds();
        });
    }
};

TEST_F(courier_test, news_carry_the_ids_of_the_api) {
    auto it = made({partner()});
    happens("+1");
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 1; }));
    EXPECT_THAT(bodies_to("partner")[0], AllOf(HasSubstr(R"("line":"ln_1")"), HasSubstr(R"("case":"ln_1-c1")")));
    EXPECT_TRUE(sender.seen()[0].what.id.starts_with("kl-"));
}

TEST_F(courier_test, one_that_is_down_holds_up_no_other_and_gets_everything_when_it_is_back) {
    const auto bank = opened("bank");
    std::atomic<bool> down{true};
    sender.answers([&](const port::webhook_route& to, const port::webhook_message&) -> base::result<void> {
        if (to.name == "bank" && down) return base::refuse(code::peer_unreachable, "nobody there");
        return {};
    });
    auto it = made({partner()});
    for (const auto* line : {"+1", "+2", "+3", "+1"}) happens(line);
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 4; }));
    ASSERT_TRUE(eventually([&] { return !it->troubles().empty(); }));
    EXPECT_THAT(it->troubles(), ElementsAre("nobody there"));
    const auto tries = bodies_to("bank").size();
    EXPECT_LE(tries, 4U) << "it is not asked again and again before its time";
    down = false;
    ASSERT_TRUE(in_time([&] { return it->troubles().empty() && ids_to("bank").size() == 4; }));
    EXPECT_EQ(ids_to("bank"), ids_to("partner"));
    for (const auto& one : it->conditions()) EXPECT_EQ(one.given_up, 0) << one.name;
}

TEST_F(courier_test, what_one_endpoint_refuses_is_given_up_while_others_pass_and_its_line_waits_behind_it) {
    sender.answers([&](const port::webhook_route&, const port::webhook_message& what) -> base::result<void> {
        if (what.body.find("closure.approved") != std::string::npos) return base::refuse(code::peer_garbled, "400");
        return {};
    });
    auto it = made({partner()});
    happens("+1", "closure.approved");
    happens("+1", "closure.settling");
    it->poke();
    int others = 0;
    ASSERT_TRUE(in_time([&] {
        happens("+" + std::to_string(100 + others++));
        it->poke();
        return it->conditions()[0].given_up == 1;
    }));
    ASSERT_TRUE(eventually([&] { return !bodies_to("partner").back().empty(); }));
    ASSERT_TRUE(in_time([&] {
        return std::ranges::any_of(bodies_to("partner"),
                                   [](const auto& one) { return one.find("settling") != std::string::npos; });
    }));
    const auto lost = it->conditions()[0].lost;
    ASSERT_EQ(lost.size(), 1U);
    EXPECT_EQ(lost[0].topic, "closure.approved");
    EXPECT_EQ(lost[0].why, "400");
    EXPECT_GE(std::ranges::count_if(bodies_to("partner"),
                                    [](const auto& one) { return one.find("approved") != std::string::npos; }),
              3);
    bool settled = false;
    for (const auto& one : bodies_to("partner")) {
        if (one.find("settling") != std::string::npos) settled = true;
        EXPECT_FALSE(settled && one.find("approved") != std::string::npos) << "the order of the line";
    }
}

TEST_F(courier_test, an_endpoint_that_answers_everything_with_an_error_loses_nothing) {
    std::atomic<bool> broken{true};
    sender.answers([&](const port::webhook_route&, const port::webhook_message&) -> base::result<void> {
        if (broken) return base::refuse(code::peer_garbled, "500");
        return {};
    });
    auto it = made({partner()});
    for (int i = 0; i < 5; ++i) happens("+" + std::to_string(i));
    it->poke();
    ASSERT_TRUE(in_time([&] { return bodies_to("partner").size() >= 30; }));
    EXPECT_EQ(it->conditions()[0].given_up, 0);
    broken = false;
    ASSERT_TRUE(in_time([&] { return it->conditions()[0].delivered == 5; }));
}

TEST_F(courier_test, however_many_are_refused_those_of_other_lines_pass_and_the_refused_are_given_up) {
    sender.answers([&](const port::webhook_route&, const port::webhook_message& what) -> base::result<void> {
        if (what.body.find("closure.approved") != std::string::npos) return base::refuse(code::peer_garbled, "400");
        return {};
    });
    int refused = 0;
    for (const auto most : {std::size_t{1000}, std::size_t{8}}) {  // it reads on past them, or asks ahead
        refused += 300;                                            // the second one hears of those before it too
        auto how = quick();
        how.window = 4;
        how.window_most = most;
        const auto name = "partner-" + std::to_string(most);
        auto it = made({partner(name)}, how);
        const auto line = [&](int i) { return "+" + std::to_string(most) + "0" + std::to_string(i); };
        for (int i = 0; i < 300; ++i) happens(line(i), "closure.approved");
        happens(line(1), "closure.settling");
        happens(line(777));
        it->poke();
        EXPECT_TRUE(in_time([&] { return it->conditions()[0].delivered > 0; })) << most;
        EXPECT_TRUE(in_time([&] {
            happens(line(778));
            it->poke();
            return it->conditions()[0].given_up == refused;
        })) << most
            << " " << it->conditions()[0].given_up;
    }
}

TEST_F(courier_test, what_is_sent_ahead_overtakes_nothing_of_its_own_line) {
    sender.answers([&](const port::webhook_route&, const port::webhook_message& what) -> base::result<void> {
        if (what.body.find("closure.approved") != std::string::npos) return base::refuse(code::peer_garbled, "400");
        return {};
    });
    auto how = quick();
    how.window = 4;
    how.window_most = 8;
    auto it = made({partner()}, how);
    for (int i = 10; i < 50; ++i) happens("+55500" + std::to_string(i), "closure.approved");
    happens("+5550049");
    happens("+777");
    it->poke();
    EXPECT_TRUE(in_time([&] {
        happens("+778");
        it->poke();
        return it->conditions()[0].given_up == 40;
    }));
    std::vector<std::string> of_line;
    for (const auto& body : bodies_to("partner"))
        if (body.find("+5550049") != std::string::npos) of_line.push_back(body);
    ASSERT_FALSE(of_line.empty());
    EXPECT_NE(of_line.front().find("closure.approved"), std::string::npos) << of_line.front();
}

TEST_F(courier_test, an_endpoint_that_refuses_everything_loses_nothing_however_much_it_is) {
    std::atomic<bool> broken{true};
    sender.answers([&](const port::webhook_route&, const port::webhook_message&) -> base::result<void> {
        if (broken) return base::refuse(code::peer_garbled, "500");
        return {};
    });
    auto how = quick();
    how.window = 4;
    how.window_most = 8;
    auto it = made({partner()}, how);
    for (int i = 0; i < 60; ++i) happens("+" + std::to_string(i), i % 2 == 0 ? "closure.opened" : "closure.approved");
    happens("+1000", "closure.settling");
    it->poke();
    ASSERT_TRUE(in_time([&] { return bodies_to("partner").size() >= 400; }));
    EXPECT_EQ(it->conditions()[0].given_up, 0);
    broken = false;
    ASSERT_TRUE(in_time([&] { return ids_to("partner").size() == 61 && it->conditions()[0].delivered >= 61; }));
    EXPECT_EQ(it->conditions()[0].given_up, 0);
}

TEST_F(courier_test, one_that_the_configuration_has_again_after_months_does_not_give_up_one_by_one_what_is_too_old) {
    made({partner()}).reset();
    for (int i = 0; i < 20; ++i) happens("+1");
    clock.advance(base::days{60});
    happens("+2");
    auto it = made({partner()});
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 1; }));
    EXPECT_THAT(bodies_to("partner")[0], HasSubstr("ln_2"));
    EXPECT_EQ(it->conditions()[0].given_up, 0);
}

TEST_F(courier_test, an_event_is_found_behind_any_number_of_entries_that_publish_nothing) {
    const auto bank = opened("bank");
    auto it = made({partner()});
    const auto event = heard_once(*it, "bank");
    for (int i = 0; i < 640; ++i)
        commit({port::stream_kind::subscriber, "sb-" + std::to_string(i)}, "sb-" + std::to_string(i), "[]", {});
    EXPECT_TRUE(it->send_again(bank, event));
    happens("+2");
    EXPECT_TRUE(it->send_again(bank, event)) << "nor by one that lies behind them";
    clock.advance(base::days{8});
    EXPECT_EQ(it->send_again(bank, event).error().what, code::not_found);
}

TEST_F(courier_test, after_a_restart_it_goes_on_where_it_was_and_repeats_only_under_the_same_ids) {
    auto it = made({partner()});
    for (int i = 0; i < 3; ++i) happens("+" + std::to_string(i));
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 3; }));
    it.reset();
    happens("+9");
    it = made({partner()});
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 4; }));
    EXPECT_EQ(ids_to("partner").size(), 4U);
}

TEST_F(courier_test, whoever_is_killed_before_the_place_was_noted_repeats_and_loses_nothing) {
    auto first = made({partner()});
    const auto place = notes.read("webhook.partner");
    ASSERT_TRUE(place && *place) << "noted before anything is sent";
    happens("+1");
    first->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 1; }));
    first.reset();
    ASSERT_TRUE(notes.write({{"webhook.partner", **place}}));  // as if it had been killed
    auto second = made({partner()});
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 2; }));
    EXPECT_EQ(ids_to("partner").size(), 1U);
}

TEST_F(courier_test, a_new_webhook_hears_what_happens_from_then_on) {
    happens("+1");
    clock.advance(1s);
    opened("bank");
    happens("+2");
    auto it = made();
    ASSERT_TRUE(eventually([&] { return bodies_to("bank").size() == 1; }));
    EXPECT_THAT(bodies_to("bank")[0], HasSubstr("ln_2"));
}

TEST_F(courier_test, a_paused_one_keeps_its_place_and_a_deleted_one_ends) {
    const auto bank = opened("bank");
    auto it = made();
    on_webhooks(domain::webhook_paused{bank, true, "moving", {}, clock.now()});
    it->look();
    happens("+1");
    happens("+2");
    ASSERT_TRUE(has_looked(*it));
    EXPECT_TRUE(bodies_to("bank").empty());
    on_webhooks(domain::webhook_paused{bank, false, "", {}, clock.now()});
    it->look();
    ASSERT_TRUE(eventually([&] { return bodies_to("bank").size() == 2; }));
    on_webhooks(domain::webhook_closed{bank, "left", {}, clock.now()});
    it->look();
    happens("+3");
    it->poke();
    EXPECT_TRUE(it->conditions().empty());
    EXPECT_FALSE(notes.read("webhook." + bank).value()) << "and its place";
}

TEST_F(courier_test, what_is_too_old_when_it_could_be_sent_is_given_up_and_counted) {
    const auto bank = opened("bank");
    on_webhooks(domain::webhook_paused{bank, true, "moving", {}, clock.now()});
    happens("+1");
    clock.advance(base::days{8});
    happens("+2");
    on_webhooks(domain::webhook_paused{bank, false, "", {}, clock.now()});
    auto it = made();
    ASSERT_TRUE(eventually([&] { return bodies_to("bank").size() == 1; }));
    EXPECT_THAT(bodies_to("bank")[0], HasSubstr("ln_2"));
    EXPECT_EQ(it->conditions()[0].given_up, 1);
}

TEST_F(courier_test, a_replay_sends_again_under_the_same_ids_once) {
    const auto bank = opened("bank");
    const auto from = clock.now();
    auto it = made();
    happens("+1");
    clock.advance(1min);
    happens("+2");
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("bank").size() == 2; }));
    on_webhooks(domain::webhook_replayed{bank, from, "", {}, clock.now()});
    it->look();
    ASSERT_TRUE(eventually([&] { return bodies_to("bank").size() == 4; }));
    EXPECT_EQ(ids_to("bank").size(), 2U);
    it.reset();
    it = made();
    happens("+3");
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("bank").size() == 5; })) << "a replay is not begun again by a start";
}

TEST_F(courier_test, one_event_is_sent_again_by_its_id_if_the_webhook_hears_of_such) {
    const auto bank = opened("bank", {"closure.*"});
    auto it = made({partner()});
    happens("+1");
    happens("+2", "line.ordered");
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 2 && bodies_to("bank").size() == 1; }));
    const auto mine = *ids_to("bank").begin();
    const auto again = it->send_again(bank, mine);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->delivered);
    EXPECT_EQ(ids_to("bank").size(), 1U);
    EXPECT_EQ(bodies_to("bank").size(), 2U);
    for (const auto& id : ids_to("partner"))
        if (id != mine) EXPECT_EQ(it->send_again(bank, id).error().what, code::not_found) << "not of its topics";
    EXPECT_EQ(it->send_again("wh_nobody", mine).error().what, code::not_found);
}

TEST_F(courier_test, a_test_message_names_the_webhook_and_nobody_and_its_failure_is_told) {
    const auto bank = opened("bank");
    auto it = made();
    const auto good = it->try_out(bank, "test-1");
    ASSERT_TRUE(good);
    EXPECT_TRUE(good->delivered);
    EXPECT_THAT(bodies_to("bank")[0], HasSubstr(R"("data":{"webhook":"wh_bank"}})"));
    sender.answers(
        [](const auto&, const auto&) -> base::result<void> { return base::refuse(code::peer_refused, "410"); });
    const auto bad = it->try_out(bank, "test-2");
    ASSERT_TRUE(bad);
    EXPECT_FALSE(bad->delivered);
    EXPECT_EQ(bad->error, "410");
}

TEST_F(courier_test, while_a_secret_is_exchanged_both_sign_and_then_the_new_one_alone) {
    const auto bank = opened("bank");
    ASSERT_TRUE(vault.seal(bank, "webhook.2", base::base64(base::bytes(32, 3))));
    on_webhooks(domain::webhook_rotated{bank, "webhook.2", clock.now() + base::hours{1}, {}, {}, clock.now()});
    auto it = made();
    happens("+1");
    it->poke();
    ASSERT_TRUE(eventually([&] { return sender.seen().size() == 1; }));
    EXPECT_EQ(sender.seen()[0].signatures, 2U);
    clock.advance(base::hours{1});
    it->look();
    happens("+2");
    it->poke();
    ASSERT_TRUE(eventually([&] { return sender.seen().size() == 2; }));
    EXPECT_EQ(sender.seen()[1].signatures, 1U);
}

TEST_F(courier_test, news_of_a_line_come_in_order_however_many_lines_there_are) {
    auto it = made({partner()});
    constexpr std::array topics{"closure.opened", "closure.submitted", "closure.approved", "closure.closed"};
    for (const auto* topic : topics)
        for (int line = 0; line < 40; ++line) happens("+" + std::to_string(1000 + line), topic);
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 160; }));
    std::map<std::string, std::vector<std::string>> by_line;
    for (const auto& body : bodies_to("partner")) {
        const auto parsed = base::parse_json(body)->as_object();
        by_line[std::string(parsed.at("data").at("line").as_string())].emplace_back(parsed.at("type").as_string());
    }
    EXPECT_EQ(by_line.size(), 40U);
    for (const auto& [line, seen] : by_line) EXPECT_THAT(seen, ElementsAreArray(topics)) << line;
}

/// A receiver that does not answer until it is told to, or the call is given up.
struct hanging_sender {
    std::atomic<int> calls{0};
    std::atomic<bool> answers{false};
    void wait(const port::webhook_message& what) {
        ++calls;
        while (!answers && !what.until.stop_requested()) std::this_thread::sleep_for(1ms);
    }
};

TEST_F(courier_test, of_messages_that_somebody_asked_for_one_is_on_its_way_to_a_webhook_and_a_stop_ends_it) {
    const auto bank = opened("bank", {"line.*"});
    hanging_sender hangs;
    sender.answers([&](const auto&, const port::webhook_message& what) -> base::result<void> {
        hangs.wait(what);
        return base::refuse(code::peer_unreachable, "nobody there");
    });
    auto it = made();
    std::thread first([&] { EXPECT_TRUE(it->try_out(bank, "test-1")); });
    ASSERT_TRUE(eventually([&] { return hangs.calls == 1; }));
    EXPECT_EQ(it->is_free(bank).error().what, code::too_many);
    EXPECT_EQ(it->try_out(bank, "test-2").error().what, code::too_many);
    EXPECT_EQ(it->send_again(bank, "kl-1").error().what, code::too_many);
    it->end_errands();
    first.join();
    EXPECT_EQ(it->try_out(bank, "test-3").error().what, code::unavailable);
    EXPECT_EQ(hangs.calls, 1);
}

TEST_F(courier_test, a_receiver_that_hangs_holds_up_neither_a_look_nor_the_end) {
    const auto bank = opened("bank");
    opened("crm");
    hanging_sender hangs;
    sender.answers([&](const port::webhook_route& to, const port::webhook_message& what) -> base::result<void> {
        if (to.name == "partner" || to.name == "bank") hangs.wait(what);
        return {};
    });
    auto how = quick();
    how.last_call = 50ms;
    auto it = made({partner()}, how);
    happens("+1");
    it->poke();
    ASSERT_TRUE(eventually([&] { return hangs.calls == 2; }));
    on_webhooks(domain::webhook_closed{bank, "left", {}, clock.now()});
    const auto began = std::chrono::steady_clock::now();
    it->look();
    it->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_FALSE(notes.read("webhook." + bank).value()) << "nobody writes its place again";
}

TEST_F(courier_test, what_throws_is_a_failure_like_another) {
    std::atomic<bool> broken{true};
    sender.answers([&](const auto&, const auto&) -> base::result<void> {
        if (broken) throw std::bad_alloc();
        return {};
    });
    auto it = made({partner()});
    for (int line = 0; line < 40; ++line) happens("+" + std::to_string(1000 + line));  // enough for helpers
    it->poke();
    ASSERT_TRUE(eventually([&] { return !it->troubles().empty(); }));
    broken = false;
    ASSERT_TRUE(in_time([&] { return it->conditions()[0].delivered == 40; }));
}

TEST_F(courier_test, an_entry_that_cannot_be_read_is_passed_over_and_counted_once) {
    opened("bank", {"closure.*"});
    auto it = made({partner()});
    happens("+1");
    for (const auto* payload : {"[1]", "{", "7"})
        commit({port::stream_kind::number, "+2"}, "ln_2", "[]", {domain::publish{"closure.opened", {payload}}});
    happens("+3");
    it->poke();
    ASSERT_TRUE(eventually([&] { return bodies_to("partner").size() == 2 && bodies_to("bank").size() == 2; }));
    EXPECT_GE(it->news_passed_over(), 1U);
    EXPECT_LE(it->news_passed_over(), 3U);
}

TEST_F(courier_test, a_paused_one_is_no_trouble_and_begins_anew_when_it_is_resumed) {
    const auto bank = opened("bank");
    std::atomic<bool> down{true};
    sender.answers([&](const auto&, const auto&) -> base::result<void> {
        if (down) return base::refuse(code::peer_unreachable, "nobody there");
        return {};
    });
    auto it = made();
    happens("+1");
    it->poke();
    ASSERT_TRUE(in_time([&] { return !it->troubles().empty() && sender.seen().size() > 3; }));
    on_webhooks(domain::webhook_paused{bank, true, "moving", {}, clock.now()});
    it->look();
    EXPECT_TRUE(it->troubles().empty());
    EXPECT_FALSE(it->conditions()[0].failing);
    down = false;
    on_webhooks(domain::webhook_paused{bank, false, "", {}, clock.now()});
    it->look();
    EXPECT_TRUE(eventually([&] { return it->conditions()[0].delivered == 1; })) << "before its time";
}

TEST_F(courier_test, one_whose_secret_cannot_be_opened_says_so_and_goes_nowhere) {
    const auto bank = opened("bank");
    auto it = made();
    on_webhooks(domain::webhook_rotated{bank, "webhook.2", {}, {}, {}, clock.now()});  // sealed by nobody
    it->look();
    happens("+1");
    it->poke();
    EXPECT_THAT(it->troubles(), ElementsAre(HasSubstr("secret cannot be opened")));
    EXPECT_TRUE(it->conditions()[0].failing);
    EXPECT_FALSE(it->try_out(bank, "test-1")->delivered);
    ASSERT_TRUE(has_looked(*it));
    EXPECT_TRUE(bodies_to("bank").empty()) << "nor to where it went before";
    ASSERT_TRUE(vault.seal(bank, "webhook.2", base::base64(base::bytes(32, 3))));
    it->look();
    EXPECT_TRUE(eventually([&] { return bodies_to("bank").size() == 1; }));
    EXPECT_TRUE(it->troubles().empty());
}

TEST_F(courier_test, what_happened_before_two_aimed_it_is_not_sent_again) {
    const auto bank = opened("bank");
    auto it = made({partner()});
    const auto event = heard_once(*it, "bank");
    ASSERT_TRUE(it->send_again(bank, event));
    clock.advance(1min);
    on_webhooks(domain::webhook_changed{
        bank, {"bank", "https://elsewhere.example/", {"*"}, domain::role::system}, {}, {}, clock.now()});
    it->look();
    const auto refused = it->send_again(bank, event);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, code::not_found);
    EXPECT_THAT(refused.error().words, HasSubstr("before two administrators aimed"));
}

}  // namespace
}  // namespace keepline::desk
