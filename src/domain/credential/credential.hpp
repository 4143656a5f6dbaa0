// Credential, an aggregate of its own: one holder's access tokens. Who asked for each, who signed, for whom, when it
// was first used on a day, when it ended; and what its holder looked for, so that a budget can be kept. The journal is
// the truth; the store's table of tokens is what requests are looked up in. Webhooks are of this kind too, a standing
// right to read: all on the stream of webhook_holder().
//
// Tokens themselves are nowhere: `digest` is keyed. Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/credential/account.hpp"
#include "domain/credential/staff_passkeys.hpp"
#include "domain/decision.hpp"
#include "domain/effects.hpp"
#include "domain/second_person.hpp"
#include "domain/session_level.hpp"
#include "domain/webhook/webhook.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// How a token came to be. `founding`: one of the first two administrators, by whoever set the installation up; `file`:
/// later, past the API, by whoever can write the store's file; `portal`: a customer's session; `account`: one of the
/// staff's, who signed in with theirs (account.hpp).
enum class token_origin { admins, lone_admin, founding, file, portal, account };
BOOST_DESCRIBE_ENUM(token_origin, admins, lone_admin, founding, file, portal, account)

struct held_token {
    std::string digest;
    role as = role::agent;
    label person;            // of staff: the human being
    std::vector<label> kin;  // count as the same person until kin_until
    instant kin_until;
    std::vector<channel> channels;
    token_origin origin = token_origin::admins;
    instant since;
    instant expires_at;  // zero: never
    actor by;
    std::optional<actor> second;
    instant last_used;
    bool acknowledged = true;  // false: made with file access, and no administrator has said that they know
    session_level level = session_level::reach;  // of a customer's session
    base::msisdn line{};                         // whose SMS opened it; empty: something else did
    std::optional<sign_in_way> way{};            // that opened it here; none: a portal did by means of its own
    int passkey = 0;                             // of the person's, that opened it
    std::string provided{};     // of staff: whom a provider vouched for (account.hpp); empty: they had a password
    std::string at_provider{};  // their session there, as a digest; empty: it said none
    instant proved_at{};        // of staff: when they proved themself well enough for what matters most; zero: never
    bool operator==(const held_token&) const = default;
};
BOOST_DESCRIBE_STRUCT(held_token, (),
                      (digest, as, person, kin, kin_until, channels, origin, since, expires_at, by, second, last_used,
                       acknowledged, level, line, way, passkey, provided, at_provider, proved_at))

/// Whose tokens a holder's were: an id that was one's is not given to another by one administrator.
struct past_holder {
    role as = role::agent;
    label person;
    bool operator==(const past_holder&) const = default;
};
BOOST_DESCRIBE_STRUCT(past_holder, (), (as, person))

/// What a holder did lately that only so many times in an hour may be done.
struct spent {
    instant since;
    int count = 0;
    bool operator==(const spent&) const = default;
};
BOOST_DESCRIBE_STRUCT(spent, (), (since, count))

/// What the server stops for until somebody has looked: time that jumped, more endings in a day than were foreseen, and
/// what came back with a restore, tokens that may have been revoked since and refunds that may have been paid since.
/// A store that is not what the anchors saw of it. And, though nothing stops for it, what is done to the server's own
/// keys (`keepline keys`): told in the same way. These two are said at the command line only.
enum class stop_kind { clock, endings, tokens, refunds, keys, anchors };
BOOST_DESCRIBE_ENUM(stop_kind, clock, endings, tokens, refunds, keys, anchors)

/// Somebody let it go on. On the stream of whoever can write the store's file (console_name), by whomever it was.
struct let_go {
    int serial = 0;  // 1, 2, …
    stop_kind what = stop_kind::clock;
    std::string detail;  // what exactly, for the shell that carries it out
    std::string reason;
    actor by;
    std::optional<actor> second;
    instant asked_at;
    instant at;
    bool acknowledged = true;  // false: on the command line, and no administrator has said that they know
    bool operator==(const let_go&) const = default;
};
BOOST_DESCRIBE_STRUCT(let_go, (), (serial, what, detail, reason, by, second, asked_at, at, acknowledged))

