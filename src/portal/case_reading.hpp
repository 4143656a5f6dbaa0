// A case with the line that it is about, as most pages of a case need both. Only for the portal's pages.
#pragma once

#include "portal/visit.hpp"

#include <functional>

namespace keepline::portal {

struct case_seen {
    desk::closure_view is;
    desk::line_view line;
};

/// Reads the case that the path names, and goes on; what the desk does not show is refused.
void with_case(const visit_ptr& v, std::function<void(const case_seen&)> next);

/// The end of a POST about the case: back to its page, or to another one of it.
desk::reply<desk::closure_told> then_case(const visit_ptr& v, const std::string& step = {});

/// The end of a POST about a case: what was refused is said beside `field` on the page that `again` shows.
desk::reply<desk::closure_told> then_case_or_again(const visit_ptr& v, std::string field,
                                                   void (*again)(const visit_ptr&), const std::string& step = {});

/// What every page of a case has: its number to quote, the line's.
model case_model(const visit& v, const case_seen& of);

}  // namespace keepline::portal
