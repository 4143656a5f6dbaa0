// For tests only: a walk through a number's life, chosen by dice. Most steps do what a person in that state would do
// next, so that many walks reach the end; the others are hostile: any command, any actor, any time.
#pragma once

#include "domain/test_world.hpp"

namespace keepline::domain::testing {

class walker {
 public:
    bool disputes = true;     // certificates may be held to be wrong
    bool checks = true;       // proof may be asked for
    bool for_others = false;  // somebody may act for the owner

    explicit walker(world& of) : w_(of) {}

    /// One die, one step. The same dice walk the same way.
    void walk(std::uint32_t die) {
        die_ = die;
        pass_time();
        if (roll(100) < 22)
            hostile();
        else
            sensible();
        remember_effects();
    }

 private:
    using kind = evidence_kind;
    /// The clerk's other token: the same person.
    const actor own_reviewer{role::reviewer, clerk.id};

    int roll(int sides) {  // a few small dice out of one
        die_ = die_ * 1664525U + 1013904223U;
        return static_cast<int>((die_ >> 8U) % static_cast<unsigned>(sides));
    }
    template <typename T>
    T any_of(std::initializer_list<T> from) {
        return *(from.begin() + roll(static_cast<int>(from.size())));
    }
    call_back_end how_a_call_went() {
        using enum call_back_end;
        return any_of({nobody, confirmed, confirmed, wrong, repudiated});
    }
    void send(const number_command& what, const actor& by, channel through = channel::web) {
        if (!w_.admits || w_.admits(what)) (void)w_.apply(what, by, through);
    }

    void pass_time() {
        switch (roll(12)) {
            case 0: w_.pass(base::days{roll(12)}); break;
            case 1: w_.pass(base::hours{roll(30)}); break;
            case 2: tick_when_due(); break;
            default: w_.pass(base::minutes{2 + roll(20)}); break;
        }
    }
    void tick_when_due() {
        const auto next = w_.due();
        if (!next) return;
        if (*next > w_.now) w_.now = *next + base::duration{roll(3) == 0 ? roll(100'000'000) : 0};
        send(tick{}, machine);
        remember_effects();
    }

    void remember_effects() {
        if (w_.record.empty()) return;
        for (; seen_ < w_.record.size(); ++seen_)
            for (const auto& h : w_.record[seen_].happened)
                for (const auto& e : h.effects) note(e);
    }
    void note(const effect& e) {
        if (const auto* action = std::get_if<hlr_action>(&e)) {
            hlr_answered answer{action->operation, action->imsi, "done"};
            if (roll(8) == 0) {
                answer.mismatch = roll(2) == 0 ? mismatch_kind::imsi_serves_other : mismatch_kind::number_of_other;
                answer.other = "+8613800138009";
            }
            answers_.push_back(answer);
        }
        if (const auto* given = std::get_if<give_profile>(&e); given != nullptr && roll(2) == 0)
            answers_.push_back(take_back{given->iccid, given->from_generation, "the line has ended"});
        if (const auto* passed = std::get_if<pass_claim>(&e))
            answers_.push_back(hear_claim{passed->identifier, passed->to});
        if (const auto* ordered = std::get_if<order_esim>(&e)) {
            take_esim came;
            const int n = 3 + roll(3);
            came.added = {iccid_of(n),
                          imsi_of(n),
                          {},
                          profile_state::released,
                          ordered->profile_type,
                          ordered->terms.matching_id};
            came.generation = ordered->generation;
            answers_.push_back(came);
        }
        if (const auto* recalled = std::get_if<cancel_esim>(&e))
            answers_.push_back(hear_esim{recalled->iccid, profile_state::cancelled, {}, {}, {}});
        if (const auto* claims = std::get_if<sign_certificate>(&e)) answers_.push_back(signed_form(*claims));
        if (const auto* pay = std::get_if<pay_refund>(&e)) answers_.push_back(refund_written{pay->id, "file-1"});
        if (const auto* rings = std::get_if<call_back>(&e))
            answers_.push_back(hear_call_back{rings->closure, rings->serial, how_a_call_went()});
        if (const auto* notice = std::get_if<send_notice>(&e))
            answers_.push_back(notice_sent{notice->kind, notice->contact, notice->by, std::to_string(++receipts_)});
    }
    /// What the peers answer, now and then twice or out of order.
    void answer() {
        if (answers_.empty()) return;
        const auto at = roll(6) == 0 ? static_cast<std::size_t>(roll(static_cast<int>(answers_.size()))) : 0;
        const auto one = answers_[at];
        if (roll(8) != 0) answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(at));
        send(one, machine);
    }
    void answer_network() {
        for (int left = 12; left > 0 && w_.s.current && at(*w_.s.current) == stage::settling; --left) {
            const auto found = std::ranges::find_if(
                answers_, [](const number_command& c) { return std::holds_alternative<hlr_answered>(c); });
            if (found == answers_.end()) return;
            auto one = std::move(*found);
            answers_.erase(found);
            send(one, machine);
            remember_effects();
        }
    }

