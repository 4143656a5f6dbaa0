// Profiles on the SM-DP+ as streams of their own, and what passes between them and the lines.
#include "engine/engine_world.hpp"

#include <gtest/gtest.h>

namespace keepline::engine {
namespace {

using namespace testing;
using base::code;
using domain::destination;
using domain::esim_status;
using port::delivered;
using port::outbound;

base::iccid profile_iccid(int n) { return base::iccid::trusted("89860012345678901" + std::to_string(100 + n)); }
port::stream_key esim_key(int n) { return {port::stream_kind::esim, profile_iccid(n).text()}; }

submission esim_command_for(int n, domain::esim_command what) {
    return command_for(esim_key(n), any_command(std::move(what)));
}
submission provide(int n, const std::string& type = "standard") {
    auto out = esim_command_for(
        n,
        domain::provide_esim{
            profile_iccid(n), base::imsi::trusted("46001" + std::to_string(1'000'000'000 + n)), type, {}, true, false});
    out.must_exist = false;
    return out;
}
domain::download_terms terms_of(const std::string& matching_id) {
    domain::download_terms out;
    out.matching_id = matching_id;
    return out;
}
submission order_with_profile(int n, const std::string& matching_id) {
    auto out = order(n);
    auto& what = std::get<domain::order_line>(std::get<domain::number_command>(out.what));
    what.profiles.clear();
    what.profile_type = "standard";
    what.download = terms_of(matching_id);
    return out;
}
submission order_esim_for(int n, int line, const std::string& matching_id, int generation = 1) {
    return esim_command_for(n, domain::order_for_line{{},
                                                      "standard",
                                                      base::msisdn::trusted(number_text(line)),
                                                      generation,
                                                      base::label::trusted("sb-1"),
                                                      terms_of(matching_id)});
}
domain::esim_state esim_of(engine& e, int n) { return e.read(esim_key(n)).value()->esim(); }
domain::number_state line_of(engine& e, int n) { return e.read(number_key(n)).value()->number(); }

TEST(esim_streams, a_line_that_wants_a_profile_gets_one_from_the_stock) {
    world w;
    const auto e = w.run();
    for (const int n : {1, 2}) ASSERT_TRUE(e->submit_wait(provide(n)));
    EXPECT_EQ(e->counts()->stock_by_type, (std::vector<std::pair<std::string, std::int64_t>>{{"standard", 2}}));
    ASSERT_TRUE(e->submit_wait(order_with_profile(1, "MID-1")));
    ASSERT_TRUE(eventually([&] { return line_of(*e, 1).profiles.size() == 1; }));
    const auto got = line_of(*e, 1).profiles.front();
    EXPECT_EQ(got.matching_id, "MID-1");
    EXPECT_FALSE(line_of(*e, 1).wanted);
    EXPECT_EQ(e->counts()->stock_by_type.front().second, 1);
    port::stream_filter by_order;
    by_order.matching_id = "MID-1";
    const auto found = e->list(by_order, "", 10).value().streams;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key.key, got.iccid.text());
    EXPECT_EQ(e->holder_of("MID-1")->value(), found[0].key);
    EXPECT_FALSE(e->holder_of("MID-2")->has_value());
    EXPECT_FALSE(e->holder_of("")->has_value());
    EXPECT_TRUE(found[0].public_id.starts_with("es_"));
    const auto esim = e->read_public(found[0].public_id).value()->esim();
    EXPECT_EQ(esim.status, esim_status::released);
    EXPECT_EQ(esim.number.text(), number_text(1));
    EXPECT_TRUE(eventually([&] {  // its keys went to the HLR
        return std::ranges::any_of(w.peer(destination::hlr).seen(), [&](const outbound& one) {
            const auto* keys = std::get_if<domain::hlr_keys>(&one.what);
            return keys != nullptr && keys->imsi == got.imsi && one.number.empty();
        });
    }));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::core).waiting == 0; }));
    EXPECT_EQ(verify(w.journal)->first_mismatch, "");
}

TEST(esim_streams, many_lines_at_once_each_get_their_own) {
    world w;
    auto how = quick();
    how.threads_per_destination[static_cast<std::size_t>(destination::core)] = 4;
    const auto e = w.run(how);
    constexpr int lines = 40;
    for (int n = 1; n <= lines; ++n) ASSERT_TRUE(e->submit_wait(provide(n)));
    for (int n = 1; n <= lines; ++n) ASSERT_TRUE(e->submit_wait(order_with_profile(n, "MID-" + std::to_string(n))));
    ASSERT_TRUE(eventually([&] {
        for (int n = 1; n <= lines; ++n)
            if (line_of(*e, n).profiles.size() != 1) return false;
        return true;
    }));
    std::set<std::string> given;
    for (int n = 1; n <= lines; ++n) given.insert(line_of(*e, n).profiles.front().iccid.text());
    EXPECT_EQ(given.size(), static_cast<std::size_t>(lines));
    EXPECT_TRUE(e->counts()->stock_by_type.empty());
}

TEST(esim_streams, an_empty_stock_is_waited_for_as_long_as_it_takes) {
    world w;
    auto how = quick();
    how.attempts_max = 3;
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(provide(1, "travel")));
    ASSERT_TRUE(e->submit_wait(order_with_profile(1, "MID-1")));
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::minutes{10});
        const auto waiting = e->failed_effects(false, destination::core, "", 10).value();
        return !waiting.empty() && waiting[0].attempts > 4;
    }));
    EXPECT_TRUE(e->failed_effects(true, {}, "", 10)->empty());
    EXPECT_EQ(e->failed_effects(false, {}, "", 10)->at(0).error_code, "out-of-stock");
    ASSERT_TRUE(e->submit_wait(provide(2)));
    EXPECT_TRUE(eventually([&] {
        w.clock.advance(base::minutes{10});
        return line_of(*e, 1).profiles.size() == 1;
    }));
}

