#include "domain/credential/credential.hpp"

#include "base/digest.hpp"
#include "base/one_of.hpp"
#include "domain/noted_call.hpp"
#include "domain/passkey_rules.hpp"
#include "domain/reason.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t tokens_max = 32;
constexpr std::ptrdiff_t sessions_max = 5;  // of an account: the oldest ends
constexpr std::size_t account_channels_max = 6;
constexpr std::size_t kin_max = 8;
constexpr std::size_t searched_kept = 16;
constexpr std::size_t went_on_kept = 32;
constexpr std::size_t detail_max = 200;
constexpr std::string_view webhooks_name = "webhooks";
constexpr std::string_view provider_name = "provider";
constexpr auto window = base::hours{1};
constexpr auto money_window = base::hours{24};
constexpr auto same_search = base::minutes{10};
constexpr std::int64_t day_ms = 86'400'000;

using credential_events = std::vector<credential_event>;

bool is_staff(role one) { return one == role::agent || one == role::reviewer || one == role::admin; }
bool past_api(token_origin how) { return how == token_origin::file || how == token_origin::founding; }

/// A credential that decides, pays or speaks for anybody takes two administrators.
bool is_mighty(role one) { return one != role::subscriber && one != role::agent; }

const label& person_of(const actor& who) { return who.person.empty() ? who.id : who.person; }

/// By the hour, so that no more than 26 amounts of a kind are remembered.
instant money_counts_until(instant at) {
    constexpr std::int64_t hour_ms = base::duration{base::hours{1}}.count();
    return instant{(at.ms / hour_ms + 1) * hour_ms} + money_window;
}

bool in_force(const held_token& one, instant now) { return !one.expires_at || now < one.expires_at; }

/// Names that stand for the program itself, and for operators on ES2+.
bool is_reserved(const label& name) {
    return name.text() == "engine" || name.text() == "timer" || name.text() == console_name ||
           name.text() == webhooks_name || name.text() == provider_name || name.text() == unacknowledged_name ||
           name.text().starts_with(operators_prefix);
}

struct credential_decider {
    const credential_state& s;
    const context& now;

    result<void> may_issue(const issue_token& c) const {
        const auto origin = c.token.origin;
        if (past_api(origin)) {
            if (now.by.as != role::system || now.by.id.text() != console_name)
                return refuse(code::forbidden, "Only the command line makes tokens past the API.");
            return {};
        }
        if (origin == token_origin::portal) {
            if (now.by.as != role::portal || c.token.as != role::subscriber)
                return refuse(code::forbidden, "A portal opens sessions of customers, and nothing else.");
            return {};
        }
        if (origin == token_origin::account)
            return refuse(code::forbidden, "Who signs in with their account has a session, and no token.");
        if (now.by.as != role::admin) return refuse(code::forbidden, "An administrator issues tokens.");
        if (c.token.as == role::subscriber)
            return refuse(code::forbidden,
                          "Nobody of the staff gets a customer's token; a token of role portal opens sessions.");
        return {};
    }

    result<credential_events> operator()(const issue_token& c) const {
        if (c.holder.empty() || c.token.digest.empty()) return refuse(code::invalid, "A token needs a holder.");
        if (is_reserved(c.holder) || is_reserved(c.token.person))
            return refuse(code::invalid, "This name stands for the program itself.", {{"field", "id"}});
        if (token_in_force(s, c.token.digest, now.now) != nullptr) return credential_events{};
        CHECK(may_issue(c));
        const bool as_session =
            c.token.level != session_level::reach || !c.token.line.empty() || c.token.way || c.token.passkey != 0;
        if (c.token.as != role::subscriber && as_session)
            return refuse(code::invalid, "Only a customer's session has a level.");
        if (is_staff(c.token.as) && c.token.person.empty())
            return refuse(code::invalid, "A token of staff is bound to a person.", {{"field", "person"}});
        auto gives_way = sessions_giving_way();
        const auto live = std::ranges::count_if(s.tokens, [&](const auto& one) { return in_force(one, now.now); });
        if (live >= static_cast<std::ptrdiff_t>(tokens_max) && c.token.as != role::subscriber)
            return refuse(code::too_many, "This holder has too many tokens; revoke them first.");
        auto made = c.token;
        CHECK(check_renewal(c));
        if (made.origin == token_origin::admins && is_mighty(made.as)) {
            // Until there are two, the one can make the second, who then counts as the first for a while.
            if (c.lone_admin && made.as == role::admin)
                made.origin = token_origin::lone_admin;
            else if (c.lone_admin)
                return refuse(code::second_person_needed,
                              "One administrator alone makes agents and the second administrator, nobody else.");
            else
                CHECK(need_second(now, act::issue_token));
        } else if (made.origin == token_origin::admins && is_anothers(c)) {
            if (c.lone_admin)
                return refuse(code::second_person_needed,
                              "This id, or this person, is or was another credential's; take another one.");
            CHECK(need_second(now, act::issue_token));
        }
        made.by = now.by;
        made.second = now.second;
        made.since = now.now;
        made.expires_at = c.lives_ms == 0 ? instant{} : now.now + base::duration{c.lives_ms};
        made.acknowledged = made.origin != token_origin::file;
        made.kin = kin_of(made);
        made.kin_until = made.kin.empty() ? instant{} : now.now + base::duration{c.kin_ms};
        credential_events out;
        if (made.as == role::subscriber && !gives_way.empty())
            out.emplace_back(sessions_ended{std::move(gives_way), now.by, "another one was opened", now.now});
        out.emplace_back(token_issued{c.holder, std::move(made)});
        return out;
    }

    /// Of a customer who has as many as may be the oldest ends: whoever opens one after the other keeps nobody out.
    std::vector<std::string> sessions_giving_way() const {
        std::vector<const held_token*> live;
        for (const auto& one : s.tokens)
            if (in_force(one, now.now)) live.push_back(&one);
        std::vector<std::string> out;
        std::ranges::sort(live, {}, [](const held_token* one) { return std::pair(one->since, one->digest); });
        for (std::size_t i = 0; i + tokens_max <= live.size(); ++i) out.push_back(live[i]->digest);
        return out;
    }

