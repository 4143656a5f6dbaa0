// What is kept of a person, in words that they read: the journal's events, and what stands against an erasure. The
// words are texts ([event], [stands], [kept] of texts/*.toml). Pure; any thread.
#pragma once

#include "base/json.hpp"
#include "base/time.hpp"
#include "domain/erasure.hpp"
#include "text/book.hpp"

#include <map>
#include <string>
#include <vector>

namespace keepline::desk {

struct reader_of_words {
    const text::book* texts = nullptr;
    const text::language* in = nullptr;
    base::zone zone;
    std::map<std::string, std::string> contacts{};  // by id, as they are shown
};

/// One sentence for an event, out of what its reader may see of it (desk/seen.hpp); empty: the texts have none.
/// `more`: places that the event itself does not fill; "tail", the last digits of the line, says of messages what they
/// were about.
std::string event_in_words(const reader_of_words& who, const base::raw_json& seen, const text::values& more = {});

/// A planned erasure: what it waits for, by when somebody looks at it, and what remains afterwards and why.
std::vector<std::string> erasure_in_words(const reader_of_words& who, const domain::erasure_plan& plan);
/// What the erasure leaves, and why.
std::vector<std::string> what_remains(const reader_of_words& who);

}  // namespace keepline::desk
