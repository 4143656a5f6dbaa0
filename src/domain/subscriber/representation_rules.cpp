#include "domain/subscriber/representation_rules.hpp"

#include "base/enum_text.hpp"
#include "domain/reason.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

const representation* find_representation(const subscriber_state& s, int serial) {
    const auto found = std::ranges::find(s.representations, serial, &representation::serial);
    return found == s.representations.end() ? nullptr : &*found;
}

std::vector<representative> representatives_of(const subscriber_state& s) {
    std::vector<representative> out;
    for (const auto& one : s.representations) {
        if (!one.known) continue;
        out.push_back({one.serial, one.kind, one.representative, one.purposes, one.in_force_at, one.until, one.state,
                       one.over_at, one.over_by, one.by, one.known->contacts, one.known->refund_account,
                       one.known->account_on_word, one.known->document_on_word, one.known->account_named_at,
                       one.brought_by});
        if (one.second) out.back().had_part.push_back(*one.second);
    }
    return out;
}

namespace for_others {

namespace {

constexpr std::size_t documents_of_one_max = 8;

result<void> need(const subscriber_state& s) {
    if (s.id.empty()) return refuse(code::not_found, "There is no such subscriber.");
    if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
    return {};
}

bool is_staff(const actor& who) { return who.as == role::agent || who.as == role::reviewer || who.as == role::admin; }

result<const representation*> standing(const subscriber_state& s, int serial) {
    CHECK(need(s));
    const auto* found = find_representation(s, serial);
    if (found == nullptr) return refuse(code::not_found, "Nobody acts for this person under that serial.");
    return found;
}

/// By what the paper is, under whatever name it was handed in.
bool rests_on(const subscriber_state& s, const kept_document& paper, representation_state how) {
    return std::ranges::any_of(s.representations, [&](const representation& one) {
        return one.state == how && std::ranges::find(one.papers, paper.digest) != one.papers.end();
    });
}

/// One of the staff stops somebody on a word, and not again and again.
result<void> check_hold_up(const subscriber_state& s, const context& now) {
    if (!is_staff(now.by)) return {};
    const auto from = now.now - longest_hold_up(*now.rules);
    const bool lately = std::ranges::any_of(s.representations, [&](const representation& one) {
        return one.state == representation_state::stopped && one.over_at && *one.over_at > from &&
               counted_as_one(one.over_by, now.by);
    });
    return lately ? need_second(now, act::hold_up) : result<void>();
}

/// Of papers that are kept: which purposes they serve. Each is there still, and is named once.
result<std::vector<document_purpose>> purposes_of(const subscriber_state& s, const std::vector<label>& documents) {
    if (documents.empty() || documents.size() > documents_of_one_max)
        return refuse(code::invalid, "Name the documents that it rests on, at most eight.");
    std::vector<document_purpose> out;
    for (const auto& id : documents) {
        const auto* kept = find_document(s, id);
        if (kept == nullptr)
            return refuse(code::not_found, "There is no such document of theirs.", {{"document", id.text()}});
        if (rests_on(s, *kept, representation_state::stopped))
            return refuse(code::not_represented, "Somebody objected to who acted by this paper; hand in another.",
                          {{"document", id.text()}});
        if (std::ranges::find(out, kept->purpose) == out.end()) out.push_back(kept->purpose);
    }
    return out;
}

/// The policies of all their lines allow it, on these papers; the longest wait.
result<base::duration> wait_by_policies(const context& now, const admit_representative& c,
                                        const std::vector<document_purpose>& purposes) {
    if (c.policies.empty()) return refuse(code::line_missing, "This person has no line that anybody could act for.");
    int days = 0;
    for (const auto& id : c.policies) {
        const auto* p = now.rules->policies.find(id.text());
        if (p == nullptr)
            return refuse(code::policy_unknown, "The line's policy is not loaded.", {{"policy", id.text()}});
        const auto& rules = p->representation_of(c.kind);
        if (!rules.allowed)
            return refuse(code::not_represented, "The policy of a line of theirs admits no such representative.",
                          {{"policy", id.text()}});
        for (const auto purpose : rules.documents)
            if (std::ranges::find(purposes, purpose) == purposes.end())
                return refuse(code::evidence_missing, "A document is missing that the policy asks for.",
                              {{"document", boost::describe::enum_to_string(purpose, "")}, {"policy", id.text()}});
        days = std::max(days, c.unheard ? rules.unheard_wait_days : rules.wait_days);
    }
    return base::duration{base::days{days}};
}

/// Somebody whom we know, and can reach: their own identity is proved by more than one clerk's word.
result<void> check_found(const representative_found& found) {
    if (!found.known) return refuse(code::not_found, "The representative is not registered; register them first.");
    if (!found.has_document || found.document_on_word)
        return refuse(code::evidence_too_weak,
                      "The representative's own identity document is not on file, or on one person's word only: have a "
                      "second person sign for it (document).");
    if (!found.has_contact)
        return refuse(code::contact_unverified, "The representative has no contact point that was shown to be theirs.");
    if (found.acts_for + acts_for_spare >= static_cast<int>(acts_for_max))
        return refuse(code::too_many, "The representative acts for as many people as one may.");
    return {};
}

bool is_same(const representation& one, const admit_representative& c) {
    return one.state == representation_state::standing && one.kind == c.kind && one.representative == c.representative;
}

void over(subscriber_state& s, int serial, representation_state how, const actor& by, instant at, std::string why) {
    for (auto& one : s.representations) {
        if (one.serial != serial) continue;
        one.state = how;
        one.over_at = at;
        one.over_by = by;
        one.why_over = std::move(why);
        return;
    }
}

}  // namespace

result<events> decide(const subscriber_state& s, const context& now, const admit_representative& c) {
    CHECK(need(s));
    if (!is_staff(now.by) || (now.through != channel::counter && now.through != channel::staff))
        return refuse(code::forbidden, "Staff admit a representative, at a counter or in the back office.");
    if (c.representative.empty() || c.representative == s.id)
        return refuse(code::invalid, "Name somebody else who is registered as a subscriber.");
    if (std::ranges::any_of(s.representations, [&](const representation& one) { return is_same(one, c); }))
        return events{};
    if (answers_to(now.by, c.representative)) return refuse(code::own_application, "Nobody admits themselves.");
    const auto from = std::max(c.from, now.now);
    if (c.until && *c.until <= from) return refuse(code::invalid, "It would be over before it begins.");
    TRY(purposes, purposes_of(s, c.documents));
    TRY(waits, wait_by_policies(now, c, purposes));
    const auto in_force_at = std::max(c.from, now.now + waits);
    if (c.until && *c.until <= in_force_at)
        return refuse(code::invalid, "It would be over before anybody may act by it.",
                      {{"in_force_at", base::iso(in_force_at)}});
    CHECK(check_found(c.found));
    if (std::ranges::count(s.representations, representation_state::standing, &representation::state) >=
        static_cast<std::ptrdiff_t>(representations_standing_max))
        return refuse(code::too_many, "Enough people act for this one; end what is over first.");
    CHECK(need_second(now, act::admit_representative));
    representation what;
    what.serial = s.representations_made + 1;
    what.kind = c.kind;
    what.representative = c.representative;
    what.documents = c.documents;
    what.purposes = std::move(purposes);
    what.from = c.from;
    what.until = c.until;
    what.in_force_at = in_force_at;
    what.by = now.by;
    what.second = now.second;
    what.at = now.now;
    for (const auto& id : c.documents)
        if (const auto* kept = find_document(s, id)) {
            what.papers.push_back(kept->digest);
            what.brought_by.push_back(kept->by);
        }
    what.brought_by.push_back(c.found.registered_by);
    return events{representation_admitted{std::move(what)}};
}

result<events> decide(const subscriber_state& s, const context& now, const object_to_representative& c) {
    TRY(found, standing(s, c.serial));
    if (now.by.as != role::subscriber) CHECK(check_reason(c.why));
    if (found->state == representation_state::stopped) return events{};  // of what has run out a case may go on
    CHECK(check_hold_up(s, now));
    return events{representation_stopped{c.serial, c.why, now.by, now.now}};
}

result<events> decide(const subscriber_state& s, const context& now, const end_representation& c) {
    TRY(found, standing(s, c.serial));
    const bool stands = found->state == representation_state::standing;
    // A case may go on of what has run out, and nobody is the heir of who lives: its owner's word stops those.
    const bool objects = !stands || found->kind == representative_kind::heir;
    if (now.by.as == role::subscriber && objects) return decide(s, now, object_to_representative{c.serial, c.why});
    if (now.by.as != role::subscriber) CHECK(check_reason(c.why));
    if (!stands) return events{};
    if (is_staff(now.by)) CHECK(need_second(now, act::end_representation));
    return events{representation_ended{c.serial, c.why, now.by, now.now}};
}

/// Whoever is not known, or is erased, acts for nobody.
result<events> decide(const subscriber_state& s, const context& now, const hear_representation& c) {
    if (s.id.empty()) return events{};
    const acting_for what{c.principal, c.serial};
    const bool known = std::ranges::find(s.acts_for, what) != s.acts_for.end();
    if (known != c.over || (!c.over && s.acts_for.size() >= acts_for_max)) return events{};
    return events{representation_heard{c.principal, c.serial, c.over, now.now}};
}

result<events> decide(const subscriber_state& s, const context& now, const note_representative& c) {
    events out;
    if (s.id.empty() || s.erased_at) return out;
    const introduction known{c.contacts, c.refund_account, c.account_on_word, c.document_on_word, c.account_named_at};
    bool is_news = false;
    for (const auto& one : s.representations) {
        if (one.representative != c.representative || one.state != representation_state::standing) continue;
        if (c.gone)
            out.emplace_back(representation_ended{one.serial, "the representative's data was erased", now.by, now.now});
        else
            is_news = is_news || one.known != known;
    }
    if (is_news) out.emplace_back(representative_noted{c.representative, known, now.now});
    return out;
}

bool is_in_use(const subscriber_state& s, const kept_document& paper) {
    return rests_on(s, paper, representation_state::standing);
}

events ended_by_erasure(const subscriber_state& s, const context& now) {
    events out;
    for (const auto& one : s.representations)
        if (one.state == representation_state::standing)
            out.emplace_back(representation_ended{one.serial, "the owner's data was erased", now.by, now.now});
    return out;
}

events expired(const subscriber_state& s, instant now) {
    events out;
    for (const auto& one : s.representations)
        if (one.state == representation_state::standing && one.until && now >= *one.until)
            out.emplace_back(representation_expired{one.serial, now});
    return out;
}

std::optional<instant> next_expiry(const subscriber_state& s) {
    std::optional<instant> next;
    for (const auto& one : s.representations)
        if (one.state == representation_state::standing && one.until && (!next || *one.until < *next)) next = one.until;
    return next;
}

std::optional<base::error> why_not_sign(const subscriber_state& s, const admit_representative& c, const actor& who) {
    const auto refused = [](std::string words) { return base::error{code::own_application, std::move(words), {}}; };
    for (const auto& id : c.documents)
        if (const auto* kept = find_document(s, id); kept != nullptr && same_person(kept->by, who))
            return refused("Nobody signs for papers that they handed in themselves.");
    if (same_person(c.found.registered_by, who) || answers_to(who, c.representative))
        return refused("Nobody signs for whom they registered themselves, or are.");
    return std::nullopt;
}

std::string papers_now(const subscriber_state& s, const admit_representative& c) {
    std::string out;
    for (const auto& id : c.documents)
        if (const auto* kept = find_document(s, id)) out += kept->digest + "/";
    return out;
}

void fold(subscriber_state& s, const representation_admitted& e) {
    s.representations_made = e.what.serial;
    s.representations.push_back(e.what);
    if (s.representations.size() <= representations_kept) return;
    const auto oldest = std::ranges::find_if(
        s.representations, [](const representation& one) { return one.state != representation_state::standing; });
    if (oldest != s.representations.end()) s.representations.erase(oldest);
}
void fold(subscriber_state& s, const representative_noted& e) {
    for (auto& one : s.representations)
        if (one.representative == e.representative && one.state == representation_state::standing) one.known = e.known;
}
void fold(subscriber_state& s, const representation_stopped& e) {
    over(s, e.serial, representation_state::stopped, e.by, e.at, e.why);
}
void fold(subscriber_state& s, const representation_ended& e) {
    over(s, e.serial, representation_state::ended, e.by, e.at, e.why);
}
void fold(subscriber_state& s, const representation_expired& e) {
    over(s, e.serial, representation_state::expired, {}, e.at, {});
}
void fold(subscriber_state& s, const representation_heard& e) {
    std::erase(s.acts_for, acting_for{e.principal, e.serial});
    if (!e.over) s.acts_for.push_back({e.principal, e.serial});
}

effect introduction_to(const subscriber_state& s, const label& principal) {
    return introduce_representative{principal,
                                    s.id,
                                    s.contacts,
                                    s.refund_account,
                                    s.account_on_word,
                                    s.document_on_word,
                                    s.erased_at.has_value(),
                                    s.account_named_at};
}

std::vector<effect> introductions(const subscriber_state& s) {
    std::vector<effect> out;
    std::vector<label> told;
    for (const auto& one : s.acts_for) {
        if (std::ranges::find(told, one.principal) != told.end()) continue;
        told.push_back(one.principal);
        out.push_back(introduction_to(s, one.principal));
    }
    return out;
}

effect to_representative(const subscriber_state& s, int serial) {
    const auto* one = find_representation(s, serial);
    const bool standing = one != nullptr && one->state == representation_state::standing;
    return tell_representative{one == nullptr ? label() : one->representative, s.id, serial, !standing};
}

std::optional<std::string> unsound(const subscriber_state& s) {
    int serial = 0;
    std::size_t standing = 0;
    for (const auto& one : s.representations) {
        if (one.serial <= serial || one.serial > s.representations_made) return "representations are counted wrong";
        serial = one.serial;
        if ((one.state == representation_state::standing) == one.over_at.has_value())
            return "a representation stands and is over, or neither";
        if (one.representative == s.id || !one.second) return "somebody acts whom nobody signed for, or for themselves";
        standing += one.state == representation_state::standing ? 1 : 0;
    }
    if (standing > representations_standing_max) return "too many people act for one";
    if (s.acts_for.size() > acts_for_max) return "somebody acts for too many people";
    return std::nullopt;
}

}  // namespace for_others

}  // namespace keepline::domain
