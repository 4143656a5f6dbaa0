// A line and its profiles: ordered from our SM-DP+, switched, switched back, and taken back when the line ends.
#include "domain/esim/esim.hpp"
#include "domain/number/certificate.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using base::code;
using testing::clerk;
using ::testing::Contains;
using testing::customer;
using testing::effects_of;
using testing::eid_of;
using ::testing::ElementsAre;
using testing::iccid_of;
using testing::imsi_of;
using ::testing::IsEmpty;
using testing::machine;
using testing::names_of;
using testing::ordered_as;
using testing::step;
using testing::told_in;
using testing::with_policy;

struct device_world : testing::world {
    void order_with_profile() {
        auto what = order();
        what.profiles.clear();
        what.profile_type = "standard";
        what.download.matching_id = "MID-1";
        must(what, machine);
    }
    const step& take(int n, const std::string& matching_id, int generation = 1) {
        take_esim what;
        what.added = {iccid_of(n), imsi_of(n), {}, profile_state::released, "standard", matching_id};
        what.generation = generation;
        return must(what, machine);
    }
    const step& hear(int n, profile_state state, int eid, std::optional<std::uint32_t> sequence = {}) {
        return must(hear_esim{iccid_of(n),
                              state,
                              eid_of(eid),
                              sequence,
                              {proof_kind::signed_notification, "digest-" + std::to_string(now.ms), {}}},
                    machine);
    }
    const step& cancelled(int n) {
        return must(hear_esim{iccid_of(n), profile_state::cancelled, {}, {}, {proof_kind::report, {}, {}}}, machine);
    }
    /// A line on phone 1, profile 1.
    void on_first_phone() {
        order_with_profile();
        take(1, "MID-1");
        hear(1, profile_state::downloaded, 1);
        hear(1, profile_state::installed, 1, 1);
        hear(1, profile_state::enabled, 1, 2);
        pass(base::days{60});
    }
    void with_second_phone() {
        on_first_phone();
        signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
        take(2, "MID-2");
        hear(2, profile_state::downloaded, 2);
        hear(2, profile_state::installed, 2, 1);
    }
    const profile& of(int n) const { return *std::ranges::find(s.profiles, iccid_of(n), &profile::iccid); }
    static std::vector<std::string> network_of(const step& done) {
        std::vector<std::string> out;
        for (const auto& e : effects_of<hlr_action>(done))
            out.push_back(boost::describe::enum_to_string(e.operation, "") + std::string(" ") + e.imsi.text().back());
        return out;
    }
};

TEST(device, an_ordered_line_orders_its_profile_and_takes_it) {
    device_world w;
    w.order_with_profile();
    const auto asked = effects_of<order_esim>(w.last());
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].profile_type, "standard");
    EXPECT_EQ(asked[0].terms.matching_id, "MID-1");
    EXPECT_EQ(asked[0].terms.limits.downloads, w.own_policy().devices.download_tries) << "the policy's limits";
    EXPECT_EQ(asked[0].terms.limits.expires_at, w.now + base::days{w.own_policy().devices.activation_days});
    ASSERT_TRUE(w.s.wanted);
    EXPECT_THAT(told_in(w.take(1, "MID-1")), Contains("profile_ready>mail-1"));
    EXPECT_FALSE(w.s.wanted);
    EXPECT_EQ(w.of(1).matching_id, "MID-1");
    EXPECT_TRUE(w.take(1, "MID-1").happened.empty()) << "twice is harmless";
    w.hear(1, profile_state::downloaded, 1);
    w.hear(1, profile_state::installed, 1, 1);
    const auto& first_use = w.hear(1, profile_state::enabled, 1, 2);
    EXPECT_THAT(device_world::network_of(first_use), ElementsAre("provision 1"));
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
}

/// To whom the code of a profile goes, as the effects say.
std::vector<std::string> coded(const step& done) {
    std::vector<std::string> out;
    for (const auto& one : effects_of<send_notice>(done))
        if (const auto found = one.params.find("code_of"); found != one.params.end())
            out.push_back(one.contact.text() + " " + found->second);
    return out;
}

