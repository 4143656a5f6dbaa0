// The subscriber's stream: references to contact points, erasure, and every reading of personal data.
#include "domain/subscriber/subscriber.hpp"

#include "domain/test_world.hpp"

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
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        s = std::move(done.after);
        effects = std::move(done.effects);
        return done.events.size();
    }
};

contact_ref mail(const std::string& id) { return {named(id), medium::mail, true, {}, {}, {}, {}}; }

person registered() {
    person p;
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {mail("m1"), mail("m2")}, "account"}, machine), 1U);
    EXPECT_EQ(p.apply(attach_number{base::msisdn::trusted("+8613800138000")}), 1U);
    return p;
}

add_document document(const std::string& id, std::int64_t bytes = 1000) {
    return {named(id), document_purpose::power_of_attorney, document_media::pdf, bytes, "digest-" + id};
}

TEST(subscriber, documents_are_named_once_and_bounded) {
    auto p = registered();
    EXPECT_EQ(p.apply(document("d1")), 1U);
    EXPECT_EQ(p.apply(document("d1")), 0U) << "a retry";
    auto other = document("d1");
    other.digest = "other bytes";
    EXPECT_EQ(p.apply(other).error().what, code::id_taken);
    EXPECT_EQ(p.apply(document("d2", 0)).error().what, code::too_large);
    EXPECT_EQ(p.apply(document("d2", document_bytes_max + 1)).error().what, code::too_large);
    EXPECT_EQ(p.apply(document("")).error().what, code::invalid);
    const auto* kept = find_document(p.s, named("d1"));
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->by, customer);
    EXPECT_EQ(kept->purpose, document_purpose::power_of_attorney);
    for (std::size_t i = 2; i <= documents_max; ++i) ASSERT_EQ(p.apply(document("d" + std::to_string(i))), 1U);
    EXPECT_EQ(p.apply(document("one-more")).error().what, code::too_many);
}

TEST(subscriber, who_hands_documents_in_and_takes_them_back_all_day_is_stopped) {
    auto p = registered();
    for (std::size_t i = 0; i < documents_a_day; ++i) {
        const auto id = "d" + std::to_string(i);
        ASSERT_EQ(p.apply(document(id)), 1U) << i;
        ASSERT_EQ(p.apply(take_document_back{named(id), ""}), 1U);
    }
    EXPECT_EQ(p.apply(document("next")).error().what, code::too_many);
    p.now = p.now + base::hours{24};
    EXPECT_EQ(p.apply(document("next")), 1U);
}

TEST(subscriber, a_document_is_taken_back_by_whoever_handed_it_in_and_within_a_day) {
    auto p = registered();
    const actor agent{role::agent, named("clerk-2"), named("bo")};
    ASSERT_EQ(p.apply(document("d1"), agent), 1U);
    EXPECT_EQ(p.apply(take_document_back{named("none"), "it is another person's"}, agent).error().what,
              code::not_found);
    EXPECT_EQ(p.apply(take_document_back{named("d1"), "it is another person's"}, reviewer).error().what,
              code::forbidden);
    EXPECT_EQ(p.apply(take_document_back{named("d1"), ""}, customer).error().what, code::forbidden);
    EXPECT_EQ(p.apply(take_document_back{named("d1"), ""}, agent).error().what, code::invalid) << "staff say why";
    auto later = p;
    later.now = later.now + base::hours{24};
    EXPECT_EQ(later.apply(take_document_back{named("d1"), "it is another person's"}, agent).error().what,
              code::forbidden);
    EXPECT_EQ(p.apply(take_document_back{named("d1"), "it is another person's"}, agent), 1U);
    EXPECT_TRUE(p.s.documents.empty());
}

TEST(subscriber, nothing_of_the_documents_is_left_of_who_is_erased) {
    auto p = registered();
    ASSERT_EQ(p.apply(document("d1")), 1U);
    ASSERT_TRUE(p.apply(erase_subscriber{{}, false}, {role::admin, named("adm"), named("adm")}));
    ASSERT_TRUE(p.apply(countersign{1}, reviewer));
    ASSERT_TRUE(p.s.erased_at);
    EXPECT_TRUE(p.s.documents.empty() && p.s.documents_added.empty());
    EXPECT_EQ(p.apply(document("d2")).error().what, code::erased);
}

