#include "text/book.hpp"

#include "base/ensure.hpp"
#include "base/problem_titles.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

#include <kainjow/mustache.hpp>
#include <toml++/toml.h>

namespace keepline::text {

namespace {

using base::code;
using base::refuse;
using kainjow::mustache::mustache;
namespace moustache = kainjow::mustache;

constexpr std::size_t word_bytes_max = 8 * 1024;
constexpr std::size_t words_max = 4'000;
constexpr std::string_view last_resort = "en";

std::unexpected<base::error> wrong(const source& in, const std::string& what) {
    return refuse(code::config_invalid, in.name + ": " + what, {{"file", in.name}});
}

using word_map = std::map<std::string, std::string, std::less<>>;

/// Tables become "table.key", the entries of a list "list.1", "list.2", …
result<void> flatten(const source& in, const toml::node& node, const std::string& key, word_map& into) {
    if (const auto* table = node.as_table()) {
        for (const auto& [name, value] : *table)
            CHECK(
                flatten(in, value, key.empty() ? std::string(name.str()) : key + "." + std::string(name.str()), into));
        return {};
    }
    if (const auto* list = node.as_array()) {
        std::size_t n = 0;
        for (const auto& value : *list) CHECK(flatten(in, value, key + "." + std::to_string(++n), into));
        return {};
    }
    const auto word = node.value_exact<std::string>();
    if (!word) return wrong(in, "`" + key + "` must be a text.");
    if (word->size() > word_bytes_max) return wrong(in, "`" + key + "` is too long.");
    if (!is_template(*word)) return wrong(in, "`" + key + "` is no template: a {{place}} is left open.");
    into.insert_or_assign(key, *word);
    if (into.size() > words_max) return wrong(in, "there are too many texts.");
    return {};
}

result<toml::table> parsed_toml(const source& in) {
    try {
        return toml::parse(in.toml, in.name);
    } catch (const toml::parse_error& failure) {
        return wrong(in, "line " + std::to_string(failure.source().begin.line) + ": " +
                             std::string(failure.description()) + ".");
    }
}

std::string taken(word_map& words, std::string_view key) {
    const auto found = words.find(key);
    if (found == words.end()) return {};
    auto out = std::move(found->second);
    words.erase(found);
    return out;
}

bool is_tag(std::string_view tag) {
    return tag.size() >= 2 && tag.size() <= 20 && std::ranges::all_of(tag, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool same_letters(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }
std::string_view tongue(std::string_view tag) { return tag.substr(0, tag.find('-')); }

moustache::data data_of(const values& with) {
    moustache::data out{moustache::data::type::object};
    for (const auto& [name, value] : with)
        if (!value.empty()) out.set(name, value);
    return out;
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "16:00" and nothing else.
bool is_clock(std::string_view text) {
    return text.size() == 5 && text[2] == ':' && is_digits(text.substr(0, 2)) && is_digits(text.substr(3));
}

}  // namespace

result<void> book::lay_over(const source& one) {
    TRY(parsed, parsed_toml(one));
    word_map words;
    CHECK(flatten(one, parsed, "", words));
    const auto tag = taken(words, "language");
    if (!is_tag(tag)) return wrong(one, "it must say which language it is: language = \"en\".");
    auto& into = languages_[tag];
    into.tag = tag;
    if (auto name = taken(words, "name"); !name.empty()) into.name = std::move(name);
    if (auto fallback = taken(words, "fallback"); !fallback.empty()) into.fallback = std::move(fallback);
    for (auto& [key, word] : words) into.words.insert_or_assign(key, std::move(word));
    return {};
}

result<book> book::read(const std::vector<source>& sources) {
    book out;
    for (const auto& one : sources) CHECK(out.lay_over(one));
    if (!out.languages_.contains(last_resort))
        return refuse(code::config_invalid, "There are no English texts to fall back to.");
    for (auto& [tag, one] : out.languages_) {
        if (one.name.empty()) one.name = tag;
        if (one.fallback.empty() && tag != last_resort) one.fallback = last_resort;
        std::set<std::string_view> seen{tag};
        for (auto next = std::string_view(one.fallback); !next.empty();) {
            const auto at = out.languages_.find(next);
            if (at == out.languages_.end() || !seen.insert(next).second)
                return refuse(code::config_invalid,
                              "The language `" + tag + "` falls back to `" + one.fallback + "`, which leads nowhere.");
            next = at->second.fallback;
        }
    }
    return out;
}

const language& book::best(std::string_view tag) const {
    for (auto part = tag; !part.empty();) {
        for (const auto& [known, one] : languages_)
            if (same_letters(known, part)) return one;
        const auto cut = part.rfind('-');
        part = cut == std::string_view::npos ? std::string_view() : part.substr(0, cut);
    }
    for (const auto& [known, one] : languages_)
        if (!tag.empty() && same_letters(tongue(known), tongue(tag))) return one;
    const auto found = languages_.find(last_resort);
    ENSURE(found != languages_.end());
    return found->second;
}

std::string_view book::find(const language& in, std::string_view key) const {
    for (const auto* at = &in;;) {
        if (const auto found = at->words.find(key); found != at->words.end()) return found->second;
        const auto next = languages_.find(at->fallback);
        if (at->fallback.empty() || next == languages_.end()) return {};
        at = &next->second;
    }
}

bool book::has(std::string_view key) const {
    return std::ranges::any_of(languages_, [&](const auto& one) { return one.second.words.contains(key); });
}

std::string book::day(const language& in, base::local_day day) const {
    const auto iso = base::iso(day);  // "2026-02-13"
    const auto month = std::to_string(std::stoi(iso.substr(5, 2)));
    return render(find(in, "format.day"), {{"year", iso.substr(0, 4)},
                                           {"month", month},
                                           {"month_name", std::string(find(in, "format.months." + month))},
                                           {"day", std::to_string(std::stoi(iso.substr(8, 2)))}});
}

std::string book::money(const language& in, const base::money& amount) const {
    const auto word = find(in, "currency." + amount.currency);
    return render(find(in, "format.money"), {{"amount", base::decimal(amount)},
                                             {"currency", word.empty() ? amount.currency : std::string(word)}});
}

std::string book::localised(const language& in, std::string_view value) const {
    if (const auto day_only = base::day_from_iso(value)) return day(in, *day_only);
    const auto space = value.find(' ');
    if (space == std::string_view::npos) return std::string(value);
    const auto first = value.substr(0, space);
    const auto second = value.substr(space + 1);
    if (const auto date = base::day_from_iso(first); date && is_clock(second))
        return render(find(in, "format.moment"), {{"date", day(in, *date)}, {"time", std::string(second)}});
    const bool is_amount =
        !first.empty() && first.size() <= 24 && first.find_first_not_of("-0123456789.") == std::string_view::npos;
    if (is_amount && base::is_currency(second)) {
        const auto word = find(in, "currency." + std::string(second));
        return render(find(in, "format.money"),
                      {{"amount", std::string(first)}, {"currency", std::string(word.empty() ? second : word)}});
    }
    return std::string(value);
}

std::string_view language_wanted(const book& of, std::string_view accept_language, std::string_view otherwise) {
    std::string_view out = otherwise;
    int most = 0;
    for (const auto& [tag, in] : of.languages()) {
        // Of several of one tongue the one that is named is nearer.
        const int weight = 2 * base::weight_of_language(accept_language, tongue(tag)) +
                           (base::weight_of_language(accept_language, tag) > 0 ? 1 : 0);
        if (weight <= most) continue;
        most = weight;
        out = tag;
    }
    return out;
}

std::shared_ptr<const book> shipped() {
    static const auto out = [] {
        auto read = book::read(shipped_sources());
        ENSURE(read.has_value());
        return std::make_shared<const book>(std::move(*read));
    }();
    return out;
}

/// Templates are parsed once per thread: rendering is not const.
std::string render(std::string_view words, const values& with) {
    thread_local std::unordered_map<std::string, mustache> parsed;
    std::string key(words);
    auto found = parsed.find(key);
    if (found == parsed.end()) {
        mustache one(key);
        ENSURE(one.is_valid());
        found = parsed.emplace(std::move(key), std::move(one)).first;
    }
    return found->second.render(data_of(with));
}

bool is_template(std::string_view words) { return mustache(std::string(words)).is_valid(); }

std::vector<std::string> places(std::string_view words) {
    std::vector<std::string> out;
    for (auto at = words.find("{{"); at != std::string_view::npos; at = words.find("{{", at)) {
        at += 2;
        while (at < words.size() && (words[at] == '{' || words[at] == '#' || words[at] == '^' || words[at] == '/' ||
                                     words[at] == '&' || words[at] == ' '))
            ++at;
        const auto end = words.find('}', at);
        if (end == std::string_view::npos) return out;
        auto name = words.substr(at, end - at);
        while (name.ends_with(' ')) name.remove_suffix(1);
        if (std::ranges::find(out, name) == out.end()) out.emplace_back(name);
        at = end;
    }
    return out;
}

}  // namespace keepline::text
