// The seam to a provider of identities (OpenID Connect), by which staff sign in: who somebody is there, and to which
// groups they belong. Any thread; whatever returns a result may wait for the network.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::port {

using base::result;

/// What a browser is sent to the provider with. The challenge is of the verifier that redeems the code (RFC 7636).
struct sign_in_asked {
    std::string state;
    std::string nonce;
    std::string challenge;
    bool anew = false;  // they prove themself now, and as what matters most asks for
};

/// Somebody whom the provider has let in.
struct vouched_for {
    std::string subject;  // as the provider calls them for good
    std::string who;      // issuer and subject, as a digest: nobody else has it
    std::string name;     // as its claim of names says; empty: it says none
    std::vector<std::string> groups;
    std::string session;  // theirs at the provider, as a digest; empty: it says none
    /// How long ago they proved themself there, in a way that is good for what matters most; none: not in such a way,
    /// or it does not say when. No instant, as its clock is not ours.
    std::optional<base::duration> proved_ago{};
};

/// Somebody who signed out there, or one of their sessions; one of the two may be empty.
struct signed_out_there {
    std::string who;
    std::string session;
};

class identity_provider {
 public:
    virtual ~identity_provider() = default;
    identity_provider() = default;
    identity_provider(const identity_provider&) = delete;
    identity_provider& operator=(const identity_provider&) = delete;

    /// Where a browser goes to sign in.
    virtual result<std::string> sign_in_address(const sign_in_asked& what) = 0;
    /// unauthenticated: the code or what it stands for is not good. unavailable: the provider cannot be asked.
    virtual result<vouched_for> redeem(const std::string& code, const std::string& verifier,
                                       const std::string& nonce) = 0;
    virtual result<signed_out_there> read_logout(const std::string& token) = 0;
    /// Where a browser goes to sign out there; not_found: it has no such place.
    virtual result<std::string> sign_out_address() = 0;
    /// As of some seconds ago.
    virtual bool is_reachable() = 0;
};

}  // namespace keepline::port
