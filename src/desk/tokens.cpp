// Access tokens: for administrators, and the sessions that a portal opens for customers. A token is shown once, in the
// answer that makes it; only its keyed digest is stored. What may be issued by whom is the domain's
// (domain/credential/credential.hpp); the table in which requests look tokens up follows the journal
// (desk/token_register.hpp).
#include "desk/accounts.hpp"
#include "desk/answered_again.hpp"
#include "desk/line_in_hand.hpp"
#include "desk/person_for.hpp"
#include "desk/seen_events.hpp"
#include "desk/sessions.hpp"
#include "desk/taking.hpp"
#include "domain/days.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <functional>

namespace keepline::desk {

using base::code;
using base::refuse;
using domain::role;

namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t note_max = 200;
constexpr std::size_t entries_shown = 200;

/// Of those that were made with file access, whether an administrator knows of them stands in the journal alone.
std::vector<token_view> views_of(const asked& c, const std::vector<port::token_record>& all) {
    std::vector<token_view> out;
    for (const auto& one : all) {
        out.push_back(token_of(one, c.now()));
        if (one.origin != domain::token_origin::file || !out.back().in_force) continue;
        const auto stream = c.core_of().read(credential_stream(one.who.as, one.who.id));
        const auto* token = stream ? domain::token_in_force((*stream)->credential(), one.digest, c.now()) : nullptr;
        if (token != nullptr) out.back().acknowledged = token->acknowledged;
    }
    return out;
}

/// A new token on its way: shown to the one who asked, and to nobody again.
struct issuing {
    std::string token;
    port::token_record record;
    domain::issue_token command;
    bool signs_in = false;  // a code opened it
};

/// What it may do is settled here; whether it may be made, by the domain.
result<base::duration> lifetime(const asked& c, const token_body& in) {
    const auto& rules = c.at->with.token_rules;
    const auto longest = is_staff(in.role) ? rules.staff_longest : base::duration{0};
    if (!in.expires_at) return is_staff(in.role) ? rules.staff_lives : rules.machine_lives;
    TRY(given, domain::read_time("expires_at", *in.expires_at));
    const auto lives = given.as_end(base::zone()) - c.now();
    if (lives <= base::duration{0})
        return refuse(code::invalid, "`expires_at` must lie ahead.", {{"field", "expires_at"}});
    if (longest.count() > 0 && lives > longest)
        return refuse(code::invalid, "A token of staff lives a year at most.", {{"field", "expires_at"}});
    return lives;
}

result<issuing> new_token(const asked& c, const token_body& in) {
    if (in.note) CHECK(check_text("note", *in.note, note_max, true));
    TRY(lives, lifetime(c, in));
    TRY(channels, bound_channels(in.role, in.channels));
    issuing out;
    out.token = c.at->with.random->token(token_bytes);
    auto& record = out.record;
    record.digest = c.secrets().keyed_digest("token", "", out.token);
    record.who = {in.role, in.id, is_staff(in.role) ? in.person.value_or(in.id) : label(), {}};
    record.note = in.note.value_or("");
    record.created_at = c.now();
    record.expires_at = c.now() + lives;
    record.channels = std::move(channels);
    out.command.holder = in.id;
    out.command.token.digest = record.digest;
    out.command.token.as = in.role;
    out.command.token.person = record.who.person;
    out.command.token.channels = record.channels;
    out.command.kin_ms = c.at->with.token_rules.kin.count();
    out.command.lives_ms = lives.count();
    return out;
}

std::string text_of_issued(token_view shown, const issuing& made, int serial) {
    issued_token_view view{std::move(shown), made.token, {}};
    if (serial != 0) view.request = serial;
    return base::to_json(view, base::form::api);
}
std::string text_of_signed_in(const issuing& made) {
    const auto& record = made.record;
    return base::to_json(signed_in_view{made.token, record.who.id, record.level, record.expires_at.value_or(instant{})},
                         base::form::api);
}

/// The line may have been lost since its code was shown, and its sessions ended, before this one was there; likewise a
/// passkey that was removed meanwhile, or opens less now than it did.
bool is_still_in_hand(const asked& c, const issuing& made) {
    if (const auto serial = made.command.token.passkey; serial != 0) {
        const auto person = c.core_of().read(key_of_subscriber(made.record.who.id));
        const auto* one = person ? domain::find_passkey((*person)->subscriber(), serial) : nullptr;
        return one != nullptr &&
               domain::level_of(*one, lost_lines(c, (*person)->subscriber()), c.now()) >= made.record.level;
    }
    const auto& line = made.command.token.line;
    if (line.empty()) return true;
    const auto view = c.core_of().read(key_of_number(line));
    if (!view) return false;
    const auto& s = (*view)->number();
    return check_in_hand(c, s) && s.subscription->subscriber == made.record.who.id;
}

/// Once it is in the journal: into the table, shown, and kept for a retry within minutes.
void finish_issuing(const ask_ptr<shown_once_told>& c, issuing made, const engine::answer& done) {
    if (done.replayed)
        return c->refuse(
            {code::shown_already, "This was answered before, and a token is shown once; ask for another.", {}});
    const auto* wanted = wanted_in(done);
    if (!is_still_in_hand(*c, made)) {
        domain::end_sessions over{{}, {}, "what opened it was lost or removed"};
        over.print = domain::token_print(made.record.digest);
        return end_sessions_then(c, made.record.who.id, std::move(over),
                                 [](const ask_ptr<shown_once_told>& same) { same->refuse(not_signed_in()); });
    }
    made.record.in_journal = false;  // the register takes it up when the journal says that it is in force
    const int serial = wanted == nullptr ? 0 : wanted->serial;
    run_aside(c, [c, made = std::move(made), serial]() -> afterwards {
        auto added = c->at->with.tokens->add(made.record);
        return [c, made, serial, added = std::move(added)] {
            if (!added) return c->refuse(added.error());
            auto shown = made.record;
            shown.in_journal = serial == 0;
            auto text =
                made.signs_in ? text_of_signed_in(made) : text_of_issued(token_of(shown, c->now()), made, serial);
            if (c->once) c->at->secrets_shown.keep(*c->once, text, c->now());
            c->answer({std::move(text), 0, false, serial != 0});
        };
    });
}

void submit_issuing(const ask_ptr<shown_once_told>& c, issuing made) {
    auto what = submission_of(*c, credential_stream(made.record.who.as, made.record.who.id),
                              domain::credential_command{made.command});
    what.must_exist = false;
    if (made.signs_in) what.once.reset();  // the code was good once: there is no second time
    submit(c, std::move(what),
           [made = std::move(made)](const ask_ptr<shown_once_told>& same, const engine::answer& done) {
               finish_issuing(same, made, done);
           });
}

std::optional<label> holder_in(const asked& c) {
    auto id = label::parse(c.ids[0]);
    return id ? std::optional(std::move(*id)) : std::nullopt;
}

result<credential_history_view> credential_entry_of(const port::entry& entry) {
    TRY(meta, base::from_json<engine::entry_meta>(entry.meta));
    TRY(events, base::from_json<std::vector<domain::credential_event>>(entry.events));
    std::vector<base::raw_json> seen;
    for (const auto& one : events)
        if (auto text = event_as_seen(one, role::admin)) seen.push_back(std::move(*text));
    return credential_history_view{entry.version, entry.at, std::move(meta.by), std::move(seen), entry.hash};
}

result<engine::view_ptr> staff_credential(const asked& c) {
    const auto id = holder_in(c);
    if (!id) return refuse(code::not_found, "There is no such holder.");
    auto view = c.core_of().read(credential_stream(role::agent, *id));
    if (!view && view.error().what == code::not_found) return refuse(code::not_found, "There is no such holder.");
    return view;
}

void answer_token_request(const ask_ptr<told<request_view>>& c, const engine::answer& done, int serial) {
    c->at->doors.forget(done.view->credential().holder);  // its sessions may have ended with it
    const auto* asked = done.view->credential().asked.find(serial);
    if (asked == nullptr) return c->refuse({code::not_found, "There is no such request."});
    c->answer({request_of(*c, *done.view, *asked)});
}

/// What was just signed opens doors from the next request on, and the list of tokens says so.
void take_up_issued(const ask_ptr<told<request_view>>& c, const engine::answer& done,
                    std::function<void(const ask_ptr<told<request_view>>&, const engine::answer&)> next) {
    run_aside(c, [c, done, next = std::move(next)]() -> afterwards {
        for (const auto& one : done.events) {
            const auto* event = std::get_if<domain::credential_event>(&one);
            const auto* issued = event == nullptr ? nullptr : std::get_if<domain::token_issued>(event);
            if (issued == nullptr) continue;
            port::token_record row;
            row.digest = issued->token.digest;
            if (const auto taken = c->at->with.tokens->take_up(row); !taken)
                c->at->with.log->warning("token_not_taken_up", c->correlation, {{"reason", taken.error().words}});
        }
        return [c, done, next] { next(c, done); };
    });
}

void on_token_request(const ask_ptr<told<request_view>>& c, domain::credential_command what, int serial) {
    const auto view = staff_credential(*c);
    if (!view) return c->refuse(view.error());
    if (std::holds_alternative<domain::countersign>(what))
        if (auto may = check_signing(*c, (*view)->credential().asked.find(serial)); !may) return c->refuse(may.error());
    submit(c, submission_of(*c, (*view)->key, std::move(what)),
           [serial](const ask_ptr<told<request_view>>& same, const auto& done) {
               take_up_issued(same, done,
                              [serial](const ask_ptr<told<request_view>>& there, const engine::answer& same_done) {
                                  answer_token_request(there, same_done, serial);
                              });
           });
}

/// Ends a holder's tokens at once: first where requests look, then in the journal.
void end_tokens(const ask_ptr<revoked_view>& c, bool customer, const label& id, std::string why,
                std::function<void(const ask_ptr<revoked_view>&, int)> next) {
    run_aside(c, [c, customer, id, why = std::move(why), next = std::move(next)]() -> afterwards {
        const auto revoked = c->at->with.tokens->revoke(customer, id.text(), c->now());
        c->at->doors.forget(id);
        return [c, customer, id, why, next, revoked] {
            if (!revoked) return c->refuse(revoked.error());
            auto what =
                submission_of(*c, credential_stream(customer ? role::subscriber : role::agent, id),
                              domain::credential_command{domain::revoke_tokens{why}}, customer ? "customer" : "staff");
            submit_whatever(c, std::move(what),
                            [next, n = *revoked](const ask_ptr<revoked_view>& same, const auto& done) {
                                if (!done && done.error().what != code::not_found) return same->refuse(done.error());
                                next(same, n);
                            });
        };
    });
}

session_item session_of(const asked& c, const domain::held_token& one) {
    session_item out;
    out.print = domain::token_print(one.digest);
    out.way = one.way;
    out.level = one.level;
    if (!one.line.empty()) out.number = one.line;
    if (one.passkey != 0) out.passkey = one.passkey;
    out.since = one.since;
    out.expires_at = one.expires_at;
    out.own = one.digest == c.who.digest;
    return out;
}

int sessions_ended_in(const engine::answer& done) {
    int out = 0;
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::credential_event>(&one);
        const auto* ended = event == nullptr ? nullptr : std::get_if<domain::sessions_ended>(event);
        if (ended != nullptr) out += static_cast<int>(ended->digests.size());
    }
    return out;
}

