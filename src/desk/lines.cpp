// Lines: looking at them, and what is more than one command with the line as its answer.
#include "desk/answered_again.hpp"
#include "desk/callers.hpp"
#include "desk/masked.hpp"
#include "desk/money_budget.hpp"
#include "desk/replies.hpp"
#include "desk/seen_events.hpp"
#include "desk/sessions.hpp"
#include "desk/taking.hpp"
#include "domain/claim/claim.hpp"
#include "domain/number/eligibility.hpp"
#include "domain/number/quote.hpp"
#include "domain/reference.hpp"
#include "engine/codec.hpp"
#include "port/person.hpp"

#include <charconv>
#include <ranges>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t digest_shown = 16;

}  // namespace

namespace {

std::unexpected<base::error> nothing_found() { return refuse(code::not_found, "There is no such line."); }

result<engine::view_ptr> line_with(const asked& c, const base::iccid& iccid) {
    const auto claim = c.core_of().read({port::stream_kind::claim, domain::claim_on(iccid)});
    if (!claim) return std::unexpected(claim.error());
    const auto* held = std::get_if<domain::claim_state>(&(*claim)->state);
    const auto holder = held == nullptr ? std::nullopt : domain::line_holder::parse(held->holder);
    if (!holder) return nothing_found();
    return c.core_of().read({port::stream_kind::number, holder->number.text()});
}

bool is_on(const engine::stream_view& line, const base::eid& eid) {
    return line.number().subscription && std::ranges::any_of(line.number().profiles, [&](const auto& p) {
               return p.eid == eid && !domain::is_gone(p);
           });
}

/// By what our SM-DP+ knows, else by what was said of profiles from elsewhere. Of several lines on one device the one
/// that began last, and goes on.
result<engine::view_ptr> line_on(const asked& c, const base::eid& eid) {
    port::stream_filter which;
    which.kind = port::stream_kind::esim;
    which.eid = eid.text();
    TRY(listed, c.core_of().list(which, "", 20));
    for (const auto& one : listed.streams) {
        const auto view = c.core_of().read(one.key);
        const auto* profile = view ? std::get_if<domain::esim_state>(&(*view)->state) : nullptr;
        if (profile != nullptr && !profile->number.empty())
            return c.core_of().read({port::stream_kind::number, profile->number.text()});
    }
    TRY(said, c.core_of().streams_on(eid, 200));
    engine::view_ptr over;  // of a line that has ended, where none goes on
    for (const auto& key : said | std::views::reverse) {
        TRY(view, c.core_of().read(key));
        if (!is_on(*view, eid)) continue;
        if (view->number().subscription->status != domain::line_status::ended) return view;
        if (!over) over = std::move(view);
    }
    if (over) return over;
    return nothing_found();
}

/// What was looked for, and the line.
result<std::pair<std::string, result<engine::view_ptr>>> looked_for(const asked& c, const search_body& in) {
    if (int{in.number.has_value()} + in.reference.has_value() + in.iccid.has_value() + in.eid.has_value() != 1)
        return refuse(code::invalid, "Name one of `number`, `reference`, `iccid` and `eid`.");
    if (in.number)
        return std::pair(in.number->text(), c.core_of().read({port::stream_kind::number, in.number->text()}));
    if (in.iccid) return std::pair(in.iccid->text(), line_with(c, base::as_iccid(*in.iccid)));
    if (in.eid) return std::pair(in.eid->text(), line_on(c, *in.eid));
    const auto reference = domain::reference_of(*in.reference);
    if (!reference)
        return refuse(code::invalid, "`reference` has 12 digits, such as 4821 0937 1156.", {{"field", "reference"}});
    auto view = c.core_of().read_reference(*reference);
    if (view && (*view)->key.kind != port::stream_kind::number) view = nothing_found();
    return std::pair(*reference, std::move(view));
}

}  // namespace

void desk::find_line(request by, said<search_body> in, reply<line_told> then) {
    take(shared_, use::find_line, std::move(by), std::move(then), [&](const ask_ptr<line_told>& c) {
        if (!in) return c->refuse(in.error());
        const auto looked = looked_for(*c, *in);
        if (!looked) return c->refuse(looked.error());
        const auto& [wanted, view] = *looked;
        // The same words whether it is unknown or somebody else's: a customer cannot probe for numbers.
        const bool theirs =
            view && (!c->is_customer() ||
                     ((*view)->number().subscription && (*view)->number().subscription->subscriber == c->who.who.id));
        if (!view && view.error().what != code::not_found) return c->refuse(view.error());
        const auto answer = [found = theirs ? *view : nullptr](const ask_ptr<line_told>& same) {
            if (!found) return same->refuse({code::not_found, "There is no such line."});
            answer_line(same, {found, {}, false});
        };
        if (c->is_customer()) return answer(c);
        // Written down first, in the stream of who looks: nobody reads their way through the numbers without a trace.
        domain::note_search command;
        command.found = theirs;
        command.subject =
            theirs ? (*view)->public_id : c->secrets().keyed_digest("searched", "", wanted).substr(0, digest_shown);
        if (is_staff(c->role())) command.hourly = c->at->with.token_rules.searches_hourly;
        submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(command)}),
               [answer](const ask_ptr<line_told>& same, const engine::answer&) { answer(same); });
    });
}

