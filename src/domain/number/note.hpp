// What one of the staff wrote down for the next one, about a line or a case: who, when, and under what name the vault
// has the words, sealed for the line's owner, whom they are about. Pure.
#pragma once

#include "domain/actor.hpp"

#include <string>

namespace keepline::domain {

struct staff_note {
    int serial = 0;      // 1, 2, … of this owner
    int closure = 0;     // which case it is about; 0: the line
    label words{};       // under this name the vault has them
    std::string digest;  // of the words and of a salt that is sealed with them: says nothing once they are gone
    actor by;
    base::instant at;
    bool operator==(const staff_note&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_note, (), (serial, closure, words, digest, by, at))

}  // namespace keepline::domain