TEST(subscriber, staff_do_not_name_the_account_that_money_is_paid_to) {
    person p;
    ASSERT_TRUE(p.apply(register_subscriber{named("sb-1"), "en", {mail("m1")}, "account"}));
    for (const auto as : {role::agent, role::reviewer, role::admin})
        EXPECT_EQ(p.apply(change_contacts{"", {mail("m1")}, "the clerk's"}, {as, named("clerk")}).error().what,
                  code::second_person_needed);
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m1")}, ""}, {role::agent, named("clerk")}), 0U);
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m1")}, "account"}, {role::agent, named("clerk")}).error().what,
              code::second_person_needed)
        << "nor hear that it is the one on file";
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m1")}, "other"}, customer), 1U);
}

TEST(subscriber, an_account_that_staff_name_waits_for_a_second_person) {
    auto p = registered();
    const actor agent{role::agent, named("clerk-2"), named("bo")};
    const actor same_human{role::reviewer, named("bo-decides"), named("bo")};
    EXPECT_EQ(p.apply(name_account{"new"}, agent), 1U) << "asked for";
    EXPECT_EQ(p.s.refund_account, "account") << "and nothing else has happened";
    EXPECT_TRUE(p.effects.empty());
    EXPECT_EQ(p.s.asked.list.back().what, act::change_refund_account);
    EXPECT_EQ(p.apply(name_account{"new"}, agent).error().what, code::second_person_needed) << "is not asked twice";
    EXPECT_EQ(p.apply(countersign{1}, agent).error().what, code::forbidden);
    EXPECT_EQ(p.apply(countersign{1}, same_human).error().what, code::own_application);
    EXPECT_EQ(p.apply(countersign{1}, reviewer), 2U) << "signed, and done";
    EXPECT_EQ(p.s.refund_account, "new");
    const auto& told = std::get<tell_contacts>(p.effects.at(0));
    EXPECT_EQ(told.refund_account, "new") << "the line holds its case and tells its contact points";
    EXPECT_EQ(told.contacts.size(), 2U);
    EXPECT_TRUE(p.s.changes.empty()) << "no contact point has changed";
}

TEST(subscriber, a_code_that_staff_type_verifies_nothing_until_somebody_else_signs_who_did_not_bring_the_address) {
    auto p = registered();
    const actor agent{role::agent, named("clerk-2"), named("bo")};
    const actor bringer{role::reviewer, named("rita"), named("rita")};
    ASSERT_EQ(
        p.apply(change_contacts{"", {mail("m1"), mail("m2"), {named("new"), medium::mail, false, {}, {}, {}, {}}}, ""},
                bringer),
        1U);
    ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}, agent), 1U);
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "wrong"}, agent), 1U);
    EXPECT_EQ(p.s.codes.wrong, 1) << "counted like everybody's";
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "d"}, agent), 1U);
    EXPECT_FALSE(p.s.contacts.back().verified);
    EXPECT_EQ(p.s.asked.list.back().what, act::verify_contact);
    EXPECT_EQ(p.apply(countersign{1}, bringer).error().what, code::own_application) << "who brought it";
    EXPECT_EQ(p.apply(countersign{1}, agent).error().what, code::forbidden);
    p.now = p.now + base::hours{1};
    EXPECT_EQ(p.apply(countersign{1}, reviewer), 2U) << "though the code has expired by now: it was right when typed";
    EXPECT_TRUE(p.s.contacts.back().verified);
    EXPECT_TRUE(p.s.brought.empty());
}

