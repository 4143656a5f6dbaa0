// The rules of a profile on the SM-DP+: orders (SGP.22 §5.3, ES2+), the download (§5.6, ES9+) and notifications.
#include "base/utf8.hpp"
#include "domain/esim/esim.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t profile_name_max = 64, provider_name_max = 32;  // letters: SIZE of a UTF8String counts those
constexpr std::size_t address_bytes_max = 255;
constexpr std::size_t received_bytes_max = 32'768;
constexpr std::size_t sequences_remembered = 16;

using esim_events = std::vector<esim_event>;

/// The mark under which the vault has the code; the code itself, and what is computed from it, is never here.
bool is_mark(const std::string& text) {
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == 64 && std::ranges::all_of(text, fits);
}

result<void> check_terms(const download_terms& terms) {
    const auto& m = terms.metadata;
    if (terms.matching_id.size() > name_bytes_max || terms.smds.size() > address_bytes_max ||
        m.notification_address.size() > address_bytes_max)
        return refuse(code::invalid, "A name or an address is too long.");
    if (base::characters(m.profile_name) > profile_name_max || base::characters(m.provider) > provider_name_max)
        return refuse(code::invalid, "A profile's name has at most 64 letters, its provider's at most 32.");
    // SGP.22 §4.1.1 and §5.3.2: what an activation code can carry.
    const auto plain = [](char c) {
        // '_' is for test beds: their listeners let it through, no other does.
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (!std::ranges::all_of(terms.matching_id, plain))
        return refuse(code::invalid, "A matching ID has letters, digits and hyphens only.");
    if (!terms.confirmation.empty() && !is_mark(terms.confirmation))
        return refuse(code::invalid, "A confirmation code is named by its mark in the vault.");
    if (terms.limits.downloads < 0 || terms.limits.codes < 0) return refuse(code::invalid, "A limit is zero or more.");
    return {};
}

/// The download is found by its matching ID, or by the EID: by the default SM-DP+, or through an SM-DS.
result<void> check_can_be_found(const download_terms& terms) {
    if ((terms.matching_id.empty() || !terms.smds.empty()) && terms.eid.empty())
        return refuse(code::eid_missing, "Without a matching ID, or with an SM-DS, the order needs an EID.");
    return {};
}

/// The same order again may compute another moment from the same duration.
bool same_terms(download_terms a, const download_terms& b) {
    a.limits.expires_at = b.limits.expires_at;
    return a == b;
}

/// ErrorReason of SGP.22: an interruption, and no room on the eUICC, are gone the next time; everything else is not.
bool is_for_good(int error_reason) { return error_reason != 10 && error_reason != 11; }

constexpr int end_user_rejection = 0, undefined_reason = 127;

/// CancelSessionReason: postponed, timeout, and sessionAborted of v3, which says of nobody that they do not want it.
bool leaves_order_as_it_is(int reason) { return reason == 1 || reason == 2 || reason == 16; }

/// What LPAs send after whatever went wrong.
bool says_nothing(int reason) { return reason == end_user_rejection || reason == undefined_reason; }

std::string words_of_cancel(int reason) {
    switch (reason) {
        case 0: return "The user rejected the download.";
        case 3: return "The profile's policy rules are not allowed on that device.";
        case 4: return "The metadata that was shown was not what was loaded.";
        case 5: return "The eUICC could not load the package.";
        case undefined_reason: return "The device cancelled the download without saying why.";
        default: return "The device cancelled the download for reason " + std::to_string(reason) + ".";
    }
}

/// When the order's time is over, where a device has not begun to use it.
std::optional<instant> order_due(const esim_state& s) {
    const auto end = s.terms.limits.expires_at;
    const bool waiting = s.status == esim_status::allocated || s.status == esim_status::linked ||
                         s.status == esim_status::confirmed || s.status == esim_status::released;
    return waiting && end ? std::optional(end) : std::nullopt;
}

/// Its package left, and its eUICC signed neither that it was not installed, nor that it was deleted since. What it
/// deleted before says nothing of a package that came later.
bool may_have_left_it(const esim_state& s, const download_transaction& t) {
    if (!t.delivered || t.result == "failed") return false;
    const auto last = std::ranges::find(s.reports, t.eid, &device_report::eid);
    return last == s.reports.end() || last->what != profile_event::deletion || last->at < t.at;
}

struct esim_decider {
    const esim_state& s;
    const context& now;

    // -- what most rules ask first

    result<void> need_known() const {
        if (s.iccid.empty() || s.foreign) return refuse(code::esim_unknown, "There is no such profile here.");
        return {};
    }
    result<void> need_own(const label& requester) const {
        CHECK(need_known());
        if (requester.empty()) return {};
        const bool other_stock = !s.owner.empty() && s.owner != requester;
        if (other_stock || (s.is_ordered() && s.requester != requester))
            return refuse(code::esim_not_yours, "The profile is another operator's.");
        return {};
    }
    /// Whoever ordered it asks: an operator's own system over ES2+, or who it was then. A name in a body is nobody's.
    bool is_orderers(const label& requester) const {
        return requester.empty() ? same_holder(now.by, s.ordered_by) : s.requester == requester;
    }
    /// Somebody else waits for it: a line's owner, or whoever ordered it. Nobody turns it to another device, or opens
    /// it again, alone.
    bool is_anothers(const label& requester) const {
        return s.is_ordered() && (!s.number.empty() || s.requester != requester || !is_orderers(requester));
    }
    /// No eUICC but this one may have it from an order that was taken back.
    bool is_free_for(const base::eid& eid) const {
        return s.left_on.empty() || (s.left_on.size() == 1 && s.left_on.front() == eid);
    }
    std::unexpected<base::error> taken() const {
        return refuse(code::esim_taken, "The profile is not in a state that allows this.",
                      {{"state", boost::describe::enum_to_string(s.status, "")}});
    }
    bool is_deleted() const {
        const auto* last = s.report();
        return last != nullptr && last->what == profile_event::deletion;
    }
    result<const download_transaction*> need_transaction(const std::string& id) const {
        const auto* found = s.transaction(id);
        if (found == nullptr) return refuse(code::transaction_unknown, "This profile has no such transaction.");
        return found;
    }
    /// Of the order that runs now, and of the eUICC it is for.
    bool counts(const download_transaction& t) const {
        return t.order == s.orders && (s.eid.empty() || s.eid == t.eid);
    }
    bool may_be_downloaded() const { return s.status == esim_status::released || s.status == esim_status::downloaded; }
    bool is_over() const { return s.terms.limits.expires_at && now.now >= s.terms.limits.expires_at; }
    order_failed failed(order_failure why, std::string words, const base::eid& eid = {}) const {
        return {why, std::move(words), eid, now.now};
    }

    // -- stock

    result<esim_events> operator()(const provide_esim& c) const {
        if (c.iccid.empty() || c.imsi.empty()) return refuse(code::invalid, "A profile needs an ICCID and an IMSI.");
        if (c.profile_type.empty() || c.profile_type.size() > name_bytes_max)
            return refuse(code::invalid, "Name a profile type.");
        const bool here = !s.iccid.empty() && !s.foreign;
        if (!here && (!now.reserved || now.now >= now.reserved->until))
            return refuse(code::identifier_unreserved, "The identifiers were not reserved in time; try again.");
        if (!here)
            return esim_events{
                esim_provided{c.iccid, c.imsi, c.profile_type, c.owner, c.keys_here, c.package, now.now, c.content}};
        if (s.imsi == c.imsi && s.type == c.profile_type && s.owner == c.owner && s.content == c.content)
            return esim_events{};
        return refuse(code::esim_taken, "A profile of this ICCID is here already, with other facts.");
    }

    // -- ES2+

    result<esim_events> operator()(const download_order& c) const {
        CHECK(need_own(c.requester));
        if (!c.profile_type.empty() && c.profile_type != s.type)
            return refuse(code::esim_type_differs, "The profile is of another type.", {{"type", s.type}});
        if (s.status == esim_status::available) {
            if (!is_free_for(c.eid)) CHECK(need_second(now, act::reset_profile));
            return esim_events{esim_ordered{c.requester, c.eid, {}, 0, {}, now.now, c.call, now.by}};
        }
        // Also after the download: a repeat that was on its way for long gets what the first one got.
        const bool same = s.is_ordered() && s.number.empty() && s.requester == c.requester && s.asked_eid == c.eid;
        if (same && s.status != esim_status::error) return esim_events{};
        return taken();
    }

    result<esim_events> operator()(const confirm_order& c) const {
        CHECK(need_own(c.requester));
        CHECK(check_terms(c.terms));
        auto terms = c.terms;
        if (s.is_ordered() && !terms.eid.empty() && !s.terms.eid.empty() && terms.eid != s.terms.eid)
            return refuse(code::eid_differs, "The order is for another EID.");
        if (terms.eid.empty()) terms.eid = s.terms.eid;
        const bool ordered = s.status == esim_status::allocated || s.status == esim_status::linked;
        if (c.matching_id_made && !ordered && s.is_ordered()) terms.matching_id = s.terms.matching_id;
        CHECK(check_can_be_found(terms));
        if (ordered) {
            if (!is_orderers(c.requester))
                CHECK(need_second(now, act::rebind_profile));  // else with a code of their own
            esim_events out{esim_confirmed{std::move(terms), now.now}};
            if (c.release) out.emplace_back(esim_released{now.now});
            return out;
        }
        const bool confirmed = s.is_ordered() && s.status != esim_status::error;
        if (!confirmed || !same_terms(terms, s.terms)) return taken();
        if (c.release && s.status == esim_status::confirmed) return esim_events{esim_released{now.now}};
        return esim_events{};
    }

    result<esim_events> operator()(const release_profile& c) const {
        CHECK(need_own(c.requester));
        switch (s.status) {
            case esim_status::confirmed: return esim_events{esim_released{now.now}};
            case esim_status::released:
            case esim_status::downloaded:
            case esim_status::installed: return esim_events{};
            default:
                return refuse(code::esim_not_confirmed, "Only a confirmed order can be released.",
                              {{"state", boost::describe::enum_to_string(s.status, "")}});
        }
    }

    /// Of this order and of those that were taken back before.
    std::vector<base::eid> who_may_have_it() const {
        auto out = s.left_on;
        const auto add = [&](const base::eid& one) {
            if (!one.empty() && std::ranges::find(out, one) == out.end()) out.push_back(one);
        };
        for (const auto& t : s.transactions)
            if (t.order == s.orders && may_have_left_it(s, t)) add(t.eid);
        if (s.is_ordered() && may_sit_on_device(s)) add(s.eid);
        return out;
    }

    esim_cancelled cancelled(bool to_stock) const {
        return {to_stock, s.delivered, s.number,
                s.eid,    now.now,     past_order{s.requester, s.terms.eid, s.terms.matching_id, to_stock},
                {}};
    }

    /// Of the stock, which nobody ordered: its owner may take it out, and staff.
    result<esim_events> cancel_unordered(const cancel_order& c) const {
        const bool own = s.cancelled && s.cancelled->requester == c.requester && !c.requester.empty();
        if (own && s.status == esim_status::unavailable) return taken();  // it ended the other way
        if (!c.requester.empty() && s.owner != c.requester)
            return refuse(code::esim_not_yours, "The profile is not this operator's, and it has not ordered it.");
        if (s.status == (c.to_stock ? esim_status::available : esim_status::unavailable)) {
            if (!c.named || s.status == esim_status::unavailable) return esim_events{};
            return refuse(code::esim_taken, "Nobody has ordered the profile.", {{"state", "available"}});
        }
        if (s.status == esim_status::unavailable) return taken();
        return esim_events{esim_cancelled{false, false, {}, {}, now.now, {}}};  // out of the stock
    }

    result<void> check_names(const cancel_order& c) const {
        if (!c.eid.empty() && c.eid != s.eid) return refuse(code::eid_differs, "The order is not for that EID.");
        if (!c.matching_id.empty() && c.matching_id != s.terms.matching_id)
            return refuse(code::matching_id_wrong, "The order has another matching ID.");
        if (c.named && c.eid.empty() && !s.terms.eid.empty())
            return refuse(code::eid_missing, "The order is linked to an EID, by which it is to be cancelled.");
        return {};
    }

    result<esim_events> operator()(const cancel_order& c) const {
        CHECK(need_own(c.requester));
        if (was_cancelled_so(s, c)) return esim_events{};
        if (!s.is_ordered()) return cancel_unordered(c);
        CHECK(check_names(c));
        if (s.status == esim_status::installed && !is_deleted()) return taken();
        const bool over_es2 = !c.requester.empty();  // a system speaks for an operator; else somebody here does
        const bool used_twice = !over_es2 && c.to_stock && may_sit_on_device(s);
        if (used_twice) CHECK(need_second(now, act::reset_profile));
        const bool waited_for = !s.number.empty() || (!over_es2 && !is_orderers(c.requester));
        if (waited_for) CHECK(need_second(now, act::stop_profile));
        auto e = cancelled(c.to_stock);
        if (!used_twice) e.left_on = who_may_have_it();  // nobody signed that another one gets it
        return esim_events{std::move(e)};
    }

    /// Nothing of it is on a device, as far as anybody said.
    bool may_be_issued_again() const {
        if (s.status == esim_status::unavailable) return s.orders > 0 && s.number.empty() && is_deleted();
        return s.status == esim_status::error || may_be_downloaded() ||
               (s.status == esim_status::installed && is_deleted());
    }

    result<esim_events> operator()(const reset_order& c) const {
        CHECK(need_own(c.requester));
        if (!may_be_issued_again()) return taken();
        auto terms = s.terms;
        if (c.matching_id) terms.matching_id = *c.matching_id;
        if (c.limits)
            terms.limits = *c.limits;
        else if (is_over())
            terms.limits.expires_at = {};
        CHECK(check_terms(terms));
        CHECK(check_can_be_found(terms));
        const bool fresh = s.status == esim_status::released && s.downloads == 0 && s.codes == 0;
        if (fresh && terms == s.terms) return esim_events{};
        if (may_sit_on_device(s)) CHECK(need_second(now, act::reset_profile));
        if (is_anothers(c.requester)) CHECK(need_second(now, act::rebind_profile));
        return esim_events{esim_reset{std::move(terms), now.now}};
    }

    result<esim_events> operator()(const rebind_order& c) const {
        CHECK(need_own(c.requester));
        if (!s.is_ordered() || (s.status == esim_status::installed && !is_deleted())) return taken();
        if (s.terms.eid == c.eid && s.eid == c.eid) return esim_events{};
        auto terms = s.terms;
        terms.eid = c.eid;
        const bool confirmed = s.status != esim_status::allocated && s.status != esim_status::linked;
        if (confirmed) CHECK(check_can_be_found(terms));
        if (may_sit_on_device(s)) CHECK(need_second(now, act::reset_profile));
        if (is_anothers(c.requester)) CHECK(need_second(now, act::rebind_profile));
        return esim_events{esim_rebound{c.eid, now.now}};
    }

    // -- for lines

    result<esim_events> operator()(const order_for_line& c) const {
        CHECK(need_own(c.requester));
        CHECK(check_terms(c.terms));
        CHECK(check_can_be_found(c.terms));
        if (!c.type.empty() && c.type != s.type)
            return refuse(code::esim_type_differs, "The profile is of another type.", {{"type", s.type}});
        if (s.is_ordered() && s.number == c.number && s.requester == c.requester &&
            s.terms.matching_id == c.terms.matching_id && s.terms.eid == c.terms.eid)
            return esim_events{};
        if (s.status != esim_status::available || !is_free_for(c.terms.eid)) return taken();
        return esim_events{
            esim_ordered{c.requester, c.terms.eid, c.number, c.generation, c.subscriber, now.now, {}, now.by},
            esim_confirmed{c.terms, now.now}, esim_released{now.now}};
    }

    result<esim_events> operator()(const give_back& c) const {
        if (!s.is_ordered() || s.number != c.number || s.terms.matching_id != c.matching_id) return esim_events{};
        if (s.status == esim_status::installed) return esim_events{};  // its deletion is waited for
        auto e = cancelled(!s.delivered);
        e.left_on = who_may_have_it();
        return esim_events{std::move(e)};
    }

    // -- ES9+

    std::unexpected<base::error> not_to_be_downloaded() const {
        if (s.status == esim_status::error && s.failed_by == order_failure::expired)
            return refuse(code::order_expired, "The download order has expired.");
        if (s.status == esim_status::error && s.failed_by == order_failure::downloads_spent)
            return refuse(code::downloads_spent, "The download was tried too often.");
        if (s.status == esim_status::error && s.failed_by == order_failure::codes_spent)
            return refuse(code::confirmation_spent, "The confirmation code was wrong too often.");
        return refuse(code::esim_not_released, "The profile is not released for download.",
                      {{"state", boost::describe::enum_to_string(s.status, "")}});
    }

    result<esim_events> operator()(const begin_download& c) const {
        CHECK(need_known());
        if (c.transaction.empty() || c.transaction.size() > 32 || c.eid.empty())
            return refuse(code::invalid, "A download needs a transaction and an EID.");
        if (const auto* known = s.transaction(c.transaction)) {
            if (known->eid == c.eid) return esim_events{};
            return refuse(code::transaction_unknown, "The transaction is another eUICC's.");
        }
        if (s.is_ordered() && c.matching_id != s.terms.matching_id)
            return refuse(code::matching_id_wrong, "The order has another matching ID.");
        if (!may_be_downloaded()) return not_to_be_downloaded();
        if (!s.eid.empty() && s.eid != c.eid) return refuse(code::eid_differs, "The order is for another EID.");
        if (is_over()) {
            if (s.status != esim_status::released)  // its device may still say how the installation went
                return refuse(code::order_expired, "The download order has expired.");
            return esim_events{failed(order_failure::expired, "The download order expired.", c.eid)};
        }
        const auto most = s.terms.limits.downloads;
        if (most > 0 && s.downloads >= most)
            return esim_events{failed(order_failure::downloads_spent, "The download was tried too often.", c.eid)};
        return esim_events{download_begun{c.transaction, c.eid, c.euicc_key, now.now}};
    }

    result<esim_events> operator()(const refuse_code& c) const {
        TRY(t, need_transaction(c.transaction));
        if (!counts(*t) || !may_be_downloaded())
            return refuse(code::esim_not_bindable, "The order was changed meanwhile.");
        const auto most = s.terms.limits.codes;
        if (c.missing) return esim_events{code_refused{c.transaction, s.codes, false, now.now, true}};
        code_refused e{c.transaction, s.codes + 1, most > 0 && s.codes + 1 >= most, now.now};
        const bool last = e.last;
        esim_events out{std::move(e)};
        if (last)
            out.emplace_back(failed(order_failure::codes_spent, "The confirmation code was wrong too often.", t->eid));
        return out;
    }

    result<esim_events> operator()(const deliver_package& c) const {
        TRY(t, need_transaction(c.transaction));
        if (s.status == esim_status::error) return not_to_be_downloaded();
        if (!counts(*t) || !may_be_downloaded())
            return refuse(code::esim_not_bindable, "The profile is not available for a new binding.");
        if (t->delivered) return esim_events{};
        if (is_over()) return refuse(code::order_expired, "The download order has expired.");
        return esim_events{package_delivered{c.transaction, t->eid, now.now}};
    }

    proof received_at(proof shown) const {
        shown.kind = proof_kind::signed_notification;
        shown.at = now.now;
        return shown;
    }

    result<esim_events> operator()(const install_result& c) const {
        TRY(t, need_transaction(c.transaction));
        if (c.received.size() > received_bytes_max || c.words.size() > address_bytes_max)
            return refuse(code::too_large, "The notification is larger than allowed.");
        if (!t->result.empty() && t->result != "cancelled") return esim_events{};
        const bool own = counts(*t) && s.status != esim_status::available;
        if (c.succeeded)  // of a package that never left, no eUICC can say so
            return esim_events{esim_installed{c.transaction, t->eid, c.sequence, received_at(c.shown), c.received,
                                              own && t->delivered}};
        esim_events out{install_failed{c.transaction, t->eid, c.sequence, c.error_reason, c.words,
                                       is_for_good(c.error_reason), received_at(c.shown), c.received, own}};
        if (own && is_for_good(c.error_reason) && may_be_downloaded())
            out.emplace_back(failed(
                order_failure::install_failed,
                c.words.empty() ? "Error " + std::to_string(c.error_reason) + " while installing." : c.words, t->eid));
        return out;
    }

    result<esim_events> operator()(const notified& c) const {
        if (c.iccid.empty() || c.eid.empty()) return refuse(code::invalid, "A notification names ICCID and EID.");
        if (c.received.size() > received_bytes_max)
            return refuse(code::too_large, "The notification is larger than allowed.");
        device_notified e{c.iccid,    c.what, c.eid, c.sequence, received_at(c.shown),
                          c.received, false,  false, s.number,   s.requester};
        const auto last = std::ranges::find(s.reports, c.eid, &device_report::eid);
        if (last != s.reports.end()) {
            if (std::ranges::find(last->seen, c.sequence) != last->seen.end()) return esim_events{};
            if (last->seen.size() >= sequences_remembered && c.sequence < std::ranges::min(last->seen))
                return esim_events{};
            e.late = c.sequence < last->sequence;
        }
        const bool known = !s.iccid.empty() && !s.foreign;
        e.of_other = known && c.eid != s.eid;
        return esim_events{std::move(e)};
    }

    result<esim_events> operator()(const keep_notification& c) const {
        if (c.iccid.empty() || c.eid.empty()) return refuse(code::invalid, "A notification names ICCID and EID.");
        if (c.received.size() > received_bytes_max || c.what.size() > name_bytes_max)
            return refuse(code::too_large, "The notification is larger than allowed.");
        if (std::ranges::find(s.kept, c.shown.digest) != s.kept.end()) return esim_events{};
        return esim_events{notification_kept{c.iccid, c.what, c.eid, c.sequence, received_at(c.shown), c.received}};
    }

    /// A code was to be typed in, and the phone never asked for the package: it was forgotten (lpac's eUICC then
    /// refuses to prepare the download, and lpac cancels with endUserRejection), or a person said no.
    bool no_code_came(const cancel_session& c, const download_transaction& t) const {
        return !t.code_refused && c.refused.empty() && says_nothing(c.reason) && !s.terms.confirmation.empty();
    }
    /// LPAs in the field cancel with endUserRejection or undefinedReason after whatever went wrong. After a code that
    /// was not taken, and after any other refusal of ours, that says nothing of the user.
    bool is_forgiven(const cancel_session& c, const download_transaction& t) const {
        if (c.forgives_codes <= 0 || t.delivered) return false;
        if (t.code_refused || no_code_came(c, t)) return s.codes + s.excused < c.forgives_codes;
        return !c.refused.empty();
    }
    order_failed failed_by_cancel(const cancel_session& c, const download_transaction& t) const {
        if (t.code_refused && !t.delivered && c.forgives_codes > 0)
            return failed(order_failure::codes_spent, "The confirmation code was wrong too often.", t.eid);
        if (!c.refused.empty())
            return failed(order_failure::refused_by_device,
                          "The device cancelled after the SM-DP+ had refused the download (" + c.refused + ").", t.eid);
        return failed(
            c.reason == end_user_rejection ? order_failure::refused_by_user : order_failure::refused_by_device,
            words_of_cancel(c.reason), t.eid);
    }

    result<esim_events> operator()(const cancel_session& c) const {
        TRY(t, need_transaction(c.transaction));
        if (c.refused.size() > name_bytes_max) return refuse(code::invalid, "A refusal is named by its codes.");
        if (!t->result.empty()) return esim_events{};
        const bool ends = counts(*t) && may_be_downloaded() && !leaves_order_as_it_is(c.reason);
        const bool forgiven = ends && is_forgiven(c, *t);
        const int excused = s.excused + (forgiven && no_code_came(c, *t) ? 1 : 0);
        esim_events out{session_cancelled{c.transaction, t->eid, c.reason, now.now, forgiven, c.refused, excused}};
        if (ends && !forgiven) out.emplace_back(failed_by_cancel(c, *t));
        return out;
    }

    // -- ES12

    result<esim_events> operator()(const smds_answered& c) const {
        if (c.status == registration::pending || c.refusal.size() > name_bytes_max)
            return refuse(code::invalid, "An answer says how the SM-DS took the event.");
        if (!s.announced || s.announced->record != c.record) return esim_events{};
        if (s.announced->status == c.status && s.announced->refusal == c.refusal) return esim_events{};
        return esim_events{event_answered{c.status, c.refusal, now.now}};
    }

    // Never reached: with_second_person answers them.
    result<esim_events> operator()(const countersign&) const { return esim_events{}; }
    result<esim_events> operator()(const refuse_second&) const { return esim_events{}; }

    result<esim_events> operator()(const expire_order&) const {
        esim_events out;
        for (auto& one : lapsed(s.asked, now.now)) out.emplace_back(std::move(one));
        const auto due = order_due(s);
        if (due && now.now >= *due) out.emplace_back(failed(order_failure::expired, "The download order expired."));
        return out;
    }
};

// ------------------------------------------------------------------------------------------------ the SM-DS

/// What the SM-DS is to hold for the order as it is now.
std::optional<event_record> event_of(const esim_state& s) {
    const bool expected = s.status == esim_status::released || s.status == esim_status::downloaded;
    if (!expected || s.terms.smds.empty()) return std::nullopt;
    return event_record{s.terms.smds, s.eid, s.terms.matching_id};
}

/// The operator asks for what an SM-DS refused before: it is asked once more.
bool asks_again(const esim_command& what) {
    return std::holds_alternative<confirm_order>(what) || std::holds_alternative<release_profile>(what) ||
           std::holds_alternative<reset_order>(what);
}

bool names_an_smds(const esim_event& e) {
    const auto* confirmed = std::get_if<esim_confirmed>(&e);
    return confirmed != nullptr && !confirmed->terms.smds.empty();
}

/// Whatever a command was about: the event of the SM-DS follows from the state that the order is in then.
void keep_smds_in_step(const esim_state& before, const esim_command& what, instant now, decision<esim>& d) {
    if (before.terms.smds.empty() && !before.announced && std::ranges::none_of(d.events(), names_an_smds)) return;
    const auto wanted = event_of(d.state());
    const auto& known = before.announced;
    const bool same = known && wanted && known->record == *wanted;
    const bool failed = known && (known->status == registration::refused || known->status == registration::unknown);
    if (known && !same) d.emit(event_unwanted{known->record, now});
    if (wanted && (!same || (failed && asks_again(what)))) d.emit(event_wanted{*wanted, now});
}

}  // namespace

