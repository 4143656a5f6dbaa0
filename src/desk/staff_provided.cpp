// Staff who sign in by a provider of identities (OpenID Connect). Who they are is its issuer and subject, for good, and
// no name that somebody may choose there; what they may be is said by its groups and by the configuration, each time
// that they come. Between a browser's leaving and its coming back nothing is kept here: state, nonce and verifier are
// made of what the browser keeps and of the instance's secret.
#include "base/digest.hpp"
#include "desk/accounts.hpp"
#include "desk/roles.hpp"
#include "desk/staff_door.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {
namespace provided {

using namespace staff_door;  // NOLINT(google-build-using-namespace): what the files about signing in share

constexpr int tries_of_caller = 200;          // that the provider refused, in a day
constexpr int tries_of_known_caller = 2'000;  // from where somebody came in today

struct of_browser {
    std::string state;
    std::string nonce;
    std::string verifier;
};
of_browser made_of(const asked& c, const std::string& browser) {
    const auto& key = c.secrets();
    return {key.keyed_digest("oidc-state", "", browser), key.keyed_digest("oidc-nonce", "", browser),
            key.keyed_digest("oidc-verifier", "", browser)};
}

// What the browser of whoever proves themself anew keeps says when they set out, and in which session: state, nonce and
// verifier are of all of it, so that nobody alters a word.
constexpr std::string_view proof_mark = "proof.";
constexpr auto leeway = base::minutes{1};  // the provider's clock may be behind

struct proof_under_way {
    instant set_out;
    std::string session;  // its print
    label holder;
};
std::string proof_kept(const asked& c) {
    return std::string(proof_mark) + c.at->with.random->token(token_bytes) + "." + std::to_string(c.now().ms) + "." +
           domain::token_print(c.who.digest) + "." + c.who.who.id.text();
}
/// None: they only sign in.
std::optional<proof_under_way> proof_in(std::string_view browser) {
    if (!proves_anew(browser)) return std::nullopt;
    std::array<std::string_view, 4> parts;  // random, when, session, holder: which alone may have a dot
    auto left = browser.substr(proof_mark.size());
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto at = left.find('.');
        if (at == std::string_view::npos) return std::nullopt;
        parts.at(i) = left.substr(0, at);
        left.remove_prefix(at + 1);
    }
    proof_under_way out;
    const auto when = parts[1];
    const auto read = std::from_chars(when.data(), when.data() + when.size(), out.set_out.ms);
    auto holder = label::parse(left);
    if (read.ec != std::errc() || read.ptr != when.data() + when.size() || !holder || parts[2].empty())
        return std::nullopt;
    out.session = parts[2];
    out.holder = *std::move(holder);
    return out;
}

std::optional<role> role_of(const provider_rules& by, const port::vouched_for& who) {
    for (const auto& one : by.roles)
        if (std::ranges::find(who.groups, one.group) != who.groups.end()) return one.as;
    return std::nullopt;
}

/// Under which account somebody comes in, and as whom.
struct arrival {
    domain::actor who;
    domain::enter_provided how;
    std::string row;      // of row_of()
    bool leaves = false;  // they have no role any more
};

/// What is known of them here: the account that is theirs by issuer and subject.
result<engine::view_ptr> account_at(const asked& c, const std::string& who) {
    TRY(all, all_accounts(c));
    engine::view_ptr out;
    for (const auto& one : all) {
        if (one->credential().account->provided != who) continue;
        if (out) return refuse(code::internal, "Two accounts are one person's at the provider.");
        out = one;
    }
    return out;
}

/// Each reset by two administrators begins anew, also where a restore or a revocation held what was before.
std::string row_of(const std::string& who, const std::optional<domain::staff_account>& account) {
    return "provided " + who + " " + std::to_string(account ? account->invited_until.ms : 0);
}

label person_of(const domain::credential_state& s, const label& name) {
    return s.account ? s.account->person : s.ever.empty() || s.ever.back().person.empty() ? name : s.ever.back().person;
}

