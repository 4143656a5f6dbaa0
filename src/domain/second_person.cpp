#include "domain/second_person.hpp"

#include "base/digest.hpp"
#include "base/enum_text.hpp"
#include "domain/reason.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

// A place for each: one person's requests leave room for everybody else's, and those about one thing for the same
// person's about another.
constexpr std::ptrdiff_t of_one_about_one_max = 4;
constexpr std::ptrdiff_t of_one_max = 8;
constexpr std::ptrdiff_t waiting_max = 32;
constexpr std::ptrdiff_t of_one_maker_max = waiting_max / 2;  // of all whom one administrator made lately
constexpr std::size_t requests_kept = 40;
constexpr std::size_t body_bytes_max = 16'384;
constexpr auto wait_without_policy = base::hours{24};

second_request* find(second_requests& in, int serial) {
    const auto found = std::ranges::find(in.list, serial, &second_request::serial);
    return found == in.list.end() ? nullptr : &*found;
}

void answer(second_requests& in, int serial, request_state how, const actor& by, instant at) {
    auto* one = find(in, serial);
    if (one == nullptr) return;
    one->state = how;
    one->answered_by = by;
    one->answered_at = at;
    one->body.clear();
}

/// When it was asked, and when the proof with it was seen, is no difference: the same ask is one request.
std::string without_times(std::string_view body) {
    constexpr std::string_view moment = "\"at\":";
    std::string out;
    while (true) {
        const auto found = body.find(moment);
        out += body.substr(0, found);
        if (found == std::string_view::npos) return out;
        body.remove_prefix(found + moment.size());
        body.remove_prefix(std::min(body.find_first_of(",}"), body.size()));
    }
}

std::string print_of(std::string_view facts) {
    constexpr std::size_t printed = 16;
    return facts.empty() ? std::string() : base::hex(base::byte_view(base::sha256(base::view(facts))).first(printed));
}

result<void> check_place(const second_requests& before, act what, const context& now) {
    const auto waits = [&](const second_request& one) { return one.waits(now.now); };
    const auto of_one = [&](const second_request& one) { return waits(one) && counted_as_one(one.by, now.by); };
    const auto about_one = [&](const second_request& one) { return of_one(one) && one.what == what; };
    if (std::ranges::count_if(before.list, about_one) >= of_one_about_one_max ||
        std::ranges::count_if(before.list, of_one) >= of_one_max)
        return refuse(code::too_many, "Too many of your requests wait for a second person here.");
    // Whoever makes tokens may hold them all.
    const auto of_maker = [&](const label& maker) {
        return std::ranges::count_if(
            before.list, [&](const second_request& one) { return waits(one) && answers_to(one.by, maker); });
    };
    for (const auto& maker : now.by.kin)
        if (of_maker(maker) >= of_one_maker_max)
            return refuse(code::too_many, "Too many requests of those whom one administrator made wait here.",
                          {{"maker", maker.text()}});
    if (std::ranges::count_if(before.list, waits) >= waiting_max)
        return refuse(code::too_many, "Too many requests wait for a second person here.");
    return {};
}

}  // namespace

