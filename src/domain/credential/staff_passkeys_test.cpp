// Passkeys of staff: with what they are made, what they open, and when they open nothing any more.
#include "domain/credential/credential.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {
namespace staff_passkeys_tests {

using namespace testing;
using base::code;

const auto eight_hours = base::duration{base::hours{8}}.count();
const auto kin_ms = base::duration{base::days{30}}.count();
const actor ada{role::admin, named("ada"), named("ada")};
const actor bo{role::admin, named("bo"), named("bo")};
const actor cleo{role::agent, named("cleo"), named("cleo")};

passkey made_by(const char* device) {
    passkey out;
    out.credential = device;
    out.key = "key";
    out.count = 1;
    return out;
}

/// Cleo, who has signed in with password and the code of step 10, in the session "by password".
struct desk_of_cleo {
    credential_state s;
    instant now = at("2026-03-02T02:00:00Z");

    desk_of_cleo() {
        EXPECT_EQ(apply(open_account{named("cleo"),
                                     role::agent,
                                     named("cleo"),
                                     {channel::staff},
                                     "invitation",
                                     base::duration{base::hours{72}}.count(),
                                     kin_ms,
                                     false,
                                     false},
                        ada),
                  1U);
        EXPECT_EQ(apply(take_up_account{"invitation", "sealed", {10, "desk 1", "by password", eight_hours}}, cleo), 3U);
    }
    result<std::size_t> apply(const credential_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::staff};
        TRY(done, credential::decide(s, what, circumstances));
        testing::expect_folded<credential>(s, done);
        s = std::move(done.after);
        EXPECT_EQ(unsound(s.passkeys), std::nullopt);
        return done.events.size();
    }
    code refused(const credential_command& what, const actor& by = cleo) {
        const auto done = apply(what, by);
        return done ? code::internal : done.error().what;
    }
    enrol_staff_passkey enrolment(std::int64_t step, const char* device = "phone", const char* nonce = "n1") const {
        return {made_by(device), s.account->secret, step, "by password", nonce, now + base::minutes{10}};
    }
    sign_in_by_staff_passkey sign_in(std::int64_t count, const char* nonce, const char* device = "phone") const {
        return {"sealed", device, nonce, now + base::minutes{10}, count, std::string("by ") + nonce, eight_hours};
    }
    bool is_in(std::string_view session) const { return token_in_force(s, session, now) != nullptr; }
};

TEST(staff_passkeys, one_is_made_with_a_fresh_code_which_is_good_for_nothing_else) {
    desk_of_cleo of;
    EXPECT_EQ(of.refused(of.enrolment(10)), code::otp_expired) << "the code that opened the session";
    ASSERT_EQ(of.apply(of.enrolment(11), cleo), 1U);
    ASSERT_EQ(of.s.passkeys.list.size(), 1U);
    EXPECT_EQ(of.s.passkeys.list[0].serial, 1);
    EXPECT_EQ(of.refused(of.enrolment(11, "key ring", "n2")), code::otp_expired);
    EXPECT_EQ(of.refused(sign_in_staff{"sealed", {11, "desk 1", "t", eight_hours}}), code::otp_expired);
    EXPECT_EQ(of.apply(sign_in_staff{"sealed", {12, "desk 1", "t", eight_hours}}, cleo), 2U);
}

TEST(staff_passkeys, a_session_alone_makes_none_nor_one_that_a_passkey_opened) {
    desk_of_cleo of;
    auto other = of.enrolment(11);
    other.secret = "another password's";
    EXPECT_EQ(of.refused(other), code::forbidden);
    other = of.enrolment(11);
    other.session = "nobody's";
    EXPECT_EQ(of.refused(other), code::evidence_too_weak);
    EXPECT_EQ(of.refused(try_staff_proof{"nobody's"}), code::evidence_too_weak);
    EXPECT_EQ(of.refused(of.enrolment(11), ada), code::forbidden) << "nor does an administrator, for them";
    ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
    ASSERT_EQ(of.apply(of.sign_in(2, "s1"), cleo), 2U);
    ASSERT_TRUE(of.is_in("by s1"));
    other = of.enrolment(12, "key ring", "n2");
    other.session = "by s1";
    EXPECT_EQ(of.refused(other), code::evidence_too_weak);
    EXPECT_EQ(of.refused(try_staff_proof{"by s1"}), code::evidence_too_weak);
}

TEST(staff_passkeys, a_challenge_is_answered_once_whatever_for) {
    desk_of_cleo of;
    ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
    EXPECT_EQ(of.refused(of.enrolment(12, "key ring")), code::otp_expired);
    EXPECT_EQ(of.refused(of.sign_in(2, "n1")), code::otp_expired);
    ASSERT_TRUE(of.apply(of.sign_in(2, "s1"), cleo));
    EXPECT_EQ(of.refused(of.sign_in(3, "s1")), code::otp_expired);
    auto late = of.sign_in(3, "s2");
    of.now = of.now + base::minutes{10};
    EXPECT_EQ(of.refused(late), code::otp_expired);
}

