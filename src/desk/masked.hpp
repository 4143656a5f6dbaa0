// Addresses as their owner knows them again, and others do not: "***8000", "w***@example.org". Pure.
#pragma once

#include "domain/number/line.hpp"

#include <string>
#include <string_view>

namespace keepline::desk {

/// By what people tell numbers apart: the last four digits, of what is long.
std::string last_four(std::string_view number);
/// "…0991", for staff who must tell what is short apart too: of that, all but its beginning.
std::string tail_of(std::string_view text);
std::string masked_address(domain::medium by, std::string_view address);
/// Of a number, or of an account. Of what is short nothing but stars.
std::string masked_tail(std::string_view number);

}  // namespace keepline::desk