std::string_view what_it_does(act what) {
    switch (what) {
        case act::unlock_line: return "Unlocks a line that was locked as lost: its devices have service again.";
        case act::lift_customer_lock: return "Takes the customer's own lock off: the line can be closed again.";
        case act::reinstate_line: return "Gives the number back to its last owner.";
        case act::undo_switch: return "Moves the number back to the device that it was moved away from.";
        case act::switch_device: return "Moves the number to another profile, on an unsigned word.";
        case act::write_off_device: return "Writes a device off: the closure no longer waits for its deletion.";
        case act::believe_deletion: return "Writes a device off on a platform's unsigned word that it deleted.";
        case act::pay_new_account: return "Pays the refund to an account that was not named at submission.";
        case act::change_contacts: return "Changes where the customer is told about everything.";
        case act::change_refund_account: return "Changes the account to which the customer's money is paid.";
        case act::erase_person: return "Destroys the customer's personal data for good.";
        case act::reset_profile: return "Makes a profile downloadable again; it may then be installed twice.";
        case act::move_identifier: return "Gives an identifier (ICCID, IMSI or EID) to another line.";
        case act::issue_token: return "Gives somebody a token that decides, pays or speaks for others.";
        case act::let_go_on:
            return "Lets the server go on where it stopped to ask: its clock, the day's endings, tokens or refunds "
                   "that a restore holds back.";
        case act::return_money: return "Pays money that came in for no line back, to the account that is named.";
        case act::believe_bank:
            return "Books a word about a refund that did not come from the bank's own system, or that contradicts what "
                   "the bank said before.";
        case act::bring_money: return "Brings money to a line, more than one person may.";
        case act::take_money: return "Takes money from a line, more than one person may.";
        case act::carry_out_plan:
            return "Changes many lines as a plan says: balances, contact points, accounts, profiles.";
        case act::further_profile:
            return "Gives the line another profile: whoever downloads it can take the number to their phone.";
        case act::rebind_profile:
            return "Opens an order that somebody waits for again, or for another device: whoever downloads it then can "
                   "take the number to their phone.";
        case act::take_identifier: return "Takes the profile that another line offers: its phone may have this number.";
        case act::lift_hold: return "Takes a hold or a block off the line: it can be closed, moved or end again.";
        case act::aim_webhook: return "Sends what happens to every customer's line to this address, from now on.";
        case act::rotate_webhook:
            return "Gives a webhook a new secret: whoever has it can sign messages that the receiver believes.";
        case act::waive_refund: return "Gives up what the customer would be paid back: the operator keeps it.";
        case act::pay_in_cash:
            return "Has what the customer is paid back handed out in cash, and not paid to the account.";
        case act::make_codes:
            return "Gives the line new recovery codes; those that its owner has hold no longer. "
                   "Whoever was handed these has a part of the owner's proof.";
        case act::stop_profile:
            return "Stops a profile, or takes its order back, that may be all that the line has to be served by.";
        case act::resume_profile: return "Lets a stopped profile serve the number again.";
        case act::change_document:
            return "Puts another document on file: whoever shows that one is taken for the customer from then on.";
        case act::verify_contact:
            return "Takes a contact point for the customer's, on a code that one of the staff typed: it is told "
                   "everything from "
                   "then on.";
        case act::hold_up:
            return "Holds up again, on a word, what the customer is about to do: the same one of the staff did so "
                   "lately.";
        case act::pay_to_account:
            return "Has what the customer is paid back paid to the account, and not as was chosen before.";
        case act::disclose:
            return "Lets the one of the staff who asked fetch everything that is held about the customer, for them.";
        case act::correct_certificate:
            return "Issues the certificate anew, with another word in the line that its owner disputes: what was "
                   "signed before holds no more.";
        case act::admit_representative:
            return "Lets somebody act for the customer, who can have their lines closed; for the dead they may be paid "
                   "what is left.";
        case act::end_representation:
            return "Ends that somebody acts for the customer: what they have applied for goes no further.";
        case act::open_account:
            return "Lets somebody sign in at the console, who then decides, or does what others did under this name.";
        case act::reset_account:
            return "Lets whoever has the new invitation sign in as this person: their password and authenticator hold "
                   "no "
                   "longer.";
        case act::other: return "Carries out what was asked.";
    }
    return "";
}

const second_request* second_requests::find(int serial) const {
    const auto found = std::ranges::find(list, serial, &second_request::serial);
    return found == list.end() ? nullptr : &*found;
}

std::optional<instant> second_requests::next_expiry() const {
    std::optional<instant> out;
    for (const auto& one : list)
        if (one.state == request_state::waiting && (!out || one.expires_at < *out)) out = one.expires_at;
    return out;
}

instant second_requests::wait_until() const {
    instant out;
    for (const auto& one : list)
        if (one.state == request_state::waiting && out < one.expires_at) out = one.expires_at;
    return out;
}

std::optional<std::string> unsound(const second_requests& in) {
    int serial = 0;
    for (const auto& one : in.list) {
        if (one.serial <= serial || one.serial > in.made) return "requests for a second person are counted wrong";
        serial = one.serial;
        if (one.state != request_state::waiting && !one.body.empty()) return "a request that is answered can be signed";
    }
    return std::nullopt;
}

void fold(second_requests& into, const second_wanted& e) {
    into.made = e.asked.serial;
    into.list.push_back(e.asked);
    if (into.list.size() <= requests_kept) return;
    const auto waits = [](const second_request& one) { return one.state == request_state::waiting; };
    const auto oldest_answered = std::ranges::find_if_not(into.list, waits);
    into.list.erase(oldest_answered == into.list.end() ? into.list.begin() : oldest_answered);
}

void fold(second_requests& into, const second_given& e) {
    answer(into, e.serial, request_state::countersigned, e.by, e.at);
}

void fold(second_requests& into, const second_refused& e) {
    answer(into, e.serial, request_state::refused, e.by, e.at);
    if (auto* one = find(into, e.serial)) one->reason = e.reason;
}

void fold(second_requests& into, const second_expired& e) { answer(into, e.serial, request_state::expired, {}, e.at); }

std::vector<second_expired> lapsed(const second_requests& in, instant now) {
    std::vector<second_expired> out;
    for (const auto& one : in.list)
        if (one.state == request_state::waiting && now >= one.expires_at) out.push_back({one.serial, now});
    return out;
}

result<void> need_second(const context& now, act what) {
    if (now.second) return {};
    return refuse(code::second_person_wanted, "A second person must sign.",
                  {{"act", boost::describe::enum_to_string(what, "")}});
}