    /// Whoever holds it would appear as somebody else: an id that was held in another role or by another person, or a
    /// name under which another one decides.
    bool is_anothers(const issue_token& c) const { return c.anothers_name || was_anothers(c.token.as, c.token.person); }

    bool was_anothers(role as, const label& person) const {
        return std::ranges::any_of(s.ever,
                                   [&](const past_holder& one) { return one.as != as || one.person != person; });
    }

    /// Who asks for a token sees it. An administrator whose next one another asked for would count as that other for as
    /// long as makers do, and where there are two, neither could sign for the other.
    result<void> check_renewal(const issue_token& c) const {
        if (c.token.origin != token_origin::admins || c.token.as != role::admin) return {};
        return check_own_next(c.holder, c.token.person);
    }
    result<void> check_own_next(const label& holder, const label& person) const {
        if (person_of(now.by) == person || person_of(now.by) == holder) return {};
        const auto theirs = [&](const held_token& one) {
            return one.as == role::admin && one.person == person && in_force(one, now.now);
        };
        if (std::ranges::none_of(s.tokens, theirs)) return {};
        return refuse(
            code::forbidden,
            "Administrators ask for their own next token, and another one signs: who asks sees the token, and "
            "counts as its holder for some time. One that is lost is revoked first.");
    }

    /// Whoever saw the token, and whoever may be sitting behind their credential.
    std::vector<label> kin_of(const held_token& made) const {
        if (made.origin == token_origin::founding || made.origin == token_origin::portal) return {};
        return with_kin_of(now.by);
    }
    static std::vector<label> with_kin_of(const actor& who) {
        std::vector<label> out{person_of(who)};
        for (const auto& one : who.kin)
            if (out.size() < kin_max && one.text() != unacknowledged_name && std::ranges::find(out, one) == out.end())
                out.push_back(one);
        return out;
    }

    result<credential_events> operator()(const note_use& c) const {
        const auto* used = token_in_force(s, c.digest, now.now);
        if (used == nullptr) return credential_events{};
        const bool is_session = used->as == role::subscriber || used->origin == token_origin::account;
        const bool noted = is_session ? now.now < used->last_used + session_use_noted_again
                                      : used->last_used.ms / day_ms == now.now.ms / day_ms;
        if (noted) return credential_events{};
        return credential_events{token_used{c.digest, now.now}};
    }
    result<credential_events> operator()(const revoke_tokens& c) const {
        std::vector<std::string> ended;
        // A customer's that ran out by themselves, too: what was asked for in one of them is asked for no more.
        for (const auto& one : s.tokens)
            if (s.of_subscriber || in_force(one, now.now)) ended.push_back(one.digest);
        // Whoever revokes what somebody holds means all of it: with an account they would be back at once.
        const bool has_account = s.account && !s.account->disabled_at;
        if (ended.empty() && !has_account) return credential_events{};
        if (c.why.size() > 200) return refuse(code::invalid, "The reason is too long.", {{"field", "reason"}});
        credential_events out;
        if (!ended.empty()) out.emplace_back(tokens_revoked{std::move(ended), now.by, c.why, now.now});
        if (has_account) out.emplace_back(account_disabled{now.by, c.why, now.now});
        return out;
    }
    result<credential_events> operator()(const end_sessions& c) const {
        if (!s.of_subscriber) return end_own_sessions(c);
        std::vector<std::string> ended;
        for (const auto& one : s.tokens)
            if (is_meant(c, one) && in_force(one, now.now) && one.digest != c.keeps) ended.push_back(one.digest);
        if (ended.empty()) return credential_events{};
        return credential_events{sessions_ended{std::move(ended), now.by, c.why, now.now}};
    }
    result<credential_events> end_own_sessions(const end_sessions& c) const {
        auto ended = sessions_of_account([&](const held_token& one) {
            return one.digest != c.keeps && (c.print.empty() || token_print(one.digest) == c.print);
        });
        if (ended.empty()) return credential_events{};
        return credential_events{sessions_ended{std::move(ended), now.by, c.why, now.now}};
    }
    template <typename Which>
    std::vector<std::string> sessions_of_account(Which which) const {
        std::vector<std::string> out;
        for (const auto& one : s.tokens)
            if (one.origin == token_origin::account && in_force(one, now.now) && which(one)) out.push_back(one.digest);
        return out;
    }
    static bool is_meant(const end_sessions& c, const held_token& one) {
        if (!c.print.empty()) return token_print(one.digest) == c.print;
        if (c.passkey != 0) return one.passkey == c.passkey;
        if (!c.line.empty()) return one.line == c.line || one.passkey != 0;
        return !one.line.empty() || one.level == session_level::weak || one.passkey != 0;
    }
    result<credential_events> operator()(const acknowledge_tokens& c) const {
        if (now.by.as != role::admin) return refuse(code::forbidden, "An administrator acknowledges tokens.");
        CHECK(are_known(c));
        tokens_acknowledged e{now.by, now.now};
        // People, not ids: neither another token of its holder says so, nor one that the same hand made past the API.
        for (const auto& one : s.tokens) {
            const auto print = token_print(one.digest);
            if (one.acknowledged || std::ranges::find(c.tokens, print) == c.tokens.end()) continue;
            CHECK(c.all_by_file ? may_acknowledge_beside(one, c.kin_ms) : may_acknowledge(one));
            e.tokens.push_back(print);
        }
        for (const auto& one : s.went_on) {
            if (one.acknowledged || std::ranges::find(c.acts, one.serial) == c.acts.end()) continue;
            if (same_person(one.by, now.by))
                return refuse(code::own_application, "Who may sit at the command line does not acknowledge its acts.");
            e.acts.push_back(one.serial);
        }
        if (e.tokens.empty() && e.acts.empty()) return credential_events{};
        if (!c.all_by_file) {
            e.kin = with_kin_of(now.by);
            e.kin_until = now.now + base::duration{c.kin_ms};
        }
        return credential_events{std::move(e)};
    }
    /// What is named was seen: a name that is none is a slip, and nothing is said of what is not named.
    result<void> are_known(const acknowledge_tokens& c) const {
        if (c.tokens.empty() && c.acts.empty())
            return refuse(code::invalid,
                          "Name what you know of: `tokens` by their `print` (GET /v1/tokens), `acts` by "
                          "their serial (GET /v1/tokens/console/history).");
        for (const auto& print : c.tokens)
            if (std::ranges::none_of(s.tokens, [&](const auto& one) { return token_print(one.digest) == print; }))
                return refuse(code::not_found, "This holder has no such token.", {{"print", print}});
        for (const auto serial : c.acts)
            if (std::ranges::find(s.went_on, serial, &let_go::serial) == s.went_on.end())
                return refuse(code::not_found, "There is no such act.", {{"act", std::to_string(serial)}});
        return {};
    }
    result<void> may_acknowledge(const held_token& one) const {
        if (same_person(holder_of(s, one, now.now), now.by))
            return refuse(code::own_application, "Nobody acknowledges a token of their own.");
        return {};
    }
    /// No administrator is left but those of the command line: time, for everybody to see it, stands for the second
    /// hand.
    result<void> may_acknowledge_beside(const held_token& one, std::int64_t kin_ms) const {
        if (counted_as_one(holder_of(s, one, now.now), now.by))
            return refuse(code::own_application, "Nobody acknowledges a token of their own.");
        const auto from = one.since + base::duration{kin_ms};
        if (now.now >= from) return {};
        return refuse(code::own_application,
                      "All administrators were made at the command line: one acknowledges another's token only once it "
                      "has been there for as long as who makes a token counts as its holder.",
                      {{"again_at", base::iso(from)}});
    }
    result<credential_events> operator()(const let_go_on& c) const {
        const bool console = now.by.as == role::system && now.by.id == console_holder();
        if (!console && now.by.as != role::admin)
            return refuse(code::forbidden, "Administrators let the server go on, two together.");
        if (!console && c.what == stop_kind::keys)
            return refuse(code::invalid, "Keys are exchanged at the command line.", {{"field", "what"}});
        if (!console && c.what == stop_kind::anchors)
            return refuse(code::invalid, "What the anchors do not fit is accepted at the command line.",
                          {{"field", "what"}});
        if (c.detail.size() > detail_max) return refuse(code::invalid, "That is too long.");
        const auto same = [&](const let_go& one) {
            return one.what == c.what && one.detail == c.detail && one.asked_at == c.asked_at && one.by == now.by;
        };
        if (std::ranges::any_of(s.went_on, same)) return credential_events{};
        if (!console) {
            CHECK(check_reason(c.reason));
            if (!now.second) CHECK(one_at_a_time(c));
            CHECK(need_second(now, act::let_go_on));
        }
        const int serial = s.went_on.empty() ? 1 : s.went_on.back().serial + 1;
        return credential_events{
            went_on{{serial, c.what, c.detail, c.reason, now.by, now.second, c.asked_at, now.now, !console}}};
    }