TEST(subscriber, what_is_signed_is_the_contact_point_of_then_not_another_of_the_same_name) {
    auto p = registered();
    const actor agent{role::agent, named("clerk-2"), named("bo")};
    const std::vector<contact_ref> with_new{
        mail("m1"), mail("m2"), {named("new"), medium::mail, false, {}, {}, {}, {}}};
    ASSERT_EQ(p.apply(change_contacts{"", with_new, ""}), 1U);
    ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}), 1U);
    ASSERT_EQ(p.apply(answer_contact_code{named("new"), "d"}, agent), 1U);
    ASSERT_EQ(p.apply(change_contacts{"", {mail("m1"), mail("m2")}, ""}), 1U);
    p.now = p.now + base::hours{1};
    ASSERT_EQ(p.apply(change_contacts{"", with_new, ""}), 1U) << "never verified, so its name was free again";
    EXPECT_EQ(p.apply(countersign{1}, reviewer).error().what, code::changed_since);
}

TEST(subscriber, a_system_answers_for_what_the_owner_brought_and_not_for_its_own) {
    for (const bool by_owner : {true, false}) {
        auto p = registered();
        const std::vector<contact_ref> with_new{
            mail("m1"), mail("m2"), {named("new"), medium::mail, false, {}, {}, {}, {}}};
        ASSERT_EQ(p.apply(change_contacts{"", with_new, ""}, by_owner ? customer : machine), 1U);
        ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}, machine), 1U);
        ASSERT_EQ(p.apply(answer_contact_code{named("new"), "d"}, machine), 1U);
        EXPECT_EQ(p.s.contacts.back().verified, by_owner);
    }
}

TEST(subscriber, a_system_does_not_answer_for_a_contact_point_that_one_of_the_staff_brought) {
    auto p = registered();
    const std::vector<contact_ref> with_new{
        mail("m1"), mail("m2"), {named("new"), medium::mail, false, {}, {}, {}, {}}};
    ASSERT_EQ(p.apply(change_contacts{"", with_new, ""}, clerk), 1U);
    ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}, clerk), 1U);
    ASSERT_EQ(p.apply(answer_contact_code{named("new"), "d"}, machine), 1U);
    EXPECT_FALSE(p.s.contacts.back().verified);
    EXPECT_EQ(p.s.asked.list.back().what, act::verify_contact);
    ASSERT_EQ(p.apply(answer_contact_code{named("new"), "d"}, customer), 1U);
    EXPECT_TRUE(p.s.contacts.back().verified) << "its owner does";
}

TEST(subscriber, nor_for_one_that_came_with_a_registration_by_staff) {
    for (const auto& by : {clerk, machine}) {
        person p;
        ASSERT_EQ(
            p.apply(register_subscriber{named("s"), "", {{named("new"), medium::mail, false, {}, {}, {}, {}}}, ""}, by),
            1U);
        ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}, machine), 1U);
        ASSERT_EQ(p.apply(answer_contact_code{named("new"), "d"}, machine), 1U);
        EXPECT_EQ(p.s.contacts.back().verified, by.as == role::system);
    }
}

TEST(subscriber, one_of_the_staff_changes_the_contact_points_twice_and_leaves_room_for_colleagues) {
    auto p = registered();
    const auto change = [&](int n, const actor& by) {
        return p.apply(change_contacts{"", {mail("m1"), mail("m2"), mail("x" + std::to_string(n))}, ""}, by);
    };
    ASSERT_EQ(change(1, clerk), 1U);
    ASSERT_EQ(change(2, clerk), 1U) << "the correction";
    EXPECT_EQ(change(3, clerk).error().what, code::too_many);
    EXPECT_EQ(change(4, other_clerk), 1U);
    EXPECT_EQ(change(5, customer), 1U);
}

TEST(subscriber, another_document_takes_two_and_every_line_is_told) {
    auto p = registered();
    const change_document asked{"keyed digest", document_grounds::renewed, true, "passport renewed, both seen"};
    EXPECT_EQ(p.apply(change_document{"", document_grounds::renewed, true, "passport renewed"}, machine).error().what,
              code::invalid);
    EXPECT_EQ(p.apply(change_document{"x", document_grounds::renewed, true, ""}, machine).error().what, code::invalid);
    for (const auto as : {role::agent, role::reviewer, role::admin, role::system}) {
        auto one = p;
        ASSERT_EQ(one.apply(asked, {as, named("who"), named("who")}), 1U);
        EXPECT_FALSE(one.s.document_changed_at) << "nobody does it alone";
        EXPECT_TRUE(document_is_wanted(one.s, "keyed digest", one.now));
        EXPECT_EQ(one.apply(countersign{1}, reviewer), 2U);
        EXPECT_EQ(one.s.document_changed_at, one.now);
        EXPECT_EQ(std::get<tell_contacts>(one.effects.at(0)).document_changed_at, one.now);
        EXPECT_FALSE(document_is_wanted(one.s, "keyed digest", one.now));
    }
}

