#include "domain/subscriber/subscriber.hpp"

#include "base/one_of.hpp"
#include "domain/reason.hpp"
#include "domain/reference.hpp"
#include "domain/subscriber/disclosure_rules.hpp"
#include "domain/subscriber/everybody.hpp"
#include "domain/subscriber/passkey_rules.hpp"
#include "domain/subscriber/representation_rules.hpp"
#include "domain/subscriber/sign_in_rules.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr auto calendar_rest = base::minutes{5};  // between two addresses for calendars
constexpr std::size_t contacts_max = 8;
constexpr std::size_t points_max = 16;  // those of now and those that are still told: as many as a line takes
constexpr std::size_t changes_remembered = 64;
constexpr std::size_t reads_remembered = 64;
constexpr int reads_of_one_max = 32;             // so that one person's do not push everybody else's out
constexpr auto one_read_lasts = base::hours{1};  // the same person's, of the same thing, for the same reason
constexpr std::size_t numbers_max = 200;
constexpr std::size_t askers_remembered = 32;
constexpr auto failures_count_for = base::hours{24};
constexpr auto documents_count_for = base::hours{24};
constexpr auto taken_back_within = base::hours{24};

using events = std::vector<subscriber_event>;

result<void> check_contacts(const std::vector<contact_ref>& contacts) {
    if (contacts.size() > contacts_max) return refuse(code::invalid, "At most 8 contact points.");
    for (const auto& c : contacts) {
        if (c.id.empty() || c.id.text() == "line")
            return refuse(code::invalid, "A contact point needs an id other than `line`.");
        if (std::ranges::count(contacts, c.id, &contact_ref::id) > 1)
            return refuse(code::invalid, "Two contact points have the same id.", {{"contact", c.id.text()}});
    }
    return {};
}

std::unexpected<base::error> still_told(const std::vector<contact_ref>& all) {
    instant first;
    for (const auto& c : all)
        if (c.told_until && (!first || *c.told_until < first)) first = *c.told_until;
    return refuse(code::too_many,
                  "Contact points that were replaced lately are still told, and no more can be kept beside them.",
                  {{"again_at", base::iso(first)}});
}

/// As a registration brings them: only a back-office system vouches, and is named.
std::vector<contact_ref> brought(const std::vector<contact_ref>& wanted, const context& now) {
    std::vector<contact_ref> out;
    for (const auto& c : wanted) {
        const bool vouched = c.verified && now.by.as == role::system;
        out.push_back({c.id, c.by, vouched, now.now, {}, {}, vouched ? std::optional(now.by.id) : std::nullopt});
    }
    return out;
}

}  // namespace

result<contact_limits> contact_limits_of(const rule_book& rules) {
    const auto& all = rules.policies.all();
    if (all.empty()) return refuse(code::policy_unknown, "No policy is loaded.");
    contact_limits out;
    bool first = true;
    const auto strictest = [&](auto& into, auto value, bool most) {
        into = first ? value : most ? std::max(into, value) : std::min(into, value);
    };
    for (const auto& [id, p] : all) {
        strictest(out.told_for, base::duration{base::days{p.previous_contact_days}}, true);
        strictest(out.changes_max, p.contacts.changes_max, false);
        strictest(out.changes_by_one_max, p.contacts.changes_by_one_max, false);
        strictest(out.account_changes_max, p.contacts.account_changes_max, false);
        strictest(out.changes_within, base::duration{base::days{p.contacts.changes_days}}, true);
        strictest(out.codes.ttl_minutes, p.otp.ttl_minutes, false);
        strictest(out.codes.max_wrong, p.otp.max_wrong, false);
        strictest(out.codes.lock_minutes, p.otp.lock_minutes, true);
        strictest(out.codes.min_gap_seconds, p.otp.min_gap_seconds, true);
        strictest(out.codes.max_per_day, p.otp.max_per_day, false);
        strictest(out.codes.submit_within_minutes, p.otp.submit_within_minutes, false);
        first = false;
    }
    return out;
}

result<std::vector<contact_ref>> contacts_after(const subscriber_state& before, const std::vector<contact_ref>& wanted,
                                                base::duration told_for, instant now) {
    std::vector<contact_ref> out;
    for (const auto& c : wanted) {
        const auto known = std::ranges::find(before.contacts, c.id, &contact_ref::id);
        if (known == before.contacts.end()) {
            out.push_back({c.id, c.by, false, now, {}, {}, {}});
            continue;
        }
        if (known->by != c.by)
            return refuse(code::invalid, "A changed address needs a new contact id.", {{"contact", c.id.text()}});
        out.push_back(*known);  // what is known of it stays known
        if (out.back().replaced_at) out.back().since = now;
        out.back().replaced_at.reset();
        out.back().told_until.reset();
    }
    for (const auto& old : before.contacts) {
        if (std::ranges::find(wanted, old.id, &contact_ref::id) != wanted.end()) continue;
        if (span_ended(old, now) || !old.verified) continue;  // who never heard anything need not hear the end of it
        out.push_back(old);
        if (old.replaced_at) continue;
        out.back().replaced_at = now;
        out.back().told_until = now + told_for;
    }
    if (out.size() > points_max) return still_told(out);
    return out;
}

std::optional<instant> identity_until(const subscriber_state& s) {
    if (s.planned) return std::nullopt;
    if (s.numbers.empty()) return s.lineless_until;
    std::optional<instant> last;
    for (const auto& number : s.numbers) {
        const auto end = std::ranges::find(s.ends, number, &line_end::number);
        if (end == s.ends.end() || !end->at) return std::nullopt;
        last = std::max(last.value_or(end->identity_until), end->identity_until);
    }
    return last;
}

namespace {

struct subscriber_decider {
    const subscriber_state& s;
    const context& now;

    result<void> need() const {
        if (s.id.empty()) return refuse(code::not_found, "There is no such subscriber.");
        if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
        return {};
    }