void answer_revoked(const ask_ptr<revoked_view>& c, int revoked) {
    if (c->at->with.tokens_acknowledged) c->at->with.tokens_acknowledged();
    c->answer({revoked});
}

}  // namespace

// ------------------------------------------------------------------------------------------------ going on

/// Done by the server itself once it is signed (desk/stops.hpp).
void desk::let_go_on(request by, said<going_on_body> in, reply<told<request_view>> then) {
    take(shared_, use::let_go_on, std::move(by), {}, std::move(then), [&](const ask_ptr<told<request_view>>& c) {
        if (!in) return c->refuse(in.error());
        if (!c->at->with.stopped) return c->refuse({code::not_found, "Nothing stops here."});
        auto detail = c->at->with.stopped(in->what, in->most.value_or(0), in->holder ? in->holder->text() : "");
        if (!detail) return c->refuse(detail.error());
        domain::let_go_on command{in->what, std::move(*detail), std::move(in->reason), c->now()};
        auto what = submission_of(*c, credential_stream(role::admin, domain::console_holder()),
                                  domain::credential_command{std::move(command)});
        what.must_exist = false;
        submit(c, std::move(what), [](const ask_ptr<told<request_view>>& same, const engine::answer& done) {
            const auto* asked = wanted_in(done);
            if (asked == nullptr) return same->refuse({code::internal, "It was not asked for."});
            same->answer({request_of(*same, *done.view, *asked), 0, false, true});
        });
    });
}

