// Lines: looking at them, and what is more than one command with the line as its answer.
#include "desk/answered_again.hpp"
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
constexpr std::size_t caller_max = 64;

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

/// What whoever holds a message may know about it: that it is ours, and about which number's tail.
message_check_view checked(const domain::number_state& s, const std::string& reference) {
    message_check_view out;
    out.reference = domain::said(reference);
    const auto digits = s.number.text();
    out.number_tail = digits.substr(digits.size() > 4 ? digits.size() - 4 : 0);
    out.about = "line";
    const bool current = s.current && s.current->reference == reference;
    const bool past = std::ranges::any_of(s.past, [&](const auto& one) { return one.reference == reference; });
    if (!current && !past) return out;
    out.about = "closure";
    if (!current) return out;
    for (const auto& one : s.current->notices) {
        message_told_view told{one.kind, one.by, one.sent_at};
        if (std::ranges::find(out.told, told) == out.told.end()) out.told.push_back(std::move(told));
    }
    return out;
}

}  // namespace

/// Whoever asks is counted, also where there is nothing: a limit for each, and one for all together.
void desk::check_message(request in, const std::string& name, reply<message_check_view> then) {
    using mine = ask_ptr<message_check_view>;
    take(shared_, use::check_message, std::move(in), std::move(then), [&](const mine& c) {
        const auto reference = domain::reference_of(name);
        if (!reference)
            return c->refuse(
                {code::invalid, "A reference has 12 digits, such as 4821 0937 1156.", {{"field", "reference"}}});
        const auto view = c->core_of().read_reference(*reference);
        const bool found = view && (*view)->key.kind == port::stream_kind::number;
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
                   if (!found) return same->refuse({code::not_found, "No message of ours has this reference."});
                   same->answer(checked((*view)->number(), *reference));
               });
    });
}

namespace {

/// Whoever has the phone may have what a code to its line opened (docs/decisions/0060-sign-in.md).
void end_sessions_of_lost(const ask_ptr<line_told>& c, const engine::answer& done) {
    const auto& s = done.view->number();
    if (!s.subscription || !s.subscription->locked_since) return answer_line(c, done);
    end_sessions_then(c, s.subscription->subscriber, domain::end_sessions{s.number, {}, "the line was lost"},
                      [done](const ask_ptr<line_told>& same) { answer_line(same, done); });
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
        notes.back().to.key = "caller/" + c.secrets().keyed_digest("caller", "", *caller).substr(0, digest_shown);
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
    on_line<make::resume_profile>(shared_, use::resume_profile, std::move(in), line, std::move(what), std::move(then));
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
void desk::set_customer_lock(request in, const std::string& line, said<customer_lock_body> what,
                             reply<line_told> then) {
    on_line<make::set_customer_lock, answer_proved>(shared_, use::set_customer_lock, std::move(in), line,
                                                    std::move(what), std::move(then));
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
