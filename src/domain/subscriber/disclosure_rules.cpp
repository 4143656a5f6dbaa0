#include "domain/subscriber/disclosure_rules.hpp"

#include "domain/reason.hpp"
#include "domain/subscriber/everybody.hpp"

#include <algorithm>
#include <map>

namespace keepline::domain {

using base::code;
using base::refuse;

result<disclosure_limits> disclosure_limits_of(const rule_book& rules) {
    const auto& all = rules.policies.all();
    if (all.empty()) return refuse(code::policy_unknown, "No policy is loaded.");
    disclosure_limits out;
    bool first = true;
    for (const auto& [id, p] : all) {
        out.wait = std::max(out.wait, base::duration{base::hours{p.disclosure.wait_hours}});
        out.wait_after_change =
            std::max(out.wait_after_change, base::duration{base::hours{p.disclosure.after_change_hours}});
        const base::duration kept{base::days{p.disclosure.days}};
        out.kept = first ? kept : std::min(out.kept, kept);
        out.a_year = first ? p.disclosure.a_year : std::min(out.a_year, p.disclosure.a_year);
        out.contacts_are_new = std::max(out.contacts_are_new, base::duration{base::days{p.risk.contact_change_days}});
        out.account_is_new = std::max(out.account_is_new, base::duration{base::days{p.risk.refund_account_days}});
        out.document_is_new = std::max(out.document_is_new, base::duration{base::days{p.risk.document_days}});
        out.sim_is_new = std::max(out.sim_is_new, base::duration{base::days{p.risk.sim_change_days}});
        first = false;
    }
    return out;
}

const disclosure* find_disclosure(const subscriber_state& s, int serial) {
    const auto found = std::ranges::find(s.disclosures, serial, &disclosure::serial);
    return found == s.disclosures.end() ? nullptr : &*found;
}

bool has_live_line(const subscriber_state& s, const base::msisdn& number) {
    if (std::ranges::find(s.numbers, number) == s.numbers.end()) return false;
    const auto end = std::ranges::find(s.ends, number, &line_end::number);
    return end == s.ends.end() || !end->at;
}

otp_state codes_of_sign_in(const subscriber_state& s, instant signed_in) {
    const auto found = std::ranges::find(s.disclosure_codes, signed_in, &archive_codes::signed_in);
    return found == s.disclosure_codes.end() ? otp_state{} : found->codes;
}

namespace {
namespace archive_rules {

bool is_asker(const disclosure& what, const actor& who) {
    return what.by.as == role::subscriber ? who.as == role::subscriber : same_holder(who, what.by);
}

base::duration longer_wait(const disclosure_limits& limits) { return std::max(limits.wait, limits.wait_after_change); }

const contact_ref* on_file(const subscriber_state& s, const label& id) {
    const auto found = std::ranges::find(s.contacts, id, &contact_ref::id);
    return found == s.contacts.end() || found->replaced_at ? nullptr : &*found;
}

std::string hours_until(instant until, instant from) {
    return std::to_string(std::chrono::ceil<base::hours>(until - from).count());
}

// -- codes

/// One sign-in has half of the day's codes, so that who has stolen a session leaves the other half to its owner.
std::optional<base::error> no_code_in(const subscriber_state& s, instant signed_in, const otp_rules& rules,
                                      instant now) {
    auto own = rules;
    own.max_per_day = std::max(1, rules.max_per_day / 2);
    if (auto wait = no_code_now(codes_of_sign_in(s, signed_in), own, now)) return wait;
    otp_state all;
    for (const auto& one : s.disclosure_codes)
        all.issued.insert(all.issued.end(), one.codes.issued.begin(), one.codes.issued.end());
    std::ranges::sort(all.issued);
    return no_code_now(all, rules, now);
}

/// Nothing of it counts any more.
bool is_over(const archive_codes& one, instant now) {
    const auto& codes = one.codes;
    const bool is_locked = codes.locked_until && now < *codes.locked_until;
    return !is_locked && (codes.issued.empty() || codes.issued.back() <= now - base::hours{24});
}

otp_state& codes_in(subscriber_state& s, instant signed_in) {
    const auto found = std::ranges::find(s.disclosure_codes, signed_in, &archive_codes::signed_in);
    return found == s.disclosure_codes.end() ? s.disclosure_codes.emplace_back(signed_in, otp_state{}).codes
                                             : found->codes;
}

// -- asking

struct asked_enough {
    const char* words;
    instant again_at;
    int serial = 0;  // of the one that stands
};

/// The owner's and everybody else's are counted apart: who has stolen the one cannot shut out the other. What somebody
/// else stopped does not count against whoever asked.
std::optional<asked_enough> enough_of(const subscriber_state& s, bool owner, const disclosure_limits& limits,
                                      instant now) {
    std::vector<instant> year;
    std::vector<instant> day;
    for (const auto& one : s.disclosures) {
        if ((one.by.as == role::subscriber) != owner) continue;
        if (one.is_open(now) && one.fetches < disclosure_fetches_max)
            return asked_enough{"An archive was asked for already; fetch it, or stop it.", one.expires_at, one.serial};
        const bool counts = !one.stopped_at || one.fetches > 0;  // what was stopped before anything left does not
        if (counts && now < one.at + disclosures_count_for) year.push_back(one.at);
        const bool taken_away = one.stopped_by && !is_asker(one, *one.stopped_by);
        if (!taken_away && now < one.at + base::hours{24}) day.push_back(one.at);
    }
    if (static_cast<int>(year.size()) >= limits.a_year)
        return asked_enough{"The archive was asked for as often as it may be for now.",
                            year.front() + disclosures_count_for};
    if (day.size() >= disclosures_a_day)
        return asked_enough{"The archive was asked for too often today.", day.front() + base::hours{24}};
    return std::nullopt;
}

result<void> may_ask(const subscriber_state& s, const context& now, const disclosure_limits& limits) {
    const auto enough = enough_of(s, now.by.as == role::subscriber, limits, now.now);
    if (!enough) return {};
    base::error why{code::too_many, enough->words, {{"again_at", base::iso(enough->again_at)}}};
    if (enough->serial > 0) why.data.push_back({"serial", std::to_string(enough->serial)});
    return std::unexpected(std::move(why));
}

bool changed_lately(const subscriber_state& s, const disclosure_limits& limits, std::optional<instant> line_changed_at,
                    instant now) {
    const auto within = [&](const std::optional<instant>& at, base::duration span) { return at && now < *at + span; };
    const bool contacts = std::ranges::any_of(
        s.changes, [&](const contact_change& one) { return within(one.at, limits.contacts_are_new); });
    return contacts || within(s.account_named_at, limits.account_is_new) ||
           within(s.document_changed_at, limits.document_is_new) || within(line_changed_at, limits.sim_is_new);
}

disclosure_asked asked(const subscriber_state& s, const context& now, const disclosure_limits& limits,
                       const ask_disclosure& c, disclosure_proof shown, const label& contact) {
    disclosure out;
    out.serial = s.disclosures_made + 1;
    out.shown = shown;
    out.contact = contact;
    if (now.by.as != role::subscriber) out.why = c.why;
    out.by = now.by;
    out.second = now.second;
    out.longer = changed_lately(s, limits, c.line_changed_at, now.now);
    out.at = now.now;
    out.ready_at = now.now + (out.longer ? longer_wait(limits) : limits.wait);
    out.expires_at = out.ready_at + limits.kept;
    return {std::move(out), c.signed_in};
}

}  // namespace archive_rules
}  // namespace

result<void> check_fetcher(const disclosure& what, const actor& by) {
    if (!archive_rules::is_asker(what, by))
        return refuse(code::forbidden, "Whoever asked for the archive fetches it, and nobody else.");
    if (what.stopped_at) return refuse(code::download_expired, "It was stopped; ask anew.");
    return {};
}

result<void> check_fetching(const disclosure& what, const actor& by, instant now) {
    CHECK(check_fetcher(what, by));
    if (now < what.ready_at)
        return refuse(code::blocked, "The archive is not there yet; everybody on file was told, and may stop it.",
                      {{"ready_at", base::iso(what.ready_at)}});
    if (now >= what.expires_at)
        return refuse(code::download_expired, "The archive has expired; ask anew.",
                      {{"expired_at", base::iso(what.expires_at)}});
    if (what.fetches >= disclosure_fetches_max)
        return refuse(code::download_expired, "The archive was fetched as often as it may be; ask anew.");
    return {};
}

std::optional<instant> put_off_until(const subscriber_state& s, const disclosure& what, const disclosure_limits& limits,
                                     std::optional<instant> line_changed_at) {
    if (what.stopped_at || what.fetches > 0) return std::nullopt;
    std::optional<instant> last;
    const auto consider = [&](const std::optional<instant>& at) {
        if (at && *at > what.at && *at < what.ready_at) last = std::max(last.value_or(*at), *at);
    };
    for (const auto& one : s.changes) consider(one.at);
    consider(s.account_named_at);
    consider(s.document_changed_at);
    consider(line_changed_at);
    if (!last || *last + archive_rules::longer_wait(limits) <= what.ready_at) return std::nullopt;
    return *last + archive_rules::longer_wait(limits);
}

namespace own_archive {

namespace rules = archive_rules;

result<events> decide(const subscriber_state& s, const context& now, const request_disclosure_code& c) {
    if (c.nonce.empty() || c.digest.empty()) return refuse(code::invalid, "A code needs a nonce and a digest.");
    const bool to_line = c.contact.text() == "line";
    const auto* contact = to_line ? nullptr : rules::on_file(s, c.contact);
    if (to_line ? !has_live_line(s, c.number) : contact == nullptr)
        return refuse(code::contact_unknown, "There is no such contact point.");
    if (contact != nullptr && !contact->verified)
        return refuse(code::contact_unverified, "Nobody has shown that this contact point is the customer's.");
    if (contact != nullptr && contact->by == medium::mail)  // as everywhere: policies/base.toml, NIST SP 800-63B-4
        return refuse(code::evidence_too_weak,
                      "A code by e-mail is not enough by itself: take a phone that is on file, or the line.");
    TRY(limits, contact_limits_of(*now.rules));
    if (auto wait = rules::no_code_in(s, c.signed_in, limits.codes, now.now)) return std::unexpected(std::move(*wait));
    const auto& last = codes_of_sign_in(s, c.signed_in).last;
    otp_challenge e;
    e.serial = (last ? last->serial : 0) + 1;
    e.contact = c.contact;
    e.by = contact != nullptr ? contact->by : medium::sms;
    e.nonce = c.nonce;
    e.digest = c.digest;
    e.issued_at = now.now;
    e.expires_at = now.now + base::minutes{limits.codes.ttl_minutes};
    return events{disclosure_code_issued{std::move(e), to_line ? c.number : base::msisdn{}, c.signed_in}};
}

result<events> decide(const subscriber_state& s, const context& now, const ask_disclosure& c) {
    TRY(limits, disclosure_limits_of(*now.rules));
    CHECK(rules::may_ask(s, now, limits));
    if (now.by.as != role::subscriber) {
        CHECK(check_reason(c.why));
        if (!anybody_is_told(s, now.now))
            return refuse(code::contact_unverified,
                          "Nobody would hear of it: have a contact point of theirs verified first.");
        CHECK(need_second(now, act::disclose));
        return events{rules::asked(s, now, limits, c, disclosure_proof::second_person, {})};
    }
    TRY(codes, contact_limits_of(*now.rules));
    const auto shown = codes_of_sign_in(s, c.signed_in);
    if (shown.locked_until && now.now < *shown.locked_until)
        return refuse(code::otp_locked, "Too many wrong codes; wait.", {{"until", base::iso(*shown.locked_until)}});
    if (!shown.last || shown.last->used || now.now >= shown.last->expires_at)
        return refuse(code::otp_expired, "The code has expired or was used; ask for a new one.");
    if (c.digest != shown.last->digest)
        return events{disclosure_code_failed{shown.wrong + 1, locked_by_wrong(shown.wrong + 1, codes.codes, now.now),
                                             now.now, c.signed_in}};
    const auto& to = shown.last->contact;
    const bool by_line = to.text() == "line";
    const auto* contact = rules::on_file(s, to);
    if (!by_line && (contact == nullptr || contact->since > shown.last->issued_at))
        return refuse(code::contact_unknown, "The contact point that the code went to is not on file any more.");
    return events{
        rules::asked(s, now, limits, c, by_line ? disclosure_proof::line_code : disclosure_proof::contact_code, to)};
}

result<events> decide(const subscriber_state& s, const context& now, const stop_disclosure& c) {
    const auto* what = find_disclosure(s, c.serial);
    if (what == nullptr) return refuse(code::not_found, "There is no such archive.");
    if (what->stopped_at) return events{};
    if (now.by.as != role::subscriber) CHECK(check_reason(c.why));
    if (!what->is_open(now.now)) return refuse(code::download_expired, "The archive has expired.");
    TRY(limits, disclosure_limits_of(*now.rules));
    disclosure_stopped e{c.serial, c.why, now.by, now.now};
    auto after = s;
    fold(after, e);
    if (const auto enough = rules::enough_of(after, true, limits, now.now)) e.again_at = enough->again_at;
    return events{std::move(e)};
}

result<events> decide(const subscriber_state& s, const context& now, const fetch_disclosure& c) {
    const auto* what = find_disclosure(s, c.serial);
    if (what == nullptr) return refuse(code::not_found, "There is no such archive.");
    CHECK(check_fetcher(*what, now.by));
    TRY(limits, disclosure_limits_of(*now.rules));
    const auto later = put_off_until(s, *what, limits, c.line_changed_at);
    if (later && now.now < *later && what->is_open(now.now))
        return events{disclosure_put_off{c.serial, *later, *later + limits.kept, now.now}};
    CHECK(check_fetching(*what, now.by, now.now));
    if (c.digest.empty()) return refuse(code::invalid, "The archive has no digest.");
    return events{disclosure_fetched{c.serial, c.digest, now.by, now.now}};
}

void fold(subscriber_state& s, const disclosure_code_issued& e) {
    const auto& at = e.challenge.issued_at;
    std::erase_if(s.disclosure_codes,
                  [&](const archive_codes& one) { return one.signed_in != e.signed_in && rules::is_over(one, at); });
    auto& codes = rules::codes_in(s, e.signed_in);
    codes.last = e.challenge;
    std::erase_if(codes.issued, [&](instant one) { return one <= at - base::hours{24}; });
    codes.issued.push_back(at);
}

void fold(subscriber_state& s, const disclosure_code_failed& e) {
    auto& codes = rules::codes_in(s, e.signed_in);
    codes.wrong = e.wrong;
    codes.locked_until = e.locked_until;
}

void fold(subscriber_state& s, const disclosure_asked& e) {
    if (e.what.shown != disclosure_proof::second_person) {
        auto& codes = rules::codes_in(s, e.signed_in);
        if (codes.last) codes.last->used = true;
        codes.wrong = 0;
    }
    s.disclosures_made = e.what.serial;
    auto& all = s.disclosures;
    all.push_back(e.what);
    if (all.size() <= disclosures_remembered) return;
    const auto left_nothing =
        std::ranges::find_if(all, [](const disclosure& one) { return one.stopped_at && one.fetches == 0; });
    all.erase(left_nothing == all.end() ? all.begin() : left_nothing);
}

void fold(subscriber_state& s, const disclosure_put_off& e) {
    const auto one = std::ranges::find(s.disclosures, e.serial, &disclosure::serial);
    if (one == s.disclosures.end()) return;
    one->longer = true;
    one->ready_at = e.ready_at;
    one->expires_at = e.expires_at;
}

void fold(subscriber_state& s, const disclosure_stopped& e) {
    const auto one = std::ranges::find(s.disclosures, e.serial, &disclosure::serial);
    if (one == s.disclosures.end()) return;
    one->stopped_at = e.at;
    one->stopped_by = e.by;
}

void fold(subscriber_state& s, const disclosure_fetched& e) {
    const auto one = std::ranges::find(s.disclosures, e.serial, &disclosure::serial);
    if (one == s.disclosures.end()) return;
    ++one->fetches;
    if (!one->fetched_at) one->fetched_at = e.at;
}

std::vector<effect> told(const subscriber_state& s, const disclosure_asked& e) {
    const auto& what = e.what;
    const auto days = std::chrono::floor<base::days>(what.expires_at - what.ready_at).count();
    return to_everybody(s, "disclosure_asked", what.at,
                        {{"hours", rules::hours_until(what.ready_at, what.at)},
                         {"days", std::to_string(days)},
                         {"by_staff", what.by.as == role::subscriber ? "" : "yes"}});
}

std::vector<effect> told(const subscriber_state& s, const disclosure_put_off& e) {
    return to_everybody(s, "disclosure_put_off", e.at, {{"hours", rules::hours_until(e.ready_at, e.at)}});
}

std::vector<effect> told(const subscriber_state& s, const disclosure_stopped& e) {
    return to_everybody(s, "disclosure_stopped", e.at,
                        {{"by_staff", e.by.as == role::subscriber ? "" : "yes"},
                         {"hours", e.again_at ? rules::hours_until(*e.again_at, e.at) : ""}});
}

std::vector<effect> told(const subscriber_state& s, const disclosure_fetched& e) {
    return to_everybody(s, "disclosure_fetched", e.at, {});
}

std::optional<std::string> unsound(const subscriber_state& s) {
    for (const auto& one : s.disclosures) {
        if (one.serial > s.disclosures_made) return "an archive has a number that was never given";
        if (one.ready_at <= one.at || one.expires_at <= one.ready_at) return "an archive is there before its wait";
        if (one.by.as != role::subscriber && !one.second) return "one of the staff has an archive alone";
        if (one.by.as == role::subscriber && one.contact.empty()) return "a session alone has an archive";
        if ((one.fetches > 0) != one.fetched_at.has_value()) return "an archive was fetched at no time";
        if (one.stopped_by && !one.stopped_at) return "somebody stopped an archive at no time";
    }
    if (s.disclosures.size() > disclosures_remembered) return "there are too many archives";
    return std::nullopt;
}

}  // namespace own_archive

}  // namespace keepline::domain