// Fails when stock_keeper forgets to look for the order that it made before the crash.
TEST(esim_streams, an_order_that_is_carried_out_twice_takes_one_profile) {
    world w;
    auto e = w.run();
    for (const int n : {1, 2, 3}) ASSERT_TRUE(e->submit_wait(provide(n)));
    ASSERT_TRUE(e->submit_wait(order_with_profile(1, "MID-1")));
    ASSERT_TRUE(eventually([&] { return line_of(*e, 1).profiles.size() == 1; }));
    e.reset();
    port::batch as_if_it_had_not_been_settled;
    as_if_it_had_not_been_settled.epoch = w.journal.epoch_of(0);
    for (const auto& entry : w.journal.all_entries()) {
        const auto at = entry.effects.find("order_esim");
        if (at == std::string::npos) continue;
        port::retry row;
        row.effect = port::effect_id::of(entry.id(), entry.effects.find("publish") < at ? 1 : 0);
        row.destination = static_cast<int>(destination::core);
        row.position = entry.position;
        row.stream = entry.stream;
        row.attempts = 1;
        row.next_at = w.clock.now();
        as_if_it_had_not_been_settled.retries.push_back(row);
    }
    ASSERT_EQ(as_if_it_had_not_been_settled.retries.size(), 1U);
    w.journal.commit(as_if_it_had_not_been_settled);
    e = w.run();
    ASSERT_TRUE(eventually([&] { return w.journal.retries(false, -1, 0, 10)->empty(); }));
    EXPECT_EQ(e->counts()->stock_by_type.front().second, 2);
    EXPECT_EQ(line_of(*e, 1).profiles.size(), 1U);
}