    // -- what a person would do next

    void sensible() {
        const auto& s = w_.s;
        if (roll(5) == 0) return answer();
        if (!s.subscription) return order();
        if (const auto& moved = s.subscription->last_switch; moved && !moved->undone && roll(4) == 0)
            return send(undo_switch{{w_.saved_code()}}, w_.owner);
        if (s.asked.next_expiry() && roll(3) == 0) return sign();
        if (s.subscription->customer_lock && roll(2) == 0) {
            set_customer_lock off{false, {}};
            if (roll(3) != 0) off.shown.push_back(w_.saved_code(any_of<std::string>({"saved-1", "saved-2", "none"})));
            return send(off, w_.owner);
        }
        if (s.subscription->status == line_status::ended) return after_the_end();
        if (s.subscription->locked_since && roll(6) == 0) return found();
        if (!s.mismatches.empty() && roll(2) == 0) return send(recheck_network{}, reviewer, channel::staff);
        if (!s.offers.empty() && roll(2) == 0) {
            const auto& one = s.offers.front();
            return roll(3) == 0 ? send(withdraw_offer{one.iccid}, w_.owner) : agree(one);
        }
        if (for_others && roll(4) == 0) return others();
        if (for_others && !s.has_open_closure() && !s.representatives.empty() && roll(3) != 0) return apply_on_behalf();
        if (!s.has_open_closure()) return roll(3) == 0 ? daily_life() : send(open_closure{}, w_.owner);
        switch (at(*s.current)) {
            case stage::opened: return apply_for_it();
            case stage::in_review: return review();
            case stage::approved: return roll(12) == 0 ? stop() : tick_when_due();
            case stage::unbinding: return roll(25) == 0 ? stop() : unbind();
            case stage::settling: return answer_network();
            case stage::fraud_hold: return decide_fraud();
            default: return;
        }
    }

    /// As the owner's stream tells it: somebody acts for them, or does so no more.
    void others() {
        auto all = w_.s.representatives;
        const auto stands = std::ranges::find(all, representation_state::standing, &representative::state);
        if (stands != all.end() && roll(5) == 0) {
            stands->state =
                any_of({representation_state::stopped, representation_state::ended, representation_state::expired});
            stands->over_at = w_.now;
            stands->over_by = any_of<actor>({w_.owner, clerk});
        } else if (stands == all.end() || roll(4) == 0) {
            representative one;
            one.serial = all.empty() ? 1 : all.back().serial + 1;
            one.kind = static_cast<representative_kind>(roll(4));
            one.who = named("sb-9");
            one.papers = w_.own_policy().representation_of(one.kind).documents;
            if (roll(8) == 0) one.papers.pop_back();
            one.in_force_at = w_.now;
            if (roll(3) == 0) one.until = w_.now + base::days{10 + roll(40)};
            one.admitted_by = other_clerk;
            one.contacts = {{named("their-mail"), medium::mail, true, {}, {}, {}, {}}};
            one.refund_account = "account-9";
            all.push_back(std::move(one));
        } else {
            w_.pass(base::days{roll(8)});
        }
        if (all.size() > 6) all.erase(all.begin());
        take_contacts what{w_.owner.id, w_.s.contacts, w_.s.subscription->refund_account, "en"};
        what.representatives = std::move(all);
        send(what, machine);
    }
    void apply_on_behalf() {
        const auto& one = w_.s.representatives.back();
        const bool dead = one.kind == representative_kind::heir ? roll(8) != 0 : roll(12) == 0;
        send(open_closure{dead ? closing_reason::deceased : closing_reason::other, {}, one.serial},
             roll(9) == 0 ? w_.owner : clerk, channel::counter);
    }
    /// A clerk's hands, for whoever acts for the owner; now and then the owner's.
    void go_on_for_them() {
        const auto& c = *w_.s.current;
        const auto& by = roll(12) == 0 ? w_.owner : clerk;
        if (!c.offer || w_.now >= c.offer->expires_at) return send(ask_quote{}, by, channel::counter);
        if (!c.accepted) {
            std::vector<label> all;
            for (const auto& one : w_.s.subscription->products) all.push_back(one.id);
            return send(accept_quote{c.offer->number, all}, by, channel::counter);
        }
        if (c.offer->to_pay.minor > w_.s.books.customer_money()) return pay(c.offer->to_pay.minor + 1);
        if (c.backup.state != backup_state::declined) return send(decline_backup{}, by, channel::counter);
        if (roll(10) == 0) return send(choose_payout{any_of({payout::cash, payout::waive})}, by, channel::counter);
        switch (roll(5)) {
            case 0: return send(record_evidence{kind::id_document, true, "counter 12", "d"}, clerk, channel::counter);
            case 1: return send(record_evidence{kind::staff_sighting, true, "counter 12", ""}, clerk, channel::counter);
            case 2: {
                send(request_otp{named("their-mail"), "n", "code-1"}, clerk, channel::counter);
                return send(present_otp{"code-1"}, clerk, channel::counter);
            }
            default: return send(submit_closure{}, by, channel::counter);
        }
    }

