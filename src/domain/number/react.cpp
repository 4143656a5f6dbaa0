// Which effects an event calls for; an event that nobody has decided about does not compile. Everybody who should know
// is told at every step (docs/rules.md R5): all contact points, those that were replaced a while ago too, and the line
// itself while it is in its owner's hands and on the network.
#include "base/ensure.hpp"
#include "base/one_of.hpp"
#include "domain/claim/claim.hpp"
#include "domain/number/certificate.hpp"
#include "domain/number/draft.hpp"
#include "domain/number/number.hpp"
#include "domain/reference.hpp"

#include <algorithm>
#include <array>

namespace keepline::domain {

namespace {

using parameters = std::map<std::string, std::string>;

/// What partners are told: references and dates, no personal data. The number is there for those who must act on it.
struct partner_news {
    base::msisdn number;
    int generation = 0;
    int closure = 0;
    instant at;
    std::optional<instant> until;
    std::optional<base::iccid> iccid;  // of the profile that it is about
    std::optional<money> amount;
    std::optional<std::string> refund;  // its EndToEndId
    bool operator==(const partner_news&) const = default;
};
BOOST_DESCRIBE_STRUCT(partner_news, (), (number, generation, closure, at, until, iccid, amount, refund))

struct reaction {
    const number_state& s;
    std::vector<effect> out{};

    // -- the words for it
    void tell(std::string_view kind, instant at, parameters params = {}, bool line_too = true) {
        if (!is_held(s.repeats, kind, at)) tell_now(kind, at, std::move(params), line_too);
    }
    void tell_now(std::string_view kind, instant at, parameters params = {}, bool line_too = true) {
        if (!s.subscription) return;
        const auto& line = *s.subscription;
        if (s.current) params.emplace("closure", std::to_string(s.current->number));
        name_reference(kind, params);
        const bool barred = is_settling() && kind != "closing_delayed";
        const bool reachable = line.status != line_status::ended && !line.locked_since && !barred;
        const auto add = [&](const label& contact, medium by, bool vouched) {
            out.push_back(send_notice{std::string(kind), line.subscriber, contact, by, params, vouched});
        };
        for (const auto& c : s.contacts)
            if (c.verified && !span_ended(c, at)) add(c.id, c.by, c.vouched_by.has_value());
        if (line_too && reachable) add(label::trusted("line"), medium::sms, true);
        if (const auto* acts = acting_in_case(s); acts != nullptr && is_told_to_representatives(kind))
            tell_representative_of(*acts, kind, at, params);
    }
    /// Beside the owner, and not instead: what becomes of a case that they applied for. Their own place is no part of
    /// the owner's contact points.
    static bool is_told_to_representatives(std::string_view kind) {
        constexpr std::array of_case{"receipt",         "due_moved",   "information_wanted", "information_given",
                                     "escalated",       "approved",    "rejected",           "withdrawn",
                                     "expired",         "repudiated",  "fraud_cleared",      "unbinding",
                                     "closing_delayed", "closed",      "refund_ordered",     "refund_settled",
                                     "refund_returned", "refund_held", "account_questioned", "payout_chosen"};
        return std::ranges::find(of_case, kind) != of_case.end();
    }
    void tell_representative_of(const representative& who, std::string_view kind, instant at,
                                const parameters& params) {
        for (const auto& c : who.contacts)
            if (c.verified && !span_ended(c, at))
                out.push_back(send_notice{std::string(kind), who.who, c.id, c.by, params, c.vouched_by.has_value()});
    }
    /// Everybody on file, and whoever acts.
    void operator()(const representatives_taken& e) {
        for (const auto& one : e.news) {
            const auto* who = find_representative(s, one.serial);
            if (who == nullptr) continue;
            parameters words{{boost::describe::enum_to_string(who->kind, ""), "yes"}};
            if (one.over && who->state == representation_state::stopped) words.emplace("stopped", "yes");
            if (one.from.days != 0) words.emplace("from", base::iso(one.from));
            words.emplace("name_of", who->who.text());  // which the shell masks: it is in no journal
            tell(one.over ? "representative_over" : "representative_admitted", e.at, words);
            tell_representative_of(*who, one.over ? "represents_no_more" : "you_represent", e.at, words);
            news(one.over ? "line.representative_over" : "line.representative_admitted", e.at);
        }
    }
    /// What is not about a case carries the line's own reference.
    void name_reference(std::string_view kind, parameters& params) const {
        constexpr std::array of_line{
            "line_active",        "validity_reminder", "grace",      "suspended",         "line_ended",
            "contacts_changed",   "profile_ready",     "reinstated", "reminders_stopped", "representative_admitted",
            "representative_over"};
        const bool about_case = s.current && notice_group(kind).empty() &&
                                std::ranges::find(of_line, kind) == of_line.end() && !s.current->reference.empty();
        const auto& reference = about_case ? s.current->reference : s.subscription->reference;
        if (!reference.empty()) params.emplace(about_case ? "case" : "ref", said(reference));
    }
    /// To one place only: where somebody asked from, or the line itself.
    void tell_one(std::string_view kind, const label& contact, parameters params) {
        name_reference(kind, params);
        out.push_back(send_notice{std::string(kind), s.subscription->subscriber, contact, medium::sms,
                                  std::move(params), contact == label::trusted("line")});
    }
    void news(const char* topic, instant at, std::optional<instant> until = {}) {
        publish_news(topic, about_line(at, until));
    }
    void profile_news(const char* topic, const base::iccid& iccid, instant at) {
        auto n = about_line(at, {});
        n.iccid = iccid;
        publish_news(topic, n);
    }
    void refund_news(const char* topic, std::string_view id, const money& amount, instant at) {
        auto n = about_line(at, {});
        n.amount = amount;
        n.refund = std::string(id);
        publish_news(topic, n);
    }
    partner_news about_line(instant at, std::optional<instant> until) const {
        return {s.number, s.generations, s.current ? s.current->number : 0, at, until, {}, {}, {}};
    }
    /// Every topic stands in desk/topics.cpp; a test compares the two.
    void publish_news(const char* topic, const partner_news& n) {
        out.push_back(publish{topic, {base::to_json(n, base::form::api)}});
    }
    void network(hlr_operation operation, const base::imsi& imsi) {
        hlr_action e{operation, imsi, s.number, {}};
        for (const auto& p : s.profiles)
            if (p.imsi != imsi && is_on_network(p)) e.of_line.push_back(p.imsi);
        out.push_back(std::move(e));
    }
    void every_imsi(hlr_operation operation) {
        for (const auto& p : s.profiles)
            if (is_on_network(p)) network(operation, p.imsi);
    }
    /// Service again for whoever had it. The profile that serves may have come while there was no service: then its
    /// IMSI does not have the number yet.
    void restore(hlr_operation when_unknown) {
        if (!s.subscription->serving.empty()) {
            const auto* p = s.serving();
            if (p != nullptr && p->state == profile_state::enabled && !p->lost)
                network(p->last_proof ? hlr_operation::provision : when_unknown,
                        p->imsi);  // as it was imported: it has it
            return;
        }
        for (const auto& p : s.profiles)
            if (p.state == profile_state::enabled && !p.lost) network(when_unknown, p.imsi);
    }
    const profile* find(const base::iccid& iccid) const {
        const auto found = std::ranges::find(s.profiles, iccid, &profile::iccid);
        return found == s.profiles.end() ? nullptr : &*found;
    }
    /// What waits on our SM-DP+ goes back; what left it but was never heard of is not given out again.
    void recall_downloads() {
        for (const auto& p : s.profiles)
            if (awaits_download(p) || (p.state == profile_state::downloaded && !p.matching_id.empty()))
                out.push_back(cancel_esim{p.iccid, s.number, p.matching_id});
    }
    /// Removed from the HLR, and on no device: others may have the ICCID and the IMSI.
    void free_what_is_gone() {
        const line_holder line{s.number, s.subscription->generation};
        for (const auto& p : s.profiles) {
            if (!is_unbound(p)) continue;
            out.push_back(free_claim{claim_on(p.iccid), line.text()});
            if (p.matching_id.empty())
                out.push_back(free_claim{claim_on(p.imsi), profile_holder{p.iccid, line}.text()});
        }
    }
    bool in_service() const {
        return s.subscription && s.subscription->status != line_status::ended &&
               s.subscription->status != line_status::suspended && !s.subscription->locked_since && !is_settling();
    }
    bool is_settling() const { return s.of_case<stages::settling>() != nullptr; }
    bool is_submitted() const { return s.of_case<submission>() != nullptr; }
    /// The terms of a case let its owner have the line again after the end.
    bool leaves_time_to_reclaim() const {
        const auto* sent = s.of_case<submission>();
        return sent != nullptr && sent->terms.reclaim_days > 0;
    }

