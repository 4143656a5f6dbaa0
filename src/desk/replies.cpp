#include "desk/replies.hpp"

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "desk/token_register.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>

namespace keepline::desk {

namespace {

using base::code;
using base::result;
using domain::reply_word;

constexpr std::size_t texts_kept = 20;
constexpr std::size_t text_max = 2'000;
constexpr std::size_t strangers_kept = 100;
constexpr int strangers_hourly = 200;  // anybody may write, in any name
constexpr std::string_view reply_purpose = "otp";
constexpr std::size_t code_max = 8;
constexpr auto patience = std::chrono::seconds{5};

/// Capital letters and digits, narrow; without spaces and the marks that people put around a word.
std::string bare(std::string_view text) {
    const auto narrow = base::narrowed(text);
    std::string out;
    for (std::string_view rest = narrow; !rest.empty();) {
        const auto c = rest.front();
        const auto length = std::max<std::size_t>(1, base::first_code_point(rest).length);
        const auto one = rest.substr(0, length);
        rest.remove_prefix(length);
        if (c >= 'a' && c <= 'z')
            out += static_cast<char>(c - 32);
        else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out += c;
        else if (static_cast<unsigned char>(c) >= 0x80 && !one.starts_with("\xE3\x80") && !one.starts_with("\xE2\x80"))
            out += one;  // Chinese marks are E3 80 xx and E2 80 xx
    }
    return out;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// As much as is kept, in whole characters.
std::string beginning_of(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto length = base::first_code_point(text).length;
        const auto one = length == 0 ? std::string_view("\uFFFD") : text.substr(0, length);
        if (out.size() + one.size() > text_max) break;
        out += one;
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return out;
}

struct about {
    port::reply_routes::route to;
    engine::view_ptr line;
};

/// Unless the line is another's by now.
result<std::optional<about>> still_so(const reply_parts& with, const std::optional<port::reply_routes::route>& known) {
    if (!known) return std::nullopt;
    auto line = with.read({port::stream_kind::number, known->number.text()});
    if (!line && line.error().what == code::not_found) return std::nullopt;
    if (!line) return std::unexpected(std::move(line).error());
    const auto& held = (*line)->number().subscription;
    if (!held || held->subscriber != known->subscriber) return std::nullopt;
    return about{*known, std::move(*line)};
}

/// The line of the last message there, or the sender's own, or one from before this process began.
result<std::optional<about>> line_of(const reply_parts& with, const base::msisdn& from) {
    if (with.routes != nullptr) {
        TRY(said, still_so(with, with.routes->find(from.text())));
        if (said) return said;
    }
    auto own = with.read({port::stream_kind::number, from.text()});
    if (own && (*own)->number().subscription) {
        const auto subscriber = (*own)->number().subscription->subscriber;
        return about{{from, base::label::trusted("line"), subscriber}, std::move(*own)};
    }
    if (!own && own.error().what != code::not_found) return std::unexpected(std::move(own).error());
    return still_so(with, with.remembered ? with.remembered(from.text()) : std::nullopt);
}

/// What is there with one more. An error: what is there cannot be read, and nothing is put over it.
template <typename Text>
result<port::vault_row> added(port::vault& vault, std::string_view owner, std::string_view kind, Text one,
                              std::size_t most) {
    std::vector<Text> texts;
    auto stored = vault.open(owner, kind);
    if (stored) {
        TRY(known, base::from_json<std::vector<Text>>(*stored));
        texts = std::move(known);
    } else if (stored.error().what != code::not_found) {
        return std::unexpected(std::move(stored).error());
    }
    one.text = beginning_of(one.text);
    texts.push_back(std::move(one));
    if (texts.size() > most) texts.erase(texts.begin());
    return vault.seal(owner, kind, base::to_json(texts));
}

/// nullopt: not known in time.
std::optional<result<void>> carry_out(const reply_parts& with, engine::submission what) {
    auto promised = std::make_shared<std::promise<result<void>>>();
    auto done = promised->get_future();
    with.submit(std::move(what), [promised](result<engine::answer> answered) {
        promised->set_value(answered ? result<void>() : std::unexpected(std::move(answered).error()));
    });
    if (done.wait_for(patience) != std::future_status::ready) return std::nullopt;
    return done.get();
}

engine::submission by_sms(port::stream_key to, const port::inbound_message& what) {
    engine::submission out;
    out.to = std::move(to);
    out.by = {domain::role::system, base::label::trusted("sms")};
    out.through = domain::channel::hotline;
    out.correlation = what.smsc_id;
    return out;
}

/// What goes wrong on our side would go wrong with the same text for ever: it is taken, and people see to it.
bool comes_again(code what) { return what != code::internal && base::may_pass(what); }

/// Sealed for people, with the note that somebody was looked for and not found; never carried out.
bool keep_for_people(const reply_parts& with, const port::inbound_message& what) {
    with.log->warning("sms_from_unknown", what.smsc_id, {});
    auto row = added(*with.vault, strangers_owner, strangers_kind, stranger_text{what.at, what.from.text(), what.text},
                     strangers_kept);
    if (!row) {
        with.log->error("reply_unkept", what.smsc_id, {{"reason", row.error().words}});
        return false;
    }
    auto one = by_sms(credential_stream(domain::role::system, base::label::trusted("sms")), what);
    one.what = domain::credential_command(domain::note_search{"sms/" + what.smsc_id, false, strangers_hourly});
    one.must_exist = false;
    one.vault.push_back(std::move(*row));
    const auto outcome = carry_out(with, std::move(one));
    if (!outcome || (!*outcome && comes_again(outcome->error().what))) return false;
    if (with.strangers != nullptr) with.strangers->fetch_add(1, std::memory_order_relaxed);
    if (!*outcome) with.log->error("reply_unkept", what.smsc_id, {{"reason", outcome->error().words}});
    return true;
}

domain::hear_reply heard(const reply_parts& with, const understood& meant, const about& of, const std::string& id) {
    domain::hear_reply out{meant.word, of.to.contact, id, {}, {}, {}};
    if (meant.word != reply_word::keep) return out;
    const auto scope = port::reply_scope(of.line->public_id);
    const std::array asked{of.line->number().replies.keep_digest};
    if (!meant.code.empty()) out.named = with.secrets->digest_like(reply_purpose, scope, meant.code, asked);
    out.nonce = with.random->token(16);
    out.digest = with.secrets->keyed_digest(reply_purpose, scope, with.secrets->reply_code(scope, out.nonce));
    return out;
}

}  // namespace

understood understand(const reply_table& words, std::string_view text) {
    const auto said = bare(text);
    for (const auto& [word, name] : words) {
        const auto wanted = bare(name);
        if (said == wanted) return {word, {}};
        const auto rest = said.starts_with(wanted) ? std::string_view(said).substr(wanted.size()) : std::string_view();
        if (word == reply_word::keep && all_digits(rest) && rest.size() <= code_max) return {word, std::string(rest)};
    }
    return {};
}

bool take_reply(const reply_parts& with, const port::inbound_message& what) {
    const auto found = line_of(with, what.from);
    if (!found) return false;
    if (!*found) return keep_for_people(with, what);
    const auto& of = **found;
    const auto meant = understand(with.words, what.text);
    auto one = by_sms(of.line->key, what);
    one.what = domain::number_command(heard(with, meant, of, what.smsc_id));
    const bool for_people = meant.word == reply_word::unknown || meant.word == reply_word::not_me;
    if (for_people) {  // the words themselves go to the vault, under the line's owner: no journal has them
        auto row = added(*with.vault, of.to.subscriber.text(), std::string(replies_prefix) + of.line->public_id,
                         reply_text{what.at, of.to.contact, what.text}, texts_kept);
        if (row) {
            one.vault.push_back(std::move(*row));
        } else if (row.error().what != code::erased) {
            with.log->error("reply_unkept", what.smsc_id, {{"reason", row.error().words}});
            if (meant.word == reply_word::unknown) return false;  // "not me" stops a case whatever the vault does
        }
    }
    const auto outcome = carry_out(with, std::move(one));
    if (!outcome) return false;  // it comes again, under the same id
    with.log->info("sms_reply", what.smsc_id,
                   {{"line", of.line->public_id},
                    {"word", boost::describe::enum_to_string(meant.word, "")},
                    {"outcome", *outcome ? "taken" : std::string(base::info(outcome->error().what).id)}});
    if (*outcome) return true;
    if (comes_again(outcome->error().what)) return false;
    const bool ours = outcome->error().what == code::internal;
    return for_people || ours ? keep_for_people(with, what) : true;
}

}  // namespace keepline::desk
