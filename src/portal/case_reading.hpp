// A case with the line that it is about, as most pages of a case need both. Only for the portal's pages.
#pragma once

#include "portal/visit.hpp"

#include <functional>
#include <optional>
#include <string_view>

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

/// The page of a case on which a thing that its submission lacks, by its error's code, is put right; empty: the last
/// look itself. None: it is nothing of the kind.
std::optional<std::string_view> step_for(std::string_view code);

/// Does what was shown suffice, as the desk has it?
bool is_proved(const desk::closure_view& of);
/// What was shown and counts, in words; empty: nothing.
std::string proofs_done(const visit& v, const desk::closure_view& of);
/// What an open case waits for, with its date.
std::string stands_in_words(const visit& v, const desk::closure_view& is);
/// How what waits to be compared stands, in words: since when, and by when it is done; empty: nothing waits.
std::string checks_waiting(const visit& v, const desk::closure_view& of);
/// The ways to prove it that somebody else looks at, for the page of proof; of those that are `wanted`.
void add_checks(model& page, const visit& v, const case_seen& of, const port::person& person,
                const std::vector<desk::document_view>& documents, const std::vector<domain::evidence_kind>& wanted);

/// What of the offer is still to be paid, where, and under which reference; or that all of it has come.
void add_payment(model& page, const visit& v, const case_seen& of);

/// May its applicant still keep the list of what else is bound to the number?
bool may_note_accounts(const desk::closure_view& of);

/// Who hears a customer whom we did not content, each with how they are reached.
std::vector<model> hearers_in_words(const visit& v, const std::vector<desk::complaint_view>& of);

/// What every page of a case has: its number to quote, the line's.
model case_model(const visit& v, const case_seen& of);

}  // namespace keepline::portal
