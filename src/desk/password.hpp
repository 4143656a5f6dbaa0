// Passwords of staff, as Argon2id (RFC 9106) keeps them. Each call takes tens of megabytes and a tenth of a second or
// so: never on a thread that others wait for. Any thread.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace keepline::desk {

inline constexpr std::size_t password_min = 12;  // characters
inline constexpr std::size_t password_max = 128;

/// code::invalid, in words: too short or too long, of few characters, or it holds the account's name.
base::result<void> check_password(std::string_view password, std::string_view name);

/// What is kept of it, with its salt and costs: "$argon2id$…"; code::overloaded where there is no memory for it.
base::result<std::string> password_verifier(std::string_view password);

/// Takes as long for an empty verifier, which nothing fits: nobody learns which names have an account.
bool fits_password(const std::string& verifier, std::string_view password);

}  // namespace keepline::desk
