// The subscriber's stream: references to contact points, erasure, and every reading of personal data.
#include "domain/subscriber.hpp"

#include "base/property.hpp"
#include "domain/test_world.hpp"

#include <set>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

struct person {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    result<std::size_t> apply(const subscriber_command& what, const actor& by = customer) {
        const context circumstances{now, repository_rules().get(), by, channel::web};
        TRY(events, subscriber::decide(s, what, circumstances));
        effects.clear();
        for (const auto& event : events) {
            subscriber::evolve(s, event);
            for (auto& e : subscriber::react(s, event)) effects.push_back(std::move(e));
        }
        return events.size();
    }
};

contact_ref mail(const std::string& id) { return {named(id), medium::mail, true, {}, {}, {}}; }

person registered() {
    person p;
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {mail("m1"), mail("m2")}, "account"}), 1U);
    EXPECT_EQ(p.apply(attach_number{base::msisdn::trusted("+8613800138000")}), 1U);
    return p;
}

TEST(subscriber, registering_twice_is_once) {
    auto p = registered();
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {}, ""}), 0U);
    EXPECT_EQ(p.apply(attach_number{base::msisdn::trusted("+8613800138000")}), 0U);
    EXPECT_EQ(p.s.contacts.size(), 2U);
    EXPECT_EQ(subscriber::next_due(p.s), std::nullopt);
}

TEST(subscriber, registering_with_a_number_attaches_it_at_once_but_only_the_first_time) {
    person p;
    const auto first = base::msisdn::trusted("+8613800138000");
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {mail("m1")}, "account", first}), 1U);
    EXPECT_EQ(p.s.numbers, std::vector{first});
    const auto second = base::msisdn::trusted("+8613800138001");
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {}, "", second}), 0U)
        << "of somebody known nothing is taken over here: an event would take the new row of the vault along";
    EXPECT_EQ(p.apply(attach_number{first}), 0U);
    EXPECT_EQ(p.apply(attach_number{second}), 1U);
}

TEST(subscriber, a_replaced_contact_point_stays_known_as_replaced) {
    auto p = registered();
    p.now = p.now + base::days{1};
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m2"), mail("m3")}, ""}), 1U);
    ASSERT_EQ(p.s.contacts.size(), 3U);
    EXPECT_EQ(p.s.contacts[0].since, p.now - base::days{1});  // m2 was there before
    EXPECT_EQ(p.s.contacts[1].since, p.now);
    EXPECT_EQ(p.s.contacts[2].id, named("m1"));
    EXPECT_EQ(p.s.contacts[2].replaced_at, p.now);
    EXPECT_EQ(p.s.refund_account, "account");  // not given: as before
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m2"), mail("m3")}, ""}), 0U);
}

TEST(subscriber, every_number_is_told_of_the_change) {
    auto p = registered();
    ASSERT_TRUE(p.apply(change_contacts{"zh-CN", {mail("m3")}, "other"}));
    ASSERT_EQ(p.effects.size(), 1U);
    const auto& told = std::get<tell_contacts>(p.effects[0]);
    EXPECT_EQ(told.contacts, p.s.contacts);
    EXPECT_EQ(told.refund_account, "other");
    EXPECT_EQ(told.language, "zh-CN");
}

TEST(subscriber, contact_points_that_cannot_be_told_apart_are_refused) {
    auto p = registered();
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m1"), mail("m1")}, ""}).error().what, code::invalid);
    EXPECT_EQ(p.apply(change_contacts{"", {mail("line")}, ""}).error().what, code::invalid);
    EXPECT_EQ(p.apply(change_contacts{"", std::vector<contact_ref>(9, mail("m")), ""}).error().what, code::invalid);
}

TEST(subscriber, a_reading_by_staff_is_written_down_with_its_reason) {
    auto p = registered();
    EXPECT_EQ(p.apply(record_read{"contacts", ""}, clerk).error().what, code::invalid);
    EXPECT_EQ(p.apply(record_read{"contacts", "case ln_1-c1"}, clerk), 1U);
    EXPECT_EQ(p.s.staff_reads, 1);
}

TEST(subscriber, erased_is_for_good) {
    auto p = registered();
    EXPECT_EQ(p.apply(erase_subscriber{}, clerk), 1U);
    EXPECT_EQ(std::get<tell_contacts>(p.effects.at(0)).contacts.size(), 0U);
    EXPECT_EQ(p.apply(erase_subscriber{}, clerk), 0U);
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m9")}, ""}).error().what, code::erased);
    EXPECT_EQ(p.apply(record_read{"contacts", "why"}, clerk).error().what, code::erased);
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "", {}, ""}).error().what, code::erased);
    EXPECT_TRUE(p.s.contacts.empty());
    EXPECT_TRUE(p.s.refund_account.empty());
}

TEST(subscriber, nobody_is_nobody) {
    person p;
    EXPECT_EQ(p.apply(change_contacts{}).error().what, code::not_found);
    EXPECT_EQ(p.apply(erase_subscriber{}).error().what, code::not_found);
    EXPECT_EQ(p.apply(register_subscriber{}).error().what, code::invalid);
}

TEST(subscriber, random_changes_keep_at_most_sixteen_points_and_survive_storage) {
    EXPECT_HOLDS("a contact is current or replaced, never lost before eight newer ones",
                 [](const std::vector<std::vector<std::uint8_t>>& changes) {
                     auto p = registered();
                     for (const auto& wanted : changes) {
                         std::vector<contact_ref> next;
                         std::set<std::string> ids;
                         for (auto one : wanted)
                             if (ids.size() < 8 && ids.insert("m" + std::to_string(one % 20)).second)
                                 next.push_back(mail("m" + std::to_string(one % 20)));
                         p.now = p.now + base::hours{1};
                         RC_ASSERT(p.apply(change_contacts{"", next, ""}).has_value());
                         RC_ASSERT(p.s.contacts.size() <= 16U);
                         for (const auto& c : p.s.contacts)
                             RC_ASSERT(ids.contains(c.id.text()) == !c.replaced_at.has_value());
                         const auto stored = base::to_json(p.s);
                         const auto read = base::from_json<subscriber_state>(stored);
                         RC_ASSERT(read.has_value());
                         RC_ASSERT(*read == p.s);
                         RC_ASSERT(base::to_json(*read) == stored);
                     }
                 });
}

}  // namespace
}  // namespace keepline::domain
