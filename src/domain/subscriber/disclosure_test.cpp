// A person's own archive: who gets it, when, and who hears of it.
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

#include <algorithm>
#include <functional>
#include <random>

namespace keepline::domain {
namespace {
namespace disclosure_tests {

using namespace testing;
using base::code;

const base::msisdn own_number = base::msisdn::trusted("+8613800138000");
const base::msisdn ended_number = base::msisdn::trusted("+8613800138001");

contact_ref phone(const std::string& id, bool verified = true) {
    return {named(id), medium::sms, verified, {}, {}, {}, {}};
}
contact_ref mailbox(const std::string& id) { return {named(id), medium::mail, true, {}, {}, {}, {}}; }

struct asker {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;
    std::vector<subscriber_event> events;

    result<std::size_t> apply(const subscriber_command& what, const actor& by = customer) {
        const context circumstances{now, repository_rules().get(), by, channel::web};
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        s = std::move(done.after);
        EXPECT_EQ(unsound(s), std::nullopt);
        effects = std::move(done.effects);
        events = std::move(done.events);
        return events.size();
    }
    code refused(const subscriber_command& what, const actor& by = customer) {
        const auto done = apply(what, by);
        return done ? code::internal : done.error().what;
    }
    void must(const subscriber_command& what, const actor& by = customer) {
        const auto done = apply(what, by);
        ASSERT_TRUE(done) << done.error().words;
    }
    void ask_with_code(const std::string& contact = "p1") {
        now = now + base::minutes{2};
        must(request_disclosure_code{named(contact), {}, "n", "right"});
        must(ask_disclosure{"right", ""});
    }
    const disclosure& newest() const { return s.disclosures.back(); }
    std::vector<std::string> told(const std::string& kind) const {
        std::vector<std::string> out;
        for (const auto& one : effects)
            if (const auto* what = std::get_if<tell_person>(&one); what != nullptr && what->kind == kind)
                out.push_back(what->contact.text() + what->number.text());
        return out;
    }
};

asker with_phone() {
    asker p;
    p.must(register_subscriber{customer.id, "en", {phone("p1"), mailbox("m1")}, "account"}, machine);
    p.must(attach_number{own_number}, machine);
    p.must(attach_number{ended_number}, machine);
    p.must(note_line{ended_number, 1, p.now, true, named("cn")}, machine);
    p.now = p.now + base::days{100};
    return p;
}

TEST(disclosure, a_session_alone_gets_nothing) {
    auto p = with_phone();
    EXPECT_EQ(p.refused(ask_disclosure{"", ""}), code::otp_expired);
    p.must(request_disclosure_code{named("p1"), {}, "n", "right"});
    const auto& sent = std::get<send_contact_code>(p.effects.at(0));
    EXPECT_TRUE(sent.discloses);
    EXPECT_EQ(sent.contact, named("p1"));
    p.must(ask_disclosure{"wrong", ""});
    EXPECT_TRUE(std::holds_alternative<disclosure_code_failed>(p.events.at(0)));
    EXPECT_TRUE(p.s.disclosures.empty());
    p.must(ask_disclosure{"right", ""});
    EXPECT_EQ(p.s.disclosures.size(), 1U);
    p.must(stop_disclosure{1, ""});
    EXPECT_EQ(p.refused(ask_disclosure{"right", ""}), code::otp_expired) << "a code is good once";
}

TEST(disclosure, a_code_goes_to_a_verified_phone_or_a_line_that_lives) {
    auto p = with_phone();
    const auto asked = [&](const std::string& contact, const base::msisdn& number = {}) {
        return p.refused(request_disclosure_code{named(contact), number, "n", "d"});
    };
    EXPECT_EQ(asked("m1"), code::evidence_too_weak) << "a mailbox alone is no proof";
    EXPECT_EQ(asked("none"), code::contact_unknown);
    EXPECT_EQ(asked("line"), code::contact_unknown);
    EXPECT_EQ(asked("line", ended_number), code::contact_unknown) << "it may be somebody else's by now";
    EXPECT_EQ(asked("line", base::msisdn::trusted("+8613900139000")), code::contact_unknown);
    p.must(change_contacts{"", {phone("p1"), phone("new", false)}, ""});
    EXPECT_EQ(asked("new"), code::contact_unverified);
    p.must(request_disclosure_code{named("line"), own_number, "n", "d"});
    EXPECT_EQ(std::get<send_contact_code>(p.effects.at(0)).number, own_number);
    p.must(ask_disclosure{"d", ""});
    EXPECT_EQ(p.newest().shown, disclosure_proof::line_code);
}

TEST(disclosure, wrong_codes_lock) {
    auto p = with_phone();
    p.must(request_disclosure_code{named("p1"), {}, "n", "right"});
    for (int i = 0; i < 5; ++i) p.must(ask_disclosure{"wrong", ""});
    EXPECT_EQ(p.refused(ask_disclosure{"right", ""}), code::otp_locked);
    EXPECT_EQ(p.refused(request_disclosure_code{named("p1"), {}, "n", "d"}), code::otp_locked);
}

TEST(disclosure, it_waits_is_told_to_everybody_and_expires) {
    auto p = with_phone();
    p.ask_with_code();
    EXPECT_EQ(p.told("disclosure_asked"), (std::vector<std::string>{"p1", "m1", "line" + own_number.text()}));
    EXPECT_FALSE(p.newest().longer);
    EXPECT_EQ(p.newest().ready_at, p.now + base::hours{24});
    EXPECT_EQ(p.newest().expires_at, p.newest().ready_at + base::days{7});
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}), code::blocked);
    p.now = p.newest().ready_at;
    EXPECT_EQ(p.refused(fetch_disclosure{2, "sha"}), code::not_found);
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}, reviewer), code::forbidden) << "whoever asked";
    p.must(fetch_disclosure{1, "sha"});
    EXPECT_EQ(p.told("disclosure_fetched").size(), 3U);
    p.must(fetch_disclosure{1, "sha"});
    EXPECT_EQ(p.told("disclosure_fetched").size(), 3U) << "each time: it may be another who fetches";
    p.must(fetch_disclosure{1, "sha"});
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}), code::download_expired) << "as often as a download may break";
    auto late = with_phone();
    late.ask_with_code();
    late.now = late.newest().expires_at;
    EXPECT_EQ(late.refused(fetch_disclosure{1, "sha"}), code::download_expired);
}