void desk::list_tokens(request by, reply<page_of<token_view>> then) {
    take(shared_, use::list_tokens, std::move(by), {}, std::move(then), [&](const ask_ptr<page_of<token_view>>& c) {
        run_aside(c, [c]() -> afterwards {
            auto all = c->at->with.tokens->all();
            return [c, all = std::move(all)] {
                if (!all) return c->refuse(all.error());
                c->answer({views_of(*c, *all), {}});
            };
        });
    });
}

void desk::issue_token(request by, said<token_body> in, reply<shown_once_told> then) {
    take(shared_, use::issue_token, std::move(by), {}, std::move(then), [&](const ask_ptr<shown_once_told>& c) {
        if (!in) return c->refuse(in.error());
        if (answered_again(c)) return;
        run_aside(c, [c, in = std::move(*in)]() -> afterwards {
            auto made = new_token(*c, in);
            const auto all = tokens_and_accounts(*c);
            return [c, made = std::move(made), all = std::move(all)]() mutable {
                if (!made) return c->refuse(made.error());
                if (!all) return c->refuse(all.error());
                made->command.lone_admin = is_lone_admin(*all);
                made->command.anothers_name = is_anothers_name(*all, made->record.who, c->who.who, c->now());
                submit_issuing(c, std::move(*made));
            };
        });
    });
}