namespace {

/// What a closing would meet and cost if it were applied for now. Nothing is opened, counted or promised.
result<eligibility_view> eligibility_of(const asked& c, const engine::stream_view& of) {
    const auto& s = of.number();
    if (!s.subscription || s.subscription->status == domain::line_status::ended)
        return refuse(code::line_missing, "The number has no line.");
    const auto rules = c.core_of().rules();
    const auto* p = rules->policies.find(s.subscription->policy);
    if (p == nullptr) return refuse(code::policy_unknown, "The line's policy is not loaded.");
    const domain::context now{.now = c.now(), .rules = rules.get(), .by = c.who.who, .through = c.through};
    eligibility_view out;
    out.line_id = of.public_id;
    out.blocks = domain::blocks_of(s, *p, now);
    out.can_apply = std::ranges::all_of(out.blocks, &domain::block::in_quote);
    TRY(offer, domain::make_quote(s, *p, now, out.blocks, 1));
    out.to_pay = offer.to_pay;
    out.to_refund = offer.to_refund;
    out.items = offer.items;
    out.review_due = offer.review_due;
    out.reclaim_until = offer.reclaim_until;
    out.contact_wanted = domain::only_line_hears(s);
    if (s.has_open_closure()) out.open_closure = closure_id(of.public_id, s.current->number);
    if (c.is_customer())
        for (auto& one : out.blocks)
            if (one.kind == domain::block_kind::legal_hold) one.reference.clear();
    return out;
}

}  // namespace

void desk::read_eligibility(request in, const std::string& line, reply<eligibility_view> then) {
    take(shared_, use::read_eligibility, std::move(in), std::move(then), [&](const ask_ptr<eligibility_view>& c) {
        const auto view = line_for(*c, line);
        if (!view) return c->refuse(view.error());
        auto found = eligibility_of(*c, **view);
        if (!found) return c->refuse(found.error());
        c->answer(std::move(*found));
    });
}

/// What customers wrote by SMS that no table knows.
void desk::list_replies(request in, const std::string& line, reply<page_of<reply_text>> then) {
    take(shared_, use::list_replies, std::move(in), std::move(then), [&](const ask_ptr<page_of<reply_text>>& c) {
        const auto view = line_for(*c, line);
        if (!view) return c->refuse(view.error());
        const auto& s = (*view)->number();
        std::vector<reply_text> texts;
        if (s.subscription) {
            const auto stored = c->at->with.vault->open(s.subscription->subscriber.text(),
                                                        std::string(replies_prefix) + (*view)->public_id);
            if (stored) texts = base::from_json<std::vector<reply_text>>(*stored).value_or(texts);
        }
        c->answer({std::move(texts), {}});
    });
}

/// The same from phones that are of no line.
void desk::list_strangers_replies(request in, reply<page_of<stranger_text>> then) {
    take(shared_, use::list_strangers_replies, std::move(in), std::move(then),
         [&](const ask_ptr<page_of<stranger_text>>& c) {
             std::vector<stranger_text> texts;
             const auto stored = c->at->with.vault->open(strangers_owner, strangers_kind);
             if (!stored && stored.error().what != code::not_found) return c->refuse(stored.error());
             if (stored) {
                 auto known = base::from_json<std::vector<stranger_text>>(*stored);
                 if (!known) return c->refuse(known.error());
                 texts = std::move(*known);
             }
             c->answer({std::move(texts), {}});
         });
}

// ------------------------------------------------------------------------------------------------ a message of ours?

namespace {

/// Of a line, or of a person about themself.
bool has_messages(const result<engine::view_ptr>& view) {
    return view &&
           ((*view)->key.kind == port::stream_kind::number || (*view)->key.kind == port::stream_kind::subscriber);
}

/// The person's contact points as they know them again. What is kept no more has no words.
class masked_places {
 public:
    masked_places(const asked& c, const label& of) {
        const auto text = c.at->with.vault->open(of.text(), std::string(port::person_kind));
        if (auto person = text ? base::from_json<port::person>(*text) : std::unexpected(text.error()))
            contacts_ = std::move(person->contacts);
    }
    std::optional<std::string> of(const label& contact, const base::msisdn& line) const {
        if (contact.text() == "line") return masked_tail(line.text());
        const auto known = std::ranges::find(contacts_, contact, &port::contact_address::id);
        if (known == contacts_.end()) return std::nullopt;
        return masked_address(known->by, known->address);
    }

 private:
    std::vector<port::contact_address> contacts_;
};

/// One kind by one medium within the hour is said once, with all the places that it went to.
class told_list {
 public:
    explicit told_list(masked_places places) : places_(std::move(places)) {}
    void add(const std::string& kind, domain::medium by, instant at, const label& contact, const base::msisdn& line) {
        constexpr base::duration as_one = base::hours{1};
        auto same = std::ranges::find_if(list, [&](const message_told_view& one) {
            return one.kind == kind && one.by == by && one.at <= at && at < one.at + as_one;
        });
        if (same == list.end()) same = list.insert(list.end(), message_told_view{kind, by, at, {}});
        auto where = places_.of(contact, line);
        if (where && std::ranges::find(same->to, *where) == same->to.end()) same->to.push_back(std::move(*where));
    }
    void add_nowhere(const std::string& kind, domain::medium by, instant at) { list.push_back({kind, by, at, {}}); }