TEST(disclosure, after_a_change_it_waits_longer_and_those_that_were_replaced_hear_of_it) {
    auto p = with_phone();
    p.must(change_contacts{"", {phone("p1")}, ""});
    p.ask_with_code();
    EXPECT_TRUE(p.newest().longer);
    EXPECT_EQ(p.newest().ready_at, p.now + base::hours{72});
    EXPECT_EQ(p.told("disclosure_asked"), (std::vector<std::string>{"p1", "m1", "line" + own_number.text()}));
    p.must(stop_disclosure{1, ""});
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}), code::download_expired);
    EXPECT_EQ(p.apply(stop_disclosure{1, ""}), 0U) << "once more";
    p.now = p.now + base::days{31};
    p.ask_with_code();
    EXPECT_FALSE(p.newest().longer);
}

TEST(disclosure, one_of_the_staff_says_why_and_never_asks_alone) {
    auto p = with_phone();
    EXPECT_EQ(p.refused(ask_disclosure{"", ""}, clerk), code::invalid);
    p.must(ask_disclosure{"", "the customer asked at the counter"}, clerk);
    EXPECT_TRUE(p.s.disclosures.empty());
    ASSERT_EQ(p.s.asked.list.size(), 1U);
    EXPECT_EQ(p.s.asked.list[0].what, act::disclose);
    EXPECT_NE(p.refused(countersign{1}, clerk), code::internal);
    p.must(countersign{1}, reviewer);
    ASSERT_EQ(p.s.disclosures.size(), 1U);
    EXPECT_EQ(p.newest().by, clerk);
    EXPECT_EQ(p.newest().second, reviewer);
    EXPECT_EQ(p.told("disclosure_asked").size(), 3U);
    p.now = p.newest().ready_at;
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}, reviewer), code::forbidden) << "not whoever signed";
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}, customer), code::forbidden);
    p.must(fetch_disclosure{1, "sha"}, clerk);
}

