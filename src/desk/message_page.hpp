// A customer's stored messages as one page to read, on a phone or printed, without a network. Pure.
#pragma once

#include "base/time.hpp"
#include "port/person.hpp"

#include <string>
#include <vector>

namespace keepline::desk {

std::string message_page(const std::vector<port::stored_message>& messages, const base::msisdn& number,
                         const std::string& language, const base::zone& zone);

}  // namespace keepline::desk
