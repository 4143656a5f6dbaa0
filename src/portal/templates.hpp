// Pages as templates (web/portal/*.html) and what fills them. A page stands inside layout.html; `{{> name}}` takes in
// _name.html; `[[key]]` is the text portal.key in the reader's language, its places filled like the template's own; all
// that is filled in is escaped. Any thread.
#pragma once

#include "base/error.hpp"
#include "text/book.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::portal {

/// What stands in a page's <live-part> is rendered by itself too, as the page "case.part" of "case".
inline constexpr std::string_view part_suffix = ".part";

/// What fills a template. Empty texts and lists, and flags that are not set, are as if they were not there.
class model {
 public:
    model& set(std::string name, std::string value);
    model& flag(std::string name, bool is = true);
    model& part(std::string name, model of);
    model& list(std::string name, std::vector<model> of);

 private:
    friend class page_set;
    friend struct model_reader;
    std::map<std::string, std::string> texts_;
    std::map<std::string, model> parts_;
    std::map<std::string, std::vector<model>> lists_;
};

class page_set {
 public:
    /// code::config_invalid: a text that is missing, a template that does not parse.
    static base::result<page_set> make(const text::book& texts);

    /// A whole page; programmer's error: there is none of this name.
    std::string render(const text::language& in, std::string_view page, const model& with) const;
    /// The template of a page as it is in this language, for tests.
    std::string_view source(std::string_view tag, std::string_view page) const;
    std::vector<std::string> pages() const;

 private:
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> by_language_;
};

/// The keys of the texts that the templates name, each once.
std::vector<std::string> template_words();

}  // namespace keepline::portal