TEST(disclosure, the_owner_stops_it_and_so_may_any_of_the_staff_who_says_why) {
    auto p = with_phone();
    p.must(ask_disclosure{"", "the customer asked at the counter"}, clerk);
    p.must(countersign{1}, reviewer);
    EXPECT_EQ(p.refused(stop_disclosure{1, ""}, other_clerk), code::invalid);
    p.must(stop_disclosure{1, ""}, customer);
    p.ask_with_code();
    p.must(stop_disclosure{2, "the customer called: it was not them"}, other_clerk);
    EXPECT_EQ(p.refused(stop_disclosure{3, ""}), code::not_found);
}

TEST(disclosure, there_is_one_at_a_time_and_few_a_year_and_a_thief_shuts_nobody_out) {
    auto p = with_phone();
    p.ask_with_code();
    p.now = p.now + base::minutes{2};
    p.must(request_disclosure_code{named("p1"), {}, "n", "right"});
    EXPECT_EQ(p.refused(ask_disclosure{"right", ""}), code::too_many);
    for (int i = 1; i < 4; ++i) {
        p.now = p.newest().expires_at;
        p.ask_with_code();
    }
    p.now = p.newest().expires_at;
    p.must(request_disclosure_code{named("p1"), {}, "n", "right"});
    EXPECT_EQ(p.refused(ask_disclosure{"right", ""}), code::too_many);
    p.must(ask_disclosure{"", "the customer asked at the counter"}, clerk);
    p.must(countersign{1}, reviewer);
    EXPECT_EQ(p.s.disclosures.size(), 5U) << "staff's are counted apart";
    auto stopped = with_phone();
    for (int i = 1; i <= 3; ++i) {
        stopped.ask_with_code();
        stopped.must(stop_disclosure{i, ""});
    }
    stopped.now = stopped.now + base::minutes{2};
    stopped.must(request_disclosure_code{named("p1"), {}, "n", "right"});
    EXPECT_EQ(stopped.refused(ask_disclosure{"right", ""}), code::too_many) << "for a day";
    stopped.now = stopped.now + base::days{1};
    stopped.ask_with_code();
}

TEST(disclosure, a_stop_is_told_to_everybody_and_does_not_cost_the_asker_their_day) {
    auto p = with_phone();
    for (int i = 1; i <= 3; ++i) {
        p.ask_with_code();
        p.must(stop_disclosure{i, "they called: it was not them"}, clerk);
        EXPECT_EQ(p.told("disclosure_stopped"), (std::vector<std::string>{"p1", "m1", "line" + own_number.text()}));
        const auto& params = std::get<tell_person>(p.effects.at(0)).params;
        EXPECT_EQ(params.at("by_staff"), "yes");
        EXPECT_EQ(params.at("hours"), "") << "to be asked for again at once";
        EXPECT_EQ(p.newest().stopped_by, clerk);
    }
    p.ask_with_code();
    EXPECT_EQ(p.newest().serial, 4);
    auto own = with_phone();
    for (int i = 1; i <= 3; ++i) {
        own.ask_with_code();
        own.must(stop_disclosure{i, ""});
    }
    const auto& params = std::get<tell_person>(own.effects.at(0)).params;
    EXPECT_EQ(params.at("by_staff"), "");
    EXPECT_EQ(params.at("hours"), "24") << "those that they stopped themself count";
}

