// What stands percent-encoded in a query or a form (WHATWG URL, application/x-www-form-urlencoded). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keepline::http {

/// A plus is a space. Nothing: a percent sign is not followed by two hexadecimal digits. What the bytes are is not
/// asked.
std::optional<std::string> percent_decoded(std::string_view in);

}  // namespace keepline::http
