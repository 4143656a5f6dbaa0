#include "desk/replies.hpp"

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "desk/token_register.hpp"
#include "text/bare_words.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <iterator>

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
constexpr std::size_t code_max = 8;    // as secrets::otp_code makes them
constexpr std::size_t short_code = 4;  // as secrets::reply_code does
constexpr std::size_t reference_size = 12;
constexpr auto patience = std::chrono::seconds{5};

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A run of digits, or several with one space or hyphen between them.
std::string_view digits_at(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size()) {
        if (is_digit(text[end]))
            ++end;
        else if ((text[end] == ' ' || text[end] == '-') && end + 1 < text.size() && is_digit(text[end + 1]))
            ++end;
        else
            break;
    }
    return text.substr(0, end);
}

/// As long as a one-time code, whole or in groups; what else is a number (a phone's, a case's) stays.
bool may_be_code(std::string_view digits) {
    if (std::ranges::count_if(digits, is_digit) == static_cast<std::ptrdiff_t>(code_max)) return true;
    std::size_t run = 0;
    for (std::size_t i = 0; i <= digits.size(); ++i) {
        if (i < digits.size() && is_digit(digits[i])) {
            ++run;
            continue;
        }
        if (run == code_max) return true;
        run = 0;
    }
    return false;
}

/// Whoever answers with a code has shown it to nobody but us: no person of ours reads it.
std::string without_codes(std::string_view text) {
    auto out = base::narrowed(text);
    bool found = false;
    for (std::size_t at = 0; at < out.size();) {
        if (!is_digit(out[at])) {
            ++at;
            continue;
        }
        const auto digits = digits_at(std::string_view(out).substr(at));
        const auto end = at + digits.size();
        const bool alone = text::bare_words(out) == text::bare_words(digits) && digits.size() >= short_code;
        if (alone || may_be_code(digits)) {
            found = true;
            std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(at),
                            out.begin() + static_cast<std::ptrdiff_t>(end), is_digit, '*');
        }
        at = end;
    }
    return found ? out : std::string(text);
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

/// Of which messages came there, the last one first; the sender's own; and those from before this process began.
result<std::vector<about>> lines_of(const reply_parts& with, const base::msisdn& from) {
    std::vector<about> out;
    const auto add = [&](const std::vector<port::reply_routes::route>& known) -> result<void> {
        for (const auto& one : known) {
            if (std::ranges::any_of(out, [&](const about& had) { return had.to.number == one.number; })) continue;
            TRY(found, still_so(with, one));
            if (found) out.push_back(std::move(*found));
        }
        return {};
    };
    if (with.routes != nullptr) CHECK(add(with.routes->find(from.text())));
    auto own = with.read({port::stream_kind::number, from.text()});
    if (own && (*own)->number().subscription)
        CHECK(add({{from, base::label::trusted("line"), (*own)->number().subscription->subscriber}}));
    if (!own && own.error().what != code::not_found) return std::unexpected(std::move(own).error());
    if (with.remembered) CHECK(add(with.remembered(from.text())));
    return out;
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
    one.text = beginning_of(without_codes(one.text));
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

std::string named_code(const reply_parts& with, const understood& meant, const about& of) {
    if (meant.word != reply_word::keep || meant.code.empty()) return {};
    const std::array asked{of.line->number().replies.keep_digest};
    return with.secrets->digest_like(reply_purpose, port::reply_scope(of.line->public_id), meant.code, asked);
}

domain::hear_reply heard(const reply_parts& with, const understood& meant, const about& of, const std::string& id) {
    domain::hear_reply out{meant.word, of.to.contact, id, named_code(with, meant, of), {}, {}};
    if (meant.word != reply_word::keep) return out;
    const auto scope = port::reply_scope(of.line->public_id);
    out.nonce = with.random->token(16);
    out.digest = with.secrets->keyed_digest(reply_purpose, scope, with.secrets->reply_code(scope, out.nonce));
    return out;
}

bool has_reference(const about& of, const std::string& reference) {
    const auto& s = of.line->number();
    return s.subscription->reference == reference || (s.current && s.current->reference == reference);
}

bool has_case(const about& of) { return of.line->number().has_open_closure(); }

template <typename Which>
std::vector<about> those(const std::vector<about>& all, Which which) {
    std::vector<about> out;
    std::ranges::copy_if(all, std::back_inserter(out), which);
    return out;
}

/// What a phone says is never only about what it was told last: a word that stops a case stops each that it was told
/// of, reminders end for all its lines, and a code names the line that it was made for. None: nothing that can be
/// meant.
std::vector<about> meant_lines(const reply_parts& with, const std::vector<about>& all, const understood& meant) {
    const std::vector<about> last{all.front()};
    if (!meant.reference.empty()) {
        auto named = those(all, [&](const about& one) { return has_reference(one, meant.reference); });
        if (!named.empty() || meant.word != reply_word::not_me) return named;
    }
    switch (meant.word) {
        case reply_word::withdraw:
        case reply_word::not_me:
        case reply_word::status: {
            auto open = those(all, has_case);
            return open.empty() ? last : open;
        }
        case reply_word::stop:
        case reply_word::start: return all;
        case reply_word::keep: {
            auto asked = those(all, [&](const about& one) {
                const auto named = named_code(with, meant, one);
                return !named.empty() && named == one.line->number().replies.keep_digest;
            });
            return asked.empty() ? last : asked;
        }
        case reply_word::unknown: break;
    }
    return last;
}

enum class reply_end { taken, again, refused };

reply_end tell_line(const reply_parts& with, const port::inbound_message& what, const understood& meant,
                    const about& of) {
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
            if (meant.word == reply_word::unknown)
                return reply_end::again;  // "not me" stops a case whatever the vault does
        }
    }
    const auto done = carry_out(with, std::move(one));
    if (!done) return reply_end::again;  // under the same id
    with.log->info("sms_reply", what.smsc_id,
                   {{"line", of.line->public_id},
                    {"word", boost::describe::enum_to_string(meant.word, "")},
                    {"outcome", *done ? "taken" : std::string(base::info(done->error().what).id)}});
    if (*done) return reply_end::taken;
    return comes_again(done->error().what) ? reply_end::again : reply_end::refused;
}

}  // namespace

understood understand(const reply_table& words, std::string_view text) {
    const auto said = text::bare_words(text);
    if (said.empty()) return {};
    for (const auto& [word, name] : words) {
        const auto wanted = text::bare_words(name);
        if (said == wanted) return {word, {}};
        const auto rest = said.starts_with(wanted) ? std::string_view(said).substr(wanted.size()) : std::string_view();
        if (!all_digits(rest)) continue;
        if (rest.size() == reference_size) return {word, {}, std::string(rest)};
        if (word == reply_word::keep && rest.size() <= code_max) return {word, std::string(rest)};
    }
    return {};
}

bool take_reply(const reply_parts& with, const port::inbound_message& what) {
    const auto found = lines_of(with, what.from);
    if (!found) return false;
    if (found->empty()) return keep_for_people(with, what);
    auto meant = understand(with.words, what.text);
    auto lines = meant_lines(with, *found, meant);
    if (lines.empty()) {  // a reference of nothing that this phone was told of: people look
        meant = {};
        lines = {found->front()};
    }
    bool taken = false;
    bool again = false;
    for (const auto& one : lines) {
        const auto came_of_it = tell_line(with, what, meant, one);
        taken = taken || came_of_it == reply_end::taken;
        again = again || came_of_it == reply_end::again;
    }
    if (again) return false;  // who has it already takes it once
    return taken || keep_for_people(with, what);
}

}  // namespace keepline::desk
