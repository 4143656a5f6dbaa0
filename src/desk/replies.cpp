#include "desk/replies.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <chrono>
#include <future>

namespace keepline::desk {

namespace {

using base::code;
using domain::reply_word;

constexpr std::size_t texts_kept = 20;
constexpr std::size_t text_max = 2'000;
constexpr std::size_t code_max = 8;
constexpr auto patience = std::chrono::seconds{5};

/// Capital letters and digits, narrow; without spaces and the marks that people put around a word.
std::string bare(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x80) {
            if (c >= 'a' && c <= 'z')
                out += static_cast<char>(c - 32);
            else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
                out += static_cast<char>(c);
            ++i;
            continue;
        }
        const std::size_t length = c >> 5U == 6 ? 2 : c >> 4U == 14 ? 3 : c >> 3U == 30 ? 4 : 1;
        const auto one = text.substr(i, length);
        i += length;
        // Full-width U+FF01 to U+FF5E is EF BC 81 to EF BD 9E; Chinese marks are E3 80 xx and E2 80 xx.
        if (one.size() == 3 && one.starts_with("\xEF\xBC")) {
            const auto narrow = static_cast<char>(static_cast<unsigned char>(one[2]) - 0x60);
            out += bare(std::string_view(&narrow, 1));
        } else if (one.size() == 3 && one.starts_with("\xEF\xBD")) {
            const auto narrow = static_cast<char>(static_cast<unsigned char>(one[2]) - 0x20);
            out += bare(std::string_view(&narrow, 1));
        } else if (!(one.size() == 3 && (one.starts_with("\xE3\x80") || one.starts_with("\xE2\x80")))) {
            out += one;
        }
    }
    return out;
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The line that it is about: of the last message there, or the sender's own, or of one before this process began.
std::optional<port::reply_routes::route> route_of(const reply_parts& with, const base::msisdn& from) {
    if (with.routes != nullptr)
        if (auto known = with.routes->find(from.text())) return known;
    const auto own = with.read({port::stream_kind::number, from.text()});
    if (own && (*own)->number().subscription)
        return port::reply_routes::route{from, base::label::trusted("line"), (*own)->number().subscription->subscriber};
    return with.remembered ? with.remembered(from.text()) : std::nullopt;
}

/// The words themselves go to the vault, under the line's owner: no journal has them.
void keep_words(const reply_parts& with, const engine::stream_view& line, const port::inbound_message& what,
                const base::label& contact, engine::submission& into) {
    const auto& subscriber = line.number().subscription->subscriber;
    const auto kind = std::string(replies_prefix) + line.public_id;
    std::vector<reply_text> texts;
    if (const auto stored = with.vault->open(subscriber.text(), kind))
        texts = base::from_json<std::vector<reply_text>>(*stored).value_or(std::vector<reply_text>());
    texts.push_back({what.at, contact, what.text.substr(0, text_max)});
    if (texts.size() > texts_kept) texts.erase(texts.begin());
    if (auto row = with.vault->seal(subscriber.text(), kind, base::to_json(texts)))
        into.vault.push_back(std::move(*row));
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
    const auto to = route_of(with, what.from);
    if (!to) {  // nobody of ours, or a contact we have not written to for long
        with.log->warning("sms_from_unknown", what.smsc_id, {});
        return true;
    }
    const auto view = with.read({port::stream_kind::number, to->number.text()});
    if (!view) return view.error().what == code::not_found;
    const auto& line = (*view)->number().subscription;
    if (!line || line->subscriber != to->subscriber) {  // it was about the line of somebody who had the number before
        with.log->warning("sms_from_unknown", what.smsc_id, {});
        return true;
    }
    const auto meant = understand(with.words, what.text);
    engine::submission one;
    one.to = (*view)->key;
    one.what = domain::number_command(domain::hear_reply{meant.word, to->contact, what.smsc_id, meant.code});
    one.by = {domain::role::system, base::label::trusted("sms")};
    one.through = domain::channel::hotline;
    one.correlation = what.smsc_id;
    const bool for_people = meant.word == reply_word::unknown || meant.word == reply_word::not_me;
    if (for_people) keep_words(with, **view, what, to->contact, one);

    auto promised = std::make_shared<std::promise<base::result<void>>>();
    auto done = promised->get_future();
    with.submit(std::move(one), [promised](base::result<engine::answer> answered) {
        promised->set_value(answered ? base::result<void>() : std::unexpected(std::move(answered).error()));
    });
    if (done.wait_for(patience) != std::future_status::ready) return false;  // it comes again, under the same id
    const auto outcome = done.get();
    with.log->info("sms_reply", what.smsc_id,
                   {{"line", (*view)->public_id},
                    {"word", boost::describe::enum_to_string(meant.word, "")},
                    {"outcome", outcome ? "taken" : std::string(base::info(outcome.error().what).id)}});
    if (outcome) return true;
    const auto why = outcome.error().what;
    return why != code::overloaded && why != code::unavailable && why != code::storage_full;
}

}  // namespace keepline::desk
