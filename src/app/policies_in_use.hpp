// Whether the policies that lines have still say what they said: one in use neither vanishes nor changes under the same
// version, else nobody could tell what a customer was promised. What each said is noted in the store by a digest. Any
// thread.
#pragma once

#include "app/config.hpp"
#include "app/rules.hpp"
#include "port/journal.hpp"
#include "port/notebook.hpp"

#include <map>
#include <string>

namespace keepline::app {

/// In the notebook: the policies of the last start or reload, and what each version ever said that was in force.
inline constexpr std::string_view policies_note = "policies";
inline constexpr std::string_view policies_said_note = "policies.said";

/// By id: "<version>:<digest>", the digest over what its file says and those that it inherits from. Comments, order and
/// layout count for nothing.
using policy_marks = std::map<std::string, std::string, std::less<>>;

base::result<policy_marks> marks_of(const laid_folders& policies, const domain::policy_book& book);

/// By id, of all versions; of each what it said last.
using said_marks = std::map<std::string, std::map<std::string, std::string>, std::less<>>;

/// What the two notes hold.
struct policies_noted {
    policy_marks last;
    said_marks said;

    /// These are in force from now on.
    void take(const policy_marks& now);
};

/// The values of the notes; and back (what is not of this form is left out).
std::string text_of(const policy_marks& marks);
policy_marks marks_in(std::string_view note);
std::string text_of(const said_marks& said);
policies_noted noted_in(std::string_view policies, std::string_view said);

/// Those that were in force last and are gone, and those that say something else under a version than it ever said.
std::vector<std::string> gone_or_changed(const policies_noted& noted, const policy_marks& now);

/// code::policy_invalid, with what to do, when a line has one of gone_or_changed(). Reads all lines, but only when
/// there is one.
base::result<void> check_in_use(const policies_noted& noted, const policy_marks& now, port::journal& of);

/// What the store that is configured has noted; nothing is written, and no store is made. For `config check`.
base::result<void> check_against_store(const config& how, const domain::policy_book& book);

/// Reads the note, checks, and notes the marks of now.
base::result<void> keep_in_use(const policy_marks& now, port::notebook& notes, port::journal& of);

}  // namespace keepline::app
