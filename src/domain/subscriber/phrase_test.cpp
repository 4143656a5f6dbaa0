// Words of one's own in our mails.
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {
namespace phrase_tests {

using namespace testing;
using base::code;

struct person {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    /// What happened, or why not.
    result<std::size_t> apply(const subscriber_command& what, const actor& by = customer) {
        const context circumstances{now, repository_rules().get(), by, channel::web};
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        s = std::move(done.after);
        EXPECT_EQ(unsound(s), std::nullopt);
        effects = std::move(done.effects);
        return done.events.size();
    }
    code refused(const subscriber_command& what, const actor& by = customer) {
        const auto done = apply(what, by);
        return done ? code::internal : done.error().what;
    }
};

person somebody() {
    person p;
    const contact_ref mailbox{named("m1"), medium::mail, true, {}, {}, {}, {}};
    const contact_ref unproved{named("m2"), medium::mail, false, {}, {}, {}, {}};
    EXPECT_TRUE(p.apply(register_subscriber{customer.id, "en", {mailbox, unproved}, "account"}, machine));
    return p;
}

TEST(phrase, is_chosen_by_its_owner_alone_once_a_day_and_everybody_is_told) {
    auto p = somebody();
    for (const auto& other : {clerk, reviewer, machine})
        EXPECT_EQ(p.refused(choose_phrase{"d"}, other), code::forbidden);
    EXPECT_EQ(p.refused(choose_phrase{""}), code::invalid);
    EXPECT_EQ(p.apply(choose_phrase{"d"}).value(), 1U);
    std::vector<std::string> told;
    for (const auto& one : p.effects)
        if (const auto* what = std::get_if<tell_person>(&one)) told.push_back(what->kind + " " + what->contact.text());
    EXPECT_THAT(told, ::testing::ElementsAre("phrase_chosen m1"));
    EXPECT_EQ(p.apply(choose_phrase{"d"}).value(), 0U) << "the same again";
    EXPECT_EQ(p.refused(choose_phrase{"e"}), code::too_many);
    p.now = p.now + base::hours{24};
    EXPECT_EQ(p.apply(choose_phrase{"e"}).value(), 1U);
    EXPECT_EQ(p.s.phrase, "e");
}

TEST(calendar, has_one_address_of_its_owners_making_at_a_time) {
    auto p = somebody();
    for (const auto& other : {clerk, reviewer, machine})
        EXPECT_EQ(p.refused(choose_calendar{"n"}, other), code::forbidden);
    EXPECT_EQ(p.apply(choose_calendar{""}).value(), 0U) << "there is none to be ended";
    EXPECT_EQ(p.apply(choose_calendar{"n"}).value(), 1U);
    EXPECT_EQ(p.apply(choose_calendar{"n"}).value(), 0U) << "the same again";
    EXPECT_EQ(p.refused(choose_calendar{"m"}), code::too_many);
    EXPECT_EQ(p.apply(choose_calendar{""}).value(), 1U) << "ended at any time";
    EXPECT_EQ(p.refused(choose_calendar{"m"}), code::too_many);
    p.now = p.now + base::minutes{5};
    EXPECT_EQ(p.apply(choose_calendar{"m"}).value(), 1U);
    EXPECT_EQ(p.s.calendar, "m");
    EXPECT_TRUE(p.effects.empty());
}

}  // namespace phrase_tests
}  // namespace
}  // namespace keepline::domain
