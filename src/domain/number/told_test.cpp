// Who is told: nobody whose span has not ended goes untold (docs/rules.md R5), whoever changes contact points how
// often; nobody hears anything at an address that nobody has shown to be theirs; and what is repeated is gathered, not
// lost.
#include "base/property.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

#include <map>
#include <set>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

// ------------------------------------------------------------------------------------------------ where it went

TEST(told, what_the_line_was_told_is_remembered_with_the_places_that_it_went_to) {
    world w;
    w.have_line();
    const auto note = [&](const char* kind, const char* contact, bool is_code = false) {
        w.must(notice_sent{kind, named(contact), medium::sms, "receipt", is_code}, machine);
    };
    note("customer_locked", "line");
    note("customer_locked", "sms-1");
    note("customer_locked", "sms-1");
    ASSERT_EQ(w.s.subscription->told.size(), 1U);
    EXPECT_EQ(w.s.subscription->told[0].to, (std::vector{named("line"), named("sms-1")}));
    w.must(open_closure{});
    note("otp", "line", true);
    EXPECT_TRUE(w.s.current->notices.empty()) << "a code is no news of the case";
    EXPECT_EQ(w.s.subscription->told.back().kind, "otp");
}

// ------------------------------------------------------------------------------------------------ repeats

TEST(repeats, a_lock_put_on_and_off_a_thousand_times_sends_a_handful_and_says_so) {
    world w;
    w.have_line();
    std::vector<send_notice> told;
    for (int i = 0; i < 1000; ++i) {
        w.pass(base::duration{100});
        for (auto& one : effects_of<send_notice>(w.must(set_customer_lock{i % 2 == 0})))
            if (one.contact == named("line")) told.push_back(std::move(one));
    }
    ASSERT_EQ(told.size(), 3U);  // two one by one, the third says what comes
    EXPECT_FALSE(told[1].params.contains("quiet"));
    EXPECT_EQ(told[2].params.at("quiet"), "60");
    const auto& after = w.tick_when_due();
    const auto summary = effects_of<send_notice>(after);
    ASSERT_FALSE(summary.empty());
    EXPECT_EQ(summary.front().kind, "customer_unlock_announced");  // as it is now
    EXPECT_EQ(summary.front().params.at("repeats"), "997");
    EXPECT_NE(first_of<notices_gathered>(after), nullptr);
    for (int i = 0; i < 4; ++i) {  // it goes on: the next quiet time is longer
        w.pass(base::minutes{1});
        w.must(set_customer_lock{i % 2 == 0});
    }
    ASSERT_NE(find_repeats(w.s.repeats, "customer_lock"), nullptr);
    EXPECT_EQ(find_repeats(w.s.repeats, "customer_lock")->rounds, 2);
}

TEST(repeats, what_happens_after_a_quiet_time_is_told_at_once_and_the_tick_may_be_late) {
    world w;
    w.have_line();
    for (int i = 0; i < 6; ++i) w.must(set_customer_lock{i % 2 == 0});
    w.pass(base::hours{30});  // nobody ticked
    const auto told = told_in(w.must(set_customer_lock{true}));
    EXPECT_EQ(std::ranges::count(told, "customer_unlock_announced>line"), 1);  // what was gathered
    EXPECT_EQ(std::ranges::count(told, "customer_locked>line"), 1);
}

TEST(repeats, one_kind_of_thing_does_not_silence_another_nor_a_case) {
    world w;
    w.have_line();
    for (int i = 0; i < 9; ++i) w.must(set_customer_lock{i % 2 == 0});
    w.must(set_customer_lock{false});
    const auto changed = told_in(w.must(note_sim_change{}, clerk));
    EXPECT_EQ(std::ranges::count(changed, "sim_changed>line"), 1);
    world other;
    other.have_line();
    for (int i = 0; i < 10; ++i) other.must(set_recovery_codes{{"code-" + std::to_string(i)}});
    other.submit_high();
    EXPECT_EQ(std::ranges::count(told_in(other.last()), "receipt>mail-1"), 1);
}