std::optional<base::error> why_not_sign(const second_request& asked, const actor& who, instant now) {
    if (!asked.waits(now))
        return base::error{code::closure_stage,
                           "The request does not wait any more.",
                           {{"state", boost::describe::enum_to_string(asked.state, "")}}};
    if (!is_decider(who)) return base::error{code::forbidden, "A reviewer or an administrator signs as second person."};
    if (!is_acknowledged(who))
        return base::error{code::forbidden,
                           "Your token was made at the command line: it signs nothing until an administrator has said "
                           "that they know of it (POST /v1/tokens/{id}/acknowledgement). Where none is left, see "
                           "\"Without a second administrator\" in docs/operating.md."};
    if (counted_as_one(asked.by, who))
        return base::error{code::own_application, "Nobody signs what they asked for themselves."};
    if (same_person(asked.by, who))
        return base::error{code::own_application,
                           "You count as one person with who asked: one of you made, asked for or acknowledged the "
                           "other's token lately, or both were made at the command line. Somebody else signs."};
    return std::nullopt;
}

base::duration longest_hold_up(const rule_book& rules) {
    int days = 0;
    for (const auto& [id, one] : rules.policies.all()) days = std::max(days, one.hold_up_days);
    return base::days{days};
}

base::duration shortest_wait(const rule_book& rules) {
    std::optional<base::duration> least;
    for (const auto& [id, one] : rules.policies.all()) {
        const base::duration waits = base::hours{one.second_person_hours};
        if (!least || waits < *least) least = waits;
    }
    return least.value_or(wait_without_policy);
}

namespace second_detail {

bool is_wanted(const base::error& why) { return why.what == code::second_person_wanted; }

result<second_request> new_request(const second_requests& before, const base::error& wanted, std::string_view command,
                                   std::string body, std::string_view facts, const context& now, base::duration waits) {
    const auto rests_on = print_of(facts);
    if (body.size() > body_bytes_max) return refuse(code::invalid, "The request is too large to be kept.");
    // One's own: what somebody else asked for may never be signed (their tokens ended, or only their kin decides).
    const auto same = [&](const second_request& one) {
        return one.waits(now.now) && one.command == command && one.rests_on == rests_on &&
               counted_as_one(now.by, one.by) &&
               (one.body == body || (same_holder(now.by, one.by) && without_times(one.body) == without_times(body)));
    };
    if (const auto known = std::ranges::find_if(before.list, same); known != before.list.end())
        return refuse(code::second_person_needed, "This was asked for already and waits for a second person.",
                      {{"request", std::to_string(known->serial)}});
    second_request out;
    out.serial = before.made + 1;
    for (const auto& one : wanted.data)
        if (one.name == "act") out.what = base::enum_named<decltype(out.what)>(one.value).value_or(out.what);
    CHECK(check_place(before, out.what, now));
    out.command = command;
    out.body = std::move(body);
    out.rests_on = rests_on;
    out.by = now.by;
    out.through = now.through;
    out.at = now.now;
    out.expires_at = now.now + waits;
    return out;
}

result<const second_request*> answerable(const second_requests& in, int serial, instant now) {
    const auto* found = in.find(serial);
    if (found == nullptr) return refuse(code::not_found, "There is no such request.");
    if (!found->waits(now))
        return refuse(code::closure_stage, "The request does not wait any more.",
                      {{"state", boost::describe::enum_to_string(found->state, "")}});
    return found;
}

result<void> check_still_so(const second_request& asked, std::string_view facts) {
    if (asked.rests_on == print_of(facts)) return {};
    return refuse(code::changed_since, "What was asked about is not as it was then: refuse it, and ask anew.");
}

result<void> check_same_act(const second_request& asked, const base::error& wanted) {
    for (const auto& one : wanted.data)
        if (one.name == "act" && one.value == boost::describe::enum_to_string(asked.what, "")) return {};
    return refuse(code::changed_since,
                  "It would do something else now than when it was asked for: refuse it, and ask anew.");
}

std::unexpected<base::error> nothing_left() {
    return refuse(code::changed_since, "What was asked for is so already: refuse it.");
}

/// Whoever asked may take it back; everybody else needs a deciding role.
result<void> check_refusal(const second_request& asked, const std::string& reason, const context& now) {
    if (!is_decider(now.by) && !same_holder(now.by, asked.by))
        return refuse(code::forbidden, "A reviewer or an administrator refuses it, or who asked takes it back.");
    if (!is_acknowledged(now.by) && !same_holder(now.by, asked.by))
        return refuse(code::forbidden,
                      "Your token was made at the command line: it decides nothing until an administrator has said "
                      "that they know of it.");
    return check_reason(reason);
}

}  // namespace second_detail

}  // namespace keepline::domain
