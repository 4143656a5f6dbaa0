// A line of whoever is signed in, with what its policy says, as most pages about a line need both; and how a POST about
// it ends. Only for the portal's pages.
#pragma once

#include "portal/visit.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::portal {

using lines_seen = std::vector<desk::line_view>;

struct line_seen {
    desk::line_view is;
    lines_seen all{};  // theirs, where the page shows the others as well
    std::shared_ptr<const domain::rule_book> rules{};
    const domain::policy* policy = nullptr;  // null: it is not loaded
};
using line_reader = std::function<void(const line_seen&)>;

/// Goes on with the line that the form or the address names, else the one whose code opened the session, else the first
/// of theirs that lives. From then on the page's times are those of the line.
void with_line(const visit_ptr& v, line_reader next);
/// A line that was read already. From then on the page's times are those of the line.
line_seen as_seen(const visit_ptr& v, const desk::line_view& line);
/// The same, with all of theirs.
void with_lines(const visit_ptr& v, line_reader next);

struct person_seen {
    desk::subscriber_view is;
    std::shared_ptr<const line_seen> line{};  // as above; null: they have none
};
/// Goes on with whoever is signed in. A line that is named must be theirs.
void with_person(const visit_ptr& v, std::function<void(const person_seen&)> next);

bool has_ended(const desk::line_view& line);
/// Its last owner may have it again (take_back_pages.cpp).
bool can_be_taken_back(const visit& v, const desk::line_view& line);

/// The line that the form or the address names; empty: none.
std::string line_named(const visit& v);
/// A page of the portal about this line: "/lock?line=ln_…".
std::string about_line(std::string_view page, std::string_view line);
/// What every page of a line has: which one it is.
model model_of(const line_seen& of);
model model_of(const person_seen& of);

/// What proves this, as the policy has it, and whether a saved code alone does. The page says it before; the desk
/// decides.
void add_proof(model& page, const visit& v, const line_seen& of, const domain::evidence_sets& sets);
/// What somebody typed as a saved code; nothing: the field was left empty.
std::optional<std::string> saved_code_in(const visit& v);
/// A code as it is meant: people type it with spaces.
std::string without_blanks(std::string_view in);

/// The same request of the desk as the next step of one form: with a key of its own.
desk::request asking_further(const visit& v, std::string_view step);

/// What was refused is said beside `field` on the page that `again` shows. What is not there, or needs another session,
/// has a page of its own.
void refuse_or_again(const visit_ptr& v, const base::error& why, const std::string& field,
                     void (*again)(const visit_ptr&));

/// The end of a POST: to `to`, or the page again.
template <typename T>
desk::reply<T> then_go_or_again(const visit_ptr& v, std::string to, std::string field,
                                void (*again)(const visit_ptr&)) {
    return [v, to = std::move(to), field = std::move(field), again](const result<T>& told) {
        told ? v->go(to) : refuse_or_again(v, told.error(), field, again);
    };
}

}  // namespace keepline::portal
