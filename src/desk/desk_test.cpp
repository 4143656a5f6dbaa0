// What can be asked of the desk without a door: who may what, repeats, who sees what, and that it answers once.
#include "desk/desk.hpp"

#include "desk/esim_service.hpp"
#include "desk/fake_ground.hpp"
#include "desk/waiting.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using base::code;

constexpr std::string_view number = "+8613800138000";

struct counter : fake_ground {
    counter() {
        engine::submission what;
        what.to = key_of_number(base::msisdn::trusted(std::string(number)));
        domain::import_line command;
        command.order.number = base::msisdn::trusted(std::string(number));
        command.order.subscriber = label::trusted("sub-1");
        command.order.policy = "cn";
        command.order.language = "en";
        command.order.refund_account = "account-1";
        domain::contact_ref mail;
        mail.id = label::trusted("mail1");
        mail.by = domain::medium::mail;
        mail.verified = true;
        command.order.contacts = {mail};
        domain::new_profile profile;
        profile.iccid = base::iccid::trusted("89860012345678901238");
        profile.imsi = base::imsi::trusted("460001234567890");
        profile.state = domain::profile_state::enabled;
        command.order.profiles = {profile};
        command.since = *base::instant_from_iso("2020-01-01T00:00:00Z");
        command.valid_until = *base::instant_from_iso("2027-06-01T00:00:00Z");
        command.balance = base::money{1'250, "CNY"};
        what.what = domain::number_command(std::move(command));
        what.by = {domain::role::system, label::trusted("bss")};
        what.must_exist = false;
        what.reserved = domain::reservation{1, clock.now() + base::minutes{5}};
        core.submit(std::move(what), [&](const result<engine::answer>& done) {
            if (done) line = done->view->public_id;
        });
    }

    request by(domain::role as, std::string_view name) {
        request in;
        in.who.who = {as, label::trusted(std::string(name))};
        in.who.channels = every_channel(as);
        in.through = in.who.channels.empty() ? domain::channel::staff : in.who.channels.front();
        in.correlation = "test-1";
        in.once = fresh_key();
        return in;
    }
    request owner() { return by(domain::role::subscriber, "sub-1"); }
    engine::idempotency fresh_key() {
        engine::idempotency out;
        out.key[0] = ++keys_;
        return out;
    }

    result<closure_told> opened(request in) {
        return ask_and_wait<closure_told>(std::move(in), [&](request asked_by, reply<closure_told> then) {
            at.open_closure(std::move(asked_by), line, open_body{}, std::move(then));
        });
    }
    result<line_told> top_up(request in, std::string reference) {
        auto told = ask_and_wait<money_told>(std::move(in), [&](request asked_by, reply<money_told> then) {
            at.take_top_up(std::move(asked_by), line, money_body{{500, "CNY"}, std::move(reference)}, std::move(then));
        });
        if (!told) return std::unexpected(told.error());
        return line_told{std::get<line_view>(told->is), told->version, told->replayed};
    }
    result<line_view> line_seen_by(request in) {
        auto told = ask_and_wait<line_told>(std::move(in), [&](request asked_by, reply<line_told> then) {
            at.read_line(std::move(asked_by), line, std::move(then));
        });
        if (!told) return std::unexpected(told.error());
        return std::get<line_view>(told->is);
    }

    desk at{stood_on()};
    std::string line;

 private:
    std::uint8_t keys_ = 0;
};

const closure_view& case_in(const result<closure_told>& told) { return std::get<closure_view>(told->is); }

// ------------------------------------------------------------------------------------------------ who may what

TEST(desk, refuses_every_role_that_the_table_does_not_name_and_looks_at_nothing_for_it) {
    counter of;
    using enum domain::role;
    // One of each kind of right, as the table in use_cases.hpp has them.
    const auto refused = [&](domain::role as, auto ask) {
        auto in = of.by(as, "someone");
        const auto told = ask(std::move(in));
        return !told && told.error().what == code::forbidden;
    };
    const auto approve = [&](request in) {
        return ask_and_wait<closure_told>(std::move(in), [&](request by, reply<closure_told> then) {
            of.at.approve_closure(std::move(by), of.line + "-c1", reason_body{"fine"}, std::move(then));
        });
    };
    const auto read = [&](request in) { return of.line_seen_by(std::move(in)); };
    const auto open = [&](request in) { return of.opened(std::move(in)); };
    const auto bonus = [&](request in) {
        return ask_and_wait<line_told>(std::move(in), [&](request by, reply<line_told> then) {
            of.at.give_bonus(std::move(by), of.line, money_body{{1, "CNY"}, "b-1"}, std::move(then));
        });
    };
    const std::map<std::string, std::map<domain::role, bool>> wanted{
        {"approve",
         {{subscriber, true}, {agent, true}, {reviewer, false}, {admin, false}, {system, true}, {portal, true}}},
        {"read",
         {{subscriber, false}, {agent, false}, {reviewer, false}, {admin, false}, {system, false}, {portal, true}}},
        {"open",
         {{subscriber, false}, {agent, false}, {reviewer, true}, {admin, false}, {system, false}, {portal, true}}},
        {"bonus",
         {{subscriber, true}, {agent, true}, {reviewer, true}, {admin, false}, {system, false}, {portal, true}}},
    };
    for (const auto& [what, roles] : wanted)
        for (const auto& [as, is_refused] : roles) {
            const auto was = what == "approve" ? refused(as, approve)
                             : what == "read"  ? refused(as, read)
                             : what == "open"  ? refused(as, open)
                                               : refused(as, bonus);
            EXPECT_EQ(was, is_refused) << what << " by " << boost::describe::enum_to_string(as, "");
        }
}

TEST(desk, a_customer_hears_of_somebody_elses_line_what_they_hear_of_none) {
    counter of;
    const auto own = of.line_seen_by(of.owner());
    ASSERT_TRUE(own) << own.error().words;
    const auto foreign = of.line_seen_by(of.by(domain::role::subscriber, "sub-2"));
    of.line = "ln_none";
    const auto none = of.line_seen_by(of.by(domain::role::subscriber, "sub-2"));
    ASSERT_FALSE(foreign || none);
    EXPECT_EQ(foreign.error().what, none.error().what);
    EXPECT_EQ(foreign.error().words, none.error().words);
}

TEST(desk, what_a_door_could_not_understand_says_nothing_of_a_line_that_the_caller_may_not_know) {
    counter of;
    const auto said_badly = [&](request in) {
        return ask_and_wait<line_told>(std::move(in), [&](request by, reply<line_told> then) {
            of.at.declare_found(std::move(by), of.line, base::refuse(code::malformed, "Not JSON."), std::move(then));
        });
    };
    EXPECT_EQ(said_badly(of.owner()).error().what, code::malformed);
    EXPECT_EQ(said_badly(of.by(domain::role::subscriber, "sub-2")).error().what, code::not_found);
}

// ------------------------------------------------------------------------------------------------ repeats

TEST(desk, the_same_key_is_the_same_request_and_another_is_another_one) {
    counter of;
    auto in = of.by(domain::role::agent, "ann");
    const auto first = of.top_up(in, "t-1");
    ASSERT_TRUE(first) << first.error().words;
    const auto again = of.top_up(in, "t-1");
    ASSERT_TRUE(again);
    EXPECT_FALSE(first->replayed);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->version, first->version);
    const auto other = of.top_up(of.by(domain::role::agent, "ann"), "t-2");
    ASSERT_TRUE(other);
    EXPECT_EQ(std::get<line_view>(other->is).balance.prepaid.minor,
              std::get<line_view>(first->is).balance.prepaid.minor + 500);
}