    // -- the line
    void tell_its_owner(instant at, bool ended) {
        const auto& line = *s.subscription;
        out.push_back(tell_owner{line.subscriber, s.number, line.generation, at, ended, label::trusted(line.policy)});
    }
    /// An imported line's owner is registered with it; of one that comes after another on this number an end may be
    /// known.
    void operator()(const line_ordered& e) {
        if (!e.imported) news("line.ordered", e.since);
        if (!e.imported || e.generation > 1) tell_its_owner({}, false);
    }
    void operator()(const profile_reported& e) {
        const auto p = std::ranges::find(s.profiles, e.iccid, &profile::iccid);
        if (p == s.profiles.end()) return;
        if (e.state == profile_state::enabled && e.serves && in_service()) network(hlr_operation::provision, p->imsi);
        if (e.stopped) {
            tell("profile_stopped", e.shown.at);
            profile_news("line.profile_stopped", e.iccid, e.shown.at);
        }
        if (e.first_use) {
            tell("line_active", e.shown.at);
            news("line.activated", e.shown.at);
        }
        if (const auto* topic = topic_of(e.state)) profile_news(topic, e.iccid, e.shown.at);
        const auto elsewhere = [&](const profile& other) {
            return other.iccid != e.iccid && !is_unbound(other) && !awaits_download(other);
        };
        if (e.state == profile_state::installed && !p->matching_id.empty() &&
            std::ranges::any_of(s.profiles, elsewhere))
            tell("device_added", e.shown.at);
    }
    static const char* topic_of(profile_state state) {
        switch (state) {
            case profile_state::downloaded: return "line.profile_downloaded";
            case profile_state::installed: return "line.profile_installed";
            case profile_state::enabled: return "line.profile_enabled";
            case profile_state::disabled: return "line.profile_disabled";
            case profile_state::deleted: return "line.profile_deleted";
            case profile_state::released:
            case profile_state::written_off:
            case profile_state::cancelled: break;
        }
        return nullptr;
    }
    void operator()(const profile_wanted& e) {
        out.push_back(
            order_esim{e.profile_type, s.number, s.subscription->generation, s.subscription->subscriber, e.terms});
    }
    void operator()(const profile_added& e) {
        if (!e.added.matching_id.empty())
            tell_ready(e);
        else if (e.further)
            tell("profile_added", e.at);
        profile_news("line.profile_added", e.added.iccid, e.at);
    }
    /// The number whose SIM is being installed cannot hear of it. The code itself is in no journal: where it goes, the
    /// shell looks it up when the message leaves.
    void tell_ready(const profile_added& e) {
        const auto told = out.size();
        tell("profile_ready", e.at, e.further ? parameters{{"further", "yes"}} : parameters{},
             !is_first_profile(s, e.added.iccid));
        for (auto i = told; i < out.size(); ++i)
            if (auto* one = std::get_if<send_notice>(&out[i]); one && may_send_code(s, e.added.iccid, one->contact))
                one->params.emplace("code_of", e.added.iccid.text());
    }
    void operator()(const profile_stopped& e) {
        const auto* p = find(e.iccid);
        if (p != nullptr && (awaits_download(*p) || (p->state == profile_state::downloaded && !p->matching_id.empty())))
            out.push_back(cancel_esim{p->iccid, s.number, p->matching_id});
        tell("profile_stopped", e.at);
        profile_news("line.profile_stopped", e.iccid, e.at);
    }
    void operator()(const profile_resumed& e) {
        const auto* p = find(e.iccid);
        if (e.serves && p != nullptr && in_service()) network(hlr_operation::provision, p->imsi);
        tell("profile_resumed", e.at);
        profile_news("line.profile_resumed", e.iccid, e.at);
    }
    void operator()(const profile_returned& e) { out.push_back(cancel_esim{e.iccid, s.number, e.matching_id}); }
    /// Comes before the report that provisions the other profile: the number leaves first.
    void operator()(const line_switched& e) {
        if (const auto* from = find(e.from)) network(hlr_operation::detach, from->imsi);
        parameters words;
        if (e.undo_hours > 0) words.emplace("hours", std::to_string(e.undo_hours));
        tell("switched", e.at, std::move(words));
        news("line.switched", e.at);
    }
    void operator()(const switch_undone& e) {
        if (const auto* from = find(e.from)) network(hlr_operation::detach, from->imsi);
        const auto* to = find(e.to);
        if (to != nullptr && in_service()) network(hlr_operation::provision, to->imsi);
        tell("switch_undone", e.at);
        news("line.switch_undone", e.at);
    }
    void operator()(const profile_written_off& e) {
        // Cut at once where the line goes on waiting for another device; otherwise settling follows and bars them all.
        const auto p = std::ranges::find(s.profiles, e.iccid, &profile::iccid);
        if (p != s.profiles.end() && !std::ranges::all_of(s.profiles, is_unbound)) network(hlr_operation::bar, p->imsi);
        profile_news("line.profile_written_off", e.iccid, e.shown.at);
    }
    void operator()(const device_lost& e) {
        every_imsi(hlr_operation::bar);
        tell("device_locked", e.at);
        news("line.locked", e.at);
    }
    void operator()(const device_found& e) {
        if (!e.unlocks) return;
        news("line.unlocked", e.at);
        if (e.replaced) return;  // the move is told, and the report that follows has the other profile served
        // What came back after its end was forgotten by the HLR.
        if (in_service()) restore(s.subscription->owner_since ? hlr_operation::provision : hlr_operation::unbar);
        tell("device_found", e.at);
    }
    void operator()(const validity_reminded& e) {
        const auto& line = *s.subscription;
        if (line.reminders_stopped && !e.last) return;
        parameters words{{"until", base::iso(e.last_day)}};
        if (e.days > 1) words.emplace("days", std::to_string(e.days));
        if (e.keep_for) {
            words.emplace("keep", "yes");
            words.emplace("amount", base::text(*e.keep_for));
        }
        tell_all_but(e.last ? std::vector<label>{} : line.muted, "validity_reminder", e.at, std::move(words));
    }
    void tell_all_but(const std::vector<label>& who, std::string_view kind, instant at, parameters words) {
        const auto told = static_cast<std::ptrdiff_t>(out.size());
        tell(kind, at, std::move(words));
        const auto spared = [&](const effect& one) {
            const auto* notice = std::get_if<send_notice>(&one);
            return notice != nullptr && std::ranges::find(who, notice->contact) != who.end();
        };
        out.erase(std::remove_if(out.begin() + told, out.end(), spared), out.end());
    }
    /// The sender of an SMS is weak proof: everybody else hears that one of them wants no reminders.
    void operator()(const reminders_set& e) {
        if (e.stopped && !e.contact.empty()) tell_all_but({e.contact}, "reminders_stopped", e.at, {});
    }
    void operator()(const line_status_changed& e) {
        const parameters until{{"until", base::iso(e.last_day)}};
        if (e.status == line_status::grace) {
            tell("grace", e.at, until);
            news("line.grace", e.at);
        }
        if (e.status == line_status::active) news("line.active_again", e.at);
        if (e.status == line_status::suspended) {
            news("line.suspended", e.at);
            every_imsi(hlr_operation::bar);
            tell("suspended", e.at, until);
        }
        if (e.status == line_status::active && in_service()) restore(hlr_operation::unbar);
    }
    void operator()(const sim_changed& e) { tell("sim_changed", e.at); }
    void operator()(const contacts_taken& e) {
        if (s.subscription->contacts_changed_at == e.at) tell("contacts_changed", e.at);
        if (e.account_changed) tell("refund_account_changed", e.at);
        if (e.document_changed_at) tell("document_changed", *e.document_changed_at);
    }
    void operator()(const recovery_codes_set& e) { tell("recovery_codes_changed", e.at); }
    void operator()(const customer_unlock_announced& e) {
        tell("customer_unlock_announced", e.at, {{"until", base::iso(e.day)}, {"hours", std::to_string(e.hours)}});
    }
    void operator()(const account_questioned& e) {
        tell("account_questioned", e.at, of_account(due_words(e.due, e.due_provisional)));
        news("closure.account_questioned", e.at, e.due_at);
    }
    void operator()(const port_out_set& e) {
        if (e.since) tell("port_out_noted", *e.since);
    }
    void operator()(const customer_lock_set& e) {
        tell(e.locked ? "customer_locked" : "customer_unlocked", e.at);
        news(e.locked ? "line.customer_locked" : "line.customer_unlocked", e.at);
    }

