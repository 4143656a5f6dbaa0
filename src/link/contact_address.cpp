#include "link/contact_address.hpp"

#include "base/json.hpp"
#include "port/person.hpp"

#include <algorithm>

namespace keepline::link {

using base::code;
using base::refuse;

base::result<std::string> contact_address(port::vault& vault, const base::label& subscriber, const base::label& contact,
                                          domain::medium by) {
    auto stored = vault.open(subscriber.text(), port::person_kind);
    if (!stored) {
        if (stored.error().what == code::not_found)
            return refuse(code::contact_unknown, "Nothing is stored about this subscriber: nobody to tell.");
        return std::unexpected(std::move(stored).error());
    }
    auto person = base::from_json<port::person>(*stored);
    if (!person) return refuse(code::internal, "The stored contact points cannot be read.");
    const auto found = std::ranges::find_if(
        person->contacts, [&](const port::contact_address& c) { return c.id == contact && c.by == by; });
    if (found == person->contacts.end())
        return refuse(code::contact_unknown, "The contact point is no longer stored: nobody to tell.");
    return std::move(found->address);
}

}  // namespace keepline::link
