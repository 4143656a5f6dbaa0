// How whoever of the staff signs in is let in, whatever showed who they are: a password, an invitation or a provider of
// identities. Only for the desk's own files.
#pragma once

#include "desk/commands.hpp"
#include "desk/taking.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace keepline::desk::staff_door {

inline constexpr std::size_t token_bytes = 32;
inline constexpr std::size_t caller_shown = 32;

/// Without a role that could be looked at: nobody is signed in yet.
template <typename T, typename Work>
void take_stranger(services& of, request in, reply<T> then, Work&& work) {
    const auto c = std::make_shared<asked_for<T>>();
    static_cast<request&>(*c) = std::move(in);
    c->at = &of;
    c->then = std::move(then);
    guarded(c, [&] { work(c); });
}

inline port::stream_key stream_of(const label& name) { return credential_stream(domain::role::agent, name); }

inline std::optional<domain::staff_account> account_named(const asked& c, const label& name) {
    const auto view = c.core_of().read(stream_of(name));
    return view ? (*view)->credential().account : std::nullopt;
}

/// From where somebody signs in, keyed to the name, for the journal.
inline std::string caller_of(const asked& c, const label& name, const std::string& caller) {
    return c.secrets().keyed_digest("caller", "staff:" + name.text(), caller).substr(0, caller_shown);
}

/// The table's own key, and not the request's: whoever signs in has made none.
inline engine::submission as_holder(const asked& c, const domain::actor& who, domain::credential_command what) {
    auto out = submission_of(c, stream_of(who.id), std::move(what));
    out.by = who;
    out.once.reset();
    out.expected_revision.reset();
    return out;
}

/// The account's own row in the table of tokens: it opens nothing, and what a restore holds, or somebody revokes, is
/// held by it. `what`: the invitation or the secret that it is about.
inline std::string row_digest(const asked& c, const label& name, std::string_view what) {
    return c.secrets().keyed_digest("account", name.text(), what);
}
inline result<void> add_row(const asked& c, const domain::actor& who, std::string_view what) {
    port::token_record row;
    row.digest = row_digest(c, who.id, what);
    row.who = who;
    row.note = "account";
    row.created_at = c.now();
    row.origin = domain::token_origin::account;
    row.in_journal = true;
    return c.at->with.tokens->add(row);
}
/// Blocks.
inline bool is_held(const asked& c, const label& name, std::string_view what) {
    for (const auto& digest : c.secrets().keyed_digests("account", name.text(), what)) {
        const auto row = c.at->with.tokens->find(digest);
        if (!row || (*row && (*row)->revoked_at)) return true;
    }
    return false;
}

inline constexpr std::string_view of_invitations = "staff-invitation";

/// Of one that was just made, as the account has it.
inline std::string digest_of_invitation(const asked& c, const label& name, std::string_view made) {
    return c.secrets().keyed_digest(of_invitations, name.text(), make::plain_recovery_code(made));
}

/// A session on its way.
struct entering {
    std::string token;
    port::token_record record;
};

inline entering new_session(const asked& c, const domain::actor& who, std::vector<domain::channel> channels) {
    entering out;
    out.token = c.at->with.random->token(token_bytes);
    auto& record = out.record;
    record.digest = c.secrets().keyed_digest("token", "", out.token);
    record.who = who;
    record.created_at = c.now();
    record.expires_at = c.now() + c.at->with.token_rules.console_session;
    record.channels = std::move(channels);
    record.origin = domain::token_origin::account;
    return out;
}

inline staff_session_view session_of(const asked& c, const domain::actor& who,
                                     const std::vector<domain::channel>& channels, instant since, instant until) {
    return {who.id,
            who.as,
            who.person,
            channels,
            since,
            until,
            std::chrono::duration_cast<base::minutes>(c.at->with.token_rules.console_idle).count(),
            {}};
}

/// It is in the journal: into the table where requests look, and in.
inline void let_in(const ask_ptr<staff_entered>& c, entering made) {
    run_aside(c, [c, made = std::move(made)]() -> afterwards {
        const auto added = c->at->with.tokens->add(made.record);
        return [c, made, added] {
            if (!added) return c->refuse(added.error());
            const auto& record = made.record;
            c->answer({made.token, session_of(*c, record.who, record.channels, record.created_at, *record.expires_at)});
        };
    });
}

using refusing = std::function<void(const ask_ptr<staff_entered>&, const base::error& why)>;

/// `no`: how it is said that the rules refuse it.
inline void enter(const ask_ptr<staff_entered>& c, engine::submission what, entering made, const refusing& no) {
    submit_whatever(
        c, std::move(what),
        [made = std::move(made), no](const ask_ptr<staff_entered>& same, const result<engine::answer>& done) {
            if (done) {
                same->at->doors.forget(made.record.who.id);  // others of theirs may have ended with it
                return let_in(same, made);
            }
            if (base::is_ours(done.error().what)) return same->refuse(done.error());
            no(same, done.error());
        });
}

}  // namespace keepline::desk::staff_door