void desk::open_session(request by, const std::string& holder_id, said<session_body> in, reply<shown_once_told> then) {
    take(
        shared_, use::open_session, std::move(by), {holder_id}, std::move(then),
        [&](const ask_ptr<shown_once_told>& c) {
            if (!in) return c->refuse(in.error());
            if (answered_again(c)) return;
            const auto id = holder_in(*c);
            const auto known = id ? c->core_of().read({port::stream_kind::subscriber, id->text()})
                                  : result<engine::view_ptr>(refuse(code::not_found, ""));
            if (!known || (*known)->subscriber().erased_at)
                return c->refuse({code::not_found, "There is no such subscriber."});
            const auto longest =
                std::chrono::duration_cast<base::minutes>(c->at->with.token_rules.session_longest).count();
            const int minutes = in->minutes.value_or(static_cast<int>(longest));
            if (minutes < 1 || minutes > longest)
                return c->refuse(
                    {code::invalid, "`minutes` must be 1 to " + std::to_string(longest) + ".", {{"field", "minutes"}}});
            // A portal that speaks through the app opens no session of the web.
            auto wanted = in->channels.empty() ? c->who.channels : in->channels;
            for (const auto one : wanted)
                if (std::ranges::find(c->who.channels, one) == c->who.channels.end())
                    return c->refuse(
                        {code::forbidden, "This portal is not bound to that channel.", {{"field", "channels"}}});
            token_body body;
            body.role = role::subscriber;
            body.id = *id;
            body.channels = std::move(wanted);
            body.expires_at = base::iso(c->now() + base::minutes{minutes});
            auto made = new_token(*c, body);
            if (!made) return c->refuse(made.error());
            made->record.origin = made->command.token.origin = domain::token_origin::portal;
            made->record.level = made->command.token.level = in->level.value_or(domain::session_level::reach);
            submit_issuing(c, std::move(*made));
        });
}