    std::vector<message_told_view> list;

 private:
    masked_places places_;
};

/// What was sent under it; of a code that went to an address which nobody had shown to be theirs, nothing but that.
message_check_view checked(const asked& c, const domain::subscriber_state& s, const std::string& reference) {
    message_check_view out;
    out.reference = domain::said(reference);
    out.about = "person";
    told_list told{masked_places(c, s.id)};
    for (const auto& one : s.messages)
        if (one.reference == reference)
            for (const auto& to : one.to) told.add(one.kind, one.by, one.at, to.contact, to.number);
    out.told = std::move(told.list);
    return out;
}

/// Of a case that is over: while it ran, and the day after, for its last words. None of an owner before.
bool was_sent_in(const domain::past_closure& one, instant at) {
    constexpr base::duration last_words = base::days{1};
    return one.generation == 0 && one.opened_at <= at && at < one.ended_at + last_words;
}

/// The state keeps no notices of a case that is over; its line's journal does, and its last entries are looked through.
result<std::vector<domain::notice_record>> sent_in(const asked& c, const engine::stream_view& of,
                                                   const domain::past_closure& past) {
    constexpr std::uint64_t looked_through = 400;
    std::vector<domain::notice_record> out;
    const auto newest = of.version;
    TRY(entries, c.core_of().history(of, newest > looked_through ? newest - looked_through + 1 : 1, looked_through));
    for (const auto& entry : entries) {
        if (!was_sent_in(past, entry.at)) continue;
        TRY(events, base::from_json<std::vector<domain::number_event>>(entry.events));
        for (const auto& event : events)
            if (const auto* noted = std::get_if<domain::notice_noted>(&event); noted != nullptr && !noted->beside)
                out.push_back(noted->record);
    }
    return out;
}

/// What whoever holds a message may know about it: that it is ours, and about which number's tail.
result<message_check_view> checked_of_line(const asked& c, const engine::stream_view& of,
                                           const std::string& reference) {
    const auto& s = of.number();
    message_check_view out;
    out.reference = domain::said(reference);
    out.number_tail = last_four(s.number.text());
    const bool of_line = s.subscription && s.subscription->reference == reference;
    const bool of_case = s.current && s.current->reference == reference;
    const auto past = std::ranges::find(s.past, reference, &domain::past_closure::reference);
    out.about = of_case || past != s.past.end() ? "closure" : "line";
    if (!s.subscription) return out;
    const auto rules = c.core_of().rules();
    if (const auto* p = rules ? rules->policies.find(s.subscription->policy) : nullptr) out.zone = p->zone;
    told_list told{masked_places(c, s.subscription->subscriber)};
    const auto add_all = [&](const domain::told_lately& one) {
        if (one.to.empty()) told.add_nowhere(one.kind, one.by, one.at);
        for (const auto& to : one.to) told.add(one.kind, one.by, one.at, to, s.number);
    };
    for (const auto& one : s.subscription->told)
        if (of_line || (of_case && one.kind.starts_with("otp") && one.at >= s.current->opened_at) ||
            (past != s.past.end() && was_sent_in(*past, one.at)))
            add_all(one);
    if (s.current && (of_case || of_line))  // what tells about the line meanwhile stands there, too
        for (const auto& one : s.current->notices) told.add(one.kind, one.by, one.sent_at, one.contact, s.number);
    if (past != s.past.end()) {
        TRY(sent, sent_in(c, of, *past));
        for (const auto& one : sent) told.add(one.kind, one.by, one.sent_at, one.contact, s.number);
    }
    out.told = std::move(told.list);
    return out;
}

result<message_check_view> checked(const asked& c, const engine::stream_view& view, const std::string& reference) {
    if (view.key.kind == port::stream_kind::number) return checked_of_line(c, view, reference);
    return checked(c, view.subscriber(), reference);
}

/// To whoever once saw a message of somebody else's: enough to know it again while it is fresh, and nothing by which
/// they could watch the line, or the person, from then on.
void keep_what_strangers_see(message_check_view& is, instant now) {
    constexpr base::duration lately = base::days{7};
    std::erase_if(is.told, [&](const message_told_view& one) { return one.at + lately <= now; });
    for (auto& one : is.told) one.to.clear();
}

/// Staff and systems, and whose line or account it is.
bool may_see_all(const asked& c, const engine::stream_view& of) {
    if (c.role() == domain::role::portal) return false;
    if (!c.is_customer()) return true;
    if (of.key.kind == port::stream_kind::subscriber) return of.subscriber().id == c.who.who.id;
    return of.number().subscription && of.number().subscription->subscriber == c.who.who.id;
}

void answer_checked(const ask_ptr<message_check_view>& c, engine::view_ptr view, std::string reference) {
    run_aside(c, [c, view = std::move(view), reference = std::move(reference)]() -> afterwards {
        auto is = checked(*c, *view, reference);
        if (is && !may_see_all(*c, *view)) keep_what_strangers_see(*is, c->now());
        return [c, is = std::move(is)]() mutable { is ? c->answer(std::move(*is)) : c->refuse(is.error()); };
    });
}

constexpr int questions_of_caller_a_day = 200;  // behind one address of a carrier are thousands of phones
constexpr std::size_t caller_bytes_max = 200;

base::error no_such_message() { return {code::not_found, "No message of ours has this reference."}; }
base::error no_reference() {
    return {code::invalid, "A reference has 12 digits, such as 4821 0937 1156.", {{"field", "reference"}}};
}

/// At this node, and not kept: a stranger writes nothing. The brake over all of them is not staff's, whom it must not
/// keep from looking.
result<void> count_stranger(const asked& c, const std::optional<std::string>& caller, bool found) {
    auto too_many = [] {
        return std::unexpected(
            base::error{code::too_many, "Too many references are being looked up; try again later."});
    };
    if (caller) {
        if (auto fine = check_text("caller", *caller, caller_bytes_max); !fine) return fine;
        const auto whom = c.secrets().keyed_digest("message-question", "", *caller);
        if (c.at->message_questions.add(whom, c.now()) > questions_of_caller_a_day) return too_many();
    }
    if (found) return {};  // who tries references misses: whoever holds a message is kept from nothing by all others
    const auto brake = c.at->strangers_lookups.look(c.now());
    if (brake.is_news)
        c.at->with.log->warning("message_questions_stopped", c.correlation,
                                {{"most_an_hour", std::to_string(c.at->strangers_lookups.most())}});
    if (brake.holds) return too_many();
    c.at->strangers_lookups.add(c.now());
    return {};
}

}  // namespace

