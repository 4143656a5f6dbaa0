// What is known of a person goes when it has outlived its purpose (policy.retention_days): not before, not while they
// have a line, and whatever the order in which things happened.
#include "domain/subscriber/retention.hpp"

#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>
#include <random>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::IsEmpty;

const base::msisdn first_number = base::msisdn::trusted("+8613800138000");
const base::msisdn second_number = base::msisdn::trusted("+8613800138001");
const actor timer{role::system, named("timer")};

rule_book with_retention(int identity, int usage) {
    auto book = *repository_rules();
    std::map<std::string, policy, std::less<>> all;
    for (auto [id, one] : book.policies.all()) {
        one.retention_days["identity_after_end"] = identity;
        one.retention_days["usage_detail"] = usage;
        all.emplace(id, std::move(one));
    }
    book.policies = policy_book(std::move(all));
    return book;
}

struct kept_person {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    rule_book rules = with_retention(730, 180);
    std::vector<effect> effects;

    result<std::size_t> apply(const subscriber_command& what, const actor& by = machine) {
        const context circumstances{now, &rules, by, channel::web};
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        s = std::move(done.after);
        EXPECT_EQ(unsound(s), std::nullopt);
        effects = std::move(done.effects);
        return done.events.size();
    }
    void must(const subscriber_command& what, const actor& by = machine) {
        const auto done = apply(what, by);
        EXPECT_TRUE(done) << (done ? "" : done.error().words);
    }
    void line_ends(const base::msisdn& number) { must(note_line_end{number, now, named("cn")}); }
    /// The timer, when it is due and not before.
    void live_until(instant until) {
        for (auto due = subscriber::next_due(s); due && *due <= until; due = subscriber::next_due(s)) {
            now = std::max(now, *due);
            must(keep_time{}, timer);
        }
        now = until;
    }
    instant kept(int days) const { return end_after(rules.zones.of("Asia/Shanghai"), now, days); }
};

kept_person with_lines(std::initializer_list<base::msisdn> numbers) {
    kept_person p;
    register_subscriber what;
    what.id = customer.id;
    what.refund_account = "account";
    p.must(what);
    for (const auto& one : numbers) p.must(attach_number{one});
    return p;
}
bool forgets_records(const kept_person& p, const base::msisdn& number) {
    return std::ranges::any_of(p.effects, [&](const effect& one) {
        const auto* what = std::get_if<forget_records>(&one);
        return what != nullptr && what->number == number && what->subscriber == customer.id;
    });
}