    result<events> operator()(const register_subscriber& c) const {
        if (!s.id.empty()) {
            if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
            return may_replace(s, now.by) ? replaced(c) : result<events>(events{});
        }
        if (c.id.empty()) return refuse(code::invalid, "A subscriber needs an id.");
        CHECK(check_contacts(c.contacts));
        return events{subscriber_registered{
            c.id, c.language.empty() ? "zh-CN" : c.language, brought(c.contacts, now), c.refund_account, now.now,
            c.number, !c.refund_account.empty() && is_staff_alone(), now.by, c.document && is_staff_alone(),
            kept_until(*now.rules, {}, kept::identity, now.now), reference_from(now.draw)}};
    }
    /// What a system says takes the place of what one of the staff typed; what it leaves out stays, on their word.
    result<events> replaced(const register_subscriber& c) const {
        CHECK(check_contacts(c.contacts));
        const auto& account = c.refund_account;
        return events{subscriber_registered{
            s.id, c.language.empty() ? s.language : c.language,
            c.contacts.empty() ? s.contacts : brought(c.contacts, now), account.empty() ? s.refund_account : account,
            now.now, c.number, account.empty() && s.account_on_word, now.by, !c.document && s.document_on_word,
            kept_until(*now.rules, {}, kept::identity, now.now)}};
    }
    bool is_staff_alone() const {
        const auto as = now.by.as;
        return !now.second && (as == role::agent || as == role::reviewer || as == role::admin);
    }
    result<events> operator()(const change_contacts& c) const {
        CHECK(need());
        CHECK(check_contacts(c.contacts));
        // Where the money goes is its owner's to say (docs/rules.md R9). Nobody else changes it alone; a system names
        // the first one.
        const bool other_account = !c.refund_account.empty() && c.refund_account != s.refund_account;
        // Of the staff the same one is refused, too: the answer would say that it is.
        const bool names = other_account || (!c.refund_account.empty() && is_staff_alone());
        if (names && !may_name_alone() && !now.second)
            return refuse(code::second_person_needed,
                          "The account that money is paid to is not changed beside the contact points: ask for it "
                          "by itself (refund-account), and a second person signs.");
        TRY(limits, contact_limits_of(*now.rules));
        TRY(contacts, contacts_after(s, c.contacts, limits.told_for, now.now));
        contacts_changed e{c.language.empty() ? s.language : c.language, std::move(contacts),
                           c.refund_account.empty() ? s.refund_account : c.refund_account, now.now};
        if (e.contacts == s.contacts && e.refund_account == s.refund_account && e.language == s.language)
            return events{};
        auto known = s.contacts;
        std::erase_if(known, [&](const contact_ref& one) { return span_ended(one, now.now); });
        e.counts = e.contacts != known;
        e.by_owner = now.by.as == role::subscriber;
        e.changed_by = now.by;
        if (e.counts) CHECK(may_change(s.changes, limits.changes_max, limits, "The contact points were"));
        if (e.counts) CHECK(may_change_again(limits));
        e.account_counts = other_account && !s.refund_account.empty();
        e.account_on_word = other_account ? is_on_word() : s.account_on_word;
        e.account_said = other_account;
        if (e.account_counts) CHECK(may_change_account(limits));
        return events{std::move(e)};
    }
    bool may_name_alone() const {
        return now.by.as == role::subscriber || (now.by.as == role::system && s.refund_account.empty());
    }
    /// Neither its owner nor two people say so.
    bool is_on_word() const { return now.by.as != role::subscriber && !now.second; }
    result<events> operator()(const name_account& c) const {
        CHECK(need());
        if (c.refund_account.empty()) return refuse(code::invalid, "No account is named.");
        const bool same = c.refund_account == s.refund_account;
        const bool owner = now.by.as == role::subscriber;
        // The same one again says that it is right, if it is the owner or two who say so. To one of the staff the
        // answer is the same whether it is or not: they would learn which is on file.
        if (same && now.by.as == role::system) return events{};
        if (same && (owner || now.second) && !s.account_on_word) return events{};
        // Said already: it stays on the word of the staff until two say so.
        if (same && owner && s.account_of_staff && s.account_named_at) return events{};
        TRY(limits, contact_limits_of(*now.rules));
        const bool other = !same && !s.refund_account.empty();  // the first one replaces none
        const bool counts = other || (same && owner);
        if (counts) CHECK(may_change_account(limits));
        if (!may_name_alone()) CHECK(need_second(now, act::change_refund_account));
        // Whoever has the session, and one of the staff, are no more than the one of the staff alone.
        const bool word_stays = same && owner && s.account_of_staff;
        contacts_changed e{s.language, s.contacts, c.refund_account, now.now, false, owner, counts, now.by};
        e.account_on_word = is_on_word() || word_stays;
        e.account_said = true;
        return events{std::move(e)};
    }
    result<void> may_change_account(const contact_limits& limits) const {
        return may_change(s.account_changes, limits.account_changes_max, limits, "The account for refunds was");
    }
    /// Each change has closing wait: one of the staff does so no more than a change and its correction take, and leaves
    /// their colleagues' places to them.
    result<void> may_change_again(const contact_limits& limits) const {
        if (now.by.as == role::subscriber || now.by.as == role::system || now.second) return {};
        std::vector<instant> theirs;
        for (const auto& one : s.changes)
            if (one.at + limits.changes_within > now.now && counted_as_one(one.by, now.by)) theirs.push_back(one.at);
        if (static_cast<int>(theirs.size()) < limits.changes_by_one_max) return {};
        const auto oldest = theirs[theirs.size() - static_cast<std::size_t>(limits.changes_by_one_max)];
        return refuse(code::too_many, "You have changed these contact points as often as one person may for now.",
                      {{"again_at", base::iso(oldest + limits.changes_within)}});
    }
    /// The owner's token and everybody else are counted apart: who has stolen the one cannot shut out the other.
    result<void> may_change(const std::vector<contact_change>& changes, int most, const contact_limits& limits,
                            std::string what) const {
        const bool owner = now.by.as == role::subscriber;
        std::vector<instant> lately;
        for (const auto& one : changes)
            if (one.by_owner == owner && one.at + limits.changes_within > now.now) lately.push_back(one.at);
        if (static_cast<int>(lately.size()) < most) return {};
        const auto at = lately[lately.size() - static_cast<std::size_t>(most)] + limits.changes_within;
        return refuse(code::too_many, std::move(what) + " changed as often as it may be for now.",
                      {{"again_at", base::iso(at)}});
    }

    // -- a contact point is verified by a code that was sent there

