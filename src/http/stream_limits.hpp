// How many streams of events there may be, and how long each lasts (http/event_streams.hpp). Values only.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <limits>

namespace keepline::http {

struct stream_limits {
    std::size_t streams_max = 500;
    std::size_t streams_max_per_holder = 1;
    std::size_t streams_max_per_address = std::numeric_limits<std::size_t>::max();
    base::duration beat = base::seconds{15};  // a sign of life, and whether what opened it still holds
    base::duration life = base::minutes{5};   // then the browser asks for another one
    base::duration look = base::seconds{2};   // where nothing rings
};

}  // namespace keepline::http