void desk::check_message_for_stranger(request in, said<message_question_body> what, reply<message_check_view> then) {
    using mine = ask_ptr<message_check_view>;
    take(shared_, use::check_message_for_stranger, std::move(in), std::move(then), [&](const mine& c) {
        if (!what) return c->refuse(what.error());
        const auto reference = domain::reference_of(what->reference);
        if (!reference) return c->refuse(no_reference());
        const auto view = c->core_of().read_reference(*reference);
        const bool found = has_messages(view);
        if (auto counted = count_stranger(*c, what->caller, found); !counted) return c->refuse(counted.error());
        found ? answer_checked(c, *view, *reference) : c->refuse(no_such_message());
    });
}

/// Whoever asks is counted, also where there is nothing: a limit for each, and one for all together.
void desk::check_message(request in, const std::string& name, reply<message_check_view> then) {
    using mine = ask_ptr<message_check_view>;
    take(shared_, use::check_message, std::move(in), std::move(then), [&](const mine& c) {
        const auto reference = domain::reference_of(name);
        if (!reference) return c->refuse(no_reference());
        const auto view = c->core_of().read_reference(*reference);
        const bool found = has_messages(view);
        domain::note_search command;
        command.found = found;
        command.subject =
            found ? (*view)->public_id : c->secrets().keyed_digest("searched", "", *reference).substr(0, digest_shown);
        command.hourly = c->at->with.token_rules.searches_hourly;
        submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(command)}),
               [found, view, reference](const mine& same, const engine::answer&) {
                   // After the caller's own limit: one who has spent theirs spends nothing of everybody's.
                   if (!same->at->lookups.take(same->now()))
                       return same->refuse(
                           {code::too_many, "Too many references are being looked up; try again in some minutes."});
                   if (!found) return same->refuse(no_such_message());
                   answer_checked(same, *view, *reference);
               });
    });
}

