// Checks at the desk: whose document it may be, who looks at it, what waits in the staff's list, and how it is settled.
#include "desk/commands.hpp"
#include "desk/fake_door.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace checks_at_desk {

using base::code;
using domain::evidence_kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string number = "110101199003077734";
const std::string pdf = "%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n";

check_result_body unreadable() { return {false, "the picture", {}, {}, domain::check_failure::unreadable}; }

/// The owner of the line, who applies to close it.
struct checks_room : at_the_door::front_door {
    checks_room() {
        port::person known;
        known.document_number = number;
        engine::submission seals;
        seals.to = key_of_subscriber(label::trusted("sub-1"));
        seals.what = domain::subscriber_command(domain::attach_number{at_the_door::nobodys_number});
        seals.by = {domain::role::system, label::trusted("bss")};
        seals.vault.push_back(*vault.seal("sub-1", port::person_kind, base::to_json(known)));
        core.submit(std::move(seals), [](const result<engine::answer>& done) { EXPECT_TRUE(done); });
        const auto told = at_the_door::asked_in_a_hurry<closure_told>(owner(), [&](request as, auto then) {
            at.open_closure(std::move(as), line, open_body{}, std::move(then));
        });
        EXPECT_TRUE(told) << told.error().words;
        if (told) closure = std::get<closure_view>(told->is).id;
    }
    request owner() { return by({domain::role::subscriber, label::trusted("sub-1")}); }
    request agent() { return by({domain::role::agent, label::trusted("ann"), label::trusted("ann")}); }
    request reviewer() { return by({domain::role::reviewer, label::trusted("rev"), label::trusted("rev")}); }

    label handed_in(domain::document_purpose as = domain::document_purpose::id_document) {
        const auto kept = at_the_door::asked_in_a_hurry<told<document_view>>(owner(), [&](request in, auto then) {
            at.add_document(std::move(in), "sub-1", document_upload{as, pdf}, std::move(then));
        });
        EXPECT_TRUE(kept) << kept.error().words;
        return kept ? std::get<document_view>(kept->is).id : label();
    }
    result<closure_told> ask(request in, check_body what) {
        return at_the_door::asked_in_a_hurry<closure_told>(std::move(in), [&](request as, auto then) {
            at.ask_for_check(std::move(as), closure, std::move(what), std::move(then));
        });
    }
    result<closure_told> ask_about(label document) {
        check_body what;
        what.document = std::move(document);
        return ask(owner(), std::move(what));
    }
    result<closure_told> settle(request in, check_result_body how, const std::string& which = "1") {
        return at_the_door::asked_in_a_hurry<closure_told>(std::move(in), [&](request as, auto then) {
            at.settle_check(std::move(as), closure, which, std::move(how), std::move(then));
        });
    }
    code opened_by(request in, const label& document) {
        const auto told = at_the_door::asked_in_a_hurry<document_told>(std::move(in), [&](request as, auto then) {
            at.open_document(std::move(as), "sub-1", document.text(), looking_body{"to compare it"}, std::move(then));
        });
        return told ? code::internal : told.error().what;
    }
    std::vector<waiting_check> waiting(request in, const std::string& kind = {}) {
        const auto told =
            at_the_door::asked_in_a_hurry<page_of<waiting_check>>(std::move(in), [&](request as, auto then) {
                at.list_checks(std::move(as), check_filter{kind}, paging{}, std::move(then));
            });
        EXPECT_TRUE(told) << told.error().words;
        return told ? told->items : std::vector<waiting_check>();
    }
    static std::vector<check_view> checks_of(const result<closure_told>& told) {
        EXPECT_TRUE(told) << told.error().words;
        return std::get<closure_view>(told->is).checks;
    }

    std::string closure;
};

TEST(checks, are_of_a_document_of_identity_that_is_the_applicants) {
    checks_room of;
    EXPECT_EQ(of.ask_about(label::trusted("dc_nobodys")).error().what, code::not_found);
    EXPECT_EQ(of.ask_about(of.handed_in(domain::document_purpose::other)).error().what, code::not_found);
    EXPECT_EQ(of.ask(of.owner(), {}).error().what, code::invalid) << "which one?";
    check_body card;
    card.kind = evidence_kind::bank_card;
    for (const auto* digits : {"123", "12345", "12a4", "4111111111111111"}) {
        card.digits = digits;
        EXPECT_EQ(of.ask(of.owner(), card).error().what, code::invalid) << digits;
    }
    const auto document = of.handed_in();
    const auto checks = checks_room::checks_of(of.ask_about(document));
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_EQ(checks[0].document, document);
    EXPECT_EQ(checks[0].by.as, domain::role::subscriber);
}