TEST(esim_streams, no_two_orders_have_the_same_matching_id) {
    world w;
    const auto e = w.run();
    for (const int n : {1, 2, 3}) ASSERT_TRUE(e->submit_wait(provide(n)));
    {
        gate held(w.journal);
        auto before = send(*e, provide(4));
        ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
        auto first = send(*e, order_esim_for(1, 9, "SAME"));
        auto second = send(*e, order_esim_for(2, 9, "SAME"));  // in the same batch
        held.open();
        EXPECT_TRUE(first.get());
        EXPECT_EQ(second.get().error().what, code::matching_id_taken);
        EXPECT_TRUE(before.get());
    }
    EXPECT_EQ(e->submit_wait(order_esim_for(3, 9, "SAME")).error().what, code::matching_id_taken);
    gate held(w.journal);
    [[maybe_unused]] auto before = send(*e, provide(5));
    ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
    auto freed = send(*e, esim_command_for(1, domain::give_back{base::msisdn::trusted(number_text(9)), "SAME"}));
    auto taken = send(*e, order_esim_for(3, 9, "SAME"));  // given up in the same batch
    held.open();
    EXPECT_TRUE(freed.get());
    EXPECT_TRUE(taken.get());
}

TEST(esim_streams, what_a_line_cannot_take_goes_back_into_stock) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(provide(1)));
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(order_esim_for(1, 1, "MID-1", 7)));  // of an owner that the number does not have
    EXPECT_TRUE(eventually([&] { return esim_of(*e, 1).status == esim_status::available; }));
    EXPECT_EQ(line_of(*e, 1).profiles.size(), 1U);
}

TEST(esim_streams, what_an_euicc_says_reaches_the_line_and_moves_the_number) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(provide(1)));
    ASSERT_TRUE(e->submit_wait(order_with_profile(1, "MID-1")));
    ASSERT_TRUE(eventually([&] { return line_of(*e, 1).profiles.size() == 1; }));
    const auto eid = base::eid::trusted("89049032000000000000000000000011");
    ASSERT_TRUE(e->submit_wait(esim_command_for(1, domain::begin_download{"t1", eid, "key", "MID-1"})));
    ASSERT_TRUE(e->submit_wait(esim_command_for(1, domain::deliver_package{"t1"})));
    ASSERT_TRUE(
        e->submit_wait(esim_command_for(1, domain::install_result{"t1", true, 0, "", 1, {{}, "d1", {}}, "UElS"})));
    ASSERT_TRUE(e->submit_wait(esim_command_for(
        1, domain::notified{profile_iccid(1), domain::profile_event::enable, eid, 2, {{}, "d2", {}}, "Tk9U"})));
    ASSERT_TRUE(eventually([&] { return line_of(*e, 1).profiles.front().state == domain::profile_state::enabled; }));
    const auto profile = line_of(*e, 1).profiles.front();
    EXPECT_EQ(profile.eid, eid);
    EXPECT_EQ(profile.last_proof->kind, domain::proof_kind::signed_notification);
    EXPECT_EQ(profile.last_proof->digest, "d2");
    EXPECT_TRUE(eventually([&] {
        return std::ranges::any_of(w.peer(destination::hlr).seen(), [](const outbound& one) {
            const auto* action = std::get_if<domain::hlr_action>(&one.what);
            return action != nullptr && action->operation == domain::hlr_operation::provision;
        });
    }));
    EXPECT_EQ(verify(w.journal)->first_mismatch, "");
}

TEST(esim_streams, progress_goes_to_the_operator_that_ordered_it) {
    world w;
    const auto e = w.run();
    const auto mvno = base::label::trusted("mvno");
    ASSERT_TRUE(e->submit_wait(provide(1)));
    ASSERT_TRUE(e->submit_wait(esim_command_for(1, domain::download_order{mvno, {}, "standard"})));
    ASSERT_TRUE(e->submit_wait(esim_command_for(1, domain::confirm_order{mvno, terms_of("MID-1"), true, false})));
    const auto eid = base::eid::trusted("89049032000000000000000000000011");
    ASSERT_TRUE(e->submit_wait(esim_command_for(1, domain::begin_download{"t1", eid, "key", "MID-1"})));
    ASSERT_TRUE(eventually([&] { return w.peer(destination::operator_es2).seen().size() == 1; }));
    const auto sent = w.peer(destination::operator_es2).seen().front();
    EXPECT_EQ(std::get<domain::report_progress>(sent.what).requester, mvno);
    EXPECT_TRUE(sent.line_id.starts_with("es_"));
}