TEST(disclosure, one_of_the_staff_asks_for_nobody_who_would_hear_nothing) {
    asker p;
    p.must(register_subscriber{customer.id, "en", {phone("p1", false)}, "account"}, machine);
    p.now = p.now + base::days{100};
    EXPECT_EQ(p.refused(ask_disclosure{"", "the customer asked at the counter"}, clerk), code::contact_unverified);
    p.must(attach_number{own_number}, machine);
    p.must(ask_disclosure{"", "the customer asked at the counter"}, clerk);
    p.must(note_line{own_number, 1, p.now, true, named("cn")}, machine);
    EXPECT_EQ(p.refused(countersign{1}, reviewer), code::contact_unverified) << "nor is it signed";
}

TEST(disclosure, each_line_hears_of_it_however_many_there_are) {
    auto p = with_phone();
    for (int i = 0; i < 40; ++i)
        p.must(attach_number{base::msisdn::trusted("+86139001390" + std::to_string(10 + i))}, machine);
    p.now = p.now + base::days{100};
    p.ask_with_code();
    EXPECT_EQ(p.told("disclosure_asked").size(), 43U);
}

/// What happens an hour after the ask, and how long after that it is there.
void expect_put_off(const std::function<void(asker&)>& change, std::optional<instant> line_changed_at = {}) {
    auto p = with_phone();
    p.ask_with_code();
    const auto as_said = p.newest().ready_at;
    const auto changed_at = p.now = p.now + base::hours{1};
    change(p);
    p.now = as_said;
    const fetch_disclosure fetching{1, "sha", line_changed_at ? changed_at : line_changed_at};
    p.must(fetching);
    ASSERT_TRUE(std::holds_alternative<disclosure_put_off>(p.events.at(0)));
    EXPECT_EQ(p.newest().ready_at, changed_at + base::hours{72});
    EXPECT_TRUE(p.newest().longer);
    const auto told = p.told("disclosure_put_off");
    EXPECT_TRUE(std::ranges::find(told, "p1") != told.end() && std::ranges::find(told, "m1") != told.end());
    EXPECT_EQ(p.refused(fetching), code::blocked) << "it is put off once for a change";
    p.now = p.newest().ready_at;
    p.must(fetching);
    EXPECT_EQ(p.newest().fetches, 1);
}

TEST(disclosure, what_changes_while_it_waits_has_it_wait_longer) {
    expect_put_off([](asker& p) { p.must(change_contacts{"", {phone("p1")}, ""}); });
    expect_put_off([](asker& p) { p.must(name_account{"another"}); });
    expect_put_off([](asker& p) {
        p.must(change_document{"digest", document_grounds::renewed, true, "the passport was renewed"}, clerk);
        p.must(countersign{1}, reviewer);
    });
    expect_put_off([](asker&) {}, instant{1});
}

TEST(disclosure, what_changed_before_it_or_once_it_is_there_puts_nothing_off) {
    auto p = with_phone();
    p.must(change_contacts{"", {phone("p1")}, ""});
    p.ask_with_code();
    p.now = p.newest().ready_at + base::hours{1};
    p.must(name_account{"another"});
    p.must(fetch_disclosure{1, "sha", p.newest().at});
    EXPECT_EQ(p.newest().fetches, 1);
}

TEST(disclosure, a_line_that_was_lost_lately_has_it_wait_longer) {
    auto p = with_phone();
    p.must(request_disclosure_code{named("p1"), {}, "n", "right"});
    p.must(ask_disclosure{"right", "", {}, p.now - base::days{1}});
    EXPECT_TRUE(p.newest().longer);
}

