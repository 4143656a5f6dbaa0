// How the desk's files take a request in hand: the role is checked, the reply is called once, nothing leaves as an
// exception; and the two shapes that most commands have. Only for the desk's own files.
#pragma once

#include "base/ensure.hpp"
#include "desk/commands.hpp"
#include "desk/desk.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace keepline::desk {

/// A request whose reply takes a T.
template <typename T>
struct asked_for final : asked {
    reply<T> then;

    void answer(T with) {
        ENSURE(!answered);
        answered = true;
        then(std::move(with));
    }
    void refuse(const base::error& why) override {
        ENSURE(!answered);
        answered = true;
        then(std::unexpected(why));
    }
};
template <typename T>
using ask_ptr = std::shared_ptr<asked_for<T>>;

template <typename T, typename Work>
void take(services& of, const use_case& what, request in, reply<T> then, Work&& work) {
    const auto c = std::make_shared<asked_for<T>>();
    static_cast<request&>(*c) = std::move(in);
    c->at = &of;
    c->then = std::move(then);
    if (auto may = check_role(what, c->who); !may) return c->refuse(may.error());
    if (auto may = check_proof(what.at_stake, c->who, of.with.proof, c->now()); !may) return c->refuse(may.error());
    guarded(c, [&] { work(c); });
}

/// The same, with what it is about kept in the request.
template <typename T, typename Work>
void take(services& of, const use_case& what, request in, std::array<std::string, 2> ids, reply<T> then, Work&& work) {
    take(of, what, std::move(in), std::move(then), [&](const ask_ptr<T>& c) {
        c->ids = std::move(ids);
        work(c);
    });
}

/// Reads on a side thread.
template <typename T, typename Read>
void take_aside(services& of, const use_case& what, request in, reply<T> then, Read read) {
    take(of, what, std::move(in), std::move(then), [&](const ask_ptr<T>& c) {
        run_aside(c, [c, read = std::move(read)]() -> afterwards {
            result<T> found = read(*c);
            return [c, found = std::move(found)] { found ? c->answer(*found) : c->refuse(found.error()); };
        });
    });
}

// -- who looks at what is a person's

/// So many an hour, of one of the staff; 0: any number.
inline int looks_hourly(const asked& c) { return is_staff(c.role()) ? c.at->with.token_rules.searches_hourly : 0; }

/// Before anything is shown: who looks is counted in their own stream (`subject`: at what), and `note` goes into the
/// stream that it is about. `next`: (request) -> void.
template <typename T, typename Next>
void look_noted(const ask_ptr<T>& c, std::string subject, int hourly, engine::submission note, Next next) {
    domain::note_search looked{std::move(subject), true, hourly};
    submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(looked)}),
           [note = std::move(note), next = std::move(next)](const ask_ptr<T>& same, const engine::answer&) {
               submit(same, note, [next](const ask_ptr<T>& there, const engine::answer&) { next(there); });
           });
}
template <typename T, typename Next>
void look_noted(const ask_ptr<T>& c, std::string subject, engine::submission note, Next next) {
    look_noted(c, std::move(subject), looks_hourly(*c), std::move(note), std::move(next));
}

// -- answers

/// What is counted must be an event; to the caller it is a refusal all the same, and again when the request is
/// repeated. Which one, where nothing is locked by it: `why`.
template <typename Failed, typename Why>
std::optional<base::error> counted_refusal(const engine::answer& done, std::string_view locked, const Why& why) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* failed = event == nullptr ? nullptr : std::get_if<Failed>(event);
        if (failed == nullptr) continue;
        const base::detail tries{"wrong_tries", std::to_string(failed->wrong)};
        if (failed->locked_until)
            return base::error{
                base::code::otp_locked, std::string(locked), {tries, {"until", base::iso(*failed->locked_until)}}};
        const auto [what, words] = why(*failed);
        return base::error{what, words, {tries}};
    }
    return {};
}

/// It was only asked for: somebody else must sign it.
template <typename View>
void answer_request(const ask_ptr<told<View>>& c, const engine::answer& done, const domain::second_request& asked) {
    c->answer({request_of(*c, *done.view, asked), done.view->revision(), done.replayed});
}

template <typename View>
void answer_line_in(const ask_ptr<told<View>>& c, const engine::answer& done) {
    c->answer({line_of(*done.view, c->shown_to()), done.view->revision(), done.replayed});
}
inline void answer_line(const ask_ptr<line_told>& c, const engine::answer& done) { answer_line_in(c, done); }
/// The line, unless the proof failed.
inline void answer_proved(const ask_ptr<line_told>& c, const engine::answer& done) {
    if (auto failed = failed_proof(done)) return c->refuse(*std::move(failed));
    answer_line(c, done);
}

/// What the machine will ask for, to the customer who asked to be called and to nobody else: told by staff it would
/// bind no call to whom it is about.
inline void tell_call_code(const asked& c, const engine::stream_view& of, closure_view& shown) {
    if (c.shown_to() != reader::customer) return;
    const auto& now = *of.number().current;
    for (auto& one : shown.checks) {
        const auto* about = find_check(now, one.serial);
        if (about == nullptr || !is_open(*about) || !is_by_machine(*about) || !same_person(about->by, c.who.who))
            continue;
        one.call_code = c.secrets().call_code(port::call_back_scope(of.public_id, now.number), about->call_nonce);
    }
}

/// The line's latest closure; closure_missing when it has none (any more).
template <typename View>
void answer_case(const ask_ptr<told<View>>& c, const engine::answer& done, bool made = false) {
    if (!done.view->number().current) return c->refuse({base::code::closure_missing, "There is no such closure."});
    const auto rules = c->core_of().rules();
    const domain::context at{c->now(), rules.get(), c->who.who, c->through};
    auto shown = closure_of(*done.view, at, c->shown_to());
    tell_call_code(*c, *done.view, shown);
    c->answer({std::move(shown), done.view->revision(), done.replayed, made});
}
inline void answer_closure(const ask_ptr<closure_told>& c, const engine::answer& done) { answer_case(c, done); }
/// The same of proof in a case.
inline void answer_evidence(const ask_ptr<closure_told>& c, const engine::answer& done) {
    if (auto wrong = mismatched_proof(done)) return c->refuse(*std::move(wrong));
    answer_closure(c, done);
}

// -- the shapes of most commands

template <typename View>
using answerer = void (*)(const ask_ptr<told<View>>&, const engine::answer&);

template <typename View, typename Body, typename Make>
void submit_made(const ask_ptr<told<View>>& c, const engine::view_ptr& line, int closure, said<Body> in, Make make,
                 answerer<View> next) {
    if (!in) return c->refuse(in.error());
    auto command = make(make::asking{*c, *line, closure}, std::move(*in));
    if (!command) return c->refuse(command.error());
    submit(c, submission_of(*c, line->key, std::move(*command)),
           [next](const ask_ptr<told<View>>& same, const engine::answer& done) {
               if (const auto* asked = wanted_in(done)) return answer_request(same, done, *asked);
               next(same, done);
           });
}

/// A command about the line; the answer is the line, or whatever `Next` makes of it.
template <auto Make, auto Next = answer_line, typename View, typename Body>
void on_line(services& of, const use_case& what, request in, const std::string& line_id, said<Body> body,
             reply<told<View>> then) {
    take(of, what, std::move(in), std::move(then), [&](const ask_ptr<told<View>>& c) {
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        submit_made<View>(c, *line, 0, std::move(body), Make, Next);
    });
}

}  // namespace keepline::desk
