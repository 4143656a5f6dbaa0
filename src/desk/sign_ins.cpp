// Signing in with a code. A portal asks for whoever stands before it; what is answered is the same whether the number
// is ours or not, whether a code is on its way or not, and takes as long. Which codes are sent and how many wrong ones
// are heard is the domain's (domain/subscriber/sign_in.hpp).
#include "desk/answered_again.hpp"
#include "desk/commands.hpp"
#include "desk/line_in_hand.hpp"
#include "desk/sessions.hpp"
#include "desk/sign_in_name.hpp"
#include "domain/subscriber/sign_in_rules.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;

namespace {
namespace signing_in {

constexpr std::size_t caller_bytes_max = 200;
constexpr std::size_t caller_shown = 32;
constexpr std::size_t code_digits = 8;
// Of whatever numbers, at each node alone: so that nobody has the whole book of them sent codes. Beyond it the answer
// is the same, and nothing is sent. (How many go to one number is the domain's: a limit here would keep its owner out.)
// Behind one address of a carrier are thousands of phones, and who signed in from there before does not count.
constexpr int strangers_of_caller_a_day = 1000;

/// Whose number it is now.
struct owner {
    label id;
    base::msisdn number;
};
std::optional<owner> owner_by(const asked& c, const sign_in_name& name) {
    const auto view = c.core_of().read(key_of_number(name.number));
    if (!view) return std::nullopt;
    const auto& s = (*view)->number();
    if (!s.subscription) return std::nullopt;
    if (name.way == domain::sign_in_way::line && !check_in_hand(c, s)) return std::nullopt;
    return owner{s.subscription->subscriber, s.number};
}

base::msisdn line_of_way(const sign_in_name& name, const owner& who) {
    return name.way == domain::sign_in_way::line ? who.number : base::msisdn{};
}

bool is_known(const asked& c, const owner& who, const std::string& caller) {
    if (c.through == domain::channel::hotline) return false;  // whoever calls can show any number
    const auto view = c.core_of().read(key_of_subscriber(who.id));
    return view && domain::signing_in::is_known((*view)->subscriber(), caller, c.now());
}

/// Counts whoever asks, whether the number is ours or not; then looks at what all strangers were sent.
bool may_strangers(const asked& c, const std::optional<std::string>& caller) {
    if (caller &&
        c.at->sign_ins.add(c.secrets().keyed_digest("sign-in-count", "", *caller), c.now()) > strangers_of_caller_a_day)
        return false;
    const auto brake = c.at->strangers_codes.look(c.now());
    if (brake.is_news)
        c.at->with.log->warning("sign_in_codes_stopped", c.correlation,
                                {{"most_an_hour", std::to_string(c.at->strangers_codes.most())}});
    return !brake.holds;
}

std::optional<engine::submission> code_for(const asked& c, const sign_in_name& name,
                                           const std::optional<std::string>& caller) {
    const auto who = owner_by(c, name);
    const auto scope = who ? port::sign_in_scope(who->id.text()) : std::string();
    domain::ask_sign_in command;
    if (caller) command.caller = c.secrets().keyed_digest("caller", scope, *caller).substr(0, caller_shown);
    if (!(who && caller && is_known(c, *who, command.caller)) && !may_strangers(c, caller)) return std::nullopt;
    if (!who) return std::nullopt;
    command.way = name.way;
    command.number = line_of_way(name, *who);
    command.nonce = name.nonce;
    command.digest = c.secrets().keyed_digest("otp", scope, c.secrets().otp_code(scope, name.nonce));
    return about_person(c, who->id, std::move(command));
}

/// By whom, for which number, by which way: whether it is ours or not.
engine::idempotency same_ask(const asked& c, const sign_in_body& in) {
    const auto digest = c.secrets().keyed_digest("sign-in-again", in.caller ? "caller" : "",
                                                 std::string(in.how == domain::sign_in_way::line ? "line " : "mail ") +
                                                     in.number.text() + " " + in.caller.value_or(""));
    const auto hash = base::sha256(base::view(digest));
    engine::idempotency out;
    std::copy_n(hash.begin(), out.key.size(), out.key.begin());
    return out;
}

/// Of a sign-in by its own name: what was asked for, as same_ask says it.
engine::idempotency ask_of(const asked& c, const std::string& sign_in) {
    const auto hash = base::sha256(base::view(c.secrets().keyed_digest("sign-in-asked", "", sign_in)));
    engine::idempotency out;
    std::copy_n(hash.begin(), out.key.size(), out.key.begin());
    return out;
}

/// For the gap between two codes.
void keep_told(const asked& c, const engine::idempotency& same, const sign_in_told& told, base::duration gap) {
    c.at->sign_ins_told.keep(same, base::to_json(told), c.now(), gap);
    c.at->sign_ins_told.keep(ask_of(c, told.id), base::hex(same.key), c.now(), gap);
}

/// Its code was shown: whoever asks again has none to wait for.
void forget_told(const asked& c, const std::string& sign_in) {
    const auto text = c.at->sign_ins_told.again(ask_of(c, sign_in), c.now());
    const auto bytes = text ? base::from_hex(*text) : std::nullopt;
    engine::idempotency same;
    if (!bytes || bytes->size() != same.key.size()) return;
    std::ranges::copy(*bytes, same.key.begin());
    c.at->sign_ins_told.forget(same);
}

std::optional<sign_in_told> kept_in(shown_once& kept, const engine::idempotency& key, base::instant now) {
    const auto text = kept.again(key, now);
    const auto told = text ? base::from_json<sign_in_told>(*text) : std::unexpected(base::error{});
    return told ? std::optional(*told) : std::nullopt;
}
/// To a retry that did not see it, for some minutes; and to whoever asks again before another code may be sent: the
/// one that is on its way fits what they have open.
std::optional<sign_in_told> told_before(const asked& c, const engine::idempotency& same) {
    if (c.once)
        if (auto told = kept_in(c.at->secrets_shown, *c.once, c.now())) return told;
    return kept_in(c.at->sign_ins_told, same, c.now());
}

template <typename Event, typename Which>
bool has(const result<engine::answer>& done, Which which) {
    return done && std::ranges::any_of(done->events, [&](const engine::any_event& one) {
               const auto* event = std::get_if<domain::subscriber_event>(&one);
               const auto* wanted = event == nullptr ? nullptr : std::get_if<Event>(event);
               return wanted != nullptr && which(*wanted);
           });
}
bool is_in(const result<engine::answer>& done) {
    return has<domain::signed_in>(done, [](const auto&) { return true; });
}
bool to_stranger(const result<engine::answer>& done) {
    return has<domain::sign_in_code_sent>(done, [](const auto& one) { return !one.what.from_known; });
}

// -- with a saved code

/// Who guesses is one caller with one number; whoever shares an address with them has other numbers. (A code has 80
/// bits: this spares work, it does not protect. Nothing of it is journalled, or a stranger would write our journal.)
constexpr int saved_codes_tried_a_day = 10;

bool may_try(const asked& c, const saved_code_body& in) {
    const auto key = c.secrets().keyed_digest("saved-code-count", in.number.text(), in.caller.value_or(""));
    if (c.at->sign_ins.add(key, c.now()) > saved_codes_tried_a_day) return false;
    const auto of_all = c.secrets().keyed_digest("saved-code-count", "", in.caller.value_or(""));
    return !in.caller || c.at->sign_ins.add(of_all, c.now()) <= strangers_of_caller_a_day;
}

/// On the line's stream, also after its end while it is its last owner's.
struct saved_code_found {
    label owner;
    engine::submission spending;
};
std::optional<saved_code_found> find_saved_code(const asked& c, const base::msisdn& number, std::string_view plain) {
    const auto view = c.core_of().read(key_of_number(number));
    if (!view || !(*view)->number().subscription) return std::nullopt;
    const auto& line = *(*view)->number().subscription;
    auto known = line.recovery_digests;
    if (line.codes_before)
        known.insert(known.end(), line.codes_before->digests.begin(), line.codes_before->digests.end());
    auto digest = c.secrets().digest_like("recovery", (*view)->public_id, plain, known);
    if (std::ranges::find(known, digest) == known.end()) return std::nullopt;
    auto spending = submission_of(c, (*view)->key, domain::number_command{domain::spend_recovery_code{digest}});
    spending.once.reset();
    spending.expected_revision.reset();
    return saved_code_found{line.subscriber, std::move(spending)};
}

}  // namespace signing_in
}  // namespace