TEST(desk, applying_twice_is_one_case_and_only_the_first_made_it) {
    counter of;
    const auto first = of.opened(of.owner());
    ASSERT_TRUE(first) << first.error().words;
    const auto second = of.opened(of.owner());
    ASSERT_TRUE(second);
    EXPECT_TRUE(first->made);
    EXPECT_FALSE(second->made);
    EXPECT_EQ(case_in(first).id, case_in(second).id);
}

TEST(desk, a_decision_on_another_version_than_the_one_that_was_looked_at_is_refused) {
    counter of;
    const auto case_of = of.opened(of.owner());
    ASSERT_TRUE(case_of);
    auto in = of.by(domain::role::reviewer, "rev");
    in.expected = case_of->version + 7;
    const auto told = ask_and_wait<closure_told>(std::move(in), [&](request by, reply<closure_told> then) {
        of.at.approve_closure(std::move(by), case_in(case_of).id, reason_body{"fine"}, std::move(then));
    });
    EXPECT_EQ(told.error().what, code::version_mismatch);
}

// ------------------------------------------------------------------------------------------------ who sees what

TEST(desk, staff_facts_are_not_in_what_a_customer_is_told) {
    counter of;
    ASSERT_TRUE(ask_and_wait<line_told>(of.by(domain::role::admin, "adm"), [&](request by, reply<line_told> then) {
        of.at.set_legal_hold(std::move(by), of.line, legal_hold_body{"court 17/26"}, std::move(then));
    }));
    const auto staff = of.line_seen_by(of.by(domain::role::agent, "ann"));
    const auto customer = of.line_seen_by(of.owner());
    ASSERT_TRUE(staff && customer);
    EXPECT_NE(base::to_json(*staff, base::form::api).find("court 17/26"), std::string::npos);
    EXPECT_EQ(base::to_json(*customer, base::form::api).find("court 17/26"), std::string::npos);
    const auto history =
        ask_and_wait<page_of<history_entry_view>>(of.owner(), [&](request by, reply<page_of<history_entry_view>> then) {
            of.at.read_history(std::move(by), of.line, paging{}, std::move(then));
        });
    ASSERT_TRUE(history) << history.error().words;
    for (const auto& one : history->items)
        EXPECT_EQ(base::to_json(one, base::form::api).find("court 17/26"), std::string::npos);
}