TEST(staff_passkeys, one_that_counts_backwards_opens_nothing_and_is_told_once_a_day) {
    desk_of_cleo of;
    ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
    ASSERT_EQ(of.apply(of.sign_in(7, "s1"), cleo), 2U);
    for (const char* nonce : {"s2", "s3"}) {
        const auto before = of.s;
        const context circumstances{of.now, repository_rules().get(), cleo, channel::staff};
        const auto done = credential::decide(before, of.sign_in(7, nonce), circumstances);
        ASSERT_TRUE(done);
        ASSERT_EQ(done->events.size(), 1U);
        const auto* doubted = std::get_if<staff_passkey_doubted>(&done->events[0]);
        ASSERT_NE(doubted, nullptr);
        EXPECT_EQ(doubted->told, std::string_view(nonce) == "s2");
        EXPECT_EQ(credential::react(done->after, done->events[0]).size(), doubted->told ? 1U : 0U);
        of.s = done->after;
        EXPECT_FALSE(of.is_in(std::string("by ") + nonce));
    }
    EXPECT_EQ(of.refused(of.sign_in(8, "s2")), code::otp_expired) << "a copy's challenge is spent, too";
    EXPECT_EQ(of.apply(of.sign_in(8, "s4"), cleo), 2U);
}

TEST(staff_passkeys, a_reset_and_a_disabling_forget_them_and_what_was_answered_stays_so) {
    for (const bool resets : {true, false}) {
        desk_of_cleo of;
        ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
        ASSERT_TRUE(of.apply(of.sign_in(2, "s1"), cleo));
        if (resets) {
            ASSERT_TRUE(of.apply(reset_account{"again", eight_hours, kin_ms, false}, ada));
            ASSERT_TRUE(of.apply(countersign{1}, bo));
        } else {
            ASSERT_TRUE(of.apply(disable_account{"left the company"}, ada));
        }
        EXPECT_TRUE(of.s.passkeys.list.empty());
        EXPECT_EQ(of.s.passkeys.made, 1);
        EXPECT_FALSE(of.is_in("by s1"));
        EXPECT_EQ(of.refused(of.sign_in(3, "s2")), code::forbidden);
        if (!resets) continue;
        ASSERT_TRUE(
            of.apply(take_up_account{"again", "sealed anew", {20, "desk 1", "by password", eight_hours}}, cleo));
        EXPECT_EQ(of.refused(of.sign_in(3, "s2")), code::forbidden) << "what its door saw was another password";
        auto anew = of.sign_in(3, "s2");
        anew.secret = "sealed anew";
        EXPECT_EQ(of.refused(anew), code::not_found);
        EXPECT_EQ(of.refused(of.enrolment(21, "phone", "s1")), code::otp_expired) << "answered before the reset";
        ASSERT_TRUE(of.apply(of.enrolment(21, "phone", "n2"), cleo));
        EXPECT_EQ(of.s.passkeys.list[0].serial, 2);
    }
}

TEST(staff_passkeys, whoever_revokes_all_that_somebody_holds_means_these_too) {
    desk_of_cleo of;
    ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
    ASSERT_TRUE(of.apply(revoke_tokens{"the laptop is gone"}, ada));
    EXPECT_TRUE(of.s.passkeys.list.empty());
    EXPECT_EQ(of.refused(of.sign_in(2, "s1")), code::forbidden);
}

TEST(staff_passkeys, tries_to_make_one_are_counted_apart_from_signing_in) {
    desk_of_cleo of;
    for (int n = 0; n < 10; ++n) EXPECT_EQ(of.apply(try_staff_proof{"by password"}, cleo), 1U);
    EXPECT_EQ(of.refused(try_staff_proof{"by password"}), code::too_many);
    EXPECT_EQ(of.s.account->wrong, 0);
    EXPECT_TRUE(of.apply(sign_in_staff{"sealed", {11, "elsewhere", "t", 2 * eight_hours * 3}}, cleo));
    of.now = of.now + base::hours{24};
    EXPECT_EQ(of.refused(try_staff_proof{"by password"}), code::evidence_too_weak) << "it is over by then";
    EXPECT_EQ(of.apply(try_staff_proof{"t"}, cleo), 1U);
    EXPECT_EQ(of.s.passkeys.tried, 1);
}

TEST(staff_passkeys, a_right_proof_is_no_wrong_try) {
    desk_of_cleo of;
    ASSERT_TRUE(of.apply(try_staff_proof{"by password"}, cleo));
    ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
    EXPECT_EQ(of.s.passkeys.tried, 0);
}

TEST(staff_passkeys, one_that_is_removed_takes_its_sessions_with_it_and_no_others) {
    desk_of_cleo of;
    ASSERT_TRUE(of.apply(of.enrolment(11), cleo));
    ASSERT_TRUE(of.apply(of.sign_in(2, "s1"), cleo));
    EXPECT_EQ(of.refused(remove_staff_passkey{1}, ada), code::forbidden);
    EXPECT_EQ(of.refused(remove_staff_passkey{2}), code::not_found);
    ASSERT_EQ(of.apply(remove_staff_passkey{1}, cleo), 2U);
    EXPECT_EQ(of.apply(remove_staff_passkey{1}, cleo), 0U) << "again";
    EXPECT_FALSE(of.is_in("by s1"));
    EXPECT_TRUE(of.is_in("by password"));
    EXPECT_EQ(of.refused(of.sign_in(3, "s2")), code::not_found);
}

TEST(staff_passkeys, there_are_ten_and_each_is_there_once) {
    desk_of_cleo of;
    for (int n = 0; n < 10; ++n) {
        const auto text = std::to_string(n);
        ASSERT_TRUE(of.apply(of.enrolment(11 + n, text.c_str(), text.c_str()), cleo)) << n;
    }
    EXPECT_EQ(of.refused(of.enrolment(30, "one more", "m1")), code::too_many);
    EXPECT_EQ(of.refused(of.enrolment(30, "3", "m2")), code::id_taken);
}

}  // namespace staff_passkeys_tests
}  // namespace
}  // namespace keepline::domain