TEST(device, the_code_of_a_new_lines_first_profile_goes_to_contacts_that_are_not_the_line) {
    device_world w;
    auto order = w.order();
    order.profiles.clear();
    order.profile_type = "standard";
    order.download.matching_id = "MID-1";
    const auto gone = w.now - base::days{1};
    order.contacts.push_back({testing::named("unshown"), medium::mail, false, {}, {}, {}, {}});
    order.contacts.push_back({testing::named("replaced"), medium::mail, true, {}, gone, {}, {}});
    w.must(order, clerk);
    const auto& ready = w.take(1, "MID-1");
    EXPECT_THAT(told_in(ready), ElementsAre("profile_ready>mail-1", "profile_ready>sms-1", "profile_ready>replaced"))
        << "the number has no SIM yet that could hear of it";
    EXPECT_THAT(coded(ready), ElementsAre("mail-1 " + iccid_of(1).text(), "sms-1 " + iccid_of(1).text()));
    for (const auto& one : effects_of<send_notice>(ready))
        for (const auto& [name, value] : one.params) EXPECT_EQ(value.find("MID-1"), std::string::npos) << name;
    const auto goes_to = [&](const char* id) { return may_send_code(w.s, iccid_of(1), testing::named(id)); };
    EXPECT_TRUE(goes_to("mail-1"));
    for (const auto* no : {"line", "unshown", "replaced", "nobody"}) EXPECT_FALSE(goes_to(no)) << no;
    // What is true when the message leaves counts: the same contact, replaced meanwhile.
    auto contacts = w.s.contacts;
    contacts[0].replaced_at = w.now;
    w.must(take_contacts{testing::customer.id, contacts, "account-1", ""}, machine);
    EXPECT_FALSE(goes_to("mail-1"));
    EXPECT_TRUE(goes_to("sms-1"));
    w.hear(1, profile_state::downloaded, 1);
    EXPECT_FALSE(goes_to("sms-1")) << "a device has it";
}

TEST(device, no_other_profiles_code_leaves_in_a_message) {
    device_world further;
    further.on_first_phone();
    further.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    const auto& second = further.take(2, "MID-2");
    EXPECT_THAT(told_in(second), Contains("profile_ready>line"));
    EXPECT_THAT(coded(second), IsEmpty());
    device_world lost;
    lost.order_with_profile();
    lost.must(declare_lost{{}, "call"}, clerk);
    const auto& late = lost.take(1, "MID-1");
    EXPECT_THAT(coded(late), IsEmpty());
    EXPECT_FALSE(may_send_code(lost.s, iccid_of(1), testing::named("mail-1")));
    device_world waits;
    waits.order_with_profile();
    EXPECT_THAT(coded(waits.take(1, "MID-1")), ::testing::SizeIs(2));
    waits.must(declare_lost{{}, "call"}, clerk);
    EXPECT_FALSE(may_send_code(waits.s, iccid_of(1), testing::named("mail-1"))) << "a loss between order and message";
    device_world in_use;
    in_use.must(in_use.imported(), machine);
    EXPECT_FALSE(may_send_code(in_use.s, iccid_of(1), testing::named("mail-1"))) << "not from here, and in use";
}

TEST(device, a_line_without_a_matching_id_cannot_order_a_profile) {
    device_world w;
    auto what = w.order();
    what.profile_type = "standard";
    EXPECT_EQ(w.refused(what, machine), code::invalid);
    EXPECT_FALSE(w.s.subscription);
}

TEST(device, the_policy_says_how_many_devices_may_be_bound) {
    device_world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.devices.bound_max = 2; });
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    EXPECT_TRUE(w.must(want_profile{"standard", ordered_as("MID-3")}, clerk).happened.empty()) << "it is on its way";
    EXPECT_EQ(w.refused(want_profile{"travel", ordered_as("MID-3")}), code::too_many);
    w.take(2, "MID-2");
    EXPECT_EQ(w.refused(want_profile{"standard", ordered_as("MID-3")}), code::device_limit);
    EXPECT_TRUE(w.must(want_profile{"standard", ordered_as("MID-2")}).happened.empty()) << "it is there";
    w.hear(2, profile_state::installed, 2, 1);
    w.hear(2, profile_state::enabled, 2, 2);
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-3")},
                clerk);  // the first is to be deleted: it does not count
    w.must(declare_lost{{}, "call"});
    w.take(3, "MID-3");
    EXPECT_EQ(w.refused(want_profile{"standard", ordered_as("MID-4")}), code::evidence_too_weak) << "nor by a session";
}

TEST(device, enabling_on_another_phone_moves_the_number) {
    device_world w;
    w.with_second_phone();
    EXPECT_THAT(told_in(w.last()), Contains("device_added>mail-1"));
    EXPECT_THAT(device_world::network_of(w.last()), IsEmpty()) << "installed is not enabled";
    const auto& moved = w.hear(2, profile_state::enabled, 2, 2);
    EXPECT_THAT(device_world::network_of(moved), ElementsAre("detach 1", "provision 2"));
    EXPECT_THAT(told_in(moved), ElementsAre("switched>mail-1", "switched>sms-1", "switched>line"));
    EXPECT_EQ(w.s.subscription->serving, iccid_of(2));
    EXPECT_TRUE(w.of(1).to_delete);
    EXPECT_EQ(w.s.subscription->sim_changed_at, w.now) << "a move weighs as a SIM change";
    const auto& late = w.hear(1, profile_state::disabled, 1, 3);
    EXPECT_THAT(device_world::network_of(late), IsEmpty());
    EXPECT_EQ(w.s.subscription->serving, iccid_of(2));
    w.hear(1, profile_state::deleted, 1, 4);
    EXPECT_FALSE(w.of(1).to_delete);
}

