// What the vault has of a note of the staff (domain/number/note.hpp): its words, and the salt of the digest that the
// journal has, so that nobody finds out by trying what was written once the person's key is gone.
#pragma once

#include "base/json.hpp"
#include "desk/asked.hpp"
#include "domain/number/note.hpp"

#include <string>

namespace keepline::desk {

struct note_words {
    std::string salt;
    std::string words;
    bool operator==(const note_words&) const = default;
};
BOOST_DESCRIBE_STRUCT(note_words, (), (salt, words))

inline std::string kind_of_note_words(const std::string& line_id, const label& words) {
    return "note:" + line_id + ":" + words.text();
}
std::string digest_of(const note_words& what);

/// Of the line's owner; empty: they are gone with the person. code::journal_broken for others than were written, and
/// for what does not open: whoever shows several says it of that one.
result<std::string> words_of_note(port::vault& from, const label& owner, const std::string& line_id, const label& name,
                                  const std::string& digest);

}  // namespace keepline::desk