TEST(desk, a_history_is_read_from_its_latest_entries_on_where_that_is_asked_for) {
    counter of;
    for (const auto* reason : {"court 1/26", "court 2/26", "court 3/26"})
        ASSERT_TRUE(ask_and_wait<line_told>(of.by(domain::role::admin, "adm"), [&](request by, reply<line_told> then) {
            of.at.set_legal_hold(std::move(by), of.line, legal_hold_body{reason}, std::move(then));
        }));
    const auto read = [&](paging page) {
        return ask_and_wait<page_of<history_entry_view>>(
            of.by(domain::role::agent, "ann"), [&](request by, reply<page_of<history_entry_view>> then) {
                of.at.read_history(std::move(by), of.line, std::move(page), std::move(then));
            });
    };
    const auto all = read({"", 50});
    ASSERT_TRUE(all && all->items.size() > 2);
    const auto end = all->items.back().version;
    const auto latest = read({"", 50, 2});
    ASSERT_TRUE(latest) << latest.error().words;
    ASSERT_EQ(latest->items.size(), 2U);
    EXPECT_EQ(latest->items.front().version, end - 1);
    const auto on = read({std::to_string(end - 1), 50, 2});
    ASSERT_TRUE(on);
    ASSERT_EQ(on->items.size(), 1U) << "a cursor goes on behind it";
    EXPECT_EQ(on->items.front().version, end);
    EXPECT_EQ(read({"", 50, 1'000})->items.size(), all->items.size());
}

TEST(desk, whoever_searches_is_written_down_before_they_are_told) {
    counter of;
    const auto told =
        ask_and_wait<line_told>(of.by(domain::role::agent, "ann"), [&](request by, reply<line_told> then) {
            search_body wanted;
            wanted.number = base::msisdn::trusted(std::string(number));
            of.at.find_line(std::move(by), std::move(wanted), std::move(then));
        });
    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(of.core.submitted.back().to, credential_stream(domain::role::agent, label::trusted("ann")));
}

// ------------------------------------------------------------------------------------------------ answers

TEST(desk, answers_a_command_on_the_callers_executor_and_not_before) {
    counter of;
    auto in = of.owner();
    const auto own = std::make_shared<waiting>();
    in.where = own;
    int answers = 0;
    of.at.open_closure(std::move(in), of.line, open_body{}, [&](const result<closure_told>&) { ++answers; });
    EXPECT_EQ(answers, 0) << "the fake engine has answered already";
    own->run_one();
    EXPECT_EQ(answers, 1);
}

TEST(desk, says_so_when_the_engine_takes_nothing) {
    counter of;
    of.core.refuse_everything = base::error{code::overloaded, "Too much.", {}};
    EXPECT_EQ(of.opened(of.owner()).error().what, code::overloaded);
}

TEST(desk, a_certificate_that_was_not_issued_is_not_found) {
    counter of;
    const auto opened = of.opened(of.owner());
    ASSERT_TRUE(opened);
    const auto told = ask_and_wait<certificate_told>(of.owner(), [&](request by, reply<certificate_told> then) {
        of.at.read_certificate(std::move(by), case_in(opened).id, std::move(then));
    });
    EXPECT_EQ(told.error().what, code::not_found);
}

}  // namespace
}  // namespace keepline::desk
