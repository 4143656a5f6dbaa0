// What cannot be is seen; and what can be never is (every walk asks: test_world.hpp, rule_checks.hpp).
#include "domain/esim/esim.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;

// A rule reads the state and emits: nothing else that it is given can be written to.
static_assert(std::is_same_v<decltype(std::declval<draft&>().state()), const number_state&>);
static_assert(std::is_same_v<decltype(std::declval<draft&>().need_stage({})), result<const closure*>>);
static_assert(std::is_same_v<decltype(std::declval<decision<esim>&>().state()), const esim_state&>);
static_assert(std::is_same_v<decltype(std::declval<decision<subscriber>&>().state()), const subscriber_state&>);

template <typename Change>
std::string said_of(number_state s, const Change& change) {
    change(s);
    return unsound(s).value_or("");
}

TEST(unsound, a_line_and_its_case_are_what_they_can_be) {
    world w;
    w.have_line();
    w.submit_high();
    const auto said = [&](const auto& change) { return said_of(w.s, change); };
    EXPECT_EQ(said([](number_state&) {}), "");
    EXPECT_EQ(said([](number_state& s) { s.subscription.reset(); }), "something is left of a line that is not there");
    EXPECT_EQ(said([](number_state& s) { ++s.generations; }), "the line is another owner's than the number");
    EXPECT_EQ(said([](number_state& s) { s.held.emplace(); }), "holds run, or have ended, beside the line");
    EXPECT_EQ(said([](number_state& s) { s.subscription->status = line_status::ended; }),
              "holds run, or have ended, beside the line");
    EXPECT_EQ(said([](number_state& s) {
                  s.held.emplace();
                  s.subscription->status = line_status::ended;
              }),
              "a case is open of a line that has ended");
    EXPECT_EQ(said([&](number_state& s) { s.subscription->customer_unlock_at = w.now; }),
              "a lock comes off that is not there");
    EXPECT_EQ(said([](number_state& s) { s.subscription->last_loss.reset(); }),
              "the line is locked as lost, and nothing was");
    EXPECT_EQ(said([](number_state& s) { s.current->number = 0; }), "the case is counted wrong");
    EXPECT_EQ(said([](number_state& s) { s.current->offer.reset(); }), "a quote is accepted that was not made");
}

TEST(unsound, profiles_and_money_are_counted_once) {
    world w;
    w.have_line();
    const auto said = [&](const auto& change) { return said_of(w.s, change); };
    EXPECT_EQ(said([](number_state& s) { s.profiles.push_back(s.profiles.front()); }), "a profile is here twice");
    EXPECT_EQ(said([](number_state& s) {
                  s.profiles.front().state = profile_state::deleted;
                  s.profiles.front().to_delete = true;
              }),
              "a profile that is gone is still to be deleted");
    EXPECT_EQ(said([](number_state& s) { s.profiles.front().lost = true; }),
              "a device is lost since nobody knows when");
    EXPECT_EQ(said([](number_state& s) { s.offers.emplace_back(); }), "a profile is offered that is not here");
    EXPECT_EQ(said([](number_state& s) { s.leaving.emplace_back().what = s.profiles.front(); }),
              "a profile is here and has left");
    EXPECT_EQ(said([](number_state& s) { s.subscription->serving = iccid_of(9); }),
              "the number is registered to a profile that is not here");
    EXPECT_EQ(said([](number_state& s) { s.books.balances["cash"] += 1; }), "the ledger does not add up to zero");
    const auto moved = [](const char* from, const char* to) {
        return [=](number_state& s) {
            s.books.balances[from] -= 1'000'000;
            s.books.balances[to] += 1'000'000;
        };
    };
    EXPECT_EQ(said(moved("revenue", "prepaid")), "more was taken than the customer had");
    EXPECT_EQ(said(moved("revenue", "bonus")), "more was taken than the customer was given");
    EXPECT_EQ(said(moved("debt", "cash")), "more was paid than the customer owed");
    EXPECT_EQ(said([](number_state& s) { s.unclaimed.emplace_back().serial = 1; }), "unclaimed money is counted wrong");
    EXPECT_EQ(said([](number_state& s) {
                  s.unclaimed_made = 1;
                  s.unclaimed.emplace_back().serial = 1;
              }),
              "unclaimed money is none");
    EXPECT_EQ(said([](number_state& s) { s.asked.list.emplace_back().serial = 1; }),
              "requests for a second person are counted wrong");
    EXPECT_EQ(said([](number_state& s) {
                  s.asked.made = 1;
                  auto& one = s.asked.list.emplace_back();
                  one.serial = 1;
                  one.state = request_state::refused;
                  one.body = "{}";
              }),
              "a request that is answered can be signed");
}

TEST(unsound, a_profile_of_the_stock_and_a_person) {
    esim_state ordered;
    ordered.status = esim_status::allocated;
    EXPECT_EQ(unsound(ordered), "it is ordered, and nobody did");
    esim_state failed;
    failed.orders = 1;
    failed.status = esim_status::error;
    EXPECT_EQ(unsound(failed), "an order failed for no reason, or goes on");
    esim_state again;
    again.terms.matching_id = "MID";
    EXPECT_EQ(unsound(again), "it is in stock with what is left of an order");
    EXPECT_EQ(unsound(esim_state()), std::nullopt);

    subscriber_state twice;
    twice.contacts = {{named("m"), medium::mail, true, {}, {}, {}, {}},
                      {named("m"), medium::mail, true, {}, {}, {}, {}}};
    EXPECT_EQ(unsound(twice), "a contact point is there twice");
    subscriber_state erased;
    erased.erased_at = at("2026-03-02T02:00:00Z");
    EXPECT_EQ(unsound(erased), std::nullopt);
    erased.refund_account = "account";
    EXPECT_EQ(unsound(erased), "something is left of a person who was erased");
}

}  // namespace
}  // namespace keepline::domain
