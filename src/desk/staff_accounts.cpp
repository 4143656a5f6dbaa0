// Accounts of staff as administrators open, reset and disable them, and the sessions that somebody has by theirs. What
// may be opened by whom is the domain's (domain/credential/account.hpp); how they sign in: staff_sign_in.cpp.
#include "desk/accounts.hpp"
#include "desk/answered_again.hpp"
#include "desk/staff_door.hpp"
#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;

namespace {
namespace staff_in {

using namespace staff_door;  // NOLINT(google-build-using-namespace): what the files about signing in share

constexpr std::size_t code_bytes = 10;  // of an invitation: 80 bits, as 16 letters and digits
constexpr auto invited_for = base::hours{72};

/// Sixteen letters and digits in fours, as people read them out.
std::string new_invitation(const asked& c) {
    base::bytes raw(code_bytes);
    c.at->with.random->fill(raw);
    const auto letters = base::base32(raw);
    std::string out;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (i > 0 && i % 4 == 0) out += '-';
        out += letters[i];
    }
    return out;
}
// -- views

staff_account_view account_of(const domain::credential_state& s, instant now) {
    const auto& is = *s.account;
    staff_account_view out;
    out.name = s.holder;
    out.role = is.as;
    out.person = is.person;
    out.channels = is.channels;
    const bool waits = is.disabled_at && !is.provided.empty() && !is.signed_in_at && !is.taken_up_at;
    out.state = waits                ? account_state::waiting
                : is.disabled_at     ? account_state::disabled
                : is.is_active()     ? account_state::active
                : is.is_invited(now) ? account_state::invited
                                     : account_state::lapsed;
    out.since = is.since;
    out.by = is.by.id;
    if (is.second) out.second = is.second->id;
    if (out.state == account_state::invited) out.invited_until = is.invited_until;
    if (is.signed_in_at) out.signed_in_at = is.signed_in_at;
    if (is.wrong > 0) out.wrong_codes = is.wrong;
    if (is.is_provided()) out.provided = true;
    return out;
}

/// The invitation was shown now, and is shown to nobody again.
void answer_invited(const ask_ptr<shown_once_told>& c, const engine::answer& done, const invited_view& made,
                    const std::string& digest) {
    if (done.replayed)
        return c->refuse(
            {code::shown_already, "This was answered before, and an invitation is shown once; ask for a reset.", {}});
    auto view = made;
    if (const auto* wanted = wanted_in(done)) view.request = wanted->serial;
    run_aside(c, [c, view, digest]() -> afterwards {
        const auto added = add_row(*c, {domain::role::agent, view.name, view.name, {}}, digest);
        return [c, view, added] {
            if (!added) return c->refuse(added.error());
            auto text = base::to_json(view, base::form::api);
            if (c->once) c->at->secrets_shown.keep(*c->once, text, c->now());
            c->at->doors.forget(view.name);
            c->answer({std::move(text), 0, false, view.request.has_value()});
        };
    });
}
invited_view invited(const label& name, domain::role as, const label& person, const std::string& invitation) {
    return {name, as, person, invitation, std::chrono::hours(invited_for).count(), {}};
}

std::optional<label> name_in(const std::string& text) {
    auto name = label::parse(text);
    return name ? std::optional(std::move(*name)) : std::nullopt;
}

domain::open_account opening(const asked& c, const staff_account_body& in, std::vector<domain::channel> channels,
                             const std::string& invitation, const std::vector<port::token_record>& all) {
    domain::open_account out;
    out.holder = in.name;
    out.as = in.role;
    out.person = in.person.value_or(in.name);
    out.channels = std::move(channels);
    out.invitation = digest_of_invitation(c, in.name, invitation);
    out.invited_ms = base::duration{invited_for}.count();
    out.kin_ms = c.at->with.token_rules.kin.count();
    out.lone_admin = is_lone_admin(all);
    out.anothers_name = is_anothers_name(all, {out.as, out.holder, out.person, {}}, c.who.who, c.now());
    return out;
}

}  // namespace staff_in
}  // namespace

// ------------------------------------------------------------------------------------------------ all of them

