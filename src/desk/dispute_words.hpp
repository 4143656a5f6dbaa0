// Under what name the vault has what the owner of a line said in a dispute.
#pragma once

#include "base/ids.hpp"

#include <string>

namespace keepline::desk {

inline std::string kind_of_dispute_words(const std::string& line_id, const base::label& words) {
    return "dispute:" + line_id + ":" + words.text();
}

}  // namespace keepline::desk