TEST(repeats, all_kinds_together_have_a_limit_a_day) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.notices = {30, 1, 5}; });
    w.have_line();
    std::size_t told = 0;
    for (int i = 0; i < 20; ++i) {
        w.pass(base::minutes{2});
        for (const auto& one : effects_of<send_notice>(w.must(set_customer_lock{i % 2 == 0})))
            told += one.contact == named("line") ? 1 : 0;
        for (const auto& one : effects_of<send_notice>(w.must(note_sim_change{}, clerk)))
            told += one.contact == named("line") ? 1 : 0;
    }
    EXPECT_LT(told, 30U);
    EXPECT_GE(told, 5U);
}

TEST(repeats, the_kinds_that_events_tell_are_those_that_they_are_counted_as) {
    EXPECT_HOLDS(
        "an event that may be gathered is told or held, never both", [](const std::vector<std::uint8_t>& dice) {
            world w;
            w.have_line();
            for (const auto die : dice) {
                w.pass(base::minutes{die % 16});
                switch (die % 7) {
                    case 0: (void)w.apply(set_customer_lock{die % 2 == 0}); break;
                    case 1: (void)w.apply(note_sim_change{}, clerk); break;
                    case 2: (void)w.apply(declare_lost{{}, "call"}, clerk); break;
                    case 3: (void)w.apply(set_recovery_codes{{std::to_string(die)}}); break;
                    case 4:
                        (void)w.apply(take_contacts{customer.id, w.s.contacts, "account-" + std::to_string(die), "en"},
                                      machine);
                        break;
                    case 5: (void)w.apply(tick{}, machine); break;
                    default: w.pass(base::hours{die}); continue;
                }
                for (const auto& h : w.last().happened) {
                    if (std::holds_alternative<notices_held>(h.what) ||
                        std::holds_alternative<notices_gathered>(h.what))
                        continue;
                    std::set<std::string> sent;
                    for (const auto& e : h.effects)
                        if (const auto* notice = std::get_if<send_notice>(&e))
                            if (!notice_group(notice->kind).empty()) sent.insert(notice->kind);
                    std::set<std::string> counted;
                    for (const auto kind : kinds_told(h.before, h.what))
                        if (!is_held(h.after.repeats, kind, w.now)) counted.insert(std::string(kind));
                    RC_ASSERT(sent == counted);
                }
            }
        });
}

/// The quiet times that one kind of thing leads to, in minutes, as often as it is done again.
template <typename Again>
std::vector<int> quiet_minutes(world& w, std::size_t many, const Again& again) {
    std::vector<int> out;
    while (out.size() < many) {
        w.pass(base::seconds{1});
        const auto& done = again(static_cast<int>(w.record.size()));
        if (const auto* held = first_of<notices_held>(done)) {
            EXPECT_EQ(held->until, w.now + base::minutes{held->minutes});
            out.push_back(held->minutes);
            w.now = held->until;
        }
    }
    return out;
}

TEST(repeats, each_quiet_time_is_twice_as_long_as_the_one_before_and_after_a_whole_day_it_begins_again) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.notices.repeats_max = 1, p.notices.repeats_minutes = 60, p.notices.a_day = 1000;
    });
    w.have_line();
    EXPECT_EQ(quiet_minutes(w, 7, [&](int) { return w.must(note_sim_change{}, clerk); }),
              (std::vector{60, 120, 240, 480, 960, 1440, 60}));
    world small;
    small.rules = with_policy(small.rules, "cn", [](policy& p) {
        p.notices.repeats_max = 1, p.notices.repeats_minutes = 1, p.notices.a_day = 1000;
    });
    small.have_line();
    EXPECT_EQ(quiet_minutes(small, 13, [&](int) { return small.must(note_sim_change{}, clerk); }),
              (std::vector{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1}));
}

