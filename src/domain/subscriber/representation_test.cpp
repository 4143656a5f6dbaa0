// Who acts for a person: admitted by two, told, objected to, ended.
#include "domain/subscriber/representations.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace for_others_test {

using namespace testing;
using base::code;

const auto their_number = base::msisdn::trusted("+8613800138000");

struct principal {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    result<std::size_t> apply(const subscriber_command& what, const actor& by, channel through = channel::counter) {
        const context circumstances{now, repository_rules().get(), by, through};
        TRY(done, subscriber::decide(s, what, circumstances));
        testing::expect_folded<subscriber>(s, done);
        EXPECT_EQ(unsound(done.after), std::nullopt);
        s = std::move(done.after);
        effects = std::move(done.effects);
        return done.events.size();
    }
    void hand_in(const std::string& id, document_purpose purpose, const actor& by) {
        EXPECT_EQ(apply(add_document{named(id), purpose, document_media::pdf, 1000, "digest-" + id}, by), 1U);
    }
};

principal with_papers(const actor& by = clerk) {
    principal p;
    const contact_ref mail{named("m1"), medium::mail, true, {}, {}, {}, {}};
    EXPECT_EQ(p.apply(register_subscriber{customer.id, "en", {mail}, "account", their_number}, machine), 1U);
    p.hand_in("poa", document_purpose::power_of_attorney, by);
    p.hand_in("id", document_purpose::id_document, by);
    p.hand_in("dead", document_purpose::death_certificate, by);
    p.hand_in("kin", document_purpose::other, by);
    return p;
}

admit_representative attorney() {
    admit_representative out;
    out.kind = representative_kind::attorney;
    out.representative = named("sb-2");
    out.documents = {named("poa"), named("id")};
    out.policies = {named("cn")};
    out.found = {true, true, false, true, machine};
    return out;
}

introduction reached() { return {{{named("r1"), medium::mail, true, {}, {}, {}, {}}}, "their-account", false, false}; }

note_representative introduced() {
    const auto known = reached();
    return {named("sb-2"), known.contacts, known.refund_account, false, false, false};
}

principal admitted(const admit_representative& what = attorney()) {
    auto p = with_papers();
    EXPECT_EQ(p.apply(what, clerk), 1U);
    EXPECT_EQ(p.apply(countersign{p.s.asked.made}, reviewer, channel::staff), 2U);
    return p;
}

TEST(representation, takes_two_people_and_is_in_force_after_the_wait) {
    auto p = admitted();
    ASSERT_EQ(p.s.representations.size(), 1U);
    const auto& one = p.s.representations.front();
    EXPECT_EQ(one.in_force_at, p.now + base::days{3});
    EXPECT_EQ(one.by, clerk);
    EXPECT_EQ(one.second, reviewer);
    ASSERT_EQ(p.effects.size(), 1U) << "whoever acts is asked how they are reached, before any line is told";
    EXPECT_EQ(std::get<tell_representative>(p.effects[0]).representative, named("sb-2"));
    EXPECT_TRUE(representatives_of(p.s).empty());
    EXPECT_EQ(p.apply(introduced(), machine), 1U);
    const auto& told = std::get<tell_contacts>(p.effects.at(0));
    ASSERT_EQ(told.representatives.size(), 1U);
    EXPECT_EQ(told.representatives[0].contacts, reached().contacts);
    EXPECT_EQ(told.representatives[0].refund_account, "their-account");
    EXPECT_EQ(p.apply(introduced(), machine), 0U) << "known already";
    EXPECT_EQ(p.apply(attorney(), clerk), 0U) << "the same one once more";
}

TEST(representation, nobody_signs_for_papers_or_people_they_brought_themselves) {
    auto p = with_papers(reviewer);
    EXPECT_EQ(p.apply(attorney(), clerk), 1U);
    EXPECT_EQ(p.apply(countersign{1}, reviewer, channel::staff).error().what, code::own_application);
    EXPECT_EQ(p.apply(countersign{1}, clerk, channel::staff).error().what, code::forbidden);
    EXPECT_EQ(p.apply(countersign{1}, second_reviewer, channel::staff), 2U);

    auto q = with_papers();
    auto what = attorney();
    what.found.registered_by = reviewer;
    EXPECT_EQ(q.apply(what, clerk), 1U);
    EXPECT_EQ(q.apply(countersign{1}, reviewer, channel::staff).error().what, code::own_application);

    auto r = with_papers();
    const actor themself{role::agent, named("clerk-9"), named("sb-2")};
    EXPECT_EQ(r.apply(attorney(), themself).error().what, code::own_application);
    EXPECT_EQ(r.apply(attorney(), clerk), 1U);
    const actor signer{role::reviewer, named("reviewer-9"), named("sb-2")};
    EXPECT_EQ(r.apply(countersign{1}, signer, channel::staff).error().what, code::own_application);
}

