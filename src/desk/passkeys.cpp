// Passkeys at the desk: made in a session that a code to the line has just opened, shown by whoever signs in, listed
// and removed. What was signed is checked here (desk/webauthn.hpp), over the bytes as they came; what it opens and how
// often it counts is the domain's (domain/subscriber/passkeys.hpp). A challenge is sealed and kept nowhere: any node
// knows it again, and the person's stream remembers that it was answered.
#include "desk/answered_again.hpp"
#include "desk/line_in_hand.hpp"
#include "desk/passkey_answers.hpp"
#include "desk/person_for.hpp"
#include "desk/sessions.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {
namespace passkey_desk {

using namespace passkey_answers;  // NOLINT(google-build-using-namespace): what all who make and show them share

/// For one person who adds a passkey, or for whoever signs in.
std::string scope_of(const label& person) { return person.empty() ? "sign-in" : "passkey of " + person.text(); }

result<webauthn::relying_party> party(const asked& c) {
    if (c.at->with.portal_origin.empty())
        return refuse(code::not_found, "There are no passkeys here: no portal is configured ([portal] origin).");
    return webauthn::party_of(c.at->with.portal_origin);
}

/// Every refusal of a passkey: removed, copied, too old, or there never was one.
base::error not_let_in() {
    return {code::otp_wrong,
            "This passkey signs nobody in: it was removed, or the page is too old. Try again, or take a code.",
            {}};
}

passkey_view view_of(const domain::passkey& one, const domain::lines_lost& lost, instant now) {
    return {one.serial, one.place,     one.synced,  domain::level_of(one, lost, now),
            one.at,     one.full_from, one.used_at, one.doubted_at};
}

// -- one more

passkey_wanted_view wanted_of(const asked& c, const webauthn::relying_party& who, const domain::subscriber_state& s) {
    return wanted(c, who, {scope_of(s.id), s.id.text(), c.who.line.text()}, s.passkeys);
}

result<domain::enrol_passkey> enrolment(const asked& c, const domain::subscriber_state& s,
                                        const made_passkey_body& in) {
    TRY(who, party(c));
    TRY(made, made_in(c, who, scope_of(s.id), in));
    made.what.line = c.who.line;
    return domain::enrol_passkey{std::move(made.what), made.answers.nonce, made.answers.until, c.who.way, c.who.since};
}

// -- signing in

struct shown {
    label of;
    domain::sign_in_by_passkey command;
};
/// What was shown, if it is a passkey's of somebody's. Reads the lines of whom it names.
result<shown> shown_in(const asked& c, const shown_passkey_body& in) {
    TRY(who, party(c));
    TRY(told, shown_as(c, scope_of({}), in));
    TRY(id, label::parse(told.handle));
    TRY(view, c.core_of().read(key_of_subscriber(id)));
    const auto& s = view->subscriber();
    const auto* one = domain::find_passkey(s, in.credential);
    if (one == nullptr) return refuse(code::not_found, "There is no such passkey.");
    TRY(count, check(told, who, *one));
    return shown{id, {in.credential, told.answers.nonce, told.answers.until, count, lost_lines(c, s)}};
}

/// Once its stream has taken the challenge.
void let_in(const ask_ptr<shown_once_told>& c, const std::shared_ptr<answer_beat>& pace, const label& id,
            const result<engine::answer>& done) {
    if (const auto* used = done ? event_in<domain::subscriber_event, domain::passkey_used>(*done) : nullptr)
        return open_session_signed_in(c, {id, used->level, domain::sign_in_way::passkey, {}, used->serial});
    if (const auto* doubted = done ? event_in<domain::subscriber_event, domain::passkey_doubted>(*done) : nullptr)
        c->at->with.log->warning("passkey_doubted", c->correlation,
                                 {{"subscriber", id.text()}, {"passkey", std::to_string(doubted->serial)}});
    else
        log_refused(*c, done ? "nothing happened" : done.error().words);
    pace->then([c] { c->refuse(not_let_in()); });
}

}  // namespace passkey_desk
}  // namespace