void open_session_signed_in(const ask_ptr<shown_once_told>& c, const session_wanted& what) {
    token_body body;
    body.role = role::subscriber;
    body.id = what.of;
    body.channels = c->who.channels;
    body.expires_at = base::iso(c->now() + c->at->with.token_rules.session_longest);
    auto made = new_token(*c, body);
    if (!made) return c->refuse(made.error());
    made->signs_in = true;
    made->record.origin = made->command.token.origin = domain::token_origin::portal;
    made->record.level = made->command.token.level = what.level;
    made->command.token.line = what.line;
    made->command.token.way = what.way;
    made->command.token.passkey = what.passkey;
    submit_issuing(c, std::move(*made));
}

void desk::end_sessions(request by, const std::string& holder_id, said<nothing> in, reply<revoked_view> then) {
    take(shared_, use::end_sessions, std::move(by), {holder_id}, std::move(then), [&](const ask_ptr<revoked_view>& c) {
        if (!in) return c->refuse(in.error());
        const auto id = holder_in(*c);
        if (!id || (c->is_customer() && *id != c->who.who.id))
            return c->refuse({code::not_found, "There is no such subscriber."});
        end_tokens(c, true, *id, "ended by request", answer_revoked);
    });
}

/// As the journal has them: nothing is a session that it does not say; and one that rested too long is none.
void desk::list_sessions(request by, const std::string& subscriber, reply<page_of<session_item>> then) {
    using mine = ask_ptr<page_of<session_item>>;
    take(shared_, use::list_sessions, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        const auto person = person_for(*c, c->ids[0]);
        if (!person) return c->refuse(person.error());
        const auto view = c->core_of().read(credential_stream(role::subscriber, (*person)->subscriber().id));
        if (!view && view.error().what != code::not_found) return c->refuse(view.error());
        if (!view) return c->answer({});
        run_aside(c, [c, view = *view]() -> afterwards {
            page_of<session_item> out;
            const auto& s = view->credential();
            for (const auto& one : s.tokens) {
                if (domain::token_in_force(s, one.digest, c->now()) == nullptr) continue;
                const auto known = c->at->with.tokens->find(one.digest);
                if (!known) return [c, why = known.error()] { c->refuse(why); };
                if (*known) out.items.push_back(session_of(*c, one));
            }
            std::ranges::sort(out.items, std::ranges::greater(), &session_item::since);
            return [c, out = std::move(out)]() mutable { c->answer(std::move(out)); };
        });
    });
}

void desk::end_session(request by, const std::string& subscriber, const std::string& print, said<nothing> in,
                       reply<revoked_view> then) {
    using mine = ask_ptr<revoked_view>;
    take(shared_, use::end_session, std::move(by), {subscriber, print}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto person = person_for(*c, c->ids[0]);
        if (!person) return c->refuse(person.error());
        const auto id = (*person)->subscriber().id;
        domain::end_sessions over{{}, {}, "ended by request"};
        over.print = c->ids[1];
        auto what = submission_of(*c, credential_stream(role::subscriber, id), domain::credential_command{over});
        submit_whatever(c, std::move(what), [id](const mine& same, const result<engine::answer>& done) {
            if (!done && done.error().what != code::not_found) return same->refuse(done.error());
            same->at->doors.forget(id);
            same->answer({done ? sessions_ended_in(*done) : 0});
        });
    });
}

void desk::revoke_tokens(request by, const std::string& holder_id, said<nothing> in, reply<revoked_view> then) {
    take(shared_, use::revoke_tokens, std::move(by), {holder_id}, std::move(then), [&](const ask_ptr<revoked_view>& c) {
        if (!in) return c->refuse(in.error());
        const auto id = holder_in(*c);
        if (!id) return c->refuse({code::not_found, "There is no such holder."});
        end_tokens(c, false, *id, "revoked", [id = *id](const ask_ptr<revoked_view>& same, int of_staff) {
            end_tokens(same, true, id, "revoked",
                       [of_staff](const ask_ptr<revoked_view>& again, int n) { answer_revoked(again, of_staff + n); });
        });
    });
}