TEST(device, the_old_phone_may_be_enabled_again_and_the_number_follows) {
    device_world w;
    w.with_second_phone();
    w.hear(2, profile_state::enabled, 2, 2);
    const auto& back = w.hear(1, profile_state::enabled, 1, 9);
    EXPECT_THAT(device_world::network_of(back), ElementsAre("detach 2", "provision 1"));
    EXPECT_FALSE(w.of(1).to_delete);
    EXPECT_TRUE(w.of(2).to_delete);
}

TEST(device, a_switch_is_undone_within_the_policy_s_hours_and_the_other_phone_never_serves_again) {
    device_world w;
    w.with_second_phone();
    EXPECT_EQ(w.refused(undo_switch{}), code::switch_undo_over);
    w.hear(2, profile_state::enabled, 2, 2);
    auto late = w;
    late.pass(base::hours{late.own_policy().devices.switch_undo_hours});
    EXPECT_EQ(late.refused(undo_switch{}), code::switch_undo_over);
    EXPECT_EQ(w.refused(undo_switch{}), code::evidence_too_weak) << "a token alone";
    const auto& undone = w.must(undo_switch{{w.saved_code()}});
    EXPECT_THAT(device_world::network_of(undone), ElementsAre("detach 2", "provision 1"));
    EXPECT_THAT(told_in(undone), Contains("switch_undone>sms-1"));
    EXPECT_TRUE(w.must(undo_switch{}).happened.empty()) << "twice is harmless";
    EXPECT_TRUE(w.of(2).to_delete);
    EXPECT_FALSE(w.of(1).to_delete);
    const auto& thief = w.hear(2, profile_state::enabled, 2, 5);
    EXPECT_THAT(device_world::network_of(thief), IsEmpty());
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
}

TEST(device, a_move_from_a_deleted_profile_cannot_be_undone) {
    device_world w;
    w.with_second_phone();
    w.hear(1, profile_state::deleted, 1, 3);
    w.hear(2, profile_state::enabled, 2, 2);
    EXPECT_FALSE(w.of(1).to_delete);
    EXPECT_EQ(w.refused(undo_switch{}), code::switch_undo_over);
}

TEST(device, a_move_is_not_undone_to_a_profile_that_was_deleted_after_it) {
    device_world w;
    w.with_second_phone();
    w.hear(2, profile_state::enabled, 2, 2);
    w.hear(1, profile_state::deleted, 1, 3);
    EXPECT_EQ(w.refused(undo_switch{{w.saved_code()}}), code::switch_undo_over);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(2));
}

std::vector<evidence> at_the_counter(const testing::world& w) {
    return {{evidence_kind::id_document, true, w.now, "counter", "d", clerk},
            {evidence_kind::staff_sighting, true, w.now, "counter", "", clerk}};
}

TEST(device, nothing_moves_while_the_line_is_locked_as_lost_whoever_signed_it) {
    device_world w;
    w.with_second_phone();
    w.must(declare_lost{iccid_of(1), "call"});
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 2)), IsEmpty());
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
    EXPECT_TRUE(w.of(2).barred) << "whose phone that is will be shown first";
    EXPECT_THAT(told_in(w.last()), Contains("profile_stopped>mail-1"));
    const declare_found found{{}, at_the_counter(w)};
    EXPECT_THAT(device_world::network_of(w.signed_by(testing::reviewer, found, clerk)), ElementsAre("provision 1"));
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 3)), IsEmpty());
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1)) << "nor does it afterwards, by being switched on again";
    w.must(resume_profile{iccid_of(2), {w.saved_code()}});
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 4)),
                ElementsAre("detach 1", "provision 2"));
}

TEST(device, what_waited_before_the_loss_is_downloaded_for_nothing) {
    device_world w;
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    w.take(2, "MID-2");
    w.must(declare_lost{{}, "call"});
    EXPECT_TRUE(held_by_loss(w.s, w.of(2)));
    w.hear(2, profile_state::downloaded, 2);
    w.hear(2, profile_state::installed, 2, 1);
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 2)), IsEmpty());
    EXPECT_TRUE(w.s.subscription->locked_since.has_value());
    EXPECT_TRUE(w.of(2).barred);
}

TEST(device, a_new_profile_takes_the_place_of_the_lost_one_by_two_or_on_the_proof_of_an_unlocking) {
    device_world w;
    w.on_first_phone();
    w.must(declare_lost{{}, "stolen"});
    const want_profile wanted{"standard", ordered_as("MID-2")};
    auto on_a_code = wanted;
    on_a_code.shown = {w.saved_code()};
    EXPECT_EQ(w.refused(on_a_code), code::evidence_too_weak) << "a code moves the number, and unlocks no line";
    w.signed_by(testing::reviewer, wanted, clerk);
    w.take(2, "MID-2");
    EXPECT_FALSE(held_by_loss(w.s, w.of(2)));
    w.hear(2, profile_state::downloaded, 2);
    w.hear(2, profile_state::installed, 2, 1);
    EXPECT_TRUE(w.s.subscription->locked_since.has_value()) << "until it is switched on";
    const auto& moved = w.hear(2, profile_state::enabled, 2, 2);
    EXPECT_THAT(device_world::network_of(moved), ElementsAre("detach 1", "provision 2"));
    EXPECT_FALSE(w.s.subscription->locked_since.has_value());
    EXPECT_TRUE(w.of(1).lost);
    EXPECT_THAT(told_in(moved), Contains("switched>mail-1"));
    w.pass(base::days{1});
    EXPECT_THAT(device_world::network_of(w.hear(1, profile_state::enabled, 1, 9)), IsEmpty()) << "the lost one never";
    EXPECT_EQ(w.refused(undo_switch{{w.saved_code()}}), code::blocked);
    const declare_found found{iccid_of(1), at_the_counter(w)};
    w.signed_by(testing::reviewer, found, clerk);
    EXPECT_FALSE(w.of(1).lost) << "the old phone lay in a drawer";
}

