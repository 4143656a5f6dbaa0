// What customers write by SMS. The sender of an SMS is weak proof (docs/rules.md R2): it stops and asks, it never ends
// anything, and what costs money needs a code that only came to where the SMS claims to be from. Answers go to the
// number or contact on file, so that whoever writes in another's name learns nothing.
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t id_max = 64;

struct answer {
    reply_outcome outcome = reply_outcome::done;
    bool asks_code = false;
    std::optional<money> price{};
};

answer on_withdraw(draft& d) {
    if (!d.s.has_open_closure()) return {reply_outcome::nothing_to_do};
    if (!may_still_stop(d.s.current->at_stage)) return {reply_outcome::too_late};
    leave_case(d, closure_withdrawn{d.now.by, d.now.now});
    return {};
}

answer on_not_me(draft& d, const label& contact) {
    if (d.s.has_open_closure() && d.s.current->at_stage == stage::fraud_hold) return {};
    if (!d.s.has_open_closure()) return {reply_outcome::for_staff};  // about something else: people look
    if (!may_still_stop(d.s.current->at_stage)) return {reply_outcome::for_staff};
    d.emit(closure_repudiated{contact.text(), d.now.by, d.now.now});
    return {};
}

answer on_reminders(draft& d, bool stopped) {
    if (d.s.subscription->reminders_stopped == stopped) return {};
    d.emit(reminders_set{stopped, d.now.by, d.now.now});
    return {};
}

answer on_keep(draft& d, const hear_reply& r) {
    const auto& line = *d.s.subscription;
    const bool can = line.status != line_status::ordered && !keepalive_rests(d.s) && can_retain(d);
    if (!can) return {reply_outcome::cannot};
    const auto& known = d.s.replies;
    const auto& price = d.p->keepalive.retention_fee;
    if (known.keep_until && d.now.now < *known.keep_until && !known.keep_digest.empty()) {
        if (r.named == known.keep_digest) {
            keep_by_fee(d);
            if (d.s.subscription->status != line_status::active)
                d.emit(line_status_changed{line_status::active, d.now.now, d.s.subscription->keepalive_at,
                                           d.zone().day_of(d.s.subscription->valid_until - base::seconds{1})});
            return {reply_outcome::done, false, price};
        }
        if (!r.named.empty()) return {reply_outcome::cannot};  // a guess ends it; ask again
    }
    return {reply_outcome::confirm, true, price};
}

answer answer_to(draft& d, const hear_reply& r) {
    switch (r.word) {
        case reply_word::withdraw: return on_withdraw(d);
        case reply_word::not_me: return on_not_me(d, r.contact);
        case reply_word::status: return {reply_outcome::answered};
        case reply_word::stop: return on_reminders(d, true);
        case reply_word::start: return on_reminders(d, false);
        case reply_word::keep: return on_keep(d, r);
        case reply_word::unknown: return {reply_outcome::for_staff};
    }
    return {reply_outcome::for_staff};
}

bool is_told_there(const number_state& s, const label& contact) {
    return contact == label::trusted("line") || std::ranges::any_of(s.contacts, [&](const contact_ref& one) {
               return one.id == contact && one.by == medium::sms && one.verified;
           });
}

}  // namespace

result<void> decide(draft& d, const hear_reply& r) {
    CHECK(d.need_line());
    if (r.id.empty() || r.id.size() > id_max) return refuse(code::invalid, "The reply's id is missing or too long.");
    if (r.word == reply_word::keep && (r.nonce.empty() || r.digest.empty()))
        return refuse(code::invalid, "A code needs a nonce and a digest.");
    if (!is_told_there(d.s, r.contact)) return refuse(code::contact_unknown, "There is no such contact point.");
    const auto& known = d.s.replies;
    if (std::ranges::find(known.ids, r.id) != known.ids.end()) return {};
    const auto today = std::ranges::count_if(known.heard, [&](instant at) { return at + base::hours{24} > d.now.now; });
    // Nobody is kept from stopping what they did not ask for.
    const bool stops = r.word == reply_word::not_me || r.word == reply_word::withdraw;
    if (today >= d.p->notices.replies_a_day && !(stops && d.s.has_open_closure())) return {};
    auto said = answer_to(d, r);
    const auto until = d.s.subscription->valid_until;
    d.emit(reply_heard{r.word, r.contact, r.id, said.outcome, d.now.now, said.asks_code ? r.nonce : std::string(),
                       said.asks_code ? r.digest : std::string(), std::move(said.price),
                       until ? d.zone().day_of(until - base::seconds{1}) : local_day{}});
    return {};
}

result<void> decide(draft& d, const set_reminders& c) {
    CHECK(d.need_line());
    if (d.s.subscription->reminders_stopped != c.stopped) d.emit(reminders_set{c.stopped, d.now.by, d.now.now});
    return {};
}

}  // namespace keepline::domain::rules
