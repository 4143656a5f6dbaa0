// A certificate is sent again to where its owner was told of it, and nowhere else; and calls in which a line was
// proved.
#include "domain/reference.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

world certified() {
    world w;
    w.have_line();
    w.close_and_certify();
    return w;
}
send_certificate again(const world& w) { return {w.s.current->number}; }

TEST(certificate_again, goes_to_the_mail_address_on_file_and_to_nobody_else) {
    auto w = certified();
    const auto& step = w.must(again(w));
    EXPECT_THAT(told_in(step), ElementsAre("certificate_again>mail-1"));
    const auto told = effects_of<send_notice>(step);
    EXPECT_EQ(told.front().by, medium::mail);
    EXPECT_EQ(told.front().params.at("case"), said(w.s.current->reference));
}

TEST(certificate_again, is_its_owners_to_ask_for_and_only_where_there_is_one) {
    world w;
    w.have_line();
    EXPECT_EQ(w.refused(send_certificate{1}), code::closure_stage);
    w.close_and_certify();
    for (const auto& one : {clerk, reviewer, auditor, machine, telephone})
        EXPECT_EQ(w.refused(again(w), one), code::forbidden);
    EXPECT_EQ(w.refused(send_certificate{7}), code::closure_stage);
}

// Whoever has the phone, or a saved code, names an address of theirs and asks for what stands about the line.
TEST(certificate_again, goes_to_no_address_that_was_named_a_short_time_ago) {
    auto w = certified();
    auto contacts = w.s.contacts;
    for (auto& one : contacts) {
        if (one.by != medium::mail) continue;
        one.replaced_at = w.now;
        one.told_until = w.now + base::days{30};
    }
    contact_ref thiefs{named("mail-9"), medium::mail, true, w.now, {}, {}, {}};
    contacts.push_back(thiefs);
    w.must(take_contacts{customer.id, contacts, "", "en"}, machine);
    EXPECT_EQ(w.refused(again(w)), code::contact_missing);
    w.pass(base::days{w.own_policy().contact_change_lock_days});
    EXPECT_THAT(told_in(w.must(again(w))), ElementsAre("certificate_again>mail-9"));
}

TEST(certificate_again, is_sent_so_many_times_a_day) {
    auto w = certified();
    for (int i = 0; i < w.own_policy().notices.repeats_max; ++i) {
        w.must(again(w));
        w.pass(base::hours{2});
    }
    EXPECT_EQ(w.refused(again(w)), code::too_many);
    w.pass(base::days{1});
    EXPECT_THAT(told_in(w.must(again(w))), Contains("certificate_again>mail-1"));
}

note_line_call a_call() { return {"call-7f3a", true, "main.anything_else", "by_caller", 93}; }

TEST(a_call_of_a_line, is_noted_by_the_hotline_alone_and_changes_nothing) {
    world w;
    w.have_line();
    const auto before = w.s;
    for (const auto& one : {customer, clerk, reviewer, machine})
        EXPECT_EQ(w.refused(a_call(), one, channel::hotline), code::forbidden);
    EXPECT_EQ(w.refused(a_call(), telephone, channel::app), code::forbidden);
    const auto& step = w.must(a_call(), telephone, channel::hotline);
    ASSERT_NE(first_of<line_called>(step), nullptr);
    EXPECT_EQ(first_of<line_called>(step)->seconds, 93);
    EXPECT_EQ(w.s, before) << "nobody who decides has to look again";
    EXPECT_THAT(told_in(step), IsEmpty());
}

TEST(a_call_of_a_line, holds_names_and_nobodys_words) {
    world w;
    w.have_line();
    for (const auto* words : {"+8613912345678", "my name is Wei", "https://evil.example"}) {
        auto one = a_call();
        one.state = words;
        EXPECT_EQ(w.refused(one, telephone, channel::hotline), code::invalid) << words;
    }
    auto one = a_call();
    one.state = std::string(81, 'x');
    EXPECT_EQ(w.refused(one, telephone, channel::hotline), code::invalid);
    one = a_call();
    one.call.clear();
    EXPECT_EQ(w.refused(one, telephone, channel::hotline), code::invalid);
}

}  // namespace
}  // namespace keepline::domain