    /// Of each kind one waits (of tokens, for each holder): whoever signs reads one request, not the last of thirty.
    result<void> one_at_a_time(const let_go_on& c) const {
        for (const auto& asked : s.asked.list) {
            if (!asked.waits(now.now) || asked.what != act::let_go_on) continue;
            const auto stored = base::from_json<credential_command>(asked.body);
            const auto* other = stored ? std::get_if<let_go_on>(&*stored) : nullptr;
            if (other == nullptr || other->what != c.what) continue;
            if (c.what == stop_kind::tokens && other->detail != c.detail) continue;
            return refuse(code::blocked,
                          "That is asked for already: another administrator signs it, or refuses it before it is asked "
                          "for anew.",
                          {{"request", std::to_string(asked.serial)}});
        }
        return {};
    }

    result<void> spend(const spent& of, int hourly, const char* words) const {
        const bool same_hour = of.since && now.now < of.since + window;
        if (hourly == 0 || !same_hour || of.count < hourly) return {};
        return refuse(code::too_many, words, {{"again_at", base::iso(of.since + window)}});
    }
    result<credential_events> operator()(const note_search& c) const {
        const bool lately = s.searched_at && now.now < s.searched_at + same_search;
        if (lately && std::ranges::find(s.searched, c.subject) != s.searched.end()) return credential_events{};
        CHECK(spend(s.searches, c.hourly, "You have looked for too many numbers within the hour."));
        return credential_events{number_searched{c.subject, c.found, now.by, now.now, c.why}};
    }
    result<credential_events> operator()(const note_lock& c) const {
        CHECK(spend(s.locks, c.hourly, "You have locked too many lines within the hour; another person may."));
        return credential_events{line_lock_asked{c.line, now.by, now.now}};
    }
    result<credential_events> operator()(const note_call& c) const {
        if (now.by.as != role::portal || now.through != channel::hotline)
            return refuse(code::forbidden, "The hotline notes its calls.");
        if (!is_noted_call(c.call, c.state, c.outcome) || c.seconds < 0 || c.entries < 0)
            return refuse(code::invalid, "A call has a name, a state and an outcome.");
        return credential_events{call_noted{c.call, c.proved, c.state, c.outcome, c.seconds, c.entries, now.now}};
    }
    result<credential_events> operator()(const note_money& c) const {
        if (c.minor <= 0) return credential_events{};
        std::int64_t before = 0;
        auto again_at = money_counts_until(now.now);
        for (const auto& one : s.money) {
            if (one.of != c.of || now.now >= one.until) continue;
            before += one.minor;
            again_at = std::min(again_at, one.until);
        }
        if (c.minor > c.most || before > c.most - c.minor)
            return refuse(code::too_many, "You have moved as much money within a day as one person may alone.",
                          {{"again_at", base::iso(again_at)}});
        return credential_events{money_noted{c.of, c.line, c.minor, now.by, now.now}};
    }
    template <webhook_command Command>
    result<credential_events> operator()(const Command& c) const {
        if (now.by.as != role::admin) return refuse(code::forbidden, "Administrators manage webhooks.");
        TRY(done, decide_webhook(s.webhooks, c, now));
        credential_events out;
        if (!done) return out;
        out.emplace_back(std::move(*done));
        if constexpr (std::same_as<Command, rotate_webhook>)
            if (auto ended = ended_by(s.webhooks, c, now.now)) out.emplace_back(std::move(*ended));
        return out;
    }
    // -- accounts