namespace {

using then_lines = std::function<void(const ask_ptr<line_told>&)>;

/// Whoever has the phone may have what a code to its line opened (docs/decisions/0060-sign-in.md), and may have
/// enrolled the passkeys that are new (0063). What could not be noted of it is in the log.
void end_what_was_lost(const ask_ptr<line_told>& c, const domain::number_state& s, const then_lines& then) {
    const auto owner = s.subscription->subscriber;
    end_sessions_then(c, owner, domain::end_sessions{s.number, {}, "the line was lost"},
                      [then, owner](const ask_ptr<line_told>& same) {
                          submit_whatever(same, about_person(*same, owner, domain::note_loss{}),
                                          [then](const ask_ptr<line_told>& there, const result<engine::answer>& noted) {
                                              if (!noted && noted.error().what != code::not_found &&
                                                  noted.error().what != code::erased)
                                                  there->at->with.log->error("loss_not_noted", there->correlation,
                                                                             {{"reason", noted.error().words}});
                                              then(there);
                                          });
                      });
}
void end_sessions_of_lost(const ask_ptr<line_told>& c, const engine::answer& done) {
    const auto& s = done.view->number();
    if (!s.subscription || !s.subscription->locked_since) return answer_line(c, done);
    end_what_was_lost(c, s, [done](const ask_ptr<line_told>& same) { answer_line(same, done); });
}

/// One budget after the other, and then the line. That what takes the lost one's place is lost, too, is signed by
/// another.
void count_then(const ask_ptr<line_told>& c, std::vector<engine::submission> notes, engine::submission what) {
    if (notes.empty())
        return submit(c, std::move(what), [](const ask_ptr<line_told>& same, const engine::answer& done) {
            if (const auto* wanted = wanted_in(done)) return answer_request(same, done, *wanted);
            end_sessions_of_lost(same, done);
        });
    auto first = std::move(notes.front());
    notes.erase(notes.begin());
    submit(c, std::move(first),
           [notes = std::move(notes), what = std::move(what)](const ask_ptr<line_told>& same, const engine::answer&) {
               count_then(same, notes, what);
           });
}

/// A budget for who asks: a customer, one of the staff whatever callers they name, and whoever calls the hotline. What
/// is locked already is said again: by staff that counts, too.
std::vector<engine::submission> lock_notes(const asked& c, const engine::stream_view& line,
                                           const std::optional<std::string>& caller) {
    const bool locked = line.number().subscription && line.number().subscription->locked_since;
    std::vector<engine::submission> notes;
    const domain::note_lock note{line.public_id, c.at->with.token_rules.locks_hourly};
    const auto of = note_of(c, c.who.who.id, domain::credential_command{note});
    if (is_staff(c.role()) || (!locked && c.is_customer() && !caller)) notes.push_back(of);
    if (!locked && caller) {
        notes.push_back(of);
        notes.back().to.key = caller_key(caller_digest(c, *caller));
    }
    return notes;
}

}  // namespace

void desk::lock_lost(request by, const std::string& line_id, said<lost_body> in, reply<line_told> then) {
    take(shared_, use::lock_lost, std::move(by), std::move(then), [&](const ask_ptr<line_told>& c) {
        if (!in) return c->refuse(in.error());
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        const auto caller = in->caller;
        if (caller)
            if (auto fine = check_text("caller", *caller, caller_max); !fine) return c->refuse(fine.error());
        auto command = make::declare_lost({*c, **line, 0}, std::move(*in));
        if (!command) return c->refuse(command.error());
        count_then(c, lock_notes(*c, **line, caller), submission_of(*c, (*line)->key, std::move(*command)));
    });
}

namespace {

/// A line that was lost lately is not locked again by whoever calls: its owner may need days to have it unlocked, and
/// nobody keeps them locked out. A person hears whoever lost it once more.
constexpr base::duration rest_after_loss = base::days{30};
constexpr int strange_numbers_of_caller_an_hour = 5;
constexpr int strange_numbers_of_caller_a_day = 20;
constexpr std::int64_t hour_ms = 3'600'000;

bool may_stranger_lock(const engine::stream_view& line, instant now) {
    const auto& is = line.number().subscription;
    if (!is || is->locked_since) return false;
    return !is->last_loss || now >= *is->last_loss + rest_after_loss;
}

/// Of all of them together, by whatever numbers they call: it bars service.
result<void> may_strangers_lock(const asked& c) {
    const auto brake = c.at->strangers_locks.look(c.now());
    if (brake.is_news)
        c.at->with.log->warning("strangers_locks_stopped", c.correlation,
                                {{"most_an_hour", std::to_string(c.at->strangers_locks.most())}});
    if (brake.holds) return refuse(code::too_many, "Too many lines were locked by callers; a person helps.");
    return {};
}

/// For every number, ours or not, and before any is looked at: what is refused tells nothing of it. Whoever shows no
/// number is nobody who could be counted: these have a budget together, wide enough that one of them does not keep all
/// others from locking. `whom`: empty for these.
result<void> count_loss(const asked& c, const std::string& whom) {
    const auto too_many = [] { return refuse(code::too_many, "Too many numbers were named as lost; a person helps."); };
    if (whom.empty()) {
        if (c.at->withheld_losses.look(c.now()).holds) return too_many();
        c.at->withheld_losses.add(c.now());
        return {};
    }
    auto& counts = c.at->sign_ins;
    const auto hour = std::to_string(c.now().ms / hour_ms);
    if (counts.add("lost/" + whom, c.now()) > strange_numbers_of_caller_a_day) return too_many();
    if (counts.add("lost/" + whom + "/" + hour, c.now()) > strange_numbers_of_caller_an_hour) return too_many();
    return {};
}

/// The lines that one caller locked stand in the journal, also over a restart.
engine::submission stranger_note(const asked& c, const engine::stream_view& line, const std::string& whom) {
    const int hourly = whom.empty() ? c.at->strangers_locks.most() : strange_numbers_of_caller_an_hour;
    auto out = note_of(c, c.who.who.id, domain::credential_command{domain::note_lock{line.public_id, hourly}});
    out.to.key = caller_key(whom);
    return out;
}

/// It is locked; and so is what its code had opened.
void after_stranger_lock(const ask_ptr<line_told>& c, const engine::answer& locked, const then_lines& done) {
    c->at->strangers_locks.add(c->now());
    end_what_was_lost(c, locked.view->number(), done);
}

void lock_for_stranger(const ask_ptr<line_told>& c, const engine::stream_view& line, const std::string& whom,
                       const then_lines& done) {
    auto lock = submission_of(*c, line.key, domain::number_command{domain::declare_lost{{}, "by telephone"}});
    submit_whatever(c, stranger_note(*c, line, whom),
                    [lock, done](const ask_ptr<line_told>& same, const result<engine::answer>& counted) {
                        if (!counted) return done(same);
                        submit_whatever(same, lock,
                                        [done](const ask_ptr<line_told>& there, const result<engine::answer>& locked) {
                                            if (locked) return after_stranger_lock(there, *locked, done);
                                            there->at->with.log->warning("stranger_lock_refused", there->correlation,
                                                                         {{"reason", locked.error().words}});
                                            done(there);
                                        });
                    });
}

}  // namespace