    /// Asked for and, mostly, signed; now and then by somebody of the other side.
    void agree(const profile_offer& one) {
        const int before = w_.s.asked.made;
        send(accept_offer{one.iccid, one.to, one.to_generation}, other_clerk);
        if (w_.s.asked.made != before) send(countersign{w_.s.asked.made}, any_of<actor>({third_reviewer, reviewer}));
    }

    /// By the owner with a saved code or without; by staff with nothing, and somebody signs; or it is stopped.
    void another_profile() {
        const want_profile bare{"standard", ordered_as("MID-" + std::to_string(roll(20)))};
        auto proved = bare;
        proved.shown = {w_.saved_code(any_of<std::string>({"saved-1", "saved-2", "none"}))};
        switch (roll(4)) {
            case 0: return send(bare, w_.owner);
            case 1: return send(proved, w_.owner);
            case 2: {
                const int before = w_.s.asked.made;
                send(bare, clerk);
                if (w_.s.asked.made != before) send(countersign{w_.s.asked.made}, any_of<actor>({reviewer, clerk}));
                return;
            }
            default: {
                if (w_.s.profiles.empty()) return;
                const auto of = static_cast<std::size_t>(roll(static_cast<int>(w_.s.profiles.size())));
                const auto iccid = w_.s.profiles[of].iccid;
                send(stop_profile{iccid}, w_.owner);
                if (roll(3) != 0) send(resume_profile{iccid, {w_.saved_code()}}, w_.owner);
                return;
            }
        }
    }

