// In which words and times a person is written to of what is held about them.
#pragma once

#include "desk/asked.hpp"
#include "desk/person_words.hpp"
#include "domain/subscriber/state.hpp"

namespace keepline::desk {

reader_of_words reader_for(const asked& c, const domain::subscriber_state& s);

}  // namespace keepline::desk