    result<void> check_account(const open_account& c) const {
        if (now.by.as != role::admin) return refuse(code::forbidden, "An administrator opens accounts.");
        if (!is_staff(c.as))
            return refuse(code::invalid, "An account is an agent's, a reviewer's or an administrator's.",
                          {{"field", "role"}});
        if (c.holder.empty() || c.person.empty() || c.invitation.empty() || c.channels.size() > account_channels_max)
            return refuse(code::invalid, "An account needs a name and a person.", {{"field", "name"}});
        if (is_reserved(c.holder) || is_reserved(c.person))
            return refuse(code::invalid, "This name stands for the program itself.", {{"field", "name"}});
        if (s.account)
            return refuse(code::id_taken, "There is an account of this name; reset it, or take another name.",
                          {{"field", "name"}});
        return {};
    }
    /// A role is nobody's own doing: neither asked for by who would have it, nor signed by them.
    result<void> check_not_ones_own(role as, const label& holder, const label& person) const {
        const auto is_theirs = [&](const actor& who) { return answers_to(who, holder) || answers_to(who, person); };
        if (now.second && is_theirs(*now.second))
            return refuse(code::own_application, "Nobody signs for an account of their own.");
        if ((person_of(now.by) == person || now.by.id == holder) && now.by.as != as)
            return refuse(code::own_application, "Nobody gives themselves another role.");
        return {};
    }
    result<credential_events> operator()(const open_account& c) const {
        CHECK(check_account(c));
        CHECK(check_not_ones_own(c.as, c.holder, c.person));
        if (c.as == role::admin) CHECK(check_own_next(c.holder, c.person));
        // A name that has, or had, a credential is somebody already: whoever asked would be them.
        const bool own = person_of(now.by) == c.person && now.by.as == c.as;
        const bool others = c.anothers_name || was_anothers(c.as, c.person) || (!own && !s.ever.empty());
        if (c.lone_admin && (others || c.as == role::reviewer))
            return refuse(code::second_person_needed,
                          "One administrator alone makes agents and the second administrator, under names that nobody "
                          "had.");
        if (!c.lone_admin && (is_mighty(c.as) || others)) CHECK(need_second(now, act::open_account));
        staff_account made;
        made.as = c.as;
        made.person = c.person;
        made.channels = c.channels;
        made.by = now.by;
        made.second = now.second;
        made.since = now.now;
        made.kin = with_kin_of(now.by);
        made.kin_until = now.now + base::duration{c.kin_ms};
        made.invitation = c.invitation;
        made.invited_until = now.now + base::duration{c.invited_ms};
        return credential_events{account_opened{c.holder, std::move(made)}};
    }
    result<const staff_account*> need_account() const {
        if (!s.account) return refuse(code::not_found, "There is no such account.");
        return &*s.account;
    }
    result<credential_events> operator()(const reset_account& c) const {
        if (now.by.as != role::admin) return refuse(code::forbidden, "Administrators reset accounts.");
        TRY(known, need_account());
        if (c.invitation.empty()) return refuse(code::invalid, "A reset needs an invitation.");
        if (c.invitation == known->invitation) return credential_events{};
        CHECK(check_not_ones_own(known->as, s.holder, known->person));
        // Where nobody else ever came, whoever opened it opens it anew: there is no second one who could sign.
        const bool untaken =
            !known->taken_up_at && !known->signed_in_at && (known->provided.empty() || known->as == role::admin);
        if (!c.lone_admin || (is_mighty(known->as) && !untaken)) CHECK(need_second(now, act::reset_account));
        auto kin = with_kin_of(now.by);
        if (now.now < known->kin_until)
            for (const auto& one : known->kin)
                if (kin.size() < kin_max && std::ranges::find(kin, one) == kin.end()) kin.push_back(one);
        const auto until = std::max(known->kin_until, now.now + base::duration{c.kin_ms});
        credential_events out{account_reset{c.invitation, now.now + base::duration{c.invited_ms}, std::move(kin), until,
                                            now.by, now.second, now.now}};
        add_ended(out, "the account was reset");
        return out;
    }
    result<credential_events> operator()(const disable_account& c) const {
        if (now.by.as != role::admin) return refuse(code::forbidden, "An administrator disables accounts.");
        TRY(known, need_account());
        CHECK(check_reason(c.why));
        if (known->disabled_at) return credential_events{};
        credential_events out{account_disabled{now.by, c.why, now.now}};
        add_ended(out, "the account was disabled");
        return out;
    }
    void add_ended(credential_events& to, const char* why) const {
        auto ended = sessions_of_account([](const held_token&) { return true; });
        if (!ended.empty()) to.emplace_back(sessions_ended{std::move(ended), now.by, why, now.now});
    }
    /// A door says that password and code were right; it speaks as the one who signs in, and as nobody else.
    result<const staff_account*> need_own_account() const {
        TRY(known, need_account());
        if (now.by.as != known->as || now.by.id != s.holder || now.by.person != known->person)
            return refuse(code::forbidden, "Nobody signs in as somebody else.");
        if (known->disabled_at) return refuse(code::forbidden, "The account is disabled.");
        return known;
    }
    result<credential_events> operator()(const take_up_account& c) const {
        TRY(known, need_own_account());
        if (!known->is_invited(now.now) || c.invitation != known->invitation || c.secret.empty())
            return refuse(code::not_found, "There is no such invitation any more.");
        credential_events out{account_taken_up{c.secret, now.now}};
        add_entrance(out, *known, c.how);
        return out;
    }
    result<credential_events> operator()(const sign_in_staff& c) const {
        TRY(known, need_own_account());
        if (!known->has_password() || c.secret != known->secret)
            return refuse(code::forbidden, "The account was changed meanwhile.");
        CHECK(may_try_code(*known, c.how.caller, now.now));
        if (c.how.step <= known->step) return refuse(code::otp_expired, "This code was used.");
        credential_events out;
        CHECK(end_replaced(out, c.how.instead_of));
        add_entrance(out, *known, c.how);
        return out;
    }
    void add_entrance(credential_events& to, const staff_account& of, const staff_entrance& how) const {
        to.emplace_back(staff_signed_in{how.step, how.caller, now.now});
        add_session(to, of, how.digest, how.lives_ms, how.instead_of);
    }
    /// Whoever proves themself anew has another session instead of the one in which they do: another person's proof
    /// finds no such session of theirs, and what a thief has of it is good for nothing any more.
    result<void> end_replaced(credential_events& to, const std::string& print) const {
        if (print.empty()) return {};
        auto ended = sessions_of_account([&](const held_token& one) { return token_print(one.digest) == print; });
        if (ended.empty()) return refuse(code::unauthenticated, "The session is over, or somebody else's.");
        to.emplace_back(sessions_ended{std::move(ended), now.by, "proved anew", now.now});
        return {};
    }
    held_token& add_session(credential_events& to, const staff_account& of, const std::string& digest,
                            std::int64_t lives_ms, const std::string& instead_of) const {
        auto before = sessions_of_account([&](const held_token& one) { return token_print(one.digest) != instead_of; });
        if (std::ssize(before) >= sessions_max) {
            before.resize(before.size() - sessions_max + 1);  // the oldest, as they are listed by their beginning
            to.emplace_back(sessions_ended{std::move(before), now.by, "too many at once", now.now});
        }
        held_token made;
        made.digest = digest;
        made.as = of.as;
        made.person = of.person;
        made.channels = of.channels;
        made.origin = token_origin::account;
        made.since = now.now;
        made.expires_at = now.now + base::duration{lives_ms};
        made.by = now.by;
        made.proved_at = now.now;
        if (now.now < of.kin_until) {
            made.kin = of.kin;
            made.kin_until = of.kin_until;
        }
        to.emplace_back(token_issued{s.holder.empty() ? now.by.id : s.holder, std::move(made)});
        return std::get<token_issued>(to.back()).token;
    }