result<arrival> arrival_of(const asked& c, const port::vouched_for& who) {
    const auto& by = c.at->with.provided;
    TRY(known, account_at(c, who.who));
    const auto mapped = std::ranges::find(by.names, who.subject, &provider_name::subject);
    arrival out;
    out.how.provided = who.who;
    out.how.at_provider = who.session;
    if (who.proved_ago) out.how.proved_at = c.now() + -*who.proved_ago;
    out.how.named = mapped != by.names.end();
    const auto claimed = label::parse(who.name);
    const auto name = out.how.named ? std::optional(mapped->name)
                      : known       ? std::optional(known->credential().holder)
                      : claimed     ? std::optional(*claimed)
                                    : std::nullopt;
    if (!name) return refuse(code::invalid, "The provider's claim of names holds no name as we have them.");
    // One human being is one holder, whatever the configuration says later.
    if (known && known->credential().holder != *name)
        return refuse(code::id_taken, "Who this is has an account of another name here.");
    out.how.holder = *name;
    const auto view = c.core_of().read(stream_of(*name));
    if (!view && view.error().what != code::not_found) return std::unexpected(view.error());
    const auto state = view ? (*view)->credential() : domain::credential_state();
    out.row = row_of(who.who, state.account);
    if (is_held(c, *name, out.row))
        return refuse(code::forbidden, "Since a restore, or a revocation, the account waits for an administrator.");
    const auto as = role_of(by, who);
    out.leaves = !as;
    out.who = {as.value_or(state.account ? state.account->as : role::agent), *name, person_of(state, *name), {}};
    if (!as) return out;
    // An account that was made here speaks through what it was bound to, in whichever way its holder came in.
    const bool local = state.account && state.account->is_local() && state.account->as == *as;
    TRY(channels, bound_channels(*as, local ? state.account->channels : std::vector<domain::channel>()));
    out.how.channels = std::move(channels);
    TRY(all, tokens_and_accounts(c));
    const domain::actor nobody{role::system, domain::provider_holder(), {}, {}};
    out.how.anothers_name = is_anothers_name(all, out.who, nobody, c.now());
    // A token's own id is somebody's as well, also where the journal has not taken it up yet.
    out.how.anothers_name =
        out.how.anothers_name || std::ranges::any_of(all, [&](const port::token_record& one) {
            return one.who.as != role::subscriber && one.origin != domain::token_origin::account && one.who.id == *name;
        });
    return out;
}

/// Of whoever is signed in already: they, and nobody else, since they set out, and as the provider was asked to prove.
result<void> check_proof_of(const arrival& is, const proof_under_way& of) {
    if (is.how.holder != of.holder) return refuse(code::forbidden, "Somebody else proved themself there.");
    if (!is.how.proved_at || is.how.proved_at + leeway < of.set_out)
        return refuse(code::step_up_required, "The provider did not have them prove it anew, or not as it was asked.");
    return {};
}

/// A code that the provider refused may be a guess: counted before it is looked at, so that many at once are counted,
/// too. Nothing else is: neither what fits no browser (nobody need come for that), nor the provider's own trouble.
struct try_of {
    std::string from;    // keyed, for counting
    std::string lately;  // somebody came in from there today
};
try_of try_from(const asked& c, const std::string& caller) {
    const auto key = c.secrets().keyed_digest("staff-caller", "", caller);
    return {"provided " + key, "provided in " + key};
}
result<void> begin_try(const asked& c, const try_of& by) {
    const bool known = c.at->staff_failures.look(by.lately, c.now()) > 0;
    const auto most = known ? tries_of_known_caller : tries_of_caller;
    if (c.at->staff_failures.look(by.from, c.now()) >= most)
        return refuse(code::too_many, "Too many tries today that the provider refused.");
    const auto brake = known ? hour_brake::verdict() : c.at->strangers_returns.look(c.now());
    if (brake.is_news)
        c.at->with.log->warning("staff_returns_braked", c.correlation,
                                {{"most_an_hour", std::to_string(c.at->strangers_returns.most())}});
    if (brake.holds) return refuse(code::too_many, "Too many tries within the hour that the provider refused.");
    c.at->staff_failures.add(by.from, c.now());
    return {};
}
void end_try(const asked& c, const try_of& by, bool was_refused) {
    if (was_refused)
        c.at->strangers_returns.add(c.now());
    else
        c.at->staff_failures.take_back(by.from, c.now());
}

/// Its words are for the log: whoever stands there has no session yet.
void turn_away(const ask_ptr<staff_entered>& c, const base::error& why) {
    c->at->with.log->warning("provided_not_let_in", c->correlation,
                             {{"code", std::string(base::info(why.what).id)}, {"reason", why.words}});
    c->refuse(why);
}

template <typename Event>
bool has(const engine::answer& done) {
    return std::ranges::any_of(done.events, [](const auto& one) {
        const auto* event = std::get_if<domain::credential_event>(&one);
        return event != nullptr && std::holds_alternative<Event>(*event);
    });
}