TEST(repeats, an_unlock_that_was_announced_is_told_by_half_its_wait) {
    const auto minutes_of_locks = [](int wait_hours, int first_minutes) {
        world w;
        w.rules = with_policy(w.rules, "cn", [&](policy& p) {
            p.notices.repeats_max = 1, p.notices.repeats_minutes = first_minutes, p.notices.a_day = 1000;
            p.customer_unlock_wait_hours = wait_hours;
        });
        w.have_line();
        return quiet_minutes(w, 4, [&](int i) { return w.must(set_customer_lock{i % 2 == 0}); });
    };
    EXPECT_EQ(minutes_of_locks(8, 60), (std::vector{60, 120, 240, 240}));
    EXPECT_EQ(minutes_of_locks(1, 90), (std::vector{60, 60, 60, 60})) << "an hour is always quiet";
}

TEST(repeats, a_quiet_time_in_which_nothing_happened_ends_without_a_word_and_at_its_very_end) {
    world w;
    w.have_line();
    auto flip = [&, on = false]() mutable { return names_of(w.must(set_customer_lock{on = !on})); };
    for (int i = 0; i < 3; ++i) flip();
    const auto until = *find_repeats(w.s.repeats, "customer_lock")->quiet_until;
    world once = w;
    w.now = until;
    EXPECT_EQ(std::ranges::count(flip(), "notices_gathered"), 0);
    EXPECT_FALSE(told_in(w.last()).empty()) << "told by itself again";
    once.must(set_customer_lock{false});
    EXPECT_TRUE(told_in(once.last()).empty()) << "one is held";
    once.now = until;
    EXPECT_EQ(std::ranges::count(names_of(once.must(set_customer_lock{true})), "notices_gathered"), 1);
}

TEST(repeats, the_policys_number_is_told_singly_and_the_next_one_says_what_comes) {
    for (const auto& [of_a_kind, a_day] : {std::pair{3, 1000}, std::pair{1000, 3}}) {
        world w;
        w.rules = with_policy(w.rules, "cn", [&](policy& p) {
            p.notices.repeats_max = of_a_kind, p.notices.repeats_minutes = 30, p.notices.a_day = a_day;
        });
        w.have_line();
        for (int i = 0; i < 3; ++i) EXPECT_EQ(first_of<notices_held>(w.must(note_sim_change{}, clerk)), nullptr) << i;
        const auto& fourth = w.must(note_sim_change{}, clerk);
        ASSERT_NE(first_of<notices_held>(fourth), nullptr);
        EXPECT_EQ(first_of<notices_held>(fourth)->minutes, 30);
        world other = w;  // a kind that was never told meets the limit of the day as its first
        if (a_day > 3) continue;
        const auto& first = other.must(set_customer_lock{true});
        ASSERT_NE(first_of<notices_held>(first), nullptr);
        EXPECT_EQ(first_of<notices_held>(first)->minutes, 30);
        EXPECT_EQ(first_of<notices_held>(first)->round, 1);
    }
}

TEST(repeats, what_was_told_a_day_ago_counts_no_more) {
    std::vector<notice_repeats> known;
    const instant at{1'000'000};
    count_told(known, "sim_changed", at);
    EXPECT_EQ(told_within(known, "sim", at + base::minutes{30} - base::duration{1}, base::minutes{30}), 1);
    EXPECT_EQ(told_within(known, "sim", at + base::minutes{30}, base::minutes{30}), 0);
    EXPECT_EQ(told_within(known, "customer_lock", at, base::minutes{30}), 0);
    EXPECT_EQ(told_within(known, "", at, base::minutes{30}), 1) << "of all kinds";
    count_told(known, "receipt", at);
    EXPECT_EQ(known.size(), 1U) << "the steps of a case are not counted";
    count_told(known, "sim_changed", at + base::hours{24} - base::duration{1});
    EXPECT_EQ(find_repeats(known, "sim")->told.size(), 2U);
    count_told(known, "sim_changed", at + base::hours{24});
    EXPECT_EQ(find_repeats(known, "sim")->told.size(), 2U) << "the first one is forgotten";
    for (int i = 0; i < 50; ++i) count_told(known, "sim_changed", at + base::hours{24} + base::duration{i});
    EXPECT_EQ(find_repeats(known, "sim")->told.size(), 32U);
    EXPECT_EQ(find_repeats(known, "sim")->told.back(), at + base::hours{24} + base::duration{49})
        << "the last ones stay";
}

// ------------------------------------------------------------------------------------------------ who