TEST(disclosure, a_stolen_session_neither_locks_nor_uses_up_the_codes_of_another_one) {
    auto p = with_phone();
    const instant thief{1};
    const instant owner{2};
    for (int i = 0; i < 5; ++i) {
        p.now = p.now + base::hours{1};
        p.must(request_disclosure_code{named("p1"), {}, "n", "of the thief", thief});
    }
    p.now = p.now + base::hours{1};
    EXPECT_EQ(p.refused(request_disclosure_code{named("p1"), {}, "n", "d", thief}), code::too_many);
    p.must(request_disclosure_code{named("line"), own_number, "n", "right", owner});
    EXPECT_EQ(p.refused(ask_disclosure{"right", "", thief}), code::otp_expired) << "it is shown where it was asked for";
    p.now = p.now + base::hours{23};
    p.must(request_disclosure_code{named("p1"), {}, "n", "of the thief", thief});
    for (int i = 0; i < 5; ++i) p.must(ask_disclosure{"wrong", "", thief});
    EXPECT_EQ(p.refused(ask_disclosure{"of the thief", "", thief}), code::otp_locked);
    p.now = p.now + base::minutes{2};
    p.must(request_disclosure_code{named("p1"), {}, "n", "right", owner});
    p.must(ask_disclosure{"right", "", owner});
    EXPECT_EQ(p.s.disclosures.size(), 1U);
}

TEST(disclosure, whoever_is_erased_has_none) {
    auto p = with_phone();
    p.ask_with_code();
    p.must(erase_subscriber{}, reviewer);
    p.must(countersign{1}, second_reviewer);
    ASSERT_TRUE(p.s.erased_at);
    EXPECT_TRUE(p.s.disclosures.empty());
    EXPECT_EQ(p.refused(fetch_disclosure{1, "sha"}), code::erased);
    EXPECT_EQ(p.refused(ask_disclosure{"right", ""}), code::erased);
}

/// Whatever happens in whatever order: nothing leaves but to whoever asked with a proof, after the wait and before the
/// end.
TEST(disclosure, nothing_leaves_without_proof_wait_and_asker) {
    const std::vector<actor> people{customer, clerk, other_clerk, reviewer, second_reviewer};
    int fetched = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        std::mt19937 random(seed);
        const auto roll = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
        auto p = with_phone();
        for (int step = 0; step < 80; ++step) {
            p.now = p.now + base::minutes{1 + (roll(2) == 0 ? roll(5) : roll(1'500))};
            const auto& who = people[static_cast<std::size_t>(roll(5))];
            const int serial = 1 + roll(p.s.disclosures_made + 1);
            subscriber_command what;
            switch (roll(7)) {
                case 0: what = request_disclosure_code{named("p1"), {}, "n", "right"}; break;
                case 1: what = ask_disclosure{roll(3) == 0 ? "wrong" : "right", "the customer asked for it"}; break;
                case 2: what = countersign{1 + roll(std::max(1, p.s.asked.made))}; break;
                case 3:
                    what = roll(6) == 0 ? subscriber_command{stop_disclosure{serial, "it was not them"}}
                                        : subscriber_command{keep_time{}};
                    break;
                case 4: what = change_contacts{"", {phone("p1"), phone("x" + std::to_string(step))}, ""}; break;
                default: what = fetch_disclosure{std::max(1, p.s.disclosures_made - roll(2)), "sha"}; break;
            }
            const auto before = p.s;
            if (!p.apply(what, who)) continue;
            for (const auto& one : p.events) {
                const auto* got = std::get_if<disclosure_fetched>(&one);
                if (got == nullptr) continue;
                ++fetched;
                const auto* of = find_disclosure(before, got->serial);
                ASSERT_NE(of, nullptr);
                ASSERT_TRUE(of->by.id == who.id && of->by.as == who.as) << "seed " << seed;
                ASSERT_TRUE(p.now >= of->at + base::hours{24} && p.now < of->expires_at && !of->stopped_at);
                const auto meanwhile = [&](instant at) { return at > of->at && at < of->ready_at; };
                for (const auto& change : before.changes)
                    ASSERT_TRUE(of->fetches > 0 || !meanwhile(change.at) || p.now >= change.at + base::hours{72});
                ASSERT_TRUE(of->second ? !same_person(*of->second, of->by) : !of->contact.empty());
            }
        }
    }
    EXPECT_GT(fetched, 20);
}

}  // namespace disclosure_tests
}  // namespace
}  // namespace keepline::domain