const download_transaction* esim_state::transaction(std::string_view id) const {
    const auto found = std::ranges::find(transactions, id, &download_transaction::id);
    return found == transactions.end() ? nullptr : &*found;
}

const device_report* esim_state::report() const {
    const auto found = std::ranges::find(reports, eid, &device_report::eid);
    return eid.empty() || found == reports.end() ? nullptr : &*found;
}

bool was_cancelled_so(const esim_state& s, const cancel_order& c) {
    if (s.is_ordered() || !s.cancelled || s.cancelled->to_stock != c.to_stock) return false;
    const auto& of = *s.cancelled;
    return (c.requester.empty() || of.requester == c.requester) && (c.eid.empty() || c.eid == of.eid) &&
           (c.matching_id.empty() || c.matching_id == of.matching_id);
}

bool may_be_tried(const esim_state& s, instant now) {
    const auto& limits = s.terms.limits;
    return (!limits.expires_at || now < limits.expires_at) && (limits.downloads == 0 || s.downloads < limits.downloads);
}

std::string why_left_open(const esim_state& s) {
    if (s.status != esim_status::released || s.transactions.empty()) return {};
    const auto& last = s.transactions.back();
    if (last.order != s.orders || last.delivered) return {};
    if (last.code_refused)
        return "The last confirmation code was not taken. The order is open: the phone may try again with the right "
               "one.";
    if (!last.forgiven) return {};
    if (!last.refused.empty())
        return "The SM-DP+ refused the last download (" + last.refused +
               "), upon which the phone cancelled; no person said no. The order is open: see to the cause, and the "
               "phone may try again.";
    return "The phone cancelled, and no confirmation code came: it was forgotten, or a person said no. The order is "
           "open: the phone may try again with the code; ask the subscriber, and cancel the order if they do not want "
           "it.";
}