    // -- a provider vouches

    /// Under which account: theirs; one that two administrators made, where the configuration names it; or a new one.
    result<staff_account> account_provided_to(const enter_provided& c) const {
        if (now.by.id != c.holder || now.by.person.empty() || c.provided.empty() || c.digest.empty())
            return refuse(code::invalid, "A provider vouches for somebody.");
        if (!is_staff(now.by.as)) return refuse(code::forbidden, "No provider makes machines or customers.");
        if (is_reserved(c.holder) || is_reserved(now.by.person))
            return refuse(code::invalid, "This name stands for the program itself.", {{"field", "name"}});
        if (!s.account) {
            const bool same = std::ranges::any_of(s.ever, [&](const auto& one) { return one.person == now.by.person; });
            if (c.named ? !s.ever.empty() && !same : c.anothers_name || !s.ever.empty()) return name_is_taken();
            staff_account made;
            made.as = now.by.as;
            made.person = now.by.person;
            made.by = actor{role::system, provider_holder()};
            made.since = now.now;
            made.channels = c.channels;
            return made;
        }
        const auto& known = *s.account;
        if (known.disabled_at && known.provided == c.provided && !known.signed_in_at && !known.taken_up_at)
            return refuse(code::second_person_needed, "Two administrators let them in first: they reset the account.");
        if (known.disabled_at) return refuse(code::forbidden, "The account is disabled.");
        if (known.person != now.by.person || (known.provided != c.provided && !c.named)) return name_is_taken();
        // Two gave it this role, or one that of an agent: what the provider says adds nothing to it.
        if (known.is_local() && known.as != now.by.as)
            return refuse(code::forbidden, "The account has another role than the provider says.");
        return known;
    }
    /// Whom the provider calls new may be somebody here under another name. A role that decides, for the first time, is
    /// given by two, unless the configuration says who they are; and so is what somebody here had taken away.
    bool waits(const enter_provided& c, const staff_account& of) const {
        if (!s.account) return c.named ? s.revoked_at != instant{} : is_mighty(now.by.as);
        return !c.named && !of.is_local() && of.as != now.by.as && is_mighty(now.by.as);
    }
    static std::unexpected<base::error> name_is_taken() {
        return refuse(code::id_taken, "The name is, or was, somebody's here; the configuration says whose it is.",
                      {{"field", "name"}});
    }
    result<credential_events> operator()(const enter_provided& c) const {
        TRY(of, account_provided_to(c));
        credential_events out;
        const bool another = !of.provided.empty() && of.provided != c.provided;
        const bool role_changes = s.account && of.as != now.by.as;
        if (!s.account) out.emplace_back(account_opened{c.holder, of});
        if (of.provided != c.provided || of.as != now.by.as || of.left_at)
            out.emplace_back(account_provided{c.provided, now.by.as, now.now});
        const bool ends = another || role_changes;
        if (ends) add_ended(out, another ? "somebody else at the provider" : "another role at the provider");
        if (waits(c, of)) {
            const actor provider{role::system, provider_holder()};
            out.emplace_back(account_disabled{provider, "two administrators let them in, by a reset", now.now});
            return out;
        }
        CHECK(end_replaced(out, c.instead_of));
        out.emplace_back(provided_signed_in{c.caller, now.now});
        of.as = now.by.as;
        if (!of.is_local()) of.channels = c.channels;
        auto& made = add_session(out, of, c.digest, c.lives_ms, c.instead_of);
        made.proved_at = std::min(c.proved_at, now.now);
        made.provided = c.provided;
        made.at_provider = c.at_provider;
        return out;
    }
    template <typename Which>
    void add_provided_ended(credential_events& to, const char* why, Which which) const {
        auto ended = sessions_of_account([&](const held_token& one) { return !one.provided.empty() && which(one); });
        if (!ended.empty()) to.emplace_back(sessions_ended{std::move(ended), now.by, why, now.now});
    }
    result<credential_events> operator()(const leave_provided& c) const {
        credential_events out;
        if (!s.account || c.provided.empty() || s.account->provided != c.provided) return out;
        if (!s.account->left_at) out.emplace_back(account_left{now.now});
        add_provided_ended(out, "no role at the provider", [](const held_token&) { return true; });
        return out;
    }
    result<credential_events> operator()(const end_provided& c) const {
        credential_events out;
        if (c.provided.empty() && c.at_provider.empty()) return out;
        add_provided_ended(out, "signed out at the provider", [&](const held_token& one) {
            if (!c.provided.empty() && one.provided != c.provided) return false;
            // One that the provider gave no name to may be the one that it means now.
            const bool unnamed = one.at_provider.empty() && !c.provided.empty();
            return c.at_provider.empty() || one.at_provider == c.at_provider || unnamed;
        });
        return out;
    }