    const contact_ref* current(const label& id) const {
        const auto found = std::ranges::find(s.contacts, id, &contact_ref::id);
        return found == s.contacts.end() || found->replaced_at ? nullptr : &*found;
    }
    result<events> operator()(const request_contact_code& c) const {
        CHECK(need());
        const auto* contact = current(c.contact);
        if (contact == nullptr) return refuse(code::contact_unknown, "There is no such contact point.");
        if (contact->verified) return events{};
        if (c.nonce.empty() || c.digest.empty()) return refuse(code::invalid, "A code needs a nonce and a digest.");
        TRY(limits, contact_limits_of(*now.rules));
        if (auto wait = no_code_now(s.codes, limits.codes, now.now)) return std::unexpected(std::move(*wait));
        otp_challenge e;
        e.serial = (s.codes.last ? s.codes.last->serial : 0) + 1;
        e.contact = contact->id;
        e.by = contact->by;
        e.nonce = c.nonce;
        e.digest = c.digest;
        e.issued_at = now.now;
        e.expires_at = now.now + base::minutes{limits.codes.ttl_minutes};
        return events{contact_code_issued{std::move(e), reference_from(now.draw)}};
    }
    /// What one of the staff types a customer has read out to them, or nobody has: somebody else signs. Nor does a
    /// system answer for a contact point that it brought itself, or one of the staff.
    bool may_answer_alone(const label& contact) const {
        if (now.by.as == role::subscriber) return true;
        if (now.by.as != role::system) return false;
        const auto bringer = std::ranges::find(s.brought, contact, &contact_bringer::contact);
        return bringer == s.brought.end() || (bringer->by.as == role::system && !same_person(bringer->by, now.by));
    }
    result<events> operator()(const answer_contact_code& c) const {
        CHECK(need());
        const auto* contact = current(c.contact);
        if (contact == nullptr) return refuse(code::contact_unknown, "There is no such contact point.");
        if (contact->verified) return events{};
        // The code was right when it was asked for: it may be older now than a code may be.
        if (now.second) return events{contact_verified{c.contact, now.now, now.by, now.second}};
        TRY(limits, contact_limits_of(*now.rules));
        const auto& codes = s.codes;
        if (codes.locked_until && now.now < *codes.locked_until)
            return refuse(code::otp_locked, "Too many wrong codes; wait.", {{"until", base::iso(*codes.locked_until)}});
        if (!codes.last || codes.last->used || codes.last->contact != c.contact || now.now >= codes.last->expires_at)
            return refuse(code::otp_expired, "The code has expired or was used; ask for a new one.");
        if (c.digest != codes.last->digest)
            return events{
                contact_code_failed{codes.wrong + 1, locked_by_wrong(codes.wrong + 1, limits.codes, now.now), now.now}};
        if (!may_answer_alone(c.contact)) CHECK(need_second(now, act::verify_contact));
        return events{contact_verified{c.contact, now.now, now.by, {}}};
    }
    result<events> operator()(const change_document& c) const {
        CHECK(need());
        CHECK(check_reason(c.why));
        CHECK(check_tries());
        if (c.document.empty()) return refuse(code::invalid, "No document is named.");
        CHECK(need_second(now, act::change_document));
        return events{document_changed{c.grounds, c.was_shown, c.why, now.by, now.second, now.now}};
    }
    const proof_tries* tries_of_asker() const {
        const auto found =
            std::ranges::find_if(s.tries, [&](const proof_tries& one) { return counted_as_one(one.who, now.by); });
        return found == s.tries.end() ? nullptr : &*found;
    }
    result<void> check_tries() const {
        const auto* tries = now.second ? nullptr : tries_of_asker();
        if (tries == nullptr || !tries->locked_until || now.now >= *tries->locked_until) return {};
        return refuse(code::otp_locked, "Too many proofs failed; wait.", {{"until", base::iso(*tries->locked_until)}});
    }
    result<events> operator()(const fail_document&) const {
        CHECK(need());
        CHECK(check_tries());
        TRY(limits, contact_limits_of(*now.rules));
        const auto* tries = tries_of_asker();
        const bool goes_on = tries != nullptr && tries->last_at && now.now < *tries->last_at + failures_count_for;
        const int wrong = (goes_on ? tries->wrong : 0) + 1;
        return events{document_failed{wrong, locked_by_wrong(wrong, limits.codes, now.now), now.by, now.now}};
    }
    result<events> operator()(const add_document& c) const {
        CHECK(need());
        if (c.id.empty() || c.digest.empty()) return refuse(code::invalid, "A document needs an id and a digest.");
        if (const auto* known = find_document(s, c.id)) {
            if (known->digest == c.digest) return events{};
            return refuse(code::id_taken, "Another document has this id.");
        }
        if (c.bytes < 1 || c.bytes > document_bytes_max) return refuse(code::too_large, "The document is too large.");
        if (s.documents.size() >= documents_max)
            return refuse(code::too_many, "At most 20 documents of one person are kept.");
        std::vector<instant> lately;
        for (const auto at : s.documents_added)
            if (now.now < at + documents_count_for) lately.push_back(at);
        if (lately.size() >= documents_a_day)
            return refuse(code::too_many, "More documents were handed in today than are taken.",
                          {{"again_at", base::iso(lately.front() + documents_count_for)}});
        return events{document_added{{c.id, c.purpose, c.media, c.bytes, c.digest, now.by, now.now}}};
    }
    result<events> operator()(const take_document_back& c) const {
        CHECK(need());
        const auto* known = find_document(s, c.id);
        if (known == nullptr) return refuse(code::not_found, "There is no such document.");
        if (now.by.as != role::subscriber) CHECK(check_reason(c.why));
        const bool is_theirs = counted_as_one(known->by, now.by) && now.now < known->at + taken_back_within;
        if (!is_theirs)
            return refuse(code::forbidden, "Whoever handed a document in takes it back within a day; later it stays.");
        if (for_others::is_in_use(s, *known))
            return refuse(code::blocked, "Somebody acts for this person by it: it stays while they do.");
        return events{document_taken_back{c.id, c.why, now.by, now.now}};
    }
    result<events> operator()(const attach_number& c) const {
        CHECK(need());
        if (std::ranges::find(s.numbers, c.number) != s.numbers.end()) return events{};
        if (s.numbers.size() >= numbers_max) return refuse(code::invalid, "The subscriber has too many numbers.");
        return lives_again({number_attached{c.number}});
    }
    /// Whoever has a line again, or had one until lately, is not erased for having had none.
    events lives_again(events out) const {
        if (s.planned && s.planned->outlived) out.emplace_back(erasure_dropped{now.by, now.now});
        return out;
    }
    const line_end* end_of(const base::msisdn& number) const {
        const auto found = std::ranges::find(s.ends, number, &line_end::number);
        return found == s.ends.end() ? nullptr : &*found;
    }
    /// Never refused: who is gone takes no notice, and what is older than what was heard counts no more.
    result<events> operator()(const note_line& c) const {
        events out;
        if (s.id.empty() || s.erased_at) return out;
        const bool theirs = std::ranges::find(s.numbers, c.number) != s.numbers.end();
        if (!theirs && c.ended) return out;
        if (!theirs && s.numbers.size() < numbers_max) out.emplace_back(number_attached{c.number});
        const auto* known = end_of(c.number);
        if (known == nullptr && !c.ended && c.generation <= 1 && !c.at) return lives_again(std::move(out));
        if (known != nullptr && std::pair(c.generation, c.at) <= std::pair(known->generation, known->said_at))
            return out;
        line_end what{c.number, c.generation, c.at, {}, c.policy, {}, {}, false};
        if (c.ended) what.at = c.at;
        what = dated(std::move(what), *now.rules);
        const bool is_kept = !what.at || now.now < what.identity_until;
        out.emplace_back(line_end_noted{std::move(what)});
        return is_kept ? lives_again(std::move(out)) : std::move(out);
    }
    result<events> operator()(const drop_records& c) const {
        CHECK(need());
        return events{records_dropped{c.number, now.now}};
    }
    result<events> operator()(const put_off_records& c) const {
        CHECK(need());
        const auto* known = end_of(c.number);
        if (known == nullptr || !known->at) return events{};
        auto what = *known;
        what.records_gone = false;
        what.records_until = std::max(what.records_until, c.until);
        return events{line_end_noted{std::move(what)}};
    }
    result<events> operator()(const keep_time&) const {
        events out;
        for (auto& one : lapsed(s.asked, now.now)) out.emplace_back(std::move(one));
        if (s.id.empty() || s.erased_at) return out;
        for (auto& one : for_others::expired(s, now.now)) out.push_back(std::move(one));
        auto after = s;
        for (const auto& one : s.ends) outlive_records(one, after, out);
        const auto until = identity_until(after);
        if (!until || now.now < *until) return out;
        if (const auto later = kept_longer(after)) {
            out.emplace_back(*later);
            return out;
        }
        erasure_plan plan;
        plan.by = now.by;
        plan.at = now.now;
        plan.look_at = now.now + plan_within(*now.rules);
        plan.outlived = true;
        out.emplace_back(erasure_planned{std::move(plan)});
        return out;
    }
    /// Whoever never had a line, where the longest of all policies is longer by now.
    std::optional<lineless_kept> kept_longer(const subscriber_state& of) const {
        if (!of.numbers.empty() || !of.registered_at) return std::nullopt;
        const auto by_now = kept_until(*now.rules, {}, kept::identity, *of.registered_at);
        return by_now > now.now ? std::optional(lineless_kept{by_now}) : std::nullopt;
    }
    /// A policy that keeps longer now moves the date; one that keeps shorter is kinder only from then on.
    void outlive_records(const line_end& one, subscriber_state& after, events& out) const {
        if (!one.at) return;
        auto& there = *std::ranges::find(after.ends, one.number, &line_end::number);
        const auto by_now = dated(one, *now.rules);
        if (by_now.identity_until > one.identity_until ||
            (!one.records_gone && by_now.records_until > one.records_until)) {
            there.identity_until = std::max(one.identity_until, by_now.identity_until);
            if (!one.records_gone) there.records_until = std::max(one.records_until, by_now.records_until);
            out.emplace_back(line_end_noted{there});
        }
        if (there.records_gone || now.now < there.records_until) return;
        there.records_gone = true;
        out.emplace_back(records_outlived{one.number, now.now});
    }
    result<events> operator()(const record_read& c) const {
        CHECK(need());
        CHECK(check_reason(c.why));
        const bool noted = std::ranges::any_of(s.reads, [&](const read_note& one) {
            return one.by == now.by && one.what == c.what && one.why == c.why && now.now < one.at + one_read_lasts;
        });
        if (noted) return events{};
        const auto lately = std::ranges::count_if(s.reads, [&](const read_note& one) {
            return counted_as_one(one.by, now.by) && now.now < one.at + one_read_lasts;
        });
        if (c.hourly > 0 && lately >= std::min(c.hourly, reads_of_one_max))
            return refuse(code::too_many, "You have read this person's data for too many reasons within the hour.");
        return events{personal_data_read{now.by, c.what, c.why, now.now}};
    }
    result<events> operator()(const erase_subscriber& c) const {
        if (s.id.empty()) return refuse(code::not_found, "There is no such subscriber.");
        if (s.erased_at) return events{};
        if (!c.against.empty() && !c.plan) return blocked(c.against);
        if (s.planned && !c.against.empty()) return events{};
        CHECK(need_second(now, act::erase_person));
        if (c.against.empty()) return erased(now.by, now.second);
        return events{erasure_planned{{now.by, now.second, now.now, now.now + plan_within(*now.rules), c.against}}};
    }
    events erased(const actor& by, const std::optional<actor>& second) const {
        auto out = for_others::ended_by_erasure(s, now);
        out.emplace_back(subscriber_erased{by, now.now, second});
        return out;
    }
    /// With what stands against it, so that somebody can do something about it.
    static result<events> blocked(const std::vector<standing>& against) {
        base::error why{code::erasure_planned,
                        "This person cannot be erased yet; ask for a plan (`plan`), and it happens by itself later.",
                        {}};
        for (const auto& one : against) why.data.push_back({boost::describe::enum_to_string(one.what, ""), one.line});
        return std::unexpected(std::move(why));
    }
    result<events> operator()(const carry_out_erasure& c) const {
        if (s.erased_at || !s.planned) return events{};
        if (s.planned->outlived && !is_outlived()) return events{erasure_dropped{now.by, now.now}};
        if (c.against.empty()) return erased(s.planned->by, s.planned->second);
        if (c.against == s.planned->against) return events{};
        auto plan = *s.planned;
        plan.against = c.against;
        return events{erasure_planned{std::move(plan)}};
    }
    /// By the policies of now: a mistake in them, or in the clock, is mended before anything is lost.
    bool is_outlived() const {
        auto of_now = s;
        of_now.planned.reset();
        for (auto& one : of_now.ends) one.identity_until = dated(one, *now.rules).identity_until;
        const auto until = identity_until(of_now);
        return until && now.now >= *until && !kept_longer(of_now);
    }
    result<events> operator()(const drop_erasure&) const {
        CHECK(need());
        if (!s.planned) return events{};
        if (s.planned->outlived)
            return refuse(code::blocked, "What has outlived its purpose is not kept on a word; a legal hold keeps it.");
        return events{erasure_dropped{now.by, now.now}};
    }
    result<events> operator()(const note_cleared&) const {
        if (!s.erased_at || s.cleared) return events{};
        return events{erasure_cleared{now.now}};
    }
    result<events> operator()(const forget_wanted&) const {
        CHECK(need());
        return events{account_forgotten{now.now}};
    }
    template <typename Command>
        requires base::one_of<Command, request_disclosure_code, ask_disclosure, stop_disclosure, fetch_disclosure>
    result<events> operator()(const Command& c) const {
        CHECK(need());
        return own_archive::decide(s, now, c);
    }
    template <typename Command>
        requires base::one_of<Command, admit_representative, object_to_representative, end_representation,
                              hear_representation, note_representative>
    result<events> operator()(const Command& c) const {
        return for_others::decide(s, now, c);
    }
    template <typename Command>
        requires base::one_of<Command, ask_sign_in, answer_sign_in, sign_in_by_saved_code>
    result<events> operator()(const Command& c) const {
        return signing_in::decide(s, now, c);
    }
    template <typename Command>
        requires base::one_of<Command, enrol_passkey, remove_passkey, sign_in_by_passkey, note_loss>
    result<events> operator()(const Command& c) const {
        CHECK(need());
        return by_passkey::decide(s, now, c);
    }
    result<events> operator()(const choose_phrase& c) const {
        CHECK(need());
        if (now.by.as != role::subscriber)
            return refuse(code::forbidden, "The words are their owner's own: nobody else chooses them.");
        if (c.digest.empty()) return refuse(code::invalid, "No words are named.");
        if (c.digest == s.phrase) return events{};
        TRY(limits, contact_limits_of(*now.rules));
        CHECK(signing_in::mailboxes(s, limits, now.now));
        if (s.phrase_at && now.now < *s.phrase_at + base::hours{24})
            return refuse(code::too_many, "Other words were chosen within a day.",
                          {{"until", base::iso(*s.phrase_at + base::hours{24})}});
        return events{phrase_chosen{c.digest, now.now}};
    }
    result<events> operator()(const choose_calendar& c) const {
        CHECK(need());
        if (now.by.as != role::subscriber)
            return refuse(code::forbidden, "The address is their owner's own: nobody else makes one.");
        if (c.nonce == s.calendar) return events{};
        if (!c.nonce.empty() && s.calendar_at && now.now < *s.calendar_at + calendar_rest)
            return refuse(code::too_many, "Another address was made just now.",
                          {{"until", base::iso(*s.calendar_at + calendar_rest)}});
        return events{calendar_chosen{c.nonce, now.now}};
    }
    /// Never refused; of whom nothing is kept, nothing is noted.
    result<events> operator()(const note_message& c) const {
        if (s.id.empty() || s.erased_at) return events{};
        return events{message_noted{c.kind, c.by, c.to, c.reference, now.now}};
    }
    result<events> operator()(const countersign&) const {
        return refuse(code::internal, "Carried out around the rules.");
    }
    result<events> operator()(const refuse_second&) const {
        return refuse(code::internal, "Carried out around the rules.");
    }
};

struct subscriber_folder {
    subscriber_state& s;
    static void note(std::vector<contact_change>& in, const contact_change& what) {
        in.push_back(what);
        if (in.size() > changes_remembered) in.erase(in.begin());
    }
    void operator()(const subscriber_registered& e) const {
        s.id = e.id;
        s.language = e.language;
        s.contacts = e.contacts;
        s.refund_account = e.refund_account;
        s.account_on_word = s.account_of_staff = e.account_on_word;
        s.document_on_word = e.document_on_word;
        s.registered_by = e.by;
        s.lineless_until = e.lineless_until;
        if (e.lineless_until && !s.registered_at) s.registered_at = e.at;
        if (!e.reference.empty()) s.reference = e.reference;
        if (!e.number.empty()) s.numbers.push_back(e.number);
        std::erase_if(s.brought, [&](const contact_bringer& one) {  // of before a system said who it is
            const auto left = std::ranges::find(e.contacts, one.contact, &contact_ref::id);
            return left == e.contacts.end() || left->since == e.at;
        });
        if (e.by.as == role::subscriber || e.by.as == role::system) return;
        for (const auto& c : e.contacts)
            if (!c.verified) s.brought.push_back({c.id, e.by});
    }
    /// Whoever of staff and systems brought those that nobody has verified.
    void note_bringers(const contacts_changed& e) const {
        std::vector<contact_bringer> left;
        for (const auto& c : e.contacts) {
            if (c.verified) continue;
            const auto before = std::ranges::find(s.contacts, c.id, &contact_ref::id);
            const bool is_old = before != s.contacts.end() && before->since == c.since;
            const auto known = std::ranges::find(s.brought, c.id, &contact_bringer::contact);
            if (is_old && known != s.brought.end()) left.push_back(*known);
            if (!is_old && e.changed_by.as != role::subscriber) left.push_back({c.id, e.changed_by});
        }
        s.brought = std::move(left);
    }
    void operator()(const contacts_changed& e) const {
        note_bringers(e);
        s.language = e.language;
        s.contacts = e.contacts;
        s.account_of_staff = s.account_of_staff && e.account_on_word && e.refund_account == s.refund_account;
        s.refund_account = e.refund_account;
        s.account_on_word = e.account_on_word;
        if (e.account_said) s.account_named_at = e.at;
        if (e.counts) note(s.changes, {e.at, e.by_owner, e.changed_by});
        if (e.account_counts) note(s.account_changes, {e.at, e.by_owner, e.changed_by});
    }
    void operator()(const contact_code_issued& e) const {
        s.codes.last = e.challenge;
        std::erase_if(s.codes.issued, [&](instant at) { return at <= e.challenge.issued_at - base::hours{24}; });
        s.codes.issued.push_back(e.challenge.issued_at);
    }
    void operator()(const contact_code_failed& e) const {
        s.codes.wrong = e.wrong;
        s.codes.locked_until = e.locked_until;
    }
    void operator()(const contact_verified& e) const {
        for (auto& c : s.contacts)
            if (c.id == e.contact) c.verified = true;
        std::erase_if(s.brought, [&](const contact_bringer& one) { return one.contact == e.contact; });
        if (s.codes.last) s.codes.last->used = true;
        s.codes.wrong = 0;
    }
    void operator()(const document_added& e) const {
        s.documents.push_back(e.what);
        std::erase_if(s.documents_added, [&](instant at) { return at + documents_count_for <= e.what.at; });
        s.documents_added.push_back(e.what.at);
    }
    void operator()(const document_taken_back& e) const {
        std::erase_if(s.documents, [&](const kept_document& one) { return one.id == e.id; });
    }
    void operator()(const number_attached& e) const { s.numbers.push_back(e.number); }
    void operator()(const personal_data_read& e) const {
        ++s.staff_reads;
        std::erase_if(s.reads, [&](const read_note& one) { return one.at + one_read_lasts <= e.at; });
        s.reads.push_back({e.by, e.what, e.why, e.at});
        if (s.reads.size() > reads_remembered) s.reads.erase(s.reads.begin());
    }
    void operator()(const document_changed& e) const {
        s.document_changed_at = e.at;
        s.document_on_word = false;
    }
    void operator()(const document_failed& e) const {
        std::erase_if(s.tries, [&](const proof_tries& one) { return counted_as_one(one.who, e.by); });
        s.tries.push_back({e.by, e.wrong, e.at, e.locked_until});  // the latest last
        if (s.tries.size() > askers_remembered) s.tries.erase(s.tries.begin());
    }
    void operator()(const subscriber_erased& e) const {
        s.erased_at = e.at;
        s.contacts.clear();
        s.refund_account.clear();
        s.account_on_word = s.account_of_staff = s.document_on_word = false;
        s.account_named_at.reset();
        s.tries.clear();
        s.codes = {};
        s.brought.clear();
        s.reads.clear();
        s.documents.clear();
        s.documents_added.clear();
        s.representations.clear();
        s.disclosures.clear();
        s.disclosure_codes.clear();
        s.sign_in_doors.clear();
        s.signed_in_from.clear();
        s.passkeys.clear();
        s.answered_challenges.clear();
        s.phrase.clear();
        s.phrase_at.reset();
        s.calendar.clear();
        s.calendar_at.reset();
        s.messages.clear();
        s.planned.reset();
    }
    void operator()(const erasure_planned& e) const { s.planned = e.plan; }
    void operator()(const erasure_dropped&) const { s.planned.reset(); }
    void operator()(const line_end_noted& e) const {
        const auto known = std::ranges::find(s.ends, e.what.number, &line_end::number);
        if (known == s.ends.end())
            s.ends.push_back(e.what);
        else
            *known = e.what;
    }
    void operator()(const records_outlived& e) const {
        const auto known = std::ranges::find(s.ends, e.number, &line_end::number);
        if (known != s.ends.end()) known->records_gone = true;
    }
    void operator()(const lineless_kept& e) const { s.lineless_until = e.until; }
    void operator()(const records_dropped&) const {}
    void operator()(const erasure_cleared&) const { s.cleared = true; }
    void operator()(const account_forgotten&) const {}
    template <typename Event>
        requires base::one_of<Event, representation_admitted, representative_noted, representation_stopped,
                              representation_ended, representation_expired, representation_heard>
    void operator()(const Event& e) const {
        for_others::fold(s, e);
    }
    template <typename Event>
        requires base::one_of<Event, disclosure_code_issued, disclosure_code_failed, disclosure_asked,
                              disclosure_put_off, disclosure_stopped, disclosure_fetched>
    void operator()(const Event& e) const {
        own_archive::fold(s, e);
    }
    template <typename Event>
        requires base::one_of<Event, sign_in_code_sent, sign_in_failed, signed_in>
    void operator()(const Event& e) const {
        signing_in::fold(s, e);
    }
    void operator()(const phrase_chosen& e) const {
        s.phrase = e.digest;
        s.phrase_at = e.at;
    }
    void operator()(const calendar_chosen& e) const {
        s.calendar = e.nonce;
        s.calendar_at = e.at;
    }
    void operator()(const saved_code_used&) const {}  // the line's stream has spent it
    void operator()(const message_noted& e) const {
        ++s.message_notes;
        auto& all = s.messages;
        const auto same = std::ranges::find_if(all, [&](const sent_message& one) {
            return one.kind == e.kind && one.by == e.by && one.reference == e.reference &&
                   e.at < one.at + messages_are_one;
        });
        if (same == all.end()) {
            if (all.size() >= messages_remembered) all.erase(all.begin());
            all.push_back({e.kind, e.by, e.reference, e.at, {e.to}});
        } else if (std::ranges::find(same->to, e.to) == same->to.end() && same->to.size() < message_places_remembered) {
            same->to.push_back(e.to);
        }
    }
    template <typename Event>
        requires base::one_of<Event, passkey_enrolled, passkey_removed, passkey_used, passkey_doubted, passkeys_exposed>
    void operator()(const Event& e) const {
        by_passkey::fold(s, e);
    }
    void operator()(const second_wanted& e) const { fold(s.asked, e); }
    void operator()(const second_given& e) const { fold(s.asked, e); }
    void operator()(const second_refused& e) const { fold(s.asked, e); }
    void operator()(const second_expired& e) const { fold(s.asked, e); }
};

}  // namespace