TEST(representation, rests_on_papers_that_are_there_and_on_somebody_who_is_known) {
    auto p = with_papers();
    const auto refused = [&](const auto& change) {
        auto what = attorney();
        change(what);
        const auto done = p.apply(what, clerk);
        return done ? code::internal : done.error().what;
    };
    EXPECT_EQ(refused([](auto& c) { c.documents = {named("poa")}; }), code::evidence_missing);
    EXPECT_EQ(refused([](auto& c) { c.documents = {named("none")}; }), code::not_found);
    EXPECT_EQ(refused([](auto& c) { c.documents.clear(); }), code::invalid);
    EXPECT_EQ(refused([](auto& c) { c.representative = customer.id; }), code::invalid);
    EXPECT_EQ(refused([](auto& c) { c.found.known = false; }), code::not_found);
    EXPECT_EQ(refused([](auto& c) { c.found.has_document = false; }), code::evidence_too_weak);
    EXPECT_EQ(refused([](auto& c) { c.found.document_on_word = true; }), code::evidence_too_weak);
    EXPECT_EQ(refused([](auto& c) { c.found.has_contact = false; }), code::contact_unverified);
    EXPECT_EQ(refused([](auto& c) { c.policies.clear(); }), code::line_missing);
    EXPECT_EQ(refused([](auto& c) { c.policies = {named("nowhere")}; }), code::policy_unknown);
    EXPECT_EQ(refused([&](auto& c) { c.until = p.now; }), code::invalid);
    EXPECT_EQ(p.apply(attorney(), customer).error().what, code::forbidden);
    EXPECT_EQ(p.apply(attorney(), machine).error().what, code::forbidden);
    EXPECT_EQ(p.apply(attorney(), clerk, channel::hotline).error().what, code::forbidden);

    EXPECT_EQ(p.apply(attorney(), clerk), 1U);
    EXPECT_EQ(p.apply(take_document_back{named("id"), "it is another person's"}, clerk), 1U);
    EXPECT_EQ(p.apply(countersign{1}, reviewer, channel::staff).error().what, code::changed_since);
}

TEST(representation, is_stopped_on_a_word_at_once_and_never_comes_back) {
    for (const auto& by : {customer, other_clerk}) {
        auto p = admitted();
        EXPECT_EQ(p.apply(introduced(), machine), 1U);
        EXPECT_EQ(p.apply(object_to_representative{1, "the customer called"}, by, channel::hotline), 1U);
        const auto& told = std::get<tell_contacts>(p.effects.at(0));
        EXPECT_EQ(told.representatives.at(0).state, representation_state::stopped);
        EXPECT_EQ(told.representatives.at(0).over_by, by);
        EXPECT_TRUE(std::get<tell_representative>(p.effects.at(1)).over);
        EXPECT_EQ(p.apply(object_to_representative{1, "again, to be sure"}, by), 0U);
        EXPECT_EQ(p.apply(end_representation{1, "done with it"}, by), 0U);
    }
    auto p = admitted();
    EXPECT_EQ(p.apply(object_to_representative{1, ""}, clerk).error().what, code::invalid) << "staff say why";
    EXPECT_EQ(p.apply(object_to_representative{2, ""}, customer).error().what, code::not_found);
    EXPECT_EQ(p.apply(end_representation{1, ""}, customer), 1U);
    EXPECT_EQ(p.s.representations.front().state, representation_state::ended);
}

TEST(representation, is_over_when_its_time_is) {
    auto what = attorney();
    what.until = at("2026-03-20T00:00:00Z");
    auto p = admitted(what);
    EXPECT_LE(subscriber::next_due(p.s), *what.until);
    p.now = *what.until;
    EXPECT_EQ(p.apply(keep_time{}, machine), 1U);
    EXPECT_EQ(p.s.representations.front().state, representation_state::expired);
    auto objected = p;
    EXPECT_EQ(objected.apply(object_to_representative{1, ""}, customer), 1U) << "a case of theirs may still go on";
    EXPECT_EQ(objected.s.representations.front().state, representation_state::stopped);
    EXPECT_EQ(p.apply(keep_time{}, machine), 0U);
}