/// Who is whose here is said aloud: whoever reads the log sees which name somebody there was joined to, or given.
void tell_joined(const asked& c, const label& name, const engine::answer& done) {
    if (has<domain::account_provided>(done))
        c.at->with.log->warning("provided_joined", c.correlation, {{"holder", name.text()}});
}

/// It is in the journal: the account's row, and in. Who was refused has left no row, nor has who waits.
void let_in_with_row(const ask_ptr<staff_entered>& c, const std::string& row, entering made) {
    run_aside(c, [c, row, made = std::move(made)]() -> afterwards {
        const auto noted = add_row(*c, made.record.who, row);
        return [c, made, noted] {
            if (!noted && noted.error().what != code::invalid) return c->refuse(noted.error());  // it is there already
            let_in(c, made);
        };
    });
}

void leave(const ask_ptr<staff_entered>& c, const arrival& is) {
    auto what = as_holder(*c, is.who, domain::leave_provided{is.how.provided});
    submit_whatever(c, std::move(what), [name = is.who.id](const ask_ptr<staff_entered>& same, const auto& done) {
        if (!done && done.error().what != code::not_found) return same->refuse(done.error());
        same->at->doors.forget(name);
        turn_away(same, {code::forbidden, "None of the groups at the provider has a role here.", {}});
    });
}

void go_in(const ask_ptr<staff_entered>& c, arrival is, const std::string& caller) {
    if (is.leaves) return leave(c, is);
    auto made = new_session(*c, is.who, is.how.channels);
    is.how.caller = caller_of(*c, is.who.id, caller);
    is.how.digest = made.record.digest;
    is.how.lives_ms = c->at->with.token_rules.console_session.count();
    auto what = as_holder(*c, is.who, std::move(is.how));
    what.must_exist = false;
    submit_whatever(c, std::move(what),
                    [row = is.row, lately = try_from(*c, caller).lately, made = std::move(made)](
                        const ask_ptr<staff_entered>& same, const result<engine::answer>& done) {
                        if (!done && base::is_ours(done.error().what)) return same->refuse(done.error());
                        if (!done) return turn_away(same, done.error());
                        same->at->doors.forget(made.record.who.id);  // others of theirs may have ended with it
                        tell_joined(*same, made.record.who.id, *done);
                        if (!has<domain::token_issued>(*done))
                            return turn_away(same,
                                             {code::second_person_needed,
                                              "New in a role that decides: two administrators let them in, by a reset.",
                                              {}});
                        same->at->staff_failures.add(lately, same->now());
                        let_in_with_row(same, row, made);
                    });
}

/// Those of an account or of one session at the provider; on a side thread.
result<std::vector<label>> holders_of(const asked& c, const port::signed_out_there& who) {
    TRY(all, all_accounts(c));
    std::vector<label> out;
    for (const auto& one : all) {
        const auto& s = one->credential();
        const bool is_meant = std::ranges::any_of(s.tokens, [&](const domain::held_token& session) {
            return !session.provided.empty() && (who.who.empty() || session.provided == who.who) &&
                   (who.session.empty() || session.at_provider == who.session ||
                    (session.at_provider.empty() && !who.who.empty()));
        });
        if (is_meant) out.push_back(s.holder);
    }
    return out;
}

struct ended_there {
    int ended = 0;
    std::optional<base::error> failed{};  // of the first that could not be ended: the provider is to say it again
};
void end_next(const ask_ptr<revoked_view>& c, const port::signed_out_there& who, std::vector<label> left,
              ended_there so_far) {
    if (left.empty()) return so_far.failed ? c->refuse(*so_far.failed) : c->answer({so_far.ended});
    const auto name = left.back();
    left.pop_back();
    const domain::actor by{role::system, domain::provider_holder(), {}, {}};
    auto what =
        submission_of(*c, stream_of(name), domain::credential_command{domain::end_provided{who.who, who.session}});
    what.by = by;
    submit_whatever(c, std::move(what),
                    [who, left = std::move(left), so_far = std::move(so_far), name](
                        const ask_ptr<revoked_view>& same, const result<engine::answer>& done) {
                        same->at->doors.forget(name);
                        auto now = so_far;
                        if (done)
                            now.ended += done->events.empty() ? 0 : 1;
                        else if (!now.failed)
                            now.failed = done.error();
                        end_next(same, who, left, std::move(now));
                    });
}

base::error no_provider() { return {code::not_found, "No provider of identities is configured.", {}}; }

