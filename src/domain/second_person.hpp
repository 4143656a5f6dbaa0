// The second person (docs/rules.md R9): what one person may ask for and only another may let happen. For every
// aggregate.
//
//   a rule:     CHECK(need_second(now, act::write_off));     last, after everything else that it checks
//   first time: the command is kept as a request (event second_wanted) and changes nothing else
//   countersign: while what it rests on is as it was (not this loss for the last one, nor another account), and what it
//   would do is what the signer was shown; somebody
//   else, in a deciding role, lets it happen: the command is carried out as the one who asked
//                (context.by) with the one who signed (context.second), against the state of that moment, once
//
// Pure. What a request holds goes into the journal: no personal data.
#pragma once

#include "base/json.hpp"
#include "domain/context.hpp"
#include "domain/decision.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// What is asked for, so that people and texts need not read commands.
enum class act {
    unlock_line,
    lift_customer_lock,
    reinstate_line,
    undo_switch,
    switch_device,
    write_off_device,
    believe_deletion,
    pay_new_account,
    change_contacts,
    change_refund_account,
    erase_person,
    reset_profile,
    move_identifier,
    issue_token,
    let_go_on,
    other,
    return_money,
    believe_bank,
    bring_money,
    take_money,
    carry_out_plan,
    further_profile,
    rebind_profile,
    take_identifier,
    lift_hold,
    aim_webhook,
    rotate_webhook,
    waive_refund,
    pay_in_cash,
    make_codes,
    stop_profile,
    resume_profile,
    change_document,
    verify_contact,
    hold_up,
    pay_to_account,
    correct_certificate,
    admit_representative,
    disclose,
    end_representation,
    open_account,
    reset_account
};
BOOST_DESCRIBE_ENUM(act, unlock_line, lift_customer_lock, reinstate_line, undo_switch, switch_device, write_off_device,
                    believe_deletion, pay_new_account, change_contacts, change_refund_account, erase_person,
                    reset_profile, move_identifier, issue_token, let_go_on, other, return_money, believe_bank,
                    bring_money, take_money, carry_out_plan, further_profile, rebind_profile, take_identifier,
                    lift_hold, aim_webhook, rotate_webhook, waive_refund, pay_in_cash, make_codes, stop_profile,
                    resume_profile, change_document, verify_contact, hold_up, pay_to_account, correct_certificate,
                    admit_representative, disclose, end_representation, open_account, reset_account)

/// In one sentence what happens when it is signed, for the person who is about to.
std::string_view what_it_does(act what);

enum class request_state { waiting, countersigned, refused, expired };
BOOST_DESCRIBE_ENUM(request_state, waiting, countersigned, refused, expired)

struct second_request {
    int serial = 0;  // 1, 2, … on this stream
    act what = act::other;
    std::string command;  // its name
    std::string body;     // the whole command as JSON of the journal; empty once it is answered
    actor by;
    channel through = channel::staff;
    instant at;
    instant expires_at;
    request_state state = request_state::waiting;
    actor answered_by;
    instant answered_at;
    std::string reason;      // of a refusal
    std::string rests_on{};  // a digest of what was so when it was asked for, and is not in the command
    bool operator==(const second_request&) const = default;
    bool waits(instant now) const { return state == request_state::waiting && now < expires_at; }
};
BOOST_DESCRIBE_STRUCT(second_request, (),
                      (serial, what, command, body, by, through, at, expires_at, state, answered_by, answered_at,
                       reason, rests_on))

/// A part of the aggregate's state, as its member `asked`.
struct second_requests {
    int made = 0;
    std::vector<second_request> list;  // the newest last; answered ones are forgotten first
    bool operator==(const second_requests&) const = default;
    const second_request* find(int serial) const;
    std::optional<instant> next_expiry() const;
    /// Until when the last of those that wait does; zero: none waits.
    instant wait_until() const;
};
BOOST_DESCRIBE_STRUCT(second_requests, (), (made, list))

// -- commands, alternatives of every aggregate's