TEST(representation, of_somebody_who_was_erased_is_over) {
    auto p = admitted();
    EXPECT_EQ(p.apply(introduced(), machine), 1U);
    auto gone = introduced();
    gone.gone = true;
    EXPECT_EQ(p.apply(gone, machine), 1U);
    EXPECT_EQ(p.s.representations.front().state, representation_state::ended);
}

TEST(representation, whoever_acts_tells_how_they_are_reached_whenever_that_changes) {
    principal p;
    EXPECT_EQ(p.apply(hear_representation{customer.id, 1, false}, machine), 0U) << "nobody is known here";
    const contact_ref mail{named("r1"), medium::mail, true, {}, {}, {}, {}};
    EXPECT_EQ(p.apply(register_subscriber{named("sb-2"), "en", {mail}, "their-account"}, machine), 1U);
    EXPECT_EQ(p.apply(hear_representation{customer.id, 1, false}, machine), 1U);
    ASSERT_EQ(p.effects.size(), 1U);
    EXPECT_EQ(std::get<introduce_representative>(p.effects[0]).refund_account, "their-account");
    EXPECT_EQ(p.apply(hear_representation{customer.id, 1, false}, machine), 0U);
    const actor themself{role::subscriber, named("sb-2")};
    EXPECT_EQ(p.apply(name_account{"another"}, themself), 1U);
    ASSERT_EQ(p.effects.size(), 1U);
    EXPECT_EQ(std::get<introduce_representative>(p.effects[0]).refund_account, "another");
    EXPECT_EQ(p.apply(hear_representation{customer.id, 1, true}, machine), 1U);
    EXPECT_EQ(p.apply(name_account{"a third"}, themself), 1U);
    EXPECT_TRUE(p.effects.empty());
}

TEST(representation, one_of_the_staff_stops_one_on_a_word_and_ends_none_alone) {
    auto p = admitted();
    EXPECT_EQ(p.apply(introduced(), machine), 1U);
    EXPECT_EQ(p.apply(end_representation{1, "the power was taken back"}, clerk), 1U);
    EXPECT_EQ(p.s.representations.front().state, representation_state::standing) << "asked for";
    ASSERT_FALSE(p.s.asked.list.empty());
    EXPECT_EQ(p.s.asked.list.back().what, act::end_representation);
    EXPECT_EQ(p.apply(object_to_representative{1, "the daughter called"}, clerk), 1U);
    EXPECT_EQ(p.s.representations.front().state, representation_state::stopped);

    p.hand_in("poa-2", document_purpose::power_of_attorney, machine);
    auto other = attorney();
    other.representative = named("sb-3");
    other.documents = {named("poa-2"), named("id")};
    EXPECT_EQ(p.apply(other, clerk).error().what, code::not_represented) << "the papers of whoever was objected to";
    p.hand_in("id-2", document_purpose::id_document, machine);
    other.documents = {named("poa-2"), named("id-2")};
    EXPECT_EQ(p.apply(other, clerk), 1U);
    EXPECT_EQ(p.apply(countersign{p.s.asked.made}, reviewer, channel::staff), 2U);
    EXPECT_EQ(p.apply(object_to_representative{2, "once more"}, clerk), 1U);
    EXPECT_EQ(p.s.representations.back().state, representation_state::standing) << "again takes a second person";
    EXPECT_EQ(p.s.asked.list.back().what, act::hold_up);
    EXPECT_EQ(p.apply(object_to_representative{2, ""}, customer, channel::web), 1U) << "its owner's word stops it";
    EXPECT_EQ(p.s.representations.back().state, representation_state::stopped);
}

TEST(representation, rests_on_papers_that_stay_while_it_stands) {
    auto p = admitted();
    EXPECT_EQ(p.apply(take_document_back{named("poa"), "a mistake"}, clerk).error().what, code::blocked);
    EXPECT_EQ(p.apply(object_to_representative{1, ""}, customer, channel::web), 1U);
    EXPECT_EQ(p.apply(take_document_back{named("poa"), "a mistake"}, clerk), 1U);
}