TEST(subscriber, reading_for_the_same_reason_again_adds_nothing_and_too_many_reasons_are_refused) {
    auto p = registered();
    const actor agent{role::agent, named("clerk-2"), named("bo")};
    for (int i = 0; i < 500; ++i)
        EXPECT_EQ(p.apply(record_read{"identity", "case ln_1-c1", 5}, agent), i == 0 ? 1U : 0U);
    EXPECT_EQ(p.apply(record_read{"backup", "case ln_1-c1", 5}, agent), 1U) << "something else";
    int more = 0;
    for (int i = 0; i < 20; ++i)
        more += p.apply(record_read{"identity", "case " + std::to_string(1000 + i), 5}, agent) ? 1 : 0;
    EXPECT_EQ(more, 3);
    p.now = p.now + base::hours{1};
    EXPECT_EQ(p.apply(record_read{"identity", "case ln_1-c1", 5}, agent), 1U) << "an hour later it is written again";
    EXPECT_EQ(p.s.staff_reads, 6);
}

TEST(subscriber, readings_count_over_all_tokens_of_a_person_and_not_for_who_made_those) {
    auto p = registered();
    const actor by_day{role::agent, named("bo-1"), named("bo"), {named("ada")}};
    const actor by_night{role::reviewer, named("bo-2"), named("bo"), {named("ada")}};
    const actor maker{role::admin, named("ada"), named("ada")};
    const auto reading = [&](int n, int hourly, const actor& by) {
        return p.apply(record_read{"identity", "case " + std::to_string(1000 + n), hourly}, by);
    };
    int read = 0;
    for (int i = 0; i < 20; ++i) read += reading(i, 6, i % 2 == 0 ? by_day : by_night) ? 1 : 0;
    EXPECT_EQ(read, 6);
    EXPECT_EQ(reading(30, 6, by_day).error().what, code::too_many);
    EXPECT_EQ(reading(30, 6, by_night).error().what, code::too_many);
    EXPECT_TRUE(reading(30, 6, maker)) << "what they read is not hers";
    for (int i = 0; i < 100; ++i) read += reading(100 + i, 1000, i % 2 == 0 ? by_day : by_night) ? 1 : 0;
    EXPECT_EQ(read, 32) << "however many the configuration allows";
}

TEST(subscriber, the_owner_names_it_at_once_and_a_system_the_first_one_only) {
    auto own = registered();
    EXPECT_EQ(own.apply(name_account{"new"}, customer), 1U);
    EXPECT_EQ(own.s.refund_account, "new");
    EXPECT_FALSE(own.s.account_on_word);
    EXPECT_EQ(own.apply(name_account{"new"}, customer), 0U);
    EXPECT_EQ(own.apply(name_account{""}, customer).error().what, code::invalid);

    auto other = registered();  // has one: a system alone paid whoever it liked
    EXPECT_EQ(other.apply(name_account{"new"}, machine), 1U);
    EXPECT_EQ(other.s.refund_account, "account");
    EXPECT_EQ(other.apply(countersign{1}, reviewer), 2U);
    EXPECT_EQ(other.s.refund_account, "new");
    EXPECT_FALSE(other.s.account_on_word);
    change_contacts beside;
    beside.refund_account = "beside";
    EXPECT_EQ(other.apply(beside, machine).error().what, code::second_person_needed);

    person first;
    EXPECT_EQ(first.apply(register_subscriber{named("sb-1"), "en", {}, ""}, machine), 1U);
    EXPECT_EQ(first.apply(name_account{"new"}, machine), 1U);
    EXPECT_EQ(first.s.refund_account, "new");
    EXPECT_TRUE(first.s.account_on_word) << "nobody else has said it yet";
}