struct countersign {
    static constexpr std::string_view name = "countersign";
    int serial = 0;
};
BOOST_DESCRIBE_STRUCT(countersign, (), (serial))
struct refuse_second {
    static constexpr std::string_view name = "refuse_second";
    int serial = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(refuse_second, (), (serial, reason))

/// The timer's word to a stream that has no other timer: what waited too long is over (see next_expiry).
struct expire_requests {
    static constexpr std::string_view name = "expire_requests";
};
BOOST_DESCRIBE_STRUCT(expire_requests, (), ())

// -- events, alternatives of every aggregate's

struct second_wanted {
    static constexpr std::string_view name = "second_wanted";
    second_request asked;
    bool operator==(const second_wanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(second_wanted, (), (asked))
/// Comes before the events of the command that it let happen.
struct second_given {
    static constexpr std::string_view name = "second_given";
    int serial = 0;
    actor by;
    instant at;
    bool operator==(const second_given&) const = default;
};
BOOST_DESCRIBE_STRUCT(second_given, (), (serial, by, at))
struct second_refused {
    static constexpr std::string_view name = "second_refused";
    int serial = 0;
    actor by;
    std::string reason;
    instant at;
    bool operator==(const second_refused&) const = default;
};
BOOST_DESCRIBE_STRUCT(second_refused, (), (serial, by, reason, at))
struct second_expired {
    static constexpr std::string_view name = "second_expired";
    int serial = 0;
    instant at;
    bool operator==(const second_expired&) const = default;
};
BOOST_DESCRIBE_STRUCT(second_expired, (), (serial, at))

/// What does not hold of these; see number.hpp.
std::optional<std::string> unsound(const second_requests& in);

void fold(second_requests& into, const second_wanted& e);
void fold(second_requests& into, const second_given& e);
void fold(second_requests& into, const second_refused& e);
void fold(second_requests& into, const second_expired& e);

// -- rules

/// What waited for a second person until now, in vain.
std::vector<second_expired> lapsed(const second_requests& in, instant now);

/// Passes when a second person has signed; otherwise the refusal that `with_second_person` makes a request of.
result<void> need_second(const context& now, act what);

/// Nothing: `who` may sign. The aggregate may know more reasons not to (took part in the case).
std::optional<base::error> why_not_sign(const second_request& asked, const actor& who, instant now);

/// Within how many days one of the staff holds somebody up on a word once only; the longest of all policies.
base::duration longest_hold_up(const rule_book& rules);
/// The shortest span of all policies: for streams that have no policy of their own.
base::duration shortest_wait(const rule_book& rules);

namespace second_detail {

result<second_request> new_request(const second_requests& before, const base::error& wanted, std::string_view command,
                                   std::string body, std::string_view facts, const context& now, base::duration waits);
result<const second_request*> answerable(const second_requests& in, int serial, instant now);
result<void> check_refusal(const second_request& asked, const std::string& reason, const context& now);
bool is_wanted(const base::error& why);
result<void> check_still_so(const second_request& asked, std::string_view facts);
std::unexpected<base::error> nothing_left();
/// `wanted`: what the same command takes a signature for now.
result<void> check_same_act(const second_request& asked, const base::error& wanted);

}  // namespace second_detail

/// An aggregate's `decide` around its rules. `Rules`: (decision, command, context) -> result<void>, which emits; never
/// called with countersign or refuse_second. `May`: (state, request, who) -> optional<error>, the aggregate's own
/// reasons. `Facts`: (state, command) -> text, what the command is about without saying it; no personal data.
template <typename Aggregate, typename Rules, typename May, typename Facts>
result<decision<Aggregate>> with_second_person(const typename Aggregate::state& before,
                                               const typename Aggregate::command& what, const context& now,
                                               base::duration waits, const Rules& rules, const May& may,
                                               const Facts& facts) {
    decision<Aggregate> out(before);
    if (const auto* sign = std::get_if<countersign>(&what)) {
        TRY(found, second_detail::answerable(before.asked, sign->serial, now.now));
        if (auto why = why_not_sign(*found, now.by, now.now)) return std::unexpected(std::move(*why));
        if (std::optional<base::error> why = may(before, *found, now.by)) return std::unexpected(std::move(*why));
        TRY(stored, base::from_json<typename Aggregate::command>(found->body));
        CHECK(second_detail::check_still_so(*found, facts(before, stored)));
        auto as = now;
        as.by = found->by;
        as.through = found->through;
        as.second = now.by;
        out.emit(second_given{found->serial, now.by, now.now});
        auto alone = as;
        alone.second.reset();
        auto tried = out;
        if (const auto unsigned_yet = rules(tried, stored, alone);
            !unsigned_yet && second_detail::is_wanted(unsigned_yet.error()))
            CHECK(second_detail::check_same_act(*found, unsigned_yet.error()));
        CHECK(rules(out, stored, as));
        // Whoever signs is not told that it was done where nothing was left to do.
        if (out.events().size() == 1) return second_detail::nothing_left();
        return out;
    }
    if (const auto* no = std::get_if<refuse_second>(&what)) {
        TRY(found, second_detail::answerable(before.asked, no->serial, now.now));
        CHECK(second_detail::check_refusal(*found, no->reason, now));
        out.emit(second_refused{found->serial, now.by, no->reason, now.now});
        return out;
    }
    const auto done = rules(out, what, now);
    if (done) return out;
    if (!second_detail::is_wanted(done.error())) return std::unexpected(done.error());
    const auto name = std::visit([](const auto& one) { return std::remove_cvref_t<decltype(one)>::name; }, what);
    TRY(asked, second_detail::new_request(before.asked, done.error(), name, base::to_json(what), facts(before, what),
                                          now, waits));
    decision<Aggregate> asks(before);  // what the rule had emitted before it asked is dropped
    asks.emit(second_wanted{std::move(asked)});
    return asks;
}

}  // namespace keepline::domain