TEST(device, another_phone_of_the_owner_takes_the_lost_ones_place_alike) {
    device_world w;
    w.with_second_phone();
    w.must(declare_lost{iccid_of(1), "stolen"});
    w.hear(2, profile_state::enabled, 2, 2);
    const auto& moved = w.signed_by(testing::reviewer, resume_profile{iccid_of(2), {}}, clerk);
    EXPECT_THAT(device_world::network_of(moved), ElementsAre("detach 1", "provision 2"));
    EXPECT_FALSE(w.s.subscription->locked_since.has_value());
    EXPECT_EQ(w.s.subscription->serving, iccid_of(2));
}

TEST(device, an_order_for_one_loss_is_none_for_the_next) {
    device_world w;
    w.on_first_phone();
    w.must(declare_lost{{}, "call"});
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    w.take(2, "MID-2");
    w.signed_by(testing::reviewer, declare_found{{}, at_the_counter(w)}, clerk);
    w.pass(base::days{1});
    w.must(declare_lost{{}, "this time it is"});
    EXPECT_TRUE(held_by_loss(w.s, w.of(2)));
}

TEST(device, a_new_line_that_somebody_calls_lost_begins_when_its_owner_has_shown_who_they_are) {
    device_world w;
    w.order_with_profile();
    w.take(1, "MID-1");
    w.must(declare_lost{{}, "call"}, clerk);
    w.hear(1, profile_state::downloaded, 1);
    w.hear(1, profile_state::installed, 1, 1);
    w.hear(1, profile_state::enabled, 1, 2);
    EXPECT_EQ(w.s.subscription->status, line_status::ordered);
    const auto& begun = w.signed_by(testing::reviewer, resume_profile{iccid_of(1), {}}, clerk);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
    EXPECT_FALSE(w.s.subscription->locked_since.has_value());
    EXPECT_THAT(device_world::network_of(begun), Contains("provision 1"));
    EXPECT_TRUE(w.due().has_value()) << "its clock runs";
}

TEST(device, what_was_there_at_a_loss_serves_nobody_when_another_has_taken_its_place) {
    device_world w;
    w.with_second_phone();  // perhaps the thief's
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-3")}, clerk);
    w.take(3, "MID-3");  // it waits, and its code was read
    w.must(declare_lost{iccid_of(1), "stolen"});
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-4")}, clerk);
    w.take(4, "MID-4");
    w.hear(4, profile_state::downloaded, 4);
    w.hear(4, profile_state::installed, 4, 1);
    const auto& moved = w.hear(4, profile_state::enabled, 4, 2);
    EXPECT_FALSE(w.s.subscription->locked_since);
    ASSERT_EQ(effects_of<cancel_esim>(moved).size(), 1U);
    EXPECT_EQ(effects_of<cancel_esim>(moved).at(0).iccid, iccid_of(3));
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 2)), IsEmpty());
    EXPECT_THAT(told_in(w.last()), Contains("profile_stopped>mail-1"));
    w.hear(3, profile_state::downloaded, 3);  // it was quicker than the cancelling
    EXPECT_THAT(device_world::network_of(w.hear(3, profile_state::enabled, 3, 2)), IsEmpty());
    EXPECT_EQ(w.s.subscription->serving, iccid_of(4));
    EXPECT_EQ(w.refused(resume_profile{iccid_of(2), {w.saved_code()}}), code::evidence_too_weak)
        << "saved codes lie where phones do";
    w.signed_by(testing::reviewer, resume_profile{iccid_of(2), {}}, clerk);
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 3)),
                ElementsAre("detach 4", "provision 2"));
}

TEST(device, what_is_found_by_name_proves_no_other_phone) {
    for (const bool by_name : {true, false}) {
        device_world w;
        w.with_second_phone();
        w.must(declare_lost{iccid_of(1), "taxi"});
        declare_found found{{}, at_the_counter(w)};
        if (by_name) found.iccid = iccid_of(1);
        EXPECT_THAT(device_world::network_of(w.signed_by(testing::reviewer, found, clerk)), ElementsAre("provision 1"));
        w.hear(2, profile_state::enabled, 2, 2);
        EXPECT_EQ(w.s.subscription->serving, iccid_of(by_name ? 1 : 2)) << by_name;
    }
}

