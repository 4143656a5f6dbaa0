// One-time codes and saved codes: what counts, what is counted, what waits. (That a code has eight digits is the
// shell's business: the core sees digests only.)
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

struct otp : ::testing::Test {
    world w;
    void SetUp() override {
        w.have_line();
        w.must(open_closure{});
    }
    const step& ask(const std::string& digest, const std::string& contact = "line") {
        return w.must(request_otp{named(contact), "nonce", digest});
    }
    void wrong(int times) {
        for (int i = 0; i < times; ++i) EXPECT_EQ(names_of(w.must(present_otp{"no"})), strings{"otp_failed"});
    }
    using strings = std::vector<std::string>;
};

TEST_F(otp, to_the_line_proves_possession_once) {
    EXPECT_EQ(effects_of<send_otp>(ask("good")).size(), 1U);
    w.must(present_otp{"good"});
    ASSERT_EQ(w.open_case().shown.size(), 1U);
    EXPECT_TRUE(w.open_case().shown[0].passed);
    EXPECT_EQ(w.open_case().shown[0].kind, evidence_kind::otp_sms);
    EXPECT_EQ(w.refused(present_otp{"good"}), code::otp_expired);
}

TEST_F(otp, lives_ten_minutes) {
    ask("good");
    w.pass(base::minutes{10});
    EXPECT_EQ(w.refused(present_otp{"good"}), code::otp_expired);
    ask("newer");
    w.pass(base::minutes{10} - base::duration{1});
    w.must(present_otp{"newer"});
}

TEST_F(otp, by_mail_is_never_sufficient) {
    ask("good", "mail-1");
    w.must(present_otp{"good"});
    EXPECT_EQ(w.open_case().shown[0].kind, evidence_kind::otp_email);
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    EXPECT_EQ(w.refused(submit_closure{}), code::evidence_missing);
    EXPECT_FALSE(suffices({{evidence_kind::otp_email}}, w.open_case().shown, {}));
}

TEST_F(otp, by_sms_to_another_phone_is_not_proof_of_the_line) {
    ask("good", "sms-1");
    w.must(present_otp{"good"});
    EXPECT_FALSE(w.open_case().shown[0].passed);
}

TEST_F(otp, goes_to_contacts_of_the_line_only) {
    EXPECT_EQ(w.refused(request_otp{named("stranger"), "n", "d"}), code::contact_unknown);
    w.must(take_contacts{customer.id, {{named("mail-1"), medium::mail, true, {}, w.now, {}}}, "", "zh-CN"}, machine);
    EXPECT_EQ(w.refused(request_otp{named("mail-1"), "n", "d"}),
              code::contact_unknown);  // replaced: told, but no proof
    EXPECT_EQ(w.refused(request_otp{named("line"), "", "d"}), code::invalid);
}

TEST_F(otp, wrong_tries_survive_a_new_code_and_lock) {
    ask("one");
    wrong(4);
    w.pass(base::minutes{2});
    ask("two");
    wrong(1);
    EXPECT_EQ(w.refused(present_otp{"two"}), code::otp_locked);
    EXPECT_EQ(w.refused(request_otp{named("line"), "n", "d"}), code::otp_locked);
    EXPECT_EQ(w.refused(present_recovery_code{"saved-1"}), code::otp_locked);
    w.pass(base::minutes{60});
    ask("three");
    EXPECT_EQ(w.open_case().otp.wrong, 5);
    w.must(present_otp{"three"});
}

TEST_F(otp, wrong_tries_raise_the_risk) {
    ask("one");
    wrong(3);
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    w.must(present_otp{"one"});
    EXPECT_EQ(w.refused(submit_closure{}), code::evidence_missing);  // medium now: the code alone is not enough
}