namespace {

/// Does a request wait whose command is one of these, and is meant?
template <typename Command, typename Meant>
bool waits_for(const subscriber_state& s, instant now, const Meant& meant) {
    return std::ranges::any_of(s.asked.list, [&](const second_request& one) {
        if (!one.waits(now)) return false;
        const auto stored = base::from_json<subscriber_command>(one.body);
        const auto* found = stored ? std::get_if<Command>(&*stored) : nullptr;
        return found != nullptr && meant(*found);
    });
}

/// What is on file now: whose word it is counts too, and the times only grow.
std::string account_now(const subscriber_state& s) {
    const auto at = s.account_changes.empty() ? std::string() : base::iso(s.account_changes.back().at);
    return s.refund_account + "/" + (s.account_on_word ? "word" : "") + "/" + at;
}

/// A contact point's id may be another address's when a request is signed; the account or the document was changed in
/// between.
std::string contact_facts(const subscriber_state& s, const subscriber_command& what) {
    if (std::holds_alternative<change_document>(what))
        return (s.document_changed_at ? base::iso(*s.document_changed_at) : std::string()) +
               (s.document_on_word ? "/word" : "");
    if (std::holds_alternative<name_account>(what)) return account_now(s);
    if (const auto* admits = std::get_if<admit_representative>(&what)) return for_others::papers_now(s, *admits);
    if (std::holds_alternative<change_contacts>(what)) {
        auto out = account_now(s);
        for (const auto& one : s.contacts) out += "/" + one.id.text() + "@" + base::iso(one.since);
        return out;
    }
    const auto* answer = std::get_if<answer_contact_code>(&what);
    if (answer == nullptr) return {};
    const auto contact = std::ranges::find(s.contacts, answer->contact, &contact_ref::id);
    return contact == s.contacts.end() ? std::string() : base::iso(contact->since);
}

/// Nobody signs for a contact point, or for papers, that they brought themselves.
std::optional<base::error> why_no_bringer(const subscriber_state& s, const second_request& asked, const actor& who) {
    if (asked.what != act::verify_contact && asked.what != act::admit_representative) return std::nullopt;
    const auto stored = base::from_json<subscriber_command>(asked.body);
    if (const auto* admits = stored ? std::get_if<admit_representative>(&*stored) : nullptr)
        return for_others::why_not_sign(s, *admits, who);
    const auto* answer = stored ? std::get_if<answer_contact_code>(&*stored) : nullptr;
    if (answer == nullptr) return std::nullopt;
    const auto bringer = std::ranges::find(s.brought, answer->contact, &contact_bringer::contact);
    if (bringer == s.brought.end() || !same_person(bringer->by, who)) return std::nullopt;
    return base::error{code::own_application, "Nobody signs for a contact point that they brought themselves.", {}};
}

}  // namespace