void desk::want_passkey(request by, const std::string& subscriber, said<nothing> in, reply<passkey_wanted_view> then) {
    using mine = ask_ptr<passkey_wanted_view>;
    take(shared_, use::want_passkey, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto who = passkey_desk::party(*c);
        if (!who) return c->refuse(who.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        if (!domain::may_enrol_in(c->who.way, c->who.since, c->now()))
            return c->refuse(domain::no_session_to_enrol_in());
        c->answer(passkey_desk::wanted_of(*c, *who, (*view)->subscriber()));
    });
}

void desk::enrol_passkey(request by, const std::string& subscriber, said<made_passkey_body> in,
                         reply<told<passkey_view>> then) {
    using mine = ask_ptr<told<passkey_view>>;
    take(shared_, use::enrol_passkey, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        auto command = passkey_desk::enrolment(*c, (*view)->subscriber(), *in);
        if (!command) return c->refuse(command.error());
        submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{std::move(*command)}),
               [](const mine& same, const engine::answer& done) {
                   const auto& all = done.view->subscriber().passkeys;
                   const auto* made = passkey_desk::event_in<domain::subscriber_event, domain::passkey_enrolled>(done);
                   const auto serial = made != nullptr ? made->what.serial : all.empty() ? 0 : all.back().serial;
                   const auto* one = domain::find_passkey(done.view->subscriber(), serial);
                   if (one == nullptr) return same->refuse({code::not_found, "It was removed."});
                   same->answer({passkey_desk::view_of(*one, {}, same->now()), done.view->revision(), done.replayed,
                                 made != nullptr});
               });
    });
}

void desk::list_passkeys(request by, const std::string& subscriber, reply<page_of<passkey_view>> then) {
    using mine = ask_ptr<page_of<passkey_view>>;
    take(shared_, use::list_passkeys, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        const auto& s = (*view)->subscriber();
        const auto lost = lost_lines(*c, s);
        page_of<passkey_view> out;
        for (const auto& one : s.passkeys) out.items.push_back(passkey_desk::view_of(one, lost, c->now()));
        c->answer(std::move(out));
    });
}

/// And the sessions that it opened end with it.
void desk::remove_passkey(request by, const std::string& subscriber, const std::string& which, said<looking_body> in,
                          reply<done_told> then) {
    using mine = ask_ptr<done_told>;
    take(shared_, use::remove_passkey, std::move(by), {subscriber, which}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        const auto serial = serial_in(c->ids[1]).value_or(0);
        domain::remove_passkey command{serial, in->reason.value_or("")};
        submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{std::move(command)}),
               [serial](const mine& same, const engine::answer& done) {
                   domain::end_sessions over{{}, {}, "the passkey was removed"};
                   over.passkey = serial;
                   end_sessions_then(same, done.view->subscriber().id, std::move(over),
                                     [](const mine& there) { there->answer({}); });
               });
    });
}

void desk::ask_passkey(request by, said<nothing> in, reply<passkey_challenge_view> then) {
    using mine = ask_ptr<passkey_challenge_view>;
    take(shared_, use::ask_passkey, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto who = passkey_desk::party(*c);
        if (!who) return c->refuse(who.error());
        const auto what = passkey_desk::new_challenge(*c);
        c->answer({passkey_desk::sealed(*c, passkey_desk::scope_of({}), what), who->id, what.until});
    });
}

void desk::sign_in_by_passkey(request by, said<shown_passkey_body> in, reply<shown_once_told> then) {
    using mine = ask_ptr<shown_once_told>;
    take(shared_, use::sign_in_by_passkey, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (auto here = passkey_desk::party(*c); !here) return c->refuse(here.error());
        if (answered_again(c)) return;
        const auto pace = answer_beat::begin(c);
        run_aside(c, [c, pace, in = std::move(*in)]() -> afterwards {
            auto shown = passkey_desk::shown_in(*c, in);
            return [c, pace, shown = std::move(shown)] {
                if (!shown) {
                    passkey_desk::log_refused(*c, shown.error().words);
                    return pace->then([c] { c->refuse(passkey_desk::not_let_in()); });
                }
                submit_whatever(c, about_person(*c, shown->of, domain::subscriber_command{shown->command}),
                                [pace, id = shown->of](const mine& same, const result<engine::answer>& done) {
                                    passkey_desk::let_in(same, pace, id, done);
                                });
            };
        });
    });
}

}  // namespace keepline::desk
