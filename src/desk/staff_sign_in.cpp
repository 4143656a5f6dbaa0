// How staff sign in with their account. Whoever stands before the door is a stranger until password and code are right:
// whatever is wrong is answered alike, and takes as long. The session is staff_door.hpp's; by a provider of identities:
// staff_provided.cpp.
#include "desk/password.hpp"
#include "desk/sessions.hpp"
#include "desk/staff_secret.hpp"
#include "desk/totp.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;

namespace {
namespace staff_signing {

using namespace staff_door;  // NOLINT(google-build-using-namespace): what the files about signing in share

constexpr std::size_t kind_bytes = 6;
constexpr std::size_t enrolment_bytes = 16;
constexpr std::string_view issuer = "Keepline";
// Wrong tries in a day. Many of an office share an address, and whoever guesses at one name from elsewhere does not
// keep its holder out: from where they signed in before, only their own tries count.
constexpr int tries_of_caller = 200;
constexpr int tries_of_both = 20;
constexpr int tries_of_name = 100;

base::error not_in() {
    return {code::unauthenticated, "Name, password or code is wrong, or there is no such account.", {}};
}
base::error not_invited() {
    return {code::unauthenticated, "Name, invitation or code is wrong, or the invitation was used or is over.", {}};
}

/// An invitation is taken up while the provider is there, so that there is a way in when it is not.
bool are_invitations_open(const asked& c) {
    return c.at->with.provider == nullptr || c.at->with.provided.accounts != local_accounts::never;
}
/// Who tries: the name, and from where.
struct attempt {
    label name;
    std::string from;    // keyed, for counting
    std::string caller;  // keyed to the name, for the journal
};

attempt attempt_of(const asked& c, const label& name, const std::string& caller) {
    return {name, c.secrets().keyed_digest("staff-caller", "", caller), caller_of(c, name, caller)};
}

bool is_known(const attempt& who, const std::optional<domain::staff_account>& account) {
    return account && domain::is_known_caller(*account, who.caller);
}

base::error too_many_today(const asked& c) {
    constexpr std::int64_t day_ms = 86'400'000;
    return {code::too_many,
            "Too many wrong tries today.",
            {{"again_at", base::iso(instant{(c.now().ms / day_ms + 1) * day_ms})}}};
}

std::array<std::string, 3> counters_of(const attempt& who) {
    return {"from " + who.from, "both " + who.from + " " + who.name.text(), "name " + who.name.text()};
}

/// Counts it before anything is looked at, so that many at once are counted, too; right ones are taken back. From where
/// its holder signed in before nothing is counted: whoever sits beside them keeps them out of nothing. (Wrong codes
/// after the right password are the journal's, from there, too.)
result<void> begin_try(const asked& c, const attempt& who, const std::optional<domain::staff_account>& account) {
    if (is_known(who, account)) return {};
    constexpr std::array most{tries_of_caller, tries_of_both, tries_of_name};
    const auto keys = counters_of(who);
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (c.at->staff_failures.look(keys[i], c.now()) >= most[i]) return std::unexpected(too_many_today(c));
    const auto brake = c.at->strangers_passwords.look(c.now());
    if (brake.is_news)
        c.at->with.log->warning("staff_sign_ins_braked", c.correlation,
                                {{"most_an_hour", std::to_string(c.at->strangers_passwords.most())}});
    if (brake.holds) return std::unexpected(too_many_today(c));
    c.at->strangers_passwords.add(c.now());
    for (const auto& key : keys) c.at->staff_failures.add(key, c.now());
    return {};
}
void was_right(const asked& c, const attempt& who, const std::optional<domain::staff_account>& account) {
    if (is_known(who, account)) return;
    for (const auto& key : counters_of(who)) c.at->staff_failures.take_back(key, c.now());
}

/// An invitation has 80 bits: nobody who has it is refused for what others tried under its name.
result<void> count_wrong_invitation(const asked& c, const attempt& who) {
    if (c.at->staff_failures.add("invitation " + who.from, c.now()) > tries_of_caller)
        return std::unexpected(too_many_today(c));
    return {};
}

domain::actor holder_of(const label& name, const domain::staff_account& account) {
    return {account.as, name, account.person, {}};
}

domain::staff_entrance entrance_of(const asked& c, const attempt& who, std::int64_t step, const entering& made) {
    return {step, who.caller, made.record.digest, c.at->with.token_rules.console_session.count(), {}};
}

/// `instead_of`: the print of the session in which somebody does so once more; empty: they come in.
void sign_in(const ask_ptr<staff_entered>& c, const std::string& caller, staff_sign_in_body in,
             const std::string& instead_of) {
    using mine = ask_ptr<staff_entered>;
    const auto who = attempt_of(*c, in.name, caller);
    const auto account = account_named(*c, in.name);
    if (auto may = begin_try(*c, who, account); !may) return c->refuse(may.error());
    if (in.password.size() > password_max) in.password.clear();
    const auto pace = answer_beat::begin(c);
    const std::function<void(const mine&)> no = [pace](const mine& same) {
        pace->then([same] { same->refuse(not_in()); });
    };
    auto& where = is_known(who, account) ? c->at->known_passwords : c->at->passwords;
    run_on(where, c, [c, who, account, no, instead_of, in = std::move(in)]() -> afterwards {
        const bool open = are_accounts_open(*c);
        const auto seen = open ? look(*c, in.name, account, in.password, in.totp) : looked();
        return [c, who, account, no, seen, open, instead_of] {
            if (!open) return c->refuse(by_provider_only());
            if (!seen.password) return no(c);
            if (seen.step) {
                was_right(*c, who, account);
                const auto holder = holder_of(who.name, *account);
                auto made = new_session(*c, holder, account->channels);
                domain::sign_in_staff command{account->secret, entrance_of(*c, who, *seen.step, made)};
                command.how.instead_of = instead_of;
                return enter(c, as_holder(*c, holder, std::move(command)), std::move(made),
                             [no](const mine& same, const base::error&) { no(same); });
            }
            submit_whatever(c, as_holder(*c, holder_of(who.name, *account), domain::note_wrong_code{who.caller}),
                            [no](const mine& same, const result<engine::answer>&) { no(same); });
        };
    });
}

// -- invitations

/// The same of what somebody typed, under the key that the account's was made with.
std::string invitation_digest(const asked& c, const label& name, std::string_view typed,
                              const std::optional<domain::staff_account>& account) {
    const auto plain = make::plain_recovery_code(typed);
    const std::array<std::string, 1> stored{account ? account->invitation : std::string()};
    return c.secrets().digest_like(of_invitations, name.text(), plain, stored);
}
bool is_invitation(const asked& c, const label& name, std::string_view typed,
                   const std::optional<domain::staff_account>& account) {
    return account && account->is_invited(c.now()) && !make::plain_recovery_code(typed).empty() &&
           invitation_digest(c, name, typed, account) == account->invitation;
}

/// `next`: (request, attempt, account) -> void, where the invitation is good; else it is counted, and answered as every
/// other that is not.
template <typename T, typename Next>
void with_invitation(const ask_ptr<T>& c, const attempt& who, const std::string& code, Next next) {
    const auto pace = answer_beat::begin(c);
    const auto account = account_named(*c, who.name);
    const bool fits = is_invitation(*c, who.name, code, account);
    run_aside(c, [c, who, account, fits, pace, next = std::move(next)]() -> afterwards {
        const bool good = fits && !is_held(*c, who.name, account->invitation);
        return [c, who, account, good, pace, next] {
            if (good) return next(c, who, *account);
            if (auto may = count_wrong_invitation(*c, who); !may) return c->refuse(may.error());
            pace->then([c] { c->refuse(not_invited()); });
        };
    });
}

/// Of the invitation and of what the first answer said: nothing of it is kept in between, and whoever made the
/// invitation does not know it.
base::bytes new_totp_secret(const asked& c, const label& name, const domain::staff_account& account,
                            std::string_view enrolment) {
    const auto text =
        c.secrets().keyed_digest("staff-totp", name.text(), account.invitation + " " + std::string(enrolment));
    auto out = base::from_hex(text).value_or(base::bytes());
    out.resize(totp_secret_bytes);
    return out;
}

/// A password, sealed, to be committed with the taking up.
struct taking_up {
    std::string secret;
    port::vault_row row;
};
result<taking_up> sealed_choice(const asked& c, const std::string& password, const base::bytes& totp) {
    TRY(verifier, password_verifier(password));
    const auto secret = c.at->with.random->token(kind_bytes);
    TRY(row, c.at->with.vault->seal(subject_of(secret), kind_of_sealed,
                                    base::to_json(sealed_account{std::move(verifier), base::hex(totp)})));
    return taking_up{secret, std::move(row)};
}

void take_up(const ask_ptr<staff_entered>& c, const attempt& who, const domain::staff_account& account,
             std::int64_t step, const std::string& password, const base::bytes& totp, const refusing& no) {
    run_on(c->at->known_passwords, c, [c, who, account, step, password, totp, no]() -> afterwards {
        auto chosen = sealed_choice(*c, password, totp);
        if (chosen)
            if (auto noted = add_row(*c, holder_of(who.name, account), chosen->secret); !noted)
                chosen = std::unexpected(noted.error());
        return [c, who, account, step, no, chosen = std::move(chosen)] {
            if (!chosen) return c->refuse(chosen.error());
            auto made = new_session(*c, holder_of(who.name, account), account.channels);
            auto what = as_holder(
                *c, holder_of(who.name, account),
                domain::take_up_account{account.invitation, chosen->secret, entrance_of(*c, who, step, made)});
            what.vault.push_back(chosen->row);
            enter(c, std::move(what), std::move(made), no);
        };
    });
}

}  // namespace staff_signing
}  // namespace