    result<credential_events> operator()(const note_wrong_code& c) const {
        TRY(known, need_own_account());
        CHECK(may_try_code(*known, c.caller, now.now));
        return credential_events{account_code_wrong{is_known_caller(*known, c.caller), now.now}};
    }

    // -- passkeys of the account

    result<const staff_account*> need_own_password(const std::string& session) const {
        TRY(known, need_own_account());
        if (!makes_passkeys(s, session, now.now)) return std::unexpected(no_session_for_passkeys());
        return known;
    }
    result<credential_events> operator()(const try_staff_proof& c) const {
        CHECK(need_own_password(c.session));
        CHECK(may_try_proof(s.passkeys, now.now));
        return credential_events{staff_proof_tried{now.now}};
    }
    result<credential_events> operator()(const enrol_staff_passkey& c) const {
        TRY(known, need_own_password(c.session));
        if (c.secret != known->secret) return refuse(code::forbidden, "The account was changed meanwhile.");
        if (c.step <= known->step) return refuse(code::otp_expired, "This code was used.");
        const answered_challenge answered{c.nonce, c.until};
        CHECK(passkey_rules::check_challenge(s.passkeys.answered, answered, now.now));
        CHECK(passkey_rules::check_made(s.passkeys.list, c.what));
        auto made = c.what;
        made.serial = s.passkeys.made + 1;
        made.at = now.now;
        made.full_from = now.now;
        made.used_at.reset();
        made.doubted_at.reset();
        made.exposed = false;
        return credential_events{staff_passkey_enrolled{std::move(made), c.step, answered}};
    }
    result<credential_events> operator()(const remove_staff_passkey& c) const {
        CHECK(need_own_account());
        if (c.serial < 1 || c.serial > s.passkeys.made) return refuse(code::not_found, "There is no such passkey.");
        if (passkey_rules::find(s.passkeys.list, c.serial) == nullptr) return credential_events{};
        credential_events out{staff_passkey_removed{c.serial, now.by, now.now}};
        auto ended = sessions_of_account([&](const held_token& one) { return one.passkey == c.serial; });
        if (!ended.empty())
            out.emplace_back(sessions_ended{std::move(ended), now.by, "the passkey was removed", now.now});
        return out;
    }
    /// A passkey stands for password and code: it holds where they do.
    result<credential_events> operator()(const sign_in_by_staff_passkey& c) const {
        TRY(known, need_own_account());
        if (!known->has_password() || c.secret != known->secret)
            return refuse(code::forbidden, "The account was changed meanwhile.");
        const auto* one = passkey_rules::find(s.passkeys.list, c.credential);
        if (one == nullptr) return refuse(code::not_found, "There is no such passkey.");
        const answered_challenge answered{c.nonce, c.until};
        CHECK(passkey_rules::check_challenge(s.passkeys.answered, answered, now.now));
        if (passkey_rules::counts_backwards(*one, c.count)) {
            const bool told = !one->doubted_at || now.now >= *one->doubted_at + passkey_doubt_told_again;
            return credential_events{staff_passkey_doubted{one->serial, c.count, told, answered, now.now}};
        }
        credential_events out{staff_passkey_used{one->serial, c.count, answered, now.now}};
        add_session(out, *known, c.digest, c.lives_ms, {}).passkey = one->serial;
        return out;
    }

    result<credential_events> operator()(const expire_requests&) const {
        credential_events out;
        for (auto& one : lapsed(s.asked, now.now)) out.emplace_back(std::move(one));
        for (auto& one : ended_secrets(s.webhooks, now.now)) out.emplace_back(std::move(one));
        return out;
    }
    result<credential_events> operator()(const countersign&) const {
        return refuse(code::internal, "Carried out around the rules.");
    }
    result<credential_events> operator()(const refuse_second&) const {
        return refuse(code::internal, "Carried out around the rules.");
    }
};

void count_one(spent& into, instant at) {
    if (!into.since || at >= into.since + window) into = {at, 0};
    ++into.count;
}

struct credential_folder {
    credential_state& s;

