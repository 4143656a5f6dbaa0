// Errors as RFC 9457 problems. Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

namespace keepline::http {

/// `now` turns an instant in the error's data ("until", "again_at") into Retry-After.
/// `accept_language` chooses the title's language; detail stays in English, code is the same in every one.
response problem(const base::error& what, std::string_view correlation, base::instant now,
                 std::string_view accept_language = {});

}  // namespace keepline::http