TEST(device, one_hand_undoes_under_the_lock_nothing_that_two_signed) {
    device_world w;
    const actor other{role::agent, testing::named("clerk-2"), {}, {}};
    w.on_first_phone();
    w.must(declare_lost{{}, "stolen"});
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    w.take(2, "MID-2");
    const auto stays = [&] {
        EXPECT_EQ(w.refused(stop_profile{iccid_of(2)}, customer), code::line_locked);
        for (const auto& who : {other, machine})
            EXPECT_THAT(names_of(w.must(stop_profile{iccid_of(2)}, who)), ElementsAre("second_wanted"));
    };
    stays();
    w.hear(2, profile_state::downloaded, 2);
    stays();
    w.must(declare_lost{{}, "again"}, customer);
    EXPECT_EQ(w.refused(declare_lost{iccid_of(2), "again"}, customer), code::line_locked);
    EXPECT_THAT(names_of(w.must(declare_lost{iccid_of(2), "again"}, other)), ElementsAre("second_wanted"));
    EXPECT_FALSE(w.of(2).lost);
    w.hear(2, profile_state::enabled, 2, 2);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(2));
    w.must(declare_lost{iccid_of(2), "stolen, too"}, customer);
    EXPECT_TRUE(w.s.subscription->locked_since.has_value()) << "what serves is lost by anybody's word";
}

TEST(device, nor_what_two_let_serve_in_the_lost_ones_place) {
    device_world w;
    w.with_second_phone();
    w.must(declare_lost{iccid_of(1), "stolen"});
    w.signed_by(testing::reviewer, resume_profile{iccid_of(2), {}}, clerk);  // not switched on yet
    EXPECT_EQ(w.refused(stop_profile{iccid_of(2)}, customer), code::line_locked);
    EXPECT_EQ(w.refused(declare_lost{iccid_of(2), "again"}, customer), code::line_locked);
    EXPECT_THAT(device_world::network_of(w.hear(2, profile_state::enabled, 2, 2)),
                ElementsAre("detach 1", "provision 2"));
}

TEST(device, an_order_is_taken_back_alone_by_who_made_it) {
    device_world w;
    const actor other{role::agent, testing::named("clerk-2"), {}, {}};
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    w.take(2, "MID-2");
    EXPECT_THAT(names_of(w.must(stop_profile{iccid_of(2)}, other)), ElementsAre("second_wanted"));
    EXPECT_THAT(names_of(w.must(stop_profile{iccid_of(2)}, clerk)), ElementsAre("profile_stopped"));
}

TEST(device, a_profile_that_was_asked_for_before_a_loss_is_not_signed_for_after_it) {
    const std::vector<number_command> asked_before{want_profile{"standard", ordered_as("MID-3")},
                                                   add_profile{{iccid_of(3), imsi_of(3), {}, profile_state::released}},
                                                   resume_profile{iccid_of(2), {}}};
    for (const auto& what : asked_before) {
        device_world w;
        w.with_second_phone();
        w.must(stop_profile{iccid_of(2)});
        ASSERT_THAT(names_of(w.must(what, clerk)), ElementsAre("second_wanted"));
        const auto serial = w.s.asked.list.back().serial;
        w.must(declare_lost{iccid_of(1), "stolen"});
        EXPECT_EQ(w.refused(countersign{serial}, testing::reviewer), code::changed_since);
        w.signed_by(testing::reviewer, what, clerk);  // asked anew it is signed
    }
}

TEST(device, what_waits_for_the_stock_at_a_loss_goes_back) {
    device_world w;
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    w.must(declare_lost{{}, "stolen"});
    auto replaced = w;
    EXPECT_THAT(names_of(w.take(2, "MID-2")), ElementsAre("profile_returned"));
    replaced.signed_by(testing::reviewer, want_profile{"another", ordered_as("MID-3")}, clerk);  // it keeps none away
    EXPECT_THAT(names_of(replaced.take(2, "MID-2")), ElementsAre("profile_returned"));
    EXPECT_THAT(names_of(replaced.take(3, "MID-3")), ElementsAre("profile_added"));
    EXPECT_FALSE(held_by_loss(replaced.s, replaced.of(3)));
}

TEST(device, a_new_lines_first_profile_comes_from_who_sold_it) {
    const actor other{role::agent, testing::named("clerk-2"), {}, {}};
    const add_profile own{{iccid_of(5), imsi_of(5), {}, profile_state::released}};
    for (const bool waits : {true, false}) {
        device_world w;
        auto what = w.order();
        what.profiles.clear();
        if (waits) {
            what.profile_type = "standard";
            what.download.matching_id = "MID-1";
        }
        w.must(what, clerk);
        EXPECT_THAT(names_of(w.must(own, other)), ElementsAre("second_wanted")) << waits;
        EXPECT_THAT(names_of(w.must(own, waits ? clerk : machine)),
                    ElementsAre(waits ? "second_wanted" : "profile_added"));
    }
}

