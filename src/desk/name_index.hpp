// By which names people are found. A name is brought into a few forms, in which what is typed otherwise is the same:
// each is a row of the vault whose kind is a keyed digest of the form. Whoever has the store alone learns no name from
// them, and they go with the person. What made them may change (how names are brought into forms, the instance's
// secret): then they are made anew at the start. The forms are pure; the rest reads the store. Any thread.
#pragma once

#include "port/journal.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keepline::desk {

using base::result;

/// Of a name as it is on file. In Chinese the whole of it, and both orders where two parts are set apart; else each
/// word, and all of them in whichever order. NFKC, so that width does not matter, and neither do capitals.
std::vector<std::string> name_forms(std::string_view full_name);
/// Of what somebody types; empty: nothing can be found by it.
std::string name_looked_for(std::string_view typed);
/// "王**", "W** X**": enough to tell who is meant, of those whom one has before them.
std::string masked_name(std::string_view full_name);

/// The rows that are to be written so that this name, and no other, finds the person: new ones, and those that go.
result<std::vector<port::vault_row>> name_rows(port::vault& vault, const port::secrets& secrets,
                                               const std::string& subscriber, std::string_view full_name);
/// The same for nobody's name: all go.
result<std::vector<port::vault_row>> name_rows_gone(port::vault& vault, const std::string& subscriber);

/// Ids of people, in their order, after `after`, who may have a name of this form.
result<std::vector<std::string>> people_named(port::vault& vault, const port::secrets& secrets, std::string_view form,
                                              std::string_view after, std::size_t limit);

/// What the rows of now are made with.
std::string name_index_mark(const port::secrets& secrets);
/// For everybody who is there, in a journal that nobody else writes: how many had other rows.
result<std::int64_t> index_names(port::journal& journal, port::vault& vault, const port::secrets& secrets);

}  // namespace keepline::desk