/// Whatever becomes of it is answered alike, and takes as long.
void desk::lock_lost_for_stranger(request in, said<stranger_loss_body> what, reply<done_told> then) {
    const auto told = [then = std::move(then)](const result<line_told>& locked) {
        if (!locked) return then(std::unexpected(locked.error()));
        then(done_told{});
    };
    take<line_told>(shared_, use::lock_lost_for_stranger, std::move(in), told, [&](const ask_ptr<line_told>& c) {
        if (!what) return c->refuse(what.error());
        if (what->number.empty()) return c->refuse({code::invalid, "`number` is missing.", {{"field", "number"}}});
        std::string whom;
        if (what->caller) {
            if (auto fine = check_text("caller", *what->caller, caller_max); !fine) return c->refuse(fine.error());
            whom = caller_digest(*c, *what->caller);
        }
        if (auto fine = may_strangers_lock(*c); !fine) return c->refuse(fine.error());
        if (auto counted = count_loss(*c, whom); !counted) return c->refuse(counted.error());
        const auto view = c->core_of().read(key_of_number(what->number));
        const auto pace = answer_beat::begin(c);
        const then_lines done = [pace](const ask_ptr<line_told>& same) { pace->then([same] { same->answer({}); }); };
        if (!view || !may_stranger_lock(**view, c->now())) return done(c);
        lock_for_stranger(c, **view, whom, done);
    });
}

void desk::read_line(request in, const std::string& line, reply<line_told> then) {
    take(shared_, use::read_line, std::move(in), std::move(then), [&](const ask_ptr<line_told>& c) {
        const auto view = line_for(*c, line);
        if (!view) return c->refuse(view.error());
        answer_line(c, {*view, {}, false});
    });
}

void desk::read_balance(request in, const std::string& line, reply<balance_view> then) {
    take(shared_, use::read_balance, std::move(in), std::move(then), [&](const ask_ptr<balance_view>& c) {
        const auto view = line_for(*c, line);
        if (!view) return c->refuse(view.error());
        c->answer(balance_of((*view)->number()));
    });
}

// ------------------------------------------------------------------------------------------------ history

namespace {

/// Nothing where no event of it is for this reader.
result<std::optional<history_entry_view>> line_entry(const port::entry& entry, domain::role who) {
    TRY(meta, base::from_json<engine::entry_meta>(entry.meta));
    TRY(events, base::from_json<std::vector<domain::number_event>>(entry.events));
    std::vector<base::raw_json> seen;
    for (const auto& one : events)
        if (auto text = event_as_seen(one, who)) seen.push_back(std::move(*text));
    if (seen.empty()) return std::nullopt;
    const bool customer = who == domain::role::subscriber;
    if (customer && meta.by.as != domain::role::subscriber) meta.by = {meta.by.as, {}};
    history_entry_view out{entry.version, entry.at, std::move(meta.by), meta.through, {}, std::move(seen), entry.hash};
    if (!meta.correlation.empty()) out.correlation = std::move(meta.correlation);
    return std::optional(std::move(out));
}

result<std::uint64_t> version_after(const std::string& cursor) {
    std::uint64_t after = 0;
    if (cursor.empty()) return after;
    const auto* end = cursor.data() + cursor.size();
    const auto [stopped, failure] = std::from_chars(cursor.data(), end, after);
    if (failure != std::errc() || stopped != end || after == UINT64_MAX)
        return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    return after;
}

result<page_of<history_entry_view>> history_page(const asked& c, const std::string& line_id,
                                                 const result<paging>& wanted) {
    TRY(view, line_for(c, line_id));
    TRY(page, wanted);
    TRY(after, version_after(page.after));
    if (page.latest != 0 && view->version > page.latest) after = std::max(after, view->version - page.latest);
    TRY(entries, c.core_of().history(*view, after + 1, page.limit));
    const auto& line = view->number().subscription;
    std::vector<history_entry_view> items;
    for (const auto& one : entries) {
        if (c.is_customer() && (!line || one.at < line->since)) continue;
        TRY(item, line_entry(one, c.role()));
        if (item) items.push_back(std::move(*item));
    }
    const bool more = entries.size() == page.limit;
    return page_of<history_entry_view>{std::move(items), more ? std::to_string(entries.back().version) : std::string()};
}

}  // namespace

