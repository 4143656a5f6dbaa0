// What a provider of identities signed (OpenID Connect Core 1.0 §3.1.3.7, Back-Channel Logout 1.0 §2.6): JWS in compact
// form (RFC 7515) with RS256, ES256 or EdDSA, by a key of its JWKS. Nothing is taken on trust from the token: neither
// the algorithm, which must be that of the key's own kind, nor a key. Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace keepline::link {

using base::result;

inline constexpr std::size_t id_token_octets_max = 16 * 1024;

struct id_token_rules {
    std::string issuer;
    std::string client_id;
    base::instant now;
    base::duration signed_in_within{};  // there, before now; zero: whenever
};

/// The claims of a token of this provider to us that is good now. code::not_found: it was signed with a key that is not
/// in the set, so that a newer set may have it; code::unauthenticated: anything else.
result<boost::json::object> claims_of_token(std::string_view token, std::string_view jwks, const id_token_rules& by);

/// The same of one for signing in: with our nonce.
result<boost::json::object> claims_of_id_token(std::string_view token, std::string_view jwks, const id_token_rules& by,
                                               std::string_view nonce);
/// The same of one that says that somebody signed out.
result<boost::json::object> claims_of_logout_token(std::string_view token, std::string_view jwks,
                                                   const id_token_rules& by);

/// A claim that is text; empty: it is absent, or none.
std::string text_claim(const boost::json::object& claims, std::string_view name);
/// One that is a time; none: it is absent, or no time.
std::optional<base::instant> time_claim(const boost::json::object& claims, std::string_view name);

}  // namespace keepline::link