/// Money that a person moved in one hour, of one kind and currency: it counts until a day after the hour's end.
struct money_spent {
    std::string of;  // "by hand CNY", "import CNY"
    instant until;
    std::int64_t minor = 0;
    bool operator==(const money_spent&) const = default;
};
BOOST_DESCRIBE_STRUCT(money_spent, (), (of, until, minor))

struct credential_state {
    label holder;
    bool of_subscriber = false;
    std::vector<held_token> tokens;  // in force
    second_requests asked;
    spent searches;
    spent locks;
    std::vector<std::string> searched;  // the latest subjects: the same again is not written again
    instant searched_at;                // when the first of them was
    std::vector<let_go> went_on;        // the latest; of the console only
    std::vector<money_spent> money{};   // within the last day
    std::vector<webhook> webhooks{};    // of webhook_holder() only
    std::vector<past_holder> ever{};    // each once
    instant revoked_at{};               // the last time that somebody ended its tokens; zero: never
    std::optional<staff_account> account{};
    staff_passkeys passkeys{};  // of the account
    bool operator==(const credential_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(credential_state, (),
                      (holder, of_subscriber, tokens, asked, searches, locks, searched, searched_at, went_on, money,
                       webhooks, ever, revoked_at, account, passkeys))

/// Everything but `alone` is as it will stand. `token.by`, `second` and `since` are filled in by the decision.
struct issue_token {
    static constexpr std::string_view name = "issue_token";
    label holder;
    held_token token;
    std::int64_t kin_ms = 0;    // how long its makers count as its holder
    bool lone_admin = false;    // there is no second administrator yet
    std::int64_t lives_ms = 0;  // 0: for ever
    /// Its id or its person is that of another credential which decides, pays or speaks for others: whoever held this
    /// one would count as that one.
    bool anothers_name = false;
};
BOOST_DESCRIBE_STRUCT(issue_token, (), (holder, token, kin_ms, lone_admin, lives_ms, anothers_name))
/// A customer's session rests when it is not used for some time, and then ends (desk/token_register.hpp): so its use is
/// written down more often than a token's, and less often than it is used.
inline constexpr base::duration session_use_noted_again = base::minutes{3};
/// A token was used: written once a day, of a customer's session as above.
struct note_use {
    static constexpr std::string_view name = "note_use";
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(note_use, (), (digest))
/// Ends every token of the holder.
struct revoke_tokens {
    static constexpr std::string_view name = "revoke_tokens";
    std::string why;
};
BOOST_DESCRIBE_STRUCT(revoke_tokens, (), (why))
/// Sessions of a customer end that a code or a passkey opened, as their line was lost or those whom we tell are others
/// now: those of `line` and of passkeys, or all where it is empty; but for the one of the digest `keeps`. Those that a
/// portal opened by means of its own are its to end. Or those of `passkey` alone, as it was removed; or the one of
/// `print` (token_print), whatever opened it. What was asked for in them stays asked for. Of staff: those that their
/// account opened, all but `keeps`, or the one of `print`.
struct end_sessions {
    static constexpr std::string_view name = "end_sessions";
    base::msisdn line{};
    std::string keeps;
    std::string why;
    int passkey = 0;
    std::string print{};
};
BOOST_DESCRIBE_STRUCT(end_sessions, (), (line, keeps, why, passkey, print))
/// An administrator knows of the tokens that were made with file access, and counts as their holder from then on for as
/// long as who makes a token does. Where no administrator is left but those that were made so, they acknowledge each
/// other, each once it has been there for that long: then nobody counts as anybody. Names what was seen: whoever writes
/// the store's file may have made another one since.
struct acknowledge_tokens {
    static constexpr std::string_view name = "acknowledge_tokens";
    std::int64_t kin_ms = 0;
    bool all_by_file = false;
    std::vector<std::string> tokens{};  // as token_print says
    std::vector<int> acts{};            // of the console: let_go::serial
};
BOOST_DESCRIBE_STRUCT(acknowledge_tokens, (), (kin_ms, all_by_file, tokens, acts))
/// The holder looks for a number; written before the answer is given.
struct note_search {
    static constexpr std::string_view name = "note_search";
    std::string subject;  // the line's public id; keyed digest of a number that nobody has
    bool found = false;
    int hourly = 0;     // at most so many; 0: any number
    std::string why{};  // of a search for a name
};
BOOST_DESCRIBE_STRUCT(note_search, (), (subject, found, hourly, why))
/// The holder locks a line as lost.
struct note_lock {
    static constexpr std::string_view name = "note_lock";
    std::string line;
    int hourly = 0;
};
BOOST_DESCRIBE_STRUCT(note_lock, (), (line, hourly))

/// By the hotline: a call is over. On the stream of whoever called, which names them by a digest.
struct note_call {
    static constexpr std::string_view name = "note_call";
    std::string call;
    bool proved = false;  // of some line
    std::string state;    // of the dialogue, where it ended
    std::string outcome;  // why it ended, as metrics name it
    std::int64_t seconds = 0;
    int entries = 0;
};
BOOST_DESCRIBE_STRUCT(note_call, (), (call, proved, state, outcome, seconds, entries))

/// A person is about to move money, or somebody for whom they made a token lately. Refused: too_many, when with it more
/// than `most` was moved within a day; then a second person signs.
struct note_money {
    static constexpr std::string_view name = "note_money";
    std::string of;
    std::string line;
    std::int64_t minor = 0;
    std::int64_t most = 0;
};
BOOST_DESCRIBE_STRUCT(note_money, (), (of, line, minor, most))

/// By an administrator, whom another one signs for; or by the console, before a start.
struct let_go_on {
    static constexpr std::string_view name = "let_go_on";
    stop_kind what = stop_kind::clock;
    std::string detail;
    std::string reason;
    instant asked_at;
};
BOOST_DESCRIBE_STRUCT(let_go_on, (), (what, detail, reason, asked_at))

using credential_command =
    std::variant<issue_token, note_use, revoke_tokens, end_sessions, acknowledge_tokens, note_search, note_lock,
                 note_call, note_money, let_go_on, open_webhook, change_webhook, rotate_webhook, pause_webhook,
                 replay_webhook, try_webhook, close_webhook, countersign, refuse_second, expire_requests, open_account,
                 reset_account, disable_account, take_up_account, sign_in_staff, note_wrong_code, enter_provided,
                 leave_provided, end_provided, try_staff_proof, enrol_staff_passkey, remove_staff_passkey,
                 sign_in_by_staff_passkey>;

struct token_issued {
    static constexpr std::string_view name = "token_issued";
    label holder;
    held_token token;
    bool operator==(const token_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(token_issued, (), (holder, token))
struct token_used {
    static constexpr std::string_view name = "token_used";
    std::string digest;
    instant at;
    bool operator==(const token_used&) const = default;
};
BOOST_DESCRIBE_STRUCT(token_used, (), (digest, at))
struct tokens_revoked {
    static constexpr std::string_view name = "tokens_revoked";
    std::vector<std::string> digests;
    actor by;
    std::string why;
    instant at;
    bool operator==(const tokens_revoked&) const = default;
};
BOOST_DESCRIBE_STRUCT(tokens_revoked, (), (digests, by, why, at))
struct sessions_ended {
    static constexpr std::string_view name = "sessions_ended";
    std::vector<std::string> digests;
    actor by;
    std::string why;
    instant at;
    bool operator==(const sessions_ended&) const = default;
};
BOOST_DESCRIBE_STRUCT(sessions_ended, (), (digests, by, why, at))
struct tokens_acknowledged {
    static constexpr std::string_view name = "tokens_acknowledged";
    actor by;
    instant at;
    std::vector<label> kin{};  // count as those tokens' holder, too, …
    instant kin_until{};       // … until then
    std::vector<std::string> tokens{};
    std::vector<int> acts{};
    bool operator==(const tokens_acknowledged&) const = default;
};
BOOST_DESCRIBE_STRUCT(tokens_acknowledged, (), (by, at, kin, kin_until, tokens, acts))
struct number_searched {
    static constexpr std::string_view name = "number_searched";
    std::string subject;
    bool found = false;
    actor by;
    instant at;
    std::string why{};
    bool operator==(const number_searched&) const = default;
};
BOOST_DESCRIBE_STRUCT(number_searched, (), (subject, found, by, at, why))
struct line_lock_asked {
    static constexpr std::string_view name = "line_lock_asked";
    std::string line;
    actor by;
    instant at;
    bool operator==(const line_lock_asked&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_lock_asked, (), (line, by, at))

struct call_noted {
    static constexpr std::string_view name = "call_noted";
    std::string call;
    bool proved = false;
    std::string state;
    std::string outcome;
    std::int64_t seconds = 0;
    int entries = 0;
    instant at;
    bool operator==(const call_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(call_noted, (), (call, proved, state, outcome, seconds, entries, at))

struct money_noted {
    static constexpr std::string_view name = "money_noted";
    std::string of;
    std::string line;
    std::int64_t minor = 0;
    actor by;
    instant at;
    bool operator==(const money_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(money_noted, (), (of, line, minor, by, at))

struct went_on {
    static constexpr std::string_view name = "went_on";
    let_go how;
    bool operator==(const went_on&) const = default;
};
BOOST_DESCRIBE_STRUCT(went_on, (), (how))

using credential_event =
    std::variant<token_issued, token_used, tokens_revoked, sessions_ended, tokens_acknowledged, number_searched,
                 line_lock_asked, call_noted, money_noted, went_on, webhook_opened, webhook_changed, webhook_rotated,
                 webhook_paused, webhook_replayed, webhook_tried, webhook_closed, webhook_secrets_ended, second_wanted,
                 second_given, second_refused, second_expired, account_opened, account_reset, account_disabled,
                 account_taken_up, staff_signed_in, account_code_wrong, account_provided, account_left,
                 provided_signed_in, staff_proof_tried, staff_passkey_enrolled, staff_passkey_removed,
                 staff_passkey_used, staff_passkey_doubted>;

struct credential {
    using state = credential_state;
    using command = credential_command;
    using event = credential_event;

    static result<decided<credential>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    static std::optional<instant> next_due(const state& s);
};

/// Whose stream: a subscriber and a member of staff may have the same id, and never the same tokens.
/// Who decides by what this holder has now, a token or an account; none: they do not.
std::optional<actor> decider_of(const credential_state& s, instant now);
std::string credential_key(role as, const label& holder);
/// The stream of what is done past the API.
label console_holder();
/// The stream of all webhooks that were made by the API.
label webhook_holder();
/// Who makes an account that a provider vouches for.
label provider_holder();
/// What names a token to people: neither the token nor its digest.
std::string token_print(std::string_view digest);
/// The token as it is in force at `now`; null: there is none.
const held_token* token_in_force(const credential_state& s, std::string_view digest, instant now);
/// Is this a session that password and code opened? Neither a passkey did, so that none makes the next, nor a provider.
bool makes_passkeys(const credential_state& s, std::string_view session, instant now);
/// How its holder appears: who made it so lately that they count as its holder is named.
actor holder_of(const credential_state& s, const held_token& token, instant now);
/// Why `who` may not sign a request for a token; nothing: they may.
std::optional<base::error> why_not_sign_token(const second_request& asked, const actor& who, instant now);

}  // namespace keepline::domain
