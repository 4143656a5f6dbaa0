// Passkeys of staff at the desk: made by whoever is in with password and code and gives both anew, shown instead of
// them by whoever signs in, listed and removed by their holder. What holds of them is the domain's
// (domain/credential/staff_passkeys.hpp). A stranger is answered alike whatever is wrong, as at the other doors.
#include "desk/passkey_answers.hpp"
#include "desk/sessions.hpp"
#include "desk/staff_secret.hpp"
#include "domain/passkey_rules.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {
namespace staff_passkey_desk {

using namespace passkey_answers;  // NOLINT(google-build-using-namespace): what all who make and show them share
using namespace staff_door;       // NOLINT(google-build-using-namespace): what the files about signing in share

constexpr std::string_view handle_prefix = "staff:";  // no subscriber has a colon in their id
constexpr std::string_view scope_of_signing_in = "staff sign-in";
constexpr int wrong_of_caller = 200;  // in a day, as of passwords; counted apart from them

std::string scope_of(const label& name) { return "staff passkey of " + name.text(); }

result<webauthn::relying_party> party(const asked& c) {
    if (c.at->with.console_origin.empty())
        return refuse(code::not_found, "Nobody signs in here: no `[console] origin` is configured.");
    return webauthn::party_of(c.at->with.console_origin);
}

base::error not_in() {
    return {code::unauthenticated,
            "This passkey signs nobody in: it was removed, or the page is too old. Take name, password and code.",
            {}};
}

staff_passkey_view view_of(const domain::passkey& one) {
    return {one.serial, one.place, one.synced, one.at, one.used_at, one.doubted_at};
}

/// Of whoever asks, where their session makes passkeys.
result<engine::view_ptr> maker_stream(const asked& c) {
    TRY(view, c.core_of().read(stream_of(c.who.who.id)));
    if (!domain::makes_passkeys(view->credential(), c.who.digest, c.now()))
        return std::unexpected(domain::no_session_for_passkeys());
    return view;
}

// -- one more

using making = ask_ptr<told<staff_passkey_view>>;

void proved(const making& c, const passkey_answers::made& what, const domain::staff_account& account,
            std::int64_t step) {
    domain::enrol_staff_passkey command{what.what,     account.secret,     step,
                                        c->who.digest, what.answers.nonce, what.answers.until};
    submit(c, as_holder(*c, c->who.who, std::move(command)), [](const making& same, const engine::answer& done) {
        const auto* made = event_in<domain::credential_event, domain::staff_passkey_enrolled>(done);
        if (made == nullptr) return same->refuse({code::internal, "Nothing was made."});
        same->answer({view_of(made->what), 0, false, true});
    });
}

void prove(const making& c, const staff_passkey_body& in, const passkey_answers::made& what,
           const domain::staff_account& account) {
    run_on(c->at->known_passwords, c, [c, in, what, account]() -> afterwards {
        const bool open = are_accounts_open(*c);
        const auto seen = open ? look(*c, c->who.who.id, account, in.password, in.totp) : looked();
        return [c, what, account, open, seen] {
            if (!open) return c->refuse(by_provider_only());
            if (!seen.password || !seen.step)
                return c->refuse({code::otp_wrong, "Password or code is wrong; it was counted."});
            proved(c, what, account, *seen.step);
        };
    });
}

// -- signing in

struct shown {
    label name;
    domain::staff_account account;
    domain::sign_in_by_staff_passkey command;  // but for the session
};
/// What was shown, if it is a passkey of somebody's who may sign in. Blocks.
result<shown> shown_in(const asked& c, const shown_passkey_body& in) {
    TRY(who, party(c));
    TRY(told, shown_as(c, scope_of_signing_in, in));
    if (!told.handle.starts_with(handle_prefix)) return refuse(code::not_found, "It is nobody's of the staff.");
    TRY(name, label::parse(std::string_view(told.handle).substr(handle_prefix.size())));
    TRY(view, c.core_of().read(stream_of(name)));
    const auto& s = view->credential();
    if (!s.account || !s.account->has_password() || is_held(c, name, s.account->secret))
        return refuse(code::not_found, "There is no such account.");
    const auto* one = domain::passkey_rules::find(s.passkeys.list, in.credential);
    if (one == nullptr) return refuse(code::not_found, "There is no such passkey.");
    TRY(count, check(told, who, *one));
    return shown{
        name, *s.account, {s.account->secret, in.credential, told.answers.nonce, told.answers.until, count, {}, {}}};
}

std::string counter_of(const asked& c, const std::string& caller) {
    return "passkey from " + c.secrets().keyed_digest("staff-caller", "", caller);
}

/// Somebody may have a copy, or the account changed meanwhile.
void log_why(const asked& c, const label& name, const result<engine::answer>& done) {
    const auto* doubted = done ? event_in<domain::credential_event, domain::staff_passkey_doubted>(*done) : nullptr;
    if (doubted != nullptr)
        c.at->with.log->warning("staff_passkey_doubted", c.correlation,
                                {{"account", name.text()}, {"passkey", std::to_string(doubted->serial)}});
    else
        log_refused(c, done ? "nothing happened" : done.error().words);
}

void enter_with(const ask_ptr<staff_entered>& c, const shown& who, const std::function<void()>& no) {
    const domain::actor holder{who.account.as, who.name, who.account.person, {}};
    auto made = new_session(*c, holder, who.account.channels);
    auto command = who.command;
    command.digest = made.record.digest;
    command.lives_ms = c->at->with.token_rules.console_session.count();
    submit_whatever(c, as_holder(*c, holder, std::move(command)),
                    [made, no](const ask_ptr<staff_entered>& same, const result<engine::answer>& done) {
                        const auto& name = made.record.who.id;
                        if (done && event_in<domain::credential_event, domain::staff_passkey_used>(*done) != nullptr) {
                            same->at->doors.forget(name);  // others of theirs may have ended with it
                            return let_in(same, made);
                        }
                        if (!done && base::is_ours(done.error().what)) return same->refuse(done.error());
                        log_why(*same, name, done);
                        no();
                    });
}

}  // namespace staff_passkey_desk
}  // namespace