    void operator()(const token_issued& e) const {
        s.holder = e.holder;
        s.of_subscriber = e.token.as == role::subscriber;
        std::erase_if(s.tokens, [&](const held_token& one) { return !in_force(one, e.token.since); });
        s.tokens.push_back(e.token);
        const past_holder one{e.token.as, e.token.person};
        if (!s.of_subscriber && std::ranges::find(s.ever, one) == s.ever.end()) s.ever.push_back(one);
    }
    void operator()(const token_used& e) const {
        for (auto& one : s.tokens)
            if (one.digest == e.digest) one.last_used = e.at;
    }
    void operator()(const tokens_revoked& e) const {
        s.revoked_at = e.at;
        std::erase_if(s.tokens, [&](const held_token& one) {
            return std::ranges::find(e.digests, one.digest) != e.digests.end();
        });
    }
    void operator()(const sessions_ended& e) const {
        std::erase_if(s.tokens, [&](const held_token& one) {
            return std::ranges::find(e.digests, one.digest) != e.digests.end();
        });
    }
    void operator()(const tokens_acknowledged& e) const {
        const bool all = e.tokens.empty() && e.acts.empty();  // as it was said before it named them
        const auto is_named = [](const auto& names, const auto& one) { return std::ranges::count(names, one) > 0; };
        for (auto& one : s.tokens) {
            if (one.acknowledged || !(all || is_named(e.tokens, token_print(one.digest)))) continue;
            one.acknowledged = true;
            if (e.kin.empty()) continue;
            for (const auto& kin : e.kin)
                if (std::ranges::find(one.kin, kin) == one.kin.end()) one.kin.push_back(kin);
            one.kin_until = std::max(one.kin_until, e.kin_until);
        }
        for (auto& one : s.went_on)
            if (all || is_named(e.acts, one.serial)) one.acknowledged = true;
    }
    void operator()(const number_searched& e) const {
        count_one(s.searches, e.at);
        if (!s.searched_at || e.at >= s.searched_at + same_search) {
            s.searched.clear();
            s.searched_at = e.at;
        }
        if (s.searched.size() < searched_kept) s.searched.push_back(e.subject);
    }
    void operator()(const call_noted&) const {}
    void operator()(const line_lock_asked& e) const { count_one(s.locks, e.at); }
    void operator()(const money_noted& e) const {
        std::erase_if(s.money, [&](const money_spent& one) { return e.at >= one.until; });
        const auto until = money_counts_until(e.at);
        const auto known =
            std::ranges::find_if(s.money, [&](const money_spent& one) { return one.of == e.of && one.until == until; });
        if (known == s.money.end())
            s.money.push_back({e.of, until, e.minor});
        else
            known->minor += e.minor;
    }
    void operator()(const went_on& e) const {
        s.holder = console_holder();
        s.went_on.push_back(e.how);
        if (s.went_on.size() > went_on_kept) s.went_on.erase(s.went_on.begin());
    }
    template <webhook_event Event>
    void operator()(const Event& e) const {
        s.holder = webhook_holder();
        fold(s.webhooks, e);
    }
    void operator()(const account_opened& e) const {
        s.holder = e.holder;
        s.account = e.account;
        const past_holder one{e.account.as, e.account.person};
        if (std::ranges::find(s.ever, one) == s.ever.end()) s.ever.push_back(one);
    }
    template <account_event Event>
    void operator()(const Event& e) const {
        if (s.account) fold(*s.account, e);
        if constexpr (base::one_of<Event, account_reset, account_disabled>) forget_all(s.passkeys);
    }
    template <staff_passkey_event Event>
    void operator()(const Event& e) const {
        fold(s.passkeys, e);
        if constexpr (std::same_as<Event, staff_passkey_enrolled>)
            if (s.account) s.account->step = e.step;
        if constexpr (std::same_as<Event, staff_passkey_used>)
            if (s.account) s.account->signed_in_at = e.at;
    }
    void operator()(const account_provided& e) const {
        if (!s.account) return;
        fold(*s.account, e);
        const past_holder one{e.as, s.account->person};
        if (std::ranges::find(s.ever, one) == s.ever.end()) s.ever.push_back(one);
    }
    void operator()(const second_wanted& e) const { fold(s.asked, e); }
    void operator()(const second_given& e) const { fold(s.asked, e); }
    void operator()(const second_refused& e) const { fold(s.asked, e); }
    void operator()(const second_expired& e) const { fold(s.asked, e); }
};

struct credential_reactor {
    const credential_state& s;
    std::vector<effect> out{};

    void publish_about(const char* topic, boost::json::object what) {
        what["holder"] = s.holder.text();
        out.push_back(publish{topic, {boost::json::serialize(what)}});
    }
    void operator()(const token_issued& e) {
        if (e.token.as == role::subscriber || e.token.origin == token_origin::account) return;
        boost::json::object what{{"role", boost::describe::enum_to_string(e.token.as, "")},
                                 {"person", e.token.person.text()},
                                 {"origin", boost::describe::enum_to_string(e.token.origin, "")},
                                 {"by", e.token.by.id.text()},
                                 {"at", base::iso(e.token.since)}};
        if (e.token.second) what["second"] = e.token.second->id.text();
        if (e.token.expires_at) what["expires_at"] = base::iso(e.token.expires_at);
        publish_about("token.created", std::move(what));
    }
    void operator()(const tokens_revoked& e) {
        if (s.of_subscriber) return;
        publish_about("token.revoked", {{"by", e.by.id.text()}, {"tokens", e.digests.size()}, {"at", base::iso(e.at)}});
    }
    void operator()(const went_on& e) {
        boost::json::object what{{"what", boost::describe::enum_to_string(e.how.what, "")},
                                 {"by", e.how.by.id.text()},
                                 {"at", base::iso(e.how.at)}};
        if (e.how.second) what["second"] = e.how.second->id.text();
        publish_about("operator.let_go_on", std::move(what));
    }
    void operator()(const account_opened& e) {
        boost::json::object what{{"role", boost::describe::enum_to_string(e.account.as, "")},
                                 {"person", e.account.person.text()},
                                 {"by", e.account.by.id.text()},
                                 {"at", base::iso(e.account.since)}};
        if (e.account.second) what["second"] = e.account.second->id.text();
        publish_about("account.opened", std::move(what));
    }
    void operator()(const account_reset& e) {
        boost::json::object what{{"by", e.by.id.text()}, {"at", base::iso(e.at)}};
        if (e.second) what["second"] = e.second->id.text();
        publish_about("account.reset", std::move(what));
    }
    void operator()(const account_disabled& e) {
        publish_about("account.disabled", {{"by", e.by.id.text()}, {"at", base::iso(e.at)}});
    }
    void operator()(const staff_passkey_enrolled& e) {
        publish_about("account.passkey_added", {{"passkey", e.what.serial}, {"at", base::iso(e.what.at)}});
    }
    void operator()(const staff_passkey_removed& e) {
        publish_about("account.passkey_removed", {{"passkey", e.serial}, {"at", base::iso(e.at)}});
    }
    void operator()(const staff_passkey_doubted& e) {
        if (e.told) publish_about("account.passkey_doubted", {{"passkey", e.serial}, {"at", base::iso(e.at)}});
    }
    void operator()(const webhook_opened& e) { about_webhook("webhook.opened", e.how.id, e.how.by, e.how.since); }
    void operator()(const webhook_changed& e) { about_webhook("webhook.changed", e.id, e.by, e.at); }
    void operator()(const webhook_rotated& e) { about_webhook("webhook.rotated", e.id, e.by, e.at); }
    void operator()(const webhook_paused& e) {
        about_webhook(e.paused ? "webhook.paused" : "webhook.resumed", e.id, e.by, e.at);
    }
    void operator()(const webhook_replayed& e) { about_webhook("webhook.replayed", e.id, e.by, e.at); }
    void operator()(const webhook_closed& e) {
        out.push_back(forget_webhook{e.id});
        about_webhook("webhook.deleted", e.id, e.by, e.at);
    }
    void operator()(const webhook_secrets_ended& e) {
        if (e.whole) out.push_back(forget_webhook{e.id});
    }
    void about_webhook(const char* topic, const std::string& id, const actor& by, instant at) {
        out.push_back(publish{topic,
                              {boost::json::serialize(
                                  boost::json::object{{"webhook", id}, {"by", by.id.text()}, {"at", base::iso(at)}})}});
    }
    /// Nothing is to be done outside.
    template <typename Event>
        requires base::one_of<Event, token_used, sessions_ended, tokens_acknowledged, number_searched, line_lock_asked,
                              call_noted, money_noted, webhook_tried, second_wanted, second_given, second_refused,
                              second_expired, account_taken_up, staff_signed_in, account_code_wrong, account_provided,
                              account_left, provided_signed_in, staff_proof_tried, staff_passkey_used>
    void operator()(const Event&) {}
};