TEST(esim_streams, an_order_expires_when_its_time_has_come) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(provide(1)));
    auto what = order_esim_for(1, 9, "MID-1");
    std::get<domain::order_for_line>(std::get<domain::esim_command>(what.what)).terms.limits.expires_at =
        w.clock.now() + base::hours{1};
    ASSERT_TRUE(e->submit_wait(std::move(what)));
    w.clock.advance(base::hours{2});
    EXPECT_TRUE(eventually([&] { return esim_of(*e, 1).status == esim_status::error; }));
}

// Fails when a retried order to the HLR is carried out whatever happened since.
TEST(esim_streams, a_retried_detach_does_not_cut_off_a_number_that_came_back) {
    world w;
    std::atomic<bool> refuses{true};
    w.script(destination::hlr, [&](const outbound& what) -> base::result<delivered> {
        const auto* action = std::get_if<domain::hlr_action>(&what.what);
        if (refuses && action != nullptr && action->operation == domain::hlr_operation::detach &&
            action->imsi.text().starts_with("46000"))
            return base::refuse(code::peer_garbled, "Strange words.");
        return delivered{};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    const auto first = line_of(*e, 1).profiles.front().iccid;
    const auto report = [&](const base::iccid& iccid, const char* eid, std::uint32_t sequence) {
        return number_command(
            1, domain::number_command(domain::report_profile{iccid,
                                                             domain::profile_state::enabled,
                                                             base::eid::trusted(eid),
                                                             sequence,
                                                             {domain::proof_kind::signed_notification, "digest", {}}}));
    };
    ASSERT_TRUE(e->submit_wait(report(first, "89049032000000000000000000000011", 1)));
    domain::add_profile second;
    second.added.iccid = profile_iccid(2);
    second.added.imsi = base::imsi::trusted("460010000000002");
    ASSERT_TRUE(e->submit_wait(number_command(1, domain::number_command(second))));
    auto signature = number_command(1, domain::number_command(domain::countersign{line_of(*e, 1).asked.made}));
    signature.by = {domain::role::reviewer, base::label::trusted("reviewer-1")};
    signature.through = domain::channel::staff;
    ASSERT_TRUE(e->submit_wait(signature));
    ASSERT_TRUE(e->submit_wait(report(profile_iccid(2), "89049032000000000000000000000022", 1)));
    ASSERT_TRUE(eventually([&] { return !e->failed_effects(false, destination::hlr, "", 10)->empty(); }));
    const domain::evidence saved{
        domain::evidence_kind::recovery_code, true, w.clock.now(), "saved code", "saved-1", {}};
    ASSERT_TRUE(e->submit_wait(number_command(1, domain::number_command(domain::undo_switch{{saved}}))));
    refuses = false;
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::minutes{5});
        return e->failed_effects(false, destination::hlr, "", 10)->empty();
    }));
    EXPECT_EQ(w.log.count("effect_out_of_date"), 1);
    std::vector<std::string> detached;
    for (const auto& one : w.peer(destination::hlr).seen())
        if (const auto* action = std::get_if<domain::hlr_action>(&one.what))
            if (action->operation == domain::hlr_operation::detach) detached.push_back(action->imsi.text());
    EXPECT_EQ(detached, (std::vector<std::string>{line_of(*e, 1).profiles[0].imsi.text(), "460010000000002"}));
}

// -- keys that come late