void desk::list_staff_passkeys(request by, reply<page_of<staff_passkey_view>> then) {
    using mine = ask_ptr<page_of<staff_passkey_view>>;
    take(shared_, use::list_staff_passkeys, std::move(by), std::move(then), [&](const mine& c) {
        const auto view = c->core_of().read(staff_passkey_desk::stream_of(c->who.who.id));
        if (!view && view.error().what != code::not_found) return c->refuse(view.error());
        page_of<staff_passkey_view> out;
        if (view)
            for (const auto& one : (*view)->credential().passkeys.list)
                out.items.push_back(staff_passkey_desk::view_of(one));
        c->answer(std::move(out));
    });
}

void desk::want_staff_passkey(request by, said<nothing> in, reply<passkey_wanted_view> then) {
    using mine = ask_ptr<passkey_wanted_view>;
    take(shared_, use::want_staff_passkey, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto who = staff_passkey_desk::party(*c);
        if (!who) return c->refuse(who.error());
        const auto view = staff_passkey_desk::maker_stream(*c);
        if (!view) return c->refuse(view.error());
        const auto& name = c->who.who.id;
        c->answer(
            staff_passkey_desk::wanted(*c, *who,
                                       {staff_passkey_desk::scope_of(name),
                                        std::string(staff_passkey_desk::handle_prefix) + name.text(), name.text()},
                                       (*view)->credential().passkeys.list));
    });
}

/// What the device says is looked at first, as it costs nothing; then the try is counted, and then password and code.
void desk::enrol_staff_passkey(request by, said<staff_passkey_body> in, reply<told<staff_passkey_view>> then) {
    using mine = staff_passkey_desk::making;
    take(shared_, use::enrol_staff_passkey, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto who = staff_passkey_desk::party(*c);
        if (!who) return c->refuse(who.error());
        const auto view = staff_passkey_desk::maker_stream(*c);
        if (!view) return c->refuse(view.error());
        const auto& s = (*view)->credential();
        auto what = staff_passkey_desk::made_in(*c, *who, staff_passkey_desk::scope_of(c->who.who.id), in->passkey);
        if (!what) return c->refuse(what.error());
        if (auto fine = domain::passkey_rules::check_made(s.passkeys.list, what->what); !fine)
            return c->refuse(fine.error());
        if (in->password.size() > password_max) in->password.clear();
        submit(c, staff_passkey_desk::as_holder(*c, c->who.who, domain::try_staff_proof{c->who.digest}),
               [in = std::move(*in), what = std::move(*what), account = *s.account](
                   const mine& same, const engine::answer&) { staff_passkey_desk::prove(same, in, what, account); });
    });
}

void desk::remove_staff_passkey(request by, const std::string& which, said<nothing> in, reply<done_told> then) {
    using mine = ask_ptr<done_told>;
    take(shared_, use::remove_staff_passkey, std::move(by), {which, {}}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (!staff_passkey_desk::account_named(*c, c->who.who.id))
            return c->refuse({code::not_found, "There is no such passkey."});
        const domain::remove_staff_passkey command{serial_in(c->ids[0]).value_or(0)};
        submit(c, submission_of(*c, staff_passkey_desk::stream_of(c->who.who.id), domain::credential_command{command}),
               [](const mine& same, const engine::answer&) {
                   same->at->doors.forget(same->who.who.id);
                   same->answer({});
               });
    });
}

void desk::ask_staff_passkey(request by, said<nothing> in, reply<passkey_challenge_view> then) {
    using mine = ask_ptr<passkey_challenge_view>;
    staff_passkey_desk::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto who = staff_passkey_desk::party(*c);
        if (!who) return c->refuse(who.error());
        const auto what = staff_passkey_desk::new_challenge(*c);
        c->answer({staff_passkey_desk::sealed(*c, staff_passkey_desk::scope_of_signing_in, what), who->id, what.until});
    });
}

void desk::sign_in_by_staff_passkey(request by, const std::string& caller, said<shown_passkey_body> in,
                                    reply<staff_entered> then) {
    using mine = ask_ptr<staff_entered>;
    staff_passkey_desk::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (auto here = staff_passkey_desk::party(*c); !here) return c->refuse(here.error());
        const auto counter = staff_passkey_desk::counter_of(*c, caller);
        if (c->at->staff_failures.look(counter, c->now()) >= staff_passkey_desk::wrong_of_caller)
            return c->refuse({code::too_many, "Too many wrong tries today; take name, password and code.", {}});
        const auto pace = answer_beat::begin(c);
        const std::function<void()> no = [c, pace, counter] {
            c->at->staff_failures.add(counter, c->now());
            pace->then([c] { c->refuse(staff_passkey_desk::not_in()); });
        };
        run_aside(c, [c, no, in = std::move(*in)]() -> afterwards {
            const bool open = staff_passkey_desk::are_accounts_open(*c);
            auto who =
                open ? staff_passkey_desk::shown_in(*c, in) : std::unexpected(staff_passkey_desk::by_provider_only());
            return [c, no, open, who = std::move(who)] {
                if (!open) return c->refuse(who.error());
                if (who) return staff_passkey_desk::enter_with(c, *who, no);
                staff_passkey_desk::log_refused(*c, who.error().words);
                no();
            };
        });
    });
}

}  // namespace keepline::desk