    // -- the closure
    void operator()(const closure_opened& e) { news("closure.opened", e.at); }
    void operator()(const otp_issued& e) {
        const auto& c = e.challenge;
        out.push_back(send_otp{applicant(), c.contact, c.by, s.current->number, c.nonce, c.expires_at, c.for_staff,
                               said(s.current->reference)});
    }
    void operator()(const check_asked& e) {
        parameters words{{std::string(boost::describe::enum_to_string(e.what.kind, "")), "yes"}};
        if (e.through) words.emplace("at_" + std::string(boost::describe::enum_to_string(*e.through, "")), "yes");
        tell("check_asked", e.what.at, std::move(words));
        news("closure.check_asked", e.what.at, e.what.due_at);
        if (is_by_machine(e.what))
            out.push_back(call_back{applicant(), e.what.contact, s.current->number, e.what.serial, e.what.call_nonce,
                                    e.what.at + call_back_within});
    }
    void operator()(const check_withdrawn& e) { news("closure.check_withdrawn", e.at); }
    void operator()(const check_settled& e) {
        parameters words;
        if (!e.reason.empty())
            words.emplace("reason", e.reason);
        else if (e.why)
            words.emplace(boost::describe::enum_to_string(*e.why, ""), "yes");
        tell(e.passed ? "check_passed" : "check_failed", e.at, std::move(words));
        news("closure.check_settled", e.at);
    }
    void operator()(const closure_submitted& e) {
        const auto wait = std::chrono::duration_cast<base::hours>(e.cooling_off_until - e.at).count();
        auto words = due_words(e.due, e.due_provisional);
        if (wait > 0) words.emplace("cooling_off_hours", std::to_string(wait));
        tell("receipt", e.at, std::move(words));
        news("closure.submitted", e.at, e.due_at);
        news("closure.in_review", e.at, e.due_at);
    }
    /// Whose contact points prove who applies.
    const label& applicant() const {
        const auto* acts = s.current && rules::is_on_behalf(*s.current) ? acting_in_case(s) : nullptr;
        return acts == nullptr ? s.subscription->subscriber : acts->who;
    }
    /// Whose account it is about, where it is not the owner's: theirs is not named in its place.
    parameters of_account(parameters words) const {
        const auto whose = account_of_case(s).whose;
        if (whose != s.subscription->subscriber) words.emplace("account_of", whose.text());
        return words;
    }
    static parameters due_words(local_day due, bool provisional) {
        parameters words{{"due", base::iso(due)}};
        if (provisional) words.emplace("provisional", "yes");
        return words;
    }
    void operator()(const due_moved& e) {
        if (e.due != e.was) tell("due_moved", e.at, due_words(e.due, e.due_provisional));
    }
    void operator()(const information_wanted& e) {
        tell("information_wanted", e.at, {{"what", e.what}, {"until", base::iso(e.answer_by)}});
        news("closure.needs_information", e.at);
    }
    void operator()(const information_given& e) {
        tell("information_given", e.at, due_words(e.due, e.due_provisional));
        news("closure.information_given", e.at);
    }
    /// Who hears the customer after us is the policy's, in the reader's language: looked up when the message leaves.
    parameters with_complaints(parameters words) const {
        if (s.subscription) words.emplace("complain_under", s.subscription->policy);
        return words;
    }
    void operator()(const review_escalated& e) {
        if (const auto* sent = s.of_case<submission>())
            tell("escalated", e.at, with_complaints({{"due", base::iso(sent->due)}}));
        news("closure.review_overdue", e.at);
    }
    void operator()(const closure_approved& e) {
        tell("approved", e.at);
        news("closure.approved", e.at);
    }
    void operator()(const closure_rejected& e) {
        tell("rejected", e.at, with_complaints({{"reason", e.reason}}));
        news("closure.rejected", e.at);
    }
    void operator()(const closure_withdrawn& e) {
        if (is_submitted()) tell("withdrawn", e.at);
        news("closure.withdrawn", e.at);
    }
    void operator()(const closure_expired& e) {
        tell("expired", e.at);
        news("closure.expired", e.at);
    }
    void operator()(const closure_repudiated& e) {
        // Who says that it was not them means whoever applied for them, too; anybody else says it of the case only.
        const auto* acts = acting_in_case(s);
        if (acts != nullptr && acts->state != representation_state::stopped && e.by.as == role::subscriber)
            out.push_back(object_for_owner{s.subscription->subscriber, acts->serial});
        tell("repudiated", e.at, with_complaints({}));
        news("closure.repudiated", e.at);
        news("closure.fraud_hold", e.at);
    }
    void operator()(const fraud_cleared& e) {
        tell("fraud_cleared", e.at, is_submitted() ? due_words(e.due, e.due_provisional) : parameters{});
        news("closure.fraud_cleared", e.at);
    }
    void operator()(const unbinding_started& e) {
        recall_downloads();
        const bool somewhere =
            std::ranges::any_of(s.profiles, [](const profile& p) { return !is_unbound(p) && !awaits_download(p); });
        if (somewhere) tell("unbinding", e.at, {{"until", base::iso(e.write_off_day)}});
        news("closure.unbinding", e.at, e.write_off_at);
    }
    void operator()(const settling_started& e) {
        news("closure.settling", e.at);
        if (!e.bar_at) return every_imsi(hlr_operation::bar);
        parameters words{{"closure", std::to_string(s.current->number)}};
        if (e.reclaim_day.days != 0 && leaves_time_to_reclaim())
            words.emplace("reclaim_until", base::iso(e.reclaim_day));
        tell_one("closing_now", label::trusted("line"), std::move(words));
    }
    void operator()(const last_word_over&) { every_imsi(hlr_operation::bar); }
    void operator()(const closing_delayed& e) {
        tell("closing_delayed", e.at);
        news("closure.bar_delayed", e.at);
    }
    void operator()(const reply_heard& e) {
        // Of an application that nobody was told of nobody hears the end but who ended it.
        if (e.word == reply_word::withdraw && e.outcome == reply_outcome::done && !is_submitted())
            return tell_one("withdrawn", e.contact, {{"closure", std::to_string(s.current->number)}});
        parameters words;
        if (e.until.days != 0) words.emplace("until", base::iso(e.until));
        if (e.price) words.emplace("amount", base::text(*e.price));
        if (!e.keep_nonce.empty()) words.emplace("code_nonce", e.keep_nonce);  // the shell makes the code of it
        if (e.word == reply_word::not_me && !has_ended())
            for (const int serial : objected_by_reply(s, e.at))
                out.push_back(object_for_owner{s.subscription->subscriber, serial});
        if (e.outcome == reply_outcome::for_staff) news("line.reply_for_staff", e.at);
        if (const auto kind = kind_of_answer(e); !kind.empty()) {
            if (kind == "reply_status") add_status(words);
            if (kind == "reply_ended") add_end(e.at, words);
            if (kind == "reply_too_late" && leaves_time_to_reclaim()) words.emplace("reclaim", "yes");
            answer(kind, e, std::move(words));
        }
    }
    bool has_ended() const { return s.subscription->status == line_status::ended; }
    /// A line that is closing has had its last message, and one that has ended hears nothing: the others on file do.
    void answer(std::string_view kind, const reply_heard& e, parameters words) {
        if (e.contact == label::trusted("line") && (is_settling() || has_ended()))
            return tell_now(kind, e.at, std::move(words), false);
        tell_one(kind, e.contact, std::move(words));
    }
    void add_end(instant at, parameters& words) const {
        if (!s.held) return;
        if (s.held->first_day.days != 0) words.emplace("at", base::iso(s.held->first_day));
        if (can_be_reclaimed(*s.held) && at < s.held->reclaim_until)
            words.emplace("reclaim_until", base::iso(s.held->reclaim_day));
    }
    /// A policy may leave no day for it; then nothing is promised.
    static bool can_be_reclaimed(const holds& of) { return of.reclaim_day > of.first_day; }
    /// What is told to everybody anyway ("withdrawn") is not told once more.
    std::string_view kind_of_answer(const reply_heard& e) const {
        if (has_ended() && e.outcome != reply_outcome::for_staff) return "reply_ended";
        switch (e.outcome) {
            case reply_outcome::nothing_to_do: return "reply_nothing";
            case reply_outcome::too_late: return "reply_too_late";
            case reply_outcome::answered: return "reply_status";
            case reply_outcome::confirm: return "reply_keep_asked";
            case reply_outcome::cannot: return "reply_keep_cannot";
            case reply_outcome::for_staff: return "reply_for_staff";
            case reply_outcome::done: break;
        }
        if (e.word == reply_word::stop) return "reply_stopped";
        if (e.word == reply_word::start) return "reply_started";
        return e.word == reply_word::keep ? "reply_kept" : "";
    }
    void add_status(parameters& words) const {
        constexpr auto yes = "yes";
        const auto& line = *s.subscription;
        if (line.locked_since)
            words.emplace("locked", yes);
        else if (line.status == line_status::suspended)
            words.emplace("suspended", yes);
        else if (line.status == line_status::grace)
            words.emplace("grace", yes);
        else
            words.emplace("in_order", yes);
        if (!s.has_open_closure()) return;
        const auto& c = *s.current;
        words.emplace("open", yes);
        // What an order, a port or a lock holds up asks nothing of anybody's devices.
        if (line.customer_lock) words.emplace("customer_lock", yes);
        const auto is = domain::at(c);
        if (is != stage::opened && is != stage::fraud_hold && rules::ending_waits(s))
            return (void)words.emplace("waits", yes);
        if (!c.reference.empty()) words.insert_or_assign("case", said(c.reference));
        switch (is) {
            case stage::in_review:
                words.emplace("in_review", yes);
                words.emplace("due", base::iso(s.of_case<submission>()->due));
                break;
            case stage::approved: words.emplace("approved", yes); break;
            case stage::unbinding: words.emplace("unbinding", yes); break;
            case stage::settling: words.emplace("settling", yes); break;
            case stage::fraud_hold: words.emplace("held", yes); break;
            default: words.emplace("opened", yes);
        }
    }
    void operator()(const network_answered& e) {
        if (e.answer.step == "barred") network(hlr_operation::remove, e.answer.imsi);
    }
    /// The number that has this IMSI at the HLR hears of it too.
    void operator()(const network_mismatched& e) {
        if (e.what.kind != mismatch_kind::imsi_serves_other) return;
        const auto other = base::msisdn::parse(e.what.other);
        if (other && *other != s.number)
            out.push_back(tell_contest{*other, "imsi:" + e.what.imsi.text(), s.number.text()});
    }
    void operator()(const network_asked_again& e) {
        for (const auto& one : e.what)
            if (still_wanted(s, hlr_action{one.operation, one.imsi, s.number, {}})) network(one.operation, one.imsi);
    }
    // -- from line to line
    void operator()(const profile_offered& e) {
        tell("profile_offered", e.at);
        news("line.profile_offered", e.at, e.offer.until);
    }
    void operator()(const profile_handed_over& e) {
        if (e.on_network) network(hlr_operation::detach, e.imsi);
        news("line.profile_handed_over", e.at);
    }
    void operator()(const profile_left& e) {
        for (const auto& one : s.leaving)
            if (one.what.iccid == e.iccid)
                out.push_back(give_profile{one.to, one.to_generation, one.what.iccid, one.what.imsi, one.what.eid,
                                           one.what.state, s.number, s.subscription->generation});
    }
    void operator()(const profile_came_back& e) {
        const auto* p = find(e.iccid);
        if (p != nullptr && e.serves && p->state == profile_state::enabled && in_service())
            network(hlr_operation::provision, p->imsi);
        news("line.profile_came_back", e.at);
    }
    void operator()(const profile_coming& e) {
        const line_holder from{e.what.from, e.what.from_generation};
        const line_holder here{s.number, s.subscription->generation};
        out.push_back(pass_claim{claim_on(e.what.iccid), from.text(), here.text()});
        out.push_back(pass_claim{claim_on(e.what.imsi), profile_holder{e.what.iccid, from}.text(),
                                 profile_holder{e.what.iccid, here}.text()});
    }
    void operator()(const profile_not_taken& e) {
        out.push_back(return_profile{e.from, e.from_generation, e.iccid, e.why});
        if (e.imsi.empty()) return;
        const line_holder from{e.from, e.from_generation};
        const line_holder here{s.number, s.subscription->generation};
        out.push_back(pass_claim{claim_on(e.iccid), here.text(), from.text()});
        out.push_back(
            pass_claim{claim_on(e.imsi), profile_holder{e.iccid, here}.text(), profile_holder{e.iccid, from}.text()});
    }
    void operator()(const identifier_passed& e) {
        if (!e.wanted) out.push_back(free_claim{e.identifier, e.holder});
    }
    void operator()(const refund_ordered& e) {
        refund_news("refund.ordered", e.id, e.amount, e.at);
        out.push_back(pay_refund{e.id, e.amount, account_of_case(s).whose, s.current->number, e.due, e.account,
                                 said(s.current->reference)});
        if (const auto* closed = s.of_case<stages::closed>())  // the first is in the notice of the end
            tell("refund_ordered", e.at, refund_words(closed->payback), false);
    }
    static parameters refund_words(const refund& back) {
        return {{"amount", base::text(back.amount)}, {"due", base::iso(back.due)}, {"reference", back.id}};
    }
    void operator()(const refund_state_changed& e) {
        if (!is_owners(e.id)) return;  // nobody hears of what was somebody else's
        if (e.state == refund_state::settled) refund_news("refund.paid", e.id, find_refund(s, e.id)->amount, e.at);
        if (e.state == refund_state::returned) refund_news("refund.returned", e.id, find_refund(s, e.id)->amount, e.at);
        auto words = refund_words(*find_refund(s, e.id));
        words.insert_or_assign("reference", e.id);
        if (e.state == refund_state::settled) tell("refund_settled", e.at, std::move(words), false);
        if (e.state == refund_state::returned) tell("refund_returned", e.at, std::move(words), false);
    }
    bool is_owners(std::string_view id) const {
        const auto* of = find_refund(s, id);
        if (of == nullptr || !s.subscription) return false;
        for (const auto& one : s.past)
            if (&one.payback == of) return one.generation == 0;
        for (const auto& one : s.unclaimed)
            if (&one.back == of) return is_owners(one) && !one.to_payer;
        return true;
    }
    bool is_owners(const unclaimed_money& what) const {
        return s.subscription && what.generation == s.generations && what.owner == s.subscription->subscriber;
    }
    void operator()(const payout_held& e) {
        const auto* end = s.of_case<stages::ending>();
        if (end == nullptr) return;
        tell("refund_held", e.at,
             of_account({{"until", base::iso(e.day)}, {"amount", base::text(end->payback.amount)}}), false);
    }
    /// Whoever has a session, a token or the customer's ear may have said so: the owner hears of it.
    void operator()(const payout_chosen& e) {
        parameters words;
        if (e.how == payout::cash) words.emplace("cash", "yes");
        if (e.how == payout::waive) words.emplace("waive", "yes");
        tell("payout_chosen", e.at, std::move(words));
    }
    void operator()(const payer_let_go& e) { out.push_back(forget_payer{e.payee}); }
    void operator()(const refund_contradicted& e) { news("refund.contradicted", e.at); }
    void operator()(const money_unclaimed& e) {
        news("money.unclaimed", e.at);
        if (!is_owners(e.what)) return;
        parameters words{{"amount", base::text(e.what.amount)}};
        if (e.what.why == unclaimed_why::brought_late) words.emplace("before_end", "yes");
        tell("money_unclaimed", e.at, std::move(words), false);
    }
    void operator()(const money_return_ordered& e) {
        const auto found = std::ranges::find(s.unclaimed, e.serial, &unclaimed_money::serial);
        if (found == s.unclaimed.end()) return;
        if (!e.go_at) out.push_back(pay_refund{e.id, found->amount, e.payee, 0, e.due, e.account});
        if (!is_owners(*found)) return;
        parameters words{{"amount", base::text(found->amount)}};
        if (e.to_payer) words.emplace("to_payer", "yes");
        if (e.go_at) words.emplace("later", "yes");
        if (!e.id.empty()) words.emplace("reference", e.id);
        tell("money_returned", e.at, std::move(words), false);
    }
    void operator()(const line_ended& e) {
        tell_its_owner(e.at, true);
        if (s.of_case<stages::closed>() != nullptr && e.why == "closed") {
            out.push_back(sign_certificate{s.current->number, {base::to_json(claims_of(s), base::form::api)}});
            news("closure.closed", e.at, e.held.last());
            free_what_is_gone();
        } else {
            every_imsi(hlr_operation::remove);
            recall_downloads();
            parameters words;
            if (can_be_reclaimed(e.held)) words.emplace("reclaim_until", base::iso(e.held.reclaim_day));
            tell("line_ended", e.at, std::move(words), false);
            news("line.ended", e.at, e.held.last());
        }
    }
    void operator()(const certificate_issued& e) {
        parameters words;
        if (s.held) words.emplace("quarantine_until", base::iso(s.held->quarantine_day));
        if (s.held && can_be_reclaimed(*s.held)) words.emplace("reclaim_until", base::iso(s.held->reclaim_day));
        if (s.held && s.held->first_day.days != 0) words.emplace("at", base::iso(s.held->first_day));
        if (!s.current->reference.empty()) words.emplace("certificate", said(s.current->reference));
        const auto* closed = s.of_case<stages::closed>();
        if (closed == nullptr) return;
        const auto& said_by_network = closed->network;
        if (!said_by_network.empty() && std::ranges::all_of(said_by_network, &hlr_proof::proves))
            words.emplace("network", "yes");
        const auto& back = closed->payback;
        if (back.state != refund_state::none) words.emplace("amount", base::text(back.amount));
        switch (back.state) {
            case refund_state::none:
            case refund_state::settled: break;
            case refund_state::waived: words.emplace("waived", "yes"); break;
            case refund_state::to_collect: words.emplace("to_collect", "yes"); break;
            case refund_state::returned:
            case refund_state::waiting:
            case refund_state::held: words.emplace("account_wanted", "yes"); break;
            default: words.emplace("due", base::iso(back.due));
        }
        tell("closed", e.at, std::move(words), false);
        news("closure.certificate_issued", e.at);
    }
    // -- disputes: about their own case, whatever case there is now
    const dispute& disputed(int serial) const {
        const auto* found = find_dispute(s, serial);
        ENSURE(found != nullptr);
        return *found;
    }
    static parameters named(const dispute& of, parameters words = {}) {
        words.emplace("closure", std::to_string(of.closure));
        if (!of.reference.empty()) words.emplace("case", said(of.reference));
        return words;
    }
    void dispute_news(const char* topic, const dispute& of, instant at, std::optional<instant> until = {}) {
        auto n = about_line(at, until);
        n.closure = of.closure;
        publish_news(topic, n);
    }
    void operator()(const dispute_opened& e) {
        parameters words{{"due", base::iso(e.what.due)}};
        if (e.what.due_provisional) words.emplace("provisional", "yes");
        tell("dispute_received", e.what.at, named(e.what, std::move(words)));
        dispute_news("dispute.opened", e.what, e.what.at, e.what.due_at);
    }
    void operator()(const dispute_withdrawn& e) {
        tell("dispute_withdrawn", e.at, named(disputed(e.serial)));
        dispute_news("dispute.withdrawn", disputed(e.serial), e.at);
    }
    void operator()(const dispute_overdue& e) {
        tell("dispute_late", e.at, with_complaints(named(disputed(e.serial))));
        dispute_news("dispute.overdue", disputed(e.serial), e.at);
    }
    void operator()(const dispute_refused& e) {
        tell("dispute_refused", e.at, with_complaints(named(disputed(e.serial), {{"reason", e.reason}})));
        dispute_news("dispute.refused", disputed(e.serial), e.at);
    }
    /// Everybody is told when there is one to be had. That it can be made was seen when it was decided.
    void operator()(const certificate_corrected& e) {
        const auto& about = disputed(e.serial);
        const auto* jws = certificate_of(s, about.closure);
        ENSURE(jws != nullptr);
        auto claims = read(*jws).value().claims;
        claims = corrected(std::move(claims), e.made, e.at).value();
        claims.replaces = certificate_print(*jws);
        out.push_back(sign_certificate{about.closure, {base::to_json(claims, base::form::api)}});
    }
    void operator()(const certificate_reissued& e) {
        const auto& about = disputed(e.serial);
        auto words = named(about);
        if (!about.reference.empty()) words.emplace("certificate", said(about.reference));
        const auto told = static_cast<std::ptrdiff_t>(out.size());
        tell("certificate_corrected", e.at, words);
        if (s.current && s.current->number == about.closure)
            tell_hearers_of("closed", "certificate_corrected", words, told);
        dispute_news("closure.certificate_corrected", about, e.at);
    }
    /// To those addresses only: nobody else asked, and none learns more by it than is on file there.
    void operator()(const certificate_sent_again& e) {
        parameters words{{"closure", std::to_string(e.closure)}};
        if (const auto reference = reference_of_case(e.closure); !reference.empty()) {
            words.emplace("case", said(reference));
            words.emplace("certificate", said(reference));
        }
        for (const auto& c : s.contacts)
            if (std::ranges::find(e.to, c.id) != e.to.end())
                out.push_back(send_notice{"certificate_again", s.subscription->subscriber, c.id, c.by, words,
                                          c.vouched_by.has_value()});
    }
    std::string reference_of_case(int closure) const {
        if (s.current && s.current->number == closure) return s.current->reference;
        const auto found = std::ranges::find(s.past, closure, &past_closure::number);
        return found == s.past.end() ? std::string() : found->reference;
    }
    /// Whoever got the first word of it, be it at a contact point that nothing else goes to any more; `from` on are
    /// those who are told already.
    void tell_hearers_of(std::string_view first, std::string_view kind, const parameters& params, std::ptrdiff_t from) {
        const auto is_told = [&](const label& contact) {
            return std::any_of(out.begin() + from, out.end(), [&](const effect& one) {
                const auto* notice = std::get_if<send_notice>(&one);
                return notice != nullptr && notice->contact == contact;
            });
        };
        for (const auto& c : s.contacts) {
            const bool heard = std::ranges::any_of(
                s.current->notices, [&](const notice_record& one) { return one.kind == first && one.contact == c.id; });
            if (heard && c.verified && !is_told(c.id))
                out.push_back(send_notice{std::string(kind), s.subscription->subscriber, c.id, c.by, params,
                                          c.vouched_by.has_value()});
        }
    }
    void operator()(const notices_held& e) { tell_now(e.kind, e.at, {{"quiet", std::to_string(e.minutes)}}); }
    void operator()(const notices_gathered& e) {
        if (e.count == 0) return;
        parameters words{{"repeats", std::to_string(e.count)}};
        if (e.kind == "customer_unlock_announced" && s.subscription && s.subscription->customer_unlock_at) {
            const auto left =
                std::chrono::duration_cast<base::hours>(*s.subscription->customer_unlock_at - e.at).count();
            words.emplace("hours", std::to_string(std::max<std::int64_t>(1, left)));
        }
        tell_now(e.kind, e.at, std::move(words));
    }
    void operator()(const line_reinstated& e) {
        // With the line, the HLR was told to forget the profile's keys too.
        if (const auto* p = s.serving(); p != nullptr && !p->matching_id.empty() && !is_unbound(*p))
            out.push_back(hlr_keys{p->iccid, p->imsi});
        if (!s.subscription->locked_since) restore(hlr_operation::provision);
        tell_its_owner(e.at, false);
        tell("reinstated", e.at, {{"until", base::iso(e.valid_day)}}, false);
        news("line.reinstated", e.at);
    }
    void operator()(const second_wanted& e) { news("line.second_person_wanted", e.asked.at, e.asked.expires_at); }
    void operator()(const partners_told& e) { news("number.release_announced", e.at, s.held->last()); }
    void operator()(const number_released& e) { news("number.released", e.at); }