TEST(checks, let_an_agent_open_the_document_that_one_names_while_it_is_open) {
    checks_room of;
    const auto document = of.handed_in();
    const auto other = of.handed_in();
    EXPECT_EQ(of.opened_by(of.agent(), document), code::forbidden);
    ASSERT_TRUE(of.ask_about(document));
    EXPECT_EQ(of.opened_by(of.agent(), document), code::internal);
    EXPECT_EQ(of.opened_by(of.agent(), other), code::forbidden);
    EXPECT_EQ(of.opened_by(of.reviewer(), other), code::internal) << "whoever decides looks as before";
    EXPECT_EQ((*of.core.read(key_of_subscriber(label::trusted("sub-1"))))->subscriber().staff_reads, 2);
    ASSERT_TRUE(of.settle(of.agent(), {true, "the picture", number, {}}));
    EXPECT_EQ(of.opened_by(of.agent(), document), code::forbidden);
}

TEST(checks, wait_in_one_list_until_they_are_settled) {
    checks_room of;
    EXPECT_THAT(of.waiting(of.agent()), IsEmpty());
    ASSERT_TRUE(of.ask_about(of.handed_in()));
    const auto all = of.waiting(of.agent());
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].closure_id, of.closure);
    EXPECT_EQ(all[0].subscriber.text(), "sub-1");
    EXPECT_TRUE(all[0].reference);
    EXPECT_EQ(of.waiting(of.agent(), "id_document").size(), 1U);
    EXPECT_THAT(of.waiting(of.agent(), "callback"), IsEmpty());
    const auto wrong = at_the_door::asked_in_a_hurry<page_of<waiting_check>>(of.agent(), [&](request as, auto then) {
        of.at.list_checks(std::move(as), check_filter{"shoes"}, paging{}, std::move(then));
    });
    EXPECT_EQ(wrong.error().what, code::invalid);
    const auto settled = checks_room::checks_of(of.settle(of.agent(), unreadable()));
    EXPECT_EQ(settled[0].state, domain::check_state::failed);
    EXPECT_EQ(settled[0].why, domain::check_failure::unreadable);
    EXPECT_EQ(settled[0].settled_by->id.text(), "ann");
    EXPECT_THAT(of.waiting(of.agent()), IsEmpty());
}

TEST(checks, are_settled_with_a_method_and_a_reason_by_whoever_may) {
    checks_room of;
    ASSERT_TRUE(of.ask_about(of.handed_in()));
    EXPECT_EQ(of.settle(of.agent(), {}).error().what, code::invalid);
    EXPECT_EQ(of.settle(of.agent(), {true, "", number, {}}).error().what, code::invalid);
    EXPECT_EQ(of.settle(of.agent(), {false, "the picture", {}, {}}).error().what, code::invalid) << "why not?";
    EXPECT_EQ(of.settle(of.agent(), {false, "the picture", {}, "words of their own"}).error().what, code::invalid);
    EXPECT_EQ(of.settle(of.owner(), {true, "me", number, {}}).error().what, code::forbidden);
    for (const auto* which : {"2", "0", "x", ""})
        EXPECT_EQ(of.settle(of.agent(), {true, "the picture", number, {}}, which).error().what, code::not_found)
            << which;
    ASSERT_TRUE(of.settle(of.agent(), {true, "the picture", number, {}}));
    EXPECT_EQ(of.settle(of.agent(), {true, "the picture", number, {}}).error().what, code::closure_stage);
}

/// A thief with a clerk's token, or a clerk who helps one, reads the number here and types it as if it had been shown.
TEST(checks, are_not_settled_by_whoever_has_read_the_number_here_however_long_ago_and_by_whichever_token) {
    checks_room of;
    const auto reads = [&](request in) {
        const auto told = at_the_door::asked_in_a_hurry<port::person>(std::move(in), [&](request as, auto then) {
            of.at.read_person(std::move(as), "sub-1", std::string("they asked about their bill"), std::move(then));
        });
        ASSERT_TRUE(told) << told.error().words;
        EXPECT_EQ(told->document_number, number);
    };
    const auto other_token = of.by({domain::role::agent, label::trusted("ann-2"), label::trusted("ann")});
    reads(other_token);
    of.clock.advance(base::days{3});
    const auto document = of.handed_in();
    ASSERT_TRUE(of.ask_about(document));
    ASSERT_EQ(of.opened_by(of.agent(), document), code::internal) << "they may look";
    EXPECT_EQ(of.settle(of.agent(), {true, "the picture", number, {}}).error().what, code::second_person_needed);
    EXPECT_EQ(of.waiting(of.reviewer()).size(), 1U) << "it waits on";
    ASSERT_TRUE(of.settle(of.by({domain::role::agent, label::trusted("bob"), label::trusted("bob")}),
                          {true, "the picture", number, {}}));
}