    void order() {
        if (roll(3) == 0) return send(w_.order(), machine);
        auto what = w_.imported();
        what.order.profiles.push_back({iccid_of(2), imsi_of(2), {}, profile_state::released});
        what.since = w_.now - base::days{roll(60)};
        what.valid_until = w_.now + base::days{1 + roll(60)};
        what.balance = yuan(roll(9000));
        what.bonus = yuan(roll(3) == 0 ? roll(500) : 0);
        what.debt = yuan(roll(3) == 0 ? roll(3000) : 0);
        if (roll(4) == 0)
            what.term = contract{base::local_day{20'600} + roll(400), yuan(roll(5000)), yuan(roll(2) * 700), "paper-1"};
        if (roll(5) == 0) what.products = {{named("tv"), "broadband", yuan(roll(900))}};
        send(what, machine);
    }

    /// What the line came from says something else now.
    void import_again() {
        const auto first = std::ranges::find_if(
            w_.record, [](const step& one) { return !one.refusal && std::holds_alternative<import_line>(one.what); });
        if (first == w_.record.end()) return;
        auto again = std::get<import_line>(first->what);
        again.balance = yuan(roll(9000));
        again.update = roll(4) != 0;
        send(again, machine);
    }

    static base::msisdn elsewhere() { return base::msisdn::trusted("+8613800138009"); }
    /// From another line, by agreement.
    take_moved moved_here() {
        const int n = 6 + roll(3);
        return {{iccid_of(n), imsi_of(n), eid_of(n), any_of({profile_state::enabled, profile_state::released}),
                 elsewhere(), 1},
                w_.s.generations};
    }

    /// Somebody plays with a switch.
    void flip() {
        for (int left = 3 + roll(4); left > 0; --left) {
            send(set_customer_lock{left % 2 == 0}, w_.owner);
            w_.pass(base::seconds{roll(90)});
        }
    }

    void write_a_note() {
        write_note what{roll(3), named("words-" + std::to_string(roll(9))), "digest"};
        send(what, any_of<actor>({clerk, reviewer, w_.owner}), channel::staff);
    }
    void hear_of_a_call() {
        send(note_line_call{"call-" + std::to_string(roll(99)), roll(2) == 0, "main.menu", "by_caller", roll(300)},
             any_of<actor>({telephone, telephone, w_.owner}), channel::hotline);
    }
    void daily_life() {
        switch (roll(19)) {
            case 18: return roll(3) == 0 ? hear_of_a_call() : write_a_note();
            case 17: return codes_by_one();
            case 16: return import_again();
            case 13:
            case 14: return send(offer_profile{iccid_of(1 + roll(3)), elsewhere(), 1}, clerk);
            case 15: return send(moved_here(), machine);
            case 12: return flip();
            case 9: return another_profile();
            case 10: return roll(2) == 0 ? send(set_customer_lock{roll(2) == 0}, w_.owner) : send(undo_switch{}, clerk);
            case 11: return report(profile_state::enabled);
            case 0: return send(charge_line{yuan(1 + roll(2000)), "usage", "use-" + std::to_string(roll(50))}, machine);
            case 1: return pay(1 + roll(6000));
            case 2: return report(any_of({profile_state::installed, profile_state::enabled, profile_state::disabled}));
            case 3: return send(declare_lost{{}, "call"}, clerk, channel::hotline);
            case 4: return found();
            case 5: return change_contacts();
            case 6: {
                const int before = w_.s.asked.made;
                send(add_profile{{iccid_of(3 + roll(3)), imsi_of(3), {}, profile_state::released}}, clerk);
                if (w_.s.asked.made != before) send(countersign{w_.s.asked.made}, second_reviewer);
                return;
            }
            default: return tick_when_due();
        }
    }

    /// Codes that a clerk, a machine or a session had made, shown at once by somebody else.
    void codes_by_one() {
        const auto handed = "handed-" + std::to_string(w_.now.ms / 60'000);
        const auto maker = any_of<actor>({clerk, clerk, machine, w_.owner});
        const int before = w_.s.asked.made;
        send(set_recovery_codes{{handed, "saved-1", "saved-2"}}, maker, channel::counter);
        if (w_.s.asked.made != before && roll(4) != 0)
            send(countersign{w_.s.asked.made}, any_of<actor>({reviewer, clerk}));
        const auto shows = any_of<actor>({w_.owner, w_.owner, other_clerk, machine});
        const std::vector<evidence> shown{w_.saved_code(handed)};
        switch (roll(4)) {
            case 0: return send(undo_switch{shown}, shows);
            case 1: return send(want_profile{"standard", ordered_as("MID-" + std::to_string(roll(20))), shown}, shows);
            default:
                send(set_customer_lock{true, {}}, w_.owner);
                send(set_customer_lock{false, shown}, shows);
                return send(spend_recovery_code{"saved-2"}, actor{role::portal, named("portal")});
        }
    }

    void pay(std::int64_t minor) {
        send(add_money{any_of({booking_kind::top_up, booking_kind::payment}), yuan(minor),
                       "pay-" + std::to_string(w_.now.ms / 60'000)},
             machine);
    }

    void report(profile_state state) {
        if (w_.s.profiles.empty()) return;
        const auto& p = w_.s.profiles[static_cast<std::size_t>(roll(static_cast<int>(w_.s.profiles.size())))];
        auto eid = roll(6) == 0 ? eid_of(roll(4)) : p.eid;
        std::optional<std::uint32_t> sequence;
        if (roll(3) == 0) sequence = static_cast<std::uint32_t>(roll(40));
        const auto kind_of_proof = roll(3) == 0 ? proof_kind::report : proof_kind::signed_notification;
        send(report_profile{p.iccid, state, eid, sequence, {kind_of_proof, std::to_string(roll(5)), {}}}, machine);
    }

    void found() {
        declare_found what{{}, {}};
        what.shown.push_back({kind::id_document, true, w_.now, "counter", "d", clerk});
        if (roll(4) != 0) what.shown.push_back({kind::staff_sighting, true, w_.now, "counter", "", clerk});
        const int before = w_.s.asked.made;
        send(what, clerk, channel::counter);
        if (w_.s.asked.made != before && roll(2) == 0) sign();
    }

    /// What waits for a second person, by anybody: most of them may not.
    void sign() {
        const auto& by = any_of<actor>({reviewer, second_reviewer, clerk, w_.owner, own_reviewer});
        int serial = w_.s.asked.made - roll(3);
        if (roll(3) != 0)
            for (const auto& one : w_.s.asked.list)
                if (one.waits(w_.now)) serial = one.serial;
        if (roll(5) == 0) return send(refuse_second{serial, "The owner was called and knows nothing of it"}, by);
        send(countersign{serial}, by, channel::staff);
    }

    void change_contacts() {
        contact_ref old{named("mail-1"), medium::mail, true, {}, w_.now, {}};
        contact_ref fresh{named("mail-" + std::to_string(2 + roll(3))), medium::mail, true, w_.now, {}, {}};
        take_contacts what{w_.owner.id, {fresh, old}, roll(2) == 0 ? "" : "account-" + std::to_string(roll(3)), "en"};
        what.representatives = w_.s.representatives;
        send(what, machine);
    }

    channel chosen() { return any_of({channel::web, channel::counter, channel::counter, channel::staff}); }

    void apply_for_it() {
        const auto& c = *w_.s.current;
        if (c.on_behalf) return go_on_for_them();
        const bool fresh = c.offer && w_.now < c.offer->expires_at;
        if (roll(12) == 0)
            return send(choose_payout{any_of({payout::account, payout::cash, payout::waive})},
                        any_of<actor>({w_.owner, w_.owner, clerk}));
        if (!fresh || roll(12) == 0) return send(ask_quote{}, w_.owner);
        if (!c.accepted) {
            std::vector<label> all;
            for (const auto& one : w_.s.subscription->products) all.push_back(one.id);
            return send(accept_quote{c.offer->number, all}, w_.owner);
        }
        if (c.offer->to_pay.minor > w_.s.books.customer_money() && roll(4) != 0) return pay(c.offer->to_pay.minor + 1);
        if (c.backup.state != backup_state::declined && c.backup.state != backup_state::downloaded)
            return roll(3) == 0 ? send(prepare_backup{}, w_.owner)
                                : (c.backup.state == backup_state::prepared ? send(backup_fetched{"abcd"}, w_.owner)
                                                                            : send(decline_backup{}, w_.owner));
        if (c.shown.size() < 2 || roll(3) == 0) return show();
        send(submit_closure{}, roll(2) == 0 ? w_.owner : clerk, chosen());
    }

    /// What the applicant asked for is settled by whoever likes; or they ask.
    void check() {
        const auto& all = w_.s.current->checks;
        const auto open = std::ranges::find(all, check_state::open, &identity_check::state);
        if (open == all.end() || roll(4) == 0)
            return send(asked_check(), any_of<actor>({w_.owner, w_.owner, clerk, machine}));
        const int serial = open->serial;
        if (roll(8) == 0) return send(withdraw_check{serial}, any_of<actor>({w_.owner, clerk}));
        settle_check said{serial,
                          roll(4) != 0,
                          "looked",
                          "d",
                          any_of({comparison::not_compared, comparison::matched, comparison::mismatched}),
                          roll(4) == 0 ? "it cannot be read" : ""};
        if (roll(8) != 0) said.why = any_of({check_failure::not_the_holder, check_failure::unreadable});
        said.closure = roll(8) == 0 ? 1 : w_.s.current->number;
        send(said, any_of<actor>({clerk, other_clerk, reviewer, machine, w_.owner}));
    }
    ask_for_check asked_check() {
        ask_for_check out;
        out.kind = any_of({kind::id_document, kind::bank_card, kind::callback});
        out.compared = roll(6) == 0 ? comparison::mismatched : comparison::matched;
        out.document = named("dc_1");
        out.handed_in_at = w_.now - base::hours{roll(3)};
        out.handed_in_by = any_of<actor>({w_.owner, other_clerk});
        out.contact = named(any_of<std::string>({"sms-1", "sms-1", "mail-1", "line"}));
        if (out.kind == kind::callback && roll(2) == 0) out.call_nonce = "nonce-" + std::to_string(roll(9));
        return out;
    }

    void show() {
        if (checks && roll(6) == 0) return check();
        const auto& otp = w_.s.current->otp;
        switch (roll(5)) {
            case 0:
                return send(
                    request_otp{roll(4) == 0 ? named("mail-1") : named("line"), "n", "d" + std::to_string(roll(9))},
                    w_.owner);
            case 1: return send(present_otp{otp.last && roll(5) != 0 ? otp.last->digest : "wrong"}, w_.owner);
            case 2: return send(present_recovery_code{any_of<std::string>({"saved-1", "saved-2", "none"})}, w_.owner);
            case 3: return send(record_evidence{kind::id_document, roll(9) != 0, "counter 12", "d"}, clerk);
            default: return send(record_evidence{kind::staff_sighting, true, "counter 12", ""}, clerk);
        }
    }

    void review() {
        const auto& by = any_of<actor>({reviewer, second_reviewer, third_reviewer});
        switch (roll(15)) {
            case 14:
                return send(hand_review_over{any_of<actor>({reviewer, second_reviewer, clerk}), "my shift ends"}, by);
            case 13: {
                send(claim_review{roll(3) == 0}, by);
                const auto* here = w_.s.of_case<stages::in_review>();
                if (here == nullptr || !here->claim || roll(3) == 0) return;
                return send(release_review{}, roll(3) == 0 ? by : here->claim->by);
            }
            case 12: return change_contacts();
            case 0: return send(want_information{"a clearer copy"}, by);
            case 1: return send(give_information{"copy-2"}, w_.owner);
            case 2: return roll(2) == 0 ? send(reject_closure{"not readable"}, by) : stop();
            case 3: return tick_when_due();
            case 4:
                // Somebody loads next year's days.
                w_.rules = with_calendar(w_.rules, "CN", [&](calendar& c) {
                    c.version += "+";
                    if (w_.sent().due_provisional) c.covers_to = w_.sent().due + 30;
                    c.days[w_.sent().due] = false;
                });
                return send(recheck_dates{}, machine);
            default: return send(approve_closure{"fine"}, by);
        }
    }

    void stop() {
        if (roll(2) == 0) return send(withdraw_closure{}, w_.owner);
        send(repudiate_closure{"mail-1"}, w_.owner);
    }

    void unbind() {
        if (roll(2) == 0) answer();
        switch (roll(6)) {
            case 0: return tick_when_due();
            case 1: return send(declare_lost{{}, "call"}, w_.owner);
            case 2:
                if (w_.s.profiles.empty()) return;  // the answer was the last one
                return send(write_off_profile{w_.s.profiles.front().iccid, "given away"}, clerk);
            default: break;
        }
        for (const auto& p : w_.s.profiles)
            if (!is_unbound(p))
                return send(
                    report_profile{
                        p.iccid, profile_state::deleted, p.eid, {}, {proof_kind::signed_notification, "x", {}}},
                    machine);
    }

    void decide_fraud() {
        const auto& by = any_of<actor>({reviewer, second_reviewer});
        if (roll(2) == 0) return send(clear_fraud{"it was them"}, by);
        send(confirm_fraud{"it was not them"}, by);
    }

    void after_the_end() {
        if (disputes && roll(5) == 0) return dispute_it();
        const auto owed = w_.payback().state;
        if ((owed == refund_state::ordered || owed == refund_state::written) && roll(3) == 0)
            return send(refund_answered{w_.payback().id, false}, machine);
        if (owed == refund_state::held && !w_.payback().earlier.empty() && roll(2) == 0) return paid_after_all();
        if ((owed == refund_state::returned || owed == refund_state::waiting) && roll(3) != 0) {
            if (w_.s.subscription->refund_account.empty() || roll(2) == 0) change_contacts();  // one that waits, mostly
            return send(pay_refund_again{{w_.saved_code(any_of<std::string>({"saved-1", "saved-2"}))}}, w_.owner);
        }
        switch (roll(10)) {
            case 7: return pay(500);
            case 8: return give_back();
            case 0: return send(record_evidence{kind::id_document, true, "counter 12", "d"}, clerk);
            case 1: return send(record_evidence{kind::staff_sighting, true, "counter 12", ""}, clerk);
            case 2: return roll(2) == 0 ? take_back_number() : send(w_.order(), machine);
            case 3: {
                const auto id = w_.payback().id;
                return send(refund_answered{id, roll(3) != 0}, machine);
            }
            case 6: return roll(2) == 0 ? change_contacts() : send(pay_refund_again{{w_.saved_code()}}, w_.owner);
            case 4: return answer();
            default: return tick_when_due();
        }
    }

    /// Its owner says that a line of the certificate is wrong; whoever likes answers.
    void dispute_it() {
        using enum certificate_part;
        const auto waits = std::ranges::find(w_.s.disputes, dispute_state::open, &dispute::state);
        if (waits != w_.s.disputes.end() && roll(4) != 0) return answer_dispute(waits->serial);
        const auto part =
            any_of<certificate_part>({closed_at, device, charged, reclaim_until, not_reassigned_before, other});
        std::string item;
        if (part == device) item = iccid_of(1).text();
        if (part == charged) item = any_of<std::string>({"closing_fee", "contract_fee", "debt"});
        send(open_dispute{w_.s.current->number, part, item, named("words-1")},
             any_of<actor>({w_.owner, w_.owner, clerk}));
        if (roll(4) != 0 && !w_.s.disputes.empty()) answer_dispute(w_.s.disputes.back().serial);
        if (roll(3) == 0) send(send_certificate{w_.s.closures}, any_of<actor>({w_.owner, w_.owner, clerk}));
    }
    void answer_dispute(int serial) {
        const auto& what = *std::ranges::find(w_.s.disputes, serial, &dispute::serial);
        const auto deciders = {reviewer, auditor, other_auditor};
        const int before = w_.s.asked.made;
        switch (roll(8)) {
            case 0: return send(withdraw_dispute{serial}, any_of<actor>({w_.owner, clerk}));
            case 1: return send(refuse_dispute{serial, "it is right"}, any_of<actor>(deciders));
            default: break;
        }
        std::string value = "2031-05-05";
        if (what.part == certificate_part::device) value = any_of<std::string>({"written_off", "never_downloaded"});
        if (what.part == certificate_part::closed_at) value = base::iso(w_.now);
        if (what.part == certificate_part::charged) value = "0";
        send(correct_certificate{serial, value, "it was wrong"}, any_of<actor>(deciders));
        if (w_.s.asked.made == before || roll(4) == 0) return;
        send(countersign{w_.s.asked.made}, any_of<actor>(deciders));
        remember_effects();
        const auto is_signed = [](const number_command& c) { return std::holds_alternative<certificate_signed>(c); };
        const auto newest = std::ranges::find_if(answers_.rbegin(), answers_.rend(), is_signed);
        if (newest == answers_.rend() || roll(4) == 0) return;
        const auto one = *newest;  // and comes again, perhaps
        send(one, machine);
    }

    /// The bank's second word about an earlier order: what waits for its time is not there any more.
    void paid_after_all() {
        const int before = w_.s.asked.made;
        send(refund_answered{w_.payback().earlier.front().id, true}, machine);
        if (w_.s.asked.made != before) send(countersign{w_.s.asked.made}, reviewer);
    }

    /// On what a clerk saw; signed, mostly.
    void take_back_number() {
        const int before = w_.s.asked.made;
        send(reinstate_line{}, any_of<actor>({w_.owner, w_.owner, other_clerk}));
        if (w_.s.asked.made != before && roll(4) != 0) send(countersign{w_.s.asked.made}, reviewer);
    }

    /// Money without a line, by staff and a second person.
    void give_back() {
        if (w_.s.unclaimed.empty()) return pay(700);
        const int serial = w_.s.unclaimed.back().serial;
        const bool payer = roll(2) == 0;
        if (roll(3) == 0) return send(record_payer_read{serial, "before I sign"}, reviewer);
        return send(return_money{serial, payer, payer ? "payer's" : "", payer ? named("p_payer-1") : label()}, clerk);
    }

    // -- anything at all

    void hostile() {
        const auto by = any_of<actor>(
            {w_.owner, clerk, reviewer, second_reviewer, machine, {role::admin, named("root")}, own_reviewer});
        const auto through =
            any_of({channel::web, channel::app, channel::hotline, channel::counter, channel::staff, channel::bulk});
        send(any_command(), by, through);
    }

    /// What others say, sign and refuse.
    number_command about_others() {
        switch (roll(12)) {
            case 6: return offer_profile{iccid_of(roll(5)), elsewhere(), roll(2)};
            case 7: return accept_offer{iccid_of(roll(5)), elsewhere(), 1};
            case 8: return withdraw_offer{iccid_of(roll(5))};
            case 9: return take_back{iccid_of(roll(5)), roll(3), "no"};
            case 10: return hear_claim{"iccid:" + iccid_of(6 + roll(3)).text(), w_.s.number.text() + "/1"};
            case 11: return moved_here();
            case 0: return refuse_second{w_.s.asked.made - roll(2), "nobody called"};
            case 1: return recheck_network{};
            case 2: return hear_contest{"imsi:" + imsi_of(roll(5)).text(), "somebody"};
            default: return countersign{w_.s.asked.made - roll(2)};
        }
    }

    number_command about_check(const std::string& words) {
        switch (roll(4)) {
            case 0: return asked_check();
            case 1: return withdraw_check{roll(4)};
            case 2: return hear_call_back{roll(3), roll(4), how_a_call_went()};
            default: return settle_check{roll(4), roll(2) == 0, words, "d", comparison::not_compared, words};
        }
    }

    number_command any_command() {
        const auto amount = any_of<money>({yuan(roll(5000)), yuan(-5), yuan(0), {100, "USD"}, yuan(INT64_MAX)});
        const auto iccid = iccid_of(roll(5));
        const auto words = any_of<std::string>({"", "why", "see https://evil.example/now", std::string(600, 'x')});
        switch (roll(disputes ? (checks ? 44 : 43) : 40)) {
            case 33:
                return hear_esim{iccid,
                                 static_cast<profile_state>(roll(8)),
                                 roll(2) == 0 ? base::eid() : eid_of(roll(3)),
                                 static_cast<std::uint32_t>(roll(9)),
                                 {}};
            case 34: return undo_switch{};
            case 37: return about_others();
            case 35: return want_profile{words.substr(0, 20), ordered_as(roll(5) == 0 ? "" : "MID")};
            case 36: {
                take_esim what;
                what.added = {iccid, imsi_of(roll(5)), {}, profile_state::released, "standard", "MID"};
                what.generation = roll(3);
                return what;
            }
            case 0: return w_.order();
            case 1: return w_.imported();
            case 2: return add_profile{{iccid, imsi_of(roll(5)), {}, profile_state::released}};
            case 3:
                return report_profile{iccid,
                                      static_cast<profile_state>(roll(8)),
                                      roll(2) == 0 ? base::eid() : eid_of(roll(3)),
                                      static_cast<std::uint32_t>(roll(9)),
                                      {}};
            case 4: return declare_lost{roll(2) == 0 ? std::optional(iccid) : std::nullopt, "call"};
            case 5: return declare_found{{}, {{static_cast<kind>(roll(7)), true, w_.now, "m", "saved-1", w_.owner}}};
            case 6: return add_money{static_cast<booking_kind>(roll(16)), amount, words.substr(0, 60)};
            case 7: return charge_line{amount, "usage", "h" + std::to_string(roll(9))};
            case 8:
                return set_contract{roll(2) == 0 ? std::nullopt
                                                 : std::optional(contract{base::local_day{20'700}, amount, {}, "p"})};
            case 9: return link_product{{named("tv"), "broadband", amount}};
            case 10: return detach_product{named("tv")};
            case 11: return set_port_out{roll(2) == 0};
            case 12: return set_legal_hold{roll(3) == 0 ? "order-1" : ""};
            case 13: return set_customer_lock{roll(3) == 0};
            case 14:
                if (roll(2) == 0) return note_sim_change{};
                return note_accounts{{{static_cast<bound_account>(roll(8)), static_cast<account_answer>(roll(3))},
                                      {static_cast<bound_account>(roll(8)), account_answer::done}}};
            case 15: return set_recovery_codes{{"saved-1", "saved-2"}};
            case 16: return open_closure{static_cast<closing_reason>(roll(9)), {"bulk_pattern", "nonsense"}};
            case 17: return ask_quote{};
            case 18: return accept_quote{roll(3), {}};
            case 19: return request_otp{named(any_of<std::string>({"line", "mail-1", "nobody"})), "n", "d"};
            case 20: return present_otp{any_of<std::string>({"d", "wrong"})};
            case 21: return record_evidence{static_cast<kind>(roll(7)), true, "m", ""};
            case 22: return submit_closure{};
            case 23: return want_information{words};
            case 24: return give_information{words};
            case 25: return approve_closure{words};
            case 26: return reject_closure{words};
            case 27: return withdraw_closure{};
            case 28: return repudiate_closure{"mail-1"};
            case 29: return clear_fraud{words};
            case 30: return write_off_profile{iccid, words};
            case 31: return hlr_answered{static_cast<hlr_operation>(roll(5)), imsi_of(roll(4)), "done"};
            case 32: return notice_delivered{std::to_string(roll(40)), roll(2) == 0 ? "DELIVRD" : "UNDELIV"};
            case 38:
                return hear_reply{static_cast<reply_word>(roll(7)),
                                  named(any_of<std::string>({"line", "mail-1"})),
                                  "sms-" + std::to_string(roll(40)),
                                  w_.s.replies.keep_digest,
                                  "n",
                                  "d" + std::to_string(roll(3))};
            case 39: return set_reminders{roll(2) == 0};
            case 40:
                return open_dispute{roll(3), static_cast<certificate_part>(roll(12)),
                                    roll(2) == 0 ? "" : words.substr(0, 50), named("words-2")};
            case 41: return correct_certificate{roll(3), words, words};
            case 42: return roll(2) == 0 ? number_command(send_certificate{roll(3)}) : refuse_dispute{roll(3), words};
            case 43: return about_check(words);
            default: return tick{};
        }
    }

    world& w_;
    std::uint32_t die_ = 0;
    std::size_t seen_ = 0;
    int receipts_ = 0;
    std::deque<number_command> answers_;
};

/// A whole walk. `between` is called before every step: it may swap the rules.
template <typename Between>
void walk(world& w, const std::vector<std::uint32_t>& dice, Between between) {
    walker one(w);
    for (const auto die : dice) {
        between(die);
        one.walk(die);
    }
}
inline void walk(world& w, const std::vector<std::uint32_t>& dice) {
    walk(w, dice, [](std::uint32_t) {});
}

}  // namespace keepline::domain::testing