/// The secret that was sealed for a request which nobody signs any more.
std::optional<webhook_secrets_ended> unused_secret(const credential_state& before, int serial, instant now) {
    const auto* asked = before.asked.find(serial);
    if (asked == nullptr || asked->body.empty()) return std::nullopt;
    const auto stored = base::from_json<credential_command>(asked->body);
    if (!stored) return std::nullopt;
    const auto ended = [&](const auto& c) {
        return webhook_secrets_ended{c.id, {c.secret}, find_webhook(before.webhooks, c.id) == nullptr, now};
    };
    if (const auto* open = std::get_if<open_webhook>(&*stored)) return ended(*open);
    if (const auto* rotate = std::get_if<rotate_webhook>(&*stored)) return ended(*rotate);
    return std::nullopt;
}

}  // namespace

std::string credential_key(role as, const label& holder) {
    return (as == role::subscriber ? "customer/" : "staff/") + holder.text();
}

label webhook_holder() { return label::trusted(std::string(webhooks_name)); }

label provider_holder() { return label::trusted(std::string(provider_name)); }

label console_holder() { return label::trusted(std::string(console_name)); }

std::string token_print(std::string_view digest) {
    constexpr std::size_t shown = 8;
    return base::hex(base::byte_view(base::sha256(base::view("token/" + std::string(digest)))).first(shown));
}

const held_token* token_in_force(const credential_state& s, std::string_view digest, instant now) {
    const auto found = std::ranges::find(s.tokens, digest, &held_token::digest);
    return found == s.tokens.end() || !in_force(*found, now) ? nullptr : &*found;
}

bool makes_passkeys(const credential_state& s, std::string_view session, instant now) {
    const auto* in = token_in_force(s, session, now);
    return in != nullptr && in->origin == token_origin::account && in->provided.empty() && in->passkey == 0 &&
           s.account && s.account->has_password();
}

actor holder_of(const credential_state& s, const held_token& token, instant now) {
    actor out{token.as, s.holder, token.person, {}};
    if (now < token.kin_until || !token.acknowledged) out.kin = token.kin;
    if (!token.acknowledged) out.kin.push_back(label::trusted(std::string(unacknowledged_name)));
    return out;
}

std::optional<actor> decider_of(const credential_state& s, instant now) {
    std::optional<actor> out;
    for (const auto& one : s.tokens)
        if (token_in_force(s, one.digest, now) != nullptr) {
            auto who = holder_of(s, one, now);
            if (is_decider(who) && is_acknowledged(who)) out = std::move(who);
        }
    if (out || !s.account || !s.account->is_active()) return out;
    actor who{s.account->as, s.holder, s.account->person, {}};
    if (now < s.account->kin_until) who.kin = s.account->kin;
    return is_decider(who) ? std::optional(std::move(who)) : std::nullopt;
}

std::optional<base::error> why_not_sign_token(const second_request& asked, const actor& who, instant now) {
    if (auto why = why_not_sign(asked, who, now)) return why;
    if (who.as != role::admin) return base::error{code::forbidden, "Another administrator signs for a token."};
    return std::nullopt;
}

result<decided<credential>> credential::decide(const state& before, const command& what, const context& now) {
    const auto rules = [](decision<credential>& into, const command& one, const context& as) -> result<void> {
        TRY(happens, std::visit(credential_decider{into.state(), as}, one));
        into.emit_all(std::move(happens));
        return {};
    };
    const auto may = [&](const state&, const second_request& asked, const actor& who) {
        return why_not_sign_token(asked, who, now.now);
    };
    const auto facts = [](const state&, const command&) { return std::string(); };
    TRY(out, with_second_person<credential>(before, what, now, shortest_wait(*now.rules), rules, may, facts));
    std::vector<event> unused;
    for (const auto& one : out.events()) {
        const auto* no = std::get_if<second_refused>(&one);
        const auto* late = std::get_if<second_expired>(&one);
        if (no == nullptr && late == nullptr) continue;
        if (auto ended = unused_secret(before, no != nullptr ? no->serial : late->serial, now.now))
            unused.emplace_back(std::move(*ended));
    }
    out.emit_all(std::move(unused));
    return std::move(out).done();
}

void credential::evolve(state& s, const event& what) { std::visit(credential_folder{s}, what); }

std::vector<effect> credential::react(const state& after, const event& what) {
    credential_reactor reactor{after};
    std::visit(reactor, what);
    return std::move(reactor.out);
}

std::optional<instant> credential::next_due(const state& s) {
    const auto expiry = s.asked.next_expiry();
    const auto end = next_secret_end(s.webhooks);
    return expiry && end ? std::min(expiry, end) : expiry ? expiry : end;
}

}  // namespace keepline::domain
