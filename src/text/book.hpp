// The texts that people read and hear, as data: one TOML file per language (texts/*.toml, inside the program), what an
// operator changes or adds laid over them. A book is read once and then a plain value: any thread.
//
// A word is found by its dotted key ("notice.closed.sms"). Where a language lacks one, the language that it falls back
// to speaks (its file's `fallback`, by default English).
#pragma once

#include "base/error.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::text {

using base::result;
using values = std::map<std::string, std::string>;

struct source {
    std::string name;  // of the file, for errors
    std::string toml;
};

struct language {
    std::string tag;   // "zh-CN"
    std::string name;  // as its speakers call it
    std::string fallback;
    std::map<std::string, std::string, std::less<>> words;
};

class book {
 public:
    /// Each source lies over those before it. code::config_invalid: not TOML, no `language`, a template that does not
    /// parse, a language whose fallback is none.
    static result<book> read(const std::vector<source>& sources);

    const std::map<std::string, language, std::less<>>& languages() const { return languages_; }
    /// The language that serves this tag best: itself, one that it begins with, one of the same tongue, English.
    const language& best(std::string_view tag) const;
    /// In this language or one that it falls back to; empty: nowhere.
    std::string_view find(const language& in, std::string_view key) const;
    bool has(std::string_view key) const;  // in any language

    // -- as people of that language write it
    std::string day(const language& in, base::local_day day) const;
    /// "12.30 CNY" → "12.30元".
    std::string money(const language& in, const base::money& amount) const;
    /// "2026-02-13", "2026-02-13 16:00" and "12.30 CNY" so; everything else as it is.
    std::string localised(const language& in, std::string_view value) const;

 private:
    result<void> lay_over(const source& one);

    std::map<std::string, language, std::less<>> languages_;
};

/// Of the languages of a book, the one that an Accept-Language wants most; if it wants none of them, `otherwise`.
std::string_view language_wanted(const book& of, std::string_view accept_language, std::string_view otherwise);

/// What the program brings: English and simplified Chinese.
const std::vector<source>& shipped_sources();
std::shared_ptr<const book> shipped();

/// A mustache template with its places filled; empty values are as if they were not there. Nothing is escaped in
/// {{{…}}}.
std::string render(std::string_view words, const values& with);
/// Does it parse?
bool is_template(std::string_view words);
/// The names of its places.
std::vector<std::string> places(std::string_view words);

}  // namespace keepline::text
