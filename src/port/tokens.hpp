// The seam to access tokens. A token is 32 random bytes shown once; stored is only its keyed digest.
#pragma once

#include "domain/line.hpp"
#include "port/journal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::port {

struct token_record {
    std::string digest;  // keyed digest, hex (secrets::keyed_digest("token", "", token))
    domain::actor who;   // role, and the id under which this holder appears in journals
    std::string note;    // for people who manage tokens; no personal data
    instant created_at;
    std::optional<instant> expires_at;
    std::optional<instant> revoked_at;
};

class token_store {
 public:
    virtual ~token_store() = default;
    virtual result<std::optional<token_record>> find(std::string_view digest) = 0;
    virtual result<void> add(const token_record& token) = 0;
    virtual result<std::vector<token_record>> all() = 0;
    /// By the holder's id; how many were revoked.
    virtual result<int> revoke(std::string_view holder, instant at) = 0;
};

}  // namespace keepline::port