namespace {

void answer_acknowledged(const ask_ptr<nothing>& c, const engine::answer& done) {
    c->at->doors.forget(done.view->credential().holder);
    run_aside(c, [c]() -> afterwards {
        if (c->at->with.tokens_acknowledged) c->at->with.tokens_acknowledged();
        return [c] { c->answer({}); };
    });
}

}  // namespace

void desk::acknowledge_tokens(request by, const std::string& holder_id, said<acknowledgement_body> in,
                              reply<nothing> then) {
    take(shared_, use::acknowledge_tokens, std::move(by), {holder_id}, std::move(then), [&](const ask_ptr<nothing>& c) {
        if (!in) return c->refuse(in.error());
        const auto view = staff_credential(*c);
        if (!view) return c->refuse(view.error());
        run_aside(c, [c, key = (*view)->key, in = std::move(*in)]() -> afterwards {
            const auto all = c->at->with.tokens->all();
            return [c, key, all, in] {
                if (!all) return c->refuse(all.error());
                const domain::acknowledge_tokens what{c->at->with.token_rules.kin.count(),
                                                      are_all_admins_by_file(*all, c->now()), in.tokens, in.acts};
                submit(c, submission_of(*c, key, domain::credential_command{what}), answer_acknowledged);
            };
        });
    });
}

void desk::list_token_requests(request by, const std::string& holder_id, reply<page_of<request_view>> then) {
    take(shared_, use::list_token_requests, std::move(by), {holder_id}, std::move(then),
         [&](const ask_ptr<page_of<request_view>>& c) {
             const auto view = staff_credential(*c);
             if (!view) return c->refuse(view.error());
             std::vector<request_view> items;
             for (const auto& one : (*view)->credential().asked.list) items.push_back(request_of(*c, **view, one));
             c->answer({std::move(items), {}});
         });
}

void desk::countersign_token(request by, const std::string& holder_id, const std::string& which, said<nothing> in,
                             reply<told<request_view>> then) {
    take(shared_, use::countersign_token, std::move(by), {holder_id, which}, std::move(then),
         [&](const ask_ptr<told<request_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto serial = serial_in(c->ids[1]);
             if (!serial) return c->refuse({code::not_found, "There is no such request."});
             on_token_request(c, domain::countersign{*serial}, *serial);
         });
}

void desk::refuse_token(request by, const std::string& holder_id, const std::string& which, said<reason_body> in,
                        reply<told<request_view>> then) {
    take(shared_, use::refuse_token, std::move(by), {holder_id, which}, std::move(then),
         [&](const ask_ptr<told<request_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto serial = serial_in(c->ids[1]);
             if (!serial) return c->refuse({code::not_found, "There is no such request."});
             on_token_request(c, domain::refuse_second{*serial, std::move(in->reason)}, *serial);
         });
}

void desk::read_token_history(request by, const std::string& holder_id, reply<page_of<credential_history_view>> then) {
    take(shared_, use::read_token_history, std::move(by), {holder_id}, std::move(then),
         [&](const ask_ptr<page_of<credential_history_view>>& c) {
             const auto view = staff_credential(*c);
             if (!view) return c->refuse(view.error());
             const auto id = (*view)->key;
             run_aside(c, [c, view = *view]() -> afterwards {
                 auto entries = c->core_of().history(*view, 1, entries_shown);
                 return [c, entries = std::move(entries)] {
                     if (!entries) return c->refuse(entries.error());
                     std::vector<credential_history_view> items;
                     for (const auto& one : *entries) {
                         auto shown = credential_entry_of(one);
                         if (!shown) return c->refuse(shown.error());
                         items.push_back(std::move(*shown));
                     }
                     c->answer({std::move(items), {}});
                 };
             });
         });
}

}  // namespace keepline::desk