TEST(retention, whoever_has_a_line_is_kept) {
    auto p = with_lines({first_number, second_number});
    EXPECT_FALSE(subscriber::next_due(p.s));
    p.line_ends(first_number);
    p.live_until(p.now + base::days{9'000});
    EXPECT_FALSE(p.s.planned) << "the other one lives";
}

TEST(retention, two_years_after_the_last_line_ended_the_erasure_is_planned) {
    auto p = with_lines({first_number, second_number});
    p.line_ends(first_number);
    p.now = p.now + base::days{100};
    p.line_ends(second_number);
    const auto due = p.kept(730);
    p.live_until(due - base::duration{1});
    EXPECT_FALSE(p.s.planned);
    p.live_until(due);
    ASSERT_TRUE(p.s.planned);
    EXPECT_TRUE(p.s.planned->outlived);
    EXPECT_EQ(p.s.planned->by, timer);
    EXPECT_FALSE(subscriber::next_due(p.s)) << "whoever looks at the lines carries it out";
    p.must(carry_out_erasure{{{obstacle::legal_hold, "ln_1"}}}, timer);
    EXPECT_FALSE(p.s.erased_at) << "an order to keep comes first";
    p.must(carry_out_erasure{}, timer);
    EXPECT_TRUE(p.s.erased_at);
    EXPECT_FALSE(subscriber::next_due(p.s));
}

TEST(retention, records_of_use_go_before_and_only_those_of_that_line) {
    auto p = with_lines({first_number, second_number});
    p.line_ends(first_number);
    const auto due = p.kept(180);
    p.live_until(due - base::duration{1});
    EXPECT_THAT(p.effects, IsEmpty());
    p.live_until(due);
    EXPECT_TRUE(forgets_records(p, first_number));
    EXPECT_FALSE(forgets_records(p, second_number));
    EXPECT_EQ(p.apply(keep_time{}, timer), 0U) << "once";
    EXPECT_EQ(p.apply(drop_records{first_number}), 1U);
}

TEST(retention, a_line_that_lives_again_is_kept_again) {
    auto p = with_lines({first_number});
    p.line_ends(first_number);
    p.live_until(p.kept(730));
    ASSERT_TRUE(p.s.planned);
    p.must(note_line_end{first_number, {}, named("cn")});
    EXPECT_FALSE(p.s.planned) << "nobody is erased for having had no line who has one";
    EXPECT_FALSE(subscriber::next_due(p.s));
    p.line_ends(first_number);
    EXPECT_EQ(subscriber::next_due(p.s), p.kept(180));
}

TEST(retention, another_line_keeps_its_owner_too) {
    auto p = with_lines({first_number});
    p.line_ends(first_number);
    p.live_until(p.kept(730));
    ASSERT_TRUE(p.s.planned);
    p.must(attach_number{second_number});
    EXPECT_FALSE(p.s.planned);
    p.live_until(p.now + base::days{4'000});
    EXPECT_FALSE(p.s.planned);
}

TEST(retention, a_plan_that_somebody_asked_for_is_theirs_and_a_line_does_not_drop_it) {
    auto p = with_lines({first_number});
    p.must(erase_subscriber{{{obstacle::active_line, "ln_1"}}, true}, clerk);
    p.must(countersign{1}, reviewer);
    ASSERT_TRUE(p.s.planned);
    EXPECT_FALSE(p.s.planned->outlived);
    p.must(attach_number{second_number});
    EXPECT_TRUE(p.s.planned);
    EXPECT_EQ(p.apply(drop_erasure{}, reviewer), 1U);
}

TEST(retention, nobody_drops_it_on_their_word) {
    auto p = with_lines({first_number});
    p.line_ends(first_number);
    p.live_until(p.kept(730));
    for (const auto& by : {clerk, reviewer, machine})
        EXPECT_EQ(p.apply(drop_erasure{}, by).error().what, code::blocked);
    EXPECT_TRUE(p.s.planned);
}

TEST(retention, whoever_never_had_a_line_is_kept_as_long) {
    auto p = with_lines({});
    const auto due = subscriber::next_due(p.s);
    ASSERT_TRUE(due);
    EXPECT_GE(*due, p.kept(730)) << "the longest of all policies, wherever they are";
    EXPECT_LE(*due, p.kept(731));
    p.live_until(*due);
    EXPECT_TRUE(p.s.planned);
}

TEST(retention, a_policy_that_keeps_longer_now_moves_the_date) {
    auto p = with_lines({first_number});
    p.line_ends(first_number);
    const auto before = p.kept(730);
    const auto after = p.kept(900);
    p.rules = with_retention(900, 180);
    p.live_until(before);
    EXPECT_FALSE(p.s.planned);
    p.live_until(after);
    EXPECT_TRUE(p.s.planned);
}

TEST(retention, a_policy_that_is_gone_keeps_as_long_as_the_longest) {
    auto p = with_lines({first_number});
    p.must(note_line_end{first_number, p.now, named("nobody-s")});
    const auto due = subscriber::next_due(p.s);
    ASSERT_TRUE(due);
    EXPECT_GE(*due, p.kept(180) - base::days{1});
}

TEST(retention, what_is_not_theirs_and_who_is_gone_takes_no_notice) {
    auto p = with_lines({first_number});
    EXPECT_EQ(p.apply(note_line_end{second_number, p.now, named("cn")}), 0U);
    EXPECT_EQ(p.apply(note_line_end{first_number, {}, named("cn")}), 0U) << "it lives: nothing new";
    p.line_ends(first_number);
    EXPECT_EQ(p.apply(note_line_end{first_number, p.now, named("cn")}), 0U) << "the same again";
    p.live_until(p.kept(730));
    p.must(carry_out_erasure{}, timer);
    EXPECT_EQ(p.apply(note_line_end{first_number, p.now, named("cn")}), 0U);
    EXPECT_EQ(p.apply(keep_time{}, timer), 0U);
}

/// Lines come, end and live again in any order; the timer comes when it is due, and late. Held against a model that
/// knows only when which line ended.
TEST(retention, nothing_past_its_time_stays_and_nothing_goes_before) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        std::mt19937 dice(seed);
        const auto roll = [&](int n) { return static_cast<int>(dice() % static_cast<std::uint32_t>(n)); };
        auto p = with_lines({first_number});
        std::map<base::msisdn, std::optional<instant>> model{{first_number, std::nullopt}};
        for (int step = 0; step < 60 && !p.s.planned; ++step) {
            const auto& number = roll(2) == 0 ? first_number : second_number;
            switch (roll(5)) {
                case 0:
                    p.must(attach_number{number});
                    model.try_emplace(number);
                    break;
                case 1:
                    p.must(note_line_end{number, p.now, named("cn")});
                    if (const auto found = model.find(number); found != model.end()) found->second = p.now;
                    break;
                case 2:
                    p.must(note_line_end{number, {}, named("cn")});
                    if (const auto found = model.find(number); found != model.end()) found->second.reset();
                    break;
                default: p.live_until(p.now + base::days{1 + roll(400)}); break;
            }
            std::optional<instant> last;
            bool lives = false;
            for (const auto& [which, ended] : model) {
                lives = lives || !ended;
                if (ended) last = std::max(last.value_or(*ended), *ended);
            }
            const bool outlived = !lives && last && p.now >= end_after(p.rules.zones.of("Asia/Shanghai"), *last, 730);
            ASSERT_EQ(p.s.planned.has_value(), outlived) << "seed " << seed << ", step " << step;
        }
    }
}

}  // namespace
}  // namespace keepline::domain