TEST(subscriber, an_account_that_one_of_the_staff_registers_stays_their_word_until_two_say_it) {
    for (const auto& by : {clerk, machine}) {
        person p;
        EXPECT_EQ(p.apply(register_subscriber{named("sb-1"), "en", {}, "account"}, by), 1U);
        EXPECT_EQ(p.s.account_on_word, by == clerk);
    }
    const auto typed = [] {
        person p;
        EXPECT_EQ(p.apply(register_subscriber{named("sb-1"), "en", {}, "account"}, clerk), 1U);
        return p;
    };
    auto own = typed();
    EXPECT_EQ(own.apply(name_account{"account"}, machine), 0U);
    EXPECT_TRUE(own.s.account_on_word);
    EXPECT_EQ(own.apply(name_account{"account"}, customer), 1U) << "told, and counted like another one";
    EXPECT_TRUE(own.s.account_on_word) << "a session and one of the staff are no more than the one of the staff";
    EXPECT_EQ(own.s.account_named_at, own.now);
    EXPECT_EQ(own.s.account_changes.size(), 1U);
    EXPECT_EQ(own.apply(name_account{"account"}, customer), 0U);
    EXPECT_EQ(own.apply(name_account{"another"}, customer), 1U);
    EXPECT_FALSE(own.s.account_on_word) << "that one is the session's alone";
    auto two = typed();
    EXPECT_EQ(two.apply(name_account{"account"}, clerk), 1U);
    EXPECT_TRUE(two.s.account_on_word);
    EXPECT_EQ(two.apply(countersign{1}, reviewer), 2U);
    EXPECT_FALSE(two.s.account_on_word);
}

TEST(subscriber, a_systems_word_about_an_account_is_made_good_by_its_owner_and_told) {
    person p;
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {}, ""}, machine), 1U);
    EXPECT_EQ(p.apply(name_account{"account"}, machine), 1U);
    EXPECT_TRUE(p.s.account_on_word);
    p.now = p.now + base::days{1};
    EXPECT_EQ(p.apply(name_account{"account"}, customer), 1U);
    EXPECT_FALSE(p.s.account_on_word);
    EXPECT_EQ(p.s.account_named_at, p.now);
}

TEST(subscriber, to_one_of_the_staff_the_account_on_file_is_a_request_like_any_other) {
    for (const auto* account : {"account", "other"}) {
        auto p = registered();
        EXPECT_EQ(p.apply(name_account{account}, clerk), 1U);
        EXPECT_EQ(p.s.asked.list.size(), 1U);
        change_contacts beside;
        beside.contacts = p.s.contacts;
        beside.refund_account = account;
        EXPECT_EQ(p.apply(beside, clerk).error().what, code::second_person_needed);
    }
}

TEST(subscriber, a_systems_facts_take_the_place_of_what_one_of_the_staff_typed_while_nobody_uses_it) {
    const auto number = base::msisdn::trusted("+8613800138000");
    const auto typed = [] {
        person p;
        register_subscriber by_clerk{customer.id, "en", {mail("m1")}, "clerk's"};
        by_clerk.document = true;
        EXPECT_EQ(p.apply(by_clerk, clerk), 1U);
        EXPECT_TRUE(p.s.document_on_word);
        return p;
    };
    auto p = typed();
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "", {}, "", number}, machine), 1U);
    EXPECT_TRUE(p.s.document_on_word) << "of a document it said nothing";
    EXPECT_TRUE(p.s.account_on_word);
    EXPECT_EQ(p.s.refund_account, "clerk's");
    EXPECT_EQ(p.s.contacts.size(), 1U);
    EXPECT_EQ(p.s.numbers, std::vector{number});
    register_subscriber whole{customer.id, "en", {mail("m1")}, "system's"};
    whole.document = true;
    EXPECT_EQ(p.apply(whole, machine), 0U) << "once: now it is a system's, and has a line";

    auto q = typed();
    EXPECT_EQ(q.apply(whole, machine), 1U);
    EXPECT_FALSE(q.s.document_on_word);
    EXPECT_FALSE(q.s.account_on_word);
    EXPECT_EQ(q.s.refund_account, "system's");
    EXPECT_TRUE(q.s.contacts.front().verified);
    EXPECT_TRUE(q.s.brought.empty());

    auto used = typed();
    EXPECT_EQ(used.apply(attach_number{number}, clerk), 1U);
    EXPECT_EQ(used.apply(whole, machine), 0U);
    auto said = typed();
    EXPECT_EQ(said.apply(name_account{"clerk's"}, customer), 1U);
    EXPECT_EQ(said.apply(whole, machine), 0U);
    auto other_clerks = typed();
    EXPECT_EQ(other_clerks.apply(whole, other_clerk), 0U);
}