namespace {

/// As it was registered: nobody has said or shown anything since.
bool is_untouched(const subscriber_state& s) {
    return !s.erased_at && !s.planned && s.changes.empty() && s.account_changes.empty() && !s.account_named_at &&
           !s.document_changed_at;
}

}  // namespace

bool may_replace(const subscriber_state& s, const actor& who) {
    const auto by = s.registered_by.as;
    const bool of_staff = by == role::agent || by == role::reviewer || by == role::admin;
    return who.as == role::system && !s.registered_by.id.empty() && of_staff && s.numbers.empty() && is_untouched(s) &&
           std::ranges::none_of(s.contacts, &contact_ref::verified);
}

bool may_compare(const subscriber_state& s, const actor& who) {
    return same_holder(who, s.registered_by) && (who.as == role::system || is_untouched(s));
}

const kept_document* find_document(const subscriber_state& s, const label& id) {
    const auto found = std::ranges::find(s.documents, id, &kept_document::id);
    return found == s.documents.end() ? nullptr : &*found;
}

bool account_is_wanted(const subscriber_state& s, const std::string& digest, instant now) {
    return waits_for<name_account>(s, now, [&](const name_account& one) { return one.refund_account == digest; });
}

bool document_is_wanted(const subscriber_state& s, const std::string& digest, instant now) {
    return waits_for<change_document>(s, now, [&](const change_document& one) { return one.document == digest; });
}

