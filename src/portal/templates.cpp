#include "portal/templates.hpp"

#include "base/ensure.hpp"
#include "text/html.hpp"
#include "web/shipped.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <kainjow/mustache.hpp>

namespace keepline::portal {

using base::code;
using base::refuse;
using base::result;

namespace {

namespace moustache = kainjow::mustache;

constexpr std::string_view folder = "portal/";
constexpr std::string_view suffix = ".html";
constexpr std::string_view words_begin = "[[";
constexpr std::string_view words_end = "]]";
constexpr int depth_max = 8;

std::string_view template_named(std::string_view name) {
    const auto full = std::string(folder) + std::string(name) + std::string(suffix);
    const auto found = std::ranges::find(web::shipped_files(), full, &web::shipped_file::name);
    ENSURE(found != web::shipped_files().end());
    return found->content;
}

/// layout, and what begins with an underscore, are taken in by others.
std::vector<std::string> page_names() {
    std::vector<std::string> out;
    for (const auto& one : web::shipped_files()) {
        auto name = one.name;
        if (!name.starts_with(folder) || !name.ends_with(suffix)) continue;
        name.remove_prefix(folder.size());
        name.remove_suffix(suffix.size());
        if (name != "layout" && !name.starts_with('_')) out.emplace_back(name);
    }
    return out;
}

/// With everything that it takes in. `{{> content}}` of the layout is the page.
std::string put_together(std::string_view name, std::string_view page, int depth = 0) {
    ENSURE(depth < depth_max);
    constexpr std::string_view begin = "{{> ";
    auto rest = template_named(name);
    std::string out;
    for (auto at = rest.find(begin); at != std::string_view::npos; at = rest.find(begin)) {
        out += rest.substr(0, at);
        rest.remove_prefix(at + begin.size());
        const auto end = rest.find("}}");
        ENSURE(end != std::string_view::npos);
        const auto what = rest.substr(0, end);
        out += what == "content" ? put_together(page, page, depth + 1)
                                 : put_together("_" + std::string(what), page, depth + 1);
        rest.remove_prefix(end + 2);
        if (rest.starts_with('\n')) rest.remove_prefix(1);
    }
    return out += rest;
}

/// What stands between <live-part …> and its end; empty: there is none.
std::string_view live_part_of(std::string_view page) {
    const auto begins = page.find("<live-part");
    if (begins == std::string_view::npos) return {};
    const auto from = page.find(">\n", begins) + 2;
    return page.substr(from, page.find("</live-part>", from) - from);
}

/// A text as it stands in a page: escaped, and so is what fills its places.
std::string in_page(std::string_view word) {
    std::string out;
    text::escaped(out, word);
    for (const auto& [from, to] : {std::pair("{{{", "{{"), std::pair("}}}", "}}")})
        for (auto at = out.find(from); at != std::string::npos; at = out.find(from, at + 2)) out.replace(at, 3, to);
    return out;
}

/// Calls `with` for each [[key]], and has it say what stands there.
template <typename With>
result<std::string> with_words(std::string_view page, With&& with) {
    std::string out;
    for (auto at = page.find(words_begin); at != std::string_view::npos; at = page.find(words_begin)) {
        out += page.substr(0, at);
        page.remove_prefix(at + words_begin.size());
        const auto end = page.find(words_end);
        ENSURE(end != std::string_view::npos);
        TRY(word, with(page.substr(0, end)));
        out += word;
        page.remove_prefix(end + words_end.size());
    }
    return out += page;
}

moustache::mustache& parsed(const std::string& page) {
    thread_local std::unordered_map<std::string, moustache::mustache> known;  // rendering is not const
    auto found = known.find(page);
    if (found == known.end()) found = known.emplace(page, moustache::mustache(page)).first;
    return found->second;
}

}  // namespace

struct model_reader {
    static moustache::data data_of(const model& of) {
        moustache::data out{moustache::data::type::object};
        for (const auto& [name, value] : of.texts_) out.set(name, value);
        for (const auto& [name, part] : of.parts_) out.set(name, data_of(part));
        for (const auto& [name, list] : of.lists_) {
            moustache::data items{moustache::data::type::list};
            for (const auto& one : list) items << data_of(one);
            out.set(name, std::move(items));
        }
        return out;
    }
};

model& model::set(std::string name, std::string value) {
    if (!value.empty()) texts_.insert_or_assign(std::move(name), std::move(value));
    return *this;
}
model& model::flag(std::string name, bool is) { return set(std::move(name), is ? "1" : ""); }
model& model::part(std::string name, model of) {
    parts_.insert_or_assign(std::move(name), std::move(of));
    return *this;
}
model& model::list(std::string name, std::vector<model> of) {
    if (!of.empty()) {
        flag("has_" + name);
        lists_.insert_or_assign(std::move(name), std::move(of));
    }
    return *this;
}

result<page_set> page_set::make(const text::book& texts) {
    page_set out;
    for (const auto& [tag, in] : texts.languages())
        for (const auto& name : page_names()) {
            const auto word_of = [&](std::string_view key) -> result<std::string> {
                const auto word = texts.find(in, "portal." + std::string(key));
                if (word.empty())
                    return refuse(code::config_invalid,
                                  "The text portal." + std::string(key) + " of the page " + name + " is missing.");
                return in_page(word);
            };
            TRY(page, with_words(put_together("layout", name), word_of));
            if (!moustache::mustache(page).is_valid())
                return refuse(code::config_invalid,
                              "The page " + name + " does not parse in " + tag + ": a {{place}} is left open.");
            if (const auto part = live_part_of(page); !part.empty())
                out.by_language_[tag].emplace(name + std::string(part_suffix), part);
            out.by_language_[tag].emplace(name, std::move(page));
        }
    return out;
}

std::string page_set::render(const text::language& in, std::string_view page, const model& with) const {
    const auto language = by_language_.find(in.tag);
    ENSURE(language != by_language_.end());
    const auto found = language->second.find(page);
    ENSURE(found != language->second.end());
    return parsed(found->second).render(model_reader::data_of(with));
}

std::string_view page_set::source(std::string_view tag, std::string_view page) const {
    return by_language_.find(tag)->second.find(page)->second;
}

std::vector<std::string> page_set::pages() const { return page_names(); }

std::vector<std::string> template_words() {
    std::set<std::string> out;
    for (const auto& name : page_names())
        static_cast<void>(with_words(put_together("layout", name), [&](std::string_view key) -> result<std::string> {
            out.emplace(key);
            return std::string();
        }));
    return {out.begin(), out.end()};
}

}  // namespace keepline::portal