result<std::vector<engine::view_ptr>> all_accounts(const asked& c) {
    constexpr std::size_t page = 200;
    port::stream_filter which;
    which.kind = port::stream_kind::credential;
    which.stage = engine::stage_of_account;
    std::vector<engine::view_ptr> out;
    std::string after;
    do {
        TRY(listed, c.core_of().list(which, after, page));
        for (const auto& one : listed.streams) {
            TRY(view, c.core_of().read(one.key));
            if (view->credential().account) out.push_back(std::move(view));
        }
        after = listed.next;
    } while (!after.empty());
    return out;
}

result<std::vector<port::token_record>> tokens_and_accounts(const asked& c) {
    TRY(all, c.at->with.tokens->all());
    TRY(accounts, all_accounts(c));
    for (const auto& one : accounts) {
        const auto& s = one->credential();
        port::token_record row;
        row.who = {s.account->as, s.holder, s.account->person, {}};
        row.created_at = s.account->since;
        // Whom nobody ever saw sign in is no second administrator who could sign; the name is taken all the same.
        row.in_journal = s.account->taken_up_at || s.account->signed_in_at;
        if (s.account->disabled_at && !row.in_journal) continue;
        if (s.account->disabled_at) row.revoked_at = s.account->disabled_at;
        all.push_back(std::move(row));
    }
    return all;
}

// ------------------------------------------------------------------------------------------------ one's own sessions

void desk::read_staff_session(request by, reply<staff_session_view> then) {
    take(shared_, use::read_staff_session, std::move(by), std::move(then), [&](const ask_ptr<staff_session_view>& c) {
        if (c->who.origin != domain::token_origin::account)
            return c->refuse({code::not_found, "You came with a token: there is no session."});
        auto view =
            staff_in::session_of(*c, c->who.who, c->who.channels, c->who.since, c->who.expires_at.value_or(instant{}));
        const auto stream = c->core_of().read(staff_in::stream_of(c->who.who.id));
        const auto* own = stream ? domain::token_in_force((*stream)->credential(), c->who.digest, c->now()) : nullptr;
        if (own != nullptr && !own->provided.empty()) view.provided = true;
        c->answer(std::move(view));
    });
}

void desk::list_staff_sessions(request by, reply<page_of<staff_session_item>> then) {
    using mine = ask_ptr<page_of<staff_session_item>>;
    take(shared_, use::list_staff_sessions, std::move(by), std::move(then), [&](const mine& c) {
        const auto view = c->core_of().read(staff_in::stream_of(c->who.who.id));
        if (!view && view.error().what != code::not_found) return c->refuse(view.error());
        page_of<staff_session_item> out;
        if (!view) return c->answer(std::move(out));
        const auto& s = (*view)->credential();
        for (const auto& one : s.tokens)
            if (one.origin == domain::token_origin::account &&
                domain::token_in_force(s, one.digest, c->now()) != nullptr)
                out.items.push_back({domain::token_print(one.digest), one.since, one.expires_at,
                                     one.digest == c->who.digest,
                                     one.passkey == 0 ? std::nullopt : std::optional(one.passkey)});
        std::ranges::sort(out.items, std::ranges::greater(), &staff_session_item::since);
        c->answer(std::move(out));
    });
}

void desk::end_staff_session(request by, const std::string& which, said<nothing> in, reply<revoked_view> then) {
    using mine = ask_ptr<revoked_view>;
    take(shared_, use::end_staff_session, std::move(by), {which, {}}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        domain::end_sessions over{{}, {}, "ended by request"};
        over.print = c->ids[0] == "current" ? domain::token_print(c->who.digest) : c->ids[0];
        auto what = submission_of(*c, staff_in::stream_of(c->who.who.id), domain::credential_command{std::move(over)});
        submit_whatever(c, std::move(what), [](const mine& same, const result<engine::answer>& done) {
            if (!done && done.error().what != code::not_found) return same->refuse(done.error());
            same->at->doors.forget(same->who.who.id);
            const bool ended = done && !done->events.empty();
            if (!ended && same->ids[0] != "current")
                return same->refuse({code::not_found, "You have no such session."});
            same->answer({ended ? 1 : 0});
        });
    });
}