TEST(subscriber, only_whoever_registered_them_may_hear_what_differs) {
    person p;
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {mail("m1")}, "account"}, clerk), 1U);
    EXPECT_TRUE(may_compare(p.s, clerk));
    for (const auto& by : {other_clerk, reviewer, machine}) EXPECT_FALSE(may_compare(p.s, by));
    EXPECT_EQ(p.apply(name_account{"another"}, customer), 1U);
    EXPECT_FALSE(may_compare(p.s, clerk)) << "that they did not type";
}

TEST(subscriber, documents_tried_in_vain_are_counted_for_whoever_tried) {
    auto p = registered();
    change_document right{"digest", document_grounds::renewed, true, "passport renewed, both seen"};
    int tried = 0;
    while (p.apply(fail_document{}, clerk)) ++tried;
    EXPECT_EQ(tried, repository_rules()->policies.find("cn")->otp.max_wrong);
    EXPECT_EQ(p.apply(right, clerk).error().what, code::otp_locked);
    EXPECT_EQ(p.apply(right, other_clerk), 1U);
    p.now = p.now + base::days{1};
    right.document = "digest-2";
    EXPECT_EQ(p.apply(right, clerk), 1U);
}

TEST(subscriber, what_is_signed_never_replaces_the_owners_newer_word) {
    auto p = registered();
    EXPECT_EQ(p.apply(name_account{"clerk's"}, clerk), 1U);
    EXPECT_EQ(p.apply(name_account{"owner's"}, customer), 1U);
    EXPECT_EQ(p.apply(countersign{1}, reviewer).error().what, code::changed_since);
    EXPECT_EQ(p.s.refund_account, "owner's");

    person word;
    EXPECT_EQ(word.apply(register_subscriber{named("sb-1"), "en", {}, "account"}, clerk), 1U);
    EXPECT_EQ(word.apply(name_account{"other"}, clerk), 1U);
    EXPECT_EQ(word.apply(name_account{"account"}, customer), 1U) << "it is right, says its owner";
    EXPECT_EQ(word.apply(countersign{1}, reviewer).error().what, code::changed_since);
}

TEST(subscriber, an_account_that_nobody_signs_for_is_not_paid_to) {
    auto p = registered();
    EXPECT_EQ(p.apply(name_account{"new"}, clerk), 1U);
    EXPECT_EQ(p.apply(refuse_second{1, "nobody knows this account"}, reviewer), 1U);
    EXPECT_EQ(p.apply(name_account{"newer"}, clerk), 1U);
    p.now = p.s.asked.list.back().expires_at;
    EXPECT_EQ(p.apply(countersign{2}, reviewer).error().what, code::closure_stage);
    EXPECT_EQ(p.s.refund_account, "account");
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
    EXPECT_EQ(p.apply(erase_subscriber{}, clerk), 1U) << "asked for";
    EXPECT_FALSE(p.s.erased_at);
    EXPECT_EQ(p.apply(countersign{1}, clerk).error().what, code::forbidden);
    EXPECT_EQ(p.apply(countersign{1}, reviewer), 2U) << "signed, and done";
    EXPECT_EQ(std::get<tell_contacts>(p.effects.at(0)).contacts.size(), 0U);
    EXPECT_EQ(p.apply(erase_subscriber{}, clerk), 0U);
    EXPECT_EQ(p.apply(change_contacts{"", {mail("m9")}, ""}).error().what, code::erased);
    EXPECT_EQ(p.apply(record_read{"contacts", "why"}, clerk).error().what, code::erased);
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "", {}, ""}).error().what, code::erased);
    EXPECT_TRUE(p.s.contacts.empty());
    EXPECT_TRUE(p.s.refund_account.empty());
}