void send_there(const ask_ptr<provider_way>& c, const std::string& browser, bool anew) {
    auto* provider = c->at->with.provider;
    if (provider == nullptr) return c->refuse(no_provider());
    run_on(c->at->provider_calls, c, [c, provider, browser, anew]() -> afterwards {
        const auto of = made_of(*c, browser);
        const auto challenge = base::base64url(base::sha256(base::view(of.verifier)));
        const auto address = provider->sign_in_address({of.state, of.nonce, challenge, anew});
        return [c, browser, address] {
            if (!address) return c->refuse(address.error());
            c->answer({browser, *address});
        };
    });
}

}  // namespace provided
}  // namespace

void desk::read_sign_in_ways(request by, reply<sign_in_ways_view> then) {
    using mine = ask_ptr<sign_in_ways_view>;
    provided::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        auto* provider = c->at->with.provider;
        if (provider == nullptr) return c->answer({true, false});
        const auto when = c->at->with.provided.accounts;
        if (when != local_accounts::when_provider_is_down) return c->answer({when == local_accounts::always, true});
        run_on(c->at->provider_calls, c, [c, provider]() -> afterwards {
            const bool up = provider->is_reachable();
            return [c, up] { c->answer({!up, true}); };
        });
    });
}

void desk::begin_provided(request by, reply<provider_way> then) {
    using mine = ask_ptr<provider_way>;
    provided::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        provided::send_there(c, c->at->with.random->token(provided::token_bytes), false);
    });
}

bool proves_anew(std::string_view browser) { return browser.starts_with(provided::proof_mark); }

void desk::begin_provided_proof(request by, reply<provider_way> then) {
    take(shared_, use::prove_anew, std::move(by), std::move(then), [](const ask_ptr<provider_way>& c) {
        if (c->who.origin != domain::token_origin::account)
            return c->refuse({code::not_found, "You are not signed in at the console.", {}});
        provided::send_there(c, provided::proof_kept(*c), true);
    });
}

void desk::enter_provided(request by, const std::string& caller, provider_return back, reply<staff_entered> then) {
    using mine = ask_ptr<staff_entered>;
    provided::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        auto* provider = c->at->with.provider;
        if (provider == nullptr) return c->refuse(provided::no_provider());
        const auto of = provided::made_of(*c, back.browser);
        // Only the browser that set out comes back with what it was given: nobody is signed in as somebody else. Any
        // page may send a browser here with something else, so that counts for nothing.
        if (back.browser.empty() || back.state != of.state || back.code.empty())
            return c->refuse({code::unauthenticated, "Another browser set out, or nobody did.", {}});
        const auto attempt = provided::try_from(*c, caller);
        if (auto may = provided::begin_try(*c, attempt); !may) return c->refuse(may.error());
        run_on(c->at->provider_calls, c, [c, provider, of, caller, attempt, back = std::move(back)]() -> afterwards {
            auto who = provider->redeem(back.code, of.verifier, of.nonce);
            provided::end_try(*c, attempt, !who && who.error().what == code::unauthenticated);
            auto is = who ? provided::arrival_of(*c, *who) : result<provided::arrival>(std::unexpected(who.error()));
            if (const auto proof = provided::proof_in(back.browser); is && proof) {
                is->how.instead_of = proof->session;
                if (auto good = provided::check_proof_of(*is, *proof); !good) is = std::unexpected(good.error());
            }
            return [c, is = std::move(is), caller] {
                if (!is) return provided::turn_away(c, is.error());
                provided::go_in(c, *is, caller);
            };
        });
    });
}

void desk::end_provided(request by, std::string token, reply<revoked_view> then) {
    using mine = ask_ptr<revoked_view>;
    provided::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        auto* provider = c->at->with.provider;
        if (provider == nullptr) return c->refuse(provided::no_provider());
        run_on(c->at->provider_logouts, c, [c, provider, token = std::move(token)]() -> afterwards {
            auto who = provider->read_logout(token);
            auto all = who ? provided::holders_of(*c, *who) : result<std::vector<label>>(std::unexpected(who.error()));
            return [c, who = std::move(who), all = std::move(all)] {
                if (!all) return c->refuse(all.error());
                provided::end_next(c, *who, *all, {});
            };
        });
    });
}

void desk::leave_provider(request by, reply<std::string> then) {
    using mine = ask_ptr<std::string>;
    provided::take_stranger(shared_, std::move(by), std::move(then), [&](const mine& c) {
        auto* provider = c->at->with.provider;
        if (provider == nullptr) return c->refuse(provided::no_provider());
        run_on(c->at->provider_calls, c, [c, provider]() -> afterwards {
            const auto address = provider->sign_out_address();
            return [c, address] { address ? c->answer(*address) : c->refuse(address.error()); };
        });
    });
}

}  // namespace keepline::desk