bool ends_binding(const esim_event& what) {
    if (const auto* e = std::get_if<device_notified>(&what)) return !e->late && !e->of_other;
    if (const auto* e = std::get_if<esim_installed>(&what)) return e->counts;
    return std::holds_alternative<esim_ordered>(what) || std::holds_alternative<esim_cancelled>(what) ||
           std::holds_alternative<esim_reset>(what) || std::holds_alternative<esim_rebound>(what) ||
           std::holds_alternative<order_failed>(what);
}

std::vector<esim_action> possible_actions(const esim_state& s) {
    if (s.iccid.empty() || s.foreign) return {};
    const context unused{};
    const auto* last = s.report();
    const bool gone = last != nullptr && last->what == profile_event::deletion;
    const bool held = s.status == esim_status::installed && !gone;
    std::vector<esim_action> out;
    if (s.status == esim_status::available) out.push_back(esim_action::order);
    if (s.status == esim_status::allocated || s.status == esim_status::linked) out.push_back(esim_action::confirm);
    if (s.status == esim_status::confirmed) out.push_back(esim_action::release);
    if (esim_decider{s, unused}.may_be_issued_again()) out.push_back(esim_action::reset);
    if (s.is_ordered() && !held) out.push_back(esim_action::rebind);
    if (s.status == esim_status::available || (s.is_ordered() && !held)) out.push_back(esim_action::cancel);
    return out;
}