    /// Nothing is to be done outside.
    template <typename Event>
        requires base::one_of<Event, line_corrected, money_booked, validity_extended, contract_set, product_linked,
                              product_detached, legal_hold_set, proof_failed, quote_issued, quote_accepted, otp_failed,
                              evidence_recorded, backup_prepared, backup_downloaded, backup_declined, approval_given,
                              network_agreed, identifier_contested, offer_ended, refund_set_aside, payout_waits,
                              payer_read, recovery_code_spent, money_claimed, closure_closed, notice_noted,
                              second_given, second_refused, second_expired, accounts_noted, review_claimed,
                              review_released, review_handed, note_written, line_called>
    void operator()(const Event&) {}
};

}  // namespace

namespace {

/// As reaction tells them; a test holds the two together.
struct told_finder {
    const number_state& s;
    using kinds = std::vector<std::string_view>;

    kinds operator()(const customer_lock_set& e) const { return {e.locked ? "customer_locked" : "customer_unlocked"}; }
    kinds operator()(const port_out_set& e) const { return e.since ? kinds{"port_out_noted"} : kinds{}; }
    kinds operator()(const customer_unlock_announced&) const { return {"customer_unlock_announced"}; }
    kinds operator()(const device_lost&) const { return {"device_locked"}; }
    kinds operator()(const device_found& e) const { return e.unlocks && !e.replaced ? kinds{"device_found"} : kinds{}; }
    kinds operator()(const sim_changed&) const { return {"sim_changed"}; }
    kinds operator()(const line_switched&) const { return {"switched"}; }
    kinds operator()(const switch_undone&) const { return {"switch_undone"}; }
    kinds operator()(const profile_added& e) const {
        if (!e.added.matching_id.empty()) return {"profile_ready"};
        return e.further ? kinds{"profile_added"} : kinds{};
    }
    kinds operator()(const profile_stopped&) const { return {"profile_stopped"}; }
    kinds operator()(const profile_resumed&) const { return {"profile_resumed"}; }
    kinds operator()(const profile_reported& e) const {
        const auto p = std::ranges::find(s.profiles, e.iccid, &profile::iccid);
        const bool ours = p != s.profiles.end() && !p->matching_id.empty();
        kinds out;
        if (e.stopped) out.emplace_back("profile_stopped");
        if (ours && e.state == profile_state::installed) out.emplace_back("device_added");
        return out;
    }
    kinds operator()(const recovery_codes_set&) const { return {"recovery_codes_changed"}; }
    kinds operator()(const certificate_sent_again&) const { return {"certificate_again"}; }
    kinds operator()(const contacts_taken& e) const {
        return e.account_changed ? kinds{"refund_account_changed"} : kinds{};
    }
    template <typename Event>
    kinds operator()(const Event&) const {
        return {};
    }
};

struct time_finder {
    instant operator()(const profile_reported& e) const { return e.shown.at; }
    instant operator()(const port_out_set& e) const { return e.since.value_or(instant{}); }
    template <typename Event>
    instant operator()(const Event& e) const {
        if constexpr (requires { e.at; })
            return e.at;
        else
            return {};
    }
};

}  // namespace

std::vector<std::string_view> kinds_told(const number_state& before, const number_event& what) {
    return std::visit(told_finder{before}, what);
}

instant told_at(const number_event& what) { return std::visit(time_finder{}, what); }

std::vector<effect> number::react(const state& after, const event& what) {
    reaction r{after};
    std::visit([&](const auto& e) { r(e); }, what);
    return std::move(r.out);
}

bool still_has(const number_state& s, int generation, const base::iccid& iccid) {
    if (!s.subscription || s.subscription->generation != generation) return false;
    const auto p = std::ranges::find(s.profiles, iccid, &profile::iccid);
    if (p == s.profiles.end() || p->state == profile_state::cancelled) return false;
    return s.subscription->status != line_status::ended || !is_unbound(*p);
}

bool keeps_claim(const number_state& s, int generation, const base::iccid& iccid) {
    if (still_has(s, generation, iccid)) return true;
    if (!s.subscription || s.subscription->generation != generation) return false;
    return std::ranges::find(s.coming, iccid, &coming_profile::iccid) != s.coming.end() ||
           std::ranges::any_of(s.leaving, [&](const leaving_profile& one) { return one.what.iccid == iccid; });
}

bool still_wanted(const number_state& s, const hlr_keys& what) {
    return s.subscription && s.subscription->status != line_status::ended &&
           std::ranges::any_of(s.profiles, [&](const profile& p) {
               return p.iccid == what.iccid && p.imsi == what.imsi && !is_unbound(p);
           });
}

bool still_wanted(const number_state& s, const hlr_action& what) {
    const auto* serving = s.serving();
    const bool serves = serving != nullptr && serving->imsi == what.imsi;
    const bool in_service = reaction{s}.in_service();
    switch (what.operation) {
        case hlr_operation::provision:
        case hlr_operation::unbar: return in_service && serves;
        case hlr_operation::bar:
        case hlr_operation::remove: return !(in_service && serves);
        case hlr_operation::detach: return !serves;
    }
    return true;
}

}  // namespace keepline::domain