TEST(subscriber, an_erasure_waits_for_what_stands_against_it) {
    auto p = registered();
    const std::vector<standing> hold{{obstacle::legal_hold, "ln_1"}};
    EXPECT_EQ(p.apply(erase_subscriber{hold, false}, clerk).error().what, code::erasure_planned);
    EXPECT_EQ(p.apply(erase_subscriber{hold, true}, clerk), 1U);
    EXPECT_EQ(p.apply(countersign{1}, reviewer), 2U);
    ASSERT_TRUE(p.s.planned);
    EXPECT_FALSE(p.s.erased_at);
    EXPECT_EQ(p.apply(carry_out_erasure{hold}, machine), 0U) << "nothing has changed";
    EXPECT_EQ(p.apply(carry_out_erasure{}, machine), 1U);
    EXPECT_TRUE(p.s.erased_at);
    EXPECT_FALSE(p.s.planned);
}

TEST(subscriber, nobody_is_nobody) {
    person p;
    EXPECT_EQ(p.apply(change_contacts{}).error().what, code::not_found);
    EXPECT_EQ(p.apply(erase_subscriber{}).error().what, code::not_found);
    EXPECT_EQ(p.apply(register_subscriber{}).error().what, code::invalid);
}

TEST(subscriber, a_contact_that_is_still_told_is_never_pushed_out) {
    auto p = registered();
    for (int i = 0; i < 2; ++i) {  // verified one by one, so that each of them has to be told of its end
        change_contacts next;
        for (int k = 0; k < 7; ++k) next.contacts.push_back(mail("n" + std::to_string(i) + std::to_string(k)));
        ASSERT_EQ(p.apply(next), 1U);
        for (auto& c : p.s.contacts) c.verified = true;
    }
    EXPECT_EQ(p.s.contacts.size(), 16U);
    const auto before = p.s;
    const auto refused = p.apply(change_contacts{"", {mail("one-more")}, ""});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, code::too_many);
    EXPECT_EQ(refused.error().data.front().name, "again_at");
    EXPECT_EQ(p.s, before);
    p.now = p.now + base::days{30};
    EXPECT_EQ(p.apply(change_contacts{"", {mail("one-more")}, ""}), 1U);
    EXPECT_EQ(p.s.contacts.size(), 8U);  // the new one, and those that it replaced
}

TEST(subscriber, changes_are_limited_for_the_owner_and_for_staff_apart) {
    auto p = registered();
    int n = 0;
    const auto change = [&](const actor& by) {
        p.now = p.now + base::minutes{1};
        return p.apply(change_contacts{"", {mail("m1"), mail("x" + std::to_string(++n))}, ""}, by);
    };
    for (int i = 0; i < 6; ++i) EXPECT_EQ(change(customer), 1U);
    EXPECT_EQ(change(customer).error().what, code::too_many);
    EXPECT_EQ(p.apply(change_contacts{"zh-CN", {mail("m1"), mail("x6")}, "another"}), 1U)
        << "language and account are not counted here";
    // Of staff, no more than two each (rule changed on 2026-11-29).
    for (const auto& by : {clerk, machine, other_clerk, machine, clerk, other_clerk}) EXPECT_EQ(change(by), 1U);
    EXPECT_EQ(change(clerk).error().what, code::too_many);
    p.now = p.now + base::days{30};
    EXPECT_EQ(change(customer), 1U);
    EXPECT_EQ(change(clerk), 1U);
}