void desk::sign_in_by_saved_code(request by, said<saved_code_body> in, reply<shown_once_told> then) {
    using mine = ask_ptr<shown_once_told>;
    take(shared_, use::sign_in_by_saved_code, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (in->caller)
            if (auto fine = check_text("caller", *in->caller, signing_in::caller_bytes_max); !fine)
                return c->refuse(fine.error());
        const auto plain = make::plain_recovery_code(in->code);
        if (plain.empty() || in->number.empty())
            return c->refuse(
                {code::invalid, "`code` must be a recovery code of 16 letters and digits.", {{"field", "code"}}});
        if (answered_again(c)) return;
        const auto pace = answer_beat::begin(c);
        const auto no = [pace](const mine& same) { pace->then([same] { same->refuse(not_signed_in()); }); };
        if (!signing_in::may_try(*c, *in)) return no(c);
        auto found = signing_in::find_saved_code(*c, in->number, plain);
        if (!found) return no(c);
        const auto scope = port::sign_in_scope(found->owner.text());
        domain::sign_in_by_saved_code note{in->number, {}};
        if (in->caller)
            note.caller = c->secrets().keyed_digest("caller", scope, *in->caller).substr(0, signing_in::caller_shown);
        submit_whatever(c, std::move(found->spending),
                        [no, note, owner = found->owner](const mine& same, const result<engine::answer>& done) {
                            const auto* line = done ? &done->view->number().subscription : nullptr;
                            if (line == nullptr || !*line || (*line)->subscriber != owner) return no(same);
                            submit_whatever(same, about_person(*same, owner, domain::subscriber_command{note}),
                                            [no, owner](const mine& there, const result<engine::answer>& noted) {
                                                if (!noted) return no(there);
                                                const auto way = domain::sign_in_way::saved_code;
                                                open_session_signed_in(there, {owner, domain::level_of(way), way});
                                            });
                        });
    });
}