result<decided<subscriber>> subscriber::decide(const state& before, const command& what, const context& now) {
    const auto rules = [](decision<subscriber>& into, const command& one, const context& as) -> result<void> {
        TRY(happens, std::visit(subscriber_decider{into.state(), as}, one));
        into.emit_all(std::move(happens));
        return {};
    };
    TRY(out, with_second_person<subscriber>(before, what, now, shortest_wait(*now.rules), rules, why_no_bringer,
                                            contact_facts));
    return std::move(out).done();
}

void subscriber::evolve(state& s, const event& what) { std::visit(subscriber_folder{s}, what); }

namespace {

effect to_line(const subscriber_state& s, const base::msisdn& number) {
    return tell_contacts{number,
                         s.id,
                         s.contacts,
                         s.refund_account,
                         s.language,
                         s.document_changed_at,
                         s.account_on_word,
                         s.document_on_word,
                         s.account_named_at,
                         representatives_of(s)};
}

}  // namespace

std::optional<effect> told_now(const subscriber_state& s, const effect& late) {
    if (const auto* line = std::get_if<tell_contacts>(&late)) return to_line(s, line->number);
    if (const auto* to = std::get_if<introduce_representative>(&late))
        return for_others::introduction_to(s, to->principal);
    const auto* to = std::get_if<tell_representative>(&late);
    if (to == nullptr) return std::nullopt;
    const auto* one = find_representation(s, to->serial);
    const bool stands = one != nullptr && one->state == representation_state::standing;
    return tell_representative{to->representative, to->principal, to->serial, !stands};
}