TEST(checks, and_what_is_seen_at_a_counter_is_no_comparison_of_whoever_has_read_the_number) {
    checks_room of;
    const auto sees = [&](request in) {
        const auto told = at_the_door::asked_in_a_hurry<closure_told>(std::move(in), [&](request as, auto then) {
            evidence_body what;
            what.kind = evidence_kind::id_document;
            what.passed = true;
            what.method = "counter 12";
            what.shown = number;
            of.at.record_evidence(std::move(as), of.closure, std::move(what), std::move(then));
        });
        EXPECT_TRUE(told) << told.error().words;
        return told ? std::get<closure_view>(told->is).evidence.back().compared : domain::comparison::not_on_file;
    };
    EXPECT_EQ(sees(of.agent()), domain::comparison::matched) << "an honest clerk, who only saw the card";
    const auto told = at_the_door::asked_in_a_hurry<port::person>(of.agent(), [&](request as, auto then) {
        of.at.read_person(std::move(as), "sub-1", std::string("they asked about their bill"), std::move(then));
    });
    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(sees(of.agent()), domain::comparison::not_compared) << "their word, and no more";
    EXPECT_EQ(sees(of.reviewer()), domain::comparison::matched);
    const auto document = of.handed_in();
    ASSERT_TRUE(of.ask_about(document));
    ASSERT_EQ(of.opened_by(of.reviewer(), document), code::internal);
    EXPECT_EQ(sees(of.reviewer()), domain::comparison::not_compared) << "read off a picture is seen on no card";
}

/// A picture shows what was handed in. Opened for a check it is what is compared; for anything else it is a reading.
TEST(checks, of_two_pictures_are_settled_by_who_opened_both_for_that) {
    checks_room of;
    const auto first = of.handed_in();
    ASSERT_TRUE(of.ask_about(first));
    ASSERT_EQ(of.opened_by(of.reviewer(), first), code::internal);
    ASSERT_TRUE(of.settle(of.reviewer(), unreadable()));
    const auto second = of.handed_in();
    ASSERT_TRUE(of.ask_about(second));
    ASSERT_EQ(of.opened_by(of.agent(), second), code::internal);
    const auto unasked = of.handed_in();
    ASSERT_EQ(of.opened_by(of.by({domain::role::reviewer, label::trusted("rob"), label::trusted("rob")}), unasked),
              code::internal);
    EXPECT_EQ(of.settle(of.by({domain::role::reviewer, label::trusted("rob"), label::trusted("rob")}),
                        {true, "the picture", number, {}}, "2")
                  .error()
                  .what,
              code::second_person_needed);
    ASSERT_TRUE(of.settle(of.agent(), {true, "the picture", number, {}}, "2"));
}

/// Of a submission that is made and not sent.
struct heard_by_nobody final : asked {
    void refuse(const base::error&) override {}
};

TEST(checks, that_proved_a_case_leave_its_submission_to_who_has_the_code_or_the_passkey_now) {
    checks_room of;
    const auto since = of.clock.now();
    const auto in_hand_since = [&](std::optional<domain::sign_in_way> way) {
        heard_by_nobody c;
        static_cast<request&>(c) = of.owner();
        c.at = &of.at.shared();
        c.who.since = since;
        c.who.way = way;
        const auto view = of.core.read(key_of_number(at_the_door::its_number));
        const auto made = make::submit_closure({c, **view, 1}, {});
        return std::get<domain::submit_closure>(*made).session_since;
    };
    using enum domain::sign_in_way;
    EXPECT_EQ(in_hand_since(std::nullopt), since) << "nothing took days";
    ASSERT_TRUE(of.ask_about(of.handed_in()));
    EXPECT_EQ(in_hand_since(std::nullopt), since);
    ASSERT_TRUE(of.settle(of.agent(), {true, "the picture", number, {}}));
    EXPECT_EQ(in_hand_since(std::nullopt), instant{}) << "an app's login is new for nothing";
    EXPECT_EQ(in_hand_since(saved_code), instant{});
    for (const auto way : {line, passkey}) EXPECT_EQ(in_hand_since(way), since);
}