void desk::ask_sign_in(request by, said<sign_in_body> in, reply<sign_in_told> then) {
    using mine = ask_ptr<sign_in_told>;
    take(shared_, use::ask_sign_in, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (in->number.empty()) return c->refuse({code::invalid, "`number` is missing.", {{"field", "number"}}});
        if (in->how != domain::sign_in_way::line && in->how != domain::sign_in_way::mail)
            return c->refuse({code::invalid, "A code goes to the line or by mail.", {{"field", "how"}}});
        if (in->caller)
            if (auto fine = check_text("caller", *in->caller, signing_in::caller_bytes_max); !fine)
                return c->refuse(fine.error());
        const auto key = signing_in::same_ask(*c, *in);
        if (auto before = signing_in::told_before(*c, key)) return c->answer(std::move(*before));
        const auto limits = domain::contact_limits_of(*c->core_of().rules());
        if (!limits) return c->refuse(limits.error());
        const sign_in_name name{in->how, in->number, c->at->with.random->token(sign_in_nonce_bytes)};
        const sign_in_told told{sealed(c->secrets(), name), c->now() + base::minutes{limits->codes.ttl_minutes}};
        const base::duration gap = base::seconds{limits->codes.min_gap_seconds};
        signing_in::keep_told(*c, key, told, gap);
        const auto pace = answer_beat::begin(c);
        const auto answer = [pace, told, key, gap](const mine& same) {
            // Once more: the gap begins when the code was sent.
            signing_in::keep_told(*same, key, told, gap);
            pace->then([same, told] {
                if (same->once) same->at->secrets_shown.keep(*same->once, base::to_json(told), same->now());
                same->answer(told);
            });
        };
        auto what = signing_in::code_for(*c, name, in->caller);
        if (!what) return answer(c);
        submit_whatever(c, std::move(*what), [answer](const mine& same, const result<engine::answer>& done) {
            if (signing_in::to_stranger(done)) same->at->strangers_codes.add(same->now());
            if (!done && base::is_ours(done.error().what))
                same->at->with.log->warning("sign_in_code_not_sent", same->correlation,
                                            {{"reason", done.error().words}});
            answer(same);
        });
    });
}

void desk::answer_sign_in(request by, const std::string& sign_in, said<code_body> in, reply<shown_once_told> then) {
    using mine = ask_ptr<shown_once_told>;
    take(shared_, use::answer_sign_in, std::move(by), {sign_in}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const bool digits = std::ranges::all_of(in->code, [](char one) { return one >= '0' && one <= '9'; });
        if (in->code.size() != signing_in::code_digits || !digits)
            return c->refuse({code::invalid, "`code` must be the 8 digits of the message.", {{"field", "code"}}});
        if (answered_again(c)) return;
        const auto pace = answer_beat::begin(c);
        const auto no = [pace](const mine& same) { pace->then([same] { same->refuse(not_signed_in()); }); };
        const auto name = unsealed(c->secrets(), c->ids[0]);
        const auto who = name ? signing_in::owner_by(*c, *name) : std::nullopt;
        if (!who) return no(c);
        const auto scope = port::sign_in_scope(who->id.text());
        domain::answer_sign_in command{name->way, signing_in::line_of_way(*name, *who), name->nonce,
                                       c->secrets().keyed_digest("otp", scope, in->code)};
        const auto line = command.number;
        const auto level = domain::level_of(name->way);
        submit_whatever(
            c, about_person(*c, who->id, std::move(command)),
            [no, id = who->id, line, level, way = name->way](const mine& same, const result<engine::answer>& done) {
                if (!signing_in::is_in(done)) return no(same);
                signing_in::forget_told(*same, same->ids[0]);
                open_session_signed_in(same, {id, level, way, line});
            });
    });
}

}  // namespace keepline::desk
