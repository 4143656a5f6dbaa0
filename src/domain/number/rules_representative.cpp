// For others (docs/rules.md R9): who acts for a line's owner, and what is different about a case that they open.
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain {

const representative* find_representative(const number_state& s, int serial) {
    const auto found = std::ranges::find(s.representatives, serial, &representative::serial);
    return found == s.representatives.end() ? nullptr : &*found;
}

const representative* acting_in_case(const number_state& s) {
    return s.current && s.current->on_behalf ? find_representative(s, s.current->on_behalf->serial) : nullptr;
}

const representative* paid_in_case(const number_state& s) {
    const auto* acts = acting_in_case(s);
    if (acts == nullptr || acts->state == representation_state::standing) return acts;
    const auto* out = acts;
    for (const auto& one : s.representatives) {
        if (one.kind != acts->kind || one.serial <= acts->serial) continue;
        // Who objects to the one after them means those before, too: then it is the owner's.
        if (one.state == representation_state::standing || one.state == representation_state::stopped) out = &one;
    }
    return out;
}

std::vector<int> objected_by_reply(const number_state& s, instant now) {
    const bool own = s.has_open_closure() && !s.current->on_behalf;
    const auto* acts = s.has_open_closure() && !own ? acting_in_case(s) : nullptr;
    std::vector<int> out;
    for (const auto& one : s.representatives) {
        const bool stands = one.state == representation_state::standing && (!own || now < one.in_force_at);
        const bool applied = acts == &one && one.state != representation_state::stopped;  // and may have run out since
        if (acts == &one ? applied : stands) out.push_back(one.serial);
    }
    return out;
}

bool hears_anywhere(const number_state& s, instant now) {
    if (!s.subscription) return false;
    const auto hears = [&](const contact_ref& one) { return one.verified && !span_ended(one, now); };
    const bool in_hand = s.subscription->status != line_status::ended && !s.subscription->locked_since;
    return in_hand || std::ranges::any_of(s.contacts, hears);
}

account_to_pay account_of_case(const number_state& s) {
    const auto* acts = paid_in_case(s);
    const bool stopped = acts != nullptr && acts->state == representation_state::stopped;  // the owner is there
    if (s.current && s.current->on_behalf && s.current->on_behalf->refund == refund_payee::representative && !stopped) {
        if (acts == nullptr) return {{}, s.current->on_behalf->who, false};
        return {acts->refund_account, acts->who, acts->account_on_word, acts->account_named_at, acts->in_force_at};
    }
    if (!s.subscription) return {};
    return {s.subscription->refund_account, s.subscription->subscriber, s.subscription->account_on_word};
}

namespace rules {

using base::code;
using base::refuse;

namespace {

/// While the line's policy is not loaded, the longest of all of them.
base::duration time_to_object(const draft& d, representative_kind kind) {
    if (d.p != nullptr) {
        const auto& rules = d.p->representation_of(kind);
        return base::days{hears_anywhere(d.state(), d.now.now) ? rules.wait_days : rules.unheard_wait_days};
    }
    int days = 0;
    for (const auto& [id, one] : d.now.rules->policies.all())
        days = std::max(days, one.representation_of(kind).unheard_wait_days);
    return base::days{days};
}

/// The line's own policy says how long everybody on file is told before, from when this line heard of it, and longer
/// where nobody can be told. An older word may come after a newer one: who is over stays so, and who stands is not
/// forgotten. An objection counts of what has run out, too.
std::vector<representative> as_known_here(const draft& d, std::vector<representative> heard) {
    for (auto& one : heard) {
        const auto* known = find_representative(d.state(), one.serial);
        const bool is_objection = one.state == representation_state::stopped;
        if (known != nullptr && known->state != representation_state::standing && !is_objection) {
            one = *known;
            continue;
        }
        if (known != nullptr) {
            one.in_force_at = known->in_force_at;
            continue;
        }
        one.in_force_at = std::max(one.in_force_at, d.now.now + time_to_object(d, one.kind));
    }
    const auto is_heard = [&](int serial) {
        return std::ranges::find(heard, serial, &representative::serial) != heard.end();
    };
    const auto is_of_case = [&](int serial) {
        const auto& c = d.state().current;
        return c && c->on_behalf && c->on_behalf->serial == serial;
    };
    const int newest = heard.empty() ? 0 : std::ranges::max(heard, {}, &representative::serial).serial;
    for (const auto& known : d.state().representatives)
        if (!is_heard(known.serial) &&
            (known.serial > newest || known.state == representation_state::standing || is_of_case(known.serial)))
            heard.push_back(known);
    std::ranges::sort(heard, {}, &representative::serial);
    return heard;
}

std::vector<representative_news> news_of(const draft& d, const std::vector<representative>& heard) {
    std::vector<representative_news> out;
    for (const auto& one : heard) {
        const auto* known = find_representative(d.state(), one.serial);
        const bool stood = known != nullptr && known->state == representation_state::standing;
        const bool stands = one.state == representation_state::standing;
        if (known == nullptr && stands)
            out.push_back({one.serial, false, d.p == nullptr ? local_day{} : d.zone().day_of(one.in_force_at)});
        if (stood && !stands) out.push_back({one.serial, true, {}});
    }
    return out;
}

/// What somebody says is not so is stopped at once, and people look. What was taken back goes no further; what has run
/// out was applied for in time, or is not applied for.
void stop_case_of(draft& d, const representative& acted) {
    if (!may_still_stop(at(*d.state().current))) return;
    const bool submitted = d.state().of_case<submission>() != nullptr;
    if (acted.state == representation_state::stopped)
        d.emit(closure_repudiated{{}, acted.over_by, d.now.now});
    else if (acted.state == representation_state::ended || !submitted)
        leave_case(d, closure_withdrawn{acted.over_by, d.now.now});
}

std::unexpected<base::error> nobody(std::string words) { return refuse(code::not_represented, std::move(words)); }

bool is_reached(const representative& one) {
    return std::ranges::any_of(one.contacts, [](const contact_ref& c) { return c.verified && !c.replaced_at; });
}

}  // namespace

void take_representatives(draft& d, std::vector<representative> heard) {
    heard = as_known_here(d, std::move(heard));
    if (heard == d.state().representatives) return;
    auto news = news_of(d, heard);
    d.emit(representatives_taken{std::move(heard), std::move(news), d.now.now});
    const auto* acts = acting_in_case(d.state());
    if (acts == nullptr || !d.state().has_open_closure()) return;
    if (acts->state != representation_state::standing) stop_case_of(d, representative(*acts));
    question_account(d);
}

result<std::optional<case_representative>> check_on_behalf(const draft& d, const open_closure& c) {
    const bool dead = c.reason == closing_reason::deceased;
    if (c.on_behalf == 0) {
        if (dead)
            return nobody("For somebody who has died their heir applies: have them admitted first (representatives).");
        return std::nullopt;
    }
    if (!d.by_staff() || (d.now.through != channel::counter && d.now.through != channel::staff))
        return refuse(code::forbidden, "Staff apply for a representative, at a counter or in the back office.");
    const auto* acts = find_representative(d.state(), c.on_behalf);
    if (acts == nullptr || acts->state != representation_state::standing || (acts->until && d.now.now >= *acts->until))
        return nobody("Nobody acts for the owner under that serial, or not any more.");
    if (d.now.now < acts->in_force_at)
        return refuse(code::not_represented, "Everybody on file is told first, and may object until then.",
                      {{"from", base::iso(acts->in_force_at)}});
    const auto& rules = d.p->representation_of(acts->kind);
    if (!rules.allowed) return nobody("The line's policy admits no such representative.");
    for (const auto purpose : rules.documents)
        if (std::ranges::find(acts->papers, purpose) == acts->papers.end())
            return refuse(code::not_represented, "It rests on fewer papers than this line's policy asks for.",
                          {{"document", boost::describe::enum_to_string(purpose, "")}});
    if (!is_reached(*acts)) return nobody("The representative has no contact point that was shown to be theirs.");
    if (acts->document_on_word) return nobody("The representative's identity rests on one person's word.");
    if (dead != (acts->kind == representative_kind::heir))
        return nobody("An heir applies for the dead, and for nobody else.");
    return case_representative{acts->serial, acts->kind, acts->who, rules.refund, rules.reclaim};
}

bool is_on_behalf(const closure& c) { return c.on_behalf && has<stages::closed>(c) == nullptr; }

result<void> check_applicant(const draft& d, const closure& c) {
    if (!is_on_behalf(c) || d.by_staff()) return {};
    return refuse(
        code::forbidden,
        "Staff carry on with a case that somebody applies for on behalf; its owner may withdraw it, or say that "
        "it is not so.");
}

bool is_for_themselves(const number_state& s, const actor& who) {
    if (!s.current || !s.current->on_behalf) return false;
    return answers_to(who, s.current->on_behalf->who) || answers_to(who, account_of_case(s).whose);
}

bool had_part_in_payee(const number_state& s, const actor& who) {
    if (!s.current || !s.current->on_behalf) return false;
    const auto* paid = paid_in_case(s);
    const auto is_one = [&](const actor& one) { return same_person(one, who); };
    return took_part(*s.current, who) ||
           (paid != nullptr && (is_one(paid->admitted_by) || std::ranges::any_of(paid->had_part, is_one)));
}

/// What was named lately, of whoever acts, was perhaps named by who has their session: it counts after as long as
/// everybody had to object to them, and they are told of it meanwhile.
std::optional<instant> counts_from(const draft& d, const closure& c, const std::optional<instant>& named_at) {
    if (!named_at || !c.on_behalf || d.p == nullptr) return std::nullopt;
    const auto from = *named_at + base::days{d.p->representation_of(c.on_behalf->kind).wait_days};
    return d.now.now < from ? std::optional(from) : std::nullopt;
}

result<void> check_still_acts(const draft& d, const closure& c, bool applied) {
    if (!is_on_behalf(c)) return {};
    const auto* acts = acting_in_case(d.state());
    const bool may =
        acts != nullptr &&
        (acts->is_in_force(d.now.now) ||
         (applied && (acts->state == representation_state::standing || acts->state == representation_state::expired)));
    return may ? result<void>() : nobody("Whoever applied for the owner does not act for them any more.");
}

const evidence_sets& evidence_for_case(const draft& d, const closure& c, risk_level level) {
    if (c.on_behalf) return d.p->representation_of(c.on_behalf->kind).evidence;
    return d.p->evidence_for(level, d.now.through);
}

}  // namespace rules

}  // namespace keepline::domain