TEST(checks, are_failed_by_a_reviewer_in_words_of_their_own) {
    checks_room of;
    ASSERT_TRUE(of.ask_about(of.handed_in()));
    const auto settled =
        checks_room::checks_of(of.settle(of.reviewer(), {false, "the picture", {}, "it is a photocopy"}));
    EXPECT_EQ(settled[0].reason, "it is a photocopy");
    EXPECT_FALSE(settled[0].why);
}

TEST(checks, failed_by_one_agent_are_looked_at_by_another_the_next_time) {
    checks_room of;
    ASSERT_TRUE(of.ask_about(of.handed_in()));
    ASSERT_TRUE(of.settle(of.agent(), unreadable()));
    ASSERT_TRUE(of.ask_about(of.handed_in()));
    EXPECT_EQ(of.settle(of.agent(), unreadable(), "2").error().what, code::second_person_needed);
    EXPECT_EQ(of.settle(of.agent(), {true, "the picture", "110101198001011234", {}}, "2").error().what,
              code::proof_mismatch);
    EXPECT_EQ(of.waiting(of.reviewer()).size(), 1U) << "it waits on";
    ASSERT_TRUE(of.settle(of.reviewer(), {true, "the picture", number, {}}, "2"));
}

TEST(checks, that_fell_with_their_case_show_no_picture_any_more) {
    checks_room of;
    const auto document = of.handed_in();
    ASSERT_TRUE(of.ask_about(document));
    ASSERT_EQ(of.opened_by(of.agent(), document), code::internal);
    const auto left = at_the_door::asked_in_a_hurry<closure_told>(of.owner(), [&](request as, auto then) {
        of.at.withdraw_closure(std::move(as), of.closure, nothing{}, std::move(then));
    });
    ASSERT_TRUE(left) << left.error().words;
    EXPECT_EQ(of.opened_by(of.agent(), document), code::forbidden);
    EXPECT_THAT(of.waiting(of.agent()), IsEmpty());
}

/// By trying, nobody finds out whose documents are being compared.
TEST(checks, are_no_oracle_of_documents_for_whoever_tries) {
    checks_room of;
    const auto document = of.handed_in();
    const auto no_reason = at_the_door::asked_in_a_hurry<document_told>(of.agent(), [&](request as, auto then) {
        of.at.open_document(std::move(as), "sub-1", document.text(), looking_body{}, std::move(then));
    });
    EXPECT_EQ(no_reason.error().what, code::invalid) << "before anything is looked up";
    EXPECT_EQ(of.opened_by(of.agent(), document), code::forbidden);
    const auto who = of.core.read(credential_stream(domain::role::agent, label::trusted("ann")));
    ASSERT_TRUE(who) << "a refused look is counted";
    EXPECT_EQ((*who)->credential().searches.count, 1);
}

TEST(checks, keep_the_document_that_they_rest_on) {
    checks_room of;
    const auto document = of.handed_in();
    ASSERT_TRUE(of.ask_about(document));
    const auto taken_back = [&] {
        const auto all = at_the_door::asked_in_a_hurry<page_of<document_view>>(of.owner(), [&](request as, auto then) {
            of.at.take_document_back(std::move(as), "sub-1", document.text(), looking_body{}, std::move(then));
        });
        return all ? code::internal : all.error().what;
    };
    EXPECT_EQ(taken_back(), code::closure_stage) << "somebody is to look at it";
    ASSERT_TRUE(of.settle(of.agent(), {true, "the picture", number, {}}));
    EXPECT_EQ(taken_back(), code::closure_stage) << "and whoever decides, too";
}

TEST(checks, take_no_picture_that_a_session_finds_there) {
    checks_room of;
    const auto document = of.handed_in();
    EXPECT_EQ(of.opened_by(of.owner(), document), code::internal);
    of.clock.advance(base::hours{1});
    EXPECT_EQ(of.opened_by(of.owner(), document), code::forbidden);
    EXPECT_EQ(of.opened_by(of.reviewer(), document), code::internal);
}

}  // namespace checks_at_desk
}  // namespace
}  // namespace keepline::desk