/// One person with one line: what the subscriber's stream says reaches the number's, and the addresses that the vault
/// would hold are those of the contact points that are left.
struct household {
    world w;
    subscriber_state s;
    std::set<std::string> addresses;

    // What ought to be so, kept apart from the code under test.
    struct point {
        bool verified = false;
        std::optional<instant> replaced_at;
    };
    std::map<std::string, point> truth;
    bool (*sabotage)(household&) = nullptr;
    std::string broken;

    household() {
        register_subscriber brought{customer.id, "en", {}, ""};
        for (const auto* id : {"m1", "m2"}) brought.contacts.push_back({named(id), medium::mail, true, {}, {}, {}, {}});
        send(brought, machine);
        truth = {{"m1", {true, {}}}, {"m2", {true, {}}}};
        addresses = {"m1", "m2"};
        auto line = w.imported();
        line.order.contacts = s.contacts;
        w.must(line, machine);
        send(attach_number{w.s.number}, machine);
    }

    bool send(const subscriber_command& what, const actor& by) {
        const context circumstances{w.now, w.rules.get(), by, channel::web};
        const auto done = subscriber::decide(s, what, circumstances);
        if (!done) return false;
        for (const auto& event : done->events) {
            subscriber::evolve(s, event);
            if (sabotage != nullptr) sabotage(*this);
            for (const auto& e : subscriber::react(s, event))
                if (const auto* tell = std::get_if<tell_contacts>(&e)) {
                    w.must(take_contacts{tell->subscriber, tell->contacts, tell->refund_account, tell->language},
                           machine);
                    check();
                }
        }
        return true;
    }

    void change(const std::set<std::string>& wanted, const actor& by) {
        change_contacts c;
        for (const auto& id : wanted) c.contacts.push_back({named(id), medium::mail, true, {}, {}, {}, named("liar")});
        const auto limits = contact_limits_of(*w.rules).value();
        const auto kept = contacts_after(s, c.contacts, limits.told_for, w.now);
        auto next = truth;
        for (auto it = next.begin(); it != next.end();) {
            auto& [id, p] = *it;
            const bool over = !wanted.contains(id) && p.replaced_at && w.now >= *p.replaced_at + base::days{30};
            if (!wanted.contains(id) && !p.replaced_at) p.replaced_at = w.now;
            it = over || (!wanted.contains(id) && !p.verified) ? next.erase(it) : std::next(it);
        }
        for (const auto& id : wanted) next[id].replaced_at.reset();
        const auto before = std::exchange(truth, next);
        if (!send(c, by)) {
            truth = before;
            return;
        }
        addresses.clear();
        for (const auto& one : *kept) addresses.insert(one.id.text());
    }
    void verify(const std::string& id, bool right) {
        if (!send(request_contact_code{named(id), "nonce", "digest"}, customer)) return;
        const bool known = truth.contains(id) && !truth[id].replaced_at;
        if (right && known) truth[id].verified = true;
        send(answer_contact_code{named(id), right ? "digest" : "wrong"}, customer);
    }
    void step(const number_command& what, const actor& by) {
        (void)w.apply(what, by);
        check();
    }

    void check() {
        for (const auto& h : w.last().happened) {
            std::map<std::string, std::set<std::string>> told;
            for (const auto& e : h.effects)
                if (const auto* notice = std::get_if<send_notice>(&e))
                    told[notice->kind].insert(notice->contact.text());
            for (const auto& [kind, whom] : told) {
                for (const auto& [id, p] : truth) {
                    const bool concerns = p.verified && (!p.replaced_at || w.now < *p.replaced_at + base::days{30});
                    if (concerns && !whom.contains(id)) broken = "`" + kind + "` went untold to " + id;
                    if (concerns && !addresses.contains(id)) broken = "the address of " + id + " is gone";
                    if (!p.verified && whom.contains(id)) broken = id + " heard of it and nobody verified it";
                }
                for (const auto& id : whom)
                    if (id != "line" && !truth.contains(id)) broken = "a stranger was told: " + id;
            }
        }
    }

