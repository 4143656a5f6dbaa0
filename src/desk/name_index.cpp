#include "desk/name_index.hpp"

#include "port/person.hpp"

#include <algorithm>
#include <glib.h>
#include <iterator>
#include <memory>
#include <set>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace names_in_forms {

constexpr std::string_view prefix = "name:";
constexpr std::string_view made_as = "1";  // grows when name_forms does it otherwise
constexpr std::size_t words_max = 8;
constexpr std::size_t name_bytes_max = 400;

struct freed {
    void operator()(gchar* text) const { g_free(text); }
};
using owned = std::unique_ptr<gchar, freed>;

std::string plain(std::string_view text) {
    const auto whole = text.substr(0, name_bytes_max);
    if (g_utf8_validate(whole.data(), static_cast<gssize>(whole.size()), nullptr) == 0) return {};
    const owned composed(g_utf8_normalize(whole.data(), static_cast<gssize>(whole.size()), G_NORMALIZE_ALL_COMPOSE));
    if (!composed) return {};
    const owned folded(g_utf8_casefold(composed.get(), -1));
    const owned again(g_utf8_normalize(folded.get(), -1, G_NORMALIZE_ALL_COMPOSE));
    return again ? std::string(again.get()) : std::string();
}

bool is_han(gunichar one) { return g_unichar_get_script(one) == G_UNICODE_SCRIPT_HAN; }

/// Letters, digits and marks; whatever else sets words apart.
std::vector<std::string> words_of(const std::string& text, bool& han) {
    std::vector<std::string> out;
    bool apart = true;
    for (const gchar* at = text.c_str(); *at != 0; at = g_utf8_next_char(at)) {
        const auto one = g_utf8_get_char(at);
        if (g_unichar_isalnum(one) == 0 && g_unichar_ismark(one) == 0) {
            apart = true;
            continue;
        }
        han = han || is_han(one);
        if (apart && out.size() == words_max) break;
        if (apart) out.emplace_back();
        apart = false;
        out.back().append(at, static_cast<std::size_t>(g_utf8_next_char(at) - at));
    }
    return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view by) {
    std::string out;
    for (const auto& one : words) {
        if (!out.empty()) out += by;
        out += one;
    }
    return out;
}

std::string kind_of(const std::string& digest) { return std::string(prefix) + digest; }

std::vector<std::string> kinds(const port::secrets& secrets, std::string_view form) {
    auto out = secrets.keyed_digests("name", made_as, form);
    for (auto& one : out) one = kind_of(one);
    return out;
}

/// Of a person who is there and can be read; empty: of nobody.
result<std::string> name_on_file(port::vault& vault, const std::string& subscriber) {
    const auto text = vault.open(subscriber, port::person_kind);
    if (!text) {
        const auto why = text.error().what;
        if (why == code::erased || why == code::not_found || why == code::key_missing) return std::string();
        return std::unexpected(text.error());
    }
    TRY(person, base::from_json<port::person>(*text));
    return std::move(person.full_name);
}

}  // namespace names_in_forms

std::vector<std::string> name_forms(std::string_view full_name) {
    namespace in = names_in_forms;
    bool han = false;
    auto words = in::words_of(in::plain(full_name), han);
    std::set<std::string> out;
    if (words.empty()) return {};
    if (han) {
        out.insert(in::joined(words, ""));
        if (words.size() == 2) out.insert(words[1] + words[0]);
    } else {
        out.insert(words.begin(), words.end());
        std::ranges::sort(words);
        out.insert(in::joined(words, " "));
    }
    return {out.begin(), out.end()};
}

std::string name_looked_for(std::string_view typed) {
    namespace in = names_in_forms;
    bool han = false;
    auto words = in::words_of(in::plain(typed), han);
    if (han) return in::joined(words, "");
    std::ranges::sort(words);
    return in::joined(words, " ");
}

std::string masked_name(std::string_view full_name) {
    bool han = false;
    const std::string whole(full_name);
    if (g_utf8_validate(whole.data(), static_cast<gssize>(whole.size()), nullptr) == 0) return "**";
    std::string out;
    for (const auto& word : names_in_forms::words_of(whole, han)) {
        const auto* first = word.c_str();
        out +=
            (out.empty() ? "" : " ") + word.substr(0, static_cast<std::size_t>(g_utf8_next_char(first) - first)) + "**";
    }
    return out;
}

result<std::vector<port::vault_row>> name_rows(port::vault& vault, const port::secrets& secrets,
                                               const std::string& subscriber, std::string_view full_name) {
    namespace in = names_in_forms;
    TRY(there, vault.kinds_of(subscriber, in::prefix));
    std::set<std::string> wanted;
    for (const auto& form : name_forms(full_name)) wanted.insert(in::kinds(secrets, form).front());
    std::vector<port::vault_row> out;
    for (const auto& kind : there)
        if (wanted.erase(kind) == 0) out.push_back({subscriber, kind, {}});
    for (const auto& kind : wanted) {
        TRY(row, vault.seal(subscriber, kind, in::made_as));
        out.push_back(std::move(row));
    }
    return out;
}

result<std::vector<port::vault_row>> name_rows_gone(port::vault& vault, const std::string& subscriber) {
    TRY(there, vault.kinds_of(subscriber, names_in_forms::prefix));
    std::vector<port::vault_row> out;
    for (const auto& kind : there) out.push_back({subscriber, kind, {}});
    return out;
}

result<std::vector<std::string>> people_named(port::vault& vault, const port::secrets& secrets, std::string_view form,
                                              std::string_view after, std::size_t limit) {
    std::set<std::string> all;  // whichever generation of the secret has made the row
    for (const auto& kind : names_in_forms::kinds(secrets, form)) {
        TRY(some, vault.holders_of(kind, after, limit));
        all.insert(some.begin(), some.end());
    }
    std::vector<std::string> out(all.begin(), all.end());
    if (out.size() > limit) out.resize(limit);
    return out;
}

std::string name_index_mark(const port::secrets& secrets) {
    return std::string(names_in_forms::made_as) + "." + secrets.ids().front();
}

result<std::int64_t> index_names(port::journal& journal, port::vault& vault, const port::secrets& secrets) {
    constexpr std::size_t at_once = 200;
    TRY(epoch, journal.own(port::partition_set().set()));
    port::stream_filter people;
    people.kind = port::stream_kind::subscriber;
    std::int64_t changed = 0;
    std::string after;
    do {
        TRY(page, journal.list(people, after, at_once));
        port::write rows;  // beside all streams: no id has a colon
        rows.after.key = {port::stream_kind::subscriber, "name:index"};
        for (const auto& one : page.streams) {
            const auto& id = one.key.key;
            TRY(name, names_in_forms::name_on_file(vault, id));
            TRY(own, name.empty() ? name_rows_gone(vault, id) : name_rows(vault, secrets, id, name));
            if (!own.empty()) ++changed;
            std::ranges::move(own, std::back_inserter(rows.vault));
        }
        if (!rows.vault.empty()) {
            port::batch all;
            all.epoch = epoch;
            all.writes.push_back(std::move(rows));
            const auto report = journal.commit(all);
            if (report.whole != port::commit_outcome::done)
                return std::unexpected(
                    report.why.value_or(base::error{code::unavailable, "The store took no rows.", {}}));
            if (report.writes.front() != port::commit_outcome::done)
                return refuse(code::unavailable, "The store took no rows.");
        }
        after = page.next;
    } while (!after.empty());
    return changed;
}

}  // namespace keepline::desk
