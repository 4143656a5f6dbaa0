// What an account's holder chose, password and authenticator, and whether what somebody says is it: for signing in, and
// for what takes both anew. Blocks, and takes as long as Argon2id. Only for the desk's own files.
#pragma once

#include "desk/password.hpp"
#include "desk/staff_door.hpp"
#include "desk/totp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::desk::staff_door {

/// What is sealed of an account.
struct sealed_account {
    std::string verifier;
    std::string totp;  // hex
};
BOOST_DESCRIBE_STRUCT(sealed_account, (), (verifier, totp))

/// No subscriber has a colon in their id.
inline std::string subject_of(std::string_view secret) { return "account:" + std::string(secret); }
inline constexpr std::string_view kind_of_sealed = "sign-in";

inline std::optional<sealed_account> opened(const asked& c, const std::string& secret) {
    const auto text = c.at->with.vault->open(subject_of(secret), kind_of_sealed);
    auto out = text ? base::from_json<sealed_account>(*text) : std::unexpected(base::error{});
    return out ? std::optional(std::move(*out)) : std::nullopt;
}

/// Password and code: the step that was right; none, and whether the password was.
struct looked {
    bool password = false;
    std::optional<std::int64_t> step;
};
inline looked look(const asked& c, const label& name, const std::optional<domain::staff_account>& account,
                   const std::string& password, const std::string& totp) {
    const bool open = account && account->has_password() && !is_held(c, name, account->secret);
    const auto sealed = open ? opened(c, account->secret) : std::optional<sealed_account>();
    looked out;
    out.password = fits_password(sealed ? sealed->verifier : std::string(), password);
    const auto secret = sealed ? base::from_hex(sealed->totp) : std::nullopt;
    if (secret) out.step = totp_step(*secret, totp, c.now(), account->step);
    return out;
}

/// [console] local_accounts. Waits for the provider where it must be known to be down.
inline bool are_accounts_open(const asked& c) {
    auto* provider = c.at->with.provider;
    if (provider == nullptr || c.at->with.provided.accounts == local_accounts::always) return true;
    return c.at->with.provided.accounts == local_accounts::when_provider_is_down && !provider->is_reachable();
}
inline base::error by_provider_only() {
    return {base::code::forbidden,
            "Staff sign in by the provider of identities here, and not with an account of ours.",
            {}};
}

}  // namespace keepline::desk::staff_door