void desk::sign_in_staff(request by, const std::string& caller, said<staff_sign_in_body> in,
                         reply<staff_entered> then) {
    staff_signing::take_stranger(shared_, std::move(by), std::move(then), [&](const ask_ptr<staff_entered>& c) {
        if (!in) return c->refuse(in.error());
        staff_signing::sign_in(c, caller, std::move(*in), {});
    });
}

void desk::prove_anew(request by, const std::string& caller, said<staff_proof_body> in, reply<staff_entered> then) {
    take(shared_, use::prove_anew, std::move(by), std::move(then), [&](const ask_ptr<staff_entered>& c) {
        if (!in) return c->refuse(in.error());
        if (c->who.origin != domain::token_origin::account)
            return c->refuse({base::code::not_found, "You are not signed in at the console.", {}});
        staff_signing::sign_in(c, caller, {c->who.who.id, std::move(in->password), std::move(in->totp)},
                               domain::token_print(c->who.digest));
    });
}

void desk::read_invitation(request by, const std::string& caller, said<staff_invitation_body> in,
                           reply<staff_invitation_view> then) {
    using mine = ask_ptr<staff_invitation_view>;
    staff_signing::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (!staff_signing::are_invitations_open(*c)) return c->refuse(staff_signing::by_provider_only());
        const auto who = staff_signing::attempt_of(*c, in->name, caller);
        staff_signing::with_invitation(
            c, who, in->code,
            [](const mine& same, const staff_signing::attempt& is, const domain::staff_account& account) {
                const auto enrolment = same->at->with.random->token(staff_signing::enrolment_bytes);
                const auto secret = staff_signing::new_totp_secret(*same, is.name, account, enrolment);
                same->answer({is.name, account.as, account.person, enrolment, totp_secret_text(secret),
                              totp_uri(staff_signing::issuer, is.name.text(), secret), account.invited_until});
            });
    });
}

void desk::accept_invitation(request by, const std::string& caller, said<staff_acceptance_body> in,
                             reply<staff_entered> then) {
    using mine = ask_ptr<staff_entered>;
    staff_signing::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (!staff_signing::are_invitations_open(*c)) return c->refuse(staff_signing::by_provider_only());
        const auto who = staff_signing::attempt_of(*c, in->name, caller);
        const auto code = in->code;
        staff_signing::with_invitation(
            c, who, code,
            [in = std::move(*in)](const mine& same, const staff_signing::attempt& is,
                                  const domain::staff_account& account) {
                if (auto fine = check_password(in.password, in.name.text()); !fine) return same->refuse(fine.error());
                const auto totp = staff_signing::new_totp_secret(*same, in.name, account, in.enrolment);
                const auto step = totp_step(totp, in.totp, same->now(), 0);
                if (!step)
                    return same->refuse({base::code::invalid,
                                         "The code is not of this authenticator, or the clocks differ.",
                                         {{"field", "totp"}}});
                staff_signing::take_up(
                    same, is, account, *step, in.password, totp,
                    [](const mine& there, const base::error&) { there->refuse(staff_signing::not_invited()); });
            });
    });
}

}  // namespace keepline::desk