TEST(device, what_is_not_lost_is_not_found) {
    device_world w;
    w.with_second_phone();
    w.must(declare_lost{iccid_of(1), "call"});
    EXPECT_EQ(w.refused(declare_found{iccid_of(2), at_the_counter(w)}, clerk), code::blocked);
}

TEST(device, a_profile_on_its_way_is_asked_for_once_and_by_nobody_else) {
    device_world w;
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    EXPECT_THAT(names_of(w.must(want_profile{"standard", ordered_as("MID-3")}, clerk)), IsEmpty());
    EXPECT_EQ(w.refused(want_profile{"standard", ordered_as("MID-4")}), code::too_many);
}

TEST(device, lines_from_before_know_whom_to_leave) {
    device_world w;
    w.have_line();                   // imported, enabled on profile 1
    w.s.subscription->serving = {};  // as in journals from before: nothing says that it serves
    w.signed_by(testing::reviewer, add_profile{{iccid_of(2), imsi_of(2), {}, profile_state::released}}, clerk);
    const auto& moved = w.must(
        report_profile{iccid_of(2), profile_state::enabled, eid_of(2), 1, {proof_kind::signed_notification, "d", {}}},
        machine);
    EXPECT_THAT(device_world::network_of(moved), ElementsAre("detach 1", "provision 2"));
}

// -- the end

TEST(device, closing_takes_back_what_was_never_downloaded_and_waits_for_the_rest) {
    device_world w;
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    w.take(2, "MID-2");
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    w.must(approve_closure{"seen in person"}, testing::reviewer);
    while (w.at_stage() != stage::unbinding) w.tick_when_due();
    bool recalled = false;
    for (const auto& one : w.record)
        for (const auto& e : effects_of<cancel_esim>(one)) recalled = recalled || e.iccid == iccid_of(2);
    EXPECT_TRUE(recalled);
    w.hear(1, profile_state::deleted, 1, 3);
    EXPECT_EQ(w.at_stage(), stage::unbinding) << "somebody may still download the other one";
    const auto& ended = w.cancelled(2);
    EXPECT_EQ(w.at_stage(), stage::settling);
    EXPECT_THAT(device_world::network_of(ended), ElementsAre("bar 1")) << "the other IMSI may be another line's soon";
    w.must(hlr_answered{hlr_operation::bar, imsi_of(1), "barred"}, machine);
    w.must(hlr_answered{hlr_operation::remove, imsi_of(1), "refused"}, machine);
    EXPECT_EQ(w.at_stage(), stage::closed);
    const auto claims = claims_of(w.s);
    ASSERT_EQ(claims.devices.size(), 2U);
    EXPECT_EQ(claims.devices[0].outcome, "deleted");
    EXPECT_EQ(claims.devices[0].proof, proof_kind::signed_notification);
    EXPECT_FALSE(claims.devices[0].proof_digest.empty());
    EXPECT_EQ(claims.devices[1].outcome, "never_downloaded");
    EXPECT_EQ(claims.devices[1].proof, proof_kind::report);
    EXPECT_TRUE(w.hear(1, profile_state::enabled, 1, 9).happened.empty()) << "gone is gone";
}

TEST(device, a_phone_that_downloads_while_the_line_is_being_closed_is_waited_for) {
    device_world w;
    w.order_with_profile();
    w.take(1, "MID-1");
    w.pass(base::days{60});
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    w.must(approve_closure{"seen in person"}, testing::reviewer);
    while (w.at_stage() != stage::unbinding) w.tick_when_due();
    w.hear(1, profile_state::installed, 1, 1);  // it was quicker than the cancellation
    EXPECT_EQ(w.at_stage(), stage::unbinding);
    w.cancelled(1);
    EXPECT_EQ(w.of(1).state, profile_state::installed) << "what the device said is newer";
    w.hear(1, profile_state::deleted, 1, 2);
    EXPECT_EQ(w.at_stage(), stage::settling);
}

TEST(device, what_comes_too_late_from_the_sm_dp_goes_back) {
    device_world w;
    w.on_first_phone();
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-2")}, clerk);
    EXPECT_THAT(names_of(w.take(2, "MID-2", 7)), ElementsAre("profile_returned")) << "another owner's";
    w.signed_by(testing::reviewer, want_profile{"standard", ordered_as("MID-3")}, clerk);
    w.submit_low();
    const auto& returned = w.take(3, "MID-3");
    EXPECT_THAT(names_of(returned), ElementsAre("profile_returned"));
    EXPECT_EQ(effects_of<cancel_esim>(returned).at(0).matching_id, "MID-3");
    EXPECT_FALSE(w.s.wanted);
}