    void walk(std::uint32_t die) {
        const auto roll = [&](std::uint32_t sides) {
            die = die * 1664525U + 1013904223U;
            return (die >> 8U) % sides;
        };
        const auto by = std::array{customer, clerk, reviewer, machine}[roll(4)];
        const auto someone = "m" + std::to_string(1 + roll(24));
        switch (roll(12)) {
            case 0: w.pass(base::days{roll(40)}); break;
            case 1: w.pass(base::hours{roll(30)}); break;
            case 2:
            case 3:
            case 4: {
                std::set<std::string> wanted;
                for (auto n = roll(9); n > 0; --n) wanted.insert("m" + std::to_string(1 + roll(24)));
                change(wanted, by);
                break;
            }
            case 5:
            case 6: {
                std::vector<std::string> now;
                for (const auto& c : s.contacts)
                    if (!c.replaced_at) now.push_back(c.id.text());
                verify(now.empty() ? someone : now[roll(static_cast<std::uint32_t>(now.size()))], roll(4) != 0);
                w.pass(base::minutes{2});
                break;
            }
            case 7: step(set_customer_lock{roll(2) == 0}, by); break;
            case 8: step(note_sim_change{}, clerk); break;
            case 9: step(open_closure{}, customer); break;
            case 10: step(withdraw_closure{}, customer); break;
            default: step(tick{}, machine); break;
        }
    }
};

TEST(told, no_contact_in_its_span_goes_untold_and_no_unverified_one_is_told) {
    EXPECT_HOLDS("whoever changes contact points how often", [](const std::vector<std::uint32_t>& dice) {
        household h;
        for (const auto die : dice) {
            h.walk(die);
            RC_ASSERT(h.broken == "");
            RC_ASSERT(h.s.contacts.size() <= 16U);
            RC_ASSERT(h.addresses.size() <= 16U);
            const auto stored = base::to_json(h.s);
            const auto read = base::from_json<subscriber_state>(stored);
            RC_ASSERT(read.has_value());
            RC_ASSERT(*read == h.s);
        }
    });
}

/// Walks until the rule is seen broken.
std::string seen_broken(bool (*sabotage)(household&)) {
    household h;
    h.sabotage = sabotage;
    for (std::uint32_t die = 1; die < 4000 && h.broken.empty(); ++die) h.walk(die * 2654435761U);
    return h.broken;
}

TEST(told, the_property_is_able_to_fail) {
    EXPECT_EQ(seen_broken(nullptr), "");
    EXPECT_NE(seen_broken([](household& h) {  // as it was: newer ones push out older ones
                  const auto oldest = std::ranges::find_if(
                      h.s.contacts, [](const contact_ref& c) { return c.replaced_at.has_value(); });
                  if (oldest != h.s.contacts.end() && h.s.contacts.size() > 6) h.s.contacts.erase(oldest);
                  return true;
              }),
              "");
    EXPECT_NE(seen_broken([](household& h) {  // as it was: whoever is named is told
                  for (auto& c : h.s.contacts) c.verified = true;
                  return true;
              }),
              "");
    EXPECT_NE(seen_broken([](household& h) {  // an address that goes too early
                  for (const auto& c : h.s.contacts)
                      if (c.replaced_at) h.addresses.erase(c.id.text());
                  return true;
              }),
              "");
}

TEST(told, mailboxes_of_the_owner_cannot_be_pushed_out) {
    household h;
    for (int round = 0; round < 4; ++round) {
        std::set<std::string> thieves;
        for (int i = 0; i < 8; ++i) thieves.insert("t" + std::to_string(round) + "-" + std::to_string(i));
        h.change(thieves, customer);
        h.w.pass(base::minutes{1});
    }
    h.step(note_sim_change{}, clerk);
    const auto told = told_in(h.w.last());
    EXPECT_EQ(std::ranges::count(told, "sim_changed>m1"), 1);
    EXPECT_EQ(std::ranges::count(told, "sim_changed>m2"), 1);
    EXPECT_EQ(std::ranges::count_if(told, [](const std::string& one) { return one.contains(">t"); }), 0);
    EXPECT_EQ(h.broken, "");
}

}  // namespace
}  // namespace keepline::domain
