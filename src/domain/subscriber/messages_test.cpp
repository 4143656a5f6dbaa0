// What was sent to a person about themself: by which reference it is known, and how it is remembered.
#include "domain/reference.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {
namespace message_tests {

using namespace testing;

struct reader {
    subscriber_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    std::size_t must(const subscriber_command& what, const actor& by = machine, std::uint8_t draw = 7) {
        context circumstances{now, repository_rules().get(), by, channel::web};
        circumstances.draw.fill(draw);
        auto done = subscriber::decide(s, what, circumstances);
        EXPECT_TRUE(done) << done.error().words;
        if (!done) return 0;
        testing::expect_folded<subscriber>(s, *done);
        s = std::move(done->after);
        EXPECT_EQ(unsound(s), std::nullopt);
        effects = std::move(done->effects);
        return done->events.size();
    }
    std::size_t note(const std::string& kind, const std::string& contact, medium by = medium::mail) {
        return must(note_message{kind, by, {named(contact), {}}, s.reference});
    }
};

reader somebody() {
    reader p;
    const contact_ref mailbox{named("m1"), medium::mail, true, {}, {}, {}, {}};
    const contact_ref fresh{named("m2"), medium::mail, false, {}, {}, {}, {}};
    p.must(register_subscriber{customer.id, "en", {mailbox, fresh}, "account"});
    return p;
}

TEST(messages, a_person_has_a_reference_that_their_messages_carry) {
    auto p = somebody();
    ASSERT_TRUE(reference_of(p.s.reference));
    p.must(choose_phrase{"d"}, customer);
    ASSERT_EQ(p.effects.size(), 1U);
    EXPECT_EQ(std::get<tell_person>(p.effects.at(0)).params.at("ref"), said(p.s.reference));
    const auto known = p.s.reference;
    p.must(register_subscriber{customer.id, "en", {}, {}}, machine, 9);
    EXPECT_EQ(p.s.reference, known) << "said again";
}

// Fails when whoever gets a code by a slip of somebody's pen can look up what that person is sent.
TEST(messages, a_code_to_an_address_that_nobody_has_shown_to_be_theirs_has_a_reference_of_its_own) {
    auto p = somebody();
    p.must(request_contact_code{named("m2"), "nonce", "digest"}, customer, 9);
    const auto& sent = std::get<send_contact_code>(p.effects.at(0));
    ASSERT_TRUE(reference_of(sent.reference));
    EXPECT_NE(sent.reference, p.s.reference);
}

TEST(messages, what_left_is_remembered_by_kind_and_hour_with_the_places_that_it_went_to) {
    auto p = somebody();
    EXPECT_EQ(p.note("passkey_enrolled", "m1"), 1U);
    p.now = p.now + base::minutes{1};
    p.note("passkey_enrolled", "m3");
    p.note("passkey_enrolled", "m1");
    ASSERT_EQ(p.s.messages.size(), 1U);
    EXPECT_EQ(p.s.messages[0].to.size(), 2U);
    p.note("passkey_enrolled", "line", medium::sms);
    p.note("phrase_chosen", "m1");
    EXPECT_EQ(p.s.messages.size(), 3U);
    p.now = p.now + messages_are_one;
    p.note("passkey_enrolled", "m1");
    EXPECT_EQ(p.s.messages.size(), 4U);
    EXPECT_EQ(p.s.message_notes, 6);
}

// Fails when a message that is true can be pushed out by others within the hour.
TEST(messages, nobody_fills_the_memory_within_the_hour) {
    auto p = somebody();
    p.note("passkey_enrolled", "m1");
    for (int i = 0; i < 500; ++i) p.note("phrase_chosen", "m1");
    EXPECT_EQ(p.s.messages.front().kind, "passkey_enrolled");
    for (int i = 0; i < 100; ++i) {
        p.now = p.now + messages_are_one;
        p.note("phrase_chosen", "m1");
    }
    EXPECT_EQ(p.s.messages.size(), messages_remembered);
}

TEST(messages, of_whom_nothing_is_kept_nothing_is_noted) {
    reader nobody;
    EXPECT_EQ(nobody.must(note_message{"phrase_chosen", medium::mail, {named("m1"), {}}, "1"}), 0U);
    auto p = somebody();
    p.note("phrase_chosen", "m1");
    p.must(erase_subscriber{}, {role::admin, named("ada"), named("ada")});
    p.must(countersign{p.s.asked.list.back().serial}, {role::admin, named("bo"), named("bo")});
    ASSERT_TRUE(p.s.erased_at);
    EXPECT_TRUE(p.s.messages.empty());
    EXPECT_EQ(p.note("phrase_chosen", "m1"), 0U);
}

}  // namespace message_tests
}  // namespace
}  // namespace keepline::domain
