// Numbers as people type and read them. Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"

#include <string>
#include <string_view>

namespace keepline::text {

/// In groups: "+86 138 0013 8000". What is no number of E.164 comes back as it is.
std::string spaced(std::string_view number);

/// As it is meant: with spaces, hyphens, brackets and points, 00 for the plus; without either it is a number of
/// `country_code` ("86"; empty: such a one cannot be read).
base::result<base::msisdn> typed_number(std::string_view in, std::string_view country_code);

}  // namespace keepline::text