void desk::read_history(request in, const std::string& line, result<paging> wanted,
                        reply<page_of<history_entry_view>> then) {
    take(shared_, use::read_history, std::move(in), std::move(then),
         [&](const ask_ptr<page_of<history_entry_view>>& c) {
             auto page = history_page(*c, line, wanted);
             if (!page) return c->refuse(page.error());
             c->answer(std::move(*page));
         });
}

// ------------------------------------------------------------------------------------------------ recovery codes

namespace {

constexpr int recovery_codes = 8;
constexpr std::size_t recovery_bytes = 10;  // 80 bits; NIST SP 800-63B-4 §4.2 asks for 64

/// From chance alone: neither the secret key nor the journal gives a code back once it was shown.
std::string recovery_code(const asked& c) {
    base::byte_array<recovery_bytes> raw{};
    c.at->with.random->fill(raw);
    return base::base32(raw);
}

std::string in_groups(std::string_view code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (i > 0 && i % 4 == 0) out += '-';
        out += code[i];
    }
    return out;
}

void show_codes(const ask_ptr<shown_once_told>& c, const engine::stream_view& line,
                std::vector<domain::evidence> proof) {
    domain::set_recovery_codes command;
    command.shown = std::move(proof);
    recovery_codes_view shown_once{line.public_id, {}, {}};
    for (int i = 0; i < recovery_codes; ++i) {
        const auto code = recovery_code(*c);
        command.digests.push_back(c->secrets().keyed_digest("recovery", line.public_id, code));
        shown_once.codes.push_back(in_groups(code));
    }
    submit(c, submission_of(*c, line.key, domain::number_command{std::move(command)}),
           [shown_once](const ask_ptr<shown_once_told>& same, const engine::answer& done) {
               if (done.replayed)
                   return same->refuse(
                       {code::shown_already, "These codes were shown once; ask for new ones, which replace them.", {}});
               if (auto failed = failed_proof(done)) return same->refuse(*std::move(failed));
               auto shown = shown_once;
               if (const auto* wanted = wanted_in(done)) shown.request = wanted->serial;  // of staff's: they wait
               auto text = base::to_json(shown, base::form::api);
               same->at->secrets_shown.keep(*same->once, text, same->now());
               same->answer({std::move(text), done.view->revision(), false, shown.request.has_value()});
           });
}

}  // namespace

void desk::make_recovery_codes(request by, const std::string& line_id, said<recovery_codes_body> in,
                               reply<shown_once_told> then) {
    take(shared_, use::make_recovery_codes, std::move(by), std::move(then), [&](const ask_ptr<shown_once_told>& c) {
        if (!in) return c->refuse(in.error());
        if (in->recovery_code && !c->is_customer())
            return c->refuse(
                {code::forbidden, "A saved code of before is its owner's to show.", {{"field", "recovery_code"}}});
        if (c->role() == domain::role::agent && c->through != domain::channel::counter)
            return c->refuse({code::forbidden, "Recovery codes are handed out at the counter only."});
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        if (!c->once) return c->refuse({code::idempotency_key_missing, "What is shown once is asked for with a key."});
        if (answered_again(c, (*line)->revision())) return;
        auto proof = make::proof_in({*c, **line, 0}, {}, in->recovery_code);
        if (!proof) return c->refuse(proof.error());
        show_codes(c, **line, std::move(*proof));
    });
}

// ------------------------------------------------------------------------------------------------ records

void desk::store_records(request in, const std::string& line_id, std::function<said<port::line_records>()> read,
                         reply<done_told> then) {
    using mine = ask_ptr<done_told>;
    take(shared_, use::store_records, std::move(in), std::move(then), [&](const mine& c) {
        run_aside(c, [c, line_id, read = std::move(read)]() -> afterwards {  // up to 16 MiB of JSON
            auto ready = [&]() -> result<engine::submission> {
                TRY(line, line_for(*c, line_id));
                TRY(records, read());
                const auto& held = line->number().subscription;
                if (!held) return refuse(code::line_missing, "The number has no line.");
                if (held->status == domain::line_status::ended)
                    return refuse(code::line_not_active, "The line has ended: there is nothing more to take along.");
                const auto id = held->subscriber;
                TRY(row, c->at->with.vault->seal(id.text(), std::string(port::records_prefix) + line->public_id,
                                                 base::to_json(records)));
                auto what = submission_of(
                    *c, {port::stream_kind::subscriber, id.text()},
                    domain::subscriber_command{domain::record_read{"records", "stored for " + line->public_id}});
                what.vault.push_back(std::move(row));
                return what;
            }();
            if (!ready) return [c, why = ready.error()] { c->refuse(why); };
            return [c, what = std::move(*ready)] {
                submit(c, what, [](const mine& same, const engine::answer&) { same->answer({}); });
            };
        });
    });
}

// ------------------------------------------------------------------------------------------------ commands