TEST(subscriber, only_a_back_office_system_vouches_and_is_named) {
    person p;
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {mail("m1")}, ""}, clerk), 1U);
    EXPECT_FALSE(p.s.contacts[0].verified);
    person q;
    EXPECT_EQ(q.apply(register_subscriber{customer.id, "en", {mail("m1")}, ""}, machine), 1U);
    EXPECT_TRUE(q.s.contacts[0].verified);
    EXPECT_EQ(q.s.contacts[0].vouched_by, machine.id);
    for (const auto& by : {customer, clerk, machine, reviewer})  // later it is a code, whoever says otherwise
        EXPECT_EQ(q.apply(change_contacts{"", {mail("m1"), mail("of-" + by.id.text())}, ""}, by), 1U);
    for (const auto& c : q.s.contacts) EXPECT_EQ(c.verified, c.id == named("m1")) << c.id.text();
}

TEST(subscriber, a_contact_is_verified_by_the_code_that_was_sent_there_and_by_nothing_else) {
    auto p = registered();
    ASSERT_EQ(p.apply(change_contacts{"", {mail("m1"), mail("new"), mail("other")}, ""}), 1U);
    EXPECT_EQ(p.apply(request_contact_code{named("m1"), "n", "d"}), 0U) << "verified already";
    EXPECT_EQ(p.apply(request_contact_code{named("m2"), "n", "d"}).error().what, code::contact_unknown) << "replaced";
    EXPECT_EQ(p.apply(request_contact_code{named("line"), "n", "d"}).error().what, code::contact_unknown);
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "d"}).error().what, code::otp_expired);
    ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}), 1U);
    const auto& sent = std::get<send_contact_code>(p.effects.at(0));
    EXPECT_EQ(sent.contact, named("new"));
    EXPECT_EQ(sent.expires_at, p.now + base::minutes{10});
    EXPECT_EQ(p.apply(request_contact_code{named("new"), "n2", "d2"}).error().what, code::too_many) << "a moment ago";
    EXPECT_EQ(p.apply(answer_contact_code{named("other"), "d"}).error().what, code::otp_expired)
        << "that went elsewhere";
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "wrong"}), 1U);
    EXPECT_FALSE(p.s.contacts[1].verified);
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "d"}), 1U);
    EXPECT_TRUE(p.s.contacts[1].verified);
    EXPECT_FALSE(p.s.contacts[1].vouched_by);
    EXPECT_EQ(std::get<tell_contacts>(p.effects.at(0)).contacts, p.s.contacts);
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "d"}), 0U) << "already so";
}

TEST(subscriber, codes_expire_are_counted_and_lock) {
    auto p = registered();
    ASSERT_EQ(p.apply(change_contacts{"", {mail("m1"), mail("new")}, ""}), 1U);
    ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}), 1U);
    p.now = p.now + base::minutes{10};
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "d"}).error().what, code::otp_expired);
    ASSERT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}), 1U);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(p.apply(answer_contact_code{named("new"), "wrong"}), 1U);
    EXPECT_EQ(p.apply(answer_contact_code{named("new"), "d"}).error().what, code::otp_locked);
    EXPECT_EQ(p.apply(request_contact_code{named("new"), "n", "d"}).error().what, code::otp_locked);
    int sent = 2;
    for (int i = 0; i < 40; ++i) {
        p.now = p.now + base::minutes{30};
        sent += p.apply(request_contact_code{named("new"), "n", "d"}).has_value() ? 1 : 0;
    }
    EXPECT_LE(sent, 10) << "a day";
}

TEST(subscriber, an_id_never_changes_its_kind_of_address) {
    auto p = registered();
    const contact_ref as_phone{named("m1"), medium::sms, false, {}, {}, {}, {}};
    EXPECT_EQ(p.apply(change_contacts{"", {as_phone}, ""}).error().what, code::invalid);
}

TEST(subscriber, who_comes_back_within_the_span_is_as_before) {
    auto p = registered();
    ASSERT_EQ(p.apply(change_contacts{"", {mail("m2")}, ""}), 1U);
    ASSERT_EQ(p.apply(change_contacts{"", {mail("m1"), mail("m2")}, ""}), 1U);
    EXPECT_TRUE(p.s.contacts[0].verified);
    EXPECT_FALSE(p.s.contacts[0].replaced_at);
}

}  // namespace
}  // namespace keepline::domain
