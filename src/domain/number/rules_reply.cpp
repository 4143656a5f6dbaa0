// What customers write by SMS. The sender of an SMS is weak proof (docs/rules.md R2): it stops and asks, it never ends
// anything, and what costs money needs a code that only came to where the SMS claims to be from. Answers go to the
// number or contact on file, so that whoever writes in another's name learns nothing.
#include "domain/number/draft.hpp"
#include "domain/number/keepalive.hpp"

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

bool has_ended(const number_state& s) { return s.subscription->status == line_status::ended; }

/// Somebody has stopped it already: they hear how it stands.
bool is_stopped(const number_state& s) { return s.of_case<stages::fraud_hold>() != nullptr; }

answer on_withdraw(draft& d) {
    if (!d.state().has_open_closure()) return {reply_outcome::nothing_to_do};
    if (is_stopped(d.state())) return {reply_outcome::answered};
    if (!may_still_stop(at(*d.state().current))) return {reply_outcome::too_late};
    leave_case(d, closure_withdrawn{d.now.by, d.now.now});
    return {};
}

answer on_not_me(draft& d, const label& contact) {
    if (is_stopped(d.state())) return {reply_outcome::answered};
    if (!d.state().has_open_closure())  // about whoever is to act for them, or something else: people look
        return {objected_by_reply(d.state(), d.now.now).empty() ? reply_outcome::for_staff : reply_outcome::done};
    if (!may_still_stop(at(*d.state().current))) return {reply_outcome::for_staff};
    d.emit(closure_repudiated{contact.text(), d.now.by, d.now.now});
    return {};
}

/// Whoever writes speaks for their own phone: nobody else's reminders end by it.
answer on_reminders(draft& d, const label& contact, bool stopped) {
    const auto& line = *d.state().subscription;
    const bool muted = std::ranges::find(line.muted, contact) != line.muted.end();
    const bool as_wanted = stopped ? muted : !muted && !line.reminders_stopped;
    if (!as_wanted) d.emit(reminders_set{stopped, d.now.by, d.now.now, contact});
    return {};
}

answer on_keep(draft& d, const hear_reply& r) {
    const auto& line = *d.state().subscription;
    const bool can = line.status != line_status::ordered && !keepalive_rests(d.state()) && can_retain(d);
    if (!can) return {reply_outcome::cannot};
    const auto& known = d.state().replies;
    const auto& price = d.p->keepalive.retention_fee;
    if (known.keep_until && d.now.now < *known.keep_until && !known.keep_digest.empty()) {
        if (r.named == known.keep_digest) {
            keep_by_fee(d);
            if (d.state().subscription->status != line_status::active)
                d.emit(line_status_changed{line_status::active, d.now.now, d.state().subscription->keepalive_at,
                                           d.last_day(d.state().subscription->valid_until)});
            return {reply_outcome::done, false, price};
        }
        if (!r.named.empty()) return {reply_outcome::cannot};  // a guess ends it; ask again
    }
    return {reply_outcome::confirm, true, price};
}

/// Nothing of it can be stopped, kept or reminded of any more.
answer after_the_end(reply_word word) {
    const bool for_people = word == reply_word::not_me || word == reply_word::unknown;
    return {for_people ? reply_outcome::for_staff : reply_outcome::too_late};
}

answer answer_to(draft& d, const hear_reply& r) {
    if (has_ended(d.state())) return after_the_end(r.word);
    switch (r.word) {
        case reply_word::withdraw: return on_withdraw(d);
        case reply_word::not_me: return on_not_me(d, r.contact);
        case reply_word::status: return {reply_outcome::answered};
        case reply_word::stop: return on_reminders(d, r.contact, true);
        case reply_word::start: return on_reminders(d, r.contact, false);
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

/// The last whole day of what the line has now: its validity, or in grace and suspended the time to top up. None where
/// the clock stands still or nothing whole is left.
local_day last_day_now(const draft& d) {
    const auto& line = *d.state().subscription;
    if (d.p->keepalive.validity_days <= 0) return {};
    auto end = line.valid_until;
    if (line.status == line_status::grace || line.status == line_status::suspended)
        end = keepalive_rests(d.state()) ? instant{} : keepalive_next(d.p->keepalive, line.status, end, 0, d.zone());
    if (!end || has_ended(d.state())) return {};
    const auto day = d.zone().day_of(end) + -1;  // of what ends within a day, that day is not whole
    return day < d.today() ? local_day{} : day;
}

}  // namespace

result<void> decide(draft& d, const hear_reply& r) {
    if (!d.state().subscription) return refuse(code::line_missing, "The number has no line.");
    CHECK(d.need_policy());  // of a line that has ended too: until the number is released its owner is answered
    if (r.id.empty() || r.id.size() > id_max) return refuse(code::invalid, "The reply's id is missing or too long.");
    if (r.word == reply_word::keep && (r.nonce.empty() || r.digest.empty()))
        return refuse(code::invalid, "A code needs a nonce and a digest.");
    if (!is_told_there(d.state(), r.contact)) return refuse(code::contact_unknown, "There is no such contact point.");
    const auto& known = d.state().replies;
    if (std::ranges::find(known.ids, r.id) != known.ids.end()) return {};
    const auto today = std::ranges::count_if(known.heard, [&](instant at) { return at + base::hours{24} > d.now.now; });
    // Nobody is kept from stopping what they did not ask for.
    const bool stops = r.word == reply_word::not_me || r.word == reply_word::withdraw;
    const bool objects = r.word == reply_word::not_me && !objected_by_reply(d.state(), d.now.now).empty();
    if (today >= d.p->notices.replies_a_day && !objects && !(stops && d.state().has_open_closure())) return {};
    auto said = answer_to(d, r);
    const auto until = last_day_now(d);
    d.emit(reply_heard{r.word, r.contact, r.id, said.outcome, d.now.now, said.asks_code ? r.nonce : std::string(),
                       said.asks_code ? r.digest : std::string(), std::move(said.price), until});
    return {};
}

result<void> decide(draft& d, const set_reminders& c) {
    CHECK(d.need_line());
    if (d.state().subscription->reminders_stopped != c.stopped) d.emit(reminders_set{c.stopped, d.now.by, d.now.now});
    return {};
}

}  // namespace keepline::domain::rules