namespace {

/// Money that a person moves is counted for them before it moves, over all lines.
template <auto Make, typename Said>
void by_hand(services& of, const use_case& what, request in, const std::string& line_id, said<Said> body,
             reply<line_told> then) {
    take(of, what, std::move(in), std::move(then), [&](const ask_ptr<line_told>& c) {
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        if (!body) return c->refuse(body.error());
        auto command = Make(make::asking{*c, **line, 0}, std::move(*body));
        if (!command) return c->refuse(command.error());
        within_budget(c, *line, std::move(*command), [c](engine::submission counted) {
            submit(c, std::move(counted), [](const ask_ptr<line_told>& same, const engine::answer& done) {
                if (const auto* wanted = wanted_in(done)) return answer_request(same, done, *wanted);
                answer_line(same, done);
            });
        });
    });
}

}  // namespace

void desk::undo_switch(request in, const std::string& line, said<proof_body> what, reply<line_told> then) {
    on_line<make::undo_switch, answer_proved>(shared_, use::undo_switch, std::move(in), line, std::move(what),
                                              std::move(then));
}
void desk::pay_refund_again(request in, const std::string& line, said<proof_body> what, reply<line_told> then) {
    on_line<make::pay_refund_again, answer_proved>(shared_, use::pay_refund_again, std::move(in), line, std::move(what),
                                                   std::move(then));
}
void desk::recheck_network(request in, const std::string& line, said<nothing> what, reply<line_told> then) {
    on_line<make::recheck_network>(shared_, use::recheck_network, std::move(in), line, std::move(what),
                                   std::move(then));
}
void desk::withdraw_offer(request in, const std::string& line, said<iccid_body> what, reply<line_told> then) {
    on_line<make::withdraw_offer>(shared_, use::withdraw_offer, std::move(in), line, std::move(what), std::move(then));
}
void desk::stop_profile(request in, const std::string& line, said<iccid_body> what, reply<line_told> then) {
    on_line<make::stop_profile>(shared_, use::stop_profile, std::move(in), line, std::move(what), std::move(then));
}
void desk::resume_profile(request in, const std::string& line, said<resumed_body> what, reply<line_told> then) {
    on_line<make::resume_profile, answer_proved>(shared_, use::resume_profile, std::move(in), line, std::move(what),
                                                 std::move(then));
}
void desk::report_profile(request in, const std::string& line, said<report_body> what, reply<line_told> then) {
    on_line<make::report_profile>(shared_, use::report_profile, std::move(in), line, std::move(what), std::move(then));
}
void desk::declare_found(request in, const std::string& line, said<found_body> what, reply<line_told> then) {
    on_line<make::declare_found, answer_proved>(shared_, use::declare_found, std::move(in), line, std::move(what),
                                                std::move(then));
}
void desk::give_bonus(request in, const std::string& line, said<money_body> what, reply<line_told> then) {
    by_hand<make::give_bonus>(shared_, use::give_bonus, std::move(in), line, std::move(what), std::move(then));
}
void desk::charge_line(request in, const std::string& line, said<charge_body> what, reply<line_told> then) {
    by_hand<make::charge_line>(shared_, use::charge_line, std::move(in), line, std::move(what), std::move(then));
}
void desk::set_contract(request in, const std::string& line, said<contract_body> what, reply<line_told> then) {
    by_hand<make::set_contract>(shared_, use::set_contract, std::move(in), line, std::move(what), std::move(then));
}
void desk::link_product(request in, const std::string& line, said<domain::linked_product> what, reply<line_told> then) {
    by_hand<make::link_product>(shared_, use::link_product, std::move(in), line, std::move(what), std::move(then));
}
void desk::set_port_out(request in, const std::string& line, said<port_out_body> what, reply<line_told> then) {
    on_line<make::set_port_out>(shared_, use::set_port_out, std::move(in), line, std::move(what), std::move(then));
}
void desk::set_legal_hold(request in, const std::string& line, said<legal_hold_body> what, reply<line_told> then) {
    on_line<make::set_legal_hold>(shared_, use::set_legal_hold, std::move(in), line, std::move(what), std::move(then));
}
/// Putting it on is stopping: a weak session may.
void desk::set_customer_lock(request in, const std::string& line, said<customer_lock_body> what,
                             reply<line_told> then) {
    const bool puts_on = what && what->locked.value_or(false);
    on_line<make::set_customer_lock, answer_proved>(shared_,
                                                    puts_on ? use::put_customer_lock_on : use::set_customer_lock,
                                                    std::move(in), line, std::move(what), std::move(then));
}
void desk::note_sim_change(request in, const std::string& line, said<nothing> what, reply<line_told> then) {
    on_line<make::note_sim_change>(shared_, use::note_sim_change, std::move(in), line, std::move(what),
                                   std::move(then));
}
void desk::reinstate_line(request in, const std::string& line, said<nothing> what, reply<line_told> then) {
    on_line<make::reinstate_line>(shared_, use::reinstate_line, std::move(in), line, std::move(what), std::move(then));
}

void desk::detach_product(request in, const std::string& line, const std::string& product, said<nothing> what,
                          reply<line_told> then) {
    auto named = what ? said<std::string>(product) : std::unexpected(what.error());
    by_hand<make::detach_product>(shared_, use::detach_product, std::move(in), line, std::move(named), std::move(then));
}

}  // namespace keepline::desk