TEST(device, the_deadline_writes_off_an_activation_code_as_cancelled) {
    device_world w;
    w.order_with_profile();
    w.take(1, "MID-1");
    w.pass(base::days{60});
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    w.must(approve_closure{"seen in person"}, testing::reviewer);
    while (w.at_stage() == stage::in_review || w.at_stage() == stage::approved || w.at_stage() == stage::unbinding)
        w.tick_when_due();
    EXPECT_EQ(w.of(1).state, profile_state::cancelled);
    EXPECT_EQ(w.of(1).last_proof->kind, proof_kind::deadline);
    EXPECT_EQ(w.at_stage(), stage::closed) << "no IMSI of it was ever on the network";
}

// -- what an eUICC signed

TEST(device, what_an_euicc_signed_wins_over_a_report_that_named_a_huge_number) {
    device_world w;
    w.have_line();
    const auto say = [&](profile_state state, std::uint32_t sequence, proof_kind kind, const char* digest) {
        w.must(report_profile{iccid_of(1), state, eid_of(1), sequence, {kind, digest, {}}}, machine);
    };
    say(profile_state::enabled, 4'000'000'000, proof_kind::report, "");
    say(profile_state::disabled, 5, proof_kind::signed_notification, "signed");
    EXPECT_EQ(w.of(1).state, profile_state::disabled);
    EXPECT_EQ(w.of(1).last_proof->digest, "signed");
    say(profile_state::enabled, 6, proof_kind::report, "");
    say(profile_state::installed, 4, proof_kind::signed_notification, "late");
    EXPECT_EQ(w.of(1).state, profile_state::enabled) << "what is late by its own numbers stays late";
    say(profile_state::disabled, 6, proof_kind::signed_notification, "newer");
    EXPECT_EQ(w.of(1).state, profile_state::disabled) << "a report took no number away from the eUICC";
}

TEST(device, a_signed_deletion_is_the_proof_although_two_people_had_believed_a_report_before) {
    device_world w;
    w.have_line();
    w.submit_low();
    w.must(report_profile{iccid_of(1), profile_state::deleted, {}, {}, {proof_kind::report, "", {}}}, machine);
    w.must(countersign{1}, testing::reviewer, channel::staff);
    EXPECT_EQ(w.of(1).state, profile_state::written_off);
    w.must(
        report_profile{
            iccid_of(1), profile_state::deleted, eid_of(1), 9, {proof_kind::signed_notification, "signed", {}}},
        machine);
    EXPECT_EQ(w.of(1).state, profile_state::deleted);
    EXPECT_EQ(w.of(1).last_proof->kind, proof_kind::signed_notification);
    w.must(report_profile{iccid_of(1), profile_state::deleted, {}, {}, {proof_kind::report, "", {}}}, machine);
    w.answer_network();
    const auto claims = claims_of(w.s);
    EXPECT_EQ(claims.devices.front().proof, proof_kind::signed_notification);
    EXPECT_EQ(claims.devices.front().proof_digest, "signed");
}

// -- orders to the HLR that waited

TEST(device, an_order_to_the_network_that_waited_is_dropped_when_it_would_undo_a_later_one) {
    device_world w;
    w.with_second_phone();
    const auto action = [&](hlr_operation operation, int n) { return hlr_action{operation, imsi_of(n), w.s.number}; };
    EXPECT_TRUE(still_wanted(w.s, action(hlr_operation::provision, 1)));
    EXPECT_FALSE(still_wanted(w.s, action(hlr_operation::bar, 1)));
    w.hear(2, profile_state::enabled, 2, 2);
    EXPECT_TRUE(still_wanted(w.s, action(hlr_operation::detach, 1)));
    EXPECT_FALSE(still_wanted(w.s, action(hlr_operation::provision, 1)));
    w.must(undo_switch{{w.saved_code()}});
    EXPECT_FALSE(still_wanted(w.s, action(hlr_operation::detach, 1)));
    EXPECT_TRUE(still_wanted(w.s, action(hlr_operation::detach, 2)));
    w.must(declare_lost{{}, "call"});
    EXPECT_TRUE(still_wanted(w.s, action(hlr_operation::bar, 1)));
    EXPECT_FALSE(still_wanted(w.s, action(hlr_operation::provision, 1)));
}

TEST(device, keys_for_the_hlr_are_wanted_while_the_order_is_there_and_its_line_keeps_the_profile) {
    device_world w;
    esim_state order;
    order.iccid = iccid_of(1);
    order.imsi = imsi_of(1);
    order.number = w.order().number;
    order.generation = 1;
    for (const auto status : {esim_status::allocated, esim_status::released, esim_status::installed, esim_status::error,
                              esim_status::available, esim_status::unavailable}) {
        order.status = status;
        EXPECT_EQ(keys_still_wanted(order, nullptr), order.is_ordered());
    }
    order.status = esim_status::released;
    w.order_with_profile();
    EXPECT_TRUE(keys_still_wanted(order, &w.s)) << "the line does not know yet which profile it gets";
    w.take(1, "MID-1");
    EXPECT_TRUE(keys_still_wanted(order, &w.s));
    auto without_matching_id = w.s;
    without_matching_id.profiles[0].matching_id.clear();
    EXPECT_TRUE(keys_still_wanted(order, &without_matching_id)) << "ordered for its EID, not downloaded yet";
    for (const auto state : {profile_state::downloaded, profile_state::installed, profile_state::enabled}) {
        w.hear(1, state, 1, state == profile_state::downloaded ? std::optional<std::uint32_t>() : 1U);
        EXPECT_TRUE(keys_still_wanted(order, &w.s));
    }
    order.generation = 2;
    EXPECT_FALSE(keys_still_wanted(order, &w.s)) << "another owner's";
    order.generation = 1;
    auto changed = w.s;
    for (const auto state : {profile_state::deleted, profile_state::written_off, profile_state::cancelled}) {
        changed.profiles[0].state = state;
        EXPECT_FALSE(keys_still_wanted(order, &changed));
    }
    w.must(declare_lost{{}, "call"});
    EXPECT_TRUE(keys_still_wanted(order, &w.s)) << "a locked line is unlocked again one day";
    changed = w.s;
    changed.subscription->status = line_status::ended;
    EXPECT_FALSE(keys_still_wanted(order, &changed));
    changed.subscription.reset();
    EXPECT_FALSE(keys_still_wanted(order, &changed)) << "the number was released";
}

TEST(device, keys_that_a_reinstated_line_sent_are_not_wanted_once_it_has_ended_again) {
    device_world w;
    w.on_first_phone();
    const hlr_keys keys{iccid_of(1), imsi_of(1)};
    EXPECT_TRUE(still_wanted(w.s, keys));
    EXPECT_FALSE(still_wanted(w.s, hlr_keys{iccid_of(2), imsi_of(2)}));
    auto locked = w;
    locked.must(declare_lost{{}, "call"});
    EXPECT_TRUE(still_wanted(locked.s, keys));
    auto lapsed = w;
    while (lapsed.s.subscription->status != line_status::ended) lapsed.tick_when_due();
    EXPECT_FALSE(still_wanted(lapsed.s, keys));
    w.submit_low();
    w.delete_profiles();
    EXPECT_FALSE(still_wanted(w.s, keys));
}

// -- past cases across owners

TEST(device, past_cases_stay_readable_after_the_number_was_released_and_count_for_nothing) {
    device_world w;
    w.have_line();
    w.close_low();
    while (w.s.subscription) w.tick_when_due();
    ASSERT_EQ(w.s.past.size(), 1U);
    EXPECT_EQ(w.s.past[0].certificate, "header.claims.signature");
    EXPECT_EQ(w.s.past[0].generation, 1);
    w.must(w.order(), machine);
    EXPECT_EQ(w.s.past.size(), 1U);
    EXPECT_EQ(w.s.subscription->generation, 2);
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().number, 2);
    const auto& facts = w.open_case().assessed.facts;
    EXPECT_THAT(facts, ::testing::Not(Contains("prior_fraud_hold")));
}