bool may_sit_on_device(const esim_state& s) {
    if (!s.left_on.empty()) return true;
    if (!s.delivered) return false;
    // Each package of this order that left: its eUICC signed that it was not installed, or that it was deleted since.
    bool left = false;
    for (const auto& t : s.transactions) {
        if (t.order != s.orders || !t.delivered) continue;
        if (may_have_left_it(s, t)) return true;
        left = true;
    }
    const auto* last = s.report();
    return !left && (last == nullptr || last->what != profile_event::deletion);
}

bool keeps_imsi(const esim_state& s) {
    if (s.iccid.empty() || s.foreign) return false;
    const context unused{};
    return s.status != esim_status::unavailable || esim_decider{s, unused}.may_be_issued_again();
}

result<decided<esim>> esim::decide(const state& before, const command& what, const context& now) {
    const auto rules = [](decision<esim>& into, const command& c, const context& as) -> result<void> {
        TRY(happens, std::visit([&](const auto& one) { return esim_decider{into.state(), as}(one); }, c));
        into.emit_all(std::move(happens));
        return {};
    };
    const auto may = [](const state&, const second_request&, const actor&) -> std::optional<base::error> {
        return std::nullopt;
    };
    // Which order it is about, of what line, and where its package may be.
    const auto facts = [&now](const state& s, const command&) {
        auto out = std::to_string(s.orders) + "/" + s.number.text() + "/" + std::to_string(s.generation);
        if (may_sit_on_device(s)) out += "/left";
        for (const auto& one : esim_decider{s, now}.who_may_have_it()) out += "/" + one.text();
        return out;
    };
    TRY(out, with_second_person<esim>(before, what, now, shortest_wait(*now.rules), rules, may, facts));
    keep_smds_in_step(before, what, now.now, out);
    return std::move(out).done();
}

std::optional<instant> esim::next_due(const state& s) {
    const auto order = order_due(s);
    const auto request = s.asked.next_expiry();
    return order && request ? std::min(order, request) : order ? order : request;
}

std::optional<base::error> refusal_in(const std::vector<esim_event>& events) {
    std::optional<base::error> out;
    for (const auto& one : events) {
        if (const auto* e = std::get_if<code_refused>(&one))
            out = e->missing ? base::error{code::confirmation_refused, "The confirmation code is missing.", {}}
                  : e->last  ? base::error{code::confirmation_spent, "The confirmation code was wrong too often.", {}}
                             : base::error{code::confirmation_refused, "The confirmation code is wrong.", {}};
        const auto* e = std::get_if<order_failed>(&one);
        if (e == nullptr) continue;
        if (e->why == order_failure::expired)
            out = base::error{code::order_expired, "The download order has expired.", {}};
        if (e->why == order_failure::downloads_spent)
            out = base::error{code::downloads_spent, "The download was tried too often.", {}};
    }
    return out;
}

}  // namespace keepline::domain