/// A line whose profile is ordered from the stock, and that lapses when nobody pays for it.
submission import_with_profile(int n, const std::string& matching_id, instant valid_until) {
    auto ordered = order_with_profile(n, matching_id);
    domain::import_line what;
    what.order = std::get<domain::order_line>(std::get<domain::number_command>(ordered.what));
    what.valid_until = valid_until;
    ordered.what = domain::number_command(what);
    return ordered;
}
void put_on_phone(engine& e, int n, const std::string& matching_id) {
    const auto eid = base::eid::trusted("89049032000000000000000000000011");
    ASSERT_TRUE(e.submit_wait(esim_command_for(n, domain::begin_download{"t1", eid, "key", matching_id})));
    ASSERT_TRUE(e.submit_wait(esim_command_for(n, domain::deliver_package{"t1"})));
    ASSERT_TRUE(
        e.submit_wait(esim_command_for(n, domain::install_result{"t1", true, 0, "", 1, {{}, "d1", {}}, "UElS"})));
    ASSERT_TRUE(e.submit_wait(esim_command_for(
        n, domain::notified{profile_iccid(n), domain::profile_event::enable, eid, 2, {{}, "d2", {}}, "Tk9U"})));
}
bool is_removal(const outbound& what) {
    const auto* action = std::get_if<domain::hlr_action>(&what.what);
    return action != nullptr && action->operation == domain::hlr_operation::remove;
}

// Fails when dead keys that staff revive are sent whatever became of the line.
TEST(esim_streams, revived_keys_do_not_bring_an_ended_line_back_into_the_hlr) {
    world w;
    std::atomic<bool> refuses{true};
    std::atomic<int> taken{0};
    std::atomic<bool> removed{false};
    w.script(destination::hlr, [&](const outbound& what) -> base::result<delivered> {
        if (is_removal(what)) removed = true;
        if (!std::holds_alternative<domain::hlr_keys>(what.what)) return delivered{};
        if (refuses) return base::refuse(code::peer_garbled, "Strange words.");
        ++taken;
        return delivered{};
    });
    auto how = quick();
    how.attempts_max = 2;
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(provide(1)));
    ASSERT_TRUE(e->submit_wait(import_with_profile(1, "MID-1", w.clock.now() + base::days{60})));
    ASSERT_TRUE(eventually([&] { return line_of(*e, 1).profiles.size() == 1; }));
    put_on_phone(*e, 1, "MID-1");
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::minutes{1});
        return e->failed_effects(true, destination::hlr, "", 10)->size() == 1;
    }));
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::days{1});
        return removed.load();
    }));
    ASSERT_EQ(line_of(*e, 1).subscription->status, domain::line_status::ended);
    ASSERT_EQ(esim_of(*e, 1).status, esim_status::installed) << "nobody has told the SM-DP+ anything";
    refuses = false;
    EXPECT_EQ(e->retry_dead(destination::hlr).value(), 1);
    EXPECT_TRUE(eventually([&] {
        w.clock.advance(base::minutes{1});
        return e->failed_effects(true, {}, "", 10)->empty() && e->failed_effects(false, {}, "", 10)->empty();
    }));
    EXPECT_EQ(taken, 0);
    EXPECT_EQ(w.log.count("effect_out_of_date"), 1);
}

submission order_by_event(int n, const std::string& matching_id) {
    auto terms = terms_of(matching_id);
    terms.eid = base::eid::trusted("89044045930000000000001234567890");
    terms.smds = "smds.example.com";
    return esim_command_for(n, domain::order_for_line{{}, "standard", {}, 0, {}, std::move(terms)});
}