namespace {

struct subscriber_reaction {
    const subscriber_state& s;
    std::vector<effect> out{};

    void tell(const base::msisdn& number) { out.push_back(to_line(s, number)); }
    void tell_lines() {
        for (const auto& number : s.numbers) tell(number);
    }
    /// And everybody whom they act for.
    void tell_all() {
        tell_lines();
        for (auto& one : for_others::introductions(s)) out.push_back(std::move(one));
    }
    void in_vain() {
        if (!s.erased_at) out.push_back(forget_account{s.id});
    }

    void operator()(const contact_code_issued& e) {
        const auto& c = e.challenge;
        out.push_back(send_contact_code{s.id, c.contact, c.by, c.nonce, c.expires_at, false, {}, e.reference});
    }
    void operator()(const disclosure_code_issued& e) {
        const auto& c = e.challenge;
        out.push_back(send_contact_code{s.id, c.contact, c.by, c.nonce, c.expires_at, true, e.number, s.reference});
    }
    void operator()(const sign_in_code_sent& e) {
        for (auto& one : signing_in::to_send(s, e)) out.push_back(std::move(one));
    }
    template <typename Event>
        requires base::one_of<Event, disclosure_asked, disclosure_put_off, disclosure_stopped, disclosure_fetched>
    void operator()(const Event& e) {
        for (auto& one : own_archive::told(s, e)) out.push_back(std::move(one));
    }
    void operator()(const phrase_chosen& e) {
        for (auto& one : to_everybody(s, "phrase_chosen", e.at, {})) out.push_back(std::move(one));
    }
    void operator()(const saved_code_used& e) {
        for (auto& one : signing_in::told(s, e)) out.push_back(std::move(one));
    }
    void operator()(const sign_in_failed& e) {
        for (auto& one : signing_in::told(s, e)) out.push_back(std::move(one));
    }
    template <typename Event>
        requires base::one_of<Event, passkey_enrolled, passkey_removed, passkey_doubted>
    void operator()(const Event& e) {
        for (auto& one : by_passkey::told(s, e)) out.push_back(std::move(one));
    }
    void operator()(const second_refused&) { in_vain(); }
    void operator()(const second_expired&) { in_vain(); }
    /// A line that was ordered while the contact points changed knows the old ones only.
    void operator()(const number_attached& e) { tell(e.number); }
    void operator()(const contacts_changed&) { tell_all(); }
    void operator()(const contact_verified&) { tell_all(); }
    void operator()(const subscriber_erased&) { tell_all(); }
    void operator()(const document_changed&) { tell_all(); }
    void operator()(const records_outlived& e) { out.push_back(forget_records{s.id, e.number}); }
    /// Their lines hear of it when it is known how whoever acts is reached.
    void operator()(const representation_admitted& e) {
        out.push_back(for_others::to_representative(s, e.what.serial));
    }
    void operator()(const representative_noted&) { tell_lines(); }
    template <typename Event>
        requires base::one_of<Event, representation_stopped, representation_ended, representation_expired>
    void operator()(const Event& e) {
        tell_lines();
        out.push_back(for_others::to_representative(s, e.serial));
    }
    /// Of whom a system says anew who they are, others may act for already.
    void operator()(const subscriber_registered&) {
        for (auto& one : for_others::introductions(s)) out.push_back(std::move(one));
    }
    void operator()(const representation_heard& e) { out.push_back(for_others::introduction_to(s, e.principal)); }
    /// Nothing is to be done outside.
    template <typename Event>
        requires base::one_of<Event, personal_data_read, contact_code_failed, erasure_planned, erasure_dropped,
                              erasure_cleared, account_forgotten, line_end_noted, lineless_kept, records_dropped,
                              document_failed, second_wanted, second_given, document_added, document_taken_back,
                              disclosure_code_failed, signed_in, passkey_used, passkeys_exposed, message_noted,
                              calendar_chosen>
    void operator()(const Event&) {}
};

}  // namespace

