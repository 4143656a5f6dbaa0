// What was sent to a person about themself lately (a passkey, a code, their data), so that whoever holds a message can
// ask whether it is ours. What is about a line stands with the line (told_lately). Pure.
#pragma once

#include "domain/number/line.hpp"

#include <string>
#include <vector>

namespace keepline::domain {

inline constexpr std::size_t messages_remembered = 32;        // kinds and hours, not messages: nobody pushes one out
inline constexpr std::size_t message_places_remembered = 24;  // of one of them
inline constexpr base::duration messages_are_one = base::hours{1};

/// A contact point, or the line of `number`.
struct message_place {
    label contact;
    base::msisdn number{};
    bool operator==(const message_place&) const = default;
};
BOOST_DESCRIBE_STRUCT(message_place, (), (contact, number))

/// One kind by one medium, and where it went within the hour. `reference`: the one that it carried.
struct sent_message {
    std::string kind;
    medium by = medium::sms;
    std::string reference;
    instant at;
    std::vector<message_place> to;
    bool operator==(const sent_message&) const = default;
};
BOOST_DESCRIBE_STRUCT(sent_message, (), (kind, by, reference, at, to))

}  // namespace keepline::domain