// ------------------------------------------------------------------------------------------------ by administrators

void desk::list_accounts(request by, reply<page_of<staff_account_view>> then) {
    take_aside(shared_, use::list_accounts, std::move(by), std::move(then),
               [](const asked& c) -> result<page_of<staff_account_view>> {
                   TRY(all, all_accounts(c));
                   page_of<staff_account_view> out;
                   for (const auto& one : all) out.items.push_back(staff_in::account_of(one->credential(), c.now()));
                   std::ranges::sort(out.items, {}, &staff_account_view::name);
                   return out;
               });
}

void desk::open_account(request by, said<staff_account_body> in, reply<shown_once_told> then) {
    using mine = ask_ptr<shown_once_told>;
    take(shared_, use::open_account, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (!is_staff(in->role))
            return c->refuse(
                {code::invalid, "An account is an agent's, a reviewer's or an administrator's.", {{"field", "role"}}});
        auto channels = bound_channels(in->role, in->channels);
        if (!channels) return c->refuse(channels.error());
        if (answered_again(c)) return;
        run_aside(c, [c, in = std::move(*in), channels = std::move(*channels)]() -> afterwards {
            auto all = tokens_and_accounts(*c);
            return [c, in, channels, all = std::move(all)] {
                if (!all) return c->refuse(all.error());
                const auto invitation = staff_in::new_invitation(*c);
                auto command = staff_in::opening(*c, in, channels, invitation, *all);
                const auto digest = command.invitation;
                const auto view = staff_in::invited(in.name, in.role, command.person, invitation);
                auto what =
                    submission_of(*c, staff_in::stream_of(in.name), domain::credential_command{std::move(command)});
                what.must_exist = false;
                submit(c, std::move(what), [view, digest](const mine& same, const engine::answer& done) {
                    staff_in::answer_invited(same, done, view, digest);
                });
            };
        });
    });
}

void desk::reset_account(request by, const std::string& account, said<nothing> in, reply<shown_once_told> then) {
    using mine = ask_ptr<shown_once_told>;
    take(shared_, use::reset_account, std::move(by), {account, {}}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto name = staff_in::name_in(c->ids[0]);
        const auto known = name ? staff_in::account_named(*c, *name) : std::nullopt;
        if (!known) return c->refuse({code::not_found, "There is no such account."});
        if (answered_again(c)) return;
        run_aside(c, [c, name = *name, known = *known]() -> afterwards {
            auto all = tokens_and_accounts(*c);
            return [c, name, known, all = std::move(all)] {
                if (!all) return c->refuse(all.error());
                const auto invitation = staff_in::new_invitation(*c);
                const domain::reset_account command{staff_in::digest_of_invitation(*c, name, invitation),
                                                    base::duration{staff_in::invited_for}.count(),
                                                    c->at->with.token_rules.kin.count(), is_lone_admin(*all)};
                submit(c, submission_of(*c, staff_in::stream_of(name), domain::credential_command{command}),
                       [view = staff_in::invited(name, known.as, known.person, invitation),
                        digest = command.invitation](const mine& same, const engine::answer& done) {
                           staff_in::answer_invited(same, done, view, digest);
                       });
            };
        });
    });
}

void desk::disable_account(request by, const std::string& account, said<reason_body> in,
                           reply<staff_account_view> then) {
    using mine = ask_ptr<staff_account_view>;
    take(shared_, use::disable_account, std::move(by), {account, {}}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto name = staff_in::name_in(c->ids[0]);
        const auto known = name ? staff_in::account_named(*c, *name) : std::nullopt;
        if (!known) return c->refuse({code::not_found, "There is no such account."});
        submit(c,
               submission_of(*c, staff_in::stream_of(*name),
                             domain::credential_command{domain::disable_account{std::move(in->reason)}}),
               [](const mine& same, const engine::answer& done) {
                   const auto& s = done.view->credential();
                   same->at->doors.forget(s.holder);
                   same->answer(staff_in::account_of(s, same->now()));
               });
    });
}

}  // namespace keepline::desk