TEST_F(otp, starting_a_new_case_forgets_no_wrong_try) {
    ask("one");
    wrong(4);
    w.must(withdraw_closure{});
    w.pass(base::minutes{2});
    w.must(open_closure{});
    EXPECT_EQ(w.refused(present_otp{"one"}), code::otp_expired);  // bound to the case
    ask("two");
    wrong(1);
    EXPECT_EQ(w.refused(present_otp{"two"}), code::otp_locked);
    w.must(withdraw_closure{});
    w.pass(base::days{1});
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().otp, otp_state{});
}

TEST_F(otp, a_code_a_minute_and_ten_a_day) {
    const auto start = w.now;
    for (int i = 0; i < 10; ++i) {
        ask("code");
        EXPECT_EQ(w.refused(request_otp{named("line"), "n", "d"}), code::too_many);
        w.pass(base::minutes{1});
    }
    ASSERT_FALSE(w.apply(request_otp{named("line"), "n", "d"}));
    EXPECT_EQ(w.last().refusal->data[0].value, base::iso(start + base::days{1}));
    w.now = start + base::days{1};
    ask("again");
    EXPECT_FALSE(w.apply(request_otp{named("line"), "n", "d"}));
}

TEST_F(otp, no_event_and_no_effect_carries_the_code) {
    const auto& asked = ask("the-digest");
    const auto stored = base::to_json(w.s);
    EXPECT_NE(stored.find("the-digest"), std::string::npos);
    for (const auto& e : effects_of<send_otp>(asked)) EXPECT_EQ(base::to_json(e).find("the-digest"), std::string::npos);
}

TEST_F(otp, a_saved_code_counts_once) {
    w.must(present_recovery_code{"saved-1"});
    EXPECT_EQ(names_of(w.must(present_recovery_code{"saved-1"})), strings{"otp_failed"});
    EXPECT_EQ(w.s.subscription->recovery_digests, strings{"saved-2"});
    EXPECT_EQ(names_of(w.must(set_recovery_codes{{"a", "b"}})), strings{"recovery_codes_set"});
    w.must(present_recovery_code{"b"});
}

TEST_F(otp, a_saved_code_that_signed_somebody_in_proves_nothing_any_more) {
    const actor portal{role::portal, named("portal")};
    EXPECT_EQ(w.refused(spend_recovery_code{"saved-1"}, customer), code::forbidden);
    EXPECT_EQ(w.refused(spend_recovery_code{"guessed"}, portal), code::otp_wrong);
    EXPECT_EQ(names_of(w.must(spend_recovery_code{"saved-1"}, portal)), strings{"recovery_code_spent"});
    EXPECT_EQ(w.refused(spend_recovery_code{"saved-1"}, portal), code::otp_wrong);
    EXPECT_EQ(w.s.subscription->recovery_digests, strings{"saved-2"});
    EXPECT_EQ(names_of(w.must(present_recovery_code{"saved-1"})), strings{"otp_failed"});
    w.must(set_recovery_codes{{"a", "b"}});
    EXPECT_EQ(names_of(w.must(spend_recovery_code{"saved-2"}, portal)), strings{"recovery_code_spent"})
        << "those of before hold for a while";
    EXPECT_EQ(w.refused(spend_recovery_code{"saved-2"}, portal), code::otp_wrong);
}

TEST_F(otp, what_staff_see_is_recorded_by_staff_only) {
    using kind = evidence_kind;
    EXPECT_EQ(w.refused(record_evidence{kind::id_document, true, "m", ""}, customer), code::forbidden);
    EXPECT_EQ(w.refused(record_evidence{kind::staff_sighting, true, "m", ""}, machine), code::forbidden);
    EXPECT_EQ(w.refused(record_evidence{kind::otp_sms, true, "m", ""}, clerk), code::invalid);
    EXPECT_EQ(w.refused(record_evidence{kind::id_document, true, "", ""}, clerk), code::invalid);
    w.must(record_evidence{kind::id_document, false, "scan 3", "d"}, machine);
    EXPECT_FALSE(suffices({{kind::id_document}}, w.open_case().shown, {}));
}

}  // namespace
}  // namespace keepline::domain