TEST(representation, takes_nobody_who_acts_for_as_many_as_one_may) {
    auto p = with_papers();
    auto what = attorney();
    what.found.acts_for = static_cast<int>(acts_for_max);
    EXPECT_EQ(p.apply(what, clerk).error().what, code::too_many);
}

TEST(representation, ends_with_the_data_of_whoever_is_represented) {
    auto p = admitted();
    EXPECT_EQ(p.apply(introduced(), machine), 1U);
    p.s.numbers.clear();
    p.s.planned = erasure_plan{machine, {}, p.now, p.now, {}, false};
    EXPECT_EQ(p.apply(carry_out_erasure{}, machine), 2U);
    EXPECT_TRUE(std::ranges::any_of(p.effects, [](const effect& one) {
        const auto* told = std::get_if<tell_representative>(&one);
        return told != nullptr && told->over && told->representative == named("sb-2");
    }));
}

TEST(representation, what_is_tried_again_is_told_as_it_is_now) {
    auto p = admitted();
    const auto admission = p.effects.at(0);
    EXPECT_EQ(p.apply(introduced(), machine), 1U);
    const auto standing = p.effects.at(0);
    EXPECT_EQ(p.apply(object_to_representative{1, ""}, customer, channel::web), 1U);
    const auto line = told_now(p.s, standing);
    ASSERT_TRUE(line);
    EXPECT_EQ(std::get<tell_contacts>(*line).representatives.at(0).state, representation_state::stopped);
    const auto to_them = told_now(p.s, admission);
    ASSERT_TRUE(to_them);
    EXPECT_TRUE(std::get<tell_representative>(*to_them).over);
    const introduce_representative old{named("sb-9"), customer.id, {}, "an account of before", false, false, false, {}};
    const auto back = told_now(p.s, effect{old});
    ASSERT_TRUE(back);
    EXPECT_EQ(std::get<introduce_representative>(*back).refund_account, "account");
    EXPECT_FALSE(told_now(p.s, effect{object_for_owner{customer.id, 1}}));
}

TEST(representation, the_owners_end_of_an_heir_or_of_what_has_run_out_is_an_objection) {
    auto what = attorney();
    what.kind = representative_kind::heir;
    what.documents = {named("dead"), named("kin")};
    auto p = admitted(what);
    EXPECT_EQ(p.apply(end_representation{1, ""}, customer, channel::web), 1U);
    EXPECT_EQ(p.s.representations.front().state, representation_state::stopped);

    auto q = admitted();
    q.s.representations.front().state = representation_state::expired;
    q.s.representations.front().over_at = q.now;
    EXPECT_EQ(q.apply(end_representation{1, ""}, customer, channel::web), 1U);
    EXPECT_EQ(q.s.representations.front().state, representation_state::stopped);
}

TEST(representation, names_the_day_of_whoever_cannot_be_told) {
    auto what = attorney();
    what.unheard = true;
    const auto p = admitted(what);
    EXPECT_EQ(p.s.representations.front().in_force_at, p.now + base::days{30});
}

TEST(representation, is_over_for_whoever_acts_when_the_owner_is_erased_at_once) {
    auto p = admitted();
    p.s.numbers.clear();
    erase_subscriber now;
    EXPECT_EQ(p.apply(now, machine), 1U);
    EXPECT_EQ(p.apply(countersign{p.s.asked.made}, reviewer, channel::staff), 3U);
    EXPECT_TRUE(std::ranges::any_of(p.effects, [](const effect& one) {
        const auto* told = std::get_if<tell_representative>(&one);
        return told != nullptr && told->over;
    }));
}

TEST(representation, the_same_paper_under_another_name_serves_nobody_after_an_objection) {
    auto p = admitted();
    EXPECT_EQ(p.apply(object_to_representative{1, ""}, customer, channel::web), 1U);
    EXPECT_EQ(p.apply(add_document{named("again"), document_purpose::power_of_attorney, document_media::pdf, 1000,
                                   "digest-poa"},
                      clerk),
              1U);
    auto what = attorney();
    what.documents = {named("again"), named("id")};
    EXPECT_EQ(p.apply(what, clerk).error().what, code::not_represented);
}

}  // namespace for_others_test
}  // namespace keepline::domain