std::vector<effect> subscriber::react(const state& after, const event& what) {
    subscriber_reaction r{after};
    std::visit(r, what);
    return std::move(r.out);
}

std::optional<std::string> unsound(const subscriber_state& s) {
    if (s.contacts.size() > points_max) return "there are too many contact points";
    for (const auto& one : s.contacts) {
        if (one.id.empty() || one.id.text() == "line") return "a contact point is called like none may be";
        if (std::ranges::count(s.contacts, one.id, &contact_ref::id) > 1) return "a contact point is there twice";
        if (one.told_until && !one.replaced_at) return "a contact point is told for a while that nobody replaced";
        if (one.vouched_by && !one.verified) return "somebody vouches for a contact point that is not verified";
    }
    for (const auto& one : s.brought) {
        const auto brought = std::ranges::find(s.contacts, one.contact, &contact_ref::id);
        if (brought == s.contacts.end() || brought->verified) return "a contact point waits that is verified or gone";
    }
    if (s.account_of_staff && !s.account_on_word) return "an account is on the word of staff and of nobody";
    if (s.documents.size() > documents_max) return "there are too many documents";
    for (const auto& one : s.documents) {
        if (std::ranges::count(s.documents, one.id, &kept_document::id) > 1) return "a document is there twice";
        if (one.id.empty() || one.digest.empty()) return "a document names no bytes";
    }
    if (s.messages.size() > messages_remembered) return "too many messages are remembered";
    for (const auto& one : s.messages)
        if (one.kind.empty() || one.to.empty()) return "a message went nowhere";
    if (s.cleared && !s.erased_at) return "what was never erased is cleared";
    const bool left = !s.contacts.empty() || !s.refund_account.empty() || !s.reads.empty() || !s.tries.empty() ||
                      s.planned || s.account_named_at || !s.documents.empty() || !s.representations.empty() ||
                      !s.disclosures.empty() || !s.disclosure_codes.empty() || !s.sign_in_doors.empty() ||
                      !s.signed_in_from.empty() || !s.passkeys.empty() || !s.answered_challenges.empty() ||
                      !s.phrase.empty() || !s.calendar.empty() || !s.messages.empty();
    if (s.erased_at && left) return "something is left of a person who was erased";
    if (auto why = for_others::unsound(s)) return why;
    if (auto why = own_archive::unsound(s)) return why;
    if (auto why = signing_in::unsound(s)) return why;
    if (auto why = by_passkey::unsound(s)) return why;
    return unsound(s.asked);
}

std::optional<instant> subscriber::next_due(const state& s) {
    auto next = s.asked.next_expiry();
    if (s.id.empty() || s.erased_at) return next;
    const auto consider = [&](const std::optional<instant>& at) {
        if (at && (!next || *at < *next)) next = at;
    };
    for (const auto& one : s.ends)
        if (one.at && !one.records_gone) consider(one.records_until);
    consider(identity_until(s));
    consider(for_others::next_expiry(s));
    return next;
}

}  // namespace keepline::domain
