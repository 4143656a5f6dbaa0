// What shown proof is worth by itself: which sets it fills, how old it may be, and on whose word it rests
// (docs/rules.md R2 and R9).
#include "domain/test_world.hpp"

namespace keepline::domain::proof_tests {  // names that others in the same build batch have, too
namespace {

using namespace testing;
using base::code;
using ::testing::ElementsAre;

constexpr instant since{1'000};
const actor back_office{role::system, named("bss")};
using enum evidence_kind;

evidence seen(evidence_kind kind, const actor& on_word_of = {}, instant at = since) {
    evidence out;
    out.kind = kind;
    out.passed = true;
    out.at = at;
    out.word_of = on_word_of;
    return out;
}
evidence failed(evidence_kind kind) {
    auto out = seen(kind);
    out.passed = false;
    return out;
}
evidence old(evidence_kind kind) { return seen(kind, {}, since - base::duration{1}); }

TEST(proof, a_set_is_shown_whole_passed_and_fresh_or_not_at_all) {
    const evidence_sets sets{{otp_sms, id_document}, {bank_card}};
    EXPECT_TRUE(suffices(sets, {seen(otp_sms), seen(id_document)}, since));
    EXPECT_TRUE(suffices(sets, {seen(bank_card)}, since)) << "of that very moment";
    EXPECT_FALSE(suffices(sets, {seen(otp_sms)}, since));
    EXPECT_FALSE(suffices(sets, {seen(otp_sms), failed(id_document)}, since));
    EXPECT_FALSE(suffices(sets, {seen(otp_sms), old(id_document)}, since));
    EXPECT_FALSE(suffices(sets, {seen(callback)}, since));
    EXPECT_FALSE(suffices({}, {seen(bank_card)}, since));
    EXPECT_FALSE(suffices({{otp_email}}, {seen(otp_email)}, since)) << "a mailbox alone, whatever a policy says";
    EXPECT_TRUE(suffices({{otp_email, bank_card}}, {seen(otp_email), seen(bank_card)}, since));
}

TEST(proof, a_part_that_nobody_vouches_for_has_itself_passed_and_is_fresh_and_of_the_set) {
    const evidence_sets sets{{otp_sms, id_document}};
    const auto attested = [](evidence_kind kind) { return seen(kind, clerk); };
    const auto partly = [&](evidence more) {
        return suffices_partly_beyond_words(sets, {attested(otp_sms), attested(id_document), std::move(more)}, {clerk},
                                            since);
    };
    EXPECT_TRUE(partly(seen(otp_sms)));
    EXPECT_FALSE(partly(failed(otp_sms)));
    EXPECT_FALSE(partly(old(otp_sms)));
    EXPECT_FALSE(partly(seen(bank_card))) << "of another set";
    EXPECT_FALSE(suffices_partly_beyond_words(sets, {seen(otp_sms)}, {clerk}, since)) << "not the whole set";
}

TEST(proof, a_word_counts_for_nobody_who_gave_it_and_a_systems_only_where_the_owner_alone_asks) {
    const std::vector<evidence> shown{seen(id_document, clerk), seen(bank_card, back_office), seen(otp_sms)};
    EXPECT_EQ(without_word_of(shown, {clerk}).size(), 2U);
    EXPECT_EQ(without_word_of(shown, {other_clerk}).size(), 3U);
    EXPECT_EQ(without_word_of(shown, {{role::agent, {}}}).size(), 3U) << "nobody in particular";
    const auto kinds = [](const std::vector<evidence>& of) {
        std::vector<evidence_kind> out;
        for (const auto& one : of) out.push_back(one.kind);
        return out;
    };
    EXPECT_THAT(kinds(beyond_words(shown, {customer})), ElementsAre(bank_card, otp_sms));
    EXPECT_THAT(kinds(beyond_words(shown, {customer, clerk})), ElementsAre(otp_sms));
    EXPECT_THAT(kinds(beyond_words(shown, {back_office})), ElementsAre(otp_sms));
    const std::vector<evidence> codes{seen(recovery_code, customer), seen(otp_sms, {role::subscriber, {}}),
                                      seen(callback, clerk)};
    EXPECT_THAT(kinds(beyond_session(codes)), ElementsAre(otp_sms, callback));
}

TEST(proof, what_is_needed_is_said_in_words) {
    EXPECT_EQ(in_words({{otp_sms, id_document}, {bank_card}}), "otp_sms + id_document, or bank_card");
    EXPECT_EQ(in_words({{callback}}), "callback");
    EXPECT_EQ(in_words({}), "");
}

/// A decision about this state, of now.
struct asked {
    explicit asked(const world& w)
        : now{.now = w.now,
              .rules = w.rules.get(),
              .by = customer,
              .through = channel::web,
              .draw = {},
              .reserved = {}},
          made(w.s),
          d(made, now, w.rules->policies.find("cn")) {}
    context now;
    decision<number> made;
    draft d;
};

TEST(saved_codes, of_a_number_without_a_line_are_nobodys) {
    const world nothing;
    const asked of(nothing);
    EXPECT_FALSE(of.d.knows_code("saved-1"));
    EXPECT_EQ(of.d.maker_of_code("saved-1"), actor{});
}

TEST(saved_codes, rest_on_whoever_made_them_and_an_owners_only_while_they_are_young) {
    world w;
    w.have_line();
    auto& line = *w.s.subscription;
    const auto maker = [&](const std::string& code) { return asked(w).d.maker_of_code(code); };
    const auto days = base::days{w.own_policy().recovery_code_rest_days};
    line.recovery_digests = {"now", "both"};
    line.recovery_by = customer;
    line.recovery_since = w.now - days + base::duration{1};
    EXPECT_EQ(maker("now"), customer);
    line.recovery_since = w.now - days;
    EXPECT_EQ(maker("now"), actor{}) << "they have rested";
    line.recovery_since.reset();
    EXPECT_EQ(maker("now"), actor{}) << "of the sale";
    line.recovery_by = clerk;
    EXPECT_EQ(maker("now"), clerk) << "staff's word stays staff's";
    line.codes_before = saved_codes{{"before", "both"}, back_office, w.now, w.now + base::days{1}};
    EXPECT_EQ(maker("before"), back_office);
    EXPECT_EQ(maker("both"), clerk) << "what counts now is what was made last";
    EXPECT_EQ(maker("neither"), clerk);
    EXPECT_TRUE(asked(w).d.knows_code("before"));
    EXPECT_TRUE(asked(w).d.knows_code("now"));
    EXPECT_FALSE(asked(w).d.knows_code("neither"));
    line.codes_before->until = w.now;
    EXPECT_FALSE(asked(w).d.knows_code("before")) << "their time is over";
}

TEST(proof_in_hand, is_of_the_last_hour_and_not_older) {
    for (const auto& [age, code_given] :
         {std::pair{base::duration{base::hours{1}}, true}, std::pair{base::hours{1} + base::duration{1}, false}}) {
        world w;
        w.have_line();
        w.must(set_customer_lock{true});
        auto shown = w.saved_code();
        shown.at = w.now - age;
        set_customer_lock off{false};
        off.shown = {shown};
        if (code_given)
            EXPECT_FALSE(w.must(off).happened.empty());
        else
            EXPECT_EQ(w.refused(off), code::evidence_too_weak);
    }
}

TEST(proof_in_hand, at_most_sixteen_are_looked_at) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    set_customer_lock off{false};
    off.shown.assign(17, w.saved_code());
    EXPECT_EQ(w.refused(off), code::invalid);
    off.shown.pop_back();
    w.must(off);
}

TEST(proof_in_hand, that_fails_again_and_again_locks_whoever_shows_it_and_is_forgotten_after_a_day) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    set_customer_lock off{false};
    off.shown = {w.saved_code("none")};
    const int most = w.own_policy().otp.max_wrong;
    for (int i = 1; i < most; ++i) {
        w.must(off);
        ASSERT_NE(first_of<proof_failed>(w.last()), nullptr);
        EXPECT_EQ(first_of<proof_failed>(w.last())->wrong, i);
        EXPECT_FALSE(first_of<proof_failed>(w.last())->locked_until);
    }
    const auto last_wrong = w.now;
    world a_day_later = w;
    w.must(off);
    const auto until = w.now + base::minutes{w.own_policy().otp.lock_minutes};
    EXPECT_EQ(first_of<proof_failed>(w.last())->locked_until, until);
    w.now = until - base::duration{1};
    off.shown = {w.saved_code()};
    EXPECT_EQ(w.refused(off), code::otp_locked) << "the right one, too";
    w.now = until;
    w.must(off);
    a_day_later.now = last_wrong + base::hours{24};
    off.shown = {a_day_later.saved_code("none")};
    a_day_later.must(off);
    EXPECT_EQ(first_of<proof_failed>(a_day_later.last())->wrong, 1);
}

}  // namespace
}  // namespace keepline::domain::proof_tests