TEST(esim_streams, what_an_smds_says_reaches_the_order) {
    world w;
    w.script(destination::sm_ds, [](const outbound& what) -> base::result<delivered> {
        const auto* wanted = std::get_if<domain::register_event>(&what.what);
        if (wanted == nullptr) return delivered{};
        return delivered{
            domain::esim_command(domain::smds_answered{wanted->record, domain::registration::refused, "8.9.5/4.2"}),
            {}};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(provide(1)));
    ASSERT_TRUE(e->submit_wait(order_by_event(1, "EVENT-1")));
    EXPECT_TRUE(eventually([&] {
        const auto announced = esim_of(*e, 1).announced;
        return announced && announced->refusal == "8.9.5/4.2";
    }));
}

// Fails when a registration that is tried again is not asked whether it is still wanted: the SM-DS would keep it for
// ever.
TEST(esim_streams, an_event_that_was_registered_too_late_is_not_registered) {
    world w;
    std::atomic<bool> away{true};
    std::mutex mutex;
    std::vector<std::string> told;
    w.script(destination::sm_ds, [&](const outbound& what) -> base::result<delivered> {
        const auto* wanted = std::get_if<domain::register_event>(&what.what);
        if (wanted != nullptr && away) return base::refuse(code::peer_garbled, "Strange words.");
        const std::scoped_lock held(mutex);
        told.push_back(wanted != nullptr ? "register" : "delete");
        return delivered{};
    });
    std::atomic<bool> keys{false};
    w.script(destination::hlr, [&](const outbound&) -> base::result<delivered> {
        keys = true;
        return delivered{};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(provide(1)));
    ASSERT_TRUE(e->submit_wait(order_by_event(1, "EVENT-1")));
    // Its keys go to the HLR on a lane of their own: after the cancellation they would be out of date, too.
    ASSERT_TRUE(eventually([&] { return keys.load(); }));
    ASSERT_TRUE(eventually([&] { return e->failed_effects(false, destination::sm_ds, "", 10)->size() == 1; }));
    ASSERT_TRUE(e->submit_wait(esim_command_for(1, domain::cancel_order{{}, {}, "", true})));
    ASSERT_TRUE(eventually([&] {
        const std::scoped_lock held(mutex);
        return told.size() == 1;
    }));
    away = false;
    EXPECT_TRUE(eventually([&] {
        w.clock.advance(base::hours{1});
        return e->failed_effects(false, {}, "", 10)->empty();
    }));
    EXPECT_EQ(w.log.count("effect_out_of_date"), 1);
    const std::scoped_lock held(mutex);
    EXPECT_EQ(told, (std::vector<std::string>{"delete"}));
}

// Fails when only retries are asked about: the HLR was away, and the lane of a profile is not the lane of its number.
TEST(esim_streams, keys_are_not_sent_for_the_first_time_after_their_line_has_ended) {
    world w;
    std::atomic<bool> up{false};
    std::atomic<int> refused{0};
    std::mutex mutex;
    std::vector<std::string> taken;
    std::atomic<bool> removed{false};
    w.script(destination::hlr, [&](const outbound& what) -> base::result<delivered> {
        if (!up) {
            ++refused;
            return base::refuse(code::peer_unreachable, "No route.");
        }
        if (is_removal(what)) removed = true;
        const std::scoped_lock held(mutex);
        if (const auto* keys = std::get_if<domain::hlr_keys>(&what.what)) taken.push_back(keys->imsi.text());
        return delivered{};
    });
    const auto e = w.run();
    for (const int n : {1, 2}) {
        const auto matching_id = "MID-" + std::to_string(n);
        ASSERT_TRUE(e->submit_wait(provide(n)));
        ASSERT_TRUE(e->submit_wait(n == 1 ? import_with_profile(n, matching_id, w.clock.now() + base::days{60})
                                          : order_with_profile(n, matching_id)));
        ASSERT_TRUE(eventually([&] { return line_of(*e, n).profiles.size() == 1; }));
    }
    put_on_phone(*e, 1, "MID-1");
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::days{1});
        return line_of(*e, 1).subscription->status == domain::line_status::ended;
    }));
    // What is on its way to the peer now was looked at while the line was alive.
    ASSERT_TRUE(eventually([&, before = refused.load()] {
        w.clock.advance(base::minutes{10});
        return refused >= before + 2;
    }));
    up = true;
    EXPECT_TRUE(eventually([&] {
        w.clock.advance(base::minutes{10});
        return lane_of(*e, destination::hlr).waiting == 0;
    }));
    EXPECT_TRUE(removed);
    EXPECT_EQ(w.log.count("effect_out_of_date"), 1);
    const std::scoped_lock held(mutex);
    EXPECT_EQ(taken, (std::vector<std::string>{"460011000000002"})) << "the other line still wants them";
}

}  // namespace
}  // namespace keepline::engine