TEST(device, an_earlier_owner_s_fraud_and_refund_are_not_the_next_one_s) {
    device_world w;
    w.have_line();
    w.must(open_closure{});
    w.must(repudiate_closure{"mail-1"});
    w.must(clear_fraud{"it was them"}, testing::reviewer);
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    for (const auto& by : {testing::second_reviewer, testing::third_reviewer}) w.must(approve_closure{"fine"}, by);
    while (w.at_stage() != stage::unbinding) w.tick_when_due();
    w.delete_profiles();
    w.answer_network();
    w.must(certificate_signed{w.s.current->number, "header.claims.signature"}, machine);
    const auto refund = w.payback().id;
    ASSERT_FALSE(refund.empty());
    while (w.s.subscription) w.tick_when_due();
    EXPECT_TRUE(std::ranges::any_of(w.s.past, &past_closure::was_held));
    w.must(w.order(), machine);
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().assessed.facts, ::testing::Not(Contains("prior_fraud_hold")));
    const auto books = w.s.books;
    w.must(refund_answered{refund, false}, machine);
    EXPECT_EQ(w.s.books, books) << "the old owner's money is not booked into the new owner's ledger";
    ASSERT_EQ(w.s.unclaimed.size(), 1U) << "it is kept for the old owner";
    EXPECT_EQ(w.s.unclaimed[0].generation, 1);
    EXPECT_EQ(w.s.unclaimed[0].reference, refund);
    w.pass(base::days{1});
    w.must(add_money{booking_kind::top_up, testing::yuan(100), "new-1"}, machine);
    EXPECT_TRUE(w.s.unclaimed[0].waits()) << "nor later";
}

TEST(device, a_release_in_an_old_journal_still_folds_to_what_it_did) {
    device_world w;
    w.have_line();
    w.close_low();
    number::evolve(w.s, number_released{w.now});
    EXPECT_THAT(w.s.past, IsEmpty());
    const auto old = base::from_json<past_closure>(R"({"number":3,"ended_as":"withdrawn"})");
    ASSERT_TRUE(old);
    EXPECT_EQ(old->generation, 0);
}

}  // namespace
}  // namespace keepline::domain
