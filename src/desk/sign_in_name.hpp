// What names a sign-in between asking and answering: everything that any node needs to find it again, sealed, so that
// the number stands in no address and no log. That of a number which nobody has is made in the same way and looks the
// same. Pure.
#pragma once

#include "domain/subscriber/sign_in.hpp"
#include "port/secrets.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::desk {

struct sign_in_name {
    domain::sign_in_way way = domain::sign_in_way::line;
    base::msisdn number;
    std::string nonce;  // sign_in_nonce_size characters
    bool operator==(const sign_in_name&) const = default;
};
inline constexpr std::size_t sign_in_nonce_bytes = 10;
inline constexpr std::size_t sign_in_nonce_size = 16;  // of them in base32

std::string sealed(const port::secrets& with, const sign_in_name& name);
/// None: nothing of ours.
std::optional<sign_in_name> unsealed(const port::secrets& with, std::string_view text);

}  // namespace keepline::desk
